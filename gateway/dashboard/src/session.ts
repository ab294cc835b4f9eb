/** Who sits at this page: asked once when it is opened, and again after each way in or out. Holds no password and no secret but the page's token. */
import { useSyncExternalStore } from 'react';
import type { SessionDocument } from '#gateway/contracts/session.ts';
import { api, house } from './api.ts';
import { connectAs, live } from './live/live.ts';

export type Who = SessionDocument;
export type Role = NonNullable<Who['role']>;

export type SessionState = Readonly<{ is: 'asking' }> | Readonly<{ is: 'known'; who: Who }> | Readonly<{ is: 'failed'; error: Error }>;

let state: SessionState = { is: 'asking' };
/** The demonstration signs in whoever opens the page, once: nobody who was somebody finds themselves in it. */
let opening = true;
/** Rises with every way in and out, at its beginning and its end: what was asked before is no news then. */
let turn = 0;
let underWay = false;
const listeners = new Set<() => void>();

function move(next: SessionState): void {
  state = next;
  for (const call of [...listeners]) call();
}

const listen = (call: () => void): (() => void) => {
  listeners.add(call);
  return () => listeners.delete(call);
};

export const useSession = (): SessionState => useSyncExternalStore(listen, () => state);
export const who = (): Who | null => (state.is === 'known' ? state.who : null);

/** Of pages that are drawn only where somebody is signed in. */
export function useWho(): Who {
  const now = useSession();
  if (now.is !== 'known') throw new Error('nobody is known yet');
  return now.who;
}

const RANK: Record<Role, number> = { viewer: 0, trader: 1, admin: 2 };
export const reaches = (role: Role | null, least: Role): boolean => role !== null && RANK[role] >= RANK[least];

export async function askWho(): Promise<void> {
  turn += 1;
  const mine = turn;
  try {
    let found = await api<Who>('GET', '/api/v1/session');
    if (!found.signedIn && found.demoOffered && opening) found = await api<Who>('POST', '/api/v1/session/demo');
    if (mine === turn) become(found);
  } catch (error) {
    if (mine === turn) move({ is: 'failed', error: error as Error });
  }
}

function become(found: Who): void {
  opening = false;
  move({ is: 'known', who: found });
  if (!found.signedIn) live.line.end('signed out');
  else {
    connectAs(() => who()?.csrf ?? null);
    live.line.hurry();
  }
}

/** A way in or out: its own answer says who one is then. */
async function changed(asking: Promise<Who | null>): Promise<void> {
  turn += 1;
  underWay = true;
  const found = await asking.finally(() => {
    turn += 1;
    underWay = false;
  });
  if (found === null) await askWho();
  else become(found);
}

export const signIn = (name: string, password: string): Promise<void> =>
  changed(api<Who>('POST', '/api/v1/session', { body: { name, password } }));
export const signInAtFirst = (link: string, name: string, password: string): Promise<void> =>
  changed(api<Who>('POST', '/api/v1/first-run', { body: { link, name, password } }));
/** The session goes on under another name, so the line of the one before ends: a new one is begun. */
export const takeSecondStep = (password: string): Promise<void> =>
  changed(api<Who>('POST', '/api/v1/session/second-step', { body: { password } }));
export async function signOut(): Promise<void> {
  live.line.end('signed out');
  await changed(api<null>('DELETE', '/api/v1/session'));
}
export const signInToDemo = (): Promise<void> => changed(api<Who>('POST', '/api/v1/session/demo'));

house.csrf = () => who()?.csrf ?? null;
house.signedOut = () => {
  if (!underWay && who()?.signedIn === true) void askWho();
};

/**
 * A line that broke may be one whose session is over: asked at the first break, and at every other one while it is not let in. Not
 * while a way in or out is under way, which ends the line too: its answer says who one is.
 */
let looked = -1;
live.listenLine(() => {
  const { state: line } = live.view;
  if (line.is === 'open') looked = -1;
  if (line.is !== 'waiting' || line.tries === looked || underWay || who()?.signedIn !== true) return;
  looked = line.tries;
  if (line.tries % 2 === 0) return;
  const mine = turn;
  void api<Who>('GET', '/api/v1/session').then(
    (found) => {
      if (mine === turn && (!found.signedIn || found.csrf !== who()?.csrf)) become(found);
    },
    () => {}, // no answer: the line says so already
  );
});
