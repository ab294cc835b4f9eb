// Whatever comes back over HTTP (over the request line: request-line.test.ts): a send or cancel never throws, and never says more than the bytes prove.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '#engine/execution/broker.ts';
import { randomStream } from '#engine/random.ts';
import type { AccountId } from '#engine/values.ts';
import { type ExchangeServer, openExchangeServer } from '#infra/venues-local/serve.ts';
import { realClock } from '#streams/clock.ts';
import { acked, asking, BTC, named, nameOf, orderOf } from '#tests/contracts/broker.ts';
import { openLocalBroker } from './broker.ts';

type Heard = Readonly<{ method: string; path: string; head: string; body: string }>;
/** What the liar does instead of answering; `honest` asks the exchange and gives its whole answer as bytes. */
type Lie = (socket: Socket, heard: Heard, honest: () => Promise<Buffer>) => void;

/** A proxy before the exchange: the stream goes through, and requests over HTTP do until they are lied to. It has no request line. */
async function openLiar(exchange: ExchangeServer) {
  let lie: ((heard: Heard) => Lie | null) | null = null;
  const heardAll: Heard[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let waiting = Buffer.alloc(0);
    const take = (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      if (waiting.toString('latin1').startsWith('GET /stream')) {
        socket.off('data', take);
        const through = connect(exchange.port, '127.0.0.1', () => through.write(waiting));
        through.on('error', () => {});
        socket.on('close', () => through.destroy());
        through.on('close', () => socket.destroy());
        socket.pipe(through);
        through.pipe(socket);
        return;
      }
      if (waiting.toString('latin1').startsWith('GET /requests')) return void socket.end('HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n');
      const end = waiting.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = waiting.subarray(0, end).toString('latin1');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (waiting.length < end + 4 + length) return;
      const body = waiting.subarray(end + 4, end + 4 + length).toString();
      waiting = waiting.subarray(end + 4 + length);
      const [method = '', path = ''] = head.split(' ');
      const heard = { method, path, head, body };
      heardAll.push(heard);
      const honest = () => askHonestly(exchange, heard);
      const lying = lie?.(heard) ?? null;
      if (lying !== null) lying(socket, heard, honest);
      else honest().then((bytes) => socket.destroyed || socket.write(bytes));
    };
    socket.on('data', take);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: heardAll,
    /** Null: the truth. */
    lieTo: (next: ((heard: Heard) => Lie | null) | null) => {
      lie = next;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function askHonestly(exchange: ExchangeServer, { method, path, head, body }: Heard): Promise<Buffer> {
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]),
  );
  return new Promise((resolve, reject) => {
    const outgoing = request(`${exchange.url}${path}`, { method, headers: { ...headers, connection: 'close' }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(http(answer.statusCode ?? 0, Buffer.concat(chunks))));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function http(status: number, body: Buffer | string, more = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${more}content-length: ${bytes.length}\r\n\r\n`),
    bytes,
  ]);
}

const says =
  (bytes: Buffer | string): Lie =>
  (socket) =>
    void socket.write(bytes);
/** Does what was asked, and changes the answer. */
const twists =
  (change: (text: string) => string): Lie =>
  (socket, _heard, honest) =>
    void honest().then((bytes) => socket.write(http(200, change(bytes.toString().split('\r\n\r\n')[1]!))));

const LIES: readonly (readonly [what: string, lie: Lie])[] = [
  ['noise', says('q8\0\u0001 noise\r\n\r\n')],
  ['noise without an end', says('q8 noise')],
  ['a page of HTML', says(http(200, '<!doctype html><title>Sign in</title>'))],
  ['nothing, with status 200', says(http(200, ''))],
  ['status 204', says('HTTP/1.1 204 No Content\r\n\r\n')],
  ['a redirect to itself', says(http(302, '', 'location: /orders\r\n'))],
  ['a switch of protocols', says('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: tea\r\n\r\n')],
  ['continue, for ever', says('HTTP/1.1 100 Continue\r\n\r\n')],
  ['null', says(http(200, 'null'))],
  ['a list', says(http(200, '[]'))],
  ['a number for an order', says(http(200, '{"order":5}'))],
  ['ok', says(http(200, '{"ok":true}'))],
  ['the prototype', says(http(200, '{"__proto__":{"order":{"id":"1"}},"constructor":{"prototype":{"order":1}}}'))],
  ['a hundred thousand brackets', says(http(200, '['.repeat(100_000)))],
  ['not UTF-8', says(http(200, Buffer.from('7b226f72646572223affc080fe7d', 'hex')))],
  ['a compressed answer', says(http(200, Buffer.from('1f8b0800000000000003ab56', 'hex'), 'content-encoding: gzip\r\n'))],
  ['six megabytes', says(http(200, ' '.repeat(6_000_000)))],
  ['ten gigabytes announced', says('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n{"order":')],
  ['two lengths', says('HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 9\r\n\r\nnull     ')],
  ['a broken chunk', says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nnull\r\n')],
  ['a million headers', says(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}\r\n`)],
  ['a proxy’s 502', says(http(502, 'Bad Gateway'))],
  ['a proxy’s 503', says(http(503, '<h1>Service Unavailable</h1>'))],
  ['a proxy’s 429', says(http(429, 'slow down'))],
  ['a refusal with another status', says(http(500, '{"code":"price-grid","message":""}'))],
  ['a refusal with status 200', says(http(200, '{"code":"auth","message":""}'))],
  ['a code nobody knows', says(http(409, '{"code":"halted","message":""}'))],
  ['the end, at once', (socket) => void socket.end()],
  ['a reset', (socket) => void socket.resetAndDestroy()],
  ['the end within the headers', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
  ['silence', () => {}],
  ['another order', twists((text) => text.replaceAll(/"clientId":"[^"]*"/g, '"clientId":"another"'))],
  ['another instrument', twists((text) => text.replaceAll('BTC-USD', 'XRP-USD'))],
  ['a price off the grid', twists((text) => text.replaceAll(/"price":"[^"]*"/g, '"price":"49900.05"'))],
  ['a number where text belongs', twists((text) => text.replaceAll(/"quantity":"([^"]*)"/g, '"quantity":$1'))],
  ['NaN', twists((text) => text.replaceAll(/"quantity":"[^"]*"/g, '"quantity":"NaN"'))],
  ['a state nobody knows', twists((text) => text.replaceAll(/"state":"[^"]*"/g, '"state":"pending"'))],
  ['filled beyond its size', twists((text) => text.replaceAll(/"filled":"[^"]*"/g, '"filled":"9.0"'))],
  ['a byte that is not UTF-8 within text', (socket, _heard, honest) => void honest().then((bytes) => socket.write(withBadByte(bytes)))],
  ['six megabytes before the order', twists((text) => `${' '.repeat(6_000_000)}${text}`)],
  [
    'a whole order, and the end before what was announced',
    (socket, _heard, honest) => void honest().then((bytes) => socket.end(announcedLonger(bytes))),
  ],
  ['a field left out', twists((text) => text.replaceAll(/"clientId":"[^"]*",/g, ''))],
];

const withBadByte = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(
    bytes
      .toString('latin1')
      .replace('"symbol":"BTC-USD"', '"symbol":"BTC-USD","note":"é"')
      .replace(/length: (\d+)/, (_, n) => `length: ${Number(n) + 11}`),
    'latin1',
  );
  return copy;
};
const announcedLonger = (bytes: Buffer): string => bytes.toString().replace(/length: (\d+)/, (_, n) => `length: ${Number(n) + 10}`);

describe('a venue that talks nonsense', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-nonsense-'));
  let exchange: ExchangeServer;
  let liar: Awaited<ReturnType<typeof openLiar>>;
  beforeAll(async () => {
    exchange = await openExchangeServer({ folder, symbols: ['BTC-USD', 'XRP-USD'], steps: 0, limit: 100_000 });
    liar = await openLiar(exchange);
  });
  afterAll(async () => {
    liar.close();
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function begin(timeoutUs = 500_000): Promise<Broker> {
    liar.lieTo(null);
    const { key, secret } = exchange.keys;
    const options = { account: 'main' as AccountId, url: liar.url, key, secret: { reveal: () => secret }, instruments: [BTC] };
    const broker = openLocalBroker({ ...options, timeoutUs, clock: realClock });
    onTestFinished(() => broker.close());
    await broker.open(() => {});
    return broker;
  }
  let names = 0;
  const order = (limit = 100) => orderOf(realClock.wallUs(), `n${(names += 1)}`, 5, { limit });

  test.each(LIES)('%s: an order is unknown, a question is not answered, and the next one is read rightly', async (_what, lie) => {
    const broker = await begin();
    const standing = order();
    acked(await broker.send(standing));
    liar.lieTo(({ method }) => (method === 'GET' ? null : lie));
    expect(await broker.send(order())).toEqual({ kind: 'unknown', reason: expect.any(String) });
    const until = orderOf(realClock.wallUs(), 'x', 1).until;
    expect(await broker.replace({ name: named(standing), lots: 4, limit: 100, stop: null, until })).toEqual({
      kind: 'unknown',
      reason: expect.any(String),
    });
    expect(await broker.cancel(named(standing))).toEqual({ kind: 'unknown', reason: expect.any(String) });
    liar.lieTo(null);
    const next = order();
    const venueId = acked(await broker.send(next));
    expect(await broker.order(named(next))).toMatchObject({ found: true, row: { venueId } });
  });

  test('questions: none is answered with nonsense, each rejects by name', async () => {
    const broker = await begin(250_000);
    const standing = order();
    acked(await broker.send(standing));
    for (const [what, lie] of LIES.slice(
      0,
      LIES.findIndex(([name]) => name === 'another order'),
    )) {
      liar.lieTo(() => lie);
      expect(await broker.order(named(standing)), what).toEqual({ found: null, reason: expect.any(String) });
      for (const ask of asking(broker))
        await expect(ask(), what).rejects.toMatchObject({ name: expect.stringMatching(/^Venue(Nonsense|Unreachable|Refused)$/) });
    }
  });

  test('noise is named nonsense, silence a venue that cannot be reached, a wrong key a refusal', async () => {
    const broker = await begin(250_000);
    for (const [lie, name] of [
      [says('noise\r\n\r\n'), 'VenueNonsense'],
      [says(http(200, ' '.repeat(6_000_000))), 'VenueNonsense'],
      [says(http(200, Buffer.from('22ff22', 'hex'))), 'VenueNonsense'],
      [() => {}, 'VenueUnreachable'],
      [(socket: Socket) => void socket.resetAndDestroy(), 'VenueUnreachable'],
      [says(http(500, '{"code":"internal","message":""}')), 'VenueUnreachable'],
      [says(http(401, '{"code":"auth","message":""}')), 'VenueRefused'],
    ] as const) {
      liar.lieTo(() => lie);
      await expect(broker.positions()).rejects.toMatchObject({ name });
    }
  });

  test('a cancel whose order works on, and a replace that changed nothing, are not done', async () => {
    const broker = await begin();
    const standing = order();
    acked(await broker.send(standing));
    const until = orderOf(realClock.wallUs(), 'x', 1).until;
    liar.lieTo(() => twists((text) => text.replace(/"quantity":"[^"]*"/, '"quantity":"0.0005"')));
    expect(await broker.replace({ name: named(standing), lots: 4, limit: 100, stop: null, until })).toMatchObject({ kind: 'unknown' });
    liar.lieTo(() => twists((text) => text.replace(/"price":"[^"]*"/, '"price":"10.0"')));
    expect(await broker.replace({ name: named(standing), lots: 4, limit: 101, stop: null, until })).toMatchObject({ kind: 'unknown' });
    liar.lieTo(() => twists((text) => text.replace('"state":"cancelled"', '"state":"working"')));
    expect(await broker.cancel(named(standing))).toMatchObject({ kind: 'unknown' });
  });

  test('a socket that stalled is closed at the timeout, and never used again', async () => {
    const broker = await begin();
    const stalled: Socket[] = [];
    liar.lieTo(() => (socket) => void stalled.push(socket));
    expect(await broker.send(order())).toMatchObject({ kind: 'unknown' });
    await expect(broker.positions()).rejects.toMatchObject({ name: 'VenueUnreachable' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stalled.map(({ destroyed, readableEnded }) => destroyed || readableEnded)).toEqual([true, true]);
  });

  test('fills that do not add up to the order are not believed', async () => {
    const broker = await begin();
    const standing = order();
    acked(await broker.send(standing));
    liar.lieTo(() => twists((text) => text.replace(/"filled":"[^"]*"/, '"filled":"0.0002"')));
    expect(await broker.order(named(standing))).toEqual({ found: null, reason: expect.stringContaining('filled 2, and fills of 0') });
  });

  test('pages that lead back are told, not followed for ever', async () => {
    const broker = await begin();
    liar.lieTo(() => says(http(200, '{"orders":[],"fills":[],"next":"7"}')));
    await expect(broker.openOrders()).rejects.toMatchObject({ name: 'VenueNonsense', message: expect.stringContaining('leads back') });
    await expect(broker.fills(0 as never)).rejects.toMatchObject({ name: 'VenueNonsense' });
  });

  test('an answer in single bytes is the answer', async () => {
    const broker = await begin(2_000_000);
    liar.lieTo(() => async (socket, _heard, honest) => {
      for (const byte of await honest()) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const request = order();
    const venueId = acked(await broker.send(request));
    expect(await broker.order(named(request))).toMatchObject({ found: true, row: { venueId } });
    expect(await broker.cancel(named(request))).toEqual({ kind: 'done' });
  });

  test('an answer cut at any byte is unknown', async () => {
    const broker = await begin(1_000_000);
    let whole = 0;
    const outcomes: string[] = [];
    for (let cut = 0; cut === 0 || cut <= whole; cut += 1) {
      liar.lieTo(() => async (socket, _heard, honest) => {
        const bytes = await honest();
        whole = bytes.length;
        socket.end(bytes.subarray(0, cut));
      });
      outcomes.push((await broker.send(order())).kind);
    }
    expect(outcomes.length).toBeGreaterThan(300);
    expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['unknown']));
    expect(outcomes.at(-1)).toBe('acked');
  }, 60_000);

  test('an answer with any byte changed never says that the order is absent', async () => {
    const broker = await begin(250_000);
    const draw = randomStream(5, 'changed bytes');
    const kinds = new Map<string, number>();
    for (let round = 0; round < 300; round += 1) {
      liar.lieTo(() => async (socket, _heard, honest) => {
        const bytes = await honest();
        bytes[draw.below(bytes.length)] = draw.below(256);
        socket.write(bytes);
      });
      const { kind } = await broker.send(order());
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual(['acked', 'unknown']);
  }, 60_000);

  test('an answer nobody asked for is not taken for the next one', async () => {
    const broker = await begin();
    liar.lieTo(
      () => (socket, _heard, honest) =>
        void honest().then((bytes) => socket.write(Buffer.concat([bytes, http(409, '{"code":"too-large","message":""}')]))),
    );
    acked(await broker.send(order()));
    liar.lieTo(null);
    for (let round = 0; round < 5; round += 1) {
      const request = order();
      const outcome = await broker.send(request);
      expect(outcome.kind, JSON.stringify(outcome)).not.toBe('rejected');
      expect(await broker.order(named(request))).toMatchObject({ found: true });
    }
  });

  test('two hundred cancels are on the wire at once, though none is answered', async () => {
    const broker = await begin(1_500_000);
    liar.lieTo(() => () => {});
    const before = liar.heard.length;
    const outcomes = Array.from({ length: 200 }, (_, n) => broker.cancel(nameOf(`c${n}`)));
    for (let waited = 0; liar.heard.length - before < 200 && waited < 1_000; waited += 20)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(liar.heard.length - before).toBe(200);
    for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).toBe('unknown');
  });

  test('what never got a socket was never sent', async () => {
    const broker = await begin(1_000_000);
    liar.lieTo(() => () => {});
    const before = liar.heard.length;
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => broker.send(order())));
    const count = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
    expect([count('unknown'), count('notSent')]).toEqual([256, 44]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(liar.heard.length - before).toBe(256);
  });
});
