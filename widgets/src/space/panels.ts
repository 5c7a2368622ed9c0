// All panels in one draw call, all shadows in another, all reflections in a third. Things of other kinds take a slot, too:
// for their shadow.
import {
  BufferAttribute, BufferGeometry, CustomBlending, DoubleSide, GLSL3, Mesh, OneMinusSrcAlphaFactor, ShaderMaterial, SrcAlphaFactor, Vector2, Vector3,
  type Scene,
} from 'three';
import type { Atlas as Packed } from '../protocol.ts';
import type { MediaSource } from '../media.ts';
import { Pages } from './atlas.ts';
import { raw, type Palette } from './palette.ts';
import { PANEL_FRAGMENT, PANEL_VERTEX, SHADOW_FRAGMENT, SHADOW_VERTEX } from './shaders.ts';
import { EMPTY, PANEL, SHADOW, Slots } from './slots.ts';
import type { Stage } from './stage.ts';
import type { Family, Thing } from './world.ts';

/** Uniforms that every panel shader shares; set once for all. */
export interface PanelLook {
  [name: string]: { value: unknown };
  viewport: { value: Vector2 };
  fade: { value: number };
  gloss: { value: number };
  accent: { value: unknown };
  blank: { value: unknown };
  edge: { value: unknown };
  fogColour: { value: unknown };
  fogRange: { value: Vector2 };
}

export function panelLook(): PanelLook {
  const none = () => ({ value: raw('#808080') as unknown });
  return {
    viewport: { value: new Vector2(1, 1) }, fade: { value: 1 }, gloss: { value: 0.2 }, accent: none(), blank: none(),
    edge: none(), fogColour: none(), fogRange: { value: new Vector2(60, 160) },
  };
}

/** Drawn onto the floor before everything that stands on it: blended, yet among the opaque, which come first. */
const UNDER = {
  transparent: false, blending: CustomBlending, blendSrc: SrcAlphaFactor, blendDst: OneMinusSrcAlphaFactor, depthTest: false, depthWrite: false,
} as const;

/** Kinds that are shown as a flat picture, and what picture that is when no sharper one has come. */
const FLAT = new Set(['image', 'video', 'audio', 'text']);

export class Panels implements Family {
  readonly slots = new Slots();
  pages = new Pages();
  readonly look: PanelLook;
  readonly #stage: Stage;
  readonly #media: MediaSource;
  readonly #bySlot = new Map<string, number>();
  readonly #covered = new Set<string>();
  readonly #fetching = new Set<string>();
  readonly #meshes: { panels: Mesh; shadows: Mesh; mirror: Mesh };
  #packed: Packed = { pages: [], page: 1024, tile: 64 };
  #index = new Uint32Array(0);
  #order = new Uint32Array(0);
  #sorted = { version: -1, from: new Vector3(Infinity), facing: new Vector3() };
  #selected: ReadonlySet<string> = new Set();
  #hover: string | null = null;
  #focus: ReadonlySet<string> | null = null;
  #strength = { value: 0.3 };
  #above = { value: 1 };

  constructor(stage: Stage, media: MediaSource, look: PanelLook) {
    this.#stage = stage;
    this.#media = media;
    this.look = look;
    const shared = { slots: { value: this.slots.texture }, pages: { value: this.pages.texture }, grid: { value: this.pages.grid }, round_: { value: 1 } };
    const geometry = new BufferGeometry();
    const panel = (mirror: number, order: number) => {
      const material = new ShaderMaterial({
        glslVersion: GLSL3, vertexShader: PANEL_VERTEX, fragmentShader: PANEL_FRAGMENT, side: DoubleSide,
        uniforms: { ...look, ...shared, mirror: { value: mirror } }, ...(mirror ? UNDER : { transparent: true }),
      });
      return made(geometry, material, order, stage.scene);
    };
    const shadow = new ShaderMaterial({
      glslVersion: GLSL3, vertexShader: SHADOW_VERTEX, fragmentShader: SHADOW_FRAGMENT, side: DoubleSide, ...UNDER,
      uniforms: { slots: shared.slots, strength: this.#strength, above: this.#above },
    });
    this.#meshes = { mirror: panel(1, -8), shadows: made(geometry, shadow, -7, stage.scene), panels: panel(0, 1) };
    this.#shared = shared;
  }

  readonly #shared: { slots: { value: unknown }; pages: { value: unknown }; grid: { value: unknown } };

  paint(palette: Palette): void {
    this.look.accent.value = raw(palette.accent);
    this.look.blank.value = raw(palette.blank);
    this.look.edge.value = raw(palette.dark ? '#ffffff' : '#000000');
    this.look.fogColour.value = raw(palette.horizon);
    this.look.gloss.value = palette.gloss;
    this.#strength.value = palette.shadow;
    this.#stage.invalidate();
  }

  /** The kernel's atlas of a scene. Resolves when its pages are there. */
  async useAtlas(packed: Packed): Promise<void> {
    this.#packed = packed;
    if (!this.pages.fits(packed)) {
      this.pages.dispose();
      this.pages = new Pages(packed.page, packed.tile);
      this.#shared.grid.value = this.pages.grid;
    }
    await this.pages.load(packed, this.#media, () => this.#retile());
  }

  put(thing: Thing): void {
    let slot = this.#bySlot.get(thing.id);
    if (slot === undefined) this.#bySlot.set(thing.id, (slot = this.slots.take()));
    this.slots.tint(slot, thing.item.kind === 'label' ? null : thing.item.colour);
    this.#tile(thing, slot);
    this.#kind(thing, slot);
    this.#mark(thing.id, this.markOf(thing.id));
    this.move(thing);
  }

  attend(focus: ReadonlySet<string> | null): void {
    this.#focus = focus;
    for (const id of this.#bySlot.keys()) this.#mark(id, this.markOf(id));
  }

  move(thing: Thing): void {
    const slot = this.#bySlot.get(thing.id);
    if (slot !== undefined) this.slots.pose(slot, thing.shown, thing.presence);
  }

  drop(thing: Thing): void {
    const slot = this.#bySlot.get(thing.id);
    if (slot === undefined) return;
    this.slots.give(slot);
    this.#bySlot.delete(thing.id);
    this.#covered.delete(thing.id);
    this.#things.delete(thing.id);
  }

  /** A sharper picture, a model or a label stands in the place of this panel: keep only its shadow. */
  cover(thing: Thing, covered: boolean): void {
    if (covered) this.#covered.add(thing.id);
    else this.#covered.delete(thing.id);
    const slot = this.#bySlot.get(thing.id);
    if (slot !== undefined) this.#kind(thing, slot);
  }

  mark(selected: ReadonlySet<string>, hover: string | null): void {
    const before = [...this.#selected, this.#hover];
    this.#selected = new Set(selected);
    this.#hover = hover;
    for (const id of [...before, ...selected, hover]) if (id !== null) this.#mark(id, this.markOf(id));
  }

  /** 0, 0.45 or 1: how `id` is marked; -1 when it is out of focus. */
  markOf(id: string): number {
    if (this.#selected.has(id)) return 1;
    if (this.#hover === id) return 0.45;
    return this.#focus && !this.#focus.has(id) ? -1 : 0;
  }

  frame(): boolean {
    const { camera, width, height, ratio, renderer } = this.#stage;
    if (renderer) this.pages.upload(renderer);
    this.look.viewport.value.set(width * ratio, height * ratio);
    this.#shared.slots.value = this.slots.texture;
    this.#shared.pages.value = this.pages.texture;
    const above = camera.position.y > 0;
    this.#above.value = above ? 1 : 0.35;
    this.#meshes.mirror.visible = above && this.look.gloss.value > 0.01;
    this.#sort();
    return false;
  }

  dispose(): void {
    this.slots.dispose();
    this.pages.dispose();
    for (const mesh of Object.values(this.#meshes)) (mesh.material as ShaderMaterial).dispose();
    this.#meshes.panels.geometry.dispose();
  }

  #mark(id: string, mark: number): void {
    const slot = this.#bySlot.get(id);
    if (slot !== undefined) this.slots.mark(slot, mark);
  }

  #kind(thing: Thing, slot: number): void {
    const shown = !thing.item.hidden;
    const flat = FLAT.has(thing.item.kind) || thing.item.kind === 'model';
    this.slots.kind(slot, !shown ? EMPTY : flat && !this.#covered.has(thing.id) ? PANEL : SHADOW);
  }

  readonly #things = new Map<string, Thing>();

  #retile(): void {
    for (const [id, slot] of this.#bySlot) {
      const thing = this.#things.get(id);
      if (thing) this.#tile(thing, slot);
    }
    this.#stage.invalidate();
  }

  #tile(thing: Thing, slot: number): void {
    this.#things.set(thing.id, thing);
    const { tile, thumbnail, waveform } = thing.item.media;
    if (tile !== null && tile < this.#packed.pages.length * this.pages.grid[2]) {
      this.slots.tile(slot, this.pages.has(this.#packed, tile) ? tile : -1);
      return;
    }
    const hash = thumbnail ?? waveform;
    const painted = hash ? this.pages.find(hash) : undefined;
    this.slots.tile(slot, painted ?? -1);
    if (hash && painted === undefined) void this.#fetch(hash);
  }

  async #fetch(hash: string): Promise<void> {
    if (this.#fetching.has(hash)) return;
    this.#fetching.add(hash);
    try {
      const bitmap = await createImageBitmap(await this.#media.blob(hash));
      this.pages.paint(hash, bitmap);
      bitmap.close();
      this.#retile();
    } catch (error) {
      // The panel stays blank; whoever loads its sharp picture says that media are missing.
      console.warn('spatialnb: no thumbnail', error);
    }
  }

  /** Farthest first, again only when the camera or a thing has moved. */
  #sort(): void {
    const { camera } = this.#stage;
    const facing = camera.getWorldDirection(new Vector3());
    const last = this.#sorted;
    if (last.version === this.slots.version && last.from.equals(camera.position) && last.facing.equals(facing)) return;
    this.#sorted = { version: this.slots.version, from: camera.position.clone(), facing };
    if (this.#order.length < Math.max(1, this.slots.count)) {
      const size = Math.max(64, 2 ** Math.ceil(Math.log2(this.slots.count)));
      this.#order = new Uint32Array(size);
      this.#index = new Uint32Array(size * 6);
      const geometry = this.#meshes.panels.geometry;
      geometry.dispose();
      geometry.setIndex(new BufferAttribute(this.#index, 1));
    }
    // With nothing to show, one empty slot is drawn: the card gets its programs ready while the scene is on its way.
    const count = this.slots.order(camera, this.#order) || 1;
    for (let i = 0; i < count; i++) {
      const v = this.#order[i]! * 4;
      this.#index.set([v, v + 1, v + 2, v, v + 2, v + 3], i * 6);
    }
    const { geometry } = this.#meshes.panels;
    geometry.setDrawRange(0, count * 6);
    if (geometry.index) geometry.index.needsUpdate = true;
  }
}

function made(geometry: BufferGeometry, material: ShaderMaterial, order: number, scene: Scene): Mesh {
  const mesh = new Mesh(geometry, material);
  mesh.frustumCulled = false;
  mesh.renderOrder = order;
  scene.add(mesh);
  return mesh;
}
