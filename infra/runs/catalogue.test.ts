import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type RunEntry, Runs } from './catalogue.ts';

const root = mkdtempSync(join(tmpdir(), 'runs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = () => new Runs(join(root, `r${++made}`));

const entry = (id: string, minute: number, more: Partial<RunEntry> = {}): RunEntry => ({
  ...{
    format: 1,
    id,
    kind: 'backtest',
    made: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    strategy: 'ema-cross',
    version: 'v',
  },
  ...{ parameters: { fast: 5 }, instruments: ['BTC'], tapes: ['t'], from: '2026', to: '2026', runHash: `hash of ${id}`, ticks: 1, bars: 1 },
  ...{ orders: 0, fills: 0, equity: '1.00', currency: 'USD', figures: { sharpe: 1 }, tags: [], settings: {} },
  ...more,
});
const keep = (runs: Runs, each: RunEntry) => runs.keep(runs.begin(each.id), each);
const ids = (runs: Runs) => runs.list().map(({ id }) => id);

test('a run is there once it is kept, oldest first; what was begun, or discarded, is not', () => {
  const runs = fresh();
  keep(runs, entry('later', 9));
  keep(runs, entry('early', 1));
  runs.begin('begun');
  runs.discard(runs.begin('dropped'));
  expect(ids(runs)).toEqual(['early', 'later']);
  expect(runs.has('begun') || runs.has('dropped')).toBe(false);
  runs.remove('early');
  expect(ids(runs)).toEqual(['later']);
});

test('ten thousand runs are listed by the index, without opening one', () => {
  const runs = fresh();
  mkdirSync(runs.folder, { recursive: true });
  const lines = Array.from({ length: 10_000 }, (_, at) => entry(`run-${at}`, at));
  for (const { id } of lines) mkdirSync(runs.place(id)); // nothing in them to open
  writeFileSync(join(runs.folder, 'index.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const begun = performance.now();
  expect(runs.list().length).toBe(10_000);
  expect(performance.now() - begun).toBeLessThan(2_000); // a tenth of that on a quiet machine
});

test('an index that is gone, torn or old is mended from the runs themselves', () => {
  const runs = fresh();
  for (const [at, id] of ['a', 'b', 'c'].entries()) keep(runs, entry(id, at));
  const index = join(runs.folder, 'index.ndjson');
  rmSync(index);
  expect(ids(runs)).toEqual(['a', 'b', 'c']);
  expect(readFileSync(index, 'utf8').split('\n').length).toBe(4);
  appendFileSync(index, '{"format":1,"id":"torn');
  keep(runs, entry('d', 4)); // its line is joined to the torn one
  expect(ids(runs)).toEqual(['a', 'b', 'c', 'd']);
  expect(ids(new Runs(runs.folder))).toEqual(['a', 'b', 'c', 'd']);
});

test('tags are the newest word, kept in the run too', () => {
  const runs = fresh();
  keep(runs, entry('a', 1));
  runs.tag('a', ['slow', 'good', 'good']);
  expect(runs.list()[0]!.tags).toEqual(['good', 'slow']);
  rmSync(join(runs.folder, 'index.ndjson'));
  expect(runs.list()[0]!.tags).toEqual(['good', 'slow']);
});

test('a manifest that is damaged is told, and hides no other', () => {
  const runs = fresh();
  for (const [at, id] of ['a', 'b'].entries()) keep(runs, entry(id, at));
  rmSync(join(runs.folder, 'index.ndjson'));
  writeFileSync(join(runs.place('a'), 'run.json'), '{"format":1,');
  expect(ids(runs)).toEqual(['b']);
  expect(runs.broken).toEqual([expect.stringContaining('run.json is not what a run says of itself')]);
  expect(() => runs.read('a')).toThrow('make it again');
});

test('two processes that make the same run do not touch what the other writes; one that died is cleaned up after', () => {
  const runs = fresh();
  const mine = runs.begin('same');
  writeFileSync(join(mine, 'journal', 'x'), 'mine');
  const other = join(runs.folder, `same.${process.ppid}.part`); // alive
  const dead = join(runs.folder, 'same.4194399.part'); // no process has this number
  for (const part of [other, dead]) mkdirSync(part);
  runs.begin('same');
  expect(readdirSync(runs.folder).sort()).toEqual([`same.${process.pid}.part`, `same.${process.ppid}.part`].sort());
  keep(runs, entry('same', 1));
  keep(runs, entry('same', 1, { runHash: 'again' }));
  expect([runs.read('same').runHash, existsSync(other)]).toEqual(['again', true]);
});
