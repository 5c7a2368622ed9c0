// Small pictures of all things in the pages of one texture array: pages that the kernel packed, and pages filled here with
// what came later.
import { DataArrayTexture, LinearFilter, LinearMipmapLinearFilter, NoColorSpace, RGBAFormat } from 'three';
import type { Atlas as Packed } from '../protocol.ts';
import type { MediaSource } from '../media.ts';

/** Pages that are decoded before they are shown together. */
const TOGETHER = 4;

export class Pages {
  /** What to draw with: nothing but a dot until there is a picture. */
  texture: DataArrayTexture;
  #pages: DataArrayTexture;
  /** Tiles a row, pixels a tile, tiles a page: the `grid` of the shader. */
  readonly grid: [number, number, number];
  readonly #page: number;
  readonly #tile: number;
  #packed = 0;
  /** Tiles painted here, by the hash they show, on pages after the packed ones. */
  readonly #painted = new Map<string, number>();
  readonly #loaded = new Set<string>();
  readonly #brush: CanvasRenderingContext2D;

  constructor(page = 1024, tile = 64) {
    this.#page = page;
    this.#tile = tile;
    const row = Math.floor(page / tile);
    this.grid = [row, tile, row * row];
    this.#pages = this.#make(1, null);
    this.texture = new DataArrayTexture(new Uint8Array(4), 1, 1, 1);
    this.texture.needsUpdate = true;
    this.#brush = context(tile, tile);
  }

  /** Whether the kernel's `packed` pages have this cut. */
  fits(packed: Packed): boolean {
    return packed.page === this.#page && packed.tile === this.#tile;
  }

  /** Load the kernel's pages; `shown` is called when some are there. Pages painted here move behind them. */
  async load(packed: Packed, media: MediaSource, shown: () => void): Promise<void> {
    if (packed.pages.length > this.#packed) this.#insert(packed.pages.length - this.#packed);
    const wanted = packed.pages.map((hash, layer) => ({ hash, layer })).filter(({ hash, layer }) => !this.#loaded.has(`${layer}:${hash}`));
    // Some at a time: making the smaller sizes of a texture costs the same for one page as for many.
    for (let start = 0; start < wanted.length; start += TOGETHER) {
      const some = wanted.slice(start, start + TOGETHER);
      const pixels = await Promise.all(some.map(async ({ hash }) => this.#pixels(await media.blob(hash))));
      some.forEach(({ hash, layer }, index) => {
        this.#bytes.set(pixels[index]!, layer * this.#page * this.#page * 4);
        this.#loaded.add(`${layer}:${hash}`);
        this.#upload(layer);
      });
      shown();
    }
  }

  async #pixels(blob: Blob): Promise<Uint8ClampedArray> {
    const bitmap = await createImageBitmap(blob);
    const brush = context(this.#page, this.#page);
    brush.drawImage(bitmap, 0, 0);
    bitmap.close();
    return brush.getImageData(0, 0, this.#page, this.#page).data;
  }

  /** Whether the page with this tile has come. */
  has(packed: Packed, tile: number): boolean {
    const layer = Math.floor(tile / this.grid[2]);
    return this.#loaded.has(`${layer}:${packed.pages[layer]}`);
  }

  /** The tile painted for `hash`, if there is one. */
  find(hash: string): number | undefined {
    const index = this.#painted.get(hash);
    return index === undefined ? undefined : this.#packed * this.grid[2] + index;
  }

  /** Paint a picture into a tile, stretched to fill it; answers the tile. */
  paint(hash: string, picture: CanvasImageSource): number {
    let index = this.#painted.get(hash);
    if (index === undefined) {
      index = this.#painted.size;
      this.#painted.set(hash, index);
    }
    const size = this.#tile;
    const [row, , perPage] = this.grid;
    const layer = this.#packed + Math.floor(index / perPage);
    if (layer >= this.#pages.image.depth) this.#pages = this.#make(layer + 1, this.#bytes);
    this.#brush.clearRect(0, 0, size, size);
    this.#brush.imageSmoothingQuality = 'high';
    this.#brush.drawImage(picture, 0, 0, size, size);
    const pixels = this.#brush.getImageData(0, 0, size, size).data;
    const cell = index % perPage;
    const left = (cell % row) * size;
    const top = Math.floor(cell / row) * size;
    for (let y = 0; y < size; y++) {
      const at = ((layer * this.#page + top + y) * this.#page + left) * 4;
      this.#bytes.set(pixels.subarray(y * size * 4, (y + 1) * size * 4), at);
    }
    this.#upload(layer);
    return this.#packed * perPage + index;
  }

  dispose(): void {
    this.#pages.dispose();
    this.texture.dispose();
  }

  get #bytes(): Uint8Array {
    return this.#pages.image.data as Uint8Array;
  }

  #upload(layer: number): void {
    if (this.texture !== this.#pages) {
      this.texture.dispose();
      this.texture = this.#pages;
      // New on the card: every page that holds something has to go there.
      const painted = Math.ceil(this.#painted.size / this.grid[2]);
      for (let i = 0; i < this.#packed + painted; i++) this.#pages.addLayerUpdate(i);
    }
    this.#pages.addLayerUpdate(layer);
    this.#pages.needsUpdate = true;
  }

  #insert(pages: number): void {
    const size = this.#page * this.#page * 4;
    const kept = this.#bytes.slice(this.#packed * size);
    const before = this.#bytes.slice(0, this.#packed * size);
    const used = Math.ceil(this.#painted.size / this.grid[2]);
    this.#pages = this.#make(Math.max(1, this.#packed + pages + used), null);
    this.#bytes.set(before);
    this.#packed += pages;
    if (used) this.#bytes.set(kept.subarray(0, used * size), this.#packed * size);
  }

  #make(layers: number, keep: Uint8Array | null): DataArrayTexture {
    const bytes = new Uint8Array(this.#page * this.#page * 4 * layers);
    if (keep) bytes.set(keep.subarray(0, bytes.length));
    const texture = new DataArrayTexture(bytes, this.#page, this.#page, layers);
    texture.format = RGBAFormat;
    // Pictures are shown as they are: their numbers go to the screen without a change.
    texture.colorSpace = NoColorSpace;
    texture.magFilter = LinearFilter;
    texture.minFilter = LinearMipmapLinearFilter;
    texture.generateMipmaps = true;
    return texture;
  }
}

function context(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}
