/** How the comparison reads in a terminal. It decides nothing. */
import { median } from '../harness.ts';
import type { Bound } from './contenders.ts';
import type { ContestRow, Ratio } from './contest.ts';
import type { Report } from './peers.ts';

/** How many times as fast ours is. */
const COMPARED = ['ours is faster', 'by processor time', 'from start'];

export function workLines({ work, rows, count }: Report['works'][number]): readonly string[] {
  return [
    `${work.id}: ${work.what}`,
    ...columns([
      ['', 'version', 'run s', unitOf(work.id), 'processor s', 'start to answer s', 'MB', ...COMPARED, ''],
      ...rows.map((row) => cells(row, count, work.id)),
    ]),
    ...rows.flatMap(({ name, differs }) => (differs === null ? [] : [`  ${name} is not the same work: ${differs}`])),
    '',
  ];
}

/** What the figures above it hang on. */
export function aboutLines({ machine, noise, input, rounds }: Report): readonly string[] {
  const { busyMs, load } = noise;
  const spread = (100 * (busyMs.highest - busyMs.lowest)) / busyMs.median;
  return [
    `medians of ${rounds} rounds in turns; seed ${input.seed}, ${input.trades} trades, ${input.bars} bars`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; ${machine.pinned ? 'each process on one core' : 'not pinned'}`,
    `noise: the same loop took ${busyMs.lowest.toFixed(0)} to ${busyMs.highest.toFixed(0)} ms, ${spread.toFixed(0)} % of its median apart; load ${load[0]!.toFixed(1)} before, ${load[3]!.toFixed(1)} after`,
  ];
}

const unitOf = (work: string): string => (work === 'w1' ? 'M ticks/s' : work === 'w3' ? 'M bars·runs/s' : 'k bars/s');

function cells(row: ContestRow, count: number, work: string): readonly string[] {
  const { name, version, warm, processor, cold, memoryMb, differs, ratio, processorRatio, coldRatio, bound } = row;
  if (warm.length === 0) return [name, version, '–', '', '', '', '', '', '', '', 'no answer'];
  const rate = count / median(warm) / (work.startsWith('w2') ? 1e3 : 1e6);
  return [
    ...[name, version, seconds(warm), figure(rate), seconds(processor), median(cold).toFixed(2), memoryMb.toFixed(0)],
    ...[ratioText(ratio), ratioText(processorRatio), coldRatio === null ? '' : `${figure(coldRatio)}×`],
    differs !== null ? 'ANOTHER ANSWER' : ratio === null || bound === null ? '' : boundText(ratio.median, bound),
  ];
}

const seconds = (values: readonly number[]): string => median(values).toFixed(3);

/** The median, and the rounds furthest from it. */
const ratioText = (ratio: Ratio | null): string =>
  ratio === null ? '' : `${figure(ratio.median)}× (${figure(ratio.lowest)}–${figure(ratio.highest)})`;

const boundText = (ratio: number, { bar, aim }: Bound): string =>
  [`bar ${bar}× ${ratio >= bar ? 'met' : 'missed'}`, ...(aim === null ? [] : [`aim ${aim}× ${ratio >= aim ? 'met' : 'missed'}`])].join(
    ', ',
  );

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ')}`.trimEnd(),
  );
}
