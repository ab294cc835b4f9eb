// What the tests of the importer share: an instrument, a sink that keeps blocks, the real small files, and seeded twins in their formats.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll } from 'vitest';
import type { Block } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { randomStream } from '#engine/random.ts';
import { instrumentId, type SourceId, sourceId } from '#engine/values.ts';
import { importFiles } from '#infra/import/import-files.ts';
import type { ImportOptions } from '#infra/import/import-options.ts';
import type { ImportProgress, ImportReport } from '#infra/import/report.ts';

export const SOURCE: SourceId = sourceId('twin');

export const instrument = (tick: string, lot: string, calendar = 'ALWAYS'): Instrument => ({
  id: instrumentId('BTC-TWIN'),
  version: 1,
  tick,
  lot,
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar,
  feeds: [],
});

export const options = (tick: string, lot: string, more: Partial<ImportOptions> = {}): ImportOptions => ({
  instrument: instrument(tick, lot),
  source: SOURCE,
  latencyUs: 0,
  ...more,
});

export type Imported = Readonly<{ report: ImportReport; blocks: readonly Block[]; progress: readonly ImportProgress[] }>;

export async function imported(files: readonly string[], asked: ImportOptions): Promise<Imported> {
  const blocks: Block[] = [];
  const progress: ImportProgress[] = [];
  const report = await importFiles(files, asked, { append: (block) => void blocks.push(block) }, (told) => void progress.push(told));
  return { report, blocks, progress };
}

/** Every fact of blocks, one after another: what must not depend on where blocks are cut. */
export function factsOf(blocks: readonly Block[]): number[][] {
  return blocks.flatMap((block) =>
    Array.from({ length: block.count }, (_, i) => [
      block.at[i]!,
      block.venueTime[i]!,
      block.venueSeq.length === 0 ? -1 : block.venueSeq[i]!,
      block.flags[i]!,
      ...block.values.map((column) => column[i]!),
    ]),
  );
}

/** Two blocks with the same digest hold the same facts. */
export function digestOf({ at, venueTime, venueSeq, flags, values, ...rest }: Block): string {
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const column of [at, venueTime, venueSeq, flags, ...values]) hash.update(column).update('|');
  return hash.digest('hex');
}

/** A folder of the running test file; gone when it ends. */
export function scratch(): (name: string, content: string | Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-import-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
}

// ── The real files, or their twins ──

const DATA = process.env['RETRACE_DATA'] ?? join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'shared', 'data');

export const SIX = [
  'btc-perp-20211231-20220201_1m.csv',
  'btcusdt-depth-snap.csv',
  'btcusdt-depth-update.csv',
  'btcusdt-quotes.parquet',
  'btcusdt-trades.parquet',
  'xrpusdt-ob500.data.zip',
] as const;
export type One = (typeof SIX)[number];

/** The path of a real file where it is there, else of its twin. */
export function realOrTwin(name: One, write: ReturnType<typeof scratch>): Readonly<{ path: string; real: boolean }> {
  const path = join(DATA, name);
  return existsSync(path) ? { path, real: true } : { path: write(name, twin(name)), real: false };
}

export function twin(name: One): Uint8Array {
  const random = randomStream(7, name);
  const upTo = (most: number): number => random.below(most);
  switch (name) {
    case 'btc-perp-20211231-20220201_1m.csv': {
      const lines = ['timestamp,open,high,low,close,volume'];
      for (let i = 0; i < 500; i += 1) {
        const [hour, minute] = [Math.floor(i / 60), i % 60].map((n) => String(n).padStart(2, '0'));
        const open = 46_000 + upTo(100);
        lines.push(
          `2022-01-01 ${hour}:${minute}:00.000000,${open}.0,${open + 20}.5,${open - 20}.0,${open + 5}.0,${1000 + upTo(9000)}.${upTo(9)}`,
        );
      }
      return Buffer.from(`${lines.join('\n')}\n`);
    }
    case 'btcusdt-depth-snap.csv':
    case 'btcusdt-depth-update.csv': {
      const snap = name === 'btcusdt-depth-snap.csv';
      const lines = ['symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu'];
      for (let i = 0; i < 100; i += 1)
        lines.push(
          `BTCUSDT,1667346579146,1,1,${i % 2 === 0 ? 'b' : 'a'},${snap ? 'snap' : 'set'},${20_000 + i}.${upTo(9)}0,${upTo(9)}.${snap ? 1 : 0}00,-1`,
        );
      return Buffer.from(`${lines.join('\n')}\n`);
    }
    case 'btcusdt-quotes.parquet':
      return parquet(451, (i) => ({
        timestamp: new Date(1_610_064_001_076 + 100 * i),
        symbol: 'BTC/USDT',
        ask_size: 0.1 + upTo(9),
        ask: 39_433.62,
        bid_size: 0.3,
        bid: 39_432.99 - upTo(9),
      }));
    case 'btcusdt-trades.parquet':
      return parquet(2001, (i) => ({
        timestamp: new Date(1_610_064_000_278 + 20 * i),
        trade_id: BigInt(553_287_559 + i),
        price: 39_432.48 + upTo(9),
        quantity: 0.000263,
        buyer_maker: i % 2 === 0 ? 'True' : 'False',
      }));
    case 'xrpusdt-ob500.data.zip': {
      const level = (base: number): string[] => [(base / 10_000).toFixed(4), String(upTo(9000))];
      const lines = Array.from({ length: 50 }, (_, n) => {
        const [b, a] = [Array.from({ length: 40 }, (_, i) => level(19_531 - i)), Array.from({ length: 40 }, (_, i) => level(19_532 + i))];
        return JSON.stringify({
          topic: 'orderbook.500.XRPUSDT',
          type: n === 0 ? 'snapshot' : 'delta',
          ts: 1_733_011_200_691 + 100 * n,
          data: { s: 'XRPUSDT', b, a, u: n, seq: n },
          cts: 0,
        });
      });
      return zipOf([{ name: '2024-12-01_XRPUSDT_ob500.data', content: Buffer.from(`${lines.join('\n')}\n`), deflate: true }]);
    }
  }
}

function parquet(rows: number, row: (i: number) => Record<string, unknown>): Uint8Array {
  const all = Array.from({ length: rows }, (_, i) => row(i));
  const names = Object.keys(all[0] as object);
  return new Uint8Array(parquetWriteBuffer({ columnData: names.map((name) => ({ name, data: all.map((one) => one[name]) })) }));
}

/** An archive, written by the letter of the format. */
export function zipOf(members: readonly Readonly<{ name: string; content: Uint8Array; deflate: boolean }>[], large = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, deflate } of members) {
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(large ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(large ? 0xffffffff : content.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt16LE(large ? 28 : 0, 30);
    entry.writeUInt32LE(large ? 0xffffffff : at, 42);
    const extra = Buffer.alloc(large ? 28 : 0);
    if (large) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(content.length), 4);
      extra.writeBigUInt64LE(BigInt(packed.length), 12);
      extra.writeBigUInt64LE(BigInt(at), 20);
    }
    parts.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name), extra);
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const entries = Buffer.concat(directory);
  const end64 = Buffer.alloc(large ? 76 : 0);
  if (large) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(BigInt(members.length), 32);
    end64.writeBigUInt64LE(BigInt(entries.length), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(at + entries.length), 64);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(large ? 0xffff : members.length, 10);
  end.writeUInt32LE(large ? 0xffffffff : entries.length, 12);
  end.writeUInt32LE(large ? 0xffffffff : at, 16);
  return Buffer.concat([...parts, entries, end64, end]);
}
