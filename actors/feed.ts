/**
 * Whether one source of one instrument can be trusted, on three axes: liveness, freshness, integrity. The desk sends it edges, never
 * ticks, and fires its deadlines (silent, mute, settle); hysteresis is the settle deadline.
 */

import { assign, setup } from 'xstate';
import type { FeedFault } from '#engine/inputs.ts';

export type FeedContext = Readonly<{
  /** Nothing heard for longer than the bound, or never yet. */
  silent: boolean;
  /** Heartbeats, but no tick. */
  mute: boolean;
  /** The source itself says it is gone. */
  lost: boolean;
  /** 0 fresh, 1 late, 2 far too late. */
  lag: 0 | 1 | 2;
  /** Faults of integrity since it last settled. */
  faults: number;
  /** So many that it is shut until it settles. */
  shut: boolean;
  lastFault: FeedFault | null;
}>;

export type FeedEvent =
  | { type: 'Trusted' } // no cadence is declared: integrity alone is judged
  | { type: 'Heard' } // a tick
  | { type: 'Beat' } // a heartbeat: alive, perhaps mute
  | { type: 'Silent' }
  | { type: 'Mute' }
  | { type: 'Lost' }
  | { type: 'Lagged'; level: 1 | 2 }
  | { type: 'Fresh' }
  | { type: 'Faulted'; fault: FeedFault; tooMany: number }
  | { type: 'Settled' };

export const feedMachine = setup({
  types: {} as { context: FeedContext; events: FeedEvent; input: { mute: boolean } },
  guards: {
    farBehind: ({ event }) => event.type === 'Lagged' && event.level === 2,
    tooManyFaults: ({ context, event }) => event.type === 'Faulted' && context.faults + 1 >= event.tooMany,
    // what would still keep it DOWN once this event has been taken
    elseDownAfterHeard: ({ context }) => context.lag === 2 || context.shut,
    elseDownAfterBeat: ({ context }) => context.mute || context.lag === 2 || context.shut,
    elseDownAfterFresh: ({ context }) => context.silent || context.mute || context.lost || context.shut,
    stillBad: ({ context }) => context.silent || context.mute || context.lost || context.lag > 0,
  },
  actions: {
    trusted: assign({ silent: false, mute: false }),
    heard: assign({ silent: false, mute: false, lost: false }),
    beat: assign({ silent: false, lost: false }),
    silent: assign({ silent: true }),
    mute: assign({ mute: true }),
    lost: assign({ lost: true }),
    lagged: assign(({ event }) => (event.type === 'Lagged' ? { lag: event.level } : {})),
    fresh: assign({ lag: 0 }),
    faulted: assign(({ context, event }) =>
      event.type === 'Faulted'
        ? { faults: context.faults + 1, shut: context.shut || context.faults + 1 >= event.tooMany, lastFault: event.fault }
        : {},
    ),
    settled: assign({ faults: 0, shut: false, lastFault: null }),
  },
}).createMachine({
  id: 'feed',
  initial: 'DOWN',
  context: ({ input }) => ({ silent: true, mute: input.mute, lost: false, lag: 0, faults: 0, shut: false, lastFault: null }),
  states: {
    DOWN: {
      on: {
        Trusted: { target: 'HEALTHY', actions: 'trusted' },
        Heard: [
          { guard: 'elseDownAfterHeard', actions: 'heard' },
          { target: 'DEGRADED', actions: 'heard' },
        ],
        Beat: [
          { guard: 'elseDownAfterBeat', actions: 'beat' },
          { target: 'DEGRADED', actions: 'beat' },
        ],
        Fresh: [
          { guard: 'elseDownAfterFresh', actions: 'fresh' },
          { target: 'DEGRADED', actions: 'fresh' },
        ],
        Lagged: [
          { guard: 'farBehind', actions: 'lagged' },
          { guard: 'elseDownAfterFresh', actions: 'lagged' },
          { target: 'DEGRADED', actions: 'lagged' },
        ],
        Silent: { actions: 'silent' },
        Mute: { actions: 'mute' },
        Lost: { actions: 'lost' },
        Faulted: { actions: 'faulted' },
        Settled: [
          { guard: 'stillBad', actions: 'settled' },
          { target: 'HEALTHY', actions: 'settled' },
        ],
      },
    },
    DEGRADED: {
      on: {
        Silent: { target: 'DOWN', actions: 'silent' },
        Mute: { target: 'DOWN', actions: 'mute' },
        Lost: { target: 'DOWN', actions: 'lost' },
        Lagged: [{ guard: 'farBehind', target: 'DOWN', actions: 'lagged' }, { actions: 'lagged' }],
        Fresh: { actions: 'fresh' },
        Faulted: [{ guard: 'tooManyFaults', target: 'DOWN', actions: 'faulted' }, { actions: 'faulted' }],
        Settled: [
          { guard: 'stillBad', actions: 'settled' },
          { target: 'HEALTHY', actions: 'settled' },
        ],
      },
    },
    HEALTHY: {
      on: {
        Silent: { target: 'DOWN', actions: 'silent' },
        Mute: { target: 'DOWN', actions: 'mute' },
        Lost: { target: 'DOWN', actions: 'lost' },
        Lagged: [
          { guard: 'farBehind', target: 'DOWN', actions: 'lagged' },
          { target: 'DEGRADED', actions: 'lagged' },
        ],
        Faulted: [
          { guard: 'tooManyFaults', target: 'DOWN', actions: 'faulted' },
          { target: 'DEGRADED', actions: 'faulted' },
        ],
      },
    },
  },
});
