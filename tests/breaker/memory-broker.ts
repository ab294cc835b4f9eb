// A venue in memory behind the Broker port, on a clock that is moved by hand, with the ways real venues misbehave drawn from a seed. What it
// holds is the truth the breaker is judged by.
import type {
  Broker,
  BrokerCapabilities,
  BrokerEvent,
  ChangeOutcome,
  OrderFound,
  OrderName,
  SendOutcome,
  SendRequest,
  VenueOrderRow,
  VenuePosition,
} from '#engine/execution/broker.ts';
import { OUTSIDE_TAKES } from '#engine/execution/order-terms.ts';
import type { AccountId, ClientOrderId, InstrumentId, TimeUs } from '#engine/values.ts';
import type { BreakerClock } from '#infra/breaker/breaker.ts';

export type Faults = Readonly<{
  /** Certainly not sent. */
  notSent: number;
  /** Swallowed: neither acted on nor answered. */
  dropped: number;
  /** Done, and the answer lost. */
  ackLost: number;
  /** Acted on only after the delay. */
  late: number;
  /** Lists and questions that fail. */
  listFails: number;
  /** A list that leaves one out. */
  listSkips: number;
  eventLost: number;
}>;
export const NO_FAULTS: Faults = { notSent: 0, dropped: 0, ackLost: 0, late: 0, listFails: 0, listSkips: 0, eventLost: 0 };

export const CAPABILITIES: BrokerCapabilities = {
  identity: 'clientId',
  honoursExpiry: true,
  ...OUTSIDE_TAKES,
  replace: true,
  cancelAll: true,
  requestsPerSecond: 500,
};

type Row = { -readonly [K in keyof VenueOrderRow]: VenueOrderRow[K] };
export type Asked = Readonly<{ at: number; what: 'cancel' | 'cancelAll' | 'send'; name: string }>;

const LATENCY_US = 2_000;
const TIMEOUT_US = 400_000;
/** Before and after the answer was given up. */
const LATE_US = [150_000, 900_000] as const;

export class MemoryBroker implements Broker {
  readonly account: AccountId;
  capabilities: BrokerCapabilities;
  readonly rows: Row[] = [];
  readonly positionsHeld = new Map<InstrumentId, number>();
  /** Every change as it was asked, before anything. */
  readonly asked: Asked[] = [];
  faults: Faults = NO_FAULTS;
  hanging = false;
  /** What the fill of a market order is cut to; null: all of it. */
  fillsAtMost: number | null = null;
  /** How often an order closed more than was held. */
  overshot = 0;
  /** Orders on their way here. */
  arriving = 0;
  onAsked: (asked: Asked) => void = () => {};
  readonly #clock: BreakerClock;
  readonly #random: () => number;
  #hear: (event: BrokerEvent) => void = () => {};
  #names = 0;
  #skipped = false;

  constructor(clock: BreakerClock, random: () => number = () => 0.999, account = 'a' as AccountId, capabilities = CAPABILITIES) {
    this.#clock = clock;
    this.#random = random;
    this.account = account;
    this.capabilities = capabilities;
  }

  async open(hear: (event: BrokerEvent) => void): Promise<void> {
    this.#hear = hear;
    hear({ type: 'Connected' });
  }

  /** An order that is working. */
  place(clientId: string | null, instrument = 'BTC'): Row {
    const row: Row = {
      clientId,
      venueId: `v${++this.#names}`,
      instrument: instrument as InstrumentId,
      side: 'buy',
      type: 'limit',
      lots: 1,
      limit: 100,
      stop: null,
      filled: 0,
      state: 'working',
      reason: '',
    };
    this.rows.push(row);
    return row;
  }

  /** An order the desk sent, which gets here after so long, unless its window is shut by then. */
  arrives(clientId: string, afterUs: number, until: number): void {
    this.arriving++;
    this.#clock.after(afterUs, () => {
      this.arriving--;
      if (this.#clock.wallUs() <= until) this.#tell(this.place(clientId), 'acked');
    });
  }

  end(row: Row, state: 'filled' | 'cancelled' | 'expired'): void {
    row.state = state;
    this.#tell(row, state);
  }

  get working(): readonly Row[] {
    return this.rows.filter(({ state }) => state === 'working');
  }

  cancel(name: OrderName): Promise<ChangeOutcome> {
    this.#note('cancel', name.clientId ?? name.venueId ?? '');
    return this.#change(() => {
      const row = this.#row(name);
      if (row === undefined) return { kind: 'refused', reason: 'unknown-order' };
      if (row.state !== 'working') return { kind: 'refused', reason: 'not-working' };
      this.end(row, 'cancelled');
      return { kind: 'done' };
    });
  }

  cancelAll(): Promise<ChangeOutcome> {
    this.#note('cancelAll', '');
    return this.#change(() => {
      for (const row of this.working) this.end(row, 'cancelled');
      return { kind: 'done' };
    });
  }

  replace(): Promise<ChangeOutcome> {
    return Promise.resolve({ kind: 'refused', reason: 'nobody replaces here' });
  }

  send(request: SendRequest): Promise<SendOutcome> {
    this.#note('send', request.clientId);
    return this.#change(() => {
      if (this.#clock.wallUs() > request.until) return { kind: 'refused', reason: 'expired' };
      const lots = Math.min(request.lots, this.fillsAtMost ?? request.lots);
      const row = this.place(request.clientId, request.instrument);
      Object.assign(row, { side: request.side, type: request.type, lots: request.lots, limit: null, filled: lots });
      row.state = lots === request.lots ? 'filled' : 'cancelled';
      // Reduce-only is not looked at: what is doubled here is counted.
      const held = this.positionsHeld.get(request.instrument) ?? 0;
      const after = held + (request.side === 'buy' ? lots : -lots);
      if (after !== 0 && Math.sign(after) !== Math.sign(held)) this.overshot++;
      this.positionsHeld.set(request.instrument, after);
      this.#tell(row, 'filled');
      return { kind: 'done', venueId: row.venueId };
    }).then((outcome): SendOutcome => {
      if (outcome.kind === 'done') return { kind: 'acked', venueId: (outcome as { venueId?: string }).venueId ?? '' };
      return outcome.kind === 'refused' ? { kind: 'rejected', reason: outcome.reason } : outcome;
    });
  }

  async order(name: OrderName): Promise<OrderFound> {
    if (!(await this.#asks())) return { found: null, reason: 'no answer' };
    const row = this.#row(name);
    return row === undefined ? { found: false } : { found: true, row: { ...row }, fills: [] };
  }

  async openOrders(): Promise<readonly VenueOrderRow[]> {
    if (!(await this.#asks())) throw new Error('no list');
    const rows = this.working.map((row) => ({ ...row }));
    this.#skipped = rows.length > 0 && !this.#skipped && this.#hits('listSkips'); // never twice in a row: nobody could know of it
    if (this.#skipped) rows.splice(Math.floor(this.#random() * rows.length), 1);
    return rows;
  }

  async positions(): Promise<readonly VenuePosition[]> {
    if (!(await this.#asks())) throw new Error('no list');
    return [...this.positionsHeld].map(([instrument, lots]) => ({ instrument, lots, price: null }));
  }

  fills = async () => [];
  balances = async () => [];
  transfers = async () => [];
  clock = async () => ({ skewUs: 0, tookUs: 0 });
  async close(): Promise<void> {}

  #row(name: OrderName): Row | undefined {
    return this.rows.findLast((row) => (name.clientId !== null ? row.clientId === name.clientId : row.venueId === name.venueId));
  }

  #note(what: Asked['what'], name: string): void {
    const asked = { at: this.#clock.wallUs(), what, name };
    this.asked.push(asked);
    this.onAsked(asked);
  }

  #tell(row: Row, what: Extract<BrokerEvent, { type: 'Order' }>['what']): void {
    if (!this.#hits('eventLost')) this.#hear({ type: 'Order', row: { ...row }, what });
  }

  async #change(act: () => ChangeOutcome): Promise<ChangeOutcome> {
    if (this.#hits('notSent'))
      return { kind: 'notSent', reason: 'refused the connection', retryAfterUs: this.#random() < 0.5 ? null : 50_000 };
    const [dropped, ackLost, late] = [this.hanging || this.#hits('dropped'), this.#hits('ackLost'), this.#hits('late')];
    const timeout = this.#wait(TIMEOUT_US).then((): ChangeOutcome => ({ kind: 'unknown', reason: 'no answer in time' }));
    if (dropped) return timeout;
    const done = this.#wait(late ? LATE_US[this.#random() < 0.5 ? 0 : 1] : LATENCY_US).then(act);
    if (ackLost) return timeout;
    const answered = done.then(async (outcome) => {
      await this.#wait(LATENCY_US);
      return outcome;
    });
    return Promise.race([answered, timeout]);
  }

  async #asks(): Promise<boolean> {
    const fails = this.hanging || this.#hits('listFails');
    await this.#wait(fails ? TIMEOUT_US : LATENCY_US);
    return !fails;
  }

  #hits(fault: keyof Faults): boolean {
    const rate = this.faults[fault];
    return rate > 0 && this.#random() < rate;
  }

  #wait(us: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(us, resolve));
  }
}

export const registration = (clientId: string, validUntil: number, instrument = 'BTC', account = 'a') => ({
  account: account as AccountId,
  clientId: clientId as ClientOrderId,
  venueId: null,
  instrument: instrument as InstrumentId,
  validUntil: validUntil as TimeUs,
});
