// The port of the gateway's sockets: what is asked, what is answered, how a WebSocket is let in and spoken to. Two drivers keep it
// (uws.ts, node.ts), and one contract runs over both. It knows bytes and limits; routes, people and rights live above it.
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'TRACE';

/** Everything is read before the handler runs, so a handler may wait as long as it likes. */
export type Request = Readonly<{
  method: Method;
  /** As it was sent, not decoded: visible ASCII that begins with `/`. */
  path: string;
  /** Without the `?`; empty if there was none. */
  query: string;
  headers: Headers;
  /** The peer's IP address. A proxy in front is not looked through. */
  remote: string;
  secure: boolean;
  body: RequestBody;
  /** Aborts when the peer goes away, or the server ends, before the answer is out. */
  signal: AbortSignal;
}>;

/** Lower case names; a name sent twice is joined by `, ` (cookies by `; `). Bytes beyond ASCII are shown as `?`. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Never more than the server's cap is held. Read it once, whole or in chunks. Throws BodyTooLarge and RequestAborted. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** What Content-Length says; null where the body is chunked or there is none. */
  readonly declared: number | null;
  readonly cap: number;
  bytes(): Promise<Uint8Array>;
}

export type Answer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: Uint8Array | string | StreamBody | null;
}>;

/** A body that is read while it is sent. `bytes` null: of unknown length, sent in chunks. */
export type StreamBody = Readonly<{ bytes: number | null; read(): AsyncIterable<Uint8Array> }>;

export type Answering = (request: Request) => Answer | Promise<Answer>;

/** A place where WebSockets are let in. */
export type SocketEnd = Readonly<{
  path: string;
  /** Which pages may open a socket here. A peer that sends no Origin is no browser: it is the upgrade's to judge. */
  origins: OriginRule;
  /** Decides before the handshake. What it knows of the peer lives in the listener it gives. */
  upgrade(request: Request): Upgrade | Promise<Upgrade>;
}>;

/** `same host`: pages that this server itself served. */
export type OriginRule = 'same host' | readonly string[];

export type Upgrade = Readonly<{ accept: SocketListener; protocol: string | null }> | Readonly<{ refuse: Answer }>;

/** Called in order: open once, then messages and drains, then close once and nothing after it. */
export type SocketListener = Readonly<{
  open(socket: Socket): void;
  message(socket: Socket, message: Uint8Array | string): void;
  /** All that was queued has left. */
  drain(socket: Socket): void;
  /** A message published to this socket did not fit and was not sent. */
  missed(socket: Socket, topic: string): void;
  close(socket: Socket, code: number, reason: string): void;
}>;

/** `queued`: it waits in our memory. `dropped`: it was not taken, because too much waits already or the socket is closed. */
export type Sent = 'sent' | 'queued' | 'dropped';

export interface Socket {
  readonly remote: string;
  readonly open: boolean;
  /** What waits in our memory for this peer, in bytes. Never more than the limit `unsentBytes` and one frame's head. */
  readonly bufferedBytes: number;
  send(message: Uint8Array | string): Sent;
  close(code: number, reason: string): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  readonly topics: readonly string[];
}

export type Published = Readonly<{ sent: number; queued: number; dropped: number }>;

export interface Server {
  readonly driver: DriverName;
  /** Port 0 takes a free one. A port that is taken throws CannotListen, whoever holds it. */
  listen(host: string, port: number): Promise<BoundAddress>;
  /** The same bytes to everyone who subscribed; each peer's own outcome is counted. */
  publish(topic: string, message: Uint8Array | string): Published;
  subscribers(topic: string): number;
  /** Takes nothing new, finishes the answers under way, closes sockets with 1001, and after that time closes hard. */
  drain(withinMs: number, reason: string): Promise<Drained>;
}

export type DriverName = 'uws' | 'node';
export type BoundAddress = Readonly<{ host: string; port: number; secure: boolean }>;
/** What had to be cut. */
export type Drained = Readonly<{ answersCut: number; socketsCut: number }>;

export type ServerSetup = Readonly<{
  answer: Answering;
  ends: readonly SocketEnd[];
  hosts: HostRule;
  limits: Limits;
  tls: TlsFiles | null;
  /** A handler that threw, an answer that cannot be sent: the peer got a 500 or a 1011, and this is where it is told. */
  failed(error: unknown, where: string): void;
}>;

/** The names this server goes by, without a port, such as `localhost` or `[::1]`. Any other Host gets 421, or a foreign page could point a name of its
 * own at this machine and ask as if it were ours. `any`: something in front sees to it. */
export type HostRule = 'any' | readonly string[];

export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export type TlsFiles = Readonly<{ key: string; cert: string }>;

export type Limits = Readonly<{
  /** Of one request. */
  bodyBytes: number;
  /** Of one WebSocket message that arrives. */
  messageBytes: number;
  /** Waiting in our memory for one WebSocket. */
  unsentBytes: number;
  /** From a request's head to the end of its body. The first driver cuts trickling bodies at HEAD_WITHIN_MS whatever this says. */
  bodyWithinMs: number;
  /** A WebSocket that says nothing for so long, not even a pong, is closed. It is pinged at half that time. */
  silentMs: number;
  /** A WebSocket that leaves its queue untouched for so long is closed. */
  stuckMs: number;
  /** WebSockets open at once. */
  sockets: number;
  /** Requests and upgrades under way at once. */
  requests: number;
}>;

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1024 * 1024,
  messageBytes: 64 * 1024,
  unsentBytes: 1024 * 1024,
  bodyWithinMs: 10_000,
  silentMs: 60_000,
  stuckMs: 15_000,
  sockets: 1_000,
  requests: 256,
};

/** A head that is not whole by then ends its connection, and so does one that idles. It is compiled into the first driver, at four seconds' grain. */
export const HEAD_WITHIN_MS = 10_000;
/** More headers than this end the connection without an answer: the first driver's own limit. */
export const MAX_HEADERS = 48;
/** A longer head is answered with 431. In pieces, the first driver cuts it at 4 KiB already. */
export const MAX_HEAD_BYTES = 16 * 1024;

export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  readonly cap: number;
  constructor(cap: number) {
    super(`the body is larger than ${cap} bytes`);
    this.cap = cap;
  }
}

export class RequestAborted extends Error {
  override readonly name = 'RequestAborted';
}
