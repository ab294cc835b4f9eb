/** An exchange without sockets or disk, told what to do in short lines, as a story: `quote 100/101`, `buy 3 limit 100`, `print sell 2 at 99`. */
import { lotsOf, minorText, ticksOf } from '#engine/decimal.ts';
import type { Minor, Side } from '#engine/values.ts';
import { Exchange, type ExchangeEvent, type ExchangeLog, type IdsRule } from '#infra/venues-local/exchange.ts';
import { ExchangeState, type LedgerEntry } from '#infra/venues-local/exchange-state.ts';
import { Listing, type ListingSpec } from '#infra/venues-local/listings.ts';
import { orderText } from '#infra/venues-local/orders.ts';
import { Refusal } from '#infra/venues-local/refusal.ts';

/** Ticks and lots of 1, no fees, so that a story's numbers are its money. */
export const PLAIN: ListingSpec = {
  ...{ symbol: 'X', tick: '1', lot: '1', multiplier: '1', currency: 'USD', currencyScale: 2, makerFee: 0, takerFee: 0 },
  ...{ homeTicks: 1_000, spreadTicks: 3, lots: 10 },
};

class MemoryLog implements ExchangeLog {
  readonly lines: string[] = [];

  next(): number {
    return this.lines.length + 1;
  }

  append(what: string, at: number, rest: string): number {
    return this.lines.push(`{"n":${this.next()},"at":${at},"what":"${what}",${rest}}`);
  }

  entries(): LedgerEntry[] {
    return this.lines.map((line) => JSON.parse(line) as LedgerEntry);
  }
}

type StoryOptions = Readonly<{ listing?: ListingSpec; cash?: bigint; ids?: IdsRule; seed?: number }>;

export class Told {
  readonly log = new MemoryLog();
  readonly exchange: Exchange;
  readonly listing: Listing;
  now = 1_000_000;
  readonly heard: ExchangeEvent[] = [];

  constructor({ listing = PLAIN, cash = 10_000_00n, ids = 'working', seed = 1 }: StoryOptions = {}) {
    const state = new ExchangeState();
    this.exchange = new Exchange({ state, log: this.log, clock: () => this.now, tell: (event) => this.heard.push(event), ids });
    state.seed = seed;
    this.log.append('began', this.now, `"seed":${seed},"instruments":${JSON.stringify([listing])}`);
    this.listing = new Listing(listing);
    state.list(this.listing);
    this.exchange.transfer(listing.currency, listing.currencyScale, cash, 'opening');
    this.heard.length = 0;
  }

  get symbol() {
    return this.exchange.state.symbols.get(this.listing.symbol)!;
  }

  /** One line of the story; answers what was told, or why it was refused. */
  do(line: string): string[] {
    this.heard.length = 0;
    try {
      this.#act(line.split(' '));
      this.exchange.now();
      return this.heard.flatMap((event) => this.#sentence(event));
    } catch (error) {
      if (error instanceof Refusal) return [`refused: ${error.code}`];
      throw error;
    }
  }

  /** What can be asked of the exchange: everything but how the market's numbers count. */
  truth(state: ExchangeState = this.exchange.state): object {
    const { orders, working, fills, transfers, account, symbols } = state;
    return {
      orders: orders.map((order) => `${orderText(order)} rank ${order.rank} fills ${order.fills.join()}`),
      working: [...working.keys()],
      fills: fills.length,
      transfers: transfers.length,
      balances: account.balances(),
      positions: account.positions().map(({ listing, lots, ticks }) => [listing.symbol, lots, ticks]),
      books: [...symbols.values()].map(({ book, last }) => [book.levels('buy'), book.levels('sell'), last]),
    };
  }

  balance(): string {
    const { currency, currencyScale } = this.listing.spec;
    return minorText(this.exchange.state.account.cash(currency) as Minor, currencyScale);
  }

  #act(words: readonly string[]): void {
    const { exchange, listing, symbol } = this;
    const lots = (text: string) => lotsOf(text, listing.lot);
    const ticks = (text: string) => ticksOf(text, listing.tick);
    const [verb = '', second = '', third = ''] = words;
    const named = (name: string): string | null => words[words.indexOf(name) + 1 || words.length] ?? null;
    const price = (name: string) => (named(name) === null ? null : ticks(named(name)!));
    switch (verb) {
      case 'quote': {
        const [bid = '', ask = ''] = second.split('/');
        const [bidLots = '1000', askLots = bidLots] = third === '' ? [] : third.split('/');
        exchange.quote(symbol, { ticks: ticks(bid), lots: lots(bidLots) }, { ticks: ticks(ask), lots: lots(askLots) });
        break;
      }
      case 'print':
        exchange.trade(symbol, second as Side, ticks(named('at')!), lots(third));
        break;
      case 'wait':
        this.now += Number(second) * 1_000_000;
        break;
      case 'step':
        exchange.step();
        break;
      case 'cancel':
        if (second === 'all') exchange.cancelAll(0);
        else exchange.cancel({ id: Number(second), clientId: null }, 0);
        break;
      case 'replace':
        exchange.replace(
          { id: Number(second), clientId: null },
          (order) => ({ lots: lots(third), limit: price('limit') ?? order.limit, stop: price('stop') ?? order.stop }),
          0,
        );
        break;
      case 'pay':
        exchange.transfer(listing.spec.currency, listing.spec.currencyScale, BigInt(second), 'test');
        break;
      default: {
        const [limit, stop, expires] = [price('limit'), price('stop'), named('for')];
        exchange.place(
          {
            ...{ clientId: named('as'), listing, side: verb as Side, lots: lots(second), limit, stop },
            type: limit !== null ? 'limit' : stop !== null ? 'stop' : 'market',
            reduceOnly: words.includes('reducing'),
            expiresAt: expires === null ? null : this.now + Number(expires) * 1_000_000,
          },
          0,
        );
      }
    }
  }

  #sentence(event: ExchangeEvent): string[] {
    switch (event.type) {
      case 'order': {
        const { id, state, filled, quantity, reason } = JSON.parse(event.text) as Record<string, string>; // as it then was
        if (event.what === 'acked') return [`#${id} acked`];
        return [
          `#${id} ${event.what}${state === event.what ? '' : ` (${state})`} ${filled}/${quantity}${reason === '' ? '' : `: ${reason}`}`,
        ];
      }
      case 'fill': {
        const { order, lots, ticks, maker } = event.fill;
        return [`#${order.id} ${order.side} ${this.listing.lotsText(lots)} at ${this.listing.priceText(ticks)}${maker ? ' as maker' : ''}`];
      }
      default:
        return [];
    }
  }
}

/** A story line by line, and what each led to. */
export function tell(lines: readonly string[], options: StoryOptions = {}): string {
  const told = new Told(options);
  const rows = lines.map((line) => `${line.padEnd(26)} → ${told.do(line).join(', ') || '—'}`);
  const lots = told.exchange.state.account.lotsOf(told.listing);
  return ['', ...rows, `holds ${lots}, cash ${told.balance()}`].join('\n');
}
