import { describe, expect, test } from 'vitest';
import type { Frame } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { Journal } from '#engine/journal/port.ts';
import { SYNTHETIC_START, SyntheticMarket, syntheticSpec } from '#engine/market/synthetic.ts';
import { STORMY } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { deskId, SECOND_US, type Seq, type Sha256, sourceId, type TimeUs } from '#engine/values.ts';
import { frameRows, type Row, readRows, rowsOf } from '#tests/markets.ts';
import { ManualClock } from './clock.ts';
import type { SequencedFrame } from './desk-port.ts';
import { joinedCursors, joinPulled } from './join.ts';
import { paced } from './pace.ts';
import { BadCursor, bounded, boundedCursor, type PulledSource } from './pulled.ts';
import { Sequencer } from './sequencer.ts';

const spec = syntheticSpec({ seed: 9, faults: STORMY, instruments: syntheticInstruments(2) });
const market = (ticks: number) => bounded(new SyntheticMarket(spec), ticks);

async function drain(source: PulledSource, size = 1_000): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const chunk = await source.next(size);
    if (chunk === 'end' || chunk === 'quiet') return rows;
    rows.push(...rowsOf(chunk as never));
  }
}

function world(clock = new ManualClock(0)) {
  const frames: Frame[] = [];
  const taken: Row[] = [];
  const desk = { deadline: null as TimeUs | null, times: [] as number[] };
  const state = { pendingBytes: 0, most: 0 };
  const journal: Journal = {
    opened: { desk: deskId('d'), seq: 0 as Seq, head: '0'.repeat(64) as Sha256, epoch: 1, genesis: true, tail: null, skipped: 0 },
    head: '0'.repeat(64) as Sha256,
    append(frame) {
      frames.push(frame);
      state.pendingBytes += frame.payload.length;
      state.most = Math.max(state.most, state.pendingBytes);
    },
    durable: async () => {
      await Promise.resolve();
      state.pendingBytes = 0;
      return (frames.at(-1)?.first ?? 0) as Seq;
    },
    get pendingBytes() {
      return state.pendingBytes;
    },
    close: async () => {},
  };
  const port = {
    take(frame: SequencedFrame) {
      if (frame.kind === 'market') taken.push(...frameRows(frame.frame));
      else taken.push(...frame.records.map(({ seq, ...body }) => ({ ...body })));
    },
    nextDeadline: () => desk.deadline,
    passTime(at: TimeUs) {
      desk.times.push(at);
      desk.deadline = null;
    },
  };
  const sequencer = (seq = 0, at = SYNTHETIC_START) =>
    new Sequencer({
      desk: deskId('d'),
      epoch: 1,
      seq: seq as Seq,
      at,
      journal,
      port,
      clock,
      time: 'data',
      maxPendingBytes: 20_000,
      onHalt: ({ error }) => {
        throw error;
      },
    });
  return { clock, frames, taken, desk, state, sequencer };
}

/** Lets a run on a manual clock come to its end. */
async function finished<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  void work.finally(() => {
    done = true;
  });
  for (let i = 0; i < 100_000 && !done; i += 1) {
    for (let k = 0; k < 5; k += 1) await Promise.resolve();
    clock.turn();
  }
  return work;
}

describe('a bounded source', () => {
  test('ends after so many facts, resumed or not', async () => {
    const whole = await drain(market(1_000));
    expect(whole.filter((row) => 'lane' in row)).toHaveLength(1_000);
    const first = market(1_000);
    const rows: Row[] = [];
    for (let i = 0; i < 20; i += 1) rows.push(...rowsOf((await first.next(23)) as never));
    const { told, inner } = boundedCursor(first.cursor());
    const rest = bounded(SyntheticMarket.resume(spec, inner), 1_000, told);
    expect([...rows, ...(await drain(rest))]).toEqual(whole);
    expect(() => boundedCursor('x')).toThrow(BadCursor);
  });
});

describe('the sequencer pulls', () => {
  test('every fact once, in order, with the data’s own times, waiting for the disk, a cursor in each frame', async () => {
    const { clock, frames, taken, state, sequencer } = world();
    expect(await finished(clock, sequencer().run(market(3_000), 500))).toBe('end');
    expect(taken).toEqual(readRows(new SyntheticMarket(spec), taken.length));
    expect(taken.filter((row) => 'lane' in row)).toHaveLength(3_000);
    expect(state.most).toBeLessThan(40_000);
    let next = 1;
    for (const frame of frames) {
      expect(frame.first).toBe(next);
      next += frame.count;
      const payload = decodePayload(frame);
      expect((payload.kind === 'market' ? payload.frame.cursor : payload.kind === 'inputs' ? payload.cursor : '')?.includes('@')).toBe(
        true,
      );
    }
  });

  test('stopped behind any frame and resumed from its cursor, nothing is lost or told twice', async () => {
    const whole = world();
    await finished(whole.clock, whole.sequencer().run(market(800), 50));
    const cut = world();
    const one = cut.sequencer();
    const running = one.run(market(800), 37);
    for (let i = 0; cut.frames.length < 9; i += 1) {
      await Promise.resolve();
      if (i % 5 === 0) cut.clock.turn();
    }
    one.stop();
    expect(await finished(cut.clock, running)).toBe('stopped');
    const payload = decodePayload(cut.frames.at(-1)!);
    const cursor = payload.kind === 'market' ? payload.frame.cursor : payload.kind === 'inputs' ? payload.cursor : null;
    const { told, inner } = boundedCursor(cursor ?? '');
    const two = cut.sequencer(one.seq, one.at);
    await finished(cut.clock, two.run(bounded(SyntheticMarket.resume(spec, inner), 800, told), 50));
    expect(cut.taken).toEqual(whole.taken);
  });

  test('a command given between frames takes the current time', async () => {
    const { clock, frames, sequencer } = world();
    const one = sequencer();
    const running = one.run(market(300), 100);
    for (let i = 0; frames.length < 2; i += 1) {
      await Promise.resolve();
      if (i % 5 === 0) clock.turn();
    }
    const at = one.at;
    const { seq } = one.submit({ type: 'SessionLost', account: 'a' as never, why: 'test' });
    await finished(clock, running);
    const frame = frames.find(({ first }) => first === seq)!;
    expect(decodePayload(frame)).toMatchObject({ records: [{ type: 'SessionLost', at }] });
  });
});

describe('pace', () => {
  test('a fact is given when its time has come', async () => {
    const clock = new ManualClock(0);
    const source = paced(market(10_000), clock, SYNTHETIC_START, 2);
    const { taken, sequencer } = world(clock);
    const one = sequencer();
    const running = one.run(source);
    await clock.play(3 * SECOND_US, 5_000);
    const last = Number(taken.at(-1)!['at']) - SYNTHETIC_START;
    expect(last).toBeGreaterThan(5.5 * SECOND_US);
    expect(last).toBeLessThanOrEqual(6 * SECOND_US);
    one.stop();
    await clock.play(50_000);
    expect(await running).toBe('stopped');
  });

  test('while nothing arrives, a deadline is kept in the data’s time', async () => {
    const clock = new ManualClock(0);
    const { desk, sequencer } = world(clock);
    desk.deadline = (SYNTHETIC_START + 1_500_000) as TimeUs;
    const silent: PulledSource = { paced: false, cursor: () => '', next: (_, until) => (until === undefined ? 'end' : 'quiet') };
    const one = sequencer();
    void one.run(paced(silent, clock, SYNTHETIC_START, 1));
    await clock.play(1_480_000, 5_000);
    expect(desk.times).toEqual([]);
    await clock.play(100_000, 5_000);
    expect(desk.times).toEqual([SYNTHETIC_START + 1_500_000]);
    one.stop();
    await clock.play(50_000);
  });

  test('at speed Infinity it is the source itself', async () => {
    const clock = new ManualClock(0);
    expect(await drain(paced(market(500), clock, SYNTHETIC_START, Infinity))).toEqual(await drain(market(500)));
  });
});

describe('join', () => {
  const sources = [sourceId('a'), sourceId('b')];
  const instruments = syntheticInstruments(2, sources);
  const joint = syntheticSpec({ seed: 4, faults: STORMY, instruments, paceUs: 2_000 });
  const parts = sources.map((source) =>
    syntheticSpec({
      ...joint,
      instruments: instruments.map((instrument) => ({ ...instrument, feeds: instrument.feeds.filter((feed) => feed.source === source) })),
    }),
  );
  const order = { sources, instruments: instruments.map(({ id }) => id) };

  test('sources pulled apart and joined give the order of the whole', async () => {
    const joined = joinPulled(
      parts.map((part) => bounded(new SyntheticMarket(part), 4_000)),
      order,
    );
    const rows = (await drain(joined, 100)).slice(0, 4_000);
    expect(rows).toEqual(readRows(new SyntheticMarket(joint), 4_000));
  });

  test('its cursor can be cut anywhere', async () => {
    let joined = joinPulled(
      parts.map((part) => bounded(new SyntheticMarket(part))),
      order,
    );
    const rows: Row[] = [];
    for (let i = 0; i < 60; i += 1) {
      rows.push(...rowsOf((await joined.next(1 + ((i * 7) % 19))) as never));
      const states = joinedCursors(joined.cursor());
      joined = joinPulled(
        parts.map((part, k) => {
          const { told, inner } = boundedCursor(states[k]!.cursor);
          return bounded(SyntheticMarket.resume(part, inner), Infinity, told);
        }),
        order,
        states.map(({ skip }) => skip),
      );
    }
    expect(rows).toEqual(readRows(new SyntheticMarket(joint), rows.length));
    expect(() => joinedCursors('{}')).toThrow(BadCursor);
  });
});
