// The contract of a journal, run by every adapter: order, durability, reading, reopening, stalls.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Digest } from '#engine/digest.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Journal, type JournalReader, JournalStalled, type StoredFrame } from '#engine/journal/port.ts';
import { DAY_US, type DeskId, type Seq, type Sha256, type SourceId, type TimeUs } from '#engine/values.ts';

export const DESK = 'desk-1' as DeskId;
export const digest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};
const hash = '0'.repeat(64) as Sha256;

type SegmentedJournal = Journal & { wantsNewSegment(at: TimeUs): boolean; startSegment(at: TimeUs): void };

/** One place where a journal can be opened again and again. */
export type Place = Readonly<{
  open(options?: { at?: TimeUs; maxPendingBytes?: number; segmentBytes?: number }): Promise<SegmentedJournal>;
  reader(): JournalReader;
}>;

/** The input numbered `seq` as a frame. */
export const inputFrame = (journal: Journal, seq: number, why = `why ${seq}`, cursor: string | null = null): Frame =>
  frameOf(DESK, journal.opened.epoch, seq as Seq, {
    kind: 'inputs',
    records: [{ type: 'SourceLost', seq: seq as Seq, at: seq as TimeUs, source: 'x' as SourceId, why }],
    cursor,
  });
const other = (journal: Journal, seq: number, payload: Payload): Frame => frameOf(DESK, journal.opened.epoch, seq as Seq, payload);
export const checkpointFrame = (journal: Journal, seq: number, part = 0, parts = 1): Frame =>
  other(journal, seq, {
    kind: 'checkpoint',
    part,
    parts,
    stateSchema: 1,
    digest: hash,
    inputsHash: hash,
    decisionsHash: hash,
    bytes: Uint8Array.of(seq),
  });

export async function all(frames: AsyncIterable<StoredFrame>): Promise<StoredFrame[]> {
  const list: StoredFrame[] = [];
  for await (const each of frames) list.push(each);
  return list;
}
export const named = (frames: readonly StoredFrame[]): string[] => frames.map(({ frame }) => `${frame.kind} ${frame.first}`);
export const inputsIn = (frames: readonly StoredFrame[]): number[] =>
  frames.filter(({ frame }) => frame.kind === 'inputs').map(({ frame }) => frame.first);

export function describeJournal(name: string, place: () => Promise<Place>): void {
  describe(`journal: ${name}`, () => {
    test('keeps frames in order, and durable() says the last number', async () => {
      const here = await place();
      const journal = await here.open();
      expect(journal.opened).toMatchObject({ desk: DESK, seq: 0, epoch: 1, genesis: false, tail: null, skipped: 0 });
      journal.append(other(journal, 0, { kind: 'genesis', manifest: { desk: DESK } }));
      for (let seq = 1; seq <= 50; seq++) journal.append(inputFrame(journal, seq));
      expect(journal.pendingBytes).toBeGreaterThan(0);
      expect(await journal.durable()).toBe(50);
      expect(journal.pendingBytes).toBe(0);
      const frames = await all(here.reader().frames());
      expect(named(frames).slice(0, 5)).toEqual(['segment 0', 'claim 0', 'genesis 0', 'inputs 1', 'inputs 2']);
      expect(inputsIn(frames)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      await journal.close();
    });

    test('goes on where it was, with the same head, a higher epoch, the genesis known', async () => {
      const here = await place();
      const first = await here.open();
      first.append(other(first, 0, { kind: 'genesis', manifest: null }));
      first.append(inputFrame(first, 1));
      await first.close();
      const head = first.head;
      const second = await here.open();
      const { epoch } = second.opened;
      expect(second.opened).toEqual({ desk: DESK, seq: 1, head, epoch, genesis: true, tail: null, skipped: 0 });
      expect(epoch).toBeGreaterThan(first.opened.epoch);
      second.append(inputFrame(second, 2));
      await second.close();
      expect(inputsIn(await all(here.reader().frames()))).toEqual([1, 2]);
      const third = await here.open();
      expect(third.opened).toMatchObject({ seq: 2, genesis: true });
      expect(third.opened.epoch).toBeGreaterThan(epoch);
      await third.close();
    });

    test('refuses frames of another owner', async () => {
      const journal = await (await place()).open();
      const { epoch } = journal.opened;
      expect(() => journal.append({ ...inputFrame(journal, 1), epoch: epoch + 6 })).toThrow(
        `epoch ${epoch + 6}, in desk-1, epoch ${epoch}`,
      );
      expect(() => journal.append({ ...inputFrame(journal, 1), desk: 'desk-2' as DeskId })).toThrow('desk-2');
      await journal.close();
    });

    test('reads from any number, and from the last whole checkpoint at or before it', async () => {
      const here = await place();
      const journal = await here.open({ segmentBytes: 1_500 });
      journal.append(other(journal, 0, { kind: 'genesis', manifest: null }));
      const checkpoints = [0];
      for (let seq = 1; seq <= 60; seq++) {
        if (journal.wantsNewSegment(seq as TimeUs)) {
          journal.startSegment(seq as TimeUs);
          journal.append(checkpointFrame(journal, seq - 1));
          checkpoints.push(seq - 1);
        }
        journal.append(inputFrame(journal, seq));
        if (seq % 7 === 0) {
          journal.append(checkpointFrame(journal, seq, 0, 2));
          journal.append(other(journal, seq, { kind: 'decisions', bytes: new Uint8Array(0) }));
          if (seq !== 28) {
            journal.append(checkpointFrame(journal, seq, 1, 2));
            checkpoints.push(seq);
          }
        }
      }
      await journal.durable();
      expect(checkpoints.length).toBeGreaterThan(10);
      for (let from = 0; from <= 61; from++) {
        const frames = await all(here.reader().frames(from as Seq));
        expect(inputsIn(frames)).toEqual(Array.from({ length: 61 - Math.max(1, from) }, (_, i) => Math.max(1, from) + i));
        if (from > 60) continue;
        const again = await all(here.reader().frames(from as Seq, true));
        const last = checkpoints.filter((each) => each <= from).at(-1)!;
        expect(named(again)[0], `from ${from}`).toBe(last === 0 ? 'segment 0' : `checkpoint ${last}`);
        expect(inputsIn(again)).toEqual(Array.from({ length: 60 - last }, (_, i) => last + 1 + i));
      }
      await journal.close();
    });

    test('starts a segment at a new UTC day, and goes on in the newest', async () => {
      const here = await place();
      const day = (n: number) => (n * DAY_US + 5) as TimeUs;
      const journal = await here.open({ at: day(19_000) });
      expect(journal.wantsNewSegment(day(19_000))).toBe(false);
      journal.append(inputFrame(journal, 1));
      expect(journal.wantsNewSegment(day(19_001))).toBe(true);
      journal.startSegment(day(19_001));
      expect(journal.wantsNewSegment(day(19_001))).toBe(false);
      journal.append(inputFrame(journal, 2));
      await journal.close();
      const again = await here.open({ at: day(19_001) });
      expect(again.opened).toMatchObject({ seq: 2, head: journal.head, tail: null });
      expect(again.wantsNewSegment(day(19_001))).toBe(false);
      expect(named(await all(here.reader().frames(2 as Seq)))).toEqual(['inputs 2', 'claim 2']);
      await again.close();
    });

    test('a follower sees what is there and what comes, across segments', async () => {
      const here = await place();
      const seen: number[] = [];
      const follower = (async () => {
        for await (const { frame } of here.reader().follow(2 as Seq, () => seen.at(-1) === 30))
          if (frame.kind === 'inputs') seen.push(frame.first);
      })();
      const journal = await here.open({ segmentBytes: 900 });
      for (let seq = 1; seq <= 30; seq++) {
        if (journal.wantsNewSegment(seq as TimeUs)) journal.startSegment(seq as TimeUs);
        journal.append(inputFrame(journal, seq));
        if (seq % 5 === 0) await journal.durable();
        if (seq % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await follower;
      expect(seen).toEqual(Array.from({ length: 29 }, (_, i) => i + 2));
      await journal.close();
    });

    test('a full buffer stalls the journal for good', async () => {
      const here = await place();
      const journal = await here.open({ maxPendingBytes: 2_000 });
      let appended = 0;
      expect(() => {
        for (; appended < 100; appended++) journal.append(inputFrame(journal, appended + 1));
      }).toThrow(JournalStalled);
      expect(appended).toBeGreaterThan(3);
      expect(() => journal.append(inputFrame(journal, appended + 1))).toThrow('may wait');
      await expect(journal.durable()).rejects.toThrow(JournalStalled);
      await journal.close();
    });
  });
}
