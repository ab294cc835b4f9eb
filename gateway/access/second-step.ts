/**
 * Whether somebody has shown again, a moment ago, that it is them. Trading live and changing who may ask for it. It is bound to one
 * session; a program cannot show itself, so its token carries what an admin granted it.
 */
import type { Brand } from '#engine/values.ts';
import type { Caller } from './callers.ts';
import { type Refusal, refusal } from './refusals.ts';

const MINUTE_US = 60_000_000;
/** Of trading: long enough for a few orders, short enough for a screen left open. */
export const SECOND_STEP_US = 15 * MINUTE_US;

/** `always`: tokens never do it. `live`: tokens may that were granted it. */
export function steppedTwice(caller: Caller, ask: 'live' | 'always', nowUs: number, lastsUs = SECOND_STEP_US): boolean {
  switch (caller.by) {
    case 'nobody':
      return false;
    case 'token':
      return ask === 'live' && caller.live;
    case 'session':
      return caller.secondStep !== null && nowUs >= caller.secondStep && nowUs < caller.secondStep + lastsUs;
  }
}

/** The name of an admin who has just shown themselves: what makes a token live. */
export type LiveGrant = Brand<string, 'LiveGrant'>;

/** The one maker of such a grant. */
export function grantLive(caller: Caller, nowUs: number): LiveGrant | Refusal {
  if (caller.by !== 'session' || caller.role !== 'admin' || caller.demo)
    return refusal(403, 'role', 'only an admin grants a token to trade live', 'ask an admin, or make it without');
  if (!steppedTwice(caller, 'always', nowUs))
    return refusal(403, 'second-step', 'this needs your password once more', 'POST /api/v1/session/second-step, then the same again');
  return caller.user as LiveGrant;
}
