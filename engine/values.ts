/**
 * The whole numbers the desk counts in. Each brand has one maker, which checks; nothing else casts.
 * Floats live only in indicators and reports.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A price in whole ticks of its instrument. May be negative (spreads, power), never a fraction. */
export type PriceTicks = Brand<number, 'PriceTicks'>;
/** A quantity in whole lots of its instrument. */
export type Lots = Brand<number, 'Lots'>;
/** Microseconds since 1970-01-01T00:00:00Z; fits a double exactly until 2255. */
export type TimeUs = Brand<number, 'TimeUs'>;
/** The number of an input. The first is 1; 0 means "before the first". */
export type Seq = Brand<number, 'Seq'>;
/** An exact amount in whole minor units of a currency (its declared scale). */
export type Minor = Brand<bigint, 'Minor'>;

export type InstrumentId = Brand<string, 'InstrumentId'>;
export type SourceId = Brand<string, 'SourceId'>;
export type AccountId = Brand<string, 'AccountId'>;
export type StrategyId = Brand<string, 'StrategyId'>;
export type DeskId = Brand<string, 'DeskId'>;
/** The order's address: cause and index of the intent that made it, `8412077.3`. */
export type OrderId = Brand<string, 'OrderId'>;
/** What the venue knows the order by; derived from desk, account, strategy and address. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;
/** Lower-case hex SHA-256. */
export type Sha256 = Brand<string, 'Sha256'>;

/** A value that cannot be what its name says. An edge turns it into a refusal. */
export class BadValue extends Error {
  override name = 'BadValue';
}

function wholeNumber(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new BadValue(`${name}: ${String(value)} is not a whole number${least === 0 ? ' of at least 0' : ' that fits 53 bits'}`);
  }
  return value === 0 ? 0 : value; // −0 is 0
}

const MAX_NAME = 64;
function name(kind: string, value: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_NAME || !/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(value)) {
    throw new BadValue(
      `${kind}: ${JSON.stringify(value)} is not a name (1–${MAX_NAME} letters, digits, . _ : / @ -, starting with a letter or digit)`,
    );
  }
  return value;
}

export const priceTicks = (value: number): PriceTicks => wholeNumber('PriceTicks', value, -Number.MAX_SAFE_INTEGER) as PriceTicks;
export const lots = (value: number): Lots => wholeNumber('Lots', value, 0) as Lots;
export const timeUs = (value: number): TimeUs => wholeNumber('TimeUs', value, 0) as TimeUs;
export const seqOf = (value: number): Seq => wholeNumber('Seq', value, 0) as Seq;
export const minor = (value: bigint): Minor => {
  if (typeof value !== 'bigint') throw new BadValue(`Minor: ${String(value)} is not a bigint`);
  return value as Minor;
};
export const instrumentId = (value: string): InstrumentId => name('InstrumentId', value) as InstrumentId;
export const sourceId = (value: string): SourceId => name('SourceId', value) as SourceId;
export const accountId = (value: string): AccountId => name('AccountId', value) as AccountId;
export const strategyId = (value: string): StrategyId => name('StrategyId', value) as StrategyId;
export const deskId = (value: string): DeskId => name('DeskId', value) as DeskId;
export const orderId = (value: string): OrderId => {
  if (!/^\d{1,16}\.\d{1,10}$/.test(value)) throw new BadValue(`OrderId: ${JSON.stringify(value)} is not an address like 8412077.3`);
  return value as OrderId;
};
export const clientOrderId = (value: string): ClientOrderId => {
  if (!/^[A-Za-z0-9-]{1,36}$/.test(value)) throw new BadValue(`ClientOrderId: ${JSON.stringify(value)} is not 1–36 letters and digits`);
  return value as ClientOrderId;
};
export const sha256 = (value: string): Sha256 => {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new BadValue(`Sha256: ${JSON.stringify(value)} is not 64 lower-case hex digits`);
  return value as Sha256;
};

export type Side = 'buy' | 'sell';

export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const DAY_US = 86_400 * SECOND_US;
