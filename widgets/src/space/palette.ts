// Colours of the place: backdrop, floor, lines and accent, for each theme of an environment and for the page's own.
import { Color } from 'three';
import type { SceneEnvironment } from '../protocol.ts';

export interface Palette {
  readonly dark: boolean;
  /** Top of the sky, its lower edge, the floor near and the floor's lines. */
  readonly zenith: string;
  readonly horizon: string;
  readonly floor: string;
  readonly line: string;
  /** Where something is selected. */
  readonly accent: string;
  /** A panel whose picture has not come yet, and the back of a panel. */
  readonly blank: string;
  readonly text: string;
  readonly shadow: number;
  readonly gloss: number;
}

const LIGHT: Palette = {
  dark: false, zenith: '#fbfbfc', horizon: '#e9ebef', floor: '#e3e6ea', line: '#b9bfc9',
  accent: '#2f6bff', blank: '#d3d7de', text: '#1d2026', shadow: 0.34, gloss: 0.2,
};
const DARK: Palette = {
  dark: true, zenith: '#0d0f13', horizon: '#232831', floor: '#1b1f26', line: '#525b6b',
  accent: '#6ea0ff', blank: '#2b2f37', text: '#eceef2', shadow: 0.62, gloss: 0.26,
};

const THEMES: Record<Exclude<SceneEnvironment['theme'], 'auto'>, Palette> = {
  gallery: { ...LIGHT, zenith: '#ffffff', horizon: '#f1efec', floor: '#ddd8d1', line: '#c8c1b7', accent: '#c2410c', blank: '#e2ded8', gloss: 0.3 },
  night: { ...DARK, zenith: '#05070d', horizon: '#121a2c', floor: '#0b1020', line: '#2a3657', accent: '#8fb3ff', gloss: 0.34 },
  paper: { ...LIGHT, zenith: '#fbf7ee', horizon: '#f3ecdd', floor: '#ebe2cf', line: '#cfc2a6', accent: '#a4552a', blank: '#e0d6c1', gloss: 0.06 },
  neon: { ...DARK, zenith: '#07040f', horizon: '#1c0d33', floor: '#0d0719', line: '#5b2a94', accent: '#ff4fd8', blank: '#291a40', gloss: 0.42 },
};

/** The palette of an environment on a page that is dark or light. */
export function paletteOf(theme: SceneEnvironment['theme'], dark: boolean): Palette {
  return theme === 'auto' ? (dark ? DARK : LIGHT) : THEMES[theme];
}

/** `#rrggbb` as the numbers a shader writes to the screen, without colour management. */
export function raw(hex: string): Color {
  const value = parseInt(hex.slice(1), 16);
  const color = new Color();
  color.r = ((value >> 16) & 255) / 255;
  color.g = ((value >> 8) & 255) / 255;
  color.b = (value & 255) / 255;
  return color;
}
