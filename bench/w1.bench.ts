/**
 * W1: ten million trades through the desk that users run (real actors, decisions in canonical bytes, hashed) beside the plain fused loop.
 * Bars, fills and equity must be those of the loop; the one-fact-at-a-time desk is reported apart.
 */
import { spawnSync } from 'node:child_process';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { DeskId } from '#engine/values.ts';
import { ReferenceDesk } from '#tests/reference/desk.ts';
import { finish, inTurn, median, medianRatio, type Row, seconds, size, sized, tell } from './harness.ts';
import { w1DeskRun, w1Equity, w1Genesis } from './w1-desk.ts';
import { type Answer, plainLoop, type Ticks, w1Frames, w1Merged, w1Ticks } from './w1-market.ts';

const ROUNDS = sized(3, 9);
const STATED: Readonly<Record<number, Answer>> = {
  1000000: { bars: 1_666, fills: 64, equity: 999_985.89 },
  10000000: { bars: 16_664, fills: 597, equity: 1_000_005.68 },
};

function through(seeds: readonly number[], frames: readonly MarketFrame[]): Answer {
  const run = w1DeskRun(seeds);
  for (const frame of frames) {
    run.run.market(frame);
    run.run.takeDecisions();
  }
  return { bars: run.counts.bars, fills: run.run.counts.fills, equity: w1Equity(run) };
}

const same = (a: Answer, b: Answer): boolean => a.bars === b.bars && a.fills === b.fills && Math.abs(a.equity - b.equity) < 1e-6;

async function main(): Promise<void> {
  const rows: Row[] = [];
  const count = sized(1_000_000, 10_000_000);
  const ticks = w1Ticks(42, count);
  const first = w1Genesis([42]).length + 1;
  const frames = [...w1Frames(42, ticks, first)];
  const expected = plainLoop(ticks);
  const stated = STATED[count];
  const got = through([42], frames);
  const equal = same(got, expected) && (stated === undefined || same(stated, expected));
  tell(`answer ${JSON.stringify(got)}, ${equal ? 'equal' : `NOT ${JSON.stringify(expected)}`}`);
  for (let warm = 0; warm < 3; warm++) through([42], frames);
  const times = await inTurn(ROUNDS, { plain: () => plainLoop(ticks), desk: () => through([42], frames) });
  rows.push({
    name: 'plain fused loop, 1 instrument',
    value: count / median(times['plain']) / 1e6,
    unit: 'M ticks/s',
    ratio: null,
    against: null,
    equal: null,
  });
  rows.push({
    name: 'desk, 1 instrument',
    value: count / median(times['desk']) / 1e6,
    unit: 'M ticks/s',
    ratio: medianRatio(times['desk'], times['plain']),
    against: 'plain fused loop',
    equal,
  });

  const seeds = [42, 43, 44, 45, 46, 47, 48, 49];
  const each = count / seeds.length;
  const markets = seeds.map((seed) => w1Ticks(seed, each));
  const merged = [...w1Merged(seeds, markets, w1Genesis(seeds).length + 1)];
  const until = Math.max(...markets.map((market) => market.time[market.count - 1]));
  const sum = (): Answer => total(markets.map((market) => plainLoop(market, until)));
  const eight = through(seeds, merged);
  for (let warm = 0; warm < 2; warm++) through(seeds, merged);
  const times8 = await inTurn(ROUNDS, { plain: sum, desk: () => through(seeds, merged) });
  rows.push({
    name: 'desk, 8 instruments merged',
    value: count / median(times8['desk']) / 1e6,
    unit: 'M ticks/s',
    ratio: medianRatio(times8['desk'], times8['plain']),
    against: 'plain fused loops, one after another',
    equal: same(eight, sum()),
  });

  const few = sized(50_000, 200_000);
  const lane = w1Ticks(42, few);
  const laneFrames = [...w1Frames(42, lane, first)];
  let slow: Answer = { bars: 0, fills: 0, equity: 0 };
  const laneSeconds = await seconds(() => {
    slow = oneByOne(laneFrames);
  });
  const fast = through([42], laneFrames);
  rows.push({
    name: 'reference lane, one fact at a time',
    value: few / laneSeconds / 1e6,
    unit: 'M ticks/s',
    ratio: null,
    against: null,
    equal: slow.bars === fast.bars && slow.fills === fast.fills,
  });

  const child = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-semi-space-size=1024', '--min-semi-space-size=1024', process.argv[1], '--allocations', '--size', size],
    { encoding: 'utf8' },
  );
  const perTick = Number(child.stdout.trim());
  rows.push({
    name: 'allocated a tick (10× the ticks, same bars)',
    value: perTick,
    unit: 'bytes',
    ratio: null,
    against: null,
    equal: Math.abs(perTick) < 4, // one boxed number a tick would be 16
  });
  finish('w1', rows);
}

function total(answers: readonly Answer[]): Answer {
  return {
    bars: answers.reduce((sum, { bars }) => sum + bars, 0),
    fills: answers.reduce((sum, { fills }) => sum + fills, 0),
    equity: 1_000_000 + answers.reduce((sum, { equity }) => sum + (equity - 1_000_000), 0),
  };
}

function oneByOne(frames: readonly MarketFrame[]): Answer {
  const desk = new ReferenceDesk({ desk: 'w1' as DeskId, digest: nodeDigest, catalogue: () => emaCross as never });
  for (const record of w1Genesis([42])) desk.takeInput(record);
  for (const frame of frames) desk.takeMarket(frame);
  return {
    bars: desk.decisions.filter(({ type }) => type === 'CandleClosed').length,
    fills: desk.decisions.filter(({ type }) => type === 'OrderFilled').length,
    equity: 0,
  };
}

/** Every tick doubled or more inside the same minutes: what is allocated must not grow. Prints bytes a tick. */
function allocations(): void {
  const sparse = w1Ticks(42, sized(50_000, 100_000));
  const dense = repeated(sparse, 10);
  const first = w1Genesis([42]).length + 1;
  const measure = (ticks: Ticks): number => {
    const frames = [...w1Frames(42, ticks, first)];
    for (let warm = 0; warm < 4; warm++) through([42], frames);
    (globalThis as { gc?: () => void }).gc?.();
    const before = process.memoryUsage().heapUsed;
    through([42], frames);
    return process.memoryUsage().heapUsed - before;
  };
  measure(dense);
  // a collection in the middle of one of them would hide what was allocated, or show what was not
  const each = Array.from({ length: 5 }, () => -measure(sparse) + measure(dense));
  process.stdout.write(`${(median(each) / (dense.count - sparse.count)).toFixed(3)}\n`);
}

/** Each tick `times` times, one µs apart: more ticks, the same minutes, bars and fills. */
function repeated({ count, time, price, lots }: Ticks, times: number): Ticks {
  const spread = (column: Float64Array, step: number): Float64Array =>
    Float64Array.from({ length: count * times }, (_, i) => column[Math.floor(i / times)] + (i % times) * step);
  return { count: count * times, time: spread(time, 1), price: spread(price, 0), lots: spread(lots, 0) };
}

if (process.argv.includes('--allocations')) allocations();
else await main();
