/** Each closed trade by how far it went against its holder and what it ended with: whether losses were borne that never paid. */
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import { shortMoney } from '#engine/run/figures.ts';
import type { RunResult } from '#engine/run/result.ts';
import { scaleOver, ticksOn } from '#engine/run/scale.ts';
import { section } from './markup.ts';
import { along, down, plot } from './plot.ts';

const MOST_DOTS = 3000;

export function excursionsSection(result: RunResult, { trades }: Measures): string {
  const closed = trades.filter(({ exitTime }) => exitTime !== null);
  if (closed.length === 0) return '';
  const shown = closed.length <= MOST_DOTS ? closed : closed.filter((_, i) => i % Math.ceil(closed.length / MOST_DOTS) === 0);
  const x = { low: 0, high: Math.max(1, ...shown.map(({ excursion }) => Number(-excursion.adverse))) * 1.05 };
  const y = scaleOver([0, ...shown.map(({ net }) => Number(net))]);
  const dots = shown.map(
    ({ excursion, net }) =>
      `<path class="dot ${net > 0n ? 'up' : 'down'}" d="M${along(x, Number(-excursion.adverse))} ${down(y, Number(net))}h0"/>`,
  );
  const body = plot({
    label: `${shown.length} closed trades by adverse excursion and result.`,
    yTitle: `Result after fees, ${result.currency}`,
    xTitle: `worst open loss on the way (MAE), ${result.currency}`,
    height: 240,
    x,
    y,
    xTicks: ticksOn(x, 6, (value, step) => shortMoney(value, step, result)),
    yTicks: ticksOn(y, 5, (value, step) => shortMoney(value, step, result)),
    baseline: 0,
    drawing: dots.join(''),
    marks: '',
    legend: [
      { name: 'won', style: 'dot-up' },
      { name: 'did not win', style: 'dot-down' },
    ],
    readout: null,
    together: null,
  });
  const note = `One dot a closed trade${shown.length < closed.length ? `, ${shown.length} of ${closed.length} shown` : ''}. To the right: a deeper loss was sat through. Winners far to the right were lucky to recover.`;
  return section({ id: 'excursions', title: 'What trades went through', note, body });
}
