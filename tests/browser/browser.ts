/** A real browser before a real gateway: a demo desk as a process of its own, in a folder of its own, and pages that look at it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, Homes, PROGRAM, type Running, startProgram, until } from '../e2e-cli/run.ts';

/** The machine's own; `RETRACE_BROWSER` names another. */
const BROWSERS = [process.env['RETRACE_BROWSER'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Why these tests cannot run; where a run decides, that is a failure and no reason to leave them out. */
export function missingBrowser(): string | null {
  if (browserPath() !== null) return null;
  const why = `no browser: looked for ${BROWSERS.filter(Boolean).join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`${why}: install chromium, or name one by RETRACE_BROWSER`);
  return why;
}

function browserPath(): string | null {
  for (const path of BROWSERS) {
    if (path === undefined) continue;
    try {
      readFileSync(path, { flag: 'r' });
      return path;
    } catch {
      // the next one
    }
  }
  return null;
}

/** A port that is free now, so that a desk can come back at the same. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A desk as a process of its own: the demonstration, or what else is asked for. */
export class DemoDesk {
  readonly home: string;
  readonly port: number;
  readonly #command: readonly string[];
  #running: Running | null = null;

  constructor(home: string, port: number, command: readonly string[]) {
    this.home = home;
    this.port = port;
    this.#command = command;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const running = startProgram(process.execPath, [PROGRAM, ...this.#command, '--port', String(this.port)], this.home, {});
    this.#running = running;
    await until(
      () => running.stderr().includes('dashboard http') || running.child.exitCode !== null,
      `a dashboard; it said ${running.stderr()}`,
    );
    if (running.child.exitCode !== null) throw new Error(`the desk ended: ${running.stderr()}`);
  }

  /** What it has said on its terminal. */
  get said(): string {
    return this.#running?.stderr() ?? '';
  }

  /** As Ctrl-C does: all of it is on the disk. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    running.child.kill('SIGINT');
    await running.ended;
  }

  /** With what is piped in. */
  tell(input: string, ...args: string[]): void {
    const ran = spawnSync(process.execPath, [PROGRAM, ...args], {
      input,
      cwd: this.home,
      env: { ...process.env, RETRACE_HOME: this.home },
      encoding: 'utf8',
    });
    if (ran.status !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}`);
  }

  /** What the command says of it. */
  async ask(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await startProgram(process.execPath, [PROGRAM, ...args, '--json'], this.home, {}).ended;
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  }
}

/** All that a file of tests opens, and closes at its end. */
export class Place {
  readonly #homes = new Homes();
  readonly #desks: DemoDesk[] = [];
  readonly #others: Running[] = [];
  #browser: Browser | null = null;

  async open(): Promise<void> {
    const path = browserPath();
    if (path === null) return;
    await build();
    this.#browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  }

  async desk(...more: string[]): Promise<DemoDesk> {
    const desk = await this.#made('demo', ...more);
    await desk.start();
    return desk;
  }

  /** One of a person's own, from the `retrace.yaml` that `retrace init` writes: it has no user yet. */
  async ownDesk(): Promise<DemoDesk> {
    const desk = await this.#made('run');
    desk.tell('', 'init');
    await desk.start();
    return desk;
  }

  /** One that trades at the local exchange, a process of its own, with an admin who may sign in. */
  async deskOutside(admin: Readonly<{ name: string; password: string }>): Promise<{ desk: DemoDesk; exchange: Running }> {
    const desk = await this.#made('run');
    desk.tell('', 'init', '--venue', 'local');
    desk.tell(`${admin.password}\n`, 'user', 'add', admin.name, '--role', 'admin');
    const exchange = startProgram(process.execPath, [PROGRAM, 'exchange', '--port', '0', '--seed', '11'], desk.home, {});
    this.#others.push(exchange);
    const listens = () => /listens at (http:\/\/[\d.]+:\d+)/.exec(exchange.stderr())?.[1];
    await until(() => listens() !== undefined, `an exchange; it said ${exchange.stderr()}`, 30_000);
    const path = join(desk.home, 'retrace.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('http://127.0.0.1:7801', listens()!));
    await desk.start();
    return { desk, exchange };
  }

  async #made(...command: string[]): Promise<DemoDesk> {
    const desk = new DemoDesk(this.#homes.make(), await freePort(), command);
    this.#desks.push(desk);
    return desk;
  }

  /** A browser of its own: nobody is signed in there yet. */
  async context(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    return this.#browser!.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...options });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    for (const desk of this.#desks) await desk.stop();
    for (const { child } of this.#others) child.kill('SIGKILL');
    this.#homes.remove();
  }
}

/** Opened, signed in by the demonstration, and told of the desk. */
export async function opened(context: BrowserContext, desk: DemoDesk, path = '/'): Promise<Page & { faults: string[] }> {
  const page = Object.assign(await context.newPage(), { faults: [] as string[] });
  page.on('pageerror', (error) => page.faults.push(`threw: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(`console: ${message.text()}`);
  });
  await page.goto(desk.origin + path);
  await page.waitForSelector('[data-line="open"]');
  await page.waitForFunction(() => Number(document.querySelector('[data-seq]')?.getAttribute('data-seq')) > 0);
  return page;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What would keep somebody out, as `impact rule: place`; nothing is the answer to have. `rules`: these alone. */
export async function axe(page: Page, ...rules: string[]): Promise<string[]> {
  await page.evaluate(AXE);
  const only = JSON.stringify({ resultTypes: ['violations'], ...(rules.length === 0 ? {} : { runOnly: rules }) });
  const { violations } = (await page.evaluate(`axe.run(${only})`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ impact, id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

/** Every number with its name in it that is shown: what a tile, a row or an account says, as text that no grouping has touched. */
export const values = (page: Page, selector: string): Promise<string[]> =>
  page.locator(`${selector} [data-value]`).evaluateAll((found) => found.map((one) => one.getAttribute('data-value')!));

/** Keeps asking until it holds, and fails with what it last was. */
export async function settles<T>(ask: () => Promise<T>, holds: (value: T) => boolean, ms = 8_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
