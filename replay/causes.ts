/**
 * What led to a decision: order → approval → wake → candle → tick. Follows records only: the same cause and the nearest decision before
 * it that can have caused it; the ground is a tick, an input or a deadline.
 */
import { addressOf, type Decision, type DecisionType } from '#engine/decisions.ts';
import type { Story, Tick } from './story.ts';
import { tell } from './tell.ts';
import type { GateReasons } from './tell-clauses.ts';
import { tellInput } from './tell-input.ts';
import { clock, iso, type Link, type Measures } from './words.ts';

/** From the decision itself back to its ground. */
export function causesOf(story: Story, decision: Decision, reasons?: GateReasons): Link[] {
  const links: Link[] = [];
  const told = new Set<string>();
  let next: Decision | null = decision;
  while (next !== null && !told.has(addressOf(next))) {
    told.add(addressOf(next));
    links.push(tell(next, story.measures, reasons));
    // a fill has two causes: the tick that reached the order, and the order
    if (next.type === 'VenueReported' && next.report.kind === 'Filled') links.push(ground(story, next));
    const parent = parentOf(story, next);
    if (parent === null) {
      if (!(next.type === 'VenueReported' && next.report.kind === 'Filled')) links.push(ground(story, next));
      if (next.type === 'CandleClosed' && next.by === 'deadline') {
        const last = story.lastTrade(next);
        if (last !== null) links.push(tickLink(last, story.measures, 'the last trade in it: '));
      }
    }
    next = parent;
  }
  return links;
}

/** The tick, the input or the deadline under which a decision stands. */
export function ground(story: Story, decision: Decision): Link {
  const { cause, at } = decision;
  const tick = story.tick(cause);
  if (tick !== null && tick.at === at) return tickLink(tick, story.measures);
  const input = story.inputs.get(cause);
  if (input !== undefined && input.at === at) return tellInput(input, story.measures);
  const after = tick === null ? `number ${cause}` : `number ${cause} (${tick.kind} of ${tick.instrument} at ${clock(tick.at)})`;
  return {
    address: String(cause),
    type: 'Deadline',
    at: iso(at),
    what: `a deadline fell due at ${clock(at)}, after ${after}`,
    numbers: {},
  };
}

export function tickLink(tick: Tick, measures: Measures, before = ''): Link {
  const { instrument, source, kind, values, number, at, venueTime } = tick;
  const text = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, /lots|volume/i.test(name) ? value : measures.price(instrument, value)]),
  );
  const said =
    kind === 'trade'
      ? `${measures.quantity(instrument, values['lots'])} traded at ${text['price']}`
      : kind === 'quote'
        ? `bid ${text['bid']}, ask ${text['ask']}`
        : kind === 'bar'
          ? `bar closed at ${text['close']}`
          : `book change at ${text['price']}`;
  return {
    address: String(number),
    type: 'Tick',
    at: iso(at),
    what: `${before}${instrument} on ${source}: ${said}`,
    numbers: { ...text, venueTime: iso(venueTime) },
  };
}

type Of<T extends DecisionType> = Extract<Decision, { type: T }>;
type Is<T extends DecisionType> = (decision: Of<T>) => boolean;

/** The nearest kept decision of these types before `d` under the same cause and instant that fits. */
function before<T extends DecisionType>(story: Story, d: Decision, types: readonly T[], fits: Is<T> = () => true): Of<T> | null {
  const { decisions } = story;
  for (let place = decisions.length - 1; place >= 0; place--) {
    const other = decisions[place];
    if (other.cause > d.cause || (other.cause === d.cause && other.index >= d.index)) continue;
    if (other.cause < d.cause || other.at !== d.at) return null;
    if ((types as readonly string[]).includes(other.type) && fits(other as Of<T>)) return other as Of<T>;
  }
  return null;
}

/** The nearest kept decision of these types before `d`, whenever it was. */
function earlier<T extends DecisionType>(story: Story, d: Decision, types: readonly T[], fits: Is<T>): Of<T> | null {
  const { decisions } = story;
  for (let place = decisions.length - 1; place >= 0; place--) {
    const other = decisions[place];
    if (other.cause > d.cause || (other.cause === d.cause && other.index >= d.index)) continue;
    if ((types as readonly string[]).includes(other.type) && fits(other as Of<T>)) return other as Of<T>;
  }
  return null;
}

const approvalOf = (story: Story, d: Decision & { order: string }): Of<'OrderApproved'> | null =>
  earlier(story, d, ['OrderApproved'], ({ order }) => order === d.order);

function parentOf(story: Story, d: Decision): Decision | null {
  switch (d.type) {
    case 'CandleClosed': // a longer candle closes with the shorter one it folds
      return before(
        story,
        d,
        ['CandleClosed'],
        (other) =>
          other.instrument === d.instrument && other.source === d.source && other.end === d.end && other.timeframeUs < d.timeframeUs,
      );
    case 'CandlesMoved':
      return before(story, d, ['CandleClosed'], (other) => other.instrument === d.instrument && other.timeframeUs === d.timeframeUs);
    case 'GateMoved':
      return gateParent(story, d);
    case 'StrategyMoved':
      return d.why === 'Warmed' ? before(story, d, ['StrategyWoke'], ({ strategy }) => strategy === d.strategy) : null;
    case 'StrategyWoke':
      if (d.why === 'fill') return before(story, d, ['OrderFilled'], ({ strategy }) => strategy === d.strategy);
      return d.why === 'bars' ? candleOf(story, d) : null;
    case 'OrderApproved':
    case 'OrderRefused':
      if (isOfBracket(d)) return before(story, d, ['OrderFilled'], ({ strategy }) => strategy === d.strategy);
      return before(story, d, ['StrategyWoke'], ({ strategy, intents }) => strategy === d.strategy && intents > 0);
    case 'OrderRequested':
      if (d.action === 'send') return approvalOf(story, d);
      if (d.why === LINKED) return before(story, d, ['OrderFilled'], ({ strategy }) => strategy === d.strategy) ?? stopOf(story, d);
      return before(story, d, ['StrategyWoke'], ({ strategy, intents }) => strategy === d.strategy && intents > 0) ?? stopOf(story, d);
    case 'VenueReported':
      return d.report.kind === 'Filled'
        ? approvalOf(story, d)
        : earlier(story, d, ['OrderRequested'], (other) => other.order === d.order && other.action === actionAnswered(d));
    case 'OrderMoved':
      if (d.why === 'Sent') return approvalOf(story, d);
      if (d.why === 'CancelAsked' || d.why === 'ReplaceAsked')
        return before(story, d, ['StrategyWoke'], ({ strategy, intents }) => strategy === d.strategy && intents > 0) ?? stopOf(story, d);
      return before(story, d, ['VenueReported'], ({ order }) => order === d.order);
    case 'OrderFilled':
      return before(story, d, ['VenueReported'], ({ order }) => order === d.order) ?? approvalOf(story, d);
    case 'OrderQualified':
      return approvalOf(story, d);
    case 'OrderRetired':
      return earlier(story, d, ['OrderMoved'], ({ order }) => order === d.order);
    case 'Posted':
      return before(story, d, ['OrderFilled', 'PositionCharged']);
    case 'ReconciliationNeeded':
      return before(story, d, ['OrderFilled']);
    case 'EquityMarked':
      return before(story, d, ['OrderFilled', 'CandleClosed', 'PositionCharged']);
    case 'Alerted':
      return before(story, d, ['GateMoved']);
    default:
      return null;
  }
}

/** What the desk asks for as an entry fills (kernel §12.11), whatever its strategy wanted in the same wake. */
export const isOfBracket = ({ why }: Readonly<{ why: string }>): boolean => why === 'bracket stop' || why === 'bracket target';
/** What a fill took from an order of its group. */
const LINKED = 'linked';

function actionAnswered({ report }: Of<'VenueReported'>): string {
  if (report.kind === 'Cancelled' || report.kind === 'CancelRejected') return 'cancel';
  return report.kind === 'Replaced' || report.kind === 'ReplaceRejected' ? 'replace' : 'send';
}

/** Of a wake for bars: the candle of its interval that closed last before it. */
function candleOf(story: Story, wake: Of<'StrategyWoke'>): Decision | null {
  const feeds = story.strategies.get(wake.strategy)?.subscriptions ?? [];
  const subscribed = ({ instrument, source, timeframeUs, end }: Of<'CandleClosed'>): boolean =>
    end === wake.end &&
    (feeds.length === 0 ||
      feeds.some((feed) => feed.instrument === instrument && feed.source === source && feed.timeframeUs === timeframeUs));
  return before(story, wake, ['CandleClosed'], subscribed) ?? earlier(story, wake, ['CandleClosed'], subscribed);
}

/** What cancelled an order that its own strategy did not: a gate that stopped, a strategy that was stopped or faulted. */
const stopOf = (story: Story, d: Decision): Decision | null =>
  before(story, d, ['GateMoved'], ({ to }) => to === 'HALTED' || to === 'KILLED') ?? before(story, d, ['StrategyMoved', 'OrderFilled']);

function gateParent(story: Story, d: Of<'GateMoved'>): Decision | null {
  const cause = d.why.slice(d.why.indexOf(':') + 1);
  switch (cause) {
    case 'feed-down':
    case 'feed-degraded':
      return before(story, d, ['FeedMoved'], ({ instrument }) => instrument === d.of);
    case 'hard-limit':
    case 'soft-limit':
    case 'drawdown':
      return before(story, d, ['EquityMarked']);
    case 'limit-below-exposure':
      return before(story, d, ['OrderFilled']);
    case 'faulted':
    case 'paused':
      return before(story, d, ['StrategyMoved'], ({ strategy }) => strategy === d.of);
    case 'order-unknown':
      return earlier(story, d, ['OrderMoved'], ({ to, from }) => to === 'UNKNOWN' || from === 'UNKNOWN');
    case 'session-lost':
      return before(story, d, ['SessionMoved'], ({ account }) => account === d.of);
    default:
      return null;
  }
}
