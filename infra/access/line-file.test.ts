// Every record is one line, in the order it was made; files are few and bounded; what cannot be written is told.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Attempts } from '#gateway/access/attempts.ts';
import { LineFile } from './line-file.ts';

const root = mkdtempSync(join(tmpdir(), 'line-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = (): string => join(root, `f${++made}`);
const fail = (error: Error): never => {
  throw error;
};
const linesIn = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

test('it is what the gateway records to', () => {
  const attempts: Attempts = new LineFile(fresh(), 'attempts', { trouble: fail });
  expect(attempts).toBeDefined();
});

test('records are lines in their order, after a restart behind those of before, readable by their owner alone', async () => {
  const folder = fresh();
  for (const half of [0, 1]) {
    const file = new LineFile(folder, 'attempts', { trouble: fail });
    for (let count = 0; count < 500; count++) {
      file.record({ count: half * 500 + count, why: 'a\nb\u2028"' });
      if (count % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await file.flush();
  }
  const path = join(folder, 'attempts.ndjson');
  expect(linesIn(path)).toEqual(Array.from({ length: 1_000 }, (_, count) => ({ count, why: 'a\nb\u2028"' })));
  if (process.platform !== 'win32') expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
});

test('a full file is put aside, so many are kept, and the last records are all there', async () => {
  const folder = fresh();
  const file = new LineFile(folder, 'attempts', { mostBytes: 1_000, keep: 2, apartMs: 0, trouble: fail });
  for (let count = 0; count < 300; count++) {
    file.record({ count });
    await file.flush();
  }
  const names = readdirSync(folder).sort();
  expect(names).toEqual(['attempts.1.ndjson', 'attempts.2.ndjson', 'attempts.ndjson']);
  for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000);
  const kept = ['attempts.2.ndjson', 'attempts.1.ndjson', 'attempts.ndjson'].flatMap(
    (name) => linesIn(join(folder, name)) as { count: number }[],
  );
  const first = kept[0]!.count;
  expect(kept).toEqual(Array.from({ length: 300 - first }, (_, at) => ({ count: first + at })));
});

test('a stream of records is written a few times a second, and all of it', async () => {
  const folder = fresh();
  const file = new LineFile(folder, 'attempts', { apartMs: 50, trouble: fail });
  const path = join(folder, 'attempts.ndjson');
  const sizes = new Set<number>();
  const begun = performance.now();
  let count = 0;
  for (; performance.now() - begun < 400; count++) {
    file.record({ count });
    await new Promise((resolve) => setTimeout(resolve, 1));
    sizes.add(statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  await file.flush();
  expect(sizes.size).toBeLessThanOrEqual(10);
  expect(linesIn(path)).toHaveLength(count);
});

test('a flood is bounded, and says how much it left out', async () => {
  const folder = fresh();
  const file = new LineFile(folder, 'attempts', { trouble: fail });
  for (let count = 0; count < 25_000; count++) file.record({ count });
  await file.flush();
  file.record({ count: 'last' });
  await file.flush();
  const lines = linesIn(join(folder, 'attempts.ndjson')) as { count: unknown; what?: string }[];
  expect(lines.find(({ what }) => what === 'dropped')?.count).toBe(15_000);
  expect(lines).toContainEqual({ count: 'last' });
});

test('what cannot be written is told, and what comes after is tried again', async () => {
  const folder = fresh();
  const troubles: Error[] = [];
  const file = new LineFile(folder, 'attempts', { trouble: (error) => troubles.push(error) });
  mkdirSync(join(folder, 'attempts.ndjson'));
  file.record({ count: 1 });
  await file.flush();
  expect(troubles.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['EISDIR']);
  rmSync(join(folder, 'attempts.ndjson'), { recursive: true });
  file.record({ count: 2 });
  await file.flush();
  expect(linesIn(join(folder, 'attempts.ndjson'))).toEqual([{ count: 2 }]);
});
