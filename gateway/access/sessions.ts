/**
 * Sessions of browsers. An id is drawn anew at sign-in and at every rise of privilege, only its hash is kept, and each session ends when
 * it is idle, when its time is over, or when somebody ends it.
 */
import type { AccessState, Session } from './access-state.ts';
import type { AccessPorts } from './secrets.ts';
import { fingerprint, newId, newSecret, SECRET_TEXT, withoutSecrets } from './secrets.ts';

export type SessionTimes = Readonly<{ idleUs: number; longestUs: number }>;
const HOUR_US = 3_600_000_000;
/** A trading day with its preparation; two hours without a word of the person. What the server pushes does not count as one. */
export const SESSION_TIMES: SessionTimes = { idleUs: 2 * HOUR_US, longestUs: 12 * HOUR_US };
/** Written down at most so often: an idle session may end earlier by this much, never later. */
export const TOUCH_US = 60_000_000;
/** Of one user; the one used least lately gives way. */
export const MOST_SESSIONS = 20;
const MOST_AGENT = 120;

export type Begin = Readonly<{ user: string; demo: boolean; address: string; agent: string; secondStep: number | null }>;
export type Begun = Readonly<{ state: AccessState; session: Session; secret: string }>;

/** `before`: the session the browser came with. It ends, whoever's it was: an id that was planted is worth nothing. */
export function beginSession(
  state: AccessState,
  begin: Begin,
  before: Session | null,
  drawn: Readonly<{ id: string; secret: string }>,
  nowUs: number,
  times: SessionTimes,
): Begun {
  const session: Session = {
    id: drawn.id,
    fingerprint: fingerprint(drawn.secret),
    user: begin.user,
    demo: begin.demo,
    created: nowUs,
    used: nowUs,
    until: nowUs + times.longestUs,
    address: begin.address,
    agent: withoutSecrets(begin.agent, MOST_AGENT),
    secondStep: begin.secondStep,
  };
  const others = state.sessions.filter((other) => other.id !== before?.id && isAlive(other, nowUs, times));
  const own = others.filter(({ user }) => user === begin.user).sort((a, b) => b.used - a.used);
  const tooMany = new Set(own.slice(MOST_SESSIONS - 1));
  return { state: { ...state, sessions: [...others.filter((each) => !tooMany.has(each)), session] }, session, secret: drawn.secret };
}

/** Drawn outside the change, which may be asked twice. */
export const drawSession = (ports: AccessPorts): Readonly<{ id: string; secret: string }> => ({
  id: newId(ports),
  secret: newSecret(ports),
});

/** What the cookie's text opens, if it still opens anything. */
export function sessionOf(state: AccessState, secret: string, nowUs: number, times: SessionTimes): Session | null {
  if (!SECRET_TEXT.test(secret)) return null;
  const wanted = fingerprint(secret);
  // an ordinary comparison: who can steer where two hashes part still knows no text that has the right one
  const found = state.sessions.find((session) => session.fingerprint === wanted);
  return found !== undefined && isAlive(found, nowUs, times) ? found : null;
}

/** A clock that went back ends a session rather than lengthening it. */
export const isAlive = ({ created, used, until }: Session, nowUs: number, { idleUs, longestUs }: SessionTimes): boolean =>
  nowUs < until && nowUs < created + longestUs && nowUs < used + idleUs && nowUs >= created - TOUCH_US;

/** The same state where it was written down a moment ago. */
export function touchSession(state: AccessState, id: string, address: string, nowUs: number): AccessState {
  const session = state.sessions.find((each) => each.id === id);
  if (session === undefined || (nowUs - session.used < TOUCH_US && session.address === address)) return state;
  const touched = { ...session, used: Math.max(session.used, nowUs), address };
  return { ...state, sessions: state.sessions.map((each) => (each.id === id ? touched : each)) };
}

export function endSession(state: AccessState, id: string): AccessState {
  const sessions = state.sessions.filter((session) => session.id !== id);
  return sessions.length === state.sessions.length ? state : { ...state, sessions };
}

/** As a person may see them: no hash. Newest use first. */
export type SessionShown = Omit<Session, 'fingerprint'>;
export function sessionsOf(state: AccessState, user: string, nowUs: number, times: SessionTimes): SessionShown[] {
  return state.sessions
    .filter((session) => session.user === user && isAlive(session, nowUs, times))
    .sort((a, b) => b.used - a.used)
    .map(({ fingerprint: _, ...shown }) => shown);
}
