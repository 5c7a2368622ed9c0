// One gesture of the hand on some things: shown at once here, shown as it goes in other views, stored as one change at its end.
import type { HandPose, Json } from '../protocol.ts';
import { samePose, clonePose, wirePose, type Pose } from './pose.ts';
import type { Sync } from './sync.ts';
import type { World } from './world.ts';

export interface Gesture {
  /** Poses when it began. */
  readonly start: ReadonlyMap<string, Pose>;
  show(poses: ReadonlyMap<string, Pose>): void;
  /** Store what is shown now. */
  commit(): void;
  /** Put everything back. */
  cancel(): void;
}

export class Hand {
  readonly #world: World;
  readonly #sync: Sync;
  #active: Gesture | null = null;

  constructor(world: World, sync: Sync) {
    this.#world = world;
    this.#sync = sync;
  }

  get busy(): boolean {
    return this.#active !== null;
  }

  cancel(): void {
    this.#active?.cancel();
  }

  /** Take these things. A gesture that is still going on is stored first. */
  begin(ids: readonly string[]): Gesture {
    this.#active?.commit();
    const sync = this.#sync;
    const world = this.#world;
    const base = sync.revision;
    const start = new Map<string, Pose>();
    for (const id of ids) {
      const thing = world.things.get(id);
      if (thing) start.set(id, clonePose(thing.shown));
    }
    sync.hold(start.keys());
    let told = false;
    const over = () => {
      if (this.#active === gesture) this.#active = null;
    };
    const tell = () => {
      told = false;
      if (this.#active !== gesture) return;
      sync.hand([...start.keys()].flatMap((id) => world.things.get(id) ?? []).map((thing) => wirePose(thing.id, thing.shown)));
    };
    const gesture: Gesture = {
      start,
      show(poses) {
        for (const [id, pose] of poses) {
          const thing = world.things.get(id);
          if (thing) world.show(thing, pose);
        }
        // Other views see at most one pose a frame.
        if (!told) {
          told = true;
          requestAnimationFrame(tell);
        }
      },
      commit() {
        if (!start.size) return;
        over();
        const moved = [...start].filter(([id, pose]) => {
          const thing = world.things.get(id);
          return thing && !samePose(thing.shown, pose);
        });
        sync.release([...start.keys()].filter((id) => !moved.some(([other]) => other === id)));
        if (moved.length) {
          const poses = moved.map(([id]) => wirePose(id, world.things.get(id)!.shown));
          const resized = moved.some(([id, from]) => !world.things.get(id)!.shown.size.equals(from.size));
          sync.operate('transform', transformArgs(poses, resized), poses.map(({ id }) => id), base);
        }
        (start as Map<string, Pose>).clear();
      },
      cancel() {
        over();
        sync.release(start.keys());
        (start as Map<string, Pose>).clear();
      },
    };
    this.#active = gesture;
    return gesture;
  }
}

/** Arguments of the operation `transform`. */
export function transformArgs(poses: readonly HandPose[], resized: boolean): { [key: string]: Json } {
  return {
    items: poses.map(({ id }) => id),
    poses: poses.map(({ position, rotation }) => ({ position, rotation })),
    ...(resized ? { sizes: poses.map(({ size: [width, height, depth] }) => ({ width, height, depth })) } : {}),
  };
}
