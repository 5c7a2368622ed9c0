// What is under the pointer: a ray against the boxes of things. Boxes of five thousand things cost less than a millisecond.
import { Quaternion, Raycaster, Vector2, Vector3, type Ray } from 'three';
import type { Stage } from './stage.ts';
import type { Thing, World } from './world.ts';
import type { Pose } from './pose.ts';

export interface Hit {
  thing: Thing;
  /** Metres from the camera. */
  distance: number;
  point: Vector3;
}

const caster = new Raycaster();

/** The ray from the camera through a point of the stage, in CSS pixels from its top left corner. */
export function rayAt(stage: Stage, x: number, y: number): Ray {
  stage.camera.updateMatrixWorld();
  caster.setFromCamera(new Vector2((x / stage.width) * 2 - 1, 1 - (y / stage.height) * 2), stage.camera);
  return caster.ray.clone();
}

/** The nearest thing that a ray meets. */
export function pick(world: World, ray: Ray): Hit | null {
  let best: Hit | null = null;
  for (const thing of world.present()) {
    const distance = throughBox(ray, thing.shown);
    if (distance !== null && (!best || distance < best.distance)) best = { thing, distance, point: ray.at(distance, new Vector3()) };
  }
  return best;
}

const THINNEST = 0.01;

/** How far along the ray it enters the box of `pose`, or null. */
export function throughBox(ray: Ray, pose: Pose): number | null {
  const back = new Quaternion().copy(pose.quaternion).invert();
  const origin = ray.origin.clone().sub(pose.position).applyQuaternion(back);
  const direction = ray.direction.clone().applyQuaternion(back);
  let near = 0;
  let far = Infinity;
  for (const axis of ['x', 'y', 'z'] as const) {
    const half = Math.max(pose.size[axis], THINNEST) / 2;
    if (Math.abs(direction[axis]) < 1e-12) {
      if (Math.abs(origin[axis]) > half) return null;
      continue;
    }
    const a = (-half - origin[axis]) / direction[axis];
    const b = (half - origin[axis]) / direction[axis];
    near = Math.max(near, Math.min(a, b));
    far = Math.min(far, Math.max(a, b));
  }
  return near <= far && far > 0 ? near : null;
}
