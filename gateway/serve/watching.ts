/**
 * Who watches, and that they still may: a socket is let in by the rules of who may, each topic is asked for by itself, and whoever loses
 * their session, their token or their role loses what it showed them, at once where that is told, and within a moment where it only ends.
 */
import type { Access } from '../access/access.ts';
import type { Caller } from '../access/callers.ts';
import type { HubClock } from '../live/hub.ts';
import { type Admitted, liveEnd } from '../live/live-end.ts';
import type { May } from '../live/viewer.ts';
import type { Request, Socket, SocketEnd, SocketListener } from '../transport/server.ts';
import { factsOf, refusalAnswer } from './admission.ts';

/** WebSocket's own numbers are below 4000. */
export const SIGNED_OUT = 4401;
/** A session that ends by its time is told by nobody. */
const LOOK_MS = 10_000;

export type WatchOptions = Readonly<{ access: Access; clock: HubClock; behindTls: boolean; origins: readonly string[] }>;
export type Watching = Readonly<{
  /** A place to watch at. `offer`: what somebody who was let in watches, or the answer that there is no such thing. */
  end(path: string, offer: (request: Request, may: May, caller: Caller) => Admitted | Promise<Admitted>): SocketEnd;
  watchers(): number;
  close(): void;
}>;

export function openWatching({ access, clock, behindTls, origins }: WatchOptions): Watching {
  const open = new Map<Socket, Readonly<{ caller: Caller; recheck: () => void }>>();
  const look = (): void => {
    for (const [socket, { caller, recheck }] of open) {
      if (access.standing(caller).by === 'nobody') socket.close(SIGNED_OUT, 'signed out');
      else recheck();
    }
  };
  const unhear = access.options.store.heard(look);
  let forget: () => void = () => {};
  const again = (): void => {
    look();
    forget = clock.after(LOOK_MS, again);
  };
  forget = clock.after(LOOK_MS, again);
  const counted = (listener: SocketListener, caller: Caller, recheck: () => void): SocketListener => ({
    ...listener,
    open(socket) {
      open.set(socket, { caller, recheck });
      listener.open(socket);
    },
    close(socket, code, reason) {
      open.delete(socket);
      listener.close(socket, code, reason);
    },
  });
  return {
    end: (path, offer) =>
      liveEnd(path, origins, async (request) => {
        const decision = access.decide(factsOf(request, behindTls, true), { owner: null, live: false });
        if (!decision.allowed) return { refuse: refusalAnswer(decision) };
        const { caller } = decision;
        const may: May = (topic) => {
          const verdict = access.topic(caller, request.remote, topic);
          return verdict.allowed ? null : { reason: verdict.why, remedy: verdict.remedy };
        };
        const offered = await offer(request, may, caller);
        if ('refuse' in offered) return offered;
        return { listener: counted(offered.listener, caller, offered.recheck), recheck: offered.recheck };
      }),
    watchers: () => open.size,
    close() {
      forget();
      unhear();
      open.clear();
    },
  };
}
