// The byte scanner against a plain parser that shares nothing with it: cells by a loop over characters, numbers by whole fractions.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instrument, SOURCE } from '#tests/import-twins.ts';
import type { ByteSource } from './byte-source.ts';
import { CsvScan, MAX_LINE_BYTES } from './csv-scan.ts';
import { checkOptions, type ImportOptions } from './import-options.ts';
import { layoutOf } from './layout.ts';
import { RowReader } from './row-reader.ts';
import { NONE, Rows } from './rows.ts';
import { TextWindow } from './text-window.ts';

type Fact = Readonly<{ line: number; good: boolean; time: number; seq: number; price: number; lots: number; flags: number }>;

const NAMES = ['id', 'price', 'qty', 'quoteQty', 'time', 'isBuyerMaker'];

/** A source that hands out bytes in the pieces it is told to. */
function inPieces(bytes: Uint8Array, pieces: readonly number[]): ByteSource {
  let at = 0;
  let turn = 0;
  return {
    taken: 0,
    readInto: async (target, from) => {
      const piece = pieces.length === 0 ? bytes.length : (pieces[turn++ % pieces.length] as number);
      const got = Math.min(piece, bytes.length - at, target.length - from);
      target.set(bytes.subarray(at, at + got), from);
      at += got;
      return got;
    },
    close: async () => {},
  };
}

async function scanned(text: string, pieces: readonly number[], options: ImportOptions): Promise<Fact[]> {
  const checked = checkOptions(options);
  const example = ['1', '1.00', '1', '1', '1704067200000', 'True'];
  const layout = layoutOf({ file: 'x.csv', names: NAMES, rows: [example], forms: [] }, checked);
  const scan = new CsvScan(new RowReader(layout, checked), 44, checked, 0);
  const window = new TextWindow(inPieces(Buffer.from(text), pieces), 'x.csv', 0, 4 * MAX_LINE_BYTES);
  const rows = new Rows(5);
  const facts: Fact[] = [];
  for (;;) {
    rows.clear();
    window.from = scan.scan(window.bytes, window.from, window.to, window.last, rows, window.base);
    for (let row = 0; row < rows.count; row += 1) {
      const good = rows.faults[row] === 0;
      const lots = rows.values[1]?.[row] as number;
      facts.push({
        line: rows.line[row] as number,
        good,
        ...(good
          ? { time: rows.time[row]!, seq: rows.seq[row]!, price: rows.values[0]![row]!, lots, flags: rows.flags[row]! }
          : { time: 0, seq: 0, price: 0, lots: 0, flags: 0 }),
      });
    }
    if (rows.count === 0 && !(await window.more())) return facts;
  }
}

// ── The plain parser ──

function plainLines(text: string): { line: number; cells: string[] }[] {
  const found: { line: number; cells: string[] }[] = [];
  const all = text.replace(/^\ufeff/, '');
  let line = 1;
  let pos = 0;
  while (pos < all.length) {
    const begin = pos;
    const began = line;
    const cells: string[] = [];
    let cell = '';
    let quoted = false;
    let open = false;
    for (; ; pos += 1) {
      const c = all[pos];
      if (c === undefined && quoted) open = true;
      if (c === undefined || (!quoted && c === '\n')) break;
      if (c === '\n') line += 1;
      if (quoted) {
        if (c !== '"') cell += c;
        else if (all[pos + 1] === '"') {
          cell += '"';
          pos += 1;
        } else quoted = false;
      } else if (c === '"' && (pos === begin || all[pos - 1] === ',') && cell === '') quoted = true;
      else if (c === ',') {
        cells.push(cell);
        cell = '';
      } else cell += c;
    }
    if (open) {
      // never closed: the line alone is lost
      const end = all.indexOf('\n', begin);
      found.push({ line: began, cells: ['open'] });
      line = began + 1;
      pos = end === -1 ? all.length : end + 1;
      continue;
    }
    cells.push(cell.replace(/\r$/, ''));
    pos += 1;
    line += 1;
    if (cells.some((one) => one.trim() !== '')) found.push({ line: began, cells: cells.map((one) => one.trim()) });
  }
  return found;
}

/** Whole steps of 10^-scale × step, null when it is no number or off the grid. */
function plainSteps(text: string, scale: number, step: bigint): number | null {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (match === null || `${match[2]}${match[3]}` === '') return null;
  const shift = Number(match[4] ?? 0) - (match[3] as string).length + scale;
  const digits = BigInt(`${match[2]}${match[3]}`);
  const top = shift >= 0 ? digits * 10n ** BigInt(shift) : digits;
  const bottom = (shift >= 0 ? 1n : 10n ** BigInt(-shift)) * step;
  if (top % bottom !== 0n) return null;
  const count = Number(top / bottom) * (match[1] === '-' ? -1 : 1);
  return Number.isSafeInteger(count) ? count + 0 : null;
}

function plainFacts(text: string, tick: readonly [number, bigint], lot: readonly [number, bigint]): Fact[] {
  return plainLines(text)
    .filter(({ cells }) => cells.join() !== NAMES.join())
    .map(({ line, cells }) => {
      const bad = { line, good: false, time: 0, seq: 0, price: 0, lots: 0, flags: 0 };
      if (cells.length !== NAMES.length) return bad;
      const [id, priceText, lotsText, , timeText, makerText] = cells as [string, string, string, string, string, string];
      const price = plainSteps(priceText, ...tick);
      const lots = plainSteps(lotsText, ...lot);
      const us = /^\d+(\.\d*)?$/.test(timeText) ? Math.floor(Number(timeText) * 1000) : Number.NaN;
      const flags = /^[t1]/i.test(makerText) ? 2 : /^[f0]/i.test(makerText) ? 1 : 0;
      const seq = id === '' ? NONE : /^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : null;
      if (price === null || lots === null || flags === 0 || seq === null) return bad;
      if (!(us >= 315_532_800e6 && us < 7_258_118_400e6)) return bad;
      return { line, good: true, time: us, seq, price: price === 0 ? 0 : price, lots: lots === 0 ? 0 : lots, flags };
    });
}

// ── Lines as foreign files have them ──

const number = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(9_999_999), fc.nat(99)).map(([a, b]) => `${a}.${String(b).padStart(2, '0')}`) },
  { weight: 2, arbitrary: fc.nat(999_999).map(String) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(999), fc.nat(9)).map(([a, b]) => `${a}.${b}5000000`) },
  fc.bigInt(0n, 10n ** 19n).map(String),
  fc.tuple(fc.nat(99_999), fc.integer({ min: -4, max: 12 })).map(([a, e]) => `${a}e${e}`),
  fc.tuple(fc.nat(99), fc.integer({ min: -4, max: 3 })).map(([a, e]) => `${a}.5E${e >= 0 ? '+' : ''}${e}`),
  fc.nat(99_999).map((a) => `-${a}.25`),
  fc.constantFrom(
    '',
    'NaN',
    '.5',
    '5.',
    '+7',
    '0',
    '-0',
    '0.000',
    '00012.50',
    '1,5',
    '1.2.3',
    'abc',
    '0x10',
    '∞',
    '1 000',
    '12.345678',
    '1e999',
  ),
  fc.nat(9).map((d) => `${d}${'0'.repeat(40)}`),
);
const time = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1_500_000_000_000, max: 1_800_000_000_000 }).map(String) },
  fc.integer({ min: 1_500_000_000_000, max: 1_800_000_000_000 }).map((ms) => `${ms}.5`),
  fc.constantFrom('', '0', '12', '99999999999999999', 'x'),
);
const maker = fc.constantFrom('True', 'False', 'true', 'false', '1', '0', '', 'maybe');
const dressed = (cell: fc.Arbitrary<string>) =>
  fc.tuple(cell, fc.constantFrom('', '', '', '', 'quote', 'space')).map(([text, dress]) => {
    if (dress === 'quote' || text.includes(',')) return `"${text.replaceAll('"', '""')}"`;
    return dress === 'space' ? ` ${text} ` : text;
  });
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        dressed(fc.oneof(fc.nat().map(String), fc.constantFrom('', '9007199254740993', '-1'))),
        dressed(number),
        dressed(number),
        dressed(number),
        dressed(time),
        dressed(maker),
      )
      .map((cells) => cells.join(',')),
  },
  fc.constantFrom(
    '',
    '  ',
    ',,,,,',
    'a,b',
    NAMES.join(','),
    '1,2,3,4,5,6,7,8',
    '"never closed,1,2',
    '1,"two\nlines",2,3,1704067200000,true',
    '"a""b",1,2,3,4,5',
  ),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean())
  .map(([lines, end, last, mark]) => `${mark ? '\ufeff' : ''}${lines.join(end)}${last && lines.length > 0 ? end : ''}`);

test.each([
  { tick: '0.01', lot: '0.001', tickParts: [2, 1n], lotParts: [3, 1n] },
  { tick: '0.5', lot: '1', tickParts: [1, 5n], lotParts: [0, 1n] },
  { tick: '25', lot: '0.00000001', tickParts: [0, 25n], lotParts: [8, 1n] },
] as const)(
  'any file, cut anywhere, reads as the plain parser reads it (tick $tick, lot $lot)',
  async ({ tick, lot, tickParts, lotParts }) => {
    const options: ImportOptions = { instrument: instrument(tick, lot), source: SOURCE, latencyUs: 0, timeUnit: 'ms' };
    await fc.assert(
      fc.asyncProperty(file, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }), async (text, pieces) => {
        const found = await scanned(text, pieces, options);
        expect(found).toEqual(plainFacts(text, tickParts, lotParts));
      }),
      { numRuns: 400 },
    );
  },
);

test('most ordinary lines never leave the byte path', async () => {
  const options: ImportOptions = { instrument: instrument('0.01', '0.00001'), source: SOURCE, latencyUs: 0 };
  const checked = checkOptions(options);
  const layout = layoutOf({ file: 'x', names: NAMES, rows: [['1', '1', '1', '1', '1704067200000', 'True']], forms: [] }, checked);
  let careful = 0;
  class Counting extends RowReader {
    override read(...given: Parameters<RowReader['read']>): void {
      careful += 1;
      super.read(...given);
    }
  }
  const scan = new CsvScan(new Counting(layout, checked), 44, checked, 0);
  const bytes = Buffer.from(
    '7,42283.58000000,0.00123000,52.0,1704067200000,True\r\n8,42283.6,5,1,1704067200001,False\n9,1e3,5,1,1704067200001,False\n',
  );
  const rows = new Rows(5);
  scan.scan(bytes, 0, bytes.length, true, rows, 0);
  expect([rows.count, careful]).toEqual([3, 1]);
});
