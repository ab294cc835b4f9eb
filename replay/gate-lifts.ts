/** What lifts each restriction of a gate: what passes by itself, and what to type for the rest. */
import type { GateCause, GateReason, GateState } from '#actors/gate.ts';
import type { StrategyState } from '#actors/strategy.ts';

type Of = Readonly<{
  scope: string;
  of: string;
  killedAt: number | null /** Of its strategy, where it is one's. */;
  strategy: StrategyState | null;
}>;

/** `account paper`, `global`: as the commands take it. */
const named = ({ scope, of }: Readonly<{ scope: string; of: string }>): string => (scope === 'global' ? 'global' : `${scope} ${of}`);
const acknowledge = (gate: Of): string => `npx retrace ack ${named(gate)}`;
const whenLooked = (gate: Of): string => `find out why, then ${acknowledge(gate)}`;

const LIFTS = {
  'feed-degraded': () => 'by itself, once the feed has settled',
  'feed-down': () => 'by itself, once the feed is heard again and has settled',
  'session-lost': () => 'by itself, once the session is back and reconciled',
  'order-unknown': ({ of }) => `word from the venue about order ${of}`,
  'soft-limit': () => 'by itself, with the next trading day',
  'limit-below-exposure': (_, { scope, of }) =>
    `by itself, once the position is within its limit${scope === 'account' ? `; npx retrace flatten ${of} closes it` : ''}`,
  paused: ({ of }, { strategy }) =>
    strategy === 'stopped' ? `another deployment; ${of} was stopped for good` : `npx retrace resume ${of}`,
  faulted: ({ of }) => `another deployment of ${of}; its code threw`,
  'hard-limit': (_, gate) => acknowledge(gate),
  drawdown: (_, gate) => acknowledge(gate),
  reconciliation: (_, gate) => `${acknowledge(gate)}; with --accept the venue's truth is taken over`,
  runaway: (_, gate) => whenLooked(gate),
  journal: (_, gate) => whenLooked(gate),
  clock: (_, gate) => whenLooked(gate),
  epoch: (_, gate) => whenLooked(gate),
  'actor-error': (_, gate) => whenLooked(gate),
} as const satisfies Readonly<Record<GateCause, (reason: GateReason, gate: Of) => string>>;

export const liftsReason = (reason: GateReason, gate: Of): string =>
  (LIFTS[reason.cause] as (reason: GateReason, gate: Of) => string)(reason, gate);

/** What leads a gate on that stands in this state; null where it is open, or its reasons say it. */
export function liftsState(state: GateState, gate: Of): string | null {
  switch (state) {
    case 'BOOT':
    case 'RECOVER':
      return 'by itself, while the desk starts';
    case 'RECONCILE':
      return 'by itself, with the next reconciliation that finds nothing unexplained';
    case 'ARMED':
      return gate.scope === 'global' || gate.scope === 'account' ? 'npx retrace arm' : `npx retrace arm ${named(gate)}`;
    case 'HALTED':
      return acknowledge(gate);
    case 'KILLED':
      return `npx retrace disarm --kill ${gate.killedAt}`;
    case 'OPEN':
    case 'REDUCE_ONLY':
    case 'CANCEL_ONLY':
      return null;
  }
}
