/** One replay from a journal to its hashes: frames cut to the clock at the asked speed, and what the journal says of the same numbers. */
import type { Decision } from '#engine/decisions.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { sliceFrame } from '#engine/market/blocks.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { arrivedBy, Replay } from '#replay/run-to.ts';
import { realClock, sleep, turnOf } from '#streams/clock.ts';
import { LOOK_EVERY_US } from '#streams/pace.ts';
import { type Answer, Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { showFor } from '../screen/show.ts';
import { coloursFor } from '../screen/terminal.ts';
import { equityText } from '../screen/watch.ts';
import { nodeDigest } from './digest.ts';
import { journalNamed, shortPath } from './journal-reader.ts';
import { onStop } from './signals.ts';

export type ReplayAsked = Readonly<{ named: string; speed: number; ticks: number; json: boolean }>;
/** What the journal's last checkpoint at the number reached says, and whether the replay came to the same. */
type Recorded = Readonly<{ seq: number; inputsHash: string; decisionsHash: string; digest: string; same: boolean }>;

export async function replayJournal({ named, speed, ticks, json }: ReplayAsked): Promise<Answer> {
  const { path, reader } = journalNamed(named);
  const show = showFor(json);
  const place = shortPath(path);
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  let replay: Replay | null = null;
  let recorded: Recorded | null = null;
  let desk = '';
  const clock = new DataClock(speed);
  try {
    for await (const { frame } of reader.frames()) {
      if (replay === null) {
        desk = frame.desk;
        replay = new Replay(frame.desk, { digest: nodeDigest, catalogue, observer: (decision: Decision) => show.observer(decision) });
        const begun = replay;
        show.begin({
          get run() {
            return begun.run;
          },
          journal: null,
          place,
          title: `Replay of ${frame.desk} · ${speed === Number.POSITIVE_INFINITY ? 'as fast as possible' : `${speed}× real time`}`,
          keys: 'Ctrl-C stops; nothing is written.',
          watched: speed !== Number.POSITIVE_INFINITY,
        });
      }
      const payload = decodePayload(frame);
      if (payload.kind === 'checkpoint' && payload.part === 0) recorded = compared(replay.run, payload);
      await play(replay, payload, ticks, clock, () => stopped);
      if (stopped || replay.run.counts.ticks >= ticks) break;
      await turnOf(realClock);
    }
  } finally {
    show.end();
    off();
  }
  if (replay === null) throw new Refused(1, [`${place} is empty`], 'npx retrace journal ls');
  return answerOf(replay.run, { path, place, desk, stopped, recorded: recorded?.seq === replay.run.desk.seq ? recorded : null });
}

/** Hands a payload to the desk, a market frame piece by piece as its time comes. */
async function play(replay: Replay, payload: Payload, ticks: number, clock: DataClock, stopped: () => boolean): Promise<void> {
  if (payload.kind !== 'market') {
    const at = payload.kind === 'time' ? payload.at : payload.kind === 'inputs' ? (payload.records.at(-1)?.at ?? 0) : 0;
    await clock.reach(at, stopped);
    if (!stopped()) replay.take(payload);
    return;
  }
  const { frame } = payload;
  const end = frame.first + Math.min(frame.count, ticks - replay.run.counts.ticks);
  for (let from: number = frame.first; from < end && !stopped(); ) {
    const reached = clock.now();
    const to = reached === Number.POSITIVE_INFINITY ? end : Math.min(end, frame.first + arrivedBy(frame, reached));
    if (to > from)
      replay.take({
        kind: 'market',
        frame: from === frame.first && to === frame.first + frame.count ? frame : sliceFrame(frame, from, to),
      });
    else if (clock.waiting) await sleep(realClock, LOOK_EVERY_US);
    else clock.begin(Math.min(...frame.blocks.map(({ at }) => at[0]!)));
    from = Math.max(from, to);
  }
}

/** The data's time as it runs at a speed, from the first arrival on. */
class DataClock {
  readonly #speed: number;
  #origin: { data: number; monotonic: number } | null = null;

  constructor(speed: number) {
    this.#speed = speed;
  }

  get waiting(): boolean {
    return this.#origin !== null;
  }

  begin(dataUs: number): void {
    this.#origin = { data: dataUs, monotonic: realClock.monotonicUs() };
  }

  now(): number {
    if (this.#speed === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    if (this.#origin === null) return Number.NEGATIVE_INFINITY;
    return Math.floor(this.#origin.data + (realClock.monotonicUs() - this.#origin.monotonic) * this.#speed);
  }

  async reach(at: number, stopped: () => boolean): Promise<void> {
    if (at === 0) return;
    if (this.#origin === null) this.begin(at);
    while (this.now() < at && !stopped()) await sleep(realClock, LOOK_EVERY_US);
  }
}

function compared(run: DeskRun, { inputsHash, decisionsHash, digest }: Extract<Payload, { kind: 'checkpoint' }>): Recorded {
  const same = run.hashes.inputsHash() === inputsHash && run.hashes.decisionsHash() === decisionsHash && run.stateHash() === digest;
  return { seq: run.desk.seq, inputsHash, decisionsHash, digest, same };
}

type Ended = Readonly<{ path: string; place: string; desk: string; stopped: boolean; recorded: Recorded | null }>;

function answerOf(run: DeskRun, { path, place, desk, stopped, recorded }: Ended): Answer {
  const { ticks, decisions, orders, fills, refusals } = run.counts;
  const { green, red } = coloursFor(process.stdout);
  const [runHash, stateHash, equity] = [run.runHash(), run.stateHash(), equityText(run)];
  const n = (value: number) => grouped(String(value));
  const same =
    recorded === null
      ? []
      : [
          recorded.same
            ? green('The journal holds the same hashes at this number.')
            : red('The journal holds other hashes at this number.'),
        ];
  return {
    ok: recorded?.same ?? true,
    fields: {
      journal: path,
      runHash,
      stateHash,
      seq: run.desk.seq,
      ticks,
      decisions,
      orders,
      fills,
      refusals,
      equity,
      desk,
      stopped,
      recorded,
    },
    text: [
      '',
      `${n(ticks)} ticks, ${n(decisions)} decisions, ${n(orders)} orders, ${n(fills)} fills, ${n(refusals)} refused; equity ${grouped(equity)}`,
      `run   ${runHash}`,
      `state ${stateHash}`,
      ...same,
      `next: npx retrace verify ${place}`,
    ],
  };
}
