/** The place where programs and pages watch: lets a WebSocket in if it may, and makes a viewer of it. */
import type { Answer, OriginRule, Request, SocketEnd, SocketListener } from '../transport/server.ts';
import type { Hub } from './hub.ts';
import type { May, Viewer } from './viewer.ts';

/** Who asks to watch: what it may see, and whoever wants to hear of its end; or the answer that it gets instead. */
export type Admitted =
  | Readonly<{ may: May; opened?: (viewer: Viewer) => void; closed?: (viewer: Viewer) => void }>
  | Readonly<{ refuse: Answer }>;

export function liveEnd(hub: Hub, path: string, origins: OriginRule, admit: (request: Request) => Admitted | Promise<Admitted>): SocketEnd {
  return {
    path,
    origins,
    async upgrade(request) {
      const admitted = await admit(request);
      return 'refuse' in admitted ? admitted : { accept: listenerOf(hub, admitted), protocol: null };
    },
  };
}

function listenerOf(hub: Hub, { may, opened, closed }: Exclude<Admitted, { refuse: Answer }>): SocketListener {
  let viewer: Viewer | null = null;
  return {
    open(socket) {
      viewer = hub.attach(socket, may);
      opened?.(viewer);
    },
    message: (_, message) => viewer?.hear(message),
    drain: () => viewer?.drained(),
    missed: () => {}, // nothing is published: each viewer is sent its own frames
    close() {
      if (viewer === null) return;
      hub.detach(viewer);
      closed?.(viewer);
    },
  };
}
