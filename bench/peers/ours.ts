/**
 * A process of its own that plays one workload: the desk as `retrace backtest` and `retrace sweep` have it, over columns in memory (`desk`), as
 * the peers have theirs, or over its tape, read and checked while it plays (`tape`); or the plain loop.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import { MINUTE_US } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { plainLoop, type Ticks } from '../w1-market.ts';
import { fillsOf, playOne, playSweep, type SaidFill, settingsOf } from '../w2-desk.ts';
import { type Minutes, plainBars } from '../w2-market.ts';
import { type Asked, rulesOf, type Said } from './said.ts';

type Played = Readonly<{ bars: number; runs: readonly Readonly<{ fills: readonly SaidFill[]; equity: number; sharpe: number | null }>[] }>;

const [who, text] = process.argv.slice(2) as ['desk' | 'tape' | 'plain', string];
const asked = JSON.parse(text) as Asked;
process.env['RETRACE_HOME'] = asked.input;
const on = asked.work === 'w1' ? 'trades' : 'bars';

const play = who === 'plain' ? plain() : await desk();
let [first, seconds, processor, played] = [0, 0, 0, null as Played | null];
for (let repeat = 0; repeat <= asked.repeats; repeat++) {
  const begin = performance.now();
  const used = process.cpuUsage();
  const tell = await play();
  seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(used);
  processor = (user + system) / 1e6;
  if (repeat === 0) {
    first = seconds;
    process.stdout.write(`${JSON.stringify({ first })}\n`);
  }
  if (repeat === asked.repeats) played = tell();
}
const { bars, runs } = played!;
writeFileSync(
  asked.fills,
  runs.flatMap(({ fills }, run) => fills.map(({ bar, lots, price }) => `${run} ${bar} ${lots} ${price}\n`)).join(''),
);
const said: Said = {
  ...{ first, seconds, processor, memoryMb: process.resourceUsage().maxRSS / 1024, bars },
  runs: runs.map(({ fills, equity, sharpe }) => ({ fills: fills.length, equity, sharpe })),
};
process.stdout.write(`${JSON.stringify(said)}\n`);

/** Returns what plays and hands back what tells of it, so that only the playing is timed. */
async function desk(): Promise<() => Promise<() => Played>> {
  const recorded = Tape.open(join(asked.input, 'tapes', on));
  const tape = who === 'desk' ? inMemory(recorded) : recorded;
  const root = join(import.meta.dirname, '..');
  const trials = await Promise.all(rulesOf(asked).map((rule) => settingsOf(rule, tape, root)));
  const told = (result: RunResult, sharpe: number | null) => ({
    fills: fillsOf(result, Math.floor(tape.manifest.from / MINUTE_US) * MINUTE_US - (on === 'bars' ? MINUTE_US : 0), on),
    equity: Number(lastEquity(result)) / 100,
    sharpe,
  });
  if (asked.work !== 'w3')
    return async () => {
      const { result } = await playOne(trials[0]!, tape);
      return () => ({ bars: result.bars, runs: [told(result, null)] });
    };
  return async () => {
    const results = playSweep(trials, tape);
    return () => ({
      bars: results[0]!.result.bars,
      runs: results.map(({ result, figures }) => told(result, figures.dailySharpe)),
    });
  };
}

function inMemory(tape: Tape): Tape {
  const frames = [...tape.frames()];
  const all = () => frames.values();
  return Object.assign(tape, { frames: all, passingFrames: all });
}

function plain(): () => Promise<() => Played> {
  if (on === 'trades') {
    const [time, price, lots] = ['time', 'price', 'lots'].map((name) => column(`trades-${name}`)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const ticks: Ticks = { count: time.length, time, price, lots };
    return async () => {
      const own: SaidFill[] = [];
      const { bars, equity } = plainLoop(ticks, 0, (bar, lots, price) => own.push({ bar, lots, price }));
      return () => ({ bars, runs: [{ fills: own, equity, sharpe: null }] });
    };
  }
  const named = Object.fromEntries(['time', 'open', 'high', 'low', 'close', 'volume'].map((name) => [name, column(`bars-${name}`)]));
  const minutes = { count: asked.bars, ...named } as Minutes;
  return async () => {
    const runs = rulesOf(asked).map((rule) => {
      const own: SaidFill[] = [];
      const { equity, sharpe } = plainBars(minutes, rule, (bar, lots, price) => own.push({ bar, lots, price }));
      return { fills: own, equity, sharpe: asked.work === 'w3' ? sharpe : null };
    });
    return () => ({ bars: minutes.count, runs });
  };
}

/** The values of an .npy file of doubles. */
function column(name: string): Float64Array {
  const bytes = readFileSync(join(asked.input, `${name}.npy`));
  const begin = 10 + bytes.readUInt16LE(8);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + bytes.length));
}
