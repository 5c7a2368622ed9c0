// Where a person writes: grows with the words, Enter sends, Up recalls, Escape stops.
import { breakLine, button, el } from '../steps/dom.ts';
import { icon } from '../steps/icons.ts';

const MOST_LINES_PX = 168;

export interface ComposerActions {
  ask(text: string): void;
  stop(): void;
  undo(redo: boolean): void;
}

export class Composer {
  readonly element: HTMLElement;
  readonly #actions: ComposerActions;
  readonly #text = el('textarea', 'snb-input', {
    rows: '1',
    placeholder: 'Say what to make, move or find',
    'aria-label': 'Message',
    autocomplete: 'off',
    'data-lm-suppress-shortcuts': 'true',
  });
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #by = el('span', 'snb-by');
  #asked: string[] = [];
  /** Place in what was asked before; at its end is what is being written. */
  #at = 0;
  #draft = '';
  #busy = false;

  constructor(actions: ComposerActions) {
    this.#actions = actions;
    this.#send = button('snb-primary snb-round', 'Send (Enter)', [icon('send')], () => this.#submit());
    this.#stop = button('snb-round snb-halt', 'Stop (Escape)', [icon('stop', 12)], () => actions.stop());
    const undo = button('snb-plain', 'Undo the latest change', [icon('undo')], () => actions.undo(false));
    const redo = button('snb-plain', 'Do it again', [icon('redo')], () => actions.undo(true));
    const bar = el('div', 'snb-tools', {}, undo, redo, this.#by, this.#stop, this.#send);
    this.element = el('div', 'snb-composer', {}, this.#text, bar);
    this.#text.addEventListener('input', () => this.#changed());
    this.#text.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('mousedown', (event) => {
      if (event.target !== this.element && event.target !== bar && event.target !== this.#by) return;
      event.preventDefault();
      this.#text.focus();
    });
    this.#changed();
  }

  set by(name: string) {
    this.#by.textContent = name;
  }

  set asked(texts: string[]) {
    this.#asked = texts;
    this.#at = texts.length;
  }

  /** Whether something runs that can be stopped. */
  set busy(busy: boolean) {
    this.#busy = busy;
    this.#changed();
  }

  set off(off: boolean) {
    for (const control of this.element.querySelectorAll<HTMLButtonElement | HTMLTextAreaElement>('button, textarea')) control.disabled = off;
  }

  focus(): void {
    this.#text.focus();
  }

  #submit(): void {
    const text = this.#text.value.trim();
    if (!text) return;
    this.#asked.push(text);
    this.#at = this.#asked.length;
    this.#draft = '';
    this.#write('');
    this.#actions.ask(text);
  }

  #key(event: KeyboardEvent): void {
    // Enter in an input method chooses a word; it does not send.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && event.shiftKey) {
      breakLine(event, this.#text);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (this.#busy) this.#actions.stop();
      else this.#text.blur();
    } else if (event.key === 'ArrowUp' && this.#text.selectionEnd === 0 && this.#at > 0) {
      this.#recall(event, this.#at - 1);
    } else if (event.key === 'ArrowUp' && this.#atRecalled() && this.#at > 0) {
      this.#recall(event, this.#at - 1);
    } else if (event.key === 'ArrowDown' && this.#atRecalled()) {
      this.#recall(event, this.#at + 1);
    }
  }

  /** Whether what stands there is a recalled request, unchanged. */
  #atRecalled(): boolean {
    return this.#at < this.#asked.length && this.#text.value === this.#asked[this.#at];
  }

  #recall(event: KeyboardEvent, to: number): void {
    event.preventDefault();
    if (this.#at === this.#asked.length) this.#draft = this.#text.value;
    this.#at = Math.min(to, this.#asked.length);
    this.#write(this.#asked[this.#at] ?? this.#draft);
  }

  #write(text: string): void {
    this.#text.value = text;
    this.#text.setSelectionRange(text.length, text.length);
    this.#changed();
  }

  #changed(): void {
    const words = this.#text.value.trim() !== '';
    this.#send.disabled = !words;
    this.#send.hidden = this.#busy && !words;
    this.#stop.hidden = !this.#busy;
    this.#text.style.height = 'auto';
    // Before it is in the page it has no height; the style sheet gives it one line.
    if (this.#text.scrollHeight) this.#text.style.height = `${Math.min(this.#text.scrollHeight, MOST_LINES_PX)}px`;
  }
}
