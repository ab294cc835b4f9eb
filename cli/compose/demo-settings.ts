/** What a demo desk trades, on what money and within which limits: the settings a journal is begun with, and the inputs they become. */
import { createHash } from 'node:crypto';
import type { Instrument } from '#engine/market/instrument.ts';
import { SYNTHETIC_START, type SyntheticSpec, syntheticSpec } from '#engine/market/synthetic.ts';
import { CALM, DEMO, type Faults, STORMY } from '#engine/market/synthetic-faults.ts';
import { profileOf, SYNTHETIC, syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { unitOf, value } from '#engine/portfolio/valuation.ts';
import type { Plain } from '#engine/record.ts';
import type { Limits } from '#engine/risk/limits.ts';
import { NO_LIMITS } from '#engine/risk/limits.ts';
import { sampleByName, versionOf } from '#engine/strategy/samples.ts';
import { BadParameters, parametersOf, type Strategy, UnknownStrategy } from '#engine/strategy/strategy.ts';
import { type AccountId, type DeskId, deskId, type Minor, SECOND_US, type Sha256, type StrategyId } from '#engine/values.ts';
import { type FoundForRun, streamsOf } from '#infra/config/run-strategies.ts';
import type { InputBody } from '#streams/feed.ts';
import { savedVersion } from '../research/kept-strategies.ts';
import { forRun } from './run-strategies.ts';

export type FaultsName = 'calm' | 'demo' | 'stormy';
export const FAULTS: Readonly<Record<FaultsName, Faults>> = { calm: CALM, demo: DEMO, stormy: STORMY };

/** All that decides what a demo does. The same settings give the same run, in any folder and on any machine. */
export type DemoSettings = Readonly<{
  seed: number;
  instruments: number;
  /** Dealt out over the instruments in turn. */
  strategies: readonly string[];
  /** Which version each of them is that this build does not hold itself; it was kept before. Not there at all where it holds them all. */
  versions?: Readonly<Record<string, Sha256>>;
  /** Parameters that replace a strategy's own, where it has one of that name. */
  set: Readonly<Record<string, number | boolean | string>>;
  /** Cents of USD. */
  cash: string;
  /** Taker's fee in hundredths of a basis point; a maker pays a fifth. */
  fee: number;
  faults: FaultsName;
  timeframeUs: number;
}>;

export const DEMO_STANDARD: DemoSettings = {
  seed: 7,
  instruments: 4,
  strategies: ['ema-cross', 'breakout'],
  set: {},
  cash: '10000000',
  fee: 100,
  faults: 'demo',
  timeframeUs: 5 * SECOND_US,
};

export const DEMO_ACCOUNT = 'paper' as AccountId;
export const DEMO_START = SYNTHETIC_START;
/** Just inside the two seconds after which a feed without a word counts as silent: each beat cuts a frame. */
export const BEAT_US = 1_900_000;
/** The share of the cash that one order is about, unless `--set lots=` says otherwise. */
const ORDERS_PER_CASH = 10n;

/** `demo-7` for the standard desk; other settings add six digits of their hash, so that no two desks share a name. */
export function demoDeskId(settings: DemoSettings): DeskId {
  const name = `demo-${settings.seed}`;
  const standard = canonical({ ...DEMO_STANDARD, seed: settings.seed });
  return deskId(canonical(settings) === standard ? name : `${name}-${settingsHash(settings).slice(0, 6)}`);
}

export const settingsHash = (settings: DemoSettings): Sha256 => createHash('sha256').update(canonical(settings)).digest('hex') as Sha256;

const canonical = (settings: DemoSettings): string =>
  JSON.stringify(
    Object.entries({ ...settings, set: Object.entries(settings.set).sort(([a], [b]) => (a < b ? -1 : 1)) }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

export function demoMarket({ seed, instruments, faults }: DemoSettings): SyntheticSpec {
  return syntheticSpec({ seed, instruments: syntheticInstruments(instruments), faults: FAULTS[faults], beatUs: BEAT_US });
}

export const manifestOf = (settings: DemoSettings, build: Readonly<{ version: string; hash: string }>): Plain => ({
  format: 1,
  run: 'demo',
  desk: demoDeskId(settings),
  version: build.version,
  build: build.hash,
  runtime: `node ${process.versions.node}`,
  seed: settings.seed,
  config: settings as unknown as Plain,
  strategies: settings.strategies.map((name) => ({ name, version: settings.versions?.[name] ?? versionOf(sampleByName(name)!) })),
  flags: [],
});

/** The settings in a manifest; null when it is no demo's. */
export function settingsIn(manifest: Plain): DemoSettings | null {
  const { run, config } = manifest as { run?: string; config?: DemoSettings };
  return run === 'demo' && config !== undefined ? config : null;
}

/** What is wrong with the parameters asked for; each must belong to one of the strategies. */
export function parameterFaults(asked: readonly Strategy[], set: DemoSettings['set']): string[] {
  const faults: string[] = [];
  const chosen = asked.length > 0 ? asked : DEMO_STANDARD.strategies.flatMap((name) => sampleByName(name) ?? []);
  for (const key of Object.keys(set)) {
    if (chosen.length > 0 && !chosen.some(({ parameters }) => Object.hasOwn(parameters, key)))
      faults.push(
        `--set ${key}: no such parameter of ${chosen.map((one) => `${one.name} (has: ${Object.keys(one.parameters).join(', ')})`).join(' or ')}`,
      );
  }
  for (const strategy of new Set(chosen)) {
    const given = Object.fromEntries(Object.entries(set).filter(([key]) => Object.hasOwn(strategy.parameters, key)));
    try {
      parametersOf(strategy, given);
    } catch (error) {
      if (!(error instanceof BadParameters)) throw error;
      faults.push(...error.message.split('\n').map((fault) => `--set ${fault}`));
    }
  }
  return [...new Set(faults)];
}

/** What stands before the first tick: the account, its limits, what it trades, and who trades it. */
export function demoInputs(settings: DemoSettings): InputBody[] {
  const { instruments } = demoMarket(settings);
  const cash = BigInt(settings.cash) as Minor;
  const bodies: InputBody[] = [
    {
      type: 'AccountOpened',
      account: {
        id: DEMO_ACCOUNT,
        mode: 'PAPER',
        venue: 'pure',
        calendar: 'ALWAYS',
        currency: 'USD',
        currencyScale: 2,
        cash,
        pure: {
          latencyUs: 20_000,
          makerFee: Math.floor(settings.fee / 5),
          takerFee: settings.fee,
          fills: 'lots',
          rejectAboveLots: null,
        },
      },
    },
    { type: 'LimitsChanged', scope: 'global', of: '*', limits: GLOBAL_LIMITS },
    { type: 'LimitsChanged', scope: 'account', of: DEMO_ACCOUNT, limits: accountLimits(cash) },
    { type: 'CommandGiven', key: 'demo-arm', by: 'demo', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
  ];
  for (const instrument of instruments) bodies.push({ type: 'InstrumentDefined', instrument });
  instruments.forEach((instrument, index) => {
    const name = settings.strategies[index % settings.strategies.length]!;
    const lots = lotsFor(instrument, cash);
    const deployed = deployment(name, instrument, lots, settings);
    bodies.push(
      { type: 'LimitsChanged', scope: 'instrument', of: instrument.id, limits: { ...NO_LIMITS, maxPositionLots: 4 * lots } },
      deployed,
    );
  });
  return bodies;
}

function deployment(name: string, instrument: Instrument, lots: number, settings: DemoSettings): InputBody {
  const found = foundIn(settings, name);
  const { strategy } = found;
  const streams = streamsOf(
    { instrument: instrument.id, instruments: [], timeframe: found.markets[0]?.timeframeUs ?? settings.timeframeUs },
    found,
  );
  const given = Object.fromEntries(
    Object.entries({ lots, ...settings.set }).filter(([parameter]) => Object.hasOwn(strategy.parameters, parameter)),
  );
  return {
    type: 'StrategyDeployed',
    strategy: `${name}-${instrument.id}` as StrategyId,
    name,
    version: found.version,
    account: DEMO_ACCOUNT,
    parameters: parametersOf(strategy, given),
    subscriptions: streams.map(({ timeframeUs }) => ({ instrument: instrument.id, source: SYNTHETIC, timeframeUs })),
    history: false,
  };
}

/** Throws UnknownStrategy where what was kept is gone. */
function foundIn({ versions }: DemoSettings, name: string): FoundForRun {
  const own = versions?.[name];
  const bundled = own === undefined ? sampleByName(name) : null;
  if (bundled !== null) return { strategy: bundled, version: versionOf(bundled), markets: [], isBundled: true };
  const saved = own === undefined ? null : savedVersion(own);
  if (saved === null) throw new UnknownStrategy(`${name} ${own ?? ''}: is not kept here`);
  return forRun(saved);
}

/** Lots worth about a tenth of the cash at the instrument's home price. */
function lotsFor(instrument: Instrument, cash: Minor): number {
  const worth = value(unitOf(instrument), 1_000, profileOf(instrument.id).homeTicks);
  const lots = worth === 0n ? 1 : Number((cash * 1_000n) / (worth * ORDERS_PER_CASH));
  return Math.min(1_000_000_000, Math.max(1, lots));
}

const GLOBAL_LIMITS: Limits = {
  ...NO_LIMITS,
  collarPermille: 50,
  ordersPerSecond: 10,
  duplicateUs: SECOND_US,
  staleUs: 5 * SECOND_US,
};

const accountLimits = (cash: Minor): Limits => ({
  ...NO_LIMITS,
  maxOrderNotional: (cash / 2n) as Minor,
  softDailyLoss: (cash / 20n) as Minor,
  hardDailyLoss: (cash / 10n) as Minor,
  maxDrawdown: (cash / 5n) as Minor,
});
