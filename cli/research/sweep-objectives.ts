/** What a sweep can choose by: the keys of the figures that every trial has, taken from the figures of a run that did nothing. */

import { NO_CARRY } from '#engine/run/result.ts';
import type { TimeUs } from '#engine/values.ts';
import { figuresOf } from '#replay/sweep/figures.ts';

const NOTHING = { time: new Float64Array(0), minor: new Float64Array(0) };

export const OBJECTIVES: readonly string[] = Object.keys(
  figuresOf({
    ...{ run: '', runHash: '', strategy: '', parameters: {}, instruments: [], currency: '', currencyScale: 0, cash0: 1n as never },
    ...{
      from: 0 as TimeUs,
      to: 0 as TimeUs,
      bars: 0,
      ticks: 0,
      orders: 0,
      fills: [],
      carry: NO_CARRY,
      equity: NOTHING,
      price: [],
      refusals: [],
    },
  }).metrics,
);
