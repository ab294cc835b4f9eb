// Verify is re-derivation, not a checksum: whatever a forger makes fit, the desk is asked again what follows from the inputs.
import { describe, expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { SYNTHETIC_START } from '#engine/market/synthetic.ts';
import { randomStream } from '#engine/random.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { SECOND_US, type Seq } from '#engine/values.ts';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import { type VerifyResult, verify } from '#replay/verify.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import {
  decisionsOf,
  encodeCheckpoint,
  inputsOf,
  only,
  readerOf,
  rehashed,
  renumbered,
  type Sealed,
  seal,
  swappable,
  ticksAt,
  withDecisions,
  withInputs,
  withInputsTwice,
  withOtherState,
  withTicks,
  withTime,
} from './forge.ts';
import { randomDesk, randomSteps } from './random-desk.ts';
import { input, nodeDigest, recordJournal, type Step } from './recorder.ts';

const recorded = randomDesk({ seed: 7, ticks: 4000, checkpointEvery: 25, segmentAt: [60, 120] });
const { frames } = recorded;
const sealed = seal(frames);
const decisions = decisionsOf(frames);

const check = (journal: Sealed | readonly Frame[], catalogue: StrategyCatalogue = testCatalogue): Promise<VerifyResult> =>
  verify('reader' in journal ? journal.reader() : seal(journal).reader(), { digest: nodeDigest, catalogue });

/** What a person is told first. */
const verdict = ({ ok, mismatches, firstDivergence, obstacle }: VerifyResult) =>
  ok ? 'ok' : obstacle === null ? `${mismatches}: ${firstDivergence?.cause}` : `${obstacle.kind}: ${obstacle.message}`;

const typesOf = ({ firstDivergence }: VerifyResult) => firstDivergence!.chain.map(({ type }) => type);

describe('an honest journal', () => {
  test('is derived again, decision for decision, from its genesis', async () => {
    const result = await check(sealed);
    expect(verdict(result)).toBe('ok');
    expect(result).toMatchObject({
      from: null,
      mismatches: 0,
      decisions: decisions.length,
      ticks: 4000,
      seq: recorded.run.desk.seq,
      runHash: recorded.run.runHash(),
      stateHash: recorded.run.stateHash(),
      unrecorded: 0,
      skippedFrames: 0,
      tail: null,
      clean: true,
    });
    expect(result.counts).toEqual(recorded.run.counts);
    expect(result.counts.fills).toBeGreaterThan(10);
    expect(result.counts.refusals).toBeGreaterThan(2);
    expect(result.checkpoints).toBeGreaterThan(5);
  });

  test('each segment verifies alone, from its opening checkpoint', async () => {
    expect(sealed.paths).toHaveLength(3);
    const results: VerifyResult[] = [];
    for (const path of sealed.paths) results.push(await verify(only(sealed, path), { digest: nodeDigest, catalogue: testCatalogue }));
    expect(results.map(verdict)).toEqual(['ok', 'ok', 'ok']);
    expect(results[0].from).toBeNull();
    expect(results[1].from).toBe(results[0].seq);
    expect(results[2].from).toBe(results[1].seq);
    expect(results[2].runHash).toBe(recorded.run.runHash());
    expect(results.reduce((sum, result) => sum + result.decisions, 0)).toBe(decisions.length);
  });

  test('verifies from the checkpoint before a number', async () => {
    const result = await verify(sealed.reader(), { digest: nodeDigest, catalogue: testCatalogue, from: 3000 as Seq });
    expect(verdict(result)).toBe('ok');
    expect(result.from).toBeGreaterThan(1500);
    expect(result.from).toBeLessThanOrEqual(3000);
    expect(result.runHash).toBe(recorded.run.runHash());
  });

  test('tells how far it is', async () => {
    const seen: number[] = [];
    await verify(sealed.reader(), { digest: nodeDigest, catalogue: testCatalogue, progress: ({ seq }) => seen.push(seq) });
    expect(seen.length).toBeGreaterThan(100);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen[seen.length - 1]).toBe(recorded.run.desk.seq);
  });
});

describe('with checksums, chain, hashes and checkpoints made to fit', () => {
  const forged = (tampered: readonly Frame[]) => check(rehashed(tampered, testCatalogue));
  const firstOf = <T extends Decision['type']>(type: T, nth = 2): Extract<Decision, { type: T }> =>
    decisions.filter((decision): decision is Extract<Decision, { type: T }> => decision.type === type)[nth];
  const isThis = (one: Decision) => (other: Decision) => other.cause === one.cause && other.index === one.index;

  test('the forger is able: without tampering the forged journal verifies', async () => {
    expect(verdict(await forged(frames))).toBe('ok');
  });

  test('an altered decision is named with its field and its causes, order to tick', async () => {
    const fill = firstOf('OrderFilled');
    const result = await forged(withDecisions(frames, (d) => (isThis(fill)(d) ? { ...fill, price: fill.price - 3 } : d)));
    expect(result.ok).toBe(false);
    expect(result.firstDivergence).toMatchObject({
      kind: 'decision',
      address: `${fill.cause}.${fill.index}`,
      cause: `decision ${fill.cause}.${fill.index} (OrderFilled) differs in price (${fill.price - 3} in the journal, ${fill.price} derived)`,
      fields: [{ name: 'price', expected: String(fill.price - 3), actual: String(fill.price) }],
    });
    expect(typesOf(result).slice(0, 5)).toEqual(['OrderFilled', 'VenueReported', 'Tick', 'OrderApproved', 'StrategyWoke']);
    expect(typesOf(result).at(-1)).toBe('Tick');
    // its hash is one more thing that does not fit, at every checkpoint behind it
    expect(result.mismatches).toBeGreaterThan(1);
  });

  test.each([
    'CandleClosed',
    'StrategyWoke',
    'OrderRefused',
    'OrderApproved',
    'OrderMoved',
    'Posted',
    'EquityMarked',
    'FeedMoved',
    'GateMoved',
  ] as const)('a dropped %s is named as missing', async (type) => {
    const one = firstOf(type, 1);
    const result = await forged(withDecisions(frames, (d) => (isThis(one)(d) ? null : d)));
    expect(result.firstDivergence).toMatchObject({ kind: 'missing', address: `${one.cause}.${one.index}`, expected: null, actual: one });
  });

  test('an invented decision is named as too many', async () => {
    const one = firstOf('StrategyWoke');
    const invented: Decision = { ...one, index: 9999 };
    const tampered = frames.flatMap((frame) => {
      if (frame.kind !== 'decisions' || !decisionsOf([frame]).some(isThis(one))) return [frame];
      const [extra] = withDecisions([frame], (d) => (isThis(one)(d) ? invented : null));
      return [frame, extra];
    });
    const result = await forged(tampered);
    expect(result.firstDivergence).toMatchObject({ kind: 'extra', address: `${one.cause}.9999`, actual: null });
  });

  test('a dropped input of consequence is named by what it no longer causes', async () => {
    const pause = inputsOf(frames).find((record) => record.type === 'CommandGiven' && record.key === 'pause')!;
    const without = renumbered(
      withInputs(frames, (record) => (record.seq === pause.seq ? null : record)),
      pause.seq,
      -1,
    );
    const result = await forged(without);
    expect(result.ok).toBe(false);
    expect(result.firstDivergence!.address.split('.')[0]).toBe(String(pause.seq));
    expect(result.firstDivergence!.expected).toMatchObject({ type: 'StrategyMoved', to: 'paused' });
  });

  test('two swapped inputs are named', async () => {
    const inputs = inputsOf(frames);
    const [a, b] = [inputs[2], inputs[3]]; // the two instruments
    const swapped = withInputs(frames, (record) =>
      record.seq === a.seq ? { ...b, seq: a.seq } : record.seq === b.seq ? { ...a, seq: b.seq } : record,
    );
    const result = await forged(swapped);
    expect(result.firstDivergence).toMatchObject({
      kind: 'decision',
      address: '3.0',
      expected: { of: 'BTC-USD' },
      actual: { of: 'ETH-USD' },
    });
    expect(result.firstDivergence!.cause).toMatchInlineSnapshot(
      `"decision 3.0 (Defined) differs in of (BTC-USD in the journal, ETH-USD derived)"`,
    );
  });

  test('an altered tick is named by what follows from it', async () => {
    const fill = firstOf('OrderFilled');
    const result = await forged(withTicks(frames, fill.cause, (values) => values.map((value) => value + 1)));
    expect(result.firstDivergence!.fields.some(({ name }) => /price|report/.test(name))).toBe(true);
    expect(Number(result.firstDivergence!.address.split('.')[0])).toBeLessThanOrEqual(fill.cause);
  });

  test('two swapped ticks are named', async () => {
    const fill = firstOf('OrderFilled');
    const [one, other] = swappable(frames, fill.cause);
    const first = ticksAt(frames, one);
    const second = ticksAt(frames, other);
    const result = await forged(
      withTicks(
        withTicks(frames, one, () => second),
        other,
        () => first,
      ),
    );
    expect(result.ok).toBe(false);
    expect(Number(result.firstDivergence!.address.split('.')[0])).toBeLessThanOrEqual(Math.max(one, other));
  });

  test('an altered constant of a strategy is found and named', async () => {
    const result = await check(
      sealed,
      altered('random', (strategy) => ({ ...strategy, warmup: (p) => strategy.warmup(p) + 1 })),
    );
    expect(result.firstDivergence).toMatchObject({ expected: { type: 'StrategyMoved', to: 'running' } });
    expect(result.mismatches).toBeGreaterThan(10);
    expect(typesOf(result).at(-1)).toMatch(/Tick|Deadline/);
  });
});

describe('an input without consequence', () => {
  // a market that is watched and not traded, with one input that nobody listens to: its decisions name no number of their own
  const quiet = randomSteps({ seed: 5, ticks: 1200, checkpointEvery: 30 }).filter(
    (step) => step.kind !== 'input' || step.body.type !== 'StrategyDeployed',
  );
  const at = SYNTHETIC_START + 20 * SECOND_US;
  const place = quiet.findIndex((step) => step.kind === 'inputs' && step.records[0].at > at);
  const silent = { type: 'ModelReplied', request: 'r', requestHash: '0'.repeat(64), reply: 'hold' } as const;
  const steps = quiet.toSpliced(place, 0, input((quiet[place] as Extract<Step, { kind: 'inputs' }>).records[0].at, silent));
  const watched = recordJournal(steps).frames;
  const { seq } = inputsOf(watched).find(({ type }) => type === 'ModelReplied')!;
  const dropped = withInputs(watched, (record) => (record.seq === seq ? null : record));

  test('that was dropped leaves a hole in the numbers', async () => {
    expect(verdict(await check(watched))).toBe('ok');
    const result = await check(dropped);
    expect(result.firstDivergence).toMatchObject({ kind: 'number', address: String(seq) });
    expect(verdict(result)).toContain(`number ${seq} is missing`);
  });

  test('that was dropped, and the rest renumbered, is missed by the next inputsHash', async () => {
    const result = await check(renumbered(dropped, seq, -1));
    expect(result.firstDivergence).toMatchObject({ kind: 'inputs', expected: null, actual: null });
    expect(verdict(result)).toContain('do not have the inputsHash of the checkpoint there');
  });

  test('that came twice is named', async () => {
    const result = await check(withInputsTwice(watched, seq));
    expect(result.firstDivergence).toMatchObject({ kind: 'number' });
    expect(verdict(result)).toContain(`number ${seq} comes twice`);
  });
});

describe('bytes', () => {
  test('one flipped bit anywhere is refused or, at the very end, told as a torn tail', async () => {
    const stream = randomStream(11, 'flips');
    const small = seal(randomDesk({ seed: 3, ticks: 60, checkpointEvery: 2 }).frames);
    const [path] = small.paths;
    const bytes = small.disk.bytesOf(path);
    const lengths: number[] = [];
    for await (const stored of small.reader().frames()) lengths.push(stored.bytes.length);
    const lastFrame = bytes.length - lengths[lengths.length - 1];
    const places = [...Array.from({ length: 100 }, () => stream.below(bytes.length)), 0, 5, lastFrame - 1, lastFrame, bytes.length - 1];
    for (const place of places) {
      const flipped = bytes.slice();
      flipped[place] ^= 1 << stream.below(8);
      const disk = new MemoryDisk();
      disk.write(path, flipped);
      const result = await verify(readerOf(disk), { digest: nodeDigest, catalogue: testCatalogue });
      if (place >= lastFrame) expect(result, `byte ${place}`).toMatchObject({ ok: true, clean: false, tail: { why: expect.any(String) } });
      else expect(result, `byte ${place}`).toMatchObject({ ok: false, obstacle: { kind: 'corrupt' } });
    }
  });

  test('a truncated journal verifies as a prefix, with the tail told', async () => {
    const stream = randomStream(12, 'cuts');
    const journal = seal(randomDesk({ seed: 3, ticks: 400, checkpointEvery: 4 }).frames);
    const [path] = journal.paths;
    const bytes = journal.disk.bytesOf(path);
    for (let i = 0; i < 25; i++) {
      const at = 2000 + stream.below(bytes.length - 2000);
      const disk = new MemoryDisk();
      disk.write(path, bytes.subarray(0, at));
      const result = await verify(readerOf(disk), { digest: nodeDigest, catalogue: testCatalogue });
      expect(verdict(result)).toBe('ok');
      expect(result.clean).toBe(false);
      expect(result.tail === null ? 'whole frames' : result.tail.why).toMatch(/whole frames|bytes|there/);
    }
  });

  test('decisions that a crash kept from the journal are counted, not held against it', async () => {
    const last = frames.findLastIndex(({ kind }) => kind === 'decisions');
    const result = await check(frames.slice(0, last));
    expect(verdict(result)).toBe('ok');
    expect(result).toMatchObject({ clean: false, unrecorded: decisionsOf(frames.slice(last, last + 1)).length });
  });

  test('a checkpoint whose state was altered under its digest is named', async () => {
    const at = frames.findIndex((frame, index) => frame.kind === 'checkpoint' && index > 20);
    const result = await check(frames.map((frame, index) => (index === at ? withOtherState(frame) : frame)));
    expect(result.firstDivergence).toMatchObject({ kind: 'checkpoint' });
    expect(verdict(result)).toContain('its state does not have the digest it states');
    const opening = frames.findIndex((frame, index) => frame.kind === 'checkpoint' && frames[index - 1].kind === 'segment');
    const forged = seal(frames.map((frame, index) => (index === opening ? withOtherState(frame) : frame)));
    const alone = await verify(only(forged, forged.paths[1]), { digest: nodeDigest, catalogue: testCatalogue });
    expect(alone).toMatchObject({ ok: false, obstacle: { kind: 'checkpoint' } });
  });

  test('a payload that no writer made is named', async () => {
    const at = frames.findIndex(({ kind }) => kind === 'decisions');
    const result = await check(frames.map((frame, index) => (index === at ? { ...frame, payload: frame.payload.subarray(0, 30) } : frame)));
    expect(result).toMatchObject({ ok: false, obstacle: { kind: 'record' } });
  });

  test('time that goes back is named, not thrown', async () => {
    const at = frames.findIndex(({ kind }) => kind === 'market');
    const result = await check(withTime(frames, at));
    expect(result).toMatchObject({ ok: false, obstacle: { kind: 'desk' } });
    expect(result.obstacle!.message).toContain('cannot take what stands at number');
  });

  test('a strategy that is not here is named, not thrown', async () => {
    const result = await check(sealed, () => null);
    expect(result).toMatchObject({ ok: false, firstDivergence: null, obstacle: { kind: 'strategy-unknown' } });
    expect(result.obstacle!.message).toContain('strategy random of version');
    const [, second] = sealed.paths;
    const alone = await verify(only(sealed, second), { digest: nodeDigest, catalogue: () => null });
    expect(alone).toMatchObject({ ok: false, obstacle: { kind: 'strategy-unknown' } });
  });

  test('a journal that begins in its middle without a checkpoint has nothing to start from', async () => {
    const journal = seal(
      frames.filter(({ kind, first }) => first > 2000 || kind === 'segment').filter(({ kind }) => kind !== 'checkpoint'),
    );
    const result = await check(journal);
    expect(result).toMatchObject({ ok: false, obstacle: { kind: 'start' } });
  });

  test('nothing at all is an empty journal', async () => {
    const result = await verify(readerOf(new MemoryDisk()), { digest: nodeDigest, catalogue: testCatalogue });
    expect(result).toMatchObject({ ok: true, desk: null, seq: 0, decisions: 0, frames: 0 });
  });
});

test('a genesis is not replaced by a checkpoint in front of it', async () => {
  const rich = recordJournal(randomSteps({ seed: 7, ticks: 100 }).slice(0, 3));
  const [checkpoint] = rich.run.checkpoint();
  const at = frames.findIndex(({ kind }) => kind === 'genesis');
  const planted = frames.flatMap((frame, index) =>
    index === at ? [frame, { ...frame, kind: 'checkpoint' as const, payload: encodeCheckpoint(checkpoint) }] : [frame],
  );
  expect((await check(planted)).firstDivergence).toMatchObject({ address: '0', kind: 'inputs' });
});

function altered(name: string, change: (strategy: Strategy) => Strategy): StrategyCatalogue {
  return (wanted, version) => {
    const strategy = testCatalogue(wanted, version);
    return strategy !== null && wanted === name ? change(strategy) : strategy;
  };
}
