/**
 * Cancels everything when told to, without the desk and without the journal: latch first, then all cancels at once, each repeated until the
 * venue confirms. It opens no position and waits for nobody; a disk that fails or hangs delays the cancels by `LATCH_WAIT_MS` at most.
 */
import type { Broker, BrokerEvent, ChangeOutcome, OrderName, VenueOrderRow } from '#engine/execution/broker.ts';
import type { AccountId, ClientOrderId, TimeUs } from '#engine/values.ts';
import { Flattening } from './flattening.ts';
import type { Progress, Remaining } from './messages.ts';
import { type LotSize, quantityText } from './quantities.ts';
import { type KillAsked, type Latch, newKillId, type Registration, reasonOf, type SideFile } from './side-file.ts';

export type BreakerClock = Readonly<{
  wallUs(): number;
  monotonicUs(): number;
  /** Runs when the event loop has handled what had arrived. */
  soon(run: () => void): void;
  /** Runs in about so long; returns what cancels it. */
  after(delayUs: number, run: () => void): () => void;
}>;

export type BreakerOptions = Readonly<{
  side: SideFile;
  clock: BreakerClock;
  /** Those that must have been cancelled before a kill is done; connections come by `add`. */
  accounts: readonly AccountId[];
  sendWindowUs: number;
  /** Orders may be on their way that nobody registered here: lists are asked until their window has shut too. */
  blind: boolean;
  /** For texts. */
  lotSize: LotSize;
  onProgress: (progress: Progress) => void;
}>;

const MS = 1_000;
/** A disk that does not answer so long holds no cancel back any longer. */
export const LATCH_WAIT_MS = 250;
/** Beyond validUntil, for clocks that differ; and where a venue keeps no expiry, so long that only a lost request is still out. */
const WINDOW_MARGIN_MS = 500;
const NO_EXPIRY_MARGIN_MS = 30_000;
/** An accepted cancel is told by an event; when none comes, the venue is asked. */
const EVENT_WAIT_MS = 200;
const FIRST_REPEAT_MS = 100;
const LONGEST_REPEAT_MS = 2_000;
const SWEEP_EVERY_MS = 250;
/** Lists may be stale or skip an order at a page's border: one clean list proves little. */
const CLEAN_SWEEPS = 2;
/** What stays open is asked once, when nothing is left to cancel; a venue that takes longer holds no kill back. */
const HELD_WAIT_MS = 500;
const TELL_EVERY_MS = 50;
/** So many cancels a turn of the event loop: the first ones leave while the later ones are made, and none waits for an answer. */
const CANCELS_A_TURN = 16;
/** A kill that was asked for so shortly before another one was lifted is a kill of its own. */
const CEREMONY_US = 2_000_000;
const NO_CONNECTION = 'there is no connection to its venue';

type Chased = {
  order: Registration;
  key: string;
  /** Told after the kill: no part of how fast the kill was. */
  late: boolean;
  sent: boolean;
  /** The venue once answered a cancel with 'done'. */
  taken: boolean;
  /** How it is known to be over; null while it is not. */
  confirmed: string | null;
  /** The venue itself said so; else a list that shows it working opens it again. */
  evidence: boolean;
  why: string;
  repeatMs: number;
  asking: boolean;
  unschedule: (() => void) | null;
};

type Venue = {
  broker: Broker;
  /** It said anything at all since the kill. */
  answered: boolean;
  cancelAll: 'none' | 'wanted' | 'asked' | 'done';
  following: boolean;
  done: boolean;
  listWhy: string | null;
  flattening: Flattening | null;
  /** Positions that stay; null: not asked. */
  held: readonly string[] | null;
  /** Killed once more since its lists were found clean. */
  again: boolean;
};

type Kill = {
  id: string;
  at: TimeUs;
  by: string;
  why: string;
  flatten: boolean;
  /** It was done once: from then on only the desk's own orders are cancelled, by name, and what a person does at the venue is not touched. */
  over: boolean;
  begunUs: number;
  latched: boolean;
  troubles: string[];
  firstMs: number | null;
  lastMs: number | null;
};

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #orders = new Map<string, Chased>();
  readonly #venues = new Map<AccountId, Venue>();
  readonly #sleepers = new Set<() => void>();
  #kill: Kill | null = null;
  #again: Readonly<{ asked: KillAsked; atUs: number }> | null = null;
  #latching: Promise<void> | null = null;
  #burst = false;
  #stopped = false;
  #done = false;
  #telling: (() => void) | null = null;
  #waiting: ((progress: Progress) => void)[] = [];

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get latched(): boolean {
    return this.#kill !== null;
  }

  /** Latched, and not everything is confirmed yet. */
  get busy(): boolean {
    return this.#kill !== null && this.#burst && !this.#done && !this.#stopped;
  }

  get orders(): number {
    let count = 0;
    for (const { confirmed } of this.#orders.values()) if (confirmed === null) count++;
    return count;
  }

  /** A venue's connection; one that comes during a kill takes part in it. */
  add(broker: Broker): void {
    const venue = freshVenue(broker);
    this.#venues.set(broker.account, venue);
    if (this.#kill?.over === true) venue.done = this.#allConfirmed(broker.account);
    if (!this.#burst || venue.done) return;
    this.#start(venue);
    for (const chased of this.#orders.values())
      if (chased.order.account === broker.account && chased.confirmed === null) this.#cancel(chased);
    void this.#follow(venue);
  }

  /** Before the order is sent, and again with its venue id. After the latch it is cancelled like the rest: it may be out already. */
  register(order: Registration): void {
    const known = this.#orders.get(order.clientId);
    if (known !== undefined) {
      known.order = { ...order, venueId: order.venueId ?? known.order.venueId };
      return;
    }
    const chased = this.#chase(order.clientId, order);
    if (this.#burst) this.#comesLate(chased); // a kill that is just being latched takes it along
  }

  /** The desk has evidence of its end. */
  settled(clientId: ClientOrderId): void {
    const chased = this.#orders.get(clientId);
    if (chased === undefined) return;
    if (this.#kill === null) this.#orders.delete(clientId);
    else this.#confirm(chased, 'ended, as the desk knows', false);
  }

  /** What a venue says by itself. */
  hear(account: AccountId, event: BrokerEvent): void {
    if (event.type !== 'Order') return;
    const chased = this.#find(account, event.row);
    if (chased === null) return;
    chased.order = { ...chased.order, venueId: event.row.venueId };
    if (event.row.state !== 'working') {
      if (this.#kill === null) this.#orders.delete(chased.key);
      else this.#confirm(chased, event.row.state, true);
    } else if (chased.confirmed !== null && !chased.evidence) this.#reopen(chased);
  }

  /** Resolves when every order known has its first cancel on the way. A second kill repeats what is not confirmed and keeps the first's id. */
  async kill(asked: KillAsked): Promise<Progress> {
    const { clock } = this.#options;
    if (this.#kill?.over === true) await this.#liftedMeanwhile();
    if (this.#kill !== null) this.#again = { asked, atUs: clock.monotonicUs() };
    this.#kill ??= this.#newKill(newKillId(clock.wallUs()), clock.wallUs() as TimeUs, asked);
    const kill = this.#kill;
    kill.flatten ||= asked.flatten;
    this.#latching ??= this.#latch(kill);
    await this.#within(this.#latching, LATCH_WAIT_MS);
    if (this.#kill !== kill) return this.kill(asked); // lifted while the disk hung: it was asked all the same
    kill.over = false; // whoever kills again means all of it
    await this.#fire();
    const progress = this.progress();
    if (progress === null) return this.kill(asked);
    this.#options.onProgress(progress);
    return progress;
  }

  /** A latch that was there at the start: what it names is cancelled again unless that was finished; later orders are cancelled anyway. */
  resume(latch: Latch, finished: boolean): void {
    const { id, record } = latch;
    this.#kill = this.#newKill(
      id,
      record?.at ?? (this.#options.clock.wallUs() as TimeUs),
      record ?? { by: 'breaker', why: latch.trouble!, flatten: false },
    );
    this.#kill.latched = true;
    if (latch.trouble !== null) this.#kill.troubles.push(latch.trouble);
    this.#latching = Promise.resolve();
    if (finished) {
      this.#kill.over = this.#burst = this.#done = true;
      for (const venue of this.#venues.values()) venue.done = true;
      for (const chased of this.#orders.values()) this.#comesLate(chased);
      return;
    }
    for (const order of record?.orders ?? []) this.register(order);
    void this.#fire().then(() => {
      const progress = this.progress();
      if (progress !== null) this.#options.onProgress(progress);
    });
  }

  /** After the disarm ceremony. What was being cancelled goes on being cancelled by name until it is confirmed. */
  unlatch(id: string): void {
    if (this.#kill?.id !== id) return;
    const again = this.#again;
    const last = this.progress()!;
    for (const resolve of this.#waiting.splice(0)) resolve(last);
    this.#again = null;
    this.#kill = null;
    this.#latching = null;
    this.#burst = this.#done = false;
    for (const [account, { broker }] of this.#venues) {
      this.#venues.set(account, freshVenue(broker));
    }
    for (const [key, { confirmed }] of this.#orders) if (confirmed !== null) this.#orders.delete(key);
    this.#wake();
    // asked for while the ceremony of the one before was under way: it must not be lifted with it
    if (again !== null && this.#options.clock.monotonicUs() - again.atUs < CEREMONY_US) void this.kill(again.asked);
  }

  /** When all is confirmed, or after `stop`. */
  finished(): Promise<Progress> {
    if (this.#done || this.#stopped) return Promise.resolve(this.progress()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#telling?.();
    this.#telling = null;
    for (const chased of this.#orders.values()) chased.unschedule?.();
    this.#wake();
    const progress = this.progress();
    if (progress !== null) for (const resolve of this.#waiting.splice(0)) resolve(progress);
  }

  progress(): Progress | null {
    const kill = this.#kill;
    if (kill === null) return null;
    const remaining: Remaining[] = [];
    const flattened: string[] = [];
    const held: string[] = [];
    let [orders, cancelled, confirmed] = [0, 0, 0];
    for (const { order, sent, confirmed: how, why } of this.#orders.values()) {
      orders++;
      if (sent) cancelled++;
      if (how !== null) confirmed++;
      else
        remaining.push({ account: order.account, what: 'order', name: order.venueId ?? order.clientId, instrument: order.instrument, why });
    }
    const missing = this.#options.accounts.filter((account) => !this.#venues.has(account));
    for (const account of missing) remaining.push({ account, what: 'list', name: 'open orders', instrument: '', why: NO_CONNECTION });
    const unreached = [...missing];
    for (const [account, venue] of this.#venues) {
      const { done, answered, listWhy, flattening } = venue;
      held.push(...(venue.held ?? []));
      if (!answered && !this.#done) unreached.push(account);
      if (!done && listWhy !== null) remaining.push({ account, what: 'list', name: 'open orders', instrument: '', why: listWhy });
      for (const row of flattening?.remaining() ?? []) remaining.push(row);
      flattened.push(...(flattening?.sent ?? []));
    }
    const { id, at, by, why, flatten, latched, troubles, firstMs, lastMs } = kill;
    const counts = {
      orders,
      cancelled,
      confirmed,
      remaining,
      firstCancelMs: firstMs,
      lastCancelMs: lastMs,
      unreached,
      flattened,
      held,
      done: this.#done,
    };
    return { id, at, by, why, flatten, latched, troubles: [...troubles], ...counts };
  }

  /** Lifted, and the word of it not here yet: what is asked now is another kill. A disk that hangs counts as latched. */
  async #liftedMeanwhile(): Promise<void> {
    const kill = this.#kill;
    if (kill === null || !kill.latched || !kill.over) return;
    let gone = false;
    const read = this.#options.side.read().then(
      (latch) => {
        gone = latch === null;
      },
      () => {},
    );
    await this.#within(read, LATCH_WAIT_MS);
    if (gone && this.#kill === kill) this.unlatch(kill.id);
  }

  #newKill(id: string, at: TimeUs, { by, why, flatten }: KillAsked): Kill {
    return {
      id,
      at,
      by,
      why,
      flatten,
      over: false,
      begunUs: this.#options.clock.monotonicUs(),
      latched: false,
      troubles: [],
      firstMs: null,
      lastMs: null,
    };
  }

  async #latch(kill: Kill): Promise<void> {
    const { id, at, by, why, flatten } = kill;
    const orders = [...this.#orders.values()].filter(({ confirmed }) => confirmed === null).map(({ order }) => order);
    const held = await this.#options.side.latch({ id, at, by, why, flatten, orders });
    kill.id = held.id;
    kill.latched = held.durable;
    if (held.trouble !== null) kill.troubles.push(held.trouble);
    if (!held.first) for (const order of (await this.#options.side.read())?.record?.orders ?? []) this.register(order);
    this.#tellSoon();
  }

  /** Resolves when each has gone out; what the venue has ended by then needs none. */
  async #fire(): Promise<void> {
    const kill = this.#kill!;
    this.#burst = true;
    this.#done = false;
    for (const venue of this.#venues.values()) this.#start(venue);
    let turn = 0;
    for (const chased of [...this.#orders.values()]) {
      if (chased.confirmed !== null) continue;
      if (turn++ % CANCELS_A_TURN === 0 && turn > 1) await new Promise<void>((resolve) => this.#options.clock.soon(resolve));
      if (this.#kill !== kill) return;
      this.#cancel(chased);
    }
    for (const venue of this.#venues.values()) void this.#follow(venue); // lists cost time that the cancels need
    if (this.#venues.size === 0) void this.#finish(kill); // a desk without venues has nothing out
  }

  #start(venue: Venue): void {
    venue.done = false;
    venue.again = true;
    if (venue.broker.capabilities.cancelAll && !this.#kill!.over) {
      venue.cancelAll = 'wanted';
      void this.#cancelAll(venue);
    }
  }

  async #cancelAll(venue: Venue): Promise<void> {
    venue.cancelAll = 'asked';
    const { kind } = await settledOf(venue.broker.cancelAll());
    if (kind === 'done' || kind === 'refused') venue.answered = true;
    if (venue.cancelAll === 'asked') venue.cancelAll = kind === 'done' || kind === 'refused' ? 'done' : 'wanted';
  }

  #chase(key: string, order: Registration): Chased {
    const fresh = { late: false, sent: false, taken: false, confirmed: null, evidence: false, asking: false, unschedule: null };
    const chased: Chased = { order, key, ...fresh, why: 'no cancel was sent yet', repeatMs: FIRST_REPEAT_MS };
    this.#orders.set(key, chased);
    return chased;
  }

  #comesLate(chased: Chased): void {
    chased.late = true;
    this.#reopen(chased);
  }

  #reopen(chased: Chased): void {
    chased.confirmed = null;
    chased.taken = false;
    this.#done = false;
    this.#cancel(chased);
    const venue = this.#venues.get(chased.order.account);
    if (venue === undefined) return;
    venue.done = false;
    void this.#follow(venue);
  }

  #cancel(chased: Chased): void {
    if (this.#stopped || chased.confirmed !== null) return;
    chased.unschedule?.();
    chased.unschedule = null;
    const venue = this.#venues.get(chased.order.account);
    if (venue === undefined) {
      chased.why = NO_CONNECTION;
      return;
    }
    const answer = settledOf(venue.broker.cancel(nameOf(chased.order)));
    if (!chased.sent) this.#note(chased);
    void answer.then((outcome) => {
      if (outcome.kind === 'done' || outcome.kind === 'refused') venue.answered = true;
      return this.#answered(chased, venue.broker, outcome);
    });
  }

  #note(chased: Chased): void {
    chased.sent = true;
    chased.why = 'the venue has not answered yet';
    const kill = this.#kill;
    if (kill === null || chased.late) return;
    const ms = (this.#options.clock.monotonicUs() - kill.begunUs) / MS;
    kill.firstMs ??= ms;
    kill.lastMs = ms;
  }

  async #answered(chased: Chased, broker: Broker, outcome: ChangeOutcome): Promise<void> {
    if (chased.confirmed !== null || this.#stopped) return;
    switch (outcome.kind) {
      case 'done':
        chased.taken = true;
        chased.why = 'the venue took the cancel and has not confirmed it';
        this.#schedule(chased, EVENT_WAIT_MS, () => void this.#askThenRepeat(chased, broker));
        return;
      case 'refused':
        chased.why = outcome.reason;
        return this.#askThenRepeat(chased, broker);
      case 'notSent':
        chased.why = outcome.reason;
        this.#repeat(chased, (outcome.retryAfterUs ?? 0) / MS);
        return;
      case 'unknown':
        chased.why = outcome.reason;
        this.#repeat(chased, 0);
        return this.#ask(chased, broker);
    }
  }

  async #askThenRepeat(chased: Chased, broker: Broker): Promise<void> {
    await this.#ask(chased, broker);
    if (chased.confirmed === null) this.#repeat(chased, 0);
  }

  /** Only what the venue says of the order itself confirms; not finding it does once nothing sent can arrive any more. */
  async #ask(chased: Chased, broker: Broker): Promise<void> {
    if (chased.asking) return;
    chased.asking = true;
    const askedUs = this.#options.clock.wallUs();
    const found = await broker.order(nameOf(chased.order)).catch((error: unknown) => ({ found: null, reason: reasonOf(error) }) as const);
    chased.asking = false;
    if (chased.confirmed !== null || this.#stopped) return;
    if (found.found === null) chased.why = found.reason;
    else if (found.found) {
      chased.order = { ...chased.order, venueId: found.row.venueId };
      if (found.row.state !== 'working') this.#confirm(chased, found.row.state, true);
      else chased.why = 'the venue says it is working';
    } else if (chased.taken) this.#confirm(chased, 'cancelled, and the venue lists it no more', false);
    else {
      const marginMs = broker.capabilities.honoursExpiry ? WINDOW_MARGIN_MS : NO_EXPIRY_MARGIN_MS;
      if (askedUs > chased.order.validUntil + marginMs * MS) this.#confirm(chased, 'never reached the venue', false);
      else chased.why = 'the venue does not know it, and it may still arrive';
    }
  }

  #repeat(chased: Chased, leastMs: number): void {
    this.#schedule(chased, Math.max(chased.repeatMs, leastMs), () => this.#cancel(chased));
    chased.repeatMs = Math.min(2 * chased.repeatMs, LONGEST_REPEAT_MS);
  }

  #schedule(chased: Chased, ms: number, run: () => void): void {
    if (this.#stopped || chased.confirmed !== null) return;
    chased.unschedule?.();
    chased.unschedule = this.#options.clock.after(ms * MS, run);
  }

  #confirm(chased: Chased, how: string, evidence: boolean): void {
    if (chased.confirmed !== null && !(evidence && !chased.evidence)) return;
    chased.confirmed = how;
    chased.evidence = evidence;
    chased.unschedule?.();
    chased.unschedule = null;
    if (this.#kill === null) this.#orders.delete(chased.key);
    this.#tellSoon();
    if (this.#allConfirmed(chased.order.account)) this.#wake();
  }

  #allConfirmed(account: AccountId): boolean {
    for (const { order, confirmed } of this.#orders.values()) if (order.account === account && confirmed === null) return false;
    return true;
  }

  /** One venue to its end: lists until they show nothing new and every order is confirmed, then the positions. */
  async #follow(venue: Venue): Promise<void> {
    if (venue.following) return;
    venue.following = true;
    const { broker } = venue;
    const kill = this.#kill!;
    const going = () => !this.#stopped && this.#kill === kill && this.#venues.get(broker.account) === venue;
    const quietFrom = this.#options.blind ? kill.at + this.#options.sendWindowUs + WINDOW_MARGIN_MS * MS : 0;
    for (let clean = 0; going() && clean < CLEAN_SWEEPS; ) {
      const begun = this.#options.clock.wallUs();
      const confirmed = this.#allConfirmed(broker.account);
      if (kill.over) {
        if (confirmed) break;
        await this.#sleep(SWEEP_EVERY_MS);
        continue;
      }
      const news = await this.#sweep(venue, going);
      clean = confirmed && news === 0 && begun > quietFrom && venue.cancelAll !== 'wanted' ? clean + 1 : 0;
      if (!going() || clean === CLEAN_SWEEPS) break;
      if (venue.cancelAll === 'wanted') void this.#cancelAll(venue);
      await this.#sleep(SWEEP_EVERY_MS);
    }
    venue.again = false;
    if (going() && !kill.flatten && !kill.over) await this.#askHeld(venue);
    if (going() && kill.flatten && !kill.over) {
      const { clock, side, sendWindowUs, lotSize } = this.#options;
      const tell = () => this.#tellSoon();
      venue.flattening ??= new Flattening({ broker, kill, side, sendWindowUs, lotSize, wallUs: () => clock.wallUs(), tell });
      venue.held = null;
      await venue.flattening.run(going, (ms) => this.#sleep(ms));
    }
    venue.following = false;
    if (!going()) return;
    // one came while positions were asked for or closed, or all of it was asked for once more
    if (venue.again || !this.#allConfirmed(broker.account)) return void this.#follow(venue);
    venue.done = true;
    await this.#finish(kill);
  }

  /** Tells, and decides nothing: cancels that are due meanwhile leave as ever. */
  async #askHeld(venue: Venue): Promise<void> {
    const { clock, lotSize } = this.#options;
    const { broker } = venue;
    const { account } = broker;
    const unknown = (why: string) => [`${account}: not known, ${why}`];
    const asked = async (): Promise<readonly string[]> => {
      try {
        const open = (await broker.positions()).filter(({ lots }) => lots !== 0);
        return open.map(({ instrument, lots }) => `${account}: ${quantityText(lots, lotSize(account, instrument))} ${instrument}`);
      } catch (error) {
        return unknown(reasonOf(error));
      }
    };
    let cancel: () => void = () => {};
    const late = new Promise<readonly string[]>((resolve) => {
      const why = `the venue did not tell its positions within ${HELD_WAIT_MS} ms`;
      cancel = clock.after(HELD_WAIT_MS * MS, () => resolve(unknown(why)));
    });
    venue.held = await Promise.race([asked(), late]);
    cancel();
  }

  /** How many working orders the venue lists that were not known; null: it could not be asked. */
  async #sweep(venue: Venue, going: () => boolean): Promise<number | null> {
    const { broker } = venue;
    let rows: readonly VenueOrderRow[];
    try {
      rows = await broker.openOrders();
    } catch (error) {
      venue.listWhy = reasonOf(error);
      return null;
    }
    venue.listWhy = null;
    venue.answered = true;
    if (!going()) return null;
    let news = 0;
    for (const row of rows) {
      if (row.state !== 'working') continue;
      const known = this.#find(broker.account, row);
      if (known === null) {
        const { venueId, instrument } = row;
        const clientId = (row.clientId ?? '') as ClientOrderId;
        const order = { account: broker.account, clientId, venueId, instrument, validUntil: 0 as TimeUs };
        this.#cancel(this.#chase(row.clientId ?? keyOf(broker.account, venueId), order));
      } else if (known.confirmed !== null && !known.evidence) this.#reopen(known);
      else {
        known.order = { ...known.order, venueId: row.venueId };
        continue;
      }
      news++;
    }
    return news;
  }

  #find(account: AccountId, row: Pick<VenueOrderRow, 'clientId' | 'venueId'>): Chased | null {
    if (row.clientId !== null) {
      const chased = this.#orders.get(row.clientId);
      if (chased?.order.account === account) return chased;
    }
    const found = this.#orders.get(keyOf(account, row.venueId));
    if (found !== undefined) return found;
    if (row.clientId !== null) return null;
    for (const chased of this.#orders.values()) if (chased.order.account === account && chased.order.venueId === row.venueId) return chased;
    return null;
  }

  async #finish(kill: Kill): Promise<void> {
    if (this.#options.accounts.some((account) => !this.#venues.has(account))) return;
    for (const { order, confirmed } of this.#orders.values()) if (confirmed === null && !this.#venues.has(order.account)) return;
    for (const { done } of this.#venues.values()) if (!done) return;
    this.#done = kill.over = true;
    const progress = this.progress()!;
    if (kill.latched && progress.remaining.length === 0) {
      try {
        await this.#options.side.finish(kill.id, progress);
      } catch (error) {
        kill.troubles.push(`what the kill came to could not be written: ${reasonOf(error)}`);
      }
    }
    if (!this.#done || this.#kill !== kill) return;
    this.#telling?.();
    this.#telling = null;
    const last = this.progress()!;
    this.#options.onProgress(last);
    for (const resolve of this.#waiting.splice(0)) resolve(last);
  }

  #tellSoon(): void {
    if (this.#telling !== null || this.#stopped || !this.#burst) return;
    this.#telling = this.#options.clock.after(TELL_EVERY_MS * MS, () => {
      this.#telling = null;
      const progress = this.progress();
      if (progress !== null) this.#options.onProgress(progress);
    });
  }

  /** Ends early when everything is confirmed or nothing goes on. */
  #sleep(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        unschedule();
        this.#sleepers.delete(wake);
        resolve();
      };
      const unschedule = this.#options.clock.after(ms * MS, wake);
      this.#sleepers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** At most so long; it goes on by itself. */
  async #within(work: Promise<void>, ms: number): Promise<void> {
    let late: () => void = () => {};
    const timer = new Promise<void>((resolve) => {
      late = this.#options.clock.after(ms * MS, () => {
        if (this.#kill !== null && !this.#kill.latched)
          this.#kill.troubles.push(`the disk did not take the latch within ${ms} ms: the cancels went first`);
        resolve();
      });
    });
    await Promise.race([work, timer]);
    late();
  }
}

const freshVenue = (broker: Broker): Venue => ({
  broker,
  answered: false,
  cancelAll: 'none',
  following: false,
  done: false,
  listWhy: null,
  flattening: null,
  held: null,
  again: false,
});

const keyOf = (account: AccountId, venueId: string): string => `${account}|${venueId}`;

const nameOf = ({ clientId, venueId, instrument }: Registration): OrderName => ({
  clientId: clientId === '' ? null : clientId,
  venueId,
  instrument,
});

/** The port promises an outcome; one that throws all the same has told nothing. */
const settledOf = (answer: Promise<ChangeOutcome>): Promise<ChangeOutcome> =>
  answer.catch((error: unknown) => ({ kind: 'unknown', reason: reasonOf(error) }) as const);
