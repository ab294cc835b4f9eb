/** How far ticks lie apart: a count a bucket, sixteen buckets a power of two, so a quantile is right to 3 %. */

const SUB_BITS = 4;
const SUBS = 1 << SUB_BITS;
const HALF = 2 ** 31;

export type Quantiles = Readonly<{ least: number; p50: number; p90: number; p99: number; most: number }>;
export type SavedSpacing = Readonly<{ least: number; most: number; buckets: readonly (readonly [number, number])[] }>;

export class Spacing {
  readonly #counts = new Float64Array(54 * SUBS);
  #least = Number.POSITIVE_INFINITY;
  #most = -1;

  add(us: number): void {
    if (us < this.#least) this.#least = us;
    if (us > this.#most) this.#most = us;
    this.#counts[bucketOf(us)]! += 1;
  }

  /** Null before two ticks were seen. */
  quantiles(): Quantiles | null {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return null;
    const at = (part: number): number => {
      let left = Math.ceil(total * part);
      const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
      return Math.min(this.#most, Math.max(this.#least, middleOf(bucket)));
    };
    return { least: this.#least, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: this.#most };
  }

  save(): SavedSpacing {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) buckets.push([bucket, count]);
    });
    return { least: this.#most === -1 ? -1 : this.#least, most: this.#most, buckets };
  }

  load(saved: SavedSpacing): void {
    this.#least = saved.least === -1 ? Number.POSITIVE_INFINITY : saved.least;
    this.#most = saved.most;
    this.#counts.fill(0);
    for (const [bucket, count] of saved.buckets) this.#counts[bucket] = count;
  }
}

/** Exact below 16; then the leading bit and the four behind it. */
function bucketOf(us: number): number {
  if (us < HALF) {
    const small = us | 0;
    if (small < SUBS) return small;
    const shift = 31 - Math.clz32(small) - SUB_BITS;
    return (shift + 1) * SUBS + ((small >>> shift) - SUBS);
  }
  let shift = 27;
  while (us >= 2 ** (shift + SUB_BITS + 1)) shift += 1;
  return (shift + 1) * SUBS + (Math.floor(us / 2 ** shift) - SUBS);
}

function middleOf(bucket: number): number {
  if (bucket < SUBS) return bucket;
  const shift = Math.floor(bucket / SUBS) - 1;
  const low = ((bucket % SUBS) + SUBS) * 2 ** shift;
  return Math.floor(low + 2 ** shift / 2);
}
