/** One watcher at the control socket: what is sent to it is bounded in bytes, and one that does not read is hung up on. It reads nothing itself. */
import type { Socket } from 'node:net';
import { lineOf } from './lines.ts';
import type { WatchEnd, WatchPeer } from './port.ts';
import type { Reply } from './requests.ts';

export type WatchLimits = Readonly<{
  /** Watchers at once: the door is for commands first. */
  mostWatchers: number;
  /** Of a line that a watcher says. */
  watchLineBytes: number;
  /** Waiting in our memory for one. */
  unsentBytes: number;
  /** What waits is not read for so long: it is let go. */
  stuckMs: number;
}>;

export class Watcher implements WatchPeer {
  readonly #socket: Socket;
  readonly #limits: WatchLimits;
  readonly #lingerMs: number;
  /** Said before anything else. */
  #first: string;
  #end: WatchEnd | null = null;
  #open = true;
  #queued = false;
  #stuck: NodeJS.Timeout | undefined;

  constructor(socket: Socket, limits: WatchLimits, lingerMs: number, first: Reply) {
    this.#socket = socket;
    this.#limits = limits;
    this.#lingerMs = lingerMs;
    this.#first = lineOf(first);
    socket.on('close', () => this.#gone());
  }

  /** Whom to tell of it from here on. */
  begin(end: WatchEnd): void {
    this.#say(''); // where nothing was said yet
    if (this.#open) this.#end = end;
    else end.closed();
  }

  get open(): boolean {
    return this.#open;
  }

  get bufferedBytes(): number {
    return this.#open ? this.#socket.writableLength : 0;
  }

  send(line: Uint8Array | string): 'sent' | 'queued' | 'dropped' {
    const bytes = typeof line === 'string' ? Buffer.byteLength(line) : line.length;
    if (!this.#open || this.#socket.writableLength + bytes + 1 > this.#limits.unsentBytes) return 'dropped';
    this.#say(line);
    if (this.#socket.writableLength === 0) return 'sent';
    this.#queued = true;
    this.#stuck ??= this.#patience();
    return 'queued';
  }

  close(reason: string): void {
    if (!this.#open) return;
    const last: Reply = { id: null, ok: false, error: { name: 'WatchEnded', message: reason } };
    this.#socket.end(this.#first + lineOf(last));
    this.#gone();
    this.#socket.removeAllListeners('readable');
    this.#socket.resume(); // read and forgotten
    setTimeout(() => this.#socket.destroy(), this.#lingerMs).unref();
  }

  /** A line's bytes are shared with other watchers: its end goes beside it. */
  #say(line: Uint8Array | string): void {
    const socket = this.#socket;
    socket.cork();
    if (this.#first !== '') socket.write(this.#first);
    this.#first = '';
    if (line.length > 0) {
      socket.write(line);
      socket.write('\n', () => this.#moved());
    }
    socket.uncork();
  }

  #moved(): void {
    if (this.#socket.destroyed) return; // what waited is lost, and that is told as its end
    if (!this.#queued) return;
    clearTimeout(this.#stuck);
    this.#stuck = undefined;
    if (!this.#open) return;
    if (this.#socket.writableLength > 0) {
      this.#stuck = this.#patience();
      return;
    }
    this.#queued = false;
    this.#end?.drained();
  }

  #patience(): NodeJS.Timeout {
    return setTimeout(() => this.#socket.destroy(), this.#limits.stuckMs).unref();
  }

  #gone(): void {
    clearTimeout(this.#stuck);
    if (!this.#open) return;
    this.#open = false;
    this.#end?.closed();
    this.#end = null;
  }
}
