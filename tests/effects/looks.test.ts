/**
 * What a desk sees when it looks at its venue's truth, and when: looks that are late, crossed, crowded out or about strangers. Each sequence
 * once took an old truth for a new one, halted a healthy account, or left what it should have seen.
 */
import { afterAll, afterEach, expect, test } from 'vitest';
import type { VenueFillRow } from '#engine/execution/broker.ts';
import type { InstrumentId, Minor, TimeUs } from '#engine/values.ts';
import { quote, ticks } from './day.ts';
import { altered, Deaf, openStage, order, resting, type Scene, SlowDisk } from './scene.ts';
import { ACCOUNT, admin, disagreements, wait } from './world.ts';

const { venue, opened } = await openStage();
const slow = new SlowDisk();
afterEach(() => slow.letGo());
afterAll(() => slow.gone());

const BTC = 'BTC-USD' as InstrumentId;
const byHand = (scene: Scene, side: 'buy' | 'sell', quantity: string, more: object = { type: 'market' }) =>
  scene.byHand('POST', '/orders', { symbol: 'BTC-USD', side, quantity, ...more }) as Promise<{ order: { id: string } }>;
const position = ({ world }: Scene) => world.state.accounts.ledger.accountPosition(ACCOUNT, BTC);
const differences = ({ world }: Scene) =>
  world.decisions.flatMap((decision) =>
    decision.type === 'DifferenceFound' && decision.what !== 'balance'
      ? [`${decision.what} ${decision.venue}: ${decision.resolution}`]
      : [],
  );
const halted = ({ world }: Scene) =>
  world.decisions.some((decision) => decision.type === 'GateMoved' && decision.scope === 'account' && decision.to === 'HALTED');

test('a look that was begun over an older line is not believed about a newer one', async () => {
  let letGo: (() => void) | null = null;
  let slowly = false;
  let read = 0;
  const scene = await opened({
    broker: (real) =>
      altered(real, {
        fills: async (since) => {
          const fills = await real.fills(since);
          read += 1;
          if (slowly && read === 2) await new Promise<void>((resolve) => (letGo = resolve));
          return fills;
        },
      }),
  });
  const link = scene.world.desk.links[0]!;
  await scene.world.rest();
  [slowly, read] = [true, 0];
  link.look(0);
  await scene.until(() => letGo !== null, 'everything is read, and nothing told');
  scene.loseLine();
  await scene.until(() => scene.gate === 'CANCEL_ONLY, connecting', 'no line');
  await byHand(scene, 'buy', '0.0010');
  const { looked } = link;
  const opensWith: string[][] = [];
  const seen = setInterval(() => {
    if (scene.world.gate === 'OPEN') opensWith.push(disagreements(scene.world, venue));
  }, 0);
  scene.regainLine();
  await scene.until(() => scene.gate === 'CANCEL_ONLY, reconciling', 'a line');
  letGo!();
  await scene.until(() => scene.gate === 'OPEN, ready' && opensWith.length > 0, 'open');
  clearInterval(seen);
  expect([opensWith[0], link.looked - looked]).toEqual([["order 1 there is nobody's here"], 1]);
  expect([position(scene), differences(scene)]).toEqual([10, ["fill buy 10 at 600001: booked to 'none'"]]);
});

test('a look that is asked for while another is under way is taken after it', async () => {
  let letGo: (() => void) | null = null;
  let slowly = false;
  const scene = await opened({
    broker: (real) =>
      altered(real, {
        balances: async () => {
          const balances = await real.balances();
          if (slowly) await new Promise<void>((resolve) => (letGo = resolve));
          slowly = false;
          return balances;
        },
      }),
  });
  await scene.world.rest();
  const link = scene.world.desk.links[0]!;
  const { looked } = link;
  slowly = true;
  link.look(0);
  await scene.until(() => letGo !== null, 'looking');
  link.look(50_000);
  letGo!();
  await scene.until(() => link.looked === looked + 2, 'looked again, and not a minute later');
});

test('a stream that never falls silent cannot put a look off for ever', async () => {
  const deaf = new Deaf();
  const scene = await opened({ reconcileEveryUs: 200_000, broker: (real) => deaf.over(real) });
  const link = scene.world.desk.links[0]!;
  const { looked } = link;
  const transfer = { id: 'x', currency: 'USD', amount: 0n as Minor, why: 'funding', at: 0 as TimeUs };
  const busy = setInterval(() => deaf.hear({ type: 'Transfer', transfer }), 5);
  try {
    await scene.until(() => link.looked >= looked + 5, 'looked');
  } finally {
    clearInterval(busy);
  }
  expect(await scene.agreed()).toEqual([]);
});

test('an order that ends between the list and the end of each look is no difference, whether it was there at its beginning or not', async () => {
  const late: boolean[] = []; // the order came after the look had begun
  let acting: Scene | null = null;
  let read = 0;
  const place = async (scene: Scene): Promise<void> => {
    scene.want(resting(1 + (late.length % 7), -60 - late.length));
    await scene.until(() => scene.state === 'LIVE', 'it works');
  };
  const scene = await opened({
    reconcileEveryUs: 100_000,
    broker: (real) =>
      altered(real, {
        fills: async (since) => {
          read += 1;
          if (acting !== null && read % 2 === 0) {
            acting.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
            await acting.until(() => acting!.state === 'CANCELLED', 'it has ended');
            if (late.length % 2 === 1) await place(acting);
          }
          const fills = await real.fills(since);
          if (acting !== null && read % 2 === 1) {
            late.push(acting.state !== 'LIVE');
            if (acting.state !== 'LIVE') await place(acting);
          }
          return fills;
        },
      }),
  });
  await scene.world.rest();
  const link = scene.world.desk.links[0]!;
  read = 0;
  acting = scene;
  const { looked } = link;
  await scene.until(() => link.looked >= looked + 8, 'eight looks');
  acting = null;
  const needed = scene.world.decisions.filter(({ type }) => type === 'ReconciliationNeeded');
  expect([halted(scene), needed, late.includes(true) && late.includes(false)]).toEqual([false, [], true]);
});

test.each([
  ['acknowledged', false],
  ['of unknown outcome', true],
])('what was decided and not yet let go is not missing at the venue, though it is %s when the look ends', async (_, isLost) => {
  const deaf = new Deaf();
  let letGo: (() => void) | null = null;
  let [slowly, read] = [false, 0];
  const scene = await opened({
    broker: (real) =>
      deaf.over(real, {
        fills: async (since) => {
          const fills = await real.fills(since);
          read += 1;
          if (slowly && read === 2) await new Promise<void>((resolve) => (letGo = resolve));
          return fills;
        },
        send: async (request, goes) => {
          const outcome = await real.send(request, goes);
          return isLost ? { kind: 'unknown', reason: 'lost' } : outcome;
        },
        order: async (name) => (deaf.on && letGo !== null ? { found: null, reason: 'busy' } : real.order(name)),
      }),
  });
  const link = scene.world.desk.links[0]!;
  await wait(2_200); // sends of an earlier life can no longer arrive
  await scene.world.rest();
  deaf.on = isLost;
  slow.hold();
  scene.want(resting(5));
  await scene.until(() => scene.state === 'SENDING', 'decided');
  const { looked } = link;
  [slowly, read] = [true, 0];
  link.look(0);
  await scene.until(() => letGo !== null, 'everything is read, and nothing told');
  slow.letGo();
  await scene.until(() => scene.state === (isLost ? 'UNKNOWN' : 'LIVE'), 'sent');
  slowly = false;
  letGo!();
  await scene.until(() => link.looked > looked, 'told');
  deaf.on = false;
  await scene.until(() => scene.state === 'LIVE', 'it works');
  const needed = scene.world.decisions.filter(({ type }) => type === 'ReconciliationNeeded');
  expect([scene.there, differences(scene), needed]).toEqual([['0/5 working'], [], []]);
  expect(await scene.agreed()).toEqual([]);
});

test('many cancels at a busy venue are no difference: a healthy account is not halted', { timeout: 60_000 }, async () => {
  const scene = await opened({
    reconcileEveryUs: 150_000,
    broker: (real) => {
      const slowly = async <T>(answer: Promise<T>): Promise<T> => {
        const got = await answer;
        await wait(50);
        return got;
      };
      return altered(real, {
        fills: (since) => slowly(real.fills(since)),
        openOrders: () => slowly(real.openOrders()),
        order: (name) => slowly(real.order(name)),
      });
    },
  });
  const link = scene.world.desk.links[0]!;
  const { looked } = link;
  let orders = 0;
  for (const end = Date.now() + 15_000; link.looked < looked + 8 && Date.now() < end; await wait(15)) {
    scene.want(resting(1 + (orders % 9), -100 - orders));
    orders += 1;
    await wait(15);
    scene.want({ do: 'cancel', instrument: 'BTC-USD', nth: 0 });
  }
  expect([halted(scene), scene.alerts, link.looked >= looked + 8, orders > 20]).toEqual([false, [], true, true]);
  expect(await scene.agreed()).toEqual([]);
});

test.each([
  ['buy', 4],
  ['sell', -4],
] as const)("a stranger's %s under a client id that is the venue's id of an adopted buy is told apart from it", async (side, lots) => {
  const scene = await opened();
  const adopted = await byHand(scene, 'buy', '0.0010', { type: 'limit', price: '59000.0' });
  await scene.until(() => scene.world.state.orders.all.size === 1, 'adopted');
  await byHand(scene, side, '0.0004', { type: 'market', clientId: adopted.order.id });
  await scene.until(() => position(scene) === lots, 'its fill is booked');
  await scene.world.rest();
  const [order] = [...scene.world.state.orders.all.values()];
  expect([order!.living.value, order!.living.context.filled, scene.gate]).toEqual(['LIVE', 0, 'OPEN, ready']);
  expect(scene.world.state.accounts.ledger.cashOf(ACCOUNT, 'USD')).toBe(venue.exchange.state.account.cash('USD'));
});

test('fills of an adopted order are booked once, though they are told again after a restart', async () => {
  const scene = await opened();
  const adopted = await byHand(scene, 'buy', '0.0010', { type: 'limit', price: '59990.0' });
  await scene.until(() => scene.world.state.orders.all.size === 1, 'adopted');
  await admin(venue, 'trade', { symbol: 'BTC-USD', side: 'sell', price: '59989.0', quantity: '0.0004' });
  await scene.until(() => position(scene) === 4, 'filled in part');
  await scene.crash();
  await scene.start();
  await scene.world.ready();
  expect(differences(scene)).toEqual(['order working: adopted']); // from before
  const [order] = [...scene.world.state.orders.all.values()];
  await quote(venue, 'BTC-USD', 0);
  scene.command({ do: 'CancelOrder', order: order!.id }, 'cancel');
  await scene.until(() => scene.world.state.orders.all.get(order!.id)!.ended, 'cancelled');
  expect([scene.there, order!.clientId, position(scene)]).toEqual([['4/10 cancelled'], adopted.order.id, 4]);
  expect(await scene.agreed()).toEqual([]);
});

test('a fill of an order that is adopted in the same look is booked once, and again known after a restart', async () => {
  const scene = await opened();
  scene.loseLine();
  await byHand(scene, 'buy', '0.0010', { type: 'limit', price: '59990.0' });
  await admin(venue, 'trade', { symbol: 'BTC-USD', side: 'sell', price: '59989.0', quantity: '0.0004' });
  scene.regainLine();
  await scene.until(() => scene.world.state.orders.all.size === 1 && scene.gate === 'OPEN, ready', 'adopted');
  expect(position(scene)).toBe(4);
  await scene.crash();
  await scene.start();
  await scene.world.ready();
  expect(position(scene)).toBe(4);
  await admin(venue, 'trade', { symbol: 'BTC-USD', side: 'sell', price: '59989.0', quantity: '0.0006' });
  await scene.until(() => position(scene) === 10, 'filled whole');
  expect(await scene.agreed()).toEqual([]);
});

test('an order found after a kill is adopted to be cancelled', async () => {
  const scene = await opened();
  scene.command({ do: 'Kill', why: 'test' }, 'kill');
  await scene.until(() => scene.world.state.gates.global.living.value === 'KILLED', 'killed');
  await byHand(scene, 'buy', '0.0010', { type: 'limit', price: '59000.0' });
  await scene.until(() => venue.exchange.state.working.size === 0, 'cancelled');
  await scene.until(() => scene.world.state.orders.working.length === 0, 'and known');
  expect(differences(scene)).toEqual(['order working: adopted to be cancelled']);
  expect(await scene.agreed()).toEqual([]);
});

test('a stop that the venue rejects at its trigger is told to a person', async () => {
  const deaf = new Deaf();
  const scene = await opened({ broker: (real) => deaf.over(real) });
  scene.want(order('buy', 5));
  await scene.newest('FILLED');
  scene.want(order('sell', 5, { type: 'stop', price: ticks('BTC-USD', -5_000), reduceOnly: true }));
  await scene.newest('LIVE');
  const { id, clientId } = scene.last()!;
  deaf.hear({
    type: 'Order',
    what: 'rejected',
    row: {
      clientId,
      venueId: String(venue.exchange.state.orders.at(-1)!.id),
      instrument: BTC,
      side: 'sell',
      type: 'stop',
      lots: 5,
      limit: null,
      stop: ticks('BTC-USD', -5_000),
      filled: 0,
      state: 'rejected',
      reason: 'margin',
    },
  });
  await scene.newest('REJECTED');
  expect(scene.alerts).toEqual([`hands BTC-USD: its stop ${id} is gone`]);
});

test('more fills of others than can be told apart are refused in words, and none of them is booked', { timeout: 60_000 }, async () => {
  let strangers: readonly VenueFillRow[] = [];
  const said: string[] = [];
  const scene = await opened({
    log: (_, what, { error }) => void said.push(`${what}: ${error}`),
    broker: (real) => altered(real, { fills: async (since) => [...(await real.fills(since)), ...strangers] }),
  });
  await scene.world.rest();
  strangers = Array.from({ length: 9_001 }, (_, nth) => ({
    id: `x${nth}`,
    clientId: null,
    venueId: `v${nth}`,
    instrument: BTC,
    side: nth % 2 === 0 ? 'buy' : 'sell',
    lots: 1,
    price: 600_000,
    fee: 0n as Minor,
    maker: false,
    at: 0 as TimeUs,
  }));
  const link = scene.world.desk.links[0]!;
  const { looked } = link;
  link.look(0);
  await scene.until(() => said.length >= 2, 'said, and tried again');
  expect(said[0]).toMatch(
    /could not be reconciled with: SnapshotUnsettled: 9001 fills or transfers of others .* more than can be told apart/,
  );
  expect([link.looked - looked, differences(scene), position(scene)]).toEqual([0, [], 0]);
  strangers = [];
  expect(await scene.agreed()).toEqual([]);
});
