import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, type Played, robustness } from './robustness.ts';
import { KEPT_CHECKS, STANDARD_THRESHOLDS } from './thresholds.ts';

const money = (minor: number): string => (minor / 100).toFixed(2);
/** Made 1000 in 10 days with 200 trades, and nothing shakes it. */
const SOUND: Played = {
  base: { net: 1000, days: 10, trades: Array.from({ length: 200 }, () => 5) },
  dearer: { net: 800, days: 10, trades: [] },
  latencies: ['0 ms', '200 ms', '500 ms'].map((name) => ({ name, nets: [900, 950, 1000] })),
  neighbours: [{ parameter: 'fast', outcomes: [800, 900, 1100, 700].map((net, value) => ({ value, net })) }],
  starts: [{ dropped: 1, outcome: { net: 900, days: 9, trades: [] } }],
  jittered: [900, 1000, 1100],
};
const judged = (change: Partial<Played>) =>
  Object.fromEntries(robustness({ ...SOUND, ...change }, STANDARD_THRESHOLDS, money).map(({ check, verdict }) => [check, verdict]));
const ALL_PASS = Object.fromEntries(KEPT_CHECKS.map((check) => [check, 'passed']));

test('a sound run passes every check', () => {
  expect(judged({})).toEqual(ALL_PASS);
});

describe('each check fails by itself', () => {
  const breaks: readonly (readonly [string, Partial<Played>])[] = [
    ['fees', { dearer: { net: 0, days: 10, trades: [] } }],
    ['latency', { latencies: [...SOUND.latencies.slice(1), { name: '0 ms', nets: [2000, 250, 100] }] }],
    [
      'parameters',
      { neighbours: [...SOUND.neighbours, { parameter: 'slow', outcomes: [-100, 200, 5000, 90].map((net, value) => ({ value, net })) }] },
    ],
    ['start', { starts: [...(SOUND.starts as readonly never[]), { dropped: 7, outcome: { net: 75, days: 3, trades: [] } }] }],
    ['jitter', { jittered: [500, 499, 1000] }],
    ['best', { base: { ...SOUND.base, trades: [800, 300, ...Array.from({ length: 198 }, () => -0.5)] } }],
  ];
  test.each(breaks)('%s', (check, change) => {
    expect(judged(change)).toEqual({ ...ALL_PASS, [check]: 'failed' });
  });
});

test('a run without a profit has none that could be fragile: every check is silent and says so', () => {
  for (const { verdict, said } of robustness({ ...SOUND, base: { ...SOUND.base, net: -5 } }, STANDARD_THRESHOLDS, money)) {
    expect(verdict).toBe('silent');
    expect(said).toContain('it made -0.05');
  }
});

test('what a day made is told and judged by the days that were played', () => {
  const rowOf = (net: number, days: number) =>
    robustness({ ...SOUND, starts: [{ dropped: 1, outcome: { net, days, trades: [] } }] }, STANDARD_THRESHOLDS, money).find(
      ({ check }) => check === 'start',
    )!;
  // a quarter of a hundred a day is the line, whether much was made in many days or little in few
  for (const days of [1, 4, 9]) expect([rowOf(25 * days, days).verdict, rowOf(26 * days, days).verdict]).toEqual(['failed', 'passed']);
  expect(rowOf(300, 4).said).toBe('a day makes 1.00; without 1 d 0.75');
});

test('a stricter line never lets more through', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2000, max: 2000 }),
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      (net, line, more) => {
        const verdictAt = (percent: number) =>
          robustness(
            { ...SOUND, jittered: [net] },
            { ...STANDARD_THRESHOLDS, kept: { ...STANDARD_THRESHOLDS.kept, jitter: percent } },
            money,
          ).find(({ check }) => check === 'jitter')!.verdict;
        if (verdictAt(line + more) === 'passed') expect(verdictAt(line)).toBe('passed');
      },
    ),
  );
});

test('the median is a value that is there, with at most half of the others below it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (values) => {
      const middle = median(values);
      expect(values).toContain(middle);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});
