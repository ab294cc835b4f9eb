/** Ticks, lots and minor units of records as the decimal text that programs read. What nobody defined cannot be told, and says so. */
import { lotsText, minorText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Lots, Minor, PriceTicks } from '#engine/values.ts';
import type { Story } from '#replay/story.ts';

export function definitionOf({ instruments }: Story, id: string): Instrument {
  const found = instruments.get(id);
  if (found === undefined) throw new Error(`the journal speaks of ${id} before it defines it`);
  return found;
}

export const price = (ticks: number, { tick }: Instrument): string => priceText(ticks as PriceTicks, parseDecimal(tick));
export const priceOrNone = (ticks: number | null, instrument: Instrument): string | null =>
  ticks === null ? null : price(ticks, instrument);
/** Signed or not. */
export const size = (lots: number, { lot }: Instrument): string =>
  lots < 0 ? `-${lotsText(-lots as Lots, parseDecimal(lot))}` : lotsText(lots as Lots, parseDecimal(lot));
export const money = (minor: bigint, scale: number): string => minorText(minor as Minor, scale);
