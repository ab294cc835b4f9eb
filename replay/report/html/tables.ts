/** The tables of a report: every metric with its formula and inputs behind it, the deepest drawdowns, the trades, and where it came from. */
import { parseDecimal, pow10 } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { worst } from '#engine/portfolio/metrics/drawdown.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { Metric } from '#engine/portfolio/metrics/metric.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import { unitOf } from '#engine/portfolio/valuation.ts';
import { changeText, dateText, inputText, metricText, momentText, moneyText, NOTHING, percentText, plain } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { slippageOf } from '#engine/run/slippage.ts';
import { DAY_US, type InstrumentId } from '#engine/values.ts';
import { escaped, section, table, toneOf } from './markup.ts';

export function metricsSection(result: RunResult, { groups, sampling }: Measures): string {
  const blocks = groups.map(
    ({ name, metrics }) =>
      `<div class="group"><h3>${escaped(name)}</h3>${metrics.map((metric) => metricRow(result, metric)).join('')}</div>`,
  );
  const note = `Open a line for its formula and the numbers that went into it. Convention: ${sampling.text}; risk-free rate 0.`;
  return section({ id: 'metrics', title: 'Every metric', note, body: `<div class="groups">${blocks.join('')}</div>` });
}

function metricRow(result: RunResult, metric: Metric): string {
  const inputs = metric.inputs.map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(inputText(value, result))}</td></tr>`,
  );
  const reason = metric.reason === null ? '' : `<p class="reason">No value: ${escaped(metric.reason)}.</p>`;
  const numbers = inputs.length === 0 ? '' : `<table class="inputs"><tbody>${inputs.join('')}</tbody></table>`;
  return `<details id="metric-${metric.key}"><summary title="${escaped(metric.formula)}"><span>${escaped(metric.name)}</span><b>${escaped(metricText(metric, result))}</b></summary><p class="formula">${escaped(metric.formula)}</p>${reason}${numbers}</details>`;
}

export function drawdownsSection(result: RunResult, { performance }: Measures): string {
  const deepest = worst(performance.underwater.drawdowns, 8);
  if (deepest.length === 0) return '';
  const day = (time: number) => dateText(Math.floor(time / DAY_US));
  const columns = ['depth', `amount, ${result.currency}`, 'from peak', 'lowest', 'recovered', 'length, days'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  const rows = deepest.map(({ depth, amount, peakTime, troughTime, recoveryTime, lengthUs }) => [
    percentText(depth),
    moneyText(BigInt(Math.round(amount)), result),
    day(peakTime),
    day(troughTime),
    recoveryTime === null ? 'not yet' : day(recoveryTime),
    plain(lengthUs / DAY_US, 1),
  ]);
  return section({
    id: 'drawdowns',
    title: 'Deepest drawdowns',
    note: 'By bar close; a drawdown that has not recovered lasts to the end.',
    body: table('Deepest drawdowns', columns, rows, true),
  });
}

const MOST_ROWS = 400;

export function tradesSection(result: RunResult, { trades }: Measures): string {
  if (trades.length === 0) return '';
  const instruments = new Map<InstrumentId, Instrument>(result.instruments.map((one) => [one.id, one]));
  const left = ['#', 'instrument', 'side', 'in', 'out'].map((title) => ({ title, align: 'left' as const }));
  const right = ['lots', 'entry', 'exit', 'fees', 'slippage', 'net', 'MAE', 'MFE', 'stop', 'R'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  const rows = trades.slice(0, MOST_ROWS).map((trade) => tradeRow(result, trade, instruments.get(trade.instrument) as Instrument));
  const more = trades.length > MOST_ROWS ? ` The first ${MOST_ROWS}; the JSON and Parquet files have all.` : '';
  const body = `<details class="fold"><summary>Show ${plain(Math.min(trades.length, MOST_ROWS), 0)} trades</summary>${table(`Trades, ${result.currency}`, [...left, ...right], rows, true)}</details>`;
  return section({
    id: 'trades',
    title: 'Trades',
    note: `From flat to flat, at average cost; times in UTC, prices are averages, the stop is the first one placed against the trade.${more}`,
    body,
  });
}

function tradeRow(result: RunResult, trade: JudgedTrade, instrument: Instrument) {
  const price = priceIn(instrument);
  const { number, side, entryTime, exitTime, lots, entryPrice, exitPrice, fees, slippage, net, excursion, stop, r } = trade;
  return [
    String(number),
    trade.instrument,
    side,
    momentText(entryTime),
    exitTime === null ? 'open' : momentText(exitTime),
    plain(lots, 0),
    price(entryPrice),
    price(exitPrice),
    moneyText(fees, result),
    slippage === null ? NOTHING : moneyText(slippage, result),
    { text: changeText(net, result), tone: toneOf(net) },
    moneyText(excursion.adverse, result),
    moneyText(excursion.favourable, result),
    price(stop),
    r === null ? NOTHING : plain(r, 2),
  ];
}

function priceIn({ tick: step }: Instrument): (ticks: number | null) => string {
  const { digits, scale } = parseDecimal(step);
  return (ticks) => (ticks === null ? NOTHING : plain((ticks * Number(digits)) / Number(pow10(scale)), scale));
}

export function fillsSection(result: RunResult): string {
  const { fills } = result;
  if (fills.length === 0) return '';
  const known = new Map(result.instruments.map((one) => [one.id, { price: priceIn(one), unit: unitOf(one) }]));
  const left = ['time, UTC', 'order', 'instrument', 'side'].map((title) => ({ title, align: 'left' as const }));
  const right = ['lots', 'price', 'meant at', 'by', 'slippage', 'fee', 'first stop'].map((title) => ({ title, align: 'right' as const }));
  const rows = fills.slice(0, MOST_ROWS).map((fill) => {
    const { price, unit } = known.get(fill.instrument)!;
    const slippage = slippageOf(fill, unit);
    return [
      momentText(fill.timeUs),
      fill.order,
      fill.instrument,
      fill.side,
      plain(fill.lots, 0),
      price(fill.price),
      price(fill.intended?.price ?? null),
      fill.intended?.by ?? NOTHING,
      slippage === null ? NOTHING : moneyText(slippage, result),
      moneyText(fill.fee, result),
      price(fill.stop),
    ];
  });
  const more = fills.length > MOST_ROWS ? ` The first ${MOST_ROWS}; the Parquet file has all.` : '';
  return section({
    id: 'fills',
    title: 'Fills',
    note: `Meant at: the last price as a market order was decided, the stop of an order that waited for one, the limit of a limit order. Slippage is above 0 where it was lost.${more}`,
    body: `<details class="fold"><summary>Show ${plain(rows.length, 0)} fills</summary>${table(`Fills, ${result.currency}`, [...left, ...right], rows, true)}</details>`,
  });
}

export function originSection(result: RunResult, measures: Measures): string {
  const parameters = Object.entries(result.parameters).map(([name, value]) => [name, value === null ? '–' : String(value)] as const);
  const facts: (readonly [string, string])[] = [
    ['Run', result.run],
    ['Hash over every decision', result.runHash],
    ['Strategy', result.strategy],
    ...parameters.map(([name, value]) => [`Parameter ${name}`, value] as const),
    ['Instruments', result.instruments.map(({ id, version, calendar }) => `${id} (version ${version}, ${calendar})`).join(', ')],
    ['From, UTC', momentText(result.from)],
    ['To, UTC', momentText(result.to)],
    ['Read', `${plain(result.bars, 0)} bars, ${plain(result.ticks, 0)} ticks`],
    ['Cash at the start', `${moneyText(result.cash0, result)} ${result.currency}`],
    ['Sampling', measures.sampling.text],
    ...(measures.bootstrap === null ? [] : [['Seed of the draws', String(measures.bootstrap.seed)] as const]),
    ...result.refusals.map(({ clause, count }) => [`Refused by ${clause}`, plain(count, 0)] as const),
  ];
  const rows = facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`);
  return section({
    id: 'origin',
    title: 'Where this came from',
    note: 'The same run gives the same hash, and this page the same bytes.',
    body: `<dl class="facts">${rows.join('')}</dl>`,
  });
}
