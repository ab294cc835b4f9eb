/**
 * The session with an outside venue, and its truth held against ours (KERNEL §12.10). Every difference is a decision that says what
 * was done about it; what nobody can explain halts the account. What a list does not show is never taken to be gone.
 */
import { assert } from '#engine/assert.ts';
import { plainTerms } from '#engine/execution/order-terms.ts';
import type { InputOf, SnapshotFill, SnapshotOrder, VenueReport } from '#engine/inputs.ts';
import { LONGEST_UNEXPLAINED } from '#engine/inputs-check.ts';
import { MAX_TEXT } from '#engine/journal/bytes.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import { type AccountId, type ClientOrderId, type InstrumentId, type Minor, orderId } from '#engine/values.ts';
import { type Account, fillKey, type Outside } from './accounts.ts';
import type { Market } from './markets.ts';
import { adjustBalance, postDeposit } from './money.ts';
import type { Order } from './orders.ts';
import { askedOf, type Parts } from './parts.ts';
import { setOff } from './set-off.ts';

/** So many snapshots in a row may differ: what is under way while one is taken looks like a difference. */
const DIFFERING_HALTS = 3;
/** A stop that the venue ends again and again is not placed more often than this. */
const MOST_REARMS = 2;

/** So many of what nobody explains are named in one text, which stays within what a decision may hold. */
const MOST_NAMED = 20;
assert(MOST_NAMED * (3 * LONGEST_UNEXPLAINED + 2) + 100 <= MAX_TEXT, 'what is joined fits a text: a character takes at most 3 bytes');

export function moveSession(
  { core }: Parts,
  account: Account,
  type: 'Connected' | 'Authenticated' | 'Reconciled' | 'Differed' | 'Lost',
): void {
  const from = account.session.value;
  if (account.session.send({ type })) core.decide('SessionMoved', { account: account.spec.id, from, to: account.session.value, why: type });
}

export function reconciled(parts: Parts, account: Account, unexplained: readonly string[]): void {
  const { core, gates } = parts;
  if (unexplained.length > 0) {
    moveSession(parts, account, 'Differed');
    gates.restrict(account.gate, 'reconciliation', 'venue');
    core.decide('Alerted', { severity: 'critical', topic: 'reconciliation', text: joined(unexplained) });
    return;
  }
  moveSession(parts, account, 'Reconciled');
  if (account.session.value !== 'ready') return; // an answer still under way when the session was lost again
  gates.clear(account.gate, 'session-lost', account.spec.id);
  gates.send(account.gate, { type: 'Reconciled' });
}

export function takeSnapshot(parts: Parts, input: InputOf<'VenueSnapshot'>): void {
  const account = parts.accounts.byId.get(input.account);
  if (account === undefined || account.outside === null) return;
  new Reconciliation(parts, account, account.outside).take(input);
}

/** Stops that ended unasked are asked for anew, once there is a venue to ask. */
export function armAgain(parts: Parts, account: Account): void {
  const { outside, session } = account;
  if (outside === null || outside.unprotected.length === 0 || session.value !== 'ready') return;
  for (const id of outside.unprotected.splice(0)) {
    const order = parts.orders.all.get(id);
    if (order !== undefined) parts.asked.push({ rearm: order });
  }
}

/** Stage 6 for a stop that is to be placed again. */
export function rearm(parts: Parts, order: Order): void {
  const { account, strategy, market, side, expiresAt } = order;
  const position = parts.accounts.ledger.position(account.spec.id, strategy, market.definition.id);
  const lots = Math.min(order.remaining, Math.abs(position));
  if (lots === 0 || (side === 'buy') === position > 0) return;
  if (order.rearms >= MOST_REARMS) {
    parts.orders.unprotected(order);
    return;
  }
  const { stop } = order.living.context;
  const { oco, protects } = order.terms;
  const terms = { ...plainTerms(expiresAt), oco, protects };
  const asked = askedOf(
    { account: account.spec.id, strategy, market },
    { side, type: 'stop', lots, limit: null, stop, expiresAt, terms, reduceOnly: true, why: 're-armed' },
  );
  parts.trading.ask({ account, strategy, market, order: asked, flatten: false, rearms: order });
}

class Reconciliation {
  readonly #parts: Parts;
  readonly #account: Account;
  readonly #outside: Outside;
  readonly #unexplained: string[] = [];

  constructor(parts: Parts, account: Account, outside: Outside) {
    this.#parts = parts;
    this.#account = account;
    this.#outside = outside;
  }

  take({ fills, orders, missing, transfers, positions, balances }: InputOf<'VenueSnapshot'>): void {
    for (const row of orders) this.#grown(row);
    for (const fill of fills) this.#fill(fill);
    for (const row of orders) this.#order(row);
    for (const name of missing) this.#missing(name);
    for (const transfer of transfers) this.#transfer(transfer);
    for (const market of this.#parts.markets.all) {
      if (!this.#ours(market)) continue;
      const row = positions.find(({ instrument }) => instrument === market.definition.id);
      this.#position(market, row?.lots ?? 0, row?.price ?? null);
    }
    const { currency } = this.#account.spec;
    this.#balance(BigInt(balances.find((balance) => balance.currency === currency)?.amount ?? '0'));
    this.#outcome();
  }

  #ours(market: Market | undefined): market is Market {
    return market !== undefined && market.definition.currency === this.#account.spec.currency;
  }

  #market(instrument: InstrumentId): Market | null {
    const market = this.#parts.markets.byId.get(instrument);
    return this.#ours(market) ? market : null;
  }

  #differ(what: 'fill' | 'order' | 'position' | 'balance', of: string, held: string, venue: string, resolution: string): void {
    this.#parts.core.decide('DifferenceFound', { account: this.#account.spec.id, what, of, held, venue, resolution });
  }

  // 0. orders with more lots than here, before fills that would end them here

  #grown(row: SnapshotOrder): void {
    if (row.state !== 'working' || this.#market(row.instrument) === null) return;
    const order = this.#parts.orders.named(this.#account, row.name);
    if (order === null || (order.living.value !== 'LIVE' && order.living.value !== 'REPLACE_PENDING')) return;
    if (isOf(order, row) && row.lots > order.living.context.lots) this.#changed(order, row);
  }

  #changed(order: Order, row: SnapshotOrder): void {
    const { lots, limit, stop } = order.living.context;
    this.#differ('order', order.id, terms(lots, limit, stop), terms(row.lots, row.limit, row.stop), 'changed at the venue');
    this.#parts.orders.report(order, replacedBy(row));
  }

  // 1. fills

  #fill(fill: SnapshotFill): void {
    const market = this.#market(fill.instrument);
    if (market === null) return;
    const { id, lots, price, fee, maker, side } = fill;
    const key = fillKey(fill.instrument, id);
    if (this.#outside.foreignFills.has(key)) return;
    const order = this.#parts.orders.named(this.#account, fill.name);
    if (order !== null) {
      if (order.fills.includes(id)) return;
      if (order.side !== side || order.market !== market) {
        this.#unexplained.push(`fill ${id} is not of order ${order.id}`);
        return;
      }
      this.#differ('fill', key, 'none', `${lots} at ${price}`, `booked to ${order.id}`);
      this.#parts.orders.report(order, { kind: 'Filled', fill: id, lots, price, fee, maker });
      return;
    }
    this.#outside.foreignFills.add(key);
    if (!this.#outside.synced) return; // what the venue's opening balance and positions hold already
    this.#differ('fill', key, 'none', `${side} ${lots} at ${price}`, "booked to 'none'");
    this.#book(market, fill.side, lots, price, BigInt(fee) as Minor);
    this.#parts.accounts.markFill(this.#account, NO_STRATEGY);
    this.#exposure(market);
    setOff(this.#parts, this.#account, market, { side: fill.side, lots, price });
  }

  /** Postings of a fill that is nobody's; returns what its cash leg took. */
  #book(market: Market, side: 'buy' | 'sell', lots: number, price: number, fee: Minor): bigint {
    const { core, accounts } = this.#parts;
    const { id: account, currency } = this.#account.spec;
    const instrument = market.definition.id;
    const { postings } = accounts.ledger.fill(account, NO_STRATEGY, instrument, currency, market.unit, { side, lots, price, fee });
    let cash = 0n;
    for (const posting of postings) {
      core.decide('Posted', { account, strategy: NO_STRATEGY, instrument, currency, ...posting });
      if (posting.book === 'cash') cash += posting.amount;
    }
    return cash;
  }

  #exposure(market: Market): void {
    this.#parts.accounts.checkExposure('account', this.#account.spec.id);
    this.#parts.accounts.checkExposure('instrument', market.definition.id);
  }

  // 2. orders

  #order(row: SnapshotOrder): void {
    const market = this.#market(row.instrument);
    if (market === null) return;
    const order = this.#parts.orders.named(this.#account, row.name);
    if (order !== null && !order.ended && !isOf(order, row)) {
      this.#unexplained.push(`order ${order.id} is another one there`);
      return;
    }
    if (row.state === 'working') {
      if (order === null) this.#adopt(row, market);
      else if (order.ended) this.#unexplained.push(`order ${order.id} has ended here and works there`);
      else this.#working(order, row);
    } else if (order !== null && !order.ended) this.#over(order, row);
  }

  #working(order: Order, row: SnapshotOrder): void {
    const { orders } = this.#parts;
    const before = order.living.value;
    if (before === 'SENDING' || before === 'UNKNOWN') {
      this.#differ('order', order.id, before, 'working', 'found working');
      orders.report(order, { kind: 'Acked' });
    } else if (before !== 'LIVE') return;
    const { lots, limit, stop, filled } = order.living.context;
    if (order.living.value !== 'LIVE' || row.filled !== filled) return;
    if (row.lots === lots && row.limit === limit && row.stop === stop) return;
    this.#changed(order, row);
  }

  #adopt(row: SnapshotOrder, market: Market): void {
    const { core, orders, trading } = this.#parts;
    const { name, side, type, lots, limit, stop, filled } = row;
    const id = orderId(core.nextAddress());
    const clientId = name as ClientOrderId;
    const account = this.#account.spec.id;
    const instrument = market.definition.id;
    const said = { order: id, account, strategy: NO_STRATEGY, instrument, clientId, side, orderType: type, lots, limit, stop, filled };
    core.decide('OrderAdopted', { ...said, why: 'orphan' });
    const order = orders.adopt(
      id,
      {
        account: this.#account,
        strategy: NO_STRATEGY,
        market,
        side,
        type,
        lots,
        limit,
        stop,
        expiresAt: null,
        terms: plainTerms(null),
        reducing: false,
        clientId,
        flatten: false,
        reduceOnly: false,
        rearms: 0,
      },
      filled,
    );
    const cancelled = this.#stopped(market) ?? (this.#account.outsideSpec.orphans === 'cancel' ? 'orphan' : null);
    this.#differ('order', id, 'none', 'working', cancelled === null ? 'adopted' : 'adopted to be cancelled');
    if (cancelled !== null) trading.askCancel(order, cancelled);
  }

  /** What stopped all orders of this account in this market, while it lasts: whoever placed one there meanwhile. */
  #stopped(market: Market): string | null {
    const gates = [this.#parts.gates.global, this.#account.gate, market.gate];
    const gate = gates.find(({ living: { value } }) => value === 'HALTED' || value === 'KILLED');
    return gate === undefined ? null : `${gate.scope} ${gate.living.value}`;
  }

  /** It has ended there; here it works. */
  #over(order: Order, row: SnapshotOrder): void {
    if (row.filled > order.living.context.filled) {
      this.#unexplained.push(`order ${order.id}: fills are missing`);
      return;
    }
    this.#differ('order', order.id, order.living.value, row.state, 'ended at the venue');
    if (row.state === 'filled' && row.lots > order.living.context.filled) return; // that would not fill it
    this.#parts.orders.report(order, endOf(row));
  }

  // 3. names the venue never had

  #missing(name: string): void {
    const order = this.#parts.orders.named(this.#account, name);
    if (order === null || order.ended) return;
    switch (order.living.value) {
      case 'INTENT':
      case 'SENDING':
        return;
      case 'UNKNOWN':
        if (order.living.context.filled > 0) break;
        this.#differ('order', order.id, 'UNKNOWN', 'none', 'never existed');
        this.#parts.orders.report(order, { kind: 'NeverExisted' });
        return;
    }
    this.#unexplained.push(`order ${order.id} is gone without a trace`);
  }

  // 4. to 6. money and positions

  #transfer({ id, currency, amount: text, why }: InputOf<'VenueSnapshot'>['transfers'][number]): void {
    if (this.#outside.transfers.has(id)) return;
    this.#outside.transfers.add(id);
    const amount = BigInt(text);
    if (!this.#outside.synced || currency !== this.#account.spec.currency || amount === 0n) return;
    this.#differ('balance', currency, 'none', text, `booked: ${why}`);
    adjustBalance(this.#parts, this.#account, currency, amount, why);
  }

  #position(market: Market, there: number, told: number | null): void {
    const { accounts } = this.#parts;
    const { id } = market.definition;
    const here = accounts.ledger.accountPosition(this.#account.spec.id, id);
    if (here === there) return;
    if (this.#outside.synced && !this.#outside.accepting) {
      this.#unexplained.push(`position ${id}: ${here} here, ${there} there`);
      return;
    }
    const price = told ?? market.reference;
    if (price === null) {
      this.#unexplained.push(`position ${id}: no price to take ${there} over at`);
      return;
    }
    this.#differ('position', id, String(here), String(there), 'taken over');
    const cash = this.#book(market, there > here ? 'buy' : 'sell', Math.abs(there - here), price, 0n as Minor);
    adjustBalance(this.#parts, this.#account, this.#account.spec.currency, -cash, 'taken over');
    accounts.positionsChanged();
    this.#exposure(market);
    const traded = { side: there > here ? 'buy' : 'sell', lots: Math.abs(there - here) } as const;
    setOff(this.#parts, this.#account, market, { ...traded, price: market.reference ?? price }); // the listed price is that of its entry
  }

  #balance(there: bigint): void {
    const { id, currency } = this.#account.spec;
    const here = this.#parts.accounts.ledger.cashOf(id as AccountId, currency);
    const difference = there - here;
    if (difference === 0n) return;
    const { synced, accepting } = this.#outside;
    const { cashTolerance } = this.#account.outsideSpec;
    const small = difference <= cashTolerance && -difference <= cashTolerance;
    const why = !synced ? 'opening balance' : accepting ? 'accepted' : small ? 'rounding' : null;
    if (why === null) {
      this.#unexplained.push(`balance ${currency}: ${here} here, ${there} there`);
      return;
    }
    this.#differ('balance', currency, String(here), String(there), why);
    if (why === 'rounding') postDeposit(this.#parts, id, currency, difference, why);
    else adjustBalance(this.#parts, this.#account, currency, difference, why);
  }

  // 7. what follows

  #outcome(): void {
    const outside = this.#outside;
    const unexplained = this.#unexplained;
    if (unexplained.length === 0) {
      outside.differing = 0;
      outside.synced = true;
      outside.accepting = false;
      reconciled(this.#parts, this.#account, []);
    } else {
      outside.differing += 1;
      if (outside.differing < DIFFERING_HALTS) {
        const why = `differs: ${joined(unexplained)}`;
        this.#parts.core.decide('ReconciliationNeeded', { account: this.#account.spec.id, why, order: null });
      } else {
        outside.differing = 0;
        reconciled(this.#parts, this.#account, unexplained);
      }
    }
    armAgain(this.#parts, this.#account);
  }
}

function joined(unexplained: readonly string[]): string {
  const named = unexplained.slice(0, MOST_NAMED).join('; ');
  return unexplained.length > MOST_NAMED ? `${named}; and ${unexplained.length - MOST_NAMED} more` : named;
}

/** A name may have gone to somebody else's order once ours had ended there. */
const isOf = ({ side, market }: Order, row: SnapshotOrder): boolean => side === row.side && market.definition.id === row.instrument;
const terms = (lots: number, limit: number | null, stop: number | null): string => `${lots} ${limit ?? 'none'} ${stop ?? 'none'}`;
const replacedBy = ({ lots, limit, stop }: SnapshotOrder): VenueReport => ({ kind: 'Replaced', lots, limit, stop });

function endOf(row: SnapshotOrder): VenueReport {
  switch (row.state) {
    case 'cancelled':
      return { kind: 'Cancelled' };
    case 'expired':
      return { kind: 'Expired' };
    case 'rejected':
      return { kind: 'Rejected', reason: row.reason };
    default:
      return replacedBy(row); // filled at fewer lots than it had here
  }
}
