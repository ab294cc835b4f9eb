/** How daily returns are spread: a histogram whose borders include zero, so that no bar mixes gain and loss. */
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { kurtosis, mean, quantile, skewness } from '#engine/portfolio/metrics/statistics.ts';
import { digitsFor, percentText, plain } from '#engine/run/figures.ts';
import { stepFor, ticksOn } from '#engine/run/scale.ts';
import { section } from './markup.ts';
import { along, down, plot, reading } from './plot.ts';

const ABOUT_BINS = 36;

export function distributionSection({ performance }: Measures): string {
  const { returns } = performance.daily;
  if (returns === null || returns.length < 2 || returns.every((value) => value === 0)) return '';
  const sorted = returns.slice().sort();
  const [least, most] = [sorted[0] as number, sorted[sorted.length - 1] as number];
  const step = stepFor({ low: least, high: Math.max(most, least + 1e-6) }, ABOUT_BINS);
  const [first, last] = [Math.min(-1, Math.floor(least / step)), Math.max(1, Math.floor(most / step) + 1)];
  const counts = Array.from({ length: last - first }, () => 0);
  let none = 0;
  for (const value of returns) {
    if (value === 0) none += 1;
    else
      counts[Math.min(last - 1, Math.floor(value / step)) - first] =
        (counts[Math.min(last - 1, Math.floor(value / step)) - first] as number) + 1;
  }
  const x = { low: first * step, high: last * step };
  const y = { low: 0, high: Math.max(1, ...counts) * 1.06 };
  const bars = counts.map((count, i) => {
    const from = (first + i) * step;
    return count === 0
      ? ''
      : `<path class="bar ${first + i >= 0 ? 'up' : 'down'}" d="M${along(x, from)} 1000V${down(y, count)}H${along(x, from + step)}V1000Z"/>`;
  });
  const average = mean(returns) as number;
  const low = quantile(sorted, 0.05);
  const line = (value: number, name: string) => `<path class="${name}" d="M${along(x, value)} 0V1000"/>`;
  const digits = Math.max(0, digitsFor(stepFor(x, 7)) - 2);
  const middle = (i: number) => (first + i + 0.5) * step;
  const body = plot({
    label: `Histogram of ${returns.length} daily returns, mean ${percentText(average)}.`,
    yTitle: 'Days',
    xTitle: 'daily return',
    height: 210,
    x,
    y,
    xTicks: ticksOn(x, 7, (value) => percentText(value, digits)),
    yTicks: ticksOn(y, 4, (value) => plain(value, 0)).filter(({ at }) => Number.isInteger(at)),
    baseline: null,
    drawing: `${bars.join('')}${line(0, 'base')}${line(average, 'mean')}${line(low, 'tail')}`,
    marks: '',
    legend: [
      { name: `mean ${percentText(average)}`, style: 'mean' },
      { name: `worst twentieth below ${percentText(low)}`, style: 'tail' },
    ],
    readout: {
      x: counts.map((_, i) => reading(x, middle(i))),
      at: counts.map((_, i) => `${percentText((first + i) * step, digits + 1)} to ${percentText((first + i + 1) * step, digits + 1)}`),
      series: [{ name: 'days', values: counts.map((count) => plain(count, 0)) }],
    },
    together: null,
  });
  const [skew, kurt] = [skewness(returns), kurtosis(returns)];
  const shape = skew === null || kurt === null ? '' : ` Skewness ${plain(skew, 2)} (0 is even), kurtosis ${plain(kurt, 2)} (3 is normal).`;
  const left = none === 0 ? '' : ` ${plain(none, 0)} ${none === 1 ? 'day' : 'days'} without any change left out.`;
  return section({ id: 'returns', title: 'Distribution of daily returns', note: `${plain(returns.length, 0)} days.${left}${shape}`, body });
}
