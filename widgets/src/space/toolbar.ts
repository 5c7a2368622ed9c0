// The bar of tools at the top of a space.
import {
  CircleQuestionMark, Expand, Group, Maximize, MousePointer2, Move3d, Redo2, Rotate3d, Scale3d, SquareDashedMousePointer, Trash2, Undo2, Ungroup,
  type IconNode,
} from 'lucide';
import { ACTIONS, type Action, type Actor } from './actions.ts';
import { h, icon } from './dom.ts';

const ICONS: Record<string, IconNode> = {
  select: MousePointer2, translate: Move3d, rotate: Rotate3d, scale: Scale3d, box: SquareDashedMousePointer, group: Group, ungroup: Ungroup,
  remove: Trash2, undo: Undo2, redo: Redo2, frameAll: Maximize, fullscreen: Expand, help: CircleQuestionMark,
};
/** Bars with their buttons in clusters. */
const LEFT = [['select', 'translate', 'rotate', 'scale'], ['box', 'group', 'ungroup', 'remove'], ['undo', 'redo']];
const RIGHT = [['frameAll', 'fullscreen', 'help']];

export class Toolbar {
  readonly #buttons = new Map<Action, HTMLButtonElement>();
  readonly #actor: Actor;

  constructor(parent: HTMLElement, actor: Actor) {
    this.#actor = actor;
    parent.append(this.#bar('snbspace-bar snbspace-left', 'Tools', LEFT), this.#bar('snbspace-bar snbspace-right', 'View', RIGHT));
    this.refresh();
  }

  /** Enable what makes sense now and press what is on. */
  refresh(): void {
    for (const [action, button] of this.#buttons) {
      button.disabled = action.when ? !action.when(this.#actor) : false;
      if (action.on) button.setAttribute('aria-pressed', String(action.on(this.#actor)));
    }
  }

  #bar(className: string, label: string, clusters: readonly (readonly string[])[]): HTMLElement {
    const bar = h('div', { class: className, role: 'toolbar', 'aria-label': label });
    for (const names of clusters) {
      const cluster = h('div', { class: 'snbspace-cluster' });
      for (const name of names) cluster.append(this.#button(ACTIONS.find((action) => action.name === name)!));
      bar.append(cluster);
    }
    return bar;
  }

  #button(action: Action): HTMLElement {
    const key = keyLabel(action.keys[0]!);
    const button = h('button', { type: 'button', class: 'snbspace-button', 'aria-label': action.title, 'aria-keyshortcuts': action.keys[0]!, 'data-action': action.name });
    button.append(icon(ICONS[action.name]!), h('span', { class: 'snbspace-tip', 'aria-hidden': 'true' }, action.title, h('kbd', {}, key)));
    button.addEventListener('click', () => {
      action.run(this.#actor);
      this.refresh();
    });
    this.#buttons.set(action, button);
    return button;
  }
}

const MAC = /mac|iphone|ipad/i.test(navigator.userAgent);
const SAID: Record<string, string> = { ' ': 'Space', escape: 'Esc', delete: 'Del', home: 'Home' };

/** A key of the tables as people read it. */
export function keyLabel(key: string): string {
  return key
    .split('+')
    .map((part) => (part === 'ctrl' ? (MAC ? '⌘' : 'Ctrl') : part === 'shift' ? (MAC ? '⇧' : 'Shift') : SAID[part] ?? part.toUpperCase()))
    .join(MAC ? '' : ' ');
}
