import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quaternion, Vector3 } from 'three';
import { ANGLE, GRID, alongOneAxis, dragNormal, planeAxes, snapInPlane, snapTurn } from '../src/space/snap.ts';

const close = (a: Vector3, b: Vector3) => assert.ok(a.distanceTo(b) < 1e-9, `${a.toArray()} is not ${b.toArray()}`);
/** Many different numbers from -1 to 1, the same in each run. */
function* numbers(count: number): Generator<number> {
  for (let i = 1, seed = 7; i <= count; i++) {
    seed = (seed * 16807) % 2147483647;
    yield (seed / 2147483647) * 2 - 1;
  }
}

test('along the axes of the world things land on the grid', () => {
  close(snapInPlane(new Vector3(0.1, 1.5, -3), new Vector3(0.93, 1.81, -3), new Vector3(0, 0, 1)), new Vector3(1, 1.75, -3));
});

test('a small stir does not move a thing that stands off the grid', () => {
  close(snapInPlane(new Vector3(0.1, 1.53, 0), new Vector3(0.18, 1.6, 0), new Vector3(0, 0, 1)), new Vector3(0.1, 1.53, 0));
});

test('snapping never leaves the plane of the drag', () => {
  const n = [...numbers(900)];
  for (let i = 0; i + 9 <= n.length; i += 9) {
    const start = new Vector3(n[i], n[i + 1], n[i + 2]).multiplyScalar(5);
    const normal = new Vector3(n[i + 3], n[i + 4]! * 0.3, n[i + 5]).normalize();
    const [a, b] = planeAxes(normal);
    const wanted = start.clone().addScaledVector(a, n[i + 6]! * 4).addScaledVector(b, n[i + 7]! * 4);
    const off = snapInPlane(start, wanted, normal).sub(start);
    assert.ok(Math.abs(off.dot(normal)) < 1e-6, `left the plane by ${off.dot(normal)}`);
    assert.ok(off.distanceTo(wanted.clone().sub(start)) <= GRID * 1.5);
  }
});

test('the axes of a plane stand at right angles to it and to each other', () => {
  const n = [...numbers(300)];
  for (let i = 0; i + 3 <= n.length; i += 3) {
    const normal = new Vector3(n[i], n[i + 1], n[i + 2]).normalize();
    const [a, b] = planeAxes(normal);
    for (const value of [a.dot(b), a.dot(normal), b.dot(normal), a.length() - 1, b.length() - 1]) assert.ok(Math.abs(value) < 1e-9);
    assert.ok(Math.abs(a.y) < 1e-9 || Math.abs(normal.y) > 0.999, 'the first is level');
  }
});

test('one direction keeps the larger part', () => {
  close(alongOneAxis(new Vector3(), new Vector3(2, 0.5, 0), new Vector3(0, 0, 1)), new Vector3(2, 0, 0));
  close(alongOneAxis(new Vector3(), new Vector3(0.2, 0.5, 0), new Vector3(0, 0, 1)), new Vector3(0, 0.5, 0));
});

test('a picture seen from the front slides along its wall, a thing seen from above over the floor', () => {
  const wall = new Vector3(0.6, 0, 0.8);
  close(dragNormal(new Vector3(0.3, 0.2, 0.93).normalize(), wall, false), wall);
  close(dragNormal(new Vector3(0, 0.9, 0.43), null, false), new Vector3(0, 1, 0));
  close(dragNormal(new Vector3(0, 0.1, 1).normalize(), wall, true), new Vector3(0, 1, 0));
  assert.equal(dragNormal(new Vector3(0.2, 0.1, 1).normalize(), null, false).y, 0);
});

test('turns snap to whole steps about their own axis', () => {
  for (const degrees of [2, 7, 8, 20, 44, 46, 170, -50]) {
    const axis = new Vector3(1, 2, 3).normalize();
    const turn = snapTurn(new Quaternion().setFromAxisAngle(axis, (degrees * Math.PI) / 180));
    const steps = (2 * Math.acos(Math.min(1, Math.abs(turn.w)))) / ANGLE;
    assert.ok(Math.abs(steps - Math.round(steps)) < 1e-6, `${degrees} gives ${steps} steps`);
  }
});
