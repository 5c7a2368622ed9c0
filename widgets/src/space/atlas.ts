// Small pictures of all things in the pages of one texture array: pages that the kernel packed, and pages filled here with
// what came later.
import { DataArrayTexture, LinearFilter, LinearMipmapLinearFilter, NoColorSpace, RGBAFormat } from 'three';
import type { Atlas as Packed } from '../protocol.ts';
import type { MediaSource } from '../media.ts';

export class Pages {
  texture: DataArrayTexture;
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
    this.texture = this.#make(1, null);
    this.#brush = context(tile, tile);
  }

  /** Whether the kernel's `packed` pages have this cut. */
  fits(packed: Packed): boolean {
    return packed.page === this.#page && packed.tile === this.#tile;
  }

  /** Load the kernel's pages; `shown` is called after each. Pages painted here move behind them. */
  async load(packed: Packed, media: MediaSource, shown: () => void): Promise<void> {
    if (packed.pages.length > this.#packed) this.#insert(packed.pages.length - this.#packed);
    await Promise.all(
      packed.pages.map(async (hash, layer) => {
        const key = `${layer}:${hash}`;
        if (this.#loaded.has(key)) return;
        const bitmap = await createImageBitmap(await media.blob(hash));
        const brush = context(this.#page, this.#page);
        brush.drawImage(bitmap, 0, 0);
        bitmap.close();
        const pixels = brush.getImageData(0, 0, this.#page, this.#page).data;
        this.#bytes.set(pixels, layer * this.#page * this.#page * 4);
        this.#loaded.add(key);
        this.#upload(layer);
        shown();
      }),
    );
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
    if (layer >= this.texture.image.depth) this.texture = this.#make(layer + 1, this.#bytes);
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
    this.texture.dispose();
  }

  get #bytes(): Uint8Array {
    return this.texture.image.data as Uint8Array;
  }

  #upload(layer: number): void {
    this.texture.addLayerUpdate(layer);
    this.texture.needsUpdate = true;
  }

  #insert(pages: number): void {
    const size = this.#page * this.#page * 4;
    const kept = this.#bytes.slice(this.#packed * size);
    const before = this.#bytes.slice(0, this.#packed * size);
    const used = Math.ceil(this.#painted.size / this.grid[2]);
    this.texture = this.#make(Math.max(1, this.#packed + pages + used), null);
    this.#bytes.set(before);
    this.#packed += pages;
    if (used) this.#bytes.set(kept.subarray(0, used * size), this.#packed * size);
  }

  #make(layers: number, keep: Uint8Array | null): DataArrayTexture {
    const bytes = new Uint8Array(this.#page * this.#page * 4 * layers);
    if (keep) bytes.set(keep.subarray(0, bytes.length));
    this.texture?.dispose();
    const texture = new DataArrayTexture(bytes, this.#page, this.#page, layers);
    texture.format = RGBAFormat;
    // Pictures are shown as they are: their numbers go to the screen without a change.
    texture.colorSpace = NoColorSpace;
    texture.magFilter = LinearFilter;
    texture.minFilter = LinearMipmapLinearFilter;
    texture.generateMipmaps = true;
    texture.needsUpdate = true;
    return texture;
  }
}

function context(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}
