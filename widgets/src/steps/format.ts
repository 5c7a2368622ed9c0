// Words and numbers as people read them.
import type { RunState, StepState } from '../protocol.ts';

export const STEP_WORDS: Record<StepState['status'], string> = {
  queued: 'queued',
  running: 'running',
  waiting: 'waits for you',
  done: 'done',
  failed: 'failed',
  skipped: 'skipped',
  stopped: 'stopped',
};

export const RUN_WORDS: Record<RunState['status'], string> = {
  running: 'running',
  waiting: 'waits for you',
  done: 'done',
  partial: 'done in part',
  failed: 'failed',
  stopped: 'stopped',
};

const REASONS: Record<string, string> = {
  deletes: 'This deletes things; you can undo it.',
  spends: 'This costs money.',
  publishes: 'This makes things public.',
};

/** Why a step waits for a person, as a sentence. */
export function reasonOf(approval: string): string {
  return REASONS[approval] ?? (approval || 'Asks before it runs.');
}

/** Seconds: "40 ms", "0.4 s", "12 s", "3 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 0.0995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function cost(usd: number): string {
  return `${usd.toFixed(usd >= 0.01 ? 2 : 4)} USD`;
}

export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** How a run stands, in a few words: "2 of 5 steps", "3.1 s". */
export function runFacts(run: RunState): string[] {
  const over = run.steps.filter((step) => step.status === 'done' || step.status === 'skipped').length;
  // Where nothing was to be done the reply says all; "failed" under a friendly sentence would only scold.
  const facts: string[] = run.steps.length || run.status !== 'failed' ? [RUN_WORDS[run.status]] : [];
  if (run.steps.length) facts.push(over === run.steps.length ? count(over, 'step') : `${over} of ${count(run.steps.length, 'step')}`);
  if (run.seconds !== null) facts.push(duration(run.seconds));
  // What thinking cost stands beside what thought; what the steps cost comes on top.
  const spent = run.used ? run.steps.reduce((sum, step) => sum + step.cost_usd, 0) : run.cost_usd;
  if (spent > 0) facts.push(cost(spent));
  if (run.used && !run.reduced) facts.push(run.used);
  return facts;
}
