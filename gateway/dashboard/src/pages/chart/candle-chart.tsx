/** The drawing itself: candles, lines, levels and marks on a canvas. Texts become numbers here, for drawing and for nothing else. */
import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useLook } from '../../look.ts';
import { moment, useZone } from '../../zone.ts';
import type { Drawn } from './candle-series.ts';
import { colourOf } from './colours.ts';
import { type Indicator, isOverlay, lineOf, nameOf } from './indicators.ts';
import type { Mark } from './marks.ts';

export type Level = Readonly<{ key: string; price: string; title: string; side: 'buy' | 'sell' }>;
type Props = Readonly<{
  label: string;
  bars: readonly Drawn[];
  indicators: readonly Indicator[];
  marks: readonly Mark[];
  levels: readonly Level[];
  /** Digits behind the point, and the least step. */
  digits: number;
  tick: number;
  /** The bar that is pointed at; null: none. */
  point: (start: number | null) => void;
  open: (address: string) => void;
}>;

type Held = {
  chart: IChartApi;
  candles: ISeriesApi<'Candlestick'>;
  volume: ISeriesApi<'Histogram'>;
  marks: ISeriesMarkersPluginApi<Time>;
  levels: IPriceLine[];
  lines: ISeriesApi<'Line'>[];
  drawn: readonly Drawn[];
};

const seconds = (us: number): UTCTimestamp => Math.floor(us / 1_000_000) as UTCTimestamp;
const LINE_COLOURS = ['accent', 'warn', 'replay', 'paper', 'backtest'] as const;
export const colourOfLine = (place: number): string => LINE_COLOURS[place % LINE_COLOURS.length]!;

export function CandleChart(props: Props) {
  const { label, bars, indicators, marks, levels, digits, tick } = props;
  const box = useRef<HTMLDivElement>(null);
  const held = useRef<Held>(null);
  const newest = useRef(props);
  newest.current = props;
  const look = useLook();
  const zone = useZone();

  useEffect(() => {
    if (box.current === null) return;
    const chart = createChart(box.current, { autoSize: true, crosshair: { mode: 0 }, layout: { attributionLogo: false } });
    const candles = chart.addSeries(CandlestickSeries);
    const volume = chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.86, bottom: 0 }, visible: false });
    candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.16 } });
    held.current = { chart, candles, volume, marks: createSeriesMarkers(candles, []), levels: [], lines: [], drawn: [] };
    chart.subscribeCrosshairMove(({ time }) => newest.current.point(typeof time === 'number' ? time * 1_000_000 : null));
    chart.subscribeClick(({ hoveredObjectId }) => {
      if (typeof hoveredObjectId === 'string') newest.current.open(hoveredObjectId);
    });
    return () => {
      held.current = null;
      chart.remove();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what colours are depends on the look
  useEffect(() => {
    const now = held.current;
    if (now === null) return;
    dress(now);
    now.chart.applyOptions({
      localization: { priceFormatter: (price: number) => price.toFixed(digits), timeFormatter: (time: Time) => said(time, zone, true) },
      timeScale: { tickMarkFormatter: (time: Time) => said(time, zone, false) },
    });
    now.candles.applyOptions({ priceFormat: { type: 'custom', minMove: tick, formatter: (price: number) => price.toFixed(digits) } });
    now.drawn = [];
  }, [look, zone, digits, tick]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what colours are depends on the look
  useEffect(() => {
    if (held.current !== null) drawBars(held.current, bars);
  }, [bars, look, zone, digits, tick]);

  const closed = bars.length > 0 && bars.at(-1)!.forming ? bars.slice(0, -1) : bars;
  const linesKey = `${indicators.map(nameOf).join()} ${closed.length} ${closed[0]?.start} ${closed.at(-1)?.start} ${closed.reduce((all, { version }) => all + version, 0)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all that lines are made of
  useEffect(() => {
    if (held.current !== null) drawLines(held.current, closed, indicators, digits);
  }, [linesKey, look, digits]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what colours are depends on the look
  useEffect(() => {
    held.current?.marks.setMarkers(markersOf(marks, bars));
  }, [marks, bars.length, bars[0]?.start, look]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what colours are depends on the look
  useEffect(() => {
    const now = held.current;
    if (now === null) return;
    for (const line of now.levels) now.candles.removePriceLine(line);
    now.levels = levels.map(({ price, title, side }) =>
      now.candles.createPriceLine({
        price: Number(price),
        title,
        color: colourOf(side === 'buy' ? 'gain' : 'loss'),
        lineStyle: LineStyle.Dashed,
        lineWidth: 1,
        axisLabelVisible: true,
      }),
    );
  }, [levels, look]);

  const keys = (event: KeyboardEvent): void => {
    const now = held.current;
    if (now === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!move(now.chart, event.key, bars.length)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys move what is seen
    <div ref={box} role="application" tabIndex={0} onKeyDown={keys} aria-label={label} className="absolute inset-0" />
  );
}

/** Arrows walk, + and − come nearer and go farther, Home and End lead to the ends. False: the key is none of these. */
function move(chart: IChartApi, key: string, bars: number): boolean {
  const scale = chart.timeScale();
  const range = scale.getVisibleLogicalRange();
  if (range === null) return false;
  const wide = range.to - range.from;
  const show = (from: number, to: number): boolean => {
    scale.setVisibleLogicalRange({ from, to });
    return true;
  };
  switch (key) {
    case 'ArrowLeft':
      return show(range.from - wide / 10, range.to - wide / 10);
    case 'ArrowRight':
      return show(range.from + wide / 10, range.to + wide / 10);
    case '+':
    case '=':
      return show(range.from + wide * 0.1, range.to - wide * 0.1);
    case '-':
      return show(range.from - wide * 0.125, range.to + wide * 0.125);
    case 'Home':
      return show(0, wide);
    case 'End':
      return show(bars - wide + 2, bars + 2);
    default:
      return false;
  }
}

function said(time: Time, zone: string, whole: boolean): string {
  const { date, time: of } = moment(Number(time) * 1_000_000, zone, 'seconds');
  return whole ? `${date} ${of}` : of.endsWith(':00') ? (of.startsWith('00:00') ? date.slice(5) : of.slice(0, 5)) : of;
}

function dress({ chart, candles }: Held): void {
  chart.applyOptions({
    layout: {
      background: { color: colourOf('panel') },
      textColor: colourOf('faint'),
      fontFamily: '"JetBrains Mono", monospace',
      fontSize: 11,
      attributionLogo: false, // the page says whose it is, in words
      panes: { separatorColor: colourOf('line'), enableResize: true },
    },
    grid: { vertLines: { color: colourOf('line', 0.45) }, horzLines: { color: colourOf('line', 0.45) } },
    crosshair: {
      vertLine: { color: colourOf('faint'), labelBackgroundColor: colourOf('edge') },
      horzLine: { color: colourOf('faint'), labelBackgroundColor: colourOf('edge') },
    },
    rightPriceScale: { borderColor: colourOf('line') },
    timeScale: { borderColor: colourOf('line'), timeVisible: true, secondsVisible: true, rightOffset: 4, minBarSpacing: 0.5 },
  });
  const [up, down] = [colourOf('gain'), colourOf('loss')];
  candles.applyOptions({ upColor: up, downColor: down, borderUpColor: up, borderDownColor: down, wickUpColor: up, wickDownColor: down });
}

/** What is new at the end is added; anything else is drawn anew. */
function drawBars(held: Held, bars: readonly Drawn[]): void {
  const { drawn, candles, volume, chart } = held;
  let same = 0;
  while (same < drawn.length && same < bars.length && alike(drawn[same]!, bars[same]!)) same += 1;
  held.drawn = bars;
  if (
    drawn.length > 0 &&
    same >= drawn.length - 1 &&
    bars.length >= drawn.length &&
    drawn[same]?.start === (same < drawn.length ? bars[same]?.start : undefined)
  ) {
    for (const bar of bars.slice(same)) {
      candles.update(pointOf(bar));
      volume.update(volumeOf(bar));
    }
    return;
  }
  candles.setData(bars.map(pointOf));
  volume.setData(bars.map(volumeOf));
  if (drawn.length === 0 && bars.length > 0)
    chart.timeScale().setVisibleLogicalRange({ from: bars.length - FIRST_SEEN, to: bars.length + 4 });
}
const FIRST_SEEN = 160;

const alike = (a: Drawn, b: Drawn): boolean =>
  a.start === b.start && a.version === b.version && a.close === b.close && a.high === b.high && a.low === b.low && a.forming === b.forming;

function pointOf(bar: Drawn): CandlestickData {
  const point = {
    time: seconds(bar.start) as Time,
    open: Number(bar.open),
    high: Number(bar.high),
    low: Number(bar.low),
    close: Number(bar.close),
  };
  if (bar.forming) return { ...point, color: colourOf('edge'), borderColor: colourOf('faint'), wickColor: colourOf('faint') };
  if (bar.version > 1) return { ...point, borderColor: colourOf('accent'), wickColor: colourOf('accent') };
  return bar.complete ? point : { ...point, borderColor: colourOf('warn'), wickColor: colourOf('warn') };
}
const volumeOf = (bar: Drawn) => ({
  time: seconds(bar.start) as Time,
  value: bar.forming ? 0 : Number(bar.volume),
  color: colourOf(Number(bar.close) < Number(bar.open) ? 'loss' : 'gain', 0.28),
});

function drawLines(held: Held, closed: readonly Drawn[], indicators: readonly Indicator[], digits: number): void {
  for (const line of held.lines) held.chart.removeSeries(line);
  const numbers = closed.map(({ high, low, close }) => ({ high: Number(high), low: Number(low), close: Number(close) }));
  let pane = 0;
  held.lines = indicators.map((indicator, place) => {
    const own = isOverlay(indicator) ? 0 : ++pane;
    const line = held.chart.addSeries(
      LineSeries,
      {
        ...{
          color: colourOf(colourOfLine(place)),
          lineWidth: 1,
          title: nameOf(indicator),
          lastValueVisible: true,
          priceLineVisible: false,
          crosshairMarkerVisible: false,
        },
        priceFormat: {
          type: 'custom',
          minMove: 10 ** -(digits + 2),
          formatter: (value: number) => value.toFixed(indicator.kind === 'rsi' ? 1 : digits + 1),
        },
      },
      own,
    );
    line.setData(
      lineOf(indicator, numbers).map((value, at) =>
        value === null ? { time: seconds(closed[at]!.start) } : { time: seconds(closed[at]!.start), value },
      ),
    );
    return line;
  });
  for (const [at, one] of held.chart.panes().entries()) one.setStretchFactor(at === 0 ? 4 : 1);
}

/** Of a bar that is drawn, the mark stands in it, at its own price; one that named no price stands above or below. */
function markersOf(marks: readonly Mark[], bars: readonly Drawn[]): SeriesMarker<Time>[] {
  const found: SeriesMarker<Time>[] = [];
  let at = 0;
  for (const mark of marks) {
    while (at + 1 < bars.length && bars[at + 1]!.start <= mark.at) at += 1;
    const bar = bars[at];
    if (bar === undefined || mark.at < bar.start || mark.at >= bar.end + LATE_US) continue;
    const time = seconds(bar.start) as Time;
    const refused = mark.kind === 'refusal';
    const color = colourOf(refused ? 'warn' : mark.side === 'buy' ? 'gain' : 'loss');
    if (mark.price === null) {
      found.push({
        time,
        position: mark.side === 'buy' ? 'belowBar' : 'aboveBar',
        shape: 'square',
        color,
        id: mark.address,
        size: 1,
        text: refused ? 'no' : '',
      });
      continue;
    }
    found.push({
      time,
      position: 'atPriceMiddle',
      price: Number(mark.price),
      shape: refused ? 'square' : mark.side === 'buy' ? 'arrowUp' : 'arrowDown',
      color,
      id: mark.address,
      size: refused ? 1 : 0.7,
    });
  }
  return found;
}
/** A fill behind the newest closed bar belongs to the one that is under way, which may not be drawn yet. */
const LATE_US = 60_000_000;
