// The page's half of the bridge: typed messages to and from the kernel, media, theme, and word of a kernel that is gone.
// Everything acquired here is released by the one AbortSignal of the view.
import type { ActMessage, PackedMessage } from './protocol.ts';
import { KernelMedia, type MediaSource } from './media.ts';

/** What anywidget hands to a widget, as far as it is used here. */
export interface Model {
  get(name: string): unknown;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  readonly widget_manager?: { readonly kernel?: Kernel | null } | undefined;
}

interface Kernel {
  readonly statusChanged?: Signal<string>;
  readonly disposed?: Signal<void>;
  interrupt?(): Promise<void>;
}
interface Signal<T> {
  connect(slot: (sender: unknown, value: T) => void): void;
  disconnect(slot: (sender: unknown, value: T) => void): void;
}

/** A message as a union tagged by `type`. */
export interface Tagged {
  type: string;
}

/** A message that came before its view. */
export interface Kept {
  content: unknown;
  buffers: DataView[];
}

/** What the loader has asked for while a view's module was on its way. */
export interface Early {
  /** The pages of the atlas, by their hash; null where they could not be had over HTTP. */
  readonly pictures: Map<string, Promise<ImageBitmap | null>>;
  /** The messages since, in their order. Whoever takes them hears the later ones itself. */
  take(): Promise<Kept>[];
}

/** What a view is built from. `root` is its element, already in the page of the host. */
export interface Mount<In extends Tagged, Out extends Tagged> {
  readonly root: HTMLElement;
  readonly link: Link<In, Out>;
  readonly media: MediaSource & { base: string };
  readonly signal: AbortSignal;
  readonly model: Model;
  /** A name of this view, unlike that of any other: its changes carry it. */
  readonly view: string;
}

/** An anywidget module whose views are built by `mount`. `css` goes into the root of each. */
export function defineWidget<In extends Tagged, Out extends Tagged>(
  name: string,
  css: string,
  mount: (context: Mount<In, Out>) => void,
): { render(context: { model: Model; el: HTMLElement; early?: Early | undefined }): () => void } {
  return {
    render({ model, el, early }) {
      const controller = new AbortController();
      const root = document.createElement('div');
      root.className = `spatialnb spatialnb-${name}`;
      // Without this, "d d" deletes the cell and Shift+Enter runs it while the hands are in the widget.
      root.dataset['lmSuppressShortcuts'] = 'true';
      // Some of JupyterLab's keys are bound to whatever has the focus, which is asked before what is around it.
      root.addEventListener('focusin', ({ target }) => target instanceof Element && target.setAttribute('data-lm-suppress-shortcuts', 'true'));
      const style = document.createElement('style');
      style.textContent = css;
      root.append(style);
      el.append(root);
      const link = new Link<In, Out>(model, controller.signal, early);
      const media = new KernelMedia(link as never, controller.signal, early?.pictures);
      followTheme(root, controller.signal);
      watchKernel(model, root, controller.signal);
      link.listen((message) => {
        const asked = message as Tagged & Partial<ActMessage>;
        if (asked.type !== 'act' || asked.action !== 'open_panel' || asked.panel !== name) return;
        root.scrollIntoView({ block: 'center', behavior: lessMotion() ? 'auto' : 'smooth' });
        (root.querySelector<HTMLElement>('textarea') ?? root).focus({ preventScroll: true });
        link.send({ type: 'acted', id: asked.id } as unknown as Out);
      });
      mount({ root, link, media, signal: controller.signal, model, view: viewName(name) });
      return () => {
        controller.abort();
        root.remove();
      };
    },
  };
}

function viewName(name: string): string {
  return `${name}-${crypto.getRandomValues(new Uint32Array(2)).join('')}`;
}

type Listener<In extends Tagged> = (message: In, buffers: DataView[]) => void;

/** Typed messages over one model. Messages arrive in the order they were sent, packed or not. */
export class Link<In extends Tagged, Out extends Tagged> {
  readonly #model: Model;
  readonly #listeners = new Set<Listener<In>>();
  #queue: Promise<void> | null = null;
  /** Whether the kernel has been told already that a view is ready; its answer is on its way. */
  readonly greeted: boolean;

  constructor(model: Model, signal: AbortSignal, early?: Early) {
    this.#model = model;
    this.greeted = early !== undefined;
    for (const kept of early?.take() ?? []) {
      this.#enqueue(async () => {
        const { content, buffers } = await kept;
        this.#deliver(content as In, buffers);
      });
    }
    const receive = (content: unknown, buffers: DataView[] = []) => this.#receive(content, buffers);
    model.on('msg:custom', receive);
    signal.addEventListener('abort', () => {
      model.off('msg:custom', receive);
      this.#listeners.clear();
    });
  }

  send(message: Out, buffers?: ArrayBuffer[]): void {
    this.#model.send(message, undefined, buffers);
  }

  /** Calls `listener` for each message; the answer stops it. */
  listen(listener: Listener<In>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive(content: unknown, buffers: DataView[]): void {
    if (typeof content !== 'object' || content === null || !('type' in content)) return;
    const message = content as In | PackedMessage;
    if (message.type !== 'packed' && this.#queue === null) return this.#deliver(message as In, buffers);
    this.#enqueue(async () => {
      if (message.type !== 'packed') return this.#deliver(message as In, buffers);
      const [packed, ...rest] = buffers;
      if (packed) this.#deliver(JSON.parse(await unpack(packed)) as In, rest);
    });
  }

  /** After everything that came before. */
  #enqueue(act: () => Promise<void>): void {
    const turn = (this.#queue ?? Promise.resolve()).then(act);
    const settled = turn.catch((error: unknown) => console.error('spatialnb: a message could not be read', error));
    this.#queue = settled.then(() => {
      if (this.#queue === last) this.#queue = null;
    });
    const last = this.#queue;
  }

  #deliver(message: In, buffers: DataView[]): void {
    for (const listener of [...this.#listeners]) listener(message, buffers);
  }
}

/** The text of a gzip. */
export function unpack(packed: DataView): Promise<string> {
  const stream = new Blob([packed as DataView<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

/** Whether the page around `element` is dark: JupyterLab says so, else the colour under it, else the system. */
export function isDark(element: HTMLElement): boolean {
  const lab = document.body.dataset['jpThemeLight'];
  if (lab !== undefined) return lab === 'false';
  for (let node: HTMLElement | null = element.parentElement; node; node = node.parentElement) {
    const parts = getComputedStyle(node).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (parts && parts.length >= 3 && (parts[3] ?? 1) > 0.5) {
      return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]! < 128;
    }
  }
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

/** Keeps `data-theme` of `root` at "light" or "dark" and fires a `themechange` event on it when that changes. */
export function followTheme(root: HTMLElement, signal: AbortSignal): void {
  const set = () => {
    const theme = isDark(root) ? 'dark' : 'light';
    if (root.dataset['theme'] === theme) return;
    root.dataset['theme'] = theme;
    root.dispatchEvent(new CustomEvent('themechange'));
  };
  set();
  const observer = new MutationObserver(set);
  const seen = { attributes: true, attributeFilter: ['class', 'style', 'data-jp-theme-light', 'data-jp-theme-name', 'data-theme'] };
  observer.observe(document.body, seen);
  observer.observe(document.documentElement, seen);
  // The element is put into the page only after the widget is made; what is under it shows then.
  requestAnimationFrame(() => signal.aborted || set());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', set, { signal });
  signal.addEventListener('abort', () => observer.disconnect());
}

/** Shows a bar above the view, and fires `kernelgone` on it, when its kernel was restarted, died or was shut down. */
export function watchKernel(model: Model, root: HTMLElement, signal: AbortSignal): void {
  const gone = () => {
    if (signal.aborted || root.dataset['kernel'] === 'gone') return;
    root.dataset['kernel'] = 'gone';
    const bar = document.createElement('div');
    bar.className = 'spatialnb-stale';
    bar.setAttribute('role', 'status');
    bar.textContent = 'The kernel was restarted or is gone. Run this cell again to go on; nothing that was stored is lost.';
    root.prepend(bar);
    root.dispatchEvent(new CustomEvent('kernelgone'));
  };
  // ipywidgets says so on the model when it closes the comms of a kernel that went away.
  model.on('comm_live_update', gone);
  const status = (_: unknown, value: string) => {
    if (['restarting', 'autorestarting', 'dead', 'terminating'].includes(value)) gone();
  };
  const kernel = model.widget_manager?.kernel;
  kernel?.statusChanged?.connect(status);
  kernel?.disposed?.connect(gone);
  signal.addEventListener('abort', () => {
    model.off('comm_live_update', gone);
    kernel?.statusChanged?.disconnect(status);
    kernel?.disposed?.disconnect(gone);
  });
}

/** True when a person asked their system for less motion. */
export function lessMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
