/** The status screen of a running desk: feeds, gates and why, money, the last decisions, the journal. Draws lines; paints nothing. */

import { minorText } from '#engine/decimal.ts';
import type { Minor } from '#engine/values.ts';
import type { Measures } from '#replay/words.ts';
import { clock, iso } from '#replay/words.ts';
import { reasonText, sentence, stateText } from './sentences.ts';
import { type Colours, cut, padEnd, padStart, visibleLength } from './terminal.ts';
import type { GateLine, News, Picture } from './watch.ts';

export type Status = Readonly<{
  title: string;
  /** What it is doing at the moment, when that is not simply running. */
  note: string;
  picture: Picture;
  counts: Readonly<{ ticks: number; decisions: number; orders: number; fills: number; refusals: number }>;
  lately: readonly News[];
  measures: Measures;
  ticksPerSecond: number;
  journal: string;
  /** The last number that would survive a power cut; null where nothing is written. */
  durable: number | null;
  pendingBytes: number;
  /** The last line: what the keys do. */
  keys: string;
}>;

/** Below this many columns a sentence makes do with fewer words. */
const NARROW = 100;

export function screenLines(status: Status, colours: Colours, width: number, height: number): string[] {
  const { picture, counts, measures } = status;
  const dim = colours.dim;
  const rule = dim('─'.repeat(Math.max(0, width - 1)));
  const lines = [
    spread(
      `${colours.bold(status.title)}${status.note === '' ? '' : `  ${colours.yellow(status.note)}`}`,
      dim(timeText(picture.atUs)),
      width,
    ),
    rule,
  ];
  for (const account of picture.accounts) {
    const money = (amount: bigint) => grouped(minorText(amount as Minor, account.scale));
    const gain = account.equity - account.opening;
    const parts = [
      `${dim('equity')} ${colours.bold(money(account.equity))} ${account.currency}`,
      `${dim('gain')} ${signed(gain, account.scale, colours)}`,
      ...(width < NARROW ? [] : [`${dim('from peak')} ${money(account.equity - account.peak)}`]),
      `${dim('orders')} ${count(counts.orders)}`,
      `${dim('fills')} ${count(counts.fills)}`,
      `${dim('refused')} ${count(counts.refusals)}`,
    ];
    lines.push(parts.join(width < NARROW ? '  ' : '   '));
  }
  lines.push(`${dim('gate')} ${gateText([picture.global, ...picture.accounts.map(({ gate }) => gate)], colours)}`, '');
  lines.push(...instrumentLines(picture, colours, width));
  const tail = [
    '',
    spread(
      `${dim('journal')} ${status.journal}`,
      dim(`${durableText(status)}   ${count(Math.round(status.ticksPerSecond))} ticks/s`),
      width,
    ),
    dim(status.keys),
  ];
  const room = height - 1 - lines.length - tail.length - 2;
  if (room >= 1) {
    lines.push('', dim('last decisions'));
    const lately = status.lately.slice(-room);
    for (const news of lately)
      lines.push(cut(`${dim(clock(news.decision.at).slice(0, 8))}  ${sentence(news, measures, colours)}`, width - 1));
    for (let left = Math.min(room, 8) - lately.length; left > 0; left--) lines.push('');
  }
  return [...lines, ...tail];
}

/** A column: its head, whether it stands at the right, and below which width of the terminal it is left out. */
const COLUMNS = [
  ['instrument', 'left', 0],
  ['strategy', 'left', 96],
  ['last', 'right', 0],
  ['feed', 'left', 0],
  ['age', 'right', 104],
  ['holds', 'right', 0],
  ['orders', 'right', 88],
  ['gain', 'right', 0],
  ['gate', 'left', 0],
] as const;

function instrumentLines(picture: Picture, colours: Colours, width: number): string[] {
  const dim = colours.dim;
  const rows = picture.instruments.map(({ id, last, feed, trouble, ageUs, gate, held, flat, working, gain }) => {
    const on = picture.strategies.filter((strategy) => strategy.on === id);
    return [
      id,
      on.map(({ name, state, seen }) => `${name} ${stateText(state, colours)}${seen === '' ? '' : ` ${seen}`}`).join(', '),
      grouped(last),
      `${stateText(feed, colours)}${trouble === '' ? '' : ` ${trouble}`}`,
      ageUs === null ? dim('–') : ageText(ageUs),
      flat ? dim('flat') : grouped(held),
      working === 0 ? dim('–') : String(working),
      signed(gain, 2, colours),
      gateText([gate, ...on.map((strategy) => strategy.gate)], colours, width < NARROW),
    ];
  });
  const shown = COLUMNS.flatMap(([, , least], column) => (width >= least ? [column] : []));
  const widths = COLUMNS.map(([head], column) => Math.max(head.length, ...rows.map((row) => visibleLength(row[column]!))));
  const line = (cells: readonly string[]) =>
    cut(
      shown
        .map((column) =>
          COLUMNS[column]![1] === 'right' ? padStart(cells[column]!, widths[column]!) : padEnd(cells[column]!, widths[column]!),
        )
        .join('  ')
        .trimEnd(),
      width - 1,
    );
  return [dim(line(COLUMNS.map(([head]) => head))), ...rows.map(line)];
}

/** The most restrictive of several gates, and every reason of all of them. */
export function gateText(gates: readonly GateLine[], colours: Colours, narrow = false): string {
  const rank = ['OPEN', 'ARMED', 'RECONCILE', 'RECOVER', 'BOOT', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED', 'KILLED'];
  const worst = gates.reduce((a, b) => (rank.indexOf(b.state) > rank.indexOf(a.state) ? b : a));
  const reasons = [...new Set(gates.flatMap((gate) => gate.reasons.map(({ cause, of }) => reasonText(`${cause}:${of}`))))];
  return `${stateText(worst.state, colours)}${reasons.length === 0 ? '' : `${narrow ? ':' : ` ${colours.dim('because')}`} ${reasons.join(', ')}`}`;
}

function durableText({ durable, pendingBytes, picture }: Status): string {
  if (durable === null) return `number ${count(picture.seq)}`;
  return `durable ${count(durable)} of ${count(picture.seq)}${pendingBytes > 0 ? ` (${bytes(pendingBytes)} on the way)` : ''}`;
}

const timeText = (us: number) => `${iso(us).slice(0, 10)} ${iso(us).slice(11, 19)} UTC`;
const ageText = (us: number) => `${(us / 1e6).toFixed(1)} s`;
const count = (value: number) => grouped(String(value));

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 ** 2).toFixed(1)} MiB`;
}

/** `12345.6` as `12,345.6`. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

function signed(amount: bigint, scale: number, colours: Colours): string {
  const text = grouped(minorText(amount as Minor, scale));
  if (amount === 0n) return colours.dim(text);
  return amount > 0n ? colours.green(`+${text}`) : colours.red(text);
}

function spread(left: string, right: string, width: number): string {
  const gap = width - 1 - visibleLength(left) - visibleLength(right);
  return gap >= 2 ? `${left}${' '.repeat(gap)}${right}` : `${left}  ${right}`;
}
