// What of the picture is no longer true: all of it, or the part of the screen that some things have left and come to. Where
// the processor has to draw, a frame costs what it covers, and most changes are of one thing.
import { Matrix4, Vector4, type PerspectiveCamera } from 'three';
import type { Pose } from './pose.ts';

/** In pixels of the stage, from its lower left corner, as WebGL counts. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Metres around a thing that belong to it: rounding, brackets, the sign on a film. */
const AROUND = 0.06;
/** Metres around a thing with words: its caption hangs below, and may be wider than the thing. */
const CAPTION = 0.25;
/** Pixels around it: the ring of a selection. */
const RING = 9;
/** Above this part of the screen it is as quick to draw all of it. */
const MOST = 0.7;

export class Damage {
  #all = true;
  #low = { x: Infinity, y: Infinity };
  #high = { x: -Infinity, y: -Infinity };

  /** Everything has to be drawn. */
  whole(): void {
    this.#all = true;
  }

  /** A thing is, or was, at `pose`: it, its shadow and its reflection have to be drawn. */
  add(pose: Pose, named: boolean, camera: PerspectiveCamera, width: number, height: number): void {
    if (this.#all) return;
    const seen = matrix.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    for (const box of reach(pose, named ? CAPTION : AROUND)) {
      for (let corner = 0; corner < 8; corner++) {
        point.set(box[corner & 1 ? 3 : 0], box[corner & 2 ? 4 : 1], box[corner & 4 ? 5 : 2], 1).applyMatrix4(seen);
        if (point.w < camera.near) return this.whole();
        const x = (point.x / point.w + 1) * 0.5 * width;
        const y = (point.y / point.w + 1) * 0.5 * height;
        this.#low = { x: Math.min(this.#low.x, x - RING), y: Math.min(this.#low.y, y - RING) };
        this.#high = { x: Math.max(this.#high.x, x + RING), y: Math.max(this.#high.y, y + RING) };
      }
    }
    const region = this.#region(width, height);
    if (region && region.width * region.height > MOST * width * height) this.whole();
  }

  /** What to draw now: all, a region, or nothing (null). From then on the picture is true. */
  take(width: number, height: number): 'all' | Region | null {
    const taken = this.#all ? 'all' : this.#region(width, height);
    this.#all = false;
    this.#low = { x: Infinity, y: Infinity };
    this.#high = { x: -Infinity, y: -Infinity };
    return taken;
  }

  #region(width: number, height: number): Region | null {
    const left = Math.max(0, Math.floor(this.#low.x));
    const bottom = Math.max(0, Math.floor(this.#low.y));
    const right = Math.min(width, Math.ceil(this.#high.x));
    const top = Math.min(height, Math.ceil(this.#high.y));
    return right > left && top > bottom ? { x: left, y: bottom, width: right - left, height: top - bottom } : null;
  }
}

const matrix = new Matrix4();
const point = new Vector4();

type Box = readonly [number, number, number, number, number, number];

/** Boxes in the world (lower, then upper corner) that hold a thing, its shadow and its reflection; see `shaders.ts`. */
function reach({ position: p, quaternion: q, size: s }: Pose, around: number): Box[] {
  const [w, h, d] = [s.x / 2, s.y / 2, s.z / 2];
  const x = Math.abs(1 - 2 * (q.y * q.y + q.z * q.z)) * w + 2 * Math.abs(q.x * q.y - q.w * q.z) * h + 2 * Math.abs(q.x * q.z + q.w * q.y) * d;
  const y = 2 * Math.abs(q.x * q.y + q.w * q.z) * w + Math.abs(1 - 2 * (q.x * q.x + q.z * q.z)) * h + 2 * Math.abs(q.y * q.z - q.w * q.x) * d;
  const z = 2 * Math.abs(q.x * q.z - q.w * q.y) * w + 2 * Math.abs(q.y * q.z + q.w * q.x) * h + Math.abs(1 - 2 * (q.x * q.x + q.y * q.y)) * d;
  const [ex, ey, ez] = [x + around, y + around, z + around];
  const boxes: Box[] = [[p.x - ex, p.y - ey, p.z - ez, p.x + ex, p.y + ey, p.z + ez]];
  if (p.y - h <= 1.2) boxes.push([p.x - ex, -p.y - ey, p.z - ez, p.x + ex, -p.y + ey, p.z + ez]);
  const lift = Math.max(p.y - y, 0);
  if (1 / (1 + 1.7 * lift * lift + 0.6 * lift) >= 0.02) {
    // However it is turned, the rectangle of the shadow lies in this circle.
    const r = (w + h + d) * Math.SQRT2 + 0.8;
    boxes.push([p.x - r, 0, p.z - r, p.x + r, 0, p.z + r]);
  }
  return boxes;
}
