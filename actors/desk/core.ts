/** What every part of the desk shares: the clock of the fact at hand, the deadlines, and the one way to say a decision. */
import { Deadlines } from '#engine/deadlines.ts';
import type { Decision, DecisionBody, DecisionType } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { Levels } from '#engine/execution/matching.ts';
import type { Block } from '#engine/market/blocks.ts';
import { type Lane, nextAtBorder, nextAtLevel } from '#engine/market/lane.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { candlesMachine } from '../candles.ts';
import { feedMachine } from '../feed.ts';
import { gateMachine } from '../gate.ts';
import { orderMachine } from '../order.ts';
import { sessionMachine } from '../session.ts';
import { strategyMachine } from '../strategy.ts';

/** The definitions the desk gives life to. Tests hand in altered ones; nothing else does. */
export type Machines = Readonly<{
  feed: typeof feedMachine;
  candles: typeof candlesMachine;
  gate: typeof gateMachine;
  order: typeof orderMachine;
  strategy: typeof strategyMachine;
  session: typeof sessionMachine;
}>;
export const MACHINES: Machines = {
  feed: feedMachine,
  candles: candlesMachine,
  gate: gateMachine,
  order: orderMachine,
  strategy: strategyMachine,
  session: sessionMachine,
};

/** The scans that look for the next edge. Tests hand in shifted ones, to see that it is noticed; nothing else does. */
export type Scans = Readonly<{
  /** The first tick of a lane that is not ordinary. */
  ordinary(lane: Lane, block: Block, folded: number, from: number, to: number, lag: 0 | 1 | 2): number;
  /** The first trade at or past a price level. */
  atLevel(prices: Float64Array, from: number, to: number, low: number, high: number): number;
  /** The first quote at or past a price level. */
  atQuoteLevel(levels: Levels, bids: Float64Array, asks: Float64Array, from: number, to: number): number;
  /** The first trade whose venue time has reached a candle's border. */
  atBorder(venueTime: Float64Array, from: number, to: number, border: number): number;
  /** The first fact that has not arrived before an instant. */
  atInstant(at: Float64Array, from: number, to: number, instant: number): number;
}>;
export const SCANS: Scans = {
  ordinary: (lane, block, folded, from, to, lag) => lane.next(block, folded, from, to, lag),
  atLevel: nextAtLevel,
  atQuoteLevel: (levels, bids, asks, from, to) => levels.nextQuote(bids, asks, from, to),
  atBorder: nextAtBorder,
  atInstant: nextAtBorder,
};

export type DeskOptions = Readonly<{
  desk: DeskId;
  digest: Digest;
  catalogue: StrategyCatalogue;
  /** Where each decision goes, in order. */
  sink: (decision: Decision) => void;
  machines?: Machines;
  scans?: Scans;
}>;

export class Core {
  readonly desk: DeskId;
  readonly digest: Digest;
  readonly catalogue: StrategyCatalogue;
  readonly machines: Machines;
  readonly deadlines = new Deadlines();
  /** Engine time of the fact or instant at hand. */
  at = 0 as TimeUs;
  /** The last number that took effect, and the index of the next decision under it. */
  cause = 0 as Seq;
  index = 0;
  readonly #sink: (decision: Decision) => void;

  constructor(options: DeskOptions) {
    this.desk = options.desk;
    this.digest = options.digest;
    this.catalogue = options.catalogue;
    this.machines = options.machines ?? MACHINES;
    this.#sink = options.sink;
  }

  /** Says a decision. `body` is a literal made for this call: it becomes the decision itself, because copying it costs more than making it. */
  decide<T extends DecisionType>(type: T, body: DecisionBody<T>): void {
    const decision = body as unknown as { type: T; cause: Seq; index: number; at: TimeUs };
    decision.type = type;
    decision.cause = this.cause;
    decision.index = this.index++;
    decision.at = this.at;
    this.#sink(decision as unknown as Decision);
  }

  /** The address the next decision will have. */
  nextAddress(): string {
    return `${this.cause}.${this.index}`;
  }
}
