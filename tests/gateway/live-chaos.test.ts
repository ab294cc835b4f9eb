// The live protocol over real sockets, on both drivers, while clients vanish, come back and stop reading: nobody ever holds a state with a hole in it.
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { randomStream } from '#engine/random.ts';
import { Followed } from '#gateway/contracts/followed.ts';
import { serverMessage } from '#gateway/contracts/live.ts';
import type { Channel } from '#gateway/live/channel.ts';
import { Hub, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { liveEnd, watched } from '#gateway/live/live-end.ts';
import { chooseTransport } from '#gateway/transport/choose.ts';
import { DEFAULT_LIMITS, type DriverName, LOOPBACK_HOSTS, type Server } from '#gateway/transport/server.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';

const NAMES = ['A', 'B', 'C'];
const CLIENTS = 6;
/** So long at least, and until all of it has come up; a busy machine needs longer for that. */
const CHAOS_MS = 2_000;
const MOST_MS = 25_000;
/** More than the system keeps for a reader that has stopped. */
const STUCK_ROUNDS = 250;
/** Large, so that a reader that stops fills what the system keeps for it. */
const TEXT = 'x'.repeat(24_000);
const UNSENT = 256 * 1024;

const uws = findUws(thisMachine());
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.drain(200, 'the test is over');
});

/** Follows three channels; knows nothing but what it is sent. */
class Client {
  readonly #url: string;
  readonly followed = new Map(NAMES.map((name) => [name, new Followed()]));
  readonly seen = { snapshots: 0, behind: 0, resumed: 0, kept: 0, gaps: 0 };
  #socket: WebSocket | null = null;
  #epoch = '';

  constructor(url: string) {
    this.#url = url;
  }

  connect(): Promise<void> {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const again = [...this.followed.values()].some(({ cursor }) => cursor !== null);
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        if (this.#socket !== socket) return;
        for (const one of JSON.parse(String(data)) as unknown[]) {
          const told = serverMessage.parse(one);
          if (told.say === 'welcome') {
            this.#epoch = told.epoch;
            for (const [name, { cursor }] of this.followed)
              socket.send(
                JSON.stringify({ do: 'subscribe', id: 1, topic: 'positions', of: name, ...(cursor === null ? {} : { after: cursor }) }),
              );
            resolve();
          }
          if (told.say === 'resumed') this.seen.resumed += 1;
          if (told.say !== 'snapshot' && told.say !== 'delta') continue;
          if (told.say === 'snapshot') this.seen.snapshots += 1;
          if (told.say === 'snapshot' && told.why === 'behind') this.seen.behind += 1;
          if (told.say === 'delta' && again) this.seen.kept += 1;
          if (this.followed.get(told.of)!.take(told, this.#epoch) === 'gap') this.seen.gaps += 1;
        }
      });
    });
  }

  /** As a lost network ends it: without a word. */
  vanish(): void {
    this.#socket?.terminate();
    this.#socket = null;
  }

  read(reads: boolean): void {
    if (reads) this.#socket?.resume();
    else this.#socket?.pause();
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }
}

describe.each<DriverName>(['uws', 'node'])('over %s', (driver) => {
  const missing = driver === 'uws' && 'missing' in uws ? uws.missing : null;
  test('no gap without a snapshot', { timeout: 60_000 }, async ({ skip }) => {
    if (missing !== null) skip(missing);
    const hub = new Hub({
      ...{ epoch: `chaos-${driver}`, desk: 'd', mode: 'PAPER', windowMs: 5, beatMs: 1_000 },
      limits: { ...STANDARD_LIMITS, unsentBytes: UNSENT },
      kept: { messages: 200, bytes: UNSENT / 2 },
      truth: () => ({ seq: 1, at: 1, age: 0, durable: 1 }),
      clock: {
        nowMs: () => performance.now(),
        after: (ms, call) => {
          const timer = setTimeout(call, ms);
          return () => clearTimeout(timer);
        },
      },
    });
    const channels: Channel[] = NAMES.map((name) => hub.channel('positions', name, { keeps: 'newest' }));
    const transport = await chooseTransport(driver);
    const server = transport.open({
      hosts: LOOPBACK_HOSTS,
      answer: () => ({ status: 404, headers: {}, body: null }),
      ends: [liveEnd('/live', 'same host', () => watched(hub, () => null))],
      limits: { ...DEFAULT_LIMITS, unsentBytes: 1024 * 1024, stuckMs: 60_000 },
      tls: null,
      failed: (error) => {
        throw error;
      },
    });
    servers.push(server);
    const { port } = await server.listen('127.0.0.1', 0);
    const clients = Array.from({ length: CLIENTS }, () => new Client(`ws://127.0.0.1:${port}/live`));
    await Promise.all(clients.map((client) => client.connect()));

    const stream = randomStream(7, `chaos ${driver}`);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const began = performance.now();
    const sum = (of: keyof Client['seen']): number => clients.reduce((total, { seen }) => total + seen[of], 0);
    const cameUp = () => ({ behind: sum('behind') > 0, snapshots: sum('snapshots') > 3 * CLIENTS, kept: sum('kept') > 0 });
    const goesOn = (ms: number): boolean => ms < CHAOS_MS || (ms < MOST_MS && !Object.values(cameUp()).every(Boolean));
    /** Until which round. */
    const stuck = new Map<Client, number>();
    for (let n = 0; goesOn(performance.now() - began); n += 1) {
      for (const channel of channels) {
        const key = `k${stream.below(6)}`;
        if (stream.chance(0.2)) channel.put(key, null);
        else channel.put(key, { n, text: stream.chance(0.8) ? TEXT : '' });
      }
      hub.changed();
      const client = clients[stream.below(CLIENTS)]!;
      if (stuck.has(client)) {
        if (n >= stuck.get(client)!) {
          stuck.delete(client);
          client.read(true);
        }
      } else if (stream.chance(0.02)) {
        client.vanish();
        await client.connect();
      } else if (stuck.size < 2) {
        stuck.set(client, n + STUCK_ROUNDS);
        client.read(false);
      }
      await pause(1);
    }
    for (const client of clients) client.read(true);
    for (const client of clients) if (!client.connected) await client.connect();
    hub.flush();
    // in the end everybody holds the same, and it is what the channels hold
    const held = (client: Client): unknown =>
      NAMES.map((name) => [name, [...client.followed.get(name)!.rows].sort(([a], [b]) => (a < b ? -1 : 1))]);
    const witness = new Client(`ws://127.0.0.1:${port}/live`);
    await witness.connect();
    for (const limit = performance.now() + 10_000; performance.now() < limit; await pause(20)) {
      const all = [...clients, witness].map((client) => JSON.stringify(held(client)));
      if (all.every((one) => one === all[0]) && [...witness.followed.values()].every(({ cursor }) => cursor !== null)) break;
    }
    for (const client of clients) expect(held(client)).toEqual(held(witness));
    expect(sum('gaps')).toBe(0);
    // and all of it came up
    expect(cameUp()).toEqual({ behind: true, snapshots: true, kept: true });
    for (const client of [...clients, witness]) client.vanish();
    hub.close();
  });
});
