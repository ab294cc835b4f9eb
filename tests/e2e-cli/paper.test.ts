// A desk on paper from its own file: stopped strategies, starting desks, who waits for whom.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeProcesses } from '#infra/files/lock.ts';
import { build, documentOf, Homes, type Ran, type Running, retrace, sleep, start, startOnSmallDisk, until } from './run.ts';

const homes = new Homes();
const running: Running[] = [];
beforeAll(async () => {
  await build();
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  homes.remove();
});

const STRATEGY = 'ema-cross-BTC-USD';

async function initialised(): Promise<string> {
  const home = homes.make();
  const { code, stderr } = await retrace(['init', '--desk', 'trial'], home);
  expect(code, stderr).toBe(0);
  return home;
}

async function runs(home: string): Promise<Running> {
  const desk = start(['run'], home);
  running.push(desk);
  for (let code: number | null = 3; code === 3; await sleep(50)) {
    code = (await retrace(['status', '--json'], home)).code;
    expect(desk.child.exitCode, desk.stderr()).toBe(null);
  }
  return desk;
}

async function stopped(desk: Running): Promise<Ran> {
  desk.child.kill('SIGINT');
  return desk.ended;
}

test('a desk whose strategy was stopped starts without it, and says so', { timeout: 60_000 }, async () => {
  const home = await initialised();
  const first = await runs(home);
  const ran = await retrace(['stop', STRATEGY], home);
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('In this journal that id never runs again.')]);
  const note = `${STRATEGY} was stopped and stays stopped in this journal: take it out of the file, or give it another id to begin anew`;
  expect((await retrace(['status'], home)).stdout).toContain(note);
  const ended = await stopped(first);
  expect([ended.code, ended.stdout]).toEqual([0, expect.not.stringContaining('at the venue')]);
  const second = await runs(home);
  await until(() => second.stderr().includes(note), 'the warning');
  expect(second.stderr()).toMatch(new RegExp(`"level":"warn","what":"${STRATEGY} was stopped`));
  const status = documentOf(await retrace(['status', '--json'], home)) as unknown as {
    strategies: { strategy: string; note: string | null }[];
  };
  expect(status.strategies.map((one) => [one.strategy, one.note])).toEqual([
    [STRATEGY, note],
    ['breakout-ETH-USD', null],
  ]);
  expect((await stopped(second)).code).toBe(0);
});

test('a desk that is being brought to life is told as starting; without a journal the next step is run', async () => {
  const home = await initialised();
  const nothing = await retrace(['status'], home);
  expect([nothing.code, nothing.stderr]).toEqual([3, expect.stringMatching(/next: npx retrace run$/m)]);
  const journal = join(home, 'journals', 'trial');
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, 'lock'), JSON.stringify(nodeProcesses.self()));
  const first = await retrace(['status'], home);
  expect([first.code, first.stderr]).toEqual([3, expect.stringContaining(`desk trial is starting: process ${process.pid}`)]);
  writeFileSync(join(journal, 'lock'), JSON.stringify({ ...nodeProcesses.self(), started: 'before' }));
  expect((await retrace(['run', '--ticks', '2000', '--json'], home)).code).toBe(0);
  writeFileSync(join(journal, 'lock'), JSON.stringify(nodeProcesses.self()));
  for (const args of [[], ['trial']]) {
    const { code, stderr } = await retrace(['status', ...args], home);
    expect([code, stderr]).toEqual([3, expect.stringContaining('desk trial is starting')]);
    expect(stderr).not.toContain('cut off');
  }
  expect(documentOf(await retrace(['status', '--json'], home))).toMatchObject({ ok: false, starting: true, pid: process.pid });
  const other = await retrace(['status', 'other'], home);
  expect(other.stderr).toContain('desk other does not run');
});

test('stopped while it starts it says one line, with what to do', async () => {
  const home = await initialised();
  const venue = await retrace(['init', '--venue', 'local', '--url', 'http://127.0.0.1:9', '--folder', 'away', '--desk', 'trial'], home);
  expect(venue.code).toBe(0);
  mkdirSync(join(home, 'exchange'));
  writeFileSync(join(home, 'exchange', 'keys.json'), JSON.stringify({ key: 'k'.repeat(20), secret: 's'.repeat(40) }), { mode: 0o600 });
  mkdirSync(join(home, 'journals', 'trial'), { recursive: true });
  writeFileSync(join(home, 'journals', 'trial', '0000000000000001-000001.seg'), '');
  const desk = start(['run', '--config', 'away/retrace.yaml'], home); // waits for its venue, as a desk does that is there
  running.push(desk);
  await until(() => desk.stderr().includes('Nobody answers'), `the waiting: ${desk.stderr()}`);
  const { code, stderr } = await stopped(desk);
  expect([code, stderr]).toEqual([
    130,
    expect.stringMatching(/^Stopped by SIGINT while it was starting\..*\nnext: npx retrace run goes on$/m),
  ]);
});

test('a full disk at a restart, and a folder where nothing may be written, are told with what to do', async () => {
  const home = await initialised();
  expect((await retrace(['run', '--ticks', '2000', '--json'], home)).code).toBe(0);
  const full = await startOnSmallDisk(['run', '--ticks', '4000', '--json'], home, 0).ended;
  const readOnly = await retrace(['run', '--ticks', '10', '--json'], home, { RETRACE_HOME: '/sys/retrace' });
  for (const { code, stderr } of [full, readOnly]) {
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^next: /m)]);
    expect(stderr).not.toMatch(/^retrace run:.*\bE[A-Z]{4,}:/m); // what its breaker logs is its own
  }
});

test('what keeps a run from starting has the form of every other fault', async () => {
  const home = await initialised();
  const first = await runs(home);
  const ran = await retrace(['run', '--json'], home);
  expect(ran.code).toBe(1);
  expect(documentOf(ran)).toMatchObject({ ok: false, error: { messages: [expect.any(String)], next: expect.any(String) } });
  expect((await stopped(first)).code).toBe(0);
  const gone = documentOf(await retrace(['arm', '--json'], home));
  expect(gone).toMatchObject({ ok: false, error: { messages: expect.any(Array), next: expect.any(String), name: 'NoDeskRuns' } });
});
