// Archiving and restoring over a disk in memory that fails, or loses power, at any operation: nothing is ever in no place.
import { describe, expect, test } from 'vitest';
import type { Frame } from '#engine/journal/frame.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import { memoryProcesses } from '#infra/memory/memory-journal.ts';
import { all, checkpointFrame, DESK, digest, inputFrame, inputsIn } from '#tests/contracts/journal.ts';
import { type Archived, ArchiveRefused, archiveJournal } from './archive.ts';
import { MANIFEST, readManifest } from './archive-manifest.ts';
import { missingIn } from './archived.ts';
import type { Disk } from './disk.ts';
import { openFileJournal } from './file-journal.ts';
import { openStored } from './packed.ts';
import { FileReader } from './read.ts';
import { ArchiveDamaged, restoreArchive } from './restore.ts';
import { checkSegment } from './segment-check.ts';
import { segmentsIn } from './segments.ts';

const FOLDER = '/data/journal';
const ARCHIVE = '/cold/journal';
const NUMBERS = 60;

/** Sixty inputs in many segments, each opening with a checkpoint but those named. */
async function recorded({
  withoutCheckpoint = [] as number[],
  cursorUpTo = 0,
  desk = DESK as string,
  disk = new MemoryDisk(),
  folder = FOLDER,
  why = 'why',
  segmentBytes = 1_000,
} = {}) {
  const journal = await openFileJournal({
    folder,
    desk: desk as DeskId,
    digest,
    at: 1 as TimeUs,
    disk,
    segmentBytes,
    processes: memoryProcesses(),
  });
  const append = (frame: Frame) => journal.append({ ...frame, desk: desk as DeskId });
  append({ ...checkpointFrame(journal, 0), kind: 'genesis', payload: Uint8Array.of(0) });
  let index = 0;
  for (let seq = 1; seq <= NUMBERS; seq++) {
    if (journal.wantsNewSegment(seq as TimeUs)) {
      journal.startSegment(seq as TimeUs);
      if (!withoutCheckpoint.includes(++index)) append(checkpointFrame(journal, seq - 1));
    }
    append(inputFrame(journal, seq, `${why} ${seq}`, seq <= cursorUpTo ? `cursor ${seq}` : null));
  }
  await journal.durable();
  await journal.close();
  return disk;
}
const archive = (disk: Disk, more: Partial<Parameters<typeof archiveJournal>[0]> = {}): Promise<Archived> =>
  archiveJournal({ folder: FOLDER, archive: ARCHIVE, digest, disk, processes: memoryProcesses(), ...more });
const restore = (disk: Disk, more: Partial<Parameters<typeof restoreArchive>[0]> = {}) =>
  restoreArchive({ folder: FOLDER, archive: ARCHIVE, digest, disk, processes: memoryProcesses(), ...more });
const numbers = async (disk: Disk, folder = FOLDER) => inputsIn(await all(new FileReader({ folder, digest, disk }).frames()));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const names = async (disk: Disk, folder = FOLDER) => (await segmentsIn(disk, folder)).map(({ name }) => name);

/** Numbers that are whole in the journal, or whole in a file that the manifest names. */
async function inAVerifiedPlace(disk: Disk): Promise<number[]> {
  const found = new Set<number>();
  for (const segment of await segmentsIn(disk, FOLDER)) {
    const { first, last } = await checkSegment(await disk.open(segment.path, 'read'), segment, null, digest);
    for (let number = first; number <= last; number++) found.add(number);
  }
  for (const { name, index, file, bytes, sha256 } of (await readManifest(disk, ARCHIVE))?.segments ?? []) {
    const path = `${ARCHIVE}/${file.name}`;
    const content = await checkSegment(
      await openStored(disk, path, file.name, bytes),
      { name, path, index, first: Number(name.slice(0, 16)) },
      null,
      digest,
    );
    expect(content.sha256).toBe(sha256);
    for (let number = content.first; number <= content.last; number++) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

describe.each([false, true])('compressed: %s', (compress) => {
  test('closed segments are copied, then moved; the newest stays, and what stays opens and reads', async () => {
    const disk = await recorded();
    const before = await names(disk);
    const copied = await archive(disk, { compress });
    expect(copied).toMatchObject({ copied: before.slice(0, -1), present: [], removed: [], stay: before, desk: DESK });
    expect(await names(disk)).toEqual(before);
    const { genesis, segments } = copied.manifest;
    expect(genesis).not.toBeNull();
    expect(segments[0]).toMatchObject({ name: before[0], desk: DESK, first: 1, schema: { format: 1, state: null } });
    expect(segments[1]).toMatchObject({ first: segments[0]!.last + 1, firstHead: segments[0]!.lastHead, schema: { state: 1 } });
    expect(await archive(disk, { compress, remove: true })).toMatchObject({
      copied: [],
      present: before.slice(0, -1),
      removed: before.slice(0, -1),
      stay: before.slice(-1),
    });
    expect(await archive(disk, { compress, remove: true })).toMatchObject({ copied: [], present: [], removed: [] });
    const { first } = (await segmentsIn(disk, FOLDER))[0]!;
    expect(await numbers(disk)).toEqual(upTo(NUMBERS, first));
    expect(await missingIn(disk, FOLDER)).toEqual({ last: first - 1, archives: [ARCHIVE] });
    const journal = await openFileJournal({ folder: FOLDER, desk: DESK, digest, at: 2 as TimeUs, disk, processes: memoryProcesses() });
    expect(journal.opened).toMatchObject({ seq: NUMBERS, genesis: true, tail: null });
    await journal.close();
  });

  test('an archive of several sittings comes back whole, also beside the newest part', async () => {
    const disk = await recorded();
    const before = await names(disk);
    await archive(disk, { compress, keep: 6, remove: true });
    await archive(disk, { compress: !compress, keep: 3, remove: true });
    await archive(disk, { compress, remove: true });
    const restored = await restore(disk);
    expect(restored).toMatchObject({ restored: before.slice(0, -1).reverse(), present: [], joined: true, begins: true, first: 1 });
    expect(await numbers(disk)).toEqual(upTo(NUMBERS));
    expect(await restore(disk)).toMatchObject({ restored: [], present: before.slice(0, -1).reverse() });
    const elsewhere = await restore(disk, { folder: '/other', from: 20, to: 30 });
    expect(elsewhere).toMatchObject({ joined: false, begins: false });
    expect(elsewhere.first).toBeLessThanOrEqual(20);
    expect(elsewhere.last).toBeGreaterThanOrEqual(30);
    expect(await numbers(disk, '/other')).toEqual(upTo(elsewhere.last, elsewhere.first));
    expect(await missingIn(disk, '/other')).toEqual({ last: elsewhere.first - 1, archives: [ARCHIVE] });
  });

  test('whatever operation of the disk is the last, each number is in a verified place, and a second run ends the work', async () => {
    const original = await recorded({ segmentBytes: 3_000 });
    let operations = 0;
    for (let last = 1; ; last++) {
      const disk = original.afterPowerCut();
      const failing = failingAfter(disk, last);
      const ended = await archive(failing.disk, { compress, remove: true }).then(
        () => true,
        () => false,
      );
      operations = last;
      const left = disk.afterPowerCut(); // unsynced bytes are gone
      expect(await inAVerifiedPlace(left), `operation ${last}`).toEqual(upTo(NUMBERS));
      const again = await archive(left, { compress, remove: true, processes: memoryProcesses(2, new Set([1])) });
      expect(again.stay).toHaveLength(1);
      expect(await inAVerifiedPlace(left)).toEqual(upTo(NUMBERS));
      await restore(left, { processes: memoryProcesses(2, new Set([1])) });
      expect(await numbers(left)).toEqual(upTo(NUMBERS));
      if (ended) break;
    }
    expect(operations).toBeGreaterThan(40);
  });

  test('a restoring cut off at any operation overwrites nothing, leaves no hole, and is gone on with', async () => {
    const original = await recorded();
    await archive(original, { compress, remove: true });
    const newest = original.bytesOf((await segmentsIn(original, FOLDER))[0]!.path);
    for (let last = 1; ; last++) {
      const disk = original.afterPowerCut();
      const ended = await restore(failingAfter(disk, last).disk).then(
        () => true,
        () => false,
      );
      const left = disk.afterPowerCut();
      const here = await numbers(left);
      expect(here).toEqual(upTo(NUMBERS, here[0]));
      await restore(left, { processes: memoryProcesses(2, new Set([1])) });
      expect(await numbers(left)).toEqual(upTo(NUMBERS));
      expect(left.bytesOf((await segmentsIn(left, FOLDER)).at(-1)!.path)).toEqual(newest);
      expect(left.paths().filter((path) => path.endsWith('.part') && path.startsWith(FOLDER))).toEqual([]);
      if (ended) break;
    }
  });
});

/** The disk of a process that is ended at its n-th operation: that one and all later do nothing. */
function failingAfter(disk: MemoryDisk, last: number): { disk: Disk } {
  let left = last;
  const ended = () => {
    if (left-- <= 0) throw new Error('ended');
  };
  const each =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      ended();
      return work(...args);
    };
  return {
    disk: {
      list: (folder) => disk.list(folder),
      readText: (path) => disk.readText(path),
      makeFolder: each(() => disk.makeFolder()),
      syncFolder: each(() => disk.syncFolder()),
      createExclusive: each((path, text) => disk.createExclusive(path, text)),
      rename: each((from, to) => disk.rename(from, to)),
      link: each((from, to) => disk.link(from, to)),
      remove: each((path) => disk.remove(path)),
      async open(path, how) {
        const file = await disk.open(path, how);
        return {
          read: (at, into) => file.read(at, into),
          size: () => file.size(),
          append: each((bytes) => file.append(bytes)),
          sync: each(() => file.sync()),
          truncate: each((size) => file.truncate(size)),
          close: () => file.close(),
        };
      },
    },
  };
}

describe('what the desk needs to open stays', () => {
  test('a newest segment without its checkpoint keeps the one before', async () => {
    const whole = await names(await recorded());
    const disk = await recorded({ withoutCheckpoint: [whole.length - 1] });
    expect((await archive(disk, { remove: true })).stay).toEqual((await names(disk)).slice(-2));
    expect(await names(disk)).toHaveLength(2);
  });

  test('what stays begins with a checkpoint, or more stays', async () => {
    const disk = await recorded({ withoutCheckpoint: [3, 4] });
    const before = await names(disk);
    const { stay } = await archive(disk, { remove: true, keep: before.length - 4 });
    expect(stay).toEqual(before.slice(2));
    expect(await numbers(disk)).toEqual(upTo(NUMBERS, Number(before[2]!.slice(0, 16))));
  });

  test('the last cursor of a pulled source stays', async () => {
    const disk = await recorded({ cursorUpTo: 30 });
    const { stay } = await archive(disk, { remove: true });
    expect(Number(stay[0]!.slice(0, 16))).toBeLessThanOrEqual(30);
    expect(Number(stay[1]!.slice(0, 16))).toBeGreaterThan(30);
  });

  test('a newest segment that was only being begun, or whose checkpoint is torn, does not count', async () => {
    const disk = await recorded();
    const before = await segmentsIn(disk, FOLDER);
    const newest = before.at(-1)!;
    for (const size of [0, 40, 200, 400]) {
      disk.write(newest.path, disk.bytesOf(newest.path).subarray(0, size));
      const { stay } = await archive(disk, { remove: true });
      expect(stay, `${size} bytes`).toEqual(before.slice(-2).map(({ name }) => name));
      const journal = await openFileJournal({
        folder: FOLDER,
        desk: DESK,
        digest,
        at: 2 as TimeUs,
        disk: disk.afterPowerCut(),
        processes: memoryProcesses(),
      });
      expect(journal.opened.seq).toBe(newest.first - 1);
      await journal.close();
    }
  });

  test('all of one segment stays, and so does what was to be kept', async () => {
    const disk = await recorded();
    const before = await names(disk);
    expect((await archive(disk, { remove: true, keep: 100 })).stay).toEqual(before);
    expect((await archive(disk, { remove: true, keep: 3 })).stay).toEqual(before.slice(-3));
  });
});

describe('refused, by name, and nothing is touched', () => {
  const refused = async (disk: MemoryDisk, work: () => Promise<unknown>, saying: string | RegExp) => {
    const before = disk.paths();
    await expect(work()).rejects.toThrow(saying);
    expect(disk.paths().filter((path) => !path.startsWith(ARCHIVE))).toEqual(before.filter((path) => !path.startsWith(ARCHIVE)));
  };

  test('an archive inside the journal, the journal inside the archive, and the journal itself', async () => {
    const disk = await recorded();
    for (const place of [FOLDER, `${FOLDER}/old`, '/data'])
      await refused(disk, () => archive(disk, { archive: place }), /lies inside the journal|holds the journal/);
    await refused(disk, () => restore(disk, { archive: FOLDER }), 'no archive lies there');
  });

  test('a folder with something else in it', async () => {
    const disk = await recorded();
    disk.write('/mine/notes.txt', Uint8Array.of(1));
    await refused(disk, () => archive(disk, { archive: '/mine' }), '/mine holds notes.txt and is no archive');
    await recorded({ disk, folder: '/other' });
    await refused(disk, () => archive(disk, { archive: '/other' }), '/other is a journal and is no archive');
    await archive(disk);
    await refused(disk, () => restore(disk, { folder: '/mine' }), '/mine holds notes.txt');
    await expect(
      openFileJournal({ folder: ARCHIVE, desk: DESK, digest, at: 1 as TimeUs, disk, processes: memoryProcesses() }),
    ).rejects.toThrow('is an archive');
    await expect(
      openFileJournal({ folder: '/mine', desk: DESK, digest, at: 1 as TimeUs, disk, processes: memoryProcesses() }),
    ).rejects.toThrow('holds notes.txt and is no journal');
  });

  test("another desk's archive, another run's, and one with a hole before it", async () => {
    const disk = await recorded();
    await archive(disk);
    await recorded({ disk, folder: '/d2', desk: 'desk-2' });
    await refused(disk, () => archive(disk, { folder: '/d2' }), 'is the archive of desk desk-1, and this is the journal of desk desk-2');
    await refused(disk, () => restore(disk, { folder: '/d2' }), 'holds the journal of desk desk-2');
    await recorded({ disk, folder: '/again', why: 'how' });
    await refused(disk, () => archive(disk, { folder: '/again', remove: true }), 'it is the archive of another run');
    await archive(disk, { archive: '/first', keep: 6, remove: true });
    await archive(disk, { archive: '/second', keep: 3, remove: true });
    await refused(disk, () => archive(disk, { archive: '/first', remove: true }), 'what lies between is in another archive');
    await refused(disk, () => restore(disk, { archive: '/first' }), 'there would be a hole');
    await restore(disk, { archive: '/second' });
    await restore(disk, { archive: '/first' });
    expect(await numbers(disk)).toEqual(upTo(NUMBERS));
    await restore(disk, { archive: '/first', folder: '/bit' });
    await expect(restore(disk, { archive: '/second', folder: '/again' })).rejects.toThrow('which does not go on where');
    const [head] = await names(disk, '/again');
    for (const name of (await names(disk, '/again')).slice(1)) await disk.remove(`/again/${name}`);
    await expect(restore(disk, { from: 30, folder: '/again' })).rejects.toThrow('there would be a hole');
    const { segments } = (await readManifest(disk, ARCHIVE))!;
    await expect(restore(disk, { from: segments[1]!.first, folder: '/again' })).rejects.toThrow(
      `${head}, and segment 1 of the archive does not go on`,
    );
    expect(await restore(disk, { archive: '/second', folder: '/bit' })).toMatchObject({ begins: true, joined: false });
  });

  test('a segment that does not verify, and a copy that is not what was written', async () => {
    const disk = await recorded();
    const before = await segmentsIn(disk, FOLDER);
    const bytes = disk.bytesOf(before[2]!.path);
    bytes[bytes.length - 9]! ^= 1;
    disk.write(before[2]!.path, bytes);
    await refused(disk, () => archive(disk), before[2]!.path);
    await expect(archive(disk)).rejects.toBeInstanceOf(JournalCorrupt);
    // those before it are archived; with --remove they may go
    expect((await readManifest(disk, ARCHIVE))!.segments).toHaveLength(2);
    expect(disk.paths().filter((path) => path.startsWith(ARCHIVE) && path.includes('.part'))).toEqual([]);
  });

  test('a damaged copy is made anew while the original is there, and not restored when it is gone', async () => {
    const disk = await recorded();
    const { manifest } = await archive(disk);
    const path = `${ARCHIVE}/${manifest.segments[1]!.file.name}`;
    const damage = () => {
      const bytes = disk.bytesOf(path);
      bytes[300]! ^= 1;
      disk.write(path, bytes);
    };
    damage();
    const again = await archive(disk, { remove: true });
    expect(again.copied).toEqual([manifest.segments[1]!.name]);
    damage();
    await expect(restore(disk)).rejects.toBeInstanceOf(JournalCorrupt);
    expect(disk.paths().filter((each) => each.startsWith(FOLDER) && each.endsWith('.part'))).toEqual([]);
    await disk.remove(path);
    await expect(restore(disk)).rejects.toThrow('named by the manifest and is not there');
  });

  test('a damaged archive restores nothing, and says which numbers it still holds whole', async () => {
    const disk = await recorded();
    const { manifest } = await archive(disk, { remove: true });
    const { segments } = manifest;
    const before = disk.paths();
    for (const [place, left] of [
      [0, { from: segments[1]!.first }],
      [1, { from: segments[2]!.first }],
      [segments.length - 1, { to: segments.at(-2)!.last }],
    ] as const) {
      const path = `${ARCHIVE}/${segments[place]!.file.name}`;
      const whole = disk.bytesOf(path);
      const bytes = whole.slice();
      bytes[300]! ^= 1;
      disk.write(path, bytes);
      const failed = (await restore(disk, { folder: '/back' }).catch((error: unknown) => error)) as ArchiveDamaged;
      expect(failed).toBeInstanceOf(ArchiveDamaged);
      expect(failed.message).toContain(path);
      expect(failed.message).toContain('nothing was restored');
      expect(failed.left).toEqual(left);
      await expect(restore(disk)).rejects.toBeInstanceOf(ArchiveDamaged);
      expect(disk.paths()).toEqual(before); // neither folder has more than it had
      const folder = `/left-${place}`;
      const restored = await restore(disk, { folder, ...left });
      expect(restored.restored).toHaveLength('from' in left ? segments.length - 1 - place : segments.length - 1);
      for (const each of disk.paths().filter((one) => one.startsWith(folder))) await disk.remove(each);
      disk.write(path, whole);
    }
    await restore(disk);
    expect(await numbers(disk)).toEqual(upTo(NUMBERS));
  });

  test('what a restoring that was cut off has copied whole is not copied again', async () => {
    const disk = await recorded();
    await archive(disk, { remove: true });
    const cut = disk.afterPowerCut();
    for (let last = 1; ; last++) {
      const left = cut.afterPowerCut();
      await restore(failingAfter(left, last).disk).catch(() => {});
      const parts = left.paths().filter((path) => path.startsWith(FOLDER) && path.endsWith('.part'));
      if (parts.length < 2) continue;
      const doing: string[] = [];
      await restore(left, {
        processes: memoryProcesses(2, new Set([1])),
        progress: ({ name, doing: what }) => void doing.push(`${what} ${name}`),
      });
      expect(await numbers(left)).toEqual(upTo(NUMBERS));
      const first = (await names(left)).at(-2)!; // the newest of the archive
      expect(doing.filter((one) => one === `copying ${first}`)).toEqual([]);
      break;
    }
  });

  test('no room: told before, or found while writing; the part is gone', async () => {
    const disk = await recorded();
    await refused(disk, () => archive(disk, { free: () => 100 }), /has room for 100 bytes/);
    disk.capacity = disk.used() + 4_000;
    await refused(disk, () => archive(disk, { remove: false }), /has no room for .*ENOSPC/);
    expect(disk.paths().filter((path) => path.endsWith('.part'))).toEqual([]);
    disk.capacity = Number.POSITIVE_INFINITY;
    expect((await archive(disk, { remove: true })).stay).toHaveLength(1);
    await expect(restore(disk, { free: () => 5 })).rejects.toMatchObject({ because: 'space' });
  });

  test('a restored segment never takes the place of another', async () => {
    const disk = await recorded();
    const { manifest } = await archive(disk);
    const path = `${FOLDER}/${manifest.segments[0]!.name}`;
    const bytes = disk.bytesOf(path);
    bytes[bytes.length - 9]! ^= 1;
    disk.write(path, bytes);
    await refused(disk, () => restore(disk), 'is there with other bytes');
    expect(disk.bytesOf(path)).toEqual(bytes);
  });

  test('numbers that are not in the archive, and a manifest that is none', async () => {
    const disk = await recorded();
    await archive(disk);
    const { last } = (await readManifest(disk, ARCHIVE))!.segments.at(-1)!;
    await expect(restore(disk, { from: last + 1 })).rejects.toThrow(`holds no number ${last + 1}: it holds numbers 1 to ${last}`);
    await expect(restore(disk, { from: 9, to: 3 })).rejects.toThrow('from 9 to 3 is no range');
    for (const text of [
      '{',
      '[]',
      'null',
      '{"retrace":"archive","form":2}',
      '{"retrace":"archive","form":1,"desk":"x","segments":[{"name":"../../x"}]}',
    ]) {
      disk.write(`${ARCHIVE}/${MANIFEST}`, new TextEncoder().encode(text));
      await expect(restore(disk), text).rejects.toBeInstanceOf(JournalCorrupt);
    }
  });

  test('two at once: the second is refused with the process of the first', async () => {
    const disk = await recorded();
    let second: Promise<unknown> | null = null;
    await archive(disk, {
      remove: true,
      progress: () => {
        second ??= archive(disk, { processes: memoryProcesses(7) }).catch((error: Error) => error.message);
      },
    });
    expect(await second).toMatch(/the archive in \/cold\/journal belongs to process 1/);
    expect(new ArchiveRefused('place', 'x').name).toBe('ArchiveRefused');
  });
});

test('a follower that reads on while segments are archived behind it misses nothing', async () => {
  const disk = new MemoryDisk();
  const journal = await openFileJournal({
    folder: FOLDER,
    desk: DESK,
    digest,
    at: 1 as TimeUs,
    disk,
    segmentBytes: 1_000,
    processes: memoryProcesses(),
  });
  const seen: number[] = [];
  const follower = (async () => {
    for await (const { frame } of new FileReader({ folder: FOLDER, digest, disk }).follow(1 as Seq, () => seen.at(-1) === NUMBERS))
      if (frame.kind === 'inputs') seen.push(frame.first);
  })();
  for (let seq = 1; seq <= NUMBERS; seq++) {
    if (journal.wantsNewSegment(seq as TimeUs)) {
      journal.startSegment(seq as TimeUs);
      journal.append(checkpointFrame(journal, seq - 1));
    }
    journal.append(inputFrame(journal, seq));
    await journal.durable();
    if (seq % 10 !== 0) continue;
    while (seen.at(-1) !== seq) await new Promise((resolve) => setTimeout(resolve, 2));
    await archive(disk, { remove: true });
  }
  await follower;
  expect(seen).toEqual(upTo(NUMBERS));
  await journal.close();
});

test('a reader from whom a segment is moved away says so; a hole in the middle is damage, and named', async () => {
  const disk = await recorded();
  const frames = new FileReader({ folder: FOLDER, digest, disk }).frames();
  await frames.next();
  await archive(disk, { remove: true });
  await expect(all(frames)).rejects.toMatchObject({ name: 'JournalMoved', message: expect.stringContaining('read again') });
  await restore(disk);
  const [, , third] = await segmentsIn(disk, FOLDER);
  await disk.remove(third!.path);
  await expect(numbers(disk)).rejects.toThrow('segment 2 is missing before it');
});
