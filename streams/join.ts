/** Several feeds as one. Live: in the order of receipt. Pulled: in the order of the data, whoever is asked first. */
import { catchError, merge, of } from 'rxjs';
import { assert } from '#engine/assert.ts';
import { BLOCK_KINDS, type Block } from '#engine/market/blocks.ts';
import type { InstrumentId, SourceId } from '#engine/values.ts';
import type { Chunk, Feed, FeedItem, TimedBody } from './feed.ts';
import { Gathering } from './gather.ts';
import { BadCursor, countOf, type PulledSource } from './pulled.ts';

/** A feed that breaks is a source that is lost; the others go on. */
export function joinLive(feeds: readonly Readonly<{ source: SourceId; feed: Feed }>[]): Feed {
  return merge(
    ...feeds.map(({ source, feed }) =>
      feed.pipe(
        catchError((error: unknown) => of<FeedItem>({ kind: 'inputs', records: [{ type: 'SourceLost', source, why: textOf(error) }] })),
      ),
    ),
  );
}

/** The ranks that decide between equal arrivals. */
export type JoinOrder = Readonly<{ sources: readonly SourceId[]; instruments: readonly InstrumentId[] }>;

/**
 * Merges sources that are in order themselves by (arrival, source index, instrument index, kind, position); a source's own inputs come
 * before its facts, and of what is equal the source named first. Its cursor can be cut anywhere: give `joinedCursors(cursor)` to the
 * parts and `skipped` to this.
 */
export function joinPulled(sources: readonly PulledSource[], order: JoinOrder, skipped: readonly number[] = []): PulledSource {
  assert(
    sources.every((source) => !source.paced),
    'play what is joined, do not join what is played',
  );
  const heads = sources.map((source, i) => new Head(source, order, skipped[i] ?? 0));
  return {
    paced: false,
    cursor: () => JSON.stringify(heads.map((head) => head.cursor())),
    async next(maxNumbers, until) {
      const bound = until?.() ?? Infinity;
      const gathering = new Gathering();
      for (;;) {
        for (const head of heads) if (head.empty) await head.pull();
        const best = earliest(heads);
        if (best === null || best.at >= bound || gathering.count >= maxNumbers) {
          if (gathering.count > 0) return gathering.take(null);
          return best === null ? 'end' : 'quiet';
        }
        if (best.input !== null) {
          if (gathering.count > 0) return gathering.take(null);
          const records: TimedBody[] = [];
          while (records.length < maxNumbers && !best.empty && best.input !== null && best.at < bound && earliest(heads) === best)
            records.push(best.takeInput());
          return { kind: 'inputs', records };
        }
        if (!best.fitsInto(gathering)) return gathering.take(null);
        best.takeFact(gathering);
      }
    },
  };
}

export function joinedCursors(cursor: string): readonly Readonly<{ cursor: string; skip: number }>[] {
  const parsed: unknown = JSON.parse(cursor);
  if (
    !Array.isArray(parsed) ||
    !parsed.every((part) => Array.isArray(part) && typeof part[0] === 'string' && Number.isSafeInteger(part[1]))
  )
    throw new BadCursor('not a cursor of joined sources');
  return parsed.map(([inner, skip]) => ({ cursor: inner, skip }));
}

/** Facts asked of a part at once: its cursor stands before them, so a resumed join pulls and skips fewer than these. */
const PULL = 8192;

/** Where the merge stands in one source. */
class Head {
  at = 0;
  rank = 0;
  ended = false;
  input: TimedBody | null = null;
  readonly #source: PulledSource;
  readonly #order: JoinOrder;
  #chunk: Chunk | null = null;
  #before: string;
  #skip: number;
  #done = 0;
  #count = 0;
  #ranks: number[] = [];
  #taken = new Uint32Array(0);

  constructor(source: PulledSource, order: JoinOrder, skip: number) {
    this.#source = source;
    this.#order = order;
    this.#before = source.cursor();
    this.#skip = skip;
  }

  get empty(): boolean {
    return this.#chunk === null && !this.ended;
  }

  cursor(): [string, number] {
    return [this.#before, this.#done];
  }

  async pull(): Promise<void> {
    while (this.empty) {
      this.#before = this.#source.cursor();
      this.#done = 0;
      const chunk = await this.#source.next(PULL);
      if (chunk === 'end' || chunk === 'quiet') {
        this.ended = true;
        return;
      }
      this.#open(chunk);
      for (; this.#skip > 0 && this.#chunk !== null; this.#skip -= 1) this.#step(1);
    }
  }

  takeInput(): TimedBody {
    const input = this.input;
    assert(input !== null, 'no input at the head');
    this.#step(1);
    return input;
  }

  fitsInto(gathering: Gathering): boolean {
    return gathering.fits(this.#fact()[0]);
  }

  takeFact(gathering: Gathering): void {
    const [block, row] = this.#fact();
    gathering.add(block, row, row + 1);
    this.#step(1);
  }

  #open(chunk: Chunk): void {
    this.#chunk = chunk;
    this.#count = chunk.kind === 'inputs' ? chunk.records.length : countOf(chunk);
    if (chunk.kind === 'market') {
      this.#taken = new Uint32Array(chunk.blocks.length);
      this.#ranks = chunk.blocks.map((block) => this.#rankOf(block));
    }
    if (this.#count === 0) this.#chunk = null;
    else this.#look();
  }

  #step(by: number): void {
    if (this.#chunk?.kind === 'market') this.#taken[this.#owner()]! += by;
    this.#done += by;
    if (this.#done === this.#count) this.#chunk = null;
    else this.#look();
  }

  #look(): void {
    const chunk = this.#chunk!;
    if (chunk.kind === 'inputs') {
      this.input = chunk.records[this.#done]!;
      this.at = this.input.at;
      this.rank = 'source' in this.input ? this.#sourceRank(this.input.source) : -1;
    } else {
      const [block, row] = this.#fact();
      this.input = null;
      this.at = block.at[row]!;
      this.rank = this.#ranks[this.#owner()]!;
    }
  }

  #owner(): number {
    const { lane } = this.#chunk as Extract<Chunk, { kind: 'market' }>;
    return lane.length === 0 ? 0 : lane[this.#done]!;
  }

  #fact(): [Block, number] {
    const owner = this.#owner();
    return [(this.#chunk as Extract<Chunk, { kind: 'market' }>).blocks[owner]!, this.#taken[owner]!];
  }

  #sourceRank(source: SourceId): number {
    const index = this.#order.sources.indexOf(source);
    assert(index >= 0, `the source ${source} has no place in the order`);
    return index * SOURCE;
  }

  #rankOf({ source, instrument, kind }: Block): number {
    const index = this.#order.instruments.indexOf(instrument);
    assert(index >= 0, `the instrument ${instrument} has no place in the order`);
    return this.#sourceRank(source) + (index + 1) * KIND + BLOCK_KINDS.indexOf(kind);
  }
}

const KIND = 8;
const SOURCE = 1_048_576;

function earliest(heads: readonly Head[]): Head | null {
  let best: Head | null = null;
  for (const head of heads)
    if (!head.ended && (best === null || head.at < best.at || (head.at === best.at && head.rank < best.rank))) best = head;
  return best;
}

/** Lone surrogates cannot be stored as text. */
const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200).replace(/[\ud800-\udfff]/g, '?');
