// Bytes of the media store by their hash: over HTTP where Jupyter serves them, else asked from the kernel over the comm.
import type { Link } from './bridge.ts';
import type { BytesMessage, FetchMessage } from './protocol.ts';

/** Where a view takes its media from. Answers are kept; the same hash is asked for once. */
export interface MediaSource {
  /** The bytes. Rejects when there is no such file. */
  blob(hash: string): Promise<Blob>;
  /** The picture in these bytes. It belongs to the caller. */
  bitmap(hash: string): Promise<ImageBitmap>;
  /** An address for an `<img>`, `<video>` or `<audio>`: streamed over HTTP where possible. */
  url(hash: string): Promise<string>;
}

const AT_ONCE = 10;
const PATIENCE_MS = 20_000;

/** Media of a view that has a kernel. Set `base` (a scene's `media_base`) before asking for anything. */
export class KernelMedia implements MediaSource {
  base = '';
  readonly #link: Link<BytesMessage, FetchMessage>;
  readonly #signal: AbortSignal;
  readonly #urls = new Map<string, Promise<string>>();
  readonly #made: string[] = [];
  readonly #line = new Line(AT_ONCE);
  /** Whether `base` answers; tried with the first file that is asked for. */
  #served: Promise<boolean> | null = null;
  #tried = '';

  readonly #early: Map<string, Promise<ImageBitmap | null>>;

  /** `early`: pictures that were asked for before there was a view. */
  constructor(link: Link<BytesMessage, FetchMessage>, signal: AbortSignal, early = new Map<string, Promise<ImageBitmap | null>>()) {
    this.#link = link;
    this.#signal = signal;
    this.#early = early;
    signal.addEventListener('abort', () => this.#made.forEach((url) => URL.revokeObjectURL(url)));
  }

  blob(hash: string): Promise<Blob> {
    return this.#line.run(async () => {
      if (this.#isUnknown) return this.#first(hash);
      if (await this.#isServed(hash)) {
        const answer = await fetch(this.#address(hash), { signal: this.#signal, credentials: 'same-origin' });
        if (answer.ok) return answer.blob();
      }
      return this.#ask(hash);
    });
  }

  async bitmap(hash: string): Promise<ImageBitmap> {
    const early = this.#early.get(hash) ?? pictureAt(this.base && this.#address(hash));
    this.#early.delete(hash);
    return (await early) ?? decode(await this.blob(hash));
  }

  url(hash: string): Promise<string> {
    let found = this.#urls.get(hash);
    if (!found) {
      found = this.#url(hash);
      this.#urls.set(hash, found);
      found.catch(() => this.#urls.delete(hash));
    }
    return found;
  }

  async #url(hash: string): Promise<string> {
    if (await this.#isServed(hash)) return this.#address(hash);
    const url = URL.createObjectURL(await this.#line.run(() => this.#ask(hash)));
    this.#made.push(url);
    return url;
  }

  #address(hash: string): string {
    return `${resolveBase(this.base)}/${hash}`;
  }

  get #isUnknown(): boolean {
    return this.base !== '' && this.#tried !== this.base;
  }

  /** The first file of a base shows whether it answers; others wait for that. */
  async #first(hash: string): Promise<Blob> {
    this.#tried = this.base;
    const answered = fetch(this.#address(hash), { credentials: 'same-origin', signal: this.#signal }).then(
      (answer) => (isMedia(answer) ? answer : null),
      () => null,
    );
    this.#served = answered.then((answer) => answer !== null);
    return (await answered)?.blob() ?? this.#ask(hash);
  }

  #isServed(hash: string): Promise<boolean> {
    if (!this.base) return Promise.resolve(false);
    if (this.#isUnknown) {
      this.#tried = this.base;
      this.#served = fetch(this.#address(hash), { headers: { Range: 'bytes=0-0' }, credentials: 'same-origin', signal: this.#signal })
        .then(isMedia, () => false);
    }
    return this.#served ?? Promise.resolve(false);
  }

  #ask(hash: string): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const give = (act: () => void) => {
        clearTimeout(timer);
        stop();
        act();
      };
      const timer = setTimeout(() => give(() => reject(new Error(`No answer for ${hash}.`))), PATIENCE_MS);
      const stop = this.#link.listen((message, buffers) => {
        if (message.type !== 'bytes' || message.hash !== hash) return;
        const bytes = buffers[0];
        if (message.mime && bytes) give(() => resolve(new Blob([bytes as DataView<ArrayBuffer>], { type: message.mime })));
        else give(() => reject(new Error(`There is no file ${hash} in the media store.`)));
      });
      this.#link.send({ type: 'fetch', hash });
    });
  }
}

/** The picture at an address; null when it cannot be had there. */
export async function pictureAt(url: string): Promise<ImageBitmap | null> {
  if (!url) return null;
  try {
    const answer = await fetch(url, { credentials: 'same-origin' });
    return isMedia(answer) ? await decode(await answer.blob()) : null;
  } catch {
    return null;
  }
}

/** A picture as its numbers are: what is transparent in it keeps its colour. */
export function decode(blob: Blob): Promise<ImageBitmap> {
  return createImageBitmap(blob, { premultiplyAlpha: 'none' });
}

/** A server without our extension may answer any address with a page of its own. */
function isMedia(answer: Response): boolean {
  return answer.ok && !/^text\/html/.test(answer.headers.get('content-type') ?? '');
}

/** Absolute address of a media base: a relative one is under the base URL of the Jupyter server that made this page. */
export function resolveBase(base: string): string {
  const trimmed = base.replace(/\/+$/, '');
  if (/^(\/|[a-z]+:)/i.test(trimmed)) return trimmed;
  const config = document.getElementById('jupyter-config-data')?.textContent;
  const root = config ? String((JSON.parse(config) as { baseUrl?: string }).baseUrl ?? '/') : '/';
  return `${root.replace(/\/+$/, '')}/${trimmed}`;
}

/** Runs at most `width` tasks at once, in the order they came. */
export class Line {
  readonly #width: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
