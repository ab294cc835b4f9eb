/** What a change of a run means: which of its inputs are others, and the mark by which the branch can be derived again. Runs nothing. */
import type { AccountSpec, VenueSpec } from '#engine/execution/account.ts';
import type { FeeTier } from '#engine/execution/fee-tiers.ts';
import type { MoreLatency } from '#engine/execution/latency.ts';
import type { InputRecord, InputType, Scope } from '#engine/inputs.ts';
import type { Plain } from '#engine/record.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { type Parameters, parametersOf, type StrategyCatalogue, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { Minor, Sha256 } from '#engine/values.ts';
import type { ForkMark } from './branching.ts';

/** Plain as JSON is, so that a catalogue can keep it. */
export type ForkChange = Readonly<{
  /** The last number that stays as it was; 0: from the beginning. */
  at: number;
  /** The account, strategy or instrument that is meant; null: every strategy, and every account. */
  of: string | null;
  /** Parameters of every strategy that knows them. */
  set: Readonly<Record<string, number | boolean | string>>;
  /** Instead of the one that ran; it takes over the parameters that it knows by name. */
  strategy: Readonly<{ name: string; version: Sha256 }> | null;
  venue: VenueChange;
  /** Of every account, or of what is meant; as text of whole numbers, money in minor units, `none` lifts one. */
  limits: Readonly<Partial<Record<keyof Limits, string>>>;
  dropped: readonly (readonly [from: number, to: number])[];
  /** Accounts of outside venues are answered inside the desk, on these terms; what their venues said does not happen. */
  inside: VenueSpec | null;
}>;

/** Terms that are others; null takes away what is added to the latency, or the tiers. */
export type VenueChange = Readonly<
  Partial<Pick<VenueSpec, 'latencyUs' | 'makerFee' | 'takerFee'>> & {
    moreLatency?: MoreLatency | null;
    feeTiers?: readonly FeeTier[] | null;
  }
>;

export const NO_CHANGE: ForkChange = { at: 0, of: null, set: {}, strategy: null, venue: {}, limits: {}, dropped: [], inside: null };
export const NO_LIMIT = 'none';

export type Branch = Readonly<{
  /** What stands in the branch's journal in place of its parent's inputs, all of them. */
  inputs: readonly InputRecord[];
  /** Null when its inputs say it all. */
  mark: ForkMark | null;
}>;

/** A run that is branched: its inputs beside market facts, how many numbers stand before the first of these, and where it parted itself. */
export type Parent = Readonly<{ inputs: readonly InputRecord[]; setUp: number; mark: ForkMark | null }>;

/** A change that does not fit its run: every fault is listed. */
export class BadFork extends Error {
  override name = 'BadFork';
}

const MONEY: readonly string[] = ['maxOrderNotional', 'softDailyLoss', 'hardDailyLoss', 'maxDrawdown'] satisfies (keyof Limits)[];
export const LIMIT_NAMES = Object.keys(NO_LIMITS) as readonly (keyof Limits)[];
export const isMoney = (limit: string): boolean => MONEY.includes(limit);

export function branchOf(parent: Parent, change: ForkChange, catalogue: StrategyCatalogue): Branch {
  const { inputs, setUp, mark: before } = parent;
  const { at, limits, dropped } = change;
  const parted = before?.at ?? 0;
  const fromBeginning = at < setUp && (parted === 0 || at < parted);
  if (at < parted && !(fromBeginning && parted <= setUp && before!.replaced.length === 0))
    throw new BadFork(
      `--at ${at}: the run is itself a branch that parts at number ${parted}; part from there on, or branch its parent with both changes`,
    );
  const scopes = scopesMeant(parent, change);
  const meant = meantBy(parent, change, catalogue);
  // behind its own parting the parent is what its second desk was told
  const told = (input: InputRecord): InputRecord => before?.replaced.find(({ seq }) => seq === input.seq) ?? input;
  const hasLimits = Object.keys(limits).length > 0;
  // a limit needs its account: at the beginning means behind what sets the desk up
  const parts = fromBeginning ? Math.max(parted, hasLimits ? setUp : 0) : at;
  const rows = droppedBehind(Math.max(parts, setUp), dropped);
  const outside = change.inside === null ? [] : outsideAnswers(parent);
  const replaced = fromBeginning
    ? []
    : inputs
        .filter(({ seq }) => seq <= parts)
        .flatMap((input) => {
          const other = meant(told(input));
          return other === input ? [] : [other];
        });
  const inForce = hasLimits
    ? scopes.map((scope) => ({ ...scope, limits: { ...limitsAt(parent, scope, parts), ...limitsIn(limits) } }))
    : [];
  const says = !fromBeginning || hasLimits || rows.length > 0 || outside.length > 0;
  const own: ForkMark = { at: parts, replaced, limits: inForce, dropped: joined([...rows, ...outside]) };
  return {
    inputs: inputs.map((input) => (fromBeginning || input.seq > parts ? withLimits(meant(input), scopes, limits) : input)),
    mark: says ? (before === null ? own : { ...own, before }) : before,
  };
}

/** What a manifest holds of it. */
export const forkedPlain = (parent: string, change: ForkChange, mark: ForkMark | null): Plain =>
  ({ parent, change, mark }) as unknown as Plain;

export const accountsIn = (inputs: readonly InputRecord[]): readonly AccountSpec[] =>
  inputs.flatMap((input) => (input.type === 'AccountOpened' ? [input.account] : []));

type Scoped = Readonly<{ scope: Scope; of: string }>;

/** Whose limits are others. */
function scopesMeant({ inputs }: Parent, { of }: ForkChange): readonly Scoped[] {
  const known = new Map<string, Scoped>();
  for (const input of inputs) {
    if (input.type === 'AccountOpened') known.set(input.account.id, { scope: 'account', of: input.account.id });
    else if (input.type === 'StrategyDeployed') known.set(input.strategy, { scope: 'strategy', of: input.strategy });
    else if (input.type === 'InstrumentDefined') known.set(input.instrument.id, { scope: 'instrument', of: input.instrument.id });
  }
  if (of === null) return [...known.values()].filter(({ scope }) => scope === 'account');
  const one = known.get(of);
  if (one === undefined)
    throw new BadFork(`--of ${of}: is no account, strategy or instrument of the run; there are: ${[...known.keys()].join(', ')}`);
  return [one];
}

/** The limits of a scope as they are at a number. */
function limitsAt({ inputs, mark }: Parent, { scope, of }: Scoped, at: number): Limits {
  let found: Limits = NO_LIMITS;
  let since = 0;
  for (const input of inputs) {
    if (input.type !== 'LimitsChanged' || input.scope !== scope || input.of !== of || input.seq > at) continue;
    found = input.limits;
    since = input.seq;
  }
  for (let one = mark; one !== null; one = one.before ?? null) {
    const own = one.limits.find((each) => each.scope === scope && each.of === of);
    if (own !== undefined && one.at >= since) return own.limits;
  }
  return found;
}

/** Limits that the run was given later say nothing of those that the branch has in their place. */
function withLimits(input: InputRecord, scopes: readonly Scoped[], limits: ForkChange['limits']): InputRecord {
  if (input.type !== 'LimitsChanged' || Object.keys(limits).length === 0) return input;
  if (!scopes.some(({ scope, of }) => scope === input.scope && of === input.of)) return input;
  return { ...input, limits: { ...input.limits, ...limitsIn(limits) } };
}

function limitsIn(limits: ForkChange['limits']): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, text]) => [name, text === NO_LIMIT ? null : isMoney(name) ? (BigInt(text) as Minor) : Number(text)]),
  );
}

/** How an input is another; the input itself where it is not. */
function meantBy(
  parent: Parent,
  { of, set, strategy, venue, inside }: ForkChange,
  catalogue: StrategyCatalogue,
): (input: InputRecord) => InputRecord {
  const isMeant = (input: InputRecord & { type: 'StrategyDeployed' }): boolean =>
    of === null || of === input.strategy || of === input.account;
  const deployments = parent.inputs.filter((input) => input.type === 'StrategyDeployed').filter(isMeant);
  const definitionOf = (input: InputRecord & { type: 'StrategyDeployed' }) => {
    const { name, version } = strategy ?? input;
    const definition = catalogue(name, version);
    if (definition === null) throw new UnknownStrategy(`no strategy ${name} of version ${version} is here`);
    return definition;
  };
  const changesStrategies = strategy !== null || Object.keys(set).length > 0;
  if (Object.keys(venue).length > 0 && of !== null && !accountsIn(parent.inputs).some(({ id }) => id === of))
    throw new BadFork(`--of ${of}: fees and latency are of an account's venue, and this is no account`);
  if (changesStrategies && deployments.length === 0) throw new BadFork(`--of ${of}: no strategy of the run is meant by it`);
  const known = new Set(changesStrategies ? deployments.flatMap((input) => Object.keys(definitionOf(input).parameters)) : []);
  const unknown = Object.keys(set).filter((key) => !known.has(key));
  return (input) => {
    if (input.type === 'AccountOpened') {
      const { account } = input;
      if (inside !== null && account.pure === null) return { ...input, account: insideOf(parent, account, inside) };
      if (account.pure === null || Object.keys(venue).length === 0 || !(of === null || of === account.id)) return input;
      return { ...input, account: { ...account, pure: withTerms(account.pure, venue) } };
    }
    if (input.type !== 'StrategyDeployed' || !changesStrategies || !isMeant(input)) return input;
    const definition = definitionOf(input);
    if (definition.subscriptions !== null && definition.subscriptions !== input.subscriptions.length)
      throw new BadFork(
        `--strategy ${definition.name}: listens to ${definition.subscriptions} candle streams, and the run hands it ${input.subscriptions.length}`,
      );
    const fits = ([key]: readonly [string, unknown]): boolean => Object.hasOwn(definition.parameters, key);
    const given = Object.entries(set).filter(([key]) => fits([key, null]) || unknown.includes(key));
    if (strategy === null && given.length === 0) return input;
    const kept = Object.entries(input.parameters).filter(fits);
    const parameters: Parameters = parametersOf(definition, { ...Object.fromEntries(kept), ...Object.fromEntries(given) });
    const { name, version } = strategy ?? input;
    return { ...input, name, version, parameters };
  };
}

export const withTerms = (venue: VenueSpec, change: VenueChange): VenueSpec =>
  Object.fromEntries(
    Object.entries({ ...venue, ...change }).filter(([term]) => change[term as keyof VenueChange] !== null),
  ) as unknown as VenueSpec;

/** What only a venue says: it answered the orders of that day, and has nothing to say of others. */
const ANSWERS: readonly InputType[] = ['OrderReported', 'EffectNotSent', 'VenueSnapshot', 'Reconciled', 'SessionLost', 'SessionReady'];

/** How many answers of outside venues a run holds, by their type. */
export function answersIn(inputs: readonly InputRecord[]): ReadonlyMap<InputType, number> {
  const counts = new Map<InputType, number>();
  for (const { type } of inputs) if (ANSWERS.includes(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

const outsideAnswers = ({ inputs }: Parent): [number, number][] =>
  inputs.flatMap(({ type, seq }): [number, number][] => (ANSWERS.includes(type) ? [[seq, seq]] : []));

/** With the cash that its venue was first found to hold. */
function insideOf({ inputs }: Parent, account: AccountSpec, pure: VenueSpec): AccountSpec {
  const first = inputs.find((input) => input.type === 'VenueSnapshot' && input.account === account.id);
  const { outside: _, ...rest } = account;
  if (first?.type !== 'VenueSnapshot') return { ...rest, venue: 'pure', pure };
  const held = first.positions.filter(({ lots }) => lots !== 0).map(({ instrument, lots }) => `${lots} lots of ${instrument}`);
  if (held.length > 0)
    throw new BadFork(
      `--inside: ${account.id} held ${held.join(', ')} at its venue before the day began, and an account inside the desk begins with cash alone`,
    );
  const cash = first.balances.find(({ currency }) => currency === account.currency)?.amount;
  return { ...rest, venue: 'pure', pure, cash: cash === undefined ? account.cash : BigInt(cash) };
}

function droppedBehind(last: number, dropped: ForkChange['dropped']): ForkMark['dropped'] {
  const faults: string[] = [];
  for (const [from, to] of dropped) {
    if (to < from) faults.push(`--drop ${from}-${to}: ends before it begins`);
    if (from <= last) faults.push(`--drop ${from}-${to}: the branch begins behind number ${last}; drop later ones`);
  }
  if (faults.length > 0) throw new BadFork(faults.join('\n'));
  return dropped;
}

/** Rising and apart, as the desk leaves them out. */
function joined(dropped: ForkMark['dropped']): ForkMark['dropped'] {
  const rows: [number, number][] = [];
  for (const [from, to] of [...dropped].sort(([a], [b]) => a - b)) {
    const before = rows.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else rows.push([from, to]);
  }
  return rows;
}
