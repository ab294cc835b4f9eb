/** The first admin: while there is no user, a link that works once and for a while lets whoever reads the terminal make one. */
import type { AccessState } from './access-state.ts';
import { type Refusal, refusal } from './refusals.ts';
import { fingerprint, SECRET_TEXT, same } from './secrets.ts';
import { addUser } from './users.ts';

const MINUTE_US = 60_000_000;
export const FIRST_RUN_US = 60 * MINUTE_US;

/** Each start makes a new link, and the one before is worth nothing. The same state where somebody is there already. */
export function offerFirstRun(state: AccessState, secret: string, nowUs: number): AccessState {
  if (state.users.length > 0) return state.firstRun === null ? state : { ...state, firstRun: null };
  return { ...state, firstRun: { fingerprint: fingerprint(secret), until: nowUs + FIRST_RUN_US } };
}

/** For the terminal only. Behind the `#`: browsers do not send that part, so it stands in no log. */
export const firstRunLink = (origin: string, secret: string): string => `${origin}/first-run#${secret}`;

/** Null: it is good now. */
export function firstRunFault(state: AccessState, secret: string, nowUs: number): Refusal | null {
  const again = 'start again: it prints a new link';
  if (state.users.length > 0) return refusal(409, 'first-run', 'there is a user already, so the link is over', 'sign in');
  if (state.firstRun === null) return refusal(403, 'first-run', 'no link was made', again);
  if (!SECRET_TEXT.test(secret) || !same(fingerprint(secret), state.firstRun.fingerprint))
    return refusal(403, 'first-run', 'this is not the link of the terminal', 'copy it whole, or start again for a new one');
  if (nowUs >= state.firstRun.until) return refusal(403, 'first-run', 'the link is over: it lasts an hour', again);
  return null;
}

/** Of two who come with the same link one makes the admin. */
export function takeFirstRun(
  state: AccessState,
  secret: string,
  first: Readonly<{ name: string; hash: string }>,
  nowUs: number,
): readonly [AccessState, Refusal | null] {
  const fault = firstRunFault(state, secret, nowUs);
  return fault === null ? [addUser(state, { ...first, role: 'admin' }, nowUs), null] : [state, fault];
}
