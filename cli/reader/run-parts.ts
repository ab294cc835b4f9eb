/** A run of the catalogue played again, and told in parts. The newest few stay at hand: a page asks for one part after the other. */
import { minorText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import type { RunResult } from '#engine/run/result.ts';
import { thinned } from '#engine/run/thinned.ts';
import type { Minor, PriceTicks } from '#engine/values.ts';
import { MOST_PAGE_BYTES } from '#gateway/contracts/rest.ts';
import {
  MOST_DRAWDOWNS,
  MOST_PAIRS,
  type RestComparison,
  type RestLedgerRow,
  type RestRunPart,
  type RestRunTrade,
} from '#gateway/contracts/rest-runs.ts';
import type { RunPartAsked, RunPartSaid } from '#gateway/rest/ports.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { comparisonJson } from '#replay/report/compare-terminal.ts';
import { moneyOf, reportJson } from '#replay/report/json.ts';
import { iso } from '#replay/words.ts';
import { ledgerOf } from '../research/backtest-answer.ts';
import { rerun } from '../research/backtest-session.ts';
import { runNamed } from '../research/run-answers.ts';
import type { Stop } from './open-journal.ts';
import { partingOf } from './run-parting.ts';

export type RunQuestions = {
  runPart: { asked: RunPartAsked; said: RunPartSaid };
  runComparison: { asked: Readonly<{ a: string; b: string }>; said: RestComparison };
};

type Played = Readonly<{ result: RunResult; measures: Measures }>;
const KEPT = 3;
const POINTS = 4_000;
/** By run and hash: the same name may be another run by now. */
const played = new Map<string, Played>();

async function playedRun(id: string): Promise<Played> {
  const entry = runNamed(id);
  const key = `${entry.id} ${entry.runHash}`;
  const known = played.get(key);
  played.delete(key);
  const now = known ?? (await rerun(entry));
  played.set(key, now);
  for (const oldest of played.keys()) {
    if (played.size <= KEPT) break;
    played.delete(oldest);
  }
  return now;
}

export async function partOf({ run, part, limit, behind }: RunPartAsked, _stop: Stop): Promise<RunPartSaid> {
  const { result, measures } = await playedRun(run);
  switch (part) {
    case 'report':
      return reportOf(result, measures);
    case 'ledger':
      return { part, run, ...pageOf(ledgerOf(result) as readonly RestLedgerRow[], limit, behind) };
    case 'trades':
      return { part, run, ...pageOf(tradesIn(result, measures), limit, behind) };
    case 'equity': {
      const { time, minor } = result.equity;
      const items = thinned(minor, POINTS).map((place): [number, string] => [
        time[place]!,
        minorText(BigInt(minor[place] as number) as Minor, result.currencyScale),
      ]);
      return { part, run, currency: result.currency, cash: minorText(result.cash0, result.currencyScale), points: minor.length, items };
    }
  }
}

type ReportPart = Extract<RestRunPart, { part: 'report' }>;
type Report = ReportPart & Readonly<{ drawdowns: readonly Readonly<{ depth: number }>[] }>;
/** What is told of it in one answer: trades have pages of their own, and of very many drawdowns the deepest say enough. */
function reportOf(result: RunResult, measures: Measures): ReportPart {
  const report = JSON.parse(reportJson(result, measures)) as Report;
  const drawdowns = [...report.drawdowns].sort((a, b) => b.depth - a.depth).slice(0, MOST_DRAWDOWNS);
  return { ...report, part: 'report', drawdowns, trades: measures.trades.length };
}

function tradesIn(result: RunResult, { trades }: Measures): readonly RestRunTrade[] {
  const money = moneyOf(result);
  const ticks = new Map<string, ReturnType<typeof parseDecimal>>(result.instruments.map(({ id, tick }) => [id, parseDecimal(tick)]));
  return trades.map((trade: JudgedTrade): RestRunTrade => {
    const { number, strategy, instrument, side, entry, exit, entryTime, exitTime, largest, entryPrice, exitPrice, net, fees, r } = trade;
    const price = (average: number): string => priceText(Math.round(average) as PriceTicks, ticks.get(instrument)!);
    return {
      ...{ number, strategy, instrument, side, entry, exit, largest, r },
      ...{ entryTime: iso(entryTime), exitTime: exitTime === null ? null : iso(exitTime) },
      ...{ entryPrice: price(entryPrice), exitPrice: exitPrice === null ? null : price(exitPrice) },
      ...{ net: money(net), fees: money(fees) },
      ...{ adverse: money(trade.excursion.adverse), favourable: money(trade.excursion.favourable) },
    };
  });
}

/** So many rows behind that place, and no more bytes than a page may have; at least one. `next`: the place of its last row. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  behind: number | null,
): Readonly<{ total: number; items: Row[]; next: number | null }> {
  const from = behind === null ? 0 : behind + 1;
  const items: Row[] = [];
  let bytes = 0;
  for (const row of rows.slice(from, from + limit)) {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (items.length > 0 && bytes > MOST_PAGE_BYTES) break;
    items.push(row);
  }
  const last = from + items.length - 1;
  return { total: rows.length, items, next: items.length === 0 || last + 1 >= rows.length ? null : last };
}

export async function compared({ a, b }: RunQuestions['runComparison']['asked'], stop: Stop): Promise<RestComparison> {
  const [one, other] = [await playedRun(a), await playedRun(b)];
  const whole = JSON.parse(comparisonJson(compareRuns(one, other), one.result)) as RestComparison;
  const { pairs } = whole.trades;
  return {
    ...whole,
    trades: { ...whole.trades, pairs: pairs.slice(0, MOST_PAIRS), left: Math.max(0, pairs.length - MOST_PAIRS) },
    parting: whole.sameHash ? null : await partingOf(a, b, stop),
  };
}
