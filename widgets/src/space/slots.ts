// Poses and marks of all things in one float texture, read by the shaders that draw all panels and all shadows at once.
import { DataTexture, FloatType, RGBAFormat, Vector3, type PerspectiveCamera } from 'three';
import { ROW, TEXELS } from './shaders.ts';
import type { Pose } from './pose.ts';

/** What stands in a slot: a panel with its shadow, a shadow only, nothing. Thresholds of these are in the shaders. */
export const PANEL = 1;
export const SHADOW = -1;
export const EMPTY = 0;

const PER = TEXELS * 4;
const FIRST = 64;

export class Slots {
  texture: DataTexture;
  data: Float32Array;
  /** One after the highest slot in use. */
  count = 0;
  version = 0;
  readonly #free: number[] = [];

  constructor() {
    this.data = new Float32Array(FIRST * PER);
    this.texture = texture(this.data);
  }

  take(): number {
    const slot = this.#free.pop() ?? this.count++;
    if (slot * PER >= this.data.length) this.#grow();
    this.data.fill(0, slot * PER, (slot + 1) * PER);
    this.data[slot * PER + 11] = -1;
    this.data[slot * PER + 14] = -1;
    return slot;
  }

  give(slot: number): void {
    this.data.fill(0, slot * PER, (slot + 1) * PER);
    this.#free.push(slot);
    this.#changed();
  }

  pose(slot: number, pose: Pose, presence: number): void {
    const o = slot * PER;
    pose.position.toArray(this.data, o);
    pose.quaternion.toArray(this.data, o + 4);
    pose.size.toArray(this.data, o + 8);
    this.data[o + 13] = presence;
    this.#changed();
  }

  kind(slot: number, kind: number): void {
    this.data[slot * PER + 3] = kind;
    this.#changed();
  }

  tile(slot: number, tile: number): void {
    this.data[slot * PER + 11] = tile;
    this.#changed();
  }

  /** 0 none, below 1 the pointer is over it, 1 selected, -1 out of focus. */
  mark(slot: number, mark: number): void {
    this.data[slot * PER + 12] = mark;
    this.#changed();
  }

  /** A colour as one number, or -1. */
  tint(slot: number, hex: string | null): void {
    this.data[slot * PER + 14] = hex ? parseInt(hex.slice(1), 16) : -1;
    this.#changed();
  }

  /** Slots in use, farthest from the camera first: blended edges need that order. Written into `out`; the answer is how many. */
  order(camera: PerspectiveCamera, out: Uint32Array): number {
    const forward = camera.getWorldDirection(new Vector3());
    const depths: [number, number][] = [];
    for (let slot = 0; slot < this.count; slot++) {
      const o = slot * PER;
      if (this.data[o + 3] === EMPTY) continue;
      depths.push([slot, this.data[o]! * forward.x + this.data[o + 1]! * forward.y + this.data[o + 2]! * forward.z]);
    }
    depths.sort((a, b) => b[1] - a[1]);
    depths.forEach(([slot], i) => (out[i] = slot));
    return depths.length;
  }

  dispose(): void {
    this.texture.dispose();
  }

  #changed(): void {
    this.version += 1;
    this.texture.needsUpdate = true;
  }

  #grow(): void {
    const larger = new Float32Array(this.data.length * 2);
    larger.set(this.data);
    this.data = larger;
    this.texture.dispose();
    this.texture = texture(larger);
  }
}

function texture(data: Float32Array): DataTexture {
  const made = new DataTexture(data, ROW, Math.max(1, data.length / 4 / ROW), RGBAFormat, FloatType);
  made.needsUpdate = true;
  return made;
}
