import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEADING, cutToWidth, fitText } from '../src/space/text.ts';

const measure = (line: string) => line.length * 0.5;

test('words are as large as the box allows, and inside it', () => {
  for (const [text, width, height] of [['Robot', 2, 0.5], ['a long line of many words', 1, 1], ['x', 0.1, 5], ['two\nlines', 3, 1]] as const) {
    const { size, lines } = fitText(text, width, height, measure);
    assert.ok(lines.length * LEADING * size <= height + 1e-9);
    assert.ok(lines.every((line) => measure(line) * size <= width * 1.001));
    const larger = size * 1.05;
    const still = fitText(text, width, height, (line) => measure(line));
    assert.ok(still.size < larger);
    assert.equal(lines.join(' ').replace(/\s+/g, ' '), text.replace(/\s+/g, ' '));
  }
});

test('a name too long is cut, a short one is not', () => {
  assert.equal(cutToWidth('short', 10, measure), 'short');
  const cut = cutToWidth('a very long name indeed', 5, measure);
  assert.ok(cut.endsWith('…') && measure(cut) <= 5, cut);
});
