/** A page of rows that are all at hand, behind the last one of the page before. A row that is gone ends nothing: the list goes on by its place. */

/** The row a page ended with, and where it stood. */
export type Behind = Readonly<{ key: string; place: number }>;

export function sliceBehind<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { limit, behind }: Readonly<{ limit: number; behind: Behind | null }>,
): Readonly<{ items: Row[]; next: Behind | null }> {
  const found = behind === null ? -1 : rows.findIndex((row) => keyOf(row) === behind.key);
  const from = behind === null ? 0 : found === -1 ? Math.min(behind.place, rows.length) : found + 1;
  const items = rows.slice(from, from + limit);
  const last = items.at(-1);
  return { items, next: last === undefined || from + limit >= rows.length ? null : { key: keyOf(last), place: from + limit - 1 } };
}
