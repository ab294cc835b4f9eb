/** What ema-cross wants at each bar, for a whole series at once: its rule over columns. On the same bars it asks for the same orders. */
import { Ema } from '../../indicators/ema.ts';
import type { Parameters } from '../strategy.ts';
import type { BarColumns } from './bar-columns.ts';

/** Signed lots; NaN while an average is not ready. */
export function emaCrossWanted(parameters: Parameters, bars: BarColumns): Float64Array {
  const { fast, slow, lots, short } = parameters as { fast: number; slow: number; lots: number; short: boolean };
  const [quick, calm] = [averaged(bars, fast), averaged(bars, slow)];
  const below = short ? -lots : 0;
  const wanted = new Float64Array(bars.count).fill(Number.NaN);
  for (let i = Math.max(fast, slow) - 1; i < wanted.length; i += 1) wanted[i] = quick[i]! > calm[i]! ? lots : below;
  return wanted;
}

function averaged(bars: BarColumns, period: number): Float64Array {
  return bars.shared(`ema(close, ${period})`, ({ count, close }) => {
    const ema = new Ema(period);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      ema.push(close[i]!);
      values[i] = ema.ready ? ema.value : Number.NaN;
    }
    return values;
  });
}
