// What holds of a journal in files beside the contract of every journal: a tail that was torn off, and one process at a time.
import { describe, expect, test } from 'vitest';
import { JournalOwned } from '#engine/journal/port.ts';
import type { Seq } from '#engine/values.ts';
import { all, inputFrame, inputsIn, type Place } from './journal.ts';

export type FilePlace = Place &
  Readonly<{
    /** Cuts so many bytes off the end of the newest file. */
    tear(bytes: number): Promise<void>;
    /** Bytes in the newest file. */
    size(): Promise<number>;
  }>;

export function describeFileJournal(name: string, place: () => Promise<FilePlace>): void {
  describe(`journal in files: ${name}`, () => {
    test('a tail torn at any byte is kept aside and reported; what was whole stays', async () => {
      const here = await place();
      const first = await here.open();
      for (let seq = 1; seq <= 3; seq++) first.append(inputFrame(first, seq));
      await first.close();
      const whole = await here.size();
      const frame = (await all(here.reader().frames(3 as Seq)))[0].bytes.length;
      await here.tear(1);
      const torn = await here.open();
      expect(torn.opened).toMatchObject({ seq: 2, epoch: 2, tail: { bytes: frame - 1 } });
      expect(torn.opened.tail?.why).toContain(`a frame of ${frame} bytes, ${frame - 1} there at 0000`);
      torn.append(inputFrame(torn, 3, 'again'));
      await torn.close();
      expect(inputsIn(await all(here.reader().frames()))).toEqual([1, 2, 3]);
      expect(await here.size()).toBeGreaterThan(whole);
    });

    test('a second writer is refused with the pid of the first, and welcome after it has closed', async () => {
      const here = await place();
      const first = await here.open();
      await expect(here.open()).rejects.toThrow(JournalOwned);
      await expect(here.open()).rejects.toThrow(/belongs to process \d+.*running/);
      first.append(inputFrame(first, 1));
      await first.close();
      const second = await here.open();
      expect(second.opened.seq).toBe(1);
      await second.close();
    });
  });
}
