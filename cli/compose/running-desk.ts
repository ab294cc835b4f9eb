/**
 * A desk that runs: the journal it resumes, the outbox, one link an outside account, the feeds. It wires and starts them in the one
 * safe order, and stops them in the other. What it is given decides everything; it reads no setting.
 */
import type { Decision } from '#engine/decisions.ts';
import type { Broker } from '#engine/execution/broker.ts';
import type { KillLatch, OrderWatch } from '#engine/execution/effects.ts';
import { BadInput } from '#engine/inputs-check.ts';
import type { AccountId, TimeUs } from '#engine/values.ts';
import { AccountLink } from '#infra/outbox/account-link.ts';
import { Outbox } from '#infra/outbox/outbox.ts';
import { type Clock, realClock, sleep } from '#streams/clock.ts';
import type { Feed, InputBody } from '#streams/feed.ts';
import { type Halt, Sequencer, SequencerHalted, type Submitted } from '#streams/sequencer.ts';
import { effectsDesk } from './effects-desk.ts';
import type { LiveDesk } from './live-desk.ts';
import { type OpenDeskOptions, type OpenedDesk, openDesk } from './open-desk.ts';

export type OutsideAccount = Readonly<{
  account: AccountId;
  broker: Broker;
  sendWindowUs: number;
  reconcileEveryUs: number;
  /** How far clocks and the way to the venue may be off. */
  marginUs?: number;
}>;

export type RunningDeskOptions = Omit<OpenDeskOptions, 'observer'> &
  Readonly<{
    /** What stands first in a new journal. */
    genesis: readonly InputBody[];
    /** What is entered before anything else: a kill from the side file, changed settings. */
    entries: (opened: OpenedDesk) => readonly InputBody[];
    /** 'data': a pulled source brings its own time, which begins at `startAt`. */
    time?: 'wall' | 'data';
    startAt?: TimeUs;
    accounts: readonly OutsideAccount[];
    latch: KillLatch;
    watch: OrderWatch;
    observer: ((decision: Decision) => void) | null;
    onHalt: (halt: Halt) => void;
    log?: Log;
    clock?: Clock;
    maxPendingBytes?: number;
  }>;

type Following = ReturnType<Sequencer['follow']>;
export type Log = (level: 'debug' | 'info' | 'warning', what: string, fields: Readonly<Record<string, unknown>>) => void;

export type RunningDesk = Readonly<{
  opened: OpenedDesk;
  live: LiveDesk;
  sequencer: Sequencer;
  outbox: Outbox;
  links: readonly AccountLink[];
  follow(feed: Feed): Following;
  /** The last number, durable; every order that works at a venue goes on working there. */
  close(): Promise<void>;
  /** Without a word to the journal, which may be what failed: every order that may work is cancelled once, by name. */
  abandon(): Promise<number>;
}>;

const MAX_PENDING_BYTES = 64 * 2 ** 20;
const MARGIN_US = 100_000;
const IN_FLIGHT = 64;
/** How long a desk that stopped itself goes on cancelling. */
const ABANDON_US = 10_000_000;
/** How long a clean stop waits for requests that are under way. */
const LANDING_US = 2_000_000;
const LANDING_STEP_US = 10_000;

export async function openRunningDesk(options: RunningDeskOptions): Promise<RunningDesk> {
  const { clock = realClock, log = () => {}, accounts, latch, watch, genesis, entries, observer, time = 'wall' } = options;
  const outbox = new Outbox(() => clock.monotonicUs());
  const opened = await openDesk({
    ...options,
    pulled: time === 'data',
    observer: (decision) => {
      outbox.hear(decision);
      observer?.(decision);
    },
  });
  const { live } = opened;
  const { desk } = live.run;
  const lastLivedAt = desk.at;
  const fresh = desk.seq === 0;
  const sequencer = new Sequencer({
    desk: live.journal.opened.desk,
    epoch: live.journal.opened.epoch,
    seq: desk.seq,
    at: fresh && options.startAt !== undefined ? options.startAt : desk.at,
    journal: live.journal,
    port: live,
    clock,
    time,
    maxPendingBytes: options.maxPendingBytes ?? MAX_PENDING_BYTES,
    onHalt: options.onHalt,
  });
  const submit = (body: InputBody): Submitted | null => {
    try {
      return sequencer.submit(body);
    } catch (error) {
      if (error instanceof SequencerHalted) return null; // who stopped it says so
      if (!(error instanceof BadInput)) throw error;
      log('warning', 'what a venue said cannot be an input', { type: body.type, error: error.message });
      return null;
    }
  };
  const view = effectsDesk(desk);
  const links = accounts.map(
    ({ account, broker, sendWindowUs, reconcileEveryUs, marginUs = MARGIN_US }) =>
      new AccountLink(
        { account, broker, desk: view, submit, clock, latch, watch, sendWindowUs, marginUs, reconcileEveryUs, inFlight: IN_FLIGHT, log },
        lastLivedAt as TimeUs,
      ),
  );
  for (const link of links) outbox.add(link);
  outbox.opened();
  live.onDecided = () => outbox.turn(() => live.journal.durable());
  await enter(submit, [
    ...entries(opened),
    ...(fresh ? genesis : accounts.map(({ account }): InputBody => ({ type: 'SessionLost', account, why: 'the desk was opened' }))),
  ]);
  try {
    for (const link of links) await link.open();
  } catch (error) {
    for (const link of links) await link.close();
    sequencer.stop();
    await live.close();
    throw error;
  }
  const feeds: Following[] = [];
  const quiet = async () => {
    for (const feed of feeds) feed.unsubscribe();
    for (let waited = 0; waited < LANDING_US && links.some(({ waiting }) => waiting > 0); waited += LANDING_STEP_US)
      await sleep(clock, LANDING_STEP_US);
  };
  return {
    opened,
    live,
    sequencer,
    outbox,
    links,
    follow(feed) {
      const subscription = sequencer.follow(feed);
      feeds.push(subscription);
      return subscription;
    },
    async close() {
      await quiet();
      for (const link of links) await link.close();
      sequencer.stop();
      if (sequencer.halted === null) await live.close();
      else await live.journal.close().catch(() => {}); // its disk may be what failed
    },
    async abandon() {
      for (const feed of feeds) feed.unsubscribe();
      const cancelled = await Promise.all(links.map((link) => link.abandon(ABANDON_US)));
      for (const link of links) await link.close();
      await live.journal.close().catch(() => {});
      return cancelled.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** One turn, one frame: whole or not at all after a crash. */
async function enter(submit: (body: InputBody) => Submitted | null, bodies: readonly InputBody[]): Promise<void> {
  const submitted = bodies.map((body) => submit(body));
  await Promise.all(submitted.map((one) => one?.decision));
}
