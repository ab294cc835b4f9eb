/** Whole ticks, lots and minor units to the exchange's decimal text and back, exactly. What does not fit is nonsense, never rounded. */
import {
  BadDecimal,
  type Decimal,
  divideHalfEven,
  lotsOf,
  lotsText,
  minorOf,
  parseDecimal,
  pow10,
  priceText,
  ticksOf,
} from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { BadValue, type InstrumentId, type Lots, type Minor, type PriceTicks } from '#engine/values.ts';
import { VenueNonsense } from './trouble.ts';

/** One instrument's steps. The exchange knows it by its id. */
export type Units = Readonly<{ id: InstrumentId; tick: Decimal; lot: Decimal; currency: string; currencyScale: number }>;

export class UnitTable {
  readonly #units = new Map<string, Units>();
  readonly #scales = new Map<string, number>();

  constructor(instruments: readonly Instrument[]) {
    for (const { id, tick, lot, currency, currencyScale } of instruments) {
      this.#units.set(id, { id, tick: parseDecimal(tick), lot: parseDecimal(lot), currency, currencyScale });
      this.#scales.set(currency, currencyScale);
    }
  }

  has(symbol: string): boolean {
    return this.#units.has(symbol);
  }

  of(symbol: string): Units {
    const units = this.#units.get(symbol);
    if (units === undefined) throw new VenueNonsense(`${JSON.stringify(symbol)} is none of our instruments`);
    return units;
  }

  /** What the venue says of currencies that none of our instruments has. */
  learnScale(currency: string, scale: number): void {
    if (!this.#scales.has(currency)) this.#scales.set(currency, scale);
  }

  money(currency: string, text: string): Minor {
    const scale = this.#scales.get(currency);
    if (scale === undefined) throw new VenueNonsense(`${JSON.stringify(currency)} is no currency of any instrument`);
    return exactly(`an amount of ${currency}`, () => minorOf(text, scale));
  }
}

export const priceIn = (units: Units, text: string): number => exactly(`a price of ${units.id}`, () => ticksOf(text, units.tick));
export const lotsIn = (units: Units, text: string): number => exactly(`a quantity of ${units.id}`, () => lotsOf(text, units.lot));
export const feeIn = (units: Units, text: string): Minor => exactly(`a fee of ${units.id}`, () => minorOf(text, units.currencyScale));
export const priceOut = (units: Units, ticks: number): string => priceText(ticks as PriceTicks, units.tick);
export const lotsOut = (units: Units, lots: number): string => lotsText(lots as Lots, units.lot);

/** A position: short is negative. */
export function signedLotsIn(units: Units, text: string): number {
  return text.startsWith('-') ? 0 - lotsIn(units, text.slice(1)) : lotsIn(units, text);
}

/** An average of prices need not lie on the grid: the nearest tick, half-even. */
export function averageIn(units: Units, text: string): number {
  return exactly(`an average price of ${units.id}`, () => {
    const { digits, scale } = parseDecimal(text);
    const ticks = Number(divideHalfEven(digits * pow10(units.tick.scale), units.tick.digits * pow10(scale)));
    if (!Number.isSafeInteger(ticks)) throw new BadDecimal(`${text} is more ticks than 53 bits hold`);
    return ticks;
  });
}

function exactly<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadDecimal || error instanceof BadValue) throw new VenueNonsense(`${what}: ${error.message}`);
    throw error;
  }
}
