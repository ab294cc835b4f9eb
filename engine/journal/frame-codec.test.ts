// Frames come back as they were; a changed byte is always seen; hostile bytes are refused by name.
import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type BlockKind, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, VALUE_COLUMNS } from '../market/blocks.ts';
import type { DeskId, InstrumentId, Seq, Sha256, SourceId, TimeUs } from '../values.ts';
import { BadRecord, Unrecordable } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { FRAME_KINDS, type Frame, type Payload } from './frame.ts';
import { chainHead, decodeFrame, encodeFrame, NO_HASH } from './frame-codec.ts';
import { decodePayload, frameOf } from './payload-codec.ts';
import { decisionBytes } from './record-codec.ts';

const DESK = 'desk-1' as DeskId;
const hash = 'ab'.repeat(32) as Sha256;

const SHAPES: Record<string, fc.Arbitrary<(index: number) => number>> = {
  constant: fc.maxSafeInteger().map((value) => () => value + 0),
  steady: fc.tuple(fc.integer(), fc.integer()).map(
    ([base, step]) =>
      (i) =>
        base + step * i,
  ),
  bytes: fc.tuple(fc.maxSafeInteger(), fc.nat()).map(
    ([base, seed]) =>
      (i) =>
        Math.abs(base) > 2 ** 52 ? base - Math.sign(base) * mixed(seed + i, 200) : base + mixed(seed + i, 200),
  ),
  walk: fc.tuple(fc.integer(), fc.nat()).map(([base, seed]) => {
    let at = base;
    return (i) => (at += mixed(seed + i, 60_000) - 30_000);
  }),
  wide: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 2 ** 31 - 1 })).map(
    ([seed, span]) =>
      (i) =>
        mixed(seed + i, span) - Math.floor(span / 2),
  ),
  runs: fc.tuple(fc.nat(), fc.integer({ min: 2, max: 40 })).map(
    ([seed, run]) =>
      (i) =>
        mixed(seed + Math.floor(i / run), 2 ** 31) * 1_000_003,
  ),
  extremes: fc.nat().map((seed) => (i) => [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, 2 ** 52][mixed(seed + i, 4)]),
};
const shape = fc.oneof(...Object.values(SHAPES));
const mixed = (seed: number, below: number): number => {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) % below;
};

const block = (most: number) =>
  fc
    .record({
      kind: fc.constantFrom<BlockKind>('trade', 'quote', 'bar', 'book'),
      count: fc.integer({ min: 1, max: most }),
      instrument: fc.constantFrom('BTC', 'ETH-USD', 'é'),
      columns: fc.array(shape, { minLength: 7, maxLength: 7 }),
      lag: fc.option(fc.nat(5_000)),
      numbered: fc.boolean(),
      flags: fc.integer({ min: 1, max: 7 }),
    })
    .map(({ kind, count, instrument, columns, lag, numbered, flags }): Block => {
      const column = (j: number) => Float64Array.from({ length: count }, (_, i) => columns[j](i) + 0);
      const at = Float64Array.from({ length: count }, (_, i) => 1.7e15 + 10 * i + (lag === null && i % 3 === 0 ? 4 : 0));
      return {
        instrument: instrument as InstrumentId,
        source: 'sim' as SourceId,
        kind,
        timeframeUs: kind === 'bar' ? 60_000_000 : 0,
        count,
        at,
        venueTime: lag === null ? column(5) : at.map((each) => each - lag),
        venueSeq: numbered ? Float64Array.from({ length: count }, (_, i) => i + 1) : NO_SEQ,
        flags: Uint8Array.from({ length: count }, (_, i) => (flags > 3 ? flags : mixed(i, flags + 1))),
        values: VALUE_COLUMNS[kind].map((_, j) => column(j)),
      };
    });
const market = fc
  .tuple(fc.array(block(120), { minLength: 1, maxLength: 4 }), fc.nat(), fc.option(fc.string()), fc.nat(9))
  .map(([blocks, seed, cursor, run]) => {
    const left = blocks.map(({ count }) => count);
    const lane: number[] = [];
    for (let last = 0; left.some((each) => each > 0); ) {
      const owner = mixed(seed + Math.floor(lane.length / (run + 1)), blocks.length);
      last = left[owner] > 0 ? owner : left.findIndex((each) => each > 0);
      left[last]--;
      lane.push(last);
    }
    return marketFrame(7 as Seq, blocks, blocks.length === 1 ? NO_LANE : Uint16Array.from(lane), cursor);
  });

const trades = (count: number): MarketFrame => {
  const column = (of: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => of(i));
  const at = column((i) => 1.7e15 + 250 * i + mixed(i, 200));
  return marketFrame(
    1 as Seq,
    [
      {
        instrument: 'BTC' as InstrumentId,
        source: 'sim' as SourceId,
        kind: 'trade',
        timeframeUs: 0,
        count,
        at,
        venueTime: at,
        venueSeq: NO_SEQ,
        flags: Uint8Array.from(at, (_, i) => 1 + mixed(i, 2)),
        values: [column((i) => 6_000_000 + mixed(i, 900)), column((i) => 1 + mixed(i, 50))],
      },
    ],
    NO_LANE,
    null,
  );
};

const payloads: Payload[] = [
  { kind: 'genesis', manifest: { desk: DESK, seed: 42, flags: [] } },
  { kind: 'claim', owner: 'host:77', at: 5 as TimeUs },
  { kind: 'market', frame: trades(40) },
  {
    kind: 'inputs',
    records: [{ type: 'SourceLost', seq: 7 as Seq, at: 9 as TimeUs, source: 'x' as SourceId, why: 'reset' }],
    cursor: '{"page":7}',
  },
  { kind: 'time', at: 12 as TimeUs },
  {
    kind: 'decisions',
    bytes: decisionBytes({ type: 'Alerted', cause: 7 as Seq, index: 0, at: 9 as TimeUs, severity: 'info', topic: 't', text: 'x' }),
  },
  {
    kind: 'checkpoint',
    part: 1,
    parts: 3,
    stateSchema: 1,
    digest: hash,
    inputsHash: hash,
    decisionsHash: hash,
    bytes: Uint8Array.of(1, 2, 3),
  },
  { kind: 'opened', build: '0.1.0', config: hash, flags: ['a', 'b'], at: 4 as TimeUs },
  { kind: 'segment', previousHead: hash, index: 3, day: 19_700 },
  { kind: 'closed', clean: true },
  { kind: 'tape', count: 70_000 },
];
const frame = (payload: Payload): Frame => frameOf(DESK, 2, (payload.kind === 'market' ? payload.frame.first : 7) as Seq, payload);
const previous = new Uint8Array(32).fill(9);

describe('frames', () => {
  test('every kind of payload comes back', () => {
    expect(payloads.map(({ kind }) => kind)).toEqual(FRAME_KINDS);
    for (const payload of payloads) {
      const bytes = encodeFrame(frame(payload), previous);
      const decoded = decodeFrame(bytes);
      if (!decoded.ok) throw new Error(decoded.why);
      expect({ ...decoded.frame, payload: [...decoded.frame.payload] }).toEqual({
        ...frame(payload),
        payload: [...frame(payload).payload],
      });
      expect([...decoded.previousHash]).toEqual([...previous]);
      expect(decoded.length).toBe(bytes.length);
      expect(decodePayload(decoded.frame)).toEqual(payload);
      expect(decodePayload({ ...decoded.frame, payload: Buffer.from(decoded.frame.payload) })).toMatchObject({ kind: payload.kind });
    }
  });

  test('every flipped bit is seen, every cut is short', () => {
    for (const payload of payloads) {
      const bytes = encodeFrame(frame(payload), previous);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        bytes[bit >> 3] ^= 1 << (bit & 7);
        expect(decodeFrame(bytes).ok, `${payload.kind} bit ${bit}`).toBe(false);
        bytes[bit >> 3] ^= 1 << (bit & 7);
      }
      for (let length = 0; length < bytes.length; length++)
        expect(decodeFrame(bytes.subarray(0, length))).toMatchObject({ ok: false, failure: 'short' });
    }
  });

  test('what is no frame is foreign, and a frame of a later format says so', () => {
    expect(decodeFrame(new Uint8Array(200))).toMatchObject({ ok: false, failure: 'foreign' });
    const bytes = encodeFrame(frame(payloads[4]), previous);
    const view = new DataView(bytes.buffer);
    view.setUint16(4, 2, true);
    const header = bytes.length - frame(payloads[4]).payload.length;
    view.setUint32(header - 4, crc32(bytes.subarray(0, header - 4)), true);
    expect(decodeFrame(bytes)).toMatchObject({ ok: false, failure: 'newer', why: 'a frame of format 2; this build reads format 1' });
  });

  test('the chain is SHA-256 over the previous head and the frame', () => {
    const bytes = encodeFrame(frame(payloads[0]), NO_HASH);
    const digest = {
      sha256: (...parts: readonly Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest()),
    };
    expect(Buffer.from(chainHead(digest, NO_HASH, bytes)).toString('hex')).toBe(
      createHash('sha256').update(NO_HASH).update(bytes).digest('hex'),
    );
  });
});

describe('market payloads', () => {
  test('come back column for column, and encode to the same bytes again', () => {
    fc.assert(
      fc.property(market, (each) => {
        const encoded = frameOf(DESK, 1, each.first, { kind: 'market', frame: each });
        const decoded = decodePayload(encoded);
        expect(decoded).toEqual({ kind: 'market', frame: each });
        expect(Buffer.compare(frameOf(DESK, 1, each.first, decoded).payload, encoded.payload)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('a trade takes a few bytes', () => {
    expect(frameOf(DESK, 1, 1 as Seq, { kind: 'market', frame: trades(10_000) }).payload.length / 10_000).toBeLessThan(7.1);
    expect(encodeFrame(frameOf(DESK, 1, 1 as Seq, { kind: 'market', frame: trades(1) }), NO_HASH).length).toBeLessThan(200);
  });

  test('−0, fractions, NaN and falling arrivals have no bytes', () => {
    for (const wrong of [-0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const bad = trades(9);
      bad.blocks[0].values[0][4] = wrong;
      expect(() => frameOf(DESK, 1, 1 as Seq, { kind: 'market', frame: bad }), String(wrong)).toThrow(Unrecordable);
    }
    const back = trades(9);
    back.blocks[0].at[5] = 1;
    expect(() => frameOf(DESK, 1, 1 as Seq, { kind: 'market', frame: back })).toThrow('arrival falls at 5');
  });

  test('flipped, cut and random bytes give a frame or a BadRecord, never a crash', () => {
    const tryOne = (each: Frame) => {
      try {
        decodePayload(each);
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error;
      }
    };
    fc.assert(
      fc.property(market, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, place, flip) => {
        const encoded = frameOf(DESK, 1, each.first, { kind: 'market', frame: each });
        const payload = encoded.payload.slice();
        payload[place % payload.length] ^= flip;
        tryOne({ ...encoded, payload });
        tryOne({ ...encoded, payload: encoded.payload.subarray(0, place % payload.length) });
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...FRAME_KINDS), fc.uint8Array({ maxLength: 300 }), fc.nat(70_000), (kind, payload, count) => {
        tryOne({ desk: DESK, epoch: 1, kind, first: 1 as Seq, count, payload });
        expect(decodeFrame(payload).ok).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  test('lying counts allocate nothing', () => {
    const encoded = frameOf(DESK, 1, 1 as Seq, { kind: 'market', frame: trades(9) });
    expect(() => decodePayload({ ...encoded, count: 2 ** 32 - 1 })).toThrow(BadRecord);
    const payload = encoded.payload.slice();
    new DataView(payload.buffer).setUint32(1 + 2 + 5 + 5 + 1 + 8, 0xffff_ffff, true);
    expect(() => decodePayload({ ...encoded, payload })).toThrow('a block of 4294967295 where 9 numbers are left');
  });
});

test('crc32 is the one of zlib, also continued', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
      expect(crc32(a)).toBe(zlibCrc32(a));
      expect(crc32(b, crc32(a))).toBe(zlibCrc32(Buffer.concat([a, b])));
    }),
  );
});
