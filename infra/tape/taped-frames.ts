/**
 * A run's journal with its market facts in their places: where it says that so many came from its tapes, they are read there. Whoever
 * reads it sees the journal of a run that recorded them.
 */
import { type Frame, takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt, type StoredFrame } from '#engine/journal/port.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import { type NamedTape, tapesOf } from '#engine/run/tapes.ts';
import type { Seq } from '#engine/values.ts';
import type { Tape } from './tape.ts';

/**
 * `journal` tells its frames from the first. What is handed on begins with the frame that holds `from`. `open` finds the tape of that hash, or
 * throws in words.
 */
export async function* tapedFrames(
  journal: AsyncIterable<StoredFrame>,
  open: (named: NamedTape) => Tape,
  from: Seq = 0 as Seq,
): AsyncGenerator<StoredFrame, void, undefined> {
  let facts: Facts | null = null;
  let begun = from === 0;
  for await (const stored of journal) {
    const { frame } = stored;
    if (frame.kind === 'genesis') facts = factsOf(frame, open);
    begun ||= takesNumbers(frame.kind) && frame.first + frame.count > from;
    if (frame.kind !== 'tape') {
      if (begun) yield stored;
      continue;
    }
    if (facts === null) throw new JournalCorrupt(`${stored.place}: facts of a tape, and the genesis names none`);
    let { bytes } = stored;
    for (const market of facts.next(frame.first, frame.count, stored.place)) {
      if (begun)
        yield { frame: frameOf(frame.desk, frame.epoch, market.first, { kind: 'market', frame: market }), bytes, place: stored.place };
      bytes = NO_BYTES; // the journal's own frame is told once
    }
  }
}

function factsOf(frame: Frame, open: (named: NamedTape) => Tape): Facts | null {
  const payload = decodePayload(frame);
  const tapes = payload.kind === 'genesis' ? tapesOf(payload.manifest) : [];
  return tapes.length === 0 ? null : new Facts(tapes.map((named) => ({ named, tape: open(named) })));
}

const NO_BYTES = new Uint8Array(0);

/** What the tapes hold, told in the portions in which the run took it. */
class Facts {
  readonly #tapes: readonly Readonly<{ named: NamedTape; tape: Tape }>[];
  #frames: Iterator<MarketFrame> | null = null;
  #rest: MarketFrame | null = null;

  constructor(tapes: readonly Readonly<{ named: NamedTape; tape: Tape }>[]) {
    this.#tapes = tapes;
  }

  *next(first: Seq, count: number, place: string): Generator<MarketFrame> {
    this.#frames ??= mergedFrames(
      this.#tapes.map(({ named, tape }) => tape.frames(named.from ?? 0, named.to ?? Number.POSITIVE_INFINITY)),
      first,
    );
    for (let left = count; left > 0; ) {
      const frame = this.#rest ?? this.#told(place);
      if (frame.first !== first + count - left) throw new JournalCorrupt(`${place}: its tapes stand at number ${frame.first}`);
      const taken = Math.min(left, frame.count);
      const end = frame.first + frame.count;
      yield taken === frame.count ? frame : sliceFrame(frame, frame.first, frame.first + taken);
      this.#rest = taken === frame.count ? null : sliceFrame(frame, frame.first + taken, end);
      left -= taken;
    }
  }

  #told(place: string): MarketFrame {
    const { done, value } = this.#frames!.next();
    if (done === true) throw new JournalCorrupt(`${place}: its tapes hold fewer facts than the run took`);
    return value;
  }
}
