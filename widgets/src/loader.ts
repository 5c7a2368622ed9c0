// The only code that travels with every widget instance. It fetches the widget's module once a page (over HTTP where Jupyter
// serves it, else from the kernel) and keeps it on globalThis under the hash of its content, so that a kernel with a newer
// package brings its newer module along. While the module is on its way, what it will need is asked for already.
import { unpack, type Early, type Kept, type Model } from './bridge.ts';
import { pictureAt, resolveBase } from './media.ts';
import type { Scene } from './protocol.ts';

interface Context {
  model: Model;
  el: HTMLElement;
  early?: Early | undefined;
}

interface WidgetModule {
  initialize?(context: { model: Model }): void;
  render(context: Context): void | (() => void);
}

const PATIENCE_MS = 4000;
/** Messages that are kept for a view that does not come to be shown. */
const MOST_KEPT = 200;
const page = globalThis as { __spatialnb_modules?: Map<string, Promise<WidgetModule>>; __spatialnb_early?: Map<string, Early> };
const modules = (page.__spatialnb_modules ??= new Map());
const greeted = (page.__spatialnb_early ??= new Map());

async function load(model: Model): Promise<WidgetModule> {
  const key = String(model.get('_module_hash'));
  const known = modules.get(key);
  if (known) {
    // Another instance may be asking through a kernel that is gone; do not wait for it for ever.
    const first = await Promise.race([known.catch(() => null), after(PATIENCE_MS)]);
    if (first) return first;
  }
  const asked = fetched(String(model.get('_module_path') ?? '')).catch(() => ask(model, String(model.get('_module_name'))));
  modules.set(key, asked);
  asked.catch(() => modules.get(key) === asked && modules.delete(key));
  return asked;
}

/** The module from the server that made this page. Rejects where there is none, or another one. */
async function fetched(path: string): Promise<WidgetModule> {
  if (!path) throw new Error('no path');
  const module = import(new URL(resolveBase(path), location.href).href) as Promise<{ default: WidgetModule }>;
  const first = await Promise.race([module, after(PATIENCE_MS)]);
  if (!first?.default) throw new Error('no answer');
  return first.default;
}

function ask(model: Model, name: string): Promise<WidgetModule> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error('no answer'))), 3 * PATIENCE_MS);
    const listen = (message: { type?: string; name?: string }, buffers: DataView[]) => {
      if (message?.type !== 'module' || message.name !== name || !buffers[0]) return;
      const packed = buffers[0];
      finish(() => resolve(evaluate(packed)));
    };
    const finish = (act: () => void) => {
      clearTimeout(timer);
      model.off('msg:custom', listen);
      act();
    };
    model.on('msg:custom', listen);
    model.send({ type: 'module', name });
  });
}

async function evaluate(packed: DataView): Promise<WidgetModule> {
  const url = URL.createObjectURL(new Blob([await unpack(packed)], { type: 'text/javascript' }));
  try {
    return ((await import(url)) as { default: WidgetModule }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Says in the view's place that it is ready, and keeps what comes until it is there. */
function greet(model: Model, key: string): void {
  const kept: Promise<Kept>[] = [];
  const pictures: Early['pictures'] = new Map();
  const base = model.get('_media_base');
  if (base) for (const hash of model.get('_pictures') as string[]) pictures.set(hash, pictureAt(`${resolveBase(String(base))}/${hash}`));
  const listen = (content: { type?: string } | null, buffers: DataView[] = []) => {
    if (!content?.type || content.type === 'module') return;
    if (kept.length === MOST_KEPT) return void early.take();
    kept.push(read(content, buffers, pictures));
  };
  const early: Early = {
    pictures,
    take() {
      model.off('msg:custom', listen);
      greeted.delete(key);
      return kept;
    },
  };
  greeted.set(key, early);
  model.on('msg:custom', listen);
  model.send({ type: 'ready', view: key, revision: null });
}

async function read(content: { type?: string; scene?: Scene }, buffers: DataView[], pictures: Early['pictures']): Promise<Kept> {
  if (content.type === 'packed' && buffers[0]) return read(JSON.parse(await unpack(buffers[0])), buffers.slice(1), pictures);
  const { media_base: base, atlas } = content.scene ?? {};
  for (const hash of (base && atlas?.pages) || []) {
    if (!pictures.has(hash)) pictures.set(hash, pictureAt(`${resolveBase(base!)}/${hash}`));
  }
  return { content, buffers };
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

export default {
  /**
   * A model that `_greets` will be shown in a moment: its module and its first message are asked for at once. One that is
   * `_eager` is at work in the page without being shown.
   */
  initialize({ model }: { model: Model }): void {
    const greets = Boolean(model.get('_greets'));
    if (greets) greet(model, String(model.get('_key')));
    if (!greets && !model.get('_eager')) return;
    // Not waited for: anywidget gives a model up that is not ready in two seconds, and the kernel may be busy longer.
    load(model).then(
      (module) => module.initialize?.({ model }),
      (error: unknown) => console.warn('spatialnb:', error),
    );
  },

  async render({ model, el, signal }: { model: Model; el: HTMLElement; signal?: AbortSignal }) {
    // A saved picture stands beside the widget for readers without a kernel; here the widget itself is coming.
    const style = document.createElement('style');
    style.textContent = '.spatialnb-fallback{display:none!important}';
    el.append(style);
    try {
      const module = await load(model);
      if (signal?.aborted) return undefined;
      return module.render({ model, el, early: greeted.get(String(model.get('_key') ?? '')) });
    } catch (error) {
      style.remove();
      const note = document.createElement('p');
      note.style.cssText = 'margin:8px 0;padding:8px 12px;border-radius:6px;background:rgba(128,128,128,.12)';
      note.textContent = 'This view has no kernel to talk to. Run its cell again to bring it to life.';
      el.append(note);
      console.warn('spatialnb:', error);
      return undefined;
    }
  },
};
