/**
 * What a run leaves behind for those who judge it: its fills, its equity at every bar close, the prices it saw. Plain data; judges
 * nothing and knows nothing of how the run was made.
 */
import type { OrderType } from '../decisions.ts';
import type { Instrument } from '../market/instrument.ts';
import type { InstrumentId, Minor, OrderId, Side, StrategyId, TimeUs } from '../values.ts';

export type RunResult = Readonly<{
  run: string;
  /** The hash over every decision of the run: equal hashes, equal runs. */
  runHash: string;
  strategy: string;
  /** What the strategy was given, in the order it was given. */
  parameters: Readonly<Record<string, Parameter>>;
  instruments: readonly Instrument[];
  /** All money of the run is in whole minor units of this currency. */
  currency: string;
  currencyScale: number;
  /** What the run began with. */
  cash0: Minor;
  from: TimeUs;
  to: TimeUs;
  /** How much was read: closed bars of the base timeframe, and ticks. */
  bars: number;
  ticks: number;
  orders: number;
  /** In the order they happened. */
  fills: readonly RunFill[];
  carry: Carry;
  equity: EquitySeries;
  price: readonly PriceBars[];
  /** Orders that were refused, by the clause that refused them. */
  refusals: readonly Refusals[];
}>;

export type Parameter = string | number | boolean | null;

/** Stands for the order of a fill that had none: what was set off against a trade by hand. */
export const SET_OFF = 'set off' as OrderId;

export type RunFill = Readonly<{
  /** Of the decision that posted it. */
  address: string;
  timeUs: TimeUs;
  instrument: InstrumentId;
  strategy: StrategyId;
  order: OrderId;
  side: Side;
  lots: number;
  price: number;
  /** Paid when positive, a rebate when negative. */
  fee: Minor;
  maker: boolean;
  /** The gain the ledger booked for it, before its fee. */
  realised: Minor;
  /** What its order was meant at; null: not known. */
  intended: IntendedPrice | null;
  /** Of the trade that this fill began: the first stop placed against it, in ticks. Null where none was, and for every other fill. */
  stop: number | null;
}>;

/** The last price as a market order was decided; the stop of an order that waited for one; the limit of a limit order. In ticks. */
export type IntendedPrice = Readonly<{ price: number; by: OrderType }>;

/** What positions cost while they were held; below 0 they brought that in. */
export type Carry = Readonly<{ borrow: Minor; funding: Minor }>;
export const NO_CARRY: Carry = { borrow: 0n as Minor, funding: 0n as Minor };

/** With what one position was charged more. */
export const carriedOn = (carry: Carry, why: keyof Carry, amount: Minor): Carry => ({
  ...carry,
  [why]: carry[why] + amount,
});

/** Equity at each bar close of the base timeframe; `minor` holds whole numbers. */
export type EquitySeries = Readonly<{ time: Float64Array; minor: Float64Array }>;

/** One instrument's bars, in ticks. `time` is the bar's close: the bar lies before it. */
export type PriceBars = Readonly<{
  instrument: InstrumentId;
  time: Float64Array;
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
}>;

export type Refusals = Readonly<{ clause: string; count: number }>;

/** A result that contradicts itself: the message names the field and what it should be. */
export class BadResult extends Error {
  override name = 'BadResult';
}

/**
 * Looks at what everything after it relies on, and hands the result back. Columns it shares with `before`, a checked result of the same span, were
 * looked at with that one: trials of a sweep have the same bars at the same times.
 */
export function checkedResult(result: RunResult, before: RunResult | null = null): RunResult {
  const { from, to, currencyScale, equity, instruments } = result;
  if (typeof result.cash0 !== 'bigint' || !Number.isSafeInteger(Number(result.cash0)))
    throw new BadResult(`cash0: ${String(result.cash0)} is not a bigint of whole minor units within 53 bits`);
  if (!Number.isInteger(currencyScale) || currencyScale < 0 || currencyScale > 18)
    throw new BadResult(`currencyScale: ${currencyScale} is not a whole number from 0 to 18`);
  if (!(from <= to)) throw new BadResult(`from: ${from} lies after to (${to}); give the earlier instant first`);
  for (const { id, currency, currencyScale: scale } of instruments) {
    if (currency !== result.currency || scale !== currencyScale)
      throw new BadResult(
        `instruments: ${id} is in ${currency} with ${scale} digits, the run in ${result.currency} with ${currencyScale}; a result has one currency`,
      );
  }
  const alike = before !== null && before.from === from && before.to === to ? before : null;
  if (alike?.equity.time !== equity.time) checkTimes('equity.time', equity.time, from, to);
  if (equity.minor.length !== equity.time.length)
    throw new BadResult(`equity.minor: ${equity.minor.length} values for ${equity.time.length} times; give one each`);
  for (let i = 0; i < equity.minor.length; i += 1) {
    const value = equity.minor[i] as number;
    if (!Number.isSafeInteger(value)) throw new BadResult(`equity.minor[${i}]: ${value} is not a whole number of minor units`);
  }
  const known = new Set<string>(instruments.map(({ id }) => id));
  checkPrices(result, known, alike?.price ?? []);
  checkFills(result, known);
  return result;
}

/** The instrument of this name. */
export function instrumentOf(result: RunResult, id: InstrumentId): Instrument {
  const found = result.instruments.find((instrument) => instrument.id === id);
  if (found === undefined) throw new BadResult(`instruments: ${id} is traded but not listed; add it`);
  return found;
}

/** What the run ended with: the last sample, or the opening cash where there is none. */
export function lastEquity(result: RunResult): Minor {
  const { minor } = result.equity;
  return (minor.length === 0 ? result.cash0 : BigInt(minor[minor.length - 1] as number)) as Minor;
}

function checkPrices(result: RunResult, known: ReadonlySet<string>, checked: readonly PriceBars[]): void {
  const seen = new Set<string>();
  for (const bars of result.price) {
    const name = `price of ${bars.instrument}`;
    if (!known.has(bars.instrument)) throw new BadResult(`${name}: the instrument is not in instruments; add it`);
    if (seen.has(bars.instrument)) throw new BadResult(`${name}: given twice; give each instrument's bars once`);
    seen.add(bars.instrument);
    if (checked.includes(bars)) continue;
    checkTimes(`${name}, time`, bars.time, result.from, result.to);
    for (const column of ['open', 'high', 'low', 'close'] as const) {
      if (bars[column].length !== bars.time.length)
        throw new BadResult(`${name}, ${column}: ${bars[column].length} values for ${bars.time.length} times; give one each`);
    }
    for (let i = 0; i < bars.time.length; i += 1) {
      const [open, high, low, close] = [bars.open[i], bars.high[i], bars.low[i], bars.close[i]] as [number, number, number, number];
      if (!(Number.isSafeInteger(open) && Number.isSafeInteger(high) && Number.isSafeInteger(low) && Number.isSafeInteger(close)))
        throw new BadResult(`${name}, bar ${i}: prices are whole ticks`);
      if (low > Math.min(open, close) || high < Math.max(open, close))
        throw new BadResult(`${name}, bar ${i}: open ${open} and close ${close} must lie within low ${low} and high ${high}`);
    }
  }
}

function checkFills(result: RunResult, known: ReadonlySet<string>): void {
  let before: number = result.from;
  result.fills.forEach((fill, i) => {
    const name = `fills[${i}] (${fill.address})`;
    if (!known.has(fill.instrument)) throw new BadResult(`${name}: ${fill.instrument} is not in instruments; add it`);
    if (!(fill.timeUs >= before && fill.timeUs <= result.to))
      throw new BadResult(`${name}: timeUs ${fill.timeUs} is out of order or outside from … to; list fills as they happened`);
    before = fill.timeUs;
    if (!Number.isSafeInteger(fill.lots) || fill.lots < 1)
      throw new BadResult(`${name}: lots ${fill.lots} is not a whole number of at least 1`);
    if (!Number.isSafeInteger(fill.price)) throw new BadResult(`${name}: price ${fill.price} is not whole ticks`);
    if (typeof fill.fee !== 'bigint' || typeof fill.realised !== 'bigint')
      throw new BadResult(`${name}: fee and realised are bigints of minor units`);
    for (const [field, ticks] of [
      ['intended', fill.intended?.price ?? null],
      ['stop', fill.stop],
    ] as const)
      if (ticks !== null && !Number.isSafeInteger(ticks))
        throw new BadResult(`${name}: ${field} ${ticks} is not whole ticks; give null where it is not known`);
  });
}

function checkTimes(name: string, times: Float64Array, from: number, to: number): void {
  for (let i = 0; i < times.length; i += 1) {
    const time = times[i] as number;
    if (!Number.isSafeInteger(time) || time < from || time > to)
      throw new BadResult(`${name}[${i}]: ${time} is not a whole µs within from … to`);
    if (i > 0 && time <= (times[i - 1] as number)) throw new BadResult(`${name}[${i}]: ${time} does not come after the one before it`);
  }
}
