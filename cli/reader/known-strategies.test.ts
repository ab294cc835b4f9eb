// Documents that are kept: as they were written, every version of a name, and gone again only while nothing that is recorded here names them.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepRename } from '#cli/research/kept-strategies.ts';
import { segmentName } from '#infra/files/segments.ts';
import { changesBetween, strategyChecked, strategyFound, strategyList, strategyRemoved } from './known-strategies.ts';

const document = (fast: number, remark = '# mine') =>
  `${remark}\nname: dips\nabout: buys weakness\nparameters: { n: { type: whole, standard: ${fast}, range: 1..100, about: bars } }\nentries: { long: "close < ema(close, n)" }\nsizing: { lots: 1 }\n`;

let home: string;
const before = process.env['RETRACE_HOME'];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kept-'));
  process.env['RETRACE_HOME'] = home;
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  if (before === undefined) delete process.env['RETRACE_HOME'];
  else process.env['RETRACE_HOME'] = before;
});

const kept = async (text: string): Promise<string> => {
  const { ok, version } = await strategyChecked(text, true, null);
  expect(ok).toBe(true);
  return version!;
};
/** As if it had been kept then. */
const at = (version: string, seconds: number): void => utimesSync(join(home, 'strategies', `${version}.json`), seconds, seconds);
const never = (): boolean => false;

test('what was written comes back with its remarks; the newest text of a version stands for it', async () => {
  const version = await kept(document(10));
  expect((await strategyFound(version.slice(0, 12)))?.source).toBe(document(10));
  expect(await kept(document(10, '# said better'))).toBe(version);
  expect((await strategyFound(version.slice(0, 12)))?.source).toBe(document(10, '# said better'));
  // a text that says something else is not shown for it, whoever put it there
  writeFileSync(join(home, 'strategies', `${version}.yaml`), document(11));
  const source = (await strategyFound(version.slice(0, 12)))?.source ?? '';
  expect((await strategyChecked(source, false, null)).version).toBe(version);
});

test('checking keeps nothing', async () => {
  const { ok, kept, isNew } = await strategyChecked(document(10), false, null);
  expect([ok, kept, isNew, existsSync(join(home, 'strategies'))]).toEqual([true, false, false, false]);
});

test('versions of a name are told newest first, with when each was kept', async () => {
  const versions = [await kept(document(10)), await kept(document(11)), await kept(document(12))];
  versions.forEach((version, index) => {
    at(version, [3_000, 1_000, 2_000][index]!);
  });
  const found = await strategyFound(versions[1]!.slice(0, 12));
  expect(found?.versions).toEqual([
    { version: versions[0], keptAt: 3_000_000_000 },
    { version: versions[2], keptAt: 2_000_000_000 },
    { version: versions[1], keptAt: 1_000_000_000 },
  ]);
  expect(found?.keptAt).toBe(1_000_000_000);
});

test('every row of the list is found by what it is named by, and is the same there', async () => {
  await kept(document(10));
  const rows = await strategyList();
  expect(new Set(rows.map(({ strategy }) => strategy)).size).toBe(rows.length);
  for (const row of rows) expect(await strategyFound(row.strategy)).toMatchObject(row);
}, 60_000);

/** Of a desk that has recorded nothing yet. */
const own = (): string => join(home, 'elsewhere', 'own');

test('a version that nothing names goes, with its text', async () => {
  const version = await kept(document(10));
  expect(await strategyRemoved(version, own(), never)).toEqual([]);
  expect(readdirSync(join(home, 'strategies'))).toEqual([]);
  expect(await strategyFound(version.slice(0, 12))).toBeNull();
});

test('a version that a journal names stays, wherever in it the name stands', async () => {
  const version = await kept(document(10));
  const journal = join(home, 'journals', 'day');
  mkdirSync(journal, { recursive: true });
  const bytes = Buffer.alloc(9 << 20, 7);
  writeFileSync(join(journal, segmentName(1, 0)), bytes);
  const places = [0, 100, (4 << 20) - 40, (8 << 20) + 30, bytes.length - 64];
  for (const place of places) {
    const named = Buffer.from(bytes);
    named.write(version, place);
    writeFileSync(join(journal, segmentName(1, 0)), named);
    expect([place, await strategyRemoved(version, own(), never)]).toEqual([place, ['journal day']]);
    expect((await strategyFound(version.slice(0, 12)))?.version).toBe(version);
  }
  writeFileSync(join(journal, segmentName(1, 0)), bytes);
  expect(await strategyRemoved(version, own(), never)).toEqual([]);
});

test('a version stays where not all can be looked through: in Kafka, in an archive; and where the desk itself, wherever its journal lies, names it', async () => {
  const version = await kept(document(10));
  const inKafka = 'kafka://127.0.0.1:9092/retrace/desk';
  expect(await strategyRemoved(version, inKafka, never)).toEqual([`maybe journal ${inKafka}: what lies in Kafka is not looked through`]);
  mkdirSync(own(), { recursive: true });
  writeFileSync(join(own(), segmentName(1, 0)), version);
  expect(await strategyRemoved(version, own(), never)).toEqual(['journal own']);
  rmSync(join(own(), segmentName(1, 0)));
  writeFileSync(join(own(), segmentName(9_000, 3)), 'without a name');
  expect(await strategyRemoved(version, own(), never)).toEqual(['maybe journal own: its older segments are elsewhere']);
  rmSync(own(), { recursive: true });
  expect(await strategyRemoved(version, own(), never)).toEqual([]);
});

test('what differs between two is told in words; remarks are no difference, and a program is told by its text', async () => {
  const [one, other] = [await kept(document(10)), await kept(document(12, '# another remark'))];
  const named = (version: string): string => version.slice(0, 12);
  expect(await changesBetween(named(one), named(other))).toEqual(['parameter n standard: 10 → 12']);
  expect(await changesBetween(named(one), named(one))).toEqual([]);
  await expect(changesBetween('ema-cross', named(one))).rejects.toThrow('is a program');
});

test('a strategy that was renamed is one strategy: its versions of both names stand together, under the new one', async () => {
  const old = await kept(document(10));
  keepRename('dips', 'troughs');
  const young = await kept(document(11).replace('name: dips', 'name: troughs'));
  for (const version of [old, young]) {
    const found = await strategyFound(version.slice(0, 12));
    expect([found?.name, found?.versions.map((one) => one.version).sort()]).toEqual(['troughs', [old, young].sort()]);
  }
  const named = (await strategyList()).filter(({ kept }) => kept === 'kept').map(({ name }) => name);
  expect(named).toEqual(['troughs', 'troughs']);
  expect((await strategyChecked(document(12), false, null)).name).toBe('troughs');
});
