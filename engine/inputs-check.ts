/**
 * What an input must be before it may become one: the desk can only re-derive what it can take. Asked at the door before anything is
 * journaled, and by the desk before anything has changed.
 */

import { AssertionFailed } from './assert.ts';
import { BadDecimal } from './decimal.ts';
import { ORDER_TYPES } from './decisions.ts';
import type { VenueSpec } from './execution/account.ts';
import { tiersFault } from './execution/fee-tiers.ts';
import { latencyFault } from './execution/latency.ts';
import { fitTogether, plainTerms, TIMES_IN_FORCE, type VenueTakes } from './execution/order-terms.ts';
import type { InputOf, InputRecord, PlaceOrder } from './inputs.ts';
import { calendarById } from './market/calendar.ts';
import { borrowFault, fundingFault } from './portfolio/carry.ts';
import { unitOf } from './portfolio/valuation.ts';
import { BadValue } from './values.ts';

/** An input that cannot be one: names the field and what is allowed. */
export class BadInput extends Error {
  override name = 'BadInput';
}

/** More lots than any order or tick may have: sums of thousands of them stay whole. */
export const MOST_LOTS = 1_000_000_000_000;
export const LEAST_TIMEFRAME_US = 1_000;

/** In characters. What others call things and give as reasons ends up in decisions, whose texts have a limit (MAX_TEXT of the codec). */
export const LONGEST_NAME = 200;
export const LONGEST_WHY = 2_000;
export const LONGEST_UNEXPLAINED = 1_000;
const NAMES: readonly string[] = [
  ...['id', 'name', 'account', 'strategy', 'instrument', 'source', 'order', 'effect', 'fill', 'key', 'by', 'scope', 'of'],
  ...['signal', 'version', 'venue', 'calendar', 'currency', 'side', 'type', 'state', 'missing'],
];
const LONGEST: ReadonlyMap<string, number> = new Map([
  ...NAMES.map((field) => [field, LONGEST_NAME] as const),
  ...['why', 'reason'].map((field) => [field, LONGEST_WHY] as const),
  ['unexplained', LONGEST_UNEXPLAINED],
]);
/** Fields whose own fields are asked as well: not payloads, parameters, candles. */
const PARTS: ReadonlySet<string> = new Set([
  ...['instrument', 'account', 'feeds', 'subscriptions', 'report', 'command', 'fills', 'orders', 'transfers', 'positions', 'balances'],
]);
/** Facts that must get in, however long their why; no decision holds it. */
const ANY_WHY: ReadonlySet<string> = new Set(['SourceLost', 'SessionLost', 'JournalTroubled']);

const COMMANDS: readonly string[] = [
  'Arm',
  'Kill',
  'Disarm',
  'Acknowledge',
  'Pause',
  'Resume',
  'Stop',
  'Flatten',
  'AcceptVenue',
  'Reset',
  'CancelOrder',
  'ReplaceOrder',
  'PlaceOrder',
];
const whole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** What is wrong with it, or null. */
export function faultOf(input: InputRecord): string | null {
  return longText(input, input.type) ?? valueFault(input);
}

function longText(part: object, of: string): string | null {
  for (const field of Object.keys(part)) {
    const most = LONGEST.get(field);
    if ((most === undefined && !PARTS.has(field)) || (field === 'why' && ANY_WHY.has(of))) continue;
    const value = (part as Readonly<Record<string, unknown>>)[field];
    if (typeof value === 'string' && most !== undefined && value.length <= most) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string') {
        if (most !== undefined && one.length > most)
          return `${of}: ${field}: a text of ${one.length} characters, more than ${most}: ${JSON.stringify(one.slice(0, 40))}…`;
      } else if (typeof one === 'object' && one !== null && PARTS.has(field)) {
        const fault = longText(one, `${of}: ${field}`);
        if (fault !== null) return fault;
      }
    }
  }
  return null;
}

function valueFault(input: InputRecord): string | null {
  switch (input.type) {
    case 'InstrumentDefined': {
      const { instrument } = input;
      const spec = instrument.feeds.find(
        ({ latenessUs, graceUs, settleUs, faultsToDown }) =>
          !whole(latenessUs, 0) || !whole(graceUs, 0) || !whole(settleUs, 0) || !whole(faultsToDown, 1),
      );
      if (instrument.feeds.length === 0) return `instrument ${instrument.id}: feeds: at least one is needed`;
      if (spec !== undefined)
        return `instrument ${instrument.id}: feed ${spec.source}: bounds are whole µs of at least 0, faultsToDown at least 1`;
      return tried(`instrument ${instrument.id}`, () => {
        calendarById(instrument.calendar);
        unitOf(instrument);
      });
    }
    case 'AccountOpened': {
      const { account } = input;
      if ((account.pure === null) === (account.venue === 'pure'))
        return `account ${account.id}: pure: terms are given for the venue 'pure' and for no other`;
      const { outside, pure } = account;
      const worse = pure === null ? null : termsFault(pure);
      if (worse !== null) return `account ${account.id}: pure: ${worse}`;
      if (outside && account.venue === 'pure') return `account ${account.id}: outside: is given for a venue that is not ours`;
      if (outside && !(whole(outside.sendWindowUs, 1_000, 60_000_000) && outside.cashTolerance >= 0n))
        return `account ${account.id}: outside: sendWindowUs is whole from 1,000 to 60,000,000, cashTolerance at least 0`;
      const { takes } = outside ?? {};
      if (takes !== undefined && !isVenueTakes(takes))
        return `account ${account.id}: outside: takes: orderTypes are of ${ORDER_TYPES.join(', ')}, timesInForce of ${TIMES_IN_FORCE.join(', ')}, postOnly is true or false`;
      return tried(`account ${account.id}`, () => calendarById(account.calendar));
    }
    case 'StrategyDeployed': {
      const short = input.subscriptions.find(({ timeframeUs }) => !whole(timeframeUs, LEAST_TIMEFRAME_US));
      return short === undefined
        ? null
        : `strategy ${input.strategy}: timeframeUs: ${short.timeframeUs} is not a whole number of at least ${LEAST_TIMEFRAME_US}`;
    }
    case 'OrderReported': {
      const { report } = input;
      if (report.kind === 'Filled') {
        if (!whole(report.lots, 1, MOST_LOTS)) return `report: lots: ${report.lots} is not a whole number from 1 to ${MOST_LOTS}`;
        if (!whole(report.price, -Number.MAX_SAFE_INTEGER)) return `report: price: ${report.price} is not whole ticks`;
        if (!/^-?\d{1,30}$/.test(report.fee)) return `report: fee: ${JSON.stringify(report.fee)} is not whole minor units`;
      }
      if (report.kind === 'Replaced' && !whole(report.lots, 1, MOST_LOTS))
        return `report: lots: ${report.lots} is not a whole number from 1 to ${MOST_LOTS}`;
      return null;
    }
    case 'VenueSnapshot':
      return snapshotFault(input);
    case 'CommandGiven': {
      const { command } = input;
      if (!COMMANDS.includes(command.do)) return `command: do: ${JSON.stringify(command.do)} is not one of ${COMMANDS.join(', ')}`;
      if (command.do === 'Reset' && !(typeof command.cash === 'bigint' && command.cash >= 0n))
        return `command: cash: ${String(command.cash)} is not whole minor units of at least 0`;
      if (command.do === 'ReplaceOrder' && !whole(command.lots, 1, MOST_LOTS))
        return `command: lots: ${command.lots} is not a whole number from 1 to ${MOST_LOTS}`;
      return command.do === 'PlaceOrder' ? placedFault(command) : null;
    }
    default:
      return null;
  }
}

/** Whether it is an order at all: whether it may be one, approve() says. */
function placedFault(order: PlaceOrder): string | null {
  const price = (value: number | null): boolean => value === null || whole(value, -Number.MAX_SAFE_INTEGER);
  const { side, type, lots, limit, stop, trail, expiresAt, timeInForce, postOnly, reduceOnly } = order;
  if (side !== 'buy' && side !== 'sell') return `command: side: ${JSON.stringify(side)} is not one of buy, sell`;
  if (!ORDER_TYPES.includes(type)) return `command: type: ${JSON.stringify(type)} is not one of ${ORDER_TYPES.join(', ')}`;
  if (!TIMES_IN_FORCE.includes(timeInForce))
    return `command: timeInForce: ${JSON.stringify(timeInForce)} is not one of ${TIMES_IN_FORCE.join(', ')}`;
  if (!whole(lots, 1, MOST_LOTS)) return `command: lots: ${lots} is not a whole number from 1 to ${MOST_LOTS}`;
  if (!price(limit)) return `command: limit: ${limit} is not whole ticks`;
  if (!price(stop)) return `command: stop: ${stop} is not whole ticks`;
  if (trail !== null && !whole(trail, 1)) return `command: trail: ${trail} is not a whole number of ticks of at least 1`;
  if (expiresAt !== null && !whole(expiresAt, 0)) return `command: expiresAt: ${expiresAt} is not a time in whole µs`;
  if (typeof postOnly !== 'boolean' || typeof reduceOnly !== 'boolean') return 'command: postOnly and reduceOnly are true or false';
  const terms = { ...plainTerms(expiresAt), timeInForce, postOnly, trail };
  if (!fitTogether({ type, limit, stop, expiresAt, terms }))
    return `command: type: ${type} does not go with these: a limit needs limit, a stop needs stop, a stop-limit both, a trailing stop trail; GTD needs expiresAt, and no other has one; postOnly is of a limit; IOC and FOK are of a market or a limit`;
  return null;
}

/** What its terms say beyond the first version's. */
function termsFault(pure: VenueSpec): string | null {
  const { feeTiers, moreLatency, borrow, funding } = pure;
  return (
    worseFault(pure) ??
    (feeTiers === undefined ? null : tiersFault(feeTiers)) ??
    (moreLatency === undefined ? null : latencyFault(moreLatency)) ??
    (borrow === undefined ? null : borrowFault(borrow)) ??
    (funding === undefined ? null : fundingFault(funding))
  );
}

/** What makes its fills worse than the facts: whole, and of a size that means something. */
function worseFault({ fills, limitFills, slippageTicks, slippageBp, spreadTicks, volumePermille, walk }: VenueSpec): string | null {
  if (limitFills !== undefined && limitFills !== 'touch' && limitFills !== 'through')
    return `limitFills: ${JSON.stringify(limitFills)} is not one of touch, through`;
  for (const [field, value, least, most] of [
    ['slippageTicks', slippageTicks, 0, 1_000_000],
    ['slippageBp', slippageBp, 0, 10_000],
    ['spreadTicks', spreadTicks, 0, 1_000_000],
    ['volumePermille', volumePermille, 1, 1_000],
  ] as const)
    if (value !== undefined && !whole(value, least, most)) return `${field}: ${value} is not a whole number from ${least} to ${most}`;
  if (volumePermille !== undefined && fills !== 'lots')
    return `volumePermille: is of a fact's lots; give it with fills 'lots', or leave it out`;
  if (walk !== undefined && walk !== 'book') return `walk: ${JSON.stringify(walk)} is not book`;
  if (walk !== undefined && fills !== 'lots') return `walk: is of the lots that lie in a book; give it with fills 'lots', or leave it out`;
  return null;
}

function isVenueTakes({ orderTypes, timesInForce, postOnly }: VenueTakes): boolean {
  return (
    Array.isArray(orderTypes) &&
    Array.isArray(timesInForce) &&
    orderTypes.every((type) => ORDER_TYPES.includes(type)) &&
    timesInForce.every((time) => TIMES_IN_FORCE.includes(time)) &&
    typeof postOnly === 'boolean'
  );
}

const MINOR = /^-?\d{1,30}$/;

function snapshotFault({ fills, orders, transfers, positions, balances }: InputOf<'VenueSnapshot'>): string | null {
  const price = (value: number | null): boolean => value === null || whole(value, -Number.MAX_SAFE_INTEGER);
  const side = (value: string): boolean => value === 'buy' || value === 'sell';
  for (const { id, lots, price: at, fee, side: taken } of fills)
    if (!whole(lots, 1, MOST_LOTS) || at === null || !price(at) || !MINOR.test(fee) || !side(taken))
      return `snapshot: fill ${id}: lots are whole from 1 to ${MOST_LOTS}, the price whole ticks, the fee whole minor units, the side buy or sell`;
  for (const { name, lots, filled, limit, stop, side: taken } of orders)
    if (!whole(lots, 1, MOST_LOTS) || !whole(filled, 0, MOST_LOTS) || !price(limit) || !price(stop) || !side(taken))
      return `snapshot: order ${name}: lots are whole from 1 to ${MOST_LOTS}, prices whole ticks, the side buy or sell`;
  for (const { instrument, lots, price: at } of positions)
    if (!whole(lots, -MOST_LOTS, MOST_LOTS) || !price(at)) return `snapshot: position ${instrument}: lots and price are whole`;
  for (const { amount } of [...transfers, ...balances])
    if (!MINOR.test(amount)) return `snapshot: amount: ${JSON.stringify(amount)} is not whole minor units`;
  return null;
}

export function checkInput(input: InputRecord): void {
  const fault = faultOf(input);
  if (fault !== null) throw new BadInput(fault);
}

function tried(what: string, run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof BadValue || error instanceof BadDecimal || error instanceof AssertionFailed) return `${what}: ${error.message}`;
    throw error;
  }
}
