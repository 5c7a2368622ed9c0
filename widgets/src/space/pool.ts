// Browsers keep about 16 WebGL contexts alive and drop the oldest without a word; a notebook may show more spaces than that.
// So a few renderers are shared out among the spaces that are on the screen; the others show a still.
import { NeutralToneMapping, SRGBColorSpace, WebGLRenderer } from 'three';

const AT_MOST = 6;

export interface Tenant {
  /** Whether it is on the screen now. */
  readonly visible: boolean;
  /** Its renderer is being taken away: keep a picture. */
  evicted(): void;
}

interface Lease {
  tenant: Tenant;
  renderer: WebGLRenderer;
  used: number;
}

const leases: Lease[] = [];

/** A renderer for `tenant`; takes that of whoever has been out of sight longest when there are too many. Null: none free. */
export function acquire(tenant: Tenant): WebGLRenderer | null {
  const mine = leases.find((lease) => lease.tenant === tenant);
  if (mine) {
    mine.used = performance.now();
    return mine.renderer;
  }
  if (leases.length >= AT_MOST) {
    const [oldest] = leases.toSorted((a, b) => Number(a.tenant.visible) - Number(b.tenant.visible) || a.used - b.used);
    if (!oldest) return null;
    oldest.tenant.evicted();
    release(oldest.tenant);
  }
  const renderer = make();
  if (renderer) leases.push({ tenant, renderer, used: performance.now() });
  return renderer;
}

/** Give the renderer of `tenant` back; its context is freed at once. */
export function release(tenant: Tenant): void {
  const index = leases.findIndex((lease) => lease.tenant === tenant);
  if (index < 0) return;
  const [{ renderer }] = leases.splice(index, 1) as [Lease];
  renderer.domElement.remove();
  renderer.dispose();
  renderer.forceContextLoss();
}

/** Whether one more space can have a renderer without taking another's. */
export function spare(): boolean {
  return leases.length < AT_MOST;
}

/** How many contexts are alive. */
export function live(): number {
  return leases.length;
}

function make(): WebGLRenderer | null {
  try {
    let { canvas, context } = open(known ?? true);
    if (context && known === undefined) {
      known = isSoftware(context);
      if (!known) {
        context.getExtension('WEBGL_lose_context')?.loseContext();
        ({ canvas, context } = open(false));
      }
    }
    if (!context) return null;
    const renderer = new WebGLRenderer({ canvas, context });
    renderer.outputColorSpace = SRGBColorSpace;
    renderer.toneMapping = NeutralToneMapping;
    renderer.autoClear = false;
    renderer.debug.checkShaderErrors = false;
    return renderer;
  } catch (error) {
    console.warn('spatialnb: no WebGL', error);
    return null;
  }
}

/**
 * Edges of panels are smoothed in their shader; the rest is smoothed by a graphics card, where there is one. Where there is none,
 * drawing is dear, and the canvas keeps its picture so that only what has changed need be drawn.
 */
function open(byProcessor: boolean): { canvas: HTMLCanvasElement; context: WebGL2RenderingContext | null } {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('webgl2', {
    antialias: !byProcessor, preserveDrawingBuffer: byProcessor, alpha: false, powerPreference: 'high-performance', stencil: false,
  });
  return { canvas, context };
}

let known: boolean | undefined;

function isSoftware(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return /swiftshader|llvmpipe|software|basic render/i.test(info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '');
}

/** Whether WebGL runs on the processor: then multisampling and high pixel ratios are not worth their time. */
export function software(): boolean {
  return known ?? false;
}
