/**
 * What may befall an order between its decision and its venue, one sequence of events a test: each once doubled an order, lost one, held one
 * back or left one for ever unknown. At rest both ledgers are one.
 */
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Broker, ChangeOutcome, SendOutcome, SendRequest } from '#engine/execution/broker.ts';
import type { InstrumentId } from '#engine/values.ts';
import { realClock } from '#streams/clock.ts';
import {
  altered,
  cancelled,
  changedUnheard,
  Deaf,
  openStage,
  order,
  PATIENT,
  replaced,
  resting,
  type Scene,
  SlowDisk,
  settable,
} from './scene.ts';
import { ACCOUNT, admin, disagreements, faults, SHORT, wait } from './world.ts';

const { venue, opened } = await openStage();
const slow = new SlowDisk();
afterEach(async () => {
  slow.letGo();
  await faults(venue, 0, {});
});
afterAll(() => slow.gone());

const seller = (quantity: string) => admin(venue, 'trade', { symbol: 'BTC-USD', side: 'sell', price: '59990.0', quantity });

// ── Changes that are not told ──

test('a change to more lots that is never told is found, and what was filled beyond the old total with it', async () => {
  const deaf = new Deaf();
  const scene = await opened({ broker: (real) => deaf.over(real) });
  await changedUnheard(scene, deaf, 50, 10);
  expect([scene.there, scene.here]).toEqual([['40/50 working'], '0/5 REPLACE_PENDING']);
  deaf.reconnect();
  await scene.newest('LIVE', 20_000);
  await scene.until(() => scene.gate === 'OPEN, ready', 'open');
  expect([scene.here, scene.alerts]).toEqual(['40/50 LIVE', []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a change to more lots that is never told, filled whole in parts meanwhile, is booked whole', async () => {
  const deaf = new Deaf();
  const scene = await opened({ broker: (real) => deaf.over(real) });
  await changedUnheard(scene, deaf, 30);
  await seller('0.0010');
  await seller('0.0020');
  expect(scene.there).toEqual(['30/30 filled']);
  deaf.reconnect();
  await scene.newest('FILLED', 20_000);
  await scene.until(() => scene.gate === 'OPEN, ready', 'open');
  expect([scene.here.split('/')[0], scene.alerts]).toEqual(['30', []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a change to more lots that is never told, and a cancel that cannot leave yet: what was filled ends nothing, and the rest is cancelled', async () => {
  const deaf = new Deaf();
  let away = false;
  const scene = await opened({
    broker: (real) =>
      deaf.over(real, {
        cancel: (name) => (away ? Promise.resolve({ kind: 'notSent', reason: 'away', retryAfterUs: 50_000 }) : real.cancel(name)),
      }),
  });
  scene.want(resting(5));
  await scene.newest('LIVE');
  [deaf.on, away] = [true, true];
  scene.want(replaced(50, 10));
  await scene.until(() => scene.asks('replace')[0]?.outcome() === 'done', 'changed there');
  scene.want(cancelled);
  await scene.newest('CANCEL_PENDING');
  const { looked } = scene.world.desk.links[0]!;
  deaf.reconnect();
  await scene.until(() => scene.world.desk.links[0]!.looked > looked && scene.here.startsWith('40/'), 'seen');
  expect([scene.there, scene.here]).toEqual([['40/50 working'], '40/50 CANCEL_PENDING']);
  away = false;
  await scene.newest('CANCELLED', 20_000);
  expect([scene.there, scene.gate, scene.alerts]).toEqual([['40/50 cancelled'], 'OPEN, ready', []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a fill beyond the old total that is heard before its change ends nothing: the order is asked first', async () => {
  const deaf = new Deaf();
  let stale = false;
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 8_000_000 }, // nobody asks for the change itself meanwhile
    broker: (real) =>
      deaf.over(real, {
        order: async (name) => {
          const answer = await real.order(name);
          if (!stale || answer.found !== true) return answer;
          stale = false;
          return { ...answer, row: { ...answer.row, lots: 5, filled: 0 }, fills: [] };
        },
      }),
  });
  await changedUnheard(scene, deaf, 30);
  deaf.on = false;
  stale = true;
  await seller('0.0010');
  await scene.until(() => scene.here === '10/30 LIVE', 'asked for, twice');
  await seller('0.0008');
  await scene.until(() => scene.here === '18/30 LIVE', 'and at once');
  expect([stale, scene.alerts, scene.gate]).toEqual([false, [], 'OPEN, ready']);
  expect(await scene.agreed()).toEqual([]);
});

test('a fill beyond the old total is booked in time, though nobody can be asked about its order', async () => {
  const deaf = new Deaf();
  let away = false;
  const scene = await opened({
    broker: (real) => deaf.over(real, { order: (name) => (away ? Promise.resolve({ found: null, reason: 'away' }) : real.order(name)) }),
  });
  scene.want(resting(5));
  await scene.newest('LIVE');
  [deaf.on, away] = [true, true];
  scene.want(replaced(8));
  await scene.until(() => scene.asks('replace')[0]?.outcome() === 'done', 'changed there');
  deaf.on = false;
  await seller('0.0008');
  await scene.until(() => scene.here.startsWith('8/'), 'booked');
  away = false;
  expect([scene.there, scene.state]).toEqual([['8/8 filled'], 'FILLED']);
  expect(await scene.agreed()).toEqual([]);
});

test('a fill that only a change not yet told has room for ends nothing here, though nobody can be asked for long', async () => {
  const deaf = new Deaf();
  let away = false;
  const scene = await opened({
    broker: (real) => deaf.over(real, { order: (name) => (away ? Promise.resolve({ found: null, reason: 'away' }) : real.order(name)) }),
  });
  scene.want(resting(5));
  await scene.newest('LIVE');
  [deaf.on, away] = [true, true];
  scene.want(replaced(30));
  await scene.until(() => scene.asks('replace')[0]?.outcome() === 'done', 'changed there');
  deaf.on = false;
  await seller('0.0008');
  await scene.until(() => scene.here.startsWith('8/'), 'booked');
  expect([scene.there, scene.here]).toEqual([['8/30 working'], '8/30 LIVE']);
  await scene.until(() => scene.world.desk.links[0]!.looked > 1, 'looked');
  away = false;
  await seller('0.0022');
  await scene.newest('FILLED');
  expect([scene.there, scene.here, scene.gate, scene.alerts]).toEqual([['30/30 filled'], '30/30 FILLED', 'OPEN, ready', []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a change to more lots that is never told, filled in part and cancelled by hand, ends as cancelled', async () => {
  const deaf = new Deaf();
  const scene = await opened({ broker: (real) => deaf.over(real) });
  await changedUnheard(scene, deaf, 50, 10);
  await scene.byHand('DELETE', `/orders?clientId=${scene.last()!.clientId}`);
  expect(scene.there).toEqual(['40/50 cancelled']);
  deaf.reconnect();
  await scene.newest('CANCELLED', 20_000);
  expect([scene.here, scene.alerts]).toEqual(['40/50 CANCELLED', []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a change that the line is lost before stays home, and the order is as it was', async () => {
  const scene = await opened();
  scene.want(resting(5));
  await scene.newest('LIVE');
  slow.hold();
  scene.want(replaced(50));
  await scene.newest('REPLACE_PENDING');
  scene.loseLine();
  await scene.until(() => scene.world.gate === 'CANCEL_ONLY', 'no line');
  slow.letGo();
  await scene.newest('LIVE');
  scene.regainLine();
  await scene.until(() => scene.gate === 'OPEN, ready', 'open');
  expect([scene.asks('replace'), scene.there, scene.here]).toEqual([[], ['0/5 working'], '0/5 LIVE']);
  expect(await scene.agreed()).toEqual([]);
});

test('one stale "not found" leaves no change pending: it is asked again', async () => {
  let lie = false;
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 400_000 },
    broker: (real) =>
      altered(real, {
        replace: async () => ({ kind: 'unknown', reason: 'reset' }),
        order: (name) => {
          if (!lie) return real.order(name);
          lie = false;
          return Promise.resolve({ found: false });
        },
      }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  lie = true;
  scene.want(replaced(60));
  await scene.newest('REPLACE_PENDING');
  await scene.newest('LIVE', 20_000);
  expect([lie, scene.here, scene.last()!.worst]).toEqual([false, '0/3 LIVE', 3]);
  expect(await scene.agreed()).toEqual([]);
});

test('a change and its cancel that were both refused count no longer: the order weighs what it can fill', async () => {
  let refuse: (outcome: ChangeOutcome) => void = () => {};
  const scene = await opened({
    broker: (real) =>
      altered(real, {
        replace: () => new Promise((resolve) => (refuse = resolve)),
        cancel: async () => ({ kind: 'refused', reason: 'busy' }),
      }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  scene.want(replaced(60));
  await scene.until(() => scene.asks('replace').length === 1, 'the change is under way');
  scene.want(cancelled);
  await scene.until(() => scene.asks('cancel').length === 3, 'cancelled in vain');
  await scene.newest('LIVE', 20_000);
  expect(scene.last()!.worst).toBe(60); // the change may still be taken
  refuse({ kind: 'refused', reason: 'no' });
  await scene.until(() => scene.last()!.worst === 3, 'it weighs what it can fill');
  expect([scene.here, scene.there]).toEqual(['0/3 LIVE', ['0/3 working']]);
  expect(await scene.agreed()).toEqual([]);
});

// ── Sends whose outcome is unknown ──

test('"not found" of an order that was asked for inside its window ends nothing, however late the answer: it may arrive behind the question', async () => {
  const deaf = new Deaf();
  let kept: (() => Promise<SendOutcome>) | null = null;
  let shutsAt = 0;
  let questions = 0;
  let bothAsked = () => {};
  const arrived = new Promise<void>((resolve) => (bothAsked = resolve));
  const scene: Scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 2_400_000 },
    broker: (real) =>
      deaf.over(real, {
        send: async (request) => {
          kept ??= () => real.send(request);
          shutsAt ||= realClock.monotonicUs() + 2_400_000;
          return { kind: 'unknown', reason: 'reset' };
        },
        order: async (name) => {
          const answer = await real.order(name);
          questions += 1;
          if (questions === 1) scene.world.desk.links[0]!.look(0); // a look asks too
          if (questions === 2) {
            expect(await kept!()).toMatchObject({ kind: 'acked' });
            await wait(Math.ceil((shutsAt - realClock.monotonicUs()) / 1_000) + 100);
            bothAsked();
          }
          if (questions <= 2) await arrived;
          return answer;
        },
      }),
  });
  deaf.on = true;
  scene.want(resting(3));
  await arrived;
  expect([questions, scene.there, scene.state]).toEqual([2, ['0/3 working'], 'UNKNOWN']);
  deaf.on = false;
  await scene.newest('LIVE', 20_000);
  expect(scene.gate).toBe('OPEN, ready');
  expect(await scene.agreed()).toEqual([]);
});

test('a venue that acts on requests however old they are is believed about an unknown order only after half a minute', async () => {
  const { set, clock } = settable();
  const ways: ((real: Broker, request: SendRequest) => void)[] = [
    (real, request) => setTimeout(() => void real.send({ ...request, until: (request.until + 20_000_000) as never }), 600),
    () => {},
  ];
  const scene = await opened({
    terms: SHORT,
    clock,
    broker: (real) => ({
      ...altered(real, {
        send: async (request) => {
          ways.shift()?.(real, request);
          return { kind: 'unknown', reason: 'reset' };
        },
      }),
      capabilities: { ...real.capabilities, honoursExpiry: false },
    }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE', 20_000); // it arrived half a second after its window
  scene.want(resting(4));
  await scene.newest('UNKNOWN');
  await wait(400);
  expect([scene.state, scene.asks('send').length]).toEqual(['UNKNOWN', 2]);
  set.monotonicUs = 31_000_000;
  await scene.newest('REJECTED', 20_000);
  expect(scene.asks('send')).toHaveLength(2);
  expect(await scene.agreed()).toEqual([]);
});

test.each([800, -800])('the wall clock is set by %i ms while a send is under way: it is not doubled', async (byMs) => {
  const { set, clock } = settable();
  const scene = await opened({ terms: { ...PATIENT, sendWindowUs: 2_400_000 }, timeoutUs: 60_000, marginUs: 100_000, clock });
  await faults(venue, 1, { 'accept-late': 1 }, 400_000);
  scene.want(order('buy', 3)); // filled at once: its name is free again, and a second one would be taken
  await scene.until(() => scene.asks('send').length === 1, 'sent');
  await faults(venue, 0, {});
  set.wallUs = byMs * 1_000;
  await scene.newest('FILLED', 20_000);
  expect(scene.there).toEqual(['3/3 filled']);
  await wait(300);
  expect([scene.there, scene.asks('send').length, scene.alerts]).toEqual([['3/3 filled'], 1, []]);
  expect(await scene.agreed()).toEqual([]);
});

test.each([10, 600])(
  'the wall clock is set back by %i s: nothing of before leaves as fresh, and what is asked then trades',
  async (bySeconds) => {
    const { set, clock } = settable();
    const scene = await opened({ terms: { ...PATIENT, sendWindowUs: 800_000 }, clock });
    slow.hold();
    scene.want(order('buy', 3));
    await scene.newest('SENDING');
    await wait(850);
    set.wallUs = -bySeconds * 1_000_000;
    slow.letGo();
    await scene.newest('CANCELLED', 20_000);
    expect([scene.asks('send').length, scene.requests().length, scene.unsent]).toEqual([0, 0, ['CANCELLED']]);
    expect(scene.world.state.gates.global.living.value).toBe('HALTED');
    const again = async (key: string, lots: number) => {
      scene.command({ do: 'Acknowledge', scope: 'global', of: '*' }, `acknowledge ${key}`);
      scene.command({ do: 'Arm', scope: 'global', of: '*' }, `arm ${key}`);
      await scene.until(() => scene.world.state.gates.global.living.value === 'OPEN', 'armed again');
      scene.want(order('buy', lots));
      await scene.until(() => scene.here === `${lots}/${lots} FILLED`, 'filled');
    };
    await again('here', 2);
    await scene.crash();
    await scene.start();
    await scene.world.ready();
    await again('after a restart', 4);
    expect(scene.there).toEqual(['2/2 filled', '4/4 filled']);
    expect(await scene.agreed()).toEqual([]);
  },
);

// ── What may not leave any more ──

test('an order that still waits in its adapter when a kill comes stays home', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 6_000_000 },
    // as for a free connection
    broker: (real) =>
      altered(real, {
        send: async (request, goes) => {
          await held;
          return real.send(request, goes);
        },
      }),
  });
  scene.want(resting(3));
  await scene.until(() => scene.asks('send').length === 1, 'asked of its adapter');
  scene.command({ do: 'Kill', why: 'test' }, 'kill');
  await scene.until(() => scene.world.state.gates.global.living.value === 'KILLED', 'killed');
  expect(scene.asks('send')[0]!.outcome()).toBe('under way');
  letGo();
  await scene.newest('CANCELLED', 20_000);
  expect([scene.asks('send')[0]!.outcome(), scene.unsent, scene.requests('POST')]).toEqual(['notSent', ['CANCELLED'], []]);
  expect(await scene.agreed()).toEqual([]);
});

test('a desk that is abandoned sends nothing more, though a try was just put off, and leaves nothing working', async () => {
  let slowCancels = false;
  const scene = await opened({
    terms: { ...PATIENT, sendWindowUs: 3_000_000 },
    broker: (real) =>
      altered(real, {
        cancel: async (name) => {
          const outcome = await real.cancel(name);
          if (slowCancels) await wait(500);
          return outcome;
        },
      }),
  });
  scene.want(resting(3));
  await scene.newest('LIVE');
  await admin(venue, 'maintenance', { on: true });
  scene.want(resting(7));
  await scene.until(() => scene.asks('send').length >= 2 && scene.asks('send').at(-1)!.outcome() === 'notSent', 'put off');
  slowCancels = true;
  await admin(venue, 'maintenance', { on: false });
  const before = scene.asks('send').length;
  await scene.world.desk.abandon();
  expect([scene.asks('send').length - before, scene.there]).toEqual([0, ['0/3 cancelled']]);
});

test('a send that was under way when its desk is abandoned is cancelled behind its arrival', async () => {
  const scene = await opened({ terms: { ...PATIENT, sendWindowUs: 2_000_000 }, timeoutUs: 60_000 });
  await faults(venue, 1, { 'accept-late': 1 }, 400_000);
  scene.want(resting(3));
  await scene.until(() => scene.asks('send').length === 1, 'sent');
  await faults(venue, 0, {});
  await scene.world.desk.abandon();
  expect(scene.there).toEqual(['0/3 cancelled']);
});

test('an order that was to close is sent so that it cannot open, whatever was traded by hand meanwhile', async () => {
  const scene = await opened({ terms: { ...PATIENT, sendWindowUs: 4_000_000 } });
  scene.want(order('buy', 5));
  await scene.newest('FILLED');
  slow.hold();
  scene.want(order('sell', 5));
  await scene.newest('SENDING');
  expect([scene.last()!.reducing, scene.last()!.reduceOnly]).toEqual([true, false]);
  await scene.byHand('POST', '/orders', { symbol: 'BTC-USD', side: 'sell', type: 'market', quantity: '0.0005' });
  slow.letGo();
  await scene.newest('REJECTED', 20_000);
  await scene.world.rest();
  const { ledger } = scene.world.state.accounts;
  expect(ledger.accountPosition(ACCOUNT, 'BTC-USD' as InstrumentId)).toBe(0);
  expect(disagreements(scene.world, venue)).toEqual(["order 2 there is nobody's here"]); // that of the hand
});
