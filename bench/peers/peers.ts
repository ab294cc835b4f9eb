/**
 * `npm run bench:peers`: the engines people use and ours, on the same input, in turns, a process each. Makes what they need, runs them, and prints
 * a ratio only where bars, fills and equity agree.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../harness.ts';
import { PEERS, type Peer, type Work, worksOf } from './contenders.ts';
import { type Contender, type ContestRow, contest } from './contest.ts';
import { environmentOf } from './environment.ts';
import { SEED, writtenInput } from './input.ts';
import { aboutLines, workLines } from './lines.ts';

const HELP = `npm run bench:peers -- [flags]

  --only a,b      of ${PEERS.map(({ name }) => name).join(', ')}; or plain: no Python, only the plain loop
  --works a,b     of w1, w2a, w2b, w3 (default: all)
  --rounds n      how often each pair runs (default 7)
  --ticks n       trades of W1 (default 10000000)
  --bars n        bars of W2 and W3 (default 100000)
  --pairs n       pairs of averages of W3 (default 32)
  --env folder    where Python environments and the input lie (default node_modules/.cache/retrace/peers; about 3 GB)
  --no-pin        do not hold every process to one core
  --json          one document on stdout
`;

export type Report = Readonly<{
  ok: boolean;
  machine: Readonly<{ cpu: string; cores: number; node: string; platform: string; pinned: boolean }>;
  noise: Readonly<{ load: readonly number[]; busyMs: Readonly<{ median: number; lowest: number; highest: number }> }>;
  input: Readonly<{ seed: number; trades: number; bars: number; pairs: number }>;
  rounds: number;
  works: readonly Readonly<{ work: Work; rows: readonly ContestRow[]; count: number }>[];
}>;

class Unclear extends Error {}

const root = join(import.meta.dirname, '..');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const tell = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

try {
  await main();
} catch (error) {
  say(`bench:peers: ${(error as Error).message}`);
  process.exitCode = error instanceof Unclear ? 2 : 1;
}

async function main(): Promise<void> {
  const asked = askedOf(process.argv.slice(2));
  if (asked === null) {
    process.stdout.write(HELP);
    return;
  }
  const { folder, peers, works, trades, bars, pairs, rounds } = asked;
  mkdirSync(folder, { recursive: true });
  const found = new Map<string, Contender>();
  for (const peer of peers) found.set(peer.name, await contenderOf(peer, folder));
  const input = writtenInput(folder, { trades, bars }, say);
  const pinned = asked.pin && spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', String(cpus().length - 1)] : [];
  const busy: number[] = [];
  const load = loadavg();
  const report: Report['works'][number][] = [];
  for (const work of works) {
    const beside = peers.filter(({ works: own }) => own[work.id] !== undefined);
    say(`${work.id}: ${work.what}, ${rounds} rounds beside plain${beside.map(({ name }) => `, ${name}`).join('')}`);
    const rows = await contest({
      ...{ work, folder, input, bars, rounds, pinned, say, look: () => busy.push(busyMs()) },
      ...{ ours: own('ours', 'desk'), plain: own('plain', 'plain') },
      peers: [own('from its tape', 'tape'), ...beside.map((peer) => ({ ...found.get(peer.name)!, bound: peer.works[work.id]! }))],
    });
    const done = { work, rows, count: work.id === 'w1' ? trades : bars * work.rules.length };
    report.push(done);
    if (!asked.json) tell(workLines(done));
  }
  const document: Report = {
    ok: report.every(({ rows }) => rows.every(({ differs }) => differs === null)),
    machine: {
      ...{ cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node },
      ...{ platform: `${process.platform} ${process.arch}`, pinned: pinned.length > 0 },
    },
    noise: { load: [...load, ...loadavg()], busyMs: { median: median(busy), lowest: Math.min(...busy), highest: Math.max(...busy) } },
    ...{ input: { seed: SEED, trades, bars, pairs }, rounds, works: report },
  };
  tell(asked.json ? [JSON.stringify(document)] : aboutLines(document));
  if (!document.ok) process.exitCode = 1;
}

type PeersAsked = Readonly<{
  folder: string;
  peers: readonly Peer[];
  works: readonly Work[];
  rounds: number;
  trades: number;
  bars: number;
  pairs: number;
  pin: boolean;
  json: boolean;
}>;

/** Null: help. */
function askedOf(args: readonly string[]): PeersAsked | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        ...{ only: text, works: text, rounds: text, ticks: text, bars: text, pairs: text, env: text },
        ...{ 'no-pin': flag, json: flag, help: flag },
      },
    }));
  } catch (error) {
    throw new Unclear(`${(error as Error).message}\n${HELP}`);
  }
  if (values['help'] === true) return null;
  const whole = (name: string, standard: number, least: number): number => {
    const given = values[name];
    if (given === undefined) return standard;
    const number = Number(given);
    if (!Number.isSafeInteger(number) || number < least)
      throw new Unclear(`--${name} ${String(given)}: give a whole number of at least ${least}`);
    return number;
  };
  const named = <T>(name: string, all: ReadonlyMap<string, T>, standard: readonly T[]): readonly T[] => {
    const given = values[name];
    if (given === undefined) return standard;
    return String(given)
      .split(',')
      .map((one) => {
        const found = all.get(one);
        if (found === undefined) throw new Unclear(`--${name} ${one}: there are ${[...all.keys()].join(', ')}`);
        return found;
      });
  };
  const [rounds, trades, bars, pairs] = [
    whole('rounds', 7, 1),
    whole('ticks', 10_000_000, 50_000),
    whole('bars', 100_000, 3_000),
    whole('pairs', 32, 1),
  ];
  const all = worksOf(pairs);
  const works = named('works', new Map(all.map((work) => [work.id as string, work])), all);
  const byName = new Map<string, Peer | null>([...PEERS.map((peer) => [peer.name, peer] as const), ['plain', null]]);
  const chosen = named(
    'only',
    byName,
    PEERS.filter(({ isExtra }) => isExtra !== true),
  ).filter((peer) => peer !== null);
  return {
    folder: resolve(typeof values['env'] === 'string' ? values['env'] : join(root, 'node_modules', '.cache', 'retrace', 'peers')),
    peers: chosen.filter((peer) => works.some(({ id }) => peer.works[id] !== undefined)),
    ...{ works, rounds, trades, bars, pairs, pin: values['no-pin'] !== true, json: values['json'] === true },
  };
}

/** The desk, or the plain loop: a program of ours. */
function own(name: string, who: 'desk' | 'tape' | 'plain'): Contender {
  return {
    ...{ name, version: `node ${process.versions.node}`, program: process.execPath, said: {}, bound: null },
    ...{ args: [join(root, 'dist', 'peers-ours.mjs'), who], repeats: 1 },
  };
}

async function contenderOf({ name, package: wanted, program, compiles, said }: Peer, folder: string): Promise<Contender> {
  const places = { env: join(folder, 'env'), requirements: join(root, 'bench', 'peers', 'requirements') };
  const { python, version } = await environmentOf(wanted, places, say);
  return {
    ...{ name, version, program: python, args: [join(root, 'bench', 'peers', program)] },
    ...{ repeats: compiles ? 1 : 0, said: said ?? {}, bound: null },
  };
}

/** The same work every time: how much its time moves is what other work on this machine does to every figure. */
function busyMs(): number {
  const begin = performance.now();
  let sum = 0;
  for (let i = 0; i < 20_000_000; i++) sum = (sum + i * 7) | 0;
  const took = performance.now() - begin;
  return sum === 0.5 ? 0 : took;
}
