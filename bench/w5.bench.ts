/**
 * W5: the way of an order. A signal comes in; the desk judges it by every control, journals it, sends it to an exchange in another process,
 * and books the fill that comes back. Signals fall due at a fixed rate whatever the desk does (open loop), and each order is timed from when
 * its signal fell due. Beside it: one fdatasync of a 4 KiB append alone, a loopback round trip alone, and the same desk without a disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import { finish, percentile, type Row, sized, tell } from './harness.ts';
import { ACCOUNT, INSTRUMENT, lotsOf, PLACES, type Place, W5Desk } from './w5-desk.ts';
import { cpuUs, EXCHANGE_ROLE, nowUs, serveExchange, VenueProcess } from './w5-venue.ts';

type Load = Readonly<{ rate: number; seconds: number }>;
/** What the merge bar asks: p99 at 1,000 a second. */
const BAR_MS = 5;
const BAR_RATE = 1_000;
const AIM_SYNCS = 1.5;
/** Before the count begins the desk runs as long at a rate like it: what is compiled and grown then belongs to its start. */
const warmUp = (rate: number): Load => ({ rate: Math.min(1_000, Math.max(200, rate)), seconds: sized(0.5, 5) });
const LOADS: readonly Load[] = sized<readonly Load[]>(
  [
    { rate: 10, seconds: 1 },
    { rate: 300, seconds: 0.7 },
  ],
  [
    { rate: 10, seconds: 20 },
    { rate: 1_000, seconds: 10 },
    { rate: 10_000, seconds: 1 },
  ],
);
const SYNCS = sized(60, 1_500);
const TRIPS = sized(60, 2_000);
const PATIENCE_MS = 20_000;
const LEAD_US = 50_000;
/** So long a loop that does nothing is watched: what it waits for is this machine's, and in every figure here. */
const IDLE_MS = sized(300, 4_000);

if (!isMainThread) keepTime();
else if (process.argv.includes(EXCHANGE_ROLE)) await serveExchange();
else await measure();

/**
 * In a thread of its own: says how many signals are due, at their instants, whatever the desk is busy with. Its first word is the instant
 * it begins at, said when the thread runs: what it takes to load would else be counted as the waiting of the first orders.
 */
function keepTime(): void {
  const { rate, total } = workerData as { rate: number; total: number };
  const begin = nowUs() + LEAD_US;
  parentPort!.postMessage(begin);
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((nowUs() - begin) * rate) / 1e6) + 1);
    if (due > sent) parentPort!.postMessage((sent = due));
    if (sent < total) Atomics.wait(never, 0, 0, Math.max(0.01, (begin + (sent * 1e6) / rate - nowUs()) / 1e3));
  }
}

async function measure(): Promise<void> {
  const rows: Row[] = [];
  const row = (name: string, value: number, unit: string, ratio: number | null = null, against: string | null = null) =>
    rows.push({ name, value, unit, ratio, against, equal: null });
  const folder = mkdtempSync(join(tmpdir(), 'retrace-w5-'));
  const venue = await VenueProcess.start();
  try {
    const only = process.argv.indexOf('--rate'); // another rate, by hand
    const loads = only < 0 ? LOADS : [{ rate: Number(process.argv[only + 1]), seconds: 10 }];
    for (const [index, load] of loads.entries()) {
      const { rate } = load;
      const idle99 = waitingAlone(await turnsAlone(IDLE_MS), 0.99);
      const syncs = sorted(await syncsAlone(join(folder, `alone-${rate}`), SYNCS));
      await venue.renew();
      const trips = sorted(await venue.roundTrips(TRIPS));
      const memory = await run(venue, `${folder}/memory-${rate}`, load, true);
      const durable = await run(venue, join(folder, `journal-${rate}`), load, false);
      syncs.push(...(await syncsAlone(join(folder, `alone-${rate}`), SYNCS)));
      syncs.sort((a, b) => a - b);
      const [sync99, trip99] = [percentile(syncs, 0.99), percentile(trips, 0.99)];
      if (index === 0 || loads.length > 1) {
        row(`beside ${rate}/s: waiting in a process that does nothing, p99`, idle99 / 1e3, 'ms');
        row(`beside ${rate}/s: fdatasync of 4 KiB alone, p50`, percentile(syncs, 0.5) / 1e3, 'ms');
        row(`beside ${rate}/s: fdatasync of 4 KiB alone, p99`, sync99 / 1e3, 'ms');
        row(`beside ${rate}/s: loopback HTTP alone, p50`, percentile(trips, 0.5) / 1e3, 'ms');
        row(`beside ${rate}/s: loopback HTTP alone, p99`, trip99 / 1e3, 'ms');
      }
      const aim = AIM_SYNCS * sync99 + trip99;
      for (const [how, of] of [
        ['durable', durable],
        ['no disk', memory],
      ] as const) {
        for (const [name, part] of [
          ['p50', 0.5],
          ['p99', 0.99],
          ['p99.9', 0.999],
        ] as const) {
          const value = percentile(of.whole, part);
          const beside = how === 'durable' ? percentile(memory.whole, part) : null;
          rows.push({
            name: `${rate} orders/s, ${how}: signal to fill, ${name}`,
            value: value / 1e3,
            unit: 'ms',
            ratio: how === 'no disk' ? null : name === 'p99' ? value / aim : value / beside!,
            against: how === 'no disk' ? null : name === 'p99' ? '1.5 fdatasync p99 + loopback p99, each alone' : 'the same without a disk',
            equal: of.wrong.length === 0,
          });
        }
        for (const place of PLACES.slice(0, -1)) {
          row(`${rate} orders/s, ${how}: signal to ${place}, p50`, percentile(of.parts[place], 0.5) / 1e3, 'ms');
          row(`${rate} orders/s, ${how}: signal to ${place}, p99`, percentile(of.parts[place], 0.99) / 1e3, 'ms');
        }
        row(`${rate} orders/s, ${how}: reached`, of.reached, 'orders/s', of.reached / rate, 'the rate asked for');
        row(`${rate} orders/s, ${how}: most waiting at once`, of.backlog, 'orders');
        row(`${rate} orders/s, ${how}: stayed home, their window over`, of.home, 'orders');
        row(`${rate} orders/s, ${how}: processor of the desk, an order`, of.cpu.desk, 'µs');
        row(`${rate} orders/s, ${how}: processor of the exchange, an order`, of.cpu.venue, 'µs');
      }
      if (rate === BAR_RATE)
        row(
          'p99 at 1,000/s against the bar',
          percentile(durable.whole, 0.99) / 1e3,
          'ms',
          percentile(durable.whole, 0.99) / 1e3 / BAR_MS,
          'the bar of 5 ms',
        );
      for (const wrong of [...memory.wrong, ...durable.wrong].slice(0, 10)) tell(`NOT EQUAL: ${wrong}`);
    }
  } finally {
    await venue.close();
    rmSync(folder, { recursive: true, force: true });
  }
  finish('w5', rows);
}

type Run = Readonly<{
  whole: readonly number[];
  parts: Readonly<Record<Place, readonly number[]>>;
  /** Filled a second, from the first instant due to the last fill. */
  reached: number;
  backlog: number;
  /** Waited until their window was over, and so were never sent. */
  home: number;
  /** µs of processor an order, at the desk and at the exchange. */
  cpu: Readonly<{ desk: number; venue: number }>;
  wrong: readonly string[];
}>;

async function run(venue: VenueProcess, folder: string, load: Load, memory: boolean): Promise<Run> {
  await venue.renew();
  const before = warmUp(load.rate);
  const warm = Math.floor(before.rate * before.seconds);
  const total = Math.max(1, Math.floor(load.rate * load.seconds));
  const desk = await W5Desk.open({ folder, venue: venue.venue, orders: warm + total, ...(memory ? { disk: new MemoryDisk() } : {}) });
  try {
    await openLoop(desk, 0, warm, before.rate);
    await desk.filled(warm, PATIENCE_MS);
    (globalThis as { gc?: () => void }).gc?.();
    const used = { desk: cpuUs(), venue: await venue.cpuUs() };
    const { begin, backlog } = await openLoop(desk, warm, total, load.rate);
    await desk.filled(warm + total, PATIENCE_MS);
    const cpu = { desk: (cpuUs() - used.desk) / total, venue: ((await venue.cpuUs()) - used.venue) / total };
    const truth = await venue.truth();
    for (const [clientId, , , acceptedAt] of truth.orders) if (clientId !== null) desk.stamp(clientId, 'accepted', acceptedAt);
    const { wrong, home } = differences(desk, truth, warm + total);
    const since = (place: Place): number[] => {
      const waits: number[] = [];
      for (let n = 0; n < total; n += 1) {
        const at = desk.stamps[place][warm + n]!;
        if (at > 0) waits.push(at - (begin + (n * 1e6) / load.rate));
      }
      return sorted(waits);
    };
    const parts = Object.fromEntries(PLACES.map((place) => [place, since(place)])) as unknown as Run['parts'];
    const last = desk.stamps.filled.subarray(warm).reduce((most, at) => Math.max(most, at), 0);
    const reached = (total - 1) / Math.max(1e-6, (last - begin) / 1e6);
    const { filled: whole } = parts;
    tell(
      `${load.rate}/s ${memory ? 'no disk' : 'durable'}: p50 ${ms(percentile(whole, 0.5))} p99 ${ms(percentile(whole, 0.99))} p99.9 ${ms(percentile(whole, 0.999))} ms; ` +
        `${PLACES.map((place) => `${place} ${ms(percentile(parts[place], 0.5))}/${ms(percentile(parts[place], 0.99))}`).join(', ')}; ` +
        `reached ${reached.toFixed(0)}/s, at most ${backlog} waiting; processor ${cpu.desk.toFixed(0)} µs an order here, ${cpu.venue.toFixed(0)} there${home === 0 ? '' : `; ${home} stayed home`}${wrong.length === 0 ? '' : `; ${wrong.length} WRONG`}`,
    );
    return { whole, parts, reached, backlog, home, cpu, wrong };
  } finally {
    await desk.close();
  }
}

/** Orders from `first` on, each when it is due; returns when the last was handed in. */
function openLoop(desk: W5Desk, first: number, total: number, rate: number): Promise<{ begin: number; backlog: number }> {
  return new Promise((resolve, reject) => {
    let begin: number | null = null;
    let sent = 0;
    let backlog = 0;
    const before = desk.fills;
    const worker = new Worker(process.argv[1]!, { workerData: { rate, total } });
    worker.on('error', reject);
    worker.on('message', (due: number) => {
      if (begin === null) {
        begin = due;
        return;
      }
      for (; sent < due; sent += 1) desk.order(first + sent);
      backlog = Math.max(backlog, sent - (desk.fills - before));
      if (sent === total) resolve({ begin, backlog });
    });
  });
}

/** Every order filled exactly once at both sides, or never left; and the same position and money at the end. */
function differences(desk: W5Desk, truth: Awaited<ReturnType<VenueProcess['truth']>>, orders: number): { wrong: string[]; home: number } {
  const wrong: string[] = [];
  let home = 0;
  const there = new Map(truth.orders.map((order) => [order[0], order]));
  if (desk.refused > 0) wrong.push(`${desk.refused} orders were refused here`);
  const byClient = new Map([...desk.parts.orders.all.values()].map((order) => [order.clientId as string, order]));
  for (let n = 0; n < orders; n += 1) {
    const [lots, clientId] = [Math.abs(lotsOf(n)), desk.clientIds[n] ?? ''];
    const order = byClient.get(clientId);
    if (order?.living.value === 'CANCELLED' && order.living.context.filled === 0 && !there.has(clientId)) {
      home += 1;
      continue;
    }
    if (order?.living.value !== 'FILLED' || order.living.context.filled !== lots || order.fills.length !== 1)
      wrong.push(`order ${n} is ${order?.living.value ?? 'not there'} here, ${order?.living.context.filled ?? 0} of ${lots}`);
    const [, filled, fills] = there.get(clientId) ?? [null, 0, 0];
    if (filled !== lots || fills !== 1) wrong.push(`order ${n} filled ${filled} of ${lots} there, in ${fills} fills`);
  }
  if (truth.orders.length !== orders - home) wrong.push(`${orders - home} orders left, ${truth.orders.length} are there`);
  const { ledger } = desk.parts.accounts;
  const [lots, cash] = [ledger.accountPosition(ACCOUNT, INSTRUMENT), ledger.cashOf(ACCOUNT, 'USD')];
  if (lots !== truth.lots) wrong.push(`position ${lots} here, ${truth.lots} there`);
  if (String(cash) !== truth.cash) wrong.push(`cash ${cash} here, ${truth.cash} there`);
  return { wrong, home };
}

/** µs of each turn of an event loop that has nothing to do. */
function turnsAlone(forMs: number): Promise<number[]> {
  return new Promise((resolve) => {
    const turns: number[] = [];
    const end = nowUs() + forMs * 1e3;
    let last = nowUs();
    const turn = () => {
      const now = nowUs();
      turns.push(now - last);
      last = now;
      if (now < end) setImmediate(turn);
      else resolve(turns);
    };
    setImmediate(turn);
  });
}

/** How long what falls due at any instant waits for the end of the turn it falls into: the µs that this part of it does not exceed. */
function waitingAlone(turns: readonly number[], part: number): number {
  const total = turns.reduce((sum, turn) => sum + turn, 0);
  let [least, most] = [0, turns.reduce((longest, turn) => Math.max(longest, turn), 0)];
  while (most - least > 1) {
    const middle = (least + most) / 2;
    const beyond = turns.reduce((sum, turn) => sum + Math.max(0, turn - middle), 0);
    if (beyond / total > 1 - part) least = middle;
    else most = middle;
  }
  return most;
}

/** µs of so many appends of 4 KiB with a sync each, one after another, as the journal does them. */
async function syncsAlone(path: string, count: number): Promise<number[]> {
  const file = await open(path, 'a');
  const bytes = new Uint8Array(4096).fill(7);
  const took: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const begin = nowUs();
    await file.write(bytes);
    await file.datasync();
    took.push(nowUs() - begin);
  }
  await file.close();
  return took;
}

function sorted(values: number[]): number[] {
  return values.sort((a, b) => a - b);
}

function ms(us: number): string {
  return (us / 1e3).toFixed(2);
}
