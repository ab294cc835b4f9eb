/**
 * Buy and hold, to stand beside a run: at the run's begin its cash is spread evenly over its instruments at their first open, and never
 * touched again. A picture of the market, not an account: fractions of a lot, no fees.
 */
import type { EquitySeries, PriceBars, RunResult } from '../../run/result.ts';
import { type Undefined, undefinedBecause } from './metric.ts';

/** In minor units, as floats, at the run's own sample times. */
export function buyAndHold(result: RunResult): EquitySeries | Undefined {
  const { price, equity, cash0 } = result;
  const held = price.filter(({ time }) => time.length > 0);
  if (held.length === 0) return undefinedBecause('no prices are known');
  if (held.some(({ open }) => !((open[0] as number) > 0))) return undefinedBecause('a first price is not above zero');
  const share = Number(cash0) / held.length;
  const minor = new Float64Array(equity.time.length);
  for (const bars of held) addHolding(minor, equity.time, bars, share);
  return { time: equity.time, minor };
}

function addHolding(minor: Float64Array, time: Float64Array, bars: PriceBars, share: number): void {
  const first = bars.open[0] as number;
  let now = first;
  let bar = 0;
  for (let i = 0; i < time.length; i += 1) {
    while (bar < bars.time.length && (bars.time[bar] as number) <= (time[i] as number)) now = bars.close[bar++] as number;
    minor[i] = (minor[i] as number) + share * (now / first);
  }
}
