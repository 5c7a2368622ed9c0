// Keeps the world of this view at the revision of the project, whatever order messages come in.
//
// Stored state comes as a scene, then as patches, each one revision after the last; a hole in their numbers makes the view ask
// for the scene again. What the hand did is shown at once and stays shown until its own change has come back, or until it
// was refused: then it goes back to what is stored.
import type { FromSpace, HandMessage, HandPose, Json, LookMessage, NoticeMessage, PatchMessage, Scene, ToSpace } from '../protocol.ts';
import { poseFrom } from './pose.ts';
import type { World } from './world.ts';

export interface Wire {
  send(message: FromSpace, buffers?: ArrayBuffer[]): void;
  listen(listener: (message: ToSpace, buffers: DataView[]) => void): () => void;
}

/** What a view does besides keeping its world. */
export interface SyncEvents {
  /** A scene has come and its items are about to be put into the world: say now where their media are. */
  coming(scene: Scene): void;
  scene(scene: Scene, first: boolean): void;
  patched(patch: PatchMessage, own: boolean): void;
  selected(ids: readonly string[]): void;
  look(message: LookMessage): void;
  notice(message: NoticeMessage): void;
  refused(error: string): void;
  accepted(summary: string): void;
}

interface Pending {
  ids: readonly string[];
  /** Revision that holds its change, once it was accepted. */
  stored: number | null;
}

const ASK_AGAIN_MS = 3000;

export class Sync {
  /** Revision of what is stored, as far as this view knows; null before the first scene. */
  revision: number | null = null;
  readonly view: string;
  readonly #wire: Wire;
  readonly #world: World;
  readonly #events: SyncEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #held = new Set<string>();
  /** Things that another view's hand is dragging. */
  readonly #lent = new Map<string, ReturnType<typeof setTimeout>>();
  #seq = 0;
  #asked = -Infinity;

  constructor(wire: Wire, world: World, view: string, events: SyncEvents) {
    this.#wire = wire;
    this.#world = world;
    this.view = view;
    this.#events = events;
    wire.listen((message) => this.receive(message));
  }

  /** Ask for the scene, unless that was done already in this view's place. */
  ready(greeted = false): void {
    this.#asked = Date.now();
    if (!greeted) this.#wire.send({ type: 'ready', view: this.view, revision: this.revision });
  }

  /** A hand has taken these: what is stored of them changes unseen until it lets go. */
  hold(ids: Iterable<string>): void {
    for (const id of ids) this.#held.add(id);
  }

  /** The hand has let go without doing anything. */
  release(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#held.delete(id);
      if (!this.#isBusy(id)) this.#world.settle(id);
    }
  }

  /** Call an operation; `ids` are shown as the hand left them until it is answered. `base`: what the hand saw. */
  operate(operation: string, args: { [key: string]: Json }, ids: readonly string[] = [], base = this.revision): number {
    const seq = ++this.#seq;
    this.#pending.set(seq, { ids, stored: null });
    ids.forEach((id) => this.#held.delete(id));
    this.#wire.send({ type: 'operation', view: this.view, seq, base: base ?? 0, operation, args });
    return seq;
  }

  hand(items: HandPose[]): void {
    this.#wire.send({ type: 'hand', view: this.view, items });
  }

  select(ids: readonly string[]): void {
    this.#wire.send({ type: 'select', ids: [...ids] });
  }

  /** Whether the scene that is coming is the first. */
  first = true;

  /** Operations that are not answered yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  receive(message: ToSpace): void {
    switch (message.type) {
      case 'scene':
        return this.#scene(message.scene);
      case 'patch':
        return this.#patch(message);
      case 'accepted':
        return this.#accepted(message.seq, message.revision, message.summary);
      case 'refused':
        return this.#refused(message.seq, message.error);
      case 'hand':
        return this.#otherHand(message);
      case 'selection':
        return this.#events.selected(message.ids);
      case 'look':
        return this.#events.look(message);
      case 'notice':
        return this.#events.notice(message);
      case 'act':
      case 'bytes':
      case 'module':
        return undefined; // Nothing that is stored; whoever can do something about it listens for itself.
      default:
        return message satisfies never;
    }
  }

  #scene(scene: Scene): void {
    const first = this.revision === null;
    this.#asked = -Infinity;
    if (!first && scene.revision < this.revision!) return;
    this.revision = scene.revision;
    this.first = first;
    this.#events.coming(scene);
    this.#world.groups.clear();
    scene.groups.forEach((group) => this.#world.groups.set(group.id, group));
    const ids = new Set(scene.items.map((item) => item.id));
    for (const id of [...this.#world.things.keys()]) if (!ids.has(id)) this.#remove(id, !first);
    for (const item of scene.items) this.#world.put(item, first ? 'jump' : this.#isBusy(item.id) ? 'hold' : 'smooth');
    this.#events.scene(scene, first);
    this.#settle();
  }

  #patch(patch: PatchMessage): void {
    if (this.revision === null || patch.revision <= this.revision) return;
    if (patch.revision > this.revision + 1) {
      if (Date.now() - this.#asked > ASK_AGAIN_MS) this.ready();
      return;
    }
    this.revision = patch.revision;
    if (patch.groups) {
      this.#world.groups.clear();
      patch.groups.forEach((group) => this.#world.groups.set(group.id, group));
    }
    patch.removed.forEach((id) => this.#remove(id, true));
    for (const item of patch.items) this.#world.put(item, this.#isBusy(item.id) ? 'hold' : 'smooth');
    this.#events.patched(patch, patch.by === this.view);
    this.#settle();
  }

  #remove(id: string, smooth: boolean): void {
    this.#held.delete(id);
    this.#world.remove(id, smooth);
  }

  #accepted(seq: number, revision: number, summary: string): void {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    pending.stored = revision;
    this.#events.accepted(summary);
    this.#settle();
  }

  #refused(seq: number, error: string): void {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    this.#pending.delete(seq);
    pending.ids.forEach((id) => this.#isBusy(id) || this.#world.settle(id));
    this.#events.refused(error);
  }

  /** Operations whose change has come in are over; their things show what is stored. */
  #settle(): void {
    for (const [seq, { ids, stored }] of this.#pending) {
      if (stored === null || this.revision === null || stored > this.revision) continue;
      this.#pending.delete(seq);
      ids.forEach((id) => this.#isBusy(id) || this.#world.settle(id));
    }
  }

  #otherHand(message: HandMessage): void {
    if (message.by === this.view) return;
    for (const wire of message.items) {
      const thing = this.#world.things.get(wire.id);
      if (!thing || this.#isBusy(wire.id)) continue;
      this.#world.show(thing, poseFrom(wire));
      clearTimeout(this.#lent.get(wire.id));
      // If that hand vanishes without a change, the thing goes home.
      const timer = setTimeout(() => {
        this.#lent.delete(wire.id);
        if (!this.#isBusy(wire.id)) this.#world.settle(wire.id);
      }, ASK_AGAIN_MS);
      this.#lent.set(wire.id, timer);
    }
  }

  #isBusy(id: string): boolean {
    if (this.#held.has(id)) return true;
    for (const { ids } of this.#pending.values()) if (ids.includes(id)) return true;
    return false;
  }
}
