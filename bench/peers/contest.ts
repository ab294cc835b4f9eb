/** Runs contenders in turn, each in a process of its own, and says how their speeds compare; never of two that came to different answers. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../harness.ts';
import type { Bound, Work } from './contenders.ts';
import { type Asked, difference, type Said } from './said.ts';

export type Contender = Readonly<{
  name: string;
  version: string;
  program: string;
  /** Before the question, which is the last argument. */
  args: readonly string[];
  repeats: number;
  said: Readonly<Record<string, string>>;
  bound: Bound | null;
}>;

export type ContestAsked = Readonly<{
  work: Work;
  folder: string;
  input: string;
  bars: number;
  rounds: number;
  ours: Contender;
  plain: Contender;
  peers: readonly Contender[];
  /** Put before every command: what holds it to one core. */
  pinned: readonly string[];
  say: (line: string) => void;
  /** Called before every process. */
  look: () => void;
}>;

export type Ratio = Readonly<{ median: number; lowest: number; highest: number }>;

export type ContestRow = Readonly<{
  name: string;
  version: string;
  /** Of each round: seconds of the last run in a process, from the start of the process to the end of its first run, and the most memory. */
  warm: readonly number[];
  /** Processor seconds of the last run. */
  processor: readonly number[];
  cold: readonly number[];
  memoryMb: number;
  /** What differs first from the plain loop; null: nothing. */
  differs: string | null;
  /** How many times as long as ours it takes, round by round; null where an answer differs. */
  ratio: Ratio | null;
  /** The same of processor time. */
  processorRatio: Ratio | null;
  coldRatio: number | null;
  bound: Bound | null;
}>;

type Run = Readonly<{ said: Said; fills: string; cold: number }>;

export async function contest(asked: ContestAsked): Promise<readonly ContestRow[]> {
  const { ours, plain, peers, rounds, say } = asked;
  const reference = await once(plain, asked);
  const compared = (run: Run): string | null => difference(reference.said, run.said, { ours: reference.fills, theirs: run.fills });
  const own: Run[] = [];
  let oursDiffers: string | null = null;
  const rows: ContestRow[] = [];
  for (const peer of [plain, ...peers]) {
    const theirs: Run[] = [];
    const beside: Run[] = [];
    let differs: string | null = null;
    for (let round = 0; round < rounds && differs === null; round++) {
      const mine = await once(ours, asked);
      oursDiffers ??= compared(mine);
      beside.push(mine);
      try {
        const run = await once(peer, asked);
        theirs.push(run);
        differs = compared(run);
        say(`  round ${round + 1}: ${ours.name} ${mine.said.seconds.toFixed(3)} s, ${peer.name} ${run.said.seconds.toFixed(3)} s`);
      } catch (error) {
        differs = (error as Error).message;
      }
    }
    own.push(...beside);
    const isEqual = differs === null && oursDiffers === null;
    const ratio = (of: (run: Run) => number): Ratio | null => (isEqual ? ratioOf(theirs.map(of), beside.map(of)) : null);
    rows.push({
      ...rowOf(peer, theirs, differs),
      ratio: ratio(({ said }) => said.seconds),
      processorRatio: ratio(({ said }) => said.processor),
      coldRatio: ratio(({ cold }) => cold)?.median ?? null,
    });
  }
  return [rowOf(ours, own, oursDiffers), ...rows];
}

function ratioOf(theirs: readonly number[], ours: readonly number[]): Ratio {
  const ratios = theirs.map((took, round) => took / ours[round]!);
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

function rowOf({ name, version, bound }: Contender, runs: readonly Run[], differs: string | null): ContestRow {
  return {
    ...{ name, version, warm: runs.map(({ said }) => said.seconds), processor: runs.map(({ said }) => said.processor) },
    cold: runs.map(({ cold }) => cold),
    ...{
      memoryMb: Math.max(0, ...runs.map(({ said }) => said.memoryMb)),
      differs,
      ratio: null,
      processorRatio: null,
      coldRatio: null,
      bound,
    },
  };
}

function once(contender: Contender, { work, folder, input, bars, pinned, look }: ContestAsked): Promise<Run> {
  const place = join(folder, 'said');
  mkdirSync(place, { recursive: true });
  const fills = join(place, `${work.id}-${contender.name}.fills`);
  const [first] = work.rules;
  const asked: Asked = {
    ...{ input, work: work.id, bars, repeats: contender.repeats, fills },
    ...{
      rule: first === 'turn' ? 'turn' : 'cross',
      pairs: work.rules.flatMap((rule) => (rule === 'turn' ? [] : [[rule.fast, rule.slow]])),
    },
    ...(first === undefined || first === 'turn' ? { fast: 0, slow: 0 } : first),
  };
  look();
  const command = [...pinned, contender.program, ...contender.args, JSON.stringify({ ...asked, ...contender.said })];
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    let [cold, out, complaint] = [Number.NaN, '', ''];
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      // one thread each, and nothing compiled beside our sources
      env: { ...process.env, NUMBA_NUM_THREADS: '1', OMP_NUM_THREADS: '1', TZ: 'UTC', PYTHONPYCACHEPREFIX: join(folder, 'pycache') },
    });
    child.stdout.on('data', (part: Buffer) => {
      if (Number.isNaN(cold)) cold = (performance.now() - begun) / 1000;
      out += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      complaint = (complaint + part.toString()).slice(-4_000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const last = out.trim().split('\n').at(-1) ?? '';
      if (code !== 0 || !last.includes('"runs"'))
        reject(
          new Error(
            `${contender.name} ended with ${signal ?? `code ${code}`}: ${complaint.trim().split('\n').at(-1) || 'it said nothing'}`,
          ),
        );
      else resolve({ said: JSON.parse(last) as Said, fills: readFileSync(fills, 'utf8'), cold });
    });
  });
}
