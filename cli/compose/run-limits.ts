/** The limits of a configuration in the desk's own numbers, a scope each. A quantity becomes lots where its instrument is known. */
import { minorOf, parseDecimal } from '#engine/decimal.ts';
import type { Scope } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { aboveCeiling, missingForLive } from '#engine/risk/ceiling.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { BadRunConfig, type Fault } from '#infra/config/faults.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import type { ScopeLimits } from '#infra/config/run-schema.ts';
import { strategyIdOf, symbolsOf } from '#infra/config/run-strategies.ts';
import { type LotsBound, parameterFaults, sizeFaults } from './strategy-checks.ts';

export type ScopedLimits = Readonly<{ scope: Scope; of: string; limits: Limits }>;

const KEY_OF: Readonly<Record<keyof Limits, keyof ScopeLimits>> = {
  collarPermille: 'collar',
  maxOrderLots: 'maxOrder',
  maxOrderNotional: 'maxOrderValue',
  maxPositionLots: 'maxPosition',
  softDailyLoss: 'softDailyLoss',
  hardDailyLoss: 'hardDailyLoss',
  maxDrawdown: 'maxDrawdown',
  ordersPerSecond: 'ordersPerSecond',
  duplicateUs: 'duplicateWithin',
  staleUs: 'staleAfter',
};
const QUANTITIES = ['maxOrder', 'maxPosition'] as const;

/** Global and account first, then each instrument and each strategy that has any. All above a ceiling, or missing in live, is refused. */
export function runLimits(read: Pick<ReadConfig, 'config' | 'found' | 'placeOf'>, instruments: readonly Instrument[]): ScopedLimits[] {
  const { config, placeOf } = read;
  const { account, limits, mode } = config;
  const faults: Fault[] = [];
  const fault = (path: string, why: string, remedy: string) => faults.push({ place: placeOf(path), path, why, remedy });
  const plain = (of: Partial<ScopeLimits>): Limits => plainLimits(of, account.currencyScale);

  const lotsIn = (path: string, quantity: string | null | undefined, instrument: Instrument): number | null => {
    if (quantity === null || quantity === undefined) return null;
    const lots = lotsAtMost(quantity, instrument.lot);
    if (lots === 0)
      fault(
        path,
        `${quantity} is less than one lot of ${instrument.id}, which is ${instrument.lot}`,
        'raise it, or set it for each instrument',
      );
    return lots;
  };
  /** A quantity of the whole desk or the account binds each instrument by itself, in the lots of that one. */
  const ofInstrument = (instrument: Instrument): Limits => {
    const own: Partial<ScopeLimits> = limits.instruments[instrument.id] ?? {};
    const [maxOrderLots, maxPositionLots] = QUANTITIES.map((key) =>
      least(
        lotsIn(`limits.global.${key}`, limits.global[key], instrument),
        lotsIn(`limits.account.${key}`, limits.account[key], instrument),
        lotsIn(`limits.instruments.${instrument.id}.${key}`, own[key], instrument),
      ),
    );
    return { ...plain(own), maxOrderLots: maxOrderLots!, maxPositionLots: maxPositionLots! };
  };
  const ofStrategy = (id: string, own: ScopeLimits): Limits => {
    const strategy = config.strategies.find((one) => strategyIdOf(one) === id)!;
    const traded = symbolsOf(strategy).map((symbol) => instruments.find((one) => one.id === symbol)!);
    const [maxOrderLots, maxPositionLots] = QUANTITIES.map((key) => {
      const path = `limits.strategies.${id}.${key}`;
      const each = traded.map((instrument) => lotsIn(path, own[key], instrument));
      if (new Set(each).size > 1)
        fault(path, `means different lots of ${traded.map((one) => one.id).join(' and ')}`, 'set it under limits.instruments');
      return least(...each);
    });
    return { ...plain(own), maxOrderLots: maxOrderLots!, maxPositionLots: maxPositionLots! };
  };

  const global = plain(limits.global);
  const whole = plain(limits.account);
  const each = instruments.map((instrument) => [instrument.id, ofInstrument(instrument)] as const);
  const strategies = Object.entries(limits.strategies).map(([id, own]) => [id, ofStrategy(id, own)] as const);
  const scopes: readonly [path: string, scoped: ScopedLimits][] = [
    ['limits.global', { scope: 'global', of: '*', limits: global }],
    ['limits.account', { scope: 'account', of: account.id, limits: whole }],
    ...each.map(([id, of]): [string, ScopedLimits] => [`limits.instruments.${id}`, { scope: 'instrument', of: id, limits: of }]),
    ...strategies.map(([id, of]): [string, ScopedLimits] => [`limits.strategies.${id}`, { scope: 'strategy', of: id, limits: of }]),
  ];
  for (const [path, { limits: of }] of scopes)
    for (const { limit, asked, most } of aboveCeiling(of, account.currencyScale))
      fault(
        `${path}.${KEY_OF[limit]}`,
        `is ${asked} here, above ${most}, the most this program allows`,
        'lower it; no configuration raises a ceiling',
      );
  if (mode === 'live')
    for (const limit of missingForLive(
      global,
      whole,
      each.map(([, of]) => of),
    ))
      fault(`limits.account.${KEY_OF[limit]}`, 'is missing, and mode is live', 'no account trades live without it: write it');
  const boundsOf = (strategy: string, symbol: string): LotsBound[] => {
    const instrument = instruments.find(({ id }) => id === symbol)!;
    const paths = ['limits.global', 'limits.account', `limits.instruments.${symbol}`, `limits.strategies.${strategy}`] as const;
    const scoped = [limits.global, limits.account, limits.instruments[symbol], limits.strategies[strategy]] as Partial<ScopeLimits>[];
    return scoped.flatMap((of, index) =>
      QUANTITIES.flatMap((key) => {
        const text = of?.[key];
        return text === null || text === undefined
          ? []
          : [{ path: `${paths[index]}.${key}`, text, lots: lotsAtMost(text, instrument.lot) }];
      }),
    );
  };
  // a limit of no lots at all is told above, by its own name
  faults.push(...sizeFaults(read, (strategy, symbol) => boundsOf(strategy, symbol).filter(({ lots }) => lots > 0)));
  faults.push(...parameterFaults(read));
  if (faults.length > 0) throw new BadRunConfig(faults);
  return scopes.map(([, scoped]) => scoped).filter(({ scope, limits: of }) => scope === 'global' || scope === 'account' || !isEmpty(of));
}

export const isEmpty = (limits: Limits): boolean => Object.values(limits).every((limit) => limit === null);

/** All but quantities, which need an instrument. */
function plainLimits(of: Partial<ScopeLimits>, scale: number): Limits {
  const amount = (text: string | null | undefined) => (text === null || text === undefined ? null : minorOf(text, scale));
  return {
    ...NO_LIMITS,
    collarPermille: of.collar ?? null,
    maxOrderNotional: amount(of.maxOrderValue),
    softDailyLoss: amount(of.softDailyLoss),
    hardDailyLoss: amount(of.hardDailyLoss),
    maxDrawdown: amount(of.maxDrawdown),
    ordersPerSecond: of.ordersPerSecond ?? null,
    duplicateUs: of.duplicateWithin ?? null,
    staleUs: of.staleAfter ?? null,
  };
}

/** Whole lots in a quantity, rounded down: a limit never grows on its way. */
export function lotsAtMost(quantity: string, lot: string): number {
  const [of, each] = [parseDecimal(quantity), parseDecimal(lot)];
  return Number((of.digits * 10n ** BigInt(each.scale)) / (each.digits * 10n ** BigInt(of.scale)));
}

function least(...limits: readonly (number | null)[]): number | null {
  const set = limits.filter((limit) => limit !== null);
  return set.length === 0 ? null : Math.min(...set);
}
