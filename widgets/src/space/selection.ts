// What is selected and what the pointer is over.
import type { World } from './world.ts';

export class Selection {
  readonly ids = new Set<string>();
  hover: string | null = null;
  /** Called after each change; `byHand` when a person at this view made it. */
  readonly listeners = new Set<(byHand: boolean) => void>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  set(ids: Iterable<string>, byHand = true): void {
    const next = new Set([...ids].filter((id) => this.#world.things.has(id)));
    if (next.size === this.ids.size && [...next].every((id) => this.ids.has(id))) return;
    this.ids.clear();
    next.forEach((id) => this.ids.add(id));
    this.#changed(byHand);
  }

  /** Add what is not in, take out what is all in. */
  toggle(ids: readonly string[]): void {
    const all = ids.every((id) => this.ids.has(id));
    this.set(all ? [...this.ids].filter((id) => !ids.includes(id)) : [...this.ids, ...ids]);
  }

  add(ids: Iterable<string>): void {
    this.set([...this.ids, ...ids]);
  }

  over(id: string | null): void {
    if (this.hover === id) return;
    this.hover = id;
    this.#world.mark(this.ids, this.hover);
  }

  /** Forget what is no longer there. */
  prune(): void {
    if (this.hover && !this.#world.things.has(this.hover)) this.hover = null;
    const left = [...this.ids].filter((id) => this.#world.things.has(id));
    if (left.length !== this.ids.size) this.set(left);
    else this.#world.mark(this.ids, this.hover);
  }

  /** Selected things that a hand may move. */
  movable(): string[] {
    return [...this.ids].filter((id) => this.#world.things.get(id)?.item.locked === false);
  }

  #changed(byHand: boolean): void {
    this.#world.mark(this.ids, this.hover);
    this.listeners.forEach((listener) => listener(byHand));
  }
}
