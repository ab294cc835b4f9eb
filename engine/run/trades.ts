/**
 * Fills as trades: from flat to flat, per strategy and instrument, at the ledger's average cost. A fill that turns a position round ends
 * one trade and opens the next. Never rounds on its own: the gains of all trades are the ledger's, to the minor unit.
 */
import { assert } from '../assert.ts';
import { divideHalfEven } from '../decimal.ts';
import { applyFill, FLAT, type Holding } from '../portfolio/holding.ts';
import { type Unit, unitOf, value } from '../portfolio/valuation.ts';
import type { InstrumentId, Minor, Side, StrategyId, TimeUs } from '../values.ts';
import { BadResult, instrumentOf, type PriceBars, type RunFill, type RunResult } from './result.ts';
import { slippageOf } from './slippage.ts';

export type Trade = Readonly<{
  /** From 1, in the order the trades were opened. */
  number: number;
  strategy: StrategyId;
  instrument: InstrumentId;
  side: 'long' | 'short';
  /** Addresses of the first fill and of the one that ended it; null while it is open. */
  entry: string;
  exit: string | null;
  entryTime: TimeUs;
  exitTime: TimeUs | null;
  /** All lots that were opened, and the most that were held at once. */
  lots: number;
  largest: number;
  /** Average prices in ticks, for reading: money never comes from them. An open trade's exit is what was closed so far, else null. */
  entryPrice: number;
  exitPrice: number | null;
  /** What the opened lots were worth at their prices: a size, never negative. */
  turnover: Minor;
  /** Gain before fees: what was realised, and what an open rest is worth over its cost at the last price. */
  realised: Minor;
  unrealised: Minor;
  fees: Minor;
  /** realised + unrealised − fees. */
  net: Minor;
  /** The part of each fill that belongs to this trade, in order. */
  legs: readonly Leg[];
}>;

export type Leg = Readonly<{
  timeUs: TimeUs;
  side: Side;
  lots: number;
  price: number;
  opens: boolean;
  realised: Minor;
  fee: Minor;
  /** Null where nobody knows what its order was meant at. */
  slippage: Minor | null;
  maker: boolean;
}>;

/** All trades, closed and open, in the order they were opened. Open ones are valued at the last bar's close. */
export function tradesOf(result: RunResult): readonly Trade[] {
  const units = new Map(result.instruments.map((instrument) => [instrument.id, unitOf(instrument)]));
  const books = new Map<StrategyId, Map<InstrumentId, Book>>();
  const trades: Draft[] = [];
  for (const fill of result.fills) {
    const unit = units.get(fill.instrument);
    if (unit === undefined) instrumentOf(result, fill.instrument); // says what is missing
    let strategy = books.get(fill.strategy);
    if (strategy === undefined) books.set(fill.strategy, (strategy = new Map()));
    let book = strategy.get(fill.instrument);
    if (book === undefined) strategy.set(fill.instrument, (book = { holding: FLAT, open: null }));
    take(book, fill, unit as Unit, trades);
  }
  return trades.map((draft, i) => finished(draft, i + 1, units.get(draft.instrument) as Unit, result.price));
}

type Draft = {
  strategy: StrategyId;
  instrument: InstrumentId;
  side: 'long' | 'short';
  entry: string;
  exit: string | null;
  holding: Holding;
  legs: Leg[];
};
type Book = { holding: Holding; open: Draft | null };

function take(book: Book, fill: RunFill, unit: Unit, trades: Draft[]): void {
  const { holding, realised } = applyFill(book.holding, fill, unit);
  if (realised !== fill.realised)
    throw new BadResult(
      `fill ${fill.address}: realised ${fill.realised}, but at average cost it is ${realised}; give what the ledger booked`,
    );
  const signed = fill.side === 'buy' ? 1 : -1;
  const before = book.holding.lots * signed; // negative: the fill closes
  const closes = Math.min(fill.lots, Math.max(0, -before));
  const closingShare = (amount: Minor): Minor =>
    closes === fill.lots ? amount : (divideHalfEven(amount * BigInt(closes), BigInt(fill.lots)) as Minor);
  const closingFee = closingShare(fill.fee);
  const slippage = slippageOf(fill, unit);
  const closingSlippage = slippage === null ? null : closingShare(slippage);
  const { timeUs, side, price, maker } = fill;
  if (closes > 0) {
    assert(book.open !== null, 'a fill that closes finds its trade open');
    const open: Draft = book.open;
    open.legs.push({ timeUs, side, lots: closes, price, opens: false, realised, fee: closingFee, slippage: closingSlippage, maker });
    const flat = fill.lots >= -before;
    open.holding = flat ? FLAT : holding;
    if (flat) {
      open.exit = fill.address;
      book.open = null;
    }
  }
  const opens = fill.lots - closes;
  if (opens > 0) {
    if (book.open === null) {
      const { strategy, instrument } = fill;
      book.open = { strategy, instrument, side: signed > 0 ? 'long' : 'short', entry: fill.address, exit: null, holding, legs: [] };
      trades.push(book.open);
    }
    book.open.legs.push({
      timeUs,
      side,
      lots: opens,
      price,
      opens: true,
      realised: 0n as Minor,
      fee: (fill.fee - closingFee) as Minor,
      slippage: slippage === null ? null : ((slippage - closingSlippage!) as Minor),
      maker,
    });
    book.open.holding = holding;
  }
  book.holding = holding;
}

function finished(draft: Draft, number: number, unit: Unit, price: readonly PriceBars[]): Trade {
  const { strategy, instrument, side, entry, exit, holding, legs } = draft;
  const opening = legs.filter(({ opens }) => opens);
  const closing = legs.filter(({ opens }) => !opens);
  const realised = legs.reduce((sum, leg) => sum + leg.realised, 0n);
  const fees = legs.reduce((sum, leg) => sum + leg.fee, 0n);
  const unrealised = holding.lots === 0 ? 0n : value(unit, holding.lots, lastPrice(draft, price)) - holding.cost;
  let held = 0;
  let largest = 0;
  for (const leg of legs) {
    held += leg.opens ? leg.lots : -leg.lots;
    largest = Math.max(largest, held);
  }
  return {
    number,
    strategy,
    instrument,
    side,
    entry,
    exit,
    entryTime: (legs[0] as Leg).timeUs,
    exitTime: exit === null ? null : (legs[legs.length - 1] as Leg).timeUs,
    lots: opening.reduce((sum, leg) => sum + leg.lots, 0),
    largest,
    entryPrice: averagePrice(opening) as number,
    exitPrice: averagePrice(closing),
    turnover: opening.reduce((sum, leg) => sum + sizeOf(value(unit, leg.lots, leg.price)), 0n) as Minor,
    realised: realised as Minor,
    unrealised: unrealised as Minor,
    fees: fees as Minor,
    net: (realised + unrealised - fees) as Minor,
    legs,
  };
}

/** The instrument's last close, or the trade's own last fill where no bar is known. */
function lastPrice({ instrument, legs }: Draft, price: readonly PriceBars[]): number {
  const bars = price.find((one) => one.instrument === instrument);
  return bars?.close[bars.close.length - 1] ?? (legs[legs.length - 1] as Leg).price;
}

function averagePrice(legs: readonly Leg[]): number | null {
  const lots = legs.reduce((sum, leg) => sum + leg.lots, 0);
  return lots === 0 ? null : legs.reduce((sum, leg) => sum + leg.lots * leg.price, 0) / lots;
}

const sizeOf = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
