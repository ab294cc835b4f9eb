// A run over tapes is a run like any other: what a paper day decided is decided again from its tape, and its journal verifies.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Frame } from '#engine/journal/frame.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { CALM } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import { SECOND_US, type Seq } from '#engine/values.ts';
import { tapeOfJournal } from '#infra/tape/journal-tape.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { tapedFrames } from '#infra/tape/taped-frames.ts';
import { backtest } from '#replay/backtest.ts';
import { explain } from '#replay/explain.ts';
import { verify } from '#replay/verify.ts';
import { smallMarket } from '#tests/markets.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { decisionsOf, inputsOf, seal } from './forge.ts';
import { commanded, DESK, defined, deployed, nodeDigest, opened, type Recorded, recordJournal, START } from './recorder.ts';

const root = mkdtempSync(join(tmpdir(), 'tapes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** A day on paper with three strategies that want orders of every type, and nobody who interferes. */
function paperDay(seed: number, ticks: number): Recorded {
  const instruments = syntheticInstruments(2);
  const [one, two] = instruments;
  const market = smallMarket(seed, { ticks, cuts: [40, 700, 3, 260], spec: { instruments, faults: CALM, beatUs: 0 } });
  return recordJournal([
    opened(START, 'alpha'),
    opened(START, 'beta', { latencyUs: 0, fills: 'whole' }),
    defined(START, one!),
    defined(START, two!),
    commanded(START, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    deployed(START, {
      id: 'ra',
      account: 'alpha',
      parameters: { seed: 1 + seed },
      on: [{ instrument: one!.id, timeframeUs: 2 * SECOND_US }],
    }),
    deployed(START, {
      id: 'rb',
      account: 'beta',
      parameters: { seed: 2 + seed },
      on: [{ instrument: two!.id, timeframeUs: SECOND_US }],
    }),
    ...market.items,
  ]);
}

async function tapeOf({ frames }: Recorded): Promise<Tape> {
  const folder = join(root, `t${++made}`);
  await tapeOfJournal(seal(frames).reader().frames(), new TapeWriter({ folder, digest: nodeDigest, latencyUs: null }), 'a day');
  return Tape.open(folder);
}

async function replayed(day: Recorded, tape: Tape, part: Pick<NamedTape, 'from' | 'to'> = { from: null, to: null }) {
  const frames: Frame[] = [];
  const tapes = [{ name: 'day', hash: tape.manifest.hash, ...part }];
  const { run } = await backtest({
    desk: DESK,
    digest: nodeDigest,
    catalogue: testCatalogue,
    manifest: { desk: DESK, tapes } as never,
    inputs: inputsOf(day.frames),
    tapes: [tape.frames(part.from ?? 0, part.to ?? Number.POSITIVE_INFINITY)],
    append: (payload, first) => {
      frames.push(frameOf(DESK, 1, first, payload));
    },
  });
  const segment = day.frames[0]!;
  const { reader } = seal([segment, ...frames]);
  const taped: JournalReader = {
    frames: (from = 0 as Seq) => tapedFrames(reader().frames(), () => tape, from),
    follow: () => {
      throw new Error('nobody follows');
    },
  };
  return { run, frames, taped };
}

test("a backtest of the tape of a paper day decides what that day decided, and the journal it leaves is that day's without its ticks", async () => {
  for (const seed of [1, 2, 3]) {
    const day = paperDay(seed, 4_000);
    const tape = await tapeOf(day);
    const { run, frames, taped } = await replayed(day, tape);
    expect(decisionsOf(frames)).toEqual(decisionsOf(day.frames));
    expect(decisionsOf(frames).filter(({ type }) => type === 'OrderFilled').length).toBeGreaterThan(10);
    expect([run.hashes.decisionsHash(), run.stateHash()]).toEqual([day.run.hashes.decisionsHash(), day.run.stateHash()]);
    expect(frames.filter(({ kind }) => kind === 'market')).toEqual([]);
    const verdict = await verify(taped, { digest: nodeDigest, catalogue: testCatalogue });
    expect(verdict).toMatchObject({ ok: true, mismatches: 0, ticks: tape.manifest.count, runHash: run.runHash(), clean: true });
  }
});

test('its orders are explained down to the tick on the tape', async () => {
  const day = paperDay(4, 3_000);
  const { frames, taped } = await replayed(day, await tapeOf(day));
  const filled = decisionsOf(frames).find((decision) => decision.type === 'OrderFilled');
  const { chain } = await explain(taped, (filled as { order: string }).order, { digest: nodeDigest, catalogue: testCatalogue });
  expect(chain.map(({ what }) => what).join('\n')).toMatch(/on synthetic: \d+ lots traded at/);
});

test('another tape, or another part of it, is another run; and a journal whose tape was altered does not verify', async () => {
  const day = paperDay(5, 3_000);
  const tape = await tapeOf(day);
  const whole = await replayed(day, tape);
  const middle = tape.manifest.from + (tape.manifest.to - tape.manifest.from) / 2;
  const part = await replayed(day, tape, { from: null, to: Math.round(middle) as never });
  expect(part.run.hashes.inputsHash()).not.toBe(whole.run.hashes.inputsHash());
  expect((await verify(whole.taped, { digest: nodeDigest, catalogue: testCatalogue })).ok).toBe(true);
  const altered = new TapeWriter({ folder: join(root, `t${++made}`), digest: nodeDigest, latencyUs: null });
  for (const frame of tape.frames()) {
    const blocks = frame.blocks.map((block) => ({
      ...block,
      values: block.values.map((column, j) => (j === 0 ? column.map((price) => price + 1) : column)),
    }));
    altered.frame({ ...frame, blocks });
  }
  altered.finish(tape.manifest.instruments, null);
  const other = Tape.open(join(root, `t${made}`));
  const forged: JournalReader = {
    ...whole.taped,
    frames: () =>
      tapedFrames(
        seal([day.frames[0]!, ...whole.frames])
          .reader()
          .frames(),
        () => other,
      ),
  };
  expect((await verify(forged, { digest: nodeDigest, catalogue: testCatalogue })).ok).toBe(false);
});

test('a tape of a journal keeps its numbers, however small its frames were', async () => {
  const day = paperDay(6, 2_000);
  const tape = await tapeOf(day);
  const numbers = day.frames.flatMap((frame) => {
    const payload = frame.kind === 'market' ? decodePayload(frame) : null;
    return payload?.kind === 'market' ? [payload.frame.first, payload.frame.first + payload.frame.count - 1] : [];
  });
  const { frames } = tape.manifest;
  expect([frames.length, frames[0]!.first, frames.at(-1)!.first + frames.at(-1)!.count - 1]).toEqual([1, numbers[0], numbers.at(-1)]);
});
