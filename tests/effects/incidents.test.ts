/**
 * What went wrong for users of other engines, each by its thread, at an exchange over sockets: restarts, lost lines, unknown outcomes,
 * silent feeds. `Guard:` names the line without which the test goes red; each was taken away once and seen.
 */
import { expect, test } from 'vitest';
import { nodeDigest } from '#cli/compose/digest.ts';
import { addressOf } from '#engine/decisions.ts';
import { calendarById, sessionAt } from '#engine/market/calendar.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { randomStream } from '#engine/random.ts';
import type { InstrumentId, SourceId, StrategyId, TimeUs } from '#engine/values.ts';
import { localFeed } from '#infra/brokers/local/feed.ts';
import { FileReader } from '#infra/files/read.ts';
import { explain } from '#replay/explain.ts';
import { realClock } from '#streams/clock.ts';
import { Door } from '#streams/door.ts';
import { SYMBOLS, ticks, trade } from './day.ts';
import { orderedCatalogue } from './ordered-strategy.ts';
import { openStage, order, type Scene } from './scene.ts';
import { ACCOUNT, admin, deployed, faults, INSTRUMENTS, STRATEGY, wait } from './world.ts';

const { venue, opened } = await openStage();

const BTC = 'BTC-USD' as InstrumentId;
const away = (side: 'buy' | 'sell', lots: number, by = 50) =>
  order(side, lots, { type: 'limit', price: ticks('BTC-USD', side === 'buy' ? -by : by) });
const stop = (lots: number) => order('sell', lots, { type: 'stop', price: ticks('BTC-USD', -50_000), reduceOnly: true });
const working = () => [...venue.exchange.state.working.values()];
const positionOf = ({ world }: Scene, strategy: StrategyId = STRATEGY) => world.state.accounts.ledger.position(ACCOUNT, strategy, BTC);
/** An outsider meets what rests of ours, whole. */
const meet = (side: 'buy' | 'sell', by: number, quantity = '0.01') =>
  admin(venue, 'trade', { symbol: 'BTC-USD', side, price: (60_000 + by * 0.1).toFixed(1), quantity });

/** The market of the exchange, as `retrace run` follows it. */
function follow({ world }: Scene, instruments: readonly Instrument[]): void {
  const door = new Door(instruments);
  const ids = instruments.map(({ id }) => id);
  const source = 'local' as SourceId;
  world.desk.follow(localFeed({ url: venue.url, source, instruments: ids, admit: (seen) => door.admit(seen), clock: realClock }));
}

// ── D. Silent feeds ──

// Guard: engine/risk/clauses.ts, `{ name: 'gate', bindsReducing: true, judge: gate }`
test('nautilus_trader #4298, #4949, openalgo #1396: connected but mute, no order leaves; the market that is alive trades on', async () => {
  const instruments = INSTRUMENTS.map((instrument) => ({
    ...instrument,
    feeds: instrument.feeds.map((feed) => ({ ...feed, silentUs: 4_000_000, muteUs: 400_000 })),
  }));
  const scene = await opened({ instruments });
  follow(scene, instruments);
  const gate = (id: string) => scene.world.state.gates.find('instrument', id)!.living.value;
  const alive = setInterval(() => void trade(venue, 'ETH-USD', randomStream(Date.now(), 'alive')).catch(() => {}), 60);
  try {
    const both = setInterval(() => void trade(venue, 'BTC-USD', randomStream(Date.now(), 'alive')).catch(() => {}), 60);
    await scene.world.until(() => gate('BTC-USD') === 'OPEN' && gate('ETH-USD') === 'OPEN', 'both are fed', 20_000);
    clearInterval(both);
    await scene.world.until(() => gate('BTC-USD') === 'CANCEL_ONLY', 'one is mute', 20_000);
    await scene.world.until(() => gate('ETH-USD') === 'OPEN', 'the other is not', 20_000);
    scene.want(order('buy', 2));
    scene.want(order('buy', 3, { instrument: 'ETH-USD' }));
    await scene.newest('FILLED');
    await scene.world.rest();
    expect(venue.exchange.state.orders.map(({ listing, lots }) => `${listing.symbol} ${lots}`)).toEqual(['ETH-USD 3']);
    const refused = scene.world.decisions.find((decision) => decision.type === 'OrderRefused');
    expect(refused).toMatchObject({ instrument: 'BTC-USD' });
    // freqtrade #6649, #8733, #10973, #9946, #5029: a signal that did not trade says why
    const reader = new FileReader({ folder: scene.folder, digest: nodeDigest });
    const { ok, sentence } = await explain(reader, addressOf(refused!), { digest: nodeDigest, catalogue: orderedCatalogue });
    expect([ok, sentence]).toEqual([true, expect.stringMatching(/refused.*BTC-USD.*CANCEL_ONLY/)]);
  } finally {
    clearInterval(alive);
  }
});

// Guard: infra/outbox/account-link.ts, #hear: what the stream says of a fill is submitted as it comes
test('openalgo #811: what becomes of an order is told by the venue as it happens; nobody asks for each', async () => {
  const scene = await opened({ reconcileEveryUs: 600_000_000 });
  scene.want(away('buy', 4), away('buy', 3, 20));
  await scene.world.rest();
  const [asked, requests] = [scene.asked.length, scene.requests().length];
  await meet('sell', -20, '0.0003');
  await scene.world.until(() => scene.here === '3/3 FILLED', 'the fill is told');
  await scene.world.rest();
  expect(positionOf(scene)).toBe(3);
  expect(working().map(({ lots }) => lots)).toEqual([4]);
  expect([scene.asked.length, scene.requests().length]).toEqual([asked, requests]);
});

// Guard: infra/outbox/account-link.ts, #hear: `case 'Connected': … this.look(0)`
test('LEAN IB #249: what was filled while the line was down is booked when it is back', async () => {
  const scene = await opened();
  scene.want(away('buy', 4), away('buy', 3, 20));
  await scene.world.rest();
  scene.loseLine();
  await scene.world.until(() => scene.world.gate === 'CANCEL_ONLY', 'no new risk without a line');
  await meet('sell', -20, '0.0003');
  await wait(50);
  expect(positionOf(scene)).toBe(0);
  scene.regainLine();
  await scene.world.until(() => positionOf(scene) === 3, 'booked');
  await scene.world.ready();
  expect(await scene.agreed()).toEqual([]);
});

// ── E. Restarts, unknown outcomes, duplicates ──

// Guard: infra/outbox/account-link.ts, open(): nothing held is sent there; planted behind `await this.#connect(0)`: a send of each that was SENDING
test('nautilus_trader #3176: a restart sends nothing a second time, not even what was just leaving', async () => {
  const scene = await opened();
  scene.want(away('buy', 2), away('sell', 3));
  await scene.world.rest();
  await admin(venue, 'hang', { on: true });
  scene.want(order('buy', 1)); // filled at once when the venue wakes: its name is free again, and a second one would be taken
  await scene.world.until(() => scene.asked.filter(({ what }) => what === 'send').length === 3, 'on its way');
  await wait(20);
  await scene.crash();
  await admin(venue, 'hang', { on: false });
  await scene.start();
  await scene.newest('FILLED');
  await scene.world.ready();
  expect(await scene.agreed()).toEqual([]);
  expect(scene.requests('POST')).toHaveLength(3);
});

// Guard: infra/outbox/account-link.ts, #unknown: `this.#report(flight.effect.order, { kind: 'Lost' })`
test('nautilus_trader #4958, #4215, #4152: a timeout while it lived; the order is unknown, then found, and never refused here', async () => {
  const scene = await opened({ timeoutUs: 60_000 });
  await faults(venue, 1, { 'ack-late': 1, 'half-open': 1 }, 400_000);
  scene.want(away('buy', 2));
  await scene.newest('UNKNOWN');
  await scene.newest('LIVE');
  await faults(venue, 0, {});
  const moves = scene.world.decisions.flatMap((decision) => (decision.type === 'OrderMoved' ? [`${decision.from} ${decision.to}`] : []));
  expect(moves).toEqual(['INTENT SENDING', 'SENDING UNKNOWN', 'UNKNOWN LIVE']);
  expect(await scene.agreed()).toEqual([]);
  expect(scene.requests('POST')).toHaveLength(1);
});

// Guard: infra/outbox/account-link.ts, #replace: `case 'unknown': this.#askAfter(effect.order, …)`
test('nautilus_trader #4564: a change whose answer was lost with the line leaves one order, on the terms of the venue', async () => {
  const scene = await opened();
  scene.want(away('buy', 2));
  await scene.world.rest();
  await faults(venue, 1, { 'ack-lost': 1, 'half-open': 1 });
  scene.want({ do: 'replace', instrument: 'BTC-USD', nth: 0, lots: 3, price: ticks('BTC-USD', -40), stop: null });
  await scene.world.until(() => scene.asked.some(({ what, outcome }) => what === 'replace' && outcome() === 'unknown'), 'lost');
  await faults(venue, 0, {});
  await scene.newest('LIVE');
  // by asking for it, not because the silent line was given up
  expect(scene.world.decisions.filter((decision) => decision.type === 'SessionMoved' && decision.why === 'Lost')).toEqual([]);
  expect(scene.last()!.living.context).toMatchObject({ lots: 3, limit: ticks('BTC-USD', -40) });
  expect(working()).toHaveLength(1);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/snapshot.ts, askByName: what a list lacks is asked for by name, not taken to be gone
test('nautilus_trader #5000: an order that works is not dropped at a cold start, though the venue lists it not', async () => {
  const scene = await opened();
  scene.want(away('buy', 2), away('buy', 3), away('buy', 4));
  await scene.world.rest();
  await scene.crash();
  await faults(venue, 1, { 'stale-lists': 1 }, 10_000_000);
  await scene.start();
  await scene.world.ready();
  const states = () => [...scene.world.state.orders.all.values()].map(({ living }) => living.value);
  expect(states()).toEqual(['LIVE', 'LIVE', 'LIVE']);
  await faults(venue, 0, {});
  // …nor is one that was filled meanwhile kept for the sake of a list that still has it
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/account-link.ts, #tell: `if (row.filled > this.#toldLots(id)) { … return; }`
test('freqtrade #10436, #3647: a cancelled order had filled; the fill is booked before the end, and is a position', async () => {
  const scene = await opened();
  scene.want(away('buy', 4));
  await scene.world.rest();
  await faults(venue, 1, { 'fill-after-cancel': 1 }, 900_000);
  await meet('sell', -50, '0.0003'); // filled in part, and not told
  scene.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
  await scene.newest('CANCELLED');
  expect([positionOf(scene), scene.last()!.living.context.filled]).toEqual([3, 3]);
  expect(scene.world.decisions.flatMap((decision) => (decision.type === 'OrderFilled' ? [decision.late] : []))).toEqual([false]);
  await faults(venue, 0, {});
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/account-link.ts, open(): `if (order.state === 'CANCEL_PENDING') this.#enqueue('cancel', requestAgain(order))`
test('freqtrade #10436: a restart in the middle of a cancel; what filled meanwhile is a position, the rest is cancelled', async () => {
  const scene = await opened();
  scene.want(away('buy', 4));
  await scene.world.rest();
  await admin(venue, 'maintenance', { on: true });
  scene.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
  await scene.newest('CANCEL_PENDING');
  await scene.crash();
  await admin(venue, 'maintenance', { on: false });
  await meet('sell', -50, '0.0003');
  await scene.start();
  await scene.newest('CANCELLED');
  expect(await scene.agreed()).toEqual([]);
  expect(scene.world.decisions.some(({ type }) => type === 'OrderAdopted')).toBe(false);
});

// Guard: infra/outbox/account-link.ts, #unknown: `this.#ask(flight, until)`
test('hummingbot #493, #3374: six orders whose answers were lost are six orders of ours, not orphans', async () => {
  const scene = await opened({ timeoutUs: 80_000 });
  await faults(venue, 1, { 'ack-lost': 1, 'half-open': 1 });
  scene.want(...[1, 2, 3, 4, 5, 6].map((lots) => order('buy', lots)));
  await scene.world.until(() => positionOf(scene) === 21, 'all six are known', 20_000);
  await faults(venue, 0, {});
  expect(scene.world.decisions.filter(({ type }) => type === 'OrderAdopted')).toEqual([]);
  // by asking for each, not because the silent line was given up
  expect(scene.world.decisions.filter((decision) => decision.type === 'SessionMoved' && decision.why === 'Lost')).toEqual([]);
  expect(scene.requests('POST')).toHaveLength(6);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: actors/desk/orders.ts, #move: `if (!cancelWanted && losesProtection(order, from, event)) …`
test('OctoBot #3190, banbot #163: a stop survives a restart, and one that the venue lost meanwhile is placed again', async () => {
  const scene = await opened();
  scene.want(order('buy', 5));
  await scene.newest('FILLED');
  scene.want(stop(5));
  await scene.newest('LIVE');
  await scene.crash();
  await scene.start();
  await scene.world.ready();
  expect(scene.state).toBe('LIVE');
  await scene.crash();
  await scene.byHand('DELETE', `/orders?id=${working()[0]!.id}`);
  await scene.start();
  await scene.world.until(() => working().some(({ type, lots }) => type === 'stop' && lots === 5), 'placed again');
  await scene.world.ready();
  expect(scene.world.decisions.some((decision) => decision.type === 'OrderApproved' && decision.why === 're-armed')).toBe(true);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/account-link.ts, #fill: `if (this.#fills.has(key) || …) return;` (behind it the desk's own: 'fill reported twice')
test('openalgo #932: a fill that is told by the stream twice, by an answer and by a list is one fill', async () => {
  const scene = await opened();
  await faults(venue, 1, { 'duplicate-fill': 1, 'fill-before-ack': 1 });
  scene.want(order('buy', 2), away('buy', 3));
  await scene.world.until(() => positionOf(scene) === 2, 'filled');
  scene.world.desk.links[0]!.look(0);
  await meet('sell', -50, '0.0002');
  scene.world.desk.links[0]!.look(0);
  await scene.world.until(() => positionOf(scene) === 4, 'filled in part');
  expect(scene.world.decisions.filter((decision) => decision.type === 'ReconciliationNeeded')).toEqual([]);
  await faults(venue, 0, {});
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/snapshot.ts, takeSnapshot: `if (!sameFills(fills, after)) { … continue; }`
test('openalgo #1794: a position is not set to what a list says while fills are under way', async () => {
  let between: (() => Promise<void>) | null = null;
  const scene = await opened({
    broker: (real) =>
      new Proxy(real, {
        get(target, name) {
          const value = Reflect.get(target, name, target) as unknown;
          if (name === 'positions')
            return async () => {
              const rows = await target.positions();
              await between?.();
              return rows;
            };
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  });
  scene.want(away('buy', 4));
  await scene.world.rest();
  let times = 0;
  between = async () => {
    if (times++ < 2) await meet('sell', -50, '0.0001'); // filled between the list of positions and the list of fills
  };
  await scene.world.rest();
  between = null;
  const differences = scene.world.decisions.filter((decision) => decision.type === 'DifferenceFound' && decision.what === 'position');
  expect(differences).toEqual([]);
  expect(scene.world.decisions.filter((decision) => decision.type === 'ReconciliationNeeded')).toEqual([]);
  expect(positionOf(scene)).toBe(2);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: engine/risk/clauses.ts, `{ name: 'reduce-only', bindsReducing: true, judge: reduceOnly }`
test('openalgo #1116: an order that closes what one strategy holds leaves what another holds alone', async () => {
  const other = 'other' as StrategyId;
  const scene = await opened({ more: [deployed(other)] });
  scene.want(order('buy', 4));
  scene.world.wantOf(other, order('buy', 6));
  await scene.world.until(() => positionOf(scene) === 4 && positionOf(scene, other) === 6, 'both hold');
  scene.want(order('sell', 10, { reduceOnly: true }));
  await scene.world.until(() => scene.world.decisions.some(({ type }) => type === 'OrderRefused'), 'more than its own');
  scene.want(order('sell', 4, { reduceOnly: true }));
  await scene.world.until(() => positionOf(scene) === 0, 'closed');
  expect(positionOf(scene, other)).toBe(6);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: infra/outbox/snapshot.ts, snapshotFill: `name: nameOfRow(row, isOurs)`
test('banbot #162: what was filled offline is booked to the order that was filled, and a hand at the venue to nobody', async () => {
  const scene = await opened();
  scene.want(away('buy', 4, 50), away('buy', 4, 20));
  await scene.world.rest();
  const [far, near] = [...scene.world.state.orders.all.values()];
  await scene.crash();
  await meet('sell', -20, '0.0002'); // the nearer one, in part
  await scene.byHand('POST', '/orders', { symbol: 'BTC-USD', side: 'buy', type: 'market', quantity: '0.0004' });
  await scene.start();
  await scene.world.ready();
  const filled = (id: string) => scene.world.state.orders.all.get(id)!.living.context.filled;
  expect([filled(far!.id), filled(near!.id), positionOf(scene), positionOf(scene, 'none' as StrategyId)]).toEqual([0, 2, 2, 4]);
  expect(scene.world.state.gates.find('account', ACCOUNT)!.living.value).toBe('OPEN');
  const found = await scene.agreed();
  // the hand's order ended before it was seen working: its fill is booked, it itself is nobody's
  expect(found.filter((line) => !line.endsWith("is nobody's here"))).toEqual([]);
});

// Guard: actors/desk/inputs.ts, `if (parts.signals.has(input.key)) return;`
test('tradingview-alert-connector #44, #30: an alert that comes twice is one order', async () => {
  const scene = await opened();
  const signal = { type: 'SignalReceived', strategy: STRATEGY, signal: 'test', key: 'once', payload: [order('buy', 2)] as never } as const;
  scene.world.desk.sequencer.submit(signal);
  await scene.newest('FILLED');
  scene.world.desk.sequencer.submit(signal);
  await scene.crash();
  await scene.start();
  await scene.world.ready();
  scene.world.desk.sequencer.submit(signal);
  await scene.world.rest();
  expect([positionOf(scene), scene.requests('POST').length]).toEqual([2, 1]);
  expect(await scene.agreed()).toEqual([]);
});

// Guard: actors/desk/markets.ts, inSession: `if (sessionAt(this.calendar, due) !== null) return due;`
test('openalgo #1419, My-Algo-Trading-Code #111: a closed market is no silent feed', async () => {
  const now = Date.now() * 1000;
  const closed = ['NYSE', 'NSE'].find((id) => sessionAt(calendarById(id), now as TimeUs) === null)!; // never both are open
  const instruments = INSTRUMENTS.map((instrument) => ({
    ...instrument,
    calendar: instrument.id === BTC ? closed : instrument.calendar,
    feeds: instrument.feeds.map((feed) => ({ ...feed, silentUs: 4_000_000, muteUs: 300_000 })),
  }));
  const scene = await opened({ instruments });
  follow(scene, instruments);
  const alarms = (id: string) =>
    scene.world.decisions.filter((decision) => decision.type === 'FeedMoved' && decision.instrument === id && decision.to === 'DOWN')
      .length;
  const heard = (id: string) =>
    scene.world.decisions.some((decision) => decision.type === 'FeedMoved' && decision.instrument === id && decision.from === 'DOWN');
  const chance = randomStream(1, 'alive');
  for (let tries = 0; tries < 200 && !(heard('BTC-USD') && heard('ETH-USD')); tries += 1) {
    for (const symbol of SYMBOLS) await trade(venue, symbol, chance);
    await wait(20);
  }
  await scene.world.until(() => alarms('ETH-USD') > 0, 'the market that is open is missed');
  await wait(400);
  expect([heard('BTC-USD'), alarms('BTC-USD')]).toEqual([true, 0]);
});
