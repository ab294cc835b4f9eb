/** A run's report as one HTML file: no network, no library, light and dark. The same result gives the same bytes. */
import { type Measures, metricOf } from '#engine/portfolio/metrics/measure.ts';
import { changeText, metricText, momentText, plain } from '#engine/run/figures.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import { DAY_US } from '#engine/values.ts';
import type { GateValue } from '../../gate-value.ts';
import { bootstrapSection } from './bootstrap.ts';
import { costsSection, partsSection } from './costs.ts';
import { distributionSection } from './distribution.ts';
import { equitySection } from './equity.ts';
import { excursionsSection } from './excursions.ts';
import { gateSection } from './gate.ts';
import { escaped, toneOf } from './markup.ts';
import { periodsSection } from './periods.ts';
import { priceSection } from './price.ts';
import { rollingSection } from './rolling.ts';
import { titleLine, wholePage } from './shell.ts';
import { drawdownsSection, fillsSection, metricsSection, originSection, tradesSection } from './tables.ts';

/** `gate`: what its guards were worth, where somebody asked. */
export function renderHtml(result: RunResult, measures: Measures, gate: readonly GateValue[] | null = null): string {
  const sections = [
    equitySection(result, measures),
    periodsSection(result, measures),
    priceSection(result, measures),
    `<div class="pair">${distributionSection(measures)}${excursionsSection(result, measures)}</div>`,
    rollingSection(measures),
    bootstrapSection(result, measures),
    `<div class="pair">${costsSection(result, measures)}${partsSection(result, measures)}</div>`,
    drawdownsSection(result, measures),
    gateSection(result, gate),
    metricsSection(result, measures),
    tradesSection(result, measures),
    fillsSection(result),
    originSection(result, measures),
  ];
  return wholePage(`${result.strategy} · ${result.run}`, header(result, measures), sections);
}

function header(result: RunResult, measures: Measures): string {
  const lasted = plain((result.to - result.from) / DAY_US, 0);
  const what = [
    result.instruments.map(({ id }) => id).join(', '),
    `${momentText(result.from)} – ${momentText(result.to)} UTC`,
    `${lasted} days`,
  ];
  return [
    '<header>',
    titleLine(result.strategy),
    `<p class="what">${what.map(escaped).join(' <span aria-hidden="true">·</span> ')}</p>`,
    `<p class="run-name">run ${escaped(result.run)} <span aria-hidden="true">·</span> <code title="${escaped(result.runHash)}">${escaped(result.runHash.slice(0, 16))}…</code></p>`,
    `<ul class="headline">${headline(result, measures).join('')}</ul>`,
    '</header>',
  ].join('');
}

const SHOWN = [
  'cagr',
  'sharpe',
  'maxDrawdown',
  'volatility',
  'trades',
  'winRate',
  'profitFactor',
  'expectancy',
  'fees',
  'psr',
  'holdTotalReturn',
];
const SHORT: Readonly<Record<string, string>> = { cagr: 'Yearly growth', psr: 'P(Sharpe > 0)', holdTotalReturn: 'Buy and hold' };

/** The first tile is the whole result; each leads to its formula. */
function headline(result: RunResult, measures: Measures): string[] {
  const change = lastEquity(result) - result.cash0;
  const total = metricOf(measures, 'totalReturn');
  const first = `<li class="lead ${toneOf(change)}"><a href="#metric-netProfit"><span>Net profit</span><b>${escaped(changeText(change, result))} <small>${escaped(result.currency)}</small></b><em>${total.value !== null && total.value > 0 ? '+' : ''}${escaped(metricText(total, result))}</em></a></li>`;
  const known = new Set(measures.groups.flatMap(({ metrics }) => metrics.map(({ key }) => key)));
  const rest = SHOWN.filter((key) => known.has(key)).map((key) => {
    const metric = metricOf(measures, key);
    const why = metric.reason === null ? metric.formula : metric.reason;
    return `<li><a href="#metric-${key}" title="${escaped(why)}"><span>${escaped(SHORT[key] ?? metric.name)}</span><b>${escaped(metricText(metric, result))}</b></a></li>`;
  });
  return [first, ...rest];
}
