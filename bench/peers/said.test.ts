import { expect, test } from 'vitest';
import { difference, type Said } from './said.ts';

const said: Said = {
  ...{ first: 1, seconds: 1, processor: 1, memoryMb: 1, bars: 100 },
  runs: [
    { fills: 2, equity: 1_000_001.5, sharpe: 0.25 },
    { fills: 1, equity: 999_999, sharpe: -0.1 },
  ],
};
const fills = '0 27 1 10007\n0 47 -2 10125\n1 30 1 9990\n';
const of = (change: Partial<Said>, lines = fills) => difference(said, { ...said, ...change }, { ours: fills, theirs: lines });

test('two that say the same have no difference; dust below half a cent and a part in a thousand million is none', () => {
  expect(of({})).toBe(null);
  expect(of({ runs: [{ fills: 2, equity: 1_000_001.5004, sharpe: 0.25 + 1e-12 }, said.runs[1]!] })).toBe(null);
});

test('one that says no Sharpe is not held to one', () => {
  expect(of({ runs: said.runs.map((run) => ({ ...run, sharpe: null })) })).toBe(null);
});

test.each([
  ['bars', { bars: 99 }, fills, '100 bars and 99'],
  ['a price', {}, fills.replace('10125', '10126'), 'fill 2 (run bar lots price): 0 47 -2 10125 and 0 47 -2 10126'],
  ['a bar', {}, fills.replace('0 47', '0 46'), 'fill 2 (run bar lots price): 0 47 -2 10125 and 0 46 -2 10125'],
  ['a fill less', {}, fills.replace('1 30 1 9990\n', ''), 'fill 3 (run bar lots price): 1 30 1 9990 and none'],
  ['a fill more', {}, `${fills}1 31 1 9990\n`, 'fill 4 (run bar lots price): none and 1 31 1 9990'],
  ['a cent', { runs: [said.runs[0]!, { ...said.runs[1]!, equity: 999_999.01 }] }, fills, 'run 1: equity 999999 and 999999.01'],
  [
    'equity that is no number',
    { runs: [{ ...said.runs[0]!, equity: Number.NaN }, said.runs[1]!] },
    fills,
    'run 0: equity 1000001.5 and NaN',
  ],
  ['Sharpe', { runs: [{ ...said.runs[0]!, sharpe: 0.25001 }, said.runs[1]!] }, fills, 'run 0: Sharpe 0.25 and 0.25001'],
  ['a run less', { runs: [said.runs[0]!] }, fills, 'run 1 is missing'],
  ['a run more', { runs: [...said.runs, said.runs[0]!] }, fills, '2 runs and 3'],
])('the first difference is named: %s', (_, change, lines, told) => {
  expect(of(change, lines)).toBe(told);
});
