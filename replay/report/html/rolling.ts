/** Sharpe ratio and volatility over a moving window: steady, or one lucky stretch. */
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { dateText, digitsFor, percentText, plain } from '#engine/run/figures.ts';
import { scaleOver, ticksOn, timeTicks } from '#engine/run/scale.ts';
import { DAY_US } from '#engine/values.ts';
import { section } from './markup.ts';
import { linePath, plot, reading, readingPoints } from './plot.ts';

export function rollingSection({ rolling, sampling }: Measures): string {
  const { days, sharpe, volatility, window } = rolling;
  if (days.length < 2) {
    return section({ id: 'rolling', title: 'Rolling metrics', note: '', body: `<p>Fewer than ${window + 1} days: no window moves.</p>` });
  }
  const time = days.map((day) => (day + 1) * DAY_US);
  const x = { low: time[0] as number, high: time[time.length - 1] as number };
  const points = readingPoints(days.length);
  const shared = { x, xTicks: timeTicks(x), marks: '', legend: [], together: 'rolling' };
  const read = (name: string, textOf: (i: number) => string) => ({
    x: points.map((i) => reading(x, time[i] as number)),
    at: points.map((i) => dateText(days[i] as number)),
    series: [{ name, values: points.map(textOf) }],
  });
  const sharpeScale = scaleOver([0, ...sharpe.filter((value) => value !== null)]);
  const volatilityScale = { ...scaleOver([0, ...volatility]), low: 0 };
  const first = plot({
    ...shared,
    label: `Sharpe ratio over ${window} days, moving.`,
    yTitle: 'Sharpe ratio, yearly',
    xTitle: '',
    height: 170,
    y: sharpeScale,
    yTicks: ticksOn(sharpeScale, 4, (value, step) => plain(value, digitsFor(step))),
    baseline: 0,
    drawing: `<path class="run" d="${linePath(
      x,
      sharpeScale,
      time.map((at, i) => [at, sharpe[i] as number | null] as const),
    )}"/>`,
    readout: read('Sharpe', (i) => (sharpe[i] === null ? '–' : plain(sharpe[i] as number, 2))),
  });
  const second = plot({
    ...shared,
    label: `Volatility over ${window} days, moving.`,
    yTitle: 'Volatility, % a year',
    xTitle: 'end of the window',
    height: 130,
    y: volatilityScale,
    yTicks: ticksOn(volatilityScale, 3, (value, step) => percentText(value, Math.max(0, digitsFor(step) - 2))),
    baseline: 0,
    drawing: `<path class="other" d="${linePath(
      x,
      volatilityScale,
      time.map((at, i) => [at, volatility[i] as number] as const),
    )}"/>`,
    readout: read('volatility', (i) => percentText(volatility[i] as number)),
  });
  return section({
    id: 'rolling',
    title: 'Rolling metrics',
    note: `Each point looks back over ${window} daily returns; ${sampling.daysPerYear} days a year.`,
    body: first + second,
  });
}
