// The chat widget: a transcript and a place to write. The kernel holds the conversation; this shows it.
import { defineWidget, type Mount } from '../bridge.ts';
import type { FromChat, RunState, ToChat } from '../protocol.ts';
import { el } from '../steps/dom.ts';
import { isActive, Runs } from '../steps/state.ts';
import { stopRun } from '../steps/stop.ts';
import steps from '../steps/style.css';
import { Composer } from './composer.ts';
import own from './style.css';
import { Transcript } from './transcript.ts';

const NOTICE_MS = 5000;

function mount({ root, link, media, signal, model, view }: Mount<ToChat, FromChat>): void {
  media.base = String(model.get('media_base') ?? '');
  const runs = new Runs();
  let asks = 0;
  const ask = (text: string) => {
    asks += 1;
    transcript.send(text);
    link.send({ type: 'ask', text, client: `${view}-${asks}` });
  };
  const stop = () => {
    for (const run of runs.all().filter(isActive)) stopRun(run.id, model, link as never);
  };
  const transcript = new Transcript({ media, answer: (message) => link.send(message), ask }, signal);
  const composer = new Composer({ ask, stop, undo: (redo) => link.send({ type: 'undo', redo }) });
  const notice = el('p', 'snb-notice', { role: 'status', hidden: true });
  const announcer = el('div', 'snb-heard', { role: 'status', 'aria-live': 'polite' });
  root.append(transcript.element, notice, composer.element, announcer);

  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const tell = (level: string, text: string) => {
    clearTimeout(timer);
    notice.hidden = false;
    notice.dataset['level'] = level;
    notice.textContent = text;
    if (level === 'info') timer = setTimeout(() => (notice.hidden = true), NOTICE_MS);
  };
  const settle = () => {
    composer.busy = runs.all().some(isActive);
    root.dataset['turns'] = String(runs.all().length);
  };
  const fill = (turns: readonly { run: RunState }[], model: string, suggestions: readonly string[]) => {
    runs.clear();
    transcript.clear();
    for (const { run } of turns) {
      runs.apply({ type: 'run', state: run });
      transcript.show(run);
    }
    composer.by = model || 'local planner';
    composer.asked = turns.map(({ run }) => run.request).filter((text) => text !== '');
    transcript.invite(suggestions);
    root.dataset['state'] = 'ready';
    settle();
  };

  link.listen((message) => {
    switch (message.type) {
      case 'history':
        return fill(message.turns, message.model, message.suggestions);
      case 'run':
      case 'step':
      case 'delta': {
        if (message.type === 'step') announcer.textContent = spoken(message.state);
        const run = runs.apply(message);
        if (!run) return;
        transcript.show(run);
        if (message.type === 'run' && !isActive(run)) announcer.textContent = run.reply || run.status;
        return settle();
      }
      case 'notice':
        if (message.level === 'error' && transcript.refuse(message.text)) return;
        return tell(message.level, message.text);
      case 'bytes':
      case 'module':
        return; // the bridge's own
    }
  });
  root.addEventListener('kernelgone', () => (composer.off = true), { signal });
  link.send({ type: 'ready', view, revision: null });
}

function spoken(step: { status: string; title: string }): string {
  if (step.status === 'waiting') return `Waits for you: ${step.title}`;
  return step.status === 'failed' ? `Failed: ${step.title}` : '';
}

export default defineWidget<ToChat, FromChat>('chat', steps + own, mount);
