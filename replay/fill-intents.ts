/**
 * What each fill was meant at, and the stop of the trade it began: what the desk holds of its order as it fills, and the last price as the order
 * was decided. Reads the desk while it decides; changes nothing.
 */
import type { Desk } from '#actors/desk.ts';
import type { DecisionOf } from '#engine/decisions.ts';
import { type IntendedPrice, type RunFill, SET_OFF } from '#engine/run/result.ts';
import type { InstrumentId, Minor, OrderId, StrategyId } from '#engine/values.ts';
import type { SetOffLeg } from './set-off-told.ts';

export type FillDraft = { -readonly [K in keyof RunFill]: RunFill[K] };

export class FillIntents {
  readonly #desk: () => Desk;
  /** The last price as a market order was decided; of those that may still fill. */
  readonly #decidedAt = new Map<OrderId, number>();
  /** The fill that began the trade that is open, by strategy and instrument. */
  readonly #entries = new Map<string, FillDraft>();

  constructor(desk: () => Desk) {
    this.#desk = desk;
  }

  approved(decision: DecisionOf<'OrderApproved'>): void {
    const { order, instrument, side, orderType, stop } = decision;
    if (orderType === 'market') {
      const price = this.#desk().parts.markets.byId.get(instrument)?.reference ?? null;
      if (price !== null) this.#decidedAt.set(order, price);
      return;
    }
    // against the trade that is open, the first one: where it was to be given up when it began
    const entry = this.#entries.get(keyOf(decision));
    if (stop !== null && entry !== undefined && entry.side !== side) entry.stop ??= stop;
  }

  filled(decision: DecisionOf<'OrderFilled'>): RunFill {
    const { cause, index, at, instrument, strategy, order, side, lots, price, fee, maker, realised, position } = decision;
    const address = `${cause}.${index}`;
    const fill: FillDraft = {
      address,
      timeUs: at,
      instrument,
      strategy,
      order,
      side,
      lots,
      price,
      fee,
      maker,
      realised,
      intended: null,
      stop: null,
    };
    fill.intended = this.#intended(order);
    this.#moved(fill, position);
    return fill;
  }

  /** Meant at nothing: no order stands behind it. What is realised is booked to it later. */
  setOff({ at, of: instrument }: DecisionOf<'DifferenceFound'>, leg: SetOffLeg, address: string): FillDraft {
    const { side, lots, price, position } = leg;
    const strategy = leg.strategy as StrategyId;
    const fill: FillDraft = {
      ...{ address, timeUs: at, instrument: instrument as InstrumentId, strategy, order: SET_OFF, side, lots, price },
      ...{ fee: 0n as Minor, maker: false, realised: 0n as Minor, intended: null, stop: null },
    };
    this.#moved(fill, position);
    return fill;
  }

  #moved(fill: FillDraft, position: number): void {
    const before = position - (fill.side === 'buy' ? fill.lots : -fill.lots);
    if (position === 0) this.#entries.delete(keyOf(fill));
    else if (before === 0 || before > 0 !== position > 0) this.#entries.set(keyOf(fill), fill);
  }

  #intended(id: OrderId): IntendedPrice | null {
    const order = this.#desk().parts.orders.all.get(id);
    if (order === undefined) return null;
    const { limit, stop } = order.living.context;
    const meant = { market: this.#decidedAt.get(id), limit, stop, 'stop-limit': stop, trailing: order.venue?.stop }[order.type] ?? null;
    if (order.ended) this.#decidedAt.delete(id);
    return meant === null ? null : { price: meant, by: order.type };
  }
}

const keyOf = ({ strategy, instrument }: Readonly<{ strategy: string; instrument: string }>): string => `${strategy}|${instrument}`;
