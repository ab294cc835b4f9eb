/**
 * Reads one row from its cells as text: the careful way, for whatever the byte scanner passes on, for JSON and for Parquet. Says what
 * is wrong with a row; never decides whether it is kept.
 */
import type { Decimal } from '#engine/decimal.ts';
import { FLAG_BUY, FLAG_SELL, FLAG_SNAPSHOT, KNOWN_FLAGS } from '#engine/market/blocks.ts';
import { isEmptyText, stepsOfText } from './decimal-steps.ts';
import type { ColumnRole } from './dialects.ts';
import { BAD_TIME, FLOAT_NOISE, MALFORMED, MISSING, OFF_LOT, OFF_TICK, OTHER_SYMBOL, TOO_LARGE } from './faults.ts';
import type { CheckedOptions } from './import-options.ts';
import { type Layout, timeOf } from './layout.ts';
import type { Rows } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US, stampOf } from './stamps.ts';

/** The value column a role is written to, and whether it counts ticks or lots. */
export const VALUE_ROLES: Readonly<Partial<Record<ColumnRole, Readonly<{ slot: number; of: 'tick' | 'lot' }>>>> = {
  price: { slot: 0, of: 'tick' },
  size: { slot: 1, of: 'lot' },
  bid: { slot: 0, of: 'tick' },
  bidSize: { slot: 1, of: 'lot' },
  ask: { slot: 2, of: 'tick' },
  askSize: { slot: 3, of: 'lot' },
  open: { slot: 0, of: 'tick' },
  high: { slot: 1, of: 'tick' },
  low: { slot: 2, of: 'tick' },
  close: { slot: 3, of: 'tick' },
  volume: { slot: 4, of: 'lot' },
};

export class RowReader {
  readonly layout: Layout;
  readonly #options: CheckedOptions;
  readonly #column: (role: ColumnRole) => number;
  /** A bar stamped at its end began so much earlier. */
  readonly stampShift: number;

  constructor(layout: Layout, options: CheckedOptions) {
    this.layout = layout;
    this.#options = options;
    this.#column = (role) => layout.roles.indexOf(role);
    this.stampShift = layout.kind === 'bar' && layout.barStamp === 'close' ? layout.timeframeUs : 0;
  }

  /** Adds the facts of a line; from its first, they are `part` 0, 1, 2 … */
  read(cells: readonly string[], rows: Rows, line: number, offset: number): void {
    const { layout } = this;
    if (cells.length !== layout.roles.length) {
      const row = rows.add(line, offset, 0);
      rows.fault(row, MALFORMED, Math.min(cells.length, layout.roles.length - 1));
      return;
    }
    if (layout.levels.length > 0) {
      this.#levels(cells, rows, line, offset);
      return;
    }
    const row = rows.add(line, offset, 0);
    this.#stamps(cells, rows, row);
    for (let column = 0; column < cells.length; column += 1) {
      const role = layout.roles[column];
      if (role !== null && role !== undefined) this.#cell(role, (cells[column] as string).trim(), rows, row, column);
    }
  }

  /** A level of a book. */
  level(rows: Rows, row: number, price: string, size: string, flags: number, priceColumn: number, sizeColumn: number): void {
    this.#steps(price, 'tick', rows, row, 0, priceColumn);
    this.#steps(size, 'lot', rows, row, 1, sizeColumn);
    rows.flags[row] = flags;
  }

  #levels(cells: readonly string[], rows: Rows, line: number, offset: number): void {
    let part = 0;
    for (const { price, size, flag } of this.layout.levels) {
      const [priceText, sizeText] = [(cells[price] as string).trim(), (cells[size] as string).trim()];
      if (priceText === '' && sizeText === '') continue; // the book has fewer levels
      const row = rows.add(line, offset, part++);
      this.#stamps(cells, rows, row);
      this.#symbol(cells, rows, row);
      this.level(rows, row, priceText, sizeText, FLAG_SNAPSHOT | (flag === 'bid' ? FLAG_BUY : FLAG_SELL), price, size);
    }
    if (part === 0) rows.fault(rows.add(line, offset, 0), MISSING, this.layout.levels[0]?.price ?? 0);
  }

  #stamps(cells: readonly string[], rows: Rows, row: number): void {
    const time = timeOf(this.layout, cells, this.#options) - this.stampShift;
    const column = Math.max(this.#column('time'), this.#column('date'));
    if (time >= FIRST_TIME_US && time < LAST_TIME_US) rows.time[row] = time;
    else rows.fault(row, isEmptyText((cells[column] ?? '').trim()) ? MISSING : BAD_TIME, column);
    const arrivalColumn = this.#column('arrival');
    if (arrivalColumn === -1 || this.#options.arrival === 'venue') return;
    const { dateOrder, utcOffsetMinutes } = this.#options;
    const arrival = stampOf((cells[arrivalColumn] as string).trim(), this.layout.arrival, dateOrder, utcOffsetMinutes);
    if (arrival >= 0 && arrival < LAST_TIME_US) rows.arrival[row] = arrival;
    else rows.fault(row, BAD_TIME, arrivalColumn);
  }

  #symbol(cells: readonly string[], rows: Rows, row: number): void {
    const column = this.#column('symbol');
    if (column !== -1 && (cells[column] as string).trim() !== this.layout.symbol) rows.fault(row, OTHER_SYMBOL, column);
  }

  #cell(role: ColumnRole, text: string, rows: Rows, row: number, column: number): void {
    const value = VALUE_ROLES[role];
    if (value !== undefined) this.#steps(text, value.of, rows, row, value.slot, column);
    switch (role) {
      case 'symbol':
        if (text !== this.layout.symbol) rows.fault(row, OTHER_SYMBOL, column);
        return;
      case 'id':
        if (text === '') return;
        if (!this.layout.numbered) rows.key[row] = fingerprint(text);
        else if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) rows.seq[row] = Number(text);
        else rows.fault(row, MALFORMED, column);
        return;
      case 'side':
        rows.flags[row]! |= sideFlag(text.charCodeAt(0));
        if (this.layout.kind === 'book' && sideFlag(text.charCodeAt(0)) === 0) rows.fault(row, text === '' ? MISSING : MALFORMED, column);
        return;
      case 'maker': {
        const flag = makerFlag(text.charCodeAt(0));
        if (flag === 0) rows.fault(row, isEmptyText(text) ? MISSING : MALFORMED, column);
        rows.flags[row]! |= flag;
        return;
      }
      case 'snapshot':
        if (isSnapshot(text.charCodeAt(0), text.charCodeAt(1))) rows.flags[row]! |= FLAG_SNAPSHOT;
        return;
      case 'firstUpdate':
      case 'lastUpdate':
      case 'previousUpdate':
        if (text === '' || text === '-1') return; // a snapshot follows nothing
        if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) rows[role][row] = Number(text);
        else rows.fault(row, MALFORMED, column);
        return;
      case 'flags':
        if (/^\d{1,2}$/.test(text) && (Number(text) & ~KNOWN_FLAGS) === 0) rows.flags[row]! |= Number(text);
        else rows.fault(row, MALFORMED, column);
        return;
      case 'timeframe':
        if (text !== String(this.layout.timeframeUs)) rows.fault(row, MALFORMED, column);
    }
  }

  #steps(text: string, of: 'tick' | 'lot', rows: Rows, row: number, slot: number, column: number): void {
    const step: Decimal = of === 'tick' ? this.#options.tick : this.#options.lot;
    const found = stepsOfText(text, step);
    if (found === null) {
      rows.fault(row, isEmptyText(text) ? MISSING : MALFORMED, column);
      return;
    }
    if (found === 'large') {
      rows.fault(row, TOO_LARGE, column);
      return;
    }
    rows.values[slot]![row] = found.steps;
    if (found.grid === 'off') rows.fault(row, of === 'tick' ? OFF_TICK : OFF_LOT, column);
    if (found.grid === 'noise') rows.fault(row, FLOAT_NOISE, column);
  }
}

/** buy, Buy, b, bid; sell, ask; anything else names no side. */
export function sideFlag(letter: number): number {
  const lower = letter | 32;
  return lower === 98 ? FLAG_BUY : lower === 115 || lower === 97 ? FLAG_SELL : 0;
}

/** true, 1: the buyer was the maker, so the taker sold. 0: neither was said. */
export function makerFlag(letter: number): number {
  const lower = letter | 32;
  return lower === 116 || letter === 49 ? FLAG_SELL : lower === 102 || letter === 48 ? FLAG_BUY : 0;
}

/** true, 1, snap, partial; not set, update, false, 0. */
export function isSnapshot(first: number, second: number): boolean {
  const lower = first | 32;
  return lower === 116 || first === 49 || lower === 112 || (lower === 115 && (second | 32) === 110);
}

/** Tells ids that are no numbers apart: 53 bits of two rolling products. Not a hash to rely on against anyone. */
export function fingerprint(text: string): number {
  let low: number = SEEDS[0];
  let high: number = SEEDS[1];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    low = rolled(low, code, 31);
    high = rolled(high, code, 131);
  }
  return joined(low, high);
}
export const SEEDS = [17, 19] as const;
export const rolled = (sum: number, code: number, factor: number): number => (Math.imul(sum, factor) + code) | 0;
export const joined = (low: number, high: number): number => (low >>> 0) + (high & 0x1fffff) * 2 ** 32;
