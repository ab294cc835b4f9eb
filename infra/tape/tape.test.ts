import { createHash } from 'node:crypto';
import fs, { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Digest } from '#engine/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { TapeFrame } from '#engine/market/tape.ts';
import type { InstrumentId, Seq, SourceId } from '#engine/values.ts';
import { readFrame } from './read-frame.ts';
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

test('streams that its facts do not make are told', () => {
  const folder = fresh();
  write(folder, block(1_000, 3), []);
  const place = join(folder, 'tape.json');
  const text = readFileSync(place, 'utf8');
  for (const [from, to] of [
    ['"kind": "trade"', '"kind": "quote"'],
    ['"count": 1000,\n      "from"', '"count": 1001,\n      "from"'],
    ['"timeframeUs": 0', '"timeframeUs": 60'],
  ] as const) {
    expect(text).toContain(from);
    writeFileSync(place, text.replace(from, to));
    expect(checkTape(Tape.open(folder), digest)).toBe('its streams are not those that its manifest lists');
  }
});

test('a frame that is whole and not the one that its manifest says lies there is told', () => {
  const folder = fresh();
  const { frames } = write(folder, block(70_000, 3), []);
  const [one, two] = frames as readonly [TapeFrame, TapeFrame];
  const file = openSync(join(folder, 'facts.frames'), 'r');
  const told = (row: Partial<TapeFrame>) => () => readFrame(file, { ...one, ...row }, 'facts');
  expect(readFrame(file, one, 'facts').count).toBe(one.count);
  for (const row of [{ first: 2 as Seq }, { count: one.count - 1 }, { bytes: one.bytes + two.bytes }])
    expect(told(row)).toThrow('facts:0: not the frame that its manifest says lies here');
  closeSync(file);
  const other = join(folder, 'other');
  const frame = encodeFrame(frameOf('tape' as never, 1, 1 as Seq, { kind: 'inputs', records: [PAUSED], cursor: null }), NO_HASH, crc32);
  writeFileSync(other, frame);
  const inputs = openSync(other, 'r');
  expect(() => readFrame(inputs, { ...one, bytes: frame.length, count: 1 }, 'facts')).toThrow('not the frame that its manifest says');
  closeSync(inputs);
});
const PAUSED = {
  ...{ type: 'CommandGiven', seq: 1, at: 1, key: 'k', by: 'p', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
} as unknown as InputRecord;

test('a writer that goes on where another left comes to the tape of one that wrote it all, and to nothing more', () => {
  const written = block(140_000, 6);
  const whole = sliceBlock(written, 0, 66_000);
  const once = write(fresh(), whole, []);
  const folder = fresh();
  const begun = new TapeWriter({ folder, digest, latencyUs: 0 });
  begun.append(sliceBlock(written, 0, 65_536));
  const saved = begun.saved()!;
  begun.append(sliceBlock(written, 65_536, 131_072)); // written and not told: forgotten
  begun.leave();
  const further = new TapeWriter({ folder, digest, latencyUs: 0 }, saved);
  expect([further.count, further.bytes]).toEqual([65_536, saved.bytes]);
  further.append(sliceBlock(whole, 65_536, whole.count));
  expect(further.finish([BTC], { by: 'test' })).toEqual(once);
  expect(checkTape(Tape.open(folder), digest)).toBeNull();
  expect(statSync(join(folder, 'facts.frames')).size).toBe(further.bytes);
});

test('a tape takes its name when all of it is on the disk, and what is left to be gone on with is there too', () => {
  const done: string[] = [];
  const pathOf = (file: number): string => readlinkSync(`/proc/self/fd/${file}`);
  const { writeSync, fsyncSync, renameSync } = fs;
  Object.assign(fs, {
    writeSync: ((file: number, ...rest: [Uint8Array]) => {
      done.push(`write ${pathOf(file)}`);
      return writeSync(file, ...rest);
    }) as typeof writeSync,
    fsyncSync: (file: number) => {
      done.push(`sync ${pathOf(file)}`);
      fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      done.push(`rename ${from}`);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  const [folder, left] = [fresh(), fresh()];
  try {
    write(folder, block(70_000, 2), []);
    const begun = new TapeWriter({ folder: left, digest, latencyUs: 0 });
    begun.append(block(65_536, 2));
    begun.leave();
  } finally {
    Object.assign(fs, { writeSync, fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
  const named = done.indexOf(`rename ${folder}.part`);
  const last = (what: string, to: number) => done.slice(0, to).lastIndexOf(what);
  for (const [path, to] of [
    [`${folder}.part/facts.frames`, named],
    [`${left}.part/facts.frames`, done.length],
  ] as const) {
    expect(last(`write ${path}`, to)).toBeGreaterThanOrEqual(0);
    expect(last(`sync ${path}`, to)).toBeGreaterThan(last(`write ${path}`, to));
  }
  expect(last(`sync ${folder}.part/tape.json`, named)).toBeGreaterThanOrEqual(0);
  expect(done.slice(named)).toContain(`sync ${root}`);
});
