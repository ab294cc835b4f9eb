/**
 * What the candles of one instrument, source and timeframe are doing. The numbers are folded beside it; an ordinary close without
 * grace is a fact that is folded, not an edge, so in a steady market this machine rests in `forming`.
 */
import { setup } from 'xstate';

export type CandlesEvent =
  | { type: 'Formed' } // a candle opened while idle
  | { type: 'ClosedIntoGrace' } // closed; amendments are taken for a while
  | { type: 'GraceOver'; open: boolean } // the last grace ended; is another candle open?
  | { type: 'Emptied' } // a whole interval passed without a trade
  | { type: 'Gapped' } // the source lost ticks inside the open candle
  | { type: 'Mended' }; // that candle has closed, without grace

export const candlesMachine = setup({
  types: {} as { context: Record<string, never>; events: CandlesEvent },
  guards: { nextIsOpen: ({ event }) => event.type === 'GraceOver' && event.open },
}).createMachine({
  id: 'candles',
  initial: 'idle',
  context: {},
  states: {
    idle: { on: { Formed: 'forming' } },
    forming: { on: { ClosedIntoGrace: 'grace', Emptied: 'idle', Gapped: 'gap' } },
    grace: { on: { GraceOver: [{ guard: 'nextIsOpen', target: 'forming' }, { target: 'idle' }], Gapped: 'gap' } },
    gap: { on: { Mended: 'forming', ClosedIntoGrace: 'grace', Emptied: 'idle' } },
  },
});
