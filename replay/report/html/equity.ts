/** Equity beside buy and hold, and below it how far equity lies under its highest point. */
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { digitsFor, momentText, moneyText, percentText, shortMoney, signedPercent } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { isBeyond, scaleBeside, scaleOver, ticksOn, timeTicks } from '#engine/run/scale.ts';
import { thinned } from '#engine/run/thinned.ts';
import { section } from './markup.ts';
import { along, down, linePath, plot, reading, readingPoints } from './plot.ts';

export function equitySection(result: RunResult, measures: Measures): string {
  const { time, minor } = result.equity;
  if (time.length === 0) return section({ id: 'equity', title: 'Equity', note: '', body: '<p>No bar closed in this run.</p>' });
  const opening = Number(result.cash0);
  const x = { low: result.from, high: Math.max(result.to, result.from + 1) };
  const xTicks = timeTicks(x);
  const hold = measures.benchmark?.series.minor ?? null;
  const kept = thinned(minor, 1600);
  const keptHold = hold === null ? [] : thinned(hold, 800);
  const ownScale = scaleOver([opening, ...kept.map((i) => minor[i] as number)]);
  const heldScale =
    keptHold.length === 0
      ? null
      : scaleOver(
          keptHold.map((i) => (hold as Float64Array)[i] as number),
          0,
        );
  const y = scaleBeside(ownScale, heldScale);
  const leaves = hold !== null && isBeyond(y, hold);
  const own = linePath(x, y, [[result.from, opening], ...kept.map((i) => [time[i] as number, minor[i] as number] as const)]);
  const held =
    hold === null ? '' : linePath(x, y, [[result.from, opening], ...keptHold.map((i) => [time[i] as number, hold[i] as number] as const)]);
  const points = readingPoints(time.length);
  const at = points.map((i) => momentText(time[i] as number));
  const places = points.map((i) => reading(x, time[i] as number));
  const gain = (value: number) => (opening > 0 ? ` (${signedPercent(value / opening - 1)})` : '');
  const equity = plot({
    label: `Equity from ${moneyText(result.cash0, result)} to ${moneyText(BigInt(minor[minor.length - 1] as number), result)} ${result.currency}.`,
    yTitle: `Equity, ${result.currency}`,
    xTitle: '',
    height: 300,
    x,
    y,
    xTicks,
    yTicks: ticksOn(y, 5, (value, step) => shortMoney(value, step, result)),
    baseline: opening,
    drawing: `${held === '' ? '' : `<path class="hold" d="${held}"/>`}<path class="run" d="${own}"/>`,
    marks: '',
    legend: [{ name: 'this run', style: 'run' }, ...(hold === null ? [] : [{ name: 'buy and hold', style: 'hold' }])],
    readout: {
      x: places,
      at,
      series: [
        { name: 'run', values: points.map((i) => moneyText(BigInt(minor[i] as number), result) + gain(minor[i] as number)) },
        ...(hold === null
          ? []
          : [
              {
                name: 'hold',
                values: points.map((i) => moneyText(BigInt(Math.round(hold[i] as number)), result) + gain(hold[i] as number)),
              },
            ]),
      ],
    },
    together: 'time',
  });
  const { depth } = measures.performance.underwater;
  const note = measures.noBenchmark !== null ? `Without buy and hold: ${measures.noBenchmark}.` : leaves ? LEAVES : '';
  return section({
    id: 'equity',
    title: 'Equity and drawdown',
    note,
    body: equity + (depth === null ? '' : drawdownPlot(result, depth)),
  });
}

const LEAVES = 'Buy and hold moved so far that it leaves the picture: the scale follows the run. Its values show under the pointer.';

function drawdownPlot(result: RunResult, depth: Float64Array): string {
  const { time } = result.equity;
  const x = { low: result.from, high: Math.max(result.to, result.from + 1) };
  const below = depth.map((value) => -value);
  const kept = thinned(below, 1200);
  const deepest = below.reduce((least, value) => Math.min(least, value), 0);
  const y = { low: deepest === 0 ? -0.01 : deepest * 1.08, high: 0 };
  const line = kept.map((i) => `${along(x, time[i] as number)} ${down(y, below[i] as number)}`).join('L');
  const [first, last] = [kept[0] as number, kept[kept.length - 1] as number];
  const area = `M${along(x, time[first] as number)} 0L${line}L${along(x, time[last] as number)} 0Z`;
  const points = readingPoints(time.length);
  return plot({
    label: `Drawdown: at its deepest ${percentText(-deepest)} below the highest equity so far.`,
    yTitle: 'Below the highest equity so far, %',
    xTitle: 'time, UTC',
    height: 130,
    x,
    y,
    xTicks: timeTicks(x),
    yTicks: ticksOn(y, 4, (value, step) => percentText(value, Math.max(0, digitsFor(step) - 2))),
    baseline: 0,
    drawing: `<path class="under" d="${area}"/><path class="under-line" d="M${line}"/>`,
    marks: '',
    legend: [],
    readout: {
      x: points.map((i) => reading(x, time[i] as number)),
      at: points.map((i) => momentText(time[i] as number)),
      series: [{ name: 'drawdown', values: points.map((i) => percentText(depth[i] as number)) }],
    },
    together: 'time',
  });
}
