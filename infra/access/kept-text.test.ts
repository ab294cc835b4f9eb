// What is kept is whole, its owner's alone, and no process loses another's change: asked of real processes, one of them killed.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { KeptTextFile } from '#gateway/access/store.ts';
import { KeptTextOnDisk, KeptTextUnsafe } from './kept-text.ts';

const root = mkdtempSync(join(tmpdir(), 'kept-text-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = (): string => join(root, `f${++made}`);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const until = async (holds: () => boolean, what: string): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1_000) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('it is what the gateway asks for', () => {
  const file: KeptTextFile = new KeptTextOnDisk(fresh(), 'a.json');
  expect(file.read()).toBeNull();
  expect(file.stamp()).toBeNull();
});

describe('a write', () => {
  test('is there whole, under another stamp, readable by its owner alone, and nothing is left beside it', async () => {
    const folder = fresh();
    const file = new KeptTextOnDisk(folder, 'a.json');
    expect(await file.replace('one', null)).toBe(true);
    const first = file.read()!;
    expect(first).toEqual({ text: 'one', stamp: file.stamp() });
    expect(await file.replace('two', first.stamp)).toBe(true);
    expect(file.read()!.text).toBe('two');
    expect(file.stamp()).not.toBe(first.stamp);
    expect(readdirSync(folder)).toEqual(['a.json']);
    if (process.platform !== 'win32') expect([mode(folder), mode(file.where)]).toEqual(['700', '600']);
  });

  test('over what its writer has not seen is not made', async () => {
    const folder = fresh();
    const [one, other] = [new KeptTextOnDisk(folder, 'a.json'), new KeptTextOnDisk(folder, 'a.json')];
    expect(await one.replace('mine', null)).toBe(true);
    expect(await other.replace('theirs', null)).toBe(false);
    expect(await other.replace('theirs', 'a stamp of long ago')).toBe(false);
    expect(one.read()!.text).toBe('mine');
  });

  test('of the same text has another stamp each time', async () => {
    const file = new KeptTextOnDisk(fresh(), 'a.json');
    const stamps = new Set<string | null>([null]);
    for (let count = 0; count < 20; count++) {
      expect(await file.replace('same', file.stamp())).toBe(true);
      stamps.add(file.stamp());
    }
    expect(stamps.size).toBe(21);
  });

  test('goes on over what a killed process left: its half text and its lock', async () => {
    const folder = fresh();
    const file = new KeptTextOnDisk(folder, 'a.json');
    await file.replace('one', null);
    writeFileSync(join(folder, 'a.json.part'), 'hal');
    writeFileSync(
      join(folder, 'a.json.lock'),
      JSON.stringify({ pid: 2 ** 22 - 3, started: 'long ago', host: (await import('node:os')).hostname() }),
    );
    expect(await file.replace('two', file.stamp())).toBe(true);
    expect(file.read()!.text).toBe('two');
    expect(readdirSync(folder)).toEqual(['a.json']);
  });
});

const COUNTER = `
import { KeptTextOnDisk } from ${JSON.stringify(new URL('./kept-text.ts', import.meta.url).href)};
const [folder, times] = process.argv.slice(2);
const file = new KeptTextOnDisk(folder, 'a.json');
for (let done = 0; done < Number(times); ) {
  const kept = file.read();
  if (await file.replace(String(Number(kept?.text ?? 0) + 1), kept?.stamp ?? null)) { done++; process.stdout.write('.'); }
}
`;

test('three processes that count in one text lose no count, though a fourth is killed in the middle of it', async () => {
  const folder = fresh();
  mkdirSync(folder);
  const { build } = await import('esbuild');
  const source = join(folder, 'count.mjs');
  await build({
    stdin: { contents: COUNTER, resolveDir: process.cwd(), loader: 'ts' },
    outfile: source,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [
      { name: 'files', setup: (build) => void build.onResolve({ filter: /^file:/ }, ({ path }) => ({ path: new URL(path).pathname })) },
    ],
  });
  const place = join(folder, 'kept');
  const start = (times: number) => {
    const child = spawn(process.execPath, [source, place, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let dots = 0;
    child.stdout.on('data', (part: Buffer) => {
      dots += part.length;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
    return { child, ended, dots: () => dots };
  };
  const counters = [start(30), start(30), start(30)];
  const killed = start(100_000);
  await until(() => killed.dots() > 3, 'the fourth to count');
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(await Promise.all(counters.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  const counted = Number(new KeptTextOnDisk(place, 'a.json').read()!.text);
  // the fourth may have written one more than it could say
  expect(counted - 90 - killed.dots()).toBeGreaterThanOrEqual(0);
  expect(counted - 90 - killed.dots()).toBeLessThanOrEqual(1);
}, 60_000);

describe.skipIf(process.platform === 'win32')('what is not safe is not read', () => {
  test('a text that others can read: says what to do', async () => {
    const file = new KeptTextOnDisk(fresh(), 'a.json');
    await file.replace('one', null);
    for (const open of [0o644, 0o640, 0o604, 0o666]) {
      chmodSync(file.where, open);
      expect(() => file.read()).toThrow(/chmod 600/);
    }
    chmodSync(file.where, 0o600);
    expect(file.read()!.text).toBe('one');
  });

  test('a folder in its place', () => {
    const folder = fresh();
    mkdirSync(join(folder, 'a.json'), { recursive: true });
    expect(() => new KeptTextOnDisk(folder, 'a.json').read()).toThrow(KeptTextUnsafe);
  });

  test('an open folder is closed first', () => {
    const folder = fresh();
    mkdirSync(folder, { mode: 0o755 });
    new KeptTextOnDisk(folder, 'a.json');
    expect(mode(folder)).toBe('700');
  });
});

test('who watches is told when another process has written, and not after they stopped', async () => {
  const folder = fresh();
  const [here, there] = [new KeptTextOnDisk(folder, 'a.json'), new KeptTextOnDisk(folder, 'a.json')];
  let told = 0;
  const end = here.watch(() => {
    told++;
  });
  await there.replace('one', null);
  await until(() => told === 1, 'the first word');
  rmSync(here.where);
  await until(() => told === 2, 'the word that it is gone');
  end();
  await there.replace('two', null);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told).toBe(2);
  expect(existsSync(here.where)).toBe(true);
  expect(readFileSync(here.where, 'utf8')).toBe('two');
});
