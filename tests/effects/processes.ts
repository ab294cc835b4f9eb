/** Desks and exchanges as processes of their own: bundled once, started, asked, killed, suspended, started again. Judges nothing. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import type { DeskAnswer, DeskAsked } from './desk-process.ts';
import { dropFolder } from './world.ts';

export type Programs = Readonly<{ desk: string; exchange: string; folder: string }>;

/** Both programs in one folder, all packages within. */
export async function bundle(): Promise<Programs> {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-programs-'));
  await build({
    entryPoints: ['desk-process', 'exchange-process'].map((name) => new URL(`./${name}.ts`, import.meta.url).pathname),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'error',
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
  return { desk: join(folder, 'desk-process.mjs'), exchange: join(folder, 'exchange-process.mjs'), folder };
}

/** What it was asked of died before it answered. */
export class Gone extends Error {
  override name = 'Gone';
}

class Process {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  #stderr = '';

  constructor(program: string, args: readonly string[]) {
    this.child = fork(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { PATH: process.env['PATH'], TZ: 'UTC' },
    });
    this.child.stderr!.on('data', (part: Buffer) => {
      this.#stderr = (this.#stderr + part.toString()).slice(-4_000);
    });
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get stderr(): string {
    return this.#stderr;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export class DeskProcess extends Process {
  readonly up: Promise<void>;
  readonly #waiting = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor({ desk }: Programs) {
    super(desk, []);
    this.up = new Promise((resolve, reject) => this.#waiting.set(0, { resolve: () => resolve(), reject }));
    this.up.catch(() => {});
    this.child.on('message', (answer) => {
      const { id, error, value } = answer as DeskAnswer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === null) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    this.child.once('close', (code, signal) => {
      const gone = new Gone(`the desk's process is gone: ${signal ?? `code ${code}`}\n${this.stderr}`);
      for (const { reject } of this.#waiting.values()) reject(gone);
      this.#waiting.clear();
    });
  }

  ask(asked: DeskAsked): Promise<string> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      if (!this.alive) {
        reject(new Gone('the process of the desk is gone'));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.child.send({ id, asked }, () => {}); // that it is gone is told by its end
    });
  }
}

/** An exchange on one port and one folder, through all its lives. */
export class ExchangeProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'retrace-exchange-'));
  readonly #programs: Programs;
  #process: Process | null = null;
  #port = 0;
  url = '';
  keys: ExchangeKeys = { key: '', secret: '', admin: '' };

  constructor(programs: Programs) {
    this.#programs = programs;
  }

  get ledger(): string {
    return join(this.folder, 'ledger.ndjson');
  }

  get alive(): boolean {
    return this.#process?.alive === true;
  }

  /** The same port again: a process that died leaves it at once. */
  async start(): Promise<void> {
    const started = new Process(this.#programs.exchange, [this.folder, String(this.#port)]);
    this.#process = started;
    const told = await Promise.race([
      new Promise<{ port: number; url: string; keys: ExchangeKeys }>((resolve) =>
        started.child.once('message', (m) => resolve(m as never)),
      ),
      started.ended.then(() => {
        throw new Gone(`the exchange did not start: ${started.stderr}`);
      }),
    ]);
    this.#port = told.port;
    this.url = told.url;
    this.keys = told.keys;
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async close(): Promise<void> {
    await this.kill();
    dropFolder(this.folder);
  }
}
