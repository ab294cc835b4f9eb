/** From what a person asked for to the settings of a backtest; what does not fit is refused before anything runs. */
import type { VenueSpec } from '#engine/execution/account.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import { MINUTE_US, type TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { iso } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import { type BacktestSettings, type Listed, type Listening, listedIn, lotsOf } from './backtest-settings.ts';
import { type FoundStrategy, keepStrategy } from './kept-strategies.ts';
import { strategyNamed } from './strategies.ts';
import { nameOfTape } from './tapes.ts';

export type BacktestAsked = Readonly<{
  strategy: string;
  set: Readonly<Record<string, number | boolean | string>>;
  tapes: readonly Tape[];
  /** Only these instruments of the tapes; empty: all. */
  instruments: readonly string[];
  timeframeUs: number | null;
  /** Which instrument a market of the strategy's document is. */
  markets: Readonly<Record<string, string>>;
  /** Minor units; null: a hundred thousand of the currency. */
  cash: bigint | null;
  venue: VenueSpec;
  from: TimeUs | null;
  to: TimeUs | null;
  tags: readonly string[];
}>;

export type Settled = Readonly<{
  settings: BacktestSettings;
  /** In the order of the settings. */
  tapes: readonly Tape[];
}>;

export async function settled(asked: BacktestAsked): Promise<Settled> {
  const { set, from, to, venue } = asked;
  const tapes = [...asked.tapes].sort((a, b) => (nameOfTape(a) < nameOfTape(b) ? -1 : 1));
  const all = listedIn(tapes.map(({ manifest }) => manifest));
  refuseOverlaps(tapes);
  refuseTwoTellings(tapes);
  const unknown = asked.instruments.filter((name) => !all.some(({ instrument }) => instrument.id === name));
  if (unknown.length > 0)
    throw new Refused(
      2,
      unknown.map(
        (name) => `--instrument ${name}: is not on these tapes; they hold ${all.map(({ instrument }) => instrument.id).join(', ')}`,
      ),
      'npx retrace tape ls',
    );
  const found = await strategyNamed(asked.strategy);
  const { strategy, version } = found;
  const parameters = parametersOf(strategy, set);
  const barUs = Math.max(...all.map(({ stream }) => stream.timeframeUs));
  const timeframeUs = asked.timeframeUs ?? (barUs > 0 ? barUs : MINUTE_US);
  const ownUs = found.document?.markets[0]?.timeframeUs ?? null;
  if (asked.timeframeUs !== null && ownUs !== null && asked.timeframeUs !== ownUs)
    throw new Refused(
      2,
      [`--timeframe: ${strategy.name} says its own timeframe, ${ownUs / 1e6} s`],
      'leave the flag out, or change the timeframe in the document',
    );
  const listens = listeningOf(found, timeframeUs, asked.markets, all);
  const others = new Set<string>(listens.flatMap(({ instrument }) => instrument ?? []));
  // a market of another name is traded by the deployment whose first market is not it
  const traded = all.filter(
    ({ instrument: { id } }) => !others.has(id) && (asked.instruments.length === 0 || asked.instruments.includes(id)),
  );
  const heard = all.filter((each) => traded.includes(each) || others.has(each.instrument.id));
  refuseUnfit(traded, heard, listens);
  const { currencyScale } = heard[0]!.instrument;
  const cash = asked.cash ?? 100_000n * 10n ** BigInt(currencyScale);
  const lots = (each: Listed) => lotsOf(strategy, set, each, cash, priceAt(asked, each));
  const played = tapes.map((tape): NamedTape => ({ name: nameOfTape(tape), hash: tape.manifest.hash, from, to }));
  const settings = {
    tapes: played,
    strategy: { name: strategy.name, version, parameters },
    listens,
    timeframeUs,
    cash: String(cash),
    venue,
    instruments: traded.map((each) => ({ id: each.instrument.id, lots: lots(each) })),
  };
  refuseEmpty(asked);
  keepStrategy(found);
  return { settings, tapes };
}

/** The same facts twice, or two tellings of one stretch of time: whoever trades on both trades on what never was. */
function refuseOverlaps(tapes: readonly Tape[]): void {
  const faults: string[] = [];
  for (const [index, tape] of tapes.entries())
    for (const other of tapes.slice(0, index)) {
      const names = `${nameOfTape(other)} and ${nameOfTape(tape)}`;
      if (other.manifest.hash === tape.manifest.hash) faults.push(`--tape: ${names} hold the same facts`);
      else
        for (const one of other.manifest.streams)
          for (const two of tape.manifest.streams) {
            const isSame = one.instrument === two.instrument && one.source === two.source && one.kind === two.kind;
            if (isSame && one.from <= two.to && two.from <= one.to)
              faults.push(
                `--tape: ${names} both hold ${one.kind}s of ${one.instrument} from ${iso(Math.max(one.from, two.from) as TimeUs)} on`,
              );
          }
    }
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace tape ls');
}

/** Trades and bars of one source are one market told twice: candles would close twice, and one lot fill two orders. */
function refuseTwoTellings(tapes: readonly Tape[]): void {
  const told = tapes.flatMap((tape) => tape.manifest.streams.map((stream) => ({ name: nameOfTape(tape), stream })));
  const faults = told
    .filter(({ stream }) => stream.kind === 'bar')
    .flatMap((bars) => {
      const { instrument, source } = bars.stream;
      const trades = told.find(({ stream }) => stream.kind === 'trade' && stream.instrument === instrument && stream.source === source);
      if (trades === undefined) return [];
      const what = `trades and bars of ${instrument} from one source, ${source}: they tell the same market twice`;
      return trades.name === bars.name
        ? [`--tape ${bars.name}: holds ${what}; export one of its streams (--stream) and import that by itself`]
        : [
            `--tape: ${trades.name} and ${bars.name} hold ${what}; leave out ${bars.name} to trade on the trades, or ${trades.name} to trade on the bars`,
          ];
    });
  if (faults.length > 0) throw new Refused(2, [...new Set(faults)], 'npx retrace tape ls');
}

/** One currency, and candles that its bars can be folded into. */
function refuseUnfit(traded: readonly Listed[], heard: readonly Listed[], listens: readonly Listening[]): void {
  const [first] = heard;
  if (first === undefined || traded.length === 0)
    throw new Refused(2, ['nothing is traded: every instrument of these tapes is another market of the strategy'], 'npx retrace tape ls');
  const faults: string[] = [];
  for (const { instrument, stream } of heard) {
    const { id, currency } = instrument;
    if (currency !== first.instrument.currency)
      faults.push(
        `${first.instrument.id} is traded in ${first.instrument.currency}, ${id} in ${currency}: a run has one currency; choose with --instrument`,
      );
    for (const { timeframeUs } of listens)
      if (stream.timeframeUs > 0 && timeframeUs % stream.timeframeUs !== 0)
        faults.push(`--timeframe: ${timeframeUs / 1e6} s is no multiple of the ${stream.timeframeUs / 1e6} s bars of ${id}`);
  }
  if (faults.length > 0) throw new Refused(2, [...new Set(faults)], 'npx retrace tape ls');
}

/** What each deployment listens to: a document says it by its markets. */
export function listeningOf(
  { document, strategy }: FoundStrategy,
  timeframeUs: number,
  markets: BacktestAsked['markets'],
  all: readonly Listed[],
): readonly Listening[] {
  const lines = document === null || document.markets.length === 0 ? marketsOf(strategy) : document.markets;
  const faults = Object.keys(markets)
    .filter((name) => !lines.slice(1).some((line) => line.name === name))
    .map(
      (name) =>
        `--market ${name}: ${strategy.name} has ${
          lines.length === 1
            ? 'no other market'
            : lines
                .slice(1)
                .map((line) => line.name)
                .join(', ')
        }`,
    );
  const mainUs = lines[0]!.timeframeUs ?? timeframeUs;
  const listens = lines.map((line, index): Listening => {
    const id = markets[line.name] ?? null;
    const ownUs = line.timeframeUs ?? mainUs;
    if (id !== null && !all.some(({ instrument }) => instrument.id === id))
      faults.push(`--market ${line.name}=${id}: is not on these tapes; they hold ${all.map(({ instrument }) => instrument.id).join(', ')}`);
    if (id === null && index > 0 && ownUs === mainUs)
      faults.push(`--market ${line.name}=…: which instrument is the market ${line.name} of ${strategy.name}?`);
    return { instrument: id as Listening['instrument'], timeframeUs: ownUs };
  });
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace backtest --help');
  return listens;
}

/** A program says only how many candle streams it wants. */
const marketsOf = ({ subscriptions }: FoundStrategy['strategy']): readonly Readonly<{ name: string; timeframeUs: number | null }>[] =>
  Array.from({ length: subscriptions ?? 1 }, (_, index) => ({ name: index === 0 ? 'main' : `market${index + 1}`, timeframeUs: null }));

function refuseEmpty({ tapes, from, to }: BacktestAsked): void {
  for (const tape of tapes) for (const _ of tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY)) return;
  const holds = tapes.map((tape) => `${nameOfTape(tape)} holds ${iso(tape.manifest.from)} to ${iso(tape.manifest.to)}`);
  throw new Refused(2, ['nothing lies between --from and --to', ...holds]);
}

/** The first price of an instrument, to say how many lots a tenth of the cash is. */
function priceAt({ tapes, from, to }: BacktestAsked, { instrument, stream }: Listed): number | null {
  for (const tape of tapes) {
    if (!tape.manifest.streams.some((each) => each.instrument === instrument.id && each.kind === stream.kind)) continue;
    for (const { blocks } of tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY))
      for (const { instrument: id, kind, values } of blocks) if (id === instrument.id && kind === stream.kind) return values[0]![0]!;
  }
  return null;
}
