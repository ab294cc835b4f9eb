/**
 * W7: the gateway. Ticks come into a real desk at a fixed rate by the wall's clock; watchers in another process hear of them. How old the
 * newest fact is when a watcher hears of it, what a watcher costs, what stuck ones cost the others, how long a crowd takes to come back;
 * and, in the same run, how much of a processor pushing the same frame takes beside uWebSockets.js alone, ws and socket.io.
 */
import type { DriverName } from '#gateway/transport/server.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';
import { ask, child, close, gone, said } from './children.ts';
import { finish, median, type Row, sized, tell } from './harness.ts';
import { LOAD_ROLE, type LoadAsked, type LoadTook, load } from './w7-load.ts';
import {
  PULL_ROLE,
  PUSH_ROLE,
  type PullAsked,
  type PullTook,
  type PushAsked,
  type PushTook,
  pull,
  push,
  WAYS,
  type Way,
} from './w7-push.ts';
import { SERVER_ROLE, type ServerAsked, type ServerReady, type ServerTook, serve } from './w7-server.ts';

/** The promise, and what is aimed at. */
const BAR_MS = 500;
const AIM_MS = 50;
const RATE = sized(2_000, 10_000);
const SECONDS = sized(1, 10);
const CROWDS: readonly Readonly<{ clients: number; symbols: number; stuck: number }>[] = sized(
  [
    { clients: 5, symbols: 10, stuck: 0 },
    { clients: 20, symbols: 10, stuck: 0.1 },
  ],
  [
    { clients: 1, symbols: 10, stuck: 0 },
    { clients: 100, symbols: 10, stuck: 0 },
    { clients: 100, symbols: 100, stuck: 0 },
    { clients: 1_000, symbols: 10, stuck: 0 },
    { clients: 1_000, symbols: 100, stuck: 0 },
    { clients: 1_000, symbols: 10, stuck: 0.1 },
    { clients: 3_000, symbols: 10, stuck: 0 },
  ],
);
const GATED = 1_000;
const ROUNDS = sized(1, 3);
const PUSH_SECONDS = sized(0.5, 4);
const PUSH_CLIENTS = sized(10, 100);

const ROLES: Readonly<Record<string, () => Promise<void>>> = {
  [SERVER_ROLE]: serve,
  [LOAD_ROLE]: load,
  [PUSH_ROLE]: push,
  [PULL_ROLE]: pull,
};
const role = Object.keys(ROLES).find((one) => process.argv.includes(one));
if (role !== undefined) await ROLES[role]!();
else await measure();

async function measure(): Promise<void> {
  const rows: Row[] = [];
  const drivers: DriverName[] = 'missing' in findUws(thisMachine()) ? ['node'] : sized<DriverName[]>(['uws', 'node'], ['uws']);
  for (const driver of drivers) for (const crowd of CROWDS) rows.push(...(await crowded(driver, crowd)));
  rows.push(...(await pushed()));
  finish('w7', rows);
}

async function crowded(driver: DriverName, { clients, symbols, stuck }: (typeof CROWDS)[number]): Promise<Row[]> {
  const server = child(SERVER_ROLE);
  const { origin } = await ask<ServerReady>(server, { driver, symbols, rate: RATE } satisfies ServerAsked);
  const watchers = child(LOAD_ROLE);
  await ask<'open'>(watchers, { origin, clients, symbols, seconds: SECONDS, stuck } satisfies LoadAsked);
  const alone = (await ask<ServerTook>(server, 'took')).rssBytes;
  await ask<'begun'>(server, 'begin');
  const heard = await said<LoadTook>(watchers);
  const took = await ask<ServerTook>(server, 'end');
  await Promise.all([gone(server), close(watchers)]);
  const name = `${clients} watchers, ${symbols} instruments${stuck > 0 ? `, ${stuck * 100} % stuck` : ''}, ${driver}`;
  const reached = (took.ticks * 1_000) / took.wallMs;
  const cpu = took.cpuMs / took.wallMs;
  tell(
    `${name}: tick to socket p50 ${heard.rowP50.toFixed(1)} p99 ${heard.rowP99.toFixed(1)} ms; newest fact p50 ${heard.p50.toFixed(1)} p99 ${heard.p99.toFixed(1)} most ${heard.most.toFixed(0)} ms; ` +
      `${Math.round(heard.frames / SECONDS)} deliveries/s, ${(heard.bytes / SECONDS / 1e6).toFixed(1)} MB/s; ${Math.round(reached)} of ${RATE} ticks/s in; ` +
      `desk ${(100 * cpu).toFixed(0)} % of a processor (its loop waits ${took.loopP99Ms.toFixed(1)} ms at p99), watchers ${(100 * heard.cpuShare).toFixed(0)} %; ${Math.round(alone / clients / 1024)} KiB of process a watcher; back after ${heard.stormMs.toFixed(0)} ms`,
  );
  const judged = clients <= GATED;
  const bar = (value: number) => (judged ? heard.whole && value < BAR_MS : heard.whole);
  return [
    {
      name: `${name}: newest fact, p99`,
      value: heard.p99,
      unit: 'ms',
      ratio: BAR_MS / heard.p99,
      against: `${BAR_MS} ms, aim ${AIM_MS}`,
      equal: bar(heard.p99),
    },
    { name: `${name}: tick to socket, p99`, value: heard.rowP99, unit: 'ms', ratio: null, against: null, equal: null },
    { name: `${name}: deliveries`, value: heard.frames / SECONDS, unit: '1/s', ratio: null, against: null, equal: null },
    {
      name: `${name}: desk's processor`,
      value: (1e6 * took.cpuMs) / 1e3 / Math.max(1, heard.frames),
      unit: 'µs a delivery, all of its work',
      ratio: null,
      against: null,
      equal: null,
    },
    { name: `${name}: all back after they were gone`, value: heard.stormMs, unit: 'ms', ratio: null, against: null, equal: null },
  ];
}

async function pushed(): Promise<Row[]> {
  const perCpu = new Map<Way, number[]>();
  let equal = true;
  const ways = 'missing' in findUws(thisMachine()) ? WAYS.filter((way) => !/uws/i.test(way)) : WAYS;
  for (let round = 0; round < ROUNDS; round++)
    for (const way of ways) {
      const server = child(PUSH_ROLE);
      const port = await ask<number>(server, { way, seconds: PUSH_SECONDS, clients: PUSH_CLIENTS } satisfies PushAsked);
      const watchers = child(PULL_ROLE);
      watchers.send({ way, port, clients: PUSH_CLIENTS } satisfies PullAsked);
      const told = await said<PushTook>(server);
      const heard = await ask<PullTook>(watchers, 'end');
      // one that watches may come a frame later than the first is told
      const whole = heard.received >= PUSH_CLIENTS * told.pushed * 0.99 && heard.last === told.last;
      equal &&= whole;
      const value = (heard.received * 1_000) / told.cpuMs;
      perCpu.set(way, [...(perCpu.get(way) ?? []), value]);
      tell(
        `${way}: ${Math.round(value)} deliveries a second of processor; ${heard.received} of ${PUSH_CLIENTS * told.pushed}${whole ? '' : ', NOT the same'}`,
      );
      await Promise.all([close(server), close(watchers)]);
    }
  const ours = perCpu.get(ways[0]!)!;
  return ways.map((way) => {
    const its = perCpu.get(way)!;
    return {
      name: `push, ${way}`,
      value: median(its),
      unit: 'deliveries/s of processor',
      ratio: way === ways[0] ? null : median(ours.map((value, n) => value / its[n]!)),
      against: way === ways[0] ? null : way,
      equal,
    };
  });
}
