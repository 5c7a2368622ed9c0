// The things of a scene: what is stored of each, what is shown of each, and the way from one to the other.
import { Box3, Vector3 } from 'three';
import type { SceneGroup, SceneItem } from '../protocol.ts';
import { clonePose, copyPose, corners, easeOut, mixPose, poseFrom, samePose, type Pose } from './pose.ts';

/** One item as this view has it. */
export interface Thing {
  readonly id: string;
  /** As stored. */
  item: SceneItem;
  /** As drawn now. */
  shown: Pose;
  /** 0 to 1: how much of it is there, while it comes or goes. */
  presence: number;
}

/** One way of drawing things. Each gets all things and takes those of its kind. */
export interface Family {
  /** A thing is new, or its content has changed. */
  put?(thing: Thing): void;
  /** A thing's pose or presence has changed. */
  move?(thing: Thing): void;
  drop?(thing: Thing): void;
  /** Before each frame; true asks for another. */
  frame?(now: number, seconds: number): boolean;
  /** Only these are in focus; all, when it is null. */
  attend?(focus: ReadonlySet<string> | null): void;
  /** Which are selected, and which one the pointer is over. */
  mark?(selected: ReadonlySet<string>, hover: string | null): void;
}

/** A journey is shown to have begun in the very next frame, so that a change is seen as soon as it is known. */
const FRAME_MS = 17;

/** What a world asks of the stage that shows it; see `stage.ts`. */
export interface Screen {
  invalidate(): void;
  touch(pose: Pose, named: boolean): void;
  schedule(): void;
}

interface Journey {
  from: Pose;
  to: Pose;
  presence: [number, number];
  start: number;
  leaving: boolean;
}

export class World {
  readonly things = new Map<string, Thing>();
  readonly groups = new Map<string, SceneGroup>();
  /** What everything else has faded for; null when nothing has. */
  focus: ReadonlySet<string> | null = null;
  readonly families: Family[] = [];
  /** Milliseconds that a change from elsewhere takes to be seen; 0 for people who want less motion. */
  duration = 250;
  readonly #journeys = new Map<string, Journey>();
  readonly #screen: Screen;
  #marked: { selected: ReadonlySet<string>; hover: string | null } = { selected: new Set(), hover: null };

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Take in a stored item. `smooth`: let it travel to its new pose; otherwise the pose shown stays as it is (`hold`) or jumps. */
  put(item: SceneItem, how: 'smooth' | 'jump' | 'hold'): void {
    const pose = poseFrom(item);
    const thing = this.things.get(item.id);
    if (!thing) {
      const fresh: Thing = { id: item.id, item, shown: pose, presence: how === 'smooth' && this.duration ? 0 : 1 };
      this.things.set(item.id, fresh);
      this.families.forEach((family) => family.put?.(fresh));
      if (fresh.presence < 1) this.#travel(fresh, pose, 1, false);
      this.#screen.invalidate();
    } else {
      const was = thing.item;
      thing.item = item;
      if (!sameContent(was, item)) {
        this.families.forEach((family) => family.put?.(thing));
        this.#screen.invalidate();
      }
      if (how === 'smooth') this.#travel(thing, pose, 1, false);
      else if (how === 'jump') this.show(thing, pose);
    }
  }

  remove(id: string, smooth: boolean): void {
    const thing = this.things.get(id);
    if (!thing) return;
    if (smooth && this.duration) this.#travel(thing, thing.shown, 0, true);
    else this.#drop(thing);
  }

  /** Draw a thing at `pose` from now on. Nothing is stored by this. */
  show(thing: Thing, pose: Pose): void {
    this.#journeys.delete(thing.id);
    this.#shift(thing, () => {
      thing.presence = 1;
      copyPose(thing.shown, pose);
    });
  }

  /** Let a thing travel back, or on, to where it is stored. */
  settle(id: string): void {
    const thing = this.things.get(id);
    if (thing) this.#travel(thing, poseFrom(thing.item), 1, false);
  }

  /** Let everything but these fade, or (null) nothing. */
  attend(focus: ReadonlySet<string> | null): void {
    this.focus = focus;
    this.families.forEach((family) => family.attend?.(focus));
    const { selected, hover } = this.#marked;
    this.families.forEach((family) => family.mark?.(selected, hover));
    this.#screen.invalidate();
  }

  mark(selected: ReadonlySet<string>, hover: string | null): void {
    const was = this.#marked;
    if (was.hover === hover && was.selected.size === selected.size && [...selected].every((id) => was.selected.has(id))) return;
    this.#marked = { selected: new Set(selected), hover };
    this.families.forEach((family) => family.mark?.(selected, hover));
    for (const id of new Set([...was.selected, ...selected, was.hover, hover])) {
      const thing = id === null ? undefined : this.things.get(id);
      if (thing) this.#screen.touch(thing.shown, named(thing));
    }
    this.#screen.schedule();
  }

  /** The frame task of the world. */
  frame = (now: number, seconds: number): boolean => {
    for (const [id, journey] of this.#journeys) {
      const thing = this.things.get(id);
      if (!thing) {
        this.#journeys.delete(id);
        continue;
      }
      const part = this.duration ? Math.min((now - journey.start) / this.duration, 1) : 1;
      const eased = easeOut(Math.max(part, 0));
      this.#shift(thing, () => {
        mixPose(thing.shown, journey.from, journey.to, eased);
        thing.presence = journey.presence[0] + (journey.presence[1] - journey.presence[0]) * eased;
      });
      if (part >= 1) this.#journeys.delete(id);
      if (part >= 1 && journey.leaving) this.#drop(thing);
    }
    if (this.#journeys.size) this.#screen.schedule();
    let again = false;
    for (const family of this.families) again = family.frame?.(now, seconds) || again;
    return again;
  };

  /** Whether something is still on its way. */
  get moving(): boolean {
    return this.#journeys.size > 0;
  }

  /** Things that stay: not those that are fading out. */
  *present(): Iterable<Thing> {
    for (const thing of this.things.values()) {
      if (!this.#journeys.get(thing.id)?.leaving && !thing.item.hidden) yield thing;
    }
  }

  /** The corners of these things (all when none are given) where they are stored. */
  corners(ids?: Iterable<string>): Vector3[] {
    const things = ids ? [...ids].flatMap((id) => this.things.get(id) ?? []) : [...this.present()];
    return things.flatMap((thing) => corners(poseFrom(thing.item)));
  }

  /** The direction that most of these face, with a little from above; null when they face every way. */
  front(ids: readonly string[]): Vector3 | null {
    const sum = new Vector3();
    for (const id of ids) {
      const thing = this.things.get(id);
      if (thing) sum.add(new Vector3(0, 0, 1).applyQuaternion(poseFrom(thing.item).quaternion));
    }
    if (sum.length() < 0.4 * ids.length) return null;
    return sum.normalize().setY(sum.y + 0.12);
  }

  /** The box around everything, where it is stored; empty when there is nothing. */
  bounds(): Box3 {
    const all = new Box3();
    for (const { item } of this.present()) {
      // A box that is not turned needs no turning of corners; most pictures hang straight.
      if (item.rotation.some((angle) => angle !== 0)) all.union(box.setFromPoints(corners(poseFrom(item))));
      else all.union(box.setFromCenterAndSize(centre.set(...item.position), size.set(...item.size)));
    }
    return all;
  }

  /** The outermost group that an item is in. */
  rootGroup(item: SceneItem): string | null {
    let group = item.group;
    const seen = new Set<string>();
    while (group && !seen.has(group)) {
      seen.add(group);
      const parent = this.groups.get(group)?.parent;
      if (!parent) return group;
      group = parent;
    }
    return group;
  }

  /** Ids of everything that belongs with `id`: its outermost group, or itself. */
  family(id: string): string[] {
    const thing = this.things.get(id);
    const group = thing && this.rootGroup(thing.item);
    if (!group) return [id];
    return [...this.present()].filter((other) => this.rootGroup(other.item) === group).map((other) => other.id);
  }

  #travel(thing: Thing, to: Pose, presence: number, leaving: boolean): void {
    if (!leaving && thing.presence === presence && samePose(thing.shown, to)) {
      this.#journeys.delete(thing.id);
      return;
    }
    this.#journeys.set(thing.id, {
      from: clonePose(thing.shown), to: clonePose(to), presence: [thing.presence, presence], start: performance.now() - FRAME_MS, leaving,
    });
    this.#screen.schedule();
  }

  /** Change how a thing is shown: where it was and where it is have to be drawn. */
  #shift(thing: Thing, change: () => void): void {
    this.#screen.touch(thing.shown, named(thing));
    change();
    this.families.forEach((family) => family.move?.(thing));
    this.#screen.touch(thing.shown, named(thing));
  }

  #drop(thing: Thing): void {
    this.#journeys.delete(thing.id);
    this.things.delete(thing.id);
    this.families.forEach((family) => family.drop?.(thing));
    this.#screen.invalidate();
  }
}

/** Whether words stand at it. */
function named(thing: Thing): boolean {
  return thing.item.text.trim() !== '';
}

function sameContent(a: SceneItem, b: SceneItem): boolean {
  const bare = ({ position: _p, rotation: _r, size: _s, group: _g, ...rest }: SceneItem) => JSON.stringify(rest);
  return bare(a) === bare(b);
}

const box = new Box3();
const centre = new Vector3();
const size = new Vector3();
