import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { ASKED_BY_DEFAULT, allMetrics, measure } from '#engine/portfolio/metrics/measure.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import type { Minor } from '#engine/values.ts';
import { EMPTY } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { runTables, TooLarge } from './parquet.ts';

const RUN = madeRun({ days: 60, barMinutes: 60, instruments: 3, tradeChance: 0.1 });
const measures = (result: RunResult) => measure(result, { ...ASKED_BY_DEFAULT, paths: 10 });
const buffer = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;
const rows = async (bytes: Uint8Array) => (await parquetReadObjects({ file: buffer(bytes) })) as Record<string, never>[];
/** The reader gives decimals as floats: exact again once whole. */
const cents = (value: number) => BigInt(Math.round(value * 100));

test('what is read back is what was written', async () => {
  const judged = measures(RUN);
  const tables = runTables(RUN, judged);
  const fills = await rows(tables.fills);
  expect(fills.map(({ address, instrument, side, maker }) => [address, instrument, side, maker])).toEqual(
    RUN.fills.map(({ address, instrument, side, maker }) => [address, instrument, side, maker]),
  );
  expect(fills.map(({ lots, price_ticks, fee, realised }) => [lots, price_ticks, cents(fee), cents(realised)])).toEqual(
    RUN.fills.map(({ lots, price, fee, realised }) => [BigInt(lots), BigInt(price), fee, realised]),
  );
  expect(fills.map(({ time }) => (time as Date).getTime() * 1000)).toEqual(RUN.fills.map(({ timeUs }) => timeUs));
  const trades = await rows(tables.trades);
  expect(trades.map(({ net }) => cents(net))).toEqual(judged.trades.map(({ net }) => net));
  expect(trades.reduce((sum, { net }) => sum + cents(net), RUN.cash0 as bigint)).toBe(lastEquity(RUN));
  const equity = await rows(tables.equity);
  expect(equity.map(({ equity: minor }) => cents(minor))).toEqual(Array.from(RUN.equity.minor, BigInt));
  const metrics = await rows(tables.metrics);
  expect(metrics.map(({ key, value, money }) => [key, value ?? (money === null ? null : Number(cents(money)))])).toEqual(
    allMetrics(judged).map(({ key, value }) => [key, value]),
  );
});

test('what an order was meant at and the first stop are there, and slippage of fills and of trades adds up to that of the run', async () => {
  const judged = measures(RUN);
  const tables = runTables(RUN, judged);
  const fills = await rows(tables.fills);
  expect(fills.map(({ intended_ticks, intended_by, stop_ticks }) => [intended_ticks, intended_by, stop_ticks])).toEqual(
    RUN.fills.map(({ intended, stop }) => [
      intended === null ? null : BigInt(intended.price),
      intended?.by ?? null,
      stop === null ? null : BigInt(stop),
    ]),
  );
  const tick = new Map(RUN.instruments.map((one) => [one.id as string, Number(one.tick)]));
  for (const { instrument, intended_ticks, intended_price } of fills)
    if (intended_ticks !== null) expect(intended_price).toBeCloseTo(Number(intended_ticks) * (tick.get(instrument) as number), 9);
  expect(fills.some(({ slippage }) => slippage === null)).toBe(true);
  const trades = await rows(tables.trades);
  for (const table of [fills, trades])
    expect(table.reduce((sum, { slippage }) => sum + (slippage === null ? 0n : cents(slippage)), 0n)).toBe(judged.costs.slippage!.all);
  for (const [i, { stop_price }] of trades.entries()) {
    const { instrument, stop } = judged.trades[i]!;
    if (stop === null) expect(stop_price).toBeNull();
    else expect(stop_price).toBeCloseTo(stop * (tick.get(instrument) as number), 9);
  }
});

test('what the gate was worth is a table of its own, where it was asked', async () => {
  expect(runTables(RUN, measures(RUN)).gate_value).toBeUndefined();
  const gate = [
    { guard: 'collar', refused: 3, moreFills: -2, value: 1_234n as Minor },
    { guard: 'other', refused: 1, moreFills: null, value: null },
  ];
  const told = await rows(runTables(RUN, measures(RUN), gate).gate_value!);
  expect(
    told.map(({ guard, refused, fills_without, value }) => [guard, refused, fills_without, value === null ? null : cents(value)]),
  ).toEqual([
    ['collar', 3n, -2n, 1_234n],
    ['other', 1n, null, null],
  ]);
});

test('prices of instruments with different ticks share one exact scale', async () => {
  const fills = await rows(runTables(RUN, measures(RUN)).fills);
  const tick = new Map(RUN.instruments.map((one) => [one.id as string, Number(one.tick)]));
  for (const { instrument, price, price_ticks } of fills)
    expect(price).toBeCloseTo(Number(price_ticks) * (tick.get(instrument) as number), 9);
});

test('the same run gives the same bytes, with its name and hash inside', () => {
  const [first, again] = [runTables(RUN, measures(RUN)), runTables(RUN, measures(RUN))];
  expect(first).toEqual(again);
  for (const bytes of Object.values(first)) {
    const told = new Map(parquetMetadata(buffer(bytes)).key_value_metadata?.map(({ key, value }) => [key, value]));
    expect([told.get('run'), told.get('run_hash'), told.get('currency')]).toEqual([RUN.run, RUN.runHash, 'USD']);
  }
});

test('a run without anything has empty tables with all their columns', async () => {
  const tables = runTables(EMPTY, measures(EMPTY));
  expect(await rows(tables.fills)).toEqual([]);
  expect(parquetMetadata(buffer(tables.fills)).schema.length).toBe(20);
});

test('an amount beyond 18 digits is refused with the name of its column', () => {
  const huge = { ...RUN, fills: RUN.fills.map((fill) => ({ ...fill, fee: (10n ** 18n) as Minor })) };
  expect(() => runTables(huge, measures(huge))).toThrow(TooLarge);
  expect(() => runTables(huge, measures(huge))).toThrow(/^fee: 1000000000000000000 needs more than 18 digits/);
});
