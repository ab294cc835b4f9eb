/**
 * Heikin-Ashi bars of bars, in whole ticks: the close is the mean of the four prices, the open the middle of the last bar's open and close,
 * each rounded half to even and counted on with as it is written. That stays within a tick and a half of the same without rounding. Nobody
 * traded at these prices: they are for reading, and no order is filled by them.
 */
import { assert } from '../../assert.ts';
import { type SourceId, sourceId } from '../../values.ts';

const SUFFIX = '-heikin-ashi';

/** They are sent beside the bars they are made of, as a source of their own. */
export const heikinAshiOf = (bars: SourceId): SourceId => sourceId(`${bars}${SUFFIX}`);
export const isHeikinAshi = (source: SourceId): boolean => source.endsWith(SUFFIX);

export class HeikinAshi {
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  #begun = false;

  /** One bar; open, high, low and close are then those of its Heikin-Ashi bar. */
  push(open: number, high: number, low: number, close: number): void {
    // the first has no bar before it: the middle of its own open and close
    this.open = this.#begun ? mean2(this.open, this.close) : mean2(open, close);
    this.close = mean4(open, high, low, close);
    this.high = Math.max(high, this.open, this.close);
    this.low = Math.min(low, this.open, this.close);
    this.#begun = true;
  }

  save(): readonly number[] {
    return [this.#begun ? 1 : 0, this.open, this.high, this.low, this.close];
  }

  load(saved: readonly number[]): void {
    assert(saved.length === 5 && saved.every(Number.isSafeInteger), 'a saved Heikin-Ashi fold must hold its five whole numbers');
    const [begun, open, high, low, close] = saved as readonly [number, number, number, number, number];
    this.#begun = begun === 1;
    Object.assign(this, { open, high, low, close });
  }
}

const mean2 = (a: number, b: number): number => halfEven(a + b, 2);
const mean4 = (a: number, b: number, c: number, d: number): number => halfEven(a + b + c + d, 4);

/** Of whole numbers: nearest, and of two as near the even one. */
function halfEven(sum: number, count: 2 | 4): number {
  const down = Math.floor(sum / count);
  const twice = (sum - down * count) * 2;
  return twice > count || (twice === count && down % 2 !== 0) ? down + 1 : down;
}
