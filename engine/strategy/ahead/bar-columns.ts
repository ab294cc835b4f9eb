/**
 * The closed bars of one series as columns, and beside them what was worked out from them: each column once, for whoever asks for the same.
 * What is kept is bounded; what was let go is worked out again.
 */
export interface BarColumns {
  readonly count: number;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** The key names what it is and every number it hangs on. Nobody writes into it afterwards. */
  shared(key: string, make: (bars: BarColumns) => Float64Array): Float64Array;
}

type Bars = Omit<BarColumns, 'shared'>;

/** Of a million bars, sixteen columns. */
const MOST_KEPT_BYTES = 1 << 27;

/** A column that is larger by itself is never kept. */
export function barColumns(bars: Bars, mostBytes = MOST_KEPT_BYTES): BarColumns {
  const kept = new Map<string, Float64Array>();
  let bytes = 0;
  const columns: BarColumns = {
    ...bars,
    shared(key, make) {
      const known = kept.get(key);
      if (known !== undefined) return known;
      const made = make(columns);
      bytes += made.byteLength;
      kept.set(key, made);
      for (const [oldest, { byteLength }] of kept) {
        if (bytes <= mostBytes) break;
        kept.delete(oldest);
        bytes -= byteLength;
      }
      return made;
    },
  };
  return columns;
}
