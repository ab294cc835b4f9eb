/** What no single key shows: keys that must agree, names that must exist, limits that must be there. Each names what it read. */
import { type AssertionFailed, assert } from '#engine/assert.ts';
import { minorOf } from '#engine/decimal.ts';
import { calendarById } from '#engine/market/calendar.ts';
import { nearest } from '#engine/nearest.ts';
import { unitOf } from '#engine/portfolio/valuation.ts';
import { LIVE_NEEDS, missingForLive } from '#engine/risk/ceiling.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { type Fault, shownKey } from './faults.ts';
import type { Layered } from './run-layers.ts';
import type { RunConfig, RunEntries, ScopeLimits } from './run-schema.ts';
import { placedFault, type StrategyLookup, strategyFaults, strategyIdOf } from './run-strategies.ts';
import { isMore } from './units.ts';

type Found = Readonly<{ place?: string; path: string; why: string; remedy: string; reads?: readonly string[] }>;

export function checkRun(
  config: RunConfig,
  entries: RunEntries,
  lookup: StrategyLookup,
  { placeOf }: Layered,
  healed: ReadonlySet<string>,
): Fault[] {
  const found: readonly Found[] = [
    ...kinds(config),
    ...instruments(config),
    ...strategyFaults(config, entries, lookup),
    ...limits(config),
    ...moneyFits(config),
    ...live(config),
    ...gateway(config),
  ];
  // a fault that comes of a value put in for a faulty one would be none of the file's
  return found
    .filter(({ path, reads = [] }) => ![path, ...reads].some((read) => healed.has(read)))
    .map((fault) => placedFault(fault, placeOf));
}

function* kinds({ mode, account, feed }: RunConfig): Generator<Found> {
  if (mode === 'live' && account.venue === 'paper')
    yield {
      path: 'mode',
      why: 'live needs an account at a venue, and account.venue is paper',
      remedy: 'write mode: paper, or venue: local',
      reads: ['account.venue'],
    };
  if (account.venue === 'local' && feed.source !== 'local')
    yield {
      path: 'feed.source',
      why: `is ${feed.source}, but orders go to the local exchange, whose prices are its own`,
      remedy: 'write source: local',
      reads: ['account.venue'],
    };
  if (feed.lag !== null && feed.lagDown !== null && feed.lagDown < feed.lag)
    yield { path: 'feed.lagDown', why: 'is less than feed.lag', remedy: 'a feed is DEGRADED before it is DOWN', reads: ['feed.lag'] };
}

function* instruments({ instruments: all, account }: RunConfig): Generator<Found> {
  if (all.length === 0) yield { path: 'instruments', why: 'names none', remedy: 'write at least one, like - BTC-USD' };
  for (const [index, { symbol, tick, lot, multiplier, calendar }] of all.entries()) {
    const path = `instruments[${index + 1}]`;
    if (all.findIndex((other) => other.symbol === symbol) < index)
      yield { path: `${path}.symbol`, why: `${symbol} is there twice`, remedy: 'keep one of them' };
    calendarById(calendar);
    const fault = contractFault({
      tick: tick ?? '1',
      lot: lot ?? '1',
      multiplier: multiplier ?? '1',
      currencyScale: account.currencyScale,
    });
    if (fault !== null)
      yield { path, why: fault, remedy: 'write fewer digits', reads: ['tick', 'lot', 'multiplier'].map((key) => `${path}.${key}`) };
  }
}

function contractFault(contract: Parameters<typeof unitOf>[0]): string | null {
  try {
    unitOf(contract);
    return null;
  } catch (error) {
    return (error as AssertionFailed).message;
  }
}

/** Each scope of the file with its path. */
export function* scopesOf({
  limits: { global, account, strategies: byId, instruments: bySymbol },
}: RunConfig): Generator<[path: string, limits: Partial<ScopeLimits>]> {
  yield ['limits.global', global];
  yield ['limits.account', account];
  for (const [id, of] of Object.entries(byId)) yield [`limits.strategies.${id}`, of];
  for (const [symbol, of] of Object.entries(bySymbol)) yield [`limits.instruments.${symbol}`, of];
}

function* limits(config: RunConfig): Generator<Found> {
  const unknown = function* (kind: 'strategies' | 'instruments', known: readonly string[]): Generator<Found> {
    for (const name of Object.keys(config.limits[kind])) {
      if (known.includes(name)) continue;
      const meant = nearest(name, known);
      yield {
        path: `limits.${kind}.${shownKey(name)}`,
        why: `is none of ${kind}`,
        remedy: meant === null ? (known.length === 0 ? `there are no ${kind}` : `there are ${known.join(', ')}`) : `did you mean ${meant}?`,
      };
    }
  };
  // one that nobody looked for may have any name
  if (config.strategies.every(({ id, version }) => id !== null || version !== null))
    yield* unknown('strategies', config.strategies.map(strategyIdOf));
  yield* unknown(
    'instruments',
    config.instruments.map(({ symbol }) => symbol),
  );
  for (const [path, { softDailyLoss, hardDailyLoss }] of scopesOf(config)) {
    if (
      softDailyLoss !== undefined &&
      softDailyLoss !== null &&
      hardDailyLoss !== undefined &&
      hardDailyLoss !== null &&
      isMore(softDailyLoss, hardDailyLoss)
    )
      yield {
        path: `${path}.softDailyLoss`,
        why: `${softDailyLoss} is more than hardDailyLoss, ${hardDailyLoss}`,
        remedy: 'the soft limit comes first: lower it',
        reads: [`${path}.hardDailyLoss`],
      };
  }
}

const MONEY = ['maxOrderValue', 'softDailyLoss', 'hardDailyLoss', 'maxDrawdown'] as const;

/** Money must be whole minor units of the account's currency. */
function* moneyFits(config: RunConfig): Generator<Found> {
  const { cash, cashTolerance, currency, currencyScale } = config.account;
  const amounts: [string, string | null | undefined][] = [
    ['account.cash', cash],
    ['account.cashTolerance', cashTolerance],
    ...[...scopesOf(config)].flatMap(([path, of]) => MONEY.map((key): [string, string | null | undefined] => [`${path}.${key}`, of[key]])),
  ];
  for (const [path, amount] of amounts) {
    if (amount === null || amount === undefined) continue;
    const [, fraction = ''] = amount.split('.');
    if (fraction.length > currencyScale)
      yield {
        path,
        why: `${amount} has more than ${currencyScale} digits after the point, the smallest unit of ${currency}`,
        remedy: 'round it',
        reads: ['account.currencyScale', 'account.currency'],
      };
    else assert(minorOf(amount, currencyScale) >= 0n, 'amounts are not negative');
  }
}

const AT_HOME = ['127.0.0.1', 'localhost', '::1'];
const EVERYWHERE = ['0.0.0.0', '::'];

/** Passwords cross no network in the clear, and it must know the names it goes by. */
function* gateway({ gateway: { port, host, url, certFile, keyFile } }: RunConfig): Generator<Found> {
  if ((certFile === null) !== (keyFile === null)) {
    const missing = certFile === null ? 'certFile' : 'keyFile';
    yield {
      path: `gateway.${missing}`,
      why: 'is missing: a certificate and its key go together',
      remedy: 'write both, or neither',
      reads: ['gateway.certFile', 'gateway.keyFile'],
    };
  }
  if (port === 'off' || AT_HOME.includes(host)) return;
  if (url === null && certFile === null)
    yield {
      path: 'gateway.host',
      why: `${host} is not this machine alone, and passwords would cross the network in the clear`,
      remedy: 'write certFile and keyFile, or url where a proxy with TLS stands in front',
      reads: ['gateway.url', 'gateway.certFile'],
    };
  else if (url === null && EVERYWHERE.includes(host))
    yield {
      path: 'gateway.url',
      why: `is missing: it listens at ${host}, and has to know by which name browsers ask for it`,
      remedy: 'write url, or one address as host',
      reads: ['gateway.host'],
    };
}

const NAMES: Readonly<Record<(typeof LIVE_NEEDS)[number], keyof ScopeLimits>> = {
  maxOrderNotional: 'maxOrderValue',
  maxPositionLots: 'maxPosition',
  hardDailyLoss: 'hardDailyLoss',
  collarPermille: 'collar',
};

/** Real money needs limits: which kinds are there at all is seen here, before a lot size is known. */
function* live({ mode, limits: all, instruments: traded }: RunConfig): Generator<Found> {
  if (mode !== 'live') return;
  const set = (scope: Partial<ScopeLimits> | undefined): Limits => {
    const has = (key: keyof ScopeLimits): 1 | null => (scope?.[key] === null || scope?.[key] === undefined ? null : 1);
    return { ...NO_LIMITS, ...Object.fromEntries(LIVE_NEEDS.map((need) => [need, has(NAMES[need])])) };
  };
  const missing = missingForLive(
    set(all.global),
    set(all.account),
    traded.map(({ symbol }) => set(all.instruments[symbol])),
  );
  for (const need of missing) {
    const name = NAMES[need as (typeof LIVE_NEEDS)[number]];
    yield {
      path: `limits.account.${name}`,
      why: 'is missing, and mode is live',
      remedy: 'no account trades live without it: write it',
      reads: ['mode', `limits.global.${name}`],
    };
  }
}
