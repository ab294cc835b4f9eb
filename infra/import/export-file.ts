/** What every export does: blocks that are alike, counted, into a file that appears when it is whole. Knows no format. */
import { rename, rm } from 'node:fs/promises';
import type { Block } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { checkAlike, type ExportColumns, type ExportReport, exportColumns } from './export-columns.ts';

export type Blocks = Iterable<Block> | AsyncIterable<Block>;
export type AlikeBlock = Readonly<{ columns: ExportColumns; block: Block }>;

/** `write` puts all of them into the file that it is handed; whatever it throws leaves none. */
export async function exportFile(
  blocks: Blocks,
  instrument: Instrument,
  path: string,
  write: (part: string, alike: AsyncGenerator<AlikeBlock>) => Promise<void>,
): Promise<ExportReport> {
  const report = { path, kind: null as ExportReport['kind'], rows: 0, blocks: 0 };
  const part = `${path}.part`;
  try {
    await write(part, alikeIn(blocks, instrument, report));
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
  return report;
}

async function* alikeIn(
  blocks: Blocks,
  instrument: Instrument,
  report: { kind: ExportReport['kind']; rows: number; blocks: number },
): AsyncGenerator<AlikeBlock> {
  let columns: ExportColumns | null = null;
  for await (const block of blocks) {
    columns ??= exportColumns(block, instrument);
    checkAlike(columns, block, instrument);
    report.kind = block.kind;
    yield { columns, block };
    report.rows += block.count;
    report.blocks += 1;
  }
}
