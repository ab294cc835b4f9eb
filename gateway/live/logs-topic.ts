/** Tells the newest lines of the process's own log. A line that is too long is cut, so that all that are kept fit one frame. */
import type { LogRow } from '../contracts/rows.ts';
import type { Channel } from './channel.ts';
import type { Hub } from './hub.ts';

/** As whoever logs hands it over: it hides what is secret before. */
export type LoggedLine = Readonly<{
  /** Microseconds since 1970. */
  at: number;
  level: LogRow['level'];
  what: string;
  address: string | null;
  type: string | null;
  numbers: Readonly<Record<string, unknown>>;
}>;

export const LOG_ROWS = 500;
/** Of one row as it is told; so many of them are less than what may wait for a viewer. */
export const LOG_ROW_BYTES = 900;

export class LogsTopic {
  readonly #hub: Hub;
  readonly #channel: Channel;
  #n = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#channel = hub.channel('logs', '*', { keeps: 'grows', rows: LOG_ROWS });
  }

  said(line: LoggedLine): void {
    this.#n += 1;
    this.#channel.put(String(this.#n), logRowOf(line, this.#n));
    this.#hub.changed();
  }
}

export function logRowOf({ at, level, what, address, type, numbers }: LoggedLine, n: number): LogRow {
  const whole: LogRow = { n, at, level, what, address, type, numbers: plain(numbers), cut: false };
  if (bytesOf(whole) <= LOG_ROW_BYTES) return whole;
  let row: LogRow = { ...whole, cut: true };
  if (bytesOf({ ...row, what: '' }) > LOG_ROW_BYTES / 2) row = { ...row, numbers: {} };
  while (bytesOf(row) > LOG_ROW_BYTES) row = { ...row, what: cutAt(row.what, Math.floor(row.what.length * 0.8)) };
  return row;
}

const bytesOf = (row: LogRow): number => Buffer.byteLength(JSON.stringify(row));

/** Never between the halves of a character. */
const cutAt = (text: string, length: number): string => {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
};

/** As JSON has it: whole amounts are text. */
const plain = (numbers: LoggedLine['numbers']): LogRow['numbers'] =>
  JSON.parse(JSON.stringify(numbers, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))) as LogRow['numbers'];
