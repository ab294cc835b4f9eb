/**
 * The ways in to a breaker beside its parent's channel: its own socket, a file named KILL, a signal, and loopback HTTP behind a token.
 * Each only hands on what was asked; a door that cannot open is told and leaves the others open.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type FSWatcher, lstatSync, renameSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { LineReader, lineOf } from '../control/lines.ts';
import type { Progress } from './messages.ts';
import { askedOf, type KillAsked } from './side-file.ts';

/** What a door may ask of the breaker behind it. */
export type Behind = Readonly<{
  kill(asked: KillAsked): Promise<Progress>;
  /** Each later progress, until the returned function is called. */
  follow(told: (progress: Progress) => void): () => void;
}>;

export type Door = Readonly<{ close(): void }>;

const LINES = { mostBytes: 4096, lineMs: 2_000, idleMs: 60_000 };
const MOST_BODY = 4096;
const MOST_UNREAD = 2 ** 20;
const POLL_MS = 50;

/** `{"kill":{by, why, flatten}}` a line; answered at once with how far it is, then a line whenever it is further, the last with done. */
export async function socketDoor(path: string, behind: Behind): Promise<Door> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket, behind));
  server.on('error', () => {}); // a failed accept is that client's
  if (process.platform === 'win32') {
    await listening(server, { path });
    return { close: () => server.close() };
  }
  // Bound under another name and moved: there is no instant without a socket, and closing an old breaker's never removes a newer one's.
  const bound = join(dirname(path), `.k${process.pid}`);
  rmSync(bound, { force: true });
  const umask = process.umask(0o177);
  try {
    await listening(server, { path: bound });
  } finally {
    process.umask(umask);
  }
  renameSync(bound, path);
  const { ino } = lstatSync(path);
  return {
    close() {
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
      server.close();
    },
  };
}

async function serve(socket: Socket, { kill, follow }: Behind): Promise<void> {
  const lines = new LineReader(socket, LINES);
  let unfollow: (() => void) | null = null;
  socket.on('close', () => unfollow?.());
  const tell = (value: unknown) => {
    if (!socket.destroyed && socket.writableLength < MOST_UNREAD) socket.write(lineOf(value));
  };
  try {
    for (let line = await lines.next(); line !== null; line = await lines.next()) {
      const request = jsonIn(line) as { kill?: unknown } | null;
      if (typeof request !== 'object' || request === null || !('kill' in request)) {
        tell({ ok: false, why: 'the only request is {"kill":{"by","why","flatten"}}' });
        continue;
      }
      tell({ ok: true, ...(await kill(askedOf('socket', request.kill))) });
      unfollow ??= follow((progress) => tell({ ok: true, ...progress }));
    }
  } catch (error) {
    tell({ ok: false, why: (error as Error).message });
    socket.end();
  }
}

/** Calls `look` as soon as something happens in the folder, and every 50 ms in case nobody says so. */
export function folderDoor(folder: string, name: string, look: () => void): Door {
  const path = `${folder}/${name}`;
  const check = () => {
    if (isThere(path)) look();
  };
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, { persistent: false }, check);
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = null; // no watches left in this kernel: the poll sees it
  }
  const timer = setInterval(check, POLL_MS);
  check();
  return {
    close() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // the latch, not this, is what fails safe
  }
}

/** `POST /kill` on loopback with `authorization: Bearer <what the token file holds>`; nothing else is answered. */
export async function httpDoor(port: number, tokenFile: string, behind: Behind): Promise<Door & Readonly<{ port: number }>> {
  const token = randomBytes(32).toString('hex');
  const next = `${tokenFile}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, `${token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(next, tokenFile);
  const server = createHttpServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    void answer(request, response, token, behind).catch(() => response.destroy());
  });
  server.maxConnections = 64;
  await listening(server, { host: '127.0.0.1', port });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      rmSync(tokenFile, { force: true });
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string, { kill }: Behind): Promise<void> {
  const reply = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(lineOf(value));
  };
  if (!same(request.headers.authorization ?? '', `Bearer ${token}`)) return reply(401, { ok: false, why: 'the token is missing or wrong' });
  if (request.url !== '/kill') return reply(404, { ok: false, why: 'the only place is /kill' });
  if (request.method !== 'POST') return reply(405, { ok: false, why: 'the only method is POST' });
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_BODY) return reply(413, { ok: false, why: `a request has at most ${MOST_BODY} bytes` });
    parts.push(part);
  }
  // Whoever holds the token and posts here wants a kill: a body that cannot be read costs the reason, not the kill.
  reply(200, { ok: true, ...(await kill(askedOf('http', jsonIn(Buffer.concat(parts).toString('utf8'))))) });
}

/** Compares without telling by its time where they part. */
function same(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}

type Listens = Readonly<{
  once(event: 'error', run: (error: Error) => void): unknown;
  off(event: 'error', run: (error: Error) => void): unknown;
  listen(where: object, run: () => void): unknown;
}>;

const listening = (server: Listens, where: object): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
