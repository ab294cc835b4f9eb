/**
 * A desk that is never closed: so many simulated hours at an exchange in the same process that fails in every way, orders every few seconds,
 * the line lost each hour. What it holds is counted each hour, when it is at rest.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openRunningDesk, type RunningDesk } from '#cli/compose/running-desk.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import { type DeskId, MINUTE_US, SECOND_US, type Sha256 } from '#engine/values.ts';
import { DirectVenue, openDirectBroker } from '#infra/brokers/local/direct.ts';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import type { AccountLink } from '#infra/outbox/account-link.ts';
import type { FaultRates } from '#infra/venues-local/faults.ts';
import { listingOf } from '#infra/venues-local/listings.ts';
import { ManualClock } from '#streams/clock.ts';
import { orderedCatalogue, type Wanted } from './ordered-strategy.ts';
import { ACCOUNT, genesisFor, INSTRUMENTS, STRATEGY } from './world.ts';

/** After every engine day there was or will be here, so that the desk's days turn with the simulated ones. */
const START_US = Date.UTC(2100, 0, 4) * 1000;
const KEYS = { key: 'test-key-1', secret: 'test-secret-1', admin: 'test-admin-1' };
const HOUR_US = 60 * MINUTE_US;
const CASH = 10n ** 12n;
const WINDOW_US = 2 * SECOND_US;
const AWAY_US = 2 * SECOND_US;
const REST_US = 90 * SECOND_US;
const MOST_WORKING = 12;
const HOMES = [600_000, 300_000];
const RATES: FaultRates = {
  ...{ 'ack-lost': 0.02, 'ack-late': 0.02, 'accept-late': 0.02, 'accept-5xx': 0.02, 'fill-before-ack': 0.02, 'duplicate-fill': 0.02 },
  ...{ 'fill-after-cancel': 0.02, 'cancel-replace-race': 0.02, 'stale-lists': 0.02, 'silent-drop': 0.02, 'half-open': 0.000_05 },
};

export type Sample = Readonly<{
  hour: number;
  /** Bytes that are in use after a collection. */
  heap: number;
  handles: number;
  timers: number;
  orders: number;
  working: number;
  retired: number;
  there: number;
  link: AccountLink['sizes'];
}>;
export type DayLong = Readonly<{ samples: readonly Sample[]; found: readonly string[]; orders: number; fills: number; lost: number }>;

/** Counts what waits, and knows what comes next. */
class CountedClock extends ManualClock {
  /** Whether nothing is under way: then no promise waits, and there is none to wait for. Saves most of the time. */
  calm: () => boolean = () => false;
  readonly #waiting = new Set<{ due: number }>();
  #put = 0;

  get pending(): number {
    return this.#waiting.size;
  }

  override soon(run: () => void): void {
    this.#put += 1;
    super.soon(run);
  }

  override after(delayUs: number, run: () => void): () => void {
    const timer = { due: this.monotonicUs() + Math.max(0, delayUs) };
    this.#waiting.add(timer);
    const cancel = super.after(delayUs, () => {
      this.#waiting.delete(timer);
      run();
    });
    return () => {
      this.#waiting.delete(timer);
      cancel();
    };
  }

  /** From one timer to the next; promises settle in between. */
  async pass(us: number): Promise<void> {
    const target = this.monotonicUs() + us;
    await this.#settle();
    for (;;) {
      if (this.#put > 0 || !this.calm()) await this.#settle();
      let next = Number.POSITIVE_INFINITY;
      for (const { due } of this.#waiting) if (due < next) next = due;
      if (next > target) break;
      this.advance(Math.max(0, next - this.monotonicUs()));
    }
    this.advance(target - this.monotonicUs());
    await this.#settle();
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    for (let passed = 0; !over; passed += 1) {
      if (passed > 10_000) throw new Error('not settled in ten seconds of simulated time');
      await this.pass(1_000);
    }
    return promise;
  }

  async #settle(): Promise<void> {
    do {
      this.#put = 0;
      await new Promise((resolve) => setImmediate(resolve));
      this.turn();
    } while (this.#put > 0);
  }
}

export async function liveLong(options: Readonly<{ seed: number; hours: number; everyUs: number }>): Promise<DayLong> {
  const { seed, hours, everyUs } = options;
  const stream = randomStream(seed, 'day long');
  const clock = new CountedClock(START_US);
  const venue = new DirectVenue({ clock, listings: INSTRUMENTS.map(({ id }) => listingOf(id)), keys: KEYS, seed, cash: CASH });
  quote(venue, 0, 0);
  quote(venue, 1, 0);
  const counts = { orders: 0, fills: 0, lost: 0, halted: '' };
  const desk: RunningDesk = await clock.until(
    openRunningDesk({
      folder: 'memory',
      disk: new MemoryDisk(),
      desk: 'effects' as DeskId,
      catalogue: orderedCatalogue,
      manifest: { format: 1, run: 'test' },
      config: '0'.repeat(64) as Sha256,
      flags: [],
      genesis: genesisFor({ sendWindowUs: WINDOW_US, orphans: 'adopt' }),
      entries: () => [],
      accounts: [
        {
          account: ACCOUNT,
          broker: openDirectBroker(venue, {
            account: ACCOUNT,
            key: KEYS.key,
            secret: { reveal: () => KEYS.secret },
            instruments: INSTRUMENTS,
          }),
          sendWindowUs: WINDOW_US,
          reconcileEveryUs: 60 * SECOND_US,
        },
      ],
      latch: { isKilled: () => false },
      watch: { register: () => {}, settled: () => {} },
      clock,
      observer: (decision) => {
        if (decision.type === 'OrderApproved') counts.orders += 1;
        else if (decision.type === 'OrderFilled') counts.fills += 1;
        else if (decision.type === 'OrderMoved' && decision.to === 'UNKNOWN') counts.lost += 1;
        else if (decision.type === 'GateMoved' && decision.scope === 'account' && decision.to === 'ARMED') clock.soon(() => arm(desk));
      },
      onHalt: ({ error }) => {
        counts.halted = String(error);
      },
    }),
  );
  await clock.pass(5 * SECOND_US);
  const collect = collector();
  const samples: Sample[] = [];
  let signals = 0;
  const want = (wanted: Wanted) => {
    signals += 1;
    desk.sequencer.submit({ type: 'SignalReceived', strategy: STRATEGY, signal: 'test', key: `s-${signals}`, payload: [wanted] as never });
  };
  const { parts } = desk.live.run.desk;
  const link = desk.links[0]!;
  const restful = clock.pending;
  clock.calm = () => link.connected && link.waiting === 0 && clock.pending <= restful;
  for (let hour = 1; hour <= hours; hour += 1) {
    venue.setFaults(RATES, 300_000, seed + hour);
    for (let gone = 0; gone < HOUR_US - AWAY_US - REST_US; gone += everyUs) {
      act(venue, stream, want, parts.orders.working.length);
      await clock.pass(everyUs);
    }
    venue.setAway(true);
    await clock.pass(AWAY_US);
    venue.setAway(false);
    venue.setFaults({});
    await clock.pass(REST_US);
    collect();
    samples.push({
      ...{ hour, heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length, timers: clock.pending },
      ...{ orders: parts.orders.all.size, working: parts.orders.working.length, retired: parts.orders.retiredIds.length },
      ...{ there: venue.exchange.state.orders.length, link: link.sizes },
    });
  }
  const found = counts.halted === '' ? differences(desk, venue) : [`the desk halted: ${counts.halted}`];
  await clock.until(desk.close());
  venue.close();
  await clock.pass(HOUR_US);
  if (clock.pending > 0) found.push(`${clock.pending} timers are left after the end`);
  return { samples, found, ...counts };
}

function arm(desk: RunningDesk): void {
  const key = `arm-${desk.sequencer.seq}`;
  desk.sequencer.submit({ type: 'CommandGiven', key, by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'account', of: ACCOUNT } });
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  return () => {
    gc();
    gc();
  };
}

function act(venue: DirectVenue, stream: RandomStream, want: (wanted: Wanted) => void, working: number): void {
  const of = stream.below(2);
  const { id } = INSTRUMENTS[of]!;
  const nth = stream.below(8);
  const draw = stream.below(16);
  quote(venue, of, stream.between(-4, 4));
  if (working > MOST_WORKING || draw < 2) want({ do: 'cancel', instrument: id, nth });
  else if (draw < 4)
    want({ do: 'replace', instrument: id, nth, lots: 1 + stream.below(9), price: HOMES[of]! + stream.between(-6, 6), stop: null });
  else if (draw < 7) {
    const symbol = venue.exchange.state.symbols.get(id)!;
    venue.exchange.trade(symbol, stream.chance(0.5) ? 'buy' : 'sell', HOMES[of]! + stream.between(-5, 5), 1 + stream.below(12));
  } else {
    const type = (['market', 'market', 'limit', 'stop'] as const)[stream.below(4)]!;
    const side = stream.chance(0.5) ? 'buy' : 'sell';
    const away = stream.between(-3, 4) * (side === 'buy' ? -1 : 1);
    const price = type === 'market' ? null : HOMES[of]! + (type === 'stop' ? -away : away);
    want({ do: 'order', instrument: id, side, type, lots: 1 + stream.below(9), price });
  }
}

function quote(venue: DirectVenue, of: number, middle: number): void {
  const ticks = HOMES[of]! + middle;
  const symbol = venue.exchange.state.symbols.get(INSTRUMENTS[of]!.id)!;
  venue.exchange.quote(symbol, { ticks: ticks - 1, lots: 40 }, { ticks: ticks + 1, lots: 40 });
}

/** Where the two ledgers disagree; orders that have retired here are known by their number only. */
function differences(desk: RunningDesk, { exchange }: DirectVenue): string[] {
  const found: string[] = [];
  const { orders, accounts } = desk.live.run.desk.parts;
  const { state } = exchange;
  const there = new Map(state.orders.map((order) => [order.clientId ?? String(order.id), order]));
  if (there.size !== state.orders.length) found.push(`${state.orders.length - there.size} orders there bear a name twice`);
  for (const { id, clientId, living } of orders.all.values()) {
    const row = there.get(clientId);
    const ended = living.value === 'REJECTED' || living.value === 'CANCELLED';
    if (row === undefined) {
      if (!ended || living.context.filled > 0) found.push(`${id} is ${living.value} here and never was there`);
      continue;
    }
    const value = row.state === 'working' ? 'LIVE' : row.state.toUpperCase();
    if (value !== living.value || row.filled !== living.context.filled)
      found.push(`${id}: ${living.value} ${living.context.filled} here, ${value} ${row.filled} there`);
  }
  for (const { id } of INSTRUMENTS) {
    const [here, venue] = [accounts.ledger.accountPosition(ACCOUNT, id), state.account.lotsOf(state.listings.get(id)!)];
    if (here !== venue) found.push(`position ${id}: ${here} here, ${venue} there`);
  }
  const [here, venue] = [accounts.ledger.cashOf(ACCOUNT, 'USD'), state.account.cash('USD')];
  if (here !== venue) found.push(`cash: ${here} here, ${venue} there`);
  return found;
}
