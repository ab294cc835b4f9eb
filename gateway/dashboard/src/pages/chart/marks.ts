/** What stands on the chart beside candles: fills at their price, and orders that were not let out. Each leads to its reasons. */
import type { RestRefusal } from '#gateway/contracts/rest-journal.ts';
import type { RestFill } from '#gateway/contracts/rest-orders.ts';
import type { RowOf } from '#gateway/contracts/rows.ts';
import type { Instrument } from '../../asked.ts';
import { textOf } from '../orders/decimal-text.ts';

export type Mark = Readonly<{
  /** Of its decision. */
  address: string;
  at: number;
  kind: 'fill' | 'refusal';
  side: 'buy' | 'sell';
  lots: string;
  /** Null: it named none, and none is drawn. */
  price: string | null;
  said: string;
}>;

/** Of the journal and of what was told since, each once, oldest first. */
export function marksOf(
  fills: readonly RestFill[],
  refusals: readonly RestRefusal[],
  told: readonly (readonly [address: string, row: RowOf<'decisions'>])[],
  of: Instrument,
): Mark[] {
  const marks = new Map<string, Mark>();
  for (const { fill, at, side, lots, price } of fills)
    marks.set(fill, { address: fill, at, kind: 'fill', side, lots, price, said: `${side} ${lots} at ${price}` });
  for (const { address, at, side, lots, limit, stop, said } of refusals)
    marks.set(address, { address, at, kind: 'refusal', side, lots, price: limit ?? stop, said });
  for (const [address, row] of told) {
    const mark = row['instrument'] === of.instrument && !marks.has(address) ? markOf(address, row, of) : null;
    if (mark !== null) marks.set(address, mark);
  }
  return [...marks.values()].sort((a, b) => a.at - b.at);
}

/** As it is recorded, in whole ticks and lots. */
function markOf(address: string, row: RowOf<'decisions'>, { tick, lot }: Instrument): Mark | null {
  if (row.type !== 'OrderFilled' && row.type !== 'OrderRefused') return null;
  const whole = (name: string, step: string): string | null => (typeof row[name] === 'number' ? textOf(BigInt(row[name]), step) : null);
  const fill = row.type === 'OrderFilled';
  return {
    ...{ address, at: row.at, kind: fill ? 'fill' : 'refusal', side: row['side'] === 'sell' ? 'sell' : 'buy' },
    ...{
      lots: whole('lots', lot) ?? '',
      price: fill ? whole('price', tick) : (whole('limit', tick) ?? whole('stop', tick)),
      said: row.said,
    },
  };
}
