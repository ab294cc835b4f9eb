/** What a state of an order means to whoever looks at it, and what to do about it. */

export const ENDS: ReadonlySet<string> = new Set(['FILLED', 'REJECTED', 'CANCELLED', 'EXPIRED']);

/** What can still be asked of it. Null: yes; else why not. */
export function mayCancel(state: string): string | null {
  if (ENDS.has(state)) return `it has ended ${state}`;
  return state === 'CANCEL_PENDING' ? 'its cancel was asked for already' : null;
}
export function mayChange(state: string, type: string): string | null {
  if (ENDS.has(state)) return `it has ended ${state}`;
  if (type === 'market') return 'a market order has no price to change';
  return state === 'LIVE' ? null : `it is ${state.replaceAll('_', ' ')}: only an order that is LIVE can be changed`;
}

const SAYS: Readonly<Record<string, string>> = {
  INTENT: 'approved, and not sent yet',
  SENDING: 'sent, and not acknowledged yet',
  LIVE: 'works at its venue',
  CANCEL_PENDING: 'its cancel is on the way; until the venue answers it may still fill',
  REPLACE_PENDING: 'its change is on the way; the worse of both terms counts',
  UNKNOWN: 'nobody knows whether the venue has it',
  FILLED: 'filled whole',
  REJECTED: 'the venue did not take it',
  CANCELLED: 'cancelled; what was filled before stays',
  EXPIRED: 'its time was over',
};
export const sayState = (state: string): string => SAYS[state] ?? state;
