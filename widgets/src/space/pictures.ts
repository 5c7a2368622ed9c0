// Sharper pictures for what is near or large, within a budget: the atlas serves the rest.
import { Frustum, Matrix4, Sphere, type Texture } from 'three';
import type { MediaSource } from '../media.ts';
import { Line } from '../media.ts';
import type { Panels } from './panels.ts';
import { Single, pictureTexture } from './single.ts';
import type { Stage } from './stage.ts';
import type { Family, Thing } from './world.ts';

/** Most panels with a texture of their own, and most pixels they may take together (4 bytes each, a third more for mipmaps). */
const MOST = 140;
const BUDGET = 40e6;
/** Pixels of the screen, across, up to which the atlas is sharp enough, and up to which the thumbnail is. */
const ATLAS_UP_TO = 58;
const THUMBNAIL_UP_TO = 230;
const LOOK_EVERY_MS = 120;

export type Tier = 'thumbnail' | 512 | 1024 | 2048;

/** The rendition that suits a panel of so many pixels across; null: the atlas does. */
export function tierFor(pixels: number): Tier | null {
  if (pixels <= ATLAS_UP_TO) return null;
  if (pixels <= THUMBNAIL_UP_TO) return 'thumbnail';
  return pixels <= 480 ? 512 : pixels <= 960 ? 1024 : 2048;
}

function rank(tier: Tier): number {
  return tier === 'thumbnail' ? 256 : tier;
}

interface Sharp {
  thing: Thing;
  single: Single | null;
  tier: Tier | null;
  wanted: Tier | null;
  hash: string | null;
  loading: boolean;
  failed: boolean;
  pixels: number;
  texture: Texture | null;
  /** A texture that is shown in place of the picture, such as a playing video. */
  instead: Texture | null;
}

const KINDS = new Set(['image', 'video', 'text']);

export class Pictures implements Family {
  /** Called with the names of things whose media cannot be loaded. */
  onMissing: (name: string) => void = () => undefined;
  readonly #stage: Stage;
  readonly #panels: Panels;
  readonly #media: MediaSource;
  readonly #all = new Map<string, Sharp>();
  readonly #line = new Line(4);
  #looked = -Infinity;
  #lookAgain = true;
  #later: ReturnType<typeof setTimeout> | undefined;
  #camera = new Matrix4();

  constructor(stage: Stage, panels: Panels, media: MediaSource) {
    this.#stage = stage;
    this.#panels = panels;
    this.#media = media;
  }

  put(thing: Thing): void {
    if (!KINDS.has(thing.item.kind)) return;
    const known = this.#all.get(thing.id);
    const hash = thing.item.media.picture ?? thing.item.media.thumbnail;
    if (known && known.hash !== hash) this.#release(known);
    if (known) {
      known.hash = hash;
      known.failed = false;
    } else {
      this.#all.set(thing.id, {
        thing, single: null, tier: null, wanted: null, hash, loading: false, failed: false, pixels: 0, texture: null, instead: null,
      });
    }
    known?.single?.tint(thing.item.colour);
    if (known?.single) known.single.mesh.visible = !thing.item.hidden;
    this.#lookAgain = true;
  }

  move(thing: Thing): void {
    this.#all.get(thing.id)?.single?.pose(thing.shown, thing.presence);
    // Which picture suits is asked a little later: the first frame of a move has better things to do.
    if (!this.#lookAgain) this.#looked = performance.now();
    this.#lookAgain = true;
  }

  drop(thing: Thing): void {
    const sharp = this.#all.get(thing.id);
    if (!sharp) return;
    this.#release(sharp);
    this.#all.delete(thing.id);
  }

  mark(): void {
    for (const sharp of this.#all.values()) sharp.single?.mark(this.#panels.markOf(sharp.thing.id));
  }

  /** Show this texture on the panel of `id` (null: its picture again). The caller owns the texture. */
  show(id: string, texture: Texture | null): void {
    const sharp = this.#all.get(id);
    if (!sharp) return;
    sharp.instead = texture;
    if (texture) this.#dress(sharp, texture);
    else if (sharp.texture) this.#dress(sharp, sharp.texture);
    else this.#undress(sharp);
    this.#lookAgain = true;
    this.#stage.invalidate();
  }

  frame(now: number): boolean {
    const { camera } = this.#stage;
    camera.updateMatrixWorld();
    if (!this.#camera.equals(camera.matrixWorld)) {
      this.#camera.copy(camera.matrixWorld);
      this.#lookAgain = true;
    }
    if (!this.#lookAgain) return false;
    const early = LOOK_EVERY_MS - (now - this.#looked);
    if (early > 0) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.#stage.schedule();
      }, early);
      return false;
    }
    this.#looked = now;
    this.#lookAgain = false;
    this.#look();
    return false;
  }

  /** Whether every panel in view has the picture it should have. */
  get settled(): boolean {
    return !this.#lookAgain && [...this.#all.values()].every((sharp) => !sharp.loading);
  }

  dispose(): void {
    clearTimeout(this.#later);
    for (const sharp of this.#all.values()) this.#release(sharp);
    this.#all.clear();
  }

  #look(): void {
    const { camera, ratio } = this.#stage;
    const frustum = new Frustum().setFromProjectionMatrix(new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse));
    const ball = new Sphere();
    const seen: Sharp[] = [];
    for (const sharp of this.#all.values()) {
      const { shown, item } = sharp.thing;
      ball.set(shown.position, shown.size.length() / 2);
      const distance = Math.max(camera.position.distanceTo(shown.position) - ball.radius * 0.5, 0.05);
      sharp.pixels = item.hidden || !frustum.intersectsSphere(ball) ? 0 : (Math.max(shown.size.x, shown.size.y) / this.#stage.metresPerPixel(distance)) * ratio;
      sharp.wanted = sharp.hash ? tierFor(sharp.pixels) : null;
      if (sharp.wanted) seen.push(sharp);
    }
    seen.sort((a, b) => b.pixels - a.pixels);
    let room = BUDGET;
    seen.forEach((sharp, index) => {
      const cost = rank(sharp.wanted!) ** 2;
      if (index >= MOST || cost > room) sharp.wanted = null;
      else room -= cost;
    });
    // What is out of sight keeps its picture as long as there is room, for when one looks back.
    const held = [...this.#all.values()].filter((sharp) => sharp.texture && !sharp.wanted).sort((a, b) => b.pixels - a.pixels);
    let slots = MOST - seen.length;
    for (const sharp of held) {
      const cost = rank(sharp.tier!) ** 2;
      slots -= 1;
      if (slots < 0 || cost > room) this.#release(sharp);
      else room -= cost;
    }
    for (const sharp of seen) {
      const better = sharp.wanted && (!sharp.tier || rank(sharp.wanted) > rank(sharp.tier));
      if (better && !sharp.loading && !sharp.failed) void this.#load(sharp);
    }
  }

  async #load(sharp: Sharp): Promise<void> {
    sharp.loading = true;
    try {
      await this.#line.run(async () => {
        const tier = sharp.wanted;
        const { thumbnail } = sharp.thing.item.media;
        const hash = tier === 'thumbnail' && thumbnail ? thumbnail : sharp.hash;
        if (!tier || !hash) return;
        const bitmap = await sized(await this.#media.blob(hash), rank(tier));
        if (!this.#all.has(sharp.thing.id)) return bitmap.close();
        sharp.texture?.dispose();
        sharp.texture = pictureTexture(bitmap);
        sharp.tier = tier;
        if (!sharp.instead) this.#dress(sharp, sharp.texture);
      });
    } catch (error) {
      if ((error as Error).name === 'AbortError') return;
      sharp.failed = true;
      this.onMissing(sharp.thing.item.name);
      console.warn('spatialnb: no picture for', sharp.thing.id, error);
    } finally {
      sharp.loading = false;
      this.#lookAgain = true;
      this.#stage.invalidate();
    }
  }

  #dress(sharp: Sharp, texture: Texture): void {
    if (!sharp.single) {
      sharp.single = new Single(this.#panels.look, texture, true);
      this.#stage.scene.add(sharp.single.mesh);
    }
    sharp.single.map = texture;
    sharp.single.tint(sharp.thing.item.colour);
    sharp.single.pose(sharp.thing.shown, sharp.thing.presence);
    sharp.single.mark(this.#panels.markOf(sharp.thing.id));
    sharp.single.mesh.visible = !sharp.thing.item.hidden;
    this.#panels.cover(sharp.thing, true);
    this.#stage.invalidate();
  }

  #undress(sharp: Sharp): void {
    sharp.single?.dispose();
    sharp.single = null;
    this.#panels.cover(sharp.thing, false);
    this.#stage.invalidate();
  }

  #release(sharp: Sharp): void {
    const image = sharp.texture?.image as ImageBitmap | undefined;
    sharp.texture?.dispose();
    image?.close?.();
    sharp.texture = null;
    sharp.tier = null;
    if (!sharp.instead) this.#undress(sharp);
  }
}

/** The picture in `blob`, made smaller when its longer edge is well above `edge` pixels. */
async function sized(blob: Blob, edge: number): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(blob);
  const longer = Math.max(bitmap.width, bitmap.height);
  if (longer <= edge * 1.4) return bitmap;
  const width = Math.max(1, Math.round((bitmap.width * edge) / longer));
  const height = Math.max(1, Math.round((bitmap.height * edge) / longer));
  const smaller = await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  bitmap.close();
  return smaller;
}
