/** The session with an account's venue. The pure venue inside the desk is ready at once; an outside one must authenticate and reconcile. */
import { setup } from 'xstate';

export type SessionEvent =
  | { type: 'Connected' }
  | { type: 'Authenticated' }
  | { type: 'Reconciled' }
  | { type: 'Differed' } // reconciliation found what it cannot explain
  | { type: 'Lost' };

export const sessionMachine = setup({
  types: {} as { context: Record<string, never>; events: SessionEvent },
}).createMachine({
  id: 'session',
  initial: 'connecting',
  context: {},
  states: {
    connecting: { on: { Connected: 'authenticating' } },
    authenticating: { on: { Authenticated: 'reconciling' } }, // its adapter says both at once, so nothing can come between
    reconciling: { on: { Reconciled: 'ready', Differed: 'degraded', Lost: 'connecting' } },
    ready: { on: { Lost: 'connecting', Differed: 'degraded' } },
    degraded: { on: { Reconciled: 'ready', Lost: 'connecting' } },
  },
});
