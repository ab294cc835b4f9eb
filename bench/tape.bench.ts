/**
 * W1 and W2a as a user runs them: a tape on the disk through `backtest()`, and `retrace backtest` as a process of its own from its start to its
 * answer. Bars, fills and equity are those of the plain loop; the 1-minute bars of the same ticks as a tape of bars.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDigest } from '#cli/compose/digest.ts';
import { type Block, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { DeskId, InstrumentId, SourceId } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { backtest } from '#replay/backtest.ts';
import { finish, inTurn, median, medianRatio, type Row, seconds, sized, tell } from './harness.ts';
import { w1Genesis } from './w1-desk.ts';
import { type Answer, plainLoop, type Ticks, W1_SOURCE, w1Block, w1Instrument, w1Ticks } from './w1-market.ts';

const COUNT = sized(500_000, 10_000_000);
const ROUNDS = sized(2, 7);
const PART = 65_536;
const MINUTE_US = 60_000_000;

const folder = mkdtempSync(join(tmpdir(), 'retrace-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const definition = (w1Genesis([42]).find(({ type }) => type === 'InstrumentDefined') as unknown as { instrument: Instrument }).instrument;

function written(name: string, block: Block, instrument: Instrument): Tape {
  const place = join(folder, 'tapes', name);
  const writer = new TapeWriter({ folder: place, digest: nodeDigest, latencyUs: 0 });
  for (let from = 0; from < block.count; from += PART) writer.append(sliceBlock(block, from, Math.min(block.count, from + PART)));
  writer.finish([instrument], { by: 'bench' });
  return Tape.open(place);
}

async function played(tape: Tape): Promise<Answer> {
  let bars = 0;
  const inputs = w1Genesis([42]).map((record) =>
    record.type === 'InstrumentDefined' ? { ...record, instrument: tape.manifest.instruments[0]! } : record,
  );
  const { run } = await backtest({
    desk: 'w1' as DeskId,
    digest: nodeDigest,
    catalogue: () => emaCross as never,
    observer: ({ type }) => {
      if (type === 'CandleClosed') bars += 1;
    },
    manifest: { tapes: [{ name: 'w1', hash: tape.manifest.hash, from: null, to: null }] },
    inputs,
    tapes: [tape.passingFrames()],
    append: null,
  });
  const { accounts } = run.desk.parts;
  return { bars, fills: run.counts.fills, equity: Number(accounts.equity(accounts.all[0]!.book)) / 100 };
}

/** The plain loop's bars, the last open one left out: what a tape of bars holds. */
function barsOf({ count, time, price, lots }: Ticks): Block {
  const columns: number[][] = [[], [], [], [], [], []];
  let start = Number.NaN;
  const bar = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const minute = Math.floor(time[i]! / MINUTE_US) * MINUTE_US;
    if (minute !== start) {
      if (!Number.isNaN(start)) for (const [index, value] of [start, ...bar].entries()) columns[index]!.push(value);
      start = minute;
      bar.splice(0, 5, price[i]!, price[i]!, price[i]!, price[i]!, 0);
    }
    bar[1] = Math.max(bar[1]!, price[i]!);
    bar[2] = Math.min(bar[2]!, price[i]!);
    bar[3] = price[i]!;
    bar[4] = bar[4]! + lots[i]!;
  }
  const [venueTime, ...values] = columns.map((column) => Float64Array.from(column)) as [Float64Array, ...Float64Array[]];
  return {
    ...{ instrument: w1Instrument(42) as InstrumentId, source: W1_SOURCE as SourceId, kind: 'bar', timeframeUs: MINUTE_US },
    ...{ count: venueTime.length, at: venueTime.map((at) => at + MINUTE_US), venueTime, venueSeq: NO_SEQ },
    ...{ flags: new Uint8Array(venueTime.length), values },
  };
}

const same = (a: Answer, b: Answer): boolean => a.bars === b.bars && a.fills === b.fills && Math.abs(a.equity - b.equity) < 1e-6;

const ticks = w1Ticks(42, COUNT);
const expected = plainLoop(ticks);
const tape = written('w1', w1Block(42, ticks), definition);
const got = await played(tape);
tell(`answer ${JSON.stringify(got)}`);
const rows: Row[] = [];

const read = (): number => {
  let facts = 0;
  for (const { count } of tape.passingFrames()) facts += count;
  return facts;
};
const stored = tape.manifest.frames.reduce((sum, { bytes }) => sum + bytes, 0);
for (let warm = 0; warm < 2; warm++) await played(tape);
const times = await inTurn(ROUNDS, { plain: () => plainLoop(ticks), read, tape: () => played(tape) });
const bytesAFact = 4 * 8 + 1; // arrival, venue time, price, lots as 64-bit columns, and the flags
rows.push(
  {
    ...{
      name: 'tape read and checked',
      value: (COUNT * bytesAFact) / median(times['read']!) / 1e9,
      unit: 'GB/s of columns',
      ratio: null,
      against: null,
    },
    equal: read() === COUNT,
  },
  { name: 'tape on the disk', value: stored / COUNT, unit: 'bytes a tick', ratio: null, against: null, equal: null },
  {
    ...{ name: 'backtest of the tape, warm', value: COUNT / median(times['tape']!) / 1e6, unit: 'M ticks/s' },
    ...{ ratio: medianRatio(times['tape']!, times['plain']!), against: 'plain fused loop in memory', equal: same(got, expected) },
  },
);

const bars = written('bars', barsOf(ticks), { ...definition, feeds: definition.feeds.map((feed) => ({ ...feed, barUs: MINUTE_US })) });
const onBars = await played(bars);
const barSeconds: number[] = [];
for (let round = 0; round < ROUNDS; round++) barSeconds.push(await seconds(() => played(bars)));
rows.push({
  ...{ name: 'backtest of its minutes as bars (W2a), warm', value: bars.manifest.count / median(barSeconds) / 1e3, unit: 'k bars/s' },
  // an order of the last bar has no bar behind it to fill at: the tick tape had a tick
  ...{ ratio: null, against: null, equal: onBars.bars === expected.bars && Math.abs(onBars.fills - expected.fills) <= 1 },
});

const cold: number[] = [];
let coldEqual = true;
for (let round = 0; round < sized(1, 5); round++) {
  const begun = performance.now();
  const child = spawnSync(
    process.execPath,
    [
      join(import.meta.dirname, 'retrace.mjs'),
      ...['backtest', 'ema-cross', '--tape', 'w1', '--set', 'lots=1', '--fee', '0', '--latency', '0ms', '--fills', 'whole'],
      ...['--cash', '1000000', '--json'],
    ],
    { encoding: 'utf8', env: { ...process.env, RETRACE_HOME: folder } },
  );
  cold.push((performance.now() - begun) / 1000);
  const answer = JSON.parse(child.stdout) as { bars: number; fills: number; equity: string };
  coldEqual &&= same({ bars: answer.bars, fills: answer.fills, equity: Number(answer.equity) }, expected);
}
rows.push({
  name: 'retrace backtest, process start to answer',
  value: median(cold),
  unit: 's',
  ratio: null,
  against: null,
  equal: coldEqual,
});
finish('tape', rows);
