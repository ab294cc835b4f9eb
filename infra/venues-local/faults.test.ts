// Each knob does what its line of docs/local-exchange.md says, seen from outside; and it misbehaves alike for the same seed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sleep, TestExchange } from '#tests/venues/exchange-client.ts';
import { FAULTS, type FaultName, Faults } from './faults.ts';

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
/** Long against a busy machine's pauses. */
const DELAY_US = 300_000;
const ALMOST_MS = 290;
const fault = (name: FaultName, rate = 1) => venue.admin('faults', { seed: 1, faults: { [name]: rate }, delayUs: DELAY_US });
const orders = () => venue.server.exchange.state.orders;
const timed = async <T>(work: Promise<T>) => {
  const since = performance.now();
  const value = await work;
  return { value, ms: performance.now() - since };
};

describe('draws', () => {
  test('the same seed draws the same; one knob never shifts another', () => {
    const draws = (faults: Faults, name: FaultName) => Array.from({ length: 200 }, () => faults.draw(name));
    const alone = draws(new Faults(5, { 'ack-lost': 0.3 }), 'ack-lost');
    const among = new Faults(5, Object.fromEntries(FAULTS.map((name) => [name, 0.3])));
    draws(among, 'half-open');
    expect(draws(among, 'ack-lost')).toEqual(alone);
    expect(draws(new Faults(6, { 'ack-lost': 0.3 }), 'ack-lost')).not.toEqual(alone);
    expect(alone.filter(Boolean).length).toBeGreaterThan(30);
    expect(alone.filter(Boolean).length).toBeLessThan(90);
  });

  test('the knobs are turned off again by an empty set, and by a reset', async () => {
    await fault('accept-5xx');
    expect((await venue.call('POST', '/orders', REST)).status).toBe(500);
    await venue.admin('faults', { faults: {} });
    expect((await venue.call('POST', '/orders', REST)).status).toBe(200);
    await fault('accept-5xx');
    await venue.admin('reset');
    expect((await venue.call('POST', '/orders', REST)).status).toBe(200);
  });
});

describe('requests', () => {
  test('ack-lost: done, and the connection breaks before the answer', async () => {
    await fault('ack-lost');
    await expect(venue.call('POST', '/orders', BUY)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(orders()).toMatchObject([{ state: 'filled' }]);
    expect((await venue.call('POST', '/orders', { ...BUY, symbol: 'X' })).status).toBe(400); // a refusal is not lost
  });

  test('ack-late: done at once, answered after the delay', async () => {
    await fault('ack-late');
    const listener = await venue.listen('account');
    const answer = timed(venue.call('POST', '/orders', BUY));
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await listener.until(({ what }) => what === 'filled');
    expect(answered).toBe(false);
    expect((await answer).ms).toBeGreaterThan(ALMOST_MS);
    expect((await answer).value.body['order']).toMatchObject({ state: 'filled' });
  });

  test('accept-late: acted on after the delay, and refused when that is past x-until', async () => {
    await fault('accept-late');
    const late = timed(venue.call('POST', '/orders', { ...REST, clientId: 'late' }));
    const expired = venue.call('POST', '/orders', { ...REST, clientId: 'expired' }, { until: String(Date.now() * 1000 + 40_000) });
    await sleep(40);
    expect(orders()).toHaveLength(0);
    expect((await late).value.status).toBe(200);
    expect((await late).ms).toBeGreaterThan(ALMOST_MS);
    expect((await expired).body['code']).toBe('expired');
    expect(orders()).toMatchObject([{ clientId: 'late' }]);
  });

  test('accept-late: two of one client id, told apart only when they are acted on', async () => {
    await fault('accept-late');
    const both = await Promise.all([
      venue.call('POST', '/orders', { ...REST, clientId: 'a' }),
      venue.call('POST', '/orders', { ...REST, clientId: 'a' }),
    ]);
    expect(both.map(({ body }) => body['code'] ?? 'done').sort()).toEqual(['done', 'duplicate-id']);
  });

  test('accept-5xx: done, and answered 500', async () => {
    await fault('accept-5xx');
    const { status, body } = await venue.call('POST', '/orders', REST);
    expect([status, body['code']]).toEqual([500, 'internal']);
    expect(orders()).toMatchObject([{ state: 'working' }]);
    expect((await venue.call('DELETE', '/orders?id=1')).status).toBe(500);
    expect(orders()).toMatchObject([{ state: 'cancelled' }]);
  });

  test('silent-drop: in the ledger, marked, and otherwise nowhere', async () => {
    await fault('silent-drop');
    const text = JSON.stringify(BUY);
    await expect(venue.raw('POST', '/orders', text, venue.headers('POST', '/orders', text), 100)).rejects.toThrow('no answer');
    expect(orders()).toEqual([]);
    expect((await venue.entries()).at(-1)).toMatchObject({ what: 'request', path: '/orders', dropped: true });
    expect((await venue.call('GET', '/orders/open')).status).toBe(200); // questions are never dropped
  });

  test('cancel-replace-race: the replace is acted on after the delay, whatever came meanwhile', async () => {
    await venue.call('POST', '/orders', { ...REST, clientId: 'a' });
    await venue.call('POST', '/orders', { ...REST, clientId: 'b' });
    await fault('cancel-replace-race');
    const [a, b] = [
      venue.call('PUT', '/orders', { clientId: 'a', quantity: '0.3' }),
      venue.call('PUT', '/orders', { clientId: 'b', quantity: '0.3' }),
    ];
    await sleep(10);
    expect((await venue.call('DELETE', '/orders?clientId=a')).status).toBe(200);
    await venue.trade('sell', '50000', '0.04');
    expect((await a).body['code']).toBe('not-working');
    expect((await b).body['order']).toMatchObject({ quantity: '0.3000', filled: '0.0400' });
  });

  test('stale-lists: as they were the delay ago, and a later page lacks its first', async () => {
    for (let count = 0; count < 60; count += 1) await venue.call('POST', '/orders', { ...REST, quantity: '0.001', clientId: `c${count}` });
    await venue.admin('faults', { seed: 1, faults: { 'stale-lists': 1 }, delayUs: 600_000 });
    await sleep(650);
    await venue.call('DELETE', '/orders?id=3');
    await venue.trade('sell', '50000', '0.002'); // fills 1 and 2
    await venue.call('POST', '/orders', { ...REST, clientId: 'new' });
    const first = (await venue.call('GET', '/orders/open')).body as { orders: Record<string, string>[]; next: string };
    expect(first.orders.slice(0, 3)).toMatchObject([
      { id: '1', state: 'working', filled: '0.0000', reason: '' },
      { id: '2', state: 'working', filled: '0.0000' },
      { id: '3', state: 'working' },
    ]);
    expect([first.orders.length, first.next]).toEqual([50, '50']);
    const second = (await venue.call('GET', '/orders/open?after=50')).body as { orders: Record<string, string>[]; next: null };
    expect(second.orders.map(({ id }) => id)).toEqual(['52', '53', '54', '55', '56', '57', '58', '59', '60']);
    await sleep(650);
    const later = (await venue.call('GET', '/orders/open')).body as { orders: Record<string, string>[] };
    expect(later.orders.slice(0, 2).map(({ id }) => id)).toEqual(['4', '5']);
  });
});

describe('the stream', () => {
  test('without faults the answer comes, then acked, fill, filled', async () => {
    const listener = await venue.listen('account');
    await venue.call('POST', '/orders', BUY);
    await listener.until(({ what }) => what === 'filled');
    expect(listener.told()).toEqual(['acked 1', 'fill 1 0.1000 at 60001.0', 'filled 1']);
  });

  test('fill-before-ack: the fill is told, and the answer comes after the delay', async () => {
    await fault('fill-before-ack');
    const listener = await venue.listen('account');
    const answer = timed(venue.call('POST', '/orders', BUY));
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    await listener.until(({ what }) => what === 'fill');
    expect(answered).toBe(false);
    expect((await answer).ms).toBeGreaterThan(ALMOST_MS);
    await venue.admin('faults', { seed: 1, faults: { 'fill-before-ack': 1 }, delayUs: 60_000_000 });
    expect((await venue.call('POST', '/orders', REST)).status).toBe(200); // nothing was filled, nothing waits
  });

  test('duplicate-fill: a fill is told twice, and is one', async () => {
    await fault('duplicate-fill');
    const listener = await venue.listen('account');
    await venue.call('POST', '/orders', BUY);
    await listener.until(({ what }) => what === 'filled');
    expect(listener.told()).toEqual(['acked 1', 'fill 1 0.1000 at 60001.0', 'fill 1 0.1000 at 60001.0', 'filled 1']);
    expect((await venue.call('GET', '/fills')).body['fills']).toHaveLength(1);
  });

  test('fill-after-cancel: the fill that came first is told after the cancel', async () => {
    await fault('fill-after-cancel');
    const listener = await venue.listen('account');
    await venue.call('POST', '/orders', REST);
    await venue.trade('sell', '50000', '0.04');
    const { body } = await venue.call('DELETE', '/orders?id=1');
    expect(body['order']).toMatchObject({ filled: '0.0400', state: 'cancelled' });
    await listener.until(({ what }) => what === 'fill');
    expect(listener.told()).toEqual(['acked 1', 'cancelled 1', 'fill 1 0.0400 at 50000.0']);
    await venue.call('POST', '/orders', REST);
    await venue.trade('sell', '50000', '0.04');
    await listener.until(({ fill }) => (fill as { id: string } | undefined)?.id === '2', 1_000); // not cancelled: told after the delay
    await venue.trade('sell', '50000', '0.06');
    await listener.until(({ what }) => what === 'filled');
    expect(listener.told().slice(3)).toEqual(['acked 2', 'fill 2 0.0400 at 50000.0', 'fill 2 0.0600 at 50000.0', 'filled 2']);
  });

  test('half-open: it stays open and says nothing more, not even beats or pongs', async () => {
    const [listener, market] = [await venue.listen('account'), await venue.listen('quotes:BTC-USD')];
    await fault('half-open');
    await venue.call('POST', '/orders', BUY);
    const before = listener.heard.length;
    let pongs = 0;
    listener.socket.on('pong', () => {
      pongs += 1;
    });
    listener.socket.ping();
    listener.say({ op: 'subscribe', channels: ['trades:BTC-USD'] });
    await sleep(1_200);
    await venue.quote('60002', '60003');
    await sleep(30);
    expect([listener.heard.length, pongs, listener.socket.readyState]).toEqual([before, 0, listener.socket.OPEN]);
    expect(market.heard.at(-1)).not.toMatchObject({ op: 'beat' });
    await venue.admin('faults', { faults: {} });
    await sleep(1_100);
    expect(listener.heard).toHaveLength(before); // dead once is dead
    const closed = new Promise((settle) => listener.socket.on('close', settle));
    await venue.admin('reset');
    await closed;
  });
});
