/** Who sits at this page: asked once when it is opened, and again after each way in or out. Holds no password and no secret but the page's token. */
import { useSyncExternalStore } from 'react';
import type { SessionDocument } from '#gateway/contracts/session.ts';
import { api, house } from './api.ts';
import { connectAs, live } from './live/live.ts';

export type Who = SessionDocument;
export type Role = NonNullable<Who['role']>;

export type SessionState = Readonly<{ is: 'asking' }> | Readonly<{ is: 'known'; who: Who }> | Readonly<{ is: 'failed'; error: Error }>;

let state: SessionState = { is: 'asking' };
/** Whoever signs out of the demonstration is not signed in again by the same page. */
let leftDemo = false;
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
  try {
    let found = await api<Who>('GET', '/api/v1/session');
    if (!found.signedIn && found.demoOffered && !leftDemo) {
      await api('POST', '/api/v1/session/demo');
      found = await api<Who>('GET', '/api/v1/session');
    }
    move({ is: 'known', who: found });
    if (found.signedIn) connectAs(() => who()?.csrf ?? null);
    else live.line.end('signed out');
  } catch (error) {
    move({ is: 'failed', error: error as Error });
  }
}

export async function signIn(name: string, password: string): Promise<void> {
  await api('POST', '/api/v1/session', { body: { name, password } });
  await askWho();
}

export async function signInAtFirst(link: string, name: string, password: string): Promise<void> {
  await api('POST', '/api/v1/first-run', { body: { link, name, password } });
  await askWho();
}

export async function takeSecondStep(password: string): Promise<void> {
  await api('POST', '/api/v1/session/second-step', { body: { password } });
  await askWho();
}

export async function signOut(): Promise<void> {
  await api('DELETE', '/api/v1/session');
  leftDemo = true;
  live.line.end('signed out');
  await askWho();
}

house.csrf = () => who()?.csrf ?? null;
house.signedOut = () => {
  if (who()?.signedIn === true) void askWho();
};

/** A line that was not let in may be one whose session is over: asked once for each time it breaks. */
let asked = -1;
live.listenLine(() => {
  const { state: line } = live.view;
  if (line.is !== 'waiting' || line.tries === asked || who()?.signedIn !== true) return;
  asked = line.tries;
  if (line.tries % 2 === 1)
    void api<Who>('GET', '/api/v1/session').then(
      (found) => {
        if (!found.signedIn || found.csrf !== who()?.csrf) void askWho();
      },
      () => {}, // no answer: the line says so already
    );
});
