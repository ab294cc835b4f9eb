/** What was asked of an import, read from its flags; what is wrong with them is collected there. */
import { basename } from 'node:path';
import { BLOCK_KINDS } from '#engine/market/blocks.ts';
import { COLUMN_ROLES, DIALECT_NAMES } from '#infra/import/dialects.ts';
import { FAULT_NAMES, FAULTS, type Fault, type FaultPolicy } from '#infra/import/faults.ts';
import { columnsOfText, type ImportOptions } from '#infra/import/import-options.ts';
import type { Flags } from '../flags.ts';
import { nearest } from '../nearest.ts';
import { momentIn } from './moments.ts';

export type ImportAsked = Readonly<{
  files: readonly string[];
  tape: string;
  replace: boolean;
  /** Null: told from the data. */
  instrument: string | null;
  tick: string | null;
  lot: string | null;
  multiplier: string;
  currency: string;
  calendar: string;
  source: string;
  latencyUs: number;
  options: Partial<ImportOptions>;
}>;

const YEAR_US = 366 * 86_400_000_000;

export function importAsked(flags: Flags, files: readonly string[]): ImportAsked {
  const dialect = flags.text('dialect');
  if (dialect !== null && !DIALECT_NAMES.includes(dialect)) {
    const meant = nearest(dialect, DIALECT_NAMES);
    flags.fault('dialect', dialect, `is not one of ${DIALECT_NAMES.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`);
  }
  const percent = flags.decimal('outlier', 1, 1n, 1_000_000n);
  const tape = flags.text('tape') ?? tapeName(files[0] ?? '');
  if (!/^[\w.-]{1,64}$/.test(tape)) flags.fault('tape', tape, 'is not a name of up to 64 letters, digits, points, dashes and underscores');
  const said = {
    kind: flags.choice('kind', BLOCK_KINDS),
    dialect,
    columns: columnsIn(flags),
    timeUnit: flags.choice('time-unit', ['s', 'ms', 'us', 'ns']),
    dateOrder: flags.choice('date-order', ['ymd', 'dmy', 'mdy']),
    utcOffsetMinutes: flags.whole('utc-offset', -960, 960),
    barTimeframeUs: flags.duration('bar', 1, YEAR_US),
    barStamp: flags.choice('bar-stamp', ['open', 'close']),
    symbol: flags.text('symbol'),
    from: momentIn(flags, 'from'),
    to: momentIn(flags, 'to'),
    outlierPermille: percent === null ? null : Number(percent),
    gaps: flags.choice('gaps', ['keep', 'refuse']),
    policies: policiesIn(flags),
  };
  return {
    files,
    tape,
    replace: flags.flag('replace'),
    instrument: flags.text('instrument'),
    tick: flags.text('tick'),
    lot: flags.text('lot'),
    multiplier: flags.text('multiplier') ?? '1',
    currency: flags.text('currency') ?? 'USD',
    calendar: flags.text('calendar') ?? 'ALWAYS',
    source: flags.text('source') ?? 'tape',
    latencyUs: flags.duration('latency', 0, 86_400_000_000) ?? 0,
    options: Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)),
  };
}

/** `btc-1m.csv.gz` → `btc-1m`. */
function tapeName(file: string): string {
  return basename(file)
    .replace(/\.(gz|zip)$/i, '')
    .replace(/\.(csv|txt|tsv|json|jsonl|ndjson|data|parquet|pq)$/i, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 64);
}

function columnsIn(flags: Flags): ImportOptions['columns'] {
  const text = flags.text('columns');
  if (text === null) return null;
  try {
    return columnsOfText(text);
  } catch (error) {
    flags.fault('columns', text, `${(error as Error).message}; roles are ${COLUMN_ROLES.join(', ')}`);
    return null;
  }
}

const POLICIES: readonly FaultPolicy[] = ['refuse', 'quarantine', 'keep'];

function policiesIn(flags: Flags): ImportOptions['policies'] | null {
  const pairs = Object.entries(flags.pairs('on'));
  if (pairs.length === 0) return null;
  const chosen: Partial<Record<Fault, FaultPolicy>> = {};
  for (const [fault, policy] of pairs) {
    if (!POLICIES.includes(policy as FaultPolicy)) flags.fault('on', `${fault}=${policy}`, `is not one of ${POLICIES.join(', ')}`);
    else if (fault === 'all') {
      for (const name of FAULT_NAMES) if (policy !== 'keep' || FAULTS[name].keepable) chosen[name] = policy as FaultPolicy;
    } else if (FAULT_NAMES.includes(fault as Fault)) chosen[fault as Fault] = policy as FaultPolicy;
    else flags.fault('on', `${fault}=${policy}`, `there is no such fault; there are ${FAULT_NAMES.join(', ')}, and all`);
  }
  return chosen;
}
