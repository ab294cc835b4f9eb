/**
 * A running desk's door for other processes of the same user: one request a line, answered in order, by however many clients at once.
 * Decides nothing: what is asked goes to the handler. What is no request is answered by name, and its connection closed.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { nodeProcesses, type Processes } from '../files/lock.ts';
import { type LineLimits, LineReader, lineOf, write } from './lines.ts';
import { claimDesk, type RunFile, socketPath } from './place.ts';
import type { ControlDesk } from './port.ts';
import { BadRequest, type Received, type Reply, type Request, type RequestId, requestIn } from './requests.ts';
import { Watcher, type WatchLimits } from './watcher.ts';

export type ControlLimits = LineLimits &
  WatchLimits &
  Readonly<{ mostClients: number /** For the handler, and for the client to read its reply. */; answerMs: number }>;

export const CONTROL_LIMITS: ControlLimits = {
  ...{ mostBytes: 2 ** 20, lineMs: 10_000, idleMs: 300_000, mostClients: 64, answerMs: 30_000 },
  ...{ mostWatchers: 32, watchLineBytes: 64 * 1024, unsentBytes: 2 ** 20, stuckMs: 15_000 },
};
/** A connection that is hung up on is read for so long, or its peer would lose the reply with the rest it still sends. */
const LINGER_MS = 2_000;

const NOT_WATCHED =
  'this desk tells nobody how it goes: its gateway was turned off (gateway.port: off, --no-dashboard), or could not be opened';

/** What is answered with one reply. */
type Question = Exclude<Request, { do: 'watch' }>;

export type ControlOptions = Readonly<{
  home: string;
  desk: string;
  handler: ControlDesk;
  about: Readonly<{ build: string; journal: string; breaker: string | null }>;
  limits?: Partial<ControlLimits>;
  processes?: Processes;
}>;
export type Control = Readonly<{ path: string; file: RunFile; close(): Promise<void> }>;

/** Throws DeskRunning when another process is this desk. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { home, desk, about, processes = nodeProcesses } = options;
  const path = socketPath(home, desk);
  const { build, journal, breaker } = about;
  const claimed = { desk, since: new Date().toISOString(), sockets: { control: path, breaker }, build, journal };
  const giveBack = await claimDesk(home, claimed, processes);
  const file: RunFile = { ...claimed, ...processes.self() };
  const service = new Service(options, file);
  try {
    await service.listen(path);
  } catch (error) {
    await giveBack();
    throw error;
  }
  return {
    path,
    file,
    async close() {
      await service.close(); // its socket goes first, the name last: who takes the name then makes a socket that stays
      if (process.platform !== 'win32') rmSync(path, { force: true });
      await giveBack();
    },
  };
}

class Service {
  readonly #handler: ControlDesk;
  readonly #limits: ControlLimits;
  readonly #file: RunFile;
  readonly #server: Server;
  /** Each with whether it waits for a request. */
  readonly #clients = new Map<Socket, { idle: boolean }>();
  #watchers = 0;
  #closing = false;

  constructor({ handler, limits }: ControlOptions, file: RunFile) {
    this.#handler = handler;
    this.#limits = { ...CONTROL_LIMITS, ...limits };
    this.#file = file;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
  }

  listen(path: string): Promise<void> {
    if (process.platform !== 'win32') rmSync(path, { force: true }); // the name is ours: what lies there is a dead process's
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ path }, () => {
        this.#server.off('error', reject);
        if (process.platform !== 'win32') chmodSync(path, 0o600);
        resolve();
      });
    });
  }

  /** Answers what is being answered, then closes every connection. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#destroyAll(), LINGER_MS);
    for (const [socket, { idle }] of this.#clients) if (idle) socket.destroy();
    await closed;
    clearTimeout(timer);
  }

  #destroyAll(): void {
    for (const socket of this.#clients.keys()) socket.destroy();
  }

  #take(socket: Socket): void {
    const client = { idle: true };
    this.#clients.set(socket, client);
    socket.on('close', () => this.#clients.delete(socket));
    socket.on('error', () => {});
    if (this.#clients.size > this.#limits.mostClients)
      this.#refuse(socket, null, 'TooManyClients', `at most ${this.#limits.mostClients} clients are served at once`);
    else void this.#serve(socket, client);
  }

  async #serve(socket: Socket, client: { idle: boolean }): Promise<void> {
    const lines = new LineReader(socket, this.#limits);
    for (;;) {
      let received: Received;
      try {
        const line = await lines.next();
        if (line === null || this.#closing) break;
        received = requestIn(line);
      } catch (error) {
        const { name, message } = error as Error;
        this.#refuse(socket, error instanceof BadRequest ? error.id : null, name, message);
        return;
      }
      const { id, request } = received;
      if (request.do === 'watch') {
        await this.#watch(socket, lines, id);
        return;
      }
      client.idle = false;
      const reply = await this.#answer(id, request);
      const read = await write(socket, lineOf(reply), this.#limits.answerMs);
      if (request.do === 'stop' && reply.ok) this.#handler.stop(request.how);
      if (!read || this.#closing) break;
      client.idle = true;
    }
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  /** The connection is the watcher's until it ends: what it says is no request any more. */
  async #watch(socket: Socket, lines: LineReader, id: RequestId): Promise<void> {
    const { mostWatchers, watchLineBytes: mostBytes, lineMs } = this.#limits;
    if (this.#watchers >= mostWatchers) {
      this.#refuse(socket, id, 'TooManyWatchers', `at most ${mostWatchers} watch at once`);
      return;
    }
    const watcher = new Watcher(socket, this.#limits, LINGER_MS, { id, ok: true, answer: null });
    this.#watchers += 1;
    try {
      const end = this.#handler.watch(watcher);
      if (end === null) {
        this.#refuse(socket, id, 'NotWatched', NOT_WATCHED);
        return;
      }
      lines.limit({ mostBytes, lineMs, idleMs: null });
      watcher.begin(end);
      for (;;) {
        const line = await lines.next();
        if (line === null || !watcher.open) break;
        end.message(line);
      }
      socket.destroy();
    } catch (error) {
      watcher.close((error as Error).message);
    } finally {
      this.#watchers -= 1;
    }
  }

  async #answer(id: RequestId, request: Question): Promise<Reply> {
    try {
      return { id, ok: true, answer: await within(this.#ask(request), this.#limits.answerMs) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { id, ok: false, error: { name, message } };
    }
  }

  async #ask(request: Question): Promise<unknown> {
    switch (request.do) {
      case 'status':
        return this.#handler.status();
      case 'health':
        return this.#handler.health();
      case 'about':
        return this.#file;
      case 'stop':
        return null; // after the reply: the desk may close this very door
      case 'command': {
        const { key, by, sawSeq, command } = request;
        return this.#handler.command({ key, by, sawSeq, command });
      }
    }
  }

  #refuse(socket: Socket, id: Reply['id'], name: string, message: string): void {
    const reply: Reply = { id, ok: false, error: { name, message } };
    socket.end(lineOf(reply));
    socket.removeAllListeners('readable');
    socket.resume(); // read and forgotten
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}

/** The desk did not answer in time; what was asked may still happen. */
export class AnswerLate extends Error {
  override name = 'AnswerLate';
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new AnswerLate(`the desk did not answer within ${ms} ms; what was asked may still happen`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
