/**
 * The position of a document with entries: one entry at a time, one order at a time that reduces it (the resting protection, or the close), and
 * never one larger than what is held. It looks at what is held and working and asks for the difference; a refusal is seen at the next wake.
 *
 * The desk counts every working order on the reducing side against the position, so a stop and a target cannot both rest: the stop rests and
 * the target is a watched level, at which the stop is cancelled and the position closed. A target without a stop rests as a limit order.
 */
import type { Candle } from '../../market/instrument.ts';
import type { InstrumentId, OrderId, Side, TimeUs } from '../../values.ts';
import type { Intent, StrategyEvent, StrategyView, Wake } from '../strategy.ts';

/** Distances in ticks, levels as prices; as they were when the entry was decided. */
export type Plan = Readonly<{
  stop: number | null;
  stopAt: number | null;
  target: number | null;
  targetAt: number | null;
  trail: number | null;
  trailAt: number | null;
}>;

type Role = 'entry' | 'guard' | 'close';

export type Trade = {
  entry: { id: OrderId; side: Side; remaining: number } | null;
  /** The resting protection; `price` is where it was last asked to be. */
  guard: { id: OrderId; filled: number; price: number } | null;
  close: OrderId | null;
  /** An order asked for and not seen yet. */
  asked: { role: Role; at: number; side: Side; lots: number; price: number; plain: boolean } | null;
  /** The last reducing order was refused as reduce-only (others may hold the opposite on the account): the next is asked without. */
  plain: boolean;
  plan: Plan | null;
  held: { long: boolean; entered: number; at: number; bars: number; best: number; stop: number | null; target: number | null } | null;
  leaving: string | null;
  /** Looks in a row at something that is not yet as wanted. */
  looks: number;
  /** The end of the last position, and the main bars since. */
  left: { at: number; bars: number } | null;
  alarm: number | null;
  watched: number | null;
};

export const newTrade = (): Trade => ({
  entry: null,
  guard: null,
  close: null,
  asked: null,
  plain: false,
  plan: null,
  held: null,
  leaving: null,
  looks: 0,
  left: null,
  alarm: null,
  watched: null,
});

/** No wake tells that a cancel took effect or that a protection was refused: it is looked at so soon after, then less and less often. */
const FIRST_LOOK_US = 100_000;
const MOST_DOUBLINGS = 7;

export type Moment = Readonly<{ instrument: InstrumentId; view: StrategyView; wake: Wake }>;

/** Takes note of what became of the orders and of the position. The first thing at every wake. */
export function notice(trade: Trade, event: StrategyEvent, { instrument, view }: Moment): void {
  const fill = event.type === 'fill' && event.instrument === instrument ? event : null;
  if (fill !== null) noticeFill(trade, fill);
  if (event.type === 'alarm' || (trade.alarm !== null && trade.alarm <= view.at)) trade.alarm = null;
  if (event.type === 'level' && event.instrument === instrument) trade.watched = null;
  noticeOrders(trade, view.orders(instrument), view.at);
  const position = view.position(instrument);
  const price = fill?.price ?? view.price(instrument);
  if (trade.held !== null && (position === 0 || position > 0 !== trade.held.long)) {
    trade.held = null;
    trade.left = { at: view.at, bars: 0 };
  }
  if (trade.held === null && position !== 0 && price !== null) trade.held = begun(trade.plan, position > 0, price, view.at);
  if (position === 0 && trade.entry === null && trade.asked === null) trade.leaving = null;
}

function noticeFill(trade: Trade, fill: Extract<StrategyEvent, { type: 'fill' }>): void {
  const { order, lots, remaining, side } = fill;
  const { entry, guard, asked } = trade;
  if (entry?.id === order) entry.remaining = remaining;
  else if (guard?.id === order) guard.filled += lots;
  else if (trade.close !== order && asked !== null && asked.side === side) {
    take(trade, asked, order);
    noticeFill(trade, fill);
  }
}

/** The asked order is seen under this id. */
function take(trade: Trade, asked: NonNullable<Trade['asked']>, id: OrderId): void {
  trade.asked = null;
  if (asked.role === 'entry') trade.entry = { id, side: asked.side, remaining: asked.lots };
  else {
    trade.plain = false;
    if (asked.role === 'guard') trade.guard = { id, filled: 0, price: asked.price };
    else trade.close = id;
  }
}

function noticeOrders(trade: Trade, working: readonly OrderId[], at: number): void {
  if (trade.entry !== null && !working.includes(trade.entry.id)) trade.entry = null;
  if (trade.guard !== null && !working.includes(trade.guard.id)) trade.guard = null;
  if (trade.close !== null && !working.includes(trade.close)) trade.close = null;
  const [stranger] = working.filter((id) => id !== trade.entry?.id && id !== trade.guard?.id && id !== trade.close);
  if (trade.asked !== null) {
    if (stranger !== undefined) take(trade, trade.asked, stranger);
    else if (at > trade.asked.at) {
      if (trade.asked.role !== 'entry') trade.plain = !trade.asked.plain;
      trade.asked = null;
    }
  } else if (stranger !== undefined && trade.guard === null) {
    // the desk placed a lost stop again, or a person closes: it stands for the protection
    trade.guard = { id: stranger, filled: 0, price: trade.held?.stop ?? trade.held?.target ?? 0 };
  }
}

function begun(plan: Plan | null, long: boolean, price: number, at: TimeUs): NonNullable<Trade['held']> {
  const away = (ticks: number | null, better: boolean): number | null =>
    ticks === null ? null : whole(long === better ? price + ticks : price - ticks);
  const stop = plan?.stopAt ?? away(plan?.stop ?? null, false) ?? plan?.trailAt ?? away(plan?.trail ?? null, false);
  return { long, entered: price, at, bars: 0, best: price, stop, target: plan?.targetAt ?? away(plan?.target ?? null, true) };
}

const whole = (price: number): number | null => (Number.isSafeInteger(Math.round(price)) ? Math.round(price) + 0 : null);

/** A main bar has closed: the position is a bar older, and what follows the price follows. */
export function age(trade: Trade, bar: Candle): void {
  const { held } = trade;
  if (held === null) {
    if (trade.left !== null) trade.left.bars += 1;
    return;
  }
  if (bar.end > held.at) held.bars += 1;
  const far = bar.start >= held.at ? (held.long ? bar.high : bar.low) : bar.close;
  held.best = held.long ? Math.max(held.best, far) : Math.min(held.best, far);
}

/** The stop moves towards the market and never back. */
export function trail(trade: Trade, { trail: ticks, trailAt }: Plan): void {
  const { held } = trade;
  if (held === null) return;
  const level = trailAt ?? (ticks === null ? null : whole(held.long ? held.best - ticks : held.best + ticks));
  if (level === null) return;
  if (held.stop === null || (held.long ? level > held.stop : level < held.stop)) held.stop = level;
}

/** Whether a price of a bar that began after the entry, or of a trade, is at the target. */
export function reachesTarget({ held }: Trade, seen: Readonly<{ high: number; low: number }>): boolean {
  if (held === null || held.target === null) return false;
  return held.long ? seen.high >= held.target : seen.low <= held.target;
}

export function leave(trade: Trade, why: string): void {
  trade.leaving ??= why;
}

/** Whether an entry may be asked for: nothing held, working, asked for or being left. */
export const isIdle = (trade: Trade, { instrument, view }: Moment): boolean =>
  view.position(instrument) === 0 && trade.asked === null && trade.leaving === null && view.orders(instrument).length === 0;

export function enter(trade: Trade, moment: Moment, side: Side, lots: number, plan: Plan, why: string): void {
  trade.plan = plan;
  ask(trade, moment, { role: 'entry', side, lots, type: 'market', price: 0, why });
}

/** What is wanted against what is there. The last thing at every wake. `nextLook` is when else it must be woken; null: never. */
export function settle(trade: Trade, moment: Moment, nextLook: number | null, again: boolean): void {
  const { instrument, view, wake } = moment;
  const position = view.position(instrument);
  const { entry, guard, close, leaving, held } = trade;
  const cancel = (order: OrderId, why: string) => wake.intents.push({ do: 'cancel', order, why });
  if (entry !== null && leaving !== null) cancel(entry.id, leaving);
  const reducing = reducingLots(trade, moment);
  if (position === 0) {
    if (guard !== null) cancel(guard.id, 'nothing to protect');
    if (close !== null) cancel(close, 'nothing to close');
  } else if ((reducing < 0 && (guard !== null || close !== null)) || (close !== null && reducing > Math.abs(position))) {
    // what works would add to the position, or turn it
    if (guard !== null) cancel(guard.id, 'the position has turned');
    if (close !== null) cancel(close, 'larger than the position');
  } else if (leaving !== null) {
    if (guard !== null) cancel(guard.id, leaving);
    else if (close === null)
      ask(trade, moment, {
        role: 'close',
        side: position > 0 ? 'sell' : 'buy',
        lots: Math.abs(position),
        type: 'market',
        price: 0,
        why: leaving,
      });
  } else if (held !== null) protect(trade, moment, reducing);
  watchTarget(trade, moment, again);
  setAlarm(trade, moment, nextLook, again);
}

/** Lots that work against the position; negative: with it. */
function reducingLots({ entry }: Trade, { instrument, view }: Moment): number {
  const entering = entry === null ? 0 : entry.side === 'buy' ? entry.remaining : -entry.remaining;
  const rest = view.working(instrument) - entering;
  return (view.position(instrument) > 0 ? -rest : rest) + 0;
}

function protect(trade: Trade, moment: Moment, reducing: number): void {
  const { held, guard, close } = trade;
  const { instrument, view, wake } = moment;
  if (held === null || close !== null) return;
  const lots = Math.abs(view.position(instrument));
  if (reducing > lots)
    for (const order of view.orders(instrument))
      if (order !== guard?.id && order !== trade.entry?.id) wake.intents.push({ do: 'cancel', order, why: 'larger than the position' });
  const type = held.stop !== null ? 'stop' : 'limit';
  const price = held.stop ?? held.target;
  if (guard === null) {
    if (price !== null)
      ask(trade, moment, { role: 'guard', side: held.long ? 'sell' : 'buy', lots, type, price, why: `protective ${type}` });
    return;
  }
  const wanted = price ?? guard.price;
  if (reducing === lots && wanted === guard.price) return;
  guard.price = wanted;
  const [limit, stop] = type === 'stop' ? [null, wanted] : [wanted, null];
  const why = reducing === lots ? 'stop follows' : 'protects what is held';
  wake.intents.push({ do: 'replace', order: guard.id, lots: guard.filled + lots, limit, stop, why });
}

/** One new order a wake: a second could not be told from the first. */
function ask(
  trade: Trade,
  { instrument, view, wake }: Moment,
  order: Readonly<{ role: Role; side: Side; lots: number; type: 'market' | 'limit' | 'stop'; price: number; why: string }>,
): void {
  if (trade.asked !== null) return;
  const { role, side, lots, type, price, why } = order;
  const reduceOnly = role !== 'entry' && !trade.plain;
  trade.asked = { role, at: view.at, side, lots, price, plain: role !== 'entry' && trade.plain };
  const intent: Intent = {
    do: 'order',
    instrument,
    side,
    type,
    lots,
    limit: type === 'limit' ? price : null,
    stop: type === 'stop' ? price : null,
    expiresAt: null,
    reduceOnly,
    why,
  };
  wake.intents.push(intent);
}

/** With a stop at rest the target is watched. Said again at every bar: an intent of a paused strategy is dropped. */
function watchTarget(trade: Trade, { instrument, wake }: Moment, again: boolean): void {
  const { held, leaving } = trade;
  const level = held === null || leaving !== null || held.stop === null ? null : held.target;
  if (level === trade.watched && !(again && level !== null)) return;
  trade.watched = level;
  const long = held?.long === true;
  wake.intents.push({ do: 'watch', instrument, above: long ? level : null, below: long ? null : level });
}

function setAlarm(trade: Trade, moment: Moment, nextLook: number | null, again: boolean): void {
  const { view, wake } = moment;
  let at = nextLook !== null && nextLook > view.at ? nextLook : null;
  if (isSettled(trade, moment)) trade.looks = 0;
  else {
    const look = view.at + FIRST_LOOK_US * (1 << Math.min(trade.looks, MOST_DOUBLINGS));
    trade.looks += 1;
    at = at === null ? look : Math.min(at, look);
  }
  if (at === null || (at === trade.alarm && !again)) return;
  trade.alarm = at;
  wake.intents.push({ do: 'alarm', at: at as TimeUs });
}

/** Whether what works is what is wanted, so that only the market can change it. */
function isSettled(trade: Trade, moment: Moment): boolean {
  const position = moment.view.position(moment.instrument);
  const { leaving, entry, guard, close, held } = trade;
  if (leaving !== null) return position === 0 && entry === null;
  if (position === 0) return guard === null && close === null;
  const wanted = held?.stop ?? held?.target ?? null;
  return wanted === null || (guard !== null && reducingLots(trade, moment) === Math.abs(position));
}
