// The door over real HTTP: checks in their order, pages, limits, maintenance, a hang, a reset, a restart, and bodies nobody should send.

import { statSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sleep, TestExchange } from '#tests/venues/exchange-client.ts';
import { ExchangeOwned, openExchangeServer, PortTaken } from './serve.ts';

let venue: TestExchange;
beforeAll(async () => {
  venue = await TestExchange.open({ limit: 100_000 });
});
afterAll(() => venue.close());
beforeEach(async () => {
  await venue.admin('reset');
  await venue.quote('60000', '60001');
});

const BUY = { symbol: 'BTC-USD', side: 'buy', type: 'market', quantity: '0.1' };
const REST = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '0.1', price: '50000' };
const refused = async (method: string, path: string, fields?: object, signed = {}) => {
  const { status, body } = await venue.call(method, path, fields, signed);
  return `${status} ${String(body['code'])}`;
};

describe('checks', () => {
  test('each refusal has its code and status', async () => {
    const now = Date.now() * 1000;
    expect(await refused('POST', '/orders', BUY, { key: 'nobody' })).toBe('401 auth');
    expect(await refused('POST', '/orders', BUY, { sign: 'f'.repeat(64) })).toBe('401 auth');
    expect(await refused('GET', '/fills', undefined, { sign: '' })).toBe('401 auth');
    expect(await refused('POST', '/orders', BUY, { time: String(now - 31_000_000) })).toBe('400 expired');
    expect(await refused('POST', '/orders', BUY, { until: String(now - 1) })).toBe('400 expired');
    expect(await refused('GET', '/balances', undefined, { until: String(now - 1) })).toBe('400 expired');
    expect(await refused('POST', '/orders', { ...BUY, symbol: 'DOG-USD' })).toBe('400 unknown-symbol');
    expect(await refused('POST', '/orders', { ...BUY, symbol: '__proto__' })).toBe('400 unknown-symbol');
    expect(await refused('POST', '/orders', { ...REST, price: '50000.05' })).toBe('400 price-grid');
    expect(await refused('POST', '/orders', { ...BUY, quantity: '0.00001' })).toBe('400 quantity-grid');
    expect(await refused('POST', '/orders', { ...BUY, quantity: '100' })).toBe('409 insufficient-margin');
    expect(await refused('POST', '/orders', { ...BUY, quantity: '1000.1' })).toBe('409 too-large');
    expect(await refused('POST', '/orders', { ...BUY, reduceOnly: true })).toBe('409 reduce-only');
    expect(await refused('POST', '/orders', { ...REST, expireTime: now })).toBe('400 expired');
    expect(await refused('DELETE', '/orders?id=7')).toBe('404 unknown-order');
    expect(await refused('DELETE', '/orders?clientId=nobody')).toBe('404 unknown-order');
    expect(await refused('GET', '/orders/one?clientId=nobody')).toBe('404 unknown-order');
    expect(await refused('POST', '/nowhere')).toBe('404 bad-request');
    expect(await refused('PATCH', '/orders', {})).toBe('404 bad-request');
    expect(await refused('GET', '/constructor')).toBe('404 bad-request');
    expect(await refused('GET', '/book?symbol=X')).toBe('400 unknown-symbol');
  });

  test('a form that is not the protocol’s is a bad request', async () => {
    const wrong = [
      ...[
        { side: 'long' },
        { type: 'stop-limit' },
        { quantity: 0.1 },
        { quantity: '0' },
        { quantity: '-1' },
        { quantity: '1e3' },
        { quantity: null },
      ],
      ...[{ price: '60000' }, { stopPrice: '60000' }, { clientId: 'a b' }, { clientId: 7 }, { clientId: 'x'.repeat(65) }, { clientId: '' }],
      ...[
        { reduceOnly: 'yes' },
        { expireTime: 1.5 },
        { expireTime: '1' },
        { quantity: '1'.repeat(1_000) },
        { type: 'limit' },
        { type: 'stop' },
      ],
      ...[
        { type: 'limit', price: '0' },
        { type: 'limit', price: '-5' },
        { type: 'limit', price: '1', stopPrice: '2' },
      ],
    ];
    for (const part of wrong) expect(await refused('POST', '/orders', { ...BUY, ...part }), JSON.stringify(part)).toBe('400 bad-request');
    for (const query of ['', '?id=x', '?id=-1', '?clientId=a%20b'])
      expect(await refused('DELETE', `/orders${query}`), query).toBe('400 bad-request');
    for (const path of ['/fills?since=x', '/orders/open?after=-1', '/fills?after=1.5'])
      expect(await refused('GET', path), path).toBe('400 bad-request');
    expect(await venue.entries().then((entries) => entries.filter(({ what }) => what === 'order'))).toEqual([]);
  });

  test('every order request is in the ledger first, also when it is then refused', async () => {
    await venue.call('POST', '/orders', { ...BUY, clientId: 'one' });
    await venue.call('POST', '/orders', { ...BUY, clientId: 'two' }, { key: 'nobody' });
    await venue.call('DELETE', '/orders?clientId=three');
    await venue.raw('POST', '/orders', 'rubbish', venue.headers('POST', '/orders', 'rubbish'));
    const entries = (await venue.entries()).slice(3);
    expect(entries.map(({ what, clientId, request, code, key }) => [what, clientId ?? request ?? null, code ?? key ?? null])).toEqual([
      ['request', 'one', venue.server.keys.key],
      ['order', 4, null],
      ['fill', null, null],
      ['changed', 4, null],
      ['request', 'two', 'nobody'],
      ['refused', 8, 'auth'],
      ['request', 'three', venue.server.keys.key],
      ['refused', 10, 'unknown-order'],
      ['request', null, venue.server.keys.key].map((part) => part),
      ['refused', 12, 'bad-request'],
    ]);
    expect(entries[0]).toMatchObject({ method: 'POST', path: '/orders', body: JSON.stringify({ ...BUY, clientId: 'one' }) });
    expect(entries[8]).toMatchObject({ body: 'rubbish', clientId: null });
  });
});

describe('orders', () => {
  test('an order’s life over the wire', async () => {
    const { body } = await venue.call('POST', '/orders', { ...REST, clientId: 'a', reduceOnly: false, expireTime: null });
    const { time, updated, ...order } = body['order'] as Record<string, unknown>;
    expect(order).toMatchInlineSnapshot(`
      {
        "clientId": "a",
        "expireTime": null,
        "filled": "0.0000",
        "id": "1",
        "price": "50000.0",
        "quantity": "0.1000",
        "reason": "",
        "reduceOnly": false,
        "side": "buy",
        "state": "working",
        "stopPrice": null,
        "symbol": "BTC-USD",
        "type": "limit",
      }
    `);
    await venue.trade('sell', '49999', '0.04');
    expect((await venue.call('PUT', '/orders', { clientId: 'a', quantity: '0.2', price: '50001' })).body['order']).toMatchObject({
      ...{ quantity: '0.2000', price: '50001.0', filled: '0.0400', state: 'working' },
    });
    expect((await venue.call('DELETE', '/orders?clientId=a')).body['order']).toMatchObject({ state: 'cancelled', filled: '0.0400' });
    expect(await refused('DELETE', '/orders?clientId=a')).toBe('409 not-working');
    const one = await venue.call('GET', '/orders/one?id=1');
    expect(one.body['order']).toMatchObject({ id: '1', clientId: 'a' });
    expect(one.body['fills']).toMatchObject([
      { id: '1', orderId: '1', clientId: 'a', quantity: '0.0400', price: '50000.0', fee: '0.40', maker: true },
    ]);
    expect((await venue.call('GET', '/positions')).body).toEqual({
      positions: [{ symbol: 'BTC-USD', quantity: '0.0400', price: '50000.0' }],
    });
    expect((await venue.call('GET', '/balances')).body).toEqual({ balances: [{ currency: 'USD', amount: '97999.60' }] });
  });

  test('all are cancelled at once, and pages of open orders and fills are whole', async () => {
    for (let count = 0; count < 120; count += 1) await venue.call('POST', '/orders', { ...REST, quantity: '0.001', clientId: `c${count}` });
    const ids = async (path: string, name: string) => {
      const pages: number[] = [];
      const seen: string[] = [];
      for (let next: unknown = '0'; next !== null; ) {
        const { body } = await venue.call('GET', `${path}${String(next)}`);
        const rows = body[name] as { id: string }[];
        pages.push(rows.length);
        seen.push(...rows.map(({ id }) => id));
        next = body['next'];
      }
      return { pages, seen };
    };
    const all = Array.from({ length: 120 }, (_, index) => String(index + 1));
    expect(await ids('/orders/open?after=', 'orders')).toEqual({ pages: [50, 50, 20], seen: all });
    await venue.trade('sell', '50000', '0.1');
    expect(await ids('/fills?after=', 'fills')).toEqual({ pages: [100], seen: all.slice(0, 100) });
    expect((await venue.call('DELETE', '/orders/all')).body).toEqual({ cancelled: 20 });
    expect((await venue.call('GET', '/orders/open')).body).toEqual({ orders: [], next: null });
    await venue.quote('60000', '60001', '10');
    for (let count = 0; count < 110; count += 1) await venue.call('POST', '/orders', { ...BUY, quantity: '0.001' });
    expect((await ids('/fills?after=', 'fills')).pages).toEqual([100, 100, 10]);
    const { fills } = (await venue.call('GET', '/fills?after=150')).body as { fills: { id: string; time: number }[] };
    const { time } = fills.at(-1)!;
    const since = (await venue.call('GET', `/fills?since=${time}`)).body['fills'] as { id: string }[];
    expect(since.at(-1)!.id).toBe('210');
    expect((await venue.call('GET', `/fills?since=${time + 1}`)).body).toEqual({ fills: [], next: null });
  });

  test('a transfer moves the balance and is listed', async () => {
    await venue.admin('transfer', { key: venue.server.keys.key, currency: 'USD', amount: '-250.50', why: 'withdrawn' });
    const { transfers } = (await venue.call('GET', '/transfers?since=0')).body as { transfers: object[] };
    expect(transfers).toMatchObject([
      { id: '1', amount: '100000.00', why: 'opening' },
      { id: '2', amount: '-250.50', why: 'withdrawn' },
    ]);
    expect((await venue.call('GET', '/balances')).body).toEqual({ balances: [{ currency: 'USD', amount: '99749.50' }] });
  });

  test('a working client id is refused; `ever` refuses an ended one too, also after a restart', async () => {
    await venue.call('POST', '/orders', { ...REST, clientId: 'a' });
    expect(await refused('POST', '/orders', { ...REST, clientId: 'a' })).toBe('409 duplicate-id');
    await venue.call('DELETE', '/orders?clientId=a');
    expect((await venue.call('POST', '/orders', { ...REST, clientId: 'a' })).body['order']).toMatchObject({ id: '2', state: 'working' });
    expect((await venue.call('GET', '/orders/one?clientId=a')).body['order']).toMatchObject({ id: '2' });
    await venue.admin('reset', { ids: 'ever' });
    await venue.call('POST', '/orders', { ...REST, clientId: 'a' });
    await venue.call('DELETE', '/orders?clientId=a');
    expect(await refused('POST', '/orders', { ...REST, clientId: 'a' })).toBe('409 duplicate-id');
    await venue.stop();
    await venue.start({ ids: 'ever' });
    expect(await refused('POST', '/orders', { ...REST, clientId: 'a' })).toBe('409 duplicate-id');
    await venue.stop();
    await venue.start();
  });

  test('an order expires by itself', async () => {
    await venue.call('POST', '/orders', { ...REST, clientId: 'a', expireTime: Date.now() * 1000 + 400_000 });
    await sleep(900);
    expect(venue.server.exchange.state.orders[0]).toMatchObject({ state: 'expired' });
    const entries = await venue.entries();
    expect(entries.at(-1)).toMatchObject({ what: 'changed', request: null, order: { state: 'expired' } });
  });
});

describe('the market', () => {
  test('what it lists, shows and tells the time', async () => {
    expect((await venue.raw('GET', '/instruments', '', {})).body['instruments']).toContainEqual({
      ...{
        symbol: 'BTC-USD',
        tick: '0.1',
        lot: '0.0001',
        multiplier: '1',
        currency: 'USD',
        currencyScale: 2,
        makerFee: 200,
        takerFee: 500,
      },
    });
    await venue.call('POST', '/orders', REST);
    const { time, ...book } = (await venue.raw('GET', '/book?symbol=BTC-USD', '', {})).body;
    expect(book).toEqual({
      symbol: 'BTC-USD',
      bids: [
        ['60000.0', '1.0000'],
        ['50000.0', '0.1000'],
      ],
      asks: [['60001.0', '1.0000']],
    });
    expect(Math.abs(Number((await venue.raw('GET', '/time', '', {})).body['time']) - Date.now() * 1000)).toBeLessThan(2_000_000);
  });

  test('it steps by itself, and the same seed is the same market', async () => {
    const quotes = async () => {
      await venue.admin('reset', { steps: 200, seed: 11 });
      const listener = await venue.listen('quotes:ETH-USD');
      await listener.until(({ quotes: rows }) => (rows as number[][] | undefined)?.[0]?.[0] === 12);
      listener.socket.terminate();
      return listener.heard
        .flatMap(({ quotes: rows }) => (rows as (number | string)[][] | undefined) ?? [])
        .map(([n, , ...levels]) => [n, ...levels]);
    };
    const [once, again] = [await quotes(), await quotes()];
    const from = Math.max(Number(once[0]![0]), Number(again[0]![0]));
    const part = (rows: typeof once) => rows.filter(([n]) => Number(n) >= from && Number(n) <= 12);
    expect(part(once)).toEqual(part(again));
    expect(part(once).length).toBeGreaterThan(2);
  });

  test('by hand it is checked', async () => {
    const quote = { symbol: 'BTC-USD', bid: '100', bidQuantity: '1', ask: '101', askQuantity: '1' };
    for (const part of [{ bid: '101' }, { bid: '0' }, { askQuantity: '0' }, { ask: 101 }, { symbol: 'X' }])
      await expect(venue.admin('quote', { ...quote, ...part }), JSON.stringify(part)).rejects.toThrow(/bad-request|unknown-symbol/);
    await expect(venue.trade('long', '100', '1')).rejects.toThrow('bad-request');
    await expect(venue.admin('transfer', { key: 'x', currency: 'USD', amount: '1', why: '' })).rejects.toThrow('no such account');
    await expect(venue.admin('transfer', { key: venue.server.keys.key, currency: 'EUR', amount: '1', why: '' })).rejects.toThrow(
      'currency',
    );
    await expect(venue.admin('transfer', { key: venue.server.keys.key, currency: 'USD', amount: '0.001', why: '' })).rejects.toThrow(
      'bad-request',
    );
    await expect(venue.admin('faults', { faults: { typo: 1 } })).rejects.toThrow('no such fault');
    await expect(venue.admin('faults', { faults: { 'ack-lost': 2 } })).rejects.toThrow('not a rate');
    await expect(venue.admin('reset', { ids: 'never' })).rejects.toThrow('bad-request');
    await expect(venue.admin('reset', { steps: -1 })).rejects.toThrow('bad-request');
    expect((await venue.raw('POST', '/admin/reset', '{}', { 'x-admin': 'x' })).status).toBe(401);
    expect((await venue.raw('POST', '/admin/reset', '{}', {})).status).toBe(401);
    expect((await venue.raw('POST', '/admin/toString', '{}', { 'x-admin': venue.server.keys.admin })).status).toBe(404);
  });
});

describe('switches', () => {
  test('more requests than the limit are refused, and there is room again after retryAfterUs', async () => {
    await venue.admin('reset', { limit: 2 });
    const answers = await Promise.all(Array.from({ length: 25 }, () => venue.call('GET', '/balances')));
    const late = answers.filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThanOrEqual(14); // some room comes back meanwhile on a slow machine
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
    const { code, retryAfterUs } = late[0]!.body;
    expect(code).toBe('rate-limit');
    expect(retryAfterUs).toBeGreaterThan(0);
    expect(retryAfterUs).toBeLessThanOrEqual(500_000);
    await sleep(550);
    expect((await venue.call('GET', '/balances')).status).toBe(200);
  });

  test('in maintenance orders are refused and kept, and reading goes on', async () => {
    await venue.call('POST', '/orders', { ...REST, clientId: 'a' });
    await venue.admin('maintenance', { on: true });
    for (const [method, path, fields] of [
      ['POST', '/orders', BUY],
      ['PUT', '/orders', { clientId: 'a', quantity: '1' }],
      ['DELETE', '/orders?clientId=a', undefined],
      ['DELETE', '/orders/all', undefined],
    ] as const)
      expect(await refused(method, path, fields)).toBe('503 maintenance');
    expect((await venue.call('GET', '/orders/open')).body['orders']).toHaveLength(1);
    await venue.admin('maintenance', { on: false });
    expect((await venue.call('DELETE', '/orders?clientId=a')).status).toBe(200);
  });

  test('hung, it answers nobody but the admin; afterwards it acts on what came, unless it came too late', async () => {
    const listener = await venue.listen('account');
    await venue.admin('hang', { on: true });
    const now = Date.now() * 1000;
    const waits = venue.call('POST', '/orders', { ...BUY, clientId: 'waits' });
    const expires = venue.call('POST', '/orders', { ...BUY, clientId: 'expires' }, { until: String(now + 50_000) });
    const gone = venue.raw('POST', '/orders', JSON.stringify(BUY), venue.headers('POST', '/orders', JSON.stringify(BUY)), 60);
    await expect(gone).rejects.toThrow('no answer');
    await expect(venue.raw('GET', '/time', '', {}, 60)).rejects.toThrow('no answer');
    listener.say({ op: 'subscribe', channels: ['quotes:BTC-USD'] });
    await sleep(1_100);
    expect(listener.heard.filter(({ op }) => op === 'beat' || op === 'subscribed').length).toBeLessThanOrEqual(2);
    expect((await venue.entries()).filter(({ what }) => what === 'request')).toEqual([]);
    const before = listener.heard.length;
    await venue.admin('hang', { on: false });
    expect((await waits).status).toBe(200);
    expect((await expires).body['code']).toBe('expired');
    await listener.until(({ channel }) => String(channel).startsWith('quotes:'));
    await listener.until(({ fill }) => (fill as { orderId: string } | undefined)?.orderId === '2');
    expect(listener.heard.length).toBeGreaterThan(before);
    expect(venue.server.exchange.state.orders).toHaveLength(2); // the one whose client went away was acted on
  });

  test('a reset is quick, empties everything, and breaks what waits', async () => {
    await venue.call('POST', '/orders', BUY);
    await venue.admin('hang', { on: true });
    const waiting = venue.call('GET', '/balances');
    waiting.catch(() => {});
    await sleep(20);
    await venue.admin('reset', { cash: '5.00', seed: 3 });
    await expect(waiting).rejects.toThrow();
    expect((await venue.call('GET', '/balances')).body).toEqual({ balances: [{ currency: 'USD', amount: '5.00' }] });
    expect((await venue.entries()).map(({ what }) => what)).toEqual(['began', 'transfer']);
    const started = performance.now();
    for (let count = 0; count < 100; count += 1) await venue.admin('reset');
    expect((performance.now() - started) / 100).toBeLessThan(20); // under 1 ms where nothing else runs
    expect((await venue.call('GET', '/balances')).body).toEqual({ balances: [{ currency: 'USD', amount: '100000.00' }] });
  });
});

describe('starting', () => {
  test('started again it goes on: orders, fills, money, and a book that was quoted by hand', async () => {
    await venue.call('POST', '/orders', { ...BUY, clientId: 'a' });
    await venue.call('POST', '/orders', { ...REST, clientId: 'b' });
    const ask = async () =>
      Promise.all(
        ['/orders/open', '/fills', '/positions', '/balances', '/transfers'].map(async (path) => (await venue.call('GET', path)).body),
      );
    const before = await ask();
    const { keys } = venue.server;
    await venue.stop();
    await venue.start({ seed: 99, cash: 1n, symbols: ['BTC-USD', 'LTC-USD'] });
    expect(await ask()).toEqual(before);
    expect(venue.server.keys).toEqual(keys);
    expect((await venue.raw('GET', '/book?symbol=BTC-USD', '', {})).body['asks']).toEqual([['60001.0', '0.9000']]);
    expect([...venue.server.exchange.state.symbols.keys()]).toEqual(['BTC-USD', 'ETH-USD', 'SOL-USD', 'LTC-USD']);
    await venue.stop();
    await venue.start();
    expect(venue.server.exchange.state.symbols.size).toBe(4);
    expect(await ask()).toEqual(before);
  });

  test('the key file is its owner’s only', () => {
    expect(statSync(venue.server.keyFile).mode & 0o777).toBe(0o600);
  });

  test('a second exchange on the folder or the port is refused by name', async () => {
    await expect(openExchangeServer({ folder: venue.folder })).rejects.toThrow(ExchangeOwned);
    const other = new TestExchange({ port: venue.server.port });
    await expect(other.start()).rejects.toThrow(PortTaken);
    await other.start({ port: 0 }); // and left no lock behind
    await other.close();
    await expect(openExchangeServer({ folder: other.folder, symbols: ['NO-SUCH'] })).rejects.toThrow('lists BTC-USD');
  });
});

describe('what nobody should send', () => {
  test('any body is answered, none is fatal', async () => {
    const rubbish = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json(),
      fc.constantFrom(
        '',
        'null',
        '[]',
        '"x"',
        '1e999',
        '{"__proto__":{"symbol":"BTC-USD"}}',
        '{"constructor":1,"toString":2}',
        '{"symbol":{"a":1}}',
      ),
      fc.constantFrom('['.repeat(20_000), '{"a":'.repeat(5_000), '{"symbol":"BTC-USD","side":"buy","type":"market","quantity":"\u0000"}'),
    );
    const routes = [
      ['POST', '/orders'],
      ['PUT', '/orders'],
      ['DELETE', '/orders?id=1'],
      ['GET', '/fills'],
      ['POST', '/admin/quote'],
      ['POST', '/admin/faults'],
      ['POST', '/admin/transfer'],
    ] as const;
    await fc.assert(
      fc.asyncProperty(rubbish, fc.constantFrom(...routes), async (text, [method, path]) => {
        const { status } = await venue.raw(method, path, text, {
          ...venue.headers(method, path, text),
          'x-admin': venue.server.keys.admin,
        });
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    expect((await venue.call('GET', '/balances')).status).toBe(200);
  });

  test('bodies too large are refused unread, and noted without their text', async () => {
    for (const size of [64 * 1024 + 1, 1 << 20]) {
      const text = `"${'x'.repeat(size - 2)}"`;
      const { status, body } = await venue.raw('POST', '/orders', text, venue.headers('POST', '/orders', text));
      expect([status, body['code']]).toEqual([413, 'bad-request']);
    }
    const [, request, refusal] = (await venue.entries()).slice(2);
    expect([request, refusal]).toMatchObject([
      { what: 'request', body: null },
      { what: 'refused', code: 'bad-request' },
    ]);
    const most = JSON.stringify('x'.repeat(64 * 1024 - 2));
    expect((await venue.raw('POST', '/orders', most, venue.headers('POST', '/orders', most))).status).toBe(400);
  });

  test('what is not HTTP, or breaks off, hurts nobody', async () => {
    for (const text of [
      'GARBAGE\r\n\r\n',
      'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf',
      'GET /stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
      'GET /elsewhere HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
    ]) {
      const socket = connect(venue.server.port, '127.0.0.1');
      socket.on('error', () => {});
      await new Promise<void>((settle) => socket.write(text, () => settle()));
      await sleep(10);
      socket.destroy();
    }
    expect((await venue.call('GET', '/balances')).status).toBe(200);
  });
});
