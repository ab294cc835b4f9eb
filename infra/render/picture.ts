/** The picture of a run as SVG: what stands where, and in which colour. Draws the measures; works nothing out but candles wide enough to see. */
import { CandlestickChart, LineChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { parseDecimal } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type Measures, metricOf } from '#engine/portfolio/metrics/measure.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import {
  changeText,
  clip,
  digitsFor,
  metricText,
  momentText,
  percentText,
  plain,
  shortMoney,
  shortPrice,
  signedPercent,
} from '#engine/run/figures.ts';
import { lastEquity, type PriceBars, type RunResult } from '#engine/run/result.ts';
import { isBeyond, type Scale, scaleBeside, scaleOver, stepFor, timeTicks } from '#engine/run/scale.ts';
import { thinned } from '#engine/run/thinned.ts';
import { type Candles, widened } from './candles.ts';
import { PALETTES, type Palette, type Theme } from './palette.ts';

use([CandlestickChart, LineChart, ScatterChart, GraphicComponent, GridComponent, TitleComponent, SVGRenderer]);

export const WIDTH = 1280;
export const HEIGHT = 960;

const LEFT = 84;
const RIGHT = 28;
const FONT = 'DejaVu Sans';
/** Top and height of each part. */
const EQUITY = { top: 176, height: 238 };
const DRAWDOWN = { top: 478, height: 92 };
const PRICE = { top: 640, height: 274 };

const MOST_MARKED = 150;
const MOST_WAYS = 800;
const MOST_CANDLES = 170;

export function pictureSvg(result: RunResult, measures: Measures, theme: Theme): string {
  const colour = PALETTES[theme];
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(optionOf(result, measures, colour));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function optionOf(result: RunResult, measures: Measures, colour: Palette) {
  const shown = shownInstrument(result, measures);
  const grids = [EQUITY, DRAWDOWN, ...(shown === null ? [] : [PRICE])];
  return {
    animation: false,
    useUTC: true,
    backgroundColor: colour.page,
    textStyle: { fontFamily: FONT, color: colour.ink },
    graphic: [...heading(result, measures, colour), ...partTitles(result, measures, shown, colour)],
    grid: grids.map(({ top, height }) => ({ left: LEFT, right: RIGHT, top, height, containLabel: false })),
    xAxis: grids.map((_, gridIndex) => timeAxis(result, gridIndex, colour)),
    yAxis: [equityAxis(result, measures, colour), drawdownAxis(measures, colour), ...(shown === null ? [] : [priceAxis(shown, colour)])],
    series: [
      ...equitySeries(result, measures, colour),
      ...drawdownSeries(result, measures, colour),
      ...(shown === null ? [] : priceSeries(shown, colour)),
    ],
  };
}

// ── Words ──

const text = (
  words: string,
  left: number,
  top: number,
  size: number,
  fill: string,
  weight: 'normal' | 'bold' = 'normal',
  align: 'left' | 'right' = 'left',
) => ({
  type: 'text',
  silent: true,
  x: left,
  y: top,
  style: { text: words, fill, fontFamily: FONT, fontSize: size, fontWeight: weight, align, verticalAlign: 'top' },
});

const HEADLINE = ['totalReturn', 'cagr', 'sharpe', 'maxDrawdown', 'trades', 'winRate', 'profitFactor', 'fees'] as const;
const SHORT: Readonly<Record<(typeof HEADLINE)[number], string>> = {
  totalReturn: 'Total return',
  cagr: 'Yearly growth',
  sharpe: 'Sharpe ratio',
  maxDrawdown: 'Deepest drawdown',
  trades: 'Closed trades',
  winRate: 'Win rate',
  profitFactor: 'Profit factor',
  fees: 'Fees',
};

function heading(result: RunResult, measures: Measures, colour: Palette) {
  const change = lastEquity(result) - result.cash0;
  const tone = change > 0n ? colour.won : change < 0n ? colour.lost : colour.ink;
  const step = (WIDTH - 28 - RIGHT) / HEADLINE.length;
  return [
    text(clip(result.strategy, 46), 28, 22, 24, colour.ink, 'bold'),
    text(
      clip(`${result.instruments.map(({ id }) => id).join(', ')} · ${momentText(result.from)} – ${momentText(result.to)} UTC`, 100),
      28,
      56,
      13,
      colour.soft,
    ),
    text(`${changeText(change, result)} ${result.currency}`, WIDTH - RIGHT, 22, 24, tone, 'bold', 'right'),
    text(clip(`run ${result.run} · ${result.runHash.slice(0, 16)}`, 52), WIDTH - RIGHT, 56, 13, colour.soft, 'normal', 'right'),
    ...HEADLINE.flatMap((key, i) => [
      text(SHORT[key], 28 + i * step, 86, 12, colour.soft),
      text(metricText(metricOf(measures, key), result), 28 + i * step, 103, 15, colour.ink, 'bold'),
    ]),
  ];
}

function partTitles(result: RunResult, measures: Measures, shown: Shown | null, colour: Palette) {
  const title = (words: string, top: number, note: string) => [
    text(words, 28, top - 24, 12, colour.ink, 'bold'),
    text(note, WIDTH - RIGHT, top - 24, 12, colour.soft, 'normal', 'right'),
  ];
  const leaves = measures.benchmark !== null && isBeyond(equityScale(result, measures), measures.benchmark.series.minor);
  const held =
    measures.benchmark === null
      ? `no buy and hold: ${measures.noBenchmark}`
      : `grey: buy and hold ${signedPercent(metricOf(measures, 'holdTotalReturn').value ?? 0)}${leaves ? ', beyond the scale in part' : ''}`;
  return [
    ...title(`Equity, ${result.currency}`, EQUITY.top, held),
    ...title('Below the highest equity so far, %', DRAWDOWN.top, ''),
    ...(shown === null ? [] : title(`${shown.bars.instrument}, ${result.currency}`, PRICE.top, priceNote(shown.trades.length))),
  ];
}

function priceNote(trades: number): string {
  if (trades === 0) return 'no trades';
  if (trades > MOST_WAYS) return `${plain(trades, 0)} trades: too many to draw`;
  const ways = 'lines: first fill to last, green: won after fees';
  return trades > MOST_MARKED ? `${plain(trades, 0)} trades; ${ways}` : `triangle: first fill (up long, down short), dot: last; ${ways}`;
}

// ── Axes ──

function timeAxis(result: RunResult, gridIndex: number, colour: Palette) {
  const [low, high] = [result.from, Math.max(result.to, result.from + 1)];
  const ticks = timeTicks({ low, high }, 9);
  const texts = new Map(ticks.map(({ at, text: words }) => [at / 1000, words]));
  const customValues = [...texts.keys()];
  return {
    type: 'time',
    gridIndex,
    min: low / 1000,
    max: high / 1000,
    containShape: false,
    axisLine: { show: false, onZero: false },
    axisTick: { show: false, customValues },
    splitLine: { show: true, lineStyle: { color: colour.faint } },
    axisLabel: {
      color: colour.soft,
      fontFamily: FONT,
      fontSize: 12,
      margin: 10,
      customValues,
      formatter: (value: number) => texts.get(value) ?? '',
    },
  };
}

/** Round figures at both ends, and lines between. */
function scaledAxis(gridIndex: number, colour: Palette, scale: Scale, count: number, textOf: (value: number, step: number) => string) {
  const step = stepFor(scale, count);
  const [min, max] = [Math.floor(scale.low / step + 1e-9) * step, Math.ceil(scale.high / step - 1e-9) * step];
  return {
    type: 'value',
    gridIndex,
    min,
    max,
    interval: step,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: true, lineStyle: { color: colour.faint } },
    axisLabel: { color: colour.soft, fontFamily: FONT, fontSize: 12, margin: 10, formatter: (value: number) => textOf(value, step) },
  };
}

function equityScale(result: RunResult, { benchmark }: Measures): Scale {
  const own = scaleOver([Number(result.cash0), ...result.equity.minor], 0);
  return scaleBeside(own, benchmark === null ? null : scaleOver(benchmark.series.minor, 0));
}

function equityAxis(result: RunResult, measures: Measures, colour: Palette) {
  return scaledAxis(0, colour, equityScale(result, measures), 5, (value, step) => shortMoney(value, step, result));
}

function drawdownAxis({ performance }: Measures, colour: Palette) {
  const deepest = (performance.underwater.depth ?? new Float64Array(0)).reduce((most, value) => Math.max(most, value), 0);
  return scaledAxis(1, colour, { low: deepest === 0 ? -0.01 : -deepest, high: 0 }, 3, (value, step) =>
    percentText(value, Math.max(0, digitsFor(step) - 2)),
  );
}

function priceAxis({ bars, size }: Shown, colour: Palette) {
  const ticks = scaleOver([...bars.low, ...bars.high], 0);
  return scaledAxis(2, colour, { low: ticks.low * size, high: ticks.high * size }, 6, shortPrice);
}

// ── Lines, candles, marks ──

const line = (index: number, color: string, data: readonly (readonly [number, number | null])[], more: object = {}) => ({
  type: 'line',
  xAxisIndex: index,
  yAxisIndex: index,
  data,
  showSymbol: false,
  clip: true,
  silent: true,
  lineStyle: { color, width: 1.8 },
  itemStyle: { color },
  ...more,
});

const MOST_POINTS = 2400;

/** The points of a line, a few to a pixel at most. */
const pointsOf = (time: Float64Array, values: Float64Array) =>
  thinned(values, MOST_POINTS).map((i) => [(time[i] as number) / 1000, values[i] as number] as const);

function equitySeries(result: RunResult, { benchmark }: Measures, colour: Palette) {
  const [opening, begin] = [Number(result.cash0), result.from / 1000];
  const points = (values: Float64Array) => [[begin, opening] as const, ...pointsOf(result.equity.time, values)];
  const start = line(
    0,
    colour.base,
    [
      [begin, opening],
      [result.to / 1000, opening],
    ],
    { lineStyle: { color: colour.base, width: 1 } },
  );
  const dashed = { lineStyle: { color: colour.hold, width: 1.2, type: [4, 3] } };
  const held = benchmark === null ? [] : [line(0, colour.hold, points(benchmark.series.minor), dashed)];
  return [start, ...held, line(0, colour.run, points(result.equity.minor))];
}

function drawdownSeries({ equity }: RunResult, { performance }: Measures, colour: Palette) {
  const { depth } = performance.underwater;
  if (depth === null) return [];
  const points = pointsOf(
    equity.time,
    depth.map((value) => 0 - value),
  );
  const area = { lineStyle: { color: colour.falling, width: 1.2 }, areaStyle: { color: colour.falling, opacity: 0.24, origin: 'end' } };
  return [line(1, colour.falling, points, area)];
}

type Shown = Readonly<{ bars: PriceBars; size: number; trades: readonly JudgedTrade[] }>;

/** The instrument with the most trades; of equals the first. */
function shownInstrument(result: RunResult, { trades }: Measures): Shown | null {
  const counted = result.price
    .filter(({ time }) => time.length > 0)
    .map((bars) => ({ bars, trades: trades.filter(({ instrument }) => instrument === bars.instrument) }));
  const most = counted.reduce<(typeof counted)[number] | null>(
    (best, one) => (best === null || one.trades.length > best.trades.length ? one : best),
    null,
  );
  if (most === null) return null;
  const { tick } = result.instruments.find(({ id }) => id === most.bars.instrument) as Instrument;
  const { digits, scale } = parseDecimal(tick);
  return { ...most, size: Number(digits) / 10 ** scale };
}

function priceSeries({ bars, size, trades }: Shown, colour: Palette) {
  const candles = widened(bars, MOST_CANDLES);
  const ways = (won: boolean) =>
    trades
      .filter(({ net }) => net > 0n === won)
      .flatMap((trade): (readonly [number, number | null])[] => {
        const { entryTime, exitTime, legs } = trade;
        const last =
          exitTime === null
            ? [bars.time[bars.time.length - 1] as number, bars.close[bars.close.length - 1] as number]
            : [exitTime, legs[legs.length - 1]?.price as number];
        const end = last as [number, number];
        return [
          [entryTime / 1000, (legs[0]?.price as number) * size],
          [end[0] / 1000, end[1] * size],
          [end[0] / 1000, null],
        ];
      });
  const way = (won: boolean) =>
    line(2, won ? colour.won : colour.lost, ways(won), { lineStyle: { color: won ? colour.won : colour.lost, width: 1.6 }, z: 4 });
  const candlesOnly = [candleSeries(candles, size, colour)];
  if (trades.length > MOST_WAYS) return candlesOnly;
  return [...candlesOnly, way(true), way(false), ...(trades.length <= MOST_MARKED ? marks(trades, size, colour) : [])];
}

function candleSeries({ time, open, close, low, high }: Candles, size: number, colour: Palette) {
  const wide = Math.max(1, Math.min(9, ((WIDTH - LEFT - RIGHT) / Math.max(1, time.length)) * 0.62));
  return {
    type: 'candlestick',
    xAxisIndex: 2,
    yAxisIndex: 2,
    silent: true,
    barWidth: wide,
    // Its own defaults paint rising candles red.
    itemStyle: {
      color: colour.rising,
      borderColor: colour.rising,
      color0: colour.falling,
      borderColor0: colour.falling,
      borderColorDoji: colour.soft,
      opacity: 0.62,
    },
    data: time.map((at, i) => [
      at / 1000,
      (open[i] as number) * size,
      (close[i] as number) * size,
      (low[i] as number) * size,
      (high[i] as number) * size,
    ]),
  };
}

function marks(trades: readonly JudgedTrade[], size: number, colour: Palette) {
  const scatter = (data: object[]) => ({ type: 'scatter', xAxisIndex: 2, yAxisIndex: 2, silent: true, z: 6, data });
  const entries = trades.map(({ side, entryTime, legs }) => ({
    value: [entryTime / 1000, (legs[0]?.price as number) * size],
    symbol: 'triangle',
    symbolSize: [9, 8],
    symbolRotate: side === 'long' ? 0 : 180,
    itemStyle: { color: colour.ink },
  }));
  const exits = trades.flatMap(({ exitTime, legs, net }) =>
    exitTime === null
      ? []
      : [
          {
            value: [exitTime / 1000, (legs[legs.length - 1]?.price as number) * size],
            symbol: 'circle',
            symbolSize: 7,
            itemStyle: { color: net > 0n ? colour.won : colour.lost, borderColor: colour.page, borderWidth: 1.5 },
          },
        ],
  );
  return [scatter(exits), scatter(entries)];
}
