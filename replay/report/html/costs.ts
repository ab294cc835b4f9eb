/** From what the trades gained to what was left, and the run in parts: instruments, sides, strategies. */
import type { Part } from '#engine/portfolio/metrics/breakdown.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { changeText, moneyText, percentText, plain } from '#engine/run/figures.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import { type Cell, type Column, escaped, section, table, toneOf } from './markup.ts';

export function costsSection(result: RunResult, measures: Measures): string {
  const { costs, trades, breakdown } = measures;
  const gross = trades.reduce((sum, { realised, unrealised }) => sum + realised + unrealised, 0n);
  const other = breakdown.unexplained + costs.carry.borrow + costs.carry.funding;
  const rows: (readonly [string, bigint])[] = [
    ['Trades before fees', gross],
    [`Fees as taker, ${plain(costs.taker.fills, 0)} fills`, -costs.taker.fees],
    [`Fees as maker, ${plain(costs.maker.fills, 0)} fills`, -costs.maker.fees],
    ...(costs.carry.borrow === 0n ? [] : [['Borrowing', -costs.carry.borrow] as const]),
    ...(costs.carry.funding === 0n ? [] : [['Funding', -costs.carry.funding] as const]),
    ...(other === 0n ? [] : [['Not from trades', other] as const]),
    ['Net profit', lastEquity(result) - result.cash0],
  ];
  const most = rows.reduce((size, [, amount]) => Math.max(size, Math.abs(Number(amount))), 1);
  const bars = rows.map(([name, amount], i) => {
    const share = ((Math.abs(Number(amount)) / most) * 50).toFixed(2);
    const total = i === 0 || i === rows.length - 1 ? ' whole' : '';
    return `<li class="${toneOf(amount)}${total}"><span>${escaped(name)}</span><span class="track"><i style="--share:${share}%"></i></span><b>${escaped(changeText(amount, result))}</b></li>`;
  });
  const slippage =
    costs.slippage === null
      ? 'Slippage is within the gains of the trades; how much of it there was is not known.'
      : `Of the gains of the trades, slippage took ${moneyText(costs.slippage.all, result)} ${result.currency}: market orders ${moneyText(costs.slippage.market, result)}, stops ${moneyText(costs.slippage.stops, result)}, limits ${moneyText(costs.slippage.limits, result)}.`;
  const note = `${result.currency}. ${slippage}`;
  return section({ id: 'costs', title: 'Costs', note, body: `<ul class="flow">${bars.join('')}</ul>` });
}

const COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'trades', align: 'right' },
  { title: 'won', align: 'right' },
  { title: 'before fees', align: 'right' },
  { title: 'fees', align: 'right' },
  { title: 'net', align: 'right' },
];

export function partsSection(result: RunResult, { breakdown, performance }: Measures): string {
  const block = (caption: string, parts: readonly Part[]) =>
    table(
      caption,
      COLUMNS,
      parts.map((part) => row(result, part)),
    );
  const { instruments, sides, strategies } = breakdown;
  if (instruments.length === 0) return '';
  const tables = [
    block('By side', sides),
    block('By instrument', instruments),
    ...(strategies.length > 1 ? [block('By strategy', strategies)] : []),
  ];
  const days = performance.daily.days.length;
  const note = `${result.currency}. Open trades are counted at the last close. The parts add up to the net profit to the ${result.currencyScale === 0 ? 'unit' : 'last digit'}${breakdown.unexplained === 0n ? '' : `, but for ${changeText(breakdown.unexplained, result)} that no trade explains`}. ${plain(days, 0)} days.`;
  return section({ id: 'parts', title: 'In parts', note, body: tables.join('') });
}

function row(result: RunResult, { key, trades, open, won, realised, unrealised, fees, net }: Part): readonly Cell[] {
  const closed = trades - open;
  return [
    key,
    open === 0 ? plain(trades, 0) : `${plain(trades, 0)} (${plain(open, 0)} open)`,
    closed === 0 ? '–' : percentText(won / closed, 1),
    changeText(realised + unrealised, result),
    moneyText(fees, result),
    { text: changeText(net, result), tone: toneOf(net) },
  ];
}
