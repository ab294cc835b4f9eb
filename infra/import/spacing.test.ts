// Quantiles of spacing lie within their bucket of the true ones; the strip and trading time know the calendar.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarById } from '#engine/market/calendar.ts';
import { Coverage } from './coverage.ts';
import { tradingTime } from './gaps.ts';
import { Spacing } from './spacing.ts';

test('a quantile is right to one part in sixteen, also after it was saved', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(1e6), fc.nat(2 ** 40)), { minLength: 1, maxLength: 200 }), (steps) => {
      const spacing = new Spacing();
      for (const step of steps) spacing.add(step);
      const again = new Spacing();
      again.load(JSON.parse(JSON.stringify(spacing.save())));
      expect(again.quantiles()).toEqual(spacing.quantiles());
      const sorted = [...steps].sort((a, b) => a - b);
      const told = spacing.quantiles()!;
      expect([told.least, told.most]).toEqual([sorted[0], sorted.at(-1)]);
      for (const [part, value] of [
        [0.5, told.p50],
        [0.9, told.p90],
        [0.99, told.p99],
      ] as const) {
        const exact = sorted[Math.ceil(sorted.length * part) - 1]!;
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact / 16);
      }
    }),
  );
});

const utc = (text: string): number => Date.parse(text) * 1000;

test('nights and weekends are no trading time', () => {
  const nyse = calendarById('NYSE');
  expect(tradingTime(nyse, utc('2024-01-05T20:00Z'), utc('2024-01-08T15:30Z'))).toBe(2 * 3600e6);
  expect(tradingTime(nyse, utc('2024-01-05T21:00Z'), utc('2024-01-08T14:30Z'))).toBe(0);
  expect(tradingTime(nyse, utc('1930-01-01T00:00Z'), utc('1930-01-02T00:00Z'))).toBe(86_400e6); // not stated: all of it counts
  expect(tradingTime(calendarById('ALWAYS'), 5, 9)).toBe(4);
});

test('the strip shows a closed hour as nothing and an open one without rows as a dot', () => {
  const coverage = new Coverage();
  const times = ['2024-01-05T15:00Z', '2024-01-05T15:10Z', '2024-01-05T17:00Z', '2024-01-08T15:00Z'].map(utc);
  coverage.add(Float64Array.from(times), 0, times.length);
  expect(coverage.strip(calendarById('NYSE'))).toEqual({
    each: 'hour',
    lines: [`2024-01-05 ${' '.repeat(15)}▇·▃···`, '2024-01-06 ', '2024-01-07 ', `2024-01-08 ${' '.repeat(14)}·▃`].map((line) => line),
  });
});
