import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Row, readRows, rowsOf } from '#tests/markets.ts';
import { BadValue, SECOND_US, sourceId } from '../values.ts';
import { SYNTHETIC_START, SyntheticMarket, type SyntheticSpec, syntheticSpec } from './synthetic.ts';
import { CALM, DEMO, STORMY } from './synthetic-faults.ts';
import { syntheticInstruments } from './synthetic-instruments.ts';

const stormy = (seed: number, more: Partial<SyntheticSpec> = {}) => syntheticSpec({ seed, faults: STORMY, ...more });
const twoSources = syntheticInstruments(2, [sourceId('synthetic'), sourceId('other')]);
const facts = (rows: readonly Row[]) => rows.filter((row) => 'lane' in row);

describe('one order', () => {
  test('any cut gives the same facts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), (seed, sizes) => {
        const spec = stormy(seed, { instruments: twoSources });
        expect(readRows(new SyntheticMarket(spec), 600, sizes)).toEqual(readRows(new SyntheticMarket(spec), 600));
      }),
      { numRuns: 30 },
    );
  });

  test('saved and resumed behind any chunk, it goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), (seed, sizes) => {
        const spec = stormy(seed, { instruments: twoSources });
        const rows: Row[] = [];
        let market = new SyntheticMarket(spec);
        for (let i = 0; rows.length < 600; i += 1) {
          rows.push(...rowsOf(market.next(sizes[i % sizes.length]!)!));
          const cursor = market.cursor();
          market = SyntheticMarket.resume(JSON.parse(JSON.stringify(spec)), cursor);
          expect(market.cursor()).toBe(cursor);
        }
        expect(rows.slice(0, 600)).toEqual(readRows(new SyntheticMarket(spec), 600));
      }),
      { numRuns: 30 },
    );
  });

  test('a bound in time cuts, and loses nothing', () => {
    const market = new SyntheticMarket(stormy(3));
    const rows: Row[] = [];
    for (let until = SYNTHETIC_START + 50_000; rows.length < 500; until += 50_000)
      for (let chunk = market.next(9, until); chunk !== null; chunk = market.next(9, until)) {
        rows.push(...rowsOf(chunk));
        expect(rows.at(-1)!['at']).toBeLessThan(until);
      }
    expect(rows.slice(0, 500)).toEqual(readRows(new SyntheticMarket(stormy(3)), 500));
  });

  test('arrivals never fall; of equal ones the source decides, then the instrument, then the kind', () => {
    const rank = (row: Row) => {
      const [instrument, source, kind] = String(row['lane']).split(':');
      if (!('lane' in row)) return ['synthetic', 'other'].indexOf(String(row['source'])) * 100;
      return (
        ['synthetic', 'other'].indexOf(source!) * 100 +
        2 +
        twoSources.findIndex(({ id }) => id === instrument) * 2 +
        (kind === 'quote' ? 1 : 0)
      );
    };
    const rows = readRows(new SyntheticMarket(stormy(11, { instruments: twoSources, paceUs: 3 })), 5_000);
    let ties = 0;
    rows.slice(1).forEach((row, i) => {
      const before = rows[i]!;
      expect(Number(row['at'])).toBeGreaterThanOrEqual(Number(before['at']));
      if (row['at'] !== before['at']) return;
      if (rank(row) !== rank(before)) ties += 1;
      expect(rank(row)).toBeGreaterThanOrEqual(rank(before));
    });
    expect(ties).toBeGreaterThan(100);
  });

  test('a cursor of another market is refused by name', () => {
    const { cursor } = { cursor: new SyntheticMarket(stormy(1)).cursor() };
    expect(() => SyntheticMarket.resume(stormy(2), cursor)).toThrow(BadValue);
    expect(() => SyntheticMarket.resume(stormy(1, { faults: CALM }), cursor)).toThrow('another synthetic market');
    expect(() => SyntheticMarket.resume(stormy(1), cursor.replace(/\S+$/, 'x.?'))).toThrow(BadValue);
    expect(() => SyntheticMarket.resume(stormy(1), cursor.replace(/\.\d+$/, ''))).toThrow(BadValue);
  });
});

describe('what it shows', () => {
  test('whole numbers, spreads of at least a tick, aggressors, sizes, beats', () => {
    const rows = readRows(new SyntheticMarket(syntheticSpec({ seed: 7 })), 6_000);
    for (const row of facts(rows)) {
      for (const value of Object.values(row)) if (typeof value === 'number') expect(Number.isSafeInteger(value)).toBe(true);
      expect(Number(row['venueTime'])).toBeLessThanOrEqual(Number(row['at']));
      if ('bid' in row) expect(Number(row['ask'])).toBeGreaterThan(Number(row['bid']));
      else expect([1, 2]).toContain(row['flags']);
      expect(Number(row['lots'] ?? row['bidLots'])).toBeGreaterThan(0);
    }
    const seconds = (Number(rows.at(-1)!['at']) - SYNTHETIC_START) / SECOND_US;
    expect(rows.filter(({ type }) => type === 'SourceBeat').length).toBe(Math.floor(seconds));
    const arrivals = new Set(facts(rows).map(({ lane, at }) => `${String(lane).split(':')[0]} ${at}`)).size;
    expect((seconds * 3) / arrivals).toBeGreaterThan(0.025); // seconds between two arrivals of one instrument
    expect((seconds * 3) / arrivals).toBeLessThan(0.06);
    expect(facts(rows).length / arrivals).toBeGreaterThan(1.4);
  });

  test('numbers of a lane rise by one where nothing is wrong', () => {
    const newest = new Map<unknown, number>();
    for (const row of facts(readRows(new SyntheticMarket(syntheticSpec({ seed: 8 })), 5_000))) {
      expect(row['venueSeq']).toBe((newest.get(row['lane']) ?? 0) + 1);
      newest.set(row['lane'], Number(row['venueSeq']));
    }
  });

  test('a day moves by some percent, not by some multiples', () => {
    const moves = [1, 2, 3].map((seed) => {
      const market = new SyntheticMarket(syntheticSpec({ seed, instruments: syntheticInstruments(1), beatUs: 0, paceUs: 400_000 }));
      let [low, high] = [Infinity, 0];
      for (let at = 0; at < SYNTHETIC_START + 5 * 86_400 * SECOND_US; ) {
        const chunk = market.next(65_536);
        if (chunk?.kind !== 'market') continue;
        const trades = chunk.blocks[0]!;
        at = trades.at.at(-1)!;
        for (const price of trades.values[0]!) [low, high] = [Math.min(low, price), Math.max(high, price)];
      }
      return high / low;
    });
    for (const move of moves) expect(move).toBeLessThan(1.6);
    expect(Math.max(...moves)).toBeGreaterThan(1.02);
  });

  test('two sources of an instrument report one market, each with its own delays', () => {
    const rows = facts(readRows(new SyntheticMarket(syntheticSpec({ seed: 5, instruments: twoSources })), 4_000));
    const seen = (source: string) =>
      rows.filter(({ lane }) => lane === `BTC-USD:${source}:trade`).map(({ venueTime, price, lots }) => `${venueTime} ${price} ${lots}`);
    expect(seen('other').slice(0, 500)).toEqual(seen('synthetic').slice(0, 500));
    expect(rows.filter(({ lane }) => lane === 'BTC-USD:other:trade').map(({ at }) => at)).not.toEqual(
      rows.filter(({ lane }) => lane === 'BTC-USD:synthetic:trade').map(({ at }) => at),
    );
  });

  test('the first facts are pinned: a change here changes every recorded demo', () => {
    const rows = readRows(new SyntheticMarket(syntheticSpec({ seed: 42, faults: DEMO })), 50_000);
    const line = (row: Row) => Object.values(row).join(' ').replaceAll(String(SYNTHETIC_START).slice(0, 6), '…');
    expect([0, 1, 2, 3, 49_999].map((i) => line(rows[i]!))).toMatchInlineSnapshot(`
      [
        "SOL-USD:synthetic:trade …1200001834 …1200000901 1 2 14998 280",
        "SOL-USD:synthetic:quote …1200001834 …1200000901 1 0 14998 1498 15000 376",
        "BTC-USD:synthetic:quote …1200003304 …1200002352 1 0 599992 148 600001 264",
        "SOL-USD:synthetic:quote …1200004221 …1200003211 2 0 14999 664 15000 299",
        "BTC-USD:synthetic:trade …1529567356 …1529566754 11380 1 599674 91",
      ]
    `);
  });
});
