/** A live desk as other processes may ask it: commands become inputs, and are answered by the desk's own decision once that is durable. */
import { createHash } from 'node:crypto';
import { assert } from '#engine/assert.ts';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import type { Command } from '#engine/inputs.ts';
import { LONGEST_NAME } from '#engine/inputs-check.ts';
import type { Plain } from '#engine/record.ts';
import type { Seq } from '#engine/values.ts';
import type { Answered, Asked, ControlDesk, StopHow } from '#infra/control/port.ts';
import { type Clock, realClock } from '#streams/clock.ts';
import type { Sequencer } from '#streams/sequencer.ts';
import { type BreakerState, type DeskStatus, statusOf } from './desk-status.ts';
import type { DiskForecast } from './disk-forecast.ts';
import type { LiveDesk } from './live-desk.ts';

/** Hears every decision of the desk, and keeps the answers somebody waits for. Handed to openDesk before there is a desk to control. */
export class CommandAnswers {
  readonly #awaited = new Map<number, DecisionOf<'CommandAnswered'> | null>();

  /** The observer of the desk's run: cheap for whatever is no answer. */
  readonly hear = (decision: Decision): void => {
    if (decision.type === 'CommandAnswered' && this.#awaited.has(decision.cause)) this.#awaited.set(decision.cause, decision);
  };

  /** The answer to the command of that number, once the desk has taken it. */
  async to(seq: Seq, taken: Promise<unknown>): Promise<DecisionOf<'CommandAnswered'>> {
    this.#awaited.set(seq, null);
    try {
      await taken;
      const answer = this.#awaited.get(seq);
      assert(answer !== null && answer !== undefined, `command ${seq} was taken and not answered`);
      return answer;
    } finally {
      this.#awaited.delete(seq);
    }
  }
}

export type DeskControlOptions = Readonly<{
  live: LiveDesk;
  sequencer: Pick<Sequencer, 'submit' | 'halted' | 'at'>;
  answers: CommandAnswers;
  /** The journal's folder. */
  folder: string;
  /** As the sequencer's: whose time arrivals are. */
  time: 'wall' | 'data';
  stop: (how: StopHow) => void;
  disk?: DiskForecast | null;
  breaker?: () => BreakerState | null;
  /** Strategies that the configuration names. */
  configured?: readonly string[];
  /** Null where nobody can be told of the desk as it goes. */
  watch?: ControlDesk['watch'];
  clock?: Clock;
}>;

/** A disk that hangs must not keep the answer: what was decided is told, and that it is not durable yet. */
export const DURABLE_WITHIN_US = 10_000_000;

export function deskControl(options: DeskControlOptions): ControlDesk {
  const {
    live,
    sequencer,
    answers,
    folder,
    time,
    stop,
    disk = null,
    breaker = () => null,
    configured = [],
    watch = () => null,
    clock = realClock,
  } = options;
  const { journal } = live;
  const lag = new DurableLag(journal, clock);
  const status = (): DeskStatus => {
    const { desk } = live.run;
    const now = time === 'wall' ? Math.max(desk.at, Math.floor(clock.wallUs())) : desk.at;
    return statusOf(
      desk.parts,
      now,
      {
        desk: journal.opened.desk,
        halted: sequencer.halted?.error.message ?? null,
        inputAgeUs: time === 'wall' ? Math.max(0, Math.floor(clock.wallUs()) - sequencer.at) : null,
        journal: { folder, pendingBytes: journal.pendingBytes, waitedMs: lag.waitedMs() },
        disk: disk?.state() ?? null,
        breaker: breaker(),
      },
      configured,
    );
  };
  return {
    status: () => status() as unknown as Plain,
    health: () => status().health,
    stop,
    watch,
    async command({ key, by, sawSeq, command }: Asked): Promise<Answered> {
      const { seq, decision } = sequencer.submit({
        ...{ type: 'CommandGiven', key: keyFor(key, command), by, sawSeq: sawSeq as Seq | null, command },
      });
      const answer = await answers.to(seq, decision);
      const { ok, why, numbers } = answer;
      // the answer was appended with the desk's turn: what is durable from here on holds it too
      return { seq, ok, why, numbers, address: addressOf(answer), durable: await inTime(journal.durable(), clock) };
    },
  };
}

/** A key given counts for its command alone: given again with another one, that is done too. */
export function keyFor(key: string, command: Command): string {
  const room = LONGEST_NAME - KEY_DIGITS - 1;
  return `${key.length <= room ? key : sha256(key)}#${sha256(canonical(command)).slice(0, KEY_DIGITS)}`;
}

const KEY_DIGITS = 12;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same text for the same command, whatever order its fields were set in. */
const canonical = (command: Command): string =>
  JSON.stringify(
    Object.entries(command)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, typeof value === 'bigint' ? `${value}n` : value]),
  );

/** Whether it came about within the bound. */
function inTime(work: Promise<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(DURABLE_WITHIN_US, () => resolve(false));
    work
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(cancel);
  });
}

/** How long the oldest question for durability has waited. Asked from time to time; it asks the journal one question at a time. */
class DurableLag {
  readonly #journal: LiveDesk['journal'];
  readonly #clock: Clock;
  #askedUs: number | null = null;

  constructor(journal: LiveDesk['journal'], clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  waitedMs(): number {
    const now = this.#clock.monotonicUs();
    if (this.#askedUs !== null) return Math.floor((now - this.#askedUs) / 1000);
    if (this.#journal.pendingBytes === 0) return 0;
    this.#askedUs = now;
    const answered = () => {
      this.#askedUs = null;
    };
    this.#journal.durable().then(answered, () => {}); // a stalled journal stays behind for ever
    return 0;
  }
}
