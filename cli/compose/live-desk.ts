/**
 * The desk behind its journal: takes frames that are already in it, appends what follows, and checkpoints. Decides nothing; if the desk
 * or the journal throws, nothing of that frame's decisions is written, and whoever handed it over halts.
 */
import type { Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { Journal } from '#engine/journal/port.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { Seq, TimeUs } from '#engine/values.ts';
import { CHECKPOINT_EVERY, type DeskRun } from '#replay/desk-run.ts';
import type { DeskPort, SequencedFrame } from '#streams/desk-port.ts';

/** A journal that is cut into segments; the desk says where, for only it knows when nothing is half done. */
export interface SegmentedJournal extends Journal {
  wantsNewSegment(at: TimeUs): boolean;
  startSegment(at: TimeUs): void;
}

export class LiveDesk implements DeskPort {
  readonly run: DeskRun;
  readonly journal: SegmentedJournal;
  /** Called when what a turn decided is with the journal, not yet durable. */
  onDecided: (() => void) | null = null;
  /** Called with facts that have taken effect, behind what they decided. */
  onTook: ((frame: MarketFrame) => void) | null = null;
  #checkpointed: number;

  constructor(run: DeskRun, journal: SegmentedJournal) {
    this.run = run;
    this.journal = journal;
    this.#checkpointed = Math.floor(run.desk.seq / CHECKPOINT_EVERY);
  }

  take(frame: SequencedFrame): void {
    if (frame.kind === 'market') this.run.market(frame.frame);
    else for (const record of frame.records) this.run.input(record);
    this.#settle();
    if (frame.kind === 'market') this.onTook?.(frame.frame);
  }

  passTime(at: TimeUs): void {
    this.run.time(at);
    this.#settle();
  }

  nextDeadline(): TimeUs | null {
    return this.run.desk.nextDeadline();
  }

  /** How many numbers the next frame may take, so that it crosses no checkpoint. */
  get room(): number {
    return CHECKPOINT_EVERY - (this.run.desk.seq % CHECKPOINT_EVERY);
  }

  append(payload: Payload, first: Seq = this.run.desk.seq): void {
    const { desk, epoch } = this.journal.opened;
    this.journal.append(frameOf(desk, epoch, first, payload));
  }

  checkpoint(): void {
    for (const part of this.run.checkpoint()) this.append(part);
  }

  /** A clean end: everything decided is written, checkpointed, marked and durable. */
  async close(): Promise<Seq> {
    this.checkpoint();
    this.append({ kind: 'closed', clean: true });
    const seq = await this.journal.durable();
    await this.journal.close();
    return seq;
  }

  #settle(): void {
    const { run, journal } = this;
    const decided = run.takeDecisions();
    if (decided !== null) {
      this.append({ kind: 'decisions', bytes: decided.bytes }, decided.first);
      this.onDecided?.();
    }
    const { seq, at } = run.desk;
    const multiple = Math.floor(seq / CHECKPOINT_EVERY);
    const rotates = journal.wantsNewSegment(at);
    if (rotates) journal.startSegment(at);
    if (rotates || multiple > this.#checkpointed) this.checkpoint();
    this.#checkpointed = multiple;
  }
}
