/** What a backtest is: tapes, a strategy, money and how the venue answers; and the inputs that they become. The same settings, the same run. */
import { createHash } from 'node:crypto';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { isHeikinAshi } from '#engine/market/bars/heikin-ashi.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { TapeManifest, TapeStream } from '#engine/market/tape.ts';
import { unitOf, value } from '#engine/portfolio/valuation.ts';
import type { Plain } from '#engine/record.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import type { Parameters, Strategy } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, InstrumentId, Seq, Sha256, StrategyId, TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import type { InputBody } from '#streams/feed.ts';
import { Refused } from '../answer.ts';

export const BACKTEST_ACCOUNT = 'backtest' as AccountId;
/** The share of the cash that one order is about, where a strategy asks for lots and nobody says how many. */
const ORDERS_PER_CASH = 10n;

export type BacktestSettings = Readonly<{
  tapes: readonly NamedTape[];
  /** The same on each instrument, but for the lots where nobody said how many. */
  strategy: Readonly<{ name: string; version: Sha256; parameters: Parameters }>;
  /** The candles that a deployment listens to: those of its own instrument, or of one that is named. */
  listens: readonly Listening[];
  timeframeUs: number;
  /** Minor units. */
  cash: string;
  venue: VenueSpec;
  /** Of the tapes, those that are traded. */
  instruments: readonly Traded[];
}>;

export type Listening = Readonly<{ instrument: InstrumentId | null; timeframeUs: number }>;

/** `lots`: those for a tenth of the cash; null where they were given, or are not asked for. */
export type Traded = Readonly<{ id: InstrumentId; lots: number | null }>;

/** One instrument of the tapes, with the source whose candles its strategies hear. */
export type Listed = Readonly<{ instrument: Instrument; stream: TapeStream }>;

/** Instruments in the order in which the tapes name them; the same one twice must be the same. */
export function listedIn(manifests: readonly TapeManifest[]): readonly Listed[] {
  const listed = new Map<string, Listed>();
  for (const { instruments, streams } of manifests) {
    for (const instrument of instruments) {
      const before = listed.get(instrument.id);
      const own = streams.filter((stream) => stream.instrument === instrument.id);
      const bars = own.filter(({ kind }) => kind === 'bar');
      // Heikin-Ashi bars are heard, and the bars they were made of, which come first, fill the orders
      const stream = own.find(({ kind }) => kind === 'trade') ?? bars.find(({ source }) => isHeikinAshi(source)) ?? bars[0] ?? own[0];
      if (stream === undefined) continue;
      if (before === undefined) listed.set(instrument.id, { instrument, stream });
      else listed.set(instrument.id, joined(before, { instrument, stream }));
    }
  }
  return [...listed.values()];
}

/** Two tapes of one instrument: trades before bars before quotes; feeds of both. */
function joined(one: Listed, other: Listed): Listed {
  const { feeds: _, ...first } = one.instrument;
  const { feeds: __, ...second } = other.instrument;
  if (JSON.stringify(first) !== JSON.stringify(second))
    throw new Refused(2, [`two tapes have ${one.instrument.id} with other terms: ${JSON.stringify(first)} and ${JSON.stringify(second)}`]);
  const known = new Set(one.instrument.feeds.map(({ source }) => source));
  const feeds = [...one.instrument.feeds, ...other.instrument.feeds.filter(({ source }) => !known.has(source))];
  const rank = ({ kind }: TapeStream) => ['trade', 'bar', 'quote', 'book'].indexOf(kind);
  return { instrument: { ...one.instrument, feeds }, stream: rank(one.stream) <= rank(other.stream) ? one.stream : other.stream };
}

/** Lots worth a tenth of the cash, where a strategy asks for lots and none are given. */
export function lotsOf(
  strategy: Strategy,
  set: Readonly<Record<string, unknown>>,
  { instrument }: Listed,
  cash: bigint,
  price: number | null,
): number | null {
  const isAsked = Object.hasOwn(strategy.parameters, 'lots') && !Object.hasOwn(set, 'lots');
  return isAsked && price !== null ? lotsFor(instrument, cash, price) : null;
}

function lotsFor(instrument: Instrument, cash: bigint, price: number): number {
  const worth = value(unitOf(instrument), 1_000, price);
  if (worth > cash * 1_000n)
    throw new Refused(
      2,
      [`--cash: does not buy one lot of ${instrument.id}, ${instrument.lot} at ${price} ticks of ${instrument.tick}`],
      'say more cash, or --set lots=… to trade on credit on purpose',
    );
  const lots = worth <= 0n ? 1 : Number((cash * 1_000n) / (worth * ORDERS_PER_CASH));
  return Math.min(1_000_000_000, Math.max(1, lots));
}

export const settingsHash = (settings: BacktestSettings): string => createHash('sha256').update(JSON.stringify(settings)).digest('hex');

export const backtestDesk = (settings: BacktestSettings): DeskId => `backtest-${settingsHash(settings).slice(0, 8)}` as DeskId;

export const backtestManifest = (settings: BacktestSettings, build: Readonly<{ version: string; hash: string }>): Plain => ({
  format: 1,
  run: 'backtest',
  desk: backtestDesk(settings),
  version: build.version,
  build: build.hash,
  runtime: `node ${process.versions.node}`,
  seed: 0,
  config: settings as unknown as Plain,
  strategies: [{ name: settings.strategy.name, version: settings.strategy.version }],
  tapes: settings.tapes as unknown as Plain,
  flags: [],
});

/** Arrival of the first fact that is played. */
export function beginOf(tapes: readonly Tape[], named: readonly NamedTape[]): TimeUs {
  let begin = Number.POSITIVE_INFINITY;
  for (const [index, tape] of tapes.entries()) {
    const { from, to } = named[index]!;
    const [frame] = tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY);
    for (const { at } of frame?.blocks ?? []) begin = Math.min(begin, at[0]!);
  }
  return begin as TimeUs;
}

/** What stands before the first fact: the account, the instruments, the strategy on each of them, armed. */
export function backtestInputs(
  { strategy, listens, cash, venue, instruments }: BacktestSettings,
  listed: readonly Listed[],
  at: TimeUs,
): readonly InputRecord[] {
  const { currency, currencyScale, calendar } = listed.find(({ instrument }) => instrument.id === instruments[0]!.id)!.instrument;
  const bodies: InputBody[] = [
    {
      type: 'AccountOpened',
      account: {
        ...{ id: BACKTEST_ACCOUNT, mode: 'BACKTEST', venue: 'pure', calendar, currency, currencyScale },
        ...{ cash: BigInt(cash), pure: venue },
      },
    },
    { type: 'CommandGiven', key: 'arm', by: 'backtest', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
    ...listed.map(({ instrument }): InputBody => ({ type: 'InstrumentDefined', instrument })),
    ...instruments.map(
      (traded): InputBody => ({
        type: 'StrategyDeployed',
        strategy: `${strategy.name}-${traded.id}` as StrategyId,
        name: strategy.name,
        version: strategy.version,
        account: BACKTEST_ACCOUNT,
        parameters: withLots(strategy.parameters, traded),
        subscriptions: listens.map(({ instrument, timeframeUs }) => {
          const { stream } = listed.find((each) => each.instrument.id === (instrument ?? traded.id))!;
          return { instrument: stream.instrument, source: stream.source, timeframeUs };
        }),
        history: false,
      }),
    ),
  ];
  return bodies.map((body, index) => ({ ...body, seq: (index + 1) as Seq, at }) as InputRecord);
}

export const withLots = (parameters: Parameters, { lots }: Traded): Parameters => (lots === null ? parameters : { ...parameters, lots });
