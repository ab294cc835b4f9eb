/** Lines over a socket, bounded in bytes and in time, one at a time: what comes faster waits in the kernel. */
import type { Socket } from 'node:net';

export class LineTooLong extends Error {
  override name = 'LineTooLong';
}
export class LineTooSlow extends Error {
  override name = 'LineTooSlow';
}
export class LineCut extends Error {
  override name = 'LineCut';
}
export class NotText extends Error {
  override name = 'NotText';
}

export type LineLimits = Readonly<{
  mostBytes: number;
  /** From a line's first byte to its end. */
  lineMs: number;
  /** Without a byte between two lines; null: for ever. */
  idleMs: number | null;
}>;

const NEWLINE = 10;

export class LineReader {
  readonly #socket: Socket;
  #limits: LineLimits;
  /** What came behind the last whole line. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, limits: LineLimits) {
    this.#socket = socket;
    this.#limits = limits;
    socket.on('error', () => {}); // a peer that is gone ends the stream: that is all there is to know
  }

  /** From the next line on. */
  limit(limits: LineLimits): void {
    this.#limits = limits;
  }

  /** Null at the end of what the peer says, or when it said nothing for too long. */
  async next(): Promise<string | null> {
    const parts: Buffer[] = [];
    let size = 0;
    let deadline = performance.now() + (this.#limits.idleMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const chunk = this.#take();
      if (chunk !== null) {
        if (size === 0) deadline = performance.now() + this.#limits.lineMs;
        const end = chunk.indexOf(NEWLINE);
        const part = end === -1 ? chunk : chunk.subarray(0, end);
        size += part.length;
        if (size > this.#limits.mostBytes) throw new LineTooLong(`a line has at most ${this.#limits.mostBytes} bytes`);
        parts.push(part);
        if (end === -1) continue;
        this.#rest = chunk.subarray(end + 1);
        return textOf(Buffer.concat(parts));
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) {
        if (size > 0) throw new LineCut('the last line has no end');
        return null;
      }
      if (await this.#more(deadline - performance.now())) continue;
      if (size > 0) throw new LineTooSlow(`a line takes at most ${this.#limits.lineMs} ms`);
      return null;
    }
  }

  #take(): Buffer | null {
    const rest = this.#rest;
    if (rest.length === 0) return this.#socket.read() as Buffer | null;
    this.#rest = Buffer.alloc(0);
    return rest;
  }

  /** False when the time is over. */
  #more(ms: number): Promise<boolean> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = (more: boolean) => {
        clearTimeout(timer);
        for (const event of ['readable', 'end', 'close'] as const) socket.off(event, heard);
        resolve(more);
      };
      const heard = () => done(true);
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => done(false), Math.max(0, ms));
      for (const event of ['readable', 'end', 'close'] as const) socket.on(event, heard);
    });
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotText('a line is text in UTF-8');
  }
}

/** One JSON document a line; whole numbers beyond 53 bits as text. */
export const lineOf = (value: unknown): string =>
  `${JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner))}\n`;

/** False when the peer does not read it in time, or is gone. */
export function write(socket: Socket, text: string, ms: number): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.write(text, (error) => {
      clearTimeout(timer);
      resolve(error === undefined || error === null);
    });
  });
}
