/** The way of an account's equity from the marks that the journal holds: whole minor units become numbers for drawing, and for nothing else. */
import { textOf } from '../orders/decimal-text.ts';

export type Marked = Readonly<{ at: number; account: string; equity: string; drawdown: string; seq: number }>;
type Row = Readonly<Record<string, unknown>>;

/** `scale`: digits behind the point of its currency. Oldest first; of several marks of one moment the last. */
export function equityPoints(rows: readonly Row[], account: string, scale: number): Marked[] {
  const step = scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`;
  const money = (value: unknown): string => textOf(BigInt(String(value)), step);
  const points = new Map<number, Marked & { index: number }>();
  for (const row of rows) {
    if (row['type'] !== 'EquityMarked' || row['account'] !== account) continue;
    const [at, seq, index] = [Number(row['at']), Number(row['cause']), Number(row['index'])];
    const known = points.get(at);
    if (known !== undefined && (known.seq > seq || (known.seq === seq && known.index > index))) continue;
    points.set(at, { at, account, equity: money(row['equity']), drawdown: money(row['drawdown']), seq, index });
  }
  return [...points.values()].sort((a, b) => a.at - b.at).map(({ index, ...point }) => point);
}
