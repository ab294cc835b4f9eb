/**
 * The run in parts: by day and month (from equity), by instrument and by side (from trades). Every split adds up to the whole, to the
 * minor unit; what trades do not explain of the change in equity is shown as a row of its own, not spread.
 */
import { dayText } from '../../market/calendar.ts';
import { lastEquity, type RunResult } from '../../run/result.ts';
import type { Trade } from '../../run/trades.ts';
import type { Minor } from '../../values.ts';
import { type DailySeries, monthText } from './sampling.ts';

/** Change of equity over a day or month. `ret` is null where the period did not begin above zero. */
export type Period = Readonly<{ key: string; change: Minor; ret: number | null }>;

export type Part = Readonly<{
  key: string;
  trades: number;
  open: number;
  won: number;
  realised: Minor;
  unrealised: Minor;
  fees: Minor;
  net: Minor;
}>;

export type Breakdown = Readonly<{
  days: readonly Period[];
  months: readonly Period[];
  instruments: readonly Part[];
  sides: readonly Part[];
  strategies: readonly Part[];
  /** Change of equity that no trade explains: what positions cost while held, interest, transfers, a mark other than the last close. 0 in an ordinary run. */
  unexplained: Minor;
}>;

export function breakdownOf(result: RunResult, trades: readonly Trade[], daily: DailySeries): Breakdown {
  const change = lastEquity(result) - result.cash0;
  return {
    days: periods(daily, dayText),
    months: periods(daily, monthText),
    instruments: parts(trades, ({ instrument }) => instrument),
    sides: parts(trades, ({ side }) => side),
    strategies: parts(trades, ({ strategy }) => strategy),
    unexplained: (change - trades.reduce((sum, { net }) => sum + net, 0n)) as Minor,
  };
}

function periods({ days, equity, opening }: DailySeries, keyOf: (day: number) => string): Period[] {
  const found: Period[] = [];
  let start = opening;
  for (let i = 0; i < days.length; i += 1) {
    const key = keyOf(days[i] as number);
    if (i + 1 < days.length && keyOf(days[i + 1] as number) === key) continue;
    const end = equity[i] as number;
    found.push({ key, change: BigInt(end - start) as Minor, ret: start > 0 ? (end - start) / start : null });
    start = end;
  }
  return found;
}

/** In the order the parts first traded. */
function parts(trades: readonly Trade[], keyOf: (trade: Trade) => string): Part[] {
  const groups = new Map<string, Trade[]>();
  for (const trade of trades) {
    const group = groups.get(keyOf(trade));
    if (group === undefined) groups.set(keyOf(trade), [trade]);
    else group.push(trade);
  }
  const total = (group: readonly Trade[], amount: 'realised' | 'unrealised' | 'fees' | 'net') =>
    group.reduce((sum, trade) => sum + trade[amount], 0n) as Minor;
  return [...groups].map(([key, group]) => ({
    key,
    trades: group.length,
    open: group.filter(({ exitTime }) => exitTime === null).length,
    won: group.filter(({ exitTime, net }) => exitTime !== null && net > 0n).length,
    realised: total(group, 'realised'),
    unrealised: total(group, 'unrealised'),
    fees: total(group, 'fees'),
    net: total(group, 'net'),
  }));
}
