/**
 * Whether orders may leave, and if not, every reason why not. One machine for all four scopes; an order needs all of its scopes.
 * Reasons are kept as long as their cause lasts; the most restrictive one sets the state.
 */
import { assign, setup } from 'xstate';

/** Why a scope is restricted; `of` tells several of one cause apart (a feed's source, an order's address). */
export type GateCause =
  | 'feed-degraded'
  | 'feed-down'
  | 'session-lost'
  | 'order-unknown'
  | 'soft-limit'
  | 'limit-below-exposure'
  | 'paused'
  | 'faulted'
  | 'hard-limit'
  | 'drawdown'
  | 'reconciliation'
  | 'runaway'
  | 'journal'
  | 'clock'
  | 'epoch'
  | 'actor-error';

export type GateReason = Readonly<{ cause: GateCause; of: string }>;
type Level = 'OPEN' | 'REDUCE_ONLY' | 'CANCEL_ONLY' | 'HALTED';

/** The table of KERNEL §7: what each cause does to its scope. */
export const LEVEL_OF = {
  'feed-degraded': 'REDUCE_ONLY',
  'feed-down': 'CANCEL_ONLY',
  'session-lost': 'CANCEL_ONLY',
  'order-unknown': 'REDUCE_ONLY',
  'soft-limit': 'REDUCE_ONLY',
  'limit-below-exposure': 'REDUCE_ONLY',
  paused: 'CANCEL_ONLY',
  faulted: 'CANCEL_ONLY',
  'hard-limit': 'HALTED',
  drawdown: 'HALTED',
  reconciliation: 'HALTED',
  runaway: 'HALTED',
  journal: 'HALTED',
  clock: 'HALTED',
  epoch: 'HALTED',
  'actor-error': 'HALTED',
} as const satisfies Record<GateCause, Level>;

export type GateState = 'BOOT' | 'RECOVER' | 'RECONCILE' | 'ARMED' | 'OPEN' | 'REDUCE_ONLY' | 'CANCEL_ONLY' | 'HALTED' | 'KILLED';
export type GateContext = Readonly<{
  reasons: readonly GateReason[] /** the number of the kill that must be named to lift it */;
  killedAt: number | null;
}>;
export type GateEvent =
  | { type: 'Booted' }
  | { type: 'Recovered' }
  | { type: 'Reconciled' }
  | { type: 'Armed' }
  | { type: 'Restricted'; cause: GateCause; of: string }
  | { type: 'Cleared'; cause: GateCause; of: string }
  | { type: 'Acknowledged' }
  | { type: 'Killed'; at: number }
  | { type: 'Disarmed'; killedAt: number };

const RANK = { OPEN: 0, REDUCE_ONLY: 1, CANCEL_ONLY: 2, HALTED: 3 } as const satisfies Record<Level, number>;

function worst(reasons: readonly GateReason[]): Level {
  let level: Level = 'OPEN';
  for (const reason of reasons) if (RANK[LEVEL_OF[reason.cause]] > RANK[level]) level = LEVEL_OF[reason.cause];
  return level;
}

/** Reasons after an event. An acknowledgment lifts what only a human may lift; a kill keeps them all for the record. */
function reasonsAfter(reasons: readonly GateReason[], event: GateEvent): readonly GateReason[] {
  switch (event.type) {
    case 'Restricted': {
      const known = reasons.some((reason) => reason.cause === event.cause && reason.of === event.of);
      return known ? reasons : [...reasons, { cause: event.cause, of: event.of }];
    }
    case 'Cleared':
      return reasons.filter((reason) => reason.cause !== event.cause || reason.of !== event.of);
    case 'Acknowledged':
      return reasons.filter((reason) => LEVEL_OF[reason.cause] !== 'HALTED');
    default:
      return reasons;
  }
}

export const gateMachine = setup({
  types: {} as { context: GateContext; events: GateEvent },
  guards: {
    halts: ({ context, event }) => worst(reasonsAfter(context.reasons, event)) === 'HALTED',
    cancelsOnly: ({ context, event }) => worst(reasonsAfter(context.reasons, event)) === 'CANCEL_ONLY',
    reducesOnly: ({ context, event }) => worst(reasonsAfter(context.reasons, event)) === 'REDUCE_ONLY',
    namesTheKillButHalts: ({ context, event }) =>
      event.type === 'Disarmed' && event.killedAt === context.killedAt && worst(context.reasons) === 'HALTED',
    namesTheKill: ({ context, event }) => event.type === 'Disarmed' && event.killedAt === context.killedAt,
  },
  actions: {
    keepReasons: assign(({ context, event }) => ({ reasons: reasonsAfter(context.reasons, event) })),
    killed: assign(({ event }) => (event.type === 'Killed' ? { killedAt: event.at } : {})),
    disarmed: assign({ killedAt: null }),
  },
}).createMachine({
  id: 'gate',
  initial: 'BOOT',
  context: { reasons: [], killedAt: null },
  on: {
    Killed: { target: '.KILLED', actions: 'killed' },
    // before it has ever opened, and halted: reasons are kept, and only one that halts moves it
    Restricted: [{ guard: 'halts', target: '.HALTED', actions: 'keepReasons' }, { actions: 'keepReasons' }],
    Cleared: { actions: 'keepReasons' },
  },
  states: {
    BOOT: {
      on: {
        Booted: 'RECOVER',
      },
    },
    RECOVER: {
      on: {
        Recovered: 'RECONCILE',
      },
    },
    RECONCILE: {
      on: {
        Reconciled: 'ARMED',
      },
    },
    ARMED: {
      on: {
        Armed: [{ guard: 'cancelsOnly', target: 'CANCEL_ONLY' }, { guard: 'reducesOnly', target: 'REDUCE_ONLY' }, { target: 'OPEN' }],
      },
    },
    OPEN: {
      on: {
        Restricted: [
          { guard: 'halts', target: 'HALTED', actions: 'keepReasons' },
          { guard: 'cancelsOnly', target: 'CANCEL_ONLY', actions: 'keepReasons' },
          { target: 'REDUCE_ONLY', actions: 'keepReasons' },
        ],
      },
    },
    REDUCE_ONLY: {
      on: {
        Restricted: { guard: 'cancelsOnly', target: 'CANCEL_ONLY', actions: 'keepReasons' },
        Cleared: [
          { guard: 'reducesOnly', actions: 'keepReasons' },
          { target: 'OPEN', actions: 'keepReasons' },
        ],
      },
    },
    CANCEL_ONLY: {
      on: {
        Cleared: [
          { guard: 'cancelsOnly', actions: 'keepReasons' },
          { guard: 'reducesOnly', target: 'REDUCE_ONLY', actions: 'keepReasons' },
          { target: 'OPEN', actions: 'keepReasons' },
        ],
      },
    },
    HALTED: {
      on: {
        Acknowledged: { target: 'RECONCILE', actions: 'keepReasons' },
      },
    },
    KILLED: {
      on: {
        Restricted: { actions: 'keepReasons' },
        Killed: undefined, // already latched: the first kill is the one to name
        Disarmed: [
          { guard: 'namesTheKillButHalts', target: 'HALTED', actions: 'disarmed' },
          { guard: 'namesTheKill', target: 'RECONCILE', actions: 'disarmed' },
        ],
      },
    },
  },
});
