// Runs written out by hand, small enough to work out on paper: equity by day, fills by row.
import { applyFill, FLAT } from '#engine/portfolio/holding.ts';
import { unitOf } from '#engine/portfolio/valuation.ts';
import type { RunFill, RunResult } from '#engine/run/result.ts';
import { DAY_US, type Minor, orderId, type Side, strategyId, timeUs } from '#engine/values.ts';
import { madeInstrument, madeRun } from './made-run.ts';

/** Tick 0.01, lot 0.01: a lot at 30,000 ticks is worth 3.00. */
export const ETH = madeInstrument(1);

/** Nothing traded, nothing sampled. */
export const EMPTY: RunResult = {
  ...madeRun({ days: 1, tradeChance: 0 }),
  price: [],
  equity: { time: new Float64Array(0), minor: new Float64Array(0) },
  refusals: [],
  orders: 0,
};

/** Equity at the end of each UTC day; the run begins with the first number and ends with the last day. */
export function byDay(opening: number, ...ends: readonly number[]): RunResult {
  const time = Float64Array.from(ends, (_, i) => EMPTY.from + (i + 1) * DAY_US);
  return {
    ...EMPTY,
    cash0: BigInt(opening) as Minor,
    to: timeUs(EMPTY.from + ends.length * DAY_US),
    equity: { time, minor: Float64Array.from(ends) },
  };
}

export type Row = readonly [side: Side, lots: number, price: number, fee: bigint];

/** Fills of ETH an hour apart, the first at the run's begin, with what the ledger books for them. */
export function withFills(result: RunResult, rows: readonly Row[]): RunResult {
  let holding = FLAT;
  const fills = rows.map(([side, lots, price, fee], i): RunFill => {
    const filled = applyFill(holding, { side, lots, price, fee: fee as Minor }, unitOf(ETH));
    holding = filled.holding;
    const address = `${i + 1}.0`;
    const base = { address, order: orderId(address), strategy: strategyId('hand'), instrument: ETH.id, maker: i % 2 === 1 };
    return {
      ...base,
      timeUs: timeUs(result.from + i * HOUR_US),
      side,
      lots,
      price,
      fee: fee as Minor,
      realised: filled.realised,
      intended: null,
      stop: null,
    };
  });
  return { ...result, fills };
}

export const HOUR_US = DAY_US / 24;
