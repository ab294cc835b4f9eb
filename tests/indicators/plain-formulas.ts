// Every indicator of the catalogue once more, from its definition: whole columns at a time, windows as slices, nothing kept between bars. Shares
// no code with engine/indicators. Each formula gives, for every output, its values from the first bar that has one to the last.

export type Columns = Readonly<{
  series: readonly number[];
  second: readonly number[];
  open: readonly number[];
  high: readonly number[];
  low: readonly number[];
  close: readonly number[];
  volume: readonly number[];
}>;

type Formula = (columns: Columns, parameters: readonly number[]) => readonly (readonly number[])[];
type Column = readonly number[];

const sum = (xs: Column) => xs.reduce((a, b) => a + b, 0);
const mean = (xs: Column) => sum(xs) / xs.length;
const most = (xs: Column) => xs.reduce((a, b) => Math.max(a, b));
const least = (xs: Column) => xs.reduce((a, b) => Math.min(a, b));
const last = (xs: Column) => xs[xs.length - 1];
/** f over each window of n. */
const windows = (n: number, xs: Column, f: (window: Column) => number) => xs.slice(n - 1).map((_, i) => f(xs.slice(i, i + n)));
/** The ends of columns, cut to one length. */
const aligned = (...columns: readonly Column[]) => {
  const shortest = least(columns.map((column) => column.length));
  return columns.map((column) => column.slice(column.length - shortest));
};
const zip = (f: (...xs: number[]) => number, ...columns: readonly Column[]) => {
  const cut = aligned(...columns);
  return cut[0].map((_, i) => f(...cut.map((column) => column[i])));
};
const ratio = (a: number, b: number, ifNone: number) => (b === 0 ? ifNone : a / b);

const sma = (n: number, xs: Column) => windows(n, xs, mean);
/** seeded: with the mean of the first n; otherwise with the first input. */
function ema(n: number, xs: Column, seeded = true): number[] {
  const alpha = 2 / (n + 1);
  const begin = seeded ? n - 1 : 0;
  const out: number[] = [];
  let held = 0;
  xs.forEach((x, i) => {
    if (i === begin) held = mean(xs.slice(0, i + 1));
    else if (i > begin) held = alpha * x + (1 - alpha) * held;
    if (i >= n - 1) out.push(held);
  });
  return out;
}
const wma = (n: number, xs: Column) => windows(n, xs, (w) => sum(w.map((x, i) => x * (i + 1))) / ((n * (n + 1)) / 2));
const wilder = (n: number, xs: Column) => {
  const out = xs.length < n ? [] : [mean(xs.slice(0, n))];
  for (const x of xs.slice(n)) out.push((last(out) * (n - 1) + x) / n);
  return out;
};
const changes = (xs: Column) => xs.slice(1).map((x, i) => x - xs[i]);
const trueRanges = ({ high, low, close }: Columns) =>
  high.slice(1).map((h, i) => most([h - low[i + 1], Math.abs(h - close[i]), Math.abs(low[i + 1] - close[i])]));
const atr = (n: number, columns: Columns) => wilder(n, trueRanges(columns));
function rsi(n: number, xs: Column): number[] {
  const gains = wilder(
    n,
    changes(xs).map((x) => Math.max(x, 0)),
  );
  const losses = wilder(
    n,
    changes(xs).map((x) => Math.max(-x, 0)),
  );
  return zip((up, down) => (up + down < 1e-14 ? 0 : (100 * up) / (up + down)), gains, losses);
}
const variance = (w: Column) => mean(w.map((x) => (x - mean(w)) * (x - mean(w))));
const deviation = (w: Column) => (most(w) === least(w) ? 0 : Math.sqrt(variance(w)));
/** The newest less the mean: the mean of its distances, as the mean itself is rounded. */
const aboveMean = (w: Column) => mean(w.map((x) => last(w) - x));
const typical = ({ high, low, close }: Columns) => zip((h, l, c) => (h + l + c) / 3, high, low, close);

function stochastic(high: Column, low: Column, close: Column, [n, slow, signal]: readonly number[], flat = 0): number[][] {
  const fast = zip(
    (top, bottom, c) => (top - bottom <= flat ? 0 : (100 * (c - bottom)) / (top - bottom)),
    windows(n, high, most),
    windows(n, low, least),
    close,
  );
  const k = sma(slow, fast);
  return aligned(k, sma(signal, k));
}

function kama(xs: Column, [n, fast, slow]: readonly number[]): number[] {
  const out: number[] = [];
  let held = xs[n - 1];
  for (let i = n; i < xs.length; i += 1) {
    const way = sum(changes(xs.slice(i - n, i + 1)).map(Math.abs));
    const efficiency = ratio(Math.abs(xs[i] - xs[i - n]), way, 1);
    const alpha = (efficiency * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) ** 2;
    held = alpha * xs[i] + (1 - alpha) * held;
    out.push(held);
  }
  return out;
}

function adx({ high, low, close }: Columns, n: number): number[][] {
  const ups = changes(high);
  const downs = changes(low).map((x) => -x);
  const up = zip((a, b) => (a > b && a > 0 ? a : 0), ups, downs);
  const down = zip((a, b) => (b > a && b > 0 ? b : 0), ups, downs);
  const range = trueRanges({ high, low, close } as Columns);
  /** Wilder's running total: the sum of n − 1, then each step gives a n-th back and takes the new one. */
  const totals = (xs: Column) => {
    const out: number[] = [];
    let held = sum(xs.slice(0, n - 1));
    for (const x of xs.slice(n - 1)) {
      held = held - held / n + x;
      out.push(held);
    }
    return out;
  };
  const share = (xs: Column) => zip((x, r) => (r < 1e-14 ? 0 : (100 * x) / r), totals(xs), totals(range));
  const plus = share(up);
  const minus = share(down);
  const out: number[] = [];
  let held = 0;
  plus.forEach((p, i) => {
    const both = p + minus[i];
    const apart = both < 1e-14 ? null : (100 * Math.abs(p - minus[i])) / both;
    if (i < n) held += (apart ?? 0) / n;
    else if (apart !== null) held = (held * (n - 1) + apart) / n;
    if (i >= n - 1) out.push(held);
  });
  return aligned(out, plus, minus);
}

function aroon({ high, low }: Columns, n: number): number[][] {
  const up = windows(n + 1, high, (w) => (100 * w.lastIndexOf(most(w))) / n);
  const down = windows(n + 1, low, (w) => (100 * w.lastIndexOf(least(w))) / n);
  return [zip((a, b) => a - b, up, down), up, down];
}

function supertrend(columns: Columns, [n, ranges]: readonly number[]): number[][] {
  const range = atr(n, columns);
  const [high, low, close] = aligned(range, columns.high, columns.low, columns.close).slice(1);
  const closesBefore = columns.close.slice(n - 1);
  const lines: number[] = [];
  const directions: number[] = [];
  let upper = Infinity;
  let lower = -Infinity;
  range.forEach((r, i) => {
    const middle = (high[i] + low[i]) / 2;
    const before = closesBefore[i];
    const [up, down] = [middle + ranges * r, middle - ranges * r];
    upper = i === 0 || up < upper || before > upper ? up : upper;
    lower = i === 0 || down > lower || before < lower ? down : lower;
    if (i === 0) directions.push(-1);
    else if (last(directions) === 1) directions.push(close[i] < lower ? -1 : 1);
    else directions.push(close[i] > upper ? 1 : -1);
    lines.push(last(directions) === 1 ? lower : upper);
  });
  return [lines, directions];
}

/** Told for a rising market; a falling one is the same with every price negated. */
function parabolic({ high, low }: Columns, [step, cap]: readonly number[]): number[][] {
  const first = Math.min(step, cap);
  const stops: number[] = [];
  const sides: number[] = [];
  if (high.length < 2) return [[], []];
  const fell = low[0] - low[1];
  let side = fell > 0 && fell > high[1] - high[0] ? -1 : 1;
  const tops = (i: number) => (side === 1 ? high[i] : -low[i]);
  const bottoms = (i: number) => (side === 1 ? low[i] : -high[i]);
  let stop = bottoms(0);
  let furthest = tops(1);
  let speed = first;
  for (let i = 1; i < high.length; i += 1) {
    const before = i === 1 ? 1 : i - 1; // the first bar that is followed has none before it
    if (bottoms(i) <= stop) {
      const reversed = -Math.max(furthest, tops(i), tops(before));
      side = -side;
      stop = reversed;
      stops.push(side * stop);
      furthest = tops(i);
      speed = first;
    } else {
      stops.push(side * stop);
      if (tops(i) > furthest) {
        furthest = tops(i);
        speed = Math.min(speed + step, cap);
      }
    }
    stop = Math.min(stop + speed * (furthest - stop), bottoms(i), bottoms(before));
    sides.push(side);
  }
  return [stops, sides];
}

function ichimoku({ high, low }: Columns, [tenkan, kijun, span, ahead]: readonly number[]): number[][] {
  const middle = (n: number) => zip((a, b) => (a + b) / 2, windows(n, high, most), windows(n, low, least));
  const earlier = (xs: Column) => xs.slice(0, Math.max(0, xs.length - (ahead - 1)));
  const [t, k, s] = [middle(tenkan), middle(kijun), middle(span)];
  const [ta, ka, sb] = aligned(t, k, s);
  const senkouA = earlier(zip((a, b) => (a + b) / 2, ta, ka));
  return aligned(t, k, senkouA, earlier(sb));
}

function pivots({ high, low, close }: Columns, n: number): number[][] {
  const tops = windows(n, high, most);
  const bottoms = windows(n, low, least);
  const level = (f: (p: number, h: number, l: number) => number) => zip((h, l, c) => f((h + l + c) / 3, h, l), tops, bottoms, close);
  return [
    level((p) => p),
    level((p, _h, l) => 2 * p - l),
    level((p, h, l) => p + h - l),
    level((p, h, l) => h + 2 * (p - l)),
    level((p, h) => 2 * p - h),
    level((p, h, l) => p - h + l),
    level((p, h, l) => l - 2 * (h - p)),
  ];
}

function cci(columns: Columns, n: number): number[] {
  return windows(n, typical(columns), (w) => {
    const spread = most(w) === least(w) ? 0 : mean(w.map((x) => Math.abs(last(w) - x - aboveMean(w))));
    return ratio(aboveMean(w), 0.015 * spread, 0);
  });
}

function moneyFlow(columns: Columns, n: number): number[] {
  const prices = typical(columns);
  const flows = zip((p, v) => Math.abs(p) * v, prices, columns.volume).slice(1);
  const rising = changes(prices).map((x, i) => (x > 0 ? flows[i] : 0));
  const falling = changes(prices).map((x, i) => (x < 0 ? flows[i] : 0));
  return zip((up, down) => ratio(100 * up, up + down, 0), windows(n, rising, sum), windows(n, falling, sum));
}

function correlation(n: number, xs: Column, ys: Column): number[] {
  return xs.slice(n - 1).map((_, i) => {
    const x = xs.slice(i, i + n);
    const y = ys.slice(i, i + n);
    if (most(x) === least(x) || most(y) === least(y)) return 0;
    const crossed = mean(x.map((a, j) => (a - mean(x)) * (y[j] - mean(y))));
    return crossed / (deviation(x) * deviation(y));
  });
}

const slope = (w: Column) => {
  const places = w.map((_, i) => i - (w.length - 1) / 2);
  return sum(w.map((y, i) => places[i] * (y - mean(w)))) / sum(places.map((x) => x * x));
};

export const PLAIN: Readonly<Record<string, Formula>> = {
  sma: ({ series }, [n]) => [sma(n, series)],
  ema: ({ series }, [n, seed]) => [ema(n, series, seed === 1)],
  wma: ({ series }, [n]) => [wma(n, series)],
  dema: ({ series }, [n]) => {
    const first = ema(n, series);
    return [zip((a, b) => 2 * a - b, first, ema(n, first))];
  },
  tema: ({ series }, [n]) => {
    const first = ema(n, series);
    const second = ema(n, first);
    return [zip((a, b, c) => 3 * a - 3 * b + c, first, second, ema(n, second))];
  },
  kama: ({ series }, parameters) => [kama(series, parameters)],
  hma: ({ series }, [n]) => [
    wma(
      Math.floor(Math.sqrt(n)),
      zip((half, all) => 2 * half - all, wma(Math.floor(n / 2), series), wma(n, series)),
    ),
  ],
  vwap: (columns, [n]) => {
    const prices = typical(columns);
    const turnover = zip((p, v) => p * v, prices, columns.volume);
    return [zip(ratio, windows(n, turnover, sum), windows(n, columns.volume, sum), prices)];
  },
  session_vwap: (columns) => {
    const prices = typical(columns);
    return [
      prices.map((price, i) => {
        let begin = i;
        while (begin > 0 && columns.series[begin - 1] === columns.series[i]) begin -= 1;
        const volumes = columns.volume.slice(begin, i + 1);
        return ratio(sum(volumes.map((v, j) => v * prices[begin + j])), sum(volumes), price);
      }),
    ];
  },
  rsi: ({ series }, [n]) => [rsi(n, series)],
  stochastic: ({ high, low, close }, parameters) => stochastic(high, low, close, parameters),
  stochrsi: ({ series }, [n, ...rest]) => {
    const strength = rsi(n, series);
    return stochastic(strength, strength, strength, rest, 1e-9);
  },
  macd: ({ series }, [fast, slow, signal]) => {
    const longer = Math.max(fast, slow);
    const macd = zip((a, b) => a - b, ema(fast, series.slice(longer - fast)), ema(slow, series.slice(longer - slow)));
    const line = ema(signal, macd);
    return aligned(
      macd,
      line,
      zip((a, b) => a - b, macd, line),
    );
  },
  roc: ({ series }, [n]) => [
    zip((now, before) => ratio(100 * (now - before), before, 0), series.slice(n), series.slice(0, Math.max(0, series.length - n))),
  ],
  cci: (columns, [n]) => [cci(columns, n)],
  williams: ({ high, low, close }, [n]) => [
    zip((top, bottom, c) => ratio(-100 * (top - c), top - bottom, 0), windows(n, high, most), windows(n, low, least), close),
  ],
  adx: (columns, [n]) => adx(columns, n),
  aroon: (columns, [n]) => aroon(columns, n),
  supertrend,
  psar: parabolic,
  ichimoku,
  atr: (columns, [n]) => [atr(n, columns)],
  bollinger: ({ series }, [n, deviations]) => {
    const middle = sma(n, series);
    const away = windows(n, series, deviation).map((x) => x * deviations);
    const upper = zip((m, d) => m + d, middle, away);
    const lower = zip((m, d) => m - d, middle, away);
    const width = zip((m, d) => ratio(2 * d, m, 0), middle, away);
    const percent = zip((x, d) => ratio(x + d, 2 * d, 0.5), windows(n, series, aboveMean), away);
    return [middle, upper, lower, width, percent];
  },
  keltner: (columns, [n, range, ranges]) => {
    const [middle, away] = aligned(ema(n, columns.close), atr(range, columns));
    return [middle, zip((m, r) => m + ranges * r, middle, away), zip((m, r) => m - ranges * r, middle, away)];
  },
  donchian: ({ high, low }, [n]) => {
    const upper = windows(n, high, most);
    const lower = windows(n, low, least);
    return [zip((a, b) => (a + b) / 2, upper, lower), upper, lower];
  },
  pivots: (columns, [n]) => pivots(columns, n),
  highest: ({ series }, [n]) => [windows(n, series, most)],
  lowest: ({ series }, [n]) => [windows(n, series, least)],
  obv: ({ close, volume }) => [
    volume.map((_, i) => sum(volume.slice(0, i + 1).map((v, j) => (j === 0 ? v : v * Math.sign(close[j] - close[j - 1]))))),
  ],
  cmf: ({ high, low, close, volume }, [n]) => {
    const flow = zip((h, l, c, v) => ratio(2 * c - h - l, h - l, 0) * v, high, low, close, volume);
    return [zip((f, v) => ratio(f, v, 0), windows(n, flow, sum), windows(n, volume, sum))];
  },
  mfi: (columns, [n]) => [moneyFlow(columns, n)],
  stdev: ({ series }, [n]) => [windows(n, series, deviation)],
  slope: ({ series }, [n]) => [windows(n, series, slope)],
  zscore: ({ series }, [n]) => [windows(n, series, (w) => ratio(aboveMean(w), deviation(w), 0))],
  correlation: ({ series, second }, [n]) => [correlation(n, series, second)],
};
