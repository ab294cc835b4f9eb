/** What a backtest tells the process that began it, if one did: how far it is, and what came out. A terminal hears of it in other ways. */
import type { Answer } from '../answer.ts';

export type BacktestTold = Readonly<{
  run: string;
  runHash: string;
  ticks: number;
  bars: number;
  orders: number;
  fills: number;
  equity: string;
  currency: string;
  again: boolean;
  faulted: string[];
}>;

const FIELDS = ['run', 'runHash', 'ticks', 'bars', 'orders', 'fills', 'equity', 'currency', 'again', 'faulted'] as const;

export function tellShare(share: number): void {
  if (process.connected) process.send?.({ share });
}

export function tellDone({ fields }: Answer): void {
  if (!process.connected) return;
  process.send?.(Object.fromEntries(FIELDS.map((name) => [name, fields[name]])));
}
