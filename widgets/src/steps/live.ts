// Brings the outputs of steps to life. A cell's output is plain HTML inside <spatialnb-step> or <spatialnb-run>; while a kernel
// tells of that run, the element shows the live form in its shadow, and the HTML in it stays what is saved. What is on the
// page is shared by all widgets in it, also of other versions of this package, so it is kept small and by name.
import { followTheme } from '../bridge.ts';
import type { RunState } from '../protocol.ts';
import { RunView, type RunContext } from './run.ts';
import { StepView } from './step.ts';
import css from './style.css';

export interface LiveRun {
  readonly run: RunState;
  readonly context: RunContext;
}

interface Page {
  readonly runs: Map<string, LiveRun>;
  readonly elements: Set<LiveElement>;
  connect(element: LiveElement): void;
  disconnect(element: LiveElement): void;
}

interface LiveElement extends HTMLElement {
  spatialnb?: { view: RunView | StepView; context: RunContext; off: AbortController };
}

const holder = globalThis as { __spatialnb_live?: Page };
const page: Page = (holder.__spatialnb_live ??= { runs: new Map(), elements: new Set(), connect() {}, disconnect() {} });
page.connect = (element) => {
  page.elements.add(element);
  show(element);
};
page.disconnect = (element) => {
  page.elements.delete(element);
  rest(element);
};

for (const name of ['spatialnb-run', 'spatialnb-step']) {
  if (customElements.get(name)) continue;
  customElements.define(
    name,
    class extends HTMLElement {
      connectedCallback(): void {
        page.connect(this);
      }
      disconnectedCallback(): void {
        page.disconnect(this);
      }
    },
  );
}
for (const element of page.elements) show(element);

export function keyOf(run: RunState): string {
  return `${run.project}/${run.id}`;
}

/** A run has changed: show it wherever it has an output in the page. */
export function tell(run: RunState, context: RunContext): void {
  const key = keyOf(run);
  page.runs.set(key, { run, context });
  for (const element of page.elements) if (element.dataset['run'] === key) show(element);
}

/** What `context` told of is not live any more: its kernel is gone. The outputs show what was saved. */
export function forget(context: RunContext): void {
  for (const [key, live] of page.runs) if (live.context === context) page.runs.delete(key);
  for (const element of page.elements) if (element.spatialnb?.context === context) rest(element);
}

/** An answer or a stop was refused: let people try again. */
export function reopen(context: RunContext): void {
  for (const { spatialnb } of page.elements) if (spatialnb?.context === context) spatialnb.view.reopen();
}

function show(element: LiveElement): void {
  const live = page.runs.get(element.dataset['run'] ?? '');
  const id = element.dataset['step'];
  const step = id === undefined ? undefined : live?.run.steps.find((each) => each.id === id);
  if (!live || (id !== undefined && !step)) return;
  if (element.spatialnb?.context !== live.context) wake(element, live.context);
  const view = element.spatialnb?.view;
  if (view instanceof StepView && step) view.show(step);
  else if (view instanceof RunView) view.show(live.run);
}

function wake(element: LiveElement, context: RunContext): void {
  rest(element);
  const off = new AbortController();
  const view = element.dataset['step'] === undefined ? new RunView(context, off.signal, element.dataset['list'] === 'true') : new StepView('card', context, off.signal);
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet()];
  shadow.replaceChildren(view.element);
  element.dataset['lmSuppressShortcuts'] = 'true';
  element.dataset['live'] = '';
  followTheme(element, off.signal);
  element.spatialnb = { view, context, off };
}

function rest(element: LiveElement): void {
  element.spatialnb?.off.abort();
  delete element.spatialnb;
  delete element.dataset['live'];
  element.shadowRoot?.replaceChildren(document.createElement('slot'));
}

let made: CSSStyleSheet | undefined;
function sheet(): CSSStyleSheet {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(css);
  }
  return made;
}
