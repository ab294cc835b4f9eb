// How long the largest answers hold the desk's own thread: taken from the thread that reads, checked by their schema, written down, tagged. The bounds are
// rows and bytes; what they come to in time is measured here.
import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { MOST_ALONE, MOST_BYTES } from '#cli/reader/recorded-frames.ts';
import { pageOf } from '#cli/reader/run-parts.ts';
import { MOST_PAGE_BYTES, MOST_ROWS } from '#gateway/contracts/rest.ts';
import { frames } from '#gateway/contracts/rest-journal.ts';
import { type RestLedgerRow, type RestRunTrade, runEquity, runPart } from '#gateway/contracts/rest-runs.ts';
import { MOST_CELLS, plateau } from '#gateway/contracts/rest-sweeps.ts';
import { etagOf } from '#gateway/http/etag.ts';

const MOST_MS = 10;
const TRIES = 15;

/** The best of several: what the work takes, and not what else the machine does. */
function heldMs(schema: { parse: (value: unknown) => unknown }, body: unknown): Readonly<{ ms: number; bytes: number }> {
  const sent = serialize(body);
  let [ms, bytes] = [Number.POSITIVE_INFINITY, 0];
  for (let tries = 0; tries < TRIES; tries++) {
    const begun = performance.now();
    const text = JSON.stringify(schema.parse(deserialize(sent)));
    etagOf(text);
    ms = Math.min(ms, performance.now() - begun);
    bytes = Buffer.byteLength(text);
  }
  return { ms, bytes };
}

const address = '9007199254740991.12';
const trade: RestRunTrade = {
  ...{ number: 1_000_000, strategy: 'a-strategy-of-a-long-name-1', instrument: 'A-LONG-INSTRUMENT-PERP', side: 'short', entry: address },
  ...{ exit: address, entryTime: '2026-01-05T10:32:00.123456Z', exitTime: '2026-01-05T10:32:00.123456Z', largest: 1_000_000 },
  ...{ entryPrice: '1234567.12345678', exitPrice: '1234567.12345678', net: '-123456789.12', fees: '123456.78' },
  ...{ adverse: '-123456789.12', favourable: '123456789.12', r: -1.2345678901234567 },
};
const fill: RestLedgerRow = {
  ...{ address, timeUs: 1_767_609_120_000_000, instrument: 'A-LONG-INSTRUMENT-PERP', side: 'sell', lots: 1_000_000 },
  ...{ price: '1234567.12345678', fee: '123456.78', realised: '-123456789.12', order: address, maker: false },
};
const many = <Row>(row: Row): Row[] => Array.from({ length: 5_000 }, () => row);
const cursor = 'x'.repeat(200);

test.each([
  ['trades', many(trade)],
  ['ledger', many(fill)],
] as const)('a page of %s: at most so many rows and bytes', (part, rows) => {
  const { items, total } = pageOf<unknown>(rows, MOST_ROWS, null);
  expect([items.length <= MOST_ROWS, items.length > 100]).toEqual([true, true]);
  const { ms, bytes } = heldMs(runPart, { part, run: 'a-run', total, items, next: cursor });
  expect(bytes).toBeLessThan(MOST_PAGE_BYTES + 1_000);
  expect(ms).toBeLessThan(MOST_MS);
});

test('an equity line of as many points as are drawn', () => {
  const items = Array.from({ length: 4_000 }, (_, n) => [1_767_609_120_000_000 + n, '123456789.12'] as const);
  expect(heldMs(runEquity, { part: 'equity', run: 'a-run', currency: 'USD', cash: '1.00', points: 10 ** 7, items }).ms).toBeLessThan(
    MOST_MS,
  );
});

test('a map of as many cells as it may have', () => {
  const cell = {
    score: -1.2345678901234567,
    trials: 40,
    number: 100_000,
    parameters: { fast: 12, slow: 26, atr: 1.5, short: true },
    run: 'ema-cross-1a2b3c4d',
    kept: true,
  };
  const side = Math.sqrt(MOST_CELLS);
  const axis = (name: string) => ({ name, values: Array.from({ length: side }, (_, n) => n) });
  const cells = Array.from({ length: side }, () => Array.from({ length: side }, () => cell));
  const body = { sweep: 'a-sweep', x: axis('fast'), y: axis('slow'), others: 'best', cells, peak: [0, 0], plateau: [1, 1] };
  expect(heldMs(plateau, body).ms).toBeLessThan(MOST_MS);
});

const frame = (bytes: number) => ({
  ...{ kind: 'market', first: 9_007_199_254_740_991, count: 65_536, epoch: 12, length: bytes, crc: 'ffffffff', previous: 'f'.repeat(64) },
  ...{ hash: 'f'.repeat(64), place: '0000000000000001-000000.seg at 123456789', bytes: Buffer.alloc(bytes, 7).toString('base64') },
});

test('frames of the journal: as many as are asked for, as large as a page may be', () => {
  const each = Math.floor(MOST_BYTES / 500);
  expect(heldMs(frames, { items: Array.from({ length: 500 }, () => frame(each)), next: 1, seq: 1 }).ms).toBeLessThan(MOST_MS);
});

test('the largest frame, which comes alone, is the one answer that takes longer', () => {
  const { ms, bytes } = heldMs(frames, { items: [frame(MOST_ALONE)], next: 1, seq: 1 });
  expect(bytes).toBeLessThan((4 / 3) * MOST_ALONE + 1_000);
  expect(ms).toBeLessThan(10 * MOST_MS);
});
