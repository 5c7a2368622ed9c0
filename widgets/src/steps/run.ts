// One run, live: what was asked, how it stands, a way to stop it and, where wanted, all its steps.
import type { RunState } from '../protocol.ts';
import { button, el } from './dom.ts';
import { runFacts } from './format.ts';
import { icon, type IconName } from './icons.ts';
import { isActive } from './state.ts';
import { StepView, type StepContext } from './step.ts';
import { reducedLine, tried } from './used.ts';

const SIGNS: Record<RunState['status'], IconName> = {
  running: 'loader',
  waiting: 'hand',
  done: 'check',
  partial: 'alert',
  failed: 'alert',
  stopped: 'stop',
};

export interface RunContext extends StepContext {
  readonly stop: (run: string) => void;
}

export class RunView {
  readonly element: HTMLElement;
  readonly #list: StepList | null;
  readonly #sign = el('span', 'snb-sign');
  readonly #title = el('span', 'snb-title');
  readonly #facts = el('span', 'snb-facts');
  readonly #stop: HTMLButtonElement;
  #used: HTMLElement | null = null;
  #run: RunState | null = null;

  constructor(context: RunContext, signal: AbortSignal, listed: boolean) {
    this.#stop = button('snb-stop', 'Stop', [icon('stop', 12), 'Stop'], () => {
      this.#stop.disabled = true;
      if (this.#run) context.stop(this.#run.id);
    });
    this.element = el('section', 'snb-run', {}, el('div', 'snb-head', {}, this.#sign, this.#title, this.#facts, this.#stop));
    this.#list = listed ? new StepList('card', context, signal) : null;
    if (this.#list) this.element.append(this.#list.element);
  }

  show(run: RunState): void {
    const before = this.#run;
    if (before === run) return;
    this.#run = run;
    this.element.dataset['status'] = run.status;
    if (before?.request !== run.request) this.#title.textContent = run.request;
    if (before?.status !== run.status) {
      this.#sign.replaceChildren(icon(SIGNS[run.status]));
      this.#stop.hidden = !isActive(run);
      this.#stop.disabled = false;
    }
    this.#facts.textContent = runFacts(run).join(' · ');
    this.#facts.title = tried(run);
    if (before?.used !== run.used || before?.reduced !== run.reduced) this.#tell(run);
    this.#list?.show(run);
  }

  #tell(run: RunState): void {
    this.#used?.remove();
    this.#used = reducedLine(run);
    if (this.#used) this.element.firstElementChild?.after(this.#used);
  }

  reopen(): void {
    this.#stop.disabled = false;
    this.#list?.reopen();
  }
}

/** The steps of a run, each under its own id, so that one that changes leaves the others alone. */
export class StepList {
  readonly element = el('div', 'snb-steps');
  readonly #form: 'card' | 'chip';
  readonly #context: StepContext;
  readonly #signal: AbortSignal;
  readonly #views = new Map<string, StepView>();

  constructor(form: 'card' | 'chip', context: StepContext, signal: AbortSignal) {
    this.#form = form;
    this.#context = context;
    this.#signal = signal;
  }

  show(run: RunState): void {
    for (const step of run.steps) {
      let view = this.#views.get(step.id);
      if (!view) {
        view = new StepView(this.#form, this.#context, this.#signal);
        this.#views.set(step.id, view);
        this.element.append(view.element);
      }
      view.show(step);
    }
    const known = new Set(run.steps.map((step) => step.id));
    for (const [id, view] of this.#views) {
      if (known.has(id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
  }

  reopen(): void {
    for (const view of this.#views.values()) view.reopen();
  }
}
