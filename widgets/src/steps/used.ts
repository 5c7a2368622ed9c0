// What thought for a run, where that is less than hoped: one quiet line, with what was tried in its tooltip.
import type { RunState } from '../protocol.ts';
import { el } from './dom.ts';
import { icon } from './icons.ts';

/** The line, or null where nothing is less than hoped; then the facts name what thought. */
export function reducedLine(run: RunState): HTMLElement | null {
  if (!run.reduced || !run.used) return null;
  return el('p', 'snb-used', { title: tried(run) }, icon('alert', 13), el('span', '', {}, run.used));
}

/** Why what thought was chosen, and what was tried before it. */
export function tried(run: RunState): string {
  return run.models.flatMap(({ name, reason, hops }) => [...hops, reason ? `${name}: ${reason}` : name]).join('\n');
}
