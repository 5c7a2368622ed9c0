// The steps widget. Shown, it is a board of the runs; shown or not, its model keeps the outputs of steps in the page alive.
import { defineWidget, Link, watchKernel, type Model, type Mount } from '../bridge.ts';
import { KernelMedia } from '../media.ts';
import type { FromSteps, ToSteps } from '../protocol.ts';
import { el } from './dom.ts';
import { forget, reopen, tell } from './live.ts';
import { RunView, type RunContext } from './run.ts';
import { Runs } from './state.ts';
import { stopRun } from './stop.ts';
import css from './style.css';

function mount({ root, link, media, signal, model, view }: Mount<ToSteps, FromSteps>): void {
  media.base = String(model.get('media_base') ?? '');
  const runs = new Runs();
  const views = new Map<string, RunView>();
  const board = el('div', 'snb-board');
  const empty = el('p', 'snb-empty', {}, 'No steps yet. They appear here when something runs.');
  const notice = el('p', 'snb-notice', { role: 'status', hidden: true });
  board.append(empty, notice);
  root.append(board);
  const context: RunContext = { media, answer: (message) => link.send(message), stop: (run) => stopRun(run, model, link as never) };
  link.listen((message) => {
    if (message.type === 'notice') {
      notice.hidden = message.level === 'info';
      notice.textContent = message.text;
      for (const each of views.values()) each.reopen();
      return;
    }
    if (message.type !== 'run' && message.type !== 'step' && message.type !== 'delta') return;
    const run = runs.apply(message);
    if (!run) return;
    empty.remove();
    let shown = views.get(run.id);
    if (!shown) {
      shown = new RunView(context, signal, true);
      views.set(run.id, shown);
      board.prepend(shown.element);
    }
    shown.show(run);
  });
  link.send({ type: 'ready', view, revision: null });
}

/** Follows the runs for the outputs in the page, for as long as the model lives. */
function initialize({ model }: { model: Model }): void {
  const controller = new AbortController();
  const link = new Link<ToSteps, FromSteps>(model, controller.signal);
  const media = new KernelMedia(link as never, controller.signal);
  media.base = String(model.get('media_base') ?? '');
  const runs = new Runs();
  const context: RunContext = { media, answer: (message) => link.send(message), stop: (run) => stopRun(run, model, link as never) };
  link.listen((message) => {
    if (message.type === 'notice' && message.level !== 'info') reopen(context);
    if (message.type !== 'run' && message.type !== 'step' && message.type !== 'delta') return;
    const run = runs.apply(message);
    if (run) tell(run, context);
  });
  const end = () => {
    forget(context);
    controller.abort();
  };
  // The bridge tells an element when the kernel is gone; this model has none in the page.
  const ear = document.createElement('div');
  ear.addEventListener('kernelgone', end);
  watchKernel(model, ear, controller.signal);
  model.on('destroy', end);
  link.send({ type: 'ready', view: 'steps', revision: null });
}

export default { ...defineWidget<ToSteps, FromSteps>('steps', css, mount), initialize };
