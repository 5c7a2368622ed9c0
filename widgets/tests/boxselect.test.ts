import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rectAround, rectBetween, takes } from '../src/space/boxselect.ts';

const thing = { left: 10, top: 10, right: 20, bottom: 20 };

test('a box is the same whichever corner it was begun at', () => {
  assert.deepEqual(rectBetween(30, 5, 2, 40), rectBetween(2, 40, 30, 5));
});

test('drawn to the right it takes what is wholly inside', () => {
  assert.equal(takes(rectBetween(5, 5, 25, 25), thing, false), true);
  assert.equal(takes(rectBetween(5, 5, 15, 25), thing, false), false);
});

test('drawn to the left it takes what it touches', () => {
  assert.equal(takes(rectBetween(5, 5, 15, 15), thing, true), true);
  assert.equal(takes(rectBetween(21, 5, 40, 40), thing, true), false);
});

test('what is partly behind the camera has no box', () => {
  assert.equal(rectAround([{ x: 1, y: 1, behind: false }, { x: 2, y: 2, behind: true }]), null);
  assert.deepEqual(rectAround([{ x: 1, y: 5, behind: false }, { x: 3, y: 2, behind: false }]), { left: 1, top: 2, right: 3, bottom: 5 });
});
