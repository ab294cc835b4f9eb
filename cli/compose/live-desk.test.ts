// The runner's laws: the journal first, nothing half done, a halt that says why and where.
import { describe, expect, test } from 'vitest';
import { MACHINES } from '#actors/desk/core.ts';
import { feedMachine } from '#actors/feed.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { JournalStalled } from '#engine/journal/port.ts';
import { SyntheticMarket } from '#engine/market/synthetic.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { Seq, Sha256 } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { realClock } from '#streams/clock.ts';
import { bounded } from '#streams/pulled.ts';
import { type Halt, Sequencer } from '#streams/sequencer.ts';
import { haltRefusal } from './demo-session.ts';
import { DEMO_STANDARD, DEMO_START, demoDeskId, demoInputs, demoMarket } from './demo-settings.ts';
import { nodeDigest } from './digest.ts';
import { LiveDesk, type SegmentedJournal } from './live-desk.ts';

const desk = demoDeskId(DEMO_STANDARD);

/** Keeps what it is given; stalls after so many frames; would like a new segment after so many. */
function listJournal({ stallsAfter = Infinity, segmentAfter = Infinity } = {}) {
  const frames: Frame[] = [];
  let opened = 0;
  const journal: SegmentedJournal = {
    opened: { desk, seq: 0 as Seq, head: '' as Sha256, epoch: 1, genesis: false, tail: null, skipped: 0 },
    pendingBytes: 0,
    head: '' as Sha256,
    append(frame) {
      if (frames.length >= stallsAfter) throw new JournalStalled('the disk is full');
      frames.push(frame);
    },
    durable: async () => 0 as Seq,
    close: async () => {},
    wantsNewSegment: () => frames.length - opened > segmentAfter,
    startSegment: () => {
      opened = frames.length;
      frames.push({ desk, epoch: 1, kind: 'segment', first: 0 as Seq, count: 0, payload: new Uint8Array(0) });
    },
  };
  return { journal, frames };
}

async function played(ticks: number, { journal, run = deskRun() }: { journal: SegmentedJournal; run?: DeskRun }) {
  const live = new LiveDesk(run, journal);
  let halt: Halt | null = null;
  const onHalt = (why: Halt) => {
    halt = why;
  };
  const sequencer = new Sequencer({
    ...{ desk, epoch: 1, seq: 0 as Seq, at: DEMO_START, journal, port: live, clock: realClock, time: 'data', maxPendingBytes: 1e9, onHalt },
  });
  let left = demoInputs(DEMO_STANDARD).map((body) => ({ ...body, at: DEMO_START }));
  await sequencer.run({
    paced: false,
    cursor: () => '',
    next() {
      const records = left;
      left = [];
      return records.length === 0 ? 'end' : { kind: 'inputs', records };
    },
  });
  await sequencer.run(bounded(new SyntheticMarket(demoMarket(DEMO_STANDARD)), ticks));
  return { live, halt: halt as Halt | null };
}

const deskRun = (machines?: typeof MACHINES) =>
  new DeskRun({ desk, digest: nodeDigest, catalogue, ...(machines === undefined ? {} : { machines }) });

describe('the runner', () => {
  test('inputs lie in the journal before what is decided of them, which lies there before the next', async () => {
    const { journal, frames } = listJournal();
    const { live } = await played(2_000, { journal });
    let last = 0;
    frames.forEach(({ kind, first, count }, index) => {
      if (kind === 'decisions') {
        expect(['inputs', 'market']).toContain(frames[index - 1]!.kind);
        expect(first).toBeGreaterThanOrEqual(frames[index - 1]!.first);
      } else {
        expect(first).toBe(last + 1);
        last = first + count - 1;
      }
    });
    expect(live.run.desk.seq).toBe(last);
  });

  test('a journal that stalls halts, and whoever asks learns why: exit 3', async () => {
    const { journal, frames } = listJournal({ stallsAfter: 9 });
    const { live, halt } = await played(2_000, { journal });
    expect(frames).toHaveLength(9);
    expect(haltRefusal(halt!, live.run, 'here')).toMatchObject({ code: 3, lines: [expect.stringContaining('the disk is full')] });
  });

  test('an actor that throws halts before anything of that frame is decided, and is named: exit 4', async () => {
    const broken = feedMachine.provide({
      actions: {
        faulted: () => {
          throw new Error('planted');
        },
      },
    });
    const { journal, frames } = listJournal();
    const { live, halt } = await played(20_000, { journal, run: deskRun({ ...MACHINES, feed: broken }) });
    expect(halt).toMatchObject({ why: 'desk', error: { name: 'ActorFailed' } });
    expect(frames.at(-1)!.kind).toBe('market');
    const refused = haltRefusal(halt!, live.run, 'here');
    expect(refused.code).toBe(4);
    expect(refused.lines[0]).toMatch(/stopped itself at \d+\.\d+: ActorFailed: .*feed/);
  });

  test('a new segment begins where nothing is half done, and opens with a checkpoint', async () => {
    const { journal, frames } = listJournal({ segmentAfter: 4 });
    await played(2_000, { journal });
    const begins = frames.flatMap(({ kind }, index) => (kind === 'segment' ? [index] : []));
    expect(begins.length).toBeGreaterThan(1);
    for (const index of begins) {
      expect(frames[index + 1]!.kind).toBe('checkpoint');
      expect(['decisions', 'market', 'inputs']).toContain(frames[index - 1]!.kind);
    }
  });
});
