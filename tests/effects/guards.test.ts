/**
 * Each guard between a decision and the venue, alone: taken away, its test here goes red (scripts/laws.mjs takes them away).
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { truthOf } from './judge.ts';
import { bundle, DeskProcess, type Programs } from './processes.ts';
import { openStage, order, type Scene, SlowDisk } from './scene.ts';
import { admin, dropFolder, faults, freshFolder, SHORT, wait } from './world.ts';

const WINDOW_MS = SHORT.sendWindowUs / 1000;
const { venue, opened } = await openStage();
const slow = new SlowDisk();
let programs: Programs;
beforeAll(async () => {
  programs = await bundle();
});
afterEach(() => slow.letGo());
afterAll(() => {
  slow.gone();
  dropFolder(programs.folder);
});
const sends = ({ asked }: Scene) => asked.filter(({ what }) => what === 'send');

test('durable first: while the disk holds back, no byte comes to the venue', async () => {
  const scene = await opened();
  slow.hold();
  scene.want(order('buy', 3));
  await scene.newest('SENDING');
  await wait(120);
  expect([sends(scene).length, scene.requests().length]).toEqual([0, 0]);
  slow.letGo();
  await scene.newest('FILLED');
  expect(await scene.agreed()).toEqual([]);
});

test('one name for ever: a desk that derives its orders again gives them the names that the venue has', async () => {
  const scene = await opened();
  scene.want(order('buy', 3, { type: 'limit', price: 590_000 }), order('sell', 2, { type: 'limit', price: 610_000 }));
  await scene.world.rest();
  const before = [...scene.world.state.orders.all.values()].map(({ id, clientId }) => [id, clientId]);
  await scene.crash();
  await scene.start();
  expect([...scene.world.state.orders.all.values()].map(({ id, clientId }) => [id, clientId])).toEqual(before);
  expect(venue.exchange.state.orders.map(({ clientId }) => clientId).sort()).toEqual(before.map(([, clientId]) => clientId).sort());
  await scene.world.ready();
  expect(await scene.agreed()).toEqual([]);
  expect(scene.requests('POST')).toHaveLength(2);
});

test('asked first: what may have arrived is sent again only when the venue says it never had it and can no longer receive it', async () => {
  const scene = await opened({ terms: { ...SHORT, sendWindowUs: 1_200_000 }, timeoutUs: 60_000 });
  await faults(venue, 1, { 'ack-lost': 1, 'half-open': 1 });
  scene.want(order('buy', 3)); // filled at once: its name is free again, and a second one would be taken
  await scene.newest('FILLED');
  expect(scene.asked.map(({ what, outcome }) => `${what} ${outcome()}`)).toEqual(['send unknown', 'order true']);
  await faults(venue, 1, { 'silent-drop': 1 });
  scene.asked.splice(0);
  scene.want(order('buy', 2));
  await scene.world.until(() => sends(scene).length === 2, 'sent again');
  await faults(venue, 0, {});
  const [first, second] = sends(scene);
  const between = scene.asked.filter(({ what, at }) => what === 'order' && at >= first!.at && at <= second!.at);
  expect(between.at(-1)?.outcome()).toBe('false');
  // a third of the window is how long the first try could arrive
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(400_000);
  expect(second!.name).toBe(first!.name);
  expect(await scene.agreed()).toEqual([]);
});

test('unknown is a state: a venue that does not answer has neither taken nor refused, and what opens risk waits for it', async () => {
  const scene = await opened({ terms: { ...SHORT, sendWindowUs: 1_500_000 }, timeoutUs: 80_000 });
  await admin(venue, 'hang', { on: true });
  scene.want(order('buy', 3));
  await scene.newest('UNKNOWN');
  await wait(60);
  expect(scene.state).toBe('UNKNOWN');
  await admin(venue, 'hang', { on: false });
  await scene.newest('FILLED');
  expect(await scene.agreed()).toEqual([]);
  expect(venue.exchange.state.orders).toHaveLength(1);
});

test('valid until: what becomes durable too late stays home, and says so', async () => {
  const scene = await opened({ terms: SHORT });
  slow.hold();
  scene.want(order('buy', 3));
  await scene.newest('SENDING');
  await wait(WINDOW_MS + 30);
  slow.letGo();
  await scene.newest('CANCELLED');
  expect([sends(scene).length, scene.requests().length]).toEqual([0, 0]);
  expect(scene.world.decisions.find((decision) => decision.type === 'OrderMoved' && decision.to === 'CANCELLED')).toMatchObject({
    why: 'NotSent',
  });
  expect(await scene.agreed()).toEqual([]);
});

test('a process that was suspended for longer than the window trades nothing of before as fresh', { timeout: 60_000 }, async () => {
  await admin(venue, 'reset', { seed: 1 });
  const folder = freshFolder();
  const desk = new DeskProcess(programs);
  try {
    const { url, keys } = venue;
    await desk.ask({
      do: 'open',
      options: { folder, server: { url, keys }, terms: { ...SHORT, sendWindowUs: 800_000 }, reconcileEveryUs: 60_000_000 },
    });
    await desk.ask({ do: 'ready', withinMs: 20_000 });
    await desk.ask({ do: 'hold' });
    await desk.ask({ do: 'want', wanted: [order('buy', 3, { type: 'limit', price: 590_000 })] });
    await desk.ask({ do: 'decided' });
    desk.child.kill('SIGSTOP');
    await wait(1_000);
    desk.child.kill('SIGCONT');
    await desk.ask({ do: 'letGo' });
    await desk.ask({ do: 'rest', withinMs: 20_000 });
    expect(truthOf(`${venue.folder}/ledger.ndjson`).entries.filter(({ what }) => what === 'request')).toEqual([]);
    expect(await desk.ask({ do: 'picture' })).toMatch(/buy CANCELLED 0\/3/);
    // and what is asked of it now is fresh
    await desk.ask({ do: 'want', wanted: [order('buy', 2, { type: 'limit', price: 590_000 })] });
    await desk.ask({ do: 'rest', withinMs: 20_000 });
    expect(venue.exchange.state.orders.map(({ lots, state }) => `${lots} ${state}`)).toEqual(['2 working']);
    await desk.ask({ do: 'close' });
  } finally {
    desk.child.kill('SIGCONT');
    await desk.kill();
    dropFolder(folder);
  }
});

test('the gate at the moment of sending: approved before a kill, durable after it, an order stays home', async () => {
  const scene = await opened();
  slow.hold();
  scene.want(order('buy', 3));
  await scene.newest('SENDING');
  scene.world.desk.sequencer.submit({ type: 'CommandGiven', key: 'kill', by: 'test', sawSeq: null, command: { do: 'Kill', why: 'test' } });
  await scene.world.until(() => scene.world.state.gates.global.living.value === 'KILLED', 'killed');
  slow.letGo();
  await scene.newest('CANCELLED');
  expect([sends(scene).length, scene.requests('POST').length]).toEqual([0, 0]);
  expect(await scene.agreed()).toEqual([]);
});

test('the latch of a kill: nothing that opens or changes passes it though the desk has not heard; a cancel does', async () => {
  const latch = { killed: false, isKilled: () => latch.killed };
  const scene = await opened({ latch });
  scene.want(order('buy', 3, { type: 'limit', price: 590_000 }));
  await scene.world.rest();
  latch.killed = true;
  scene.asked.splice(0);
  scene.want(order('buy', 2));
  scene.want({ do: 'replace', instrument: 'BTC-USD', nth: 0, lots: 1, price: 590_000, stop: null });
  await scene.newest('CANCELLED');
  await scene.world.rest();
  expect(scene.asked.filter(({ what }) => what !== 'order')).toEqual([]);
  scene.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
  await scene.world.until(() => venue.exchange.state.working.size === 0, 'cancelled');
  latch.killed = false;
  expect(await scene.agreed()).toEqual([]);
});

test('who kills knows of each order before it leaves, and until it has ended', async () => {
  const told: string[] = [];
  const watch = {
    register: ({ clientId }: { clientId: string }) => void told.push(`register ${clientId}`),
    settled: (clientId: string) => void told.push(`settled ${clientId}`),
  };
  const isKilled = () => {
    told.push('latch');
    return false;
  };
  const scene = await opened({ watch, latch: { isKilled } });
  scene.onAsked = (what) => void told.push(what);
  scene.want(order('buy', 3));
  await scene.newest('FILLED');
  const { clientId } = scene.last()!;
  // the latch once more in the very turn in which the bytes leave
  expect(told).toEqual([`register ${clientId}`, 'latch', `send ${clientId}`, 'latch', `settled ${clientId}`]);
});

test('a cancel that was asked for when the desk died leaves by itself when it is back', async () => {
  const scene = await opened();
  scene.want(order('buy', 3, { type: 'limit', price: 590_000 }));
  await scene.world.rest();
  await admin(venue, 'maintenance', { on: true });
  scene.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
  await scene.world.until(() => scene.asked.some(({ what, outcome }) => what === 'cancel' && outcome() === 'notSent'), 'refused for now');
  await scene.crash();
  await admin(venue, 'maintenance', { on: false });
  await scene.start();
  await scene.newest('CANCELLED');
  expect(await scene.agreed()).toEqual([]);
});

test('an order that never arrived is known not to exist as soon as it can no longer, though its desk died meanwhile', async () => {
  const scene = await opened({ terms: { ...SHORT, sendWindowUs: 800_000 } });
  await faults(venue, 1, { 'silent-drop': 1 });
  scene.want(order('buy', 3));
  await scene.world.until(() => sends(scene).length === 1, 'sent');
  await scene.crash();
  await faults(venue, 0, {});
  await scene.start();
  await scene.newest('REJECTED', 10_000); // the next look of its own is a minute away
  expect(await scene.agreed()).toEqual([]);
});
