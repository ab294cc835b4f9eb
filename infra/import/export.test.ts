// What leaves as CSV or Parquet comes back as it was: every fact of every kind of block.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK_KINDS, type Block, type BlockKind, NO_SEQ, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import { digestOf, factsOf, imported, instrument, options, SOURCE, scratch } from '#tests/import-twins.ts';
import { exportCsv } from './export-csv.ts';
import { exportParquet } from './export-parquet.ts';

const write = scratch();
let files = 0;
const T = 1_704_067_200_000_000;

const fact = fc.record({
  step: fc.oneof(fc.nat(3), fc.nat(5e9)),
  lag: fc.integer({ min: -5e6, max: 5e9 }),
  skip: fc.integer({ min: 0, max: 3 }),
  flags: fc.nat(7),
  values: fc.array(fc.oneof(fc.nat(50), fc.nat(9e12)), { minLength: 5, maxLength: 5 }),
});

/** Blocks as a tape may hold them: arrivals never fall; venue times, prices and numbers do as they like. */
function blocksOf(
  kind: BlockKind,
  numbered: boolean,
  facts: readonly { step: number; lag: number; skip: number; flags: number; values: number[] }[],
  cut: number,
): Block[] {
  let [at, seq] = [T, 5];
  const rows = facts.map((one) => {
    at += one.step;
    seq += one.skip;
    return { ...one, at, seq };
  });
  const blocks: Block[] = [];
  for (let from = 0; from < rows.length; from += cut) {
    const part = rows.slice(from, from + cut);
    blocks.push({
      instrument: instrument('1', '1').id,
      source: SOURCE,
      kind,
      timeframeUs: kind === 'bar' ? 60e6 : 0,
      count: part.length,
      at: Float64Array.from(part, (row) => row.at),
      venueTime: Float64Array.from(part, (row) => row.at - row.lag),
      venueSeq: numbered ? Float64Array.from(part, (row) => row.seq) : NO_SEQ,
      flags: Uint8Array.from(part, (row) => row.flags),
      values: VALUE_COLUMNS[kind].map((_, i) => Float64Array.from(part, (row) => row.values[i] as number)),
    });
  }
  return blocks;
}

test.each([
  ['csv', exportCsv],
  ['csv.gz', exportCsv],
  ['parquet', exportParquet],
] as const)('import(export(x)) is x: %s', async (suffix, leave) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...BLOCK_KINDS),
      fc.boolean(),
      fc.array(fact, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(['0.01', '0.001'], ['0.5', '1'], ['25', '0.1'], ['1', '0.02']),
      async (kind, numbered, facts, cut, [tick, lot]) => {
        const blocks = blocksOf(kind, numbered, facts, cut);
        const path = write(`${++files}.${suffix}`, '');
        const told = await leave(blocks, instrument(tick as string, lot as string), path);
        expect(told).toMatchObject({ rows: facts.length, kind });
        const back = await imported([path], options(tick as string, lot as string));
        expect(factsOf(back.blocks)).toEqual(factsOf(blocks));
        expect(back.report).toMatchObject({ kind, timeframeUs: blocks[0]?.timeframeUs, rowsQuarantined: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('whole blocks come back as the same blocks', async () => {
  const path = write(
    'long.csv',
    ['time,price,size,id', ...Array.from({ length: 150_000 }, (_, i) => `${T + i},${100 + (i % 9)}.25,1,${i + 1}`)].join('\n'),
  );
  const first = await imported([path], options('0.01', '1'));
  for (const [name, leave] of [
    ['back.csv', exportCsv],
    ['back.parquet', exportParquet],
  ] as const) {
    const out = write(name, '');
    await leave(first.blocks, instrument('0.01', '1'), out);
    const back = await imported([out], options('0.01', '1'));
    expect(back.blocks.map(digestOf)).toEqual(first.blocks.map(digestOf));
  }
});

test('blocks that do not belong together leave no file behind', async () => {
  const one = blocksOf('trade', true, [{ step: 1, lag: 0, skip: 1, flags: 0, values: [1, 1, 1, 1, 1] }], 1);
  const other = blocksOf('quote', true, [{ step: 1, lag: 0, skip: 1, flags: 0, values: [1, 1, 2, 1, 1] }], 1);
  for (const [name, leave] of [
    ['mixed.csv', exportCsv],
    ['mixed.parquet', exportParquet],
  ] as const) {
    const path = write(`no/${name}.anchor`, '').replace('.anchor', '');
    await expect(leave([...one, ...other], instrument('1', '1'), path)).rejects.toThrow('a block of quotes among trades');
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
  }
});

test('a number that a double cannot hold is refused for Parquet, and exact as CSV', async () => {
  const [block] = blocksOf('trade', false, [{ step: 1, lag: 0, skip: 1, flags: 0, values: [9_007_199_254_740_991, 1, 1, 1, 1] }], 1);
  const path = write('wide.csv', '');
  await expect(exportParquet([block as Block], instrument('1', '1'), path)).rejects.toThrow('Export to CSV');
  await exportCsv([block as Block], instrument('1', '1'), path);
  expect(readFileSync(path, 'utf8')).toContain('9007199254740991');
});
