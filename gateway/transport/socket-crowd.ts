// The sockets of one server: who subscribed to what, who is looked after, who is sent home. It encodes nothing: published bytes are handed on
// as they came.

import type { ServedSocket } from './served-socket.ts';
import type { Drained, Limits, Published } from './server.ts';

export class SocketCrowd {
  readonly #sockets = new Set<ServedSocket>();
  readonly #topics = new Map<string, Set<ServedSocket>>();
  readonly #of = new Map<ServedSocket, Set<string>>();
  #timer: NodeJS.Timeout | null = null;
  readonly #everyMs: number;

  constructor({ silentMs, stuckMs }: Limits) {
    this.#everyMs = Math.max(20, Math.min(silentMs / 4, stuckMs / 4, 5_000));
  }

  get size(): number {
    return this.#sockets.size;
  }

  add(socket: ServedSocket): void {
    this.#sockets.add(socket);
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      for (const one of [...this.#sockets]) one.look(now);
    }, this.#everyMs).unref();
  }

  remove(socket: ServedSocket): void {
    for (const topic of this.topicsOf(socket)) this.unsubscribe(socket, topic);
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  subscribe(socket: ServedSocket, topic: string): void {
    let there = this.#topics.get(topic);
    if (there === undefined) this.#topics.set(topic, (there = new Set()));
    there.add(socket);
    let own = this.#of.get(socket);
    if (own === undefined) this.#of.set(socket, (own = new Set()));
    own.add(topic);
  }

  unsubscribe(socket: ServedSocket, topic: string): void {
    const there = this.#topics.get(topic);
    if (there?.delete(socket) && there.size === 0) this.#topics.delete(topic);
    const own = this.#of.get(socket);
    if (own?.delete(topic) && own.size === 0) this.#of.delete(socket);
  }

  topicsOf(socket: ServedSocket): readonly string[] {
    return [...(this.#of.get(socket) ?? [])];
  }

  subscribers(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  publish(topic: string, message: Uint8Array | string): Published {
    const count = { sent: 0, queued: 0, dropped: 0 };
    for (const socket of [...(this.#topics.get(topic) ?? [])]) {
      const sent = socket.send(message);
      count[sent]++;
      if (sent === 'dropped') socket.missed(topic);
    }
    return count;
  }

  /** A close frame to everyone who reads; who has not read by then is cut. */
  async leave(withinMs: number, reason: string): Promise<Pick<Drained, 'socketsCut'>> {
    const until = performance.now() + withinMs;
    for (;;) {
      for (const socket of [...this.#sockets]) if (socket.bufferedBytes === 0) socket.close(1001, reason);
      if (this.#sockets.size === 0 || performance.now() >= until) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const stuck = [...this.#sockets];
    for (const socket of stuck) socket.cut(1001, reason);
    return { socketsCut: stuck.length };
  }
}
