/** What a document with `hold` wants to hold in each market, bar by bar, and the orders for the difference. */
import type { InstrumentId } from '../../values.ts';
import type { StrategyView, Wake } from '../strategy.ts';

/** The direction last decided, and the lots of size it was decided with. */
export type Holding = { direction: -1 | 0 | 1; size: number };
export type Leg = Readonly<{ instrument: InstrumentId; weight: number }>;

/** Market orders for what is missing; whatever works already counts as held. Legs in one instrument are one position. */
export function hold({ direction, size }: Holding, legs: readonly Leg[], view: StrategyView, wake: Wake, why: string): void {
  const wanted = new Map<InstrumentId, number>();
  for (const { instrument, weight } of legs) {
    const lots = Math.round(direction * size * weight);
    wanted.set(instrument, (wanted.get(instrument) ?? 0) + lots);
  }
  for (const [instrument, target] of wanted) {
    const held = view.position(instrument) + view.working(instrument);
    const difference = target - held;
    const numbers = [
      ['held', held],
      ['target', target + 0],
    ] as const;
    wake.conditions.push({ name: `holds ${instrument}`, holds: difference === 0, numbers });
    if (difference === 0 || !Number.isSafeInteger(difference)) continue;
    wake.intents.push({
      do: 'order',
      instrument,
      side: difference > 0 ? 'buy' : 'sell',
      type: 'market',
      lots: Math.abs(difference),
      limit: null,
      stop: null,
      expiresAt: null,
      reduceOnly: false,
      why,
    });
  }
}
