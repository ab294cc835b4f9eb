/** The same trades drawn again and again: bands of where equity could have gone, and where it went. */
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { moneyText, percentText, plain, shortMoney } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { scaleOver, ticksOn } from '#engine/run/scale.ts';
import { section } from './markup.ts';
import { bandPath, linePath, plot, reading } from './plot.ts';

export function bootstrapSection(result: RunResult, { bootstrap, trades }: Measures): string {
  if (bootstrap === null) return '';
  const { steps, bands, seed, paths, lossProbability, drawdowns } = bootstrap;
  const [low, lower, middle, upper, high] = bands as readonly (readonly number[])[] as [number[], number[], number[], number[], number[]];
  const went = [Number(result.cash0)];
  const closed = trades
    .filter(({ exitTime }) => exitTime !== null)
    .sort((a, b) => (a.exitTime as number) - (b.exitTime as number) || a.number - b.number);
  for (const { net } of closed) went.push((went[went.length - 1] as number) + Number(net));
  const x = { low: 0, high: bootstrap.trades };
  const y = scaleOver([...low, ...high, ...went]);
  const body = plot({
    label: `Bands of ${paths} paths of ${bootstrap.trades} trades drawn with replacement.`,
    yTitle: `Equity of closed trades, ${result.currency}`,
    xTitle: 'trades',
    height: 260,
    x,
    y,
    xTicks: ticksOn(x, 7, (value) => plain(value, 0)).filter(({ at }) => Number.isInteger(at)),
    yTicks: ticksOn(y, 5, (value, step) => shortMoney(value, step, result)),
    baseline: Number(result.cash0),
    drawing: [
      `<path class="band outer" d="${bandPath(x, y, steps, low, high)}"/>`,
      `<path class="band inner" d="${bandPath(x, y, steps, lower, upper)}"/>`,
      `<path class="median" d="${linePath(
        x,
        y,
        steps.map((step, i) => [step, middle[i] as number] as const),
      )}"/>`,
      `<path class="run" d="${linePath(
        x,
        y,
        steps.map((step) => [step, went[step] as number] as const),
      )}"/>`,
    ].join(''),
    marks: '',
    legend: [
      { name: 'this run', style: 'run' },
      { name: 'median', style: 'median' },
      { name: 'half of the paths', style: 'inner' },
      { name: 'nine tenths', style: 'outer' },
    ],
    readout: {
      x: steps.map((step) => reading(x, step)),
      at: steps.map((step) => `after ${plain(step, 0)}`),
      series: [
        { name: 'run', values: steps.map((step) => moneyText(BigInt(Math.round(went[step] as number)), result)) },
        { name: 'median', values: middle.map((value) => moneyText(BigInt(Math.round(value)), result)) },
        {
          name: '5–95 %',
          values: low.map(
            (value, i) => `${moneyText(BigInt(Math.round(value)), result)} … ${moneyText(BigInt(Math.round(high[i] as number)), result)}`,
          ),
        },
      ],
    },
    together: null,
  });
  const deepest =
    drawdowns === null
      ? ''
      : ` Deepest drawdown of a path: half of them within ${percentText(drawdowns[2] as number, 1)}, 95 of 100 within ${percentText(drawdowns[4] as number, 1)}.`;
  const note = `${plain(paths, 0)} paths, each of ${plain(bootstrap.trades, 0)} closed trades drawn with replacement; seed ${seed}. ${percentText(lossProbability, 1)} end below the start.${deepest} It takes trades as independent of each other.`;
  return section({ id: 'luck', title: 'Luck of the draw', note, body });
}
