/**
 * What two parameters of a sweep come to, as an SVG of coloured cells: a plateau is a wide patch of one colour, luck is a single bright cell.
 * Draws the scores it is given; works nothing out.
 */
import { HeatmapChart } from 'echarts/charts';
import { GraphicComponent, GridComponent, VisualMapComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { plain } from '#engine/run/figures.ts';
import { PALETTES, type Theme } from './palette.ts';

use([HeatmapChart, GraphicComponent, GridComponent, VisualMapComponent, SVGRenderer]);

type Named = Readonly<{ name: string; values: readonly (number | boolean | string)[] }>;

export type Plateau = Readonly<{
  title: string;
  /** What a cell shows: `sharpe`, the middle of all trials there. */
  note: string;
  x: Named;
  y: Named;
  /** By row of y, then column of x; null where nothing was tried. */
  scores: readonly (readonly (number | null)[])[];
}>;

const WIDTH = 1280;
const HEIGHT = 860;
const FONT = 'DejaVu Sans';
/** More cells than this have no room for their figures. */
const MOST_TOLD = 300;

export function plateauSvg({ title, note, x, y, scores }: Plateau, theme: Theme): string {
  const colour = PALETTES[theme];
  const cells = scores.flatMap((row, at) => row.flatMap((score, place) => (score === null ? [] : [[place, at, score] as const])));
  const values = cells.map(([, , score]) => score);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const text = (words: string, top: number, size: number, fill: string, weight: 'normal' | 'bold') => ({
    ...{ type: 'text', silent: true, x: 28, y: top },
    style: { text: words, fill, fontFamily: FONT, fontSize: size, fontWeight: weight, verticalAlign: 'top' },
  });
  const axis = ({ name, values: along }: Named, nameGap: number) => ({
    ...{ type: 'category', data: along.map(String), name, nameLocation: 'middle', nameGap },
    nameTextStyle: { color: colour.ink, fontFamily: FONT, fontSize: 14 },
    axisLabel: { color: colour.soft, fontFamily: FONT, fontSize: 11, hideOverlap: true },
    axisLine: { lineStyle: { color: colour.base } },
    axisTick: { show: false },
  });
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      ...{ animation: false, backgroundColor: colour.page, textStyle: { fontFamily: FONT, color: colour.ink } },
      graphic: [text(title, 24, 22, colour.ink, 'bold'), text(note, 56, 13, colour.soft, 'normal')],
      grid: { left: 92, right: 150, top: 100, bottom: 76 },
      xAxis: axis(x, 36),
      yAxis: axis(y, 60),
      visualMap: {
        ...{
          type: 'continuous',
          min: low,
          max: high === low ? low + 1 : high,
          calculable: false,
          orient: 'vertical',
          right: 24,
          top: 'middle',
        },
        ...{ itemHeight: 320, text: [plain(high, 2), plain(low, 2)], textStyle: { color: colour.soft, fontFamily: FONT } },
        inRange: { color: coloursOver(low, high, colour) },
      },
      series: [
        {
          ...{ type: 'heatmap', silent: true, data: cells },
          itemStyle: { borderColor: colour.page, borderWidth: 1 },
          label: {
            ...{ show: cells.length <= MOST_TOLD, color: colour.ink, fontFamily: FONT, fontSize: 10 },
            formatter: ({ value }: { value: readonly number[] }) => plain(value[2]!, 2),
          },
        },
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Below zero red, above it green, and zero itself the page: so the colours of two maps mean the same. */
function coloursOver(
  low: number,
  high: number,
  { falling, faint, rising }: Readonly<Record<'falling' | 'faint' | 'rising', string>>,
): readonly string[] {
  if (low >= 0) return [faint, rising];
  if (high <= 0) return [falling, faint];
  // the stops of a scale are evenly spaced: the lighter side is as many of them as its share
  const below = Math.max(1, Math.min(9, Math.round((10 * -low) / (high - low))));
  return [...shades(falling, faint, below), faint, ...shades(rising, faint, 10 - below).reverse()];
}

/** From one colour towards another, without it. */
function shades(from: string, to: string, count: number): string[] {
  const parts = (hex: string): readonly number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const [a, b] = [parts(from), parts(to)];
  return Array.from({ length: count }, (_, i) => {
    const mixed = a.map((part, place) => Math.round(part + ((b[place]! - part) * i) / count));
    return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  });
}
