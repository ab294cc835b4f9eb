/** Two runs beside each other as one page: their equity over each other, and every difference that was found. */
import { changeText, metricText, momentText, moneyText, NOTHING, plain, shortMoney } from '#engine/run/figures.ts';
import type { RunFill, RunResult } from '#engine/run/result.ts';
import { scaleOver, ticksOn, timeTicks } from '#engine/run/scale.ts';
import { thinned } from '#engine/run/thinned.ts';
import { type Comparison, compareRuns, type FillDifference, type Judged, type TradePair } from '../compare.ts';
import { type Cell, type Column, escaped, section, table, toneOf } from './markup.ts';
import { linePath, plot, reading, readingPoints } from './plot.ts';
import { titleLine, wholePage } from './shell.ts';

const MOST_PAIRS = 300;
const UNFOLDED = 25;

export function renderComparisonHtml(a: Judged, b: Judged, comparison: Comparison = compareRuns(a, b)): string {
  const money = a.result;
  return wholePage(`${comparison.runs.a} and ${comparison.runs.b}`, header(a.result, b.result, comparison), [
    equity(a.result, b.result),
    config(comparison),
    fills(comparison, money),
    metrics(comparison, money),
    trades(comparison, money),
  ]);
}

function header(a: RunResult, b: RunResult, { sameHash }: Comparison): string {
  const line = (name: string, { strategy, run, runHash }: RunResult) =>
    `<p class="what"><b>${name}</b> ${escaped(strategy)} <span aria-hidden="true">·</span> ${escaped(run)} <span aria-hidden="true">·</span> <code title="${escaped(runHash)}">${escaped(runHash.slice(0, 16))}…</code></p>`;
  const told = sameHash ? 'The hashes are equal: every decision is the same.' : 'The hashes differ.';
  return `<header>${titleLine('Two runs')}${line('a', a)}${line('b', b)}<p class="run-name">${told}</p></header>`;
}

function equity(a: RunResult, b: RunResult): string {
  const x = { low: Math.min(a.from, b.from), high: Math.max(a.to, b.to, a.from + 1) };
  const drawn = [a, b].map(({ equity: { time, minor }, cash0, from }) => {
    const points = thinned(minor, 1400).map((i) => [time[i] as number, minor[i] as number] as const);
    return [[from, Number(cash0)] as const, ...points];
  });
  const y = scaleOver(drawn.flatMap((points) => points.map(([, value]) => value)));
  const [first, second] = drawn.map((points) => linePath(x, y, points)) as [string, string];
  const places = readingPoints(241).map((i) => x.low + ((x.high - x.low) * i) / 240);
  const valuesOf = (result: RunResult) => {
    let at = 0;
    let now: number | null = null;
    return places.map((place) => {
      if (place >= result.from && now === null) now = Number(result.cash0);
      while (at < result.equity.time.length && (result.equity.time[at] as number) <= place) now = result.equity.minor[at++] as number;
      return now === null ? NOTHING : moneyText(BigInt(now), result);
    });
  };
  const body = plot({
    label: 'Equity of both runs.',
    yTitle: `Equity, ${a.currency}`,
    xTitle: 'time, UTC',
    height: 300,
    x,
    y,
    xTicks: timeTicks(x),
    yTicks: ticksOn(y, 5, (value, step) => shortMoney(value, step, a)),
    baseline: a.cash0 === b.cash0 ? Number(a.cash0) : null,
    drawing: `<path class="run" d="${first}"/><path class="second" d="${second}"/>`,
    marks: '',
    legend: [
      { name: 'a', style: 'run' },
      { name: 'b', style: 'second' },
    ],
    readout: {
      x: places.map((place) => reading(x, place)),
      at: places.map(momentText),
      series: [
        { name: 'a', values: valuesOf(a) },
        { name: 'b', values: valuesOf(b) },
      ],
    },
    together: null,
  });
  return section({ id: 'equity', title: 'Equity', note: '', body });
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

function config({ config: rows }: Comparison): string {
  const body =
    rows.length === 0
      ? '<p>Both were asked for the same.</p>'
      : table(
          'Asked differently',
          [left('field'), left('a'), left('b')],
          rows.map(({ field, a, b }) => [field, a ?? NOTHING, b ?? NOTHING]),
          true,
        );
  return section({ id: 'config', title: 'What was asked differently', note: '', body });
}

function fills({ fills: { counts, firstDifferent } }: Comparison, money: RunResult): string {
  const body = firstDifferent === null ? `<p>All ${plain(counts.a, 0)} fills are the same.</p>` : fillTable(firstDifferent, money);
  const where =
    firstDifferent === null
      ? ''
      : `Fill ${plain(firstDifferent.index + 1, 0)} of ${plain(counts.a, 0)} in a and ${plain(counts.b, 0)} in b; all before it are the same.`;
  return section({ id: 'fills', title: 'The first fill that differs', note: where, body });
}

function fillTable({ fields, a, b }: FillDifference, money: RunResult): string {
  const rows: readonly (readonly [string, string | null, (fill: RunFill) => string])[] = [
    ['time, UTC', 'timeUs', ({ timeUs }) => momentText(timeUs)],
    ['instrument', 'instrument', ({ instrument }) => instrument],
    ['strategy', 'strategy', ({ strategy }) => strategy],
    ['side', 'side', ({ side }) => side],
    ['lots', 'lots', ({ lots }) => plain(lots, 0)],
    ['price, ticks', 'price', ({ price }) => plain(price, 0)],
    [`fee, ${money.currency}`, 'fee', ({ fee }) => moneyText(fee, money)],
    [`realised, ${money.currency}`, 'realised', ({ realised }) => moneyText(realised, money)],
    ['maker', 'maker', ({ maker }) => String(maker)],
    ['address', null, ({ address }) => address],
  ];
  const cell = (fill: RunFill | null, of: (fill: RunFill) => string) => (fill === null ? NOTHING : of(fill));
  const body = rows.map(([name, field, of]) => [
    name,
    cell(a, of),
    cell(b, of),
    field !== null && (fields as readonly string[]).includes(field) ? '≠' : '',
  ]);
  return table('The first fill that differs', [left(''), right('a'), right('b'), left('')], body, true);
}

function metrics({ metrics: rows }: Comparison, money: RunResult): string {
  const body = rows.map(({ name, unit, a, b, delta }): readonly Cell[] => {
    const text = (value: number | null) => metricText({ value, unit }, { ...money, currency: '' }).trimEnd();
    const change = delta === null ? NOTHING : delta === 0 ? '=' : `${delta > 0 ? '+' : ''}${text(delta)}`;
    return [name, text(a), text(b), change];
  });
  return section({
    id: 'metrics',
    title: 'Every metric',
    note: `Money in ${money.currency}. The last column is b − a; of percentages it is in percentage points.`,
    body: table('Every metric', [left(''), right('a'), right('b'), right('b − a')], body, true),
  });
}

function trades({ trades: { same, pairs } }: Comparison, money: RunResult): string {
  const count = (kind: TradePair['kind']) => plain(pairs.filter((pair) => pair.kind === kind).length, 0);
  const more = pairs.length > MOST_PAIRS ? ` The first ${MOST_PAIRS} differences are shown.` : '';
  const note = `${plain(same, 0)} the same, ${count('changed')} changed, ${count('only a')} only in a, ${count('only b')} only in b. One trade in both: same strategy, instrument, side and entry time.${more}`;
  const net = (trade: TradePair['a']): Cell => (trade === null ? NOTHING : { text: changeText(trade.net, money), tone: toneOf(trade.net) });
  const rows = pairs.slice(0, MOST_PAIRS).map(({ kind, fields, a, b }): readonly Cell[] => {
    const { entryTime, instrument, side } = (a ?? b) as NonNullable<TradePair['a']>;
    return [momentText(entryTime), instrument, side, kind, net(a), net(b), fields.join(', ')];
  });
  const columns = [
    left('in, UTC'),
    left('instrument'),
    left('side'),
    left(''),
    right(`net a, ${money.currency}`),
    right('net b'),
    left('differs in'),
  ];
  const shown = table('Trades that differ', columns, rows, true);
  const folded = `<details class="fold"><summary>Show ${plain(rows.length, 0)} trades</summary>${shown}</details>`;
  const body = rows.length === 0 ? '' : rows.length <= UNFOLDED ? shown : folded;
  return section({ id: 'trades', title: 'Trades', note, body });
}
