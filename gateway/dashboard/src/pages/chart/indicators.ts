/**
 * Lines over candles, computed in this page from the candles it shows, by the formulas of engine/indicators: a strategy that began at the same
 * candle sees the same numbers. Null until a line has as many candles as it needs. For looking at, never for deciding.
 */

export const KINDS = ['ema', 'sma', 'rsi', 'atr'] as const;
export type Indicator = Readonly<{ kind: (typeof KINDS)[number]; length: number }>;
export type Bar = Readonly<{ high: number; low: number; close: number }>;
type Line = (number | null)[];

export const LONGEST = 500;
/** `ema20,rsi14`; what is no indicator is left out. */
export function indicatorsIn(text: string): Indicator[] {
  const found = new Map<string, Indicator>();
  for (const part of text.split(',')) {
    const [, kind, digits] = /^(ema|sma|rsi|atr)(\d{1,3})$/.exec(part) ?? [];
    const length = Number(digits);
    if (kind !== undefined && length >= 1 && length <= LONGEST) found.set(part, { kind: kind as Indicator['kind'], length });
  }
  return [...found.values()];
}
export const nameOf = ({ kind, length }: Indicator): string => `${kind}${length}`;
/** Drawn over the candles; the others have a scale of their own below. */
export const isOverlay = ({ kind }: Indicator): boolean => kind === 'ema' || kind === 'sma';

export function lineOf({ kind, length }: Indicator, bars: readonly Bar[]): Line {
  switch (kind) {
    case 'ema':
      return ema(bars, length);
    case 'sma':
      return sma(bars, length);
    case 'rsi':
      return rsi(bars, length);
    case 'atr':
      return atr(bars, length);
  }
}

/** Begins at the first close. */
function ema(bars: readonly Bar[], n: number): Line {
  const alpha = 2 / (n + 1);
  let value = 0;
  return bars.map(({ close }, at) => {
    value = at === 0 ? close : value + (close - value) * alpha;
    return at + 1 < n ? null : value;
  });
}

/** A running sum, summed anew at each full turn, so that it does not drift. */
function sma(bars: readonly Bar[], n: number): Line {
  const ring = new Float64Array(n);
  let sum = 0;
  return bars.map(({ close }, at) => {
    sum += close - ring[at % n]!;
    ring[at % n] = close;
    if (at % n === n - 1) sum = ring.reduce((all, one) => all + one, 0);
    return at + 1 < n ? null : sum / n;
  });
}

const UNMOVED = 1e-14;
/** Wilder's: the first averages are means, later ones (before × (n − 1) + change) / n. A market that has not moved reads 0. */
function rsi(bars: readonly Bar[], n: number): Line {
  let [gain, loss] = [0, 0];
  return bars.map(({ close }, at) => {
    if (at === 0) return null;
    const change = close - bars[at - 1]!.close;
    const [up, down] = [Math.max(change, 0), Math.max(-change, 0)];
    gain = at > n ? (gain * (n - 1) + up) / n : gain + up;
    loss = at > n ? (loss * (n - 1) + down) / n : loss + down;
    if (at < n) return null;
    if (at === n) {
      gain /= n;
      loss /= n;
    }
    const moved = gain + loss;
    return moved < UNMOVED ? 0 : 100 * (gain / moved);
  });
}

/** Wilder's, of true ranges: the first bar has no close before it. */
function atr(bars: readonly Bar[], n: number): Line {
  let range = 0;
  return bars.map(({ high, low }, at) => {
    if (at === 0) return null;
    const before = bars[at - 1]!.close;
    const own = Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
    range = at > n ? (range * (n - 1) + own) / n : range + own;
    if (at === n) range /= n;
    return at < n ? null : range;
  });
}
