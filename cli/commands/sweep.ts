/** `retrace sweep` and `retrace optimize`: many backtests of one strategy, to find where it stands on a plateau and how far that can be believed. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { DAY_US } from '#engine/values.ts';
import type { Method } from '#replay/sweep/search.ts';
import type { Walk } from '#replay/sweep/walk.ts';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand, type CommandSpec } from '../command.ts';
import type { Flags } from '../flags.ts';
import { BACKTEST_FLAGS, backtestAsked } from './backtest.ts';

const FLAGS: NonNullable<CommandSpec['flags']> = [
  ['--param <name=values>', 'what varies: fast=5..50:5, risk=0.1..2:log, short=true,false; repeatable', 'repeatable'],
  ['--where <condition>', 'only what fits, like "fast < slow"; repeatable', 'repeatable'],
  ['--method <how>', 'grid, random or tpe (learns where the good ones lie)'],
  ['--trials <n>', 'how many (default: the whole grid, or 100)'],
  ['--seed <n>', 'of random and tpe (default 1): the same seed, the same trials'],
  ['--objective <metric>', 'what is to be best, by its key: sharpe (default), totalReturn, calmar, profitFactor, …'],
  ['--min-trades <n>', 'fewer trades have no score (default 1)'],
  ['--give-up <share>', 'stop a trial that lost this share of its cash, like 0.5 (default: never)'],
  ['--walk <train/test>', 'walk forward, like 90d/30d: choose on the one, test on the other, move on'],
  ['--purge <time>', 'with --walk: cut off the end of each training'],
  ['--embargo <time>', 'with --walk: left out between a training and its test'],
  ['--workers <n>', 'threads (default: one a core); changes nothing but the time'],
  ['--batch <n>', 'trials that share a desk (default 8); changes nothing but the time'],
  ['--top <n>', 'how many of the best are shown (default 10)'],
  ['--map <x,y>', 'the two parameters of the plateau map (default: the first two)'],
  ['--dark', 'the map in dark'],
];

export const addSweep = (program: Command): Command =>
  addCommand(program, {
    usage: 'sweep <strategy>',
    about: 'a strategy with many parameters over recorded data: where it is good, and whether that can be believed',
    flags: [...FLAGS, ...BACKTEST_FLAGS],
    examples: [
      ['sweep ema-cross --tape btc-1m --param fast=5..50:5 --param slow=20..200:20 --where "fast < slow"', 'every pair of a grid'],
      ['sweep supertrend --tape btc-1m --method random --trials 200', 'the steps that its document says, by chance'],
      ['sweep ema-cross --tape btc-1m --param fast=5..50 --param slow=20..200 --method tpe --walk 10d/3d', 'chosen again every three days'],
    ],
    run: (asked) => run(asked, 'sweep', 'grid'),
  });

export const addOptimize = (program: Command): Command =>
  addCommand(program, {
    usage: 'optimize <strategy>',
    about: 'the same as sweep, by a search that learns (--method tpe)',
    flags: [...FLAGS, ...BACKTEST_FLAGS],
    examples: [
      ['optimize ema-cross --tape btc-1m --param fast=2..100:log --param slow=10..500:log --where "fast < slow"', 'a hundred trials'],
    ],
    run: (asked) => run(asked, 'optimize', 'tpe'),
  });

async function run({ flags, args, json }: Asked, command: string, standard: Method): Promise<Answer> {
  const method = flags.choice('method', ['grid', 'random', 'tpe'] as const) ?? standard;
  const trials = flags.whole('trials', 1, 100_000);
  const seed = flags.whole('seed', 0) ?? 1;
  const objective = flags.text('objective') ?? 'sharpe';
  const minTrades = flags.whole('min-trades', 0) ?? 1;
  const lost = flags.decimal('give-up', 4, 100n, 9_999n);
  const workers = flags.whole('workers', 1, 64) ?? Math.min(64, availableParallelism());
  const batch = flags.whole('batch', 1, 256) ?? STANDARD_BATCH;
  const top = flags.whole('top', 1, 1_000) ?? 10;
  const walk = walkIn(flags);
  const map = mapIn(flags);
  const [{ OBJECTIVES }, { nearest }] = await Promise.all([import('../research/sweep-objectives.ts'), import('../nearest.ts')]);
  const params = flags.list('param');
  if (!OBJECTIVES.includes(objective)) {
    const meant = nearest(objective, OBJECTIVES);
    flags.fault(
      'objective',
      objective,
      meant === null ? `no such metric; there are ${OBJECTIVES.join(', ')}` : `no such metric; did you mean ${meant}?`,
    );
  }
  const varied = params.map((text) => text.split('=')[0]!);
  if (map !== null && params.length > 0)
    for (const name of map) if (!varied.includes(name)) flags.fault('map', map.join(','), `${name} does not vary; give it with --param`);
  const { backtest, words } = await backtestAsked({ flags, args, json }, command);
  const [{ runSweep }, { sweepAnswer }, { workerThreads }, { renewingLine }, { onStop }] = await Promise.all([
    import('../research/sweep-session.ts'),
    import('../research/sweep-answer.ts'),
    import('../research/sweep-workers.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
  ]);
  const stop = { asked: false };
  const off = onStop(() => {
    stop.asked = true;
  });
  const line = renewingLine(json);
  const started = performance.now();
  let first: number | null = null;
  const swept = await runSweep(
    {
      backtest,
      params,
      where: flags.list('where'),
      method,
      trials,
      seed,
      objective,
      minTrades,
      giveUp: lost === null ? null : Number(lost) / 1e4,
      walk,
    },
    {
      ...{ batch, top },
      evaluators: (tapes) => workerThreads(workers, tapes),
      heard: (done, total, best) => {
        first ??= done;
        const seconds = (performance.now() - started) / 1000;
        const left = done > first ? ((total - done) * seconds) / (done - first) : null;
        line.say(
          () =>
            `${done} of ${total} trials, ${left === null ? '' : `${Math.ceil(left)} s left, `}best ${
              best === null
                ? 'none yet'
                : `${best.score!.toFixed(2)} (${Object.entries(best.choice)
                    .map(([name, value]) => `${name}=${value}`)
                    .join(' ')})`
            }`,
        );
        return !stop.asked;
      },
    },
  ).finally(() => {
    line.end();
    off();
  });
  if (swept === null) throw new Refused(1, ['paused; what was evaluated is kept'], 'the same command goes on where this one stopped');
  return sweepAnswer(swept, { objective, command: words, dark: flags.flag('dark'), map, ms: performance.now() - started });
}

const STANDARD_BATCH = 8;

function walkIn(flags: Flags): Walk | null {
  const purgeUs = spanIn(flags, 'purge') ?? 0;
  const embargoUs = spanIn(flags, 'embargo') ?? 0;
  const text = flags.text('walk');
  if (text === null) {
    for (const name of ['purge', 'embargo']) if (flags.given(name)) flags.faults.push(`--${name}: goes with --walk`);
    return null;
  }
  const [train, test] = text.split('/').map(spanOf);
  if (train == null || test == null || text.split('/').length !== 2) {
    flags.fault('walk', text, 'is not a training and a test, like 90d/30d');
    return null;
  }
  if (purgeUs >= train) flags.fault('purge', String(flags.text('purge')), 'leaves nothing of the training');
  return { trainUs: train, testUs: test, purgeUs, embargoUs };
}

function spanIn(flags: Flags, name: string): number | null {
  const text = flags.text(name);
  if (text === null) return null;
  const us = spanOf(text);
  if (us === null) flags.fault(name, text, 'is not a time like 6h or 2d');
  return us;
}

function spanOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) return null;
  return Number(count) * { m: 60_000_000, h: 3_600_000_000, d: DAY_US }[unit as 'm' | 'h' | 'd'];
}

function mapIn(flags: Flags): readonly [string, string] | null {
  const text = flags.text('map');
  if (text === null) return null;
  const [x, y, ...more] = text.split(',');
  if (x !== undefined && y !== undefined && x !== '' && y !== '' && x !== y && more.length === 0) return [x, y];
  flags.fault('map', text, 'is not two parameters, like fast,slow');
  return null;
}
