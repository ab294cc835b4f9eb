// Sections in so many lines: whatever there is and however little room, it fits, and what is not shown is counted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitted, type Section } from './fitted.ts';

const rowsOf = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);
const section = (name: string, count: number, least: number, keep: 'first' | 'last' = 'first'): Section<string> => ({
  ...{ name, title: name.toUpperCase(), rows: rowsOf(name, count), least, keep },
});
const plain = (title: string): string => title;

describe('sections in so many lines', () => {
  test('with room for all, all is shown, in order', () => {
    expect(fitted([section('a', 2, 1), section('b', 0, 3), section('c', 1, 0)], 6, 'c', plain)).toEqual({
      lines: ['A', 'a0', 'a1', 'B', 'C', 'c0'],
      left: [],
    });
  });

  test('each keeps its least, the chosen one gets the rest, and the others say how much is not shown', () => {
    const sections = [section('a', 5, 1), section('b', 9, 2, 'last'), section('c', 4, 1)];
    expect(fitted(sections, 9, 'b', plain).lines).toEqual([
      'A (4 more)',
      'a0',
      'B (5 before these)',
      'b5',
      'b6',
      'b7',
      'b8',
      'C (3 more)',
      'c0',
    ]);
    expect(fitted(sections, 9, 'c', plain).lines).toEqual([
      'A (4 more)',
      'a0',
      'B (7 before these)',
      'b7',
      'b8',
      'C (1 more)',
      'c0',
      'c1',
      'c2',
    ]);
  });

  test('the longest give first, then the lightest go, and the first section is the last to give', () => {
    const sections = [section('a', 3, 3), section('b', 2, 2), section('c', 4, 4), section('d', 0, 0)];
    expect(fitted(sections, 10, 'c', plain).lines).toEqual(['A', 'a0', 'a1', 'a2', 'B', 'b0', 'b1', 'C (3 more)', 'c0', 'D']);
    expect(fitted(sections, 6, 'c', plain)).toEqual({ lines: ['A', 'a0', 'a1', 'a2', 'C (3 more)', 'c0'], left: ['b', 'd'] });
    expect(fitted(sections, 3, 'c', plain)).toEqual({ lines: ['A (1 more)', 'a0', 'a1'], left: ['b', 'c', 'd'] });
    expect(fitted(sections, 1, 'c', plain)).toEqual({ lines: [], left: ['a', 'b', 'c', 'd'] });
  });

  test('it fits, no row is shown twice or made up, and shown and not shown are all there is', () => {
    const one = fc.record({ count: fc.nat(30), least: fc.nat(8), last: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), fc.nat(60), fc.nat(7), (given, room, chosen) => {
        const names = 'abcdefgh';
        const sections = given.map(({ count, least, last }, n) => section(names[n]!, count, least, last ? 'last' : 'first'));
        const { lines, left } = fitted(sections, room, names[chosen]!, plain);
        expect(lines.length).toBeLessThanOrEqual(room);
        for (const { name, rows, title, keep } of sections) {
          const shown = lines.filter((line) => /^[a-h]/.test(line) && line.startsWith(name));
          const head = lines.find((line) => line.startsWith(title));
          expect(head === undefined).toBe(left.includes(name));
          if (head === undefined) continue;
          const hidden = Number(/\((\d+) (more|before these)\)/.exec(head)?.[1] ?? 0);
          expect(shown.length + hidden).toBe(rows.length);
          expect(shown).toEqual(keep === 'first' ? rows.slice(0, shown.length) : rows.slice(rows.length - shown.length));
          expect(shown.length > 0 || rows.length === 0).toBe(true);
          if (hidden > 0) expect(lines.length).toBe(room); // no line is empty while something is not shown
        }
      }),
    );
  });
});
