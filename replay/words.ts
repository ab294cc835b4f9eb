/** How numbers read: times as ISO in UTC, prices and quantities as decimal text, money with its currency. No locale, no rounding. */
import { lotsText, minorText, parseDecimal, pow10, priceText } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { DAY_US, type Lots, MINUTE_US, type Minor, type PriceTicks, SECOND_US } from '#engine/values.ts';

/** What was seen, in a stated order: values of one step of an explanation. */
export type Figures = Readonly<Record<string, string | number | boolean>>;
/** One step of an explanation: a decision, an input, a tick or a deadline. */
export type Link = Readonly<{ address: string; type: string; at: string; what: string; numbers: Figures }>;

/** `2026-01-05T10:32:00Z`, with as many digits of the second as there are. */
export function iso(us: number): string {
  const below = us % 1000;
  const text = new Date((us - below) / 1000).toISOString();
  const fraction = `${text.slice(20, 23)}${String(below).padStart(3, '0')}`.replace(/0+$/, '');
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** The time of day alone, for sentences that have named the day. */
export const clock = (us: number): string => iso(us).slice(11, -1);

/** `2 s`, `0.25 s`, `5 min`: exact. */
export function span(us: number): string {
  if (us < 0) return `−${span(-us)}`;
  for (const [unit, size] of SPANS) if (us >= size && us % size === 0) return `${us / size} ${unit}`;
  const fraction = String(us % SECOND_US)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${Math.floor(us / SECOND_US)}${fraction === '' ? '' : `.${fraction}`} s`;
}
const SPANS = [
  ['d', DAY_US],
  ['h', 60 * MINUTE_US],
  ['min', MINUTE_US],
] as const;

type Subscribed = Readonly<{ subscriptions: readonly Readonly<{ instrument: string }>[] }>;

/** What prices and lots of an instrument read like. Without a definition ticks and lots are told as they are. */
export class Measures {
  readonly #instruments: ReadonlyMap<string, Instrument>;
  readonly #accounts: ReadonlyMap<string, Readonly<{ currency: string; currencyScale: number }>>;
  readonly #strategies: ReadonlyMap<string, Subscribed>;

  constructor(
    instruments: ReadonlyMap<string, Instrument>,
    accounts: ReadonlyMap<string, Readonly<{ currency: string; currencyScale: number }>>,
    strategies: ReadonlyMap<string, Subscribed>,
  ) {
    this.#instruments = instruments;
    this.#accounts = accounts;
    this.#strategies = strategies;
  }

  /** The only instrument a strategy subscribes to, or null. */
  instrumentOf(strategy: string): string | null {
    const names = new Set(this.#strategies.get(strategy)?.subscriptions.map(({ instrument }) => instrument));
    const [only] = names;
    return names.size === 1 && only !== undefined ? only : null;
  }

  /** An average of prices, in ticks with a fraction, as a price with two more digits than a tick has. For reading: it is rounded. */
  average(instrument: string, ticks: number): string {
    const definition = this.#instruments.get(instrument);
    if (definition === undefined || !Number.isFinite(ticks)) return String(ticks);
    const { digits, scale } = parseDecimal(definition.tick);
    return Number.isSafeInteger(ticks)
      ? this.price(instrument, ticks)
      : ((ticks * Number(digits)) / Number(pow10(scale))).toFixed(scale + 2);
  }

  price(instrument: string, ticks: number): string {
    const definition = this.#instruments.get(instrument);
    return definition === undefined ? `${ticks} ticks` : priceText(ticks as PriceTicks, parseDecimal(definition.tick));
  }

  priceOrNone(instrument: string, ticks: number | null): string {
    return ticks === null ? 'none' : this.price(instrument, ticks);
  }

  /** Signed or not. */
  quantity(instrument: string, lots: number): string {
    const definition = this.#instruments.get(instrument);
    return definition === undefined ? `${lots} lots` : lotsText(lots as Lots, parseDecimal(definition.lot));
  }

  money(account: string, amount: bigint): string {
    const spec = this.#accounts.get(account);
    return spec === undefined ? `${amount} minor units` : `${minorText(amount as Minor, spec.currencyScale)} ${spec.currency}`;
  }

  /** Money of the instrument's currency: notionals. */
  worth(instrument: string, amount: bigint): string {
    const spec = this.#instruments.get(instrument);
    return spec === undefined ? `${amount} minor units` : `${minorText(amount as Minor, spec.currencyScale)} ${spec.currency}`;
  }
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

export const capital = (text: string): string => (text === '' ? '' : text[0].toUpperCase() + text.slice(1));
