/** What a branch changes, from rows that were typed in to what the gateway takes. What is left empty changes nothing. */
import type { ReplayForkAsked } from '#gateway/contracts/replays.ts';

export const CHANGES = ['parameter', 'strategy', 'fee', 'maker fee', 'latency', 'limit', 'leave out'] as const;
export type ChangeKind = (typeof CHANGES)[number];
export type ChangeRow = Readonly<{ id: number; kind: ChangeKind; name: string; value: string }>;
export type Whose = Readonly<{ of: string; account: string }>;

/** Of kinds that have a name: what its field asks for. */
export const NAMED: Partial<Record<ChangeKind, string>> = { parameter: 'Parameter', limit: 'Limit' };
export const VALUE: Record<ChangeKind, Readonly<{ label: string; placeholder: string }>> = {
  parameter: { label: 'Its value', placeholder: '30' },
  strategy: { label: 'Strategy', placeholder: 'breakout' },
  fee: { label: 'Basis points of the notional', placeholder: '10' },
  'maker fee': { label: 'Basis points of the notional', placeholder: '2' },
  latency: { label: 'How long the venue takes', placeholder: '250ms, or seeded:20ms..200ms:7' },
  limit: { label: 'Its value, or none', placeholder: '5' },
  'leave out': { label: 'Numbers that do not happen', placeholder: '1200-1260' },
};
export const LIMITS = [
  'maxOrderLots',
  'maxPositionLots',
  'maxOrderNotional',
  'softDailyLoss',
  'hardDailyLoss',
  'maxDrawdown',
  'collarPermille',
  'ordersPerSecond',
  'duplicateUs',
  'staleUs',
];

export type Made = Readonly<{ change: ReplayForkAsked } | { fault: string }>;

export function changeOf(rows: readonly ChangeRow[], { of, account }: Whose): Made {
  const set: Record<string, string | number | boolean> = {};
  const limits: Record<string, string> = {};
  const drop: [number, number][] = [];
  const change: { -readonly [K in keyof ReplayForkAsked]: ReplayForkAsked[K] } = {};
  for (const { kind, name: typedName, value: typed } of rows) {
    const [name, value] = [typedName.trim(), typed.trim()];
    if (value === '' && name === '') continue;
    if (value === '') return { fault: `${kind}${name === '' ? '' : ` ${name}`}: what should it be?` };
    if (kind in NAMED && name === '') return { fault: `${kind}: which one?` };
    switch (kind) {
      case 'parameter':
        set[name] = meant(value);
        break;
      case 'limit':
        limits[name] = value;
        break;
      case 'leave out': {
        const [, first, , last] = /^(\d{1,15})(\s*-\s*(\d{1,15}))?$/.exec(value) ?? [];
        if (first === undefined) return { fault: 'leave out: numbers such as 1200-1260' };
        drop.push([Number(first), Number(last ?? first)]);
        break;
      }
      case 'strategy':
        change.strategy = value;
        break;
      case 'fee':
        change.fee = value;
        break;
      case 'maker fee':
        change.makerFee = value;
        break;
      case 'latency':
        change.latency = value;
        break;
    }
  }
  if (Object.keys(set).length > 0) change.set = set;
  if (Object.keys(limits).length > 0) change.limits = limits;
  if (drop.length > 0) change.drop = drop;
  if (Object.keys(change).length === 0) return { fault: 'nothing is another yet: say what the branch changes' };
  if (of !== '') change.of = of;
  if (account !== '') change.account = account;
  return { change };
}

/** As a command line reads it: a number, yes or no, or a word. */
function meant(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
