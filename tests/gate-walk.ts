/**
 * Walks every state that two gates, a feed, an order and a kill reach together, as the desk couples them, and asks the real approve()
 * in each. Decides nothing itself: the rules are handed in.
 */
import type { GateEvent, GateState } from '#actors/gate.ts';
import { BUY, FACTS, LONG, SELL } from '#engine/risk/approval-examples.ts';
import { approve } from '#engine/risk/approve.ts';
import { CLAUSES, type Clause, judge } from '#engine/risk/clauses.ts';
import type { ApprovalFacts, OrderAsked } from '#engine/risk/facts.ts';
import {
  DERIVED,
  type FeedAt,
  GATE_EVENTS,
  type GateAt,
  INSTRUMENT_EVENTS,
  isEnd,
  ORDER_EVENTS,
  type OrderAt,
  type Part,
  partsOf,
  toGate,
  type World,
} from './gate-parts.ts';

const stops = (value: GateState): boolean => value === 'HALTED' || value === 'KILLED';

export type Seen = Readonly<{ global: GateAt; instrument: GateAt; feed: FeedAt; order: OrderAt }>;
export type Verdicts = Readonly<{ opens: boolean; reduces: boolean }>;
export type Walked = {
  states: number;
  transitions: number;
  verdicts: number;
  /** In how many states an opening, and a reducing, order would pass. */
  opens: number;
  reduces: number;
  /** Each broken rule once, with the first state that broke it. */
  broken: Map<string, string>;
};
/** What must hold in every state, and over every transition. The name of what does not, or null. */
export type Rules = Readonly<{
  state: (seen: Seen, verdicts: Verdicts) => string | null;
  /** Checked on the parts alone: a part's transition is the same whatever stands beside it. */
  gate: (from: GateAt, event: GateEvent, to: GateAt) => string | null;
  order: (from: OrderAt, event: { type: string }, to: OrderAt) => string | null;
}>;

/** Every state the parts reach together, breadth first; stops early once the rule `hunted` is broken. */
export function walk(world: World, rules: Rules, hunted: string | null = null): Walked {
  const { global, instrument, feed, order } = partsOf(world);
  const walked: Walked = { states: 0, transitions: 0, verdicts: 0, opens: 0, reduces: 0, broken: new Map() };
  const note = (rule: string | null, where: () => unknown): void => {
    if (rule !== null && !walked.broken.has(rule)) walked.broken.set(rule, JSON.stringify(where()));
  };
  for (const [part, events] of [
    [global, GATE_EVENTS],
    [instrument, INSTRUMENT_EVENTS],
  ] as const) {
    for (const { from, event, to } of stepsOf(part, events)) note(rules.gate(from, event, to), () => ({ from, event }));
  }
  for (const { from, event, to } of stepsOf(order, ORDER_EVENTS)) note(rules.order(from, event, to), () => ({ from, event }));
  const caught = (): boolean => hunted !== null && walked.broken.has(hunted);

  // how the parts move one another, by number
  const derived = (event: GateEvent): number =>
    INSTRUMENT_EVENTS.length + DERIVED.findIndex((one) => JSON.stringify(one) === JSON.stringify(event));
  const restrictUnknown = derived(toGate('Restricted', 'order-unknown'));
  const clearUnknown = derived(toGate('Cleared', 'order-unknown'));
  const moves = new Map<string, number[]>();
  for (const from of ['DOWN', 'DEGRADED', 'HEALTHY'] as const) {
    for (const to of ['DOWN', 'DEGRADED', 'HEALTHY'] as const) moves.set(from + to, world.feedMoves(from, to).map(derived));
  }
  const [cancel, placed] = [0, ORDER_EVENTS.length];
  const verdictsOf = judging(world.clauses, walked);

  const sizes = { i: instrument.states.length, f: feed.states.length, o: order.states.length };
  const seen = new Uint8Array(global.states.length * sizes.i * sizes.f * sizes.o);
  const queue: number[] = [];
  const reach = (g: number, i: number, f: number, o: number): void => {
    const at = ((g * sizes.i + i) * sizes.f + f) * sizes.o + o;
    if (seen[at] === 1) return;
    seen[at] = 1;
    queue.push(at);
  };
  const along = (i: number, events: readonly number[]): number => events.reduce((at, event) => instrument.next[at]?.[event] as number, i);
  /** A scope that stops cancels its working orders. */
  const after = (o: number, from: GateAt, to: GateAt): number =>
    from.value !== to.value && stops(to.value) ? (order.next[o]?.[cancel] as number) : o;

  // a feed is born DOWN, with the gate told; one that is trusted at birth moves at once
  for (let f = 0; feed.parents[f]?.from === -1; f += 1) {
    reach(0, along(along(0, [derived(toGate('Restricted', 'feed-down'))]), moves.get(`DOWN${feed.of(f).value}`) ?? []), f, 0);
  }
  for (let head = 0; head < queue.length && !caught(); head += 1) {
    const at = queue[head] as number;
    const o = at % sizes.o;
    const f = Math.floor(at / sizes.o) % sizes.f;
    const i = Math.floor(at / (sizes.o * sizes.f)) % sizes.i;
    const g = Math.floor(at / (sizes.o * sizes.f * sizes.i));
    const now: Seen = { global: global.of(g), instrument: instrument.of(i), feed: feed.of(f), order: order.of(o) };
    const verdicts = verdictsOf(now);
    walked.opens += Number(verdicts.opens);
    walked.reduces += Number(verdicts.reduces);
    note(rules.state(now, verdicts), () => now);

    for (const to of global.next[g] as number[]) reach(to, i, f, after(o, now.global, global.of(to)));
    for (let event = 0; event < INSTRUMENT_EVENTS.length; event += 1) {
      const to = instrument.next[i]?.[event] as number;
      reach(g, to, f, after(o, now.instrument, instrument.of(to)));
    }
    for (const to of feed.next[f] as number[]) reach(g, along(i, moves.get(now.feed.value + feed.of(to).value) ?? []), to, o);
    const row = order.next[o] as number[];
    for (let event = 0; event < row.length; event += 1) {
      if (event === placed && !verdicts.opens && !verdicts.reduces) continue; // no order is made but by approve()
      const to = row[event] as number;
      const known = now.order.value === 'UNKNOWN' && order.of(to).value !== 'UNKNOWN';
      reach(g, known ? along(i, [clearUnknown]) : i, f, to);
    }
    if (now.order.value === 'UNKNOWN') reach(g, along(i, [restrictUnknown]), f, o);
    walked.transitions += (global.next[g]?.length ?? 0) + INSTRUMENT_EVENTS.length + (feed.next[f]?.length ?? 0) + row.length;
  }
  walked.states = queue.length;
  return walked;
}

/** The transitions of a part by these events, its first ones. */
function* stepsOf<At extends { value: string; context: object }, Event extends { type: string }>(
  part: Part<At, never>,
  events: readonly Event[],
) {
  for (const [from, row] of part.next.entries()) {
    for (const [index, event] of events.entries()) yield { from: part.of(from), event, to: part.of(row[index] as number) };
  }
}

/** approve()'s judgement of a plain opening and a plain reducing order, once for each different set of facts. */
function judging(clauses: readonly Clause[], walked: Walked): (seen: Seen) => Verdicts {
  const known = new Map<string, Verdicts>();
  return ({ global, instrument, feed, order }) => {
    const working = order.value === 'none' || isEnd(order.value) ? 0 : Math.max(0, order.context.lots - order.context.filled);
    const key = `${global.value} ${instrument.value} ${feed.value} ${working}`;
    let verdicts = known.get(key);
    if (verdicts === undefined) {
      const states: Record<string, string> = { global: global.value, instrument: instrument.value };
      const scopes = FACTS.scopes.map((one) => ({ ...one, gate: states[one.scope] ?? 'OPEN' }));
      const passes = (asked: OrderAsked, facts: ApprovalFacts): boolean => {
        const now = { ...facts, scopes, feedState: feed.value, accountWorkingBuys: working, strategyWorkingBuys: working };
        return clauses === CLAUSES ? approve(asked, now).approved !== null : judge(clauses, asked, now).every(({ ok }) => ok);
      };
      verdicts = { opens: passes(BUY, FACTS), reduces: passes(SELL, LONG) };
      walked.verdicts += 2;
      known.set(key, verdicts);
    }
    return verdicts;
  };
}
