// What is selected, in numbers that can be typed over.
import { Box, FileText, Film, Image, Layers, Lock, Music, Pause, Play, Type, type IconNode } from 'lucide';
import type { ItemKindOf } from './kinds.ts';
import { h, icon } from './dom.ts';
import type { Hand } from './hand.ts';
import { poseFrom, wirePose } from './pose.ts';
import type { Selection } from './selection.ts';
import type { Thing, World } from './world.ts';

const ICONS: Record<ItemKindOf, IconNode> = { image: Image, video: Film, audio: Music, model: Box, text: FileText, label: Type };
const FIELDS = [
  ['position', 'Position', 'm', ['X', 'Y', 'Z']],
  ['rotation', 'Rotation', '°', ['X', 'Y', 'Z']],
  ['size', 'Size', 'm', ['W', 'H', 'D']],
] as const;

export class Inspector {
  readonly #element: HTMLElement;
  readonly #world: World;
  readonly #selection: Selection;
  readonly #hand: Hand;
  readonly #play: (id: string) => void;
  readonly #isPlaying: (id: string) => boolean;
  #drawn = '';

  constructor(parent: HTMLElement, parts: { world: World; selection: Selection; hand: Hand; play: (id: string) => void; isPlaying: (id: string) => boolean }) {
    this.#element = h('section', { class: 'snbspace-inspector', 'aria-label': 'Selection', hidden: true });
    this.#world = parts.world;
    this.#selection = parts.selection;
    this.#hand = parts.hand;
    this.#play = parts.play;
    this.#isPlaying = parts.isPlaying;
    parent.append(this.#element);
  }

  refresh(): void {
    const things = [...this.#selection.ids].flatMap((id) => this.#world.things.get(id) ?? []);
    this.#element.hidden = things.length === 0;
    if (!things.length) {
      this.#drawn = '';
      return;
    }
    const [only] = things;
    const key = things.length === 1 && only ? `${only.id}|${only.item.name}|${this.#isPlaying(only.id)}|${only.item.locked}` : things.map(({ id }) => id).join();
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#element.replaceChildren(...(things.length === 1 && only ? this.#one(only) : this.#many(things)));
    }
    if (things.length === 1 && only) this.#fill(only);
  }

  #one(thing: Thing): Node[] {
    const { item } = thing;
    const head = h('header', {}, icon(ICONS[item.kind], 15), h('strong', { title: item.name }, item.name));
    if (item.locked) head.append(icon(Lock, 13));
    if (item.kind === 'video' || item.kind === 'audio') {
      const playing = this.#isPlaying(thing.id);
      const button = h('button', { type: 'button', class: 'snbspace-button snbspace-small', 'aria-label': playing ? 'Pause' : 'Play' }, icon(playing ? Pause : Play, 14));
      button.addEventListener('click', () => {
        this.#play(thing.id);
        this.refresh();
      });
      head.append(button);
    }
    const rows = FIELDS.map(([field, title, unit, axes]) =>
      h('div', { class: 'snbspace-row' }, h('span', { class: 'snbspace-row-title' }, title), ...axes.map((axis, index) => this.#input(thing.id, field, index, `${title} ${axis}`, axis, unit, item.locked))),
    );
    return [head, ...rows];
  }

  #input(id: string, field: string, index: number, label: string, axis: string, unit: string, locked: boolean): HTMLElement {
    const input = h('input', { type: 'text', inputmode: 'decimal', 'aria-label': label, 'data-field': `${field}.${index}`, disabled: locked, title: `${label} (${unit})` });
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') input.blur();
      if (event.key === 'Escape') {
        this.refresh();
        input.blur();
      }
    });
    input.addEventListener('focus', () => input.select());
    input.addEventListener('change', () => this.#set(id, field, index, input.value));
    return h('label', { class: 'snbspace-number' }, h('span', { 'aria-hidden': 'true' }, axis), input);
  }

  #set(id: string, field: string, index: number, text: string): void {
    const thing = this.#world.things.get(id);
    const value = Number(text.trim().replace(',', '.'));
    if (!thing || !Number.isFinite(value) || text.trim() === '' || (field === 'size' && value <= 0)) return this.refresh();
    const wire = wirePose(id, thing.shown);
    wire[field as 'position' | 'rotation' | 'size'][index] = value;
    const gesture = this.#hand.begin([id]);
    gesture.show(new Map([[id, poseFrom(wire)]]));
    gesture.commit();
  }

  #fill(thing: Thing): void {
    const wire = wirePose(thing.id, thing.shown);
    for (const input of this.#element.querySelectorAll('input')) {
      if (input === input.ownerDocument.activeElement || input.matches(':focus')) continue;
      const [field, index] = input.dataset['field']!.split('.') as ['position' | 'rotation' | 'size', string];
      input.value = String(Math.round(wire[field][Number(index)]! * 1000) / 1000);
    }
  }

  #many(things: readonly Thing[]): Node[] {
    const counts = new Map<string, number>();
    for (const { item } of things) counts.set(item.kind, (counts.get(item.kind) ?? 0) + 1);
    const said = [...counts].map(([kind, count]) => `${count} ${kind}${count > 1 && kind !== 'audio' ? 's' : ''}`).join(', ');
    const groups = new Set(things.map(({ item }) => this.#world.rootGroup(item)));
    const [group] = groups;
    const name = groups.size === 1 && group ? this.#world.groups.get(group)?.name ?? `${things.length} selected` : `${things.length} selected`;
    return [h('header', {}, icon(Layers, 15), h('strong', {}, name)), h('p', { class: 'snbspace-quiet' }, said)];
  }
}
