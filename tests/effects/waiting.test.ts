/**
 * Orders that wait: for one another, for a venue that takes few requests or is away, for the end of a cancel. None may wait for ever, and none
 * that takes risk away behind one that adds it.
 */
import { expect, test } from 'vitest';
import type { OrderFound } from '#engine/execution/broker.ts';
import { ticks } from './day.ts';
import { altered, cancelled, Deaf, openStage, order, PATIENT, resting } from './scene.ts';
import { admin, faults, World, wait } from './world.ts';

const { venue, opened } = await openStage();

// ── Who waits for whom ──

test('sixty-four opening orders that hang hold back neither the stop that protects nor a cancel', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 8_000_000 },
    broker: (real) =>
      altered(real, {
        send: async (request, goes) => {
          if (request.lots === 1) await held;
          return real.send(request, goes);
        },
      }),
  });
  scene.want(order('buy', 30), resting(2));
  await scene.until(() => venue.exchange.state.orders.length === 2, 'bought');
  await scene.world.rest();
  scene.want(...Array.from({ length: 80 }, (_, nth) => resting(1, -100 - nth)));
  await scene.until(() => scene.asks('send').length === 66, 'all that may are under way');
  scene.want(order('sell', 5, { type: 'stop', price: ticks('BTC-USD', -5_000), reduceOnly: true }), cancelled);
  await scene.until(() => scene.there.join() === '30/30 filled,0/2 cancelled,0/5 working', 'protected');
  await scene.until(() => scene.asks('send').filter(({ outcome }) => outcome() === 'under way').length === 64, 'and the others hang');
  letGo();
  await scene.until(() => venue.exchange.state.working.size === 81, 'all arrive');
  expect(await scene.agreed()).toEqual([]);
});

test('at a venue that takes few requests an order still leaves, and a cancel before what opens', async () => {
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 2_000_000 },
    broker: (real) => ({ ...altered(real, {}), capabilities: { ...real.capabilities, requestsPerSecond: 4 } }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  const before = scene.asked.length;
  scene.want(...Array.from({ length: 10 }, (_, nth) => resting(1, -100 - nth)), cancelled);
  await scene.until(() => scene.world.state.orders.all.size === 11 && scene.world.unsettled().length === 0, 'known');
  const left = scene.asked.slice(before).map(({ what }) => what);
  const sent = left.filter((what) => what === 'send').length;
  expect([left[0], sent > 0, sent + scene.unsent.length]).toEqual(['cancel', true, 10]);
  expect(sent).toBeLessThanOrEqual(5); // two a second; the others say that they were late
  expect(await scene.agreed()).toEqual([]);
});

test('a venue that says when to come back is not asked before, and what opens is tried again inside its window only', async () => {
  let refusing = true;
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 2_500_000 },
    broker: (real) =>
      altered(real, {
        send: async (request, goes) =>
          refusing ? { kind: 'notSent', reason: 'too many requests', retryAfterUs: 700_000 } : real.send(request, goes),
      }),
  });
  scene.want(resting(3));
  await scene.until(() => scene.asks('send').length === 2, 'tried again');
  refusing = false;
  await scene.newest('LIVE', 20_000);
  const at = scene.asks('send').map((each) => each.at);
  expect(at).toHaveLength(3);
  expect(Math.min(at[1]! - at[0]!, at[2]! - at[1]!)).toBeGreaterThanOrEqual(690_000); // timers tell whole milliseconds
  refusing = true;
  scene.want(resting(4));
  await scene.newest('CANCELLED', 20_000);
  expect([scene.unsent, scene.there]).toEqual([['CANCELLED'], ['0/3 working']]);
  expect(scene.asks('send').length).toBeLessThanOrEqual(3 + 4);
  expect(await scene.agreed()).toEqual([]);
});

// ── Cancels whose end is not told ──

test('a cancel whose question fails in its adapter is asked for again', async () => {
  const tries: string[] = [];
  let fails = true;
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 400_000 },
    broker: (real) =>
      altered(real, {
        cancel: (name) => {
          tries.push('cancel');
          return tries.length === 1 ? Promise.resolve({ kind: 'done' }) : real.cancel(name);
        },
        order: (name) => {
          if (tries.length === 0 || !fails) return real.order(name);
          fails = false;
          return Promise.reject<OrderFound>(new Error('a bug'));
        },
      }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  scene.want(cancelled);
  await scene.newest('CANCELLED', 20_000);
  expect([fails, tries.length, scene.there]).toEqual([false, 2, ['0/3 cancelled']]);
  expect(await scene.agreed()).toEqual([]);
});

test('a cancel that is refused because the order was rejected meanwhile ends it as rejected', async () => {
  const deaf = new Deaf();
  let rejected = false;
  const scene = await opened({
    broker: (real) =>
      deaf.over(real, {
        cancel: async () => ({ kind: 'refused', reason: 'not working' }),
        order: async (name) => {
          const answer = await real.order(name);
          return rejected && answer.found === true ? { ...answer, row: { ...answer.row, state: 'rejected', reason: 'margin' } } : answer;
        },
      }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  rejected = true;
  scene.want(cancelled);
  await scene.newest('REJECTED');
  expect(scene.asks('cancel')).toHaveLength(1);
});

// ── A desk that comes back ──

test('who kills is told again of every order that an earlier life sent, with a window in which it may still arrive', async () => {
  const windowUs = 2_000_000;
  const told = new Map<string, number>();
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: windowUs },
    timeoutUs: 60_000,
    watch: { register: ({ clientId, validUntil }) => void told.set(clientId, validUntil), settled: () => {} },
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  await faults(venue, 1, { 'accept-late': 1 }, 400_000);
  scene.want(resting(4));
  await scene.until(() => scene.asks('send').length === 2, 'sent');
  const names = [...told.keys()];
  await scene.crash();
  await faults(venue, 0, {});
  told.clear();
  const at = Date.now() * 1_000;
  await scene.start();
  expect([...told.keys()]).toEqual(names);
  expect(Math.min(...told.values())).toBeGreaterThanOrEqual(at + windowUs);
  await scene.newest('LIVE', 20_000);
  await scene.world.ready();
  expect([scene.there, scene.asks('send').length]).toEqual([['0/3 working', '0/4 working'], 2]);
  expect(await scene.agreed()).toEqual([]);
});

test('a venue that was away and then talks nonsense for a while is tried until it can be understood', async () => {
  const scene = await opened();
  await scene.crash();
  const trouble = (name: string) => Object.assign(new Error(name), { name });
  const answers = [trouble('VenueUnreachable'), trouble('VenueNonsense'), trouble('VenueRefused')];
  const world = await World.open({
    folder: scene.folder,
    server: venue,
    terms: PATIENT,
    broker: (real) =>
      altered(real, {
        open: (hear) => {
          const error = answers.shift();
          return error === undefined ? real.open(hear) : Promise.reject(error);
        },
      }),
  });
  try {
    expect(world.gate).toBe('CANCEL_ONLY');
    await world.ready();
    expect(answers).toEqual([]);
  } finally {
    await world.desk.close();
  }
});

test('a venue that hangs when its desk comes back is tried until it answers', async () => {
  const scene = await opened({ timeoutUs: 150_000 });
  await scene.crash();
  await admin(venue, 'hang', { on: true });
  await scene.start();
  await wait(400);
  expect(scene.world.gate).toBe('CANCEL_ONLY');
  await admin(venue, 'hang', { on: false });
  await scene.world.ready();
  expect(await scene.agreed()).toEqual([]);
});
