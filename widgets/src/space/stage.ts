// Camera, picture and frames of one space. Nothing is drawn unless something asked for it.
import { Matrix4, PerspectiveCamera, Scene, Vector2, Vector3, type WebGLRenderer } from 'three';
import { Damage } from './damage.ts';
import { acquire, release, software, spare, type Tenant } from './pool.ts';
import type { Pose } from './pose.ts';

/** A message that finds the picture at rest for so long is drawn at once; sooner, the next frame does. */
const FRAME_MS = 16;

/** Called before each frame with the time in ms; true: it has changed something and wants another frame. */
export type FrameTask = (now: number, seconds: number) => boolean;

export class Stage implements Tenant {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(50, 1, 0.05, 2000);
  readonly tasks = new Set<FrameTask>();
  /** Called when a frame is done: what was asked for is on the screen. */
  readonly drawn = new Set<() => void>();
  /** Called when there is no WebGL to be had. */
  onImpossible: () => void = () => undefined;
  width = 1;
  height = 1;
  /** Whether the place it has in the page is known. */
  measured = false;
  /** Called when it gets to be known. */
  readonly onMeasured = new Set<() => void>();
  visible = false;
  #renderer: WebGLRenderer | null = null;
  readonly #host: HTMLElement;
  readonly #signal: AbortSignal;
  #requested = 0;
  #last = 0;
  #drawnAt = -Infinity;
  readonly #damage = new Damage();
  readonly #seen = new Matrix4();
  /** Until when nothing is drawn, because what there is to see is about to come. */
  #heldUntil = 0;
  #picture: HTMLImageElement | null = null;

  constructor(host: HTMLElement, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
    this.camera.position.set(0, 1.6, 6);
    this.#measure();
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(host);
    const sight = new IntersectionObserver(([entry]) => this.#see(entry?.isIntersecting ?? false), { rootMargin: '120px' });
    sight.observe(host);
    signal.addEventListener('abort', () => {
      resize.disconnect();
      sight.disconnect();
      cancelAnimationFrame(this.#requested);
      this.tasks.clear();
      this.#renderer = null;
      release(this);
    });
  }

  get renderer(): WebGLRenderer | null {
    return this.#renderer;
  }

  /** Pixels of the screen per CSS pixel, as drawn. */
  get ratio(): number {
    return this.#renderer?.getPixelRatio() ?? 1;
  }

  /** Ask for a frame that draws everything. */
  invalidate(): void {
    this.#damage.whole();
    this.schedule();
  }

  /** Draw nothing until `coming` has come, but wait no longer than `most` ms: one picture instead of two. */
  hold(coming: Promise<unknown>, most: number): void {
    const until = performance.now() + most;
    this.#heldUntil = until;
    const over = () => {
      if (this.#heldUntil !== until) return;
      this.#heldUntil = 0;
      this.invalidate();
      this.hurry();
    };
    void coming.then(over, over);
    setTimeout(over, most);
  }

  /** Get a renderer and its programs ready before the stage is seen, where that takes nobody else's. */
  prepare(): void {
    if (this.#renderer || !spare()) return;
    this.#furnish();
    this.renderer?.compile(this.scene, this.camera);
  }

  /** A thing is drawn at `pose` that was not, or no longer: ask for a frame that draws what is around it. */
  touch(pose: Pose, named: boolean): void {
    this.#damage.add(pose, named, this.camera, this.width, this.height);
    this.schedule();
  }

  /** Ask for a frame, of which only what has changed by then is drawn. */
  schedule(): void {
    if (this.#requested || this.#signal.aborted || !this.visible) return;
    this.#requested = requestAnimationFrame(this.#frame);
  }

  /** Draw everything now, so that the picture can be read in this same task. */
  drawNow(): boolean {
    this.#damage.whole();
    return this.#draw();
  }

  /** Draw what was asked for now, without waiting for the next frame, unless the last one is only just over. */
  hurry(): void {
    if (!this.#requested || performance.now() - this.#drawnAt < FRAME_MS) return;
    cancelAnimationFrame(this.#requested);
    this.#frame(performance.now());
  }

  #draw(): boolean {
    const renderer = this.#renderer;
    if (!renderer || renderer.getContext().isContextLost() ) return false;
    renderer.domElement.style.visibility = '';
    this.camera.updateMatrixWorld();
    const seen = matrix.multiplyMatrices(this.camera.projectionMatrix, this.camera.matrixWorldInverse);
    // Only where the processor draws does the canvas keep its picture from frame to frame; see `pool.ts`.
    if (!software() || !seen.equals(this.#seen)) this.#damage.whole();
    this.#seen.copy(seen);
    const region = this.#damage.take(this.width, this.height);
    if (!region) return true;
    if (region !== 'all') renderer.setScissor(region.x, region.y, region.width, region.height);
    renderer.setScissorTest(region !== 'all');
    renderer.clear();
    renderer.render(this.scene, this.camera);
    this.#drawnAt = performance.now();
    return true;
  }

  /** A point of the world on this stage, in CSS pixels from its top left corner. */
  project(point: Vector3): { x: number; y: number; behind: boolean } {
    const p = point.clone().project(this.camera);
    return { x: ((p.x + 1) / 2) * this.width, y: ((1 - p.y) / 2) * this.height, behind: p.z > 1 };
  }

  /** Metres that one CSS pixel covers at `distance` metres in front of the camera. */
  metresPerPixel(distance: number): number {
    return (2 * Math.tan((this.camera.fov * Math.PI) / 360) * distance) / Math.max(this.height, 1);
  }

  evicted(): void {
    if (!this.#renderer) return;
    if (this.drawNow()) {
      const picture = document.createElement('img');
      picture.className = 'snbspace-still';
      picture.alt = '';
      picture.src = this.#renderer.domElement.toDataURL('image/webp', 0.85);
      this.#host.prepend(picture);
      this.#picture = picture;
    }
    this.#renderer = null;
  }

  #see(visible: boolean): void {
    this.visible = visible;
    if (!visible) return;
    if (!this.#renderer) this.#furnish();
    this.#resize();
    this.invalidate();
  }

  #furnish(): void {
    const renderer = acquire(this);
    if (!renderer) return this.onImpossible();
    this.#renderer = renderer;
    this.#damage.whole();
    const canvas = renderer.domElement;
    canvas.className = 'snbspace-canvas';
    canvas.setAttribute('aria-hidden', 'true');
    // A canvas that nothing was drawn on is black.
    canvas.style.visibility = 'hidden';
    this.#host.prepend(canvas);
    canvas.addEventListener('webglcontextlost', (event) => this.#lost(event, canvas));
    canvas.addEventListener('webglcontextrestored', () => this.invalidate());
  }

  #lost(event: Event, canvas: HTMLCanvasElement): void {
    event.preventDefault();
    if (this.#renderer?.domElement !== canvas) return;
    // The browser usually gives the context back by itself; if it does not, start afresh.
    setTimeout(() => {
      if (this.#signal.aborted || this.#renderer?.domElement !== canvas || !this.#renderer.getContext().isContextLost()) return;
      this.#renderer = null;
      release(this);
      if (this.visible) this.#see(true);
    }, 1500);
  }

  #measure(): boolean {
    const { clientWidth, clientHeight } = this.#host;
    if (!clientWidth || !clientHeight) return false;
    this.width = clientWidth;
    this.height = clientHeight;
    this.camera.aspect = clientWidth / clientHeight;
    this.camera.updateProjectionMatrix();
    if (!this.measured) {
      this.measured = true;
      for (const act of this.onMeasured) act();
    }
    return true;
  }

  #resize(): void {
    const renderer = this.#renderer;
    if (!this.#measure() || !renderer) return;
    const ratio = software() ? 1 : Math.min(devicePixelRatio, 2);
    const was = renderer.getSize(size);
    if (ratio === renderer.getPixelRatio() && was.x === this.width && was.y === this.height) return this.schedule();
    renderer.setPixelRatio(ratio);
    renderer.setSize(this.width, this.height, false);
    this.#damage.whole();
    // Setting the size empties the canvas; draw in the same task so that it does not blink.
    this.#step(performance.now());
  }

  #frame = (now: number): void => {
    this.#requested = 0;
    this.#step(now);
  };

  #step(now: number): void {
    if (performance.now() < this.#heldUntil) return;
    // A frame's time is that of its beginning, which may be before a picture that was drawn in a hurry.
    const time = Math.max(now, this.#last);
    const seconds = Math.min((time - this.#last) / 1000, 0.1);
    this.#last = time;
    let again = false;
    for (const task of [...this.tasks]) again = task(time, seconds) || again;
    if (again) this.#damage.whole();
    if (this.#draw()) {
      this.#picture?.remove();
      this.#picture = null;
      for (const done of [...this.drawn]) done();
    }
    if (again) this.schedule();
  }
}

const matrix = new Matrix4();
const size = new Vector2();
