/** A strategy that does what a signal says: tests hand their orders in as signals, so that they pass through all that orders pass. */
import type { TimeInForce } from '#engine/execution/order-terms.ts';
import type { Intent, Strategy, StrategyCatalogue, StrategyView } from '#engine/strategy/strategy.ts';
import { type InstrumentId, type Side, sha256 } from '#engine/values.ts';

export const ORDERED_VERSION = sha256('0d'.repeat(32));

export type Wanted =
  | Readonly<{
      do: 'order';
      instrument: string;
      side: Side;
      type: 'market' | 'limit' | 'stop';
      lots: number;
      price: number | null;
      reduceOnly?: boolean;
      timeInForce?: TimeInForce;
    }>
  /** The so-many-eth of its own working orders of the instrument, counted round. */
  | Readonly<{ do: 'cancel'; instrument: string; nth: number }>
  | Readonly<{ do: 'replace'; instrument: string; nth: number; lots: number; price: number | null; stop: number | null }>;

export const orderedStrategy: Strategy<null> = {
  name: 'ordered',
  about: 'Does what its signals say.',
  parameters: {},
  subscriptions: null,
  warmup: () => 0,
  wantsFills: false,
  start: () => null,
  decide(_, event, view, wake) {
    if (event.type !== 'signal') return;
    for (const wanted of event.payload as unknown as readonly Wanted[]) {
      const intent = intentOf(wanted, view);
      if (intent !== null) wake.intents.push(intent);
    }
    wake.conditions.push({ name: event.signal, holds: true, numbers: [] });
  },
  save: () => null,
  load: () => null,
};

function intentOf(wanted: Wanted, view: StrategyView): Intent | null {
  const instrument = wanted.instrument as InstrumentId;
  if (wanted.do === 'order') {
    const { side, type, lots, price, reduceOnly = false, timeInForce } = wanted;
    const limit = type === 'limit' ? price : null;
    return {
      do: 'order',
      instrument,
      side,
      type,
      lots,
      limit,
      stop: type === 'stop' ? price : null,
      expiresAt: null,
      reduceOnly,
      ...(timeInForce === undefined ? {} : { timeInForce }),
      why: 'asked',
    };
  }
  const own = view.orders(instrument);
  if (own.length === 0) return null;
  const order = own[wanted.nth % own.length]!;
  if (wanted.do === 'cancel') return { do: 'cancel', order, why: 'asked' };
  return { do: 'replace', order, lots: wanted.lots, limit: wanted.price, stop: wanted.stop, why: 'asked' };
}

export const orderedCatalogue: StrategyCatalogue = (name, version) =>
  name === orderedStrategy.name && version === ORDERED_VERSION ? orderedStrategy : null;
