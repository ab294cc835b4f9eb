/** Lots as a person counts them, where the lot's size is known. Never throws: a text is no reason for a kill to stop. */
import { lotsText, parseDecimal } from '#engine/decimal.ts';
import type { AccountId, InstrumentId, Lots } from '#engine/values.ts';
import type { BreakerConfig } from './messages.ts';

/** Size of one lot as decimal text; null: not known here. */
export type LotSize = (account: AccountId, instrument: InstrumentId) => string | null;

/** What brokers are made from mostly holds their instruments; whose does not is printed in lots. */
export function lotSizesIn(brokers: BreakerConfig['brokers']): LotSize {
  const sizes = new Map<string, string>();
  for (const { account, spec } of brokers) {
    const { instruments } = (spec ?? {}) as { instruments?: unknown };
    if (!Array.isArray(instruments)) continue;
    for (const each of instruments as (Readonly<{ id?: unknown; lot?: unknown }> | null)[])
      if (typeof each?.id === 'string' && typeof each.lot === 'string') sizes.set(`${account}\0${each.id}`, each.lot);
  }
  return (account, instrument) => sizes.get(`${account}\0${instrument}`) ?? null;
}

/** `0.0010`, or `10 lots of`: the instrument's name is to follow. */
export function quantityText(quantity: number, lot: string | null): string {
  try {
    if (lot !== null) return lotsText(quantity as Lots, parseDecimal(lot));
  } catch {
    // what came is no size
  }
  return `${quantity} ${Math.abs(quantity) === 1 ? 'lot' : 'lots'} of`;
}
