/**
 * A checked document as an ordinary Strategy: what it subscribes to, its warm-up, and what follows at each wake. The expressions live in
 * evaluation.ts; what rests and what is asked for in trading.ts and holding.ts.
 */
import type { Candle } from '../../market/instrument.ts';
import type { Plain } from '../../record.ts';
import type { InstrumentId } from '../../values.ts';
import type { ParameterSpec, Parameters, Strategy, StrategyEvent, StrategyView, Subscription, Wake } from '../strategy.ts';
import type { CheckedDistance, CheckedSpan, Program } from './check.ts';
import type { Document, ParameterLine } from './document.ts';
import { constantOf, Evaluation, type Hours } from './evaluation.ts';
import { type Holding, hold, type Leg } from './holding.ts';
import { hoursAt } from './hours.ts';
import { type Rule, ruleOf } from './said.ts';
import { type Size, sizeOf } from './size.ts';
import * as trading from './trading.ts';
import { newTrade, type Plan, type Trade } from './trading.ts';
import type { Read } from './values.ts';
import { warmupOf } from './warmup.ts';

type State = {
  readonly evaluation: Evaluation;
  readonly instruments: readonly InstrumentId[];
  /** Timeframes that are not the document's; with any the strategy only says so. */
  readonly unfit: readonly string[];
  readonly rules: Readonly<{ long: Rule | null; short: Rule | null; leaveLong: Rule | null; leaveShort: Rule | null }>;
  readonly size: Size;
  readonly distances: Readonly<Record<'stop' | 'target' | 'trailing', Away | null>>;
  readonly timeStop: Limit | null;
  readonly cooldown: Limit | null;
  readonly legs: readonly Leg[];
  trade: Trade;
  holding: Holding;
};
type Away = Readonly<{ by: CheckedDistance['by']; read: Read }>;
type Limit = Readonly<{ by: CheckedSpan['by']; value: number }>;

export function strategyOf(program: Program): Strategy {
  const { document } = program;
  const strategy: Strategy<State> = {
    name: document.name,
    about: document.about,
    parameters: Object.fromEntries(document.parameters.map((line) => [line.name, specOf(line)])),
    subscriptions: document.markets.length,
    warmup: (parameters) => warmupOf(program, parameters),
    wantsFills: document.entries !== null,
    start: (parameters, subscriptions) => begin(program, parameters, subscriptions),
    decide: (state, event, view, wake) => decide(program, state, event, view, wake),
    save: ({ evaluation, trade, holding }) => ({
      evaluation: evaluation.save(),
      trade: copied(trade) as unknown as Plain,
      holding: { ...holding },
    }),
    load(saved, parameters, subscriptions) {
      const state = begin(program, parameters, subscriptions);
      const from = saved as unknown as { evaluation: Plain; trade: Trade; holding: Holding };
      state.evaluation.load(from.evaluation);
      state.trade = copied(from.trade);
      state.holding = { ...from.holding };
      return state;
    },
  };
  return strategy as Strategy;
}

/** What does not fit the document, in words; nothing where all is as it wants. */
export function subscriptionFaults({ markets }: Document, subscriptions: readonly Subscription[]): readonly string[] {
  if (subscriptions.length !== markets.length)
    return [`${markets.length} subscriptions are needed (${markets.map(({ name }) => name).join(', ')}), not ${subscriptions.length}`];
  const main = subscriptions[0]!.timeframeUs;
  return markets.flatMap(({ name, timeframeUs }, index) => {
    const given = subscriptions[index]!.timeframeUs;
    const wanted = timeframeUs ?? main;
    return given === wanted ? [] : [`${name}: a timeframe of ${wanted} µs is needed, not ${given}`];
  });
}

function specOf(line: ParameterLine): ParameterSpec {
  const { type, least, most, of, about } = line;
  switch (type) {
    case 'flag':
      return { kind: 'flag', standard: line.standard === true, about };
    case 'choice':
      return { kind: 'choice', of, standard: String(line.standard), about };
    case 'duration':
      return { kind: 'whole', least, most, standard: line.standard as number, about: `${about} (microseconds)` };
    default:
      return { kind: type, least, most, standard: line.standard as number, about };
  }
}

function begin(program: Program, parameters: Parameters, subscriptions: readonly Subscription[]): State {
  const evaluation = new Evaluation(program, parameters);
  const sides = program.entries ?? program.hold!;
  const what = program.entries === null ? 'hold' : 'enter';
  const away = (distance: CheckedDistance | null): Away | null =>
    distance === null ? null : { by: distance.by, read: evaluation.read(distance.of) };
  const limit = (span: CheckedSpan | null): Limit | null =>
    span === null ? null : { by: span.by, value: constantOf(span.of, parameters) as number };
  return {
    evaluation,
    instruments: subscriptions.map(({ instrument }) => instrument),
    unfit: subscriptionFaults(program.document, subscriptions),
    rules: {
      long: ruleOf(`${what} long`, sides.long, evaluation),
      short: ruleOf(`${what} short`, sides.short, evaluation),
      leaveLong: ruleOf('leave long', program.exits.long, evaluation),
      leaveShort: ruleOf('leave short', program.exits.short, evaluation),
    },
    size: sizeOf(program, evaluation),
    distances: { stop: away(program.stop), target: away(program.target), trailing: away(program.trailing) },
    timeStop: limit(program.timeStop),
    cooldown: limit(program.cooldown),
    legs: program.legs.map(({ market, weight }) => ({
      instrument: subscriptions[market]!.instrument,
      weight: (constantOf(weight, parameters) as number | null) ?? 0,
    })),
    trade: newTrade(),
    holding: { direction: 0, size: 0 },
  };
}

function decide(program: Program, state: State, event: StrategyEvent, view: StrategyView, wake: Wake): void {
  if (state.unfit.length > 0) {
    for (const name of state.unfit) wake.conditions.push({ name, holds: false, numbers: [] });
    return;
  }
  if (program.hold !== null) {
    if (event.type === 'bars') decideHolding(program, state, event, view, wake);
  } else decideTrading(program, state, event, view, wake);
}

/** What is changed in place is not shared with what was saved. */
function copied(trade: Trade): Trade {
  const of = <T extends object>(part: T | null): T | null => (part === null ? null : { ...part });
  return { ...trade, entry: of(trade.entry), guard: of(trade.guard), asked: of(trade.asked), held: of(trade.held), left: of(trade.left) };
}

// ── hold ──

function decideHolding(program: Program, state: State, event: Bars, view: StrategyView, wake: Wake): void {
  const { evaluation, legs, rules, holding } = state;
  const [first] = legs;
  const held = first === undefined ? 0 : (view.position(first.instrument) + view.working(first.instrument)) * Math.sign(first.weight);
  evaluation.facts.position = held > 0 ? 'long' : held < 0 ? 'short' : 'flat';
  const hours = fold(program, state, event, view);
  if ((event.bars[0] ?? null) === null) return;
  const open = sayOpen(program, event.end, hours, wake);
  rules.long?.say(wake.conditions);
  rules.short?.say(wake.conditions);
  const direction = open ? wantedDirection(rules) : 0;
  if (direction === null) return;
  if (direction !== holding.direction) {
    const instrument = view.instrument(state.instruments[0]!);
    const size = direction === 0 ? 0 : state.size({ equity: view.equity(), instrument, riskTicks: null });
    wake.conditions.push({ name: 'size known', holds: size !== null, numbers: [['lots', size ?? 'not ready']] });
    if (size === null) return;
    holding.direction = direction;
    holding.size = size;
  }
  hold(holding, legs, view, wake, direction > 0 ? 'long holds' : direction < 0 ? 'short holds' : 'neither holds');
}

/** Long while it holds, else short, else nothing; null while what decides is not known. */
function wantedDirection({ long, short }: State['rules']): Holding['direction'] | null {
  const isLong = long === null ? false : long.holds();
  if (isLong !== false) return isLong === null ? null : 1;
  const isShort = short === null ? false : short.holds();
  return isShort === null ? null : isShort ? -1 : 0;
}

// ── entries ──

type Bars = Extract<StrategyEvent, { type: 'bars' }>;

function decideTrading(program: Program, state: State, event: StrategyEvent, view: StrategyView, wake: Wake): void {
  const { trade, evaluation, rules } = state;
  const instrument = state.instruments[0]!;
  const moment = { instrument, view, wake };
  trading.notice(trade, event, moment);
  const position = view.position(instrument);
  if (event.type !== 'bars') {
    if (event.type === 'level' && trading.reachesTarget(trade, { high: event.price, low: event.price })) trading.leave(trade, 'target');
    leaveInTime(program, state, view.at, view);
    sayPosition(trade, moment);
    trading.settle(trade, moment, nextLook(program, state, view), false);
    return;
  }
  const bar = event.bars[0] ?? null;
  if (bar !== null) trading.age(trade, bar);
  evaluation.facts.position = position > 0 ? 'long' : position < 0 ? 'short' : 'flat';
  evaluation.facts.entry_price = trade.held?.entered ?? null;
  evaluation.facts.bars_held = trade.held?.bars ?? null;
  const hours = fold(program, state, event, view);
  if (bar !== null) {
    if (position === 0) enterOn(program, state, bar, hours, moment);
    else {
      trading.trail(trade, planOf(state, bar, trade.held?.long === true));
      const leaving = position > 0 ? rules.leaveLong : rules.leaveShort;
      leaving?.say(wake.conditions);
      if (leaving?.holds() === true) trading.leave(trade, 'exit');
      if (bar.start >= (trade.held?.at ?? bar.end) && trading.reachesTarget(trade, bar)) trading.leave(trade, 'target');
      leaveInTime(program, state, event.end, view);
      sayPosition(trade, moment);
    }
  }
  trading.settle(trade, moment, nextLook(program, state, view), true);
}

function enterOn(program: Program, state: State, bar: Candle, hours: Hours | null, moment: trading.Moment): void {
  const { rules, trade } = state;
  const { view, wake } = moment;
  rules.long?.say(wake.conditions);
  rules.short?.say(wake.conditions);
  const [long, short] = [rules.long?.holds() === true, rules.short?.holds() === true];
  const idle = trading.isIdle(trade, moment);
  wake.conditions.push({ name: 'free to enter', holds: idle, numbers: [['working', view.working(moment.instrument)]] });
  const open = sayOpen(program, bar.end, hours, wake);
  const rested = sayRested(state, bar, wake);
  if (long && short) wake.conditions.push({ name: 'one side only', holds: false, numbers: [] });
  if (long === short || !idle || !open || !rested) return;
  const plan = planOf(state, bar, long);
  const known = isPlanned(state, plan, bar, long);
  const riskTicks = plan.stop ?? distanceTo(plan.stopAt, bar) ?? plan.trail ?? distanceTo(plan.trailAt, bar);
  const lots = known ? state.size({ equity: view.equity(), instrument: view.instrument(moment.instrument), riskTicks }) : null;
  wake.conditions.push({
    name: 'order known',
    holds: known && lots !== null && lots > 0,
    numbers: [
      ['lots', lots ?? 'not ready'],
      ['stop', plan.stop ?? plan.stopAt ?? 'none'],
      ['target', plan.target ?? plan.targetAt ?? 'none'],
    ],
  });
  if (lots === null || lots < 1) return;
  trading.enter(trade, moment, long ? 'buy' : 'sell', lots, plan, long ? 'long' : 'short');
}

const distanceTo = (price: number | null, { close }: Candle): number | null => (price === null ? null : Math.abs(close - price));

/** Distances in ticks and levels as they are on this bar; null where none is wanted or none is known. */
function planOf({ distances, evaluation }: State, { close }: Candle, long: boolean): Plan {
  const plan = { stop: null, stopAt: null, target: null, targetAt: null, trail: null, trailAt: null } as {
    -readonly [K in keyof Plan]: Plan[K];
  };
  const { position } = evaluation.facts;
  evaluation.facts.position = long ? 'long' : 'short';
  for (const [name, away] of [
    ['stop', distances.stop],
    ['target', distances.target],
    ['trail', distances.trailing],
  ] as const) {
    const value = away === null ? null : (away.read() as number | null);
    if (away === null || value === null) continue;
    if (away.by === 'at') {
      // never further into the market than the level: up for a long target, down for a long stop
      const level = long === (name === 'target') ? Math.ceil(value) : Math.floor(value);
      plan[`${name}At`] = Number.isSafeInteger(level) ? level + 0 : null;
    } else {
      const ticks = Math.max(1, Math.round(away.by === 'percent' ? (Math.abs(close) * value) / 100 : value));
      plan[name] = Number.isSafeInteger(ticks) ? ticks : null;
    }
  }
  evaluation.facts.position = position;
  return plan;
}

/** Whether every protection the document wants is known and on its side of the price. */
function isPlanned({ distances }: State, plan: Plan, { close }: Candle, long: boolean): boolean {
  const below = (price: number | null): boolean => price !== null && (long ? price < close : price > close);
  const above = (price: number | null): boolean => price !== null && (long ? price > close : price < close);
  return (
    (distances.stop === null || plan.stop !== null || below(plan.stopAt)) &&
    (distances.target === null || plan.target !== null || above(plan.targetAt)) &&
    (distances.trailing === null || plan.trail !== null || below(plan.trailAt))
  );
}

/** The time stop and the end of the session; looked at on every wake, so that a lost alarm costs a bar at most. */
function leaveInTime(program: Program, state: State, at: number, view: StrategyView): void {
  const { trade, timeStop } = state;
  if (trade.held !== null && timeStop !== null) {
    const over = timeStop.by === 'bars' ? trade.held.bars >= timeStop.value : at >= trade.held.at + timeStop.value;
    if (over) trading.leave(trade, 'time is up');
  }
  const end = sessionEnd(program, state, at, view);
  const begun = trade.held !== null || trade.entry !== null;
  if (begun && end !== null && at >= end) trading.leave(trade, 'the session ends');
}

/** When it has to be flat; `at` itself where the session is already over. Null where it may stay overnight. */
function sessionEnd({ document }: Program, state: State, at: number, view: StrategyView): number | null {
  const { sessions } = document;
  if (sessions === null || sessions.flatBeforeUs === null) return null;
  const hours = hoursAt(sessions, view.instrument(state.instruments[0]!)?.calendar ?? null, at);
  return hours === null ? at : hours.close - sessions.flatBeforeUs;
}

function nextLook(program: Program, state: State, view: StrategyView): number | null {
  const { trade, timeStop } = state;
  if (trade.held === null) return null;
  const looks = [timeStop?.by === 'after' ? trade.held.at + timeStop.value : null, sessionEnd(program, state, view.at, view)].filter(
    (at) => at !== null && at > view.at,
  ) as number[];
  return looks.length === 0 ? null : Math.min(...looks);
}

// ── both ──

/** Feeds the expressions; the hours are those of the session the bars lie in. */
function fold({ document }: Program, { evaluation, instruments }: State, { bars, end }: Bars, view: StrategyView): Hours | null {
  const hours = hoursAt(document.sessions, view.instrument(instruments[0]!)?.calendar ?? null, end - 1);
  evaluation.wake(bars, end, hours);
  return hours;
}

function sayOpen({ document }: Program, end: number, hours: Hours | null, wake: Wake): boolean {
  if (document.sessions === null) return true;
  const left = hours === null ? 0 : hours.close - end;
  const open = left > (document.sessions.flatBeforeUs ?? 0);
  wake.conditions.push({ name: 'in session', holds: open, numbers: [['left', left]] });
  return open;
}

function sayRested({ trade, cooldown }: State, bar: Candle, wake: Wake): boolean {
  if (cooldown === null) return true;
  const { left } = trade;
  const passed = left === null ? 'no position yet' : cooldown.by === 'bars' ? left.bars : bar.end - left.at;
  const rested = typeof passed === 'string' || passed >= cooldown.value;
  wake.conditions.push({
    name: 'cooled down',
    holds: rested,
    numbers: [
      ['passed', passed],
      ['needed', cooldown.value],
    ],
  });
  return rested;
}

function sayPosition(trade: Trade, { instrument, view, wake }: trading.Moment): void {
  const { held, leaving } = trade;
  wake.conditions.push({
    name: leaving === null ? 'position open' : `leaving: ${leaving}`,
    holds: view.position(instrument) !== 0,
    numbers: [
      ['held', view.position(instrument)],
      ['working', view.working(instrument)],
      ['entered', held?.entered ?? 'none'],
      ['stop', held?.stop ?? 'none'],
      ['target', held?.target ?? 'none'],
    ],
  });
}
