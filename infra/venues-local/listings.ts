/** What the exchange lists: ticks, lots, fees, and the exact money of a quantity at a price. Never rounds but where the protocol says. */
import { BadDecimal, type Decimal, divideHalfEven, formatDecimal, parseDecimal, pow10 } from '#engine/decimal.ts';
import { BadValue, instrumentId } from '#engine/values.ts';

/** As the ledger keeps it and `GET /instruments` tells it; the last three say how its seeded market looks. */
export type ListingSpec = Readonly<{
  symbol: string;
  tick: string;
  lot: string;
  multiplier: string;
  currency: string;
  currencyScale: number;
  /** Millionths of the notional. */
  makerFee: number;
  takerFee: number;
  homeTicks: number;
  spreadTicks: number;
  lots: number;
}>;

export class Listing {
  readonly spec: ListingSpec;
  readonly symbol: string;
  readonly tick: Decimal;
  readonly lot: Decimal;
  /** One lot at one tick is `#worth / #parts` minor units of the currency. */
  readonly #worth: bigint;
  readonly #parts: bigint;

  constructor(spec: ListingSpec) {
    this.spec = spec;
    this.symbol = instrumentId(spec.symbol);
    this.tick = positive('tick', spec.tick);
    this.lot = positive('lot', spec.lot);
    const multiplier = positive('multiplier', spec.multiplier);
    this.#worth = this.tick.digits * this.lot.digits * multiplier.digits * pow10(spec.currencyScale);
    this.#parts = pow10(this.tick.scale + this.lot.scale + multiplier.scale);
  }

  /** Minor units, half-even. `halfTicks` because a middle price lies between two ticks. */
  valueAtHalfTicks(lots: number, halfTicks: number): bigint {
    return divideHalfEven(BigInt(lots) * BigInt(halfTicks) * this.#worth, 2n * this.#parts);
  }

  notional(lots: number, ticks: number): bigint {
    return divideHalfEven(BigInt(lots) * BigInt(ticks) * this.#worth, this.#parts);
  }

  /** Of the exact notional, not of the rounded one. */
  fee(lots: number, ticks: number, maker: boolean): bigint {
    const rate = BigInt(maker ? this.spec.makerFee : this.spec.takerFee);
    return divideHalfEven(BigInt(lots) * BigInt(ticks) * this.#worth * rate, 1_000_000n * this.#parts);
  }

  priceText(ticks: number): string {
    return stepText(ticks, this.tick);
  }

  lotsText(lots: number): string {
    return stepText(lots, this.lot);
  }
}

/** Whole steps as decimal text; by plain numbers where they are exact, which is nearly always, and several times faster. */
function stepText(steps: number, { digits, scale }: Decimal): string {
  const units = steps * Number(digits);
  if (!Number.isSafeInteger(units) || units < 0) return formatDecimal({ digits: BigInt(steps) * digits, scale });
  const text = String(units);
  if (scale === 0) return text;
  const padded = text.length > scale ? text : text.padStart(scale + 1, '0');
  return `${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`;
}

function positive(name: string, text: string): Decimal {
  const decimal = parseDecimal(text);
  if (decimal.digits <= 0n) throw new BadDecimal(`${name} ${text} is not above 0`);
  return decimal;
}

/** By its name from those the exchange knows, or as specified. */
export function listingOf(wanted: string | ListingSpec): Listing {
  if (typeof wanted !== 'string') return new Listing(wanted);
  const known = KNOWN.find(({ symbol }) => symbol === wanted);
  if (known === undefined)
    throw new BadValue(`${wanted}: the exchange lists ${KNOWN.map(({ symbol }) => symbol).join(', ')}, and nothing else`);
  return new Listing(known);
}

const USD = { multiplier: '1', currency: 'USD', currencyScale: 2, makerFee: 200, takerFee: 500 } as const;

const KNOWN: readonly ListingSpec[] = [
  { symbol: 'BTC-USD', tick: '0.1', lot: '0.0001', ...USD, homeTicks: 600_000, spreadTicks: 12, lots: 400 },
  { symbol: 'ETH-USD', tick: '0.01', lot: '0.001', ...USD, homeTicks: 300_000, spreadTicks: 10, lots: 800 },
  { symbol: 'SOL-USD', tick: '0.01', lot: '0.01', ...USD, homeTicks: 15_000, spreadTicks: 3, lots: 1_500 },
  { symbol: 'XRP-USD', tick: '0.0001', lot: '1', ...USD, homeTicks: 22_000, spreadTicks: 4, lots: 900 },
  { symbol: 'ADA-USD', tick: '0.0001', lot: '1', ...USD, homeTicks: 8_000, spreadTicks: 3, lots: 1_800 },
  { symbol: 'DOGE-USD', tick: '0.00001', lot: '1', ...USD, homeTicks: 18_000, spreadTicks: 5, lots: 6_000 },
  { symbol: 'LTC-USD', tick: '0.01', lot: '0.01', ...USD, homeTicks: 9_000, spreadTicks: 3, lots: 700 },
  { symbol: 'LINK-USD', tick: '0.001', lot: '0.1', ...USD, homeTicks: 20_000, spreadTicks: 6, lots: 300 },
];

export const USUAL_SYMBOLS: readonly string[] = ['BTC-USD', 'ETH-USD', 'SOL-USD'];
