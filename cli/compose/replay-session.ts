/** One replay from a journal to its hashes, shown as it was when it was live; and what the journal says of the same numbers. */
import type { Frame } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { JournalReader, StoredFrame } from '#engine/journal/port.ts';
import { type Bounds, boundsOf, momentOf } from '#replay/moment.ts';
import { type PlayResult, paced, play } from '#replay/play.ts';
import { numberAt } from '#replay/run-to.ts';
import { realClock, sleep, turnOf } from '#streams/clock.ts';
import { type Answer, Refused } from '../answer.ts';
import { catalogue } from '../research/kept-strategies.ts';
import { grouped } from '../screen/desk-screen.ts';
import { showFor } from '../screen/show.ts';
import { coloursFor } from '../screen/terminal.ts';
import { equityText } from '../screen/watch.ts';
import { nodeDigest } from './digest.ts';
import { outside } from './journal-range.ts';
import { journalNamed, type NamedJournal, shortPath } from './journal-reader.ts';
import { onStop } from './signals.ts';

export type ReplayAsked = Readonly<{ named: string; speed: number; from: string | null; to: string | null; json: boolean }>;
/** What the journal's last checkpoint says, and of which number. */
type Recorded = Readonly<{ seq: number; inputsHash: string; decisionsHash: string; digest: string }>;

export async function replayJournal({ named, speed, from, to, json }: ReplayAsked): Promise<Answer> {
  const found = journalNamed(named);
  const { path, reader } = found;
  const { first, last } = await partAsked(found, from, to);
  const place = shortPath(path);
  const show = showFor(json);
  const watched = speed !== Number.POSITIVE_INFINITY;
  const title = `Replay of ${place} · ${watched ? `${speed}× real time` : 'as fast as possible'}`;
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const heard = new Hearing(reader);
  const wait = (ms: number) => (ms === 0 ? turnOf(realClock) : sleep(realClock, ms * 1000));
  let begun = false;
  try {
    const result = await play(heard, {
      digest: nodeDigest,
      catalogue,
      pacer: paced({ nowMs: () => performance.now(), wait, stopped: () => stopped }, () => speed),
      from: first,
      to: last,
      decided: show.observer,
      status: ({ run }) => {
        if (!begun) show.begin({ run, journal: null, place, title, keys: 'Ctrl-C stops; nothing is written.', watched });
        begun = true;
      },
    });
    show.end();
    const { recorded } = heard;
    return answerOf(result, path, recorded?.seq === result.seq ? sameAs(result, recorded) : null);
  } finally {
    show.end();
    off();
  }
}

/** The numbers behind which and up to which it is played; what is not in the journal, or runs backwards, is refused. */
export async function partAsked(
  named: NamedJournal,
  from: string | null,
  to: string | null,
): Promise<Readonly<{ first: number; last: number }>> {
  if (from === null && to === null) return { first: 0, last: Number.POSITIVE_INFINITY };
  const { path, reader } = named;
  const next = `npx retrace replay ${shortPath(path)}`;
  const bounds = await boundsOf(reader);
  if (bounds === null) throw new Refused(1, [`${shortPath(path)} holds no inputs yet`], 'npx retrace journal ls');
  const first = from === null ? 0 : await numberNamed(named, from, '--from', bounds, next);
  const last = to === null ? Number.POSITIVE_INFINITY : await numberNamed(named, to, '--to', bounds, next);
  if (first > last) throw await outside(named, `--from ${from} lies behind --to ${to}`, next, bounds);
  return { first, last };
}

/** A number as it is, or the last one that had arrived by a time. */
async function numberNamed(named: NamedJournal, text: string, flag: string, bounds: Bounds, next: string): Promise<number> {
  if (/^\d{1,14}$/.test(text)) {
    const number = Number(text);
    if (number < bounds.firstSeq - 1 || number > bounds.seq) throw await outside(named, `${flag} ${text}`, next, bounds);
    return number;
  }
  const moment = momentOf(text, bounds);
  if (moment === null)
    throw new Refused(2, [`${flag} ${text}: is neither a number nor a time like 10:32, 10:32:05 or 2026-01-05T10:32:00Z`]);
  if (moment.to <= bounds.first || moment.from > bounds.last) throw await outside(named, `${flag} ${text}`, next, bounds);
  return numberAt(named.reader, moment.from);
}

/** Reads on, and remembers the last checkpoint that passed. */
class Hearing implements JournalReader {
  recorded: Recorded | null = null;
  readonly #reader: JournalReader;

  constructor(reader: JournalReader) {
    this.#reader = reader;
  }

  frames(...asked: Parameters<JournalReader['frames']>): AsyncIterable<StoredFrame> {
    return this.#hear(this.#reader.frames(...asked));
  }

  follow(...asked: Parameters<JournalReader['follow']>): AsyncIterable<StoredFrame> {
    return this.#hear(this.#reader.follow(...asked));
  }

  async *#hear(frames: AsyncIterable<StoredFrame>): AsyncGenerator<StoredFrame> {
    for await (const stored of frames) {
      this.#keep(stored.frame);
      yield stored;
    }
  }

  #keep(frame: Frame): void {
    if (frame.kind !== 'checkpoint') return;
    const payload = decodePayload(frame);
    if (payload.kind !== 'checkpoint') return;
    const { inputsHash, decisionsHash, digest } = payload;
    this.recorded = { seq: frame.first, inputsHash, decisionsHash, digest };
  }
}

function sameAs({ run, stateHash }: PlayResult, { inputsHash, decisionsHash, digest }: Recorded): boolean {
  return run.hashes.inputsHash() === inputsHash && run.hashes.decisionsHash() === decisionsHash && stateHash === digest;
}

function answerOf({ run, desk, finished, seq, runHash, stateHash }: PlayResult, path: string, same: boolean | null): Answer {
  const { ticks, decisions, orders, fills, refusals } = run.counts;
  const { green, red } = coloursFor(process.stdout);
  const equity = equityText(run);
  const n = (value: number) => grouped(String(value));
  const verdict = same ? green('The journal holds the same hashes at this number.') : red('The journal holds other hashes at this number.');
  return {
    ok: same ?? true,
    fields: {
      journal: path,
      runHash,
      stateHash,
      seq,
      ticks,
      decisions,
      orders,
      fills,
      refusals,
      equity,
      desk,
      finished,
      sameAsRecorded: same,
    },
    text: [
      '',
      `${n(ticks)} ticks, ${n(decisions)} decisions, ${n(orders)} orders, ${n(fills)} fills, ${n(refusals)} refused; equity ${grouped(equity)}`,
      `run   ${runHash}`,
      `state ${stateHash}`,
      ...(same === null ? [] : [verdict]),
      `next: npx retrace verify ${shortPath(path)}`,
    ],
  };
}
