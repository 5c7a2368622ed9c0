// The turns, oldest first. It stays at the newest unless a person has scrolled back.
import type { RunState } from '../protocol.ts';
import { button, el } from '../steps/dom.ts';
import { icon } from '../steps/icons.ts';
import { TurnView, type TurnContext } from './turn.ts';

const NEAR_PX = 48;

export class Transcript {
  readonly element: HTMLElement;
  readonly #context: TurnContext;
  readonly #signal: AbortSignal;
  // A reply that streams would be read out word by word; the announcer says what matters instead.
  readonly #scroll = el('div', 'snb-scroll', { role: 'log', 'aria-live': 'off', 'aria-label': 'Conversation', tabindex: '0' });
  readonly #turns = el('div', 'snb-turns');
  readonly #latest: HTMLButtonElement;
  readonly #views = new Map<string, TurnView>();
  #sent: TurnView[] = [];
  #empty: HTMLElement | null = null;
  #follow = true;

  constructor(context: Omit<TurnContext, 'drawn'>, signal: AbortSignal) {
    this.#context = { ...context, drawn: () => this.#settle() };
    this.#signal = signal;
    this.#scroll.append(this.#turns);
    this.#latest = button('snb-round snb-latest', 'To the latest', [icon('down')], () => this.#toEnd());
    this.#latest.hidden = true;
    this.element = el('div', 'snb-transcript', {}, this.#scroll, this.#latest);
    const look = () => {
      const left = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
      this.#follow = left < NEAR_PX;
      this.#latest.hidden = this.#follow;
    };
    this.#scroll.addEventListener('scroll', look, { passive: true });
    // Pictures and opened steps make the turns longer later than they are drawn.
    const growth = new ResizeObserver(() => this.#settle());
    growth.observe(this.#turns);
    growth.observe(this.#scroll);
    signal.addEventListener('abort', () => growth.disconnect());
  }

  get size(): number {
    return this.#views.size + this.#sent.length;
  }

  clear(): void {
    this.#views.clear();
    this.#sent = [];
    this.#turns.replaceChildren();
  }

  /** A request that was sent now, ahead of word from the kernel. */
  send(text: string): void {
    this.invite(null);
    const view = new TurnView(text, this.#context, this.#signal);
    this.#sent.push(view);
    this.#turns.append(view.element);
    this.#toEnd();
  }

  show(run: RunState): void {
    let view = this.#views.get(run.id);
    if (!view) {
      this.invite(null);
      const sent = this.#sent.findIndex((each) => each.pending === run.request);
      if (sent >= 0) view = this.#sent.splice(sent, 1)[0]!;
      else {
        view = new TurnView(run.request, this.#context, this.#signal);
        this.#turns.append(view.element);
      }
      this.#views.set(run.id, view);
    }
    view.show(run);
    this.#settle();
  }

  /** The kernel could not take a request or an answer. True if a request was waiting for word. */
  refuse(text: string): boolean {
    for (const view of this.#views.values()) view.reopen();
    const view = this.#sent.shift();
    view?.refuse(text);
    this.#settle();
    return view !== undefined;
  }

  /** What stands there while there are no turns: an invitation with things to say. */
  invite(suggestions: readonly string[] | null): void {
    this.#empty?.remove();
    this.#empty = null;
    if (suggestions === null || this.size) return;
    const chips = suggestions.map((text) => {
      const chip = el('button', 'snb-choice', { type: 'button' }, text);
      chip.addEventListener('click', () => this.#context.ask(text));
      return chip;
    });
    this.#empty = el(
      'div',
      'snb-invite',
      {},
      icon('shapes', 28),
      el('p', 'snb-invite-title', {}, 'What shall we make?'),
      el('p', 'snb-quiet', {}, 'Say it in your own words. You see every step, and can undo each one.'),
      el('div', 'snb-choices', {}, ...chips),
    );
    this.#scroll.prepend(this.#empty);
  }

  #settle(): void {
    if (this.#follow) this.#toEnd();
  }

  #toEnd(): void {
    this.#follow = true;
    this.#latest.hidden = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }
}
