/** The order book of a tape as it was known at a moment: read from the last snapshot that had arrived by then. */
import { lotsText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { BookSide, Level } from '#engine/market/book.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { beginsBook, RecordedBook } from '#engine/market/recorded-book.ts';
import type { TapeStream } from '#engine/market/tape.ts';
import type { Lots, PriceTicks, TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { iso } from '#replay/words.ts';
import { type Answer, Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { table } from '../screen/state-text.ts';
import { blocksOf, pickedStream } from './tape-stream.ts';
import { nameOfTape, tapeNamed } from './tapes.ts';

export type BookAsked = Readonly<{ tape: string; at: TimeUs | null; depth: number; stream: number | null }>;

const n = (value: number): string => grouped(String(value));

export function bookOf(asked: BookAsked): Answer {
  const tape = tapeNamed(asked.tape);
  const { stream, instrument } = pickedStream(tape, ['book'], asked.stream);
  const { from, to } = tape.manifest;
  const at = asked.at ?? to;
  if (at < from)
    throw new Refused(2, [`--at ${iso(at)}: ${nameOfTape(tape)} begins at ${iso(from)}`], `npx retrace tape show ${nameOfTape(tape)}`);
  const read = new RecordedBook();
  let last: Readonly<{ at: number; time: number }> | null = null;
  let changes = 0;
  for (const block of blocksOf(tape.frames(lastSnapshot(tape, stream, at), at + 1), stream)) {
    const [price, lots] = block.values as [Float64Array, Float64Array];
    for (let i = 0; i < block.count; i += 1) read.take(block.flags[i]!, block.venueTime[i]!, price[i]!, lots[i]!);
    changes += block.count;
    last = { at: block.at[block.count - 1]!, time: block.venueTime[block.count - 1]! };
  }
  const about = { tape: nameOfTape(tape), instrument: instrument.id, source: stream.source, at: iso(at) };
  const { book } = read;
  if (book === null) {
    const because =
      read.lostAt === null
        ? 'no snapshot of it has arrived by then'
        : `changes before that of ${iso(read.lostAt)} are missing, and no snapshot has arrived since`;
    return {
      ok: false,
      fields: { ...about, known: false, because, bids: [], asks: [] },
      text: [`The book of ${instrument.id} is not known at ${iso(at)}: ${because}.`, `next: npx retrace tape show ${about.tape}`],
    };
  }
  const texts = textsOf(instrument);
  const [bids, asks] = [book.bids, book.asks].map((side: BookSide) => side.levels(asked.depth).map(texts.level)) as [Written[], Written[]];
  const spread = book.bestBid === null || book.bestAsk === null ? null : texts.price(book.bestAsk - book.bestBid);
  const counts = { bids: book.bids.count, asks: book.asks.count };
  return {
    ok: true,
    fields: {
      ...{ ...about, known: true, snapshotAt: iso(read.begunAt!), lastChangeAt: iso(last!.time), lastArrivalAt: iso(last!.at), changes },
      ...{ crossed: book.crossed, spread, levels: counts, bids, asks },
    },
    text: [
      `The book of ${instrument.id} from ${stream.source} at ${iso(at)}: ${n(counts.bids)} bids, ${n(counts.asks)} asks${spread === null ? '' : `, ${spread} apart`}`,
      ...(book.crossed ? ['  crossed: somebody bids what somebody asks, so changes are missing that the data does not tell of'] : []),
      ...table([['', 'bid size', 'bid', 'ask', 'ask size'], ...sideBySide(bids, asks)]),
      `rebuilt from ${n(changes)} recorded levels, from the snapshot of ${iso(read.begunAt!)} to the change of ${iso(last!.time)}`,
    ],
  };
}

/** Arrival of the last snapshot of the stream by a moment: frames are looked through from there backwards. 0 where there is none. */
function lastSnapshot(tape: Tape, stream: TapeStream, at: number): number {
  const { frames } = tape.manifest;
  for (let index = frames.length - 1; index >= 0; index -= 1) {
    const frame = frames[index]!;
    if (frame.from > at) continue;
    let found: number | null = null;
    // the first level of a frame may go on with a snapshot of the one before: only the tape's own first is sure to begin one
    let [flags, time] = index === 0 ? [0, -1] : [-1, -1];
    for (const block of blocksOf(tape.frames(frame.from, Math.min(frame.to, at) + 1), stream))
      for (let i = 0; i < block.count; i += 1) {
        if (flags !== -1 && beginsBook(block.flags[i]!, block.venueTime[i]!, flags, time)) found = block.at[i]!;
        flags = block.flags[i]!;
        time = block.venueTime[i]!;
      }
    if (found !== null) return found;
  }
  return 0;
}

type Written = Readonly<{ price: string; size: string }>;

function textsOf(instrument: Instrument): Readonly<{ price: (ticks: number) => string; level: (level: Level) => Written }> {
  const [tick, lot] = [parseDecimal(instrument.tick), parseDecimal(instrument.lot)];
  const price = (ticks: number) => priceText(ticks as PriceTicks, tick);
  return { price, level: ([ticks, lots]) => ({ price: price(ticks), size: lotsText(lots as Lots, lot) }) };
}

function sideBySide(bids: readonly Written[], asks: readonly Written[]): string[][] {
  return Array.from({ length: Math.max(bids.length, asks.length) }, (_, row) => {
    const [bid, ask] = [bids[row], asks[row]];
    return [String(row + 1), bid?.size ?? '', bid?.price ?? '', ask?.price ?? '', ask?.size ?? ''];
  });
}
