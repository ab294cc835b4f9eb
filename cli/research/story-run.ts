/** Plays a story's bars over the desk of a backtest and says in lines what the strategy wanted, bar by bar, and what became of it. */
import { priceText } from '#engine/decimal.ts';
import type { Decision, DecisionOf, OrderType } from '#engine/decisions.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type Parameters, parametersOf, type Strategy } from '#engine/strategy/strategy.ts';
import { instrumentId, MINUTE_US, type PriceTicks, type Seq, type Sha256, type Side, sourceId, type TimeUs } from '#engine/values.ts';
import type { Story, StoryBar } from '#infra/config/story-file.ts';
import { backtest } from '#replay/backtest.ts';
import { nodeDigest } from '../compose/digest.ts';
import { listeningOf } from './backtest-asked.ts';
import { type BacktestSettings, backtestDesk, backtestInputs, type Listed } from './backtest-settings.ts';
import type { FoundStrategy } from './kept-strategies.ts';

export type Played = Readonly<{ lines: readonly string[]; woken: number; faulted: boolean }>;

/** Monday, 1 January 2024, 00:00 UTC. */
const BEGIN_US = 1_704_067_200_000_000;
const SOURCE = sourceId('story');
const TICK = { digits: 1n, scale: 2 };
const USUAL_CASH = 1_000_000n;
/** An order that is wanted at a bar's close is filled by the next bar, whole and for nothing: a story is about what is wanted. */
const VENUE: VenueSpec = { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null };
/** As of an imported tape: patient, and a microsecond late, because the last bar of a longer candle arrives at that candle's very end. */
const FEED = {
  latenessUs: 1,
  graceUs: 0,
  silentUs: null,
  muteUs: null,
  lagUs: null,
  lagDownUs: null,
  absurdPermille: null,
  settleUs: 0,
  faultsToDown: 1,
  fillFlat: false,
};

/** `strategy`: what plays, which may be the found one with somebody looking on. Throws Refused or BadParameters for what does not fit. */
export async function playStory(story: Story, found: FoundStrategy, strategy: Strategy = found.strategy): Promise<Played> {
  const markets = found.document?.markets ?? [];
  const mainUs = story.timeframeUs ?? markets[0]?.timeframeUs ?? MINUTE_US;
  const names = [...story.others.keys()];
  const listed = ['MAIN', ...names].map((name) => listedOf(name, mainUs));
  const listens = listeningOf(found, mainUs, Object.fromEntries(names.map((name) => [name, name])), listed);
  const parameters = parametersOf(strategy, given(strategy, story.set));
  const settings: BacktestSettings = {
    tapes: [],
    strategy: { name: strategy.name, version: '0'.repeat(64) as Sha256, parameters },
    ...{ listens, timeframeUs: mainUs, cash: String((story.cash ?? USUAL_CASH) * 100n), venue: VENUE },
    instruments: [{ id: listed[0]!.instrument.id, lots: null }],
  };
  const said = new Said(mainUs, story.fills);
  await backtest({
    desk: backtestDesk(settings),
    digest: nodeDigest,
    catalogue: () => strategy,
    observer: (decision) => said.hear(decision),
    manifest: { format: 1, run: 'story' },
    inputs: backtestInputs(settings, listed, BEGIN_US as TimeUs),
    tapes: [story.bars, ...story.others.values()].map((bars, index) => [factsOf(listed[index]!.instrument, bars, mainUs)]),
    append: null,
  });
  return { lines: said.lines, woken: said.woken, faulted: said.faulted };
}

/** Values as texts become what the parameter is; what they do not fit is told by its check. */
function given(strategy: Strategy, set: Story['set']): Parameters {
  return Object.fromEntries(
    [...set].map(([name, text]) => {
      const kind = Object.hasOwn(strategy.parameters, name) ? strategy.parameters[name]!.kind : 'choice';
      if (kind === 'flag' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      return [name, (kind === 'whole' || kind === 'number') && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text];
    }),
  );
}

function listedOf(name: string, timeframeUs: number): Listed {
  const id = instrumentId(name);
  const instrument: Instrument = {
    ...{ id, version: 1, tick: '0.01', lot: '1', multiplier: '1', currency: 'USD', currencyScale: 2, calendar: 'ALWAYS' },
    feeds: [{ source: SOURCE, ...FEED, barUs: timeframeUs }],
  };
  const span = { from: BEGIN_US as TimeUs, to: BEGIN_US as TimeUs };
  return { instrument, stream: { instrument: id, source: SOURCE, kind: 'bar', timeframeUs, count: 0, ...span } };
}

function factsOf({ id }: Instrument, bars: readonly StoryBar[], timeframeUs: number): MarketFrame {
  const formed = bars.flatMap((bar, index) => (bar === null ? [] : [{ bar, start: BEGIN_US + index * timeframeUs }]));
  const column = (of: (each: (typeof formed)[number]) => number) => Float64Array.from(formed, of);
  const block: Block = {
    ...{ instrument: id, source: SOURCE, kind: 'bar', timeframeUs, count: formed.length },
    at: column(({ start }) => start + timeframeUs),
    venueTime: column(({ start }) => start),
    venueSeq: NO_SEQ,
    flags: new Uint8Array(formed.length),
    values: (['open', 'high', 'low', 'close', 'volume'] as const).map((name) => column(({ bar }) => bar[name])),
  };
  return marketFrame(1 as Seq, [block], NO_LANE, null);
}

/** Decisions as lines. A bar's number counts from 1; what happens inside a bar has the number of that bar. */
class Said {
  readonly lines: string[] = [];
  woken = 0;
  faulted = false;
  readonly #timeframeUs: number;
  readonly #fills: boolean;
  /** What an order is called: its side and the bar that asked for it. */
  readonly #orders = new Map<string, string>();

  constructor(timeframeUs: number, fills: boolean) {
    this.#timeframeUs = timeframeUs;
    this.#fills = fills;
  }

  hear(decision: Decision): void {
    const line = this.#lineOf(decision);
    if (line !== null) this.lines.push(`bar ${this.#bar(decision.at)} ${line}`);
  }

  #bar(at: number): number {
    return Math.max(1, Math.ceil((at - FEED.latenessUs - BEGIN_US) / this.#timeframeUs));
  }

  #lineOf(decision: Decision): string | null {
    switch (decision.type) {
      case 'StrategyWoke':
        this.woken += 1;
        return null;
      case 'StrategyMoved':
        if (decision.to !== 'faulted') return null;
        this.faulted = true;
        return 'faulted: it threw, and is stopped';
      case 'OrderApproved':
        this.#orders.set(decision.order, `the ${decision.side} of bar ${this.#bar(decision.at)}`);
        return `${orderText(decision)}${marketOf(decision)}, ${decision.why}`;
      case 'OrderRefused': {
        const broken = decision.clauses.filter(({ ok }) => !ok).map(({ clause }) => clause);
        return `refused ${orderText(decision)}${marketOf(decision)}, ${decision.why}: ${broken.join(', ')}`;
      }
      case 'OrderQualified':
        return qualified(decision);
      case 'OrderRequested':
        if (decision.action === 'send') return null;
        return `${decision.action} ${this.#orders.get(decision.order) ?? 'an order'}${
          decision.action === 'replace' ? ` with ${priced(decision.lots ?? 0, decision)}` : ''
        }, ${decision.why}`;
      case 'OrderFilled':
        return this.#fills
          ? `filled ${decision.side} ${decision.lots} at ${price(decision.price)}${marketOf(decision)}, holding ${decision.position}`
          : null;
      default:
        return null;
    }
  }
}

const price = (ticks: number): string => priceText(ticks as PriceTicks, TICK);
const marketOf = ({ instrument }: Readonly<{ instrument: string }>): string => (instrument === 'MAIN' ? '' : ` of ${instrument}`);

type Prices = Readonly<{ limit: number | null; stop: number | null }>;

const priced = (lots: number, { limit, stop }: Prices): string =>
  [`${lots}`, ...(stop === null ? [] : [`stop ${price(stop)}`]), ...(limit === null ? [] : [`limit ${price(limit)}`])].join(' ');

const orderText = ({ side, lots, orderType, ...prices }: Prices & Readonly<{ side: Side; lots: number; orderType: OrderType }>): string =>
  `${side} ${priced(lots, prices)}${orderType === 'market' ? ' at market' : orderType === 'trailing' ? ' trailing' : ''}`;

function qualified({ timeInForce, postOnly, trail, bracket, oco }: DecisionOf<'OrderQualified'>): string {
  const terms = [
    ...(timeInForce === 'GTC' || timeInForce === 'GTD' ? [] : [timeInForce]),
    ...(postOnly ? ['post-only'] : []),
    ...(trail === null ? [] : [`trail ${price(trail)}`]),
    ...(bracket?.stop == null ? [] : [`with stop ${price(bracket.stop)}`]),
    ...(bracket?.target == null ? [] : [`with target ${price(bracket.target)}`]),
    ...(oco === null ? [] : [`one of ${oco}`]),
  ];
  return `so: ${terms.join(', ')}`;
}
