/** Where the trades were: each instrument's price with the way from entry to exit of every trade. Marks stop where they would only blot. */
import { parseDecimal } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import { changeText, momentText, plain, shortPrice } from '#engine/run/figures.ts';
import type { PriceBars, RunResult } from '#engine/run/result.ts';
import { placeOn, type Scale, scaleOver, ticksOn, timeTicks } from '#engine/run/scale.ts';
import { escaped, section } from './markup.ts';
import { along, bandPath, down, linePath, percent, plot, reading, readingPoints } from './plot.ts';

const MOST_MARKED = 250;
const MOST_WAYS = 1500;
const MOST_STRETCHES = 700;

export function priceSection(result: RunResult, { trades }: Measures): string {
  const plots = result.price
    .filter(({ time }) => time.length > 0)
    .map((bars) => {
      const instrument = result.instruments.find(({ id }) => id === bars.instrument) as Instrument;
      return pricePlot(
        result,
        bars,
        instrument,
        trades.filter((trade) => trade.instrument === bars.instrument),
      );
    });
  if (plots.length === 0) return '';
  const note =
    'Line: close. Shade: low to high. A triangle is a trade’s first fill (up: long, down: short), a dot its last; the way between them is green for a trade that won after fees and red for one that did not.';
  return section({ id: 'price', title: 'Trades on price', note, body: plots.join('') });
}

function pricePlot(result: RunResult, bars: PriceBars, instrument: Instrument, trades: readonly JudgedTrade[]): string {
  const tick = parseDecimal(instrument.tick);
  const size = Number(tick.digits) / 10 ** tick.scale;
  const x = { low: result.from, high: Math.max(result.to, result.from + 1) };
  const drawn = stretched(bars);
  const ends = trades.map(endsOf);
  const y = scaleOver([...drawn.low, ...drawn.high, ...ends.flatMap(({ first, last }) => [first, last])]);
  const end = bars.time[bars.time.length - 1] as number;
  const last = bars.close[bars.close.length - 1] as number;
  const way = ({ entryTime, exitTime }: JudgedTrade, { first, last: lastFill }: Ends) =>
    `M${along(x, entryTime)} ${down(y, first)}L${exitTime === null ? `${along(x, end)} ${down(y, last)}` : `${along(x, exitTime)} ${down(y, lastFill)}`}`;
  const ways = (won: boolean) => trades.map((trade, i) => (trade.net > 0n === won ? way(trade, ends[i] as Ends) : '')).join('');
  const points = readingPoints(bars.time.length);
  const [marked, drawnWays] = [trades.length <= MOST_MARKED, trades.length <= MOST_WAYS];
  const leftOut = marked ? '' : drawnWays ? ': too many for marks, ways only' : ': too many to draw';
  const name = escaped(bars.instrument);
  return `<h3>${name} <small>${trades.length} ${trades.length === 1 ? 'trade' : 'trades'}${leftOut}</small></h3>${plot({
    label: `Price of ${bars.instrument} with ${trades.length} trades.`,
    yTitle: `Price, ${instrument.currency}`,
    xTitle: 'time, UTC',
    height: 260,
    x,
    y,
    xTicks: timeTicks(x),
    yTicks: ticksOn({ low: y.low * size, high: y.high * size }, 5, shortPrice).map(({ at, text }) => ({ at: at / size, text })),
    baseline: null,
    drawing: `<path class="range" d="${bandPath(x, y, drawn.time, drawn.low, drawn.high)}"/><path class="price" d="${linePath(
      x,
      y,
      drawn.time.map((at, i) => [at, drawn.close[i] as number] as const),
    )}"/>${drawnWays ? `<path class="way up" d="${ways(true)}"/><path class="way down" d="${ways(false)}"/>` : ''}`,
    marks: marked ? trades.map((trade) => marksOf(result, trade, x, y, size, tick.scale)).join('') : '',
    legend: [],
    readout: {
      x: points.map((i) => reading(x, bars.time[i] as number)),
      at: points.map((i) => momentText(bars.time[i] as number)),
      series: [{ name: 'close', values: points.map((i) => plain((bars.close[i] as number) * size, tick.scale)) }],
    },
    together: 'time',
  })}`;
}

function marksOf(result: RunResult, trade: JudgedTrade, x: Scale, y: Scale, size: number, scale: number): string {
  const { number, side, entryTime, exitTime, net } = trade;
  const { first, last } = endsOf(trade);
  const place = (time: number, price: number) => `left:${percent(placeOn(x, time))};top:${percent(1 - placeOn(y, price))}`;
  const tone = net > 0n ? 'up' : 'down';
  const about = `#${number} ${side}, ${changeText(net, result)} ${result.currency} after fees`;
  const entry = `<i class="mark ${side}" style="${place(entryTime, first)}" title="${escaped(`${about}: in at ${plain(first * size, scale)}, ${momentText(entryTime)}`)}"></i>`;
  if (exitTime === null) return entry;
  return `${entry}<i class="mark exit ${tone}" style="${place(exitTime, last)}" title="${escaped(`${about}: out at ${plain(last * size, scale)}, ${momentText(exitTime)}`)}"></i>`;
}

type Ends = Readonly<{ first: number; last: number }>;

/** Where the trade's first and last fills were; its average prices may lie where no price ever was. */
const endsOf = ({ legs }: JudgedTrade): Ends => ({ first: legs[0]?.price as number, last: legs[legs.length - 1]?.price as number });

type Stretches = { time: number[]; low: number[]; high: number[]; close: number[] };

/** Bars put together until there are few enough to draw: lowest low, highest high, last close. */
function stretched({ time, low, high, close }: PriceBars): Stretches {
  const per = Math.max(1, Math.ceil(time.length / MOST_STRETCHES));
  const out: Stretches = { time: [], low: [], high: [], close: [] };
  for (let from = 0; from < time.length; from += per) {
    const to = Math.min(from + per, time.length);
    out.time.push(time[to - 1] as number);
    out.low.push(low.subarray(from, to).reduce((least, value) => Math.min(least, value)));
    out.high.push(high.subarray(from, to).reduce((most, value) => Math.max(most, value)));
    out.close.push(close[to - 1] as number);
  }
  return out;
}
