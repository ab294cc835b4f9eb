// All versions of a name as one line, the newest kept one first; found by words and by the beginning of a version.
import { expect, test } from 'vitest';
import type { RestStrategy } from '#gateway/contracts/rest-strategies.ts';
import { chosenIn, fits, groupsOf } from './strategy-groups.ts';

const row = (given: Partial<RestStrategy>): RestStrategy => ({
  ...{
    strategy: 'dips',
    name: 'dips',
    kept: 'shipped',
    kind: 'document',
    version: 'a'.repeat(64),
    about: 'buys weakness',
    deployed: [],
    keptAt: null,
  },
  ...given,
});
const ROWS = [
  row({}),
  row({ strategy: 'bbbbbbbbbbbb', kept: 'kept', version: 'b'.repeat(64), keptAt: 5, deployed: ['dips-1'] }),
  row({ strategy: 'cccccccccccc', kept: 'kept', version: 'c'.repeat(64), keptAt: 9 }),
  row({ strategy: 'dips.ts', kind: 'program', version: 'd'.repeat(64) }),
  row({ strategy: 'alpha', name: 'alpha', kept: 'bundled', kind: 'program', version: 'e'.repeat(64) }),
];

test('a name and a kind is one line, whatever the order they come in', () => {
  for (const rows of [ROWS, [...ROWS].reverse()]) {
    const groups = groupsOf(rows);
    expect(groups.map(({ name, kind, head, rows: all }) => [name, kind, head.strategy, all.length])).toEqual([
      ['alpha', 'program', 'alpha', 1],
      ['dips', 'document', 'cccccccccccc', 3],
      ['dips', 'program', 'dips.ts', 1],
    ]);
    expect(groups[1]!.rows.map(({ strategy }) => strategy)).toEqual(['cccccccccccc', 'bbbbbbbbbbbb', 'dips']);
    expect(groups[1]!.deployed).toEqual(['dips-1']);
  }
});

test('one is found by its name first, then by its version', () => {
  const groups = groupsOf(ROWS);
  expect(chosenIn(groups, 'dips')?.row.version).toBe('a'.repeat(64));
  expect(chosenIn(groups, 'bbbbbb')?.row.strategy).toBe('bbbbbbbbbbbb');
  expect(chosenIn(groups, 'bbbbb')).toBeNull();
  expect(chosenIn(groups, 'nothing')).toBeNull();
});

test('every word must be said somewhere of it', () => {
  const [alpha, dips] = groupsOf(ROWS);
  expect([
    fits(dips!, 'WEAK document'),
    fits(dips!, 'dips-1 kept'),
    fits(dips!, 'weak strength'),
    fits(alpha!, 'dips-1'),
    fits(alpha!, ''),
  ]).toEqual([true, true, false, false, true]);
});
