// Labels, and the captions under other things.
import { Vector3, type Texture } from 'three';
import type { Palette } from './palette.ts';
import type { Panels } from './panels.ts';
import { clonePose, type Pose } from './pose.ts';
import { Single, pictureTexture } from './single.ts';
import type { Stage } from './stage.ts';
import { drawWords } from './text.ts';
import type { Family, Thing } from './world.ts';

interface Label {
  thing: Thing;
  single: Single;
  texture: Texture;
  density: number;
  drawn: string;
}

const CAPTION_HEIGHT = 0.11;
/** Pixels a metre that words are drawn with: the first that is dense enough, at most 2048 across. */
const DENSITIES = [128, 256, 512, 1024];

export class Labels implements Family {
  readonly #stage: Stage;
  readonly #panels: Panels;
  readonly #all = new Map<string, Label>();
  #palette: Palette;
  #stale = true;

  constructor(stage: Stage, panels: Panels, palette: Palette) {
    this.#stage = stage;
    this.#panels = panels;
    this.#palette = palette;
  }

  paint(palette: Palette): void {
    this.#palette = palette;
    for (const label of this.#all.values()) label.drawn = '';
    this.#stale = true;
  }

  put(thing: Thing): void {
    if (!thing.item.text.trim() || (thing.item.kind === 'text' && thing.item.media.thumbnail)) return this.drop(thing);
    if (!this.#all.has(thing.id)) {
      const texture = pictureTexture(document.createElement('canvas'));
      const single = new Single(this.#panels.look, texture, false);
      this.#stage.scene.add(single.mesh);
      this.#all.set(thing.id, { thing, single, texture, density: 0, drawn: '' });
    }
    this.#stale = true;
    this.move(thing);
  }

  move(thing: Thing): void {
    const label = this.#all.get(thing.id);
    if (!label) return;
    label.single.pose(this.#place(thing), thing.presence);
    label.single.mesh.visible = !thing.item.hidden;
    this.#stale = true;
  }

  drop(thing: Thing): void {
    const label = this.#all.get(thing.id);
    if (!label) return;
    label.single.dispose();
    label.texture.dispose();
    this.#all.delete(thing.id);
  }

  mark(): void {
    for (const { thing, single } of this.#all.values()) {
      const mark = this.#panels.markOf(thing.id);
      single.mark(thing.item.kind === 'label' ? mark : Math.min(mark, 0));
    }
  }

  frame(): boolean {
    if (!this.#stale) return false;
    this.#stale = false;
    for (const label of this.#all.values()) this.#draw(label);
    return false;
  }

  dispose(): void {
    for (const label of [...this.#all.values()]) this.drop(label.thing);
  }

  /** A label is its own place; a caption hangs under its thing. */
  #place(thing: Thing): Pose {
    const pose = clonePose(thing.shown);
    if (thing.item.kind === 'label') return pose;
    const height = Math.min(CAPTION_HEIGHT, pose.size.y * 0.25);
    const down = new Vector3(0, -pose.size.y / 2 - height * 0.62, 0).applyQuaternion(pose.quaternion);
    pose.position.add(down);
    pose.size.set(Math.max(pose.size.x, 0.4), height, pose.size.z);
    return pose;
  }

  #draw(label: Label): void {
    const { thing } = label;
    const { size, position } = this.#place(thing);
    const needed = this.#stage.ratio / this.#stage.metresPerPixel(Math.max(this.#stage.camera.position.distanceTo(position), 0.3));
    const most = 2048 / Math.max(size.x, size.y);
    const density = Math.min(Math.max(DENSITIES.find((d) => d >= needed) ?? 1024, label.density), most);
    const isLabel = thing.item.kind === 'label';
    const colour = (isLabel && thing.item.colour) || this.#palette.text;
    const key = [thing.item.text, size.x.toFixed(3), size.y.toFixed(3), colour, density.toFixed(0), this.#palette.horizon].join('|');
    if (key === label.drawn) return;
    label.drawn = key;
    label.density = density;
    const halo = this.#palette.dark ? 'rgba(0,0,0,.55)' : 'rgba(255,255,255,.8)';
    const canvas = drawWords(
      { text: thing.item.text, width: size.x, height: size.y, colour, halo, weight: isLabel ? 650 : 500, ...(isLabel ? {} : { largest: 0.07 }) },
      density,
    );
    const texture = pictureTexture(canvas);
    label.single.map = texture;
    label.texture.dispose();
    label.texture = texture;
    this.#stage.invalidate();
  }
}
