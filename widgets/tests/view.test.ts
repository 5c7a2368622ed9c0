import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PerspectiveCamera, Vector3 } from 'three';
import { actionFor, keyOf } from '../src/space/actions.ts';
import { scalePose } from '../src/space/gizmo.ts';
import { direction } from '../src/space/nudge.ts';
import { framing } from '../src/space/orbit.ts';
import { throughBox } from '../src/space/pick.ts';
import { tierFor } from '../src/space/pictures.ts';
import { poseFrom, wirePose } from '../src/space/pose.ts';
import { Ray } from 'three';

test('framing shows every point, with little to spare', () => {
  const camera = new PerspectiveCamera(50, 1.8, 0.05, 500);
  const points = [[-4, 0, -6], [4, 3, -6], [0, 1.7, 1], [-5, 1, 2], [6, 0.2, 0]].map(([x, y, z]) => new Vector3(x, y, z));
  for (const from of [new Vector3(0.3, 0.2, 1), new Vector3(-1, 0.8, 0.1), new Vector3(0, 1, 0.01)]) {
    const { position, target } = framing(camera, points, from);
    camera.position.copy(position);
    camera.lookAt(target);
    camera.updateMatrixWorld();
    const seen = points.map((point) => point.clone().project(camera));
    assert.ok(seen.every(({ x, y, z }) => Math.abs(x) < 1 && Math.abs(y) < 1 && z < 1), JSON.stringify(seen));
    assert.ok(Math.max(...seen.map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)))) > 0.8, 'too far away');
  }
});

test('a pose goes over the wire and back', () => {
  const wire = { id: 'a', position: [1.25, -2, 0.5] as [number, number, number], rotation: [10, -35, 80] as [number, number, number], size: [2, 1, 0.02] as [number, number, number] };
  assert.deepEqual(wirePose('a', poseFrom(wire)), wire);
});

test('a ray meets a turned box at its face, and misses beside it', () => {
  const pose = poseFrom({ position: [0, 1, -3], rotation: [0, 90, 0], size: [2, 1, 0.5] });
  const hit = throughBox(new Ray(new Vector3(0, 1, 0), new Vector3(0, 0, -1)), pose);
  assert.ok(hit !== null && Math.abs(hit - 2) < 1e-6, String(hit));
  assert.equal(throughBox(new Ray(new Vector3(0.5, 1, 0), new Vector3(0, 0, -1)), pose), null);
});

test('pictures get as sharp as they are seen', () => {
  assert.deepEqual([20, 120, 400, 800, 1500].map(tierFor), [null, 'thumbnail', 512, 1024, 2048]);
});

test('a picture keeps its proportions and its thickness, a label need not', () => {
  const picture = poseFrom({ position: [2, 0, 0], rotation: [0, 0, 0], size: [2, 1, 0.02] });
  scalePose(picture, new Vector3(), new Vector3(1.5, 1, 1), { free: false, flat: true });
  assert.deepEqual([picture.size.toArray(), picture.position.x], [[3, 1.5, 0.02], 3]);
  const label = poseFrom({ position: [2, 0, 0], rotation: [0, 0, 0], size: [2, 1, 0.02] });
  scalePose(label, new Vector3(), new Vector3(1.5, 1, 1), { free: true, flat: true });
  assert.deepEqual([label.size.toArray(), label.position.x], [[3, 1, 0.02], 2]);
});

test('arrow keys push along what one sees', () => {
  const ahead = new Vector3(0, -0.2, -1);
  assert.deepEqual(direction('arrowright', false, ahead).toArray().map((v) => v + 0), [1, 0, 0]);
  assert.deepEqual(direction('arrowup', false, ahead).toArray(), [0, 1, 0]);
  assert.deepEqual(direction('arrowup', true, ahead).toArray().map((v) => v + 0), [0, 0, -1]);
  assert.deepEqual(direction('arrowright', false, new Vector3(1, 0, 0.2)).toArray().map((v) => Math.round(v) + 0), [0, 0, 1]);
});

test('keys are found with Ctrl and with Cmd', () => {
  const press = (key: string, more = {}) => actionFor(keyOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...more }))?.name;
  assert.equal(press('z', { ctrlKey: true }), 'undo');
  assert.equal(press('Z', { metaKey: true, shiftKey: true }), 'redo');
  assert.equal(press('G', { ctrlKey: true, shiftKey: true }), 'ungroup');
  assert.equal(press('?', { shiftKey: true }), 'help');
  assert.equal(press('z'), undefined);
});
