// The stream over a real WebSocket: gapless numbers, beats, who may hear what, and what nobody should say.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Listener, type Message, sleep, TestExchange } from '#tests/venues/exchange-client.ts';

let venue: TestExchange;
beforeAll(async () => {
  venue = await TestExchange.open({ limit: 100_000 });
});
afterAll(() => venue.close());
beforeEach(async () => {
  await venue.admin('reset');
  await venue.quote('60000', '60001', '9');
});

const BUY = { symbol: 'BTC-USD', side: 'buy', type: 'market', quantity: '0.01' };
const numbers = (heard: readonly Message[]) => heard.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
const gapless = (heard: readonly Message[]) => expect(numbers(heard)).toEqual(numbers(heard).map((_, index) => index + 1));

async function anonymous(): Promise<Listener> {
  const socket = new WebSocket(`ws://127.0.0.1:${venue.server.port}/stream`);
  const listener = new Listener(socket);
  await new Promise((settle) => socket.once('open', settle));
  return listener;
}

describe('numbers', () => {
  test('seq has no gap on any connection, whatever channels, beats and resets go over it', async () => {
    await venue.admin('reset', { steps: 100 });
    const all = await venue.listen('account', 'trades:BTC-USD', 'quotes:BTC-USD', 'quotes:ETH-USD');
    const some = await venue.listen('trades:SOL-USD');
    for (let count = 0; count < 50; count += 1) await venue.call('POST', '/orders', BUY);
    await sleep(1_100);
    const fills = venue.server.exchange.state.fills.length;
    await venue.admin('reset', { steps: 100 });
    await all.until(({ op }) => op === 'reset');
    await sleep(200);
    gapless(all.heard);
    gapless(some.heard);
    expect(all.heard.filter(({ op }) => op === 'beat').length).toBeGreaterThanOrEqual(1);
    expect(all.told().filter((line) => line.startsWith('acked'))).toHaveLength(50);
    expect(all.told().filter((line) => line.startsWith('fill '))).toHaveLength(fills);
  });

  test('quotes and trades count one by one a symbol, from 1 again after a reset', async () => {
    const listener = await venue.listen('trades:BTC-USD', 'quotes:BTC-USD');
    await venue.trade('buy', '60001', '0.5');
    await venue.quote('60002', '60003');
    await venue.call('POST', '/orders', BUY);
    await venue.trade('sell', '60002', '0.5');
    await listener.until(({ trades }) => (trades as number[][] | undefined)?.[0]?.[0] === 3);
    const rows = listener.heard.flatMap((message) => ((message['trades'] ?? message['quotes']) as (string | number)[][] | undefined) ?? []);
    expect(rows.map(([n, , ...rest]) => [n, ...rest].join(' '))).toEqual([
      '2 60000.0 9.0000 60001.0 9.0000', // who subscribes is told the newest first
      '1 60001.0 0.5000 buy',
      '3 60002.0 1.0000 60003.0 1.0000',
      '2 60003.0 0.0100 buy', // our own taking
      '3 60002.0 0.5000 sell',
    ]);
    await venue.admin('reset');
    await venue.trade('buy', '60001', '0.5');
    await listener.until(({ trades, seq }) => (trades as number[][] | undefined)?.[0]?.[0] === 1 && Number(seq) > 6);
  });

  test('after a restart they go on beyond what was told', async () => {
    const newest = async () => {
      const listener = await venue.listen('quotes:BTC-USD');
      const { quotes } = await listener.until((message) => message['quotes'] !== undefined);
      listener.socket.terminate();
      return (quotes as [number, number, string][])[0]!;
    };
    const before = await newest();
    await venue.stop();
    await venue.start();
    const after = await newest();
    expect(after[0]).toBeGreaterThan(before[0] + 1_000);
    expect(after.slice(2)).toEqual(before.slice(2));
  });
});

describe('who may hear what', () => {
  test('markets are for anybody, the account needs auth', async () => {
    const listener = await anonymous();
    listener.say({ op: 'subscribe', channels: ['account'] });
    expect(await listener.until(({ op }) => op === 'error')).toMatchObject({ code: 'auth' });
    listener.say({ op: 'subscribe', channels: ['quotes:BTC-USD'] });
    expect(await listener.until(({ op }) => op === 'subscribed')).toEqual({ op: 'subscribed', channels: ['quotes:BTC-USD'] });
    await venue.call('POST', '/orders', BUY);
    await venue.quote('60002', '60003');
    await listener.until(({ quotes }) => (quotes as string[][] | undefined)?.[0]?.[2] === '60002.0');
    expect(listener.heard.filter(({ channel }) => channel === 'account')).toEqual([]);
    listener.socket.terminate();
  });

  test('a wrong signature is refused, and the connection closed', async () => {
    const listener = await anonymous();
    const closed = new Promise<number>((settle) => listener.socket.on('close', settle));
    listener.say({ op: 'auth', key: venue.server.keys.key, time: Date.now() * 1000, sign: 'f'.repeat(64) });
    expect(await listener.until(({ op }) => op === 'auth')).toMatchObject({ ok: false, code: 'auth' });
    expect(await closed).toBe(4401);
  });

  test('what nobody should say is answered and forgotten', async () => {
    const listener = await anonymous();
    const rubbish = [
      ...[
        '',
        'x',
        '[]',
        'null',
        '7',
        '{}',
        '{"op":"fly"}',
        '{"op":"subscribe"}',
        '{"op":"subscribe","channels":{}}',
        '{"op":"subscribe","channels":[null]}',
      ],
      ...[
        '{"op":"subscribe","channels":["quotes:X"]}',
        '{"op":"subscribe","channels":["quotes:__proto__"]}',
        '{"op":"subscribe","channels":["BTC-USD"]}',
      ],
    ];
    for (const text of rubbish) listener.say(text);
    listener.say({ op: 'subscribe', channels: [] });
    await listener.until(({ op }) => op === 'subscribed');
    expect(listener.heard.filter(({ op }) => op === 'error')).toHaveLength(rubbish.length);
    const closed = new Promise<number>((settle) => listener.socket.on('close', settle));
    listener.say('x'.repeat(70_000));
    expect(await closed).toBe(1009);
    expect((await venue.call('GET', '/balances')).status).toBe(200);
  });

  test('a ping is answered, a transfer is told, a channel named twice is heard once', async () => {
    const listener = await venue.listen('account', 'account', 'trades:BTC-USD', 'trades:BTC-USD');
    const pong = new Promise((settle) => listener.socket.once('pong', settle));
    listener.socket.ping();
    await pong;
    await venue.admin('transfer', { key: venue.server.keys.key, currency: 'USD', amount: '3.00', why: 'gift' });
    expect(await listener.until(({ what }) => what === 'transfer')).toMatchObject({ transfer: { id: '2', amount: '3.00', why: 'gift' } });
    await venue.trade('buy', '60001', '1');
    await listener.until(({ trades }) => trades !== undefined);
    await sleep(20);
    expect(listener.heard.filter(({ trades }) => trades !== undefined)).toHaveLength(1);
  });
});
