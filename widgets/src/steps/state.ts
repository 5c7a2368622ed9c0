// The runs a view knows, kept up to date by messages. Each change makes new objects, so that "is it the same?" is one comparison.
import type { DeltaMessage, RunMessage, RunState, StepMessage, StepState } from '../protocol.ts';

export type RunUpdate = RunMessage | StepMessage | DeltaMessage;

export class Runs {
  readonly #runs = new Map<string, RunState>();

  get(id: string): RunState | undefined {
    return this.#runs.get(id);
  }

  /** In the order in which they were first seen. */
  all(): RunState[] {
    return [...this.#runs.values()];
  }

  clear(): void {
    this.#runs.clear();
  }

  /** Takes a message in; the run as it is now, or undefined when the message is about a run that is not known yet. */
  apply(message: RunUpdate): RunState | undefined {
    const next = this.#next(message);
    if (next) this.#runs.set(next.id, next);
    return next;
  }

  #next(message: RunUpdate): RunState | undefined {
    if (message.type === 'run') {
      const before = this.#runs.get(message.state.id);
      // A change of status in the middle of a reply does not carry what was streamed of it.
      return { ...message.state, reply: message.state.reply || before?.reply || '' };
    }
    const run = this.#runs.get(message.type === 'step' ? message.state.run : message.run);
    if (!run) return undefined;
    return message.type === 'step' ? withStep(run, message.state) : { ...run, reply: run.reply + message.text };
  }
}

function withStep(run: RunState, step: StepState): RunState {
  const known = run.steps.some((each) => each.id === step.id);
  return { ...run, steps: known ? run.steps.map((each) => (each.id === step.id ? step : each)) : [...run.steps, step] };
}

export function isActive(run: RunState): boolean {
  return run.status === 'running' || run.status === 'waiting';
}
