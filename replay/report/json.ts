/** The report as JSON, for programs: all money as decimal strings, all times as ISO in UTC. The same result gives the same bytes. */

import { minorText } from '#engine/decimal.ts';
import { dayText } from '#engine/market/calendar.ts';
import type { Part, Period } from '#engine/portfolio/metrics/breakdown.ts';
import type { Measures, MetricGroup } from '#engine/portfolio/metrics/measure.ts';
import type { Metric } from '#engine/portfolio/metrics/metric.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import type { Minor } from '#engine/values.ts';
import { iso } from '../words.ts';

/** Grows when a field changes its meaning or goes. */
export const REPORT_VERSION = 1;

export function reportJson(result: RunResult, measures: Measures): string {
  const money = moneyOf(result);
  const { breakdown, costs, bootstrap, performance, sampling } = measures;
  const report = {
    report: REPORT_VERSION,
    run: {
      name: result.run,
      hash: result.runHash,
      strategy: result.strategy,
      parameters: result.parameters,
      instruments: result.instruments.map(({ id, version }) => ({ id, version })),
      currency: result.currency,
      from: iso(result.from),
      to: iso(result.to),
      bars: result.bars,
      ticks: result.ticks,
      orders: result.orders,
      fills: result.fills.length,
      cashAtStart: money(result.cash0),
      equityAtEnd: money(lastEquity(result)),
      refusals: result.refusals,
    },
    sampling: { text: sampling.text, calendar: sampling.calendar?.id ?? null, daysPerYear: sampling.daysPerYear, riskFreeRate: 0 },
    metrics: measures.groups.flatMap((group) => group.metrics.map((metric) => metricJson(group, metric, money))),
    noBenchmark: measures.noBenchmark,
    costs: {
      gross: money(costs.gross),
      maker: { fills: costs.maker.fills, fees: money(costs.maker.fees) },
      taker: { fills: costs.taker.fills, fees: money(costs.taker.fees) },
      slippage: costs.slippage === null ? null : money(costs.slippage.all),
      borrow: money(costs.carry.borrow),
      funding: money(costs.carry.funding),
    },
    parts: {
      instruments: breakdown.instruments.map((part) => partJson(part, money)),
      sides: breakdown.sides.map((part) => partJson(part, money)),
      strategies: breakdown.strategies.map((part) => partJson(part, money)),
      unexplained: money(breakdown.unexplained),
    },
    months: breakdown.months.map((period) => periodJson(period, money)),
    days: breakdown.days.map((period, i) => ({
      ...periodJson(period, money),
      equity: money(BigInt(performance.daily.equity[i] as number)),
    })),
    drawdowns: performance.underwater.drawdowns.map(({ depth, amount, peakTime, troughTime, recoveryTime }) => ({
      depth,
      amount: money(BigInt(Math.round(amount))),
      peak: iso(peakTime),
      trough: iso(troughTime),
      recovery: recoveryTime === null ? null : iso(recoveryTime),
    })),
    rolling: {
      window: measures.rolling.window,
      days: measures.rolling.days.map(dayText),
      sharpe: measures.rolling.sharpe,
      volatility: measures.rolling.volatility,
    },
    bootstrap:
      bootstrap === null
        ? null
        : { ...bootstrap, bands: bootstrap.bands.map((band) => band.map((value) => money(BigInt(Math.round(value))))) },
    trades: measures.trades.map((trade) => tradeJson(trade, money)),
  };
  return `${JSON.stringify(report, null, 1)}\n`;
}

type Money = (amount: bigint) => string;
export const moneyOf =
  ({ currencyScale }: Pick<RunResult, 'currencyScale'>): Money =>
  (amount) =>
    minorText(amount as Minor, currencyScale);

export function metricJson(group: MetricGroup, metric: Metric, money: Money) {
  const { key, name, unit, value, formula, inputs, reason } = metric;
  const told = value !== null && unit === 'money' ? money(BigInt(Math.round(value))) : value;
  return {
    key,
    group: group.name,
    name,
    value: told,
    unit,
    formula,
    inputs: inputs.map(([input, of]) => ({ name: input, value: typeof of === 'bigint' ? money(of) : of })),
    reason,
  };
}

const partJson = ({ key, trades, open, won, realised, unrealised, fees, net }: Part, money: Money) => ({
  key,
  trades,
  open,
  won,
  realised: money(realised),
  unrealised: money(unrealised),
  fees: money(fees),
  net: money(net),
});

const periodJson = ({ key, change, ret }: Period, money: Money) => ({ period: key, change: money(change), return: ret });

function tradeJson(trade: JudgedTrade, money: Money) {
  const {
    number,
    strategy,
    instrument,
    side,
    entry,
    exit,
    entryTime,
    exitTime,
    lots,
    largest,
    entryPrice,
    exitPrice,
    stop,
    r,
    slippage,
    excursion,
  } = trade;
  return {
    number,
    strategy,
    instrument,
    side,
    entry,
    exit,
    entryTime: iso(entryTime),
    exitTime: exitTime === null ? null : iso(exitTime),
    lots,
    largest,
    entryPriceTicks: entryPrice,
    exitPriceTicks: exitPrice,
    stopTicks: stop,
    turnover: money(trade.turnover),
    realised: money(trade.realised),
    unrealised: money(trade.unrealised),
    fees: money(trade.fees),
    net: money(trade.net),
    slippage: slippage === null ? null : money(slippage),
    adverse: money(excursion.adverse),
    favourable: money(excursion.favourable),
    r,
  };
}
