// Small pictures of all things in the pages of one texture array: pages that the kernel packed, and pages filled here with
// what came later. Pictures go to the card as they are decoded; they are kept for when another card, or a larger array, needs them.
import { DataArrayTexture, LinearFilter, LinearMipmapLinearFilter, NoColorSpace, RGBAFormat, type WebGLRenderer } from 'three';
import type { Atlas as Packed } from '../protocol.ts';
import type { MediaSource } from '../media.ts';

/** Pages that are decoded before they are shown together. */
const TOGETHER = 4;

export class Pages {
  /** What to draw with: nothing but a dot until there is a picture. */
  texture: DataArrayTexture;
  /** Tiles a row, pixels a tile, tiles a page: the `grid` of the shader. */
  readonly grid: [number, number, number];
  readonly #page: number;
  readonly #tile: number;
  /** Pages of the kernel; tiles painted here are on those after them. */
  #packed = 0;
  readonly #pages = new Map<number, { hash: string; picture: ImageBitmap }>();
  readonly #painted = new Map<string, { index: number; pixels: ImageData }>();
  readonly #brush: CanvasRenderingContext2D;
  /** What has to go to the card before the next frame. */
  readonly #waiting: { pages: Set<number>; tiles: Set<string> } = { pages: new Set(), tiles: new Set() };
  #depth = 0;
  #handle: WebGLTexture | null = null;

  constructor(page = 1024, tile = 64) {
    this.#page = page;
    this.#tile = tile;
    const row = Math.floor(page / tile);
    this.grid = [row, tile, row * row];
    this.texture = new DataArrayTexture(new Uint8Array(4), 1, 1, 1);
    this.texture.needsUpdate = true;
    this.#brush = context(tile, tile);
  }

  /** Whether the kernel's `packed` pages have this cut. */
  fits(packed: Packed): boolean {
    return packed.page === this.#page && packed.tile === this.#tile;
  }

  /** Load the kernel's pages; `shown` is called when some are there. Tiles painted here move behind them. */
  async load(packed: Packed, media: MediaSource, shown: () => void): Promise<void> {
    const wanted = packed.pages.map((hash, layer) => ({ hash, layer })).filter(({ hash, layer }) => this.#pages.get(layer)?.hash !== hash);
    // Some at a time: making the smaller sizes of a texture costs the same for one page as for many.
    for (let start = 0; start < wanted.length; start += TOGETHER) {
      const some = wanted.slice(start, start + TOGETHER);
      const pictures = await Promise.all(some.map(({ hash }) => media.bitmap(hash)));
      this.#packed = Math.max(this.#packed, packed.pages.length);
      some.forEach(({ hash, layer }, index) => {
        this.#pages.get(layer)?.picture.close();
        this.#pages.set(layer, { hash, picture: pictures[index]! });
        this.#waiting.pages.add(layer);
      });
      shown();
    }
  }

  /** Whether the page with this tile has come. */
  has(packed: Packed, tile: number): boolean {
    const layer = Math.floor(tile / this.grid[2]);
    return this.#pages.get(layer)?.hash === packed.pages[layer];
  }

  /** The tile painted for `hash`, if there is one. */
  find(hash: string): number | undefined {
    const painted = this.#painted.get(hash);
    return painted && this.#packed * this.grid[2] + painted.index;
  }

  /** Paint a picture into a tile, stretched to fill it; answers the tile. */
  paint(hash: string, picture: CanvasImageSource): number {
    const index = this.#painted.get(hash)?.index ?? this.#painted.size;
    const size = this.#tile;
    this.#brush.clearRect(0, 0, size, size);
    this.#brush.imageSmoothingQuality = 'high';
    this.#brush.drawImage(picture, 0, 0, size, size);
    this.#painted.set(hash, { index, pixels: this.#brush.getImageData(0, 0, size, size) });
    this.#waiting.tiles.add(hash);
    return this.#packed * this.grid[2] + index;
  }

  /** Bring to the card what has come since the last frame, or everything when the card is another one. */
  upload(renderer: WebGLRenderer): void {
    if (!this.#pages.size && !this.#painted.size) return;
    const depth = this.#packed + Math.ceil(this.#painted.size / this.grid[2]);
    if (depth > this.#depth || this.#painting !== this.#packed) this.#allot(depth);
    const handle = () => (renderer.properties.get(this.texture) as { __webglTexture?: WebGLTexture }).__webglTexture ?? null;
    if (handle() === null) renderer.initTexture(this.texture);
    const gl = renderer.getContext() as WebGL2RenderingContext;
    if (handle() !== this.#handle) {
      this.#handle = handle();
      this.#all();
    }
    const { pages, tiles } = this.#waiting;
    if ((!pages.size && !tiles.size) || this.#handle === null) return;
    renderer.state.bindTexture(gl.TEXTURE_2D_ARRAY, this.#handle);
    renderer.state.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    renderer.state.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    const put = (x: number, y: number, layer: number, width: number, height: number, picture: ImageBitmap | ImageData) =>
      gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, x, y, layer, width, height, 1, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    for (const layer of pages) {
      const { picture } = this.#pages.get(layer)!;
      put(0, 0, layer, picture.width, picture.height, picture);
    }
    const [row, size, perPage] = this.grid;
    for (const hash of tiles) {
      const { index, pixels } = this.#painted.get(hash)!;
      const cell = index % perPage;
      put((cell % row) * size, Math.floor(cell / row) * size, this.#packed + Math.floor(index / perPage), size, size, pixels);
    }
    gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
    renderer.state.unbindTexture();
    pages.clear();
    tiles.clear();
  }

  dispose(): void {
    this.texture.dispose();
    for (const { picture } of this.#pages.values()) picture.close();
    this.#pages.clear();
    this.#painted.clear();
    this.#waiting.pages.clear();
    this.#waiting.tiles.clear();
  }

  /** Where painted tiles began when the array was made. */
  #painting = 0;

  #allot(depth: number): void {
    this.texture.dispose();
    this.#depth = depth;
    this.#painting = this.#packed;
    const texture = new DataArrayTexture(null, this.#page, this.#page, depth);
    texture.format = RGBAFormat;
    // Pictures are shown as they are: their numbers go to the screen without a change.
    texture.colorSpace = NoColorSpace;
    texture.magFilter = LinearFilter;
    texture.minFilter = LinearMipmapLinearFilter;
    texture.generateMipmaps = true;
    texture.mipmapsAutoUpdate = false;
    // Only room is made for it; the pictures are put in one by one.
    texture.source.dataReady = false;
    texture.needsUpdate = true;
    this.texture = texture;
    this.#handle = null;
  }

  #all(): void {
    for (const layer of this.#pages.keys()) this.#waiting.pages.add(layer);
    for (const hash of this.#painted.keys()) this.#waiting.tiles.add(hash);
  }
}

function context(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}
