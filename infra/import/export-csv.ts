/**
 * Blocks as a CSV file that any program reads and this one takes back exactly: decimals as text, times in µs, gzip when the name ends in
 * .gz. The file appears when it is whole. Never rounds.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Block } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { ExportColumns, ExportReport } from './export-columns.ts';
import { type AlikeBlock, type Blocks, exportFile } from './export-file.ts';

const LINES_AT_ONCE = 2048;

export const exportCsv = (blocks: Blocks, instrument: Instrument, path: string): Promise<ExportReport> =>
  exportFile(blocks, instrument, path, async (part, alike) => {
    const lines = Readable.from(textOf(alike), { objectMode: true, highWaterMark: 4 });
    const out = createWriteStream(part);
    if (path.endsWith('.gz')) await pipeline(lines, createGzip(), out);
    else await pipeline(lines, out);
    if (!out.closed) await once(out, 'close');
  });

async function* textOf(alike: AsyncGenerator<AlikeBlock>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const { columns, block } of alike) {
    if (isFirst) yield `${header(columns).join(',')}\n`;
    isFirst = false;
    for (let from = 0; from < block.count; from += LINES_AT_ONCE)
      yield linesOf(columns, block, from, Math.min(block.count, from + LINES_AT_ONCE));
  }
}

function header({ kind, values }: ExportColumns): string[] {
  const bars = kind === 'bar' ? ['timeframe_us'] : [];
  return ['time_us', 'arrival_us', ...bars, 'id', 'flags', ...values.map(({ name }) => name)];
}

function linesOf(columns: ExportColumns, block: Block, from: number, to: number): string {
  const bars = columns.kind === 'bar' ? `${columns.timeframeUs},` : '';
  const numbered = block.venueSeq.length > 0;
  let text = '';
  for (let row = from; row < to; row += 1) {
    text += `${block.venueTime[row]},${block.at[row]},${bars}${numbered ? block.venueSeq[row] : ''},${block.flags[row]}`;
    for (let i = 0; i < columns.values.length; i += 1)
      text += `,${(columns.values[i] as ExportColumns['values'][number]).text((block.values[i] as Float64Array)[row] as number)}`;
    text += '\n';
  }
  return text;
}
