// What a press, a click and a drag mean: select, move, draw a box, or leave it to the camera.
import { Plane, Quaternion, Vector3 } from 'three';
import { rectAround, rectBetween, takes, type Rect } from './boxselect.ts';
import type { Gizmo } from './gizmo.ts';
import type { Gesture, Hand } from './hand.ts';
import type { Orbit } from './orbit.ts';
import { pick, rayAt, type Hit } from './pick.ts';
import { clonePose, corners, type Pose } from './pose.ts';
import type { Selection } from './selection.ts';
import { alongOneAxis, dragNormal, snapInPlane } from './snap.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

/** Pixels a pressed pointer may stray and still be a click. */
const STRAY = 4;

export interface PointerEvents {
  /** Say how the running gesture can be steered; null when it is over. */
  hint(text: string | null): void;
  notice(text: string): void;
  /** A click on the middle of a film or on a sound: play it. True if it did something. */
  play(id: string): boolean;
  /** A second click on the same thing. */
  visit(ids: readonly string[]): void;
}

interface Press {
  x: number;
  y: number;
  hit: Hit | null;
  add: boolean;
  alone: boolean;
  moved: boolean;
}

interface Drag {
  gesture: Gesture;
  anchor: string;
  plane: Plane;
  grip: Vector3;
}

export class Pointer {
  /** The next drag on empty ground draws a box. */
  boxArmed = false;
  readonly #p: { stage: Stage; world: World; selection: Selection; hand: Hand; gizmo: Gizmo; orbit: Orbit; element: HTMLElement; events: PointerEvents };
  #press: Press | null = null;
  #drag: Drag | null = null;
  #box: { element: HTMLElement; rect: Rect; touching: boolean } | null = null;
  #last = { x: -1, y: -1, alt: false };
  #hoverAsked = false;

  constructor(
    parts: { stage: Stage; world: World; selection: Selection; hand: Hand; gizmo: Gizmo; orbit: Orbit; element: HTMLElement; events: PointerEvents },
    signal: AbortSignal,
  ) {
    this.#p = parts;
    const { element } = parts;
    const on = <K extends keyof HTMLElementEventMap>(name: K, act: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(name, act, { signal, capture: true });
    on('pointerdown', (event) => this.#down(event));
    on('pointermove', (event) => this.#move(event));
    on('pointerup', (event) => this.#up(event));
    on('pointercancel', () => this.cancel());
    on('pointerleave', () => parts.selection.over(null));
    on('contextmenu', (event) => event.preventDefault());
    on('dblclick', (event) => this.#twice(event));
  }

  /** Give up the running gesture. True if there was one. */
  cancel(): boolean {
    const busy = this.#drag !== null || this.#box !== null;
    this.#drag?.gesture.cancel();
    this.#drag = null;
    this.#box?.element.remove();
    this.#box = null;
    this.#press = null;
    this.#p.orbit.controls.enabled = true;
    this.#p.events.hint(null);
    return busy;
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const box = this.#p.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event: PointerEvent): void {
    const { gizmo, orbit, stage, world } = this.#p;
    if (event.button !== 0 || !event.isPrimary) return;
    gizmo.free(event.altKey);
    if (gizmo.hovered) {
      orbit.controls.enabled = false;
      return;
    }
    const { x, y } = this.#at(event);
    const hit = pick(world, rayAt(stage, x, y));
    const add = event.shiftKey || event.ctrlKey || event.metaKey;
    this.#press = { x, y, hit, add, alone: event.altKey, moved: false };
    if (hit || event.shiftKey || this.boxArmed) {
      orbit.controls.enabled = false;
      this.#p.element.setPointerCapture(event.pointerId);
    }
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#at(event);
    this.#last = { x, y, alt: event.altKey };
    this.#p.gizmo.free(event.altKey);
    const press = this.#press;
    if (!press) {
      if (event.buttons === 0) this.#hover();
      return;
    }
    if (!press.moved && Math.hypot(x - press.x, y - press.y) < STRAY) return;
    if (!press.moved) {
      press.moved = true;
      if (press.hit && !this.boxArmed) this.#begin(press, press.hit);
      else if (!this.#p.orbit.controls.enabled) this.#beginBox();
    }
    if (this.#drag) this.#dragTo(this.#drag, x, y, event);
    if (this.#box) this.#drawBox(press, x, y);
  }

  #up(event: PointerEvent): void {
    const press = this.#press;
    this.#press = null;
    this.#p.orbit.controls.enabled = true;
    if (this.#drag) {
      this.#drag.gesture.commit();
      this.#drag = null;
      this.#p.events.hint(null);
    } else if (this.#box) {
      this.#takeBox(event.shiftKey || event.ctrlKey || event.metaKey);
    } else if (press && !press.moved) {
      this.#click(press);
    }
  }

  #click({ hit, add, alone, x, y }: Press): void {
    const { selection, world, events } = this.#p;
    if (!hit) {
      if (!add) selection.set([]);
      return;
    }
    const ids = alone ? [hit.thing.id] : world.family(hit.thing.id);
    if (add) selection.toggle(ids);
    else {
      selection.set(ids);
      if (this.#onSign(hit, x, y)) events.play(hit.thing.id);
    }
  }

  /** Whether a click is on the play sign: the middle of a film, the button of a sound. */
  #onSign(hit: Hit, x: number, y: number): boolean {
    const { kind } = hit.thing.item;
    if (kind !== 'video' && kind !== 'audio') return false;
    const { position, quaternion, size } = hit.thing.shown;
    const local = hit.point.clone().sub(position).applyQuaternion(new Quaternion().copy(quaternion).invert());
    if (kind === 'video') return Math.hypot(local.x, local.y) < Math.min(size.x, size.y) * 0.15 && x >= 0 && y >= 0;
    return local.x < -size.x / 2 + size.y * 0.45 && local.y > size.y * 0.05;
  }

  #twice(event: MouseEvent): void {
    const { x, y } = this.#at(event);
    const hit = pick(this.#p.world, rayAt(this.#p.stage, x, y));
    if (!hit) return;
    // The second click goes into a group, to the thing itself.
    this.#p.selection.set([hit.thing.id]);
    this.#p.events.visit([hit.thing.id]);
  }

  #hover(): void {
    if (this.#hoverAsked) return;
    this.#hoverAsked = true;
    requestAnimationFrame(() => {
      this.#hoverAsked = false;
      const { world, stage, selection, gizmo, element } = this.#p;
      if (this.#press) return;
      const hit = gizmo.hovered ? null : pick(world, rayAt(stage, this.#last.x, this.#last.y));
      selection.over(hit?.thing.id ?? null);
      element.style.cursor = this.boxArmed ? 'crosshair' : gizmo.hovered || hit ? 'pointer' : '';
    });
  }

  // -- moving ------------------------------------------------------------------------------------------------------
  #begin(press: Press, hit: Hit): void {
    const { selection, world, hand, stage, events } = this.#p;
    const ids = press.alone ? [hit.thing.id] : world.family(hit.thing.id);
    if (!ids.every((id) => selection.ids.has(id))) {
      if (press.add) selection.add(ids);
      else selection.set(ids);
    }
    const movable = selection.movable();
    if (!movable.includes(hit.thing.id)) {
      events.notice(`${hit.thing.item.name} is locked.`);
      return;
    }
    const plane = new Plane().setFromNormalAndCoplanarPoint(this.#normal(hit, false), hit.point);
    this.#drag = { gesture: hand.begin(movable), anchor: hit.thing.id, plane, grip: hit.point.clone() };
    stage.invalidate();
    const what = movable.length > 1 ? `Moving ${movable.length}` : `Moving ${hit.thing.item.name}`;
    events.hint(`${what} · snaps to 0.25 m · Alt free · Shift one direction · Ctrl over the floor`);
  }

  #normal(hit: Hit, across: boolean): Vector3 {
    const toCamera = this.#p.stage.camera.position.clone().sub(hit.point).normalize();
    const solid = hit.thing.item.kind === 'model';
    const facing = solid ? null : new Vector3(0, 0, 1).applyQuaternion(hit.thing.shown.quaternion);
    const stands = solid && hit.thing.shown.position.y - hit.thing.shown.size.y / 2 < 0.05;
    return dragNormal(toCamera, facing, across || (stands && toCamera.y > 0.12));
  }

  #dragTo(drag: Drag, x: number, y: number, event: PointerEvent): void {
    const start = drag.gesture.start.get(drag.anchor);
    if (!start) return;
    const { stage, world } = this.#p;
    const across = event.ctrlKey || event.metaKey;
    const thing = world.things.get(drag.anchor);
    const plane = across && thing ? new Plane().setFromNormalAndCoplanarPoint(new Vector3(0, 1, 0), drag.grip) : drag.plane;
    const met = rayAt(stage, x, y).intersectPlane(plane, new Vector3());
    // A plane seen edge on would send things to the horizon.
    if (!met || met.distanceTo(stage.camera.position) > 500) return;
    let wanted = start.position.clone().add(met).sub(drag.grip);
    if (event.shiftKey) wanted = alongOneAxis(start.position, wanted, plane.normal);
    if (!event.altKey) wanted = snapInPlane(start.position, wanted, plane.normal);
    const by = wanted.sub(start.position);
    const poses = new Map<string, Pose>();
    for (const [id, pose] of drag.gesture.start) {
      const next = clonePose(pose);
      next.position.add(by);
      poses.set(id, next);
    }
    drag.gesture.show(poses);
  }

  // -- box ---------------------------------------------------------------------------------------------------------
  #beginBox(): void {
    const element = document.createElement('div');
    element.className = 'snbspace-box';
    this.#p.element.append(element);
    this.#box = { element, rect: rectBetween(0, 0, 0, 0), touching: false };
    this.#p.events.hint('Drag right: what is inside · drag left: what it touches · Shift adds');
  }

  #drawBox(press: Press, x: number, y: number): void {
    const box = this.#box!;
    box.rect = rectBetween(press.x, press.y, x, y);
    box.touching = x < press.x;
    const { style } = box.element;
    style.left = `${box.rect.left}px`;
    style.top = `${box.rect.top}px`;
    style.width = `${box.rect.right - box.rect.left}px`;
    style.height = `${box.rect.bottom - box.rect.top}px`;
    box.element.classList.toggle('snbspace-touching', box.touching);
  }

  #takeBox(add: boolean): void {
    const { world, stage, selection, events } = this.#p;
    const { rect, touching, element } = this.#box!;
    element.remove();
    this.#box = null;
    this.boxArmed = false;
    events.hint(null);
    const ids: string[] = [];
    for (const thing of world.present()) {
      const around = rectAround(corners(thing.shown).map((corner) => stage.project(corner)));
      if (around && takes(rect, around, touching)) ids.push(...world.family(thing.id));
    }
    if (add) selection.add(ids);
    else selection.set(ids);
  }
}
