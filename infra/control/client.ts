/** Asks a running desk: finds it, sends one request, waits for the one reply. */
import { createConnection, type Socket } from 'node:net';
import type { Plain } from '#engine/record.ts';
import { nodeProcesses, type Processes } from '../files/lock.ts';
import { LineReader, lineOf } from './lines.ts';
import { type RunFile, runFiles, runFolder, runs } from './place.ts';
import type { Answered, Health } from './port.ts';
import type { Reply, Request } from './requests.ts';

/** No desk runs here, or none of that name. */
export class NoDeskRuns extends Error {
  override name = 'NoDeskRuns';
  /** Where it was looked for. */
  readonly looked: string;
  /** Those that do run. */
  readonly others: readonly string[];
  constructor(desk: string | null, looked: string, others: readonly string[]) {
    super(desk === null ? `no desk runs (looked in ${looked})` : `desk ${desk} does not run (looked in ${looked})`);
    this.looked = looked;
    this.others = others;
  }
}
export class SeveralDesks extends Error {
  override name = 'SeveralDesks';
  readonly desks: readonly string[];
  constructor(desks: readonly string[]) {
    super(`several desks run: ${desks.join(', ')}`);
    this.desks = desks;
  }
}
/** It listens and does not answer: whether it did what was asked is not known. */
export class DeskSilent extends Error {
  override name = 'DeskSilent';
}
/** The desk's own refusal, by its name. */
export class DeskRefused extends Error {
  override name = 'DeskRefused';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A desk that was told of as it went, and is not any more: it stopped, or let this watcher go. */
export class WatchEnded extends Error {
  override name = 'WatchEnded';
}

/** What is answered once. */
export type Question = Exclude<Request, { do: 'watch' }>;

export type AnswerTo<R extends Question> = R['do'] extends 'command'
  ? Answered
  : R['do'] extends 'health'
    ? Health
    : R['do'] extends 'about'
      ? RunFile
      : R['do'] extends 'stop'
        ? null
        : Plain;

/** A reply holds a whole desk's status, a frame all of a topic. */
const REPLY_BYTES = 64 * 2 ** 20;
const FRAME_LINE_MS = 30_000;

export async function runningDesks(home: string, processes: Processes = nodeProcesses): Promise<RunFile[]> {
  const files = runFiles(home);
  const alive = await Promise.all(files.map((file) => runs(file, processes)));
  return files.filter((_, index) => alive[index]);
}

/** The desk of that name, or without a name the only one. */
export async function findDesk(home: string, desk: string | null, processes: Processes = nodeProcesses): Promise<RunFile> {
  const running = await runningDesks(home, processes);
  const names = running.map((file) => file.desk);
  const found = desk === null ? running : running.filter((file) => file.desk === desk);
  if (found.length === 0) throw new NoDeskRuns(desk, runFolder(home), names);
  if (found.length > 1) throw new SeveralDesks(names);
  return found[0]!;
}

export async function askDesk<R extends Question>(
  { home, desk }: Readonly<{ home: string; desk: string | null }>,
  request: R,
  timeoutMs: number,
): Promise<AnswerTo<R>> {
  return askSocket((await findDesk(home, desk)).sockets.control, request, timeoutMs);
}

export async function askSocket<R extends Question>(path: string, request: R, timeoutMs: number): Promise<AnswerTo<R>> {
  const socket = await connected(path, timeoutMs);
  try {
    const lines = new LineReader(socket, { mostBytes: REPLY_BYTES, idleMs: timeoutMs, lineMs: timeoutMs });
    socket.write(lineOf({ id: 1, ...request }));
    const line = await lines.next().catch((error: Error) => {
      throw new DeskSilent(`the reply of the desk at ${path} did not come whole: ${error.message}`);
    });
    const reply = line === null ? null : replyIn(line, path);
    if (reply === null) {
      const why = socket.destroyed || socket.readableEnded ? 'hung up without a word' : `did not answer within ${timeoutMs} ms`;
      throw new DeskSilent(`the desk at ${path} ${why}`);
    }
    if (!reply.ok) throw new DeskRefused(reply.error.name, reply.error.message);
    return reply.answer as AnswerTo<R>;
  } finally {
    socket.destroy();
  }
}

export type WatchEvents = Readonly<{
  /** A line of the live protocol. */
  heard: (line: string) => void;
  /** Told once, and not after a close from here. */
  closed: (why: Error) => void;
}>;
export type Watching = Readonly<{ send(line: string): void; close(): void }>;

/** Is told of the desk at that socket until one side ends it. */
export function watchSocket(path: string, { heard, closed }: WatchEvents, timeoutMs: number): Watching {
  let socket: Socket | null = null;
  let over = false;
  const close = (): void => {
    over = true;
    socket?.destroy();
  };
  const watch = async (): Promise<never> => {
    const connection = await connected(path, timeoutMs);
    const lines = new LineReader(connection, { mostBytes: REPLY_BYTES, idleMs: timeoutMs, lineMs: timeoutMs });
    socket = connection;
    if (over) connection.destroy();
    connection.write(lineOf({ id: 1, do: 'watch' }));
    const answer = await lines.next();
    const reply = answer === null ? null : replyIn(answer, path);
    if (reply === null) throw new DeskSilent(`the desk at ${path} did not answer within ${timeoutMs} ms`);
    if (!reply.ok) throw new DeskRefused(reply.error.name, reply.error.message);
    lines.limit({ mostBytes: REPLY_BYTES, idleMs: null, lineMs: FRAME_LINE_MS });
    for (;;) {
      const line = await lines.next();
      if (line === null) throw new WatchEnded('the desk hung up');
      if (over) continue;
      if (line.startsWith('[')) {
        heard(line);
        continue;
      }
      const last = replyIn(line, path);
      throw new WatchEnded(last.ok ? 'the desk said what nobody asked' : last.error.message);
    }
  };
  watch().catch((error: Error) => {
    socket?.destroy();
    if (over) return;
    over = true;
    closed(error);
  });
  return {
    send: (line) => void socket?.write(`${line}\n`),
    close,
  };
}

function replyIn(line: string, path: string): Reply {
  try {
    const reply = JSON.parse(line) as Reply;
    if (reply.ok === true || typeof reply.error.name === 'string') return reply;
  } catch {
    // said below
  }
  throw new DeskSilent(`what listens at ${path} is no desk: ${line.slice(0, 80)}`);
}

function connected(path: string, ms: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new DeskSilent(`${path} took no connection within ${ms} ms`));
    }, ms);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(new DeskSilent(`${path} took no connection: ${error.message}`));
    });
  });
}
