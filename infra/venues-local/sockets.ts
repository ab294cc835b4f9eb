/** The exchange's WebSockets: which path leads where, and one write for all that is said on a socket in one turn of the event loop. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Running } from './running.ts';

/** Larger messages end their connection. */
const MOST_MESSAGE_BYTES = 128 * 1024;

/** `say` sends, unless the socket is closing; what fails closes it. */
export type Accepted = Readonly<{ socket: WebSocket; say(text: string): void }>;

/** Who opens a WebSocket at one of the paths is handed to it; nobody else gets one. */
export function acceptSockets(server: Server, running: Running, paths: Readonly<Record<string, (accepted: Accepted) => void>>): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false, autoPong: false });
  server.on('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) => {
    wire.on('error', () => {}); // a close follows
    running.whenAwake(() => {
      if (wire.destroyed) return;
      const [pathname = ''] = (request.url ?? '').split('?', 1); // a client may write anything there
      if (!Object.hasOwn(paths, pathname)) {
        wire.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, wire, head, (socket) => {
        socket.on('error', () => {}); // a close follows
        paths[pathname]!({ socket, say: sayer(socket, wire) });
      });
    });
  });
}

function sayer(socket: WebSocket, wire: Duplex): (text: string) => void {
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    wire.uncork();
  };
  return (text) => {
    if (socket.readyState !== socket.OPEN) return;
    if (!isCorked) {
      isCorked = true;
      wire.cork();
      process.nextTick(uncork);
    }
    socket.send(text, () => {});
  };
}
