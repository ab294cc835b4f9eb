/**
 * Requests over a WebSocket, many at once on one connection, answered by their numbers as they are done. What is checked, done and answered
 * is the door's, the same as over HTTP; a fault that breaks a connection breaks the line, and with it whatever else waits on it.
 */
import type { Running } from './running.ts';
import { MOST_BODY_BYTES, type Reply, type Request } from './server.ts';
import type { Accepted } from './sockets.ts';

const BEAT_MS = 1_000;
const NONSENSE = 4400;

export class RequestLines {
  readonly #running: Running;
  readonly #take: (request: Request) => void;
  readonly #lines = new Set<Accepted>();
  readonly #beats: NodeJS.Timeout;

  constructor(running: Running, take: (request: Request) => void) {
    this.#running = running;
    this.#take = take;
    this.#beats = setInterval(() => this.#beat(), BEAT_MS);
  }

  accept(line: Accepted): void {
    const { socket } = line;
    this.#lines.add(line);
    const gone = new Set<() => void>();
    socket.on('close', () => {
      this.#lines.delete(line);
      for (const run of gone) run();
    });
    socket.on('ping', (data) => this.#running.whenAwake(() => socket.pong(data, false, () => {})));
    socket.on('message', (data, isBinary) => {
      const asked = isBinary ? null : requestIn(String(data));
      if (asked === null) socket.close(NONSENSE, 'a request is {"id","method","path","headers","body"}');
      else this.#take({ ...asked.request, reply: replyOn(line, asked.id, gone) });
    });
  }

  close(): void {
    clearInterval(this.#beats);
    for (const { socket } of this.#lines) socket.terminate();
  }

  #beat(): void {
    if (this.#running.hung) return;
    for (const { say } of this.#lines) say(`{"op":"beat","time":${this.#running.clock()}}`);
  }
}

function replyOn({ socket, say }: Accepted, id: number, gone: Set<() => void>): Reply {
  return {
    send: (status, text) => say(`{"id":${id},"status":${status},"body":${text}}`),
    breakOff: () => socket.terminate(),
    onGone: (run) => void gone.add(run),
  };
}

type Numbered = Readonly<{ id: number; request: Omit<Request, 'reply'> }>;

/** Null where it is no request: nobody could be answered. */
function requestIn(text: string): Numbered | null {
  let asked: unknown;
  try {
    asked = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof asked !== 'object' || asked === null) return null;
  const { id, method, path, headers = {}, body = '' } = asked as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(id) || (id as number) < 0) return null;
  if (typeof method !== 'string' || typeof path !== 'string' || typeof body !== 'string') return null;
  if (typeof headers !== 'object' || headers === null) return null;
  const isWhole = Buffer.byteLength(body) <= MOST_BODY_BYTES;
  const request = { method, path, headers: headers as Readonly<Record<string, unknown>>, body: isWhole ? body : null };
  return { id: id as number, request };
}
