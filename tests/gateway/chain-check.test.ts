/** The browser's check agrees with the journal's own codec: what a desk wrote is taken, and any bit that differs is found. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 as codecCrc } from '#engine/journal/crc32.ts';
import { encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { checkFrame, checkOn, crc32, type Said, WALK_BEGINS } from '#gateway/dashboard/src/pages/explain/chain-check.ts';

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** As the gateway says it, of frames that a desk wrote one behind the other. */
function chainOf(payloads: readonly Uint8Array[], desk = 'demo-7'): Said[] {
  let previous = NO_HASH;
  return payloads.map((payload, place) => {
    const frame = { desk: desk as DeskId, epoch: 1, kind: 'inputs' as const, first: (place * 2 + 1) as Seq, count: 2, payload };
    const bytes = encodeFrame(frame, previous);
    const said = {
      bytes: Buffer.from(bytes).toString('base64'),
      crc: codecCrc(payload).toString(16).padStart(8, '0'),
      ...{ previous: hex(previous), hash: hex(sha256(previous, bytes)), length: bytes.length, first: frame.first, count: frame.count },
    };
    previous = sha256(previous, bytes);
    return said;
  });
}

const payloads = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 });

test('the checksum is the codec’s', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => crc32(bytes) === codecCrc(bytes)));
});

test('a chain that a desk wrote is followed to its head, and no further', async () => {
  await fc.assert(
    fc.asyncProperty(payloads, fc.nat(), async (contents, from) => {
      const chain = chainOf(contents);
      const start = from % chain.length;
      const head = chain.at(-1)!.hash;
      const walk = await checkOn(WALK_BEGINS, chain.slice(start), head);
      expect(walk).toMatchObject({ reached: true, frames: chain.length - start, hash: head, last: chain.length * 2 });
      // in two parts it is the same
      const half = await checkOn(WALK_BEGINS, chain.slice(start, start + 1), head);
      expect('why' in half ? half : await checkOn(half, chain.slice(start + 1), head)).toEqual(walk);
    }),
  );
});

test('a bit that differs anywhere in a block is found', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), fc.nat(), async (content, where) => {
      const [said] = chainOf([content]);
      const bytes = Buffer.from(said!.bytes!, 'base64');
      const bit = where % (bytes.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect((await checkFrame({ ...said!, bytes: bytes.toString('base64') }, null)).ok).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('a block that was left out, or stands in another place, breaks the chain behind it', async () => {
  const chain = chainOf([1, 2, 3, 4].map((byte) => Uint8Array.of(byte)));
  const head = chain.at(-1)!.hash;
  expect(await checkOn(WALK_BEGINS, [chain[0]!, chain[2]!, chain[3]!], head)).toEqual({
    why: 'the block at number 5 is not chained to the one before it',
  });
  expect(await checkOn(WALK_BEGINS, [chain[1]!, chain[0]!], head)).toEqual({
    why: 'the block at number 1 is not chained to the one before it',
  });
});

test('bytes of another content under an honest header, with its checksums made right, do not fit the hash', async () => {
  const [honest] = chainOf([Uint8Array.of(1, 2, 3)]);
  const [forged] = chainOf([Uint8Array.of(9, 9, 9)]);
  expect(await checkFrame({ ...honest!, bytes: forged!.bytes, crc: forged!.crc }, null)).toMatchObject({
    ok: false,
    why: expect.stringContaining('its hash is'),
  });
});
