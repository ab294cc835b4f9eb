/**
 * The breaker as a process of its own: what it needs comes from its parent in one message, its connections are open before they are needed,
 * and it ends with its parent, unless a kill is under way: that it finishes first.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { Broker } from '#engine/execution/broker.ts';
import type { Plain } from '#engine/record.ts';
import type { TimeUs } from '#engine/values.ts';
import { privateFolder, socketPath } from '../control/place.ts';
import { nodeDisk } from '../files/disk.ts';
import { nodeProcesses } from '../files/lock.ts';
import { Breaker, type BreakerClock } from './breaker.ts';
import { Connection } from './connect.ts';
import { type Door, folderDoor, httpDoor, socketDoor } from './doors.ts';
import { BEAT_EVERY_MS, type BreakerConfig, type FromBreaker, type Progress, type ToBreaker, type Where } from './messages.ts';
import { lotSizesIn } from './quantities.ts';
import { breakerFolder, isKilled, type KillAsked, reasonOf, SideFile } from './side-file.ts';

export type OpenBroker = (spec: Plain) => Promise<Broker>;

/** Without a parent, on a venue that never confirms: long enough for a person, not for ever. The latch stays. */
const ALONE_MS = 600_000;
const CLOSE_MS = 1_000;
const MOST_UNREAD = 64;

export const realBreakerClock: BreakerClock = {
  wallUs: () => Date.now() * 1000,
  monotonicUs: () => Math.floor(performance.now() * 1000),
  soon: (run) => {
    setImmediate(run);
  },
  after: (delayUs, run) => {
    const timer = setTimeout(run, Math.ceil(delayUs / 1000));
    return () => clearTimeout(timer);
  },
};

export function runBreakerProcess(openBroker: OpenBroker): void {
  if (process.send === undefined) {
    process.exitCode = 2; // a desk starts it, nobody else
    return;
  }
  setFlagsFromString('--no-opt'); // a kill runs its code once: compilers that optimise it would take the time of the cancels
  let running: BreakerProcess | null = null;
  const asked: KillAsked[] = [];
  // What ends the desk's process group must not end the one that cancels for it; it leaves when the channel closes.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  if (process.platform !== 'win32')
    process.on('SIGUSR2', () => {
      const kill = { by: 'signal', why: 'SIGUSR2', flatten: false };
      if (running === null) asked.push(kill);
      else void running.kill(kill);
    });
  process.on('uncaughtException', (error) => {
    running?.tell({ type: 'trouble', why: `in the breaker: ${error.stack ?? error.message}` });
    if (running === null || !running.killing) process.exit(1); // the desk starts another; in a kill there may be no desk left to
  });
  process.on('disconnect', () => {
    if (running === null) process.exit(0);
    else void running.end();
  });
  process.on('message', (message: ToBreaker) => {
    if (message.type === 'start') {
      running = new BreakerProcess(message.config, openBroker);
      void running.open();
      for (const kill of asked.splice(0)) void running.kill(kill);
    } else running?.take(message);
  });
}

class BreakerProcess {
  readonly #config: BreakerConfig;
  readonly #openBroker: OpenBroker;
  readonly #side: SideFile;
  readonly #breaker: Breaker;
  readonly #doors: Door[] = [];
  readonly #connections: Connection[] = [];
  readonly #followers = new Set<(progress: Progress) => void>();
  #asking = 0;
  #looking = false;
  #fileStays = false;
  #told: string | null = null;
  #unread = 0;
  #ending = false;

  constructor(config: BreakerConfig, openBroker: OpenBroker) {
    this.#config = config;
    this.#openBroker = openBroker;
    this.#side = new SideFile(nodeDisk, breakerFolder(config.home, config.desk));
    const onProgress = (progress: Progress) => this.#progressed(progress);
    const { sendWindowUs } = config;
    const accounts = config.brokers.map(({ account }) => account);
    const lotSize = lotSizesIn(config.brokers);
    this.#breaker = new Breaker({ side: this.#side, clock: realBreakerClock, accounts, sendWindowUs, blind: false, lotSize, onProgress });
  }

  /** Nothing that fails here keeps the rest from opening: half a breaker cancels more than none. */
  async open(): Promise<void> {
    const { home, desk, brokers, httpPort } = this.#config;
    const { folder } = this.#side;
    setInterval(() => this.#beat(), BEAT_EVERY_MS);
    for (const { account, spec } of brokers) {
      const connection = new Connection();
      this.#connections.push(connection);
      void connection.keep({
        account,
        open: () => this.#openBroker(spec),
        breaker: this.#breaker,
        going: () => !this.#ending || this.killing,
        onTrouble: (why) => this.tell({ type: 'trouble', why: `the breaker: ${why}` }),
      });
    }
    await this.#trying('its folder', async () => {
      privateFolder(folder);
      const latch = await this.#side.prepare(realBreakerClock.wallUs() as TimeUs);
      if (latch !== null && !this.#breaker.latched) this.#breaker.resume(latch, await this.#side.finished(latch.id));
    });
    const behind = {
      kill: (asked: KillAsked) => this.kill(asked),
      follow: (told: (progress: Progress) => void) => {
        this.#followers.add(told);
        return () => this.#followers.delete(told);
      },
    };
    let socket = '';
    await this.#trying('its socket', async () => {
      const path = socketPath(home, desk, 'kill');
      this.#doors.push(await socketDoor(path, behind));
      socket = path;
    });
    await this.#trying('watching for the file KILL', async () => {
      this.#doors.push(folderDoor(folder, 'KILL', () => void this.#askedByFile()));
      this.#doors.push(folderDoor(folder, 'killed.json', () => void this.#latchedByOther()));
    });
    let http: Where['http'] = null;
    if (httpPort !== null)
      await this.#trying('its HTTP port', async () => {
        const tokenFile = `${folder}/token`;
        const door = await httpDoor(httpPort, tokenFile, behind);
        this.#doors.push(door);
        http = { port: door.port, tokenFile };
      });
    await this.#trying('saying where it is', async () => writeWhere(folder, { ...nodeProcesses.self(), desk, socket, http }));
    this.tell({ type: 'ready', pid: process.pid, socket, httpPort: (http as Where['http'])?.port ?? null, killed: this.#breaker.latched });
  }

  get killing(): boolean {
    return this.#asking > 0 || this.#breaker.busy;
  }

  take(message: Exclude<ToBreaker, { type: 'start' }>): void {
    switch (message.type) {
      case 'orders':
        for (const order of message.registered) this.#breaker.register(order);
        for (const clientId of message.settled) this.#breaker.settled(clientId);
        return;
      case 'kill':
        void this.kill(message.asked);
        return;
      case 'lifted':
        this.#breaker.unlatch(message.id);
        return;
      case 'stop':
        void this.end();
    }
  }

  async kill(asked: KillAsked): Promise<Progress> {
    this.#asking++;
    try {
      return await this.#breaker.kill(asked);
    } finally {
      this.#asking--;
    }
  }

  tell(message: FromBreaker): void {
    // A parent that reads nothing must not fill this process: what it can do without waits until it reads again.
    if (!process.connected || (this.#unread > MOST_UNREAD && message.type !== 'killed')) return;
    this.#unread++;
    process.send?.(message, undefined, undefined, () => {
      this.#unread--;
    });
  }

  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    setTimeout(() => process.exit(0), ALONE_MS);
    while (this.killing) {
      if (this.#asking > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      else await this.#breaker.finished();
    }
    this.#breaker.stop();
    for (const door of this.#doors) door.close();
    dropWhere(this.#side.folder);
    setTimeout(() => process.exit(0), CLOSE_MS);
    await Promise.allSettled(this.#connections.map((connection) => connection.close()));
    process.exit(0);
  }

  async #askedByFile(): Promise<void> {
    if (this.#looking || this.#fileStays) return;
    this.#looking = true;
    const asked = await this.#side.askedByFile();
    if (asked !== null) {
      const { id } = await this.kill(asked);
      this.#fileStays = !(await this.#side.putAsideAsked(id)); // one that cannot be moved has killed once, and that is enough
    }
    this.#looking = false;
  }

  /** Somebody latched without asking here: a `retrace kill` that got no answer in time. */
  async #latchedByOther(): Promise<void> {
    if (this.#breaker.latched || this.#asking > 0 || this.#looking || !isKilled(this.#side.folder)) return;
    this.#looking = true;
    const latch = await this.#side.read();
    if (latch !== null && !this.#breaker.latched && this.#asking === 0) this.#breaker.resume(latch, false);
    this.#looking = false;
  }

  #progressed(progress: Progress): void {
    this.tell({ type: this.#told === progress.id ? 'progress' : 'killed', progress });
    this.#told = progress.id;
    for (const told of this.#followers) told(progress);
  }

  #beat(): void {
    let connected = 0;
    for (const connection of this.#connections) if (connection.connected) connected++;
    this.tell({ type: 'alive', orders: this.#breaker.orders, connected });
  }

  async #trying(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.tell({ type: 'trouble', why: `the breaker goes without ${what}: ${reasonOf(error)}` });
    }
  }
}

const wherePath = (folder: string): string => `${folder}/where.json`;

function writeWhere(folder: string, where: Where): void {
  const next = `${wherePath(folder)}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(where, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, wherePath(folder));
}

/** Where the breaker of a desk said it is; null: nobody said so, or not legibly. It may have ended since. */
export function readWhere(folder: string): Where | null {
  try {
    const where = JSON.parse(readFileSync(wherePath(folder), 'utf8')) as Where;
    return typeof where.pid === 'number' && typeof where.socket === 'string' && typeof where.desk === 'string' ? where : null;
  } catch {
    return null;
  }
}

function dropWhere(folder: string): void {
  if (readWhere(folder)?.pid === process.pid) rmSync(wherePath(folder), { force: true });
}
