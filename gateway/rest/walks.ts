/** A page of what the journal holds, from a query to a question and from its answer to a page. */

import { addressBehind, cursorOf } from './cursors.ts';
import type { Walk, Walked } from './ports.ts';
import { wrongField } from './problems.ts';

type WindowQuery = Readonly<{ from?: number | undefined; to?: number | undefined }>;
type WalkQuery = WindowQuery & Readonly<{ limit: number; cursor?: string | undefined; order: 'newest' | 'oldest' }>;

export function windowIn({ from = undefined, to = undefined }: WindowQuery): Readonly<{ from: number | null; to: number | null }> {
  if (from !== undefined && to !== undefined && from >= to) throw wrongField('query.to', 'lies before from', 'give the later time');
  return { from: from ?? null, to: to ?? null };
}

/** The cursor belongs to a list in one order: read the other way it would skip. */
export const walkIn = (list: string, query: WalkQuery): Walk => ({
  ...windowIn(query),
  order: query.order,
  limit: query.limit,
  behind: addressBehind(`${list} ${query.order}`, query.cursor),
});

export function walkedPage<Row>(list: string, { order }: Pick<WalkQuery, 'order'>, { items, next, seq }: Walked<Row>) {
  return { items: [...items], next: next === null ? null : cursorOf(`${list} ${order}`, next), seq };
}

export const whoseIn = ({
  account,
  strategy,
  instrument,
}: Readonly<{ account?: string | undefined; strategy?: string | undefined; instrument?: string | undefined }>) => ({
  account: account ?? null,
  strategy: strategy ?? null,
  instrument: instrument ?? null,
});
