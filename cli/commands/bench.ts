/** `retrace bench`: the workloads, each a program of its own, so that no measurement warms another. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Answer, Refused, say } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { thisBuild } from '../compose/build.ts';

export const addBench = (program: Command): Command =>
  addCommand(program, {
    usage: 'bench [workload]',
    about: 'run a workload, or all of them: each checks its answer before it prints a number',
    flags: [['--size <size>', 'smoke (seconds) or full (default full)']],
    examples: [
      ['bench', 'every workload'],
      ['bench w1 --size smoke --json', 'one, small, for programs'],
    ],
    run: runBench,
  });

type Row = Readonly<{ name: string; value: number; unit: string; ratio: number | null; against: string | null; equal: boolean | null }>;
type Document = Readonly<{ ok?: boolean; workload: string; rows: readonly Row[] }>;

async function runBench({ flags, args }: Asked): Promise<Answer> {
  const size = flags.choice('size', ['smoke', 'full'] as const) ?? 'full';
  flags.done('bench');
  const there = workloads();
  const chosen = args[0] === undefined ? [...there.keys()] : [args[0]];
  const missing = chosen.filter((name) => !there.has(name));
  if (missing.length > 0 || chosen.length === 0)
    throw new Refused(
      2,
      [`${missing[0] ?? 'bench'}: no such workload; there ${there.size === 0 ? 'is none yet' : `are: ${[...there.keys()].join(', ')}`}`],
      'npx retrace bench --help',
    );
  const documents: Document[] = [];
  for (const name of chosen) {
    say(`${name} (${size}) …`);
    documents.push(await runOne(name, there.get(name)!, size));
  }
  const rows = documents.flatMap(({ workload, rows: own }) =>
    own.map((row) => (chosen.length === 1 ? row : { ...row, name: `${workload} ${row.name}` })),
  );
  const ok = documents.every((one) => one.ok !== false) && rows.every(({ equal }) => equal !== false);
  const { table } = await import('../screen/state-text.ts');
  const [machine] = cpus();
  return {
    ok,
    fields: {
      workload: chosen.length === 1 ? documents[0]!.workload : 'all',
      machine: {
        cpu: machine?.model ?? 'unknown',
        cores: cpus().length,
        memory: totalmem(),
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
      },
      size,
      rows,
    },
    text: [
      ...table([
        ['', 'value', 'unit', 'ratio', 'against', 'same answer'],
        ...rows.map(({ name, value, unit, ratio, against, equal }) => [
          name,
          figure(value),
          unit,
          ratio === null ? '' : `${figure(ratio)}×`,
          against ?? '',
          equal === null ? '' : equal ? 'yes' : 'NO',
        ]),
      ]),
      ok
        ? 'next: docs/decisions and the bench files say what each measures'
        : 'next: an answer differs: the number beside it means nothing',
    ],
  };
}

/** Programs dist/bench-*.mjs by their names. */
function workloads(): Map<string, string> {
  const dist = join(thisBuild().root, 'dist');
  const names = existsSync(dist) ? readdirSync(dist) : [];
  return new Map(
    names
      .flatMap((file) => {
        const [, name] = /^bench-(.+)\.mjs$/.exec(file) ?? [];
        return name === undefined ? [] : [[name, join(dist, file)] as const];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Its stdout is one JSON document; its progress goes to our stderr. */
function runOne(name: string, program: string, size: string): Promise<Document> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', program, '--json', '--size', size], { stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(parts).toString();
      try {
        const document = JSON.parse(text) as Document;
        resolve({ ...document, ok: document.ok !== false && code === 0 });
      } catch {
        reject(new Refused(4, [`the workload ${name} ended with code ${code} and printed no document`, ...text.split('\n').slice(0, 5)]));
      }
    });
  });
}

const figure = (value: number): string =>
  Number.isInteger(value) ? String(value) : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
