/**
 * What is so at the exchange: orders, fills, transfers, books, folded from the ledger's entries. Live and read back from disk, the same
 * functions are called with the same facts; none of them decides anything or tells anybody.
 */
import { assert } from '#engine/assert.ts';
import { lotsOf, ticksOf } from '#engine/decimal.ts';
import type { Side } from '#engine/values.ts';
import { Account } from './account.ts';
import { Listing, type ListingSpec } from './listings.ts';
import { type Level, SeededMarket } from './market.ts';
import { OrderBook } from './order-book.ts';
import { fillIn, orderIn, transferIn, type VenueFill, type VenueOrder, type VenueTransfer } from './orders.ts';

/** One symbol: its book, its outsiders, how many trades and quotes it has told, and the last traded price. */
export type Listed = {
  readonly listing: Listing;
  readonly book: OrderBook;
  readonly market: SeededMarket;
  trades: number;
  quotes: number;
  last: number;
};

export type VenueQuote = Readonly<{ symbol: Listed; n: number; time: number; bid: Level; ask: Level }>;

/** A line of the ledger, read back. */
export type LedgerEntry = Readonly<{ n: number; at: number; what: string } & Record<string, unknown>>;

export type OrderChange = Pick<VenueOrder, 'lots' | 'limit' | 'stop' | 'state' | 'reason'>;

/** More than a market tells between two notes of where it stands: numbers told before a crash are never told again. */
const COUNT_JUMP = 100_000;

export class ExchangeState {
  /** The newest instant the exchange has acted at; its time never goes back. */
  at = 0;
  seed = 0;
  readonly symbols = new Map<string, Listed>();
  readonly listings = new Map<string, Listing>();
  readonly account = new Account();
  /** By id − 1. */
  readonly orders: VenueOrder[] = [];
  readonly fills: VenueFill[] = [];
  readonly transfers: VenueTransfer[] = [];
  /** By id, rising. */
  readonly working = new Map<number, VenueOrder>();
  readonly ended: VenueOrder[] = [];
  /** The newest order of each client id. */
  readonly named = new Map<string, VenueOrder>();

  list(listing: Listing): void {
    const market = new SeededMarket(this.seed, listing);
    const book = new OrderBook();
    const { bids, asks } = market.step();
    book.setOutsiders(bids, asks);
    this.listings.set(listing.symbol, listing);
    this.symbols.set(listing.symbol, { listing, book, market, trades: 0, quotes: 1, last: listing.spec.homeTicks });
    this.account.know(listing.spec.currency);
  }

  accepted(order: VenueOrder): void {
    assert(order.id === this.orders.length + 1, 'orders are numbered one by one');
    this.orders.push(order);
    this.working.set(order.id, order);
    if (order.clientId !== null) this.named.set(order.clientId, order);
    if (order.type !== 'market') this.bookOf(order).add(order);
  }

  /** `n` is the entry's number: what costs an order its place gives it a new one behind all others. */
  changed(order: VenueOrder, { lots, limit, stop, state, reason }: OrderChange, at: number, n: number): void {
    if (order.state !== 'working') return; // a fill has already ended it
    const resting = order.type !== 'market';
    if (resting) this.bookOf(order).remove(order);
    if (limit !== order.limit || stop !== order.stop || lots > order.lots) order.rank = n;
    Object.assign(order, { lots, limit, stop, reason, updated: at });
    if (state !== 'working') this.#end(order, state);
    else if (resting) this.bookOf(order).add(order);
  }

  filled(fill: VenueFill): void {
    const { order, lots, ticks, maker, time } = fill;
    const symbol = this.symbolOf(order);
    this.fills.push(fill);
    order.fills.push(fill.id);
    this.account.book(fill);
    // A maker meets a level only where a quote came through its price; by an outsider's trade it meets none.
    const met = maker ? symbol.book.met(order.side, order.limit) : null;
    if (!maker || met !== null) {
      symbol.book.take(order.side, met?.ticks ?? ticks, lots);
      this.traded(symbol, ticks);
    }
    order.filled += lots;
    order.updated = time;
    if (order.filled < order.lots) return;
    if (order.type !== 'market') symbol.book.remove(order);
    this.#end(order, 'filled');
  }

  transferred(transfer: VenueTransfer): void {
    this.transfers.push(transfer);
    this.account.move(transfer);
  }

  quoted(symbol: Listed, bid: number, bidLots: number, ask: number, askLots: number): void {
    symbol.book.setOutsiders([{ ticks: bid, lots: bidLots }], [{ ticks: ask, lots: askLots }]);
    symbol.quotes += 1;
  }

  traded(symbol: Listed, ticks: number): void {
    symbol.trades += 1;
    symbol.last = ticks;
  }

  /** Where the markets stand, books included, as an entry keeps it; in whole ticks and lots. */
  markets(): string {
    return JSON.stringify(
      [...this.symbols.values()].map(({ listing, book, market, trades, quotes, last }): MarketNote => {
        const [bids, asks] = [book.outsiders('buy'), book.outsiders('sell')];
        return { symbol: listing.symbol, walk: market.save(), trades, quotes, last, bids, asks };
      }),
    );
  }

  /** The outsiders' best as it now is; null where a side is empty. */
  quoteNow(symbol: Listed): VenueQuote | null {
    const [bid, ask] = [symbol.book.outsiders('buy')[0], symbol.book.outsiders('sell')[0]];
    return bid === undefined || ask === undefined ? null : { symbol, n: symbol.quotes, time: this.at, bid: { ...bid }, ask: { ...ask } };
  }

  scaleOf(currency: string): number | null {
    for (const { spec } of this.listings.values()) if (spec.currency === currency) return spec.currencyScale;
    return null;
  }

  symbolOf(order: VenueOrder): Listed {
    return this.symbols.get(order.listing.symbol)!;
  }

  bookOf(order: VenueOrder): OrderBook {
    return this.symbolOf(order).book;
  }

  /** One entry read back from the ledger. */
  replay(entry: LedgerEntry): void {
    this.at = Math.max(this.at, entry.at);
    switch (entry.what) {
      case 'began':
        this.seed = entry['seed'] as number;
        for (const spec of entry['instruments'] as ListingSpec[]) this.list(new Listing(spec));
        break;
      case 'listed':
        this.list(new Listing(entry['instrument'] as ListingSpec));
        break;
      case 'order':
        this.accepted(orderIn(entry['order'], entry.n, this.listings));
        break;
      case 'changed': {
        const { id, ...next } = orderIn(entry['order'], entry.n, this.listings);
        this.changed(this.orders[id - 1]!, next, next.updated, entry.n);
        break;
      }
      case 'fill':
        this.filled(fillIn(entry['fill'], this.orders));
        break;
      case 'transfer':
        this.transferred(transferIn(entry['transfer'], (currency) => this.scaleOf(currency)!));
        break;
      case 'quote': {
        const { symbol: name, bid, bidQuantity, ask, askQuantity } = entry as unknown as Record<string, string>;
        const symbol = this.symbols.get(name!)!;
        const { tick, lot } = symbol.listing;
        this.quoted(symbol, ticksOf(bid!, tick), lotsOf(bidQuantity!, lot), ticksOf(ask!, tick), lotsOf(askQuantity!, lot));
        break;
      }
      case 'trade': {
        const symbol = this.symbols.get(entry['symbol'] as string)!;
        this.traded(symbol, ticksOf(entry['price'] as string, symbol.listing.tick));
        break;
      }
      case 'market':
        for (const { symbol: name, walk, bids, asks, ...counts } of entry['symbols'] as MarketNote[]) {
          const symbol = this.symbols.get(name)!;
          symbol.market.load(walk);
          symbol.book.setOutsiders([...bids], [...asks]);
          Object.assign(symbol, counts);
        }
    }
  }

  /** After a restart: what was told since the newest note is not known, so counting goes on beyond it. */
  jumpCounts(): void {
    for (const symbol of this.symbols.values()) {
      symbol.trades += COUNT_JUMP;
      symbol.quotes += COUNT_JUMP;
    }
  }

  #end(order: VenueOrder, state: VenueOrder['state']): void {
    order.state = state;
    this.working.delete(order.id);
    this.ended.push(order);
  }
}

type MarketNote = Readonly<{
  symbol: string;
  walk: string;
  trades: number;
  quotes: number;
  last: number;
  bids: readonly Level[];
  asks: readonly Level[];
}>;

export const signOf = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1);
