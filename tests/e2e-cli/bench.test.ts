// Workloads, small: their answers must be equal. What they measure here means nothing.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, documentOf, Homes, ROOT, retrace, startProgram } from './run.ts';

const homes = new Homes();
beforeAll(build, 120_000);
afterAll(() => homes.remove());

type Row = Readonly<{ name: string; value: number; equal: boolean | null }>;
type Contest = Readonly<{ name: string; differs: string | null; ratio: Readonly<{ median: number }> | null }>;

async function rowsOf(workload: string): Promise<readonly Row[]> {
  const ran = await retrace(['bench', workload, '--size', 'smoke', '--json'], homes.make());
  const document = documentOf(ran);
  expect(document.ok, ran.stderr).toBe(true);
  return document['rows'] as readonly Row[];
}

test('w5: every order fills exactly once on both sides, with and without a disk', { timeout: 180_000 }, async () => {
  const rows = await rowsOf('w5');
  expect(rows.filter(({ equal }) => equal === true).length).toBeGreaterThanOrEqual(12);
  expect(rows.filter(({ name }) => name.includes('signal to fill')).every(({ value }) => value > 0)).toBe(true);
});

test('w11: a desk left by a crash comes back with what it held', { timeout: 180_000 }, async () => {
  const rows = await rowsOf('w11');
  expect(rows.find(({ name }) => name.includes('OPEN'))).toMatchObject({ equal: true });
});

test('tape: a tape on the disk gives the answer of the plain loop, as does the command itself', { timeout: 180_000 }, async () => {
  const rows = await rowsOf('tape');
  expect(rows.filter(({ equal }) => equal === true).length).toBe(4);
});

test('w1: trades through the desk give the answer of the plain loop, as does the desk that takes one fact at a time', {
  timeout: 180_000,
}, async () => {
  const rows = await rowsOf('w1');
  for (const name of ['desk, 1 instrument', 'desk, 8 instruments merged', 'reference lane'])
    expect(rows.find((row) => row.name.startsWith(name))).toMatchObject({ equal: true });
});

test('w2: bars through the desk give every fill of the plain loop, with few orders and with one on each bar', {
  timeout: 180_000,
}, async () => {
  const rows = await rowsOf('w2');
  expect(rows.map(({ equal }) => equal)).toEqual([true, true]);
});

test('w3: trials come out the same in a desk of their own and in one that they share', { timeout: 180_000 }, async () => {
  const answers = (await rowsOf('w3')).filter(({ equal }) => equal !== null); // the others tell processor time
  expect(answers.map(({ equal }) => equal)).toEqual([true, true, true, true]);
});

const compare = (args: readonly string[], env: Record<string, string> = {}) =>
  startProgram(process.execPath, [join(ROOT, 'dist', 'peers.mjs'), ...args], homes.make(), env).ended;

test('beside other engines: ours and the plain loop agree in processes of their own, and only then is there a ratio', {
  timeout: 180_000,
}, async () => {
  const ran = await compare([
    ...'--only plain --rounds 1 --ticks 50000 --bars 3000 --pairs 2 --no-pin --json --env'.split(' '),
    homes.make(),
  ]);
  const { ok, works } = documentOf(ran) as unknown as { ok: boolean; works: readonly Readonly<{ rows: readonly Contest[] }>[] };
  expect(ok, ran.stderr).toBe(true);
  expect(works.length).toBe(4);
  for (const { rows } of works) {
    const [ours, plain] = rows as readonly [Contest, Contest];
    expect([ours.name, ours.differs, ours.ratio]).toEqual(['ours', null, null]);
    expect([plain.name, plain.differs]).toEqual(['plain', null]);
    expect(plain.ratio!.median).toBeGreaterThan(0);
  }
});

test('beside other engines: what cannot be is told before anything runs', { timeout: 60_000 }, async () => {
  const unknown = await compare(['--only', 'lean']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('--only lean: there are nautilus, hftbacktest')]);
  const none = await compare(['--only', 'backtrader', '--env', homes.make()], { PATH: homes.make() });
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('python3 does not start')]);
});
