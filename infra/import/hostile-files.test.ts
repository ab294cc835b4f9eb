// Whatever lies in a file, an import ends with a report or with a named error that says the file; it never hangs and never hands over junk.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf, imported, options, SIX, scratch, twin, zipOf } from '#tests/import-twins.ts';
import { ImportError } from './import-error.ts';
import type { ImportOptions } from './import-options.ts';

const write = scratch();
let files = 0;

/** Imports the bytes; what goes wrong must have a name and a remedy, and what came before it must be whole. */
async function survives(bytes: Uint8Array, name = 'hostile.csv', more: Partial<ImportOptions> = {}): Promise<ImportError | null> {
  const path = write(`${++files}-${name}`, bytes);
  try {
    const { report, blocks } = await imported([path], options('0.01', '0.001', more));
    expect(report.rowsIn).toBe(report.rowsKept + report.rowsQuarantined);
    expect(factsOf(blocks).every((fact) => fact.every(Number.isSafeInteger))).toBe(true);
    return null;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ImportError);
    const error = thrown as ImportError;
    expect(error.remedy.length).toBeGreaterThan(5);
    expect(error.message).toMatch(/^[^\u0000-\u001f\u007f-\u009f]{10,2000}$/u);
    return error;
  }
}

const TRADES = Buffer.from(
  [
    'id,price,qty,quote_qty,time,is_buyer_maker',
    ...Array.from({ length: 400 }, (_, i) => `${i + 1},100.25,0.5,1,${1_704_067_200_000 + i},True`),
  ].join('\n'),
);

test('random bytes, under any first bytes', async () => {
  const magic = fc.constantFrom(
    '',
    'PAR1',
    'PK\u0003\u0004',
    'PK\u0005\u0006',
    '\u001f\u008b\u0008',
    '{',
    '[',
    '\ufeff',
    'time,price,size\n',
    'open,high,low,close,time\n1,',
  );
  await fc.assert(
    fc.asyncProperty(magic, fc.uint8Array({ maxLength: 3000 }), async (first, rest) => {
      await survives(Buffer.concat([Buffer.from(first, 'latin1'), rest]));
    }),
    { numRuns: 300 },
  );
});

test('every real format, with bytes changed', async () => {
  const originals = SIX.map((name) => ({ name, bytes: twin(name) }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async ({ name, bytes }, changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[Math.floor(at * changed.length)] = value;
        await survives(changed, name);
      },
    ),
    { numRuns: 200 },
  );
});

test('every packed format, cut short anywhere, is told to be not whole', async () => {
  const packed = [
    { name: 'a.gz', bytes: gzipSync(TRADES) },
    { name: 'a.zip', bytes: zipOf([{ name: 'x.csv', content: TRADES, deflate: true }]) },
    { name: 'large.zip', bytes: zipOf([{ name: 'x.csv', content: TRADES, deflate: true }], true) },
    { name: 'a.parquet', bytes: twin('btcusdt-trades.parquet') },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...packed),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async ({ name, bytes }, part) => {
        const error = await survives(bytes.subarray(0, Math.max(5, Math.floor(bytes.length * part))), name);
        expect(error?.trouble).toBe('unreadable');
      },
    ),
    { numRuns: 150 },
  );
});

test('an archive that lies about its members', async () => {
  const good = zipOf([{ name: 'x.csv', content: TRADES, deflate: true }]);
  expect(await survives(good, 'good.zip')).toBeNull();
  const directory = good.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
  const lies: readonly (readonly [what: string, at: number, bytes: number, value: number])[] = [
    ['another checksum', directory + 16, 4, 12_345],
    ['more plain bytes', directory + 24, 4, TRADES.length + 1],
    ['fewer plain bytes', directory + 24, 4, 10],
    ['more packed bytes', directory + 20, 4, good.length * 2],
    ['another place', directory + 42, 4, good.length - 4],
    ['an unknown method', directory + 10, 2, 93],
    ['encrypted', directory + 8, 2, 1],
    ['a longer name', directory + 28, 2, 60_000],
  ];
  for (const [what, at, bytes, value] of lies) {
    const lie = Buffer.from(good);
    lie.writeUIntLE(value, at, bytes);
    expect([what, (await survives(lie, 'lie.zip'))?.trouble]).toEqual([what, 'unreadable']);
  }
});

test('numbers of a million digits, lines without an end, nested JSON, hostile headers', async () => {
  const million = '9'.repeat(1_000_000);
  expect(await survives(Buffer.from(`time,price,size\n1704067200,${'9'.repeat(9000)},1\n1704067201,1.00,1\n`))).toBeNull();
  expect(
    await survives(Buffer.from(`time,price,size\n1704067200,1.00,1\n1704067200,0.${million},1\n1704067201,1e${'9'.repeat(300)},1\n`)),
  ).toBeNull();
  expect((await survives(Buffer.from(`time,price,size\n1,${million.repeat(6)}`)))?.trouble).toBe('unreadable');
  expect((await survives(Buffer.from('['.repeat(200_000)), 'deep.jsonl'))?.trouble).toBe('unrecognised');
  expect(await survives(Buffer.from(`{"time":1704067200000,"price":"1","size":"1"}\n${'{"a":'.repeat(5000)}\n`), 'deep.jsonl')).toBeNull();
  expect(
    await survives(Buffer.from('{"__proto__":1,"constructor":2,"time":1704067200000,"price":"1","size":"1"}\n'), 'proto.jsonl'),
  ).toBeNull();
  expect((await survives(Buffer.from(`${'a,'.repeat(50_000)}b\n1,2,3\n`)))?.trouble).toBe('unrecognised');
  expect((await survives(Buffer.from('\u001b[31mred\u0007,b,c\n1,2,3\n')))?.trouble).toBe('unrecognised');
  expect((await survives(Buffer.from('time,price,size\n1704067200,1.00,1\n', 'utf16le')))?.trouble).toBe('unreadable');
  expect((await survives(Buffer.from('\ufefftime,price,size\n', 'utf16le')))?.trouble).toBe('unreadable');
  expect((await survives(new Uint8Array(0)))?.trouble).toBe('unreadable');
  expect((await survives(Buffer.from('time,price,size\n')))?.trouble).toBe('unreadable');
  expect((await survives(Buffer.from('\n\n\n')))?.trouble).toBe('unreadable');
  const quote = `time,price,size\n1704067200,1.00,1\n"${'x\n'.repeat(900_000)}`;
  expect(await survives(Buffer.from(quote))).toBeNull();
});

test('no such file, a folder', async () => {
  const path = write('folder/x.csv', 'x');
  for (const wrong of [`${path}.nowhere`, path.slice(0, -6)])
    await expect(imported([wrong], options('1', '1'))).rejects.toMatchObject({ name: 'ImportError', trouble: 'unreadable' });
});
