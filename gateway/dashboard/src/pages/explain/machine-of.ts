/** Which machine a decision moved, from which state to which and on which event: read from the decision as it is recorded. */
import type { RestDecision } from '#gateway/contracts/rest-journal.ts';
import type { Moved } from './machine-drawing.tsx';

type Link = Readonly<{ type: string; numbers: Readonly<Record<string, unknown>>; what: string }>;

const MACHINES = {
  FeedMoved: 'feed',
  CandlesMoved: 'candles',
  GateMoved: 'gate',
  SessionMoved: 'session',
  StrategyMoved: 'strategy',
  OrderMoved: 'order',
} as const;

/** Whether a step of an explanation has a machine to show at all. */
export const hasMachine = ({ type }: Pick<Link, 'type'>): boolean => type in MACHINES || type === 'Gate' || type === 'Feed';
export const isMove = (type: string): type is keyof typeof MACHINES => type in MACHINES;

export function movedBy(decision: RestDecision): Moved | null {
  if (!isMove(decision.type)) return null;
  const said = decision as RestDecision & Readonly<Record<string, unknown>>;
  const text = (name: string): string => String(said[name] ?? '');
  const event = text('why').split(':')[0] ?? '';
  const of = {
    feed: `the feed ${text('source')} of ${text('instrument')}`,
    candles: `the candles of ${text('instrument')}`,
    gate: text('scope') === 'global' ? 'the gate of everything' : `the gate of ${text('of')}`,
    session: `the session of ${text('account')}`,
    strategy: `strategy ${text('strategy')}`,
    order: `order ${text('order')}`,
  }[MACHINES[decision.type]];
  return { machine: MACHINES[decision.type], of, from: text('from'), to: text('to'), event: event === '' ? null : event };
}

/** Of what stood so at a moment, without having moved then. */
export function standingOf({ type, numbers, what }: Link): Moved | null {
  const state = numbers['state'];
  if (typeof state !== 'string' || (type !== 'Gate' && type !== 'Feed')) return null;
  const of = what.split(/ was | had stood /)[0] ?? what;
  return { machine: type === 'Gate' ? 'gate' : 'feed', of, from: null, to: state, event: null };
}
