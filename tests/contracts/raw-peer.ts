// A peer that speaks bytes: what a client library would never send, and what really came back. It judges nothing.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export type RawPeer = Readonly<{
  socket: Socket;
  write(bytes: string | Uint8Array): void;
  got(): Buffer;
  closed(): boolean;
  /** Until that holds; throws after a while, with what came. */
  until(what: () => boolean, withinMs?: number): Promise<void>;
  /** The next answers, in order; as many as methods are given. */
  answers(...methods: string[]): Promise<RawAnswer[]>;
  ended(withinMs?: number): Promise<void>;
  destroy(): void;
}>;

export type RawAnswer = Readonly<{ status: number; line: string; headers: readonly string[]; body: string; raw: string }>;

export async function rawPeer(port: number, { tls = false, host = '127.0.0.1' } = {}): Promise<RawPeer> {
  const socket = tls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  });
  let read = 0;
  const got = () => Buffer.concat(chunks).subarray(read);
  const until = async (what: () => boolean, withinMs = 4_000) => {
    const end = performance.now() + withinMs;
    while (!what()) {
      if (performance.now() > end)
        throw new Error(`not within ${withinMs} ms; closed ${closed}; came ${JSON.stringify(got().toString('latin1').slice(0, 500))}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  return {
    ...{ socket, got, until, closed: () => closed },
    write: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    answers: async (...methods) => {
      const found: RawAnswer[] = [];
      for (const method of methods) {
        let one: RawAnswer | null = null;
        await until(() => (one = answerIn(got().toString('latin1'), method)) !== null);
        read += one!.raw.length;
        found.push(one!);
      }
      return found;
    },
    ended: (withinMs) => until(() => closed, withinMs),
    destroy: () => void socket.destroy(),
  };
}

/** One whole answer at the start of that text, or null. */
export function answerIn(text: string, method: string): RawAnswer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [line = '', ...headers] = text.slice(0, end).split('\r\n');
  const status = Number(line.split(' ')[1]);
  const value = (name: string) =>
    headers
      .find((header) => header.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const rest = text.slice(end + 4);
  const whole = (body: string, taken: number): RawAnswer => ({ status, line, headers, body, raw: text.slice(0, end + 4 + taken) });
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return whole('', 0);
  if (value('transfer-encoding') === 'chunked') {
    let body = '';
    for (let at = 0; ; ) {
      const mark = rest.indexOf('\r\n', at);
      if (mark === -1) return null;
      const size = Number.parseInt(rest.slice(at, mark), 16);
      if (rest.length < mark + 2 + size + 2) return null;
      body += rest.slice(mark + 2, mark + 2 + size);
      at = mark + 2 + size + 2;
      if (size === 0) return whole(body, at);
    }
  }
  const length = Number(value('content-length') ?? 0);
  return rest.length < length ? null : whole(rest.slice(0, length), length);
}

/** The bytes of an answer without the lines that name the hour and the program. */
export const withoutVarying = (raw: string) => raw.replace(/^(date|server|uwebsockets): .*\r\n/gim, '');

export const request = (method: string, path: string, headers: readonly string[] = [], body = '') =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: test', ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`])].join('\r\n')}\r\n\r\n${body}`;

// ---------------------------------------------------------------- WebSocket

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const handshake = (path: string, headers: readonly string[] = []) =>
  request('GET', path, ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', ...headers]);

export type FrameShape = Readonly<{ fin?: boolean; mask?: boolean; rsv?: number }>;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export function frame(opcode: number, payload: Uint8Array | string, { fin = true, mask = true, rsv = 0 }: FrameShape = {}): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const length = body.length;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([head, body]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, body.map((byte, i) => byte ^ key[i % 4]!)]);
}

export type Frame = Readonly<{ opcode: number; payload: Buffer }>;

/** Whole frames of a server, unmasked as they must be. */
export function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    let length = bytes[at + 1]! & 0x7f;
    let body = at + 2;
    if (length === 126) {
      if (body + 2 > bytes.length) break;
      length = bytes.readUInt16BE(body);
      body += 2;
    } else if (length === 127) {
      if (body + 8 > bytes.length) break;
      length = Number(bytes.readBigUInt64BE(body));
      body += 8;
    }
    if (body + length > bytes.length) break;
    frames.push({ opcode: bytes[at]! & 0x0f, payload: bytes.subarray(body, body + length) });
    at = body + length;
  }
  return frames;
}

export const closeCode = (frames: readonly Frame[]) => {
  const close = frames.find(({ opcode }) => opcode === CLOSE);
  return close === undefined
    ? null
    : { code: close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0), reason: close.payload.subarray(2).toString() };
};
