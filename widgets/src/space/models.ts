// glTF models, fitted into the box of their item. Files are taken from the media store only: a model can fetch nothing.
import {
  AnimationMixer, Box3, Group, LoadingManager, PMREMGenerator, Vector3, type Material, type Mesh, type MeshStandardMaterial, type Object3D, type Texture, type WebGLRenderer,
} from 'three';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
import { GLTFLoader, type GLTF } from 'three/addons/loaders/GLTFLoader.js';
import type { MediaSource } from '../media.ts';
import { lessMotion } from '../bridge.ts';
import { software } from './pool.ts';
import type { Panels } from './panels.ts';
import type { Stage } from './stage.ts';
import type { Family, Thing } from './world.ts';

interface Model {
  thing: Thing;
  hash: string | null;
  group: Group | null;
  /** Size of the model in its own units. */
  extent: Vector3;
  mixer: AnimationMixer | null;
}

/** How much is left of what is out of focus; the shaders of panels have the same. */
const FAINT = 0.14;

export class Models implements Family {
  onMissing: (name: string) => void = () => undefined;
  readonly #stage: Stage;
  readonly #panels: Panels;
  readonly #media: MediaSource;
  readonly #all = new Map<string, Model>();
  readonly #loader: GLTFLoader;
  #lit: WebGLRenderer | null = null;
  #environment: Texture | null = null;
  #still = lessMotion();
  #focus: ReadonlySet<string> | null = null;

  constructor(stage: Stage, panels: Panels, media: MediaSource) {
    this.#stage = stage;
    this.#panels = panels;
    this.#media = media;
    const manager = new LoadingManager();
    manager.setURLModifier((url) => (/^(blob|data):/.test(url) ? url : 'data:,'));
    this.#loader = new GLTFLoader(manager);
  }

  put(thing: Thing): void {
    if (thing.item.kind !== 'model') return;
    let model = this.#all.get(thing.id);
    if (!model) {
      model = { thing, hash: null, group: null, extent: new Vector3(1, 1, 1), mixer: null };
      this.#all.set(thing.id, model);
    }
    if (model.hash !== thing.item.media.model) {
      model.hash = thing.item.media.model;
      if (model.hash) void this.#load(model, model.hash);
    }
    this.move(thing);
  }

  move(thing: Thing): void {
    const model = this.#all.get(thing.id);
    const group = model?.group;
    if (!model || !group) return;
    const { position, quaternion, size } = thing.shown;
    const factor = Math.min(...(['x', 'y', 'z'] as const).map((k) => (model.extent[k] > 1e-6 ? size[k] / model.extent[k] : Infinity)));
    group.position.copy(position);
    group.quaternion.copy(quaternion);
    group.scale.setScalar(Number.isFinite(factor) ? factor * Math.max(thing.presence, 0.001) : 1);
    group.visible = !thing.item.hidden;
  }

  attend(focus: ReadonlySet<string> | null): void {
    this.#focus = focus;
    for (const model of this.#all.values()) this.#fade(model);
  }

  drop(thing: Thing): void {
    const model = this.#all.get(thing.id);
    if (!model) return;
    this.#all.delete(thing.id);
    free(model.group);
  }

  frame(_now: number, seconds: number): boolean {
    this.#light();
    if (this.#still) return false;
    let again = false;
    for (const { mixer, group } of this.#all.values()) {
      if (!mixer || !group?.visible) continue;
      mixer.update(seconds);
      again = true;
    }
    return again;
  }

  dispose(): void {
    for (const { group } of this.#all.values()) free(group);
    this.#all.clear();
    this.#environment?.dispose();
  }

  async #load(model: Model, hash: string): Promise<void> {
    try {
      const bytes = await (await this.#media.blob(hash)).arrayBuffer();
      const gltf = await this.#loader.parseAsync(bytes, '');
      if (this.#all.get(model.thing.id)?.hash !== hash) return free(gltf.scene);
      free(model.group);
      this.#place(model, gltf);
    } catch (error) {
      if ((error as Error).name === 'AbortError') return;
      this.onMissing(model.thing.item.name);
      console.warn('spatialnb: no model for', model.thing.id, error);
    }
  }

  #place(model: Model, gltf: GLTF): void {
    const group = new Group();
    const box = new Box3().setFromObject(gltf.scene);
    box.getSize(model.extent);
    gltf.scene.position.sub(box.getCenter(new Vector3()));
    group.add(gltf.scene);
    if (software()) dull(gltf.scene);
    model.group = group;
    if (gltf.animations[0]) {
      model.mixer = new AnimationMixer(gltf.scene);
      model.mixer.clipAction(gltf.animations[0]).play();
    }
    this.#stage.scene.add(group);
    this.#fade(model);
    this.#panels.cover(model.thing, true);
    this.move(model.thing);
    this.#stage.invalidate();
  }

  /** As faint as everything that is out of focus, or as it is. */
  #fade(model: Model): void {
    const faint = this.#focus !== null && !this.#focus.has(model.thing.id);
    model.group?.traverse((node) => {
      for (const material of [(node as Mesh).material ?? []].flat()) {
        const own = (material.userData['own'] ??= { opacity: material.opacity, transparent: material.transparent }) as Pick<Material, 'opacity' | 'transparent'>;
        material.opacity = own.opacity * (faint ? FAINT : 1);
        material.transparent = faint || own.transparent;
        material.needsUpdate = true;
      }
    });
  }

  /** Soft studio light for shiny surfaces, made once there is a model to light, and again after the renderer changed hands. */
  #light(): void {
    const { renderer, scene } = this.#stage;
    // Blurring a room into light takes seconds without a graphics card; the lamps have to do there.
    if (!renderer || software() || this.#lit === renderer || ![...this.#all.values()].some((model) => model.group)) return;
    this.#lit = renderer;
    const room = new RoomEnvironment();
    const generator = new PMREMGenerator(renderer);
    this.#environment?.dispose();
    this.#environment = generator.fromScene(room, 0.05).texture;
    scene.environment = this.#environment;
    scene.environmentIntensity = 0.55;
    generator.dispose();
    room.dispose();
  }
}

/** Metal mirrors its surroundings; where there are none to mirror, it would be black. */
function dull(scene: Object3D): void {
  scene.traverse((node) => {
    for (const material of [(node as Mesh).material ?? []].flat() as MeshStandardMaterial[]) {
      if (material.metalness > 0.35) material.metalness = 0.35;
    }
  });
}

function free(object: Object3D | null): void {
  object?.removeFromParent();
  object?.traverse((node) => {
    const mesh = node as Mesh;
    if (!mesh.isMesh) return;
    mesh.geometry.dispose();
    for (const material of [mesh.material].flat() as Material[]) {
      for (const value of Object.values(material)) if ((value as Texture | null)?.isTexture) (value as Texture).dispose();
      material.dispose();
    }
  });
}
