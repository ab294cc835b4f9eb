/**
 * The desk's side of its breaker: starts the child, tells it every order before it is sent, hears of kills, and starts a dead child
 * again with all that is not settled. It never waits for the child: a breaker that is slow or gone must not slow the desk.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { ClientOrderId } from '#engine/values.ts';
import { nodeDisk } from '../files/disk.ts';
import { type BreakerConfig, type FromBreaker, type Progress, SILENT_AFTER_MS, type ToBreaker } from './messages.ts';
import { breakerFolder, isKilled, type KillAsked, type Registration, reasonOf, SideFile } from './side-file.ts';

export type BreakerClientOptions = Readonly<{
  /** The breaker's program: a file Node runs. */
  program: string;
  config: BreakerConfig;
  /** Told once a kill, when the first word of it comes. */
  onKilled: (progress: Progress) => void;
  onProgress?: (progress: Progress) => void;
  /** The breaker is silent, dead, back, or says what it lacks. */
  onTrouble?: (why: string) => void;
}>;

/** A registration whose venue id may be left out while there is none. */
export type Told = Omit<Registration, 'venueId'> & Readonly<{ venueId?: string | null }>;

export type BreakerHealth = Readonly<{ alive: boolean; connected: number; why: string }>;

export class BreakerDidNotStart extends Error {
  override name = 'BreakerDidNotStart';
}

const START_MS = 10_000;
const RESTART_MS = [0, 250, 1_000, 5_000] as const;
const CLOSE_MS = 2_000;
const REPLACE_AFTER_MS = 10_000;
const STEADY_MS = 30_000; // a child that lived so long is started again without delay

export class BreakerClient {
  readonly #options: BreakerClientOptions;
  readonly #folder: string;
  readonly #side: SideFile;
  readonly #orders = new Map<ClientOrderId, Registration>();
  #registered: Registration[] = [];
  #settled: ClientOrderId[] = [];
  #scheduled = false;
  #child: ChildProcess | null = null;
  #startedAt = 0;
  #heardAt = 0;
  #lookedAt = 0;
  #silent = false;
  #connected = 0;
  #socket: string | null = null;
  #restarts = 0;
  #closing = false;
  #killed = false;
  #killedBy: string | null = null;
  #ready: (() => void) | null = null;
  #watch: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;

  constructor(options: BreakerClientOptions) {
    this.#options = options;
    this.#folder = breakerFolder(options.config.home, options.config.desk);
    this.#side = new SideFile(nodeDisk, this.#folder);
  }

  /** Resolves when the breaker listens in all its ways; throws BreakerDidNotStart when it never does. */
  async start(): Promise<void> {
    const ready = new Promise<true>((resolve) => {
      this.#ready = () => resolve(true);
    });
    this.#spawn();
    this.#watch = setInterval(() => this.#look(), SILENT_AFTER_MS / 4);
    this.#watch.unref();
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<false>((resolve) => {
      late = setTimeout(() => resolve(false), START_MS);
    });
    const started = await Promise.race([ready, tooLate]);
    clearTimeout(late);
    if (started) return;
    await this.close();
    throw new BreakerDidNotStart(`the breaker did not start within ${START_MS / 1000} s: nothing may trade without it`);
  }

  get sideFile(): SideFile {
    return this.#side;
  }

  /** Where it takes a kill; null until it is ready. */
  get socket(): string | null {
    return this.#socket;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Right before each send; what was registered is with the kernel first. True also when the breaker said so and could not write it down. */
  isKilled(): boolean {
    this.flush();
    return this.#killed || isKilled(this.#folder);
  }

  /** Before the order is sent; again when its venue id is known. Goes out with `isKilled` or `flush`, at the latest when the caller yields. */
  register({ account, clientId, venueId = null, instrument, validUntil }: Told): void {
    const order: Registration = { account, clientId, venueId, instrument, validUntil };
    this.#orders.set(clientId, order);
    this.#registered.push(order);
    this.#schedule();
  }

  /** It has ended, by evidence. */
  settled(clientId: ClientOrderId): void {
    if (!this.#orders.delete(clientId)) return;
    this.#settled.push(clientId);
    this.#schedule();
  }

  /**
   * Hands what was told so far to the kernel: call it before the send it precedes. What the kernel has, the breaker reads, even when
   * this process never gets another turn. False: no breaker has it now (one that starts again gets all that is not settled).
   */
  flush(): boolean {
    if (this.#registered.length === 0 && this.#settled.length === 0) return this.#child?.connected === true;
    const message: ToBreaker = { type: 'orders', registered: this.#registered, settled: this.#settled };
    this.#registered = [];
    this.#settled = [];
    return this.#tell(message);
  }

  kill(asked: KillAsked): boolean {
    this.flush();
    return this.#tell({ type: 'kill', asked });
  }

  /** After the disarm ceremony: the latch is renamed and orders may leave again. */
  async lift(id: string): Promise<void> {
    await this.#side.lift(id);
    if (this.#killedBy === null || this.#killedBy === id) this.#killed = false; // another kill may have come meanwhile
    this.#tell({ type: 'lifted', id });
  }

  health(): BreakerHealth {
    const alive = this.#child?.connected === true && this.#heardAt > 0 && !this.#silent;
    const why = this.#child === null ? 'the breaker is not running' : alive ? '' : 'the breaker is silent';
    return { alive, connected: this.#connected, why };
  }

  /** Lets the breaker go. One that is still killing finishes first, on its own. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    if (this.#again !== null) clearTimeout(this.#again);
    const child = this.#child;
    if (child === null) return;
    this.flush();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#tell({ type: 'stop' });
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([ended, late]);
    if (child.exitCode === null && child.signalCode === null) {
      if (child.connected) child.disconnect();
      child.unref();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.flush(); // ahead of any tick that the send itself queues
    });
  }

  #tell(message: ToBreaker): boolean {
    const child = this.#child;
    if (child === null || !child.connected) return false;
    try {
      child.send(message, () => {}); // an error here is the child's end, which `exit` tells
      return true;
    } catch {
      return false;
    }
  }

  #spawn(): void {
    this.#again = null;
    const { program, config } = this.#options;
    // Its output goes nowhere: a full pipe would block it in the one moment it is for.
    const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
    this.#child = child;
    this.#startedAt = this.#lookedAt = performance.now();
    this.#heardAt = 0;
    this.#silent = false;
    child.on('message', (message) => this.#hear(message as FromBreaker));
    child.on('error', (error) => this.#options.onTrouble?.(`the breaker: ${reasonOf(error)}`));
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `code ${code}`));
    this.#tell({ type: 'start', config });
    this.#registered = [];
    this.#settled = [];
    if (this.#orders.size > 0) this.#tell({ type: 'orders', registered: [...this.#orders.values()], settled: [] });
  }

  #hear(message: FromBreaker): void {
    this.#heardAt = performance.now();
    if (this.#silent) {
      this.#silent = false;
      this.#options.onTrouble?.('the breaker answers again');
    }
    switch (message.type) {
      case 'ready':
        this.#socket = message.socket === '' ? null : message.socket;
        this.#ready?.();
        this.#ready = null;
        return;
      case 'alive':
        this.#connected = message.connected;
        return;
      case 'killed':
      case 'progress': {
        const { progress } = message;
        if (progress.id !== this.#killedBy) {
          this.#killedBy = progress.id; // stays after the ceremony: a late word of a kill that was lifted is none of a new one
          this.#killed = true;
          this.#options.onKilled(progress);
        }
        this.#options.onProgress?.(progress);
        return;
      }
      case 'trouble':
        this.#options.onTrouble?.(message.why);
    }
  }

  /** Judges only after a look that came in time: a desk that stalled has not read what was said meanwhile. */
  #look(): void {
    const now = performance.now();
    const stalled = now - this.#lookedAt > SILENT_AFTER_MS / 2;
    this.#lookedAt = now;
    if (stalled || this.#child === null) return;
    const since = Math.max(this.#heardAt, this.#startedAt);
    if (now - since > REPLACE_AFTER_MS) this.#child.kill('SIGKILL'); // the next one goes on where this one was
    if (this.#silent || now - since < SILENT_AFTER_MS) return;
    this.#silent = true;
    this.#options.onTrouble?.(`the breaker has said nothing for ${((now - since) / 1000).toFixed(1)} s`);
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#connected = 0;
    if (this.#closing) return;
    if (performance.now() - this.#startedAt > STEADY_MS) this.#restarts = 0;
    const delay = RESTART_MS[Math.min(this.#restarts++, RESTART_MS.length - 1)]!;
    this.#options.onTrouble?.(`the breaker ended (${how}): started again${delay === 0 ? '' : ` in ${delay} ms`}`);
    this.#again = setTimeout(() => this.#spawn(), delay);
  }
}
