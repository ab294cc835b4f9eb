/** The place where programs and pages watch: lets a WebSocket in if it may, and makes a viewer of it. */
import type { Answer, OriginRule, Request, SocketEnd, SocketListener } from '../transport/server.ts';
import type { Hub } from './hub.ts';
import type { May, Viewer } from './viewer.ts';

/** One socket's side of what it watches; `recheck` when what it may see may have changed. */
export type Watched = Readonly<{ listener: SocketListener; recheck: () => void }>;
export type Admitted = Watched | Readonly<{ refuse: Answer }>;

/** The protocol of the frames. A page offers it beside the token of its session, and is answered with this one. */
export const LIVE_PROTOCOL = 'retrace.live.v1';

export function liveEnd(path: string, origins: OriginRule, admit: (request: Request) => Admitted | Promise<Admitted>): SocketEnd {
  return {
    path,
    origins,
    async upgrade(request) {
      const admitted = await admit(request);
      if ('refuse' in admitted) return admitted;
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
      return { accept: admitted.listener, protocol: offered.includes(LIVE_PROTOCOL) ? LIVE_PROTOCOL : null };
    },
  };
}

/** A viewer of this hub, from its socket's opening to its close. */
export function watched(hub: Hub, may: May): Watched {
  let viewer: Viewer | null = null;
  return {
    recheck: () => viewer?.recheck(),
    listener: {
      open(socket) {
        viewer = hub.attach(socket, may);
      },
      message: (_, message) => viewer?.hear(message),
      drain: () => viewer?.drained(),
      missed: () => {}, // nothing is published: each viewer is sent its own frames
      close() {
        if (viewer !== null) hub.detach(viewer);
        viewer = null;
      },
    },
  };
}
