/** Orders as the journal has them: each from its approval to its last move, its fills, and trades from flat to flat. Read, never judged again. */
import { ORDER_ENDS } from '#actors/order.ts';
import { divideHalfEven } from '#engine/decimal.ts';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import type { VenueReport } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { RestFill, RestOrder, RestTrade } from '#gateway/contracts/rest-orders.ts';
import { type Questions, QuestionTooLong } from '#gateway/rest/ports.ts';
import { explain } from '#replay/explain.ts';
import { setOffIn } from '#replay/set-off-told.ts';
import type { Story } from '#replay/story.ts';
import { tell } from '#replay/tell.ts';
import { iso, type Link } from '#replay/words.ts';
import { nodeDigest } from '../compose/digest.ts';
import { definitionOf, money, price, priceOrNone, size } from './measured.ts';
import type { OpenJournal, Stop } from './open-journal.ts';
import { isBefore, isBehind, placeOf, walk } from './walk.ts';

type Asked<Name extends keyof Questions> = Questions[Name]['asked'];
type Said<Name extends keyof Questions> = Questions[Name]['said'];
type Whose = Asked<'trades'>;

/** Orders of one journal, and steps of one life. */
const MOST_ORDERS = 250_000;
const MOST_STEPS = 1_000;

const isOf = ({ account, strategy, instrument }: Whose, of: Readonly<{ account: string; strategy: string; instrument: string }>): boolean =>
  (account ?? of.account) === of.account && (strategy ?? of.strategy) === of.strategy && (instrument ?? of.instrument) === of.instrument;

// ---------------------------------------------------------------- orders

type Known = { row: RestOrder; definition: Instrument };
type Begins = DecisionOf<'OrderApproved'> | DecisionOf<'OrderAdopted'>;
const begins = (decision: Decision): decision is Begins => decision.type === 'OrderApproved' || decision.type === 'OrderAdopted';

/** Those approved in the window, each as it is now. */
export async function ordersIn(journal: OpenJournal, asked: Asked<'orders'>, stop: Stop): Promise<Said<'orders'>> {
  const { from, to, order, limit, behind } = asked;
  const {
    fold: { orders, approvedAt, forgotten },
    seq,
  } = await journal.folded(orderFold, stop);
  if (forgotten !== null && (from === null ? order === 'oldest' : from < forgotten))
    throw new QuestionTooLong(
      `this journal has more than ${MOST_ORDERS} orders: those approved before ${iso(forgotten)} are not listed any more`,
    );
  const rows: RestOrder[] = [];
  for (const [id, { row }] of orders) {
    const at = approvedAt.get(id)!;
    if (isOf(asked, row) && (from === null || at >= from) && (to === null || at < to)) rows.push(row);
  }
  if (order === 'newest') rows.reverse();
  const place = behind === null ? null : placeOf(behind);
  const rest = place === null ? rows : rows.filter((row) => isPast(row.order, place, order));
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? items.at(-1)!.order : null, seq };
}

const orderFold = (): OrderFold => new OrderFold();

/** In the order of their approvals. */
class OrderFold {
  readonly orders = new Map<string, Known>();
  readonly approvedAt = new Map<string, number>();
  /** The number at which the journal last speaks of it. */
  readonly lastSaid = new Map<string, number>();
  /** Orders approved before this moment are held no more; null: all are. */
  forgotten: number | null = null;

  /** The oldest tenth goes; what still works of it is the desk's to tell. */
  #forget(): void {
    let left = MOST_ORDERS / 10;
    for (const id of this.orders.keys()) {
      if (left-- <= 0) {
        this.forgotten = this.approvedAt.get(id)!;
        return;
      }
      this.orders.delete(id);
      this.approvedAt.delete(id);
      this.lastSaid.delete(id);
    }
  }

  take(decision: Decision, story: Story): void {
    if (begins(decision)) {
      if (this.orders.size === MOST_ORDERS) this.#forget();
      this.orders.set(decision.order, begunOf(decision, story));
      this.approvedAt.set(decision.order, decision.at);
    } else evolve(this.orders, decision, story);
    if ('order' in decision && decision.order !== null && this.orders.has(decision.order))
      this.lastSaid.set(decision.order, decision.cause);
  }
}

function isPast(order: string, place: ReturnType<typeof placeOf>, direction: 'newest' | 'oldest'): boolean {
  const { seq: cause, index } = placeOf(order);
  const at = { cause, index } as Decision;
  return direction === 'newest' ? isBefore(at, place) : isBehind(at, place);
}

function begunOf(decision: Begins, story: Story): Known {
  const definition = definitionOf(story, decision.instrument);
  const { order, clientId, account, strategy, instrument, side, orderType, lots, limit, stop, why, at, cause } = decision;
  const adopted = decision.type === 'OrderAdopted';
  const expiresAt = adopted ? null : decision.expiresAt;
  return {
    definition,
    row: {
      ...{ order, clientId, account, strategy, instrument, side, type: orderType, why, approvedAt: at, movedBy: cause, expiresAt },
      ...{ state: adopted ? 'LIVE' : 'INTENT', ended: false, postOnly: false, timeInForce: expiresAt === null ? 'GTC' : 'GTD' },
      reducing: adopted ? false : decision.reducing,
      lots: size(lots, definition),
      filled: size(adopted ? decision.filled : 0, definition),
      limit: priceOrNone(limit, definition),
      stop: priceOrNone(stop, definition),
    },
  };
}

function evolve(orders: ReadonlyMap<string, Known>, decision: Decision, story: Story): void {
  if (!('order' in decision) || decision.order === null) return;
  const known = orders.get(decision.order);
  if (known === undefined) return;
  const { definition } = known;
  const change = (more: Partial<RestOrder>): void => {
    known.row = { ...known.row, ...more };
  };
  switch (decision.type) {
    case 'OrderQualified':
      change({ timeInForce: decision.timeInForce, postOnly: decision.postOnly });
      break;
    case 'VenueReported':
      if (decision.report.kind === 'Replaced') change(replacedBy(decision.report, definition));
      break;
    case 'OrderMoved': {
      // an outside venue's report is an input, and its move names it
      const input = story.inputs.get(decision.cause);
      if (input?.type === 'OrderReported' && input.order === decision.order && input.report.kind === 'Replaced')
        change(replacedBy(input.report, definition));
      const ended = (ORDER_ENDS as readonly string[]).includes(decision.to);
      change({ state: decision.to, ended, filled: size(decision.filled, definition), movedBy: decision.cause });
    }
  }
}

const replacedBy = ({ lots, limit, stop }: Extract<VenueReport, { kind: 'Replaced' }>, definition: Instrument): Partial<RestOrder> => ({
  lots: size(lots, definition),
  limit: priceOrNone(limit, definition),
  stop: priceOrNone(stop, definition),
});

export async function orderLife(journal: OpenJournal, { order: id }: Asked<'order'>, stop: Stop): Promise<Said<'order'>> {
  const orders = new Map<string, Known>();
  const life: Link[] = [];
  const fills: RestFill[] = [];
  const { fold } = await journal.folded(orderFold, stop);
  const end = fold.lastSaid.get(id) ?? (fold.forgotten === null ? null : Infinity);
  if (end === null) return null;
  await journal.decisions(placeOf(id).seq, stop, (decision, story) => {
    if (decision.cause > end) return 'enough';
    if (!('order' in decision) || decision.order !== id) return 'on';
    if (begins(decision)) orders.set(id, begunOf(decision, story));
    else evolve(orders, decision, story);
    if (decision.type === 'OrderFilled') fills.push(fillOf(decision, story));
    if (life.length < MOST_STEPS) life.push(tell(decision, story.measures));
    return decision.type === 'OrderRetired' ? 'enough' : 'on';
  });
  const known = orders.get(id);
  if (known === undefined) return null;
  const { sentence, chain } = await explain(journal.reader(), id, { digest: nodeDigest, catalogue: journal.catalogue });
  // the journal grew since it was read above: what led to the order lies at its own number or before, whatever was told of it meanwhile
  const approvedAt = placeOf(id).seq;
  const before = chain.filter(
    ({ address }) => Number.parseInt(address, 10) <= approvedAt && !life.some((step) => step.address === address),
  );
  return { order: known.row, sentence, life: [...before, ...life].map((step) => ({ ...step, numbers: { ...step.numbers } })), fills };
}

// ---------------------------------------------------------------- fills and trades

export function fillsIn(journal: OpenJournal, asked: Asked<'fills'>, stop: Stop): Promise<Said<'fills'>> {
  return walk(
    journal,
    asked,
    (decision, story) =>
      decision.type === 'OrderFilled' && isOf(asked, decision) && (asked.of ?? decision.order) === decision.order
        ? fillOf(decision, story)
        : null,
    stop,
  );
}

function fillOf(filled: DecisionOf<'OrderFilled'>, story: Story): RestFill {
  const { order, account, strategy, instrument, side, at, maker, late } = filled;
  const definition = definitionOf(story, instrument);
  const { currency, currencyScale } = definition;
  return {
    ...{ fill: addressOf(filled), at, order, account, strategy, instrument, side, maker, late, currency },
    lots: size(filled.lots, definition),
    price: price(filled.price, definition),
    fee: money(filled.fee, currencyScale),
    position: size(filled.position, definition),
    realised: money(filled.realised, currencyScale),
  };
}

/** What moved a strategy's position: a fill, or what was set off against a trade of nobody's own. */
type Movement = Readonly<{
  address: string;
  at: number;
  account: string;
  strategy: string;
  instrument: string;
  side: 'buy' | 'sell';
  lots: number;
  price: number;
  fee: bigint;
  realised: bigint;
  /** Of the strategy, after this. */
  position: number;
}>;

type OpenTrade = {
  first: Movement;
  last: Movement;
  definition: Instrument;
  exit: string | null;
  /** Lots and lots × price, of what opened it and of what closed it. */
  opened: [lots: number, worth: number];
  closed: [lots: number, worth: number];
  largest: number;
  realised: bigint;
  fees: bigint;
  fills: number;
};

/**
 * The strategy's own position, as each fill states it, says where a trade begins and ends; a fill that turns it round ends one and begins the
 * next, and its fee is shared by lots. What is set off against a trade by hand moves a position like a fill. What an open rest is worth now is the desk's to say: it is told as 0 here.
 */
export async function tradesIn(journal: OpenJournal, asked: Whose, stop: Stop): Promise<Said<'trades'>> {
  const {
    fold: { trades },
    seq,
  } = await journal.folded(tradeFold, stop);
  const counts = new Map<string, number>();
  const items = trades.flatMap((trade): RestTrade[] => {
    const number = (counts.get(trade.first.account) ?? 0) + 1;
    counts.set(trade.first.account, number);
    return isOf(asked, trade.first) ? [tradeOf(trade, number)] : [];
  });
  return { items, seq };
}

const tradeFold = (): TradeFold => new TradeFold();

class TradeFold {
  readonly trades: OpenTrade[] = [];
  readonly #open = new Map<string, OpenTrade>();
  #setOff: { cause: number; instrument: string; of: ReadonlyMap<string, OpenTrade> } | null = null;

  take(decision: Decision, story: Story): void {
    if (decision.type === 'OrderFilled') {
      this.#setOff = null;
      take(filledBy(decision), definitionOf(story, decision.instrument), this.#open, this.trades);
    } else if (decision.type === 'DifferenceFound') {
      const legs = setOffIn(decision);
      if (legs === null) return;
      const of = new Map<string, OpenTrade>();
      const { account, of: instrument, at } = decision;
      for (const leg of legs) {
        const move = { ...leg, address: addressOf(decision), account, instrument, at, fee: 0n, realised: 0n };
        const trade = take(move, definitionOf(story, instrument), this.#open, this.trades);
        if (trade !== null) of.set(leg.strategy, trade);
      }
      this.#setOff = { cause: decision.cause, instrument, of };
    } else if (decision.type === 'Posted' && this.#setOff?.cause === decision.cause) {
      // its gain is in the postings behind it, and only there
      const { strategy, instrument, book, amount } = decision;
      const trade = this.#setOff.of.get(strategy);
      if (book === 'realised' && trade !== undefined && instrument === this.#setOff.instrument) trade.realised -= amount;
    }
  }
}

function filledBy(fill: DecisionOf<'OrderFilled'>): Movement {
  const { at, account, strategy, instrument, side, lots, price, fee, realised, position } = fill;
  return { address: addressOf(fill), at, account, strategy, instrument, side, lots, price, fee, realised, position };
}

/** The trade it closed, or closed a part of; null: it closed none. */
function take(move: Movement, definition: Instrument, open: Map<string, OpenTrade>, trades: OpenTrade[]): OpenTrade | null {
  const key = `${move.account} ${move.strategy} ${move.instrument}`;
  const signed = move.side === 'buy' ? move.lots : -move.lots;
  const before = move.position - signed;
  const closes = Math.sign(before) === -Math.sign(signed) ? Math.min(move.lots, Math.abs(before)) : 0;
  const opens = move.lots - closes;
  const closingFee = closes === move.lots ? move.fee : divideHalfEven(move.fee * BigInt(closes), BigInt(move.lots));
  const now = open.get(key) ?? null;
  if (closes > 0 && now !== null) {
    add(now.closed, closes, move.price);
    now.realised += move.realised;
    now.fees += closingFee;
    now.fills += 1;
    now.last = move;
    if (closes === Math.abs(before)) {
      now.exit = move.address;
      open.delete(key);
    }
  }
  if (opens === 0) return now;
  let trade = open.get(key);
  if (trade === undefined) {
    trade = {
      first: move,
      last: move,
      definition,
      exit: null,
      opened: [0, 0],
      closed: [0, 0],
      largest: 0,
      realised: 0n,
      fees: 0n,
      fills: 0,
    };
    open.set(key, trade);
    trades.push(trade);
  }
  add(trade.opened, opens, move.price);
  trade.largest = Math.max(trade.largest, Math.abs(move.position));
  trade.fees += move.fee - closingFee;
  trade.fills += 1;
  trade.last = move;
  return closes > 0 ? now : null;
}

function add(sum: [number, number], lots: number, ticks: number): void {
  sum[0] += lots;
  sum[1] += lots * ticks;
}

function tradeOf({ first, last, definition, exit, opened, closed, largest, realised, fees, fills }: OpenTrade, number: number): RestTrade {
  const { currency, currencyScale } = definition;
  const average = ([lots, worth]: readonly [number, number]): string | null => (lots === 0 ? null : averageText(worth / lots, definition));
  return {
    ...{ trade: number, account: first.account, strategy: first.strategy, instrument: first.instrument, currency, fills, exit },
    side: first.position > 0 ? 'long' : 'short',
    entry: first.address,
    entryTime: first.at,
    exitTime: exit === null ? null : last.at,
    lots: size(opened[0], definition),
    largest: size(largest, definition),
    entryPrice: average(opened)!,
    exitPrice: average(closed),
    realised: money(realised, currencyScale),
    unrealised: money(0n, currencyScale),
    fees: money(fees, currencyScale),
    net: money(realised - fees, currencyScale),
  };
}

/** For reading: two digits more than a price has. */
function averageText(ticks: number, { tick }: Instrument): string {
  const digits = (tick.split('.')[1] ?? '').length + 2;
  return (ticks * Number(tick)).toFixed(digits);
}
