// Words over the picture: hints while a hand works, notices, the empty space, loading, and help.
import { Box } from 'lucide';
import { ACTIONS } from './actions.ts';
import { h, icon } from './dom.ts';
import { keyLabel } from './toolbar.ts';

const NOTICE_MS = 6000;
const QUIET_MS = 3500;
const SLOW_MS = 8000;

const MOUSE: readonly (readonly [string, string])[] = [
  ['Drag a thing', 'move it along its wall or the floor; Ctrl: over the floor, Shift: one direction, Alt: without snapping'],
  ['Drag the ground', 'look around; right button too, middle button shifts the view'],
  ['Wheel', 'nearer and farther, once you have clicked the space'],
  ['Click', 'select; Shift adds, Alt takes one out of its group'],
  ['Double click', 'go there'],
  ['Shift and drag', 'select with a box: to the right what is inside, to the left what it touches'],
  ['Arrow keys', 'push the selection; Shift: finely, Ctrl: away and near'],
];

export class Overlays {
  readonly #hint = h('div', { class: 'snbspace-hint', role: 'status', hidden: true });
  readonly #notices = h('div', { class: 'snbspace-notices', role: 'log', 'aria-live': 'polite' });
  readonly #empty: HTMLElement;
  readonly #loading: HTMLElement;
  readonly #status = h('div', { class: 'snbspace-status' });
  #help: HTMLElement | null = null;
  readonly #parent: HTMLElement;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #lines = '';

  constructor(parent: HTMLElement, signal: AbortSignal) {
    this.#parent = parent;
    this.#empty = h(
      'div', { class: 'snbspace-empty', hidden: true }, icon(Box, 30), h('h3', {}, 'Nothing here yet'),
      h('p', {}, 'Bring your media in, then say what to do with them:'),
      h('pre', {}, 'studio.ingest("media/")\nstudio.run("arrange the photos in a circle")'),
    );
    this.#loading = h('div', { class: 'snbspace-loading', role: 'status' }, h('i', {}), h('span', {}, 'Setting up the space…'));
    parent.append(this.#loading, this.#empty, this.#status, this.#hint, this.#notices);
    const slow = setTimeout(() => {
      this.#loading.querySelector('span')!.textContent = 'Waiting for the kernel. The space appears as soon as it answers.';
    }, SLOW_MS);
    signal.addEventListener('abort', () => clearTimeout(slow));
  }

  /** The scene has come. */
  arrived(): void {
    this.#loading.remove();
  }

  empty(empty: boolean): void {
    this.#empty.hidden = !empty;
  }

  hint(text: string | null): void {
    this.#hint.hidden = text === null;
    if (text !== null) this.#hint.textContent = text;
  }

  /** A line at the lower edge: what there is; `news` is shown for a while in its place. */
  status(text: string): void {
    this.#lines = text;
    if (this.#quiet === undefined) this.#status.textContent = text;
  }

  news(text: string): void {
    clearTimeout(this.#quiet);
    this.#status.textContent = text;
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      this.#status.textContent = this.#lines;
    }, QUIET_MS);
  }

  notice(text: string, level: 'info' | 'warning' | 'error' = 'info'): void {
    if ([...this.#notices.children].some((child) => child.textContent === text)) return;
    const line = h('div', { class: `snbspace-notice snb-${level}` }, text);
    line.addEventListener('click', () => line.remove());
    this.#notices.append(line);
    while (this.#notices.children.length > 3) this.#notices.firstChild?.remove();
    setTimeout(() => line.remove(), level === 'error' ? NOTICE_MS * 2 : NOTICE_MS);
  }

  /** There is no WebGL, or something else that keeps the space from being drawn. */
  broken(text: string): void {
    this.arrived();
    this.#parent.append(h('div', { class: 'snbspace-empty' }, h('h3', {}, 'The space cannot be drawn'), h('p', {}, text)));
  }

  get helpOpen(): boolean {
    return this.#help !== null;
  }

  openHelp(): void {
    if (!this.#help) this.toggleHelp();
  }

  toggleHelp(): void {
    if (this.#help) {
      this.#help.remove();
      this.#help = null;
      return;
    }
    const keys = ACTIONS.map((action) => h('div', {}, h('dt', {}, h('kbd', {}, keyLabel(action.keys[0]!))), h('dd', {}, action.title)));
    const mouse = MOUSE.map(([what, does]) => h('div', {}, h('dt', {}, what), h('dd', {}, does)));
    const close = h('button', { type: 'button', class: 'snbspace-button snbspace-close', 'aria-label': 'Close' }, '×');
    close.addEventListener('click', () => this.toggleHelp());
    this.#help = h(
      'div', { class: 'snbspace-help', role: 'dialog', 'aria-label': 'Help' }, close, h('h3', {}, 'By hand'), h('dl', { class: 'snbspace-mouse' }, ...mouse),
      h('h3', {}, 'Keys'), h('dl', { class: 'snbspace-keys' }, ...keys),
    );
    this.#parent.append(this.#help);
    close.focus();
  }
}
