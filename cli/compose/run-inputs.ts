/** The inputs a run's journal begins with: the account, its limits, what it trades and who trades it. Pure; arming is given apart. */
import { createHash } from 'node:crypto';
import { assert } from '#engine/assert.ts';
import { minorOf } from '#engine/decimal.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import { type AccountId, type InstrumentId, type Sha256, strategyId } from '#engine/values.ts';
import { BadRunConfig } from '#infra/config/faults.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import type { RunConfig, RunStrategy } from '#infra/config/run-schema.ts';
import { type FoundForRun, parameterOf, strategyIdOf, streamsOf } from '#infra/config/run-strategies.ts';
import type { InputBody } from '#streams/feed.ts';
import { runInstruments, sourceOf } from './run-instruments.ts';
import { runLimits } from './run-limits.ts';
import { parameterFaults } from './strategy-checks.ts';

export type RunInputs = Readonly<{
  genesis: readonly InputBody[];
  /** For mode paper; an account at an outside venue takes them only once it is reconciled. Live is armed by a person. */
  armings: readonly InputBody[];
}>;

/** Who gives the commands that a configuration stands for. */
export const BY_CONFIG = 'retrace.yaml';

export function runInputs(read: Pick<ReadConfig, 'config' | 'found' | 'placeOf'>, instruments: readonly Instrument[]): RunInputs {
  const { config } = read;
  const limits = runLimits(read, instruments).map((scoped): InputBody => ({ type: 'LimitsChanged', ...scoped }));
  const genesis: InputBody[] = [
    { type: 'AccountOpened', account: accountOf(config) },
    ...limits.slice(0, 2),
    ...instruments.map((instrument): InputBody => ({ type: 'InstrumentDefined', instrument })),
    // a strategy's limits are there before it is
    ...limits.slice(2),
    ...config.strategies.map((strategy) => deployment(read, strategy)),
  ];
  return { genesis, armings: armings(config) };
}

/** As far as that can be said before the venue was asked: what a run would refuse. Throws BadRunConfig. */
export function checkRunnable(read: ReadConfig): void {
  const { account, feed } = read.config;
  if (account.venue === 'paper' && feed.source === 'synthetic') runInputs(read, runInstruments(read, null));
  const faults = parameterFaults(read);
  if (faults.length > 0) throw new BadRunConfig(faults);
}

export function accountOf({ mode, account, instruments }: RunConfig): AccountSpec {
  const { id, venue, currency, currencyScale, cash, latency, makerFee, takerFee, sendWindow, orphans, cashTolerance } = account;
  const calendars = new Set(instruments.map(({ calendar }) => calendar));
  const common = {
    id: id as AccountId,
    mode: mode === 'live' ? 'LIVE' : 'PAPER',
    // of several calendars none bounds the day of all
    calendar: calendars.size === 1 ? [...calendars][0]! : 'ALWAYS',
    currency,
    currencyScale,
  } as const;
  if (venue === 'paper')
    return {
      ...common,
      venue: 'pure',
      cash: minorOf(cash!, currencyScale),
      pure: { latencyUs: latency!, makerFee: makerFee!, takerFee: takerFee!, fills: 'lots', rejectAboveLots: null },
    };
  return {
    ...common,
    venue,
    cash: 0n, // what is there is taken over with the first reconciliation
    pure: null,
    outside: { sendWindowUs: sendWindow!, orphans: orphans!, cashTolerance: minorOf(cashTolerance!, currencyScale) },
  };
}

/** What an entry of a configuration that was read whole stands for. */
export function foundFor({ found }: Pick<ReadConfig, 'found'>, { name, version }: RunStrategy): FoundForRun {
  const there = version === null ? undefined : found.get(version);
  assert(there !== undefined, () => `nobody looked for the strategy ${name}`);
  return there;
}

export function deployment(read: Pick<ReadConfig, 'config' | 'found'>, one: RunStrategy): InputBody & { type: 'StrategyDeployed' } {
  const { config } = read;
  const there = foundFor(read, one);
  const { strategy, version } = there;
  const given = Object.fromEntries(Object.entries(one.set).map(([name, text]) => [name, parameterOf(strategy.parameters[name]!, text)]));
  const source = sourceOf(config);
  return {
    type: 'StrategyDeployed',
    strategy: strategyId(strategyIdOf(one)),
    name: strategy.name,
    version,
    account: config.account.id as AccountId,
    parameters: parametersOf(strategy, given),
    subscriptions: streamsOf(one, there).map(({ symbol, timeframeUs }) => ({ instrument: symbol as InstrumentId, source, timeframeUs })),
    history: false,
  };
}

function armings({ mode, account }: RunConfig): InputBody[] {
  if (mode !== 'paper') return [];
  const arm = (scope: 'global' | 'account', of: string): InputBody => ({
    type: 'CommandGiven',
    key: `${BY_CONFIG}:arm:${scope}`,
    by: BY_CONFIG,
    sawSeq: null,
    command: { do: 'Arm', scope, of },
  });
  // an account of the paper venue is armed as it opens
  return [arm('global', '*'), ...(account.venue === 'paper' ? [] : [arm('account', account.id)])];
}

/** What a manifest keeps: all that decides, nothing that is of this machine or leads to a secret. */
export function recordedConfig(config: RunConfig): Plain {
  const { account, journal, strategies, gateway: _gateway, ...rest } = config; // who watches changes nothing that is decided
  const { keyFile: _keyFile, keyEnv: _keyEnv, ...kept } = account;
  return {
    ...rest,
    account: kept,
    strategies: strategies.map(({ file: _file, ...one }) => one), // its version says what was in the file
    journal: { segmentBytes: journal.segmentBytes },
  } as unknown as Plain;
}

/** The same on every machine; C16 holds it against that of other processes. */
export const configHash = (config: RunConfig): Sha256 =>
  createHash('sha256')
    .update(JSON.stringify(sorted(recordedConfig(config))))
    .digest('hex') as Sha256;

function sorted(value: Plain): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => [key, sorted(of as Plain)]);
}

export const runManifest = (config: RunConfig, build: Readonly<{ version: string; hash: string }>): Plain => ({
  format: 1,
  run: 'run',
  desk: config.desk,
  version: build.version,
  build: build.hash,
  runtime: `node ${process.versions.node}`,
  seed: config.feed.seed,
  config: recordedConfig(config),
  strategies: config.strategies.map(({ name, version }) => ({ name, version })),
  flags: [],
});
