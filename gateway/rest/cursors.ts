/** Where a page ended, as text that means nothing to who carries it. It names the last row told, so that what came since moves nothing. */
import { Buffer } from 'node:buffer';
import { wrongField } from './problems.ts';
import { type Behind, sliceBehind } from './slices.ts';

/** `list`: which list it is of; a cursor of another one is refused. */
export const cursorOf = (list: string, last: string | number): string => Buffer.from(JSON.stringify([list, last])).toString('base64url');

/** Null where none was sent. */
export function addressBehind(list: string, cursor: string | undefined): string | null {
  const last = lastIn(list, cursor);
  if (last === null || (typeof last === 'string' && /^\d{1,16}\.\d{1,10}$/.test(last))) return last as string | null;
  throw foreign();
}

export function numberBehind(list: string, cursor: string | undefined): number | null {
  const last = lastIn(list, cursor);
  if (last === null || (Number.isSafeInteger(last) && (last as number) >= 0)) return last as number | null;
  throw foreign();
}

export function nameBehind(list: string, cursor: string | undefined): string | null {
  const last = lastIn(list, cursor);
  if (last === null || typeof last === 'string') return last;
  throw foreign();
}

function lastIn(list: string, cursor: string | undefined): unknown {
  if (cursor === undefined) return null;
  try {
    const [of, last, ...more] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (of === list && more.length === 0 && last !== undefined && last !== null) return last;
  } catch {
    // no text of ours
  }
  throw foreign();
}

const foreign = () =>
  wrongField('query.cursor', 'is no cursor of this list', 'leave it away for the first page, then send what `next` said');

/** A page of rows that are all at hand, behind the one whose key the cursor names. */
export function pageAt<Row>(
  list: string,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { limit, cursor }: Readonly<{ limit: number; cursor?: string | undefined }>,
): Readonly<{ items: Row[]; next: string | null }> {
  const { items, next } = sliceBehind(rows, keyOf, { limit, behind: behindIn(list, cursor) });
  return { items, next: cursorBehind(list, next) };
}

/** Null where no cursor was sent. */
export function behindIn(list: string, cursor: string | undefined): Behind | null {
  const behind = nameBehind(list, cursor);
  if (behind === null) return null;
  const bar = behind.indexOf('|');
  const place = Number(behind.slice(0, bar));
  if (bar < 1 || !Number.isSafeInteger(place) || place < 0) throw foreign();
  return { key: behind.slice(bar + 1), place };
}

export const cursorBehind = (list: string, next: Behind | null): string | null =>
  next === null ? null : cursorOf(list, `${next.place}|${next.key}`);
