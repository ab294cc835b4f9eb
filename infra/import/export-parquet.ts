/**
 * Blocks as a Parquet file (snappy) that any program reads and this one takes back exactly: stamps as INT64 µs, prices and sizes as the
 * doubles nearest to their decimals, which is refused where a double could not tell two steps apart. The file appears when it is whole.
 */
import { type ColumnSource, fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { Block } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { ExportColumns, ExportReport } from './export-columns.ts';
import { type Blocks, exportFile } from './export-file.ts';
import { ImportError } from './import-error.ts';

/** A double tells decimals of fifteen digits apart, and its shortest text is the decimal itself. */
const MOST_DIGITS = 1e15;

export const exportParquet = (blocks: Blocks, instrument: Instrument, path: string): Promise<ExportReport> =>
  exportFile(blocks, instrument, path, async (part, alike) => {
    let writer: ParquetWriter | null = null;
    for await (const { columns, block } of alike) {
      if (block.count === 0) continue;
      const columnData = columnsOf(columns, block);
      writer ??= new ParquetWriter({ writer: fileWriter(part), schema: schemaFromColumnData({ columnData }), createdBy: 'retrace' });
      await writer.write({ columnData, rowGroupSize: block.count });
    }
    if (writer === null) throw new ImportError('option', 'there is nothing to export', 'A Parquet file needs a row to tell its columns');
    await writer.finish();
  });

function columnsOf(columns: ExportColumns, block: Block): ColumnSource[] {
  const whole = (column: Float64Array): bigint[] => Array.from(column.subarray(0, block.count), BigInt);
  const ids = block.venueSeq.length > 0 ? whole(block.venueSeq) : new Array<null>(block.count).fill(null);
  const bars: ColumnSource[] =
    columns.kind === 'bar'
      ? [{ name: 'timeframe_us', data: new Array<bigint>(block.count).fill(BigInt(columns.timeframeUs)), type: 'INT64', nullable: false }]
      : [];
  return [
    { name: 'time_us', data: whole(block.venueTime), type: 'INT64', nullable: false },
    { name: 'arrival_us', data: whole(block.at), type: 'INT64', nullable: false },
    ...bars,
    { name: 'id', data: ids, type: 'INT64', nullable: true },
    { name: 'flags', data: Array.from(block.flags.subarray(0, block.count)), type: 'INT32', nullable: false },
    ...columns.values.map((value, i): ColumnSource => {
      const data = new Float64Array(block.count);
      for (let row = 0; row < block.count; row += 1) data[row] = doubleOf((block.values[i] as Float64Array)[row] as number, value);
      return { name: value.name, data, type: 'DOUBLE', nullable: false };
    }),
  ];
}

function doubleOf(steps: number, { name, step, text }: ExportColumns['values'][number]): number {
  if (Math.abs(steps) * Number(step.digits) < MOST_DIGITS) return Number(text(steps));
  throw new ImportError('option', `${name}: ${text(steps)} has more digits than a double holds`, 'Export to CSV');
}
