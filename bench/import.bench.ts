/**
 * Import: five million trades as Binance's public dump has them, from a file on the disk to blocks, beside a plain parser that splits text and a
 * loop that only counts lines and commas. The importer's columns must be those of the plain parser, number by number.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Block, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { randomStream } from '#engine/random.ts';
import { instrumentId, sourceId } from '#engine/values.ts';
import { exportCsv } from '#infra/import/export-csv.ts';
import { exportParquet } from '#infra/import/export-parquet.ts';
import { importFiles } from '#infra/import/import-files.ts';
import { finish, inTurn, median, medianRatio, type Row, sized, tell } from './harness.ts';

const COUNT = sized(200_000, 5_000_000);
/** Parquet is read a cell at a time, the careful way: fewer rows tell as much. */
const PARQUET = sized(50_000, 500_000);
const ROUNDS = 3;
const AIM = 3;
const CHUNK = 1 << 20;
const INSTRUMENT: Instrument = {
  id: instrumentId('BTC'),
  version: 1,
  tick: '0.01',
  lot: '0.00001',
  multiplier: '1',
  currency: 'USDT',
  currencyScale: 8,
  calendar: 'ALWAYS',
  feeds: [],
};
const OPTIONS = { instrument: INSTRUMENT, source: sourceId('binance'), latencyUs: 0 };

/** Sums that differ when a number differs or two rows change places. */
type Answer = { rows: number; sums: number[] };
const MODULUS = 2 ** 40;
const added = (sum: number, value: number): number => (sum * 3 + value) % MODULUS;

async function main(): Promise<void> {
  const path = dump();
  const bytes = statSync(path).size;
  tell(`${COUNT} rows, ${(bytes / 1e6).toFixed(0)} MB`);
  const expected = plainly(path);
  const got = await answered([path]);
  const folder = mkdtempSync(join(tmpdir(), 'retrace-bench-import-'));
  const rows: Row[] = [];
  try {
    const blocks: Block[] = [];
    await importFiles([path], OPTIONS, { append: (block) => void blocks.push(block) }, () => {});
    const [csv, parquet] = [join(folder, 'x.csv'), join(folder, 'x.parquet')];
    await exportCsv(blocks, INSTRUMENT, csv);
    await exportParquet(firstRows(blocks, PARQUET), INSTRUMENT, parquet);
    blocks.length = 0;
    const cpu: number[] = [];
    const times = await inTurn(ROUNDS, {
      count: () => counted(path),
      plain: () => plainly(path),
      import: async () => {
        const before = process.cpuUsage();
        await taken([path]);
        const { user, system } = process.cpuUsage(before);
        cpu.push((user + system) / 1e6);
      },
      csv: () => taken([csv]),
      parquet: () => taken([parquet]),
    });
    const rate = (seconds: number): number => COUNT / seconds / 1e6;
    const line = (name: string, of: string, against: string | null, equal: boolean | null): void => {
      const ratio = against === null ? null : medianRatio(times[of]!, times['plain']!);
      rows.push({ name, value: rate(median(times[of]!)), unit: 'M rows/s', ratio, against, equal });
    };
    line('lines and commas counted, nothing else', 'count', null, null);
    line('plain parser: split, Number, round', 'plain', null, null);
    line('import of Binance trades', 'import', 'plain parser', same(got, expected));
    rows.push({
      name: '…by processor time',
      value: rate(median(cpu)),
      unit: 'M rows/s',
      ratio: rate(median(cpu)) / AIM,
      against: 'the aim of 3',
      equal: null,
    });
    line('import of our own CSV', 'csv', 'plain parser', same(await answered([csv]), expected));
    const some = same(await answered([parquet]), plainly(path, PARQUET));
    rows.push({
      name: 'import of our own Parquet',
      value: PARQUET / median(times['parquet']!) / 1e6,
      unit: 'M rows/s',
      ratio: null,
      against: null,
      equal: some,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  finish('import', rows);
}

const same = (a: Answer, b: Answer): boolean => JSON.stringify(a) === JSON.stringify(b);

async function taken(files: readonly string[]): Promise<number> {
  let rows = 0;
  const append = (block: Block): void => {
    rows += block.count;
  };
  await importFiles(files, OPTIONS, { append }, () => {});
  return rows;
}

async function answered(files: readonly string[]): Promise<Answer> {
  const answer: Answer = { rows: 0, sums: [0, 0, 0, 0, 0] };
  const append = ({ count, venueTime, venueSeq, flags, values }: Block): void => {
    answer.rows += count;
    [venueTime, venueSeq, flags, ...values].forEach((column, i) => {
      for (let row = 0; row < count; row += 1) answer.sums[i] = added(answer.sums[i]!, column[row]! % MODULUS);
    });
  };
  await importFiles(files, OPTIONS, { append }, () => {});
  return answer;
}

/** As anyone would write it: good for files without quotes, whose numbers fit. */
function plainly(path: string, most = COUNT): Answer {
  const answer: Answer = { rows: 0, sums: [0, 0, 0, 0, 0] };
  for (const line of linesOf(path)) {
    const cells = line.split(',');
    const row = [
      Number(cells[4]) * 1000,
      Number(cells[0]),
      cells[5] === 'True' ? 2 : 1,
      Math.round(Number(cells[1]) * 100),
      Math.round(Number(cells[2]) * 1e5),
    ];
    for (let i = 0; i < 5; i += 1) answer.sums[i] = added(answer.sums[i]!, row[i]! % MODULUS);
    answer.rows += 1;
    if (answer.rows === most) break;
  }
  return answer;
}

function* firstRows(blocks: readonly Block[], most: number): Generator<Block> {
  for (let left = most, i = 0; left > 0; left -= blocks[i++]!.count) yield sliceBlock(blocks[i]!, 0, Math.min(left, blocks[i]!.count));
}

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  const chunk = new Uint8Array(CHUNK);
  try {
    for (let got = readSync(file, chunk); got > 0; got = readSync(file, chunk)) yield chunk.subarray(0, got);
  } finally {
    closeSync(file);
  }
}

function* linesOf(path: string): Generator<string> {
  let rest = '';
  for (const chunk of chunksOf(path)) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

function counted(path: string): number {
  let marks = 0;
  for (const chunk of chunksOf(path)) for (let i = 0; i < chunk.length; i += 1) if (chunk[i] === 10 || chunk[i] === 44) marks += 1;
  return marks;
}

/** Made once and kept: the same seed gives the same file. */
function dump(): string {
  const path = join(tmpdir(), `retrace-import-${COUNT}.csv`);
  if (existsSync(path)) return path;
  const random = randomStream(11, 'dump');
  const file = openSync(`${path}.part`, 'w');
  let [price, time] = [4_228_358, 1_704_067_200_000];
  let text = '';
  for (let id = 4_120_000_001; id <= 4_120_000_000 + COUNT; id += 1) {
    time += [0, 0, 1, 3, 12][random.below(5)]!;
    price += random.below(11) - 5;
    const lots = 1 + random.below(300_000);
    const total = (price * lots) / 1e7;
    text += `${id},${(price / 100).toFixed(2)}000000,${(lots / 1e5).toFixed(5)}000,${total.toFixed(8)},${time},${id % 2 === 0 ? 'True' : 'False'},True\n`;
    if (text.length > CHUNK) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

await main();
