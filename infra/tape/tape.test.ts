import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Digest } from '#engine/digest.ts';
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { InstrumentId, Seq, SourceId } from '#engine/values.ts';
import { checkTape, Tape } from './tape.ts';
import { TapeWriter } from './tape-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'tape-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = () => join(root, `t${++made}`);

const digest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};
const BTC = {
  ...{ id: 'BTC-USD', version: 1, tick: '0.1', lot: '0.001', multiplier: '1', currency: 'USD', currencyScale: 2 },
  ...{ calendar: 'ALWAYS', feeds: [] },
} as unknown as Instrument;

const block = (count: number, seed: number): Block => {
  const venueTime = new Float64Array(count);
  const [price, lots] = [new Float64Array(count), new Float64Array(count)];
  for (let index = 0, at = 1_700_000_000_000_000; index < count; index++) {
    at += (index * 7 + seed) % 5 === 0 ? 0 : 1000 * ((index * 31 + seed) % 90);
    venueTime[index] = at;
    price[index] = 500_000 + ((index * 17 + seed * 3) % 400);
    lots[index] = 1 + ((index + seed) % 9);
  }
  return {
    ...{
      instrument: 'BTC-USD' as InstrumentId,
      source: 'tape' as SourceId,
      kind: 'trade',
      timeframeUs: 0,
      count,
      at: venueTime,
      venueTime,
    },
    ...{ venueSeq: NO_SEQ, flags: new Uint8Array(count).fill(1), values: [price, lots] },
  };
};
const write = (folder: string, whole: Block, cuts: readonly number[]) => {
  const writer = new TapeWriter({ folder, digest, latencyUs: 0 });
  const places = [...new Set([0, ...cuts.map((cut) => cut % whole.count), whole.count])].sort((a, b) => a - b);
  for (let index = 1; index < places.length; index++) writer.append(sliceBlock(whole, places[index - 1]!, places[index]!));
  return writer.finish([BTC], { by: 'test' });
};
const facts = (frames: Iterable<MarketFrame>): string[] =>
  [...frames].flatMap(({ first, blocks: [one] }) =>
    Array.from(
      one!.at,
      (at, index) => `${first + index} ${at} ${one!.flags[index]} ${one!.values.map((column) => column[index]).join(' ')}`,
    ),
  );

test('a tape tells what was appended, whatever it was cut into; its hash is that of its facts', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(50), fc.array(fc.nat(400)), (count, seed, cuts) => {
      const whole = block(count, seed);
      const [one, other] = [fresh(), fresh()];
      const manifest = write(one, whole, []);
      expect(write(other, whole, cuts).hash).toBe(manifest.hash);
      expect(facts(Tape.open(other).frames())).toEqual(facts([marketFrame(1 as Seq, [whole], NO_LANE, null)]));
      expect(checkTape(Tape.open(one), digest)).toBeNull();
      expect(Tape.open(one).manifest).toEqual(manifest);
    }),
    { numRuns: 60 },
  );
});

test('any part of it by time, in frames of at most 65,536', () => {
  const folder = fresh();
  const whole = block(150_000, 4);
  const { frames } = write(folder, whole, [9, 70_000, 70_001]);
  expect(frames.map(({ first, count }) => [first, count])).toEqual([
    [1, 65_536],
    [65_537, 65_536],
    [131_073, 18_928],
  ]);
  const all = facts(Tape.open(folder).frames());
  for (const [from, to] of [
    [0, 1_000],
    [65_530, 65_540],
    [40_000, 140_000],
    [149_999, 150_000],
  ] as const) {
    const [begin, end] = [whole.at[from]!, whole.at[to] ?? Number.POSITIVE_INFINITY];
    const wanted = all.filter((fact) => Number(fact.split(' ')[1]) >= begin && Number(fact.split(' ')[1]) < end);
    expect(facts(Tape.open(folder).frames(begin, end))).toEqual(wanted);
  }
  expect(facts(Tape.open(folder).frames(whole.at[149_999]! + 1))).toEqual([]);
});

test('a fact, an instrument or a time that is another makes another hash', () => {
  const whole = block(100, 1);
  const hash = write(fresh(), whole, []).hash;
  const dearer = { ...whole, values: [whole.values[0]!.map((price, index) => (index === 57 ? price + 1 : price)), whole.values[1]!] };
  const later = { ...whole, at: whole.at.map((at) => at + 1) };
  expect(write(fresh(), dearer, []).hash).not.toBe(hash);
  expect(write(fresh(), later, []).hash).not.toBe(hash);
  const writer = new TapeWriter({ folder: fresh(), digest, latencyUs: 0 });
  writer.append(whole);
  expect(writer.finish([{ ...BTC, lot: '0.01' }], null).hash).not.toBe(hash);
});

test('what was begun and not finished is no tape, and its name is free', () => {
  const folder = fresh();
  const begun = new TapeWriter({ folder, digest, latencyUs: 0 });
  begun.append(block(70_000, 2));
  expect(existsSync(folder)).toBe(false);
  begun.abandon();
  write(folder, block(10, 2), []);
  expect(() => new TapeWriter({ folder, digest, latencyUs: 0 })).toThrow('is there already');
});

test.each([
  ['facts.frames', 0.5, /facts\.frames:\d+: the payload does not fit its checksum/],
  ['facts.frames', 0.999_99, /facts\.frames:\d+: the payload does not fit its checksum/],
  ['tape.json', 0.001, /tape\.json: (is no JSON|format)/],
])('a byte of %s that is another is told with its place', (name, part, told) => {
  const folder = fresh();
  write(folder, block(1_000, 3), []);
  const bytes = readFileSync(join(folder, name));
  bytes[Math.floor(bytes.length * part)]! ^= 0x55;
  writeFileSync(join(folder, name), bytes);
  expect(() => facts(Tape.open(folder).frames())).toThrow(told);
});

test('a manifest that does not fit its facts is told', () => {
  const folder = fresh();
  const { hash } = write(folder, block(1_000, 3), []);
  const text = readFileSync(join(folder, 'tape.json'), 'utf8');
  const rewritten = (from: string | RegExp, to: string) => {
    writeFileSync(join(folder, 'tape.json'), text.replace(from, to));
    return () => checkTape(Tape.open(folder), digest);
  };
  expect(rewritten(hash, '0'.repeat(64))()).toBe(`its hash is ${hash}, not ${'0'.repeat(64)}`);
  expect(rewritten('"lot": "0.001"', '"lot": "0.01"')()).toMatch(/^its hash is/);
  expect(rewritten('"count": 1000,\n  "from"', '"count": 999,\n  "from"')).toThrow('count: its frames do not hold 999 facts');
  expect(rewritten('[0,', '[1,')).toThrow('frames.0: does not follow the one before it');
  expect(rewritten('"format": 1', '"format": 2')).toThrow('tape.json: format 2; this build reads 1');
});
