// Runs made from a seed, so that metrics and reports can be tried without anything that trades: a random walk a bar, and a trader who
// mostly follows it. Its books are the desk's own ledger.

import type { Instrument } from '#engine/market/instrument.ts';
import { applyFill, FLAT, type Holding } from '#engine/portfolio/holding.ts';
import { type Unit, unitOf, value } from '#engine/portfolio/valuation.ts';
import { randomStream } from '#engine/random.ts';
import { NO_CARRY, type PriceBars, type RunFill, type RunResult } from '#engine/run/result.ts';
import {
  DAY_US,
  type InstrumentId,
  instrumentId,
  MINUTE_US,
  type Minor,
  minor,
  orderId,
  type Side,
  strategyId,
  timeUs,
} from '#engine/values.ts';

export type MadeRun = Readonly<{
  seed: number;
  days: number;
  barMinutes: number;
  instruments: number;
  tradeChance: number;
  drift: number;
  flatAtEnd: boolean;
}>;

export const A_YEAR: MadeRun = { seed: 7, days: 365, barMinutes: 60, instruments: 2, tradeChance: 0.02, drift: 0.00002, flatAtEnd: false };

const START = 20_454 * DAY_US; // 2026-01-01
const CASH = 10_000_000n; // 100,000.00
const NAMES = ['BTC', 'ETH', 'SOL', 'XRP'];

export function madeInstrument(i: number): Instrument {
  return {
    id: instrumentId(NAMES[i] as string),
    version: 1,
    tick: ['0.1', '0.01', '0.001', '0.0001'][i] as string,
    lot: ['0.001', '0.01', '0.1', '1'][i] as string,
    multiplier: '1',
    currency: 'USD',
    currencyScale: 2,
    calendar: 'ALWAYS',
    feeds: [],
  };
}

export function madeRun(asked: Partial<MadeRun> = {}): RunResult {
  const made = { ...A_YEAR, ...asked };
  const instruments = Array.from({ length: made.instruments }, (_, i) => madeInstrument(i));
  const count = Math.floor((made.days * 24 * 60) / made.barMinutes);
  const time = Float64Array.from({ length: count }, (_, i) => START + (i + 1) * made.barMinutes * MINUTE_US);
  const price = instruments.map((one, i) => walk(one.id, time, made, [600_000, 300_000, 150_000, 5_000][i] as number));
  const units = instruments.map(unitOf);
  const holdings: Holding[] = instruments.map(() => FLAT);
  const fills: RunFill[] = [];
  const equity = new Float64Array(count);
  const chance = randomStream(made.seed, 'made trades');
  const intents = randomStream(made.seed, 'made intents');
  let cash = CASH;
  for (let bar = 0; bar < count; bar += 1) {
    for (let i = 0; i < instruments.length; i += 1) {
      const last = made.flatAtEnd && bar === count - 1;
      const lots = last
        ? -(holdings[i] as Holding).lots
        : decided(made, chance, holdings[i] as Holding, price[i] as PriceBars, bar, units[i] as Unit);
      if (lots !== 0) cash += trade(i, lots, bar);
    }
    let worth = cash;
    for (let i = 0; i < instruments.length; i += 1)
      worth += value(units[i] as Unit, (holdings[i] as Holding).lots, (price[i] as PriceBars).close[bar] as number);
    equity[bar] = Number(worth);
  }

  function trade(i: number, lots: number, bar: number): bigint {
    const side: Side = lots > 0 ? 'buy' : 'sell';
    const at = (price[i] as PriceBars).close[bar] as number;
    const maker = chance.chance(0.4);
    const worth = value(units[i] as Unit, Math.abs(lots), at);
    const fee = minor((worth * (maker ? 1n : 4n)) / 10_000n);
    const filled = applyFill(holdings[i] as Holding, { side, lots: Math.abs(lots), price: at, fee }, units[i] as Unit);
    holdings[i] = filled.holding;
    const address = `${bar + 1}.${i}`;
    fills.push({
      address,
      timeUs: timeUs(time[bar] as number),
      instrument: (instruments[i] as Instrument).id,
      strategy: strategyId('made'),
      order: orderId(address),
      side,
      lots: Math.abs(lots),
      price: at,
      fee,
      maker,
      realised: filled.realised,
      intended: intents.chance(0.9) ? { price: at - intents.between(-2, 3), by: maker ? 'limit' : 'market' } : null,
      stop: lots > 0 ? at - 200 : at + 200,
    });
    return filled.cash - fee;
  }

  return {
    run: `made-${made.seed}`,
    runHash: '5b'.repeat(32),
    strategy: 'made',
    parameters: { seed: made.seed, chance: made.tradeChance, shorts: true },
    instruments,
    currency: 'USD',
    currencyScale: 2,
    cash0: CASH as Minor,
    from: timeUs(START),
    to: timeUs(START + made.days * DAY_US),
    bars: count * instruments.length,
    ticks: count * instruments.length * 40,
    orders: fills.length + 12,
    fills,
    carry: NO_CARRY,
    equity: { time, minor: equity },
    price,
    refusals: [
      { clause: 'max-position', count: 9 },
      { clause: 'stale-quote', count: 3 },
    ],
  };
}

/** Signed lots: opens about a fifth of the cash, closes or turns round now and then. */
function decided(made: MadeRun, chance: ReturnType<typeof randomStream>, held: Holding, bars: PriceBars, bar: number, unit: Unit): number {
  if (!chance.chance(made.tradeChance)) return 0;
  const size = Number(CASH / 4n / (value(unit, 1, bars.close[bar] as number) || 1n));
  const up = bar > 20 && (bars.close[bar] as number) > (bars.close[bar - 20] as number);
  const follow = chance.chance(0.75) ? up : !up;
  const lots = Math.max(1, Math.floor((size * chance.between(40, 100)) / 100));
  if (held.lots === 0) return follow ? lots : -lots;
  const kind = chance.below(10);
  if (kind < 6) return -held.lots;
  if (kind < 8) return held.lots > 0 ? -(Math.floor(held.lots / 2) || 1) : Math.floor(-held.lots / 2) || 1;
  return held.lots > 0 ? -held.lots - lots : -held.lots + lots;
}

function walk(instrument: InstrumentId, time: Float64Array, made: MadeRun, start: number): PriceBars {
  const chance = randomStream(made.seed, `made prices ${instrument}`);
  const count = time.length;
  const bars = {
    instrument,
    time,
    open: new Float64Array(count),
    high: new Float64Array(count),
    low: new Float64Array(count),
    close: new Float64Array(count),
  };
  const spread = 0.0055 * Math.sqrt(made.barMinutes / 60);
  const hours = made.barMinutes / 60; // what a bar moves grows with its length, so that every timeframe walks alike
  const [keeps, pulls] = [1 - 0.015 * Math.min(1, hours), 0.00006 * hours * Math.sqrt(hours)];
  let now = start;
  let trend = 0;
  for (let i = 0; i < count; i += 1) {
    trend = keeps * trend + pulls * chance.normal();
    bars.open[i] = now;
    const steps = Array.from(
      { length: 4 },
      () => (now = Math.max(1, Math.round(now * (1 + (trend + made.drift * hours) / 4 + (spread / 2) * chance.normal())))),
    );
    bars.close[i] = now;
    bars.high[i] = Math.max(bars.open[i] as number, ...steps);
    bars.low[i] = Math.min(bars.open[i] as number, ...steps);
  }
  return bars;
}
