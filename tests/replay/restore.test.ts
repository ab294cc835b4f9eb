// Saving and restoring a desk at any number changes nothing that follows; and nothing later changes anything earlier.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import type { Seq } from '#engine/values.ts';
import { type CheckpointPart, DeskRun } from '#replay/desk-run.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { decisionsOf } from './forge.ts';
import { randomDesk, randomSteps } from './random-desk.ts';
import { DESK, nodeDigest, recordJournal, type Step } from './recorder.ts';

const TICKS = 20_000;
const market = randomDesk({ seed: 21, ticks: TICKS, cuts: [700, 40, 1500, 3, 260] });
const inputs = market.frames.map(decodePayload).filter(({ kind }) => kind === 'market' || kind === 'inputs' || kind === 'time');
const newRun = () => new DeskRun({ desk: DESK, digest: nodeDigest, catalogue: testCatalogue });

/** Through the bytes of a checkpoint frame, as a restart goes. */
function reborn(run: DeskRun): DeskRun {
  const parts = run.checkpoint().map((part) => decodePayload(frameOf(DESK, 1, run.desk.seq, part)) as CheckpointPart);
  const next = newRun();
  next.restore(parts);
  return next;
}

/** Runs the inputs, cut at these numbers; `at` may replace the desk there. Returns the decisions' bytes in one. */
function runThrough(cuts: readonly number[], at: (run: DeskRun, number: number) => DeskRun): { run: DeskRun; bytes: Uint8Array } {
  let run = newRun();
  const bytes: Uint8Array[] = [];
  const taken = () => {
    const decided = run.takeDecisions();
    if (decided !== null) bytes.push(decided.bytes);
  };
  let next = 0;
  for (const payload of inputs) {
    for (const piece of piecesAt(payload, cuts)) {
      if (piece.kind === 'market') run.market(piece.frame);
      else if (piece.kind === 'inputs') for (const record of piece.records) run.input(record);
      else if (piece.kind === 'time') run.time(piece.at);
      taken();
      while (next < cuts.length && cuts[next] <= run.desk.seq) {
        const number = cuts[next++];
        run = at(run, number);
      }
    }
  }
  return { run, bytes: new Uint8Array(Buffer.concat(bytes)) };
}

function piecesAt(payload: Payload, cuts: readonly number[]): Payload[] {
  if (payload.kind === 'inputs') return payload.records.map((record) => ({ ...payload, records: [record] }));
  if (payload.kind !== 'market') return [payload];
  const pieces: Payload[] = [];
  let from: number = payload.frame.first;
  const end = payload.frame.first + payload.frame.count;
  for (const cut of cuts) {
    if (cut < from || cut >= end - 1) continue;
    pieces.push({ kind: 'market', frame: sliceFrame(payload.frame, from, cut + 1) });
    from = cut + 1;
  }
  pieces.push({ kind: 'market', frame: sliceFrame(payload.frame, from, end) });
  return pieces;
}

describe('restoring', () => {
  const continuous = runThrough([], (run) => run);
  const last = continuous.run.desk.seq;

  test('the market has everything in it', () => {
    const { counts } = continuous.run;
    expect(counts.ticks).toBe(TICKS);
    expect(counts.orders).toBeGreaterThan(100);
    expect(counts.fills).toBeGreaterThan(80);
    expect(counts.refusals).toBeGreaterThan(10);
    const reports = new Set(decisionsOf(market.frames).flatMap((d) => (d.type === 'VenueReported' ? [d.report.kind] : [])));
    expect([...reports].sort()).toEqual(expect.arrayContaining(['Acked', 'Cancelled', 'Expired', 'Filled', 'Replaced']));
    const kinds = new Set(decisionsOf(market.frames).flatMap((d) => (d.type === 'OrderApproved' ? [d.orderType] : [])));
    expect([...kinds].sort()).toEqual(['limit', 'market', 'stop']);
  });

  test('at 120 random numbers: the same decisions, hashes and state at the end', () => {
    const stream = randomStream(1, 'restores');
    const numbers = [...new Set(Array.from({ length: 120 }, () => 1 + stream.below(last - 1)))].sort((a, b) => a - b);
    expect(numbers.length).toBeGreaterThanOrEqual(100);
    let restored = 0;
    const again = runThrough(numbers, (run) => {
      restored++;
      const next = reborn(run);
      expect(next.stateHash()).toBe(run.stateHash());
      return next;
    });
    expect(restored).toBe(numbers.length);
    expect(Buffer.compare(again.bytes, continuous.bytes)).toBe(0);
    expect(again.run.stateHash()).toBe(continuous.run.stateHash());
    expect(again.run.runHash()).toBe(continuous.run.runHash());
    expect(again.run.counts).toEqual(continuous.run.counts);
  });

  test('and at each order: right behind approvals, fills, replaces and cancels', () => {
    const numbers = [
      ...new Set(decisionsOf(market.frames).flatMap((d) => (d.type === 'OrderRequested' || d.type === 'OrderFilled' ? [d.cause] : []))),
    ];
    const stream = randomStream(2, 'orders');
    const some = numbers.filter(() => stream.below(numbers.length) < 60).sort((a, b) => a - b);
    const again = runThrough(some, reborn);
    expect(Buffer.compare(again.bytes, continuous.bytes)).toBe(0);
    expect(again.run.stateHash()).toBe(continuous.run.stateHash());
  });

  test('every 1,000 numbers a run that never stopped and one restored there have the same digest', () => {
    const numbers = Array.from({ length: Math.floor(last / 1000) }, (_, index) => (index + 1) * 1000);
    const digests: string[] = [];
    runThrough(numbers, (run) => {
      digests.push(`${run.desk.seq} ${run.stateHash()} ${run.runHash()}`);
      return run;
    });
    const restored: string[] = [];
    runThrough(numbers, (run) => {
      restored.push(`${run.desk.seq} ${run.stateHash()} ${run.runHash()}`);
      return reborn(run);
    });
    expect(restored).toHaveLength(numbers.length);
    expect(restored).toEqual(digests);
  });

  test('the cut of frames is nowhere in hashes or decisions', () => {
    const fine = runThrough(
      Array.from({ length: Math.floor(last / 17) }, (_, index) => 17 * (index + 1)),
      (run) => run,
    );
    expect(fine.run.runHash()).toBe(continuous.run.runHash());
    expect(Buffer.compare(fine.bytes, continuous.bytes)).toBe(0);
  });
});

describe('no lookahead', () => {
  const steps = randomSteps({ seed: 33, ticks: 1500, paceUs: 120_000 });

  test('changing any future ticks changes no earlier decision', () => {
    const whole = recordJournal(steps);
    const all = decisionsOf(whole.frames);
    const end = whole.run.desk.seq;
    fc.assert(
      fc.property(fc.integer({ min: 30, max: end - 1 }), fc.integer({ min: 1, max: 1_000_000 }), (number, seed) => {
        const changed = recordJournal(withOtherFuture(steps, number, seed));
        const at = arrivalOf(whole.frames.map(decodePayload), number);
        // deadlines due after that number's own instant have seen nothing of the future either, but may fall later: they go by time
        const before = (d: { cause: number; at: number }) => d.cause < number || (d.cause === number && d.at <= at);
        expect(decisionsOf(changed.frames).filter(before)).toEqual(all.filter(before));
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});

/** Every tick behind a number gets another price and size; times, and all that is no tick, stay. */
function withOtherFuture(steps: readonly Step[], number: number, seed: number): Step[] {
  const stream = randomStream(seed, 'future');
  let next = 1;
  return steps.map((step) => {
    if (step.kind === 'input') next++;
    else if (step.kind === 'inputs') next += step.records.length;
    else if (step.kind === 'market') {
      const first = next;
      next += step.frame.count;
      return { kind: 'market', frame: otherwise(step.frame, number - first, stream) };
    }
    return step;
  });
}

/** Facts of the frame behind `offset`, moved by chance. */
function otherwise(frame: MarketFrame, offset: number, stream: RandomStream): MarketFrame {
  if (offset >= frame.count - 1) return frame;
  const blocks = frame.blocks.map((block, owner) => ({
    ...block,
    values: block.values.map((column) =>
      column.map((value, index) => (frame.offsets[owner][index] > offset ? Math.max(1, value + stream.between(-40, 40)) : value)),
    ),
  }));
  return { ...frame, first: frame.first as Seq, blocks };
}

function arrivalOf(payloads: readonly Payload[], number: number): number {
  for (const payload of payloads) {
    if (payload.kind === 'inputs') for (const record of payload.records) if (record.seq === number) return record.at;
    if (payload.kind !== 'market' || number < payload.frame.first || number >= payload.frame.first + payload.frame.count) continue;
    const { frame } = payload;
    for (const [owner, offsets] of frame.offsets.entries()) {
      const index = offsets.indexOf(number - frame.first);
      if (index >= 0) return frame.blocks[owner].at[index];
    }
  }
  throw new Error(`no number ${number}`);
}

// A longer timeframe that was deployed before a shorter one has no parent, and gets none by being restored.
test('candles deployed before shorter ones fold trades after a restore too', () => {
  const late = randomSteps({ seed: 21, ticks: 900 });
  const [shorter] = late.splice(
    late.findIndex((step) => step.kind === 'input' && step.body['strategy'] === 'rc'),
    1,
  );
  const { run } = recordJournal(late.toSpliced(9, 0, shorter));
  expect(reborn(run).stateHash()).toBe(run.stateHash());
});
