/**
 * A finite model of the desk's permission to trade: two gates, a feed, an order and the kill, made of the real machines and the real
 * approve(), walked through every state they can reach together. Decides nothing itself; gate-model.test.ts says what must hold.
 *
 * What makes it finite, and why nothing is lost by it: two scopes, global and instrument, because approve() treats the four alike
 * (its own test walks all 9⁴); one cause of each level for the global gate; reasons as a set; faults stop counting at tooMany and
 * fills one lot past the order, where no guard tells them apart any more; two numbers a kill can have.
 */
import { type AnyStateMachine, createActor, transition } from 'xstate';
import { type FeedContext, type FeedEvent, feedMachine } from '#actors/feed.ts';
import { type GateCause, type GateContext, type GateEvent, type GateReason, type GateState, gateMachine, LEVEL_OF } from '#actors/gate.ts';
import { ORDER_ENDS, type OrderContext, type OrderEvent, type OrderState, orderMachine } from '#actors/order.ts';
import { BUY, FACTS, LONG, SELL } from '#engine/risk/approval-examples.ts';
import { CLAUSES, type Clause, judge } from '#engine/risk/clauses.ts';
import type { ApprovalFacts, OrderAsked } from '#engine/risk/facts.ts';

export type GateAt = {
  value: GateState;
  context: GateContext /** the kill nobody has lifted yet, as the operator counts */;
  latched: number | null;
};
export type FeedAt = { value: 'DOWN' | 'DEGRADED' | 'HEALTHY'; context: FeedContext };
/** `wanted`: a cancel was asked for and neither confirmed, refused nor made needless. */
export type OrderAt = { value: OrderState | 'none'; context: OrderContext; wanted: boolean };

const TOO_MANY = 2;
const LOTS = 2;

export const GATE_EVENTS: readonly GateEvent[] = [
  { type: 'Booted' },
  { type: 'Recovered' },
  { type: 'Reconciled' },
  { type: 'Armed' },
  ...(['limit-below-exposure', 'session-lost', 'journal'] as const).flatMap((cause): GateEvent[] => [
    { type: 'Restricted', cause, of: '' },
    { type: 'Cleared', cause, of: '' },
  ]),
  { type: 'Acknowledged' },
  { type: 'Killed', at: 1 },
  { type: 'Killed', at: 2 },
  { type: 'Disarmed', killedAt: 1 },
  { type: 'Disarmed', killedAt: 2 },
];
/** The instrument's gate hears of its feed and of its order through the desk; the rest comes from outside. */
export const INSTRUMENT_EVENTS: readonly GateEvent[] = [
  { type: 'Restricted', cause: 'actor-error', of: '' },
  { type: 'Cleared', cause: 'actor-error', of: '' },
  { type: 'Acknowledged' },
  { type: 'Reconciled' },
  { type: 'Armed' },
];
const toGate = (type: 'Restricted' | 'Cleared', cause: GateCause): GateEvent => ({ type, cause, of: 'x' });
const DERIVED: readonly GateEvent[] = (['feed-down', 'feed-degraded', 'order-unknown'] as const).flatMap((cause) => [
  toGate('Restricted', cause),
  toGate('Cleared', cause),
]);
/** More than the desk ever sends (it sends Heard only to a feed that was not heard): what holds here holds there. Trusted is for birth alone. */
export const FEED_EVENTS: readonly FeedEvent[] = [
  { type: 'Heard' },
  { type: 'Beat' },
  { type: 'Silent' },
  { type: 'Mute' },
  { type: 'Lost' },
  { type: 'Lagged', level: 1 },
  { type: 'Lagged', level: 2 },
  { type: 'Fresh' },
  { type: 'Faulted', fault: 'gap', tooMany: TOO_MANY },
  { type: 'Settled' },
];
export const ORDER_EVENTS: readonly OrderEvent[] = [
  { type: 'CancelAsked' },
  ...(
    [
      'Sent',
      'NotSent',
      'Acked',
      'Rejected',
      'Lost',
      'NeverExisted',
      'Cancelled',
      'CancelRejected',
      'ReplaceAsked',
      'ReplaceRejected',
      'Expired',
    ] as const
  ).map((type) => ({ type })),
  { type: 'Filled', lots: 1 },
  { type: 'Filled', lots: 2 },
  { type: 'Replaced', lots: LOTS, limit: null, stop: null },
];

/** What a mutant may change. */
export type World = Readonly<{
  gate: AnyStateMachine;
  feed: AnyStateMachine;
  order: AnyStateMachine;
  /** KERNEL 12.2 *moves*. */
  feedMoves: (from: FeedAt['value'], to: FeedAt['value']) => readonly GateEvent[];
  clauses: readonly Clause[];
  /** What a checkpoint gives back of a context. */
  restored: (context: GateContext) => GateContext;
}>;
export const REAL: World = {
  gate: gateMachine,
  feed: feedMachine,
  order: orderMachine,
  feedMoves(from, to) {
    const causeOf = { DOWN: 'feed-down', DEGRADED: 'feed-degraded', HEALTHY: null } as const;
    const [left, entered] = [causeOf[from], causeOf[to]];
    return from === to
      ? []
      : [...(entered === null ? [] : [toGate('Restricted', entered)]), ...(left === null ? [] : [toGate('Cleared', left)])];
  },
  clauses: CLAUSES,
  restored: (context) => context,
};

/** One machine's reachable states under its events, each transition taken once: from a restored state, by XState itself. */
export class Part<At extends { value: string; context: object }, Event extends { type: string }> {
  readonly states: At[] = [];
  /** next[state][event] */
  readonly next: number[][] = [];
  /** How each state was first reached. */
  readonly parents: { from: number; event: number }[] = [];
  readonly #ids = new Map<string, number>();

  constructor(births: readonly At[], events: readonly Event[], step: (at: At, event: Event) => At) {
    for (const birth of births) this.#id(birth, -1, -1);
    for (let from = 0; from < this.states.length; from += 1) {
      this.next.push(events.map((event, index) => this.#id(step(this.states[from] as At, event), from, index)));
    }
  }

  of(id: number): At {
    return this.states[id] as At;
  }

  idOf(at: At): number {
    return this.#ids.get(JSON.stringify(at)) ?? -1;
  }

  #id(at: At, from: number, event: number): number {
    const key = JSON.stringify(at);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.states.length);
    this.parents.push({ from, event });
    return this.states.push(at) - 1;
  }
}

const bySpelling = (a: GateReason, b: GateReason): number => (`${a.cause}:${a.of}` < `${b.cause}:${b.of}` ? -1 : 1);
export const plainGate = (context: GateContext): GateContext => ({
  reasons: [...context.reasons].sort(bySpelling),
  killedAt: context.killedAt,
});
export const plainFeed = (context: FeedContext): FeedContext => ({ ...context, faults: Math.min(context.faults, TOO_MANY) });
export const plainOrder = (context: OrderContext): OrderContext => ({
  ...context,
  filled: Math.min(context.filled, LOTS + 1),
  lateFills: Math.min(context.lateFills, 1),
});

function stepped<Value, Context>(
  machine: AnyStateMachine,
  at: { value: Value; context: Context },
  event: { type: string },
): { value: Value; context: Context } {
  const restored = machine.resolveState({ value: at.value as string, context: at.context });
  const [next] = transition(machine, restored, event);
  if (next.status !== 'active') throw new Error(`${machine.id} is in ${next.status} after ${event.type} in ${String(at.value)}`);
  return { value: next.value as Value, context: next.context as Context };
}

export function partsOf(world: World) {
  const gateStep = (at: GateAt, event: GateEvent): GateAt => {
    const { value, context } = stepped(world.gate, { value: at.value, context: world.restored(at.context) }, event);
    let { latched } = at;
    if (event.type === 'Killed' && latched === null) latched = event.at;
    else if (event.type === 'Disarmed' && event.killedAt === latched) latched = null;
    return { value, context: plainGate(context), latched };
  };
  const blank: GateAt = { value: 'BOOT', context: { reasons: [], killedAt: null }, latched: null };
  const armed = (['Booted', 'Recovered', 'Reconciled', 'Armed'] as const).reduce((at, type) => gateStep(at, { type }), blank);
  const born: FeedAt = { value: 'DOWN', context: { silent: true, mute: true, lost: false, lag: 0, faults: 0, lastFault: null } };
  const feedStep = (at: FeedAt, event: FeedEvent): FeedAt => {
    const { value, context } = stepped(world.feed, at, event);
    return { value, context: plainFeed(context) };
  };
  const none: OrderAt = {
    value: 'none',
    context: { lots: LOTS, limit: null, stop: null, filled: 0, cancelWanted: false, lateFills: 0 },
    wanted: false,
  };
  const orderStep = (at: OrderAt, event: OrderEvent | { type: 'Placed' } | { type: 'Retired' }): OrderAt => {
    if (event.type === 'Placed') return at.value === 'none' ? { ...none, value: 'INTENT' } : at;
    if (event.type === 'Retired') return isEnd(at.value) ? none : at;
    if (at.value === 'none') return at;
    const next = stepped(world.order, { value: at.value, context: at.context }, event);
    const asked = at.wanted || (event.type === 'CancelAsked' && !isEnd(at.value));
    return { value: next.value, context: plainOrder(next.context), wanted: asked && event.type !== 'CancelRejected' && !isEnd(next.value) };
  };
  const orderEvents = [...ORDER_EVENTS, { type: 'Placed' } as const, { type: 'Retired' } as const];
  return {
    global: new Part([blank], GATE_EVENTS, gateStep),
    instrument: new Part([armed], [...INSTRUMENT_EVENTS, ...DERIVED], gateStep),
    feed: new Part(
      [born, { ...born, context: { ...born.context, mute: false } }, feedStep(born, { type: 'Trusted' })],
      FEED_EVENTS,
      feedStep,
    ),
    order: new Part([none], orderEvents, orderStep),
  };
}

export const isEnd = (value: OrderAt['value']): boolean => (ORDER_ENDS as readonly string[]).includes(value);
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
      const passes = (asked: OrderAsked, facts: ApprovalFacts) =>
        judge(clauses, asked, { ...facts, scopes, feedState: feed.value, accountWorkingBuys: working, strategyWorkingBuys: working }).every(
          ({ ok }) => ok,
        );
      verdicts = { opens: passes(BUY, FACTS), reduces: passes(SELL, LONG) };
      walked.verdicts += 2;
      known.set(key, verdicts);
    }
    return verdicts;
  };
}

/** The same path by a living actor: what it ends in, made plain as the part's states are. */
export function lived<At extends { value: string; context: object }, Event extends { type: string }>(
  machine: AnyStateMachine,
  part: Part<At, Event>,
  events: readonly Event[],
  id: number,
): { value: unknown; context: object } {
  const path: Event[] = [];
  let birth = id;
  for (let parent = part.parents[birth]; parent !== undefined && parent.from >= 0; parent = part.parents[birth]) {
    path.unshift(events[parent.event] as Event);
    birth = parent.from;
  }
  const { value, context } = part.of(birth);
  const actor = createActor(machine, { snapshot: machine.resolveState({ value, context }) } as never);
  actor.start();
  for (const event of path) actor.send(event);
  const last = actor.getSnapshot() as { value: unknown; context: object };
  actor.stop();
  return { value: last.value, context: last.context };
}

/** The level its reasons ask of a gate that has been armed. */
export function levelOf(context: GateContext): GateState {
  const levels = context.reasons.map(({ cause }) => LEVEL_OF[cause]);
  return (['HALTED', 'CANCEL_ONLY', 'REDUCE_ONLY'] as const).find((level) => levels.includes(level)) ?? 'OPEN';
}
