/** A run's worth in the terminal: at most 80 columns, no colour unless one is handed in, every figure from the measures. */

import { worst } from '#engine/portfolio/metrics/drawdown.ts';
import { allMetrics, type Measures, metricOf } from '#engine/portfolio/metrics/measure.ts';
import { changeText, clip, dateText, metricText, momentText, moneyText, percentText, plain, signedPercent } from '#engine/run/figures.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import { DAY_US } from '#engine/values.ts';
import { sparkline } from './sparkline.ts';

/** How a word is set off; the command line hands in colours where the terminal has them. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'green' | 'red', (text: string) => string>>;

const same = (text: string): string => text;
export const NO_PAINT: Paint = { bold: same, dim: same, green: same, red: same };

export const WIDTH = 80;

export function renderTerminal(result: RunResult, measures: Measures, paint: Paint = NO_PAINT): string {
  const lines = [
    ...head(result, measures, paint),
    '',
    ...figures(result, measures, paint),
    '',
    ...months(measures, paint),
    ...parts(result, measures, paint),
    ...drawdowns(result, measures, paint),
    ...notes(result, measures, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function head(result: RunResult, measures: Measures, paint: Paint): string[] {
  const change = lastEquity(result) - result.cash0;
  const total = metricOf(measures, 'totalReturn').value;
  const worth = `${changeText(change, result)} ${result.currency}${total === null ? '' : `  ${signedPercent(total)}`}`;
  const lasted = plain((result.to - result.from) / DAY_US, 0);
  return [
    `${paint.bold(clip(result.strategy, 40))}  ${paint.dim(clip(result.run, 36))}`,
    paint.dim(`${momentText(result.from)} – ${momentText(result.to)} UTC, ${lasted} days`),
    paint.dim(`${result.instruments.map(({ id }) => id).join(', ')}`.slice(0, WIDTH)),
    '',
    `${paint.bold('Equity')}  ${sparkline(result.equity.minor, WIDTH - 8)}`,
    `        ${moneyText(result.cash0, result)} → ${moneyText(lastEquity(result), result)} ${result.currency}   ${signed(worth, change, paint)}`,
  ];
}

const LEFT = [
  'totalReturn',
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
  'maxDrawdown',
  'longestDrawdown',
  'underwater',
  'psr',
  'deflatedSharpe',
];
const RIGHT = [
  'trades',
  'winRate',
  'profitFactor',
  'expectancy',
  'payoff',
  'holdingTime',
  'exposure',
  'turnover',
  'fees',
  'feeShare',
  'refused',
];

function figures(result: RunResult, measures: Measures, paint: Paint): string[] {
  const cell = (key: string) => {
    const metric = metricOf(measures, key);
    const text = metricText(metric, result);
    return `${clip(metric.name, 22).padEnd(22)} ${paint.bold(text.padStart(15))}`;
  };
  const { borrow, funding } = measures.costs.carry;
  const carry = borrow === 0n && funding === 0n ? [] : [`${cell('borrow')}    ${cell('funding')}`];
  return [...LEFT.map((key, i) => `${cell(key)}    ${cell(RIGHT[i] as string)}`.trimEnd()), ...carry];
}

/** A line a year: the months' returns, then the year's. */
function months({ breakdown }: Measures, paint: Paint): string[] {
  const years = new Map<string, Map<string, number>>();
  for (const { key, ret } of breakdown.months) {
    if (ret === null) continue;
    const [year, month] = key.split('-') as [string, string];
    years.set(year, (years.get(year) ?? new Map()).set(month, ret));
  }
  if (years.size === 0) return [];
  const names = Array.from({ length: 12 }, (_, i) => String(i + 1).padStart(2, '0'));
  const rows = [...years].map(([year, of]) => {
    const cells = names.map((month) => {
      const ret = of.get(month);
      return ret === undefined ? ' '.repeat(6) : signed(plain(ret * 100, Math.abs(ret) < 0.9995 ? 1 : 0).padStart(6), ret, paint);
    });
    return `${year} ${cells.join('')}`.trimEnd();
  });
  return [paint.bold('By month, %'), paint.dim(`     ${names.map((month) => month.padStart(6)).join('')}`), ...rows, ''];
}

function parts(result: RunResult, { breakdown }: Measures, paint: Paint): string[] {
  const rows = [...breakdown.instruments, ...breakdown.sides];
  if (rows.length === 0) return [];
  const line = (name: string, trades: string, won: string, gross: string, fees: string, net: string) =>
    `${clip(name, 18).padEnd(18)}${trades.padStart(8)}${won.padStart(8)}${gross.padStart(15)}${fees.padStart(14)}${net.padStart(16)}`;
  const shown = rows.map(({ key, trades, open, won, realised, unrealised, fees, net }) => {
    const closed = trades - open;
    const text = line(
      key,
      plain(trades, 0),
      closed === 0 ? '–' : percentText(won / closed, 0),
      changeText(realised + unrealised, result),
      moneyText(fees, result),
      changeText(net, result),
    );
    return text.slice(0, -16) + signed(text.slice(-16), net, paint);
  });
  const { unexplained } = breakdown;
  return [
    paint.bold(`By instrument and side, ${result.currency}`),
    paint.dim(line('', 'trades', 'won', 'before fees', 'fees', 'net')),
    ...shown,
    ...(unexplained === 0n ? [] : [line('not from trades', '', '', '', '', changeText(unexplained, result))]),
    '',
  ];
}

function drawdowns(result: RunResult, { performance }: Measures, paint: Paint): string[] {
  const deepest = worst(performance.underwater.drawdowns, 3);
  if (deepest.length === 0) return [];
  const rows = deepest.map(({ depth, amount, peakTime, troughTime, recoveryTime, lengthUs }) => {
    const dates = [peakTime, troughTime].map((time) => dateText(Math.floor(time / DAY_US)).padStart(11));
    const recovered = (recoveryTime === null ? 'not yet' : dateText(Math.floor(recoveryTime / DAY_US))).padStart(11);
    return `${percentText(depth).padStart(8)}${moneyText(BigInt(Math.round(amount)), result).padStart(15)}  ${dates.join('  ')}  ${recovered}  ${plain(lengthUs / DAY_US, 1).padStart(7)} d`;
  });
  return [
    paint.bold('Deepest drawdowns'),
    paint.dim(
      `${'depth'.padStart(8)}${'amount'.padStart(15)}  ${'peak'.padStart(11)}  ${'lowest'.padStart(11)}  ${'recovered'.padStart(11)}  ${'length'.padStart(9)}`,
    ),
    ...rows,
    '',
  ];
}

function notes(result: RunResult, measures: Measures, paint: Paint): string[] {
  const missing = allMetrics(measures).filter(({ value }) => value === null);
  const reasons = [...new Set(missing.map(({ reason }) => reason))].map((reason) => {
    const names = missing.filter((metric) => metric.reason === reason).map(({ name }) => name);
    return `no ${names.join(', ')}: ${reason}`;
  });
  const { bootstrap, benchmark } = measures;
  const hold =
    benchmark === null
      ? [`no comparison with buy and hold: ${measures.noBenchmark}`]
      : [
          `buy and hold: ${metricText(metricOf(measures, 'holdTotalReturn'), result)}, deepest drawdown ${metricText(metricOf(measures, 'holdMaxDrawdown'), result)}`,
        ];
  const luck =
    bootstrap === null
      ? []
      : [
          `the same trades drawn again (seed ${bootstrap.seed}, ${plain(bootstrap.paths, 0)} paths): ${percentText(bootstrap.lossProbability, 1)} end below the start`,
        ];
  const told = [`${measures.sampling.text}; risk-free rate 0`, ...hold, ...luck, ...reasons, `hash ${result.runHash}`];
  return told.flatMap((text) => wrapped(text, WIDTH - 2)).map((line) => paint.dim(line));
}

function signed(text: string, value: number | bigint, paint: Paint): string {
  return value > 0 ? paint.green(text) : value < 0 ? paint.red(text) : text;
}

/** Lines of at most `width`, the first behind a dot. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part, i) => `${i === 0 ? '·' : ' '} ${part}`);
}
