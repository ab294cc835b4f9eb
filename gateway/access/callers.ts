/** Who a request comes from, derived from what is kept at this moment: a role lowered, a token revoked, a session over count at once. */
import type { AccessState, Session, Token } from './access-state.ts';
import { atLeast, lowerOf, type Role, reachOf, type Scope } from './roles.ts';
import { isAlive, type SessionTimes } from './sessions.ts';
import { isValid } from './tokens.ts';
import { userNamed } from './users.ts';

export type Caller =
  | Readonly<{ by: 'nobody' }>
  | Readonly<{ by: 'session'; user: string; role: Role; session: string; demo: boolean; secondStep: number | null; until: number }>
  | Readonly<{ by: 'token'; user: string; role: Role; token: string; scope: Scope; live: boolean; until: number | null }>;

export const NOBODY: Caller = { by: 'nobody' };

/** What holds of a session besides its times: the demonstration is a trader, and only while it is one. */
export function sessionCaller(state: AccessState, session: Session, demoRuns: boolean, { idleUs }: SessionTimes): Caller {
  const { id, demo, secondStep, used } = session;
  const until = Math.min(session.until, used + idleUs);
  if (demo) return demoRuns ? { by: 'session', user: session.user, role: 'trader', session: id, demo, secondStep: null, until } : NOBODY;
  const user = userNamed(state, session.user);
  if (user === null || user.disabled !== null) return NOBODY;
  return { by: 'session', user: user.name, role: user.role, session: id, demo, secondStep, until };
}

/** Never further than its owner; live only while the admin who granted it is one. */
export function tokenCaller(state: AccessState, token: Token): Caller {
  const owner = userNamed(state, token.user);
  if (owner === null || owner.disabled !== null) return NOBODY;
  const granter = token.liveBy === null ? null : userNamed(state, token.liveBy);
  const live = token.live && granter !== null && granter.disabled === null && atLeast(granter.role, 'admin');
  const role = lowerOf(owner.role, reachOf(token.scope));
  return { by: 'token', user: owner.name, role, token: token.id, scope: token.scope, live, until: token.expires };
}

/** The same caller as of now; NOBODY where it no longer stands. */
export function callerNow(state: AccessState, caller: Caller, demoRuns: boolean, nowUs: number, times: SessionTimes): Caller {
  switch (caller.by) {
    case 'nobody':
      return NOBODY;
    case 'session': {
      const session = state.sessions.find(({ id }) => id === caller.session);
      return session === undefined || !isAlive(session, nowUs, times) ? NOBODY : sessionCaller(state, session, demoRuns, times);
    }
    case 'token': {
      const token = state.tokens.find(({ id }) => id === caller.token);
      return token === undefined || !isValid(token, nowUs) ? NOBODY : tokenCaller(state, token);
    }
  }
}

/** For records: who it is, and by what they are known. Of a wrong password only the name is. */
export type Named = Readonly<{ who: string | null; by: string | null }>;
export const named = (caller: Caller): Named =>
  caller.by === 'nobody'
    ? { who: null, by: null }
    : { who: caller.user, by: caller.by === 'session' ? `session ${caller.session}` : `token ${caller.token}` };
