import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
const marked = (diff: readonly string[], mark: string) => diff.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(2));
const sorted = (of: readonly string[]) => [...of].sort();

test('nothing is told of what is the same, and only then', () => {
  fc.assert(fc.property(lines, lines, (a, b) => (lineDiff(a, b).length === 0) === (JSON.stringify(a) === JSON.stringify(b))));
});

test('what is gone taken out and what is new put in is the other; turned round it is the same with the marks turned', () => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      const diff = lineDiff(a, b);
      expect(sorted([...a, ...marked(diff, '+')])).toEqual(sorted([...b, ...marked(diff, '-')]));
      const back = lineDiff(b, a);
      expect([marked(back, '-').length, marked(back, '+').length]).toEqual([marked(diff, '+').length, marked(diff, '-').length]);
    }),
  );
});

test('a change in the middle is shown with two lines around it', () => {
  const was = ['1', '2', '3', '4', '5', '6', '7', '8'];
  expect(lineDiff(was, was.with(4, 'five'))).toEqual(['  3', '  4', '- 5', '+ five', '  6', '  7', '  …']);
});
