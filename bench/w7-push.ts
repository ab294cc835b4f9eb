/**
 * W7's narrow part: the same frame of ten quotes to every one who is connected, as fast as they take it, by four ways of pushing; each in a
 * process of its own, with its watchers in another. What counts is deliveries a second of the pushing process's own processor.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Server as SocketIo } from 'socket.io';
import { io } from 'socket.io-client';
import WebSocket, { WebSocketServer } from 'ws';
import { Hub, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { liveEnd, watched } from '#gateway/live/live-end.ts';
import { chooseTransport } from '#gateway/transport/choose.ts';
import { DEFAULT_LIMITS, LOOPBACK_HOSTS } from '#gateway/transport/server.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';

export const PUSH_ROLE = 'w7-push';
export const PULL_ROLE = 'w7-pull';
export const WAYS = ['ours on uws', 'ours on node', 'uWS publish', 'ws', 'socket.io'] as const;
export type Way = (typeof WAYS)[number];
export type PushAsked = Readonly<{ way: Way; seconds: number; clients: number }>;
export type PushTook = Readonly<{ pushed: number; cpuMs: number; last: string }>;
export type PullAsked = Readonly<{ way: Way; port: number; clients: number }>;
export type PullTook = Readonly<{ received: number; last: string; cpuShare: number }>;

const SYMBOLS = 10;
const MOST_WAITING = 256 * 1024;
const rowsOf = (n: number): [string, unknown][] =>
  Array.from({ length: SYMBOLS }, (_, i) => [
    `S${i}-USD`,
    {
      instrument: `S${i}-USD`,
      source: 'bench',
      last: `${100 + (n % 900)}.0${i}`,
      bid: '100.01',
      bidLots: '1.5',
      ask: '100.02',
      askLots: '2.5',
      tickAt: n,
    },
  ]);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
/** What all tell alike: the rows alone, for the rest of a message is ours. */
const rowsIn = (text: string): string => digest(text.slice(text.indexOf('[["S0')).replace(/[}\]]+$/, ''));

type Pusher = Readonly<{ port: number; push: (n: number) => string; waiting: () => number; connected: () => number }>;

async function pusher(way: Way): Promise<Pusher> {
  switch (way) {
    case 'ours on uws':
    case 'ours on node': {
      const hub = new Hub({
        ...{ epoch: 'e', desk: 'bench', mode: 'PAPER', windowMs: 10, beatMs: 60_000 },
        limits: { ...STANDARD_LIMITS, unsentBytes: 2 * MOST_WAITING },
        kept: { messages: 10, bytes: MOST_WAITING },
        truth: () => ({ seq: 1, at: 1, age: null, durable: 1 }),
        clock: { nowMs: () => performance.now(), after: () => () => {} },
      });
      const quotes = hub.channel('quotes', '*', { keeps: 'newest' });
      const sockets = new Set<{ bufferedBytes: number }>();
      const transport = await chooseTransport(way === 'ours on uws' ? 'uws' : 'node');
      const server = transport.open({
        answer: () => ({ status: 404, headers: {}, body: null }),
        ends: [
          liveEnd('/live', 'same host', () => {
            const one = watched(hub, () => null);
            const { open, close } = one.listener;
            return {
              ...one,
              listener: {
                ...one.listener,
                open(socket) {
                  sockets.add(socket);
                  open(socket);
                },
                close(socket, code, reason) {
                  sockets.delete(socket);
                  close(socket, code, reason);
                },
              },
            };
          }),
        ],
        ...{ hosts: LOOPBACK_HOSTS, limits: { ...DEFAULT_LIMITS, unsentBytes: 2 * MOST_WAITING }, tls: null },
        failed: (error) => {
          throw error;
        },
      });
      const { port } = await server.listen('127.0.0.1', 0);
      return {
        port,
        push(n) {
          const rows = rowsOf(n);
          for (const [key, row] of rows) quotes.put(key, row);
          hub.flush();
          return JSON.stringify(rows);
        },
        waiting: () => mostOf(sockets, ({ bufferedBytes }) => bufferedBytes),
        connected: () => sockets.size,
      };
    }
    case 'uWS publish': {
      const found = findUws(thisMachine());
      if ('missing' in found) throw new Error(found.missing);
      const { uws } = found;
      const sockets = new Set<{ getBufferedAmount(): number }>();
      const app = uws.App().ws('/live', {
        maxBackpressure: 2 * MOST_WAITING,
        open: (socket: { subscribe(topic: string): void; getBufferedAmount(): number }) => {
          socket.subscribe('quotes');
          sockets.add(socket);
        },
        close: (socket: { getBufferedAmount(): number }) => void sockets.delete(socket),
      } as never);
      const port = await new Promise<number>((resolve) =>
        app.listen('127.0.0.1', 0, (token) => resolve(uws.us_socket_local_port(token as never))),
      );
      return {
        port,
        push(n) {
          const text = JSON.stringify(rowsOf(n));
          app.publish('quotes', `[{"say":"delta","rows":${text}}]`);
          return text;
        },
        waiting: () => mostOf(sockets, (socket) => socket.getBufferedAmount()),
        connected: () => sockets.size,
      };
    }
    case 'ws': {
      const http = createServer();
      const server = new WebSocketServer({ server: http, perMessageDeflate: false });
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      return {
        port: (http.address() as { port: number }).port,
        push(n) {
          const text = JSON.stringify(rowsOf(n));
          const frame = Buffer.from(`[{"say":"delta","rows":${text}}]`);
          for (const socket of server.clients) socket.send(frame, { binary: false });
          return text;
        },
        waiting: () => mostOf(server.clients, ({ bufferedAmount }) => bufferedAmount),
        connected: () => server.clients.size,
      };
    }
    case 'socket.io': {
      const http = createServer();
      const server = new SocketIo(http, { transports: ['websocket'], perMessageDeflate: false });
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      return {
        port: (http.address() as { port: number }).port,
        push(n) {
          const rows = rowsOf(n);
          server.emit('quotes', [{ say: 'delta', rows }]);
          return JSON.stringify(rows);
        },
        waiting: () =>
          mostOf(server.sockets.sockets.values(), ({ conn }) => {
            const { transport } = conn as unknown as { transport: { socket: { bufferedAmount: number } } };
            return transport.socket.bufferedAmount;
          }),
        connected: () => server.sockets.sockets.size,
      };
    }
  }
}

const mostOf = <T>(all: Iterable<T>, of: (one: T) => number): number => {
  let most = 0;
  for (const one of all) most = Math.max(most, of(one));
  return most;
};

export async function push(): Promise<void> {
  process.on('disconnect', () => process.exit());
  const { way, seconds, clients } = await new Promise<PushAsked>((resolve) => process.once('message', resolve));
  const { port, push: tell, waiting, connected } = await pusher(way);
  process.send!(port);
  while (connected() < clients) await pause(10);
  await pause(100);
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  let [n, last] = [0, ''];
  while (performance.now() - begun < seconds * 1_000) {
    if (waiting() < MOST_WAITING) last = tell((n += 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(cpu);
  process.send!({ pushed: n, cpuMs: (user + system) / 1_000, last: rowsIn(last) } satisfies PushTook);
}

export async function pull(): Promise<void> {
  process.on('disconnect', () => process.exit());
  const { way, port, clients } = await new Promise<PullAsked>((resolve) => process.once('message', resolve));
  let [received, last] = [0, ''];
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let n = 0; n < clients; n += 1) {
    if (way === 'socket.io') {
      const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
      socket.on('quotes', (told) => {
        received += 1;
        if (n === 0) last = JSON.stringify(told);
      });
      continue;
    }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { perMessageDeflate: false });
    socket.on('open', () => {
      if (way.startsWith('ours')) socket.send(JSON.stringify({ do: 'subscribe', id: 1, topic: 'quotes' }));
    });
    socket.on('message', (data: Buffer) => {
      if (!data.includes('"delta"')) return;
      received += 1;
      if (n === 0) last = data.toString();
    });
  }
  await new Promise((resolve) => process.once('message', resolve));
  for (let seen = -1; seen !== received; await pause(200)) seen = received;
  const { user, system } = process.cpuUsage(cpu);
  process.send!({ received, last: rowsIn(last), cpuShare: (user + system) / 1_000 / (performance.now() - begun) } satisfies PullTook);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
