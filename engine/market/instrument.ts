/** What is traded, and how each of its sources behaves. Named with a version: a change of tick, lot or contract is a new version. */
import type { InstrumentId, SourceId, TimeUs } from '../values.ts';

export type Instrument = Readonly<{
  id: InstrumentId;
  version: number;
  /** Decimal text: the size of one tick, of one lot, and what one unit of price × quantity is worth. */
  tick: string;
  lot: string;
  multiplier: string;
  currency: string;
  /** Digits after the point of one minor unit of the currency (2: cents). */
  currencyScale: number;
  calendar: string;
  feeds: readonly FeedSpec[];
}>;

/** One source of one instrument. Bounds are engine time; null means "not judged" (a tape without heartbeats judges integrity only). */
export type FeedSpec = Readonly<{
  source: SourceId;
  /** A candle waits this long past its border for late ticks (0 where arrival is venue time). */
  latenessUs: number;
  /** A closed candle is amended, not rewritten, this long after lateness. */
  graceUs: number;
  /** Nothing at all, ticks or heartbeats, for longer than this: DOWN. */
  silentUs: number | null;
  /** Heartbeats but no tick for longer than this: DOWN (connected but mute). */
  muteUs: number | null;
  /** Ticks arriving later than this after their venue time: DEGRADED. */
  lagUs: number | null;
  /** …and later than this: DOWN. */
  lagDownUs: number | null;
  /** A price further than this from the last accepted one is absurd. */
  absurdPermille: number | null;
  /** This long without a fault before a feed is trusted again (hysteresis). */
  settleUs: number;
  /** So many faults before it settles: DOWN. */
  faultsToDown: number;
  /** An interval without trades still makes a flat candle. */
  fillFlat: boolean;
  /** The length of the bars it sends: longer candles fold from them. Absent in journals of the first version, and where it sends none. */
  barUs?: number | null;
}>;

/** A closed candle. `end` is exclusive; prices in ticks; volume in lots. */
export type Candle = Readonly<{
  start: TimeUs;
  end: TimeUs;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
  /** False when a gap was seen inside: the candle may lack ticks. */
  complete: boolean;
}>;
