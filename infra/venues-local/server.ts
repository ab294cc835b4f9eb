/**
 * The exchange's door: who may come in, in which order a request is checked, and what misbehaves on its way, whether it came over HTTP or
 * over a request line. What a request does is told by the routes; nothing is answered before the ledger has it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ADMIN, type AdminPlace } from './admin.ts';
import type { ExchangeKeys } from './keys.ts';
import { claimedClientId } from './order-requests.ts';
import { Refusal } from './refusal.ts';
import { type Asked, ORDERS, PUBLIC, READS } from './routes.ts';
import type { Running } from './running.ts';
import { checkRequest, same } from './signatures.ts';

export const MOST_BODY_BYTES = 64 * 1024;
/** Of a body too large so much is still read (and thrown away), so that its sender lives to see the refusal. */
const MOST_READ_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 120_000;
const MOST_KEY_KEPT = 64;
const NO_QUERY = new URLSearchParams();

/** The way back to who asked. */
export type Reply = Readonly<{
  send(status: number, text: string): void;
  /** Breaks the connection, without an answer. */
  breakOff(): void;
  /** Calls back when the connection is gone. */
  onGone(run: () => void): void;
}>;

export type Request = Readonly<{
  reply: Reply;
  method: string;
  /** With its query, as it was signed. */
  path: string;
  headers: Readonly<Record<string, unknown>>;
  /** Null: it was too large to be kept. */
  body: string | null;
}>;

/** `route`: method and path without the query. */
type Routed = Request & Readonly<{ route: string; query: URLSearchParams }>;

export type Door = Readonly<{
  server: Server;
  /** A request that came another way. */
  take(request: Request): void;
  /** Breaks every connection whose request was taken and not answered. */
  dropWaiting(): void;
}>;

export function openDoor(running: Running, keys: ExchangeKeys, admin: Omit<AdminPlace, 'running' | 'key'>): Door {
  const waiting = new Set<Reply>();
  const place: AdminPlace = { ...admin, running, key: keys.key };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, noDelay: true }, (message, response) => {
    response.sendDate = false;
    const { headers, method, url } = message;
    const request = { reply: httpReply(response), method: method ?? '', path: url ?? '/', headers };
    const bare = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
    if (bare) take({ ...request, body: '' });
    else readBody(message, (body) => take({ ...request, body }));
  });

  function take(asked: Request): void {
    const { reply, method, path } = asked;
    const mark = path.indexOf('?');
    const route = `${method} ${mark < 0 ? path : path.slice(0, mark)}`;
    const request: Routed = { ...asked, route, query: mark < 0 ? NO_QUERY : new URLSearchParams(path.slice(mark + 1)) };
    waiting.add(reply);
    if (route.includes(' /admin/')) running.guard(() => adminRequest(request));
    else running.whenAwake(() => running.guard(() => takeUp(request)));
  }

  function adminRequest(request: Routed): void {
    const { route, headers } = request;
    const run = Object.hasOwn(ADMIN, route) ? ADMIN[route]! : null;
    respond(request, () => {
      const token = headers['x-admin'];
      if (typeof token !== 'string' || !same(token, keys.admin))
        throw new Refusal('auth', 'x-admin is not the admin token of the key file');
      if (run === null) throw nowhere(route);
      const body = bodyOf(request);
      waiting.delete(request.reply); // a reset breaks what waits, not its own answer
      return run(place, { query: request.query, body, n: 0 });
    });
  }

  function takeUp(request: Routed): void {
    const { route, query } = request;
    if (Object.hasOwn(PUBLIC, route)) respond(request, () => PUBLIC[route]!(running, { query, body: '', n: 0 }));
    else if (!route.startsWith('GET ') && route.includes(' /orders')) orderRequest(request);
    else
      respond(request, () => {
        if (!Object.hasOwn(READS, route)) throw nowhere(route);
        const until = signed(request);
        if (until instanceof Refusal) throw until;
        spendToken();
        inTime(until);
        return READS[route]!(running, { query, body: bodyOf(request), n: 0 });
      });
  }

  function orderRequest(request: Routed): void {
    const { reply, route, query, body } = request;
    const { faults, exchange } = running;
    const until = signed(request);
    const isGood = !(until instanceof Refusal);
    const dropped = isGood && faults.draw('silent-drop');
    const late = isGood && faults.draw('accept-late');
    const raced = isGood && route === 'PUT /orders' && faults.draw('cancel-replace-race');
    const n = running.ledger.append('request', exchange.now(), requestText(request, claimedClientId(body ?? '', query), dropped));
    if (dropped) {
      reply.onGone(() => waiting.delete(reply));
      running.tell(() => {}); // written, and nothing else
      return;
    }
    try {
      bodyOf(request);
      if (!isGood) throw until;
      spendToken();
      if (running.maintenance) throw new Refusal('maintenance', 'the exchange takes no orders for now');
    } catch (error) {
      refuse(request, error, n);
      return;
    }
    const act = () => actOn(request, until, { query, body: body ?? '', n });
    if (late || raced) running.delay(act);
    else act();
  }

  function actOn(request: Routed, until: number, asked: Asked): void {
    const { route, reply } = request;
    const { faults } = running;
    let text: string;
    const fillsBefore = running.exchange.state.fills.length;
    try {
      inTime(until);
      if (!Object.hasOwn(ORDERS, route)) throw nowhere(route);
      text = ORDERS[route]!(running, asked);
    } catch (error) {
      refuse(request, error, asked.n);
      return;
    }
    const [lost, failed, late] = [faults.draw('ack-lost'), faults.draw('accept-5xx'), faults.draw('ack-late')];
    const filled = running.exchange.state.fills.length > fillsBefore;
    const eventsFirst = filled && faults.draw('fill-before-ack');
    if (lost) running.tell(() => breakOff(reply));
    else if (failed) running.tell(() => send(reply, 500, new Refusal('internal', 'something went wrong').body()));
    else if (late || eventsFirst) {
      running.tell(null);
      running.delay(() => running.tell(() => send(reply, 200, text)));
    } else running.tell(() => send(reply, 200, text));
  }

  function respond(request: Routed, work: () => string): void {
    let [status, text] = [200, ''];
    try {
      text = work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      [status, text] = [error.status, error.body()];
    }
    running.tell(() => send(request.reply, status, text));
  }

  /** A refused order request, noted before it is told. */
  function refuse({ reply }: Routed, error: unknown, n: number): void {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, status } = error;
    const { exchange, ledger } = running;
    ledger.append('refused', exchange.now(), `"request":${n},"code":"${code}","message":${JSON.stringify(message)}`);
    running.tell(() => send(reply, status, error.body()));
  }

  function signed({ headers, method, path, body }: Request): number | Refusal {
    const header = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '');
    const names = { key: header('x-key'), time: header('x-time'), until: header('x-until'), sign: header('x-sign') };
    return checkRequest(keys, { ...names, method, path, body: body ?? '' }, running.clock());
  }

  function spendToken(): void {
    const retryAfterUs = running.takeToken();
    if (retryAfterUs > 0) throw new Refusal('rate-limit', `more than ${running.standing.limit} requests a second`, { retryAfterUs });
  }

  /** When it is acted on, not when it came. */
  function inTime(until: number): void {
    const late = running.clock() - until;
    if (late > 0) throw new Refusal('expired', `acted on ${late} µs after x-until`);
  }

  function send(reply: Reply, status: number, text: string): void {
    waiting.delete(reply);
    reply.send(status, text);
  }

  function breakOff(reply: Reply): void {
    waiting.delete(reply);
    reply.breakOff();
  }

  return {
    server,
    take,
    dropWaiting() {
      for (const reply of [...waiting]) breakOff(reply);
    },
  };
}

const httpReply = (response: ServerResponse): Reply => ({
  send(status, text) {
    if (response.destroyed || response.writableEnded) return;
    response.writeHead(status, ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(text))]);
    response.end(text);
  },
  breakOff: () => response.destroy(),
  onGone: (run) => void response.on('close', run),
});

const nowhere = (route: string): Refusal => new Refusal('bad-request', `${route}: there is no such request`, { status: 404 });

function bodyOf({ body }: Request): string {
  if (body === null) throw new Refusal('bad-request', `a body has at most ${MOST_BODY_BYTES} bytes`, { status: 413 });
  return body;
}

function requestText({ method, path, headers, body }: Request, clientId: string | null, dropped: boolean): string {
  const key = headers['x-key'];
  return (
    `"method":${JSON.stringify(method)},"path":${JSON.stringify(path)},"key":${typeof key === 'string' ? JSON.stringify(key.slice(0, MOST_KEY_KEPT)) : null},` +
    `"clientId":${clientId === null ? null : `"${clientId}"`},"body":${body === null ? null : JSON.stringify(body)}${dropped ? ',"dropped":true' : ''}`
  );
}

/** The whole body, or null when it is too large; nothing when its sender gave up. */
function readBody(message: IncomingMessage, done: (body: string | null) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  message.on('data', (part: Buffer) => {
    size += part.length;
    if (size <= MOST_BODY_BYTES) parts.push(part);
    else if (size > MOST_READ_BYTES) message.destroy();
  });
  message.on('end', () =>
    done(size > MOST_BODY_BYTES ? null : parts.length === 1 ? parts[0]!.toString() : Buffer.concat(parts).toString()),
  );
  message.on('error', () => {});
}
