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
export type Units = Readonly<{
  id: InstrumentId;
  tick: Decimal;
  lot: Decimal;
  multiplier: Decimal;
  currency: string;
  currencyScale: number;
}>;
/** As a venue lists it. */
export type Listed = Readonly<{ symbol: string; tick: string; lot: string; multiplier: string; currency: string; currencyScale: number }>;

/** The instruments we were given, and the *foreign* ones: those that the venue lists beside them, for somebody else on the account to trade. */
export class UnitTable {
  readonly #given = new Map<string, Units>();
  readonly #foreign = new Map<string, Units>();
  readonly #scales = new Map<string, number>();

  constructor(instruments: readonly Instrument[]) {
    for (const { id, ...steps } of instruments) {
      this.#given.set(id, unitsOf({ symbol: id, ...steps }));
      this.#scales.set(steps.currency, steps.currencyScale);
    }
  }

  /** Whether we were given it. */
  has(symbol: string): boolean {
    return this.#given.has(symbol);
  }

  get anyForeign(): boolean {
    return this.#foreign.size > 0;
  }

  /** Of a given one or a foreign one. What neither we nor the venue know cannot be read. */
  of(symbol: string): Units {
    const units = this.#given.get(symbol) ?? this.#foreign.get(symbol);
    if (units === undefined) throw new VenueNonsense(`${JSON.stringify(symbol)} is none of our instruments, and none that the venue lists`);
    return units;
  }

  /** What the venue lists. Steps that make no sense keep a foreign one unknown, and stop nobody who does not trade it. */
  learn(listed: Listed): void {
    this.learnScale(listed.currency, listed.currencyScale);
    const units = this.has(listed.symbol) ? null : sensible(listed);
    if (units !== null) this.#foreign.set(listed.symbol, units);
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

function unitsOf({ symbol, tick, lot, multiplier, currency, currencyScale }: Listed): Units {
  const steps = { tick: parseDecimal(tick), lot: parseDecimal(lot), multiplier: parseDecimal(multiplier) };
  return { id: symbol as InstrumentId, ...steps, currency, currencyScale };
}

function sensible(listed: Listed): Units | null {
  try {
    const units = unitsOf(listed);
    return [units.tick, units.lot, units.multiplier].every(({ digits }) => digits > 0n) ? units : null;
  } catch (error) {
    if (error instanceof BadDecimal) return null;
    throw error;
  }
}

/** Signed lots at a price in minor units of the instrument's currency: rounded once, half-even, as the exchange does. */
export function notionalOf({ tick, lot, multiplier, currencyScale }: Units, signedLots: number, ticks: number): bigint {
  const worth = tick.digits * lot.digits * multiplier.digits * pow10(currencyScale);
  return divideHalfEven(BigInt(signedLots) * BigInt(ticks) * worth, pow10(tick.scale + lot.scale + multiplier.scale));
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
