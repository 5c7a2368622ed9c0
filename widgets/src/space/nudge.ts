// Arrow keys push what is selected by a grid step; a run of presses is one change.
import { Vector3 } from 'three';
import type { Gesture, Hand } from './hand.ts';
import { clonePose } from './pose.ts';
import type { Selection } from './selection.ts';
import { GRID } from './snap.ts';
import type { Stage } from './stage.ts';

const SETTLE_MS = 350;
const FINE = GRID / 10;

export class Nudge {
  readonly #stage: Stage;
  readonly #selection: Selection;
  readonly #hand: Hand;
  #gesture: Gesture | null = null;
  #by = new Vector3();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stage: Stage, selection: Selection, hand: Hand) {
    this.#stage = stage;
    this.#selection = selection;
    this.#hand = hand;
  }

  /** Left, right, up and down as one sees them; with `depth`, up and down are away and near. True if something moved. */
  push(key: string, fine: boolean, depth: boolean): boolean {
    const ids = this.#selection.movable();
    if (!ids.length) return false;
    if (!this.#gesture) {
      this.#gesture = this.#hand.begin(ids);
      this.#by.set(0, 0, 0);
    }
    this.#by.addScaledVector(direction(key, depth, this.#stage.camera.getWorldDirection(new Vector3())), fine ? FINE : GRID);
    this.#gesture.show(
      new Map([...this.#gesture.start].map(([id, pose]) => {
        const next = clonePose(pose);
        next.position.add(this.#by);
        return [id, next];
      })),
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.finish(), SETTLE_MS);
    return true;
  }

  finish(): void {
    clearTimeout(this.#timer);
    this.#gesture?.commit();
    this.#gesture = null;
  }
}

/** The axis of the world that is nearest to what the key means from where one looks. */
export function direction(key: string, depth: boolean, looking: Vector3): Vector3 {
  const ahead = Math.abs(looking.x) > Math.abs(looking.z) ? new Vector3(Math.sign(looking.x), 0, 0) : new Vector3(0, 0, Math.sign(looking.z) || -1);
  const right = new Vector3().crossVectors(ahead, new Vector3(0, 1, 0));
  const up = depth ? ahead : new Vector3(0, 1, 0);
  const table: Record<string, Vector3> = {
    arrowleft: right.clone().negate(), arrowright: right, arrowup: up, arrowdown: up.clone().negate(),
  };
  return table[key]?.clone() ?? new Vector3();
}
