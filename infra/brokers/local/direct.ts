/**
 * The same broker straight on the exchange's state machine, in one process and on any clock: for simulated time. A wire of calls and timers
 * with the faults of the protocol; what lies above the wire, checks and outcomes included, is the adapter that trades over sockets.
 */
import type { Broker } from '#engine/execution/broker.ts';
import { SECOND_US } from '#engine/values.ts';
import { Exchange, type ExchangeEvent, type IdsRule } from '#infra/venues-local/exchange.ts';
import { ExchangeState } from '#infra/venues-local/exchange-state.ts';
import { type FaultRates, Faults, USUAL_DELAY_US } from '#infra/venues-local/faults.ts';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import type { Listing } from '#infra/venues-local/listings.ts';
import { Refusal } from '#infra/venues-local/refusal.ts';
import { ORDERS, PUBLIC, READS } from '#infra/venues-local/routes.ts';
import type { Running } from '#infra/venues-local/running.ts';
import { checkRequest } from '#infra/venues-local/signatures.ts';
import { type BrokerOptions, brokerOver } from './broker.ts';
import { DirectStream } from './direct-stream.ts';
import type { BrokerClock, Wire, WireAnswer, WireRequest } from './wire.ts';

export type DirectVenueOptions = Readonly<{
  clock: BrokerClock;
  listings: readonly Listing[];
  keys: ExchangeKeys;
  seed: number;
  /** Minor units of the first listing's currency. */
  cash: bigint;
  ids?: IdsRule;
  /** One way: of requests, answers, messages. */
  latencyUs?: number;
  /** Signed requests a second. */
  limit?: number;
  /** The exchange's clock minus ours. */
  skewUs?: number;
}>;

export const openDirectBroker = (venue: DirectVenue, options: Omit<BrokerOptions, 'clock'>): Broker =>
  brokerOver(venue.wire(), { ...options, clock: venue.clock });

const LATENCY_US = 200;
const LIMIT = 500;

/** One exchange, and who is connected to it. Its market moves when told, by the calls of `exchange`. */
export class DirectVenue {
  readonly clock: BrokerClock;
  readonly exchange: Exchange;
  readonly stream: DirectStream;
  faults: Faults;
  maintenance = false;
  readonly #keys: ExchangeKeys;
  readonly #seed: number;
  readonly #limit: number;
  readonly #latencyUs: number;
  #away = false;
  #held: (() => void)[] | null = null;
  #tokens: number;
  #tokensAt: number;
  #events: ExchangeEvent[] = [];
  #inRequest = false;
  #cancelExpiry: () => void = () => {};
  #expiryAt = Number.POSITIVE_INFINITY;

  constructor({ clock, listings, keys, seed, cash, ids = 'working', ...more }: DirectVenueOptions) {
    const { latencyUs = LATENCY_US, limit = LIMIT, skewUs = 0 } = more;
    this.clock = clock;
    this.#keys = keys;
    this.#seed = seed;
    this.#limit = limit;
    this.#latencyUs = latencyUs;
    this.#tokens = limit;
    this.#tokensAt = clock.wallUs();
    this.faults = new Faults(seed, {}, USUAL_DELAY_US);
    const state = new ExchangeState();
    let n = 0;
    this.exchange = new Exchange({
      state,
      log: { next: () => n + 1, append: () => (n += 1) },
      clock: () => clock.wallUs() + skewUs,
      ids,
      tell: (event) => this.#hear(event),
    });
    this.stream = new DirectStream({ clock, latencyUs, keys, exchange: this.exchange, faults: () => this.faults });
    state.seed = seed;
    for (const listing of listings) state.list(listing);
    const { currency, currencyScale } = listings[0]!.spec;
    this.exchange.transfer(currency, currencyScale, cash, 'opening'); // nobody is connected to hear of it
  }

  setFaults(rates: FaultRates, delayUs = USUAL_DELAY_US, seed = this.#seed): void {
    this.faults = new Faults(seed, rates, delayUs);
  }

  /** Away: connections are refused, and those there are break. What the exchange holds stays. */
  setAway(away: boolean): void {
    this.#away = away;
    this.stream.setAway(away);
  }

  /** Takes everything, answers nothing; what came is done when it ends. */
  hang(on: boolean): void {
    const held = this.#held ?? [];
    this.#held = on ? held : null;
    this.stream.hang(on);
    if (!on) for (const work of held) work();
  }

  wire(): Wire {
    const { clock } = this;
    const waiting = new Set<(answer: WireAnswer) => void>();
    let closed = false;
    const connect = this.stream.connector();
    return {
      ask: (request, timeoutUs) =>
        new Promise((resolve) => {
          if (closed) return resolve({ kind: 'unsent', reason: 'the adapter was closed' });
          const settle = (answer: WireAnswer) => {
            if (!waiting.delete(settle)) return;
            cancelTimeout();
            resolve(answer);
          };
          waiting.add(settle);
          const cancelTimeout = clock.after(timeoutUs, () => settle({ kind: 'lost', reason: `no answer in ${timeoutUs / SECOND_US} s` }));
          clock.after(this.#latencyUs, () => {
            if (this.#away) settle({ kind: 'unsent', reason: 'ECONNREFUSED' });
            else if (request.mayLeave?.() === false) settle({ kind: 'unsent', reason: 'it may not leave any more' });
            else this.#whenAwake(() => this.#arrive(request, (answer) => void clock.after(this.#latencyUs, () => settle(answer))));
          });
        }),
      listen: (events) => connect.listen(events),
      close: async () => {
        closed = true;
        for (const settle of [...waiting]) settle({ kind: 'lost', reason: 'the adapter was closed' });
        connect.end();
      },
    };
  }

  /** Nothing of it is left in the clock. */
  close(): void {
    this.#cancelExpiry();
    this.stream.close();
  }

  // -------------------------------------------------------------- requests, checked in the order of the protocol

  #arrive(request: WireRequest, answer: (answer: WireAnswer) => void): void {
    const { method, path, body } = request;
    const mark = path.indexOf('?');
    const route = `${method} ${mark < 0 ? path : path.slice(0, mark)}`;
    const asked = { query: new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1)), body, n: 0 };
    const say = (text: string, status = 200) => answer({ kind: 'answer', status, text });
    const orRefused = (work: () => void) => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        say(error.body(), error.status);
      }
    };
    orRefused(() => {
      const isOpen = PUBLIC[route];
      if (isOpen !== undefined) {
        say(this.#tellAfter(() => isOpen(this.#running, asked)));
        return;
      }
      const until = this.#admit(request);
      const isRead = READS[route];
      if (isRead !== undefined) {
        this.#spendToken();
        this.#inTime(until);
        say(this.#tellAfter(() => isRead(this.#running, asked)));
        return;
      }
      const { faults } = this;
      if (faults.draw('silent-drop')) return;
      const late = faults.draw('accept-late');
      const raced = method === 'PUT' && faults.draw('cancel-replace-race');
      this.#spendToken();
      if (this.maintenance) throw new Refusal('maintenance', 'the exchange takes no orders for now');
      const act = () => orRefused(() => this.#act(route, asked, until, answer));
      if (late || raced) this.#later(act);
      else act();
    });
  }

  #act(route: string, asked: Parameters<(typeof ORDERS)[string]>[1], until: number, answer: (answer: WireAnswer) => void): void {
    const { faults } = this;
    this.#inTime(until);
    this.#inRequest = true;
    let text: string;
    try {
      text = ORDERS[route]!(this.#running, asked);
    } finally {
      this.#inRequest = false;
      if (this.#events.length > 0) this.clock.after(0, () => this.#tell()); // also what a refused request came upon, after its answer
    }
    const [lost, failed, late] = [faults.draw('ack-lost'), faults.draw('accept-5xx'), faults.draw('ack-late')];
    const eventsFirst = this.#events.some(({ type }) => type === 'fill') && faults.draw('fill-before-ack');
    const done: WireAnswer = { kind: 'answer', status: 200, text };
    if (lost) answer({ kind: 'lost', reason: 'ECONNRESET' });
    else if (failed) answer({ kind: 'answer', status: 500, text: new Refusal('internal', 'something went wrong').body() });
    else if (late || eventsFirst) this.#later(() => answer(done));
    else answer(done);
  }

  /** The routes look at the exchange and its faults only; the rest of what runs is timers and files, which are not here. */
  get #running(): Running {
    const { exchange, faults } = this;
    return { exchange, faults } as unknown as Running;
  }

  #admit({ headers, method, path, body }: WireRequest): number {
    const header = (name: string) => headers[name] ?? '';
    const names = { key: header('x-key'), time: header('x-time'), until: header('x-until'), sign: header('x-sign') };
    const until = checkRequest(this.#keys, { ...names, method, path, body }, this.exchange.now());
    if (until instanceof Refusal) throw until;
    return until;
  }

  #inTime(until: number): void {
    if (this.exchange.now() > until) throw new Refusal('expired', 'acted on after x-until');
  }

  #spendToken(): void {
    const now = this.clock.wallUs();
    this.#tokens = Math.min(this.#limit, this.#tokens + (Math.max(0, now - this.#tokensAt) * this.#limit) / SECOND_US);
    this.#tokensAt = now;
    if (this.#tokens < 1) {
      const retryAfterUs = Math.ceil(((1 - this.#tokens) * SECOND_US) / this.#limit);
      throw new Refusal('rate-limit', `more than ${this.#limit} requests a second`, { retryAfterUs });
    }
    this.#tokens -= 1;
  }

  #whenAwake(work: () => void): void {
    if (this.#held === null) work();
    else this.#held.push(work);
  }

  #later(work: () => void): void {
    this.clock.after(this.faults.delayUs, () => this.#whenAwake(work));
  }

  // -------------------------------------------------------------- events: an answer leaves before what it caused

  #hear(event: ExchangeEvent): void {
    this.#events.push(event);
    if (!this.#inRequest) this.#tell();
  }

  #tellAfter<T>(work: () => T): T {
    this.#inRequest = true;
    try {
      return work();
    } finally {
      this.#inRequest = false;
      this.#tell();
    }
  }

  #tell(): void {
    const events = this.#events;
    this.#events = [];
    for (const event of events) this.stream.hear(event);
    this.#watchExpiry();
  }

  /** One timer for whatever expires next; an early one does no harm. */
  #watchExpiry(): void {
    const next = this.exchange.nextExpiry();
    if (next >= this.#expiryAt || next === Number.POSITIVE_INFINITY) return;
    this.#cancelExpiry();
    this.#expiryAt = next;
    this.#cancelExpiry = this.clock.after(Math.max(1, next - this.exchange.now()), () => {
      this.#expiryAt = Number.POSITIVE_INFINITY;
      this.#tellAfter(() => this.exchange.now());
    });
  }
}
