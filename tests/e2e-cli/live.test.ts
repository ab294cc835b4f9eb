// What a stranger does with a desk of their own at the local exchange, from an empty folder to a clean stop, with everything that may happen in between.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeDigest } from '#cli/compose/digest.ts';
import { addressOf, type Decision } from '#engine/decisions.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { DeskId } from '#engine/values.ts';
import { FileReader } from '#infra/files/read.ts';
import { ExchangeState, type LedgerEntry } from '#infra/venues-local/exchange-state.ts';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import { signRequest } from '#infra/venues-local/signatures.ts';
import { Rederivation } from '#replay/rederive.ts';
import { build, documentOf, Homes, type Ran, type Running, retracePiped, sleep, startBin, until } from './run.ts';

const homes = new Homes();
const running: Running[] = [];
beforeAll(async () => {
  await build();
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  homes.remove();
});

type Status = {
  health: { ready: boolean; reasons: string[] };
  killedAt: number | null;
  gates: { scope: string; of: string; state: string }[];
  strategies: { strategy: string; state: string }[];
  orders: { order: string; state: string }[];
  accounts: { session: string; cash: string; positions: { instrument: string; quantity: string }[] }[];
};

/** One person, one folder, two terminals and a third to type in. */
class Stranger {
  readonly home = homes.make();
  exchange!: Running;
  desk!: Running;
  url = '';

  async type(...args: string[]): Promise<Ran> {
    return startBin(args, this.home).ended;
  }

  /** Typed, and it did what was wanted. */
  async does(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await this.type(...args, '--json');
    expect(ran.code, `retrace ${args.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
    return documentOf(ran);
  }

  async startExchange(port = '0', ...more: string[]): Promise<void> {
    this.exchange = startBin(['exchange', '--port', port, '--seed', '11', ...more], this.home);
    running.push(this.exchange);
    await until(() => this.exchange.stderr().includes('next, in another terminal'), `the exchange: ${this.exchange.stderr()}`, 30_000);
    this.url = /listens at (http:\/\/[\d.]+:\d+)/.exec(this.exchange.stderr())![1]!;
  }

  async startDesk(): Promise<void> {
    this.desk = startBin(['run', '--json'], this.home);
    running.push(this.desk);
    await this.until(() => true, 'the desk answers');
  }

  async status(): Promise<Status | null> {
    const ran = await this.type('status', '--json');
    return ran.code === 0 || ran.code === 1 ? (documentOf(ran) as unknown as Status) : null;
  }

  /** Asks again and again, as somebody does who waits. */
  async until(so: (status: Status) => boolean, what: string, withinMs = 40_000): Promise<Status> {
    const end = Date.now() + withinMs;
    for (let last: Status | null = null; ; ) {
      last = (await this.status()) ?? last;
      if (last !== null && so(last)) return last;
      if (this.desk.child.exitCode !== null) throw new Error(`the desk ended: ${this.desk.stdout()}${this.desk.stderr()}`);
      if (Date.now() > end) throw new Error(`waited for ${what}\n${JSON.stringify(last, null, 1)}\n${this.desk.stderr().slice(-3_000)}`);
      await sleep(100);
    }
  }

  ready = (): Promise<Status> => this.until(({ health }) => health.ready, 'ready');

  get keys(): ExchangeKeys {
    return JSON.parse(readFileSync(join(this.home, 'exchange', 'keys.json'), 'utf8')) as ExchangeKeys;
  }

  /** At the venue's own screen. */
  async atVenue(method: string, path: string, fields: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify(fields);
    const [time, end] = [String(Date.now() * 1000), String(Date.now() * 1000 + 10_000_000)];
    const sign = signRequest(this.keys.secret, { time, until: end, method, path, body });
    const headers = { 'x-key': this.keys.key, 'x-time': time, 'x-until': end, 'x-sign': sign, 'x-admin': this.keys.admin };
    const response = await fetch(this.url + path, { method, headers, body });
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, unknown>;
  }

  /** The venue's own ledger. */
  get truth(): ExchangeState {
    const state = new ExchangeState();
    const lines = readFileSync(join(this.home, 'exchange', 'ledger.ndjson'), 'utf8').split('\n');
    for (const line of lines.slice(0, -1)) state.replay(JSON.parse(line) as LedgerEntry);
    return state;
  }

  get journal(): string {
    return join(this.home, 'journals', 'trial');
  }

  /** Its decisions, and the desk they leave. */
  async read() {
    const decisions: Decision[] = [];
    const rederivation = new Rederivation({
      desk: 'trial' as DeskId,
      digest: nodeDigest,
      catalogue,
      observer: (decision) => void decisions.push(decision),
    });
    for await (const { frame } of new FileReader({ folder: this.journal, digest: nodeDigest }).frames())
      if (!rederivation.take(frame)) break;
    expect(rederivation.divergence).toBe(null);
    return { decisions, ...rederivation.run.desk.parts };
  }
}

const FAST = `strategies:
  - name: ema-cross
    instrument: BTC-USD
    timeframe: 1s
    set:
      fast: 2
      slow: 3
      lots: 10

limits:`;
const STRATEGY = 'ema-cross-BTC-USD';

async function configured(): Promise<Stranger> {
  const stranger = new Stranger();
  await stranger.does('init', '--venue', 'local', '--desk', 'trial');
  await stranger.startExchange();
  const path = join(stranger.home, 'retrace.yaml');
  const written = readFileSync(path, 'utf8');
  const own = written.replace(/strategies:[\s\S]*\nlimits:/, FAST).replaceAll('http://127.0.0.1:7801', stranger.url);
  expect(own).not.toBe(written);
  writeFileSync(path, own.replace('reconcileEvery: 30s', 'reconcileEvery: 5s'));
  return stranger;
}

/** A person who may trade, and a program of theirs. */
async function tokenFor(stranger: Stranger): Promise<string> {
  const added = await retracePiped(['user', 'add', 'anna', '--role', 'admin'], stranger.home, 'a long and quiet sentence\n');
  expect([added.code, added.stderr]).toEqual([0, '']);
  const { token } = await stranger.does('token', 'new', 'page', '--user', 'anna', '--scope', 'trade');
  return token as string;
}

test('from an empty folder: armed, traded, paused, flattened, disturbed by hand, killed in every way, disarmed, stopped, verified', {
  timeout: 180_000,
}, async () => {
  const began = Date.now();
  const stranger = await configured();
  const port = new URL(stranger.url).port;
  await stranger.startDesk();
  const armed = ({ gates }: Status) => gates.some(({ scope, state }) => scope === 'account' && state === 'ARMED');
  const waiting = await stranger.until(armed, 'reconciled');
  expect(waiting.health.ready).toBe(false);
  expect((await stranger.type('status')).stdout).toContain('npx retrace arm');
  await stranger.does('arm');
  await stranger.ready();
  await until(() => stranger.truth.fills.length > 0, 'a first fill', 40_000);

  // what works is cancelled, what is held is closed; then the strategy goes on, until it is paused
  await stranger.does('flatten');
  const flattened = async () => {
    const { decisions, orders } = await stranger.read();
    return decisions.some(
      (one) => one.type === 'OrderApproved' && one.why === 'flatten' && orders.all.get(one.order)?.living.value === 'FILLED',
    );
  };
  while (!(await flattened())) await sleep(200);
  await stranger.does('pause', STRATEGY);
  await stranger.until(({ orders }) => orders.length === 0, 'nothing works');

  // hands at the venue: explained, not alarmed
  await stranger.atVenue('POST', '/orders', { symbol: 'ETH-USD', side: 'buy', type: 'market', quantity: '0.005' });
  await stranger.atVenue('POST', '/admin/transfer', { key: stranger.keys.key, currency: 'USD', amount: '250', why: 'deposit by hand' });
  const seen = await stranger.until(
    ({ accounts: [one] }) => one!.positions.some(({ instrument }) => instrument === 'ETH-USD'),
    'the trade by hand',
  );
  expect(seen.health).toEqual({ live: true, ready: true, reasons: [] });
  const differences = async () => (await stranger.read()).decisions.filter((decision) => decision.type === 'DifferenceFound');
  let found = await differences();
  for (; !found.some(({ resolution }) => resolution === 'booked: deposit by hand'); found = await differences()) await sleep(200);
  const byHand = found.find(({ what, resolution }) => what === 'fill' && resolution === "booked to 'none'")!;
  const deposit = found.find(({ resolution }) => resolution === 'booked: deposit by hand')!;
  for (const [decision, words] of [
    [byHand, /main and its venue differed in fill \d+: here none, there buy 0\.005 ETH-USD at \d+\.\d+; booked to 'none'/],
    [deposit, /deposit by hand/],
  ] as const) {
    const explained = await stranger.type('explain', stranger.journal, addressOf(decision));
    expect([explained.code, explained.stdout]).toEqual([0, expect.stringMatching(words)]);
  }
  expect((await stranger.status())?.health.ready).toBe(true);

  // the venue dies, then the desk; both go on
  await stranger.does('resume', STRATEGY);
  stranger.exchange.child.kill('SIGKILL');
  await stranger.exchange.ended;
  await stranger.until(({ health, accounts: [one] }) => !health.ready && one!.session !== 'ready', 'the session is lost');
  await stranger.startExchange(port);
  await stranger.ready();
  const fills = stranger.truth.fills.length;
  await until(() => stranger.truth.fills.length > fills, 'trading again', 40_000);
  stranger.desk.child.kill('SIGKILL');
  await stranger.desk.ended;
  const gone = await stranger.type('status');
  expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining('what was recorded last')]);
  await stranger.startDesk();
  await stranger.ready();

  // the kill, and its ceremony
  const killed = documentOf(await stranger.type('kill', '--why', 'it is only a test', '--json'));
  expect(killed.ok, JSON.stringify(killed)).toBe(true);
  const { killedAt } = await stranger.until((status) => status.killedAt !== null, 'the desk heard of the kill');
  expect(stranger.truth.working.size).toBe(0);
  expect((await stranger.type('arm')).code).toBe(1);
  await stranger.does('disarm', '--kill', String(killedAt));
  await stranger.until(({ gates }) => gates.some(({ scope, state }) => scope === 'global' && state === 'ARMED'), 'disarmed');
  expect((await stranger.type('ack')).stdout).toContain('Nothing waits for an acknowledgment');
  await stranger.does('arm');
  await stranger.ready();

  // killed once more, from a page: the latch that holds without the desk is down as well
  const page = /(http:\/\/127\.0\.0\.1:\d+)/.exec(/dashboard \S+/.exec(stranger.desk.stderr())![0])![1]!;
  const token = await tokenFor(stranger);
  const said = await fetch(`${page}/api/v1/kill`, {
    ...{ method: 'POST', body: JSON.stringify({ why: 'from the page' }) },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  expect([said.status, await said.json()]).toEqual([200, expect.objectContaining({ ok: true })]);
  const latch = join(stranger.home, 'breaker', 'trial', 'killed.json');
  await until(() => existsSync(latch), 'the latch', 5_000);
  expect(JSON.parse(readFileSync(latch, 'utf8'))).toMatchObject({ why: 'from the page', flatten: false });
  await until(() => stranger.truth.working.size === 0, 'nothing works at the venue', 5_000);
  const again = await stranger.until((status) => status.killedAt !== null, 'the desk says that it was killed');
  await stranger.does('disarm', '--kill', String(again.killedAt));
  await until(() => !existsSync(latch), 'the latch is lifted', 10_000);

  // a clean end, and both ledgers hold the same
  await stranger.does('pause', STRATEGY);
  await stranger.until(({ orders }) => orders.length === 0, 'nothing works');
  stranger.desk.child.kill('SIGINT');
  const ended = await stranger.desk.ended;
  expect(ended.code, ended.stderr).toBe(0);
  const last = documentOf(ended);
  const verified = await stranger.does('verify', stranger.journal);
  expect(verified).toMatchObject({ ok: true, mismatches: 0, clean: true, runHash: last['runHash'], chain: last['chain'] });
  const { orders, accounts } = await stranger.read();
  const { truth } = stranger;
  const ours = [...orders.all.values()].map(({ clientId, living }) => [clientId, living.value, living.context.filled]);
  const theirs = truth.orders
    .filter(({ clientId }) => clientId !== null)
    .map(({ clientId, state, filled }) => [clientId, state.toUpperCase(), filled]);
  const there = new Set(theirs.map(([clientId]) => clientId));
  expect(theirs.length).toBeGreaterThan(2); // the first, the one that flattened, the one after the venue came back
  expect(there.size).toBe(theirs.length);
  // what never arrived has ended here without a fill
  expect(ours.filter(([clientId]) => !there.has(clientId!)).every(([, state, filled]) => state !== 'FILLED' && filled === 0)).toBe(true);
  expect(ours.filter(([clientId]) => there.has(clientId!)).sort()).toEqual(theirs.sort());
  expect(accounts.ledger.cashOf(accounts.all[0]!.spec.id, 'USD')).toBe(truth.account.cash('USD'));
  for (const clientId of [theirs[0]![0], theirs.at(-1)![0]]) {
    const explained = await stranger.does('explain', stranger.journal, String(clientId));
    expect(explained['sentence']).toContain('BTC-USD');
    expect(explained['order']).toMatchObject({ clientId });
  }
  process.stdout.write(
    `${theirs.length} orders, ${truth.fills.length} fills, ${((Date.now() - began) / 1000).toFixed(0)} s from the empty folder\n`,
  );
  stranger.exchange.child.kill('SIGINT');
  expect((await stranger.exchange.ended).code).toBe(0);
});
