import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeText, digitsFor, moneyText, percentText, plain, shortMoney } from './figures.ts';
import { isBeyond, scaleBeside, scaleOver, stepFor, ticksOn, timeTicks } from './scale.ts';

const usd = { currency: 'USD', currencyScale: 2 };
test('read as they should', () => {
  expect(moneyText(-123_456_789n, usd)).toBe('−1,234,567.89');
  expect([changeText(5n, usd), changeText(-5n, usd), changeText(0n, usd)]).toEqual(['+0.05', '−0.05', '0.00']);
  expect([percentText(0.1234), percentText(0.000275), percentText(0)]).toEqual(['12.34 %', '0.0275 %', '0.00 %']);
  expect([plain(-0.001, 2), plain(1234.5, 1), plain(999, 0)]).toEqual(['0.00', '1,234.5', '999']);
  expect([shortMoney(10_000_000, 1_000_000, usd), shortMoney(150_000_000, 50_000_000, usd), shortMoney(250, 50, usd)]).toEqual([
    '100k',
    '1.5M',
    '2.5',
  ]);
  expect([digitsFor(1), digitsFor(0.5), digitsFor(0.25), digitsFor(20)]).toEqual([0, 1, 2, 0]);
});

test('axes: round steps, ticks within the scale, and never two with one text', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (low, size) => {
      const scale = { low, high: low + size };
      fc.pre(scale.high - scale.low > Math.abs(low) * 1e-9);
      const ticks = ticksOn(scale, 5, (value, step) => plain(value, digitsFor(step)));
      const step = stepFor(scale, 5);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(12);
      for (const { at } of ticks) expect(at >= scale.low - step * 1e-6 && at <= scale.high + step * 1e-6).toBe(true);
      expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
    }),
  );
  for (const days of [5 / 86_400, 1 / 1_440, 1 / 96, 1 / 24, 0.2, 1, 3, 20, 90, 365, 1_200, 8_000]) {
    const ticks = timeTicks({ low: 1_767_225_600e6, high: 1_767_225_600e6 + days * 86_400e6 });
    if (days <= 1) expect(new Set(ticks.slice(0, -1).map(({ text }) => text)).size).toBe(ticks.length - 1);
    expect([days, ticks.length >= 2 && ticks.length <= 14]).toEqual([days, true]);
  }
  expect(scaleOver([])).toEqual({ low: 0, high: 1 });
});

test('what stands beside a run widens the scale, but never beyond three times the run', () => {
  const own = { low: 90, high: 110 };
  expect(scaleBeside(own, { low: 80, high: 120 })).toEqual({ low: 80, high: 120 });
  expect(scaleBeside(own, { low: 95, high: 900 })).toEqual({ low: 90, high: 170 });
  expect(scaleBeside(own, null)).toBe(own);
  expect([isBeyond(own, [90, 110]), isBeyond(own, [90, 111])]).toEqual([false, true]);
});
