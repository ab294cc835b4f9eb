/** One decision as one sentence with its numbers. Says what the record holds; why it came about is causes.ts. */
import { addressOf, type ClauseName, type ClauseResult, type Decision, type DecisionOf, type Numbers } from '#engine/decisions.ts';
import type { VenueReport } from '#engine/inputs.ts';
import { type GateReasons, gateName, type Judged, tellClause } from './tell-clauses.ts';
import { tellCondition } from './tell-conditions.ts';
import { clock, type Figures, iso, type Link, list, type Measures, plural, span } from './words.ts';

type Told = readonly [what: string, numbers: Figures];
const UNKNOWN_REASONS: GateReasons = () => null;

export function tell(decision: Decision, measures: Measures, reasons: GateReasons = UNKNOWN_REASONS): Link {
  const [what, numbers] = told(decision, measures, reasons);
  return { address: addressOf(decision), type: decision.type, at: iso(decision.at), what, numbers };
}

/** Named numbers as text that JSON holds. */
export function figures(numbers: Numbers): Figures {
  return Object.fromEntries(numbers.map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]));
}

/** `fast 101.23, slow 101.40`. */
export const numbersText = (numbers: Numbers): string => numbers.map(([name, value]) => `${name} ${value}`).join(', ');

function told(decision: Decision, measures: Measures, reasons: GateReasons): Told {
  const d = decision;
  switch (d.type) {
    case 'CandleClosed': {
      const p = (ticks: number) => measures.price(d.instrument, ticks);
      return [
        `the ${span(d.timeframeUs)} candle of ${d.instrument} from ${clock(d.start)} to ${clock(d.end)} closed at ${p(d.close)}${d.complete ? '' : ', incomplete'}`,
        {
          open: p(d.open),
          high: p(d.high),
          low: p(d.low),
          close: p(d.close),
          volume: d.volume,
          trades: d.trades,
          complete: d.complete,
          by: d.by,
        },
      ];
    }
    case 'CandleAmended':
      return [
        `the closed ${span(d.timeframeUs)} candle of ${d.instrument} from ${clock(d.start)} was amended to version ${d.version}`,
        { high: measures.price(d.instrument, d.high), low: measures.price(d.instrument, d.low), volume: d.volume, trades: d.trades },
      ];
    case 'TickTooLate':
      return [`${plural(d.count, 'tick')} of ${d.instrument} from ${d.source} came too late for a candle`, { venueTime: iso(d.venueTime) }];
    case 'TickRejected':
      return [`a tick of ${d.instrument} from ${d.source} was rejected: ${d.fault} (${numbersText(d.numbers)})`, figures(d.numbers)];
    case 'CandlesMoved':
      return [`the ${span(d.timeframeUs)} candles of ${d.instrument} went from ${d.from} to ${d.to}: ${d.why}`, {}];
    case 'FeedMoved': {
      const heard = d.numbers.find(([name]) => name === 'heardAt')?.[1];
      const since = typeof heard === 'number' && heard >= 0 ? `, last heard at ${clock(heard)}` : '';
      return [`feed ${d.source} of ${d.instrument} went from ${d.from} to ${d.to}: ${d.why}${since}`, figures(d.numbers)];
    }
    case 'TicksRefusedNoted':
      return [`${plural(d.count, 'tick')} of ${d.source} could not be represented: ${d.reason}`, { count: d.count, total: d.total }];
    case 'GateMoved':
      return [
        `${gateName(d.scope, d.of)} went from ${d.from} to ${d.to}: ${gateWhy(d.why)}${d.reasons.length === 0 ? '' : ` (now held by ${list(d.reasons)})`}`,
        figures(d.numbers),
      ];
    case 'SessionMoved':
      return [`the session of ${d.account} went from ${d.from} to ${d.to}: ${d.why}`, {}];
    case 'CommandAnswered':
      return [`command ${d.key} was ${d.ok ? 'done' : 'not done'}${d.why === '' ? '' : `: ${d.why}`}`, figures(d.numbers)];
    case 'StrategyMoved':
      return [`strategy ${d.strategy} went from ${d.from} to ${d.to}: ${d.why}`, {}];
    case 'StrategyWoke': {
      const conditions = d.conditions.map((condition) => tellCondition(condition, measures.instrumentOf(d.strategy), measures));
      const numbers = Object.fromEntries(d.conditions.flatMap((condition) => Object.entries(figures(condition.numbers))));
      const over = d.end === null ? '' : ` of the interval to ${clock(d.end)}`;
      return [
        `strategy ${d.strategy} woke for ${d.why}${over}: ${conditions.length === 0 ? 'it stated no condition' : list(conditions)}; ${plural(d.intents, 'intent')}`,
        { ...numbers, intents: d.intents, absent: d.absent },
      ];
    }
    case 'OrderRefused': {
      const failed = d.clauses.filter(({ ok }) => !ok).map((clause) => tellClause(clause, d, measures, reasons));
      return [`${order(d, measures)} was refused: ${list(failed)}`, clauseFigures(d, measures)];
    }
    case 'OrderApproved':
      return [
        `${order(d, measures)} was approved${d.reducing ? ' as reducing' : ''} (${d.why}); ${plural(d.clauses.length, 'clause')} passed`,
        { ...clauseFigures(d, measures), clientId: d.clientId },
      ];
    case 'OrderQualified':
      return [
        `order ${d.order} ${qualities(d, measures)}`,
        {
          timeInForce: d.timeInForce,
          postOnly: d.postOnly,
          ...(d.trail === null ? {} : { trail: d.trail }),
          ...(d.oco === null ? {} : { oco: d.oco }),
          ...(d.protects === null ? {} : { protects: d.protects }),
        },
      ];
    case 'OrderRequested':
      return [
        `${d.action} of order ${d.order}${newTerms(d, measures)} was asked of the venue (${d.why})`,
        { ...terms(d, measures), clientId: d.clientId },
      ];
    case 'VenueReported':
      return [`the venue said of order ${d.order}: ${reportText(d.report, d.instrument, measures)}`, {}];
    case 'OrderMoved':
      return [
        `order ${d.order} went from ${d.from} to ${d.to}: ${d.why}`,
        { filled: measures.quantity(d.instrument, d.filled), remaining: measures.quantity(d.instrument, d.remaining) },
      ];
    case 'OrderFilled': {
      const price = measures.price(d.instrument, d.price);
      const fee = measures.money(d.account, d.fee);
      const gain = measures.money(d.account, d.realised);
      return [
        `order ${d.order} ${d.side === 'buy' ? 'bought' : 'sold'} ${measures.quantity(d.instrument, d.lots)} ${d.instrument} at ${price} as ${d.maker ? 'maker' : 'taker'}${d.late ? ', after its end' : ''}; fee ${fee}, gain ${gain}, position ${measures.quantity(d.instrument, d.position)}`,
        { lots: d.lots, price, fee, realised: gain, position: d.position },
      ];
    }
    case 'OrderAdopted':
      return [
        `an order found at the venue was adopted as ${d.order}: ${order(d, measures)}, known there as ${d.clientId}`,
        { ...terms(d, measures), filled: measures.quantity(d.instrument, d.filled) },
      ];
    case 'DifferenceFound': {
      const [of, here, there] = difference(d, measures);
      const off = SET_OFF.exec(d.resolution);
      if (off !== null) {
        const [lots, price] = [measures.quantity(d.of, Number(off[1])), measures.price(d.of, Number(off[2]))];
        return [
          `${d.account}: ${lots} ${d.of} of what ${here} and ${there} held was set off at ${price}: closed without an order of ours`,
          {},
        ];
      }
      return [`${d.account} and its venue differed in ${d.what} ${of}: here ${here}, there ${there}; ${d.resolution}`, {}];
    }
    case 'OrderRetired':
      return [`order ${d.order} left the desk's registry`, {}];
    case 'Posted':
      return [
        `${measures.money(d.account, d.amount)} was posted to ${d.book} of ${d.account}, ${d.strategy}, ${d.instrument} (${d.why})`,
        {},
      ];
    case 'EquityMarked': {
      const money = (amount: bigint) => measures.money(d.account, amount);
      return [
        `equity of ${d.account} was marked at ${money(d.equity)} (${d.why})`,
        { equity: money(d.equity), peak: money(d.peak), drawdown: money(d.drawdown), dayLoss: money(d.dayLoss) },
      ];
    }
    case 'FeeTierMoved':
      return [
        `${d.account} pays the fees of tier ${d.to}, after those of tier ${d.from}: ${measures.money(d.account, d.traded)} traded in the 30 days before`,
        { from: d.from, to: d.to, traded: measures.money(d.account, d.traded) },
      ];
    case 'PositionCharged': {
      const amount = measures.money(d.account, d.amount < 0n ? -d.amount : d.amount);
      const held = `${measures.quantity(d.instrument, d.lots)} ${d.instrument} at ${measures.price(d.instrument, d.price)}`;
      return [
        `${d.why === 'borrow' ? 'borrowing' : 'the funding of'} ${held} ${d.amount < 0n ? 'brought' : 'cost'} ${d.strategy} ${amount}`,
        { lots: d.lots, price: measures.price(d.instrument, d.price), rate: d.rate, amount: measures.money(d.account, d.amount) },
      ];
    }
    case 'Alerted':
      return [`${d.severity}: ${d.topic}: ${d.text}`, {}];
    case 'Defined':
      return [`${d.what} ${d.of} was ${d.why}`, d.version === '' ? {} : { version: d.version }];
    case 'ReconciliationNeeded':
      return [`${d.account} needs reconciling: ${d.why}`, {}];
    case 'BudgetChanged':
      return [`the budget of ${d.account} became ${d.budget === null ? 'unlimited' : measures.money(d.account, d.budget)}`, {}];
  }
}

/** What it was about and both sides of it, in the units of a person. */
function difference(
  { what, of, held, venue, account }: Extract<Decision, { type: 'DifferenceFound' }>,
  measures: Measures,
): readonly [of: string, here: string, there: string] {
  switch (what) {
    case 'balance':
      return [of, ...both(held, venue, (text) => (/^-?\d+$/.test(text) ? measures.money(account, BigInt(text)) : text))];
    case 'position':
      // a set-off names who holds it
      return [of, ...both(held, venue, (text) => text.replace(/-?\d+$/, (lots) => measures.quantity(of, Number(lots))))];
    case 'fill': {
      const bar = of.indexOf('|'); // older journals say the fill alone
      const instrument = of.slice(0, Math.max(0, bar));
      const id = of.slice(bar + 1);
      const said = (text: string) =>
        text.replace(
          /^(\w+ )?(\d+) at (-?\d+)$/,
          (_, side = '', lots: string, price: string) =>
            `${side}${measures.quantity(instrument, Number(lots))} ${instrument} at ${measures.price(instrument, Number(price))}`,
        );
      return [id, ...both(held, venue, bar < 0 ? (text) => text : said)];
    }
    case 'order':
      return [of, held, venue];
  }
}

const SET_OFF = /^(\d+) set off at (-?\d+)$/;

const both = (held: string, venue: string, told: (text: string) => string): readonly [string, string] => [told(held), told(venue)];

const gateWhy = (why: string): string => why.replace(/^Restricted:/, 'restricted by ').replace(/^Cleared:/, 'cleared of ');

type Terms = Readonly<{ instrument: string; side: string; orderType: string; lots: number; limit: number | null; stop: number | null }>;

/** `buy 0.0300 BTC-USD at the market`. */
export function order({ instrument, side, orderType, lots, limit, stop }: Terms, measures: Measures): string {
  const price = pricesText({ limit, stop }, instrument, measures);
  const kind = price !== '' ? '' : orderType === 'market' ? ' at the market' : orderType === 'trailing' ? ' behind a trailing stop' : '';
  return `${side} ${measures.quantity(instrument, lots)} ${instrument}${price}${kind}`;
}

const TIME_IN_FORCE = {
  GTC: 'works until it is cancelled',
  GTD: 'works until it expires',
  IOC: 'takes what the first fact gives it, and the rest ends',
  FOK: 'takes all of it from the first fact, or nothing',
} as const satisfies Record<DecisionOf<'OrderQualified'>['timeInForce'], string>;

/** What an order says beyond its prices: `works until it is cancelled and is rejected should it take`. */
export function qualities(said: DecisionOf<'OrderQualified'>, measures: Measures): string {
  const { instrument, timeInForce, postOnly, trail, bracket, oco, protects } = said;
  const prices =
    bracket === null
      ? []
      : [
          ...(bracket.stop === null ? [] : [`a stop at ${measures.price(instrument, bracket.stop)}`]),
          ...(bracket.target === null ? [] : [`a target at ${measures.price(instrument, bracket.target)}`]),
        ];
  return list([
    TIME_IN_FORCE[timeInForce],
    ...(postOnly ? ['is rejected should it take'] : []),
    ...(trail === null ? [] : [`has a stop that follows the best price by ${plural(trail, 'tick')}`]),
    ...(prices.length === 0 ? [] : [`asks for ${list(prices)} as it fills`]),
    ...(oco === null ? [] : [`stands with the group ${oco}, of which one is filled`]),
    ...(protects === null ? [] : [`protects fill ${protects}`]),
  ]);
}

/** What a replace asks for: ` to 0.0300 at 101.5 or better`. */
export function newTerms(
  { action, instrument, lots, limit, stop }: Extract<Decision, { type: 'OrderRequested' }>,
  measures: Measures,
): string {
  if (action !== 'replace') return '';
  return ` to ${lots === null ? 'as many' : measures.quantity(instrument, lots)}${pricesText({ limit, stop }, instrument, measures)}`;
}

function pricesText(
  { limit, stop }: Readonly<{ limit: number | null; stop: number | null }>,
  instrument: string,
  measures: Measures,
): string {
  const once = stop === null ? '' : ` once ${measures.price(instrument, stop)} is reached`;
  return `${limit === null ? '' : ` at ${measures.price(instrument, limit)} or better`}${once}`;
}

function terms(
  d: Readonly<{ instrument: string; lots: number | null; limit: number | null; stop: number | null }>,
  measures: Measures,
): Figures {
  return {
    ...(d.lots === null ? {} : { lots: d.lots }),
    ...(d.limit === null ? {} : { limit: measures.price(d.instrument, d.limit) }),
    ...(d.stop === null ? {} : { stop: measures.price(d.instrument, d.stop) }),
  };
}

export function reportText(said: VenueReport, instrument: string, measures: Measures): string {
  switch (said.kind) {
    case 'Filled':
      return `filled ${measures.quantity(instrument, said.lots)} at ${measures.price(instrument, said.price)} (fill ${said.fill})`;
    case 'Rejected':
    case 'CancelRejected':
    case 'ReplaceRejected':
      return `${said.kind}: ${said.reason}`;
    case 'Replaced':
      return `replaced to ${measures.quantity(instrument, said.lots)}${pricesText(said, instrument, measures)}`;
    default:
      return said.kind;
  }
}

/** Every clause with what it compared: `gate.account: OPEN`. Prices and money as text. */
function clauseFigures(d: Judged & Readonly<{ clauses: readonly ClauseResult[] }>, measures: Measures): Figures {
  return Object.fromEntries(
    d.clauses.flatMap(({ clause, ok, numbers }) => [
      [clause, ok ? 'passed' : 'failed'],
      ...numbers.map(([name, value]) => [`${clause}.${name}`, clauseFigure(clause, name, value, d, measures)]),
    ]),
  );
}

function clauseFigure(clause: ClauseName, name: string, value: number | bigint | string, d: Judged, measures: Measures): string | number {
  if (typeof value === 'bigint') return clause === 'notional' ? measures.worth(d.instrument, value) : measures.money(d.account, value);
  const isPrice =
    clause === 'collar' ? name === 'asked' || name === 'reference' : clause === 'validity' && (name === 'limit' || name === 'stop');
  return isPrice && typeof value === 'number' ? measures.price(d.instrument, value) : value;
}
