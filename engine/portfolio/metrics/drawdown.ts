/** How far and how long a series lies below its highest point so far. Depths are fractions of that point, never negative. */

export type Drawdown = Readonly<{
  /** When the series last stood at its peak, at its lowest, and at a new peak again; null while it has not recovered. */
  peakTime: number;
  troughTime: number;
  recoveryTime: number | null;
  /** 0.2: a fifth below the peak. Above 1 where equity fell below zero. */
  depth: number;
  /** The same as an amount. */
  amount: number;
  /** Peak to recovery, or to the end. */
  lengthUs: number;
}>;

export type Underwater = Readonly<{
  /** Per sample: how far below the peak. null where the peak is not above zero. */
  depth: Float64Array | null;
  /** In the order they began. */
  drawdowns: readonly Drawdown[];
  /** Time between samples of which the later one lies below the peak. */
  underwaterUs: number;
}>;

export function underwater(time: Float64Array, values: Float64Array, opening: number, from: number): Underwater {
  const depth = new Float64Array(values.length);
  if (!(opening > 0)) return { depth: null, drawdowns: [], underwaterUs: 0 };
  const drawdowns: Drawdown[] = [];
  let peak = opening;
  let peakTime = from;
  let isBelow = false;
  let troughTime = from;
  let lowest = opening;
  let underwaterUs = 0;
  let before = from;
  const close = (end: number, recoveryTime: number | null) => {
    const amount = peak - lowest;
    drawdowns.push({ peakTime, troughTime, recoveryTime, depth: amount / peak, amount, lengthUs: end - peakTime });
  };
  for (let i = 0; i < values.length; i += 1) {
    const now = values[i] as number;
    const at = time[i] as number;
    if (now >= peak) {
      if (isBelow) close(at, at);
      isBelow = false;
      peak = now;
      peakTime = at;
    } else {
      underwaterUs += at - before;
      depth[i] = (peak - now) / peak;
      if (!isBelow || now < lowest) {
        lowest = now;
        troughTime = at;
      }
      isBelow = true;
    }
    before = at;
  }
  if (isBelow) close(time[time.length - 1] as number, null);
  return { depth, drawdowns, underwaterUs };
}

/** The deepest first; of equals the earlier. */
export function worst(drawdowns: readonly Drawdown[], count: number): readonly Drawdown[] {
  return [...drawdowns].sort((a, b) => b.depth - a.depth || a.peakTime - b.peakTime).slice(0, count);
}
