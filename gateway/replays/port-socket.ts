/**
 * A WebSocket whose viewer lives in another thread: its two ends over a message port. Frames go out as bytes that change hands; what has not left
 * the memory of the thread that holds the socket is counted on the other side, so a viewer that reads slowly is known there and costs no more than
 * its limit. The port itself and the threads are somebody else's.
 */
import type { Sent, Socket, SocketListener } from '../transport/server.ts';

/** What both ends need of a port. */
export interface Line {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', heard: (message: never) => void): unknown;
  on(event: 'close', heard: () => void): unknown;
  close(): void;
}

/** From the thread of the viewer. */
type Down = Readonly<{ frame: Uint8Array<ArrayBuffer> }> | Readonly<{ close: readonly [code: number, reason: string] }>;
/** From the thread of the socket: `left` bytes have left it, of all that came before. */
type Up =
  | Readonly<{ message: Uint8Array | string }>
  | Readonly<{ left: number }>
  | Readonly<{ refused: Refusals }>
  | Readonly<{ gone: readonly [code: number, reason: string] }>;

/** What its peer may not see, by topic; asked where it is known who the peer is. */
export type Refusals = Readonly<Record<string, Readonly<{ reason: string; remedy: string }>>>;

/** The socket's thread did not take what it had room for, or the other thread is no more. */
export const GONE = 1011;

/** In the thread of the viewer: a socket that keeps at most so much waiting. `rights`: what the peer may not see is another from now on. */
export function portSocket(
  line: Line,
  remote: string,
  unsentBytes: number,
  listener: SocketListener,
  rights: (refused: Refusals) => void = () => {},
): Socket {
  let isOpen = true;
  let waiting = 0;
  const gone = (code: number, reason: string): void => {
    if (!isOpen) return;
    isOpen = false;
    waiting = 0;
    listener.close(socket, code, reason);
    line.close();
  };
  const socket: Socket = {
    remote,
    get open() {
      return isOpen;
    },
    get bufferedBytes() {
      return waiting;
    },
    topics: [],
    send(message): Sent {
      const length = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
      if (!isOpen || waiting + length > unsentBytes) return 'dropped';
      const frame = typeof message === 'string' ? new TextEncoder().encode(message) : new Uint8Array(message); // others may be sent the same
      waiting += length;
      line.postMessage({ frame } satisfies Down, [frame.buffer]);
      return 'queued';
    },
    close(code, reason) {
      if (!isOpen) return;
      line.postMessage({ close: [code, reason] } satisfies Down); // the other end closes the line, or this would be lost
      isOpen = false;
      waiting = 0;
      listener.close(socket, code, reason);
    },
    subscribe: nothingPublished,
    unsubscribe: nothingPublished,
  };
  line.on('message', (told: Up) => {
    if (!isOpen) return;
    if ('message' in told) listener.message(socket, told.message);
    else if ('refused' in told) rights(told.refused);
    else if ('gone' in told) gone(...told.gone);
    else {
      waiting = Math.max(0, waiting - told.left);
      if (waiting === 0) listener.drain(socket);
    }
  });
  line.on('close', () => gone(GONE, 'the thread of its socket is gone'));
  listener.open(socket);
  return socket;
}

function nothingPublished(): never {
  throw new Error('nothing is published to a viewer of a replay: each is sent its own frames');
}

/** In the thread of the socket. It is told of its socket before the other end is handed out. */
export function portListener(line: Line): Readonly<{ listener: SocketListener; rights: (refused: Refusals) => void }> {
  let served: Socket | null = null;
  let isOver = false;
  /** Sent, and not known to have left. */
  let owed = 0;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    line.close();
  };
  const tell = (up: Up): void => {
    if (!isOver) line.postMessage(up);
  };
  line.on('message', (told: Down) => {
    if (served === null || isOver) return;
    if ('close' in told) {
      served.close(...told.close);
      return;
    }
    const { frame } = told;
    owed += frame.length;
    switch (served.send(frame)) {
      case 'sent':
        tell({ left: owed });
        owed = 0;
        return;
      case 'queued':
        return; // told of when it drains
      case 'dropped':
        served.close(GONE, 'more than its limit was sent to it');
    }
  });
  line.on('close', () => {
    if (!isOver) served?.close(GONE, 'this replay has ended');
  });
  const listener: SocketListener = {
    open: (socket) => {
      served = socket;
    },
    message: (_, message) => tell({ message: typeof message === 'string' ? message : new Uint8Array(message) }),
    drain() {
      if (owed === 0) return;
      tell({ left: owed });
      owed = 0;
    },
    missed: () => {},
    close(_, code, reason) {
      tell({ gone: [code, reason] });
      over();
    },
  };
  return { listener, rights: (refused) => tell({ refused }) };
}
