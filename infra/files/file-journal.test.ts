// The contract over real files, and what only real files have.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt, JournalOwned } from '#engine/journal/port.ts';
import type { Seq, Sha256, TimeUs } from '#engine/values.ts';
import { describeFileJournal, type FilePlace } from '#tests/contracts/file-journal.ts';
import { all, DESK, describeJournal, digest, inputFrame, inputsIn } from '#tests/contracts/journal.ts';
import { openFileJournal } from './file-journal.ts';
import { nodeProcesses } from './lock.ts';
import { FileReader } from './read.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-journal-'));
  made.push(folder);
  return join(folder, 'journals', DESK);
};
const newest = (folder: string) => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.seg'));
  return join(folder, names.sort((a, b) => a.slice(17).localeCompare(b.slice(17))).at(-1)!);
};
const open = (folder: string) => openFileJournal({ folder, desk: DESK, digest, at: 1 as TimeUs });

const place = async (): Promise<FilePlace> => {
  const folder = newFolder();
  return {
    open: (options) => openFileJournal({ folder, desk: DESK, digest, at: 1 as TimeUs, ...options }),
    reader: () => new FileReader({ folder, digest }),
    tear: async (bytes) => truncateSync(newest(folder), statSync(newest(folder)).size - bytes),
    size: async () => statSync(newest(folder)).size,
  };
};
describeJournal('files', place);
describeFileJournal('files', place);

test('the lock of a dead process is taken over, and said; that of a process elsewhere is not', async () => {
  const folder = newFolder();
  await (await open(folder)).close();
  const self = nodeProcesses.self();
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...self, pid: 2 ** 22 + 7 }));
  const journal = await open(folder);
  expect(journal.takenFrom?.pid).toBe(2 ** 22 + 7);
  await journal.close();
  expect(readdirSync(folder).filter((name) => name.includes('lock'))).toEqual([]);
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...self, host: 'elsewhere' }));
  await expect(open(folder)).rejects.toThrow(JournalOwned);
  await expect(open(folder)).rejects.toThrow('process ' + self.pid + ' on elsewhere, which cannot be seen from here');
});

test('a journal that is held names its lock, and an owner that does not answer', async () => {
  const folder = newFolder();
  const socket = join(folder, 'nobody.sock');
  const journal = await openFileJournal({ folder, desk: DESK, digest, at: 1 as TimeUs, socket });
  await expect(open(folder)).rejects.toThrow(`the lock is ${join(folder, 'lock')}`);
  await expect(open(folder)).rejects.toThrow(`does not answer at ${socket}: it is starting, stopping or hanging`);
  await journal.close();
  const silent = await open(folder); // names no socket: nothing is known of it
  await expect(open(folder)).rejects.toThrow(/which is running: stop it first/);
  await silent.close();
});

test('a later process with the same pid does not keep the lock alive', async () => {
  const folder = newFolder();
  await (await open(folder)).close();
  const self = nodeProcesses.self();
  expect(self.started).not.toBe('');
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...self, started: 'another boot' }));
  await (await open(folder)).close();
});

test('a byte flipped in the middle of a stored journal is found and named, and nothing is touched', async () => {
  const folder = newFolder();
  const journal = await open(folder);
  for (let seq = 1; seq <= 40; seq++) journal.append(inputFrame(journal, seq));
  await journal.close();
  const path = newest(folder);
  const stored = readFileSync(path);
  const starts = (await all(new FileReader({ folder, digest }).frames())).map(({ place }) => Number(place.split(':')[1]));
  for (let at = 0; at < starts.at(-1)!; at += 37) {
    const broken = Buffer.from(stored);
    broken[at] ^= 4;
    writeFileSync(path, broken);
    const named = `${path}:${starts.findLast((start) => start <= at)}: `;
    await expect(all(new FileReader({ folder, digest }).frames())).rejects.toThrow(named);
    await expect(open(folder)).rejects.toThrow(JournalCorrupt);
    await expect(open(folder)).rejects.toThrow(named);
    expect(readFileSync(path).equals(broken)).toBe(true);
  }
  expect(readdirSync(folder).filter((name) => !name.endsWith('.seg'))).toEqual([]);
  writeFileSync(path, stored);
  expect(inputsIn(await all(new FileReader({ folder, digest }).frames()))).toHaveLength(40);
});

test('a checkpoint larger than a segment does not make a segment of each frame, nor after the journal was opened again', async () => {
  const [partBytes, parts] = [1_500, 4];
  const hash = 'ab'.repeat(32) as Sha256;
  const state = { kind: 'checkpoint', parts, stateSchema: 1, digest: hash, inputsHash: hash, decisionsHash: hash } as const;
  const written = async (segmentBytes: number): Promise<number[]> => {
    const folder = newFolder();
    const openOne = () => openFileJournal({ folder, desk: DESK, digest, at: 1 as TimeUs, segmentBytes });
    let journal = await openOne();
    for (let seq = 1; seq <= 4_000; seq++) {
      journal.append(inputFrame(journal, seq));
      if (seq % 100 === 0) {
        await journal.close();
        journal = await openOne();
      }
      if (!journal.wantsNewSegment(1 as TimeUs)) continue;
      journal.startSegment(1 as TimeUs);
      const { epoch } = journal.opened;
      for (let part = 0; part < parts; part++)
        journal.append(frameOf(DESK, epoch, seq as Seq, { ...state, part, bytes: new Uint8Array(partBytes) }));
    }
    await journal.close();
    return readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  };
  const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0);
  const [whole, cut] = [await written(2 ** 30), await written(1_000)];
  expect(whole).toHaveLength(1);
  expect(cut.length).toBeGreaterThan(5); // it is still cut
  expect(sum(cut)).toBeLessThan(1.5 * sum(whole));
});
