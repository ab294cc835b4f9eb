// What the gateway tells of runs and sweeps, held against what they are: pages joined are the whole, a command makes the same run again, two runs part
// where their deeds do, and a map holds every trial once.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import { runDetail, runPart } from '#gateway/contracts/rest-runs.ts';
import { plateau, sweepDetail, sweep as sweepSchema } from '#gateway/contracts/rest-sweeps.ts';
import type { RunListAsked, RunPart, RunPartSaid } from '#gateway/rest/ports.ts';
import { median } from '#replay/sweep/plateau.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { ledgerOf } from '../research/backtest-answer.ts';
import type { BacktestAsked } from '../research/backtest-asked.ts';
import { type Backtested, runBacktest } from '../research/backtest-session.ts';
import { sweepAnswer } from '../research/sweep-answer.ts';
import { outcomesOf } from '../research/sweep-batch.ts';
import { triedIn } from '../research/sweep-kept.ts';
import { runSweep, type Swept } from '../research/sweep-session.ts';
import { runFound, runList } from './kept-runs.ts';
import { plateauFound, sweepFound, sweepList } from './kept-sweeps.ts';
import { deedText } from './run-parting.ts';
import { compared, pageOf, partOf } from './run-parts.ts';

const root = mkdtempSync(join(tmpdir(), 'kept-research-'));
const home = join(root, 'home');
const before = process.env['RETRACE_HOME'];
const going = (): boolean => false;
const tape = () => walkTape({ folder: join(home, 'tapes', 'walk'), seed: 11, kind: 'bar', count: 960, everyUs: 900_000_000 });
let walk: ReturnType<typeof tape>;
let made: readonly Backtested[] = [];
let swept: Swept;

const asked = (set: BacktestAsked['set'], given: ReturnType<typeof tape>): BacktestAsked => ({
  ...{ strategy: 'ema-cross', set, tapes: [given], instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null },
  ...{
    tags: set['fast'] === 3 ? ['third'] : [],
    venue: { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null },
  },
});

beforeAll(async () => {
  process.env['RETRACE_HOME'] = home;
  walk = tape();
  const all: Backtested[] = [];
  for (const fast of [2, 3, 4]) all.push((await runBacktest(asked({ fast, slow: 12 }, walk), () => true))!);
  made = all;
  swept = (await runSweep(
    {
      backtest: asked({ short: true }, walk),
      ...{ params: ['fast=2..8:2', 'slow=8..24:4'], where: ['fast < slow'], method: 'grid', trials: null, seed: 3 },
      ...{ objective: 'sharpe', minTrades: 1, giveUp: null, walk: null },
    },
    {
      ...{ batch: 8, top: 3, heard: () => true },
      evaluators: (tapes) => ({ width: 1, outcomes: async (batch) => outcomesOf(batch, tapes), end: async () => {} }),
    },
  ))!;
  await sweepAnswer(swept, { objective: 'sharpe', command: 'backtest ema-cross --tape walk', dark: true, map: null, ms: 1 });
}, 120_000);
afterAll(() => {
  if (before === undefined) delete process.env['RETRACE_HOME'];
  else process.env['RETRACE_HOME'] = before;
  rmSync(root, { recursive: true, force: true });
});

const list = (given: Partial<RunListAsked> = {}) => runList({ sort: 'made', limit: 100, behind: null, ...given });
const idsOf = ({ items }: ReturnType<typeof list>): string[] => items.map(({ run }) => run);

describe('the catalogue', () => {
  test('page by page is the whole, in its order; found by any of its words', () => {
    const whole = idsOf(list());
    expect(new Set(whole)).toEqual(new Set(made.map(({ entry }) => entry.id)));
    for (const sort of ['made', 'return', 'sharpe', 'drawdown'] as const) {
      const all = idsOf(list({ sort }));
      const walked: string[] = [];
      for (let behind: RunListAsked['behind'] = null; ; ) {
        const { items, next }: ReturnType<typeof list> = list({ sort, limit: 1, behind });
        walked.push(...items.map(({ run }) => run));
        behind = next;
        if (next === null) break;
      }
      expect(walked).toEqual(all);
    }
    const returns = list({ sort: 'return' }).items.map(({ figures }) => figures['totalReturn']!);
    expect(returns).toEqual([...returns].sort((a, b) => b - a));
    const third = made[1]!.entry.id;
    for (const find of ['third', 'FAST=3', third]) expect(idsOf(list({ find }))).toEqual([third]);
    expect(idsOf(list({ tag: 'third' }))).toEqual([third]);
    expect(idsOf(list({ kind: 'fork' }))).toEqual([]);
  });

  test('a run says the command that makes it again', () => {
    const found = runDetail.parse(runFound(made[0]!.entry.id));
    expect(found.again!.command).toMatch(/^npx retrace backtest ema-cross --tape walk --set fast=2 --set slow=12 /);
    expect([found.again!.missing, found.journal]).toEqual([[], true]);
    expect(runFound('no-such-run')).toBeNull();
  });
});

describe('the parts of a run', () => {
  const partsOf = async (part: RunPart, limit: number): Promise<RunPartSaid[]> => {
    const said: RunPartSaid[] = [];
    for (let behind: number | null = null; ; ) {
      const one: RunPartSaid = await partOf({ run: made[0]!.entry.id, part, limit, behind }, going);
      const { next } = one as { next?: number | null };
      runPart.parse({ ...one, ...(next === undefined ? {} : { next: next === null ? null : String(next) }) });
      said.push(one);
      if (next == null) return said;
      behind = next;
    }
  };
  const rowsOf = (said: readonly RunPartSaid[]): unknown[] => said.flatMap((one) => ('items' in one ? (one.items as unknown[]) : []));

  test('its ledger and its trades, page by page, are the whole', async () => {
    const ledger = ledgerOf(made[0]!.result);
    expect(ledger.length).toBeGreaterThan(20);
    for (const limit of [1_000, 7]) {
      const pages = await partsOf('ledger', limit);
      expect(pages.length).toBe(Math.ceil(ledger.length / limit));
      expect(rowsOf(pages)).toEqual(ledger);
      const trades = await partsOf('trades', limit);
      expect(rowsOf(trades).map((row) => (row as { number: number }).number)).toEqual(made[0]!.measures.trades.map(({ number }) => number));
    }
  }, 60_000);

  test('its report counts its trades and leaves them to their pages', async () => {
    const [report] = await partsOf('report', 10);
    expect(report).toMatchObject({ part: 'report', trades: made[0]!.measures.trades.length });
  });

  test('a page ends early where it would be too large, and never without a row', () => {
    const rows = Array.from({ length: 10 }, (_, n) => ({ n, text: 'x'.repeat(150_000) }));
    const walked: number[] = [];
    let pages = 0;
    for (let behind: number | null = null; ; pages++) {
      const { items, next, total }: ReturnType<typeof pageOf<(typeof rows)[number]>> = pageOf(rows, 1_000, behind);
      expect([items.length > 0, items.length <= 3, total]).toEqual([true, true, 10]);
      walked.push(...items.map(({ n }) => n));
      if (next === null) break;
      behind = next;
    }
    expect(walked).toEqual(rows.map(({ n }) => n));
    expect(pages).toBeGreaterThan(2);
    expect(pageOf([{ text: 'x'.repeat(10 ** 6) }], 5, null).items.length).toBe(1);
    expect(pageOf([], 5, null)).toEqual({ total: 0, items: [], next: null });
  });
});

describe('two runs', () => {
  test('part at the first deed that is another: what stood before it is the same in both', async () => {
    const [a, b] = made.map(({ entry }) => entry.id) as [string, string];
    const { parting, sameHash } = await compared({ a, b }, going);
    expect(sameHash).toBe(false);
    const fills = (place: number) => made[place]!.result.fills;
    const first = fills(0).findIndex((fill, n) => fills(1)[n]?.timeUs !== fill.timeUs || fills(1)[n]?.price !== fill.price);
    const different = Math.min(fills(0)[first]?.timeUs ?? 0, fills(1)[first]?.timeUs ?? Number.POSITIVE_INFINITY);
    // a deed of an order comes before its fill, and no fill before it is another
    expect(Math.min(parting!.a!.at, parting!.b!.at)).toBeLessThanOrEqual(different);
    if (first > 0) expect(Math.max(parting!.a!.at, parting!.b!.at)).toBeGreaterThanOrEqual(fills(0)[first - 1]!.timeUs);
    expect(parting!.a!.said).not.toMatch(/\d (lots|minor units)\b/); // told in the measures of its instrument
    expect(await compared({ a, b: a }, going)).toMatchObject({ sameHash: true, parting: null });
  }, 60_000);

  test('another number is no other deed; another price is', () => {
    const deed = { type: 'OrderFilled', cause: 5, index: 1, at: 9, order: '4.1', price: 100, fee: 12n } as unknown as Decision;
    expect(deedText({ ...deed, cause: 6, index: 0, order: '5.1' } as never)).toBe(deedText(deed));
    expect(deedText({ ...deed, price: 101 } as never)).not.toBe(deedText(deed));
  });
});

describe('a sweep', () => {
  test('is told with its best, and as a map that holds every trial once', () => {
    const [row, ...more] = sweepList();
    expect(more).toEqual([]);
    expect(sweepSchema.parse(row)).toMatchObject({ finished: true, strategy: 'ema-cross', method: 'grid', trials: swept.trials.length });
    const found = sweepDetail.parse(sweepFound(row!.sweep));
    expect(found.peak!.parameters).toEqual(swept.best[0]!.tried.choice);
    expect(found.best.map(({ score }) => score)).toEqual(swept.best.map(({ tried }) => tried.score));
    for (const others of ['median', 'best'] as const) {
      const map = plateau.parse(plateauFound({ sweep: row!.sweep, x: 'fast', y: 'slow', others }));
      const cells = map.cells.flat().flatMap((cell) => cell ?? []);
      expect(cells.reduce((sum, { trials }) => sum + trials, 0)).toBe(swept.trials.filter(({ score }) => score !== null).length);
      const [line, column] = map.peak!;
      expect(map.cells[line]![column]).toMatchObject({ score: found.peak!.score, number: found.peak!.number });
      for (const trial of swept.trials) {
        const cell = map.cells[map.y.values.indexOf(trial.choice['slow']!)]![map.x.values.indexOf(trial.choice['fast']!)];
        expect(cell?.score ?? null).toBe(trial.score); // two parameters and no more: a cell is a trial
      }
    }
  });

  test('the choice of its plateau is the trial whose middle with its neighbours is best', () => {
    const { plateau: choice, trials } = triedIn(swept.folder)!;
    const [xs, ys] = [
      [2, 4, 6, 8],
      [8, 12, 16, 20, 24],
    ];
    const near = (all: readonly number[], a: unknown, b: unknown) => Math.abs(all.indexOf(a as number) - all.indexOf(b as number)) <= 1;
    const middles = trials.flatMap((one) => {
      if (one.score === null) return [];
      const beside = trials.filter(
        (other) =>
          other !== one &&
          other.score !== null &&
          near(xs, one.choice['fast'], other.choice['fast']) &&
          near(ys, one.choice['slow'], other.choice['slow']),
      );
      return beside.length < 2 ? [] : [{ number: one.number, middle: median([one.score, ...beside.map(({ score }) => score!)])! }];
    });
    const most = Math.max(...middles.map(({ middle }) => middle));
    expect(middles.find(({ number }) => number === choice!.number)!.middle).toBe(most);
  });

  test('a trial leads to its run once that is in the catalogue, under the name it was told', async () => {
    const found = sweepFound(sweepList()[0]!.sweep)!;
    expect(found.peak!.kept).toBe(false);
    const again = (await runBacktest(asked({ short: true, ...found.peak!.parameters }, walk), () => true))!;
    expect(again.entry.id).toBe(found.peak!.run);
    expect(sweepFound(found.sweep)!.peak!.kept).toBe(true);
  }, 60_000);

  test('one that is not finished says so, and how far it came', () => {
    const folder = join(home, 'sweeps', 'paused');
    cpSync(swept.folder, folder, { recursive: true });
    rmSync(join(folder, 'tried.json'));
    const lines = readFileSync(join(folder, 'trials.ndjson'), 'utf8').trimEnd().split('\n');
    writeFileSync(join(folder, 'trials.ndjson'), `${lines.slice(0, 5).join('\n')}\n${lines[5]!.slice(0, 40)}`);
    try {
      const found = sweepDetail.parse(sweepFound('paused'));
      expect([found.finished, found.trials, found.peak, found.best]).toEqual([false, 5, null, []]);
      expect(() => plateauFound({ sweep: 'paused', x: 'fast', y: 'slow', others: 'median' })).toThrow(/is not finished/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what did not vary has no map, and what is not there no sweep', () => {
    const { sweep } = sweepList()[0]!;
    expect(() => plateauFound({ sweep, x: 'fast', y: 'short', others: 'median' })).toThrow(/short did not vary/);
    expect(() => plateauFound({ sweep, x: 'fast', y: 'fast', others: 'median' })).toThrow(/the same as x/);
    expect([sweepFound('no-such'), plateauFound({ sweep: 'no-such', x: 'a', y: 'b', others: 'best' })]).toEqual([null, null]);
  });
});
