/** A small desk with a venue for the tests of trading: what was asked for rests, is refused, fills in parts or is cancelled, when it is told to. */
import type { OrderType } from '../../decisions.ts';
import type { Candle, Instrument } from '../../market/instrument.ts';
import type { Plain } from '../../record.ts';
import { DAY_US, type InstrumentId, MINUTE_US, type Minor, type OrderId, type Side, type SourceId, type TimeUs } from '../../values.ts';
import { type Intent, parametersOf, type Strategy, type StrategyEvent, type StrategyView, type Wake } from '../strategy.ts';

export const BTC = 'BTC' as InstrumentId;
const INSTRUMENT: Instrument = {
  id: BTC,
  version: 1,
  tick: '0.01',
  lot: '1',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds: [],
};

export type VenueOrder = {
  id: OrderId;
  side: Side;
  type: OrderType;
  lots: number;
  filled: number;
  price: number | null;
  reduceOnly: boolean;
  why: string;
  live: boolean;
  cancelling: boolean;
  replacing: { lots: number; price: number | null } | null;
};

export class VenueExample {
  at = DAY_US;
  price = 1_000;
  position = 0;
  orders: VenueOrder[] = [];
  alarm: number | null = null;
  watch: { above: number | null; below: number | null } = { above: null, below: null };
  equity = 1_000_000n;
  /** Whether approve refuses what is asked for next. */
  refuses = false;
  /** What was asked for, in words. */
  readonly told: string[] = [];
  readonly strategy: Strategy;
  /** Called with what all wakes of a fact want, before it is taken. */
  judged: (intents: readonly Intent[]) => void = () => {};
  newest: Wake = { conditions: [], intents: [] };
  #state: unknown;
  #next = 0;
  #late: Intent[] | null = null;
  readonly #parameters;
  readonly #subscriptions = [{ instrument: BTC, source: 'x' as SourceId, timeframeUs: MINUTE_US }];

  constructor(strategy: Strategy, given: Readonly<Record<string, unknown>> = {}) {
    this.strategy = strategy;
    this.#parameters = parametersOf(strategy, given);
    this.#state = strategy.start(this.#parameters, this.#subscriptions);
  }

  readonly #view: StrategyView = Object.defineProperty(
    {
      at: 0 as TimeUs,
      position: () => this.position,
      working: () => this.orders.reduce((sum, { side, lots, filled }) => sum + (side === 'buy' ? lots - filled : filled - lots), 0),
      orders: () => this.orders.map(({ id }) => id),
      price: () => this.price,
      instrument: () => INSTRUMENT,
      equity: () => this.equity as Minor,
    },
    'at',
    { get: () => this.at },
  );

  /** Saved as bytes would be, and loaded again. */
  restart(): void {
    const saved = JSON.parse(JSON.stringify(this.strategy.save(this.#state))) as Plain;
    this.#state = this.strategy.load(saved, this.#parameters, this.#subscriptions);
  }

  wake(event: StrategyEvent): void {
    const wake: Wake = { conditions: [], intents: [] };
    this.strategy.decide(this.#state, event, this.#view, wake);
    this.newest = wake;
    if (this.#late !== null) this.#late.push(...wake.intents);
    else this.#round(wake.intents);
  }

  #round(intents: readonly Intent[]): void {
    this.judged(intents);
    for (const intent of intents) this.#take(intent);
  }

  /** A bar closes in the fact that fills an order: the position is booked first, and what both wakes want is taken after them. */
  barWithFill(order: VenueOrder, lots: number, high: number, low: number, close: number): void {
    this.#late = [];
    const before = this.position;
    const part = Math.min(lots, order.lots - order.filled);
    this.position += order.side === 'buy' ? part : -part;
    order.filled += part;
    const remaining = order.lots - order.filled;
    if (remaining === 0) this.orders = this.orders.filter((other) => other !== order);
    this.bar(this.price, high, low, close);
    this.wake({ type: 'fill', order: order.id, instrument: BTC, side: order.side, lots: part, price: close, remaining });
    const intents = this.#late;
    this.#late = null;
    this.#round(intents);
    this.told.push(`(held ${before}, then ${this.position})`);
  }

  #take(intent: Intent): void {
    switch (intent.do) {
      case 'order': {
        const { side, type, lots, reduceOnly, why } = intent;
        const price = intent.stop ?? intent.limit;
        this.told.push(`${side} ${lots} ${type}${price === null ? '' : ` ${price}`} (${why})${reduceOnly ? '' : ' open'}`);
        const same = this.orders.reduce((sum, order) => sum + (order.side === side ? order.lots - order.filled : 0), 0);
        const reduces = this.position !== 0 && this.position > 0 === (side === 'sell') && same + lots <= Math.abs(this.position);
        if (this.refuses || (reduceOnly && !reduces)) return;
        const id = `7.${++this.#next}` as OrderId;
        this.orders.push({ id, side, type, lots, filled: 0, price, reduceOnly, why, live: false, cancelling: false, replacing: null });
        return;
      }
      case 'cancel': {
        this.told.push(`cancel ${intent.order} (${intent.why})`);
        const order = this.find(intent.order);
        if (order !== undefined) order.cancelling = true;
        return;
      }
      case 'replace': {
        const price = intent.stop ?? intent.limit;
        this.told.push(`replace ${intent.order}: ${intent.lots} at ${price} (${intent.why})`);
        const order = this.find(intent.order);
        if (order?.live && !order.cancelling && order.replacing === null && !this.refuses) order.replacing = { lots: intent.lots, price };
        return;
      }
      case 'watch':
        this.watch = { above: intent.above, below: intent.below };
        return;
      case 'alarm':
        this.alarm = Math.max(intent.at, this.at + 1_000);
    }
  }

  find(id: string): VenueOrder | undefined {
    return this.orders.find((order) => order.id === id);
  }

  /** What the venue has to say of an order: received, changed, cancelled. */
  answer(order: VenueOrder): void {
    this.at += 1_000;
    if (!order.live) order.live = true;
    else if (order.cancelling) this.orders = this.orders.filter((other) => other !== order);
    else if (order.replacing !== null) {
      if (order.replacing.lots > order.filled) [order.lots, order.price] = [order.replacing.lots, order.replacing.price];
      order.replacing = null;
    }
  }

  end(order: VenueOrder): void {
    this.at += 1_000;
    this.orders = this.orders.filter((other) => other !== order);
  }

  fill(order: VenueOrder, lots: number, price = order.price ?? this.price): void {
    this.at += 1_000;
    order.live = true;
    const part = Math.min(lots, order.lots - order.filled);
    order.filled += part;
    this.position += order.side === 'buy' ? part : -part;
    const remaining = order.lots - order.filled;
    if (remaining === 0) this.orders = this.orders.filter((other) => other !== order);
    this.wake({ type: 'fill', order: order.id, instrument: BTC, side: order.side, lots: part, price, remaining });
  }

  bar(open: number, high: number, low: number, close: number): void {
    this.at = Math.floor(this.at / MINUTE_US) * MINUTE_US + MINUTE_US;
    this.price = close;
    const end = this.at as TimeUs;
    const candle: Candle = { start: (end - MINUTE_US) as TimeUs, end, open, high, low, close, volume: 1, trades: 1, complete: true };
    this.wake({ type: 'bars', end, bars: [candle] });
  }

  trade(price: number): void {
    this.at += 1_000;
    this.price = price;
    const { above, below } = this.watch;
    if ((above === null || price < above) && (below === null || price > below)) return;
    this.watch = { above: null, below: null };
    this.wake({ type: 'level', instrument: BTC, price });
  }

  /** Lets time pass up to the alarm. */
  ring(): void {
    if (this.alarm === null) return;
    this.at = Math.max(this.at, this.alarm);
    this.alarm = null;
    this.wake({ type: 'alarm', at: this.at as TimeUs });
  }
}
