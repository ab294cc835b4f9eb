/**
 * The one order: gives every input its number and arrival, puts it into the journal, and only then hands it to the desk. The last
 * place that sees a wall clock. Never reorders what it has numbered, and takes nothing more once the journal has refused.
 */
import type { Subscription } from 'rxjs';
import { assert } from '#engine/assert.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { checkInput } from '#engine/inputs-check.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Journal, JournalStalled } from '#engine/journal/port.ts';
import { checkRecordable } from '#engine/journal/record-codec.ts';
import { MAX_FRAME_NUMBERS, marketFrame } from '#engine/market/blocks.ts';
import { type DeskId, SECOND_US, type Seq, type TimeUs, timeUs } from '#engine/values.ts';
import { type Clock, turnOf } from './clock.ts';
import type { DeskPort } from './desk-port.ts';
import type { Feed, FeedItem, InputBody, MarketChunk, TimedBody } from './feed.ts';
import { gather } from './gather.ts';
import type { PulledSource } from './pulled.ts';

export type SequencerOptions = Readonly<{
  desk: DeskId;
  epoch: number;
  /** The last number and arrival in the journal. */
  seq: Seq;
  at: TimeUs;
  journal: Journal;
  port: DeskPort;
  clock: Clock;
  /** Whose time arrivals are: the wall clock's, or the data's own (demo, tape, synthetic: commands take the current one). */
  time: 'wall' | 'data';
  /** Bytes not yet durable: beyond it live feeds halt, and pulled sources wait. */
  maxPendingBytes: number;
  /** Called once, when the sequencer stops for a reason nobody asked for. */
  onHalt: (halt: Halt) => void;
}>;

export type Halt = Readonly<{ why: 'journal' | 'overrun' | 'desk' | 'source'; error: Error }>;

/** The two moments of a submitted input: it would survive a power cut; the desk has taken it. */
export type Submitted = Readonly<{ seq: Seq; durable: Promise<Seq>; decision: Promise<Seq> }>;

export class SequencerHalted extends Error {
  override name = 'SequencerHalted';
}

/** A wall clock that moves so much differently from the monotonic one was set by somebody. */
export const CLOCK_STEP_US = SECOND_US;

type Waiting = {
  readonly record: Unstamped;
  readonly durable: (outcome: Promise<Seq>) => void;
  readonly decided: (seq: Seq) => void;
  readonly failed: (error: Error) => void;
};
type Unstamped = InputBody & Readonly<{ seq: Seq }>;

export class Sequencer {
  readonly #options: SequencerOptions;
  /** The last number given away, and the arrival of the last thing appended. */
  #seq: Seq;
  #at: TimeUs;
  /** This turn's stamp; null between turns. */
  #turn: TimeUs | null = null;
  #flushing = false;
  #submitted: Waiting[] = [];
  #arrived: FeedItem[] = [];
  #clocks: Readonly<{ wall: number; monotonic: number }>;
  #cancelTimer: (() => void) | null = null;
  #halt: Halt | null = null;
  #stopped = false;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#seq = options.seq;
    this.#at = options.at;
    this.#clocks = { wall: options.clock.wallUs(), monotonic: options.clock.monotonicUs() };
    this.#arm();
  }

  get seq(): Seq {
    return this.#seq;
  }

  get at(): TimeUs {
    return this.#at;
  }

  get halted(): Halt | null {
    return this.#halt;
  }

  /**
   * A command, a broker's report, a signal: before the market facts of its turn. Its number is fixed now, its frame with the turn. What
   * cannot be recorded throws Unrecordable here, and takes no number: one caller's bad value must not halt the desk.
   */
  submit(body: InputBody): Submitted {
    if (this.#halt !== null || this.#stopped) throw new SequencerHalted(this.#halt?.error.message ?? 'the sequencer was stopped');
    const record = { ...body, seq: (this.#seq + 1) as Seq, at: this.#at } as InputRecord;
    checkRecordable(record);
    checkInput(record); // what the desk could not take must not be journaled
    this.#open();
    return this.#queue(body);
  }

  /** What a live feed says. */
  take(item: FeedItem): void {
    if (this.#halt !== null || this.#stopped) return;
    assert(this.#options.time === 'wall', 'a live feed beside data that brings its own time');
    this.#open();
    this.#arrived.push(item);
  }

  follow(feed: Feed): Subscription {
    return feed.subscribe({
      next: (item) => this.take(item),
      error: (error: unknown) => this.#fail('source', error),
    });
  }

  /** Pulls a source to its end, or until stop(); waits for the disk, and returns to the event loop after each frame. */
  async run(source: PulledSource, maxNumbers = MAX_FRAME_NUMBERS): Promise<'end' | 'stopped' | 'halted'> {
    const { clock, port, journal, maxPendingBytes, time } = this.#options;
    assert(time === 'data', 'a pulled source brings its own time');
    let asked = Infinity;
    const until = () => (asked = this.#stopped || this.#halt !== null ? -Infinity : (port.nextDeadline() ?? Infinity));
    for (;;) {
      if (this.#halt !== null) return 'halted';
      if (this.#stopped) return 'stopped';
      try {
        while (journal.pendingBytes > maxPendingBytes) await journal.durable();
      } catch (error) {
        this.#fail('journal', error);
        continue;
      }
      let chunk: Awaited<ReturnType<PulledSource['next']>>;
      try {
        chunk = await source.next(maxNumbers, source.paced ? until : undefined);
      } catch (error) {
        this.#fail('source', error);
        continue;
      }
      if (this.#stopped || this.#halt !== null) continue; // what was not taken will be pulled again from the last cursor
      this.#flush(); // what was submitted meanwhile comes first
      if (this.#halt !== null) continue;
      if (chunk === 'end') return 'end';
      if (chunk === 'quiet') this.#passTime(port.nextDeadline(), asked);
      else if (chunk.kind === 'inputs') this.#appendInputs(this.#number(chunk.records), source.cursor());
      else this.#appendMarket(chunk, source.cursor());
      await turnOf(clock);
    }
  }

  /** Appends what this turn brought, then takes no more. */
  stop(): void {
    this.#flush();
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  // ── The turn ──

  /** The first thing that arrives opens a turn: one look at the clocks, one stamp. */
  #open(): void {
    if (this.#turn !== null) return;
    const { clock, time } = this.#options;
    if (time === 'data') this.#turn = this.#at;
    else {
      const now = { wall: clock.wallUs(), monotonic: clock.monotonicUs() };
      const stepped = now.wall - this.#clocks.wall - (now.monotonic - this.#clocks.monotonic);
      this.#clocks = now;
      this.#turn = timeUs(Math.max(this.#at, Math.floor(now.wall)));
      if (Math.abs(stepped) > CLOCK_STEP_US) this.#queue({ type: 'ClockStepped', byUs: Math.round(stepped) });
    }
    if (!this.#flushing) clock.soon(() => this.#flush());
  }

  #queue(body: InputBody): Submitted {
    this.#seq = (this.#seq + 1) as Seq;
    const durable = settled<Promise<Seq>>();
    const decision = settled<Seq>();
    this.#submitted.push({
      record: { ...body, seq: this.#seq },
      durable: durable.resolve,
      decided: decision.resolve,
      failed: (error) => {
        durable.reject(error);
        decision.reject(error);
      },
    });
    return { seq: this.#seq, durable: durable.promise, decision: decision.promise };
  }

  /** Ends the turn: submitted inputs, then what the feeds said, in the order of receipt; with nothing of either, the time that passed. */
  #flush(): void {
    if (this.#flushing || this.#turn === null || this.#halt !== null) return;
    this.#flushing = true;
    const at = this.#turn;
    let empty = this.#submitted.length === 0;
    this.#appendSubmitted(at);
    const items = this.#arrived;
    this.#arrived = [];
    for (let from = 0; from < items.length && this.#halt === null; ) {
      empty = false;
      let to = from + 1;
      while (to < items.length && items[to]!.kind === items[from]!.kind) to += 1;
      this.#appendArrived(items.slice(from, to), at);
      from = to;
    }
    const due = this.#options.port.nextDeadline();
    if (empty && due !== null && due <= at) this.#passTime(at, at);
    this.#flushing = false;
    this.#turn = null;
    const { journal, maxPendingBytes, time } = this.#options;
    if (time === 'wall' && this.#halt === null && journal.pendingBytes > maxPendingBytes) this.#overrun(at);
    if (this.#halt === null && (this.#submitted.length > 0 || this.#arrived.length > 0)) this.#open(); // a desk's hearer spoke
    this.#arm();
  }

  #appendArrived(items: readonly FeedItem[], at: TimeUs): void {
    const bodies = items.flatMap((item) => (item.kind === 'inputs' ? item.records : []));
    for (let from = 0; from < bodies.length && this.#halt === null; from += MAX_FRAME_NUMBERS)
      this.#appendInputs(this.#number(bodies.slice(from, from + MAX_FRAME_NUMBERS).map((body) => ({ ...body, at }))), null);
    const chunks = items.filter((item) => item.kind === 'market').filter(({ blocks }) => blocks.some(({ count }) => count > 0));
    for (const chunk of gather(chunks, at)) {
      if (this.#halt !== null) return;
      this.#appendMarket(chunk, null);
    }
  }

  #appendSubmitted(at: TimeUs): void {
    while (this.#submitted.length > 0 && this.#halt === null) {
      const batch = this.#submitted.splice(0, MAX_FRAME_NUMBERS);
      const records = batch.map(({ record }) => Object.assign(record, { at }) as InputRecord); // ours alone until now
      const first = records[0]!.seq;
      if (!this.#append({ kind: 'inputs', records, cursor: null }, first, at, batch)) return;
      const outcome = this.#options.journal.durable();
      outcome.catch(() => {}); // whoever waits for it hears; nobody has to
      for (const { durable } of batch) durable(outcome);
      if (!this.#hand(() => this.#options.port.take({ kind: 'inputs', records, cursor: null }), batch)) return;
      for (const { record, decided } of batch) decided(record.seq);
    }
  }

  // ── Frames: into the journal, then to the desk ──

  #number(bodies: readonly TimedBody[]): InputRecord[] {
    return bodies.map((body) => {
      this.#seq = (this.#seq + 1) as Seq;
      return { ...body, seq: this.#seq } as InputRecord;
    });
  }

  #appendInputs(records: readonly InputRecord[], cursor: string | null): void {
    const [first, last] = [records[0]!, records.at(-1)!];
    if (!this.#append({ kind: 'inputs', records, cursor }, first.seq, last.at, [], first.at)) return;
    this.#hand(() => this.#options.port.take({ kind: 'inputs', records, cursor }));
    this.#appendSubmitted(this.#at); // what the desk's hearers said has its number already
  }

  #appendMarket({ blocks, lane }: MarketChunk, cursor: string | null): void {
    const frame = marketFrame((this.#seq + 1) as Seq, blocks, lane, cursor);
    const [first, last] = bounds(blocks);
    this.#seq = (this.#seq + frame.count) as Seq;
    if (!this.#append({ kind: 'market', frame }, frame.first, last as TimeUs, [], first as TimeUs)) return;
    this.#hand(() => this.#options.port.take({ kind: 'market', frame }));
    this.#appendSubmitted(this.#at);
  }

  #passTime(at: TimeUs | null, reached: number): void {
    if (at === null || at > reached || at < this.#at) return;
    if (!this.#append({ kind: 'time', at }, this.#seq, at)) return;
    this.#hand(() => this.#options.port.passTime(at));
    this.#appendSubmitted(this.#at);
  }

  #append(payload: Payload, first: Seq, at: TimeUs, batch: readonly Waiting[] = [], from = at): boolean {
    assert(from >= this.#at, `an arrival at ${from}, after ${this.#at}`);
    const { desk, epoch, journal } = this.#options;
    try {
      journal.append(frameOf(desk, epoch, first, payload));
    } catch (error) {
      this.#fail('journal', error, batch);
      return false;
    }
    this.#at = at;
    return true;
  }

  #hand(take: () => void, batch: readonly Waiting[] = []): boolean {
    try {
      take();
      return true;
    } catch (error) {
      this.#fail('desk', error, batch);
      return false;
    }
  }

  // ── Deadlines and halts ──

  /** One timer: for the next deadline, when nothing else comes before. */
  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const { port, clock, time } = this.#options;
    const due = port.nextDeadline();
    if (time === 'data' || due === null || this.#halt !== null || this.#stopped) return;
    this.#cancelTimer = clock.after(due - clock.wallUs(), () => {
      this.#cancelTimer = null;
      if (this.#halt !== null || this.#stopped) return;
      this.#open();
      this.#flush();
    });
  }

  /** The journal still takes frames, but the disk is too far behind: the reason is the last thing it takes. */
  #overrun(at: TimeUs): void {
    const { journal, maxPendingBytes } = this.#options;
    const why = `the disk is ${journal.pendingBytes} bytes behind the feeds, more than ${maxPendingBytes}`;
    this.#appendInputs(this.#number([{ type: 'JournalTroubled', at, why }]), null);
    this.#fail('overrun', new JournalStalled(why));
  }

  #fail(why: Halt['why'], cause: unknown, batch: readonly Waiting[] = []): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    for (const { failed } of [...batch, ...this.#submitted]) failed(error);
    this.#submitted = [];
    this.#arrived = [];
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#halt !== null) return;
    this.#halt = { why, error };
    this.#options.onHalt(this.#halt);
  }
}

/** First and last arrival of blocks whose facts are in one order. */
function bounds(blocks: MarketChunk['blocks']): [number, number] {
  const filled = blocks.filter(({ count }) => count > 0);
  return [Math.min(...filled.map(({ at }) => at[0]!)), Math.max(...filled.map(({ at, count }) => at[count - 1]!))];
}

function settled<T>(): {
  promise: Promise<T extends Promise<infer U> ? U : T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // a command nobody waits for is no crash
  return { promise: promise as Promise<T extends Promise<infer U> ? U : T>, resolve, reject };
}
