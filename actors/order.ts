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
  | { type: 'ReplaceAsked' }
  | { type: 'Replaced'; lots: number; limit: number | null; stop: number | null }
  | { type: 'ReplaceRejected' }
  | { type: 'Expired' };

const whole = { guard: 'fillsWhole', target: 'FILLED', actions: 'fill' } as const;
const late = { actions: 'lateFill' } as const;

export const orderMachine = setup({
  types: {} as { context: OrderContext; events: OrderEvent; input: { lots: number; limit: number | null; stop: number | null } },
  guards: {
    fillsWhole: ({ context, event }) => event.type === 'Filled' && context.filled + event.lots >= context.lots,
    cancelWanted: ({ context }) => context.cancelWanted,
  },
  actions: {
    fill: assign(({ context, event }) => (event.type === 'Filled' ? { filled: context.filled + event.lots } : {})),
    lateFill: assign(({ context, event }) =>
      event.type === 'Filled' ? { filled: context.filled + event.lots, lateFills: context.lateFills + 1 } : {},
    ),
    wantCancel: assign({ cancelWanted: true }),
    cancelSent: assign({ cancelWanted: false }),
    replaced: assign(({ event }) => (event.type === 'Replaced' ? { lots: event.lots, limit: event.limit, stop: event.stop } : {})),
  },
}).createMachine({
  id: 'order',
  initial: 'INTENT',
  context: ({ input }) => ({ lots: input.lots, limit: input.limit, stop: input.stop, filled: 0, cancelWanted: false, lateFills: 0 }),
  states: {
    INTENT: { on: { Sent: 'SENDING', NotSent: 'CANCELLED', CancelAsked: { actions: 'wantCancel' } } },
    SENDING: {
      on: {
        Acked: [{ guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: 'cancelSent' }, { target: 'LIVE' }],
        Rejected: 'REJECTED',
        NotSent: 'CANCELLED',
        Lost: 'UNKNOWN',
        Filled: [whole, { target: 'LIVE', actions: 'fill' }],
        Cancelled: 'CANCELLED',
        Expired: 'EXPIRED',
        CancelAsked: { actions: 'wantCancel' },
      },
    },
    UNKNOWN: {
      on: {
        Acked: [{ guard: 'cancelWanted', target: 'CANCEL_PENDING', actions: 'cancelSent' }, { target: 'LIVE' }],
        Rejected: 'REJECTED',
        NotSent: 'CANCELLED',
        NeverExisted: 'REJECTED',
        Filled: [whole, { target: 'LIVE', actions: 'fill' }],
        Cancelled: 'CANCELLED',
        Expired: 'EXPIRED',
        CancelAsked: { actions: 'wantCancel' },
      },
    },
    LIVE: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        CancelAsked: 'CANCEL_PENDING',
        ReplaceAsked: 'REPLACE_PENDING',
        Cancelled: 'CANCELLED',
        Expired: 'EXPIRED',
        Lost: 'UNKNOWN',
      },
    },
    CANCEL_PENDING: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        Cancelled: 'CANCELLED',
        CancelRejected: 'LIVE',
        Replaced: { actions: 'replaced' }, // asked for before the cancel, answered after it
        Expired: 'EXPIRED',
        Lost: 'UNKNOWN',
      },
    },
    REPLACE_PENDING: {
      on: {
        Filled: [whole, { actions: 'fill' }],
        Replaced: { target: 'LIVE', actions: 'replaced' },
        ReplaceRejected: 'LIVE',
        CancelAsked: 'CANCEL_PENDING',
        Cancelled: 'CANCELLED',
        Expired: 'EXPIRED',
        Lost: 'UNKNOWN',
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
