/** Requests over HTTP on kept-alive connections, many at once. Never sends anything twice. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { SECOND_US } from '#engine/values.ts';
import { messageOf } from './trouble.ts';
import type { BrokerClock, WireAnswer, WireRequest } from './wire.ts';

/** Every working order's cancel is on the wire at once, however slowly the venue answers. */
const MAX_SOCKETS = 256;
/** An idle socket is dropped before a server's usual 5 s: one that dies under a request makes an order unknown. */
const IDLE_MS = 3_000;
const MAX_BODY_BYTES = 4 * 2 ** 20;

export type HttpRequests = Readonly<{
  ask(request: WireRequest, timeoutUs: number): Promise<WireAnswer>;
  close(): void;
}>;

export function httpRequests(place: URL, clock: BrokerClock): HttpRequests {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS, timeout: IDLE_MS, noDelay: true });
  const pending = new Set<(answer: WireAnswer) => void>();
  const queue: (() => void)[] = [];
  let flying = 0;
  let closed = false;

  /** Waits for a socket for at most half of its time: sent in its last moment, an order would only become unknown. */
  function ask(request: WireRequest, timeoutUs: number, resolve: (answer: WireAnswer) => void): void {
    let exchange: Exchange | null = null;
    const settle = (answer: WireAnswer) => {
      if (!pending.delete(settle)) return;
      cancel();
      if (answer.kind !== 'answer') exchange?.outgoing.destroy(); // a stalled or confused socket is never used again
      resolve(answer);
    };
    const begin = () => {
      if (!pending.has(settle)) return;
      flying += 1;
      exchange = open(place, agent, request, () => {
        flying -= 1;
        while (flying < MAX_SOCKETS && queue.length > 0) queue.shift()!();
      });
      cancel();
      const own = exchange;
      cancel = clock.after(timeoutUs, () => settle(own.failed(`no answer in ${timeoutUs / SECOND_US} s`)));
      own.done.then(settle);
    };
    pending.add(settle);
    let cancel = clock.after(timeoutUs / 2, () => settle({ kind: 'unsent', reason: 'no socket was free' }));
    if (flying < MAX_SOCKETS) begin();
    else {
      timeoutUs /= 2;
      queue.push(begin);
    }
  }

  return {
    ask(request, timeoutUs) {
      if (closed) return Promise.resolve({ kind: 'unsent', reason: 'the adapter was closed' });
      return new Promise((resolve) => ask(request, timeoutUs, resolve));
    },
    close() {
      closed = true;
      for (const settle of [...pending]) settle({ kind: 'lost', reason: 'the adapter was closed' });
      queue.length = 0;
      agent.destroy();
    },
  };
}

type Exchange = Readonly<{ outgoing: ClientRequest; done: Promise<WireAnswer>; failed(reason: string): WireAnswer }>;

/** `over`: its socket is free again, or gone. */
function open(place: URL, agent: Agent, { method, path, headers, body, mayLeave }: WireRequest, over: () => void): Exchange {
  const length = body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = httpRequest({
    hostname: place.hostname.replace(/^\[|\]$/g, ''),
    port: place.port,
    method,
    path,
    headers: { ...headers, ...length },
    agent,
  });
  // Nothing is written before the socket is connected: until then, and while waiting for a free socket, nothing has left.
  let left = false;
  let refused = false;
  const leave = () => {
    if (outgoing.destroyed) return;
    if (mayLeave?.() === false) {
      refused = true;
      outgoing.destroy();
      return;
    }
    left = true;
    outgoing.end(body === '' ? undefined : body);
  };
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', leave);
    else leave();
  });
  const failed = (reason: string): WireAnswer => ({
    kind: left ? 'lost' : 'unsent',
    reason: refused ? 'it may not leave any more' : reason,
  });
  const done = new Promise<WireAnswer>((resolve) => {
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      resolve(code.startsWith('HPE_') ? { kind: 'garbled', reason: `no HTTP: ${code}` } : failed(code || messageOf(error)));
    });
    let answering = false; // a whole answer closes the request before its body was handed on
    outgoing.on('close', () => {
      if (!answering) resolve(failed('the connection ended without an answer'));
      over();
    });
    outgoing.on('response', (incoming) => {
      answering = true;
      readBody(incoming).then((text) =>
        resolve(typeof text === 'string' ? { kind: 'answer', status: incoming.statusCode ?? 0, text } : text),
      );
    });
  });
  return { outgoing, done, failed };
}

function readBody(incoming: IncomingMessage): Promise<string | WireAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        resolve({ kind: 'garbled', reason: `an answer of more than ${MAX_BODY_BYTES} bytes` });
        incoming.destroy();
      } else chunks.push(chunk);
    });
    incoming.on('error', () => resolve({ kind: 'lost', reason: 'the answer broke off' }));
    incoming.on('close', () => {
      if (!incoming.complete) return resolve({ kind: 'lost', reason: 'the answer broke off' });
      try {
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
      } catch {
        resolve({ kind: 'garbled', reason: 'an answer that is not UTF-8' });
      }
    });
  });
}
