/**
 * Walking forward: where each training ends and its test begins, and the tests' equity as one line. A test is never part of the training that
 * chose its parameters, nor are the purged end of that training and the embargo behind it.
 */
import type { EquitySeries, PriceBars, RunResult } from '#engine/run/result.ts';
import type { TimeUs } from '#engine/values.ts';

export type Walk = Readonly<{
  trainUs: number;
  testUs: number;
  /** Cut off the end of each training. */
  purgeUs: number;
  /** Left out between a training and its test. */
  embargoUs: number;
}>;

/** From … to, the end exclusive. */
export type Span = Readonly<{ from: TimeUs; to: TimeUs }>;
export type WalkWindow = Readonly<{ train: Span; test: Span }>;

/** As many as lie wholly within the span; each begins one test later than the one before, so that the tests follow each other without a hole. */
export function windowsOf({ trainUs, testUs, purgeUs, embargoUs }: Walk, { from, to }: Span): readonly WalkWindow[] {
  const windows: WalkWindow[] = [];
  for (let begin: number = from; begin + trainUs + embargoUs + testUs <= to; begin += testUs) {
    const test = begin + trainUs + embargoUs;
    windows.push({
      train: { from: begin as TimeUs, to: (begin + trainUs - purgeUs) as TimeUs },
      test: { from: test as TimeUs, to: (test + testUs) as TimeUs },
    });
  }
  return windows;
}

/** What of a run lies behind a moment: it warmed up before it. */
export function cutBefore(result: RunResult, from: TimeUs): RunResult {
  const { equity, price, fills } = result;
  const first = firstAfter(equity.time, from);
  return {
    ...result,
    from,
    fills: fills.filter(({ timeUs }) => timeUs >= from),
    equity: { time: equity.time.slice(first), minor: equity.minor.slice(first) },
    price: price.map(({ instrument, time, open, high, low, close }): PriceBars => {
      const at = firstAfter(time, from);
      return { instrument, time: time.slice(at), open: open.slice(at), high: high.slice(at), low: low.slice(at), close: close.slice(at) };
    }),
  };
}

/** One line of equity: each part begins with what the one before left. Floats: it is no account's money, but a report's. */
export function stitched(parts: readonly EquitySeries[], opening: number): EquitySeries {
  const size = parts.reduce((sum, { time }) => sum + time.length, 0);
  const [time, minor] = [new Float64Array(size), new Float64Array(size)];
  let at = 0;
  let worth = opening;
  for (const part of parts) {
    const scale = worth / opening;
    for (let i = 0; i < part.time.length; i++, at++) {
      time[at] = part.time[i]!;
      minor[at] = part.minor[i]! * scale;
    }
    if (part.time.length > 0) worth = minor[at - 1]!;
  }
  return { time, minor };
}

function firstAfter(times: Float64Array, moment: number): number {
  let index = 0;
  while (index < times.length && times[index]! <= moment) index++;
  return index;
}
