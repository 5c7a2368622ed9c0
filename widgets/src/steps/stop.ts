// Stopping a run, also when the kernel is too busy to hear of it.
import type { Link, Model, Tagged } from '../bridge.ts';
import type { StopMessage } from '../protocol.ts';

const PATIENCE_MS = 1000;

/** Asks the kernel to stop `run`. With no answer of any kind from a busy kernel, interrupts it: then its cell is in the way. */
export function stopRun(run: string, model: Model, link: Link<Tagged, StopMessage>): void {
  link.send({ type: 'stop', run });
  const kernel = model.widget_manager?.kernel as { status?: string; interrupt?(): Promise<void> } | null | undefined;
  const timer = setTimeout(() => {
    forget();
    if (kernel?.status === 'busy') void kernel.interrupt?.();
  }, PATIENCE_MS);
  const forget = link.listen(() => {
    clearTimeout(timer);
    forget();
  });
}
