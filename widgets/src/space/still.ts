// A picture of the space for the saved notebook: small, and only when the space has come to rest.
import type { Stage } from './stage.ts';

const REST_MS = 1200;
const WIDEST = 960;
const MOST_BYTES = 60_000;

export class Still {
  readonly #stage: Stage;
  readonly #send: (bytes: ArrayBuffer, mime: string) => void;
  readonly #ready: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = '';
  readonly #key: () => string;

  /** `key` says what the picture shows, so that the same is not sent twice; `ready`: whether all of it is there. */
  constructor(stage: Stage, parts: { key: () => string; ready: () => boolean; send: (bytes: ArrayBuffer, mime: string) => void }, signal: AbortSignal) {
    this.#stage = stage;
    this.#key = parts.key;
    this.#ready = parts.ready;
    this.#send = parts.send;
    stage.drawn.add(() => this.#wait());
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#key() === this.#last) return;
    this.#timer = setTimeout(() => {
      if (!this.#ready()) return this.#wait();
      void this.#take();
    }, REST_MS);
  }

  async #take(): Promise<void> {
    const key = this.#key();
    const small = snapshot(this.#stage, WIDEST);
    if (!small || key === this.#last) return;
    this.#last = key;
    for (const quality of [0.82, 0.65, 0.45, 0.25]) {
      const blob = await new Promise<Blob | null>((resolve) => small.toBlob(resolve, 'image/webp', quality));
      if (blob && blob.size <= MOST_BYTES) return this.#send(await blob.arrayBuffer(), blob.type);
    }
  }
}

/** What the stage shows, at most `widest` pixels across; null when it cannot be drawn now. */
export function snapshot(stage: Stage, widest: number): HTMLCanvasElement | null {
  const source = stage.renderer?.domElement;
  // The drawing buffer is only sure to hold the picture in the task that drew it.
  if (!source || !stage.visible || !stage.drawNow()) return null;
  const factor = Math.min(1, widest / source.width);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(source.width * factor);
  canvas.height = Math.round(source.height * factor);
  const brush = canvas.getContext('2d')!;
  brush.imageSmoothingQuality = 'high';
  brush.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}
