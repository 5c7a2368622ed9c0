// Handles for moving, turning and scaling what is selected.
import { Object3D, Quaternion, Vector3 } from 'three';
import { TransformControls } from 'three/addons/controls/TransformControls.js';
import type { Gesture, Hand } from './hand.ts';
import { clonePose, type Pose } from './pose.ts';
import { ANGLE, FACTOR, GRID } from './snap.ts';
import type { Selection } from './selection.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

export type Tool = 'select' | 'translate' | 'rotate' | 'scale';

/** Kinds whose sides may be pulled apart; a picture keeps its proportions. */
const FREE = new Set(['label', 'text']);
/** Kinds that are flat: pulling them larger does not make them thicker. */
const FLAT = new Set(['image', 'video', 'audio', 'text', 'label']);

export class Gizmo {
  tool: Tool = 'select';
  onTool: () => void = () => undefined;
  /** A gesture with the handles began (true) or ended. */
  onDragging: (dragging: boolean) => void = () => undefined;
  #made: TransformControls | null = null;
  readonly #pivot = new Object3D();
  readonly #stage: Stage;
  readonly #world: World;
  readonly #selection: Selection;
  readonly #hand: Hand;
  readonly #element: HTMLElement;
  #gesture: Gesture | null = null;
  #from = { position: new Vector3(), quaternion: new Quaternion() };

  constructor(stage: Stage, world: World, selection: Selection, hand: Hand, element: HTMLElement, signal: AbortSignal) {
    this.#stage = stage;
    this.#world = world;
    this.#selection = selection;
    this.#hand = hand;
    this.#element = element;
    selection.listeners.add(() => this.place());
    stage.tasks.add(() => {
      if (!this.#gesture) this.#follow();
      return false;
    });
    signal.addEventListener('abort', () => this.#made?.dispose());
  }

  /** The handles: many small shapes, which are made when a tool is first used and not while the space opens. */
  get #controls(): TransformControls {
    if (this.#made) return this.#made;
    const controls = new TransformControls(this.#stage.camera, this.#element);
    this.#made = controls;
    controls.setColors('#e5484d', '#30a46c', '#3e8bff', '#ffd60a');
    controls.size = 0.85;
    this.#stage.scene.add(this.#pivot, controls.getHelper());
    controls.addEventListener('change', () => this.#stage.invalidate());
    controls.addEventListener('mouseDown', () => {
      this.#from = { position: this.#pivot.position.clone(), quaternion: this.#pivot.quaternion.clone() };
      this.#pivot.scale.set(1, 1, 1);
      this.#gesture = this.#hand.begin(this.#selection.movable());
      this.onDragging(true);
    });
    controls.addEventListener('objectChange', () => this.#gesture?.show(this.#poses(this.#gesture.start)));
    controls.addEventListener('mouseUp', () => {
      this.#gesture?.commit();
      this.#gesture = null;
      this.onDragging(false);
      this.place();
    });
    this.free(false);
    return controls;
  }

  /** Whether the pointer is on a handle. */
  get hovered(): boolean {
    return this.#made?.object !== undefined && this.#made.axis !== null;
  }

  use(tool: Tool): void {
    this.tool = tool;
    if (tool !== 'select') this.#controls.setMode(tool);
    this.place();
    this.onTool();
  }

  /** Without snapping, while Alt is held. */
  free(free: boolean): void {
    this.#made?.setTranslationSnap(free ? null : GRID);
    this.#made?.setRotationSnap(free ? null : ANGLE);
    this.#made?.setScaleSnap(free ? null : FACTOR);
  }

  /** Put the handles where the selection is. */
  place(): void {
    const ids = this.#selection.movable();
    if (this.tool === 'select' || !ids.length) {
      if (!this.#made?.object) return;
      this.#made.detach();
    } else {
      this.#follow();
      if (this.#controls.object !== this.#pivot) this.#controls.attach(this.#pivot);
      this.#controls.setSpace(this.tool === 'translate' || ids.length > 1 ? 'world' : 'local');
    }
    this.#stage.invalidate();
  }

  #follow(): void {
    if (this.tool === 'select') return;
    const things = this.#selection.movable().map((id) => this.#world.things.get(id)!);
    if (!things.length) return;
    const was = this.#pivot.matrixWorld.clone();
    this.#pivot.position.set(0, 0, 0);
    for (const thing of things) this.#pivot.position.addScaledVector(thing.shown.position, 1 / things.length);
    if (things.length === 1) this.#pivot.quaternion.copy(things[0]!.shown.quaternion);
    else this.#pivot.quaternion.identity();
    this.#pivot.scale.set(1, 1, 1);
    this.#pivot.updateMatrixWorld();
    if (!was.equals(this.#pivot.matrixWorld)) this.#stage.invalidate();
  }

  #poses(start: ReadonlyMap<string, Pose>): Map<string, Pose> {
    const turn = this.#pivot.quaternion.clone().multiply(this.#from.quaternion.clone().invert());
    const out = new Map<string, Pose>();
    for (const [id, pose] of start) {
      const kind = this.#world.things.get(id)?.item.kind ?? 'image';
      const next = clonePose(pose);
      if (this.tool === 'translate') next.position.add(this.#pivot.position).sub(this.#from.position);
      if (this.tool === 'rotate') {
        next.position.sub(this.#from.position).applyQuaternion(turn).add(this.#from.position);
        next.quaternion.premultiply(turn);
      }
      if (this.tool === 'scale') scalePose(next, this.#from.position, this.#pivot.scale, { free: start.size === 1 && FREE.has(kind), flat: FLAT.has(kind) });
      out.set(id, next);
    }
    return out;
  }
}

/** Scale a pose about a pivot: by one factor for all sides unless `free`; `flat` things keep their thickness. */
export function scalePose(pose: Pose, pivot: Vector3, scale: Vector3, { free, flat }: { free: boolean; flat: boolean }): void {
  const parts = scale.toArray();
  const most = parts.reduce((a, b) => (Math.abs(b - 1) > Math.abs(a - 1) ? b : a));
  const factors = (free ? parts : [most, most, most]).map((factor) => Math.max(Math.abs(factor), 0.02)) as [number, number, number];
  pose.size.set(pose.size.x * factors[0], pose.size.y * factors[1], flat ? pose.size.z : pose.size.z * factors[2]);
  if (!free) pose.position.sub(pivot).multiplyScalar(factors[0]).add(pivot);
}
