/**
 * A recorded run played again through the same desk, at the speed a pacer sets, for people who watch. Knows no timer and no clock: the
 * pacer is handed in. Between two pieces it returns to the event loop, so a watcher is served and a stop is heard.
 */
import type { Decision } from '#engine/decisions.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { arrivedBy, type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import type { Counts, DeskRun } from './desk-run.ts';
import { NothingThere, Replay, type ReplayOptions } from './run-to.ts';

/** Decides when facts may be played. */
export interface Pacer {
  /**
   * Resolves when facts that arrived at `at` are due, with the arrival up to which facts may now be played (≥ at; Infinity: all of the
   * frame). It must let the event loop turn. Null stops the replay.
   */
  next(at: TimeUs): Promise<number | null>;
}

/** What a watcher is told after every piece. */
export type PlayStatus = Readonly<{ run: DeskRun; seq: Seq; at: TimeUs; ticks: number; decisions: number }>;

export type PlayOptions = Omit<ReplayOptions, 'observer'> &
  Readonly<{
    pacer: Pacer;
    /** Starts right after this number: what lies before is taken at full speed from the nearest checkpoint. */
    from?: number;
    /** The last number to play. */
    to?: number;
    /** Sees every decision from the start on. */
    decided?: (decision: Decision) => void;
    status?: (status: PlayStatus) => void;
  }>;

export type PlayResult = Readonly<{
  desk: DeskId;
  /** False when the pacer stopped it before the end. */
  finished: boolean;
  seq: Seq;
  at: TimeUs;
  counts: Counts;
  runHash: Sha256;
  stateHash: Sha256;
  run: DeskRun;
}>;

export async function play(reader: JournalReader, options: PlayOptions): Promise<PlayResult> {
  const { pacer, from = 0, to = Infinity, decided = () => {}, status = () => {}, ...rest } = options;
  let watched = false;
  let replay: Replay | null = null;
  let desk: DeskId | null = null;
  let finished = true;
  const observer = (decision: Decision): void => {
    if (watched) decided(decision);
  };
  const told = (run: DeskRun): void =>
    status({ run, seq: run.desk.seq, at: run.desk.at, ticks: run.counts.ticks, decisions: run.counts.decisions });
  reading: for await (const { frame } of from > 0 ? reader.frames(from as Seq, true) : reader.frames()) {
    desk ??= frame.desk;
    replay ??= new Replay(frame.desk, { ...rest, observer });
    for (const piece of piecesOf(decodePayload(frame), from)) {
      const { at, first } = startOf(piece);
      if (first !== null && first > to) break reading;
      if (at === null || (first === null ? replay.run.desk.seq < from : first <= from)) {
        replay.take(piece); // a mark, or before the start
        continue;
      }
      watched = true;
      for (let left: Payload | null = piece; left !== null; ) {
        const until = await pacer.next(startOf(left).at as TimeUs);
        if (until === null) {
          finished = false;
          break reading;
        }
        const [now, later] = cut(left, until, to);
        replay.take(now);
        told(replay.run);
        left = later;
      }
    }
  }
  if (replay === null || desk === null) throw new NothingThere('the journal is empty');
  const { run } = replay;
  return {
    desk,
    finished,
    seq: run.desk.seq,
    at: run.desk.at,
    counts: run.counts,
    runHash: run.runHash(),
    stateHash: run.stateHash(),
    run,
  };
}

/** A payload cut at the number after which watching starts. */
function piecesOf(payload: Payload, from: number): readonly Payload[] {
  if (payload.kind === 'market') {
    const { first, count } = payload.frame;
    if (first > from || first + count - 1 <= from) return [payload];
    return [market(sliceFrame(payload.frame, first, from + 1)), market(sliceFrame(payload.frame, from + 1, first + count))];
  }
  if (payload.kind === 'inputs') {
    const before = payload.records.filter(({ seq }) => seq <= from);
    const behind = payload.records.filter(({ seq }) => seq > from);
    return [before, behind].flatMap((records) => (records.length === 0 ? [] : [{ ...payload, records }]));
  }
  return [payload];
}

const market = (frame: MarketFrame): Payload => ({ kind: 'market', frame });

/** Arrival and number of what comes first in a payload; null where it has none. */
function startOf(payload: Payload): Readonly<{ at: number | null; first: number | null }> {
  switch (payload.kind) {
    case 'market':
      return { at: payload.frame.blocks.reduce((least, { at }) => Math.min(least, at[0]), Infinity), first: payload.frame.first };
    case 'inputs':
      return { at: payload.records[0].at, first: payload.records[0].seq };
    case 'time':
      return { at: payload.at, first: null };
    default:
      return { at: null, first: null };
  }
}

/** What arrived by `until` and lies at or below `to`, and the rest; the first fact is always played. */
function cut(payload: Payload, until: number, to: number): readonly [now: Payload, later: Payload | null] {
  if (payload.kind !== 'market') return [payload, null];
  const { frame } = payload;
  const most = Math.min(frame.count, to - frame.first + 1);
  const due = Math.min(most, Math.max(1, until === Infinity ? most : arrivedBy(frame, until)));
  const split = frame.first + due;
  const now = due === frame.count ? payload : market(sliceFrame(frame, frame.first, split));
  return [now, due >= most ? null : market(sliceFrame(frame, split, frame.first + frame.count))];
}

/** As fast as the desk can: `turn` lets the event loop turn. */
export const unpaced = (turn: () => Promise<void>): Pacer => ({
  async next() {
    await turn();
    return Infinity;
  },
});

/** What a pacer needs of the world: monotonic ms, and a way to wait (0: one turn of the event loop). */
export type Waiting = Readonly<{ nowMs: () => number; wait: (ms: number) => Promise<void>; stopped?: () => boolean }>;

/**
 * `speed` seconds of the record in a second; asked anew before each piece, so that it can be changed on the way. 0 pauses. A stop or a new
 * speed is heard within `stepMs`.
 */
export function paced({ nowMs, wait, stopped = () => false }: Waiting, speed: () => number, stepMs = 40): Pacer {
  let atWall = Number.NaN;
  let atRecord = 0;
  let last = Number.NaN;
  return {
    async next(at) {
      for (;;) {
        if (stopped()) return null;
        const now = nowMs();
        const pace = speed();
        if (pace !== last || Number.isNaN(atWall)) {
          // a new speed counts from where the record stands now
          if (!Number.isNaN(atWall) && last > 0) atRecord += (now - atWall) * 1000 * last;
          else if (Number.isNaN(atWall)) atRecord = at;
          atWall = now;
          last = pace;
        }
        if (pace === Infinity) {
          await wait(0);
          atRecord = at;
          atWall = nowMs();
          return Infinity;
        }
        const reached = atRecord + (now - atWall) * 1000 * pace;
        if (pace > 0 && at <= reached) {
          await wait(0);
          return Math.floor(reached);
        }
        const missing = pace > 0 ? Math.ceil((at - reached) / 1000 / pace) : stepMs;
        await wait(Math.max(1, Math.min(missing, stepMs)));
      }
    },
  };
}
