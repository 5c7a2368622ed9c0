import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { FromSpace, PatchMessage, Scene, SceneItem, ToSpace } from '../src/protocol.ts';
import { Hand } from '../src/space/hand.ts';
import { poseFrom } from '../src/space/pose.ts';
import { Sync } from '../src/space/sync.ts';
import { World } from '../src/space/world.ts';

globalThis.requestAnimationFrame = (act) => Number(setTimeout(() => act(performance.now()), 0));

const media = { thumbnail: null, picture: null, stream: null, model: null, waveform: null, tile: null };
const item = (id: string, x = 0): SceneItem => ({
  id, name: id, kind: 'image', group: null, position: [x, 1, 0], rotation: [0, 0, 0], size: [1, 1, 0.02], text: '', colour: null, locked: false,
  hidden: false, start: null, duration: null, media,
});
const scene = (revision: number, ...items: SceneItem[]): Scene => ({
  project: 'p', revision, items, groups: [], atlas: { pages: [], page: 1024, tile: 64 }, media_base: '',
  environment: { theme: 'auto', navigation: 'orbit', lighting: { ambient: 1, key: 1, colour: '#ffffff' }, camera: null },
});
const patch = (revision: number, items: SceneItem[], rest: Partial<PatchMessage> = {}): PatchMessage => ({
  type: 'patch', revision, by: '', items, removed: [], groups: null, environment: null, summary: '', undoable: true, ...rest,
});

let sent: FromSpace[];
let world: World;
let sync: Sync;
let refused: string[];
const x = (id: string) => world.things.get(id)?.shown.position.x;
const receive = (message: ToSpace) => {
  sync.receive(message);
  world.frame(performance.now(), 0);
};

beforeEach(() => {
  sent = [];
  refused = [];
  world = new World({ invalidate() {}, touch() {}, schedule() {} });
  world.duration = 0;
  sync = new Sync({ send: (message) => void sent.push(message), listen: () => () => undefined }, world, 'me', {
    coming() {}, scene() {}, patched() {}, selected() {}, look() {}, notice() {}, accepted() {}, refused: (error) => void refused.push(error),
  });
  receive({ type: 'scene', scene: scene(3, item('a', 0), item('b', 5)) });
});

function drag(id: string, to: number): void {
  const gesture = new Hand(world, sync).begin([id]);
  gesture.show(new Map([[id, poseFrom({ ...item(id), position: [to, 1, 0] })]]));
  gesture.commit();
}

test('patches in order are taken in', () => {
  receive(patch(4, [item('a', 1)]));
  receive(patch(5, [item('c', 9)], { removed: ['b'] }));
  assert.equal(sync.revision, 5);
  assert.deepEqual([x('a'), x('b'), x('c')], [1, undefined, 9]);
});

test('a patch that comes twice or late changes nothing', () => {
  receive(patch(4, [item('a', 1)]));
  receive(patch(4, [item('a', 7)]));
  receive(patch(2, [item('a', 8)]));
  assert.equal(x('a'), 1);
});

test('a hole in the revisions makes the view ask for the scene, once', () => {
  receive(patch(6, [item('a', 1)]));
  receive(patch(7, [item('a', 2)]));
  assert.deepEqual(sent, [{ type: 'ready', view: 'me', revision: 3 }]);
  assert.equal(x('a'), 0);
  receive({ type: 'scene', scene: scene(7, item('a', 2)) });
  assert.deepEqual([sync.revision, x('a'), x('b')], [7, 2, undefined]);
});

test('an older scene that comes late is not believed', () => {
  receive(patch(4, [item('a', 1)]));
  receive({ type: 'scene', scene: scene(3, item('a', 0)) });
  assert.equal(x('a'), 1);
});

test('any order of patches and a scene ends at the latest revision', () => {
  const all = [patch(4, [item('a', 1)]), patch(5, [item('a', 2)]), patch(6, [item('a', 3)])];
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    world = new World({ invalidate() {}, touch() {}, schedule() {} });
    world.duration = 0;
    const wire = { send: (message: FromSpace) => void sent.push(message), listen: () => () => undefined };
    sync = new Sync(wire, world, 'me', { coming() {}, scene() {}, patched() {}, selected() {}, look() {}, notice() {}, accepted() {}, refused() {} });
    receive({ type: 'scene', scene: scene(3, item('a', 0)) });
    sent.length = 0;
    for (const index of order) receive(all[index]!);
    // Who has missed something has asked, and gets the whole.
    if (sent.some(({ type }) => type === 'ready')) receive({ type: 'scene', scene: scene(6, item('a', 3)) });
    assert.deepEqual([sync.revision, x('a')], [6, 3], `order ${order}`);
  }
});

test('what the hand did is one operation and stays shown until its own change is here', () => {
  drag('a', 2);
  const [operation] = sent.filter(({ type }) => type === 'operation');
  assert.deepEqual(operation, {
    type: 'operation', view: 'me', seq: 1, base: 3, operation: 'transform',
    args: { items: ['a'], poses: [{ position: [2, 1, 0], rotation: [0, 0, 0] }] },
  });
  receive({ type: 'accepted', seq: 1, revision: 4, summary: '' });
  assert.equal(x('a'), 2, 'accepted, but its change has not come: it must not jump back');
  receive(patch(4, [item('a', 2)], { by: 'me' }));
  assert.deepEqual([x('a'), sync.waiting], [2, 0]);
});

test('a change that comes before the answer does not disturb what the hand left', () => {
  drag('a', 2);
  receive(patch(4, [item('a', -4), item('b', 6)], { by: 'other' }));
  assert.deepEqual([x('a'), x('b')], [2, 6]);
  receive(patch(5, [item('a', 2)], { by: 'me' }));
  receive({ type: 'accepted', seq: 1, revision: 5, summary: '' });
  assert.equal(x('a'), 2);
});

test('when someone else was later, their pose is shown in the end', () => {
  drag('a', 2);
  receive(patch(4, [item('a', 2)], { by: 'me' }));
  receive(patch(5, [item('a', -3)], { by: 'other' }));
  receive({ type: 'accepted', seq: 1, revision: 4, summary: '' });
  assert.equal(x('a'), -3);
});

test('what was refused goes back to what is stored', () => {
  drag('a', 2);
  receive({ type: 'refused', seq: 1, error: 'a is locked.' });
  assert.equal(x('a'), 0);
  assert.deepEqual(refused, ['a is locked.']);
});

test('a resized thing sends its size', () => {
  const gesture = new Hand(world, sync).begin(['b']);
  gesture.show(new Map([['b', poseFrom({ ...item('b', 5), size: [2, 2, 0.02] })]]));
  gesture.commit();
  const [operation] = sent.filter((message) => message.type === 'operation');
  assert.deepEqual(operation?.args['sizes'], [{ width: 2, height: 2, depth: 0.02 }]);
});

test('a gesture that ends where it began, or is given up, changes nothing', () => {
  drag('a', 0);
  const gesture = new Hand(world, sync).begin(['a']);
  gesture.show(new Map([['a', poseFrom(item('a', 4))]]));
  gesture.cancel();
  world.frame(performance.now(), 0);
  assert.equal(x('a'), 0);
  assert.deepEqual(sent.filter(({ type }) => type === 'operation'), []);
});

test('another hand is followed, mine is not', () => {
  const pose = { id: 'a', position: [8, 1, 0] as [number, number, number], rotation: [0, 0, 0] as [number, number, number], size: [1, 1, 0.02] as [number, number, number] };
  receive({ type: 'hand', by: 'me', items: [pose] });
  assert.equal(x('a'), 0);
  receive({ type: 'hand', by: 'other', items: [pose] });
  assert.equal(x('a'), 8);
  receive(patch(4, [item('a', 8)], { by: 'other' }));
  assert.equal(x('a'), 8);
});

test('a change from elsewhere travels, and less motion makes it jump', () => {
  world.duration = 250;
  receive(patch(4, [item('a', 10)]));
  const early = x('a')!;
  assert.ok(early < 10, `${early} is already there`);
  world.frame(performance.now() + 400, 0);
  assert.equal(x('a'), 10);
});
