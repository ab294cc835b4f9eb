/** How the venue of a backtest answers, from flags and the small tables that they name. What is not asked for is left out, so that the same settings stay the same run. */
import { readFileSync } from 'node:fs';
import type { VenueSpec } from '#engine/execution/account.ts';
import { type FeeTier, tiersFault } from '#engine/execution/fee-tiers.ts';
import { type LatencyRow, LONGEST_LATENCY_US, latencyFault, type MoreLatency } from '#engine/execution/latency.ts';
import { type BorrowTerms, borrowFault, type FundingRow, fundingFault } from '#engine/portfolio/carry.ts';
import type { VenueChange } from '#replay/fork.ts';
import type { CommandSpec } from '../command.ts';
import { durationUs, type Flags, unitsOf } from '../flags.ts';
import { momentOf } from './moments.ts';

export const VENUE_FLAGS: NonNullable<CommandSpec['flags']> = [
  ['--fee <bp>', "taker's fee in basis points of the notional (default 5); a maker's may be below 0, a rebate"],
  ['--maker-fee <bp>', "maker's fee (default: a fifth of the taker's)"],
  [
    '--fee-tiers <table>',
    'other fees once so much was traded in 30 days: traded:maker:taker in bp, like 100000:0.8:4,1000000:0:3, or a file with such rows',
  ],
  [
    '--latency <how>',
    'from a decision to the venue, and for cancels: 100ms (default), seeded:20ms..200ms:7 for one of its own each order, recorded:file for a table of time of day,latency',
  ],
  ['--fills <how>', 'lots: an order shares what was traded (default); whole: it fills whole at the first price that reaches it'],
  ['--limit-fills <how>', 'touch (default): a price at a resting limit fills it; through: only one beyond it'],
  ['--slippage <ticks>', 'ticks that a taker pays more (default 0)'],
  ['--slippage-bp <bp>', 'basis points of the price that a taker pays more (default 0)'],
  ['--spread <ticks>', 'a spread where the data knows none: a taker pays half of it (default 0)'],
  ['--volume-share <permille>', 'with --fills lots: an order gets at most so many of a thousand lots that were traded'],
  [
    '--takers <how>',
    'fact (default): a taker fills at the trade or quote; book: it walks the recorded book, which needs a tape of its changes too',
  ],
  ['--borrow <bp>', 'what a short position pays in a year, in basis points of its worth, a day of it each midnight (UTC), or at 250@21:00'],
  ['--funding <file>', 'of perpetuals: rows of time,rate, or instrument,time,rate; where the rate is above 0 longs pay shorts'],
];

export const VENUE_FLAG_NAMES: readonly string[] = VENUE_FLAGS.map(([flag]) => flag.slice(2, flag.indexOf(' ')));

const LEAST_FEE = -10_000n;
const MOST_FEE = 100_000n;

/** `instruments`: those of the data; null while nobody has looked. */
export function venueIn(flags: Flags, instruments: readonly string[] | null): VenueSpec {
  const taker = flags.decimal('fee', 2, 0n, MOST_FEE) ?? 500n;
  const maker = flags.decimal('maker-fee', 2, LEAST_FEE, MOST_FEE) ?? taker / 5n;
  const fills = flags.choice('fills', ['lots', 'whole']) ?? 'lots';
  const more = {
    ...worseFills(flags, fills),
    feeTiers: tiersIn(flags),
    borrow: borrowIn(flags),
    funding: fundingIn(flags, instruments),
  };
  return {
    ...latencyIn(flags),
    ...{
      makerFee: Number(maker),
      takerFee: Number(taker),
      fills,
      rejectAboveLots: null,
    },
    ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)),
  };
}

/** What a branch asks to be otherwise. */
export function venueChangeIn(flags: Flags): VenueChange {
  const [taker, maker] = [flags.decimal('fee', 2, LEAST_FEE, MOST_FEE), flags.decimal('maker-fee', 2, LEAST_FEE, MOST_FEE)];
  const tiers = flags.text('fee-tiers') === 'none' ? null : tiersIn(flags);
  return {
    ...(taker === null ? {} : { takerFee: Number(taker) }),
    ...(maker === null ? {} : { makerFee: Number(maker) }),
    ...latencyAsked(flags),
    ...(flags.given('fee-tiers') ? { feeTiers: tiers } : {}),
  };
}

function worseFills(flags: Flags, fills: VenueSpec['fills']): Record<string, unknown> {
  const walk = flags.choice('takers', ['fact', 'book']) === 'book' ? 'book' : null;
  for (const [name, asked] of [
    ['volume-share', flags.given('volume-share')],
    ['takers', walk !== null],
  ] as const)
    if (asked && fills === 'whole')
      flags.fault(name, flags.text(name)!, 'shares lots, and --fills whole knows none: leave one of them out');
  return {
    limitFills: flags.choice('limit-fills', ['touch', 'through']),
    slippageTicks: flags.whole('slippage', 0, 1_000_000),
    slippageBp: flags.whole('slippage-bp', 0, 10_000),
    spreadTicks: flags.whole('spread', 0, 1_000_000),
    volumePermille: flags.whole('volume-share', 1, 1_000),
    walk,
  };
}

function tiersIn(flags: Flags): readonly FeeTier[] | null {
  const text = flags.text('fee-tiers');
  if (text === null) return null;
  const isInline = /^[\d.]+:/.test(text);
  const rows = isInline ? text.split(',').map((row) => row.split(':')) : rowsOf(flags, 'fee-tiers', text);
  if (rows === null) return null;
  const tiers = rows.map((row): FeeTier | null => {
    const [from, maker, taker] = row.length === 3 ? [unitsOf(row[0]!, 0), unitsOf(row[1]!, 2), unitsOf(row[2]!, 2)] : [];
    if (from == null || maker == null || taker == null) return null;
    if ([maker, taker].some((fee) => fee < LEAST_FEE || fee > MOST_FEE)) return null;
    return { from: Number(from), makerFee: Number(maker), takerFee: Number(taker) };
  });
  const wrong = tiers.indexOf(null);
  if (wrong >= 0) {
    const why = 'is not traded, maker and taker: a whole amount of the currency, and two fees in basis points from -100 to 1000';
    flags.fault('fee-tiers', text, `row ${wrong + 1} (${rows[wrong]!.join(isInline ? ':' : ',')}) ${why}`);
    return null;
  }
  return sound(flags, 'fee-tiers', text, tiers as FeeTier[], tiersFault);
}

/** As `--fee-tiers` takes them. */
export const tiersText = (tiers: readonly FeeTier[]): string =>
  tiers.map(({ from, makerFee, takerFee }) => `${from}:${makerFee / 100}:${takerFee / 100}`).join(',');

const HOW = 'is not a time like 100ms, seeded:20ms..200ms:7 or recorded:file';

function latencyIn(flags: Flags): Pick<VenueSpec, 'latencyUs' | 'moreLatency'> {
  return latencyAsked(flags) ?? { latencyUs: 100_000 };
}

/** Null where nothing is said, or nothing that can be read. */
function latencyAsked(flags: Flags): Pick<VenueSpec, 'latencyUs' | 'moreLatency'> | null {
  const text = flags.text('latency');
  if (text === null) return null;
  const refused = (why: string) => {
    flags.fault('latency', text, why);
    return null;
  };
  const [, kind, rest] = /^(fixed|seeded|recorded):(.+)$/.exec(text) ?? [null, 'fixed', text];
  if (kind === 'recorded') {
    const rows = rowsOf(flags, 'latency', rest!);
    if (rows === null) return null;
    const read = rows.map(latencyRow);
    const wrong = read.indexOf(null);
    if (wrong >= 0)
      return refused(`row ${wrong + 1} (${rows[wrong]!.join(',')}) is not a time of day (UTC) and a latency, like 14:30,25ms`);
    const more = sound<MoreLatency>(flags, 'latency', text, { kind: 'recorded', rows: read as LatencyRow[] }, latencyFault);
    return more === null ? null : { latencyUs: 0, moreLatency: more };
  }
  if (kind === 'seeded') {
    const [, least, most, seed] = /^(\w+)\.\.(\w+):(\d{1,15})$/.exec(rest!) ?? [];
    const [from, to] = [durationUs(least ?? ''), durationUs(most ?? '')];
    if (from === null || to === null) return refused(HOW);
    if (!(from < to && to <= LONGEST_LATENCY_US))
      return refused('gives no range: the first time lies below the second, which is at most 60s');
    return { latencyUs: from, moreLatency: { kind, seed: Number(seed), mostUs: to - from } };
  }
  const us = durationUs(rest!);
  return us === null || us > LONGEST_LATENCY_US ? refused(us === null ? HOW : 'is more than 60s') : { latencyUs: us };
}

/** What is added to a latency, for a table of what a run was given. */
export const moreLatencyText = (more: MoreLatency | null): string =>
  more === null ? 'none' : more.kind === 'seeded' ? `seeded: up to ${more.mostUs / 1000} ms, ${more.seed}` : 'recorded';

function latencyRow(row: readonly string[]): LatencyRow | null {
  const from = timeOfDayIn(row[0]!);
  const us = row.length === 2 ? durationUs(row[1]!) : null;
  return from === null || us === null ? null : [from, us];
}

/** `14:30`, `14:30:00.5`: µs since midnight, or null. */
function timeOfDayIn(text: string): number | null {
  const [, hours, minutes, seconds = '0'] = /^(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?$/.exec(text) ?? [];
  const part = unitsOf(seconds, 6);
  if (part === null || hours === undefined) return null;
  if (Number(hours) > 23 || Number(minutes) > 59 || part >= 60_000_000n) return null;
  return (Number(hours) * 60 + Number(minutes)) * 60_000_000 + Number(part);
}

function borrowIn(flags: Flags): BorrowTerms | null {
  const text = flags.text('borrow');
  if (text === null) return null;
  const [bp, time = '00:00'] = text.split('@') as [string, string | undefined];
  const [rate, timeOfDayUs] = [unitsOf(bp, 2), timeOfDayIn(time)];
  if (rate !== null && timeOfDayUs !== null) return sound(flags, 'borrow', text, { rate: Number(rate), timeOfDayUs }, borrowFault);
  flags.fault('borrow', text, 'is not basis points a year, like 250 or 12.5, or with a time of day (UTC) like 250@21:00');
  return null;
}

function fundingIn(flags: Flags, instruments: readonly string[] | null): readonly FundingRow[] | null {
  const text = flags.text('funding');
  const rows = text === null ? null : rowsOf(flags, 'funding', text);
  if (text === null || rows === null) return null;
  const known = instruments ?? [];
  const read = rows.map((row): FundingRow | null => {
    const [instrument, time, rate] = row.length === 2 ? [known[0] ?? 'the only one', ...row] : row;
    const [at, parts] = [momentOf(time ?? ''), unitsOf(rate ?? '', 8)];
    return row.length > 3 || instrument === undefined || at === null || parts === null ? null : { instrument, at, rate: Number(parts) };
  });
  const wrong = read.indexOf(null);
  if (wrong >= 0) {
    const why = 'is not time,rate or instrument,time,rate, like 2022-01-01T08:00:00Z,0.0001: the rate has at most 8 digits after the point';
    flags.fault('funding', text, `row ${wrong + 1} (${rows[wrong]!.join(',')}) ${why}`);
    return null;
  }
  const table = (read as FundingRow[]).sort(
    (a, b) => a.at - b.at || (a.instrument < b.instrument ? -1 : a.instrument > b.instrument ? 1 : 0),
  );
  if (instruments !== null) {
    const stranger = table.find(({ instrument }) => !instruments.includes(instrument));
    if (stranger !== undefined)
      flags.fault('funding', text, `${stranger.instrument} is not in the data, which has ${instruments.join(', ')}`);
    if (instruments.length > 1 && rows.some(({ length }) => length === 2))
      flags.fault('funding', text, `the data has ${instruments.length} instruments: begin each row with one of ${instruments.join(', ')}`);
  }
  return sound(flags, 'funding', text, table, fundingFault);
}

function sound<T>(flags: Flags, name: string, text: string, table: T, faultOf: (table: T) => string | null): T | null {
  const fault = faultOf(table);
  if (fault === null) return table;
  flags.fault(name, text, fault);
  return null;
}

/** Rows of a small file, cells parted by commas; a first row without a digit names the columns, and a row that begins with # is none. */
function rowsOf(flags: Flags, name: string, path: string): readonly (readonly string[])[] | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    flags.fault(name, path, `cannot be read as a file: ${(error as Error).message}`);
    return null;
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const named = lines.length > 0 && !/\d/.test(lines[0]!) ? lines.slice(1) : lines;
  return named.map((line) => line.split(',').map((cell) => cell.trim()));
}
