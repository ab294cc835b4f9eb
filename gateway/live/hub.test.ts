// The live protocol without a network: a socket here is the port's own promise (a bounded queue that drains), driven by hand.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Followed } from '../contracts/followed.ts';
import { type Cursor, type ServerMessage, serverMessage, type TopicName } from '../contracts/live.ts';
import type { Sent, Socket } from '../transport/server.ts';
import { Hub, type HubSetup, STANDARD_LIMITS } from './hub.ts';
import type { May, Viewer } from './viewer.ts';

/** Keeps what is sent until it is read, and takes no more than so many bytes. */
class Wire implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  readonly #cap: number;
  #queue: Uint8Array[] = [];
  open = true;
  closed: readonly [number, string] | null = null;
  #stuck = false;
  readonly received: ServerMessage[] = [];

  constructor(cap: number) {
    this.#cap = cap;
  }

  get bufferedBytes(): number {
    return this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  set stuck(stuck: boolean) {
    this.#stuck = stuck;
  }

  send(message: Uint8Array | string): Sent {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    if (!this.open || this.bufferedBytes + bytes.length > this.#cap) return 'dropped';
    if (!this.#stuck) {
      this.#take(bytes);
      return 'sent';
    }
    this.#queue.push(bytes);
    return 'queued';
  }

  /** Reads all that waits; true when there was something. */
  read(): boolean {
    this.#stuck = false;
    const waiting = this.#queue;
    this.#queue = [];
    for (const bytes of waiting) this.#take(bytes);
    return waiting.length > 0;
  }

  #take(bytes: Uint8Array): void {
    for (const message of JSON.parse(Buffer.from(bytes).toString()) as unknown[]) this.received.push(serverMessage.parse(message));
  }

  close(code: number, reason: string): void {
    this.open = false;
    this.closed = [code, reason];
  }

  subscribe(): void {}
  unsubscribe(): void {}
}

/** Time by hand. */
class Hands {
  now = 0;
  #due: { at: number; call: () => void }[] = [];
  readonly clock = {
    nowMs: () => this.now,
    after: (ms: number, call: () => void) => {
      const one = { at: this.now + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
  };

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
    this.now = end;
  }
}

const anything: May = () => null;
const CAP = 4_000;

function setup(hands: Hands, more: Partial<HubSetup> = {}): HubSetup {
  return {
    ...{ epoch: 'e1', desk: 'd1', mode: 'PAPER', windowMs: 10, beatMs: 1000 },
    limits: { ...STANDARD_LIMITS, unsentBytes: CAP / 2, messagesAtOnce: 1_000_000 },
    kept: { messages: 8, bytes: CAP / 4 },
    truth: () => ({ seq: 7, at: 1_000_000, age: 3, durable: 5 }),
    clock: hands.clock,
    ...more,
  };
}

const ask = (viewer: Viewer, message: object): void => viewer.hear(JSON.stringify(message));
const subscribe = (viewer: Viewer, topic: TopicName, of: string, after?: Cursor): void =>
  ask(viewer, { do: 'subscribe', id: 1, topic, of, ...(after === undefined ? {} : { after }) });
/** Without what all messages carry. */
const told = ({ received }: Wire): unknown[] =>
  received.map((message) => {
    const { seq: _seq, at: _at, age: _age, durable: _durable, ...rest } = message as Record<string, unknown>;
    return rest;
  });

test('what took long to tell is followed by a longer window, so the thread that trades has most of its time to itself', () => {
  const hands = new Hands();
  const hub = new Hub(setup(hands));
  const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
  const told: number[] = [];
  let cost = 0;
  hub.before(() => {
    told.push(hands.now);
    hands.now += cost;
  });
  const tell = (costs: number) => {
    cost = costs;
    const from = hands.now;
    quotes.put('BTC', told.length);
    hub.changed();
    hands.pass(1_000);
    return told.at(-1)! - from;
  };
  expect([tell(0), tell(1), tell(20), tell(500), tell(2), tell(0), tell(0)]).toEqual([10, 10, 10, 80, 200, 10, 10]);
});

test('what can no longer be read lets everybody go with the reason, lets nobody in, and throws at nobody', () => {
  const hands = new Hands();
  const failed: unknown[] = [];
  const hub = new Hub(setup(hands, { failed: (error) => void failed.push(error) }));
  const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
  const closed: [number, string][] = [];
  const wire = (): Wire => Object.assign(new Wire(CAP), { close: (code: number, reason: string) => void closed.push([code, reason]) });
  hub.attach(wire(), anything);
  hub.before(() => {
    throw new Error('no such instrument');
  });
  quotes.put('BTC', 1);
  hub.changed();
  hands.pass(100);
  hub.attach(wire(), anything);
  expect([failed.length, closed.map(([code]) => code)]).toEqual([1, [1011, 1011]]);
  hub.changed();
  hands.pass(100);
  expect(failed.length).toBe(1);
});

test('asking often closes no window early: what is not told yet comes behind the snapshot', () => {
  const hands = new Hands();
  const hub = new Hub(setup(hands));
  const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
  let read = 0;
  hub.before(() => {
    read += 1;
  });
  hub.changed();
  hands.pass(10);
  const wire = new Wire(CAP);
  const viewer = hub.attach(wire, anything);
  quotes.put('BTC', 1);
  hub.changed();
  for (let n = 0; n < 50; n++) subscribe(viewer, 'quotes', 'BTC');
  expect(read).toBe(1);
  hands.pass(10);
  expect(told(wire).at(-1)).toEqual({ say: 'delta', topic: 'quotes', of: 'BTC', n: 1, rows: [['BTC', 1]] });
});

describe('a viewer', () => {
  test('is sent a snapshot, then what changes: the newest of a key in a window, encoded once for all who ask for the same', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
    quotes.put('BTC', 1);
    const [wire, other] = [new Wire(CAP), new Wire(CAP)];
    for (const one of [wire, other]) subscribe(hub.attach(one, anything), 'quotes', 'BTC');
    for (const price of [2, 3, 4]) {
      quotes.put('BTC', price);
      hub.changed();
      hands.pass(3);
    }
    hands.pass(10);
    expect(told(wire).slice(1)).toEqual([
      { say: 'snapshot', topic: 'quotes', of: 'BTC', n: 1, why: 'asked', rows: [['BTC', 1]] },
      { say: 'delta', topic: 'quotes', of: 'BTC', n: 2, rows: [['BTC', 4]] },
    ]);
    expect(told(other)).toEqual(told(wire));
    expect(wire.received[1]).toMatchObject({ seq: 7, at: 1_000_000, age: 3, durable: 5 });
  });

  test('goes on where it was, with what is kept; else it is told that it is a snapshot', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const trades = hub.channel('trades', 'BTC', { keeps: 'grows', rows: 3 });
    const trade = (n: number): void => {
      trades.put(`t${n}`, n);
      hub.flush();
    };
    for (let n = 1; n <= 6; n += 1) trade(n);
    const toldAfter = (epoch: string, n: number): unknown => {
      const wire = new Wire(CAP);
      subscribe(hub.attach(wire, anything), 'trades', 'BTC', { epoch, n });
      return told(wire).slice(1);
    };
    const delta = (n: number) => ({ say: 'delta', topic: 'trades', of: 'BTC', n, rows: [[`t${n}`, n]] });
    expect(toldAfter('e1', 4)).toEqual([delta(5), delta(6)]);
    expect(toldAfter('e1', 6)).toEqual([{ say: 'resumed', id: 1, topic: 'trades', of: 'BTC', n: 6 }]);
    for (const [epoch, n] of [
      ['e0', 6], // another life of the gateway
      ['e1', 7], // more than there is
    ] as const)
      expect(toldAfter(epoch, n)).toEqual([
        {
          say: 'snapshot',
          topic: 'trades',
          of: 'BTC',
          n: 6,
          why: 'not kept',
          rows: [
            ['t4', 4],
            ['t5', 5],
            ['t6', 6],
          ],
        },
      ]);
    for (let n = 7; n <= 20; n += 1) trade(n);
    expect(toldAfter('e1', 6)).toMatchObject([{ say: 'snapshot', why: 'not kept', n: 20 }]);
  });

  test('that does not read is sent nothing more, and then what is, not what was; others are told in time', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
    const [slow, quick] = [new Wire(CAP), new Wire(CAP)];
    const viewer = hub.attach(slow, anything);
    subscribe(viewer, 'quotes', 'BTC');
    subscribe(hub.attach(quick, anything), 'quotes', 'BTC');
    slow.stuck = true;
    for (let price = 1; price <= 200; price += 1) {
      quotes.put('BTC', price);
      hub.flush();
      expect(slow.bufferedBytes).toBeLessThanOrEqual(CAP / 2);
    }
    expect(viewer.isBehind).toBe(true);
    expect(quick.received.length).toBe(202);
    slow.read();
    quotes.put('BTC', 200.5); // of the window that is open: a snapshot is as of now
    viewer.drained();
    expect(told(slow).at(-1)).toEqual({ say: 'snapshot', topic: 'quotes', of: 'BTC', n: 201, why: 'behind', rows: [['BTC', 200.5]] });
    quotes.put('BTC', 0);
    hub.flush();
    expect(told(slow).at(-1)).toEqual({ say: 'delta', topic: 'quotes', of: 'BTC', n: 202, rows: [['BTC', 0]] });
  });

  test('to whom more must be told at once than may ever wait is let go, with the reason', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    hub.channel('logs', '*', { keeps: 'grows', rows: 10 }).put('l1', 'x'.repeat(CAP));
    const wire = new Wire(CAP);
    subscribe(hub.attach(wire, anything), 'logs', '*');
    expect(wire.closed).toEqual([4001, expect.stringMatching(/^logs: \d+ bytes at once are more than this gateway lets wait$/)]);
  });

  test('to whom a window is too much at once is told what is: what was may be more', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const trades = hub.channel('trades', 'BTC', { keeps: 'grows', rows: 2 });
    const quotes = hub.channel('quotes', 'BTC', { keeps: 'newest' });
    const wire = new Wire(CAP);
    const viewer = hub.attach(wire, anything);
    subscribe(viewer, 'trades', 'BTC');
    subscribe(viewer, 'quotes', 'BTC');
    for (let n = 1; n <= 500; n += 1) trades.put(`t${n}`, n);
    quotes.put('BTC', 1);
    hub.flush();
    expect(told(wire).slice(3)).toEqual([
      {
        say: 'snapshot',
        topic: 'trades',
        of: 'BTC',
        n: 1,
        why: 'behind',
        rows: [
          ['t499', 499],
          ['t500', 500],
        ],
      },
      { say: 'snapshot', topic: 'quotes', of: 'BTC', n: 1, why: 'behind', rows: [['BTC', 1]] },
    ]);
    expect(wire.open).toBe(true);
  });

  test('of a whole topic is told of what is, and of what comes', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    hub.channel('quotes', 'BTC', { keeps: 'newest' }).put('BTC', 1);
    const wire = new Wire(CAP);
    subscribe(hub.attach(wire, anything), 'quotes', '*');
    hub.channel('quotes', 'ETH', { keeps: 'newest' }).put('ETH', 9);
    hub.flush();
    expect(told(wire).slice(1)).toEqual([
      { say: 'snapshot', topic: 'quotes', of: 'BTC', n: 1, why: 'asked', rows: [['BTC', 1]] },
      { say: 'delta', topic: 'quotes', of: 'ETH', n: 1, rows: [['ETH', 9]] },
    ]);
  });

  test('hears a beat when nothing else is said, with how far the desk is', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const wire = new Wire(CAP);
    hub.attach(wire, anything);
    hands.pass(3_500);
    expect(wire.received.slice(1)).toEqual(Array.from({ length: 2 }, () => ({ say: 'beat', seq: 7, at: 1_000_000, durable: 5 })));
  });

  test('is refused with a reason and a remedy, and let go when it says nothing for long, or too much', () => {
    const hands = new Hands();
    const hub = new Hub(
      setup(hands, { limits: { ...STANDARD_LIMITS, unsentBytes: CAP, subscriptions: 1, messagesPerSecond: 10, messagesAtOnce: 30 } }),
    );
    hub.channel('quotes', 'BTC', { keeps: 'newest' });
    const may: May = (topic) => (topic === 'logs' ? { reason: 'logs are for admins', remedy: 'ask an admin' } : null);
    const wire = new Wire(1_000_000);
    const viewer = hub.attach(wire, may);
    subscribe(viewer, 'logs', '*');
    subscribe(viewer, 'quotes', 'DOGE');
    subscribe(viewer, 'quotes', '*', { epoch: 'e1', n: 3 });
    subscribe(viewer, 'quotes', 'BTC');
    subscribe(viewer, 'trades', '*');
    viewer.hear('{"do":"subscribe"');
    viewer.hear('{"do":"dance"}');
    viewer.hear('{"do":"subscribe","id":1,"topic":"quotes","more":1}');
    expect(
      told(wire).flatMap((message) => ((message as { say: string }).say === 'refused' ? [(message as { reason: string }).reason] : [])),
    ).toEqual([
      'logs are for admins',
      'there is no quotes of DOGE',
      'quotes of * is several channels, each with numbers of its own',
      'more than 1 subscriptions',
      expect.stringContaining('is not JSON'),
      expect.stringContaining('do: '),
      expect.stringContaining('nrecognized key'),
    ]);
    for (let n = 0; n < 30; n += 1) viewer.hear('{"do":"ping","id":1}');
    expect(wire.closed).toEqual([1008, 'more than 10 messages a second']);
    const other = new Wire(1_000_000);
    const babbler = hub.attach(other, may);
    for (let n = 0; n < 20; n += 1) babbler.hear('x');
    expect(other.closed).toEqual([1008, '20 messages that say nothing']);
  });

  test('who may no longer see a topic is told so, and hears no more of it', () => {
    const hands = new Hands();
    const hub = new Hub(setup(hands));
    const orders = hub.channel('orders', '*', { keeps: 'newest' });
    let trusted = true;
    const wire = new Wire(CAP);
    const viewer = hub.attach(wire, () => (trusted ? null : { reason: 'signed out', remedy: 'sign in again' }));
    subscribe(viewer, 'orders', '*');
    trusted = false;
    viewer.recheck();
    orders.put('1.2', 'secret');
    hub.flush();
    expect(told(wire).at(-1)).toEqual({ say: 'refused', id: null, reason: 'orders *: signed out', remedy: 'sign in again' });
  });
});

test('whatever is put, read, missed and asked for again, a client holds what the channel held at its place, without a hole that it was not told of', () => {
  const command = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('put' as const), channel: fc.nat(2), key: fc.nat(5), value: fc.option(fc.nat(9)) }),
    },
    { weight: 4, arbitrary: fc.constant({ do: 'flush' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('subscribe' as const), client: fc.nat(2), channel: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), client: fc.nat(2), channel: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('stick' as const), client: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), client: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const), client: fc.nat(2) }) },
  );
  const kinds = { missed: 0, resumed: 0 };
  fc.assert(
    fc.property(fc.array(command, { minLength: 60, maxLength: 160 }), (commands) => {
      const hands = new Hands();
      const hub = new Hub(
        setup(hands, { kept: { messages: 4, bytes: 260 }, limits: { ...STANDARD_LIMITS, unsentBytes: 520, messagesAtOnce: 1e9 } }),
      );
      const names = ['A', 'B', 'C'];
      const channels = names.map((name) => hub.channel('positions', name, { keeps: 'newest' }));
      /** What each channel held after each of its messages. */
      const held = names.map(() => [new Map<string, unknown>()]);
      const pending = names.map(() => new Map<string, unknown>());
      const flush = (): void => {
        hub.flush();
        channels.forEach((channel, i) => {
          const now = new Map(held[i]!.at(-1)!);
          for (const [key, value] of pending[i]!) value === null ? now.delete(key) : now.set(key, value);
          pending[i]!.clear();
          while (held[i]!.length <= channel.n) held[i]!.push(now);
        });
      };
      class Client {
        wire = new Wire(1_500);
        viewer = hub.attach(this.wire, anything);
        read = 0;
        following = new Map<string, Followed>();
        epoch = 'e1';

        look(): void {
          for (const message of this.wire.received.slice(this.read)) {
            if (message.say === 'resumed') kinds.resumed += 1;
            if (message.say === 'unsubscribed') this.following.delete(message.of);
            if (message.say !== 'snapshot' && message.say !== 'delta') continue;
            if (message.say === 'snapshot' && message.why === 'behind') kinds.missed += 1;
            // a place begins with a snapshot, and holds until the gateway has said that it ends
            if (message.say === 'snapshot' && !this.following.has(message.of)) this.following.set(message.of, new Followed());
            const followed = this.following.get(message.of)!;
            expect(followed.take(message, this.epoch)).toBe('taken');
            const sorted = (rows: ReadonlyMap<string, unknown>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
            expect(sorted(followed.rows)).toEqual(sorted(held[names.indexOf(message.of)]![message.n]!));
          }
          this.read = this.wire.received.length;
        }
      }
      const clients = [new Client(), new Client(), new Client()];
      for (const one of commands) {
        switch (one.do) {
          case 'put':
            channels[one.channel]!.put(`k${one.key}`, one.value);
            if (one.value !== null || held[one.channel]!.at(-1)!.has(`k${one.key}`)) pending[one.channel]!.set(`k${one.key}`, one.value);
            else pending[one.channel]!.delete(`k${one.key}`);
            break;
          case 'flush':
            flush();
            break;
          case 'subscribe': {
            flush();
            const client = clients[one.client]!;
            subscribe(client.viewer, 'positions', names[one.channel]!);
            break;
          }
          case 'unsubscribe': {
            const client = clients[one.client]!;
            ask(client.viewer, { do: 'unsubscribe', id: 1, topic: 'positions', of: names[one.channel]! });
            break;
          }
          case 'stick':
            clients[one.client]!.wire.stuck = true;
            break;
          case 'read':
            flush();
            if (clients[one.client]!.wire.read()) clients[one.client]!.viewer.drained();
            break;
          case 'reconnect': {
            flush();
            const client = clients[one.client]!;
            client.look();
            hub.detach(client.viewer);
            client.wire = new Wire(1_500);
            client.read = 0;
            client.viewer = hub.attach(client.wire, anything);
            for (const [name, followed] of client.following) {
              const { cursor } = followed;
              subscribe(client.viewer, 'positions', name, cursor ?? undefined);
            }
          }
        }
        for (const client of clients) client.look();
      }
      // in the end all have read, and hold what is
      flush();
      for (const client of clients) {
        while (client.wire.read()) client.viewer.drained();
        client.look();
        expect(client.wire.closed).toBeNull();
        for (const [name, followed] of client.following)
          expect(new Map([...followed.rows].sort())).toEqual(new Map([...held[names.indexOf(name)]!.at(-1)!].sort()));
      }
    }),
    { numRuns: 250 },
  );
  expect(Math.min(kinds.missed, kinds.resumed)).toBeGreaterThan(20);
});
