// Snapping of what a hand does: to a grid of a quarter metre, to 15 degrees, to twentieths of a size.
import { Quaternion, Vector3 } from 'three';

export const GRID = 0.25;
export const ANGLE = Math.PI / 12;
export const FACTOR = 0.05;

export function snap(value: number, step: number): number {
  return Math.round(value / step) * step;
}

/**
 * Where something that stood at `start` and was dragged to `wanted` comes to rest in the plane with this `normal`.
 *
 * Along the axes of the world it lands on the grid itself; along other directions it moves by whole steps. It never leaves
 * the plane.
 */
export function snapInPlane(start: Vector3, wanted: Vector3, normal: Vector3, step = GRID): Vector3 {
  const out = start.clone();
  for (const direction of planeAxes(normal)) {
    const axis = direction.toArray().findIndex((v) => Math.abs(v) > 1 - 1e-6);
    const moved = wanted.clone().sub(start).dot(direction);
    if (Math.abs(moved) < step / 2) continue;
    const by = axis < 0 ? snap(moved, step) : (snap(wanted.getComponent(axis), step) - start.getComponent(axis)) * Math.sign(direction.getComponent(axis));
    out.addScaledVector(direction, by);
  }
  return out;
}

/** Two directions at right angles that span the plane: a level one first, then the one most upright. */
export function planeAxes(normal: Vector3): [Vector3, Vector3] {
  const n = normal.clone().normalize();
  if (Math.abs(n.y) > 1 - 1e-12) return [new Vector3(1, 0, 0), new Vector3(0, 0, 1)];
  const level = new Vector3(0, 1, 0).cross(n).normalize();
  return [level, n.clone().cross(level).normalize()];
}

/** `wanted` with only the larger of its two parts in the plane kept. */
export function alongOneAxis(start: Vector3, wanted: Vector3, normal: Vector3): Vector3 {
  const moved = wanted.clone().sub(start);
  const [a, b] = planeAxes(normal);
  const along = Math.abs(moved.dot(a)) >= Math.abs(moved.dot(b)) ? a : b;
  return start.clone().addScaledVector(along, moved.dot(along));
}

/** The normal of the plane in which to drag, as a person would expect it. */
export function dragNormal(toCamera: Vector3, facing: Vector3 | null, across: boolean): Vector3 {
  if (across) return new Vector3(0, 1, 0);
  // A picture seen from the front slides along its own wall.
  if (facing && Math.abs(facing.dot(toCamera)) > 0.5 && Math.abs(facing.y) < 0.5) return facing.clone();
  // Anything seen from high above slides over the floor, else along an upright plane that faces the camera.
  if (toCamera.y > 0.57) return new Vector3(0, 1, 0);
  return new Vector3(toCamera.x, 0, toCamera.z).normalize();
}

/** `turn` about any axis, by whole steps of `step` radians. */
export function snapTurn(turn: Quaternion, step = ANGLE): Quaternion {
  const angle = 2 * Math.acos(Math.min(1, Math.abs(turn.w)));
  const sine = Math.sqrt(Math.max(0, 1 - turn.w * turn.w));
  if (sine < 1e-6) return new Quaternion();
  const sign = turn.w < 0 ? -1 : 1;
  const axis = new Vector3((turn.x * sign) / sine, (turn.y * sign) / sine, (turn.z * sign) / sine);
  return new Quaternion().setFromAxisAngle(axis, snap(angle, step));
}
