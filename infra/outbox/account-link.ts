/**
 * One account's way out and back. Requests leave when they are durable and everything that could forbid them was looked at in the very
 * moment of sending; what the venue says comes back as inputs. It decides nothing: it never ends an order, never guesses an outcome,
 * and sends a second time only what the venue says it never had and can no longer receive.
 */
import type { Broker, BrokerEvent, VenueFillRow, VenueOrderRow } from '#engine/execution/broker.ts';
import type { EffectsDesk, HeldOrder, KillLatch, OrderWatch } from '#engine/execution/effects.ts';
import type { VenueReport } from '#engine/inputs.ts';
import type { AccountId, ClientOrderId, InstrumentId, OrderId, TimeUs } from '#engine/values.ts';
import type { InputBody } from '#streams/feed.ts';
import { Rates, type Urgency } from './rates.ts';
import { nameOf, takeSnapshot } from './snapshot.ts';

export type LinkClock = Readonly<{ wallUs(): number; after(delayUs: number, run: () => void): () => void }>;

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
}>;

/** A send is tried in parts of its window, so that one whose outcome is unknown may be tried again inside it. */
const ATTEMPTS_A_WINDOW = 3;
const FIRST_RETRY_US = 20_000;
const LONGEST_RETRY_US = 1_000_000;
/** A snapshot looks back so far beyond the last one that matched… */
const OVERLAP_US = 60_000_000;
/** …and so much further each time the two sides differ. */
const LOOKS_BACK_US = [10 * 60_000_000, 86_400_000_000, 7 * 86_400_000_000] as const;
const REMEMBERED_FILLS = 20_000;

type Flight = { readonly effect: Effect; tries: number };

export class AccountLink {
  readonly #options: LinkOptions;
  readonly #rates: Rates;
  /** By the name the venue knows. */
  readonly #names = new Map<string, OrderId>();
  readonly #validUntil = new Map<OrderId, TimeUs>();
  /** Sends that this process holds: queued, under way, or being asked about. */
  readonly #outstanding = new Set<OrderId>();
  /** Fills handed to the desk, and how many lots of each order these were: the desk takes them a turn later. */
  readonly #fills = new Set<string>();
  readonly #told = new Map<OrderId, number>();
  readonly #queues: Readonly<Record<Urgency, Flight[]>> = { cancel: [], reduce: [], open: [] };
  readonly #timers = new Set<() => void>();
  readonly #openedAt: number;
  readonly #attemptUs: number;
  #flying = 0;
  #pumpArmed = false;
  #connected = false;
  #closed = false;
  #looking = false;
  #lookAgain = false;
  #lookTimer: (() => void) | null = null;
  #differed = 0;
  #failedLooks = 0;
  #looked = 0;
  #since: number;

  constructor(options: LinkOptions, lastLivedAt: TimeUs) {
    this.#options = options;
    const now = options.clock.wallUs();
    this.#rates = new Rates(Math.max(1, options.broker.capabilities.requestsPerSecond / 2), now);
    this.#openedAt = now;
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
    return this.#queues.cancel.length + this.#queues.reduce.length + this.#queues.open.length + this.#flying;
  }

  /** What the desk held before it was opened: whether it ever left is unknown, and nothing of it leaves again unasked. */
  async open(): Promise<void> {
    let mayArrive = false;
    for (const order of this.#options.desk.held(this.account)) {
      this.#names.set(order.clientId, order.order);
      if (order.ended) continue;
      if (order.state === 'SENDING') this.#report(order.order, { kind: 'Lost' });
      if (order.state === 'SENDING' || order.state === 'UNKNOWN') mayArrive = true;
      if (order.state === 'CANCEL_PENDING') this.#enqueue('cancel', requestAgain(order));
      if (order.state === 'REPLACE_PENDING') this.#askAfter(order.order, this.#options.sendWindowUs + this.#options.marginUs, true);
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
      if ((error as Error).name !== 'VenueUnreachable') throw error;
      log('warning', 'the venue cannot be reached; it is tried again', { account: this.account, error: String(error) });
      this.#after(backoff(tries + 3), () => {
        void this.#connect(tries + 1).catch((refused: unknown) => {
          log('warning', 'the venue refused us', { account: this.account, error: String(refused) });
          this.#after(LONGEST_RETRY_US, () => void this.#connect(tries + 1).catch(() => {}));
        });
      });
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

  // ── What the desk decided ──

  /** Durable requests, in their order. */
  release(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.#names.set(effect.clientId, effect.order);
      if (effect.action === 'cancel') this.#enqueue('cancel', effect);
      else {
        const order = this.#options.desk.order(effect.order);
        if (effect.action === 'send') {
          this.#validUntil.set(effect.order, effect.validUntil);
          this.#outstanding.add(effect.order);
        }
        this.#enqueue(order?.reducing === true ? 'reduce' : 'open', effect);
      }
    }
    this.#pump();
  }

  adopted(order: OrderId, name: string): void {
    this.#names.set(name, order);
  }

  ended(order: OrderId): void {
    this.#validUntil.delete(order);
    this.#outstanding.delete(order);
    const held = this.#options.desk.order(order);
    if (held !== null) this.#options.watch.settled(held.clientId);
  }

  retired(order: OrderId): void {
    this.#told.delete(order);
    for (const [name, held] of this.#names) if (held === order) this.#names.delete(name);
  }

  /** The desk saw something that the venue must be asked about. */
  differs(why: string): void {
    if (why.startsWith('differs')) this.#differed += 1;
    this.look(why.startsWith('differs') ? Math.ceil(this.#options.sendWindowUs / 4) : FIRST_RETRY_US);
  }

  // ── Requests, in order of urgency ──

  #enqueue(urgency: Urgency, effect: Effect, tries = 0): void {
    this.#queues[urgency].push({ effect, tries });
  }

  #pump(): void {
    if (this.#closed) return;
    const { clock, inFlight } = this.#options;
    for (const urgency of ['cancel', 'reduce', 'open'] as const) {
      const queue = this.#queues[urgency];
      while (queue.length > 0) {
        if (urgency !== 'cancel' && this.#flying >= inFlight) return;
        const wait = this.#rates.take(urgency, clock.wallUs());
        if (wait > 0) {
          this.#pumpIn(wait);
          break; // a more urgent kind may have tokens left; a less urgent one has not
        }
        const flight = queue.shift()!;
        this.#flying += 1;
        void this.#fly(flight).then(
          () => this.#landed(),
          (error: unknown) => {
            // a broker keeps its promise not to reject, or this adapter is broken: the outcome is then unknown, and said
            this.#options.log('warning', 'a request failed in its adapter', { effect: flight.effect.id, error: String(error) });
            this.#unknown(flight, this.#options.clock.wallUs());
            this.#landed();
          },
        );
      }
    }
  }

  #landed(): void {
    this.#flying -= 1;
    this.#pump();
  }

  #pumpIn(delayUs: number): void {
    if (this.#pumpArmed) return;
    this.#pumpArmed = true;
    this.#after(delayUs, () => {
      this.#pumpArmed = false;
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

  /** Looked at in the very turn in which the bytes leave. */
  #staysHome(effect: Effect): 'late' | 'gate' | 'killed' | null {
    const { latch, clock, desk } = this.#options;
    if (latch.isKilled()) return 'killed';
    if (clock.wallUs() > effect.validUntil) return 'late';
    return desk.closedFor(effect.order) === null ? null : 'gate';
  }

  #home(effect: Effect, why: 'late' | 'gate' | 'killed'): void {
    this.#outstanding.delete(effect.order);
    this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why });
  }

  async #send(flight: Flight): Promise<void> {
    const { broker, desk, clock, watch } = this.#options;
    const { effect } = flight;
    const order = desk.order(effect.order);
    if (order === null || (order.state !== 'SENDING' && order.state !== 'UNKNOWN')) return;
    const { side, type, lots, limit, stop, reduceOnly, expiresAt } = order;
    const { clientId, instrument } = effect;
    watch.register({ account: this.account, clientId, instrument, validUntil: effect.validUntil });
    const why = this.#staysHome(effect); // behind the registration: a kill either sees the order or is seen here
    if (why !== null) {
      // one that may have left before is asked about until it is known; only the first try simply stays home
      if (flight.tries === 0 || order.state === 'SENDING') this.#home(effect, why);
      else this.#ask(flight, effect.validUntil);
      return;
    }
    const until = Math.min(effect.validUntil, clock.wallUs() + this.#attemptUs) as TimeUs;
    flight.tries += 1;
    const outcome = await broker.send({
      order: order.order,
      clientId,
      instrument,
      side,
      type,
      lots,
      limit,
      stop,
      reduceOnly,
      expiresAt,
      until,
    });
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
        this.#unknown(flight, until);
    }
  }

  /** It certainly did not reach the venue: the same request again, while its window is open. */
  #tryLater(flight: Flight, retryAfterUs: number | null): void {
    const { effect } = flight;
    const delay = Math.max(retryAfterUs ?? 0, backoff(flight.tries));
    if (this.#options.clock.wallUs() + delay > effect.validUntil) {
      const state = this.#options.desk.order(effect.order)?.state;
      if (state === 'UNKNOWN') this.#ask(flight, effect.validUntil);
      else this.#home(effect, 'late');
      return;
    }
    const urgency = this.#options.desk.order(effect.order)?.reducing === true ? 'reduce' : 'open';
    this.#after(delay, () => {
      this.#enqueue(urgency, effect, flight.tries);
      this.#pump();
    });
  }

  #unknown(flight: Flight, until: number): void {
    if (flight.effect.action !== 'send') {
      this.#askAfter(flight.effect.order, FIRST_RETRY_US, flight.effect.action === 'replace');
      return;
    }
    if (this.#options.desk.order(flight.effect.order)?.state === 'SENDING') this.#report(flight.effect.order, { kind: 'Lost' });
    this.#ask(flight, until);
  }

  /** Asks the venue for the order by its name until its outcome is known. `until`: when the last try can no longer arrive. */
  #ask(flight: Flight, until: number, tries = 0): void {
    const { broker, desk, clock, marginUs } = this.#options;
    const { effect } = flight;
    this.#after(backoff(tries), () => {
      const order = desk.order(effect.order);
      if (order === null || order.ended || !(order.state === 'UNKNOWN' || order.state === 'SENDING')) return;
      const askedAt = clock.wallUs();
      void broker.order(nameOf(order)).then(
        (answer) => {
          if (answer.found === true) {
            this.#outstanding.delete(effect.order);
            this.#tell(effect.order, answer.row, answer.fills);
          } else if (answer.found === false && askedAt > effect.validUntil + marginUs) {
            this.#outstanding.delete(effect.order);
            this.#report(effect.order, { kind: 'NeverExisted' });
          } else if (
            answer.found === false &&
            askedAt > until + marginUs &&
            broker.capabilities.honoursExpiry &&
            clock.wallUs() < effect.validUntil
          ) {
            // the venue never had it, and refuses the first try from now on: once more, under the same name
            this.#enqueue(order.reducing ? 'reduce' : 'open', effect, flight.tries);
            this.#pump();
          } else this.#ask(flight, until, tries + 1);
        },
        () => this.#ask(flight, until, tries + 1),
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
        else if (answer.found === null) this.#cancelAgain(flight);
        else {
          this.#report(effect.order, { kind: 'CancelRejected', reason: outcome.reason });
          if (answer.found === false) this.look(0);
        }
        return;
      }
      default:
        this.#cancelAgain(flight, outcome.kind === 'notSent' ? outcome.retryAfterUs : null);
    }
  }

  #cancelAgain(flight: Flight, retryAfterUs: number | null = null): void {
    this.#after(Math.max(retryAfterUs ?? 0, backoff(flight.tries)), () => {
      this.#enqueue('cancel', flight.effect, flight.tries);
      this.#pump();
    });
  }

  /** The venue took the cancel and has said nothing since. */
  #cancelStands(flight: Flight): void {
    const { desk, broker } = this.#options;
    const order = desk.order(flight.effect.order);
    if (order === null || order.state !== 'CANCEL_PENDING') return;
    void broker.order(nameOf(order)).then((answer) => {
      if (answer.found === true && answer.row.state !== 'working') this.#tell(order.order, answer.row, answer.fills);
      else this.#cancelAgain(flight);
    });
  }

  async #replace(flight: Flight): Promise<void> {
    const { broker, desk, clock } = this.#options;
    const { effect } = flight;
    const order = desk.order(effect.order);
    if (order === null || order.state !== 'REPLACE_PENDING' || effect.lots === null) return;
    const why = this.#staysHome(effect);
    if (why !== null) {
      if (flight.tries === 0) this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why });
      else this.#askAfter(effect.order, this.#options.marginUs, true);
      return;
    }
    const until = Math.min(effect.validUntil, clock.wallUs() + this.#attemptUs) as TimeUs;
    flight.tries += 1;
    const { lots, limit, stop } = effect;
    const outcome = await broker.replace({ name: nameOf(order), lots, limit, stop, until });
    switch (outcome.kind) {
      case 'done':
        this.#askAfter(effect.order, this.#patience(), true);
        return;
      case 'refused':
        this.#report(effect.order, { kind: 'ReplaceRejected', reason: outcome.reason });
        this.#askAfter(effect.order, FIRST_RETRY_US, false);
        return;
      case 'notSent':
        if (clock.wallUs() + (outcome.retryAfterUs ?? FIRST_RETRY_US) > effect.validUntil)
          this.#options.submit({ type: 'EffectNotSent', effect: effect.id, why: 'late' });
        else
          this.#after(Math.max(outcome.retryAfterUs ?? 0, backoff(flight.tries)), () => {
            this.#enqueue(order.reducing ? 'reduce' : 'open', effect, flight.tries);
            this.#pump();
          });
        return;
      case 'unknown':
        this.#askAfter(effect.order, until - clock.wallUs() + this.#options.marginUs, true);
    }
  }

  /** Asks for an order by name after a while, and tells the desk what it is. `replacing`: an answer to a change is owed. */
  #askAfter(id: OrderId, delayUs: number, replacing: boolean, tries = 0): void {
    const { desk, broker } = this.#options;
    this.#after(delayUs, () => {
      const order = desk.order(id);
      if (order === null || order.ended) return;
      if (replacing && order.state !== 'REPLACE_PENDING' && order.state !== 'CANCEL_PENDING') return;
      const again = () => this.#askAfter(id, backoff(tries), replacing, tries + 1);
      void broker.order(nameOf(order)).then((answer) => {
        if (answer.found === null) again();
        else if (!answer.found) this.look(0);
        else {
          const { lots, limit, stop } = answer.row;
          const owed = replacing && answer.row.state === 'working' && desk.order(id)?.state === 'REPLACE_PENDING';
          const changed = lots !== order.lots || limit !== order.limit || stop !== order.stop;
          if (owed && changed) this.#report(id, { kind: 'Replaced', lots, limit, stop });
          else if (owed) this.#report(id, { kind: 'ReplaceRejected', reason: 'the venue did not change it' });
          this.#tell(id, answer.row, answer.fills);
        }
      }, again);
    });
  }

  // ── What the venue says ──

  #hear(event: BrokerEvent): void {
    if (this.#closed) return;
    switch (event.type) {
      case 'Connected':
        this.#connected = true;
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
        else this.#fill(id, event.fill);
        return;
      }
      case 'Order':
        this.#orderSaid(event.row, event.what);
    }
  }

  #orderSaid(row: VenueOrderRow, what: Extract<BrokerEvent, { type: 'Order' }>['what']): void {
    const id = this.#idOf(row);
    if (id === undefined) {
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
    for (const fill of fills) this.#fill(id, fill);
    if (row.filled > this.#toldLots(id)) {
      // no end before its last fill: the fill is on its way, or was lost and is asked for
      this.#askAfter(id, this.#patience(), false);
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
    const key = `${fill.instrument}|${fill.id}`;
    if (this.#fills.has(key) || this.#options.desk.hasFill(id, fill.id)) return;
    this.#fills.add(key);
    if (this.#fills.size > REMEMBERED_FILLS) this.#fills.delete(this.#fills.values().next().value!);
    this.#told.set(id, this.#toldLots(id) + fill.lots);
    const { lots, price, fee, maker } = fill;
    this.#report(id, { kind: 'Filled', fill: fill.id, lots, price, fee: String(fee), maker });
  }

  #toldLots(id: OrderId): number {
    return Math.max(this.#told.get(id) ?? 0, this.#options.desk.order(id)?.filled ?? 0);
  }

  #report(order: OrderId, report: VenueReport): void {
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
    this.#lookTimer?.();
    this.#lookTimer = this.#options.clock.after(delayUs, () => {
      this.#lookTimer = null;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { broker, desk, clock, log, reconcileEveryUs } = this.#options;
    this.#looking = true;
    const startedAt = clock.wallUs();
    let next = reconcileEveryUs;
    try {
      const taken = await takeSnapshot({
        broker,
        since: this.#sinceNow(startedAt) as TimeUs,
        held: () => desk.held(this.account).filter(({ order, state }) => !(state === 'SENDING' && this.#outstanding.has(order))),
        isOurs: (clientId) => this.#names.has(clientId),
        mayArrive: (order) => clock.wallUs() <= this.#windowOf(order.order),
      });
      this.#failedLooks = 0;
      if (!this.#closed) {
        for (const fill of taken.fills) this.#fills.add(`${fill.instrument}|${fill.id}`);
        const differedBefore = this.#differed;
        this.#options.submit({ type: 'VenueSnapshot', account: this.account, ...taken });
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

  /** Until when a send of it may still arrive. */
  #windowOf(id: OrderId): number {
    const { sendWindowUs, marginUs } = this.#options;
    return (this.#validUntil.get(id) ?? this.#openedAt + sendWindowUs) + marginUs;
  }

  // ── Small parts ──

  #idOf({ clientId, venueId }: Readonly<{ clientId: string | null; venueId: string }>): OrderId | undefined {
    return (clientId === null ? undefined : this.#names.get(clientId)) ?? this.#names.get(venueId);
  }

  /** How long the stream may take to say what a request has done. */
  #patience(): number {
    return Math.max(FIRST_RETRY_US, Math.ceil(this.#options.sendWindowUs / 2));
  }

  #after(delayUs: number, run: () => void): void {
    if (this.#closed) return;
    const cancel = this.#options.clock.after(delayUs, () => {
      this.#timers.delete(cancel);
      if (!this.#closed) run();
    });
    this.#timers.add(cancel);
  }
}

const backoff = (tries: number): number => Math.min(LONGEST_RETRY_US, FIRST_RETRY_US * 2 ** Math.min(tries, 10));

/** A cancel that was asked for before the desk was last opened: it may always be repeated. */
function requestAgain({ order, clientId, instrument }: HeldOrder): Effect {
  return { id: '', order, clientId, instrument, action: 'cancel', validUntil: 0 as TimeUs, lots: null, limit: null, stop: null };
}
