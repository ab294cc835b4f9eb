// The latch: what is on the disk at every moment, and that whatever is there means KILLED.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TimeUs } from '#engine/values.ts';
import { registration } from '#tests/breaker/memory-broker.ts';
import { type Disk, type DiskFile, nodeDisk } from '../files/disk.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { askedOf, breakerFolder, isKilled, type KillRecord, NotThatKill, newKillId, SideFile } from './side-file.ts';

const root = mkdtempSync(join(tmpdir(), 'retrace-breaker-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const folderOf = () => breakerFolder(join(root, `h${++made}`), 'desk/1');

const RECORD: KillRecord = {
  id: 'kabc-01234567',
  at: 5 as TimeUs,
  by: 'ann',
  why: 'the feed is wrong',
  flatten: true,
  orders: [registration('c1', 9), { ...registration('c2', 9), venueId: 'v7' }],
};

describe('the latch', () => {
  test('is a file that says everything, and is lifted by its number only', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    expect(await side.prepare(1 as TimeUs)).toBeNull();
    expect(isKilled(side.folder)).toBe(false);
    expect(await side.latch(RECORD)).toEqual({ id: RECORD.id, first: true, durable: true, trouble: null });
    expect(isKilled(side.folder)).toBe(true);
    expect(await side.read()).toEqual({ id: RECORD.id, record: RECORD, trouble: null });
    expect(await side.entries()).toEqual([
      { key: `breaker:${RECORD.id}`, by: 'ann', sawSeq: null, command: { do: 'Kill', why: 'the feed is wrong' } },
    ]);
    await expect(side.lift('kother')).rejects.toThrow(NotThatKill);
    await side.lift(RECORD.id);
    expect(isKilled(side.folder)).toBe(false);
    expect(readdirSync(side.folder)).toEqual([`lifted-${RECORD.id}.json`]);
    await expect(side.lift(RECORD.id)).rejects.toThrow(NotThatKill);
    expect(await side.entries()).toEqual([]);
  });

  test('of two kills the first keeps its number', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    const ids = ['ka', 'kb', 'kc', 'kd'];
    const latched = await Promise.all(ids.map((id) => new SideFile(nodeDisk, side.folder).latch({ ...RECORD, id })));
    const kept = (await side.read())!.id;
    expect(ids).toContain(kept);
    expect(latched.map(({ id }) => id)).toEqual([kept, kept, kept, kept]);
    expect(latched.filter(({ first }) => first)).toHaveLength(1);
  });

  test('torn at every byte, or with any byte turned, it is KILLED and says so', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    await side.latch(RECORD);
    const path = `${side.folder}/killed.json`;
    const whole = Buffer.from((await nodeDisk.readText(path))!);
    for (let size = 0; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      expect(isKilled(side.folder)).toBe(true);
      const latch = await side.read();
      const [entry] = await side.entries();
      if (size === whole.length - 1)
        expect(latch).toMatchObject({ id: RECORD.id, trouble: null }); // only the line's end is missing
      else {
        expect(latch?.trouble).toMatch(/^the latch is (torn|empty): it counts as killed$/);
        expect(entry).toMatchObject({ by: 'breaker', command: { do: 'Kill', why: latch!.trouble } });
        expect(entry!.key).toMatch(/^breaker:torn-[0-9a-f]{16}$/);
      }
    }
    for (let at = 0; at < whole.length; at++) {
      const turned = Buffer.from(whole);
      turned[at]! ^= 0x80;
      writeFileSync(path, turned);
      expect(await side.read()).not.toBeNull();
    }
    writeFileSync(path, 'null');
    const torn = await side.read();
    expect(torn).toMatchObject({ record: null, trouble: 'the latch is torn: it counts as killed' });
    await side.lift(torn!.id);
    expect(isKilled(side.folder)).toBe(false);
  });

  test('an id that would leave the folder makes the latch garbage, not a path', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    await side.prepare(1 as TimeUs);
    writeFileSync(`${side.folder}/killed.json`, JSON.stringify({ ...RECORD, id: '../../x' }));
    expect((await side.read())?.id).toMatch(/^torn-/);
  });

  test('what cannot be looked at is KILLED', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    mkdirSync(`${side.folder}/killed.json`, { recursive: true });
    expect(isKilled(side.folder)).toBe(true);
    expect(await side.read()).toMatchObject({ id: 'unreadable', record: null });
    const closed = folderOf();
    mkdirSync(closed, { recursive: true });
    chmodSync(closed, 0o000);
    expect(isKilled(closed)).toBe(process.getuid?.() !== 0); // root is hindered by nothing
    chmodSync(closed, 0o700);
    writeFileSync(join(root, 'no-folder'), '');
    expect(isKilled(join(root, 'no-folder'))).toBe(true);
  });

  test('a latch that was begun and cut off is finished at the next start, whatever of it was written', async () => {
    for (const part of ['', '{"id":', JSON.stringify(RECORD)]) {
      const side = new SideFile(nodeDisk, folderOf());
      mkdirSync(side.folder, { recursive: true });
      writeFileSync(`${side.folder}/killed.${RECORD.id}.next`, part);
      expect(await side.prepare(9 as TimeUs)).not.toBeNull();
      expect(isKilled(side.folder)).toBe(true);
      expect(readdirSync(side.folder)).toEqual(['killed.json']);
    }
  });

  test('a file KILL that was left while nobody looked kills at the next start, once', async () => {
    const side = new SideFile(nodeDisk, folderOf());
    mkdirSync(side.folder, { recursive: true });
    writeFileSync(`${side.folder}/KILL`, '  all\nwrong\u0007 ');
    const latch = await side.prepare(9 as TimeUs);
    expect(latch?.record).toMatchObject({ by: 'file', why: 'all wrong' });
    expect(await side.askedByFile()).toBeNull();
    await side.lift(latch!.id);
    expect(await side.prepare(10 as TimeUs)).toBeNull();
  });

  test('looking costs less than 10 µs', () => {
    const folder = folderOf();
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 2_000; i++) isKilled(folder);
    const rounds = Array.from({ length: 20 }, () => {
      const begun = performance.now();
      for (let i = 0; i < 1_000; i++) isKilled(folder);
      return performance.now() - begun; // ms a thousand = µs each
    });
    expect(Math.min(...rounds)).toBeLessThan(10);
  });
});

describe('a disk that fails', () => {
  test('when it is full the latch holds without contents', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 0;
    const side = new SideFile(disk, 'b');
    expect(await side.latch(RECORD)).toEqual({
      id: expect.stringMatching(/^torn-/),
      first: true,
      durable: true,
      trouble: 'the latch holds but could not be filled in: ENOSPC: no space left on device, write',
    });
    expect(await side.read()).toMatchObject({ trouble: 'the latch is empty: it counts as killed' });
  });

  test('at every step: the latch is there after a power cut, or it was said that it may not be', async () => {
    const fails = (step: number): Promise<{ disk: MemoryDisk; durable: boolean; steps: number }> => {
      const disk = new MemoryDisk();
      let steps = 0;
      const guard = async <T>(work: () => Promise<T>): Promise<T> => {
        if (steps++ >= step) throw new Error('EIO: the disk is gone');
        return work();
      };
      const failing: Disk = {
        list: (folder) => disk.list(folder),
        makeFolder: () => guard(() => disk.makeFolder()),
        async open(path, how) {
          const file = await guard(() => disk.open(path, how));
          return {
            ...({} as DiskFile),
            append: (bytes) => guard(() => file.append(bytes)),
            sync: () => guard(() => file.sync()),
            close: () => file.close(),
          };
        },
        syncFolder: () => guard(() => disk.syncFolder()),
        createExclusive: (path, text) => guard(() => disk.createExclusive(path, text)),
        readText: (path) => disk.readText(path),
        rename: (from, to) => guard(() => disk.rename(from, to)),
        link: (from, to) => guard(() => disk.link(from, to)),
        remove: (path) => guard(() => disk.remove(path)),
      };
      return new SideFile(failing, 'b').latch(RECORD).then(({ durable }) => ({ disk, durable, steps }));
    };
    const { steps: all } = await fails(Number.POSITIVE_INFINITY);
    expect(all).toBeGreaterThan(6);
    for (let step = 0; step <= all; step++) {
      const { disk, durable } = await fails(step);
      const after = await new SideFile(disk.afterPowerCut(), 'b').read();
      if (durable) expect(after).not.toBeNull();
      expect(durable).toBe(step >= all - 1); // only removing the leftover name may fail
    }
  });
});

test('emergency orders are found again, also behind a torn line', async () => {
  const side = new SideFile(nodeDisk, folderOf());
  await side.prepare(1 as TimeUs);
  const { account, clientId, instrument } = registration('flat-1', 0);
  const order = { account, clientId, instrument, side: 'sell', lots: 2, attempt: 1, at: 1 as TimeUs, until: 5 as TimeUs } as const;
  await side.recordOrder('k1', order);
  writeFileSync(`${side.folder}/orders-k1.ndjson`, '{"clientId":"fl', { flag: 'a' });
  await side.recordOrder('k1', { ...order, attempt: 2 });
  expect(await side.orders('k1')).toEqual([order, { ...order, attempt: 2 }]);
  expect(await side.orders('k2')).toEqual([]);
});

test('what others typed is made fit for a journal and a screen', () => {
  expect(askedOf('socket', { why: '\u001b[31mred\n\u202etext', by: 7, flatten: 'yes' })).toEqual({
    by: 'socket',
    why: '[31mred text',
    flatten: false,
  });
  expect(askedOf('http', null)).toEqual({ by: 'http', why: 'no reason given', flatten: false });
  expect(askedOf('x', { by: 'ann', why: 'w'.repeat(999), flatten: true })).toEqual({ by: 'ann', why: 'w'.repeat(200), flatten: true });
  expect(newKillId(Date.now() * 1000)).toMatch(/^k[0-9a-z]+-[0-9a-f]{8}$/);
});
