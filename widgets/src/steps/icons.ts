// Pictures of lucide as SVG elements; only those named here travel in the bundle.
import { ArrowDown, ArrowUp, Check, Circle, CircleAlert, Hand, LoaderCircle, Minus, Pencil, Redo2, Shapes, Square, Undo2, X } from 'lucide';

const ICONS = {
  alert: CircleAlert,
  check: Check,
  circle: Circle,
  cross: X,
  down: ArrowDown,
  hand: Hand,
  loader: LoaderCircle,
  minus: Minus,
  pencil: Pencil,
  redo: Redo2,
  send: ArrowUp,
  shapes: Shapes,
  stop: Square,
  undo: Undo2,
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName, size = 16): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const attributes: Record<string, string> = {
    viewBox: '0 0 24 24',
    width: String(size),
    height: String(size),
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
    class: `snb-icon snb-icon-${name}`,
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  for (const [tag, shape] of ICONS[name]) {
    const part = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(shape)) part.setAttribute(key, String(value));
    svg.append(part);
  }
  return svg;
}
