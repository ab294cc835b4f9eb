/**
 * The parts of the model check, made of the real machines: each part's reachable states and every transition between them. What they
 * may do together is gate-walk.ts, what must hold is gate-model.test.ts.
 *
 * What makes it finite, and why nothing is lost by it: two scopes, global and instrument, because approve() treats the four alike
 * (its own test walks all 9⁴); one cause of each level for the global gate; reasons as a set; faults stop counting at tooMany and
 * fills one lot past the order, where no guard tells them apart any more; two numbers a kill can have.
 */
import { type AnyStateMachine, createActor, transition } from 'xstate';
import { type FeedContext, type FeedEvent, feedMachine } from '#actors/feed.ts';
import { type GateCause, type GateContext, type GateEvent, type GateReason, type GateState, gateMachine, LEVEL_OF } from '#actors/gate.ts';
import { ORDER_ENDS, type OrderContext, type OrderEvent, type OrderState, orderMachine } from '#actors/order.ts';
import { CLAUSES, type Clause } from '#engine/risk/clauses.ts';

export type GateAt = {
  value: GateState;
  context: GateContext;
  /** The kill nobody has lifted yet, as the operator counts. */
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
export const toGate = (type: 'Restricted' | 'Cleared', cause: GateCause): GateEvent => ({ type, cause, of: 'x' });
export const DERIVED: readonly GateEvent[] = (['feed-down', 'feed-degraded', 'order-unknown'] as const).flatMap((cause) => [
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
    ['Sent', 'NotSent', 'Acked', 'Rejected', 'Lost', 'NeverExisted', 'Cancelled', 'CancelRejected', 'ReplaceRejected', 'Expired'] as const
  ).map((type) => ({ type })),
  { type: 'ReplaceAsked', lots: LOTS },
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
  const born: FeedAt = {
    value: 'DOWN',
    context: { silent: true, mute: true, lost: false, lag: 0, faults: 0, shut: false, lastFault: null },
  };
  const feedStep = (at: FeedAt, event: FeedEvent): FeedAt => {
    const { value, context } = stepped(world.feed, at, event);
    return { value, context: plainFeed(context) };
  };
  const none: OrderAt = {
    value: 'none',
    context: { lots: LOTS, limit: null, stop: null, filled: 0, wanted: null, cancelWanted: false, lateFills: 0 },
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
