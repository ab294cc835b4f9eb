// The workloads that reach an exchange in another process, small: their answers must be equal. What they measure here means nothing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, documentOf, Homes, retrace } from './run.ts';

const homes = new Homes();
beforeAll(build, 120_000);
afterAll(() => homes.remove());

type Row = Readonly<{ name: string; value: number; equal: boolean | null }>;

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
