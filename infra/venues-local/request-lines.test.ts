// The door over a request line: the same answers as over HTTP, many at once, and what breaks a line.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestExchange } from '#tests/venues/exchange-client.ts';

let venue: TestExchange;
let line: WebSocket;
const heard: Record<string, unknown>[] = [];
let id = 0;

beforeAll(async () => {
  venue = await TestExchange.open({ limit: 100_000 });
});
afterAll(() => venue.close());
beforeEach(async () => {
  await venue.admin('reset');
  await venue.quote('60000', '60001');
  line?.terminate();
  line = await opened();
});

const BUY = { symbol: 'BTC-USD', side: 'buy', type: 'market', quantity: '0.1' };

async function opened(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${venue.server.port}/requests`);
  heard.length = 0;
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as Record<string, unknown>));
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

function say(method: string, path: string, fields?: object): number {
  const body = fields === undefined ? '' : JSON.stringify(fields);
  id += 1;
  line.send(JSON.stringify({ id, method, path, headers: venue.headers(method, path, body), body }));
  return id;
}

async function call(method: string, path: string, fields?: object): Promise<unknown> {
  const own = say(method, path, fields);
  await expect.poll(() => heard.some((message) => message['id'] === own), { timeout: 5_000 }).toBe(true);
  return heard.find((message) => message['id'] === own);
}

test('a request is answered as over HTTP, its number with it', async () => {
  const placed = (await call('POST', '/orders', { ...BUY, clientId: 'a' })) as { status: number; body: { order: object } };
  expect(placed).toMatchObject({ status: 200, body: { order: { clientId: 'a', state: 'filled', filled: '0.1000' } } });
  expect((await venue.call('GET', '/orders/one?clientId=a')).body['order']).toEqual(placed.body.order);
  expect(await call('GET', '/positions')).toMatchObject({ status: 200, body: { positions: [{ symbol: 'BTC-USD', quantity: '0.1000' }] } });
  expect(await call('DELETE', '/orders?clientId=nobody')).toMatchObject({ status: 404, body: { code: 'unknown-order' } });
  expect(await call('POST', '/orders', { ...BUY, clientId: 'x'.repeat(70_000) })).toMatchObject({
    status: 413,
    body: { code: 'bad-request' },
  });
});

test('the ledger has each as it came, whichever way', async () => {
  await call('POST', '/orders', { ...BUY, clientId: 'line' });
  await venue.call('POST', '/orders', { ...BUY, clientId: 'http' });
  const requests = (await venue.entries()).filter(({ what }) => what === 'request');
  const [first, second] = requests.map(({ method, path, key, clientId, body }) => ({ method, path, key, clientId, body: String(body) }));
  expect(first).toEqual({ ...second, clientId: 'line', body: second!.body.replace('http', 'line') });
});

test('a hundred at once are each answered once', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => say('POST', '/orders', { ...BUY, quantity: '0.0001', clientId: `c${n}` }));
  await expect.poll(() => heard.filter((message) => 'id' in message).length, { timeout: 5_000 }).toBe(100);
  expect(heard.flatMap((message) => ('id' in message ? [message['id']] : [])).sort()).toEqual(ids.sort());
});

describe('what breaks a line', () => {
  test.each([
    'x',
    '{}',
    '[]',
    'null',
    '{"id":"1","method":"GET","path":"/time"}',
    '{"id":-1,"method":"GET","path":"/time"}',
    '{"id":1,"path":"/time"}',
    '{"id":1,"method":"GET"}',
    '{"id":1,"method":"GET","path":"/time","headers":7}',
    '{"id":1,"method":"GET","path":"/time","body":{}}',
  ])('%s is no request', async (text) => {
    const closed = once(line, 'close');
    line.send(text);
    expect((await closed)[0]).toBe(4400);
  });

  test('an answer that is lost breaks it, and what waited with it; the order stands', async () => {
    await venue.admin('faults', { seed: 1, faults: { 'ack-lost': 1 } });
    const closed = once(line, 'close');
    say('POST', '/orders', { ...BUY, clientId: 'b' });
    await closed;
    expect(await venue.call('GET', '/orders/one?clientId=b')).toMatchObject({ status: 200 });
  });

  test('a reset breaks those whose requests wait; a hang holds them', async () => {
    await venue.admin('hang', { on: true });
    const own = say('POST', '/orders', { ...BUY, clientId: 'c' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heard.some((message) => message['id'] === own)).toBe(false);
    await venue.admin('hang', { on: false });
    await expect.poll(() => heard.some((message) => message['id'] === own)).toBe(true);
    await venue.admin('hang', { on: true });
    say('POST', '/orders', { ...BUY, clientId: 'd' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = once(line, 'close');
    await venue.admin('reset');
    await closed;
  });
});

test('who asks for a WebSocket at a place that is none is told so, whatever the place is called', async () => {
  for (const place of ['/nowhere', '//', '///', '/%', '/requests/', '*', 'http://[']) {
    const socket = connect(venue.server.port, '127.0.0.1');
    const said = new Promise<string>((settle) => socket.once('data', (data) => settle(String(data))));
    socket.write(
      `GET ${place} HTTP/1.1\r\nhost: here\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n`,
    );
    expect((await said).slice(0, 12), place).toMatch(/^HTTP\/1\.1 40[04]/);
    socket.destroy();
  }
  expect((await venue.call('GET', '/balances')).status).toBe(200);
});

test('it beats each second, and answers a ping', async () => {
  const pong = once(line, 'pong');
  line.ping();
  await pong;
  await expect.poll(() => heard.some(({ op }) => op === 'beat'), { timeout: 5_000 }).toBe(true);
});
