// A run's journal says how many facts it took from its tapes, and under which numbers; whoever reads it is told these, or that they are not there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { tapedFrames } from './taped-frames.ts';

const root = mkdtempSync(join(tmpdir(), 'taped-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const tape = walkTape({ folder: join(root, 'walk'), seed: 1, kind: 'trade', count: 300 });

const stored = (first: number, payload: Payload): StoredFrame => ({
  ...{ frame: frameOf('d' as DeskId, 1, first as Seq, payload), bytes: new Uint8Array(0), place: `frame at ${first}` },
});
/** A journal of a run over the tape, which took facts from it in these portions. */
async function told(part: Pick<NamedTape, 'from' | 'to'>, ...portions: readonly (readonly [first: number, count: number])[]) {
  const named = { name: 'walk', hash: tape.manifest.hash, ...part };
  async function* journal(): AsyncGenerator<StoredFrame> {
    yield stored(0, { kind: 'genesis', manifest: { tapes: [named] } as never });
    for (const [first, count] of portions) yield stored(first, { kind: 'tape', count } as never);
  }
  const facts: { number: number; at: number }[] = [];
  for await (const { frame } of tapedFrames(journal(), () => tape)) {
    const payload = frame.kind === 'market' ? decodePayload(frame) : null;
    if (payload?.kind !== 'market') continue;
    const { first, blocks } = payload.frame;
    for (const [index, at] of [...blocks[0]!.at].entries()) facts.push({ number: first + index, at });
  }
  return facts;
}
const WHOLE = { from: null, to: null };
const arrivals = [...tape.frames()][0]!.blocks[0]!.at;

test('each fact under the number under which the run took it', async () => {
  const facts = await told(WHOLE, [5, 100], [105, 200]);
  expect(facts).toEqual([...arrivals].map((at, index) => ({ number: 5 + index, at })));
});

test('a journal that goes on under another number than its tapes is told, and so is one that took more than they hold', async () => {
  await expect(told(WHOLE, [5, 100], [106, 100])).rejects.toThrow('frame at 106: its tapes stand at number 105');
  await expect(told(WHOLE, [5, 100], [104, 100])).rejects.toThrow('frame at 104: its tapes stand at number 105');
  await expect(told(WHOLE, [5, 301])).rejects.toThrow('frame at 5: its tapes hold fewer facts than the run took');
});

test('of a part of a tape it is told the facts of that part', async () => {
  const [from, to] = [arrivals[50] as TimeUs, arrivals[80] as TimeUs];
  expect(await told({ from, to }, [5, 30])).toEqual([...arrivals.subarray(50, 80)].map((at, index) => ({ number: 5 + index, at })));
  expect((await told({ from, to: null }, [5, 250])).at(-1)).toEqual({ number: 254, at: arrivals[299] });
  expect((await told({ from: null, to }, [5, 80]))[0]).toEqual({ number: 5, at: arrivals[0] });
  await expect(told({ from, to }, [5, 31])).rejects.toThrow('hold fewer facts');
});
