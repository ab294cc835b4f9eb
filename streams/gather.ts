/** Makes one chunk of what several sources said: facts in the order given, one block an instrument × source × kind. Never reorders. */
import { type Block, MAX_FRAME_NUMBERS, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { MarketChunk } from './feed.ts';
import { countOf } from './pulled.ts';

export class Gathering {
  /** Facts gathered so far. */
  count = 0;
  readonly #lanes = new Map<string, Lane>();
  /** A block's lane without its key: facts come in runs and from few blocks. */
  readonly #known = new Map<Block, Lane>();
  #order: Lane[] = [];

  /** False when the block's lane is here already, but numbered otherwise: then take what is here first. */
  fits(block: Block): boolean {
    if (this.#known.has(block)) return true;
    const lane = this.#lanes.get(laneKey(block));
    return lane === undefined || lane.numbered === block.venueSeq.length > 0;
  }

  /** Adds rows `from … to` (exclusive) of a block behind what is there. */
  add(block: Block, from: number, to: number): void {
    const lane = this.#known.get(block) ?? this.#laneOf(block);
    const last = lane.runs.at(-1);
    if (last !== undefined && last.block === block && last.to === from) last.to = to;
    else lane.runs.push({ block, from, to });
    lane.count += to - from;
    for (let i = from; i < to; i += 1) this.#order.push(lane);
    this.count += to - from;
  }

  #laneOf(block: Block): Lane {
    const key = laneKey(block);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { block, runs: [], count: 0, numbered: block.venueSeq.length > 0 };
      this.#lanes.set(key, lane);
    }
    this.#known.set(block, lane);
    return lane;
  }

  /** The chunk, with every arrival set to `at` unless that is null. */
  take(at: number | null): MarketChunk {
    const lanes = [...this.#lanes.values()];
    const blocks = lanes.map((lane) => joined(lane, at));
    const index = new Map(lanes.map((lane, i) => [lane, i]));
    const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from(this.#order, (owner) => index.get(owner) ?? 0);
    this.#lanes.clear();
    this.#known.clear();
    this.#order = [];
    this.count = 0;
    return { kind: 'market', blocks, lane };
  }
}

/** Consecutive chunks of one turn as few chunks as fit into frames. */
export function gather(chunks: readonly MarketChunk[], at: number | null): MarketChunk[] {
  const only = chunks.length === 1 ? chunks[0] : undefined;
  if (only !== undefined && countOf(only) <= MAX_FRAME_NUMBERS && new Set(only.blocks.map(laneKey)).size === only.blocks.length)
    return [
      at === null ? only : { ...only, blocks: only.blocks.map((block) => ({ ...block, at: new Float64Array(block.count).fill(at) })) },
    ];
  const done: MarketChunk[] = [];
  const gathering = new Gathering();
  for (const { blocks, lane } of chunks) {
    const taken = new Uint32Array(blocks.length);
    const count = blocks.reduce((sum, block) => sum + block.count, 0);
    for (let offset = 0; offset < count; ) {
      const owner = lane.length === 0 ? 0 : lane[offset]!;
      if (gathering.count === MAX_FRAME_NUMBERS || !gathering.fits(blocks[owner]!)) done.push(gathering.take(at));
      const room = MAX_FRAME_NUMBERS - gathering.count;
      let run = 1;
      while (run < room && offset + run < count && (lane.length === 0 || lane[offset + run] === owner)) run += 1;
      gathering.add(blocks[owner]!, taken[owner]!, taken[owner]! + run);
      taken[owner]! += run;
      offset += run;
    }
  }
  if (gathering.count > 0) done.push(gathering.take(at));
  return done;
}

type Lane = {
  readonly block: Block;
  readonly runs: { block: Block; from: number; to: number }[];
  count: number;
  readonly numbered: boolean;
};

/** Names cannot hold a space, so no two lanes share a key. */
const laneKey = ({ instrument, source, kind, timeframeUs }: Block) => `${instrument} ${source} ${kind} ${timeframeUs}`;

function joined({ block, runs, count, numbered }: Lane, at: number | null): Block {
  const column = (of: (block: Block) => Float64Array) => {
    const all = new Float64Array(count);
    let filled = 0;
    for (const run of runs) {
      const rows = of(run.block);
      if (rows.length > 0) all.set(rows.subarray(run.from, run.to), filled);
      filled += run.to - run.from;
    }
    return all;
  };
  const flags = new Uint8Array(count);
  let filled = 0;
  for (const run of runs) {
    flags.set(run.block.flags.subarray(run.from, run.to), filled);
    filled += run.to - run.from;
  }
  return {
    instrument: block.instrument,
    source: block.source,
    kind: block.kind,
    timeframeUs: block.timeframeUs,
    count,
    at: at === null ? column((b) => b.at) : new Float64Array(count).fill(at),
    venueTime: column((b) => b.venueTime),
    venueSeq: numbered ? column((b) => b.venueSeq) : NO_SEQ,
    flags,
    values: block.values.map((_, i) => column((b) => b.values[i]!)),
  };
}
