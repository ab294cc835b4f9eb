/** The drawing of it: equity above, drawdown below, on a canvas. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLook } from '../../look.ts';
import { moment, useZone } from '../../zone.ts';
import { colourOf } from '../chart/colours.ts';
import type { Marked } from './equity-points.ts';

type Props = Readonly<{ points: readonly Marked[]; digits: number; currency: string }>;

export function EquityChart({ points, digits, currency }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const look = useLook();
  const zone = useZone();
  const newest = useRef(points);
  newest.current = points;
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
    const made = new uPlot(
      {
        ...size(),
        cursor: { drag: { x: true, y: false } },
        legend: { live: true },
        scales: { x: { time: true }, below: { range: (_, least) => [(least || -1) * 3, 0] } },
        axes: [
          {
            ...axis,
            values: (_, splits) => timeLabels(splits, zone),
          },
          { ...axis, size: 84, values: (_, splits) => splits.map((value) => value.toFixed(digits)) },
        ],
        series: [
          { label: 'at', value: (_, at) => (at === null ? '–' : momentText(at, zone)) },
          {
            label: `equity ${currency}`,
            stroke: colourOf('accent'),
            width: 1.5,
            value: (_, __, ___, at) => (at === null ? '–' : (newest.current[at]?.equity ?? '–')),
          },
          {
            ...{ label: 'below the peak', scale: 'below', stroke: colourOf('loss', 0.7), fill: colourOf('loss', 0.12), width: 1 },
            value: (_, __, ___, at) => (at === null ? '–' : (newest.current[at]?.drawdown ?? '–')),
          },
        ],
      },
      dataOf(newest.current),
      place,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(place);
    return () => {
      watch.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [look, zone, digits, currency]);
  useEffect(() => plot.current?.setData(dataOf(points)), [points]);
  const [first, last] = [points[0]!, points.at(-1)!];
  return (
    <div
      ref={box}
      role="img"
      aria-label={`Equity from ${first.equity} to ${last.equity} ${currency} over ${points.length} marks`}
      className="absolute inset-0 overflow-hidden [&_.u-legend]:text-2xs"
    />
  );
}

export function momentText(at: number, zone: string): string {
  const { date, time } = moment(at * 1_000_000, zone, 'seconds');
  return `${date} ${time}`;
}

/** Below so many seconds the seconds themselves are told; beyond so many the day, and then the month. */
const MINUTES = 900;
const DAYS = 2 * 86_400;
const MONTHS = 300 * 86_400;

/** Of an axis of time, at its splits (seconds since 1970). */
export function timeLabels(splits: readonly number[], zone: string): string[] {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  return splits.map((at) => {
    const { date, time } = moment(at * 1_000_000, zone, 'seconds');
    if (span > DAYS) return span > MONTHS ? date.slice(0, 7) : date.slice(5);
    return time.slice(0, span < MINUTES ? 8 : 5);
  });
}

const dataOf = (points: readonly Marked[]): uPlot.AlignedData => [
  points.map(({ at }) => at / 1_000_000),
  points.map(({ equity }) => Number(equity)),
  points.map(({ drawdown }) => -Number(drawdown)),
];
