/**
 * The life of one order. An unknown outcome is a state, ends are ordinary states (a fill may come after one), and no end is reached
 * without evidence: a timeout never rejects.
 */
import { assign, setup } from 'xstate';

export type OrderContext = Readonly<{
  lots: number;
  limit: number | null;
  stop: number | null;
  filled: number;
  /** Total lots of a replacement asked for and not answered: the worst case counts. */
  wanted: number | null;
  /** A cancel was asked for before the venue was known to have the order: sent as soon as it is. */
  cancelWanted: boolean;
  /** A fill came after an end: reconciliation was re-opened. */
  lateFills: number;
}>;

export type OrderEvent =
  | { type: 'Sent' }
  | { type: 'NotSent' } // the effect stayed home: it never existed at the venue
  | { type: 'Acked' }
  | { type: 'Rejected' }
  | { type: 'Lost' }
  | { type: 'NeverExisted' }
  | { type: 'Filled'; lots: number }
  | { type: 'CancelAsked' }
  | { type: 'Cancelled' }
  | { type: 'CancelRejected' }
  | { type: 'ReplaceAsked'; lots: number }
  | { type: 'Replaced'; lots: number; limit: number | null; stop: number | null }
  | { type: 'ReplaceRejected' }
  | { type: 'Expired' };

const whole = { guard: 'fillsWhole', target: 'FILLED', actions: 'fill' } as const;
/** The first sign of life of an order whose cancel was wanted before: the cancel goes out now. */
const wantedCancel = { guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: ['fill', 'cancelSent'] } as const;
const late = { actions: 'lateFill' } as const;
const replacedDone = { guard: 'replacedToWhatIsFilled', target: 'FILLED', actions: 'replaced' } as const;
const evidence = { Rejected: 'REJECTED', Cancelled: 'CANCELLED', Expired: 'EXPIRED' } as const;

export const orderMachine = setup({
  types: {} as { context: OrderContext; events: OrderEvent; input: { lots: number; limit: number | null; stop: number | null } },
  guards: {
    fillsWhole: ({ context, event }) => event.type === 'Filled' && context.filled + event.lots >= context.lots,
    cancelWanted: ({ context }) => context.cancelWanted,
    replacedToWhatIsFilled: ({ context, event }) => event.type === 'Replaced' && event.lots <= context.filled,
  },
  actions: {
    fill: assign(({ context, event }) => (event.type === 'Filled' ? { filled: context.filled + event.lots } : {})),
    lateFill: assign(({ context, event }) =>
      event.type === 'Filled' ? { filled: context.filled + event.lots, lateFills: context.lateFills + 1 } : {},
    ),
    wantCancel: assign({ cancelWanted: true }),
    cancelSent: assign({ cancelWanted: false }),
    wantReplace: assign(({ event }) => (event.type === 'ReplaceAsked' ? { wanted: event.lots } : {})),
    replaced: assign(({ event }) =>
      event.type === 'Replaced' ? { lots: event.lots, limit: event.limit, stop: event.stop, wanted: null } : {},
    ),
    notReplaced: assign({ wanted: null }),
  },
}).createMachine({
  id: 'order',
  initial: 'INTENT',
  context: ({ input }) => ({
    lots: input.lots,
    limit: input.limit,
    stop: input.stop,
    filled: 0,
    wanted: null,
    cancelWanted: false,
    lateFills: 0,
  }),
  states: {
    INTENT: { on: { Sent: 'SENDING', CancelAsked: { actions: 'wantCancel' } } }, // sent in the very round that approved it
    SENDING: {
      on: {
        Acked: [{ guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: 'cancelSent' }, { target: 'LIVE' }],
        Filled: [whole, wantedCancel, { target: 'LIVE', actions: 'fill' }],
        NotSent: 'CANCELLED',
        Lost: 'UNKNOWN',
        CancelAsked: { actions: 'wantCancel' },
        ...evidence,
      },
    },
    UNKNOWN: {
      on: {
        Acked: [{ guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: 'cancelSent' }, { target: 'LIVE' }],
        Filled: [whole, wantedCancel, { target: 'LIVE', actions: 'fill' }],
        Replaced: [
          replacedDone,
          { guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: ['replaced', 'cancelSent'] },
          { target: 'LIVE', actions: 'replaced' },
        ],
        NotSent: 'CANCELLED',
        NeverExisted: 'REJECTED',
        CancelAsked: { actions: 'wantCancel' },
        ...evidence,
      },
    },
    LIVE: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        CancelAsked: 'CANCEL_PENDING',
        ReplaceAsked: { target: 'REPLACE_PENDING', actions: 'wantReplace' },
        Replaced: [replacedDone, { actions: 'replaced' }],
        ReplaceRejected: { actions: 'notReplaced' }, // a cancel asked for after the change was refused first
        Lost: 'UNKNOWN',
        ...evidence,
      },
    },
    CANCEL_PENDING: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        CancelRejected: 'LIVE',
        Replaced: [replacedDone, { actions: 'replaced' }], // asked for before the cancel, answered after it
        ReplaceRejected: { actions: 'notReplaced' },
        Lost: { target: 'UNKNOWN', actions: 'wantCancel' },
        ...evidence,
      },
    },
    REPLACE_PENDING: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        Replaced: [replacedDone, { target: 'LIVE', actions: 'replaced' }],
        ReplaceRejected: { target: 'LIVE', actions: 'notReplaced' },
        CancelAsked: 'CANCEL_PENDING',
        Lost: 'UNKNOWN',
        ...evidence,
      },
    },
    FILLED: { on: { Filled: late } },
    REJECTED: { on: { Filled: late } },
    CANCELLED: { on: { Filled: late } },
    EXPIRED: { on: { Filled: late } },
  },
});

export type OrderState =
  | 'INTENT'
  | 'SENDING'
  | 'UNKNOWN'
  | 'LIVE'
  | 'CANCEL_PENDING'
  | 'REPLACE_PENDING'
  | 'FILLED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'EXPIRED';
export const ORDER_ENDS: readonly OrderState[] = ['FILLED', 'REJECTED', 'CANCELLED', 'EXPIRED'];
