/** The one input of all contenders, on the disk: the same trades and bars as our tapes and as .npy columns. Written once, then found again. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { w1Block, w1Ticks } from '../w1-market.ts';
import { minutesBlock, tapeOf, w1Minutes } from '../w2-market.ts';

export const SEED = 42;

export type InputAsked = Readonly<{ trades: number; bars: number }>;

/** Its folder. */
export function writtenInput(folder: string, { trades, bars }: InputAsked, say: (line: string) => void): string {
  const place = join(folder, `input-${SEED}-${trades}-${bars}`);
  if (existsSync(place)) return place;
  say(`writing ${trades} trades and ${bars} bars (seed ${SEED}), once`);
  const part = `${place}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, 'tapes'), { recursive: true });

  const ticks = w1Ticks(SEED, trades);
  columns(part, 'trades', { time: ticks.time, price: ticks.price, lots: ticks.lots });
  tapeOf(join(part, 'tapes', 'trades'), w1Block(SEED, ticks));

  const { count: _, ...minutes } = w1Minutes(SEED, bars);
  columns(part, 'bars', minutes);
  tapeOf(join(part, 'tapes', 'bars'), minutesBlock({ count: bars, ...minutes }));
  renameSync(part, place);
  return place;
}

function columns(folder: string, name: string, named: Readonly<Record<string, Float64Array>>): void {
  for (const [column, values] of Object.entries(named)) writeFileSync(join(folder, `${name}-${column}.npy`), npy(values));
}

/** Version 1.0 of the format: magic, a padded header, then the values as they lie in memory (little-endian). */
function npy(values: Float64Array): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + values.byteLength);
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  bytes.set(Buffer.from(`${header.padEnd(length - 1)}\n`), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + length);
  return bytes;
}
