import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Frame } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { type Journal, JournalStalled } from '#engine/journal/port.ts';
import { NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import { deskId, instrumentId, SECOND_US, type Seq, type Sha256, sourceId, type TimeUs } from '#engine/values.ts';
import { ManualClock } from './clock.ts';
import type { DeskPort, SequencedFrame } from './desk-port.ts';
import type { FeedItem, InputBody } from './feed.ts';
import { type Halt, Sequencer, SequencerHalted, type SequencerOptions } from './sequencer.ts';

const START = 1_767_571_200 * SECOND_US;
const source = sourceId('venue');
const HASH = '0'.repeat(64) as Sha256;

/** A journal that tells what it was given, and does with it what the test says. */
class SpyJournal implements Journal {
  readonly opened = { desk: deskId('d'), seq: 0 as Seq, head: HASH, epoch: 1, genesis: true, tail: null, skipped: 0 };
  readonly head = HASH;
  readonly frames: Frame[] = [];
  pendingBytes = 0;
  refuse: Error | null = null;
  #sync: { resolve: (seq: Seq) => void; reject: (error: Error) => void; promise: Promise<Seq> } | null = null;
  readonly log: string[];

  constructor(log: string[]) {
    this.log = log;
  }

  append(frame: Frame): void {
    if (this.refuse !== null) throw this.refuse;
    this.frames.push(frame);
    this.pendingBytes += frame.payload.length;
    this.log.push(`journal ${textOf(frame)}`);
  }

  durable(): Promise<Seq> {
    if (this.#sync === null) {
      let resolve!: (seq: Seq) => void;
      let reject!: (error: Error) => void;
      const promise = new Promise<Seq>((yes, no) => ([resolve, reject] = [yes, no]));
      this.#sync = { resolve, reject, promise };
    }
    return this.#sync.promise;
  }

  /** The disk has it all. */
  sync(error: Error | null = null): void {
    const last = this.frames.at(-1);
    const sync = this.#sync;
    this.#sync = null;
    this.pendingBytes = 0;
    if (error !== null) sync?.reject(error);
    else sync?.resolve(((last?.first ?? 0) + (last?.count ?? 1) - 1) as Seq);
  }

  async close(): Promise<void> {}
}

class SpyDesk implements DeskPort {
  deadline: number | null = null;
  onTake: (frame: SequencedFrame) => void = () => {};
  readonly log: string[];

  constructor(log: string[]) {
    this.log = log;
  }

  take(frame: SequencedFrame): void {
    const [first, count] = frame.kind === 'market' ? [frame.frame.first, frame.frame.count] : [frame.records[0]!.seq, frame.records.length];
    this.log.push(`desk ${frame.kind} ${first}+${count}`);
    this.onTake(frame);
  }

  nextDeadline(): TimeUs | null {
    return this.deadline as TimeUs | null;
  }

  passTime(at: TimeUs): void {
    this.log.push(`desk time ${at - START}`);
    if (this.deadline !== null && this.deadline <= at) this.deadline = null;
  }
}

function textOf(frame: Frame): string {
  const payload = decodePayload(frame);
  if (payload.kind === 'market') {
    const at = payload.frame.blocks.flatMap((block) => [...block.at].map((t) => t - START));
    return `market ${frame.first}+${frame.count} at ${[...new Set(at)].sort((a, b) => a - b).join(',')}`;
  }
  if (payload.kind === 'inputs') return `inputs ${payload.records.map(({ type, seq, at }) => `${seq}:${type}@${at - START}`).join(' ')}`;
  return payload.kind === 'time' ? `time ${payload.at - START}` : payload.kind;
}

function world(given: Partial<SequencerOptions> = {}) {
  const log: string[] = [];
  const clock = new ManualClock(START);
  const journal = new SpyJournal(log);
  const desk = new SpyDesk(log);
  const halts: Halt[] = [];
  const make = () =>
    new Sequencer({
      desk: deskId('d'),
      epoch: 1,
      seq: 0 as Seq,
      at: START as TimeUs,
      journal,
      port: desk,
      clock,
      time: 'wall',
      maxPendingBytes: 1e9,
      onHalt: (halt) => halts.push(halt),
      ...given,
    });
  return { log, clock, journal, desk, halts, sequencer: make(), make };
}

const kill: InputBody = { type: 'CommandGiven', key: 'k', by: 'op', sawSeq: null, command: { do: 'Kill', why: 'test' } };
const beat: FeedItem = { kind: 'inputs', records: [{ type: 'SourceBeat', source, beats: 1 }] };
const trades = (...prices: number[]): FeedItem => ({
  kind: 'market',
  lane: NO_LANE,
  blocks: [
    {
      instrument: instrumentId('BTC-USD'),
      source,
      kind: 'trade',
      timeframeUs: 0,
      count: prices.length,
      at: new Float64Array(prices.length),
      venueTime: new Float64Array(prices.length).fill(START),
      venueSeq: NO_SEQ,
      flags: new Uint8Array(prices.length),
      values: [Float64Array.from(prices), new Float64Array(prices.length).fill(1)],
    },
  ],
});

describe('one order', () => {
  test('a turn has one stamp; what was submitted comes before what the feeds said, in one frame each', () => {
    const { log, clock, sequencer } = world();
    clock.advance(5);
    sequencer.take(trades(1, 2));
    sequencer.take(trades(3));
    clock.advance(0);
    sequencer.take(trades(4));
    sequencer.take(beat);
    sequencer.take(trades(5));
    expect(sequencer.submit(kill).seq).toBe(4);
    expect(sequencer.submit(kill).seq).toBe(5);
    clock.advance(7);
    expect(log).toEqual([
      'journal market 1+3 at 5',
      'desk market 1+3',
      'journal inputs 4:CommandGiven@5 5:CommandGiven@5',
      'desk inputs 4+2',
      'journal market 6+1 at 5',
      'desk market 6+1',
      'journal inputs 7:SourceBeat@5',
      'desk inputs 7+1',
      'journal market 8+1 at 5',
      'desk market 8+1',
    ]);
    expect(sequencer.seq).toBe(8);
  });

  test('the journal has a frame before the desk sees it; a journal that refuses halts, and the desk never sees it', async () => {
    const { log, clock, journal, halts, sequencer } = world();
    journal.refuse = new JournalStalled('disk full');
    const { seq, durable, decision } = sequencer.submit(kill);
    sequencer.take(trades(1));
    clock.turn();
    expect([seq, log, halts.map(({ why, error }) => `${why}: ${error.message}`)]).toEqual([1, [], ['journal: disk full']]);
    await expect(durable).rejects.toThrow('disk full');
    await expect(decision).rejects.toThrow('disk full');
    expect(() => sequencer.submit(kill)).toThrow(SequencerHalted);
    sequencer.take(trades(2));
    journal.refuse = null;
    clock.advance(SECOND_US);
    expect([log, halts.length]).toEqual([[], 1]);
  });

  test('a submitted input has two moments: the desk took it; it is durable', async () => {
    const { clock, journal, sequencer } = world();
    const { seq, durable, decision } = sequencer.submit(kill);
    const moments: string[] = [];
    void decision.then((n) => moments.push(`decided ${n}`));
    void durable.then((n) => moments.push(`durable ${n}`));
    clock.turn();
    await clock.play(2_000);
    expect(moments).toEqual(['decided 1']);
    journal.sync();
    await clock.play(2_000);
    expect([seq, moments]).toEqual([1, ['decided 1', 'durable 1']]);
  });

  test('what is submitted while the desk decides keeps its number and comes next', () => {
    const { log, clock, desk, sequencer } = world();
    desk.onTake = (frame) => {
      if (frame.kind === 'market' && frame.frame.first === 1) expect(sequencer.submit(kill).seq).toBe(2);
    };
    sequencer.take(trades(1));
    sequencer.take(beat);
    sequencer.take(trades(2));
    clock.turn();
    expect(log.filter((line) => line.startsWith('journal'))).toEqual([
      'journal market 1+1 at 0',
      'journal inputs 2:CommandGiven@0',
      'journal inputs 3:SourceBeat@0',
      'journal market 4+1 at 0',
    ]);
  });

  test('what cannot be recorded is refused to its caller, and takes no number', () => {
    const { log, clock, halts, sequencer } = world();
    expect(() => sequencer.submit({ type: 'ClockStepped', byUs: Number.NaN })).toThrow('byUs');
    expect(() => sequencer.submit({ ...kill, by: '\ud800' } as InputBody)).toThrow('by');
    expect(sequencer.submit(kill).seq).toBe(1);
    clock.turn();
    expect([log.length, halts.length]).toEqual([2, 0]);
  });

  test('a desk that fails stops everything behind it', async () => {
    const { log, clock, desk, halts, sequencer } = world();
    desk.onTake = () => {
      throw new Error('broken');
    };
    const { decision } = sequencer.submit(kill);
    sequencer.take(trades(1));
    clock.turn();
    await expect(decision).rejects.toThrow('broken');
    expect([log, halts.map(({ why }) => why)]).toEqual([['journal inputs 1:CommandGiven@0', 'desk inputs 1+1'], ['desk']]);
  });

  test('a feed is followed; its error halts', () => {
    const { clock, halts, sequencer } = world();
    const feed = new Subject<FeedItem>();
    sequencer.follow(feed);
    feed.next(trades(1));
    clock.turn();
    feed.error(new Error('gone'));
    expect([sequencer.seq, halts.map(({ why }) => why)]).toEqual([1, ['source']]);
  });

  test('more than a frame holds is several frames, nothing lost and nothing moved', () => {
    const { log, clock, sequencer } = world();
    for (let i = 0; i < 70_000; i += 7_000) sequencer.take(trades(...Array.from({ length: 7_000 }, (_, k) => i + k)));
    clock.turn();
    expect(log.filter((line) => line.startsWith('desk'))).toEqual(['desk market 1+65536', 'desk market 65537+4464']);
  });
});

describe('time', () => {
  test('arrivals never go back', () => {
    const { log, clock, sequencer } = world();
    clock.advance(900_000);
    sequencer.take(trades(1));
    clock.turn();
    clock.stepWall(-800_000);
    sequencer.take(trades(2));
    clock.turn();
    clock.advance(900_000);
    sequencer.take(trades(3));
    clock.turn();
    expect(log.filter((line) => line.startsWith('journal'))).toEqual([
      'journal market 1+1 at 900000',
      'journal market 2+1 at 900000',
      'journal market 3+1 at 1000000',
    ]);
  });

  test.each([
    [1_500_000, 1_500_000],
    [-1_500_000, 0],
  ])('a wall clock set by %i µs is an input, first in its turn', (by, at) => {
    const { log, clock, journal, sequencer } = world();
    clock.stepWall(by);
    sequencer.take(trades(1));
    sequencer.submit(kill);
    clock.turn();
    expect(log[0]).toBe(`journal inputs 1:ClockStepped@${at} 2:CommandGiven@${at}`);
    expect(decodePayload(journal.frames[0]!)).toMatchObject({ records: [{ byUs: by }, {}] });
    sequencer.take(trades(2));
    clock.turn();
    expect(log.join()).not.toContain('4:ClockStepped');
  });

  test('a clock that is a little off, or a long pause, is no step', () => {
    const { log, clock, sequencer } = world();
    clock.stepWall(999_999);
    clock.advance(3_600 * SECOND_US);
    sequencer.take(trades(1));
    clock.turn();
    expect(log.join()).not.toContain('ClockStepped');
  });

  test('TimePassed only when a deadline falls due and nothing arrives, after all that came before', () => {
    const { log, clock, desk, sequencer } = world();
    desk.onTake = () => {
      desk.deadline = clock.wallUs() + 2_000;
    };
    sequencer.take(trades(1));
    clock.advance(1_000);
    sequencer.take(trades(2)); // before the deadline: it moves
    clock.advance(1_500);
    expect(log.join()).not.toContain('time');
    clock.advance(10_000);
    expect(log.slice(-2)).toEqual(['journal time 3000', 'desk time 3000']);
    clock.advance(10_000);
    expect(log.filter((line) => line.startsWith('journal time'))).toHaveLength(1);
    desk.deadline = clock.wallUs();
    sequencer.take(trades(3)); // due, but the fact itself reveals it
    clock.turn();
    expect(log.filter((line) => line.startsWith('journal time'))).toHaveLength(1);
  });

  test('a deadline armed before the start is kept, and none is after the stop', () => {
    const { log, clock, desk, make } = world();
    desk.deadline = START + 500;
    make();
    clock.advance(1_000);
    expect(log).toEqual(['journal time 500', 'desk time 500']);
    desk.deadline = START + 5_000;
    make().stop();
    clock.advance(10_000);
    expect(log).toHaveLength(2);
  });
});

describe('the disk', () => {
  test('feeds that outrun it halt the desk, and the reason is the last input', () => {
    const { log, clock, halts, sequencer } = world({ maxPendingBytes: 10 });
    sequencer.take(trades(...Array.from({ length: 200 }, (_, i) => i * 7_919)));
    clock.turn();
    expect(log.slice(-2)).toEqual(['journal inputs 201:JournalTroubled@0', 'desk inputs 201+1']);
    expect(halts.map(({ why, error }) => [why, error.name])).toEqual([['overrun', 'JournalStalled']]);
    expect(() => sequencer.submit(kill)).toThrow('behind the feeds');
  });
});
