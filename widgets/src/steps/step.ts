// One step, live: a card of its own under a cell, or a chip in a chat that opens on a click.
import type { MediaSource } from '../media.ts';
import type { StepState } from '../protocol.ts';
import { approval, type Answer, type Approval } from './approval.ts';
import { el } from './dom.ts';
import { cost, duration, percent, STEP_WORDS } from './format.ts';
import { icon, type IconName } from './icons.ts';
import { picture, preview } from './preview.ts';

const SIGNS: Record<StepState['status'], IconName> = {
  queued: 'circle',
  running: 'loader',
  waiting: 'hand',
  done: 'check',
  failed: 'alert',
  skipped: 'minus',
  stopped: 'stop',
};
const TICK_MS = 250;

export interface StepContext {
  readonly media: MediaSource;
  readonly answer: Answer;
}

export class StepView {
  readonly element: HTMLElement;
  readonly #context: StepContext;
  readonly #head: HTMLElement;
  readonly #sign = el('span', 'snb-sign');
  readonly #title = el('span', 'snb-title');
  readonly #facts = el('span', 'snb-facts');
  readonly #thumb = el('span', 'snb-thumb');
  readonly #bar = el('div', 'snb-bar', { role: 'progressbar', 'aria-label': 'Progress' }, el('i'));
  readonly #body = el('div', 'snb-body');
  #step: StepState | null = null;
  #approval: Approval | null = null;
  #since = 0;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(form: 'card' | 'chip', context: StepContext, signal: AbortSignal) {
    this.#context = context;
    const inside = [this.#sign, this.#title, this.#facts, this.#thumb];
    this.#head = form === 'chip' ? el('button', 'snb-head', { type: 'button', 'aria-expanded': 'false' }, ...inside) : el('div', 'snb-head', {}, ...inside);
    this.element = el('article', 'snb-step', { 'data-form': form }, this.#head, this.#bar, this.#body);
    if (form === 'chip') this.#head.addEventListener('click', () => this.#open(this.element.dataset['open'] === undefined));
    signal.addEventListener('abort', () => clearInterval(this.#ticking));
  }

  show(step: StepState): void {
    const before = this.#step;
    if (before === step) return;
    this.#step = step;
    this.element.dataset['status'] = step.status;
    this.element.dataset['step'] = step.id;
    if (before?.title !== step.title) this.#title.textContent = step.title || step.operation;
    if (before?.status !== step.status) this.#turn(step);
    this.#progress(step);
    this.#tell(step);
    // A form that a person is filling in is not built anew.
    if (!before || this.#approval === null || before.status !== step.status) this.#fill(step, before);
  }

  /** An answer to this step was refused. */
  reopen(): void {
    this.#approval?.reopen();
  }

  #turn(step: StepState): void {
    this.#sign.replaceChildren(icon(SIGNS[step.status]));
    this.#sign.title = STEP_WORDS[step.status];
    clearInterval(this.#ticking);
    if (step.status === 'running') {
      this.#since = performance.now() - 1000 * (step.seconds ?? 0);
      this.#ticking = setInterval(() => this.#step && this.#tell(this.#step), TICK_MS);
    }
    if (step.status !== 'waiting') this.#approval = null;
    if (step.status === 'waiting' || step.status === 'failed') this.#open(true);
  }

  #progress(step: StepState): void {
    const share = step.status === 'running' ? step.progress : null;
    this.#bar.hidden = step.status !== 'running';
    this.#bar.toggleAttribute('data-unknown', share === null);
    if (share === null) this.#bar.removeAttribute('aria-valuenow');
    else this.#bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    (this.#bar.firstElementChild as HTMLElement).style.width = share === null ? '' : `${share * 100}%`;
  }

  #tell(step: StepState): void {
    const facts: string[] = [];
    if (step.status === 'running') {
      if (step.progress !== null) facts.push(percent(step.progress));
      const elapsed = (performance.now() - this.#since) / 1000;
      if (elapsed >= 1) facts.push(duration(Math.floor(elapsed)).replace('.0', ''));
    } else {
      if (step.status !== 'done' || step.seconds === null) facts.push(STEP_WORDS[step.status]);
      if (step.seconds !== null) facts.push(duration(step.seconds));
    }
    if (step.cost_usd > 0) facts.push(cost(step.cost_usd));
    const text = facts.join(' · ');
    if (this.#facts.textContent !== text) this.#facts.textContent = text;
  }

  #fill(step: StepState, before: StepState | null): void {
    const same = before && before.status === step.status && before.note === step.note && before.error === step.error;
    if (same && JSON.stringify(before.preview) === JSON.stringify(step.preview) && before.result === step.result) return;
    const parts: HTMLElement[] = [];
    if (step.note && (step.status === 'running' || step.status === 'queued')) parts.push(el('p', 'snb-quiet', {}, step.note));
    if (step.status === 'waiting') {
      this.#approval = approval(step, this.#context.answer);
      parts.push(this.#approval.element);
    }
    if (step.error) parts.push(el('p', 'snb-error', { role: 'alert' }, step.error));
    parts.push(...preview(step, this.#context.media));
    this.#body.replaceChildren(...parts);
    this.element.toggleAttribute('data-empty', parts.length === 0);
    const first = step.preview.images[0];
    this.#thumb.replaceChildren(...(first ? [picture(first, '', this.#context.media)] : []));
  }

  #open(open: boolean): void {
    this.element.toggleAttribute('data-open', open);
    this.#head.setAttribute('aria-expanded', String(open));
  }
}
