// The only code that travels with every widget instance. It asks the kernel for the widget's module once a page and keeps it
// on globalThis under the hash of its content, so that a kernel with a newer package brings its newer module along.
import type { Model } from './bridge.ts';

interface WidgetModule {
  initialize?(context: { model: Model }): void;
  render(context: { model: Model; el: HTMLElement }): void | (() => void);
}

const PATIENCE_MS = 4000;
const page = globalThis as { __spatialnb_modules?: Map<string, Promise<WidgetModule>> };
const modules = (page.__spatialnb_modules ??= new Map());

async function load(model: Model): Promise<WidgetModule> {
  const key = String(model.get('_module_hash'));
  const known = modules.get(key);
  if (known) {
    // Another instance may be asking through a kernel that is gone; do not wait for it for ever.
    const first = await Promise.race([known.catch(() => null), after(PATIENCE_MS)]);
    if (first) return first;
  }
  const asked = ask(model, String(model.get('_module_name')));
  modules.set(key, asked);
  asked.catch(() => modules.get(key) === asked && modules.delete(key));
  return asked;
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
  const stream = new Blob([packed as DataView<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const source = await new Response(stream).arrayBuffer();
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return ((await import(url)) as { default: WidgetModule }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

export default {
  /** A model that is `_eager` is at work in the page without being shown, so its module is loaded as soon as it is there. */
  initialize({ model }: { model: Model }): void {
    if (!model.get('_eager')) return;
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
      return module.render({ model, el });
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
