// The exchange as a process: killed at any moment it goes on with all it ever answered; refused starts say what to do; it ends cleanly.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomStream } from '#engine/random.ts';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import { signRequest } from '#infra/venues-local/signatures.ts';
import { build, documentOf, Homes, type Running, retrace, sleep, start, startOnSmallDisk, until } from './run.ts';

const homes = new Homes();
beforeAll(async () => {
  await build();
});
afterAll(() => homes.remove());

const KILLS = 4;
const SEED = Number(process.env['RETRACE_KILL_SEED'] ?? 1);
type Venue = Readonly<{ running: Running; url: string; keys: ExchangeKeys }>;
type Row = Readonly<Record<string, string>>;

const open = (home: string, ...more: string[]): Promise<Venue> =>
  opened(start(['exchange', '--port', '0', '--seed', '3', '--limit', '100000', ...more], home), home);

async function opened(running: Running, home: string): Promise<Venue> {
  await until(() => running.stderr().includes('next, in another terminal'), 'the exchange to listen');
  expect(running.stderr()).toMatch(/npx retrace init --venue local --url http:\/\/127\.0\.0\.1:\d+, then npx retrace run/);
  const url = /listens at (\S+?)[,.]?(\s|$)/.exec(running.stderr())![1]!.replace(/\.$/, '');
  const keys = JSON.parse(readFileSync(join(home, 'exchange', 'keys.json'), 'utf8')) as ExchangeKeys;
  return { running, url, keys };
}

async function call({ url, keys }: Venue, method: string, path: string, fields?: object): Promise<Record<string, unknown>> {
  const body = fields === undefined ? '' : JSON.stringify(fields);
  const [time, until] = [String(Date.now() * 1000), String(Date.now() * 1000 + 10_000_000)];
  const sign = signRequest(keys.secret, { time, until, method, path, body });
  const headers = { 'x-key': keys.key, 'x-time': time, 'x-until': until, 'x-sign': sign };
  return (await (await fetch(url + path, { method, headers, ...(body === '' ? {} : { body }) })).json()) as Record<string, unknown>;
}

async function all(venue: Venue, path: string, name: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: unknown = '0'; after !== null; ) {
    const answer = await call(venue, 'GET', `${path}?after=${String(after)}`);
    rows.push(...(answer[name] as Row[]));
    after = answer['next'];
  }
  return rows;
}

test(`killed ${KILLS} times under load, it forgets nothing it answered (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const chance = randomStream(SEED, 'kills');
  const home = homes.make();
  const answered = new Map<string, Row>();
  let count = 0;
  for (let kill = 0; kill <= KILLS; kill += 1) {
    const venue = await open(home);
    for (const [clientId, row] of answered) {
      const { order } = (await call(venue, 'GET', `/orders/one?clientId=${clientId}`)) as { order: Row };
      expect(order['id'], clientId).toBe(row['id']);
      if (row['state'] !== 'working') expect(order).toEqual(row);
    }
    const fills = await all(venue, '/fills', 'fills');
    expect(fills.map(({ id }) => id)).toEqual(fills.map((_, index) => String(index + 1)));
    if (kill === KILLS) {
      venue.running.child.kill('SIGTERM');
      expect((await venue.running.ended).code).toBe(0);
      break;
    }
    let alive = true;
    const send = async () => {
      while (alive) {
        const clientId = `k${count++}`;
        const order = { symbol: 'BTC-USD', side: count % 2 === 0 ? 'buy' : 'sell', quantity: '0.001', clientId };
        const priced = count % 3 === 0 ? { type: 'limit', price: count % 2 === 0 ? '59990' : '60010' } : { type: 'market' };
        try {
          const answer = await call(venue, 'POST', '/orders', { ...order, ...priced });
          if (answer['order'] !== undefined) answered.set(clientId, answer['order'] as Row);
        } catch {
          return; // killed meanwhile
        }
      }
    };
    const senders = [send(), send(), send()];
    await sleep(150 + chance.below(400));
    venue.running.child.kill('SIGKILL');
    alive = false;
    await Promise.all(senders);
    await venue.running.ended;
  }
  expect(answered.size).toBeGreaterThan(20);
});

test('on a full disk it stops with its reason, and what it answered is still there', async () => {
  const home = homes.make();
  const venue = await open(home, '--steps', '0');
  venue.running.child.kill('SIGTERM');
  await venue.running.ended;
  const small = await opened(startOnSmallDisk(['exchange', '--port', '0', '--steps', '0', '--json', '--limit', '100000'], home, 64), home);
  let answered = 0;
  for (;;) {
    try {
      await call(small, 'POST', '/orders', { symbol: 'BTC-USD', side: 'buy', type: 'limit', price: '100', quantity: '0.0001' });
      answered += 1;
    } catch {
      break;
    }
  }
  const ran = await small.running.ended;
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain('ledger.ndjson takes no more');
  const again = await open(home);
  const orders = await all(again, '/orders/open', 'orders');
  expect(answered).toBeGreaterThan(30);
  expect(orders.length).toBeGreaterThanOrEqual(answered);
  again.running.child.kill('SIGTERM');
  await again.running.ended;
});

test('it says where it listens and what comes next, refuses a second one, and ends with one document', async () => {
  const home = homes.make();
  const venue = await open(home, '--steps', '0', '--json', '--cash', '5000', '--symbols', 'SOL-USD', '--verbose');
  expect(venue.running.stderr()).toContain('npx retrace init --venue local');
  expect(venue.running.stderr()).toContain(join('exchange', 'keys.json'));
  expect(statSync(join(home, 'exchange', 'keys.json')).mode & 0o777).toBe(0o600);
  await call(venue, 'POST', '/orders', { symbol: 'SOL-USD', side: 'buy', type: 'market', quantity: '0.01' });

  const second = await retrace(['exchange', '--port', '0'], home);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('which is running')]);
  expect(second.stderr).toContain('--folder');
  const { port } = new URL(venue.url);
  const third = await retrace(['exchange', '--port', port, '--folder', join(home, 'other')], home);
  expect([third.code, third.stderr]).toEqual([1, expect.stringContaining(`port ${port} is taken`)]);
  expect(third.stderr).toContain('--port');

  venue.running.child.kill('SIGINT');
  const ran = await venue.running.ended;
  expect(ran.code).toBe(0);
  expect(documentOf(ran)).toMatchObject({
    ok: true,
    command: 'exchange',
    folder: join(home, 'exchange'),
    port: Number(port),
    orders: 1,
    fills: 1,
  });
  expect(ran.stderr).toContain('1 acked market buy 0.01 SOL-USD');
  expect(ran.stderr).toContain('1 fill buy 0.01 SOL-USD at ');
  expect(readdirSync(join(home, 'exchange')).sort()).toEqual(['keys.json', 'ledger.ndjson']);
});

test('every fault of the flags is told at once', async () => {
  const { code, stderr } = await retrace(
    ['exchange', '--port', '99999', '--faults', 'ack-lost=2,typo=0.1,half-open', '--steps', 'x'],
    homes.make(),
  );
  expect(code).toBe(2);
  for (const part of ['--port 99999', 'ack-lost: 2 is not a rate', 'typo: no such fault', 'half-open: nothing is not a rate', '--steps x'])
    expect(stderr).toContain(part);
  const unknown = await retrace(['exchange', '--symbols', 'NO-SUCH', '--port', '0'], homes.make());
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('BTC-USD')]);
  const help = await retrace(['exchange', '--help'], homes.make());
  for (const part of ['Examples:', 'npx retrace exchange', '--json', '--verbose']) expect(help.stdout).toContain(part);
});
