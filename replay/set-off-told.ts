/** What was set off against a trade of nobody's own, as the journal tells it: two fills at one price, without an order and without a fee. */
import type { DecisionOf } from '#engine/decisions.ts';
import type { Side } from '#engine/values.ts';

export type SetOffLeg = Readonly<{
  strategy: string;
  side: Side;
  lots: number;
  price: number /** Of the strategy, after it. */;
  position: number;
}>;

/** The strategy's leg, then that of nobody; null: another difference. It is told in words: who held what, and how much went at what price. */
export function setOffIn({ what, held, venue, resolution }: DecisionOf<'DifferenceFound'>): readonly [SetOffLeg, SetOffLeg] | null {
  const said = /^(\d+) set off at (-?\d+)$/.exec(resolution);
  const [owner, nobody] = [held, venue].map((words) => /^(.+) (-?\d+)$/.exec(words));
  if (what !== 'position' || said === null || owner == null || nobody == null) return null;
  const [lots, price, own] = [Number(said[1]), Number(said[2]), Number(owner[2])];
  const signed = Math.sign(own) * lots;
  const [closes, opens]: readonly [Side, Side] = own > 0 ? ['sell', 'buy'] : ['buy', 'sell'];
  return [
    { strategy: owner[1]!, side: closes, lots, price, position: own - signed },
    { strategy: nobody[1]!, side: opens, lots, price, position: Number(nobody[2]) + signed },
  ];
}
