/**
 * The Broker port on the local exchange: requests out, answers checked, events in order. Every number is exact or refused; what an answer
 * means for an order is decided in outcomes.ts, and whether anything may have left in the wire.
 *
 * An instrument that the venue lists and we were not given is *foreign*: somebody trades it on the same account by hand. Its rows are
 * checked like ours and left out of every list, and its fills are told as transfers, because they move the account's cash.
 */
import { assert } from '#engine/assert.ts';
import { parseDecimal, pow10 } from '#engine/decimal.ts';
import type {
  Broker,
  BrokerCapabilities,
  BrokerEvent,
  ChangeOutcome,
  OrderFound,
  OrderName,
  ReplaceRequest,
  SendOutcome,
  SendRequest,
  VenueBalance,
  VenueFillRow,
  VenueOrderRow,
  VenuePosition,
  VenueTransfer,
} from '#engine/execution/broker.ts';
import { OUTSIDE_TAKES } from '#engine/execution/order-terms.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type AccountId, type InstrumentId, MINUTE_US, type TimeUs } from '#engine/values.ts';
import { followStream } from './follow.ts';
import { changeOutcome, reasonOf, sendOutcome } from './outcomes.ts';
import {
  type FillText,
  fillRow,
  foreignTransfer,
  isNamed,
  type OrderText,
  orderRow,
  type ReplyOf,
  type Streamed,
  transferRow,
} from './replies.ts';
import { Requests, TIMEOUT_US } from './requests.ts';
import type { SecretText } from './sign.ts';
import type { Skew } from './skew.ts';
import { VenueNonsense, VenueUnreachable } from './trouble.ts';
import { averageIn, lotsOut, priceOut, signedLotsIn, UnitTable } from './units.ts';
import type { BrokerClock, Wire } from './wire.ts';
import { socketWire } from './wire-sockets.ts';

export type BrokerOptions = Readonly<{
  account: AccountId;
  key: string;
  secret: SecretText;
  /** The exchange knows them by their ids; it is asked whether it means the same by them. */
  instruments: readonly Instrument[];
  /** How long a request may take. */
  timeoutUs?: number;
  clock: BrokerClock;
}>;

export function openLocalBroker(options: BrokerOptions & Readonly<{ url: string }>): Broker {
  return brokerOver(socketWire(options.url, options.clock), options);
}

export const brokerOver = (wire: Wire, options: BrokerOptions): Broker => new LocalBroker(wire, options);

const CAPABILITIES: BrokerCapabilities = {
  identity: 'clientId',
  honoursExpiry: true,
  ...OUTSIDE_TAKES,
  replace: true,
  cancelAll: true,
  requestsPerSecond: 500,
};

class LocalBroker implements Broker {
  readonly account: AccountId;
  readonly capabilities = CAPABILITIES;
  readonly #wire: Wire;
  readonly #clock: BrokerClock;
  readonly #instruments: readonly Instrument[];
  readonly #units: UnitTable;
  readonly #requests: Requests;
  readonly #isGiven = ({ instrument }: Readonly<{ instrument: InstrumentId }>): boolean => this.#units.has(instrument);
  #endStream: () => void = () => {};
  #cancelMinute: () => void = () => {};
  #giveUpOpening: (why: Error) => void = () => {};
  #opened = false;
  #closed = false;

  constructor(wire: Wire, { account, key, secret, instruments, timeoutUs = TIMEOUT_US, clock }: BrokerOptions) {
    this.account = account;
    this.#wire = wire;
    this.#clock = clock;
    this.#instruments = instruments;
    this.#units = new UnitTable(instruments);
    this.#requests = new Requests(wire, clock, key, secret, timeoutUs);
  }

  /** Rejects when the first attempt fails, and may then be called again. */
  async open(hear: (event: BrokerEvent) => void): Promise<void> {
    assert(!this.#opened && !this.#closed, 'a broker is opened once, and never after its close');
    this.#opened = true;
    try {
      await this.#requests.venue.measure();
      this.#compare(await this.#requests.public('/instruments', 'instruments'));
      if (this.#closed) throw closedError();
      await this.#follow(hear);
    } catch (error) {
      this.#endStream();
      this.#opened = false;
      throw error;
    }
    this.#everyMinute();
  }

  async send(request: SendRequest, mayLeave?: () => boolean): Promise<SendOutcome> {
    const { order, clientId, instrument, side, type, reduceOnly, expiresAt, until } = request;
    if (!this.#units.has(instrument)) return { kind: 'notSent', reason: `order ${order}: no ${instrument} here`, retryAfterUs: null };
    const startedUs = this.#clock.wallUs();
    const expireTime = expiresAt === null ? {} : { expireTime: this.#requests.venue.there(expiresAt) };
    const body = { symbol: instrument, side, type, ...this.#amounts(request), clientId, reduceOnly, ...expireTime };
    const reply = await this.#requests.change({ method: 'POST', path: '/orders', body, until, mayLeave }, 'order', (text): SendOutcome => {
      const row = orderRow(this.#units, text.order);
      if (!isAsked(request, row)) throw new VenueNonsense(`order ${row.venueId} is not the one that was sent`);
      return row.state === 'rejected' ? { kind: 'rejected', reason: row.reason } : { kind: 'acked', venueId: row.venueId };
    });
    const outcome = sendOutcome(reply);
    return outcome === 'ask' ? this.#isThere(request, startedUs) : outcome;
  }

  async cancel(name: OrderName): Promise<ChangeOutcome> {
    const path = `/orders?${queryOf(name)}`;
    const reply = await this.#requests.change({ method: 'DELETE', path, until: this.#requests.nobodyWaits() }, 'order', ({ order }) => {
      const row = this.#named(order, name);
      if (row.state === 'working') throw new VenueNonsense(`order ${row.venueId} works on after its cancel`);
    });
    return changeOutcome(reply);
  }

  async replace(request: ReplaceRequest, mayLeave?: () => boolean): Promise<ChangeOutcome> {
    const { name, lots, limit, stop, until } = request;
    const { instrument } = name;
    if (!this.#units.has(instrument)) return { kind: 'notSent', reason: `no ${instrument} here`, retryAfterUs: null };
    const which = name.clientId !== null ? { clientId: name.clientId } : { id: name.venueId };
    const body = { ...which, ...this.#amounts({ instrument, lots, limit, stop }) };
    const reply = await this.#requests.change({ method: 'PUT', path: '/orders', body, until, mayLeave }, 'order', ({ order }) => {
      const row = this.#named(order, name);
      const same = row.lots === lots && (limit === null || row.limit === limit) && (stop === null || row.stop === stop);
      // a new total of no more than what is filled ends the order, with what is filled as its total
      if (!same && row.state !== 'filled') throw new VenueNonsense(`order ${row.venueId} is not as it was asked to be`);
    });
    return changeOutcome(reply);
  }

  /** Foreign orders too: the one way in which we touch them, and a kill relies on it. */
  async cancelAll(): Promise<ChangeOutcome> {
    const until = this.#requests.nobodyWaits();
    return changeOutcome(await this.#requests.change({ method: 'DELETE', path: '/orders/all', until }, 'cancelled', () => {}));
  }

  /** Of a foreign order the answer is that nothing is known. It is never "not found": that is evidence, and orders are ended upon it. */
  order(name: OrderName): Promise<OrderFound> {
    return this.#find(name, this.#requests.timeoutUs);
  }

  /** Without foreign ones: a breaker, which cancels by name what is listed here, does not see them. Its cancelAll() has them all the same. */
  openOrders(): Promise<readonly VenueOrderRow[]> {
    const rowsOf = (orders: readonly OrderText[]) => orders.map((each) => orderRow(this.#units, each)).filter(this.#isGiven);
    const read = ({ orders, next }: ReplyOf<'orders'>) => ({ rows: rowsOf(orders), next });
    return this.#requests.pages('/orders/open', 'orders', read, ({ venueId }) => venueId);
  }

  /** `since` may be an instant of either clock: the earlier reading counts, so a few fills from before it may be among them. */
  fills(since: TimeUs): Promise<readonly VenueFillRow[]> {
    return this.#fillPages(since, (texts) => texts.map((each) => fillRow(this.#units, each)).filter(this.#isGiven));
  }

  /** Without foreign ones: whoever closes what is listed here leaves them to the one who holds them. */
  positions(): Promise<readonly VenuePosition[]> {
    return this.#requests.question('/positions', 'positions', ({ positions }) =>
      positions
        .map(({ symbol, quantity, price }) => {
          const units = this.#units.of(symbol);
          return { instrument: units.id, lots: signedLotsIn(units, quantity), price: price === null ? null : averageIn(units, price) };
        })
        .filter(this.#isGiven),
    );
  }

  balances(): Promise<readonly VenueBalance[]> {
    return this.#requests.question('/balances', 'balances', ({ balances }) =>
      balances.map(({ currency, amount }) => ({ currency, amount: this.#units.money(currency, amount) })),
    );
  }

  /** Oldest first, fills of foreign instruments among them. */
  async transfers(since: TimeUs): Promise<readonly VenueTransfer[]> {
    const told = this.#requests.question(`/transfers?since=${this.#earliest(since)}`, 'transfers', ({ transfers }) =>
      transfers.map((each) => transferRow(this.#units, each)),
    );
    if (!this.#units.anyForeign) return told;
    const isForeign = ({ symbol }: FillText) => !this.#units.has(symbol);
    const traded = this.#fillPages(since, (texts) => texts.filter(isForeign).map((each) => foreignTransfer(this.#units, each)));
    return (await Promise.all([told, traded])).flat().sort((a, b) => a.at - b.at);
  }

  clock(): Promise<Skew> {
    return this.#requests.venue.measure();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endStream();
    this.#giveUpOpening(closedError());
    this.#cancelMinute();
    await this.#wire.close();
  }

  /** Resolves when the account's events are followed; rejects with the first attempt's trouble. */
  #follow(hear: (event: BrokerEvent) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let first = true;
      this.#giveUpOpening = reject;
      this.#endStream = followStream({
        wire: this.#wire,
        clock: this.#clock,
        timeoutUs: this.#requests.timeoutUs,
        channels: ['account'],
        signIn: async () => {
          if (!first) await this.#requests.venue.measure();
          return this.#requests.hello();
        },
        up: () => {
          first = false;
          hear({ type: 'Connected' });
          resolve();
        },
        down: (trouble, wasUp) => {
          const why = trouble.name === 'VenueUnreachable' ? trouble.message : `${trouble.name}: ${trouble.message}`;
          if (wasUp) hear({ type: 'Lost', why });
          if (first) reject(trouble);
        },
        hear: (message) => {
          const event = this.#eventOf(message);
          if (event !== null) hear(event);
        },
      });
    });
  }

  #eventOf(message: Streamed): BrokerEvent | null {
    switch (message.is) {
      case 'order': {
        const row = orderRow(this.#units, message.order);
        return this.#isGiven(row) ? { type: 'Order', row, what: message.what } : null;
      }
      case 'fill':
        if (!this.#units.has(message.fill.symbol)) return { type: 'Transfer', transfer: foreignTransfer(this.#units, message.fill) };
        return { type: 'Fill', fill: fillRow(this.#units, message.fill) };
      case 'transfer':
        return { type: 'Transfer', transfer: transferRow(this.#units, message.transfer) };
      default:
        return null;
    }
  }

  /** Our ticks must be the venue's: a wrong multiplier would show only as money that is missing. */
  #compare({ instruments }: ReplyOf<'instruments'>): void {
    for (const listed of instruments) this.#units.learn(listed);
    for (const ours of this.#instruments) {
      const { id } = ours;
      const theirs = instruments.find(({ symbol }) => symbol === id);
      if (theirs === undefined) throw new VenueNonsense(`the venue has no ${id}`);
      for (const step of ['tick', 'lot', 'multiplier'] as const)
        if (!isSameNumber(ours[step], theirs[step]))
          throw new VenueNonsense(`${id}: its ${step} is ${theirs[step]} there and ${ours[step]} here`);
      if (ours.currency !== theirs.currency || ours.currencyScale !== theirs.currencyScale)
        throw new VenueNonsense(
          `${id}: ${theirs.currency} to ${theirs.currencyScale} digits there, ${ours.currency} to ${ours.currencyScale} here`,
        );
    }
  }

  #everyMinute(): void {
    if (this.#closed) return;
    this.#cancelMinute = this.#clock.after(MINUTE_US, () => {
      this.#requests.measureAgain();
      this.#everyMinute();
    });
  }

  /** The venue has an order of this name: ours, if it works and is what was sent. One that has ended is for order() to tell whole. */
  async #isThere(request: SendRequest, startedUs: number): Promise<SendOutcome> {
    const { clientId, instrument } = request;
    const { timeoutUs } = this.#requests;
    const leftUs = timeoutUs - (this.#clock.wallUs() - startedUs);
    const found = await this.#find({ clientId, venueId: null, instrument }, Math.min(timeoutUs, Math.max(leftUs, timeoutUs / 10)));
    if (found.found === true && found.row.state === 'working' && isAsked(request, found.row))
      return { kind: 'acked', venueId: found.row.venueId };
    return { kind: 'unknown', reason: 'duplicate-id, and no order as we sent it works under that name' };
  }

  async #find(name: OrderName, timeoutUs: number): Promise<OrderFound> {
    const reply = await this.#requests.ask(`/orders/one?${queryOf(name)}`, 'orderAndFills', timeoutUs, ({ order, fills: texts }) => {
      const row = this.#named(order, name);
      const fills = texts.map((each) => fillRow(this.#units, each));
      const sum = fills.reduce((lots, fill) => lots + fill.lots, 0);
      const isOfIt = ({ venueId, side, instrument }: VenueFillRow) =>
        venueId === row.venueId && side === row.side && instrument === row.instrument;
      if (sum !== row.filled || !fills.every(isOfIt))
        throw new VenueNonsense(`order ${row.venueId}: filled ${row.filled}, and fills of ${sum}`);
      return { row, fills };
    });
    if (reply.kind === 'ok') return { found: true, ...reply.value };
    if (reply.kind === 'refused' && reply.code === 'unknown-order') return { found: false };
    return { found: null, reason: reasonOf(reply) };
  }

  #named(text: OrderText, name: OrderName): VenueOrderRow {
    const row = orderRow(this.#units, text);
    if (!this.#isGiven(row)) throw new VenueNonsense(`order ${row.venueId} is of ${row.instrument}, which is none of our instruments`);
    if (!isNamed(row, name)) throw new VenueNonsense(`order ${row.venueId} is not the one that was named`);
    return row;
  }

  #amounts({ instrument, lots, limit, stop }: Pick<SendRequest, 'instrument' | 'lots' | 'limit' | 'stop'>): object {
    const units = this.#units.of(instrument);
    const price = limit === null ? {} : { price: priceOut(units, limit) };
    const stopPrice = stop === null ? {} : { stopPrice: priceOut(units, stop) };
    return { quantity: lotsOut(units, lots), ...price, ...stopPrice };
  }

  #fillPages<T extends Readonly<{ id: string }>>(since: TimeUs, rowsOf: (texts: readonly FillText[]) => T[]): Promise<readonly T[]> {
    const read = ({ fills, next }: ReplyOf<'fills'>) => ({ rows: rowsOf(fills), next });
    return this.#requests.pages(`/fills?since=${this.#earliest(since)}`, 'fills', read, ({ id }) => id);
  }

  #earliest(since: TimeUs): number {
    return Math.max(0, Math.min(since, this.#requests.venue.lastThere(since)));
  }
}

const closedError = () => new VenueUnreachable('the adapter was closed');

function isAsked(asked: SendRequest, row: VenueOrderRow): boolean {
  const { clientId, instrument, side, type, lots, limit, stop } = asked;
  const same = row.clientId === clientId && row.instrument === instrument && row.side === side && row.type === type;
  return same && row.lots === lots && row.limit === limit && row.stop === stop;
}

function queryOf({ clientId, venueId }: OrderName): string {
  assert(clientId !== null || venueId !== null, 'an order without any name');
  return clientId !== null ? `clientId=${encodeURIComponent(clientId)}` : `id=${encodeURIComponent(venueId!)}`;
}

function isSameNumber(a: string, b: string): boolean {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  return x.digits * pow10(y.scale) === y.digits * pow10(x.scale);
}
