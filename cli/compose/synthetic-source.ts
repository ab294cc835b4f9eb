/**
 * The synthetic market as a pulled source. Its cursor costs 150 µs to write and a frame may be short, so a frame names a full cursor a
 * while back and how many numbers came since; resuming makes those again and drops them.
 */
import { assert } from '#engine/assert.ts';
import { MAX_FRAME_NUMBERS } from '#engine/market/blocks.ts';
import { type Chunk, SyntheticMarket, type SyntheticSpec } from '#engine/market/synthetic.ts';
import { BadCursor, bounded, countOf, type PulledSource } from '#streams/pulled.ts';

/** Made again in 10 ms. */
const FULL_EVERY = 20_000;

/** `ticks` facts in all, counted over every resumption; `from` is a cursor of this source, or null for the beginning. */
export function syntheticSource(spec: SyntheticSpec, ticks: number, from: string | null): PulledSource {
  let told = 0;
  let since = 0;
  let full = '';
  let market: SyntheticMarket;
  if (from === null) {
    market = new SyntheticMarket(spec);
    full = market.cursor();
  } else {
    const [, toldAtFull, drop, inner] = /^(\d+)\+(\d+)@(.*)$/s.exec(from) ?? [];
    if (toldAtFull === undefined || drop === undefined || inner === undefined)
      throw new BadCursor(`${JSON.stringify(from.slice(0, 40))} is no cursor of a synthetic market`);
    market = SyntheticMarket.resume(spec, inner);
    full = inner;
    told = Number(toldAtFull);
    while (since < Number(drop)) take(market.next(Math.min(MAX_FRAME_NUMBERS, Number(drop) - since)));
  }
  let toldAtFull = from === null ? 0 : Number(/^\d+/.exec(from)![0]);

  function take(chunk: Chunk | null): Chunk | null {
    if (chunk === null) return null;
    const count = chunk.kind === 'market' ? countOf(chunk) : chunk.records.length;
    since += count;
    if (chunk.kind === 'market') told += count;
    return chunk;
  }

  const cursor = () => {
    if (since >= FULL_EVERY) {
      full = market.cursor();
      since = 0;
      toldAtFull = told;
    }
    return `${toldAtFull}+${since}@${full}`;
  };
  const source = bounded({ next: (maxNumbers, untilUs) => take(market.next(maxNumbers, untilUs)), cursor }, ticks, told);
  assert(!source.paced, 'a market of its own is pulled');
  return { ...source, cursor };
}
