// A sweep depends on its seed and its data, and on nothing that runs beside it: not on how many evaluate, not on where it was paused.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DAY_US } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import type { Walk } from '#replay/sweep/walk.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { settled } from './backtest-asked.ts';
import { runBacktest } from './backtest-session.ts';
import type { SweepAsked } from './sweep-asked.ts';
import { outcomesOf } from './sweep-batch.ts';
import { runSweep, type Sweeping, type Swept } from './sweep-session.ts';
import type { Evaluators } from './sweep-workers.ts';
import { trialIdOf, trialsHere, triedOf } from './trials-here.ts';

const root = mkdtempSync(join(tmpdir(), 'sweep-session-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let homes = 0;
beforeEach(() => {
  process.env['RETRACE_HOME'] = join(root, `home${++homes}`);
});

// ten days of bars of fifteen minutes
const tape = walkTape({ folder: join(root, 'walk'), seed: 11, kind: 'bar', count: 960, everyUs: 900_000_000 });

const asked = (given: Partial<SweepAsked> = {}): SweepAsked => ({
  backtest: {
    ...{ strategy: 'ema-cross', set: {}, tapes: [tape], instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null },
    ...{ tags: [], venue: { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null } },
  },
  ...{ params: ['fast=2..10:2', 'slow=8..32:4', 'short=true,false'], where: ['fast < slow'], method: 'tpe', trials: 24, seed: 3 },
  ...{ objective: 'sharpe', minTrades: 1, giveUp: null, walk: null },
  ...given,
});

/** Evaluates in this process, as many batches at a time as are told, each done when it pleases. */
function here(width: number, limit = { batches: Number.POSITIVE_INFINITY }): (tapes: readonly Tape[]) => Evaluators {
  let turn = 0;
  return (tapes) => ({
    width,
    async outcomes(batch) {
      await new Promise((resolve) => setTimeout(resolve, (++turn * 7) % 11));
      limit.batches -= 1;
      return outcomesOf(batch, tapes);
    },
    end: async () => {},
  });
}

const sweeping = (given: Partial<Sweeping> = {}): Sweeping => ({ evaluators: here(1), batch: 8, top: 5, heard: () => true, ...given });
const told = ({ trials, best, overfitting, counted, repeated, walked }: Swept) => ({
  trials: trials.map(({ choice, id, score, figures }) => ({ choice, id, score, figures })),
  best: best.map(({ tried, neighbours, belief }) => [tried.id, neighbours, belief]),
  ...{ overfitting, counted, repeated },
  walked: walked === null ? null : { ...walked, windows: walked.windows.map(({ best: chosen, ...rest }) => ({ ...rest, id: chosen?.id })) },
});
const WALK: Walk = { trainUs: 4 * DAY_US, testUs: 2 * DAY_US, purgeUs: 3_600_000_000, embargoUs: 7_200_000_000 };

describe.each(['tpe', 'random', 'grid'] as const)('%s', (method) => {
  test('the same seed, the same sweep, for one, two and three that evaluate, and for every size of batch', async () => {
    const one = told((await runSweep(asked({ method }), sweeping()))!);
    expect(one.trials.length).toBe(24);
    expect(one.repeated.length).toBeGreaterThanOrEqual(3);
    for (const [width, batch] of [
      [2, 3],
      [3, 1],
    ] as const) {
      process.env['RETRACE_HOME'] = join(root, `home${++homes}`);
      expect(told((await runSweep(asked({ method }), sweeping({ evaluators: here(width), batch })))!)).toEqual(one);
    }
  });

  test('paused again and again, it comes to what it comes to in one go, and evaluates nothing twice', async () => {
    const whole = told((await runSweep(asked({ method }), sweeping()))!);
    process.env['RETRACE_HOME'] = join(root, `home${++homes}`);
    let swept: Swept | null = null;
    let evaluated = 0;
    for (let tries = 0; swept === null && tries < 20; tries++) {
      let left = 2;
      swept = await runSweep(
        asked({ method }),
        sweeping({
          batch: 4,
          evaluators: (tapes) => {
            const inner = here(1)(tapes);
            return {
              ...inner,
              outcomes: (batch) => {
                evaluated += batch.settings.length;
                return inner.outcomes(batch);
              },
            };
          },
          heard: () => left-- > 0,
        }),
      );
    }
    expect(told(swept!)).toEqual(whole);
    expect(evaluated).toBe(24);
    const again = told(
      (await runSweep(
        asked({ method }),
        sweeping({ evaluators: () => ({ ...here(1)([]), outcomes: () => Promise.reject(new Error('evaluated again')) }) }),
      ))!,
    );
    expect(again).toEqual(whole);
  });
});

test('the ledger counts each trial once, whichever sweep tried it', async () => {
  const { settings } = await settled({ ...asked().backtest, set: {} });
  const count = () => trialsHere().count(triedOf(settings)).count;
  await runSweep(asked({ method: 'grid', trials: null, params: ['fast=2..6:2', 'slow=8,12'] }), sweeping());
  expect(count()).toBe(6);
  await runSweep(asked({ method: 'random', trials: 6, params: ['fast=2..6:2', 'slow=8,12'] }), sweeping());
  expect(count()).toBe(6);
  await runSweep(asked({ method: 'grid', trials: null, params: ['fast=2..8:2', 'slow=8,12'], where: ['fast < slow'] }), sweeping());
  expect(count()).toBe(7);
});

test('the same data under another name are the same data: a trial on both counts once', async () => {
  cpSync(tape.folder, `${tape.folder}-again`, { recursive: true });
  const copy = Tape.open(`${tape.folder}-again`);
  const { settings } = await settled({ ...asked().backtest, set: {} });
  const grid = { method: 'grid', trials: null, params: ['fast=2..6:2', 'slow=8,12'] } as const;
  const counted: number[] = [];
  for (const each of [tape, copy]) {
    await runSweep(asked({ ...grid, backtest: { ...asked().backtest, tapes: [each] } }), sweeping());
    await runBacktest({ ...asked().backtest, set: { fast: 3, slow: 9 }, tapes: [each] }, () => true);
    counted.push(trialsHere().count(triedOf(settings)).count);
  }
  expect(counted).toEqual([7, 7]);
});

test('of several tapes every one has had the trial: the order of their names makes no other', async () => {
  const other = walkTape({ folder: join(root, 'other'), seed: 12, kind: 'bar', count: 960, everyUs: 900_000_000, instrument: 1 });
  const backtest = { ...asked().backtest, tapes: [tape, other] };
  await runSweep(asked({ method: 'grid', trials: null, params: ['fast=2,4', 'slow=8'], backtest }), sweeping());
  const { settings } = await settled({ ...backtest, set: {} });
  const [one, two] = settings.tapes;
  for (const tapes of [[one!], [two!], [two!, one!]]) expect(trialsHere().count(triedOf({ ...settings, tapes })).count).toBe(2);
  expect(trialIdOf({ ...settings, tapes: [two!, one!] })).toBe(trialIdOf(settings));
});

test('too few trades give no score, and the best has enough', async () => {
  const swept = (await runSweep(asked({ method: 'grid', trials: null, minTrades: 40 }), sweeping({ top: 100 })))!;
  const trades = (one: Swept['trials'][number]) => one.figures!.metrics['trades']!;
  expect(swept.trials.every((one) => (one.score === null) === (trades(one) < 40 || one.figures!.metrics['sharpe'] === null))).toBe(true);
  expect(swept.trials.some(({ score }) => score === null)).toBe(true);
  expect(swept.best.every(({ tried }) => trades(tried) >= 40)).toBe(true);
  const scores = swept.best.map(({ tried }) => tried.score!);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
});

test('walking forward: no training touches a test, the tests follow each other, and their equity is one line', async () => {
  const swept = (await runSweep(asked({ method: 'random', trials: 6, walk: WALK }), sweeping()))!;
  const { windows, equity } = swept.walked!;
  expect(windows.length).toBe(2);
  for (const [index, { window, best, outside }] of windows.entries()) {
    expect(window.train.to).toBe(window.test.from - WALK.embargoUs - WALK.purgeUs);
    if (index > 0) expect(window.test.from).toBe(windows[index - 1]!.window.test.to);
    expect(best!.settings.tapes[0]).toMatchObject(window.train);
    expect(outside!.metrics['totalReturn']).not.toBeNull();
  }
  expect([...equity.time].every((time, index) => index === 0 || time > equity.time[index - 1]!)).toBe(true);
  const product = windows.reduce((worth, { outside }) => worth * (1 + outside!.metrics['totalReturn']!), 1);
  expect(swept.walked!.metrics['totalReturn']).toBeCloseTo(product - 1, 12);
});

test('what was evaluated is in the folder, one line a trial', async () => {
  const swept = (await runSweep(asked(), sweeping()))!;
  const lines = readFileSync(join(swept.folder, 'trials.ndjson'), 'utf8').trimEnd().split('\n');
  expect(new Set(lines.map((line) => JSON.parse(line).id))).toEqual(new Set(swept.trials.map(({ id }) => id)));
});

test('a sweep whose figures are not those of a run by itself stops with both named', async () => {
  const lying = (tapes: readonly Tape[]): Evaluators => ({
    ...here(1)(tapes),
    outcomes: async (batch) =>
      outcomesOf(batch, tapes).map(({ figures }) => ({ figures: { ...figures!, metrics: { ...figures!.metrics, sharpe: 9 } } })),
  });
  await expect(runSweep(asked(), sweeping({ evaluators: lying }))).rejects.toThrow(
    /trial \d+ of the sweep and the run of the same settings by itself differ/,
  );
});

test.each([
  [{ params: [] }, '--param: which parameters vary?'],
  [{ params: ['fast'] }, 'is not name=values'],
  [{ params: ['fast=1..9:1', 'fast=2,3'] }, 'given twice'],
  [{ method: 'grid', params: ['fast=1..9'] }, 'a range without a step is no grid'],
  [{ where: ['fast < slowly'] }, 'no such parameter'],
  [{ walk: { ...WALK, trainUs: 40 * DAY_US } }, '--walk: the data are shorter'],
] as const)('%j is refused', async (given, why) => {
  await expect(runSweep(asked(given as Partial<SweepAsked>), sweeping())).rejects.toThrow(why);
});
