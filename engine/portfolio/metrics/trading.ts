/**
 * What the trades were worth, one by one and together. Rates, factors and expectancy look at closed trades only; an open one has no end
 * yet. Amounts are after fees; a mean of amounts is rounded once, half to even, to a whole minor unit.
 */
import { divideHalfEven } from '../../decimal.ts';
import { rMultiple } from '../../risk/r-multiple.ts';
import type { PriceBars, RunResult } from '../../run/result.ts';
import type { Trade } from '../../run/trades.ts';
import { DAY_US, type InstrumentId, type Minor } from '../../values.ts';
import { unitOf, value } from '../valuation.ts';
import { type Excursion, excursionOf } from './excursion.ts';
import { amount, type Metric, metric, quotient, type Undefined, undefinedBecause } from './metric.ts';
import { mean, sum } from './statistics.ts';

/** A trade with what it went through. */
export type JudgedTrade = Trade &
  Readonly<{
    excursion: Excursion;
    /** The first stop placed against it, in ticks. */
    stop: number | null;
    /** Null without a known stop, and while it is open. */
    r: number | null;
    /** Of its fills whose orders were meant at a known price; null where none was. */
    slippage: Minor | null;
  }>;

export function judged(trades: readonly Trade[], result: RunResult): readonly JudgedTrade[] {
  const bars = new Map<InstrumentId, PriceBars>(result.price.map((one) => [one.instrument, one]));
  const units = new Map(result.instruments.map((instrument) => [instrument.id, unitOf(instrument)]));
  const stops = new Map(result.fills.map(({ address, stop }) => [address, stop]));
  return trades.map((trade) => {
    const unit = units.get(trade.instrument) as ReturnType<typeof unitOf>;
    const stop = stops.get(trade.entry) ?? null;
    const r =
      stop === null || trade.exitTime === null
        ? null
        : rMultiple(trade.side === 'long' ? 'buy' : 'sell', trade.entryPrice, stop, trade.exitPrice as number);
    return judgedTrade(trade, excursionOf(trade, bars.get(trade.instrument) ?? null, unit), { stop, r, slippage: slippageIn(trade) });
  });
}

/** Field by field: a spread of so many takes forty times as long, and a sweep judges millions of trades. */
const judgedTrade = (
  trade: Trade,
  excursion: Excursion,
  { stop, r, slippage }: Pick<JudgedTrade, 'stop' | 'r' | 'slippage'>,
): JudgedTrade => ({
  number: trade.number,
  strategy: trade.strategy,
  instrument: trade.instrument,
  side: trade.side,
  entry: trade.entry,
  exit: trade.exit,
  entryTime: trade.entryTime,
  exitTime: trade.exitTime,
  lots: trade.lots,
  largest: trade.largest,
  entryPrice: trade.entryPrice,
  exitPrice: trade.exitPrice,
  turnover: trade.turnover,
  realised: trade.realised,
  unrealised: trade.unrealised,
  fees: trade.fees,
  net: trade.net,
  legs: trade.legs,
  excursion,
  stop,
  r,
  slippage,
});

/** Of its fills together; null where none of them knows what it was meant at. */
function slippageIn({ legs }: Trade): Minor | null {
  let sum: bigint | null = null;
  for (const { slippage } of legs) if (slippage !== null) sum = (sum ?? 0n) + slippage;
  return sum as Minor | null;
}

const NO_TRADE = 'no trade was closed';

export function tradeMetrics(trades: readonly JudgedTrade[]): Metric[] {
  const closed = trades.filter(({ exitTime }) => exitTime !== null);
  const n = closed.length;
  const wins = closed.filter(({ net }) => net > 0n);
  const losses = closed.filter(({ net }) => net < 0n);
  const [won, lost] = [total(wins), -total(losses)];
  const multiples = closed.flatMap(({ r }) => (r === null ? [] : [r]));
  const hours = closed.map(({ entryTime, exitTime }) => ((exitTime as number) - entryTime) / HOUR_US);
  const averageWin = meanMoney(won, wins.length, 'no trade won');
  const averageLoss = meanMoney(lost, losses.length, 'no trade lost');
  return [
    metric({ key: 'trades', name: 'Closed trades', unit: 'count', formula: 'trades from flat to flat, per strategy and instrument' }, n, [
      ['still open', trades.length - n],
    ]),
    metric(
      { key: 'winRate', name: 'Win rate', unit: 'fraction', formula: 'trades with net > 0 ÷ closed trades' },
      quotient(wins.length, n, NO_TRADE),
      [
        ['trades won', wins.length],
        ['trades lost', losses.length],
        ['closed trades', n],
      ],
    ),
    metric(
      {
        key: 'profitFactor',
        name: 'Profit factor',
        unit: 'ratio',
        formula: 'sum of the winning trades ÷ sum of the losing trades, after fees',
      },
      quotient(Number(won), Number(lost), n === 0 ? NO_TRADE : 'no trade lost'),
      [
        ['won', won],
        ['lost', lost],
      ],
    ),
    metric(
      { key: 'expectancy', name: 'Expectancy', unit: 'money', formula: 'sum of closed trades after fees ÷ closed trades' },
      meanMoney(total(closed), n, NO_TRADE),
      [
        ['sum', total(closed)],
        ['closed trades', n],
      ],
    ),
    metric(
      { key: 'payoff', name: 'Payoff ratio', unit: 'ratio', formula: 'mean winning trade ÷ mean losing trade' },
      payoff(won, wins.length, lost, losses.length),
      [
        ['mean win', orNullAmount(averageWin)],
        ['mean loss', orNullAmount(averageLoss)],
      ],
    ),
    metric(
      { key: 'averageWin', name: 'Mean winning trade', unit: 'money', formula: 'sum of the winning trades ÷ their number' },
      averageWin,
      [['trades won', wins.length]],
    ),
    metric(
      { key: 'averageLoss', name: 'Mean losing trade', unit: 'money', formula: '− sum of the losing trades ÷ their number' },
      negative(averageLoss),
      [['trades lost', losses.length]],
    ),
    metric(
      {
        key: 'losingStreak',
        name: 'Longest losing streak',
        unit: 'count',
        formula: 'most trades lost one after the other, in order of their ends',
      },
      longestStreak(closed),
      [],
    ),
    metric(
      { key: 'holdingTime', name: 'Mean holding time', unit: 'hours', formula: 'mean of exit time − entry time' },
      mean(hours) ?? undefinedBecause(NO_TRADE),
      [['closed trades', n]],
    ),
    metric(
      {
        key: 'meanR',
        name: 'Mean R',
        unit: 'R',
        formula:
          'mean of (exit − entry) ÷ (entry − stop), turned round for shorts; before fees; the stop is the first one placed against the trade',
      },
      mean(multiples) ?? undefinedBecause(n === 0 ? NO_TRADE : 'no stop is known for any closed trade'),
      [
        ['trades with a stop', multiples.length],
        ['closed trades', n],
        ['sum of R', sum(multiples)],
      ],
    ),
    metric(
      {
        key: 'meanAdverse',
        name: 'Mean adverse excursion (MAE)',
        unit: 'money',
        formula: 'mean over closed trades of the worst open result before fees, by the lows and highs of bars wholly inside the trade',
      },
      meanMoney(
        closed.reduce((sum, { excursion }) => sum + excursion.adverse, 0n),
        n,
        NO_TRADE,
      ),
      [['closed trades', n]],
    ),
    metric(
      {
        key: 'meanFavourable',
        name: 'Mean favourable excursion (MFE)',
        unit: 'money',
        formula: 'mean over closed trades of the best open result before fees, by the same bars',
      },
      meanMoney(
        closed.reduce((sum, { excursion }) => sum + excursion.favourable, 0n),
        n,
        NO_TRADE,
      ),
      [['closed trades', n]],
    ),
  ];
}

export function activityMetrics(result: RunResult, trades: readonly Trade[]): Metric[] {
  const length = result.to - result.from;
  const inMarket = timeInMarket(trades, result.to);
  const traded = tradedOf(result);
  const average = mean(result.equity.minor) ?? undefinedBecause('there is no equity');
  const times =
    average === 0 || (typeof average === 'number' && average < 0)
      ? undefinedBecause('mean equity is not above zero')
      : quotient(Number(traded), average, 'mean equity is 0');
  return [
    metric(
      { key: 'exposure', name: 'Time in the market', unit: 'fraction', formula: 'time with any position ÷ length of the run' },
      quotient(inMarket, length, 'the run has no length'),
      [
        ['days with a position', inMarket / DAY_US],
        ['days', length / DAY_US],
      ],
    ),
    metric({ key: 'turnover', name: 'Turnover', unit: 'ratio', formula: 'worth of all fills, bought and sold ÷ mean equity' }, times, [
      ['traded', traded],
      ['mean equity', orNullAmount(average)],
    ]),
    metric({ key: 'orders', name: 'Orders', unit: 'count', formula: 'orders the run placed' }, result.orders, []),
    metric({ key: 'fills', name: 'Fills', unit: 'count', formula: 'fills of all orders' }, result.fills.length, []),
    metric(
      { key: 'refused', name: 'Refused orders', unit: 'count', formula: 'orders refused, summed over the clauses that refused them' },
      sum(result.refusals.map(({ count }) => count)),
      [...result.refusals.map(({ clause, count }) => [clause, count] as const)],
    ),
  ];
}

/** Worth of all fills, in minor units: each at its own price. */
export function tradedOf(result: RunResult): Minor {
  const units = new Map(result.instruments.map((instrument) => [instrument.id, unitOf(instrument)]));
  let traded = 0n;
  for (const { instrument, lots, price } of result.fills) {
    const worth = value(units.get(instrument) as ReturnType<typeof unitOf>, lots, price);
    traded += worth < 0n ? -worth : worth;
  }
  return traded as Minor;
}

const HOUR_US = DAY_US / 24;

const total = (trades: readonly Trade[]): bigint => trades.reduce((sum, { net }) => sum + net, 0n);

const orNullAmount = (value: number | Undefined): bigint | null => (typeof value === 'number' ? amount(value) : null);

const negative = (value: number | Undefined): number | Undefined => (typeof value === 'number' ? -value : value);

function meanMoney(amount: bigint, count: number, none: string): number | Undefined {
  return count === 0 ? undefinedBecause(none) : Number(divideHalfEven(amount, BigInt(count)));
}

function payoff(won: bigint, wins: number, lost: bigint, losses: number): number | Undefined {
  if (wins === 0) return undefinedBecause('no trade won');
  if (losses === 0) return undefinedBecause('no trade lost');
  return Number(won) / wins / (Number(lost) / losses);
}

function longestStreak(closed: readonly Trade[]): number {
  const byEnd = [...closed].sort((a, b) => (a.exitTime as number) - (b.exitTime as number) || a.number - b.number);
  let [longest, now] = [0, 0];
  for (const { net } of byEnd) {
    now = net < 0n ? now + 1 : 0;
    longest = Math.max(longest, now);
  }
  return longest;
}

/** Time in which at least one trade was open. Trades come in order of their begin. */
function timeInMarket(trades: readonly Trade[], end: number): number {
  let [covered, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { entryTime, exitTime } of trades) {
    const last = exitTime ?? end;
    if (last > until) {
      covered += last - Math.max(entryTime, until);
      until = last;
    }
  }
  return covered;
}
