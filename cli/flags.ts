/** Reads flags and environment, and collects every fault before it complains: a person fixes them all at once. */
import { parseDecimal } from '#engine/decimal.ts';
import { Refused } from './answer.ts';

export { nearest } from './nearest.ts';

export type RawFlags = Readonly<Record<string, unknown>>;

export class Flags {
  readonly faults: string[] = [];
  readonly #raw: RawFlags;

  constructor(raw: RawFlags) {
    this.#raw = raw;
  }

  given(name: string): boolean {
    return this.#raw[camel(name)] !== undefined;
  }

  text(name: string): string | null {
    const value = this.#raw[camel(name)];
    return typeof value === 'string' ? value : null;
  }

  flag(name: string): boolean {
    return this.#raw[camel(name)] === true;
  }

  whole(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    this.fault(name, text, `is not a whole number ${range}`);
    return null;
  }

  /** `max` means as fast as possible. */
  speed(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    if (text === 'max') return Number.POSITIVE_INFINITY;
    const value = /^\d+(\.\d+)?x?$/.test(text) ? Number(text.replace('x', '')) : Number.NaN;
    if (value > 0 && value <= 1e6) return value;
    this.fault(name, text, 'is not a speed above 0, like 1, 0.5 or 100; max is as fast as possible');
    return null;
  }

  choice<T extends string>(name: string, of: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null || of.includes(text as T)) return text as T | null;
    this.fault(name, text, `is not one of ${of.join(', ')}`);
    return null;
  }

  /** Plain decimal text as whole units of 10^-scale; exact or a fault. */
  decimal(name: string, scale: number, least: bigint, most: bigint): bigint | null {
    const text = this.text(name);
    if (text === null) return null;
    const units = unitsOf(text, scale);
    if (units !== null && units >= least && units <= most) return units;
    this.fault(
      name,
      text,
      `is not a plain decimal with at most ${scale} digits after the point, from ${plain(least, scale)} to ${plain(most, scale)}`,
    );
    return null;
  }

  /** `5s`, `1m`, `250ms`, `1h` in µs. */
  duration(name: string, leastUs: number, mostUs: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const us = durationUs(text);
    if (us !== null && us >= leastUs && us <= mostUs) return us;
    this.fault(name, text, 'is not a time like 5s, 1m or 1h within its bounds');
    return null;
  }

  list(name: string): readonly string[] {
    return (this.#raw[camel(name)] as readonly string[] | undefined) ?? [];
  }

  /** `--set name=value`, any number of times. Numbers and true/false are read as such. */
  pairs(name: string): Record<string, number | boolean | string> {
    const pairs: Record<string, number | boolean | string> = {};
    for (const text of this.list(name)) {
      const [, key, value] = /^([A-Za-z][\w-]*)=(.+)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined) this.fault(name, text, 'is not name=value');
      else pairs[key] = value === 'true' ? true : value === 'false' ? false : /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    }
    return pairs;
  }

  fault(name: string, value: string, why: string): void {
    this.faults.push(`--${name} ${value}: ${why}`);
  }

  /** Throws when anything was wrong, naming all of it. */
  done(command: string): void {
    if (this.faults.length > 0) throw new Refused(2, this.faults, `npx retrace ${command} --help`);
  }
}

/** Null where it is no time. */
export function durationUs(text: string): number | null {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * ({ ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9 } as Record<string, number>)[unit!]!;
}

export function unitsOf(text: string, scale: number): bigint | null {
  try {
    const { digits, scale: given } = parseDecimal(text);
    if (given <= scale) return digits * 10n ** BigInt(scale - given);
    const cut = 10n ** BigInt(given - scale);
    return digits % cut === 0n ? digits / cut : null;
  } catch {
    return null;
  }
}

const plain = (units: bigint, scale: number): string => {
  const whole = units / 10n ** BigInt(scale);
  return String(whole);
};

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
