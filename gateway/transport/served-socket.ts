// One WebSocket as both drivers serve it: what may still be sent, when it is told of, and that its end is told once. A driver only moves bytes.
import type { Limits, Sent, Socket, SocketListener } from './server.ts';
import type { SocketCrowd } from './socket-crowd.ts';

/** What a driver can do for one peer. */
export type Wire = Readonly<{
  remote: string;
  /** `dropped` if the driver took nothing; else whether all of it has left our memory. */
  send(message: Uint8Array | string): Sent;
  bufferedBytes(): number;
  ping(): void;
  /** A close frame behind what waits, then the end; hard after CLOSE_WITHIN_MS. */
  end(code: number, reason: string): void;
  /** At once, without a frame. */
  cut(): void;
}>;

/** What a driver tells of a peer's own end. One driver does not tell a broken frame from a lost connection, so neither does. */
export const TOO_LARGE = [1009, 'the message is too large'] as const;
export const NOT_UTF8 = [1007, 'the text is not UTF-8'] as const;
export const LOST = [1006, 'the connection was lost, or broke the protocol'] as const;

/** How long a peer has to answer our close frame. */
export const CLOSE_WITHIN_MS = 2_000;
/** A close frame's reason, in bytes of UTF-8. */
const MAX_REASON_BYTES = 123;

export class ServedSocket implements Socket {
  readonly remote: string;
  readonly #wire: Wire;
  readonly #listener: SocketListener;
  readonly #limits: Limits;
  readonly #crowd: SocketCrowd;
  readonly #failed: (error: unknown, where: string) => void;
  #open = true;
  #heardAt: number;
  #pingedAt = 0;
  /** When its queue last moved or was empty. */
  #movedAt: number;
  #lastBuffered = 0;
  #queued = false;

  constructor(wire: Wire, listener: SocketListener, limits: Limits, crowd: SocketCrowd, failed: (error: unknown, where: string) => void) {
    this.remote = wire.remote;
    this.#wire = wire;
    this.#listener = listener;
    this.#limits = limits;
    this.#crowd = crowd;
    this.#failed = failed;
    this.#heardAt = this.#movedAt = performance.now();
    crowd.add(this);
    this.#tell('open', () => listener.open(this));
  }

  get open(): boolean {
    return this.#open;
  }

  get bufferedBytes(): number {
    return this.#open ? this.#wire.bufferedBytes() : 0;
  }

  get topics(): readonly string[] {
    return this.#crowd.topicsOf(this);
  }

  send(message: Uint8Array | string): Sent {
    if (!this.#open) return 'dropped';
    const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    if (this.#wire.bufferedBytes() + bytes > this.#limits.unsentBytes) return 'dropped';
    const sent = this.#wire.send(message);
    if (sent === 'queued' && !this.#queued) {
      this.#queued = true;
      this.#movedAt = performance.now();
    }
    return sent;
  }

  close(code: number, reason: string): void {
    if (!sendable(code)) throw new RangeError(`a socket is not closed with ${code}: take 1000, 1001, 1003, 1007 to 1014 or 3000 to 4999`);
    if (!this.#open) return;
    const short = shortened(reason);
    this.gone(code, short); // first: a driver may tell of the end while it ends
    this.#wire.end(code, short);
  }

  subscribe(topic: string): void {
    if (this.#open) this.#crowd.subscribe(this, topic);
  }

  unsubscribe(topic: string): void {
    this.#crowd.unsubscribe(this, topic);
  }

  // ---------------------------------------------------------------- what a driver tells it

  /** Any frame from the peer, pongs too. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#pingedAt = 0;
  }

  received(message: Uint8Array | string): void {
    this.heard();
    if (this.#open) this.#tell('message', () => this.#listener.message(this, message));
  }

  drained(): void {
    if (!this.#open || !this.#queued || this.#wire.bufferedBytes() > 0) return;
    this.#queued = false;
    this.#movedAt = performance.now();
    this.#tell('drain', () => this.#listener.drain(this));
  }

  missed(topic: string): void {
    if (this.#open) this.#tell('missed', () => this.#listener.missed(this, topic));
  }

  gone(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#crowd.remove(this);
    this.#tell('close', () => this.#listener.close(this, code, reason));
  }

  cut(code: number, reason: string): void {
    if (!this.#open) return;
    this.gone(code, reason);
    this.#wire.cut();
  }

  /** Called now and then: pings the quiet, closes the silent and the stuck. */
  look(now: number): void {
    if (!this.#open) return;
    const { silentMs, stuckMs } = this.#limits;
    const buffered = this.#wire.bufferedBytes();
    if (buffered === 0 || buffered < this.#lastBuffered) this.#movedAt = now;
    this.#lastBuffered = buffered;
    if (now - this.#movedAt >= stuckMs) this.cut(1013, `stuck: ${buffered} bytes unread for ${stuckMs} ms`);
    else if (now - this.#heardAt >= silentMs) this.cut(1001, `silent for ${silentMs} ms`);
    else if (now - this.#heardAt >= silentMs / 2 && this.#pingedAt === 0) {
      this.#pingedAt = now;
      this.#wire.ping();
    }
  }

  #tell(where: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(error, `socket ${where}`);
      this.close(1011, 'the server failed at this socket');
    }
  }
}

const sendable = (code: number) =>
  code === 1000 || code === 1001 || code === 1003 || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

/** Cut between characters, so that it is still UTF-8. */
function shortened(reason: string): string {
  let short = reason;
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = [...short].slice(0, -1).join('');
  return short;
}
