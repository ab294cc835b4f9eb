/** The life of one deployed strategy, pinned to an immutable version. What it computes is a pure function beside it; this says whether it may. */
import { setup } from 'xstate';

export type StrategyLifeEvent =
  | { type: 'Loaded' } // its history is here, or it needs none
  | { type: 'Warmed' }
  | { type: 'Paused' }
  | { type: 'Resumed' }
  | { type: 'Stopped' }
  | { type: 'Faulted' }; // its code threw

export const strategyMachine = setup({
  types: {} as { context: Record<string, never>; events: StrategyLifeEvent },
}).createMachine({
  id: 'strategy',
  initial: 'loading',
  context: {},
  states: {
    loading: { on: { Loaded: 'warming', Stopped: 'stopped', Faulted: 'faulted' } },
    warming: { on: { Warmed: 'running', Stopped: 'stopped', Faulted: 'faulted' } },
    running: { on: { Paused: 'paused', Stopped: 'stopped', Faulted: 'faulted' } },
    paused: { on: { Resumed: 'running', Stopped: 'stopped', Faulted: 'faulted' } },
    stopped: {},
    faulted: { on: { Stopped: 'stopped' } },
  },
});
export type StrategyState = 'loading' | 'warming' | 'running' | 'paused' | 'stopped' | 'faulted';
