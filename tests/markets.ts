/** Small markets for property tests: a seeded synthetic market with its faults, numbered and cut into frames at chosen points. */
import type { InputRecord } from '#engine/inputs.ts';
import { type MarketFrame, marketFrame, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type Chunk, SyntheticMarket, type SyntheticSpec, syntheticSpec } from '#engine/market/synthetic.ts';
import { STORMY } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { randomStream } from '#engine/random.ts';
import { type Seq, type SourceId, sourceId } from '#engine/values.ts';

export type MarketItem =
  | Readonly<{ kind: 'market'; frame: MarketFrame }>
  | Readonly<{ kind: 'inputs'; records: readonly InputRecord[]; cursor: string }>;

export type SmallMarket = Readonly<{
  instruments: readonly Instrument[];
  items: readonly MarketItem[] /** the last number used */;
  last: Seq;
}>;

/**
 * `ticks` facts (a few more: the last chunk is whole) with what lies between them. `cuts` are the largest sizes of the frames, in turn;
 * without them the seed chooses. The same seed with other cuts is the same market. `first` is the number of the first item.
 */
export function smallMarket(
  seed: number,
  given: Readonly<{
    ticks?: number;
    instruments?: number;
    sources?: readonly string[];
    cuts?: readonly number[];
    first?: number;
    spec?: Partial<SyntheticSpec>;
  }> = {},
): SmallMarket {
  const { ticks = 500, first = 1 } = given;
  const sizes = randomStream(seed, 'cuts');
  const cuts = given.cuts ?? Array.from({ length: 16 }, () => 1 + sizes.below(100));
  const sources: readonly SourceId[] = (given.sources ?? ['synthetic']).map(sourceId);
  const instruments = syntheticInstruments(given.instruments ?? 2, sources);
  const market = new SyntheticMarket(syntheticSpec({ seed, instruments, faults: STORMY, paceUs: 60_000, ...given.spec }));
  const items: MarketItem[] = [];
  let next = first;
  for (let told = 0, turn = 0; told < ticks; turn += 1) {
    const size = cuts[turn % cuts.length]!;
    const chunk = market.next(Math.min(size, ticks - told));
    if (chunk === null) break;
    const item = numbered(chunk, next as Seq, market.cursor());
    if (item.kind === 'market') told += item.frame.count;
    next += item.kind === 'market' ? item.frame.count : item.records.length;
    items.push(item);
  }
  return { instruments, items, last: (next - 1) as Seq };
}

/** A chunk with its numbers. */
export function numbered(chunk: Chunk, first: Seq, cursor: string): MarketItem {
  if (chunk.kind === 'market') return { kind: 'market', frame: marketFrame(first, chunk.blocks, chunk.lane, cursor) };
  return { kind: 'inputs', cursor, records: chunk.records.map((body, i) => ({ ...body, seq: (first + i) as Seq })) };
}

/** One fact or input as a plain row, without blocks: what a test compares when cuts must not matter. */
export type Row = Readonly<Record<string, unknown>>;

export function rowsOf(chunk: Chunk): Row[] {
  return chunk.kind === 'inputs' ? [...chunk.records] : frameRows(marketFrame(1 as Seq, chunk.blocks, chunk.lane, null));
}

export function frameRows(frame: MarketFrame): Row[] {
  const rows: Row[] = new Array(frame.count);
  frame.blocks.forEach((block, owner) => {
    for (let i = 0; i < block.count; i += 1)
      rows[frame.offsets[owner]![i]!] = {
        lane: `${block.instrument}:${block.source}:${block.kind}`,
        at: block.at[i],
        venueTime: block.venueTime[i],
        venueSeq: block.venueSeq[i],
        flags: block.flags[i],
        ...Object.fromEntries(VALUE_COLUMNS[block.kind].map((name, column) => [name, block.values[column]![i]])),
      };
  });
  return rows;
}

/** The first `count` rows of a market, in chunks of the given sizes, again and again. */
export function readRows(market: SyntheticMarket, count: number, sizes: readonly number[] = [65_536]): Row[] {
  const rows: Row[] = [];
  for (let i = 0; rows.length < count; i += 1) rows.push(...rowsOf(market.next(Math.min(sizes[i % sizes.length]!, count - rows.length))!));
  return rows;
}
