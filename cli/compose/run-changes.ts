/**
 * What an edited configuration means for a desk that is there already: inputs that change what may change, and a refusal by name of what
 * may not. Compares with the desk itself, not with an older file, so any number of edits and restarts come out right.
 */
import type { Desk } from '#actors/desk.ts';
import { minorText } from '#engine/decimal.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Scope } from '#engine/inputs.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { parametersOf, type Subscription } from '#engine/strategy/strategy.ts';
import type { Minor, Sha256, StrategyId } from '#engine/values.ts';
import { BadRunConfig, type Fault } from '#infra/config/faults.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import { strategyIdOf } from '#infra/config/run-strategies.ts';
import type { InputBody } from '#streams/feed.ts';
import { accountOf, BY_CONFIG, deployment, foundFor } from './run-inputs.ts';
import { runLimits } from './run-limits.ts';

/** What stands on a desk: all of it plain, so that a test can write it down. */
export type Standing = Readonly<{
  desk: string;
  accounts: readonly AccountSpec[];
  instruments: readonly Instrument[];
  limits: readonly Readonly<{ scope: Scope; of: string; limits: Limits }>[];
  strategies: readonly Readonly<{
    id: string;
    name: string;
    version: Sha256;
    parameters: Readonly<Record<string, Plain>>;
    subscriptions: readonly Subscription[];
    stopped: boolean;
  }>[];
  /** Instruments somebody holds or has an order of. */
  held: readonly string[];
  /** Of the manifest; null where it is none of a run. */
  recorded: Readonly<{ feed: Readonly<{ source: string; seed: number | null; faults: string | null }> }> | null;
}>;

export function standingOf(desk: Desk, name: string, manifest: Plain): Standing {
  const { accounts, markets, strategies, orders } = desk.parts;
  const { run, config } = (manifest ?? {}) as { run?: string; config?: Standing['recorded'] };
  const held = accounts.all.flatMap(({ spec }) =>
    [...accounts.ledger.holdings(spec.id)].filter(({ lots }) => lots !== 0).map((one) => one.instrument),
  );
  return {
    desk: name,
    accounts: accounts.all.map(({ spec }) => spec),
    instruments: markets.all.map(({ definition }) => definition),
    limits: accounts.limits.map(({ scope, of, limits }) => ({ scope, of, limits })),
    strategies: strategies.all.map(({ id, name: of, version, parameters, subscriptions, living }) => ({
      id,
      name: of,
      version,
      parameters,
      subscriptions,
      stopped: living.value === 'stopped',
    })),
    held: [...new Set<string>([...held, ...[...orders.working].map(({ market }) => market.definition.id)])],
    recorded: run === 'run' && config !== undefined ? config : null,
  };
}

/** In an order a desk can take. Throws BadRunConfig naming everything that asks for a desk of its own. */
export function changesBetween(
  standing: Standing,
  read: Pick<ReadConfig, 'config' | 'found' | 'placeOf'>,
  instruments: readonly Instrument[],
): readonly InputBody[] {
  const { config, placeOf } = read;
  const faults: Fault[] = [];
  const refuse = (path: string, why: string, remedy = 'put it back, or begin another journal with --new') =>
    faults.push({ place: placeOf(path), path, why, remedy });
  const was = (path: string, now: unknown, before: unknown) => {
    if (now !== before) refuse(path, `is ${String(now)}, and this journal was begun with ${String(before)}`);
  };
  was('desk', config.desk, standing.desk);
  const account = accountChanges(standing, config, was);
  feedChanges(standing, config, was);
  const definitions = instrumentChanges(standing, config, instruments, refuse);
  const strategies = strategyChanges(standing, read, refuse);
  const limits = limitChanges(standing, read, instruments);
  if (faults.length > 0) throw new BadRunConfig(faults);
  return [...account, ...definitions, ...strategies.stops, ...limits, ...strategies.deployments];
}

type Was = (path: string, now: unknown, before: unknown) => void;
type Refuse = (path: string, why: string, remedy?: string) => void;
type Config = ReadConfig['config'];

/** Fees, latency and how an outside venue is dealt with may change; whose money it is may not. */
function accountChanges({ accounts }: Standing, config: Config, was: Was): InputBody[] {
  const wanted = accountOf(config);
  const [first] = accounts;
  if (first === undefined) return [{ type: 'AccountOpened', account: wanted }];
  const known = accounts.find(({ id }) => id === wanted.id) ?? first;
  was('account.id', wanted.id, known.id);
  was('account.venue', config.account.venue, known.venue === 'pure' ? 'paper' : known.venue);
  was('mode', config.mode, known.mode === 'LIVE' ? 'live' : 'paper');
  was('account.currency', wanted.currency, known.currency);
  was('account.currencyScale', wanted.currencyScale, known.currencyScale);
  if (wanted.venue === 'pure' && known.venue === 'pure')
    was('account.cash', minorText(wanted.cash as Minor, wanted.currencyScale), minorText(known.cash as Minor, known.currencyScale));
  // the day's bounds are fixed when an account opens
  const kept = { ...wanted, calendar: known.calendar };
  const before: AccountSpec = { ...known, outside: known.outside ?? null };
  return same({ ...kept, outside: kept.outside ?? null }, before) ? [] : [{ type: 'AccountOpened', account: kept }];
}

/** A synthetic market goes on where it was only if it is the same one. */
function feedChanges({ recorded, instruments }: Standing, { feed }: Config, was: Was): void {
  const source = instruments[0]?.feeds[0]?.source;
  if (source !== undefined) was('feed.source', feed.source, source);
  if (recorded === null || feed.source !== 'synthetic') return;
  was('feed.seed', feed.seed, recorded.feed.seed);
  was('feed.faults', feed.faults, recorded.feed.faults);
}

function instrumentChanges(standing: Standing, config: Config, instruments: readonly Instrument[], refuse: Refuse): InputBody[] {
  const synthetic = config.feed.source === 'synthetic';
  const bodies: InputBody[] = [];
  for (const [index, wanted] of instruments.entries()) {
    const path = `instruments[${index + 1}]`;
    const known = standing.instruments.find(({ id }) => id === wanted.id);
    if (known === undefined) {
      if (synthetic && standing.instruments.length > 0)
        refuse(path, `${wanted.id} is new, and a synthetic market that is under way stays as it is`);
      else bodies.push({ type: 'InstrumentDefined', instrument: wanted });
      continue;
    }
    if (same({ ...wanted, version: known.version }, known)) continue;
    const contract = (['tick', 'lot', 'multiplier'] as const).filter((key) => wanted[key] !== known[key]);
    if (contract.length > 0 && (synthetic || standing.held.includes(wanted.id)))
      for (const key of contract)
        refuse(
          `${path}.${key}`,
          `is ${wanted[key]}, and ${known[key]} so far`,
          synthetic ? 'put it back, or begin another journal with --new' : `${wanted.id} is held: flatten first, or put it back`,
        );
    else if (synthetic && !sameTiming(wanted.feeds[0]!, known.feeds[0]!))
      refuse('feed', 'lateness and grace shape a synthetic market, which is under way');
    else bodies.push({ type: 'InstrumentDefined', instrument: { ...wanted, version: known.version + 1 } });
  }
  for (const { id } of standing.instruments) {
    if (instruments.some((wanted) => wanted.id === id)) continue;
    if (synthetic) refuse('instruments', `${id} is gone, and a synthetic market that is under way stays as it is`);
    else if (standing.held.includes(id))
      refuse('instruments', `${id} is gone, and it is still held or has an order`, 'put it back and flatten first');
  }
  return bodies;
}

const sameTiming = (a: FeedSpec, b: FeedSpec): boolean => a.latenessUs === b.latenessUs && a.graceUs === b.graceUs;

function strategyChanges(
  { strategies: known }: Standing,
  read: Pick<ReadConfig, 'config' | 'found'>,
  refuse: Refuse,
): Readonly<{ stops: InputBody[]; deployments: InputBody[] }> {
  const { config } = read;
  const deployments: InputBody[] = [];
  const wantedIds = config.strategies.map(strategyIdOf);
  for (const [index, one] of config.strategies.entries()) {
    const path = `strategies[${index + 1}]`;
    const wanted = deployment(read, one);
    const { strategy, isBundled } = foundFor(read, one);
    const before = known.find(({ id }) => id === wanted.strategy);
    const anew = `give it another id, which stops ${wanted.strategy}, or begin another journal with --new`;
    if (before === undefined) deployments.push(wanted);
    else if (before.stopped)
      continue; // for good: the desk starts without it, and says so
    else if (before.name !== wanted.name) refuse(`${path}.name`, `is ${wanted.name}, and ${before.name} so far`, anew);
    else if (!same(wanted.subscriptions, before.subscriptions))
      refuse(path, `${wanted.strategy} trades another instrument or timeframe so far`, anew);
    else if (before.version !== wanted.version && !isBundled)
      // this build holds its own earlier versions, and goes on with the one that runs
      refuse(
        `${path}.${one.file === null ? 'name' : 'file'}`,
        `holds version ${short(wanted.version)} now, and ${wanted.strategy} runs version ${short(before.version)}`,
        `${anew}; or write name: ${short(before.version)}, which goes on with the version that runs`,
      );
    else {
      const standard = parametersOf(strategy, before.parameters);
      for (const [name, value] of Object.entries(wanted.parameters))
        if (value !== standard[name]) refuse(`${path}.set.${name}`, `is ${String(value)}, and ${String(standard[name])} so far`, anew);
    }
  }
  const stops = known
    .filter(({ id, stopped }) => !stopped && !wantedIds.includes(id))
    .map(
      ({ id }): InputBody => ({
        type: 'CommandGiven',
        key: `${BY_CONFIG}:stop:${id}`,
        by: BY_CONFIG,
        sawSeq: null,
        command: { do: 'Stop', strategy: id as StrategyId },
      }),
    );
  return { stops, deployments };
}

const short = (version: Sha256): string => version.slice(0, 12);

/** A limit taken out of the file is taken off the desk; those of what is gone stay, for they bind nothing. */
function limitChanges(
  { limits: known }: Standing,
  read: Pick<ReadConfig, 'config' | 'found' | 'placeOf'>,
  instruments: readonly Instrument[],
): InputBody[] {
  const wanted = runLimits(read, instruments);
  const standing = (scope: Scope, of: string): Limits => known.find((one) => one.scope === scope && one.of === of)?.limits ?? NO_LIMITS;
  const changed = wanted.filter(({ scope, of, limits }) => !same(limits, standing(scope, of)));
  const there = new Set<string>([
    ...instruments.map(({ id }) => `instrument ${id}`),
    ...read.config.strategies.map((one) => `strategy ${strategyIdOf(one)}`),
  ]);
  const dropped = known
    .filter(
      ({ scope, of, limits }) =>
        there.has(`${scope} ${of}`) && !same(limits, NO_LIMITS) && !wanted.some((one) => one.scope === scope && one.of === of),
    )
    .map(({ scope, of }) => ({ scope, of, limits: NO_LIMITS }));
  return [...changed, ...dropped].map((scoped): InputBody => ({ type: 'LimitsChanged', ...scoped }));
}

/** Equal as data, whatever order their keys were set in. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same((a as never)[key], (b as never)[key]));
}
