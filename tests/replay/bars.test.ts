// A source that sends bars: what is longer folds from them, bar by bar, and nothing is known before it arrived.
import { expect, test } from 'vitest';
import type { DecisionOf } from '#engine/decisions.ts';
import { type Block, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { MINUTE_US, type Seq } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { commanded, DESK, defined, deployed, nodeDigest, opened, START } from './recorder.ts';

const LATENCY_US = 250_000;
const [btc] = syntheticInstruments(1);
const instrument = {
  ...btc!,
  feeds: [
    {
      ...btc!.feeds[0]!,
      latenessUs: LATENCY_US + 1,
      graceUs: 0,
      silentUs: null,
      muteUs: null,
      lagUs: null,
      lagDownUs: null,
      barUs: MINUTE_US,
    },
  ],
} as Instrument;
const price = (minute: number) => 600_000 + ((minute * 37) % 90);

/** A bar a minute; `missing` are not there. */
function minutes(count: number, missing: readonly number[] = []): Block {
  const there = Array.from({ length: count }, (_, minute) => minute).filter((minute) => !missing.includes(minute));
  const column = (of: (minute: number) => number) => Float64Array.from(there, of);
  const venueTime = column((minute) => START + minute * MINUTE_US);
  return {
    ...{ instrument: instrument.id, source: instrument.feeds[0]!.source, kind: 'bar', timeframeUs: MINUTE_US, count: there.length },
    ...{ at: venueTime.map((start) => start + MINUTE_US + LATENCY_US), venueTime, venueSeq: NO_SEQ, flags: new Uint8Array(there.length) },
    values: [column(price), column((m) => price(m) + 9), column((m) => price(m) - 7), column((m) => price(m) + 2), column((m) => 1 + m)],
  };
}

function candles(bars: Block, timeframeUs: number): readonly DecisionOf<'CandleClosed'>[] {
  const closed: DecisionOf<'CandleClosed'>[] = [];
  const run = new DeskRun({
    ...{ desk: DESK, digest: nodeDigest, catalogue: testCatalogue },
    observer: (decision) => {
      if (decision.type === 'CandleClosed' && decision.timeframeUs === timeframeUs) closed.push(decision);
    },
  });
  const steps = [
    opened(START, 'alpha'),
    defined(START, instrument),
    commanded(START, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    deployed(START, { id: 'ra', account: 'alpha', parameters: { seed: 1 }, on: [{ instrument: instrument.id, timeframeUs }] }),
  ];
  steps.forEach((step, index) => {
    if (step.kind === 'input') run.input({ ...step.body, seq: index + 1, at: step.at } as never);
  });
  run.market(marketFrame((steps.length + 1) as Seq, [bars], NO_LANE, null));
  return closed;
}

test('five minutes fold from minutes: open of the first, close of the last, extremes and volume of all', () => {
  const told = candles(minutes(16), 5 * MINUTE_US);
  expect(told.length).toBe(3);
  told.forEach(({ start, end, open, high, low, close, volume, at }, index) => {
    const inside = [0, 1, 2, 3, 4].map((minute) => 5 * index + minute);
    expect({ start, end, open, high, low, close, volume }).toEqual({
      start: START + 5 * index * MINUTE_US,
      end: START + 5 * (index + 1) * MINUTE_US,
      open: price(inside[0]!),
      high: Math.max(...inside.map(price)) + 9,
      low: Math.min(...inside.map(price)) - 7,
      close: price(inside[4]!) + 2,
      volume: inside.reduce((sum, minute) => sum + 1 + minute, 0),
    });
    expect(at).toBe(end + LATENCY_US + 1); // a µs behind the arrival of its last bar
  });
});

test('a minute that is missing is left out of the longer candle, and an interval without any makes none', () => {
  const told = candles(minutes(16, [3, 5, 6, 7, 8, 9]), 5 * MINUTE_US);
  expect(told.map(({ start, close }) => [(start - START) / MINUTE_US, close - 2])).toEqual([
    [0, price(4)],
    [10, price(14)],
  ]);
});

test('the minutes themselves close when they arrive', () => {
  const told = candles(minutes(4), MINUTE_US);
  expect(told.map(({ at, end, by }) => [at - end, by])).toEqual(Array(4).fill([LATENCY_US, 'bar']));
});
