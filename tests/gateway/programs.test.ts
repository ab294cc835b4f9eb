// Programs against a real gateway: the two clients of docs/api.md as they stand there, and schemathesis, which asks by the OpenAPI document alone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, documentOf, Homes, PROGRAM, type Ran, ROOT, type Running, retrace, sleep, start, startProgram } from '../e2e-cli/run.ts';

const homes = new Homes();
const CACHE = join(ROOT, 'node_modules', '.cache', 'retrace');
/** The newest when this was written; the same everywhere, so that a tree is judged by what it is. */
const SCHEMATHESIS = '4.32.5';
const FUZZED_SECONDS = 30;
let [home, url, token] = ['', '', ''];
let demo: Running | null = null;

beforeAll(async () => {
  await build();
  home = homes.make();
  const added = spawnSync(process.execPath, [PROGRAM, 'user', 'add', 'root'], {
    input: 'a password of some words 42\n',
    env: { PATH: process.env['PATH'], RETRACE_HOME: home },
  });
  expect(added.status, String(added.stderr)).toBe(0);
  token = documentOf(await retrace(['token', 'new', 'test', '--user', 'root', '--scope', 'trade', '--json'], home))['token'] as string;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  demo = start(['demo', '--port', String(port), '--speed', '20', '--seed', '3'], home);
  for (let tries = 0; tries < 400; tries++) {
    if ((await fetch(`${url}/health/live`).catch(() => null))?.status === 200) return;
    await sleep(50);
  }
  throw new Error(`no gateway at ${url}: ${demo.stderr()}`);
}, 120_000);

afterAll(async () => {
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  homes.remove();
}, 30_000);

/** The first block of a language in the guide. */
function blockOf(language: 'ts' | 'py'): string {
  const [, block] =
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(readFileSync(join(ROOT, 'docs', 'api.md'), 'utf8')) ?? [];
  expect(block?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
  return block!;
}
const env = () => ({ RETRACE_URL: url, RETRACE_TOKEN: token });
const said = ({ code, stdout, stderr }: Ran): string => {
  expect(code, stderr).toBe(0);
  return stdout;
};

/** What the desk decided of an order far below the market: placed, or refused by a gate that its feed had shut at that moment. */
const DECIDED = /^desk: (true {1,2}\S.*|false refused .*)$/im;

test('the TypeScript client of the guide', async () => {
  const { code } = await transform(blockOf('ts'), { loader: 'ts', format: 'esm', target: 'es2022' });
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `api-client-${process.pid}.mjs`);
  writeFileSync(path, code);
  try {
    const stdout = said(await startProgram(process.execPath, [path], home, env()).ended);
    expect(stdout).toMatch(/^working: \d+$/m);
    expect(stdout).toMatch(DECIDED);
    expect(stdout).toContain('told: welcome');
    expect(stdout).toContain('told: snapshot');
  } finally {
    rmSync(path, { force: true });
  }
}, 60_000);

const python = spawnSync('python3', ['--version']).status === 0 ? null : 'python3 is not on this machine';

test('the Python client of the guide', async ({ skip }) => {
  if (python !== null) skip(python);
  const stdout = said(await startProgram('python3', ['-c', blockOf('py')], home, env()).ended);
  expect(stdout).toMatch(/^working: \d+$/m);
  expect(stdout).toMatch(DECIDED);
  expect(stdout).toMatch(/^why: .{20,}$/m);
}, 60_000);

test('schemathesis finds no answer that the document does not tell, and no fault of ours', async ({ skip }) => {
  const isBuildMachine = process.env['CI'] === 'true';
  const program = join(CACHE, `schemathesis-${SCHEMATHESIS}`, 'bin', 'schemathesis');
  if (!existsSync(program) && !isBuildMachine) skip('it downloads schemathesis (100 MB); runs with CI=true, and where it is there already');
  if (!existsSync(program)) installed();
  // 503 says that too much is asked at once, on a slow machine even of few: it is no fault, and the document tells of it
  writeFileSync(join(home, 'schemathesis.toml'), '[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503]\n');
  const ran = await new Promise<Readonly<{ code: number | null; out: string }>>((resolve) => {
    const child = spawn(
      program,
      [
        ...['run', `${url}/api/v1/openapi.json`, '--no-color', '--warnings', 'off', '--request-timeout', '30'],
        ...['-H', `Authorization: Bearer ${token}`, '--rate-limit', '90/s', '--suppress-health-check', 'all'],
        ...[
          '--max-time',
          String(FUZZED_SECONDS),
          '--phases',
          'fuzzing',
          '--max-examples',
          '6',
          '--no-shrink',
          '--seed',
          '7',
          '--generation-database',
          'none',
        ],
        // what it asks to be refused may have a meaning here that it cannot know, such as a strategy by another name
        ...[
          '--checks',
          'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance',
        ],
        // 503 is what these say of a desk that is not ready; the others play the whole journal, or begin processes
        ...['--exclude-path-regex', '/(health|replays|backtests|portfolio/metrics|session|first-run)'],
      ],
      { cwd: home, env: { PATH: process.env['PATH'], HOME: home, PYTHONUNBUFFERED: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (out += part.toString()));
    child.on('close', (code) => resolve({ code, out }));
  });
  expect(ran.code, ran.out.slice(-6_000)).toBe(0);
  expect(ran.out).toMatch(/[1-9]\d* (generated|passed|test cases)/);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
}, 400_000);

/** Into a folder of its own under the cache, from the registry, by its own client. */
function installed(): void {
  const folder = join(CACHE, `schemathesis-${SCHEMATHESIS}`);
  rmSync(folder, { recursive: true, force: true });
  for (const [command, args] of [
    ['python3', ['-m', 'venv', folder]],
    [join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${SCHEMATHESIS}`]],
  ] as const) {
    const ran = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
    if (ran.status === 0) continue;
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${command} ${args.join(' ')}: ${ran.stderr || String(ran.error)}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
