// One turn of the conversation: the request, its steps and the reply.
import type { RunState } from '../protocol.ts';
import { el } from '../steps/dom.ts';
import { runFacts } from '../steps/format.ts';
import { StepList } from '../steps/run.ts';
import { isActive } from '../steps/state.ts';
import type { StepContext } from '../steps/step.ts';
import { reducedLine, tried } from '../steps/used.ts';
import { markdown } from './markdown.ts';

const REDRAW_MS = 60;
const FEW = 5;

export interface TurnContext extends StepContext {
  /** Ask this next. */
  readonly ask: (text: string) => void;
  /** Something was drawn later than at `show`. */
  readonly drawn: () => void;
}

export class TurnView {
  readonly element = el('article', 'snb-turn');
  readonly #context: TurnContext;
  readonly #ask = el('div', 'snb-ask');
  readonly #steps: StepList;
  readonly #more = el('button', 'snb-more', { type: 'button', hidden: true });
  readonly #reply = el('div', 'snb-reply');
  readonly #choices = el('div', 'snb-choices');
  readonly #facts = el('p', 'snb-turn-facts');
  #used: HTMLElement | null = null;
  #run: RunState | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(request: string, context: TurnContext, signal: AbortSignal) {
    this.#context = context;
    this.#steps = new StepList('chip', context, signal);
    this.#ask.textContent = request;
    this.element.append(this.#ask, this.#steps.element, this.#more, this.#reply, this.#choices, this.#facts);
    this.element.dataset['status'] = 'sent';
    this.#facts.append(thinking());
    this.#more.addEventListener('click', () => this.#fold(this.#steps.element.dataset['folded'] === undefined));
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  /** What was asked, while no run of it is known. */
  get pending(): string | null {
    return this.#run ? null : this.#ask.textContent;
  }

  show(run: RunState): void {
    const before = this.#run;
    if (before === run) return;
    this.#run = run;
    this.element.dataset['status'] = run.status;
    this.#ask.textContent = run.request;
    this.#steps.show(run);
    if (before?.status !== run.status) this.#turned(run);
    this.#more.hidden = run.steps.length <= FEW || isActive(run);
    this.#more.textContent = this.#steps.element.dataset['folded'] === undefined ? 'Show fewer steps' : `Show all ${run.steps.length} steps`;
    const idle = run.status === 'running' && !run.reply && !run.steps.some((step) => step.status === 'running');
    this.#facts.replaceChildren(...(idle ? [thinking()] : isActive(run) ? [] : [runFacts(run).join(' · ')]));
    this.#facts.title = idle ? '' : tried(run);
    this.#tell(run);
    if (before?.reply !== run.reply) this.#draw(run);
    if (before?.choices !== run.choices) this.#choose(run);
  }

  /** The request did not get as far as a run. */
  refuse(text: string): void {
    this.element.dataset['status'] = 'failed';
    this.#facts.replaceChildren(el('span', 'snb-error', { role: 'alert' }, text));
  }

  reopen(): void {
    this.#steps.reopen();
  }

  /** Under the reply, as soon as it is known: what stood in, and why. */
  #tell(run: RunState): void {
    const line = reducedLine(run);
    if (line?.textContent === this.#used?.textContent) return;
    this.#used?.remove();
    this.#used = line;
    if (line) this.#facts.before(line);
  }

  #turned(run: RunState): void {
    if (!isActive(run)) this.#fold(run.steps.length > FEW);
  }

  #fold(folded: boolean): void {
    this.#steps.element.toggleAttribute('data-folded', folded);
    if (this.#run) this.#more.textContent = folded ? `Show all ${this.#run.steps.length} steps` : 'Show fewer steps';
  }

  /** A reply that streams is drawn a few times a second, not for every word; the last words are drawn at once. */
  #draw(run: RunState): void {
    if (isActive(run) && this.#timer !== undefined) return;
    const draw = () => {
      this.#timer = undefined;
      if (this.#run) this.#reply.replaceChildren(markdown(this.#run.reply));
      this.#context.drawn();
    };
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isActive(run)) this.#timer = setTimeout(draw, REDRAW_MS);
    else draw();
  }

  #choose(run: RunState): void {
    const buttons = run.choices.map((choice) => {
      const made = el('button', 'snb-choice', { type: 'button' }, choice);
      made.addEventListener('click', () => {
        for (const each of this.#choices.querySelectorAll('button')) each.disabled = true;
        made.dataset['chosen'] = '';
        this.#context.ask(choice);
      });
      return made;
    });
    this.#choices.replaceChildren(...buttons);
  }
}

function thinking(): HTMLElement {
  return el('span', 'snb-thinking', {}, 'Thinking', el('i'), el('i'), el('i'));
}
