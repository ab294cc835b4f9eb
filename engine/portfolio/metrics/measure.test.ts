import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byDay, EMPTY, ETH, HOUR_US, withFills } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { dayNumber, dayText } from '../../market/calendar.ts';
import type { Instrument } from '../../market/instrument.ts';
import { lastEquity, type PriceBars, type RunResult } from '../../run/result.ts';
import { DAY_US, type Minor, strategyId, timeUs } from '../../values.ts';
import { ASKED_BY_DEFAULT, allMetrics, measure, metricOf } from './measure.ts';

const at = (result: RunResult, key: string, asked = ASKED_BY_DEFAULT) => metricOf(measure(result, asked), key).value;
const reasonOf = (result: RunResult, key: string) => metricOf(measure(result), key).reason;

describe('return and risk', () => {
  const zigzag = byDay(100_000, 110_000, 99_000, 108_900); // +10 %, −10 %, +10 %

  test('the whole is last against first', () => {
    expect(at(zigzag, 'netProfit')).toBe(8_900);
    expect(at(zigzag, 'totalReturn')).toBe(8_900 / 100_000);
  });

  test('volatility, Sharpe and Sortino from three daily returns', () => {
    // Mean 1/30. Off the mean by 2/30, −4/30, 2/30: squares 24/900, over n − 1 = 2 makes 12/900, its root √12/30.
    expect(at(zigzag, 'volatility')).toBeCloseTo((Math.sqrt(12) / 30) * Math.sqrt(365), 12);
    // (1/30) ÷ (√12/30) = 1/√12.
    expect(at(zigzag, 'sharpe')).toBeCloseTo(Math.sqrt(365) / Math.sqrt(12), 10);
    // Below zero only −0.1: √(0.01/3) = 0.1/√3; (1/30) ÷ (0.1/√3) = √3/3.
    expect(at(zigzag, 'sortino')).toBeCloseTo((Math.sqrt(365) * Math.sqrt(3)) / 3, 10);
  });

  test('yearly growth by elapsed time: 21 % in 730 days is 10 % a year', () => {
    const years = byDay(100, ...Array.from({ length: 729 }, () => 100), 121);
    expect(at(years, 'cagr')).toBeCloseTo(0.1, 12);
    expect(at(zigzag, 'cagr')).toBeNull();
    expect(reasonOf(zigzag, 'cagr')).toBe('the run is shorter than 30 days');
  });

  test('Calmar is yearly growth over the deepest drawdown', () => {
    // 100 → 80 → 121 over 730 days: 10 % a year ÷ 20 %.
    const dip = byDay(100, ...Array.from({ length: 364 }, () => 80), ...Array.from({ length: 366 }, () => 121));
    expect(at(dip, 'calmar')).toBeCloseTo(0.5, 12);
  });

  test('drawdown: depth, length and time under water', () => {
    // Peak 110 at the end of day 1; 99 on day 2, 108.9 on day 3: (110 − 99)/110 = 0.1, two days long, two of three days below.
    expect(at(zigzag, 'maxDrawdown')).toBeCloseTo(0.1, 15);
    expect(at(zigzag, 'longestDrawdown')).toBe(2);
    expect(at(zigzag, 'underwater')).toBeCloseTo(2 / 3, 15);
    // The first peak is the opening cash: a run that only loses is under water from its begin.
    expect(at(byDay(100, 90, 80), 'longestDrawdown')).toBe(2);
  });

  test('what cannot be said is null with a reason', () => {
    const flat = byDay(100, 100, 100, 100);
    expect(reasonOf(flat, 'sharpe')).toBe('the daily returns do not vary');
    expect(reasonOf(flat, 'sortino')).toBe('no daily return is negative');
    expect(at(flat, 'volatility')).toBe(0);
    expect(reasonOf(byDay(100, 110), 'sharpe')).toBe('fewer than two daily returns');
    expect(reasonOf(byDay(100, -5, 20, 30), 'sharpe')).toBe('equity was at or below zero');
    expect(reasonOf(byDay(0, 10, 20), 'totalReturn')).toBe('the run began without cash');
    expect(reasonOf(EMPTY, 'winRate')).toBe('no trade was closed');
    expect(reasonOf(EMPTY, 'slippage')).toBe('there is no fill');
  });

  test('a bar that closes at midnight belongs to the day that ends; a day without bars keeps what was before', () => {
    const result = byDay(100, 110, 121);
    const time = Float64Array.of(result.from + DAY_US, result.from + 3 * DAY_US + 1);
    const { daily } = measure({
      ...result,
      to: timeUs(result.from + 4 * DAY_US),
      equity: { time, minor: Float64Array.of(110, 121) },
    }).performance;
    expect([...daily.equity]).toEqual([110, 110, 110, 121]);
    expect([...(daily.returns as Float64Array)]).toEqual([0.1, 0, 0, 0.1]);
  });

  test('a drawdown ends where equity stands at its peak again', () => {
    const { drawdowns } = measure(byDay(100, 120, 90, 100, 120, 119, 130)).performance.underwater;
    const day = (n: number) => EMPTY.from + n * DAY_US;
    expect(drawdowns).toEqual([
      { peakTime: day(1), troughTime: day(2), recoveryTime: day(4), depth: 0.25, amount: 30, lengthUs: 3 * DAY_US },
      { peakTime: day(4), troughTime: day(5), recoveryTime: day(6), depth: 1 / 120, amount: 1, lengthUs: 2 * DAY_US },
    ]);
  });

  test('buy and hold spreads the cash evenly: one that doubles and one that halves make a quarter', () => {
    const bars = (one: Instrument, open: number, close: number): PriceBars => ({
      instrument: one.id,
      time: Float64Array.of(EMPTY.from + DAY_US),
      open: Float64Array.of(open),
      high: Float64Array.of(Math.max(open, close)),
      low: Float64Array.of(Math.min(open, close)),
      close: Float64Array.of(close),
    });
    const [first, second] = EMPTY.instruments as readonly [Instrument, Instrument];
    const held = { ...byDay(1_000, 1_000), price: [bars(first, 100, 200), bars(second, 700, 350)] };
    expect(at(held, 'holdTotalReturn')).toBe(0.25); // (2 + 0.5) ÷ 2 − 1
    expect(measure({ ...held, price: [bars(first, 0, 5)] }).noBenchmark).toBe('a first price is not above zero');
  });

  test('sessions, not days: a weekend is no day without a return', () => {
    // Friday, Monday, Tuesday; New York closes at 21:00 UTC in January.
    const closes = ['2024-01-05', '2024-01-08', '2024-01-09'].map((text) => dayNumber(text) * DAY_US + 21 * HOUR_US);
    const from = timeUs(dayNumber('2024-01-05') * DAY_US);
    const instruments = [{ ...ETH, calendar: 'NYSE' }];
    const equity = { time: Float64Array.from(closes), minor: Float64Array.of(110, 121, 121) };
    const { daily } = measure({ ...EMPTY, instruments, cash0: 100n as Minor, from, to: timeUs(closes[2] as number), equity }).performance;
    expect([...daily.days].map(dayText)).toEqual(['2024-01-05', '2024-01-08', '2024-01-09']);
    expect([...(daily.returns as Float64Array)]).toEqual([0.1, 0.1, 0]);
    const always = measure({ ...EMPTY, cash0: 100n as Minor, from, to: timeUs(closes[2] as number), equity }).performance.daily;
    expect([...(always.returns as Float64Array)]).toEqual([0.1, 0, 0, 0.1, 0]);
  });

  test('a calendar of sessions counts sessions, about 252 a year in New York', () => {
    const instruments = [{ ...ETH, calendar: 'NYSE' }];
    const { sampling } = measure({ ...EMPTY, instruments, from: timeUs(19_730 * DAY_US), to: timeUs(19_830 * DAY_US) });
    expect(sampling.calendar).not.toBeNull();
    expect(sampling.daysPerYear).toBeGreaterThanOrEqual(250);
    expect(sampling.daysPerYear).toBeLessThanOrEqual(253);
  });
});

describe('trades', () => {
  // A lot at 30,000 ticks is 3.00. Long 100: +10.00 less 1.00 of fees. Long 100: −5.00 less 1.00. Short 100: +4.00 less 1.00.
  const traded = withFills({ ...byDay(100_000, 100_600), instruments: [ETH] }, [
    ['buy', 100, 30_000, 50n],
    ['sell', 100, 31_000, 50n],
    ['buy', 100, 31_000, 50n],
    ['sell', 100, 30_500, 50n],
    ['sell', 100, 30_500, 50n],
    ['buy', 100, 30_100, 50n],
  ]);

  test('rates and factors after fees', () => {
    // Nets: +900, −600, +300.
    expect(measure(traded).trades.map(({ net }) => net)).toEqual([900n, -600n, 300n]);
    expect(at(traded, 'trades')).toBe(3);
    expect(at(traded, 'winRate')).toBeCloseTo(2 / 3, 15);
    expect(at(traded, 'profitFactor')).toBe(1_200 / 600);
    expect(at(traded, 'expectancy')).toBe(600 / 3);
    expect(at(traded, 'payoff')).toBe(600 / 600);
    expect(at(traded, 'averageWin')).toBe(600);
    expect(at(traded, 'averageLoss')).toBe(-600);
    expect(at(traded, 'losingStreak')).toBe(1);
    expect(at(traded, 'holdingTime')).toBe(1);
  });

  test('costs, turnover and time in the market', () => {
    expect(at(traded, 'fees')).toBe(300);
    // Worth of the fills: 300 + 310 + 310 + 305 + 305 + 301 = 1,831.00.
    expect(at(traded, 'feeRate')).toBeCloseTo(300 / 183_100, 15);
    expect(at(traded, 'turnover')).toBeCloseTo(183_100 / 100_600, 12);
    expect(at(traded, 'feeShare')).toBeCloseTo(300 / 900, 15);
    expect(at(traded, 'makerShare')).toBe(0.5);
    expect(at(traded, 'exposure')).toBeCloseTo(3 / 24, 15); // three trades of an hour each in a day
    expect(measure(traded).breakdown.unexplained).toBe(0n);
  });

  test('time in the market counts once what two trades cover together', () => {
    const one = withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, [
      ['buy', 1, 30_000, 0n],
      ['sell', 1, 30_000, 0n],
    ]);
    // The other strategy is in the market from half past the first hour to half past the second: together an hour and a half.
    const other = one.fills.map((fill) => ({ ...fill, strategy: strategyId('other'), timeUs: timeUs(fill.timeUs + HOUR_US / 2) }));
    const fills = [...one.fills, ...other].sort((a, b) => a.timeUs - b.timeUs);
    expect(at({ ...one, fills }, 'exposure')).toBeCloseTo(1.5 / 24, 15);
    expect(
      at({ ...one, fills: [...fills, ...one.fills.map((fill) => ({ ...fill, timeUs: timeUs(fill.timeUs + 6 * HOUR_US) }))] }, 'exposure'),
    ).toBeCloseTo(2.5 / 24, 15);
    const inside = one.fills.map((fill, i) => ({
      ...fill,
      strategy: strategyId('other'),
      timeUs: timeUs(one.from + ((1 + i) * HOUR_US) / 4),
    }));
    expect(at({ ...one, fills: [...one.fills, ...inside].sort((a, b) => a.timeUs - b.timeUs) }, 'exposure')).toBeCloseTo(1 / 24, 15);
  });

  test('R by the stop of each entry; a trade without one has none', () => {
    const stops = new Map([
      ['1.0', 29_500],
      ['5.0', 30_700],
    ]); // +1,000 of 500 is 2 R; +400 of 200 is 2 R
    const fills = traded.fills.map((fill) => ({ ...fill, stop: stops.get(fill.address) ?? null }));
    const measures = measure({ ...traded, fills });
    expect(measures.trades.map(({ r }) => r)).toEqual([2, null, 2]);
    expect(metricOf(measures, 'meanR').value).toBe(2);
    expect(metricOf(measures, 'meanR').inputs).toContainEqual(['sum of R', 4]);
    expect(reasonOf(traded, 'meanR')).toBe('no stop is known for any closed trade');
  });

  test('slippage by what each order was meant at; a better price counts against a worse one, and what is not known is counted', () => {
    // a lot of ETH is worth 0.0001 a tick: 100 lots a tick are 1 cent
    const rows = [
      { by: 'market', price: 29_990 }, // bought at 30,000 what stood at 29,990: 10 ticks of 100 lots, 10 cents
      { by: 'stop', price: 30_030 }, // sold at 30,000 behind a stop at 30,030: 30 cents
      { by: 'limit', price: 30_005 }, // bought at 30,000 under a limit of 30,005: 5 cents gained
      null,
    ] as const;
    const four = withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, [
      ['buy', 100, 30_000, 0n],
      ['sell', 100, 30_000, 0n],
      ['buy', 100, 30_000, 0n],
      ['sell', 100, 30_000, 0n],
    ]);
    const run = { ...four, fills: four.fills.map((fill, i) => ({ ...fill, intended: rows[i] ?? null })) };
    const { inputs, value } = metricOf(measure(run), 'slippage');
    expect(value).toBe(35);
    expect(inputs).toEqual([
      ['market orders', 10n],
      ['stops', 30n],
      ['limits', -5n],
      ['fills counted', 3],
      ['fills without an intended price', 1],
    ]);
    expect(metricOf(measure(run), 'slippageRate').value).toBeCloseTo(35 / 90_000, 15); // three fills of 300.00 each
    expect(reasonOf(four, 'slippage')).toMatch(/of no fill it is known/);
    expect(() => measure({ ...run, fills: run.fills.map((fill) => ({ ...fill, stop: 1.5 })) })).toThrow(/stop 1.5 is not whole ticks/);
  });

  test('excursions by bars that lie wholly inside the trade, and by its own fills', () => {
    const hour = (hours: number) => EMPTY.from + hours * HOUR_US;
    const long = withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, [
      ['buy', 100, 30_000, 0n],
      ['buy', 1, 30_000, 0n],
      ['buy', 1, 30_000, 0n],
      ['sell', 102, 30_100, 0n],
    ]);
    const price = {
      instrument: ETH.id,
      time: Float64Array.of(hour(0.5), hour(1.5), hour(2.5), hour(4)),
      open: Float64Array.of(30_000, 30_000, 30_000, 30_000),
      high: Float64Array.of(90_000, 30_400, 30_300, 90_000), // the first was half before the trade, the last ends after it
      low: Float64Array.of(1, 29_800, 29_900, 1),
      close: Float64Array.of(30_000, 30_000, 30_000, 30_000),
    };
    // Bar 2 spans the second fill, so only its close counts; so does bar 3's. The own fills: 102 lots at +100 ticks are 1.02 × 1.00 = 1.02.
    const [trade] = measure({ ...long, price: [price] }).trades;
    expect(trade?.excursion).toEqual({ adverse: 0n, favourable: 102n });
    const single = withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, [['buy', 100, 30_000, 0n]]);
    const closed = [
      ...single.fills,
      {
        ...withFills(single, [
          ['buy', 100, 30_000, 0n],
          ['sell', 100, 30_100, 0n],
        ]).fills[1]!,
        timeUs: timeUs(hour(3)),
      },
    ];
    const [whole] = measure({ ...single, fills: closed, price: [price] }).trades;
    // Bars 2 and 3 lie inside: lowest 29,800 (−200 ticks of 1.00 each hundred lots: −2.00), highest 30,400 (+4.00).
    expect(whole?.excursion).toEqual({ adverse: -200n, favourable: 400n });
  });
});

describe('laws', () => {
  const runs = fc.integer({ min: 1, max: 100_000 }).map((seed) => madeRun({ seed, days: 40, barMinutes: 240, tradeChance: 0.2 }));

  test('every metric is a number or null with a reason; no NaN, no Infinity', () => {
    fc.assert(
      fc.property(runs, (result) => {
        const measures = measure(result, { ...ASKED_BY_DEFAULT, paths: 20, trials: { count: 10, sharpes: null } });
        for (const { key, value, reason, inputs } of allMetrics(measures)) {
          expect([key, value === null ? reason !== null : Number.isFinite(value) && reason === null]).toEqual([key, true]);
          for (const [, input] of inputs) expect(typeof input !== 'number' || Number.isFinite(input)).toBe(true);
        }
        expect(new Set(allMetrics(measures).map(({ key }) => key)).size).toBe(allMetrics(measures).length);
      }),
      { numRuns: 25 },
    );
  });

  test('parts add up to the whole: days, months, instruments, sides', () => {
    fc.assert(
      fc.property(runs, (result) => {
        const { breakdown, trades } = measure(result, { ...ASKED_BY_DEFAULT, paths: 1 });
        const change = lastEquity(result) - result.cash0;
        const total = (parts: readonly Readonly<{ change?: bigint; net?: bigint }>[]) =>
          parts.reduce((sum, { change, net }) => sum + (change ?? net ?? 0n), 0n);
        expect([breakdown.days, breakdown.months].map(total)).toEqual([change, change]);
        expect([breakdown.instruments, breakdown.sides, breakdown.strategies].map(total)).toEqual([change, change, change]);
        expect(breakdown.unexplained).toBe(0n);
        for (const { excursion, realised, exit } of trades) {
          expect(excursion.adverse <= 0n && excursion.favourable >= 0n).toBe(true);
          if (exit !== null) expect(excursion.adverse <= realised && realised <= excursion.favourable).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('ratios do not depend on the size of the account', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 50, max: 200 }), { minLength: 40, maxLength: 60 }),
        fc.integer({ min: 2, max: 1000 }),
        (ends, times) => {
          const [small, large] = [byDay(100, ...ends), byDay(100 * times, ...ends.map((end) => end * times))];
          for (const key of ['totalReturn', 'cagr', 'volatility', 'sharpe', 'sortino', 'calmar', 'maxDrawdown', 'underwater', 'psr']) {
            const [a, b] = [at(small, key), at(large, key)];
            if (a === null) expect(b).toBeNull();
            else expect(b).toBeCloseTo(a, 9);
          }
        },
      ),
    );
  });

  test('drawdowns are within 0 … 1 while equity is above zero, and end before the next begins', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 50 }), (ends) => {
        const { drawdowns } = measure(byDay(500, ...ends)).performance.underwater;
        let end = 0;
        for (const { depth, peakTime, troughTime, recoveryTime } of drawdowns) {
          expect(depth).toBeGreaterThan(0);
          expect(depth).toBeLessThan(1);
          expect(peakTime).toBeGreaterThanOrEqual(end);
          expect(troughTime).toBeGreaterThan(peakTime);
          end = recoveryTime ?? Number.POSITIVE_INFINITY;
          expect(end).toBeGreaterThan(troughTime);
        }
      }),
    );
  });

  test('the order of trades does not change what a trade is worth on average', () => {
    const blocks: readonly (readonly [number, number])[] = [
      [30_000, 30_700],
      [30_000, 29_800],
      [31_000, 31_001],
      [28_000, 27_000],
    ];
    const rows = (order: readonly (readonly [number, number])[]) =>
      order.flatMap(
        ([entry, exit]) =>
          [
            ['buy', 100, entry, 7n],
            ['sell', 100, exit, 8n],
          ] as const,
      );
    const run = (order: typeof blocks) => withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, rows(order));
    fc.assert(
      fc.property(fc.shuffledSubarray([...blocks], { minLength: blocks.length }), (order) => {
        for (const key of ['expectancy', 'winRate', 'profitFactor', 'payoff', 'fees'])
          expect(at(run(order), key)).toBe(at(run(blocks), key));
      }),
    );
  });

  test('holding the market is measured like the run, and a run that only holds equals it', () => {
    // The cash buys 1,000 lots at 30,000 ticks for all of it, without fees; from then on both are the same account.
    const time = Float64Array.from({ length: 60 }, (_, i) => EMPTY.from + (i + 1) * DAY_US);
    const close = Float64Array.from({ length: 60 }, (_, i) => 30_000 + ((i * 7919) % 500) - 200);
    const open = close.map((_, i) => (i === 0 ? 30_000 : (close[i - 1] as number)));
    const high = close.map((price, i) => Math.max(price, open[i] as number));
    const low = close.map((price, i) => Math.min(price, open[i] as number));
    const base = {
      ...byDay(300_000, ...close.map((price) => price * 10)),
      instruments: [ETH],
      price: [{ instrument: ETH.id, time, open, high, low, close }],
    };
    const held = withFills(base, [['buy', 1_000, 30_000, 0n]]);
    for (const [own, market] of [
      ['totalReturn', 'holdTotalReturn'],
      ['sharpe', 'holdSharpe'],
      ['maxDrawdown', 'holdMaxDrawdown'],
    ] as const)
      expect(at(held, market)).toBeCloseTo(at(held, own) as number, 9);
    expect(measure(held).breakdown.unexplained).toBe(0n as Minor);
  });
});

test('what positions cost is told apart from fees, and no trade explains it', () => {
  const base = madeRun({ days: 5 });
  const { costs, breakdown } = measure(base);
  const paid = { borrow: 700n, funding: -300n } as RunResult['carry'];
  // charged before the first sample
  const charged = { ...base, carry: paid, equity: { ...base.equity, minor: base.equity.minor.map((value) => value - 400) } };
  expect(['borrow', 'funding', 'fees'].map((key) => at(charged, key))).toEqual([700, -300, at(base, 'fees')]);
  expect(measure(charged).costs).toEqual({ ...costs, carry: paid });
  expect(measure(charged).breakdown.unexplained).toBe(breakdown.unexplained - 400n);
  expect(allMetrics(measure(base)).some(({ key }) => key === 'borrow' || key === 'funding')).toBe(false);
});
