/** The book that an instrument's primary source records, as a list of levels, and what accounts' fills have taken of it (12.13). Every change makes a new one. */
import { FLAG_BUY, FLAG_GAP, FLAG_SNAPSHOT } from '#engine/market/blocks.ts';
import type { Side } from '#engine/values.ts';

type Level = Readonly<{ side: 'bid' | 'ask'; price: number; lots: number }>;
type Taken = Readonly<{ account: string; taker: Side; price: number; lots: number }>;

export type Book = Readonly<{ known: boolean; flags: number; time: number; levels: readonly Level[]; taken: readonly Taken[] }>;
export type Change = Readonly<{ flags: number; time: number; price: number; lots: number }>;

export const NO_BOOK: Book = { known: false, flags: 0, time: 0, levels: [], taken: [] };

export const lost = (book: Book): Book => ({ ...book, known: false, levels: [], taken: [] });

export function changed(before: Book, { flags, time, price, lots }: Change): Book {
  const isSnapshot = (of: number): boolean => (of & FLAG_SNAPSHOT) !== 0;
  let book = (flags & FLAG_GAP) === 0 ? before : lost(before);
  if (isSnapshot(flags) && !(isSnapshot(before.flags) && before.time === time)) book = { ...lost(book), known: true };
  if (lots < 0) book = lost(book);
  const next = { ...book, flags, time };
  if (!next.known) return next;
  const side = (flags & FLAG_BUY) === 0 ? 'ask' : 'bid';
  const taker: Side = side === 'ask' ? 'buy' : 'sell';
  const others = next.levels.filter((level) => level.side !== side || level.price !== price);
  return {
    ...next,
    levels: lots === 0 ? others : [...others, { side, price, lots }],
    taken: next.taken.filter((one) => one.taker !== taker || one.price !== price),
  };
}

/** What a taker meets, the best first. */
export function offered({ levels }: Book, taker: Side): readonly Level[] {
  return taker === 'buy'
    ? levels.filter(({ side }) => side === 'ask').sort((a, b) => a.price - b.price)
    : levels.filter(({ side }) => side === 'bid').sort((a, b) => b.price - a.price);
}

/** What is left of a level for one order of an account. */
export function leftFor(book: Book, account: string, taker: Side, { price, lots }: Level, permille: number): number {
  const eaten = book.taken
    .filter((one) => one.account === account && one.taker === taker && one.price === price)
    .reduce((sum, one) => sum + one.lots, 0);
  return Math.max(0, Math.min(lots - eaten, (lots * permille - ((lots * permille) % 1000)) / 1000));
}

export const eaten = (book: Book, one: Taken): Book => ({ ...book, taken: [...book.taken, one] });

export const withoutAccount = (book: Book, account: string): Book => ({
  ...book,
  taken: book.taken.filter((one) => one.account !== account),
});

/** As the state has it. */
export function written(book: Book, accounts: readonly string[]): object {
  const side = (taker: Side): (readonly [number, number])[] => offered(book, taker).map(({ price, lots }) => [price, lots]);
  const taken: [string, Side, number, number][] = [];
  for (const account of accounts)
    for (const taker of ['buy', 'sell'] as const) {
      const own = book.taken.filter((one) => one.account === account && one.taker === taker);
      const prices = [...new Set(own.map(({ price }) => price))].sort((a, b) => a - b);
      for (const price of prices)
        taken.push([account, taker, price, own.filter((one) => one.price === price).reduce((sum, { lots }) => sum + lots, 0)]);
    }
  return { known: book.known, flags: book.flags, time: book.time, bids: side('sell'), asks: side('buy'), taken };
}
