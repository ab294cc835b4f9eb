/** Market facts as the journal has them: columns of numbers, told as prices and sizes of their instrument. */
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { type Block, FLAG_BUY, FLAG_SELL, type MarketFrame, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { RestTick } from '#gateway/contracts/rest-market.ts';
import type { Questions } from '#gateway/rest/ports.ts';
import { price, size } from './measured.ts';
import type { OpenJournal, Stop } from './open-journal.ts';

type Asked = Questions['ticks']['asked'];
type Said = Questions['ticks']['said'];

/** Oldest first. */
export async function ticksIn(journal: OpenJournal, asked: Asked, stop: Stop): Promise<Said> {
  const milestones = await journal.milestones();
  const seq = milestones.last?.seq ?? 0;
  const { from, to, limit } = asked;
  const start = Math.max((asked.after ?? 0) + 1, from === null ? 0 : await milestones.before(from), milestones.first?.seq ?? 1);
  const items: RestTick[] = [];
  const definitions = await journal.definitionsBefore(start);
  for await (const { frame } of journal.stored(start, stop)) {
    if (frame.kind === 'inputs') {
      const payload = decodePayload(frame);
      if (payload.kind === 'inputs')
        for (const record of payload.records)
          if (record.type === 'InstrumentDefined') definitions.set(record.instrument.id, record.instrument);
      continue;
    }
    if (frame.kind !== 'market') continue;
    const payload = decodePayload(frame);
    if (payload.kind !== 'market') continue;
    const last = payload.frame.blocks.reduce((most, { at, count }) => Math.max(most, at[count - 1] ?? 0), 0);
    const ended = to !== null && payload.frame.blocks.every(({ at }) => (at[0] ?? 0) >= to);
    if (ended) break;
    if (from !== null && last < from) continue;
    for (const tick of factsOf(payload.frame, asked, start, definitions)) {
      if (items.length === limit) return { items, next: String(items.at(-1)!.seq), seq };
      items.push(tick);
    }
  }
  return { items, next: null, seq };
}

/** In the order of their numbers. */
function* factsOf(frame: MarketFrame, asked: Asked, start: number, definitions: ReadonlyMap<string, Instrument>): Generator<RestTick> {
  const { instrument, source, kind, from, to } = asked;
  const wanted = frame.blocks.flatMap((block, owner) =>
    block.instrument === instrument && (source ?? block.source) === block.source && (kind ?? block.kind) === block.kind
      ? [{ block, offsets: frame.offsets[owner]!, place: 0 }]
      : [],
  );
  const definition = definitions.get(instrument);
  if (definition === undefined || wanted.length === 0) return;
  for (;;) {
    let next: (typeof wanted)[number] | null = null;
    for (const one of wanted)
      if (one.place < one.block.count && (next === null || one.offsets[one.place]! < next.offsets[next.place]!)) next = one;
    if (next === null) return;
    const { block, offsets, place } = next;
    next.place += 1;
    const seq = frame.first + offsets[place]!;
    const at = block.at[place]!;
    if (seq < start || (from !== null && at < from) || (to !== null && at >= to)) continue;
    yield tickOf(block, place, seq, definition);
  }
}

const PRICES: readonly string[] = ['price', 'bid', 'ask', 'open', 'high', 'low', 'close'];
const NOTHING = {
  ...{ price: null, lots: null, bid: null, bidLots: null, ask: null, askLots: null },
  ...{ open: null, high: null, low: null, close: null, volume: null },
};

function tickOf(block: Block, place: number, seq: number, definition: Instrument): RestTick {
  const { instrument, source, kind } = block;
  const flags = block.flags[place]!;
  const values = Object.fromEntries(
    VALUE_COLUMNS[kind].map((name, column) => {
      const value = block.values[column]![place]!;
      return [name, PRICES.includes(name) ? price(value, definition) : size(value, definition)];
    }),
  );
  return {
    ...{ seq, at: block.at[place]!, venueTime: block.venueTime[place]!, instrument, source, kind },
    side: (flags & FLAG_BUY) !== 0 ? 'buy' : (flags & FLAG_SELL) !== 0 ? 'sell' : null,
    ...NOTHING,
    ...values,
  };
}
