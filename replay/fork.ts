/** What a change of a run means: which of its inputs are others, and the mark by which the branch can be derived again. Runs nothing. */
import type { VenueSpec } from '#engine/execution/account.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Plain } from '#engine/record.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { type Parameters, parametersOf, type StrategyCatalogue, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { Sha256 } from '#engine/values.ts';
import type { ForkMark } from './branching.ts';

/** Plain as JSON is, so that a catalogue can keep it. */
export type ForkChange = Readonly<{
  /** The last number that stays as it was; 0: from the beginning. */
  at: number;
  /** Parameters of every strategy of the run. */
  set: Readonly<Record<string, number | boolean | string>>;
  /** Instead of the one that ran; it takes over the parameters that it knows by name. */
  strategy: Readonly<{ name: string; version: Sha256 }> | null;
  venue: Readonly<Partial<Pick<VenueSpec, 'latencyUs' | 'makerFee' | 'takerFee'>>>;
  /** Of every pure account, as text of whole numbers; money in minor units. */
  limits: Readonly<Partial<Record<keyof Limits, string>>>;
  dropped: readonly (readonly [from: number, to: number])[];
}>;

export const NO_CHANGE: ForkChange = { at: 0, set: {}, strategy: null, venue: {}, limits: {}, dropped: [] };

export type Branch = Readonly<{
  /** What the branch's journal begins with. */
  inputs: readonly InputRecord[];
  /** Null when its inputs say it all. */
  mark: ForkMark | null;
}>;

/** A change that does not fit its run: every fault is listed. */
export class BadFork extends Error {
  override name = 'BadFork';
}

const MONEY: readonly string[] = ['maxOrderNotional', 'softDailyLoss', 'hardDailyLoss', 'maxDrawdown'] satisfies (keyof Limits)[];
export const LIMIT_NAMES = Object.keys(NO_LIMITS) as readonly (keyof Limits)[];
export const isMoney = (limit: string): boolean => MONEY.includes(limit);

/** `inputs`: all that the run took before its first market fact. */
export function branchOf(inputs: readonly InputRecord[], change: ForkChange, catalogue: StrategyCatalogue): Branch {
  const { at, limits, dropped } = change;
  const setUp = inputs.length;
  const fromBeginning = at < setUp;
  const changed = inputs.map((input) => changedInput(input, change, catalogue));
  const accounts = inputs.flatMap((input) => (input.type === 'AccountOpened' && input.account.pure !== null ? [input.account.id] : []));
  const hasLimits = Object.keys(limits).length > 0;
  // a limit needs its account: at the beginning means behind what sets the desk up
  const parts = fromBeginning ? (hasLimits ? setUp : 0) : at;
  const rows = droppedBehind(Math.max(parts, setUp), dropped);
  const mark: ForkMark = {
    at: parts,
    replaced: fromBeginning ? [] : changed.filter((input, index) => input !== inputs[index]),
    limits: hasLimits ? accounts.map((of) => ({ scope: 'account', of, limits: { ...NO_LIMITS, ...limitsIn(limits) } })) : [],
    dropped: rows,
  };
  const says = !fromBeginning || hasLimits || rows.length > 0;
  return { inputs: fromBeginning ? changed : inputs, mark: says ? mark : null };
}

/** What a manifest holds of it. */
export const forkedPlain = (parent: string, change: ForkChange, mark: ForkMark | null): Plain =>
  ({ parent, change, mark }) as unknown as Plain;

function changedInput(input: InputRecord, { set, strategy, venue }: ForkChange, catalogue: StrategyCatalogue): InputRecord {
  switch (input.type) {
    case 'AccountOpened': {
      const { account } = input;
      if (account.pure === null || Object.keys(venue).length === 0) return input;
      return { ...input, account: { ...account, pure: { ...account.pure, ...venue } } };
    }
    case 'StrategyDeployed': {
      if (strategy === null && Object.keys(set).length === 0) return input;
      const { name, version } = strategy ?? input;
      const definition = catalogue(name, version);
      if (definition === null) throw new UnknownStrategy(`no strategy ${name} of version ${version} is here`);
      if (definition.subscriptions !== null && definition.subscriptions !== input.subscriptions.length)
        throw new BadFork(
          `--strategy ${name}: listens to ${definition.subscriptions} candle streams, and the run hands it ${input.subscriptions.length}`,
        );
      const kept = Object.entries(input.parameters).filter(([key]) => Object.hasOwn(definition.parameters, key));
      const parameters: Parameters = parametersOf(definition, { ...Object.fromEntries(kept), ...set });
      return { ...input, name, version, parameters };
    }
    default:
      return input;
  }
}

function limitsIn(limits: ForkChange['limits']): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).map(([name, text]) => [name, isMoney(name) ? BigInt(text) : Number(text)]));
}

/** Rising and apart, as the desk leaves them out. */
function droppedBehind(last: number, dropped: ForkChange['dropped']): ForkMark['dropped'] {
  const faults: string[] = [];
  const rising = [...dropped].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of rising) {
    if (to < from) faults.push(`--drop ${from}-${to}: ends before it begins`);
    if (from <= last) faults.push(`--drop ${from}-${to}: the branch begins behind number ${last}; drop later ones`);
    const before = joined.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else joined.push([from, to]);
  }
  if (faults.length > 0) throw new BadFork(faults.join('\n'));
  return joined;
}
