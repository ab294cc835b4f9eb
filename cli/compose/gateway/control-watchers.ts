/** Whoever watches at the control socket, as a viewer of the hub. Who can open that socket is the desk's own user, and may see everything. */
import type { Hub } from '#gateway/live/hub.ts';
import { watched } from '#gateway/live/live-end.ts';
import type { Sent, Socket, SocketListener } from '#gateway/transport/server.ts';
import type { WatchEnd, WatchPeer } from '#infra/control/port.ts';

export class ControlWatchers {
  readonly #hub: Hub;
  readonly #sockets = new Set<PeerSocket>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  get count(): number {
    return this.#sockets.size;
  }

  attach(peer: WatchPeer): WatchEnd {
    const { listener } = watched(this.#hub, () => null);
    const socket = new PeerSocket(peer, listener, () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    listener.open(socket);
    return {
      message: (text) => {
        if (socket.open) listener.message(socket, text);
      },
      drained: () => {
        if (socket.open) listener.drain(socket);
      },
      closed: () => socket.gone(GONE, 'it hung up'),
    };
  }

  close(reason: string): void {
    for (const socket of [...this.#sockets]) socket.close(GOING, reason);
  }
}

/** A WebSocket's own numbers. */
const GONE = 1006;
const GOING = 1001;

/** As the gateway knows a peer. Nothing is published to it: each viewer is sent frames of its own. */
class PeerSocket implements Socket {
  readonly remote = 'control socket';
  readonly topics: readonly string[] = [];
  readonly #peer: WatchPeer;
  readonly #listener: SocketListener;
  readonly #left: () => void;
  #open = true;

  constructor(peer: WatchPeer, listener: SocketListener, left: () => void) {
    this.#peer = peer;
    this.#listener = listener;
    this.#left = left;
  }

  get open(): boolean {
    return this.#open && this.#peer.open;
  }

  get bufferedBytes(): number {
    return this.#peer.bufferedBytes;
  }

  send(message: Uint8Array | string): Sent {
    return this.#open ? this.#peer.send(message) : 'dropped';
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.gone(code, reason); // first: the peer tells of its end while it is closed
    this.#peer.close(reason);
  }

  gone(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#left();
    this.#listener.close(this, code, reason);
  }

  subscribe(): void {}
  unsubscribe(): void {}
}
