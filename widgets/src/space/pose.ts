// Poses as three.js needs them and as the wire says them: metres, degrees, intrinsic XYZ.
import { Euler, MathUtils, Quaternion, Vector3 } from 'three';
import type { HandPose } from '../protocol.ts';

export type Triple = [number, number, number];

/** Centre, turn and box (width, height, depth) of an item, in metres. */
export interface Pose {
  position: Vector3;
  quaternion: Quaternion;
  size: Vector3;
}

export function poseFrom(wire: { position: Triple; rotation: Triple; size: Triple }): Pose {
  const [a, b, c] = wire.rotation.map(MathUtils.degToRad) as Triple;
  return {
    position: new Vector3(...wire.position),
    quaternion: new Quaternion().setFromEuler(new Euler(a, b, c, 'XYZ')),
    size: new Vector3(...wire.size),
  };
}

export function clonePose(pose: Pose): Pose {
  return { position: pose.position.clone(), quaternion: pose.quaternion.clone(), size: pose.size.clone() };
}

export function copyPose(into: Pose, from: Pose): void {
  into.position.copy(from.position);
  into.quaternion.copy(from.quaternion);
  into.size.copy(from.size);
}

/** A tenth of a millimetre and a hundredth of a degree: finer is noise of the arithmetic, not of the hand. */
export function wirePose(id: string, pose: Pose): HandPose {
  const turn = new Euler().setFromQuaternion(pose.quaternion, 'XYZ');
  return {
    id,
    position: pose.position.toArray().map((v) => round(v, 1e4)) as Triple,
    rotation: [turn.x, turn.y, turn.z].map((v) => round(MathUtils.radToDeg(v), 1e2)) as Triple,
    size: pose.size.toArray().map((v) => Math.max(round(v, 1e4), 1e-3)) as Triple,
  };
}

function round(value: number, per: number): number {
  return Math.round(value * per) / per + 0;
}

export function samePose(a: Pose, b: Pose): boolean {
  return (
    a.position.distanceToSquared(b.position) < 1e-9 &&
    a.size.distanceToSquared(b.size) < 1e-9 &&
    Math.abs(a.quaternion.dot(b.quaternion)) > 1 - 1e-9
  );
}

/** The pose a part of the way (0 to 1) from `from` to `to`, into `into`. */
export function mixPose(into: Pose, from: Pose, to: Pose, part: number): void {
  into.position.lerpVectors(from.position, to.position, part);
  into.quaternion.slerpQuaternions(from.quaternion, to.quaternion, part);
  into.size.lerpVectors(from.size, to.size, part);
}

/** Fast at first, then settling: for things that were put somewhere. */
export function easeOut(part: number): number {
  return 1 - (1 - part) ** 3;
}

/** The eight corners of the box of `pose`, in world coordinates. */
export function corners(pose: Pose): Vector3[] {
  const out: Vector3[] = [];
  for (let i = 0; i < 8; i++) {
    const corner = new Vector3(i & 1 ? 0.5 : -0.5, i & 2 ? 0.5 : -0.5, i & 4 ? 0.5 : -0.5);
    out.push(corner.multiply(pose.size).applyQuaternion(pose.quaternion).add(pose.position));
  }
  return out;
}
