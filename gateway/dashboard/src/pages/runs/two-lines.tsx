/** Equity of two runs over one time, drawn: where one has no point, its line goes on between those it has. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { RestRunPart } from '#gateway/contracts/rest-runs.ts';
import { useLook } from '../../look.ts';
import { useZone } from '../../zone.ts';
import { colourOf } from '../chart/colours.ts';
import { momentText, timeLabels } from '../portfolio/equity-chart.tsx';

type Equity = Extract<RestRunPart, { part: 'equity' }>;

const dataOf = ({ items }: Equity): uPlot.AlignedData => [items.map(([at]) => at / 1_000_000), items.map(([, equity]) => Number(equity))];

export function TwoLines({ a, b }: Readonly<{ a: Equity; b: Equity }>) {
  const box = useRef<HTMLDivElement>(null);
  const look = useLook();
  const zone = useZone();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what colours are depends on the look
  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    const axis = {
      stroke: colourOf('faint'),
      grid: { stroke: colourOf('line', 0.6), width: 1 },
      ticks: { show: false },
      font: '11px "JetBrains Mono", monospace',
    };
    const size = () => ({ width: place.clientWidth, height: place.clientHeight - 26 });
    const value = (_: uPlot, at: number | null): string => (at === null ? '–' : at.toFixed(2));
    const made = new uPlot(
      {
        ...size(),
        cursor: { drag: { x: true, y: false } },
        scales: { x: { time: true } },
        axes: [
          { ...axis, values: (_, splits) => timeLabels(splits, zone) },
          { ...axis, size: 84 },
        ],
        series: [
          {
            label: 'at',
            value: (_, at) => (at === null ? '–' : momentText(at, zone)),
          },
          { label: `a ${a.currency}`, stroke: colourOf('accent'), width: 1.5, spanGaps: true, value },
          // told apart without colour as well
          { label: `b ${b.currency}`, stroke: colourOf('warn'), width: 1.5, dash: [6, 3], spanGaps: true, value },
        ],
      },
      uPlot.join([dataOf(a), dataOf(b)]),
      place,
    );
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(place);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [look, zone, a, b]);
  const end = ({ items, currency }: Equity): string => `${items.at(-1)![1]} ${currency}`;
  return (
    <div
      ref={box}
      role="img"
      aria-label={`Equity of both: a ends at ${end(a)}, b at ${end(b)}`}
      className="absolute inset-0 overflow-hidden [&_.u-legend]:text-2xs"
    />
  );
}
