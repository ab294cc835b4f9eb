import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ASKED_BY_DEFAULT, measure } from '#engine/portfolio/metrics/measure.ts';
import type { PriceBars, RunResult } from '#engine/run/result.ts';
import { EMPTY } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { widened } from './candles.ts';
import { PALETTES } from './palette.ts';
import { pictureSvg } from './picture.ts';
import { renderPng } from './png.ts';

const SHORT = { days: 12, barMinutes: 120, tradeChance: 0.1 };
const measures = (result: RunResult) => measure(result, { ...ASKED_BY_DEFAULT, paths: 10 });
const RUN = madeRun(SHORT);

test('the same run gives the same bytes, light and dark are two pictures', () => {
  const [first, again] = [renderPng(RUN, measures(RUN)), renderPng(madeRun(SHORT), measures(madeRun(SHORT)))];
  expect(first.equals(again)).toBe(true);
  expect(first.equals(renderPng(RUN, measures(RUN), { theme: 'dark', width: 1920 }))).toBe(false);
});

test('a PNG of the width that was asked for', () => {
  const png = renderPng(RUN, measures(RUN), { theme: 'light', width: 640 });
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([640, 480]);
  expect(() => renderPng(RUN, measures(RUN), { theme: 'light', width: 12.5 })).toThrow('width: 12.5 is not a whole number of pixels');
});

test('rising candles are green, falling ones red', () => {
  const { rising, falling } = PALETTES.light;
  const [bars] = RUN.price as readonly [PriceBars];
  const ramp = Float64Array.from(bars.time, (_, i) => 1_000 + i * 10);
  const next = ramp.map((value) => value + 10);
  const only = (open: Float64Array, close: Float64Array): RunResult => ({
    ...RUN,
    fills: [],
    price: [
      {
        ...bars,
        open,
        close,
        low: open.map((value, i) => Math.min(value, close[i] as number)),
        high: open.map((value, i) => Math.max(value, close[i] as number)),
      },
    ],
    equity: { time: RUN.equity.time, minor: RUN.equity.minor.map(() => Number(RUN.cash0)) },
  });
  const boxes = (result: RunResult, fill: string) =>
    [
      ...pictureSvg(result, measures(result), 'light').matchAll(
        new RegExp(`<path d="[^"]*Z[^"]*" fill="${fill}"[^>]*fill-opacity="0.62"`, 'g'),
      ),
    ].length;
  const [up, down] = [only(ramp, next), only(next, ramp)];
  expect([boxes(up, rising) > 50, boxes(up, falling)]).toEqual([true, 0]);
  expect([boxes(down, falling) > 50, boxes(down, rising)]).toEqual([true, 0]);
});

test('a run without trades, without prices, without anything still has a picture', () => {
  for (const result of [madeRun({ ...SHORT, tradeChance: 0 }), { ...RUN, price: [], fills: [] }, EMPTY]) {
    const svg = pictureSvg(result, measures(result), 'light');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(renderPng(result, measures(result)).length).toBeGreaterThan(1_000);
  }
});

test('wide candles leave nothing out', () => {
  const bar = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(fc.array(bar, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (rows, most) => {
      const column = (of: (row: (typeof rows)[number], i: number) => number) => Float64Array.from(rows, of);
      const bars = {
        instrument: EMPTY.instruments[0]?.id as PriceBars['instrument'],
        time: column((_, i) => 60 * (i + 1)),
        open: column(([open]) => open),
        close: column(([, close]) => close),
        high: column(([open, close, up]) => Math.max(open, close) + up),
        low: column(([open, close, , down]) => Math.min(open, close) - down),
      };
      const wide = widened(bars, most);
      expect(wide.time.length).toBeLessThanOrEqual(most);
      expect([wide.open[0], wide.close[wide.close.length - 1]]).toEqual([bars.open[0], bars.close[bars.close.length - 1]]);
      expect([Math.max(...wide.high), Math.min(...wide.low)]).toEqual([Math.max(...bars.high), Math.min(...bars.low)]);
      expect(wide.time.every((at, i) => i === 0 || at > (wide.time[i - 1] as number))).toBe(true);
    }),
  );
});
