/**
 * One account's way out and back. Requests leave when they are durable and everything that could forbid them was looked at in the very
 * moment of sending; what the venue says comes back as inputs. It decides nothing: it never ends an order, never guesses an outcome,
 * and sends a second time only what the venue says it never had and can no longer receive.
 */
import type { Broker, BrokerEvent, VenueFillRow, VenueOrderRow } from '#engine/execution/broker.ts';
import type { EffectsDesk, HeldOrder, KillLatch, OrderWatch } from '#engine/execution/effects.ts';
import { takesOrder } from '#engine/execution/order-terms.ts';
import type { SnapshotOrder, VenueReport } from '#engine/inputs.ts';
import { NewestNames } from '#engine/newest-names.ts';
import type { AccountId, ClientOrderId, InstrumentId, OrderId, TimeUs } from '#engine/values.ts';
import type { InputBody } from '#streams/feed.ts';
import { Rates, type Urgency } from './rates.ts';
import { nameOf, takeSnapshot } from './snapshot.ts';

export type LinkClock = Readonly<{
  wallUs(): number;
  /** Never steps: whether a request can still arrive is judged by it alone. */
  monotonicUs(): number;
  after(delayUs: number, run: () => void): () => void;
}>;

export type LinkOptions = Readonly<{
  account: AccountId;
  broker: Broker;
  desk: EffectsDesk;
  /** An input for the desk; one that comes after the desk has stopped is lost, and told by the log of who stopped it. */
  submit: (body: InputBody) => void;
  clock: LinkClock;
  latch: KillLatch;
  watch: OrderWatch;
  sendWindowUs: number;
  /** How far the venue's clock and the way there may be off when an end of validity is judged. */
  marginUs: number;
  /** Between two looks at the venue's truth while all is well. */
  reconcileEveryUs: number;
  /** Sends that may be under way at once. */
  inFlight: number;
  log: (level: 'debug' | 'info' | 'warning', what: string, fields: Readonly<Record<string, unknown>>) => void;
}>;

/** A request for an effect, as decided. Its address is its id. */
export type Effect = Readonly<{
  id: string;
  order: OrderId;
  clientId: ClientOrderId;
  instrument: InstrumentId;
  action: 'send' | 'cancel' | 'replace';
  validUntil: TimeUs;
  lots: number | null;
  limit: number | null;
  stop: number | null;
  /** When it was decided, by the clock that never steps. */
  decidedAt: number;
}>;

/** A send is tried in parts of its window, so that one whose outcome is unknown may be tried again inside it. */
const ATTEMPTS_A_WINDOW = 3;
const FIRST_RETRY_US = 20_000;
/** What waits for leave of the venue's limits is looked at so often: it may have become late. */
const LOOK_FOR_LATE_US = 50_000;
const LONGEST_RETRY_US = 1_000_000;
/** A snapshot looks back so far beyond the last one that matched… */
const OVERLAP_US = 60_000_000;
/** …and so much further each time the two sides differ. */
const LOOKS_BACK_US = [10 * 60_000_000, 4 * 3_600_000_000, 23 * 3_600_000_000] as const; // below the day after which ended orders are forgotten
const REMEMBERED_FILLS = 20_000;

/** A venue that acts on requests however old they are is not believed about a name for so long. */
const NO_EXPIRY_US = 30_000_000;
/** A cancel that the venue refuses although the order works is asked for again before it is told as refused. */
const CANCEL_TRIES = 3;
/** Requests that may be under way beside `inFlight` because they take risk away. */
const REDUCING_MORE = 32;
/** So many fills of others in one look, and nobody can say which were booked before. */
const MOST_FOREIGN = 9_000;

/** `deadAt`: when its last try can no longer be acted on, by the clock that never steps. */
type Flight = { readonly effect: Effect; tries: number; deadAt: number };

export class AccountLink {
  readonly #options: LinkOptions;
  readonly #rates: Rates;
  /** By our names; and by the venue's, of orders that were found there. */
  readonly #names = new Map<string, OrderId>();
  readonly #foundNames = new Map<string, OrderId>();
  /** When the send window of an order shuts, by the clock that never steps; of one that was not let go yet there is nothing. */
  readonly #shutsAt = new Map<OrderId, number>();
  /** Sends that this process holds: queued, under way, or being asked about. */
  readonly #outstanding = new Set<OrderId>();
  /** Fills handed to the desk, and of each order how many lots these were and its newest total: the desk takes them a turn later. */
  readonly #fills = new NewestNames(REMEMBERED_FILLS);
  readonly #told = new Map<OrderId, Readonly<{ filled: number; lots: number }>>();
  readonly #queues: Readonly<Record<Urgency, Flight[]>> = { cancel: [], reduce: [], open: [] };
  readonly #timers = new Set<() => void>();
  readonly #openedAt: number;
  readonly #attemptUs: number;
  /** Sends and replaces under way; cancels are not counted. */
  #flying = 0;
  #cancelling = 0;
  #pumpAt = Number.POSITIVE_INFINITY;
  #cancelPump: () => void = () => {};
  #connected = false;
  /** Connections so far: what was asked over an earlier one says nothing of this one. */
  #connections = 0;
  #closed = false;
  /** Nothing but cancels leaves any more. */
  #silenced = false;
  #looking = false;
  /** The newest change of each order that may have been made, until its outcome is told. */
  readonly #changes = new Map<OrderId, Readonly<{ lots: number; limit: number | null; stop: number | null }>>();
  /** Of whom it was reported since the last look began that they traded or ended. */
  readonly #lately = new Set<OrderId>();
  #lookAgain = false;
  #lookTimer: (() => void) | null = null;
  #lookAt = Number.POSITIVE_INFINITY;
  #differed = 0;
  #failedLooks = 0;
  #looked = 0;
  #since: number;

  constructor(options: LinkOptions, lastLivedAt: TimeUs) {
    this.#options = options;
    const { identity } = options.broker.capabilities;
    if (identity !== 'clientId') throw new Error(`account ${options.account}: a venue without names for orders is not supported yet`);
    const now = options.clock.wallUs();
    this.#rates = new Rates(Math.max(1, options.broker.capabilities.requestsPerSecond / 2), now);
    this.#openedAt = options.clock.monotonicUs();
    this.#attemptUs = Math.ceil(options.sendWindowUs / ATTEMPTS_A_WINDOW);
    this.#since = Math.max(0, (lastLivedAt === 0 ? now : lastLivedAt) - LOOKS_BACK_US[0]);
  }

  get account(): AccountId {
    return this.#options.account;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Snapshots handed to the desk. */
  get looked(): number {
    return this.#looked;
  }

  /** Requests that have not left yet, and those under way. */
  get waiting(): number {
    return this.#queues.cancel.length + this.#queues.reduce.length + this.#queues.open.length + this.#flying + this.#cancelling;
  }

  /** How much is held, of each kind: none of them may grow with the orders that are gone. */
  get sizes() {
    const { cancel, reduce, open } = this.#queues;
    return {
      names: this.#names.size + this.#foundNames.size,
      windows: this.#shutsAt.size,
      outstanding: this.#outstanding.size,
      fills: this.#fills.size,
      told: this.#told.size,
      timers: this.#timers.size,
      queued: cancel.length + reduce.length + open.length,
      flying: this.#flying + this.#cancelling,
    };
  }

  /** What the desk held before it was opened: whether it ever left is unknown, and nothing of it leaves again unasked. */
  async open(): Promise<void> {
    let mayArrive = false;
    for (const order of this.#options.desk.held(this.account)) {
      this.#name(order);
      if (order.ended) continue;
      this.#shutsAt.set(order.order, this.#openedAt + this.#options.sendWindowUs);
      // the breaker knows of nothing that an earlier life sent
      const validUntil = (this.#options.clock.wallUs() + this.#options.sendWindowUs) as TimeUs;
      this.#options.watch.register({ account: this.account, clientId: order.clientId, instrument: order.instrument, validUntil });
      if (order.state === 'SENDING') this.#report(order.order, { kind: 'Lost' });
      if (order.state === 'SENDING' || order.state === 'UNKNOWN') mayArrive = true;
      if (order.state === 'CANCEL_PENDING') this.#enqueue('cancel', requestAgain(order));
      if (order.replacing !== null) {
        const { sendWindowUs, marginUs } = this.#options;
        this.#askAfter(order.order, sendWindowUs + 2 * marginUs, { id: order.replacing, decidedAt: this.#openedAt });
      }
    }
    await this.#connect(0);
    this.#pump();
    // only then does a name that the venue does not know prove that it never will
    if (mayArrive) this.#after(this.#options.sendWindowUs + this.#options.marginUs, () => this.look(FIRST_RETRY_US));
  }

  /** A venue that is away is tried again and again; one that refuses us, or that we cannot understand, throws. */
  async #connect(tries: number): Promise<void> {
    const { broker, log } = this.#options;
    try {
      await broker.open((event) => this.#hear(event));
    } catch (error) {
      if (this.#closed) return;
      // a first start that is refused is told to who started it; one that was away may answer anything when it comes back
      if (tries === 0 && (error as Error).name !== 'VenueUnreachable') throw error;
      log('warning', 'the venue cannot be reached; it is tried again', { account: this.account, error: String(error) });
      this.#after(backoff(tries + 3), () => void this.#connect(tries + 1));
    }
  }

  /** Nothing more leaves; what is under way may still be answered. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#lookTimer?.();
    await this.#options.broker.close();
  }

  /**
   * The desk has stopped and says nothing more: from this moment nothing but cancels leaves. Each order that may work is cancelled by name,
   * again and again, until the venue has confirmed it or can no longer have it. Returns how many were asked for.
   */
  async abandon(withinUs: number): Promise<number> {
    this.#silenced = true;
    const { broker, clock, desk } = this.#options;
    for (const queue of Object.values(this.#queues)) queue.length = 0;
    const end = clock.monotonicUs() + withinUs;
    const orders = desk.working(this.account).filter(({ order }) => this.#shutsAt.has(order)); // nothing else was ever let go
    const one = async (order: HeldOrder): Promise<void> => {
      for (let tries = 0; clock.monotonicUs() < end; tries += 1) {
        const outcome = await broker.cancel(nameOf(order)).catch(() => ({ kind: 'unknown' }) as const);
        if (outcome.kind === 'done') return;
        // a send that is still on its way may arrive behind its cancel
        if (outcome.kind === 'refused' && clock.monotonicUs() > this.#windowOf(order.order)) return;
        await new Promise<void>((resolve) => void clock.after(backoff(tries), resolve));
      }
    };
    await Promise.all(orders.map(one));
    return orders.length;
  }

  // ── What the desk decided ──

  /** Durable requests, in their order. */
  release(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.action === 'cancel') this.#enqueue('cancel', effect);
      else {
        const order = this.#options.desk.order(effect.order);
        if (effect.action === 'send') {
          this.#names.set(effect.clientId, effect.order);
          this.#shutsAt.set(effect.order, effect.decidedAt + this.#options.sendWindowUs);
          this.#outstanding.add(effect.order);
        }
        this.#enqueue(order?.reducing === true ? 'reduce' : 'open', effect);
      }
    }
    this.#pump();
  }

  adopted(order: OrderId, name: string): void {
    this.#foundNames.set(name, order);
    this.#shutsAt.set(order, 0); // it is there
  }

  ended(order: OrderId): void {
    this.#shutsAt.delete(order);
    this.#outstanding.delete(order);
    this.#changes.delete(order);
    const held = this.#options.desk.order(order);
    if (held !== null) this.#options.watch.settled(held.clientId);
  }

  retired(order: OrderId): void {
    this.#told.delete(order);
    const held = this.#options.desk.order(order); // still there while its retirement is told
    if (held === null) return;
    for (const names of [this.#names, this.#foundNames]) if (names.get(held.clientId) === order) names.delete(held.clientId);
  }

  /** The desk saw something that the venue must be asked about. */
  differs(why: string): void {
    if (why.startsWith('differs')) this.#differed += 1;
    this.look(why.startsWith('differs') ? Math.ceil(this.#options.sendWindowUs / 4) : FIRST_RETRY_US);
  }

  // ── Requests, in order of urgency ──

  #enqueue(urgency: Urgency, effect: Effect, { tries, deadAt }: Pick<Flight, 'tries' | 'deadAt'> = { tries: 0, deadAt: 0 }): void {
    this.#queues[urgency].push({ effect, tries, deadAt });
  }

  #pump(): void {
    if (this.#closed) return;
    const { clock, inFlight } = this.#options;
    for (const urgency of ['cancel', 'reduce', 'open'] as const) {
      const queue = this.#queues[urgency];
      const most = urgency === 'cancel' ? Number.POSITIVE_INFINITY : urgency === 'reduce' ? inFlight + REDUCING_MORE : inFlight;
      while (queue.length > 0) {
        if (urgency !== 'cancel' && this.#flying >= most) break;
        // what is late needs no leave of the venue's limits to stay home
        const wait = this.#isLate(queue[0]!.effect) ? 0 : this.#rates.take(urgency, clock.monotonicUs());
        if (wait > 0) {
          this.#pumpIn(Math.min(wait, urgency === 'cancel' ? wait : LOOK_FOR_LATE_US));
          break; // a more urgent kind may have tokens left; a less urgent one has not
        }
        this.#launch(queue.shift()!, urgency === 'cancel');
      }
    }
  }

  #launch(flight: Flight, isCancel: boolean): void {
    if (isCancel) this.#cancelling += 1;
    else this.#flying += 1;
    const landed = () => {
      if (isCancel) this.#cancelling -= 1;
      else this.#flying -= 1;
      this.#pump();
    };
    void this.#fly(flight).then(landed, (error: unknown) => {
      // a broker keeps its promise not to reject, or this adapter is broken: the outcome is then unknown, and said
      this.#options.log('warning', 'a request failed in its adapter', { effect: flight.effect.id, error: String(error) });
      this.#unknown(flight);
      landed();
    });
  }

  /** The earliest wish holds. */
  #pumpIn(delayUs: number): void {
    const at = this.#options.clock.monotonicUs() + delayUs;
    if (at >= this.#pumpAt) return;
    this.#cancelPump();
    this.#pumpAt = at;
    this.#cancelPump = this.#after(delayUs, () => {
      this.#pumpAt = Number.POSITIVE_INFINITY;
      this.#pump();
    });
  }

  #fly(flight: Flight): Promise<void> {
    switch (flight.effect.action) {
      case 'send':
        return this.#send(flight);
      case 'cancel':
        return this.#cancel(flight);
      case 'replace':
        return this.#replace(flight);
    }
  }

  /** By the wall, and by the clock that nobody sets: a wall clock set back must not make a backlog fresh. */
  #isLate({ action, validUntil, decidedAt }: Effect): boolean {
    const { clock, sendWindowUs } = this.#options;
    return action !== 'cancel' && (clock.wallUs() > validUntil || clock.monotonicUs() > decidedAt + sendWindowUs);
  }

  /** Looked at before a request is made, and again by its adapter in the very turn in which the bytes leave. */
  #staysHome(effect: Effect): 'late' | 'gate' | 'killed' | null {
    const { latch, desk } = this.#options;
    if (latch.isKilled()) return 'killed';
    if (this.#isLate(effect)) return 'late';
    return !this.#silenced && desk.closedFor(effect.order) === null ? null : 'gate';
  }

  #home(effect: Effect, why: 'late' | 'gate' | 'killed'): void {
    this.#outstanding.delete(effect.order);
    this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why });
  }

  async #send(flight: Flight): Promise<void> {
    const { broker, desk, clock, watch } = this.#options;
    const { effect } = flight;
    const order = desk.order(effect.order);
    if (this.#silenced || order === null || (order.state !== 'SENDING' && order.state !== 'UNKNOWN')) return;
    const { side, type, lots, limit, stop, reduceOnly, expiresAt, terms } = order;
    const { clientId, instrument } = effect;
    if (!takesOrder(broker.capabilities, type, terms)) {
      this.#outstanding.delete(effect.order);
      this.#report(effect.order, { kind: 'Rejected', reason: `the venue takes no ${type} order of these terms` });
      return;
    }
    watch.register({ account: this.account, clientId, instrument, validUntil: effect.validUntil });
    const why = this.#staysHome(effect); // behind the registration: a kill either sees the order or is seen here
    if (why !== null) {
      // one that may have left before is asked about until it is known; only the first try simply stays home
      if (flight.tries === 0 || order.state === 'SENDING') this.#home(effect, why);
      else this.#ask(flight);
      return;
    }
    const until = Math.min(effect.validUntil, clock.wallUs() + this.#attemptUs) as TimeUs;
    flight.tries += 1;
    flight.deadAt = clock.monotonicUs() + (until - clock.wallUs());
    const outcome = await broker.send(
      {
        order: order.order,
        clientId,
        instrument,
        side,
        type,
        lots,
        limit,
        stop,
        // what was approved because it takes risk away must not add any, should the position have changed at the venue since
        reduceOnly: reduceOnly || order.reducing,
        terms,
        expiresAt,
        until,
      },
      () => this.#staysHome(effect) === null,
    );
    switch (outcome.kind) {
      case 'acked':
        this.#outstanding.delete(effect.order);
        this.#ackIfAwaited(effect.order);
        return;
      case 'rejected':
        this.#outstanding.delete(effect.order);
        this.#report(effect.order, { kind: 'Rejected', reason: outcome.reason });
        return;
      case 'notSent':
        this.#tryLater(flight, outcome.retryAfterUs);
        return;
      case 'unknown':
        this.#options.log('warning', 'the outcome of a send is unknown', { order: effect.order, why: outcome.reason });
        this.#unknown(flight);
    }
  }

  /** It certainly did not reach the venue: the same request again, while its window is open. */
  #tryLater(flight: Flight, retryAfterUs: number | null): void {
    const { effect } = flight;
    const delay = Math.max(retryAfterUs ?? 0, backoff(flight.tries));
    const stays = this.#staysHome(effect);
    if (stays !== null || this.#options.clock.wallUs() + delay > effect.validUntil) {
      const state = this.#options.desk.order(effect.order)?.state;
      if (state === 'UNKNOWN') this.#ask(flight);
      else this.#home(effect, stays ?? 'late');
      return;
    }
    const urgency = this.#options.desk.order(effect.order)?.reducing === true ? 'reduce' : 'open';
    this.#after(delay, () => {
      this.#enqueue(urgency, effect, flight);
      this.#pump();
    });
  }

  #unknown(flight: Flight): void {
    const { effect } = flight;
    switch (effect.action) {
      case 'cancel':
        this.#cancelAgain(flight);
        return;
      case 'replace':
        this.#askAfter(effect.order, FIRST_RETRY_US, effect);
        return;
      case 'send':
        if (this.#options.desk.order(effect.order)?.state === 'SENDING') this.#report(effect.order, { kind: 'Lost' });
        this.#ask(flight);
    }
  }

  /** Asks the venue for the order by its name until its outcome is known. */
  #ask(flight: Flight, tries = 0): void {
    const { broker, desk, clock, marginUs } = this.#options;
    const { effect } = flight;
    this.#after(backoff(tries), () => {
      const order = desk.order(effect.order);
      if (order === null || order.ended || !(order.state === 'UNKNOWN' || order.state === 'SENDING')) return;
      const askedAt = clock.monotonicUs();
      void broker.order(nameOf(order)).then(
        (answer) => {
          if (answer.found === true) {
            this.#outstanding.delete(effect.order);
            this.#tell(effect.order, answer.row, answer.fills);
          } else if (answer.found === false && askedAt > this.#windowOf(effect.order)) {
            this.#outstanding.delete(effect.order);
            const now = desk.order(effect.order);
            if (now?.state === 'UNKNOWN') this.#report(effect.order, { kind: 'NeverExisted' });
          } else if (
            answer.found === false &&
            askedAt > flight.deadAt + marginUs &&
            broker.capabilities.honoursExpiry &&
            this.#staysHome(effect) === null
          ) {
            // the venue never had it, and refuses the first try from now on: once more, under the same name
            this.#enqueue(order.reducing ? 'reduce' : 'open', effect, flight);
            this.#pump();
          } else this.#ask(flight, tries + 1);
        },
        () => this.#ask(flight, tries + 1),
      );
    });
  }

  // ── Cancels and changes ──

  async #cancel(flight: Flight): Promise<void> {
    const { broker, desk } = this.#options;
    const { effect } = flight;
    const order = desk.order(effect.order);
    if (order === null || order.state !== 'CANCEL_PENDING') return;
    flight.tries += 1;
    const outcome = await broker.cancel(nameOf(order));
    switch (outcome.kind) {
      case 'done':
        this.#after(this.#patience(), () => this.#cancelStands(flight));
        return;
      case 'refused': {
        const answer = await broker.order(nameOf(order));
        if (answer.found === true && answer.row.state !== 'working') this.#tell(effect.order, answer.row, answer.fills);
        else if (answer.found === null || flight.tries < CANCEL_TRIES || this.#mustStop(effect.order)) this.#cancelAgain(flight);
        else this.#report(effect.order, { kind: 'CancelRejected', reason: outcome.reason });
        if (answer.found === false) this.look(0);
        return;
      }
      default:
        this.#cancelAgain(flight, outcome.kind === 'notSent' ? outcome.retryAfterUs : null);
    }
  }

  #cancelAgain(flight: Flight, retryAfterUs: number | null = null): void {
    this.#after(Math.max(retryAfterUs ?? 0, backoff(flight.tries)), () => {
      this.#enqueue('cancel', flight.effect, flight);
      this.#pump();
    });
  }

  /** A kill or a halt does not take no for an answer. */
  #mustStop(order: OrderId): boolean {
    return this.#options.latch.isKilled() || /HALTED|KILLED/.test(this.#options.desk.closedFor(order) ?? '');
  }

  /** The venue took the cancel and has said nothing since. */
  #cancelStands(flight: Flight): void {
    const { desk, broker } = this.#options;
    const order = desk.order(flight.effect.order);
    if (order === null || order.state !== 'CANCEL_PENDING') return;
    broker.order(nameOf(order)).then(
      (answer) => {
        if (answer.found === true && answer.row.state !== 'working') this.#tell(order.order, answer.row, answer.fills);
        else this.#cancelAgain(flight);
      },
      () => this.#cancelAgain(flight),
    );
  }

  async #replace(flight: Flight): Promise<void> {
    const { broker, desk, clock } = this.#options;
    const { effect } = flight;
    const order = desk.order(effect.order);
    if (this.#silenced || order === null || order.replacing !== effect.id || effect.lots === null) return;
    const why = this.#staysHome(effect);
    if (why !== null) {
      // every try before this one certainly did not leave
      this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why });
      return;
    }
    const until = Math.min(effect.validUntil, clock.wallUs() + this.#attemptUs) as TimeUs;
    flight.tries += 1;
    flight.deadAt = clock.monotonicUs() + (until - clock.wallUs());
    const { lots, limit, stop } = effect;
    this.#changes.set(effect.order, { lots, limit, stop });
    const outcome = await broker.replace({ name: nameOf(order), lots, limit, stop, until }, () => this.#staysHome(effect) === null);
    switch (outcome.kind) {
      case 'done':
        this.#askAfter(effect.order, this.#patience(), effect);
        return;
      case 'refused':
        this.#report(effect.order, { kind: 'ReplaceRejected', reason: outcome.reason });
        this.#askAfter(effect.order, FIRST_RETRY_US, null);
        return;
      case 'notSent':
        if (clock.wallUs() + (outcome.retryAfterUs ?? FIRST_RETRY_US) > effect.validUntil)
          this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why: 'late' });
        else
          this.#after(Math.max(outcome.retryAfterUs ?? 0, backoff(flight.tries)), () => {
            this.#enqueue(order.reducing ? 'reduce' : 'open', effect, flight);
            this.#pump();
          });
        return;
      case 'unknown':
        this.#askAfter(effect.order, flight.deadAt - clock.monotonicUs() + this.#options.marginUs, effect);
    }
  }

  /** Asks for an order by name after a while, and tells the desk what it is. `owed`: the change whose answer is owed to the desk. */
  #askAfter(id: OrderId, delayUs: number, owed: Pick<Effect, 'id' | 'decidedAt'> | null, tries = 0): void {
    const { desk, broker, clock, sendWindowUs, marginUs } = this.#options;
    this.#after(delayUs, () => {
      const order = desk.order(id);
      if (order === null || order.ended) return;
      if (owed !== null && order.replacing !== owed.id) return; // answered meanwhile
      const again = () => this.#askAfter(id, backoff(tries), owed, tries + 1);
      const askedAt = clock.monotonicUs();
      broker.order(nameOf(order)).then((answer) => {
        if (answer.found === null) return again();
        if (!answer.found) {
          this.look(0);
          return again(); // a list or a query may be a moment old: what is owed stays owed
        }
        const { lots, limit, stop, state } = answer.row;
        if (owed !== null && state === 'working' && desk.order(id)?.replacing === owed.id) {
          const changed = lots !== order.lots || limit !== order.limit || stop !== order.stop;
          if (changed) this.#report(id, { kind: 'Replaced', lots, limit, stop });
          else if (askedAt > owed.decidedAt + sendWindowUs + marginUs)
            this.#report(id, { kind: 'ReplaceRejected', reason: 'the venue did not change it' });
          else again(); // it may still be on its way
        }
        this.#tell(id, answer.row, answer.fills);
      }, again);
    });
  }

  // ── What the venue says ──

  #hear(event: BrokerEvent): void {
    if (this.#closed) return;
    switch (event.type) {
      case 'Connected':
        this.#connected = true;
        this.#connections += 1;
        this.#options.submit({ type: 'SessionReady', account: this.account });
        this.look(0);
        return;
      case 'Lost':
        this.#connected = false;
        this.#options.submit({ type: 'SessionLost', account: this.account, why: event.why });
        return;
      case 'Transfer':
        this.look(FIRST_RETRY_US);
        return;
      case 'Fill': {
        const id = this.#idOf(event.fill);
        if (id === undefined)
          this.look(FIRST_RETRY_US); // somebody trades this account by hand, or another desk does
        else if (this.#isBeyond(id, event.fill)) this.#askForFill(id, event.fill);
        else this.#fill(id, event.fill);
        return;
      }
      case 'Order':
        this.#orderSaid(event.row, event.what);
    }
  }

  #orderSaid(row: VenueOrderRow, what: Extract<BrokerEvent, { type: 'Order' }>['what']): void {
    const id = this.#idOf(row);
    if (id === undefined || this.#isAnother(id, row)) {
      this.look(FIRST_RETRY_US);
      return;
    }
    switch (what) {
      case 'acked':
        this.#ackIfAwaited(id);
        return;
      case 'replaced':
        this.#report(id, { kind: 'Replaced', lots: row.lots, limit: row.limit, stop: row.stop });
        return;
      default:
        this.#tell(id, row, []);
    }
  }

  /** An order as the venue has it, and all its fills: whatever of it the desk does not know yet. */
  #tell(id: OrderId, row: VenueOrderRow, fills: readonly VenueFillRow[]): void {
    if (this.#isAnother(id, row)) {
      this.look(FIRST_RETRY_US); // somebody else's, under a name of ours that had ended there: the snapshot tells
      return;
    }
    this.#grew(id, row);
    for (const fill of fills) this.#fill(id, fill);
    if (row.filled > this.#toldLots(id)) {
      // no end before its last fill: the fill is on its way, or was lost and is asked for
      this.#askAfter(id, this.#patience(), null);
      return;
    }
    switch (row.state) {
      case 'working':
        this.#ackIfAwaited(id);
        return;
      case 'cancelled':
        this.#report(id, { kind: 'Cancelled' });
        return;
      case 'expired':
        this.#report(id, { kind: 'Expired' });
        return;
      case 'rejected':
        this.#report(id, { kind: 'Rejected', reason: row.reason });
        return;
      case 'filled': {
        // filled at another total than it had here: a change cut it to what was filled
        const order = this.#options.desk.order(id);
        const { lots, limit, stop } = row;
        if (order !== null && !order.ended && order.lots !== lots) this.#report(id, { kind: 'Replaced', lots, limit, stop });
      }
    }
  }

  #ackIfAwaited(id: OrderId): void {
    const state = this.#options.desk.order(id)?.state;
    if (state === 'SENDING' || state === 'UNKNOWN') this.#report(id, { kind: 'Acked' });
  }

  /** Each fill once, whichever way and however often it was told. */
  #fill(id: OrderId, fill: VenueFillRow): void {
    if (this.#isAnother(id, fill)) {
      this.look(FIRST_RETRY_US); // somebody else's, under a name like ours: the snapshot tells
      return;
    }
    if (this.#isKnown(id, fill)) return;
    this.#fills.add(keyOf(fill));
    const { lots, price, fee, maker } = fill;
    this.#report(id, { kind: 'Filled', fill: fill.id, lots, price, fee: String(fee), maker });
  }

  #isAnother(id: OrderId, { side, instrument }: Pick<VenueOrderRow, 'side' | 'instrument'>): boolean {
    const order = this.#options.desk.order(id);
    return order !== null && (order.side !== side || order.instrument !== instrument);
  }

  #isKnown(id: OrderId, fill: VenueFillRow): boolean {
    return this.#fills.has(keyOf(fill)) || this.#options.desk.hasFill(id, fill.id);
  }

  // A change to more lots may be made and never told: its order must not end here by fills beyond the old total, and work on there.

  /** Filled beyond its total here, because it was made larger there. */
  #grew(id: OrderId, { filled, lots, limit, stop }: Pick<VenueOrderRow, 'filled' | 'lots' | 'limit' | 'stop'>): void {
    const order = this.#options.desk.order(id);
    if (order === null || order.ended) return;
    const total = this.#totalOf(order);
    if (filled > total && lots > total) this.#report(id, { kind: 'Replaced', lots, limit, stop });
  }

  /** Of one that works, and works here, the desk finds it in the snapshot itself. */
  #grewUnseen({ name, ...row }: SnapshotOrder): void {
    const id = this.#names.get(name) ?? this.#foundNames.get(name);
    const state = id === undefined ? undefined : this.#options.desk.order(id)?.state;
    if (id === undefined || this.#isAnother(id, row)) return;
    if (row.state !== 'working' || (state !== 'LIVE' && state !== 'REPLACE_PENDING')) this.#grew(id, row);
  }

  #isBeyond(id: OrderId, fill: VenueFillRow): boolean {
    const order = this.#options.desk.order(id);
    if (order === null || order.ended || this.#isKnown(id, fill) || this.#isAnother(id, fill)) return false;
    return this.#toldLots(id) + fill.lots > this.#totalOf(order);
  }

  /** Of a fill that its order has no room for here, the order is asked first. It is booked all the same when no answer comes in time. */
  #askForFill(id: OrderId, fill: VenueFillRow): void {
    const { desk, broker } = this.#options;
    this.#after(this.#patience(), () => this.#fillUnasked(id, fill));
    const ask = (tries: number): void => {
      const order = desk.order(id);
      if (order === null || this.#isKnown(id, fill)) return;
      const again = () => void this.#after(backoff(tries), () => ask(tries + 1));
      broker.order(nameOf(order)).then((answer) => {
        // an answer that does not know of it is older than it
        if (answer.found === true && answer.fills.some((told) => keyOf(told) === keyOf(fill))) this.#tell(id, answer.row, answer.fills);
        else again();
      }, again);
    };
    ask(0);
  }

  /** Nobody could be asked. A fill that only the change we asked for has room for says that it was made; a look shows whether it is so. */
  #fillUnasked(id: OrderId, fill: VenueFillRow): void {
    const change = this.#changes.get(id);
    if (change !== undefined && this.#isBeyond(id, fill) && this.#toldLots(id) + fill.lots <= change.lots)
      this.#report(id, { kind: 'Replaced', ...change });
    if (!this.#isKnown(id, fill)) this.look(FIRST_RETRY_US);
    this.#fill(id, fill);
  }

  #toldLots(id: OrderId): number {
    return Math.max(this.#told.get(id)?.filled ?? 0, this.#options.desk.order(id)?.filled ?? 0);
  }

  #totalOf({ order, lots }: HeldOrder): number {
    return Math.max(this.#told.get(order)?.lots ?? 0, lots);
  }

  #report(order: OrderId, report: VenueReport): void {
    const lots = this.#told.get(order)?.lots ?? 0;
    if (report.kind === 'Filled') this.#told.set(order, { filled: this.#toldLots(order) + report.lots, lots });
    if (report.kind === 'Replaced') this.#told.set(order, { filled: this.#toldLots(order), lots: report.lots });
    if (report.kind === 'Replaced' || report.kind === 'ReplaceRejected') this.#changes.delete(order);
    if (report.kind !== 'Acked' && report.kind !== 'Replaced') this.#lately.add(order);
    this.#options.submit({ type: 'OrderReported', order, report });
  }

  // ── The venue's truth ──

  /** Takes a snapshot soon; while one is being taken, another after it. */
  look(delayUs: number): void {
    if (this.#closed || !this.#connected) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    const at = this.#options.clock.monotonicUs() + delayUs;
    if (this.#lookTimer !== null && this.#lookAt <= at) return; // the earliest wish holds, however many there are
    this.#lookTimer?.();
    this.#lookAt = at;
    this.#lookTimer = this.#options.clock.after(delayUs, () => {
      this.#lookTimer = null;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { broker, desk, clock, log, reconcileEveryUs } = this.#options;
    this.#looking = true;
    const startedAt = clock.wallUs();
    const connection = this.#connections;
    const worked = new Set(desk.working(this.account).map(({ order }) => order));
    this.#lately.clear();
    let next = reconcileEveryUs;
    try {
      const taken = await takeSnapshot({
        broker,
        since: this.#sinceNow(startedAt) as TimeUs,
        held: () => desk.working(this.account).filter(({ order, state }) => !(state === 'SENDING' && this.#outstanding.has(order))),
        isOurs: (clientId) => this.#names.has(clientId),
        mayArrive: (order) => clock.monotonicUs() <= this.#windowOf(order.order),
        mostForeign: MOST_FOREIGN,
      });
      this.#failedLooks = 0;
      if (this.#closed) return;
      if (!this.#connected || connection !== this.#connections)
        next = FIRST_RETRY_US; // of a line that is gone: it proves nothing of this one
      else {
        // what ended here while it was being looked at is no difference, whether the desk has taken the report of it yet or not
        const isOver = (name: string) => {
          const id = this.#names.get(name) ?? this.#foundNames.get(name);
          return id !== undefined && (this.#lately.has(id) || (worked.has(id) && desk.order(id)?.ended === true));
        };
        const orders = taken.orders.filter(({ name, state }) => state !== 'working' || !isOver(name));
        for (const row of orders) this.#grewUnseen(row);
        for (const fill of taken.fills) this.#fills.add(`${fill.instrument}|${fill.id}`);
        const differedBefore = this.#differed;
        this.#options.submit({ type: 'VenueSnapshot', account: this.account, ...taken, orders });
        this.#looked += 1;
        if (differedBefore === this.#differed) this.#matchedSoon(startedAt);
      }
    } catch (error) {
      this.#failedLooks += 1;
      next = backoff(this.#failedLooks);
      log('warning', 'the venue could not be reconciled with', { account: this.account, error: String(error) });
    }
    this.#looking = false;
    const again = this.#lookAgain;
    this.#lookAgain = false;
    this.look(again ? FIRST_RETRY_US : next);
  }

  /** The desk takes the snapshot within this turn; had it differed, `differs` has been called by the next. */
  #matchedSoon(startedAt: number): void {
    const before = this.#differed;
    this.#after(FIRST_RETRY_US, () => {
      if (this.#differed !== before) return;
      this.#differed = 0;
      this.#since = Math.max(this.#since, startedAt - OVERLAP_US);
    });
  }

  #sinceNow(now: number): number {
    if (!this.#options.desk.synced(this.account)) return Math.max(0, now - LOOKS_BACK_US[2]);
    const further = LOOKS_BACK_US[Math.min(this.#differed, LOOKS_BACK_US.length - 1)]!;
    return Math.max(0, this.#differed === 0 ? this.#since : Math.min(this.#since, now - further));
  }

  /** Until when a send of it may still be acted on, by the clock that never steps. */
  #windowOf(id: OrderId): number {
    const { marginUs, broker } = this.#options;
    const late = broker.capabilities.honoursExpiry ? 0 : NO_EXPIRY_US;
    return (this.#shutsAt.get(id) ?? Number.POSITIVE_INFINITY) + marginUs + late;
  }

  // ── Small parts ──

  #idOf({ clientId, venueId }: Readonly<{ clientId: string | null; venueId: string }>): OrderId | undefined {
    return (clientId === null ? undefined : this.#names.get(clientId)) ?? this.#foundNames.get(venueId);
  }

  #name({ order, clientId, adopted }: HeldOrder): void {
    (adopted ? this.#foundNames : this.#names).set(clientId, order);
  }

  /** How long the stream may take to say what a request has done. */
  #patience(): number {
    return Math.max(FIRST_RETRY_US, Math.ceil(this.#options.sendWindowUs / 2));
  }

  #after(delayUs: number, run: () => void): () => void {
    if (this.#closed) return () => {};
    const cancel = this.#options.clock.after(delayUs, () => {
      this.#timers.delete(cancel);
      if (!this.#closed) run();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }
}

const keyOf = ({ instrument, id }: VenueFillRow): string => `${instrument}|${id}`;
const backoff = (tries: number): number => Math.min(LONGEST_RETRY_US, FIRST_RETRY_US * 2 ** Math.min(tries, 10));

/** A cancel that was asked for before the desk was last opened: it may always be repeated. */
function requestAgain({ order, clientId, instrument }: HeldOrder): Effect {
  return {
    id: '',
    order,
    clientId,
    instrument,
    action: 'cancel',
    validUntil: 0 as TimeUs,
    lots: null,
    limit: null,
    stop: null,
    decidedAt: 0,
  };
}
