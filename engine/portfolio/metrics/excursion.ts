/**
 * How far a trade went against its holder and in his favour while it was open (MAE, MFE), in money before fees: what was realised so
 * far and what the rest was worth at the worst and the best price. Only bars that lie wholly inside the trade count, and its own fills:
 * a bar in which the trade began also holds prices it never lived through.
 */

import type { PriceBars } from '../../run/result.ts';
import type { Trade } from '../../run/trades.ts';
import type { Minor } from '../../values.ts';
import { applyFill, FLAT, type Holding } from '../holding.ts';
import { type Unit, value } from '../valuation.ts';

/** adverse ≤ 0 ≤ favourable. */
export type Excursion = Readonly<{ adverse: Minor; favourable: Minor }>;

export function excursionOf(trade: Trade, bars: PriceBars | null, unit: Unit): Excursion {
  let [adverse, favourable] = [0n, 0n];
  const see = (holding: Holding, realised: bigint, price: number) => {
    const open = realised + value(unit, holding.lots, price) - holding.cost;
    if (open < adverse) adverse = open;
    if (open > favourable) favourable = open;
  };
  let holding = FLAT;
  let realised = 0n;
  let bar = bars === null ? 0 : firstAfter(bars.time, trade.entryTime);
  trade.legs.forEach((leg, i) => {
    see(holding, realised, leg.price);
    ({ holding } = applyFill(holding, { side: leg.side, lots: leg.lots, price: leg.price, fee: NO_FEE }, unit));
    realised += leg.realised;
    see(holding, realised, leg.price);
    if (bars === null || (holding.lots === 0 && i === trade.legs.length - 1)) return;
    const until = trade.legs[i + 1]?.timeUs ?? Number.POSITIVE_INFINITY;
    bar = Math.max(bar, firstAfter(bars.time, leg.timeUs));
    // Worth follows price, so the lowest and the highest price of the stretch are enough.
    let [lowest, highest] = [leg.price, leg.price];
    const { time, low, high, close } = bars;
    if (bar < time.length && (time[bar] as number) <= until && !(bar > 0 && (time[bar - 1] as number) >= leg.timeUs)) {
      const only = close[bar++] as number; // it began before: nothing but its close was surely lived through
      if (only < lowest) lowest = only;
      if (only > highest) highest = only;
    }
    for (; bar < time.length && (time[bar] as number) <= until; bar += 1) {
      const least = low[bar] as number;
      const most = high[bar] as number;
      if (least < lowest) lowest = least;
      if (most > highest) highest = most;
    }
    see(holding, realised, lowest);
    see(holding, realised, highest);
  });
  return { adverse: adverse as Minor, favourable: favourable as Minor };
}

const NO_FEE = 0n as Minor;

/** The first bar that closes after t. */
function firstAfter(time: Float64Array, t: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[middle] as number) > t) high = middle;
    else low = middle + 1;
  }
  return low;
}
