// Killed at any moment, stopped at any moment: a bounded run started again ends as if nothing had happened.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { randomStream } from '#engine/random.ts';
import { build, documentOf, Homes, retrace, sleep, start, startOnSmallDisk, until } from './run.ts';

const TICKS = 200_000;
const KILLS = 30;
const SEED = Number(process.env['RETRACE_KILL_SEED'] ?? 1);
const homes = new Homes();

beforeAll(async () => {
  await build();
});
afterAll(() => homes.remove());

const demo = (...more: string[]) => ['demo', '--ticks', String(TICKS), '--json', ...more];
const HASHES = ['runHash', 'stateHash', 'seq', 'ticks', 'decisions', 'orders', 'fills', 'equity'] as const;
const hashesOf = (document: Record<string, unknown>) => Object.fromEntries(HASHES.map((name) => [name, document[name]]));

const segmentsOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.seg'))
        .sort()
        .map((name) => join(folder, name))
    : [];
const sizeOf = (folder: string): number => segmentsOf(folder).reduce((sum, path) => sum + statSync(path).size, 0);

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The whole frames of a journal's only segment: all that could have been called durable lies in them. */
function wholeFrames(folder: string): Uint8Array {
  const [path] = segmentsOf(folder);
  const bytes = path === undefined ? Buffer.alloc(0) : readFileSync(path);
  let end = 0;
  for (;;) {
    const frame = decodeFrame(bytes, end);
    if (!frame.ok) return bytes.subarray(0, end);
    end += frame.length;
  }
}

test(`killed ${KILLS} times and started again, it ends with the hash of the uninterrupted run (seed ${SEED})`, {
  timeout: 180_000,
}, async () => {
  const chance = randomStream(SEED, 'kills');
  const uninterrupted = documentOf(await retrace(demo(), homes.make()));
  const whole = sizeOf(uninterrupted['journal'] as string);
  const home = homes.make();
  const folder = join(home, 'journals', 'demo-7');
  let kept: Uint8Array = new Uint8Array(0);
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, ended } = start(demo(), home);
    // one kill of three at any moment of the start; the others when so many bytes more are there
    const share = (1.2 * whole) / KILLS;
    if (kill % 3 === 2) await sleep(chance.below(250));
    else {
      const least = sizeOf(folder) + chance.below(Math.floor(share));
      await until(() => sizeOf(folder) >= least || child.exitCode !== null, `${least} bytes`, 60_000);
    }
    child.kill('SIGKILL');
    const { signal, code, stderr } = await ended;
    expect(signal, `kill ${kill}: exit ${code}\n${stderr}`).toBe('SIGKILL');
    const now = wholeFrames(folder);
    expect(same(now.subarray(0, kept.length), kept), `kill ${kill}: frames that were there are gone`).toBe(true);
    kept = now;
  }
  const last = documentOf(await retrace(demo(), home));
  expect(last).toMatchObject({ finished: true, resumed: true });
  expect(hashesOf(last)).toEqual(hashesOf(uninterrupted));
  expect(same(wholeFrames(folder).subarray(0, kept.length), kept)).toBe(true);
  const verified = documentOf(await retrace(['verify', folder, '--json'], home));
  expect(verified).toMatchObject({ ok: true, mismatches: 0, runHash: uninterrupted['runHash'], clean: true });
});

test('Ctrl-C drains: everything is durable, checkpointed and closed, and the same command goes on', async () => {
  const home = homes.make();
  const { child, ended, stdout } = start(['demo', '--speed', '1'], home);
  await until(() => stdout().split('\n').length > 3, 'the first decisions');
  const second = await retrace(['demo', '--speed', '1'], home);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`belongs to process ${child.pid}`);
  child.kill('SIGINT');
  const ran = await ended;
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(/\nnext: npx retrace verify \S+\n$/);
  const verified = documentOf(await retrace(['verify', 'demo-7', '--json'], home));
  expect(verified).toMatchObject({ ok: true, clean: true, unrecorded: 0 });
  const ticks = (verified['ticks'] as number) + 20_000;
  const [on, afresh] = await Promise.all([
    retrace(['demo', '--ticks', String(ticks), '--json'], home),
    retrace(['demo', '--ticks', String(ticks), '--json'], homes.make()),
  ]);
  expect(documentOf(on)).toMatchObject({ resumed: true, ticks });
  expect(hashesOf(documentOf(on))).toEqual(hashesOf(documentOf(afresh)));
});

test('a second signal forces; nothing durable is lost', async () => {
  const home = homes.make();
  const { child, ended, stdout } = start(['demo', '--speed', '1'], home);
  await until(() => stdout().split('\n').length > 3, 'the first decisions');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code } = await ended;
  expect(code).toBe(130);
  expect(documentOf(await retrace(['verify', 'demo-7', '--json'], home))).toMatchObject({ ok: true, clean: false });
});

test.skipIf(process.platform === 'win32')(
  'a full disk halts with the reason and exit code 3, and the run goes on when there is room',
  async () => {
    const home = homes.make();
    const bounded = ['demo', '--ticks', '60000', '--json'];
    const halted = await startOnSmallDisk(bounded, home, 600).ended;
    expect(halted.code, halted.stderr).toBe(3);
    expect(halted.stderr).toContain('trading halted');
    expect(documentOf(halted)).toMatchObject({ ok: false, command: 'demo', error: { messages: [expect.stringContaining('disk')] } });
    const [on, afresh] = await Promise.all([retrace(bounded, home), retrace(bounded, homes.make())]);
    expect(hashesOf(documentOf(on))).toEqual(hashesOf(documentOf(afresh)));
  },
);
