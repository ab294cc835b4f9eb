/** Runs the built program as a child, as a person would: its stdout, its stderr, its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../../scripts/build.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PROGRAM = join(ROOT, 'dist', 'retrace.mjs');

export const build = (): Promise<boolean> => ensureBuilt({ say: () => {} });

export type Ran = Readonly<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
export type Running = Readonly<{ child: ChildProcess; ended: Promise<Ran>; stdout: () => string; stderr: () => string }>;

/** A folder of its own for each use, gone at the end of the file's tests. */
export class Homes {
  #made: string[] = [];

  make(): string {
    const home = mkdtempSync(join(tmpdir(), 'retrace-e2e-'));
    this.#made.push(home);
    return home;
  }

  remove(): void {
    for (const home of this.#made.splice(0)) rmSync(home, { recursive: true, force: true });
  }
}

export const start = (args: readonly string[], home: string, env: Record<string, string> = {}): Running =>
  startProgram(process.execPath, [PROGRAM, ...args], home, env);

/** As a person has it: the command of the clone, which builds first what has changed. */
export const startBin = (args: readonly string[], home: string, env: Record<string, string> = {}): Running =>
  startProgram(process.execPath, [join(ROOT, 'bin', 'retrace.mjs'), ...args], home, env);

/** Under a shell that no file may outgrow so many KiB: a disk that is full. */
export const startOnSmallDisk = (args: readonly string[], home: string, kib: number): Running =>
  startProgram('bash', ['-c', `trap '' XFSZ; ulimit -f ${kib}; exec "$0" "$@"`, process.execPath, PROGRAM, ...args], home, {});

export function startProgram(
  program: string,
  args: readonly string[],
  home: string,
  env: Record<string, string>,
  piped: string | null = null,
): Running {
  const child = spawn(program, args, {
    cwd: home,
    env: { PATH: process.env['PATH'], TZ: 'UTC', RETRACE_HOME: home, ...env },
    stdio: [piped === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {}); // a command that asks for nothing ends before it is told
  child.stdin?.end(piped);
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (part: Buffer) => {
    stdout += part.toString();
  });
  child.stderr!.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  const ended = new Promise<Ran>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

export const retrace = (args: readonly string[], home: string, env: Record<string, string> = {}): Promise<Ran> =>
  start(args, home, env).ended;

/** With a password piped in, as a script would. */
export const retracePiped = (args: readonly string[], home: string, piped: string): Promise<Ran> =>
  startProgram(process.execPath, [PROGRAM, ...args], home, {}, piped).ended;

export const documentOf = (ran: Ran): Record<string, unknown> & { ok: boolean } => {
  try {
    return JSON.parse(ran.stdout) as Record<string, unknown> & { ok: boolean };
  } catch {
    throw new Error(`stdout is no JSON document (exit ${ran.code}):\n${ran.stdout}\n--- stderr\n${ran.stderr}`);
  }
};

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(holds: () => boolean, what: string, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(2);
  }
}
