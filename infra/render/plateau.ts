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
  const reach = reachOf(cells.map(([, , score]) => score));
  const data = cells.map(([place, at, score]) => [place, at, score, Math.min(reach, Math.max(-reach, score))]);
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
        ...{ type: 'continuous', dimension: 3, min: -reach, max: reach, calculable: false, orient: 'vertical', right: 24, top: 'middle' },
        ...{ itemHeight: 320, text: [plain(reach, 2), plain(-reach, 2)], textStyle: { color: colour.soft, fontFamily: FONT } },
        inRange: { color: [colour.falling, colour.faint, colour.rising] },
      },
      series: [
        {
          ...{ type: 'heatmap', silent: true, data },
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

/** So many of the scores lie within the colours; one beyond has the last of them, so that a single needle does not bleach the rest. */
const WITHIN = 0.9;

/** The same on both sides of zero, so that red loses and green wins on every map. */
function reachOf(values: readonly number[]): number {
  const sizes = values.map((value) => Math.abs(value)).sort((a, b) => a - b);
  return sizes[Math.min(sizes.length - 1, Math.ceil(WITHIN * sizes.length))] || 1;
}
