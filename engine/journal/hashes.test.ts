// The running hashes see numbers and nothing of how they were cut, merged or saved.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../digest.ts';
import { INPUTS, type InputRecord } from '../inputs.ts';
import { type Block, type BlockKind, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceFrame, VALUE_COLUMNS } from '../market/blocks.ts';
import type { InstrumentId, Seq, Sha256, SourceId, TimeUs } from '../values.ts';
import { PAGE_NUMBERS, RunHashes } from './hashes.ts';
import { inputBytes } from './record-codec.ts';

const sha = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const digest: Digest = { sha256: sha };
const FEEDS = ['A:x', 'B:x', 'A:y'];
const ordinal = (instrument: string, source: string) => FEEDS.indexOf(`${instrument}:${source}`) + 1;

/** One fact, and everything the hash knows of it. */
type Fact = Readonly<{
  feed: number;
  kind: BlockKind;
  at: number;
  venueTime: number;
  venueSeq: number;
  flags: number;
  values: number[];
  timeframeUs: number;
}>;

const fact = fc
  .record({
    feed: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom<BlockKind>('trade', 'quote', 'bar', 'book'),
    step: fc.nat(3),
    lag: fc.oneof(fc.constant(0), fc.nat(9)),
    flags: fc.nat(7),
    values: fc.array(fc.integer(), { minLength: 5, maxLength: 5 }),
  })
  .map(({ feed, kind, step, lag, flags, values }) => ({
    feed,
    kind,
    at: step,
    venueTime: lag,
    venueSeq: feed === 0 ? step + 1 : 0,
    flags,
    values: values.slice(0, VALUE_COLUMNS[kind].length),
    timeframeUs: kind === 'bar' ? 60 : 0,
  }));
const facts = fc.array(fact, { minLength: 1, maxLength: 60 }).map((steps) => {
  let at = 100;
  return steps.map((each): Fact => ({ ...each, at: (at += each.at), venueTime: at - each.venueTime }));
});

/** Facts as one frame, a block for each feed and kind. */
function frameOf(first: number, list: readonly Fact[]): MarketFrame {
  const keys = [...new Set(list.map(({ feed, kind }) => `${feed}:${kind}`))];
  const blocks = keys.map((key): Block => {
    const mine = list.filter(({ feed, kind }) => `${feed}:${kind}` === key);
    const [instrument, source] = FEEDS[mine[0].feed].split(':');
    const column = (of: (fact: Fact) => number) => Float64Array.from(mine, of);
    return {
      instrument: instrument as InstrumentId,
      source: source as SourceId,
      kind: mine[0].kind,
      timeframeUs: mine[0].timeframeUs,
      count: mine.length,
      at: column(({ at }) => at),
      venueTime: column(({ venueTime }) => venueTime),
      venueSeq: mine[0].venueSeq === 0 ? NO_SEQ : column(({ venueSeq }) => venueSeq),
      flags: Uint8Array.from(mine, ({ flags }) => flags),
      values: VALUE_COLUMNS[mine[0].kind].map((_, j) => column(({ values }) => values[j])),
    };
  });
  const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from(list, ({ feed, kind }) => keys.indexOf(`${feed}:${kind}`));
  return marketFrame(first as Seq, blocks, lane, null);
}

/** The page of kernel.md §2.5, one number at a time. */
function plainPage(list: readonly Fact[]): Uint8Array {
  const f64 = (numbers: readonly number[]) => new Uint8Array(Float64Array.from(numbers).buffer);
  const wide = list.map((each) => (each.kind === 'bar' ? [...each.values, each.timeframeUs] : each.values));
  const lagging = list.some(({ at, venueTime }) => at !== venueTime);
  const numbered = list.some(({ venueSeq }) => venueSeq !== 0);
  return Buffer.concat([
    Uint8Array.of((lagging ? 1 : 0) + (numbered ? 2 : 0)),
    new Uint8Array(list.length),
    ...(lagging ? [f64(list.map(({ at }) => at))] : []),
    f64(list.map(({ venueTime }) => venueTime)),
    new Uint8Array(Uint32Array.from(list, ({ feed }) => feed + 1).buffer),
    Uint8Array.from(list, ({ kind }) => ['trade', 'quote', 'bar', 'book'].indexOf(kind)),
    Uint8Array.from(list, ({ flags }) => flags),
    ...(numbered ? [f64(list.map(({ venueSeq }) => venueSeq))] : []),
    ...[0, 1, 2, 3, 4, 5].map((j) => f64(wide.filter((values) => values.length > j).map((values) => values[j]))),
  ]);
}

const lost = (seq: number): InputRecord => ({
  type: 'SourceLost',
  seq: seq as Seq,
  at: 7 as TimeUs,
  source: 'x' as SourceId,
  why: `gone ${seq}`,
});
const trades = (first: number, count: number): MarketFrame =>
  frameOf(
    first,
    Array.from({ length: count }, (_, i) => ({
      feed: 0,
      kind: 'trade',
      at: first + i,
      venueTime: first + i,
      venueSeq: 0,
      flags: 1,
      values: [i % 97, 3],
      timeframeUs: 0,
    })),
  );
const hashes = () => new RunHashes(digest, ordinal);
const all = (of: RunHashes) => [of.inputsHash(), of.decisionsHash(), of.runHash()];

describe('inputsHash', () => {
  test('is the page written one number at a time, whatever the blocks', () => {
    fc.assert(
      fc.property(facts, (list) => {
        const run = hashes();
        run.market(frameOf(1, list), 0, list.length);
        expect(run.inputsHash()).toBe(Buffer.from(sha(new Uint8Array(32), plainPage(list))).toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  test('does not depend on the cut, nor on being asked or saved in between, across a page border', () => {
    fc.assert(
      fc.property(facts, fc.array(fc.nat(59), { maxLength: 6 }), fc.nat(80), (list, cuts, before) => {
        const first = PAGE_NUMBERS - before < 1 ? 1 : PAGE_NUMBERS - before;
        const whole = hashes();
        const frame = frameOf(first, list);
        whole.market(frame, 0, list.length);
        whole.input(lost(first + list.length), 7, inputBytes(lost(first + list.length)));
        let cut = hashes();
        const borders = [...new Set([0, ...cuts.filter((each) => each < list.length), list.length])].sort((a, b) => a - b);
        borders.slice(1).forEach((to, index) => {
          const from = borders[index];
          if (index % 2 === 0) cut.market(frame, from, to);
          else cut.market(sliceFrame(frame, first + from, first + to), 0, to - from);
          if (index % 3 === 0) all(cut);
          cut = RunHashes.load(cut.save(), digest, ordinal);
        });
        cut.input(lost(first + list.length), 7, inputBytes(lost(first + list.length)));
        expect(all(cut)).toEqual(all(whole));
      }),
      { numRuns: 60 },
    );
  });

  test('a changed price, time, order, flag or record changes it', () => {
    const base: Fact = { feed: 0, kind: 'trade', at: 1, venueTime: 1, venueSeq: 0, flags: 1, values: [5, 6], timeframeUs: 0 };
    const variants: Partial<Fact>[] = [
      {},
      { values: [6, 6] },
      { values: [5, 7] },
      { at: 2 },
      { venueTime: 0 },
      { flags: 2 },
      { feed: 1 },
      { kind: 'book' },
      { venueSeq: 4 },
    ];
    const seen = variants.map((variant) => {
      const run = hashes();
      run.market(frameOf(1, [{ ...base, ...variant }]), 0, 1);
      return run.inputsHash();
    });
    expect(new Set(seen).size).toBe(variants.length);
  });

  test('a hole inside a page is not the same as no hole', () => {
    const run = (second: number) => {
      const one = hashes();
      one.market(trades(1, 1), 0, 1);
      one.input(lost(second), 7, new Uint8Array(0));
      return one.inputsHash();
    };
    expect(run(2)).not.toBe(run(3));
  });

  test('over a tape, only the tape and the records count', () => {
    const tape = 'ab'.repeat(32) as Sha256;
    const run = (count: number, hash: Sha256) => {
      const one = hashes();
      one.tape(hash);
      one.market(trades(1, count), 0, count);
      one.input(lost(10), 7, inputBytes(lost(10)));
      return one.inputsHash();
    };
    expect(run(3, tape)).toBe(run(9, tape));
    expect(run(3, tape)).not.toBe(run(3, 'ac'.repeat(32) as Sha256));
    const first = sha(new Uint8Array(32), Buffer.from(tape, 'hex'));
    expect(run(3, tape)).toBe(Buffer.from(sha(first, inputBytes(lost(10)))).toString('hex'));
  });
});

describe('decisionsHash', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('folds the pages of the causes, the empty ones too', () => {
    const run = hashes();
    run.market(trades(1, 100), 0, 100);
    run.decisions(bytes('a'), 5);
    run.decisions(bytes('b'), 70);
    run.market(trades(3 * PAGE_NUMBERS, 10), 0, 10);
    run.decisions(bytes('c'), 100);
    const beforeClosing = run.decisionsHash();
    run.closePagesBelow(3 * PAGE_NUMBERS);
    expect(run.decisionsHash()).toBe(beforeClosing);
    run.decisions(bytes('d'), 3 * PAGE_NUMBERS + 2);
    let expected = sha(new Uint8Array(32), bytes('abc'));
    expected = sha(expected, new Uint8Array(0));
    expected = sha(expected, new Uint8Array(0));
    expected = sha(expected, bytes('d'));
    expect(run.decisionsHash()).toBe(Buffer.from(expected).toString('hex'));
    expect(RunHashes.load(run.save(), digest, ordinal).decisionsHash()).toBe(run.decisionsHash());
    expect(() => run.decisions(bytes('e'), 7)).toThrow('after its page was closed');
  });

  test('before the first number nothing is folded', () => {
    expect(hashes().inputsHash()).toBe('00'.repeat(32));
    expect(hashes().decisionsHash()).toBe('00'.repeat(32));
  });
});

test('records have small ids, so that none reads as a hole', () => {
  expect(Math.max(...Object.values(INPUTS).map(({ id }) => id))).toBeLessThan(255);
});
