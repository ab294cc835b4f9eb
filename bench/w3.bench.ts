/**
 * W3: pairs of an EMA cross over bars, as `retrace sweep` plays them: one desk for several accounts, figures for each, on one thread. Every size
 * of batch must come to the same figures, and a sample must be what ordinary backtests come to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf } from '#replay/sweep/figures.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { settled } from '../cli/research/backtest-asked.ts';
import { playBacktest } from '../cli/research/backtest-play.ts';
import type { BacktestSettings } from '../cli/research/backtest-settings.ts';
import { type Outcome, outcomesOf } from '../cli/research/sweep-batch.ts';
import { finish, inTurn, median, medianRatio, type Row, sized, tell } from './harness.ts';

const long = process.argv.includes('--long'); // 1,000 pairs over 1 M bars: the workload as it is defined, by hand
const bars = long ? 1_000_000 : sized(4_000, 100_000);
const pairs = long ? 1_000 : sized(16, 32);
const BATCHES = long ? [8] : [1, 4, 8, pairs];
/** Level with vectorbt, warm. */
const BAR = 4;
const folder = mkdtempSync(join(tmpdir(), 'retrace-w3-'));
process.env['RETRACE_HOME'] = folder;

try {
  const tapes = [walkTape({ folder: join(folder, 'tapes', 'walk'), seed: 42, kind: 'bar', count: bars })];
  const { settings: base } = await settled({
    ...{
      strategy: 'ema-cross',
      set: {},
      tapes,
      instruments: [],
      timeframeUs: null,
      markets: {},
      cash: null,
      from: null,
      to: null,
      tags: [],
    },
    venue: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null }, // as W1 has it
  });
  const trials = Array.from({ length: pairs }, (_, i): BacktestSettings => {
    const parameters = { ...base.strategy.parameters, fast: 5 + (i % 32) * 3, slow: 110 + Math.floor(i / 32) * 12 };
    return { ...base, strategy: { ...base.strategy, parameters } };
  });
  const answers = new Map<string, string>();
  const processor = new Map(BATCHES.map((size) => [size, [] as number[]]));
  const played = (size: number) => (): void => {
    const outcomes: Outcome[] = [];
    const before = process.cpuUsage();
    for (let at = 0; at < trials.length; at += size)
      outcomes.push(...outcomesOf({ settings: trials.slice(at, at + size), giveUp: null }, tapes));
    const { user, system } = process.cpuUsage(before);
    processor.get(size)!.push((user + system) / 1e6);
    answers.set(String(size), JSON.stringify(outcomes));
  };
  const times = await inTurn(long ? 1 : sized(2, 3), Object.fromEntries(BATCHES.map((size) => [String(size), played(size)])));
  const [firstAnswer] = answers.values();
  const sample = [trials[0]!, trials[pairs >> 1]!, trials.at(-1)!];
  const outcomes = JSON.parse(firstAnswer!) as readonly Outcome[];
  let isAlone = true;
  for (const settings of sample) {
    const { result } = (await playBacktest(settings, { tapes }))!;
    isAlone &&= JSON.stringify(figuresOf(result)) === JSON.stringify(outcomes[trials.indexOf(settings)]!.figures);
  }
  tell(`${pairs} pairs over ${bars} bars; ${sample.length} of them played alone ${isAlone ? 'agree' : 'DIFFER'}`);
  const rows = BATCHES.flatMap((size): Row[] => [
    {
      name: `${size} ${size === 1 ? 'account' : 'accounts'} a desk, one thread`,
      value: (bars * pairs) / median(times[String(size)]!) / 1e6,
      unit: 'M bar-configs/s',
      ratio: size === 1 || long ? null : medianRatio(times[String(size)]!, times['1']!),
      against: size === 1 || long ? null : 'a desk for each',
      equal: isAlone && answers.get(String(size)) === firstAnswer,
    },
    {
      name: '…by processor time',
      value: (bars * pairs) / median(processor.get(size)!) / 1e6,
      unit: 'M bar-configs/s',
      ratio: (bars * pairs) / median(processor.get(size)!) / 1e6 / BAR,
      against: 'the bar of 4',
      equal: null,
    },
  ]);
  finish('w3', rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
