/**
 * What an outside venue says: the truth as a desk holds it, then disturbed in every way §12.10 answers. Reads a reference desk's
 * state, so that names are real; the same seed says the same.
 */

import { ORDER_ENDS, type OrderState } from '#actors/order.ts';
import type { OrderType } from '#engine/decisions.ts';
import type { VenueOrderState } from '#engine/execution/broker.ts';
import type { SnapshotFill, SnapshotOrder, SnapshotPosition, SnapshotTransfer, VenueReport } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { RandomStream } from '#engine/random.ts';
import type { AccountId, InstrumentId, OrderId, Side } from '#engine/values.ts';
import { minorWorth } from './ledger.ts';

/** An order as a desk holds it. */
export type HeldOrder = Readonly<{
  order: OrderId;
  account: AccountId;
  strategy: string;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  reducing: boolean;
  clientId: string;
  value: OrderState;
  context: Readonly<{ lots: number; limit: number | null; stop: number | null; filled: number; wanted: number | null }>;
  fills: readonly string[];
}>;
/** What is read of a reference desk's state. */
export type HeldState = Readonly<{
  instruments: readonly Readonly<{ definition: Instrument; last: number | null }>[];
  gates: readonly Readonly<{ scope: string; of: string; value: string }>[];
  orders: readonly HeldOrder[];
  holdings: readonly Readonly<{ account: string; strategy: string; instrument: string; lots: number }>[];
  balances: readonly Readonly<{ account: string; currency: string; book: string; amount: bigint }>[];
}>;

export const isWorking = ({ value }: HeldOrder): boolean => !ORDER_ENDS.includes(value);
const ENDED_ROWS = ['cancelled', 'expired', 'rejected', 'filled'] as const;
const CURRENCY = 'USD';

/** What a snapshot is made of before it is written down. */
type Draft = {
  fills: SnapshotFill[];
  orders: SnapshotOrder[];
  missing: string[];
  transfers: SnapshotTransfer[];
  lots: Map<InstrumentId, number>;
  cash: bigint;
};

/** One account's venue. Fills, orders and transfers it has told before are told again now and then. */
export class OutsideVenue {
  readonly #stream: RandomStream;
  readonly #account: AccountId;
  readonly #told: { fills: SnapshotFill[]; orphans: SnapshotOrder[]; transfers: SnapshotTransfer[] } = {
    fills: [],
    orphans: [],
    transfers: [],
  };
  #count = 0;

  constructor(stream: RandomStream, account: AccountId) {
    this.#stream = stream;
    this.#account = account;
  }

  /** The body of a VenueSnapshot: nothing is disturbed, or something, or the cash is far from ours. */
  snapshot(held: HeldState, how: 'honest' | 'disturbed' | 'wrong'): object {
    const stream = this.#stream;
    const orders = held.orders.filter(({ account }) => account === this.#account);
    const draft: Draft = { fills: [], orders: [], missing: [], transfers: [], lots: new Map(), cash: 0n };
    for (const { definition } of held.instruments) draft.lots.set(definition.id, 0);
    for (const { account, instrument, lots } of held.holdings) {
      if (account === this.#account) draft.lots.set(instrument as InstrumentId, (draft.lots.get(instrument as InstrumentId) ?? 0) + lots);
    }
    for (const { account, currency, book, amount } of held.balances) {
      if (account === this.#account && currency === CURRENCY && book === 'cash') draft.cash += amount;
    }
    for (const order of orders) {
      if (!isWorking(order)) continue;
      const unsure = order.value === 'SENDING' || order.value === 'UNKNOWN';
      if (!unsure || stream.chance(0.6)) draft.orders.push(rowOf(order, 'working'));
      else if (order.value === 'UNKNOWN' && order.context.filled === 0) draft.missing.push(order.clientId);
    }
    if (how === 'wrong') draft.cash += 123_456n;
    if (how === 'disturbed') for (let i = stream.between(1, 3); i > 0; i -= 1) this.#disturb(draft, orders, held);
    return this.#written(draft, held);
  }

  #written(draft: Draft, held: HeldState): object {
    const stream = this.#stream;
    const positions: SnapshotPosition[] = [];
    for (const [instrument, lots] of draft.lots) {
      if (lots !== 0 || stream.chance(0.3))
        positions.push({ instrument, lots, price: stream.chance(0.6) ? this.#near(held, instrument) : null });
    }
    if (positions.length > 0 && stream.chance(0.05)) positions.push({ ...positions[0], lots: positions[0].lots + 1 }); // the first counts
    const balances = [{ currency: CURRENCY, amount: String(draft.cash) }];
    if (stream.chance(0.2)) balances.unshift({ currency: 'EUR', amount: String(stream.between(0, 99)) });
    const { fills, orders, missing, transfers } = draft;
    return { type: 'VenueSnapshot', account: this.#account, fills, orders, missing, transfers, positions, balances };
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#stream.below(list.length)] as T;
  }

  #near(held: HeldState, instrument: InstrumentId): number {
    const last = held.instruments.find(({ definition }) => definition.id === instrument)?.last ?? 1000;
    return last + this.#stream.between(-5, 5);
  }

  #name(what: string): string {
    this.#count += 1;
    return `${what}${this.#count}`;
  }

  /** A fill the desk has not, and what it does to the venue's position and cash: told mostly. */
  #fill(draft: Draft, held: HeldState, of: { name: string; instrument: InstrumentId; side: Side; most: number }): SnapshotFill {
    const { name, instrument, side } = of;
    const lots = this.#stream.between(1, Math.max(1, of.most));
    const price = this.#near(held, instrument);
    const fee = this.#stream.between(0, 9);
    const fill: SnapshotFill = {
      id: this.#name('v'),
      name,
      instrument,
      side,
      lots,
      price,
      fee: String(fee),
      maker: this.#stream.chance(0.5),
    };
    draft.fills.push(fill);
    this.#told.fills.push(fill);
    const definition = held.instruments.find((one) => one.definition.id === instrument)?.definition;
    if (definition === undefined || definition.currency !== CURRENCY || this.#stream.chance(0.1)) return fill;
    const sign = side === 'buy' ? 1 : -1;
    draft.lots.set(instrument, (draft.lots.get(instrument) ?? 0) + sign * lots);
    draft.cash -= BigInt(sign) * minorWorth(definition, lots, price) + BigInt(fee);
    return fill;
  }

  #disturb(draft: Draft, orders: readonly HeldOrder[], held: HeldState): void {
    const stream = this.#stream;
    const working = orders.filter(isWorking);
    const ended = orders.filter((order) => !isWorking(order));
    const instruments = held.instruments.map(({ definition }) => definition.id);
    const alter = (order: HeldOrder, row: SnapshotOrder): void => {
      draft.orders = [...draft.orders.filter(({ name }) => name !== order.clientId), row];
    };
    const some = (list: readonly HeldOrder[], then: (order: HeldOrder) => void): void => {
      if (list.length > 0) then(this.#one(list.slice(-8)));
    };
    const doings: readonly (() => void)[] = [
      // fills
      () =>
        some(working, (order) => {
          const { clientId: name, instrument, side, context } = order;
          const fill = this.#fill(draft, held, { name, instrument, side, most: context.lots - context.filled });
          const filled = context.filled + fill.lots;
          alter(order, { ...rowOf(order, filled >= context.lots ? 'filled' : 'working'), filled });
        }),
      () => some(ended, ({ clientId: name, instrument, side }) => void this.#fill(draft, held, { name, instrument, side, most: 2 })),
      () =>
        some(
          orders.filter(({ fills }) => fills.length > 0),
          (order) => {
            const { clientId: name, instrument, side } = order;
            draft.fills.push({ id: this.#one(order.fills), name, instrument, side, lots: 1, price: 1000, fee: '0', maker: false });
          },
        ),
      () =>
        some(working, ({ clientId: name, instrument, side }) => {
          const wrong = stream.chance(0.5)
            ? { side: side === 'buy' ? ('sell' as const) : ('buy' as const), instrument }
            : { side, instrument: this.#one(instruments) };
          draft.fills.push({ id: this.#name('w'), name, ...wrong, lots: 1, price: 1000, fee: '0', maker: false });
        }),
      () => void this.#fill(draft, held, { name: this.#name('ghost'), instrument: this.#one(instruments), side: this.#side(), most: 3 }),
      () => void this.#fill(draft, held, { name: this.#name('ghost'), instrument: this.#one(instruments), side: this.#side(), most: 3 }),
      () => {
        if (this.#told.fills.length > 0) draft.fills.push(this.#one(this.#told.fills));
      },
      // orders
      () => this.#orphan(draft, held),
      () => this.#orphan(draft, held),
      () => {
        if (this.#told.orphans.length > 0) draft.orders.push(this.#one(this.#told.orphans));
      },
      () => some(working, (order) => alter(order, rowOf(order, this.#one(['cancelled', 'expired', 'rejected'])))),
      () => some(working.filter(isStop), (order) => alter(order, rowOf(order, this.#one(['cancelled', 'expired'])))),
      () =>
        some(working, (order) => {
          const { filled, lots } = order.context;
          alter(order, { ...rowOf(order, 'filled'), lots: Math.max(1, this.#one([filled, filled, lots])) });
        }),
      () => some(working, (order) => alter(order, { ...rowOf(order, this.#one(ENDED_ROWS)), filled: order.context.filled + 1 })),
      () =>
        some(
          working.filter(({ value }) => value === 'LIVE'),
          (order) => alter(order, this.#changed(order, held)),
        ),
      () =>
        some(
          working.filter(({ value }) => value === 'LIVE'),
          (order) => alter(order, this.#changed(order, held)),
        ),
      () =>
        some(working, (order) =>
          alter(order, { ...this.#changed(order, held), filled: Math.max(0, order.context.filled + this.#one([-1, 1])) }),
        ),
      () => some(ended, (order) => alter(order, rowOf(order, this.#one(['working', ...ENDED_ROWS])))),
      () => some(orders, ({ clientId }) => void draft.missing.push(clientId)),
      () =>
        some(
          working.filter(({ value }) => value === 'UNKNOWN'),
          ({ clientId }) => {
            draft.orders = draft.orders.filter(({ name }) => name !== clientId);
            draft.missing.push(clientId);
          },
        ),
      () => void draft.missing.push(this.#name('nobody')),
      // money
      () => this.#transfer(draft, CURRENCY),
      () => this.#transfer(draft, this.#one([CURRENCY, 'EUR'])),
      () => {
        if (this.#told.transfers.length > 0) draft.transfers.push(this.#one(this.#told.transfers));
      },
      () => {
        const instrument = this.#one(instruments);
        draft.lots.set(instrument, (draft.lots.get(instrument) ?? 0) + this.#one([-2, -1, 1, 2]));
      },
      () => void (draft.cash += BigInt(stream.between(-30, 30))),
      () => void (draft.cash += BigInt(stream.between(-30, 30))),
      () => void (draft.cash += BigInt(stream.between(-5000, 5000))),
      // what is not defined
      () => {
        const unknown = 'DOGE' as InstrumentId;
        draft.fills.push({
          id: this.#name('d'),
          name: 'ghost',
          instrument: unknown,
          side: 'buy',
          lots: 1,
          price: 5,
          fee: '0',
          maker: false,
        });
        draft.orders.push({ ...row('doge', unknown), name: this.#name('doge') });
        draft.lots.set(unknown, 3);
      },
    ];
    this.#one(doings)();
  }

  #side(): Side {
    return this.#stream.chance(0.5) ? 'buy' : 'sell';
  }

  #orphan(draft: Draft, held: HeldState): void {
    const instrument = this.#one(held.instruments).definition.id;
    const type = this.#one<OrderType>(['limit', 'limit', 'stop', 'market']);
    const lots = this.#stream.between(1, 5);
    const name = this.#name('orphan');
    const side = this.#side();
    const filled = lots > 1 && this.#stream.chance(0.3) ? this.#fill(draft, held, { name, instrument, side, most: lots - 1 }).lots : 0;
    const limit = type === 'limit' ? this.#near(held, instrument) : null;
    const stop = type === 'stop' ? this.#near(held, instrument) : null;
    const orphan: SnapshotOrder = { ...row(name, instrument), side, type, lots, limit, stop, filled };
    draft.orders.push(orphan);
    this.#told.orphans.push(orphan);
  }

  /** A working order with other terms than the desk knows. */
  #changed(order: HeldOrder, held: HeldState): SnapshotOrder {
    const { lots, filled, limit, stop } = order.context;
    const other = this.#stream.chance(0.5) ? Math.max(1, filled + this.#stream.between(0, 3)) : lots;
    const near = this.#near(held, order.instrument);
    return { ...rowOf(order, 'working'), lots: other, limit: limit === null ? null : near, stop: stop === null ? null : near };
  }

  #transfer(draft: Draft, currency: string): void {
    const amount = this.#one([0, 1, -1, 1, -1]) * this.#stream.between(1, 900);
    const transfer = { id: this.#name('t'), currency, amount: String(amount), why: this.#one(['deposit', 'funding', 'interest']) };
    draft.transfers.push(transfer);
    this.#told.transfers.push(transfer);
    if (currency === CURRENCY && this.#stream.chance(0.85)) draft.cash += BigInt(amount);
  }

  /** What it says by itself of an order, mostly as a venue would; null: nothing. */
  report(order: HeldOrder, held: HeldState): VenueReport | null {
    const stream = this.#stream;
    const { lots, filled, wanted, limit, stop } = order.context;
    const fill = (most: number): VenueReport => ({
      kind: 'Filled',
      fill: this.#name('b'),
      lots: stream.between(1, Math.max(1, most)),
      price: this.#near(held, order.instrument),
      fee: String(stream.between(0, 9)),
      maker: stream.chance(0.5),
    });
    const whole = (): VenueReport => ({ ...fill(1), lots: Math.max(1, lots - filled) }) as VenueReport;
    switch (order.value) {
      case 'SENDING':
        return this.#one<VenueReport>([
          { kind: 'Acked' },
          { kind: 'Acked' },
          { kind: 'Acked' },
          { kind: 'Acked' },
          whole(),
          { kind: 'Lost' },
          { kind: 'Rejected', reason: 'venue' },
        ]);
      case 'LIVE':
        if (isStop(order))
          return this.#one<VenueReport>([
            { kind: 'Cancelled' },
            { kind: 'Cancelled' },
            { kind: 'Expired' },
            { kind: 'Expired' },
            { kind: 'Lost' },
            fill(1),
            whole(),
          ]);
        if (order.type === 'market') return stream.chance(0.7) ? whole() : fill(lots - filled);
        return this.#one<VenueReport>([fill(lots - filled), whole(), { kind: 'Cancelled' }, { kind: 'Lost' }]);
      case 'CANCEL_PENDING':
        return this.#one<VenueReport>([
          { kind: 'Cancelled' },
          { kind: 'Cancelled' },
          { kind: 'CancelRejected', reason: 'venue' },
          { kind: 'Lost' },
          whole(),
        ]);
      case 'REPLACE_PENDING':
        return this.#one<VenueReport>([
          { kind: 'Replaced', lots: wanted ?? lots, limit, stop },
          { kind: 'ReplaceRejected', reason: 'venue' },
          { kind: 'Cancelled' },
          { kind: 'Lost' },
        ]);
      case 'UNKNOWN':
        return this.#one<VenueReport>([{ kind: 'Acked' }, { kind: 'Cancelled' }, { kind: 'Expired' }, { kind: 'NeverExisted' }, fill(1)]);
      default:
        return this.#stream.chance(0.1) ? fill(2) : null;
    }
  }
}

/** A stop that only takes risk away. */
export const isStop = ({ type, reducing }: HeldOrder): boolean => type === 'stop' && reducing;

const row = (name: string, instrument: InstrumentId): SnapshotOrder => ({
  name,
  instrument,
  side: 'buy',
  type: 'limit',
  lots: 1,
  limit: 990,
  stop: null,
  filled: 0,
  state: 'working',
  reason: '',
});

function rowOf({ clientId: name, instrument, side, type, context }: HeldOrder, state: VenueOrderState): SnapshotOrder {
  const { lots, limit, stop, filled } = context;
  return { name, instrument, side, type, lots, limit, stop, filled, state, reason: state === 'rejected' ? 'venue' : '' };
}
