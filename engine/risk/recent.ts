/** Orders approved lately on one account, and what the rate and duplicate controls ask of them without looking through them. */
import { SECOND_US, type TimeUs } from '../values.ts';
import type { OrderAsked, Recent, RecentOrder } from './facts.ts';

type Counts = { all: number; readonly strategies: Map<string, number>; readonly instruments: Map<string, number> };

export class RecentOrders implements Recent {
  /** Oldest first. */
  readonly #orders: RecentOrder[] = [];
  /** Those from here on are of the last second, as of the last question. */
  #second = 0;
  readonly #counts: Readonly<Record<'opening' | 'reducing', Counts>> = { opening: noCounts(), reducing: noCounts() };
  readonly #newest = new Map<string, RecentOrder>();

  constructor(orders: readonly RecentOrder[] = []) {
    for (const order of orders) this.#add(order);
  }

  get orders(): readonly RecentOrder[] {
    return this.#orders;
  }

  /** Takes one more, and forgets those that are not younger than this. */
  add(order: RecentOrder, keepUs: number): void {
    const orders = this.#orders;
    let old = 0;
    while (old < orders.length && orders[old]!.at <= order.at - keepUs) old += 1;
    for (let i = 0; i < old; i += 1) this.#forget(orders[i]!, i);
    orders.splice(0, old);
    this.#second = Math.max(0, this.#second - old);
    this.#add(order);
  }

  lastSecond(asked: OrderAsked, reducing: boolean, now: TimeUs): Readonly<{ all: number; own: number; same: number }> {
    const orders = this.#orders;
    for (; this.#second < orders.length && orders[this.#second]!.at <= now - SECOND_US; this.#second += 1)
      this.#count(orders[this.#second]!, -1);
    const { all, strategies, instruments } = this.#counts[reducing ? 'reducing' : 'opening'];
    return { all, own: strategies.get(asked.strategy) ?? 0, same: instruments.get(asked.instrument) ?? 0 };
  }

  newestTwin(asked: OrderAsked): TimeUs | null {
    return this.#newest.get(twinKey(asked, asked.terms.protects))?.at ?? null;
  }

  #add(order: RecentOrder): void {
    this.#orders.push(order);
    this.#newest.set(twinKey(order, order.protects), order);
    this.#count(order, 1);
  }

  #forget(order: RecentOrder, at: number): void {
    const key = twinKey(order, order.protects);
    if (this.#newest.get(key) === order) this.#newest.delete(key);
    if (at >= this.#second) this.#count(order, -1);
  }

  #count({ reducing, strategy, instrument }: RecentOrder, by: 1 | -1): void {
    const counts = this.#counts[reducing ? 'reducing' : 'opening'];
    counts.all += by;
    counts.strategies.set(strategy, (counts.strategies.get(strategy) ?? 0) + by);
    counts.instruments.set(instrument, (counts.instruments.get(instrument) ?? 0) + by);
  }
}

const noCounts = (): Counts => ({ all: 0, strategies: new Map(), instruments: new Map() });

/** What protects one fill is no twin of what protects another. */
const twinKey = (
  { strategy, instrument, side, type, lots, limit, stop }: Omit<RecentOrder, 'at' | 'reducing' | 'protects'>,
  protects: string | null = null,
): string => `${lots}|${limit}|${stop}|${side}|${type}|${strategy}|${instrument}|${protects ?? ''}`;
