/** However candles come in, each interval is drawn once, by its newest version, and no number is drawn that nobody said. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candle, formingOf, seriesOf, timeframeName } from './candle-series.ts';

const TF = 5_000_000;
const candle = (place: number, version: number, close: number): Candle => ({
  ...{ source: 'demo', timeframeUs: TF, start: place * TF, end: (place + 1) * TF, open: '1', high: '9', low: '1', close: String(close) },
  ...{ volume: '3', trades: 2, complete: true, version, seq: 1 },
});
const told = fc.uniqueArray(fc.tuple(fc.nat({ max: 12 }), fc.integer({ min: 1, max: 3 })), {
  selector: ([place, version]) => `${place} ${version}`,
  maxLength: 30,
});

test('history and live, in whatever order and however often, make one series', () => {
  fc.assert(
    fc.property(told, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (list, sides) => {
      const all = list.map(([place, version]) => candle(place, version, place * 10 + version));
      const rest = (which: boolean) =>
        all.filter((_, at) => sides[at] === which).map((one) => ({ ...one, instrument: 'X', address: '1.0' }));
      const series = seriesOf(rest(true), [...rest(false), ...all.slice(0, 3)], 'demo', TF);
      expect(series).toEqual(
        seriesOf([], all, 'demo', TF).map((one) => expect.objectContaining({ start: one.start, close: one.close, version: one.version })),
      );
      expect(series.map(({ start }) => start)).toEqual([...new Set(all.map(({ start }) => start))].sort((a, b) => a - b));
      for (const { start, version, before } of series) {
        const mine = all.filter((one) => one.start === start).map((one) => one.version);
        expect([...before.map((one) => one.version), version]).toEqual(mine.sort((a, b) => a - b));
      }
    }),
  );
});

test('what forms has prices of trades only, of its own interval', () => {
  const trade = fc.record({ offset: fc.integer({ min: 0, max: 20_000_000 }), ticks: fc.integer({ min: 1, max: 999 }) });
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1, maxLength: 40 }), (list) => {
      const trades = [...list]
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, ticks }) => ({ at: TF + offset, venueTime: TF + offset, price: `${ticks}.5`, lots: '1', side: null }));
      const found = formingOf(trades, { start: 0, end: TF }, TF)!;
      const own = trades.filter(({ venueTime }) => venueTime >= found.start && venueTime < found.end);
      expect((found.start - TF) % TF).toBe(0);
      expect(own.at(-1)).toBe(trades.at(-1));
      expect([found.open, found.close, found.trades]).toEqual([own[0]!.price, own.at(-1)!.price, own.length]);
      expect(Number(found.high)).toBe(Math.max(...own.map(({ price }) => Number(price))));
      expect(Number(found.low)).toBe(Math.min(...own.map(({ price }) => Number(price))));
    }),
  );
});

test('before the newest closed one nothing forms', () => {
  expect(formingOf([{ at: 1, venueTime: TF - 1, price: '1', lots: '1', side: null }], { start: 0, end: TF }, TF)).toBeNull();
});

test('lengths by their names', () => {
  expect([1_000_000, 60_000_000, 90_000_000, 3_600_000_000, 86_400_000_000].map(timeframeName)).toEqual(['1s', '1m', '90s', '1h', '1d']);
});
