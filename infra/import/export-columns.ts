/** The columns of an exported file: their names, as the retrace dialects know them, and the text of their values. Writes nothing. */
import { type Decimal, normalize, parseDecimal } from '#engine/decimal.ts';
import { type Block, type BlockKind, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { textOfSteps } from './decimal-steps.ts';
import { ImportError } from './import-error.ts';

type ValueColumn = Readonly<{ name: string; of: 'tick' | 'lot' }>;

const NAMES: Readonly<Record<BlockKind, readonly ValueColumn[]>> = {
  trade: [
    { name: 'price', of: 'tick' },
    { name: 'size', of: 'lot' },
  ],
  quote: [
    { name: 'bid', of: 'tick' },
    { name: 'bid_size', of: 'lot' },
    { name: 'ask', of: 'tick' },
    { name: 'ask_size', of: 'lot' },
  ],
  bar: [
    { name: 'open', of: 'tick' },
    { name: 'high', of: 'tick' },
    { name: 'low', of: 'tick' },
    { name: 'close', of: 'tick' },
    { name: 'volume', of: 'lot' },
  ],
  book: [
    { name: 'level_price', of: 'tick' },
    { name: 'level_size', of: 'lot' },
  ],
};

export type ExportColumns = Readonly<{
  kind: BlockKind;
  timeframeUs: number;
  values: readonly Readonly<{ name: string; text: (steps: number) => string; step: Decimal }>[];
}>;

/** What the first block says of all that follow. */
export function exportColumns(block: Block, instrument: Instrument): ExportColumns {
  const steps = { tick: normalize(parseDecimal(instrument.tick)), lot: normalize(parseDecimal(instrument.lot)) };
  const values = VALUE_COLUMNS[block.kind].map((_, i) => {
    const { name, of } = NAMES[block.kind][i] as ValueColumn;
    return { name, step: steps[of], text: (value: number) => textOfSteps(value, steps[of]) };
  });
  return { kind: block.kind, timeframeUs: block.timeframeUs, values };
}

/** A file holds facts of one instrument, one kind and one length of bars. */
export function checkAlike(columns: ExportColumns, block: Block, instrument: Instrument): void {
  const remedy = 'Export each into a file of its own';
  if (block.instrument !== instrument.id)
    throw new ImportError('option', `a block of ${block.instrument} among those of ${instrument.id}`, remedy);
  if (block.kind !== columns.kind) throw new ImportError('option', `a block of ${block.kind}s among ${columns.kind}s`, remedy);
  if (block.timeframeUs !== columns.timeframeUs)
    throw new ImportError('option', `bars of ${block.timeframeUs} µs among those of ${columns.timeframeUs} µs`, remedy);
}

export type ExportReport = Readonly<{ path: string; kind: BlockKind | null; rows: number; blocks: number }>;
