// The contract over a disk in memory, its faults, and thousands of power cuts and damages.
import { describe, expect, test } from 'vitest';
import { JournalCorrupt, JournalStalled } from '#engine/journal/port.ts';
import type { TimeUs } from '#engine/values.ts';
import { describeFileJournal, type FilePlace } from '#tests/contracts/file-journal.ts';
import { all, DESK, describeJournal, digest, inputFrame, inputsIn } from '#tests/contracts/journal.ts';
import { MemoryDisk } from './memory-disk.ts';
import { memoryProcesses, memoryReader, openMemoryJournal } from './memory-journal.ts';

const open = (disk: MemoryDisk, more: { segmentBytes?: number } = {}) =>
  openMemoryJournal({ disk, desk: DESK, digest, at: 1 as TimeUs, owner: 'test', ...more });
const segments = (disk: MemoryDisk) => disk.paths().filter((path) => path.endsWith('.seg'));
const newest = (disk: MemoryDisk) =>
  segments(disk)
    .sort((a, b) => (a.slice(-10) < b.slice(-10) ? -1 : 1))
    .at(-1)!;
const read = (disk: MemoryDisk) => all(memoryReader({ disk, digest }).frames());

const place = async (): Promise<FilePlace> => {
  const disk = new MemoryDisk();
  return {
    open: (options) => openMemoryJournal({ disk, desk: DESK, digest, at: 1 as TimeUs, ...options }),
    reader: () => memoryReader({ disk, digest }),
    tear: async (bytes) => disk.write(newest(disk), disk.bytesOf(newest(disk)).slice(0, -bytes)),
    size: async () => disk.bytesOf(newest(disk)).length,
  };
};
describeJournal('memory', place);
describeFileJournal('memory', place);

describe('faults of the disk', () => {
  test('appends pile up behind one write and go out together', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    let release = () => {};
    disk.stall = new Promise((resolve) => {
      release = resolve;
    });
    const before = disk.syncs;
    for (let seq = 1; seq <= 10; seq++) journal.append(inputFrame(journal, seq));
    await null;
    await null;
    for (let seq = 11; seq <= 500; seq++) journal.append(inputFrame(journal, seq));
    const durable = journal.durable();
    disk.stall = null;
    release();
    expect(await durable).toBe(500);
    expect(disk.syncs - before).toBe(2);
    await journal.close();
  });

  test.each([
    ['a full disk', 'the disk is full: ENOSPC', (disk: MemoryDisk) => (disk.capacity = disk.used() + 300)],
    ['a failed sync', 'the disk failed: EIO', (disk: MemoryDisk) => (disk.syncError = 'EIO: i/o error, fdatasync')],
  ])('%s stalls for good and is never tried again; what was durable is there', async (_, why, fault) => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    journal.append(inputFrame(journal, 1));
    await journal.durable();
    fault(disk);
    for (let seq = 2; seq <= 9; seq++) journal.append(inputFrame(journal, seq));
    await expect(journal.durable()).rejects.toThrow(why);
    const { appends, syncs } = disk;
    disk.capacity = Number.POSITIVE_INFINITY;
    disk.syncError = null;
    expect(() => journal.append(inputFrame(journal, 10))).toThrow(JournalStalled);
    await expect(journal.durable()).rejects.toThrow(why);
    expect([disk.appends, disk.syncs]).toEqual([appends, syncs]);
    await journal.close();
    const again = await open(disk.afterPowerCut());
    expect(again.opened).toMatchObject({ seq: 1, tail: null });
  });
});

test('frames of an owner that lost the journal are skipped, counted, and never chained', async () => {
  const disk = new MemoryDisk();
  const first = await open(disk);
  first.append(inputFrame(first, 1));
  await first.durable();
  const second = await openMemoryJournal({ disk, desk: DESK, digest, at: 1 as TimeUs, processes: memoryProcesses(2, new Set([1])) });
  expect(second.takenFrom?.pid).toBe(1);
  second.append(inputFrame(second, 2));
  await second.durable();
  first.append(inputFrame(first, 2, 'from the past'));
  first.append(inputFrame(first, 3, 'from the past'));
  await first.durable();
  second.append(inputFrame(second, 3));
  await second.close();
  const reader = memoryReader({ disk, digest });
  const frames = (await all(reader.frames())).filter(({ frame }) => frame.kind === 'inputs');
  expect(frames.map(({ frame }) => [frame.first, frame.epoch])).toEqual([
    [1, 1],
    [2, 2],
    [3, 2],
  ]);
  expect(reader.skipped).toBe(2);
  expect(
    (await openMemoryJournal({ disk, desk: DESK, digest, at: 1 as TimeUs, processes: memoryProcesses(3, new Set([2])) })).opened,
  ).toMatchObject({
    seq: 3,
    head: second.head,
    epoch: 3,
  });
});

describe('recovery', () => {
  /** A journal of two segments, closed; where each frame of the last one ends, and the last number up to there. */
  async function stored() {
    const disk = new MemoryDisk();
    const journal = await open(disk, { segmentBytes: 1_300 });
    for (let seq = 1; seq <= 19; seq++) {
      if (journal.wantsNewSegment(1 as TimeUs)) journal.startSegment(1 as TimeUs);
      journal.append(inputFrame(journal, seq));
    }
    await journal.close();
    const path = newest(disk);
    const frames = (await read(disk)).filter(({ place }) => path.endsWith(place.split(':')[0]));
    const ends = frames.map(({ place, bytes, frame }) => ({ end: Number(place.split(':')[1]) + bytes.length, seq: frame.first as number }));
    const before = frames[0].frame.first as number; // the segment frame names the last number before it
    return { disk, path, bytes: disk.bytesOf(path), ends, before };
  }
  type Stored = Awaited<ReturnType<typeof stored>>;

  /** Opens a copy whose last segment has other bytes; whatever was whole in front of `damage` must be there. */
  async function reopen(
    { disk, path, ends, before, bytes: whole }: Stored,
    bytes: Uint8Array,
    damage: number,
  ): Promise<'whole' | 'torn' | 'corrupt'> {
    const copy = disk.afterPowerCut();
    copy.write(path, bytes);
    const kept = ends.filter(({ end }) => end <= damage);
    let journal: Awaited<ReturnType<typeof open>>;
    try {
      journal = await open(copy);
    } catch (error) {
      if (!(error instanceof JournalCorrupt)) throw error;
      const start = kept.at(-1)?.end ?? 0;
      if (!error.message.startsWith(`${path}:${start}: `)) throw new Error(`not named: ${error.message}`);
      if (Buffer.compare(copy.bytesOf(path), bytes) !== 0) throw new Error('touched');
      return 'corrupt';
    }
    const { seq, tail } = journal.opened;
    const expected = kept.at(-1)?.seq ?? before;
    if (seq !== expected) throw new Error(`damage at ${damage}: reopened at ${seq}, not ${expected}`);
    const end = kept.at(-1)?.end ?? 0;
    const lost = bytes.length - end;
    if ((tail?.bytes ?? 0) !== lost) throw new Error(`damage at ${damage}: ${lost} bytes lost, ${tail?.bytes ?? 0} reported`);
    if (tail !== null && Buffer.compare(copy.bytesOf(tail.keptAt), bytes.subarray(end)) !== 0)
      throw new Error('the tail kept aside differs');
    if (end > 0 && Buffer.compare(copy.bytesOf(path).subarray(0, end), whole.subarray(0, end)) !== 0)
      throw new Error('what was whole changed');
    await journal.close();
    return tail === null ? 'whole' : 'torn';
  }

  test('cut, zeroed or filled with garbage at every byte, and every bit flipped: a prefix, or the place by name', {
    timeout: 60_000,
  }, async () => {
    const it = await stored();
    const { bytes, ends } = it;
    const counts = { whole: 0, torn: 0, corrupt: 0 };
    let seed = 1;
    const garbage = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 24;
    for (let at = 0; at <= bytes.length; at++) {
      counts[await reopen(it, bytes.slice(0, at), at)]++;
      const zeroed = bytes.slice();
      zeroed.fill(0, at);
      const differs = bytes.findIndex((byte, index) => byte !== zeroed[index]);
      counts[await reopen(it, zeroed, differs === -1 ? bytes.length : differs)]++;
      const longer = new Uint8Array(bytes.length + 40);
      longer.set(bytes.subarray(0, at));
      for (let index = at; index < longer.length; index++) longer[index] = garbage();
      if (at < bytes.length) longer[at] = bytes[at] ^ 0xff; // garbage must not happen to be right
      counts[await reopen(it, longer, at)]++;
    }
    const lastStart = ends.at(-2)!.end;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const outcome = await reopen(it, flipped, bit >> 3);
      counts[outcome]++;
      expect(outcome, `bit ${bit}`).toBe(bit >> 3 < lastStart ? 'corrupt' : 'torn');
    }
    expect(counts.whole + counts.torn + counts.corrupt, JSON.stringify(counts)).toBeGreaterThan(12_000);
    expect(counts.whole).toBeGreaterThan(0);
  });

  test('a power cut during writes loses nothing that was durable, whatever of the rest made it', { timeout: 60_000 }, async () => {
    let cuts = 0;
    for (let keep = 0; keep <= 620; keep++) {
      const disk = new MemoryDisk();
      const journal = await open(disk, { segmentBytes: 900 });
      let durable = 0;
      for (let seq = 1; seq <= 14; seq++) {
        if (journal.wantsNewSegment(1 as TimeUs)) journal.startSegment(1 as TimeUs);
        journal.append(inputFrame(journal, seq));
        if (seq % 3 === keep % 3) durable = await journal.durable();
        for (let turn = 0; turn < (keep * seq) % 5; turn++) await null;
        const after = disk.afterPowerCut((_, unsynced) => Math.min(unsynced, keep));
        const again = await openMemoryJournal({
          disk: after,
          desk: DESK,
          digest,
          at: 1 as TimeUs,
          processes: memoryProcesses(2, new Set([1])),
        });
        cuts++;
        if (again.opened.seq < durable) throw new Error(`durable ${durable}, found ${again.opened.seq}`);
        if (inputsIn(await read(after)).length !== again.opened.seq) throw new Error('not a prefix');
      }
      await journal.close();
    }
    expect(cuts).toBeGreaterThan(8_000);
  });
});
