/**
 * Fills the topics of a desk: hears its decisions and its facts, notes whose rows they touch, and reads those rows from the desk when the
 * window closes. What is told is therefore what the desk holds, in whatever order it came about.
 */
import type { Desk } from '#actors/desk.ts';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import { type Block, FLAG_BUY, FLAG_SELL, type MarketFrame } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { RecordedBook, type SavedRecordedBook } from '#engine/market/recorded-book.ts';
import type { InstrumentId } from '#engine/values.ts';
import { measuresOf } from '#replay/picture.ts';
import type { RowOf } from '../contracts/rows.ts';
import type { ChannelKind, RowTexts } from './channel.ts';
import { bookOf, decisionOf, equityOf, feedOf, gateOf, orderOf, positionOf, priceOf, quoteOf, sizeOf, strategyOf } from './desk-rows.ts';
import type { Hub } from './hub.ts';

const NEWEST: ChannelKind = { keeps: 'newest' };
/** What a snapshot holds of what only grows. */
const TRADES = { keeps: 'grows', rows: 200 } as const satisfies ChannelKind;
const DECISIONS = { keeps: 'grows', rows: 300 } as const satisfies ChannelKind;
const ALERTS = { keeps: 'grows', rows: 100 } as const satisfies ChannelKind;
/** Closed candles of one source and length. */
const CANDLES_KEPT = 200;
const TOLD_ALL = Number.POSITIVE_INFINITY;
/** Orders that have ended: of what works, all are told. */
const ENDED_KEPT = 200;
const ALL = '*';

/** What a desk does not say of itself, at one moment: what was told of its past. Another life of the same desk goes on from it. */
export type TopicsMemory = Readonly<{
  /** Of the topics that hold a past, by topic and what it is about. */
  rows: readonly (readonly [topic: PastTopic, of: string, rows: RowTexts])[];
  ended: readonly string[];
  definitions: ReadonlyMap<string, Instrument>;
  incomplete: readonly string[];
  reasonSince: ReadonlyMap<string, number>;
  feedMoved: ReadonlyMap<string, Since>;
  quoteLots: ReadonlyMap<string, readonly [number, number]>;
  books: ReadonlyMap<string, Readonly<{ saved: SavedRecordedBook; at: number }>>;
}>;
const PAST = { orders: NEWEST, candles: NEWEST, trades: TRADES, decisions: DECISIONS, alerts: ALERTS } as const;
type PastTopic = keyof typeof PAST;
type Since = Readonly<{ why: string; at: number }>;

export type TopicsOptions = Readonly<{
  /** `each`: of what grows, all is told. `newest`: no more within one window than a snapshot would hold, which is for days that are played fast. */
  tells?: 'each' | 'newest';
  memory?: TopicsMemory | null;
}>;

/** Trades of one instrument that are not told yet. */
type Traded = Readonly<{ first: number; block: Block; offsets: Uint32Array; definition: Instrument; rejected: ReadonlySet<number> | null }>;

export class DeskTopics {
  readonly #hub: Hub;
  #desk: Desk;
  readonly #tells: 'each' | 'newest';
  readonly #durable: () => number;
  readonly #orders = new Set<string>();
  /** Ended and told, the oldest first. */
  readonly #ended = new Set<string>();
  /** Instruments by version, as far as they were seen: an ended order is told in the ticks it was made in. */
  readonly #definitions = new Map<string, Instrument>();
  /** Numbers of facts that were rejected and not told of yet. */
  readonly #rejected = new Set<number>();
  /** Keys of those that are told and not flat. */
  readonly #positions = new Set<string>();
  readonly #candleKeys = new Map<string, Set<string>>();
  /** Of those that are told: amending does not make them whole. */
  readonly #incomplete = new Set<string>();
  /** When a reason was first given, and when a feed last moved, in this life. */
  readonly #reasonSince = new Map<string, number>();
  readonly #feedMoved = new Map<string, Since>();
  readonly #quoteLots = new Map<string, readonly [number, number]>();
  /** Of instruments whose primary source tells of its book; `touched`: since it was told last. */
  readonly #books = new Map<string, { book: RecordedBook; at: number; touched: boolean }>();
  /** Trades of one window, where only the newest are told. */
  readonly #traded = new Map<string, Traded[]>();
  /** Of the window that is open. An account's first posting comes before the account: told at the end, every name in it is known. */
  readonly #untold: Decision[] = [];
  readonly #channels;

  constructor(hub: Hub, desk: Desk, durable: () => number, { tells = 'each', memory = null }: TopicsOptions = {}) {
    this.#hub = hub;
    this.#desk = desk;
    this.#tells = tells;
    this.#durable = durable;
    this.#channels = {
      feeds: hub.channel('feeds', ALL, NEWEST),
      gate: hub.channel('gate', ALL, NEWEST),
      orders: hub.channel('orders', ALL, NEWEST),
      positions: hub.channel('positions', ALL, NEWEST),
      equity: hub.channel('equity', ALL, NEWEST),
      decisions: hub.channel('decisions', ALL, DECISIONS),
      alerts: hub.channel('alerts', ALL, ALERTS),
      journal: hub.channel('journal', ALL, NEWEST),
      system: hub.channel('system', ALL, NEWEST),
    };
    if (memory !== null) this.#remember(memory);
    else {
      const ended = [...desk.parts.orders.all.values()].filter((order) => order.ended).sort((a, b) => a.changedAt - b.changedAt);
      for (const { id } of ended.slice(-ENDED_KEPT)) this.#orders.add(id);
    }
    hub.before(() => this.#read());
    hub.changed();
  }

  /** A branch goes on with another desk than the one it shared with its baseline. */
  goOnWith(desk: Desk): void {
    this.#desk = desk;
  }

  /** Right after a window was closed. */
  save(): TopicsMemory {
    return {
      rows: (Object.keys(PAST) as PastTopic[]).flatMap((topic) =>
        this.#hub.channelsOf(topic).map((channel) => [topic, channel.of, channel.save()] as const),
      ),
      ended: [...this.#ended],
      definitions: new Map(this.#definitions),
      incomplete: [...this.#incomplete],
      reasonSince: new Map(this.#reasonSince),
      feedMoved: new Map(this.#feedMoved),
      quoteLots: new Map(this.#quoteLots),
      books: new Map([...this.#books].map(([id, { book, at }]) => [id, { saved: book.save(), at }])),
    };
  }

  #remember({ rows, ended, definitions, incomplete, reasonSince, feedMoved, quoteLots, books }: TopicsMemory): void {
    for (const [id, { saved, at }] of books) {
      const book = new RecordedBook();
      book.load(saved);
      this.#books.set(id, { book, at, touched: true });
    }
    for (const [topic, of, texts] of rows) {
      this.#hub.channel(topic, of, PAST[topic]).replace(texts);
      if (topic !== 'candles') continue;
      for (let i = 0; i < texts.length; i += 2) {
        const key = texts[i]!;
        const name = `${of} ${key.slice(0, key.lastIndexOf(' '))}`;
        const keys = this.#candleKeys.get(name) ?? new Set();
        this.#candleKeys.set(name, keys.add(key));
      }
    }
    for (const id of ended) this.#ended.add(id);
    for (const [name, definition] of definitions) this.#definitions.set(name, definition);
    for (const key of incomplete) this.#incomplete.add(key);
    for (const [key, at] of reasonSince) this.#reasonSince.set(key, at);
    for (const [key, moved] of feedMoved) this.#feedMoved.set(key, moved);
    for (const [id, lots] of quoteLots) this.#quoteLots.set(id, lots);
  }

  /** Before `took` of the facts it comes from. */
  decided(decision: Decision): void {
    if (decision.type === 'Defined') this.#tell(); // what came before it is told in the measures it was made in
    this.#untold.push(decision);
    if (this.#tells === 'newest' && this.#untold.length > 2 * DECISIONS.rows) this.#untold.splice(0, this.#untold.length - DECISIONS.rows);
    switch (decision.type) {
      case 'CandleClosed':
      case 'CandleAmended':
        this.#candle(decision);
        break;
      case 'TickRejected':
        this.#rejected.add(decision.cause);
        break;
      case 'Defined':
        if (decision.what === 'instrument') {
          this.#quoteLots.delete(decision.of);
          const held = this.#books.get(decision.of);
          if (held !== undefined) this.#books.set(decision.of, { ...held, book: new RecordedBook(), touched: true }); // its ticks are others now
          const definition = this.#desk.parts.markets.byId.get(decision.of as InstrumentId)?.definition;
          if (definition !== undefined) this.#definitions.set(`${definition.id} ${definition.version}`, definition);
        }
        break;
      case 'FeedMoved':
        this.#feedMoved.set(`${decision.instrument} ${decision.source}`, { why: decision.why, at: decision.at });
        break;
      case 'GateMoved':
        this.#reasons(decision);
        break;
      case 'Alerted': {
        const { at, severity, topic, text } = decision;
        this.#channels.alerts.put(addressOf(decision), { at, severity, topic, text });
        break;
      }
      case 'OrderApproved':
      case 'OrderAdopted':
      case 'OrderQualified':
      case 'OrderRequested':
      case 'OrderMoved':
      case 'OrderFilled':
      case 'OrderRetired':
        this.#orders.delete(decision.order); // in the order of their last change, wherever windows close
        this.#orders.add(decision.order);
        break;
    }
    this.#hub.changed();
  }

  /** Facts that have taken effect. */
  took({ first, blocks, offsets }: MarketFrame): void {
    blocks.forEach((block, which) => {
      const market = this.#desk.parts.markets.byId.get(block.instrument);
      const [primary] = market?.feeds ?? [];
      if (market === undefined || primary?.spec.source !== block.source) return;
      if (block.kind === 'quote' && block.count > 0) {
        const [, bidLots, , askLots] = block.values;
        let newest = block.count - 1;
        while (newest >= 0 && this.#rejected.has(first + offsets[which]![newest]!)) newest -= 1;
        if (newest >= 0) this.#quoteLots.set(block.instrument, [bidLots![newest]!, askLots![newest]!]);
      }
      if (block.kind === 'book') this.#book(block, first, offsets[which]!);
      if (block.kind !== 'trade') return;
      const rejected = this.#rejected.size === 0 ? null : new Set(this.#rejected);
      const traded: Traded = { first, block, offsets: offsets[which]!, definition: market.definition, rejected };
      if (this.#tells === 'each') this.#trades(traded, TOLD_ALL);
      else this.#later(traded);
    });
    this.#rejected.clear();
    this.#hub.changed();
  }

  #book({ instrument, count, at, venueTime, flags, values }: Block, first: number, offsets: Uint32Array): void {
    let held = this.#books.get(instrument);
    if (held === undefined) this.#books.set(instrument, (held = { book: new RecordedBook(), at: 0, touched: true }));
    const [prices, lots] = values as [Float64Array, Float64Array];
    for (let i = 0; i < count; i++)
      if (!this.#rejected.has(first + offsets[i]!)) held.book.take(flags[i]!, venueTime[i]!, prices[i]!, lots[i]!);
    held.at = at[count - 1]!;
    held.touched = true;
  }

  /** No more waits than what is told of it. */
  #later(traded: Traded): void {
    const waiting = this.#traded.get(traded.block.instrument) ?? [];
    this.#traded.set(traded.block.instrument, waiting);
    waiting.push(traded);
    let count = 0;
    for (let i = waiting.length - 1; i >= 0; i--) {
      if (count >= TRADES.rows) {
        waiting.splice(0, i + 1);
        return;
      }
      count += waiting[i]!.block.count - (waiting[i]!.rejected?.size ?? 0);
    }
  }

  /** The last so many of them. */
  #trades({ first, block, offsets, definition, rejected }: Traded, most: number): void {
    const channel = this.#hub.channel('trades', block.instrument, TRADES);
    const [prices, sizes] = block.values as [Float64Array, Float64Array];
    for (let i = Math.max(0, block.count - most - (rejected?.size ?? 0)); i < block.count; i++) {
      const flags = block.flags[i]!;
      const seq = first + offsets[i]!;
      if (rejected?.has(seq)) continue;
      channel.put(String(seq), {
        at: block.at[i],
        venueTime: block.venueTime[i],
        price: priceOf(prices[i]!, definition),
        lots: sizeOf(sizes[i]!, definition),
        side: (flags & FLAG_BUY) !== 0 ? 'buy' : (flags & FLAG_SELL) !== 0 ? 'sell' : null,
      });
    }
  }

  #tell(): void {
    if (this.#untold.length === 0) return;
    const measures = measuresOf(this.#desk.parts);
    const told = this.#tells === 'each' ? this.#untold : this.#untold.slice(-DECISIONS.rows);
    for (const decision of told) this.#channels.decisions.put(addressOf(decision), decisionOf(decision, measures));
    this.#untold.length = 0;
  }

  /** What is read when a window closes. */
  #read(): void {
    for (const waiting of this.#traded.values()) for (const traded of waiting) this.#trades(traded, TRADES.rows);
    this.#traded.clear();
    this.#tell();
    const { parts } = this.#desk;
    const { markets, gates, accounts, orders, strategies } = parts;
    const { feeds, gate, equity, journal, system } = this.#channels;
    for (const market of markets.all) {
      const { id } = market.definition;
      this.#definitions.set(`${id} ${market.definition.version}`, market.definition);
      this.#hub.channel('quotes', id, NEWEST).put(id, quoteOf(market, this.#quoteLots.get(id) ?? null));
      this.#hub.channel('trades', id, TRADES);
      this.#hub.channel('candles', id, NEWEST);
      const book = this.#books.get(id);
      if (book?.touched) this.#hub.channel('book', id, NEWEST).put('book', bookOf(market, book.book, book.at));
      if (book !== undefined) book.touched = false;
      for (const feed of market.feeds) {
        const key = `${id} ${feed.spec.source}`;
        feeds.put(key, feedOf(feed, this.#feedMoved.get(key) ?? null));
      }
    }
    for (const one of gates.all) {
      const key = `${one.scope} ${one.of}`;
      gate.put(
        key,
        gateOf(parts, one, (cause, of) => this.#reasonSince.get(`${key} ${cause}:${of}`) ?? null),
      );
    }
    // a working order changes without a decision of its own: a stop trails the price, a venue's snapshot has other terms
    for (const { id } of orders.working) this.#orders.add(id);
    for (const id of this.#orders) {
      const order = orders.all.get(id);
      if (order === undefined || order.ended) this.#ended.delete(id); // what is touched last stays longest
      if (order?.ended) this.#ended.add(id);
      const made =
        order === undefined ? null : (this.#definitions.get(`${order.market.definition.id} ${order.version}`) ?? order.market.definition);
      this.#channels.orders.put(id, order === undefined ? null : orderOf(order, made!));
    }
    this.#orders.clear();
    for (const id of this.#ended) {
      if (this.#ended.size <= ENDED_KEPT) break;
      this.#ended.delete(id);
      this.#channels.orders.put(id, null);
    }
    const flat = new Set(this.#positions);
    for (const account of accounts.all) {
      const { id } = account.spec;
      equity.put(id, equityOf(parts, account));
      for (const held of accounts.ledger.holdings(id)) {
        const key = `${id} ${held.strategy} ${held.instrument}`;
        this.#positions.add(key);
        flat.delete(key);
        this.#channels.positions.put(key, positionOf(parts, held));
      }
    }
    for (const key of flat) {
      this.#positions.delete(key);
      this.#channels.positions.put(key, null);
    }
    for (const strategy of strategies.all) system.put(`strategy ${strategy.id}`, strategyOf(strategy));
    const { cause, at } = parts.core;
    journal.put('journal', { seq: cause, at, durable: this.#durable() });
  }

  #candle(decision: DecisionOf<'CandleClosed'> | DecisionOf<'CandleAmended'>): void {
    const { instrument, source, timeframeUs, start, end, open, high, low, close, volume, trades, cause } = decision;
    const market = this.#desk.parts.markets.byId.get(instrument);
    if (market === undefined) return;
    const channel = this.#hub.channel('candles', instrument, NEWEST);
    const { definition } = market;
    const [series, key] = [`${source} ${timeframeUs}`, `${source} ${timeframeUs} ${start}`];
    const row: RowOf<'candles'> = {
      ...{ source, timeframeUs, start, end },
      ...{
        open: priceOf(open, definition),
        high: priceOf(high, definition),
        low: priceOf(low, definition),
        close: priceOf(close, definition),
      },
      ...{ volume: sizeOf(volume, definition), trades, seq: cause },
      complete: decision.type === 'CandleAmended' ? !this.#incomplete.has(`${instrument} ${key}`) : decision.complete,
      version: decision.type === 'CandleAmended' ? decision.version : 1,
    };
    const name = `${instrument} ${series}`;
    const keys = this.#candleKeys.get(name) ?? new Set();
    this.#candleKeys.set(name, keys);
    if (decision.type === 'CandleAmended') {
      if (keys.has(key)) channel.put(key, row); // of one that is not told any more, or closed before this life, nobody knows whether it was whole
      return;
    }
    channel.put(key, row);
    if (!decision.complete) this.#incomplete.add(`${instrument} ${key}`);
    keys.add(key);
    for (const oldest of keys) {
      if (keys.size <= CANDLES_KEPT) break;
      keys.delete(oldest);
      this.#incomplete.delete(`${instrument} ${oldest}`);
      channel.put(oldest, null);
    }
  }

  #reasons({ scope, of, reasons, at }: DecisionOf<'GateMoved'>): void {
    const before = `${scope} ${of} `;
    const now = new Set(reasons.map((reason) => before + reason));
    for (const key of this.#reasonSince.keys()) if (key.startsWith(before) && !now.has(key)) this.#reasonSince.delete(key);
    for (const key of now) if (!this.#reasonSince.has(key)) this.#reasonSince.set(key, at);
  }
}
