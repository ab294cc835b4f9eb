/** What the synthetic market trades: definitions a desk can use as they are, and how each of them moves. No price here is a real one. */
import { assert } from '../assert.ts';
import { type InstrumentId, instrumentId, SECOND_US, type SourceId, sourceId } from '../values.ts';
import { ALWAYS } from './calendars/always.ts';
import type { FeedSpec, Instrument } from './instrument.ts';

export const SYNTHETIC: SourceId = sourceId('synthetic');

/** Whole numbers only. A step is one arrival; `stepGrains` its usual size in 1/1024 tick. */
export type Profile = Readonly<{ homeTicks: number; stepGrains: number; spreadTicks: number; lots: number }>;

/** `count` instruments, each with one feed a source; the first source is primary. */
export function syntheticInstruments(count: number, sources: readonly SourceId[] = [SYNTHETIC]): readonly Instrument[] {
  assert(Number.isSafeInteger(count) && count >= 1 && count <= MOST, `1–${MOST} synthetic instruments, not ${count}`);
  return Array.from({ length: count }, (_, index) => {
    const { name, tick, lot } = NAMED[index] ?? { name: `S${String(index + 1).padStart(2, '0')}-USD`, tick: '0.01', lot: '1' };
    return {
      id: instrumentId(name),
      version: 1,
      tick,
      lot,
      multiplier: '1',
      currency: 'USD',
      currencyScale: 2,
      calendar: ALWAYS.id,
      feeds: sources.map((source) => ({ source, ...FEED })),
    };
  });
}

/** How an instrument moves, by its name; one that is not in the table moves like a share at 100.00. */
export function profileOf(id: InstrumentId): Profile {
  const named = NAMED.find(({ name }) => name === id);
  const homeTicks = named?.homeTicks ?? 10_000;
  return {
    homeTicks,
    stepGrains: Math.max(8, Math.round((homeTicks * 1024 * STEP_PER_MILLION) / 1_000_000)),
    spreadTicks: named?.spreadTicks ?? 2,
    lots: named?.lots ?? 100,
  };
}

const MOST = 99;

/** With 25 arrivals a second: a day's deviation of about 3 %. */
const STEP_PER_MILLION = 20;

const NAMED: readonly Readonly<{ name: string; tick: string; lot: string; homeTicks: number; spreadTicks: number; lots: number }>[] = [
  { name: 'BTC-USD', tick: '0.1', lot: '0.0001', homeTicks: 600_000, spreadTicks: 12, lots: 400 },
  { name: 'ETH-USD', tick: '0.01', lot: '0.001', homeTicks: 300_000, spreadTicks: 10, lots: 800 },
  { name: 'SOL-USD', tick: '0.01', lot: '0.01', homeTicks: 15_000, spreadTicks: 3, lots: 1_500 },
  { name: 'XRP-USD', tick: '0.0001', lot: '1', homeTicks: 22_000, spreadTicks: 4, lots: 900 },
  { name: 'ADA-USD', tick: '0.0001', lot: '1', homeTicks: 8_000, spreadTicks: 3, lots: 1_800 },
  { name: 'DOGE-USD', tick: '0.00001', lot: '1', homeTicks: 18_000, spreadTicks: 5, lots: 6_000 },
  { name: 'LTC-USD', tick: '0.01', lot: '0.01', homeTicks: 9_000, spreadTicks: 3, lots: 700 },
  { name: 'LINK-USD', tick: '0.001', lot: '0.1', homeTicks: 20_000, spreadTicks: 6, lots: 300 },
];

const FEED: Omit<FeedSpec, 'source'> = {
  latenessUs: 50_000,
  graceUs: 2 * SECOND_US,
  silentUs: 2 * SECOND_US,
  muteUs: 2 * SECOND_US,
  lagUs: 500_000,
  lagDownUs: 3 * SECOND_US,
  absurdPermille: 200,
  settleUs: 3 * SECOND_US,
  faultsToDown: 5,
  fillFlat: false,
};
