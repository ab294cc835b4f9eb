// The breaker against a venue in memory whose truth it is judged by, on a clock that is moved by hand.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountId, ClientOrderId, InstrumentId } from '#engine/values.ts';
import { ManualClock } from '#streams/clock.ts';
import { CAPABILITIES, MemoryBroker, NO_FAULTS, registration } from '#tests/breaker/memory-broker.ts';
import type { Disk } from '../files/disk.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { Breaker } from './breaker.ts';
import { emergencyId, MAX_ATTEMPTS } from './flattening.ts';
import type { Progress } from './messages.ts';
import { SideFile } from './side-file.ts';

const START = 1_750_000_000_000_000;
const SECOND = 1_000_000;
const ASKED = { by: 'ann', why: 'wrong prices', flatten: false };
const A = 'a' as AccountId;

type Parts = Partial<{
  clock: ManualClock;
  disk: Disk;
  broker: MemoryBroker;
  brokers: readonly MemoryBroker[];
  accounts: readonly string[];
  blind: boolean;
}>;

async function rig(parts: Parts = {}) {
  const clock = parts.clock ?? new ManualClock(START);
  const disk = parts.disk ?? new MemoryDisk();
  const broker = parts.broker ?? new MemoryBroker(clock);
  const side = new SideFile(disk, 'home/breaker/d');
  const told: Progress[] = [];
  const breaker = new Breaker({
    side,
    clock,
    accounts: (parts.accounts ?? ['a']) as AccountId[],
    sendWindowUs: 2 * SECOND,
    blind: parts.blind ?? false,
    lotSize: (_, instrument) => (instrument === 'BTC' ? '0.0001' : null),
    onProgress: (progress) => void told.push(progress),
  });
  for (const one of parts.brokers ?? [broker]) {
    breaker.add(one);
    await one.open((event) => breaker.hear(one.account, event));
  }
  const register = (clientId: string, windowUs = 0, venue = broker) => {
    if (windowUs === 0) venue.place(clientId);
    breaker.register(registration(clientId, clock.wallUs() + windowUs, 'BTC', venue.account));
  };
  const play = async (us: number) => clock.play(us, 2_000);
  /** Plays until all is confirmed, or so long. */
  const finish = async (mostUs = 60 * SECOND) => {
    for (let gone = 0; gone < mostUs && !(breaker.progress()?.done ?? false); gone += 50_000) await play(50_000);
    return breaker.progress()!;
  };
  const kill = async (asked = ASKED) => {
    const killed = breaker.kill(asked);
    await play(4_000);
    return killed;
  };
  return { clock, disk, broker, side, told, breaker, register, play, finish, kill };
}
const cancelsOf = (broker: MemoryBroker, name: string) =>
  broker.asked.filter((asked) => asked.what === 'cancel' && asked.name === name).length;

describe('a kill', () => {
  test('is latched before the first cancel leaves, and ends when the venue has confirmed each order', async () => {
    const { broker, side, told, register, finish, kill } = await rig();
    for (const name of ['c1', 'c2', 'c3']) register(name);
    const latches: (string | null)[] = [];
    const seen: Promise<void>[] = [];
    broker.onAsked = () => void seen.push(side.read().then((latch) => void latches.push(latch?.record?.why ?? null)));
    const first = await kill();
    await Promise.all(seen);
    expect(latches).toEqual(['wrong prices', 'wrong prices', 'wrong prices', 'wrong prices']);
    expect(broker.asked.map(({ what, name }) => `${what} ${name}`)).toEqual(['cancelAll ', 'cancel c1', 'cancel c2', 'cancel c3']);
    expect(first).toMatchObject({ ...ASKED, latched: true, orders: 3, cancelled: 3, confirmed: 0, done: false, troubles: [] });
    expect(first.remaining.map(({ name, why }) => `${name}: ${why}`)).toContain('c1: the venue has not answered yet');
    const last = await finish();
    expect(last).toMatchObject({ id: first.id, confirmed: 3, remaining: [], unreached: [], done: true });
    expect(last.firstCancelMs).toBeLessThanOrEqual(last.lastCancelMs!);
    expect(told.at(-1)).toEqual(last);
    expect(await side.finished(first.id)).toBe(true);
    expect((await side.read())!.record!.orders.map(({ clientId }) => clientId)).toEqual(['c1', 'c2', 'c3']);
  });

  test('during a kill repeats what is not confirmed, at once, and keeps the first number', async () => {
    const { broker, register, kill, finish } = await rig();
    for (const name of ['c1', 'c2']) register(name);
    broker.hanging = true;
    const first = await kill();
    const second = await kill({ by: 'bob', why: 'again', flatten: false });
    expect(second.id).toBe(first.id);
    expect(second).toMatchObject({ by: 'ann', why: 'wrong prices' });
    expect([cancelsOf(broker, 'c1'), cancelsOf(broker, 'c2')]).toEqual([2, 2]);
    broker.hanging = false;
    expect(await finish()).toMatchObject({ done: true, confirmed: 2 });
  });

  test('two at the same moment are one', async () => {
    const { breaker, register, play } = await rig();
    register('c1');
    const both = Promise.all([breaker.kill(ASKED), breaker.kill({ ...ASKED, by: 'bob' })]);
    await play(10_000);
    const [a, b] = await both;
    expect(a!.id).toBe(b!.id);
  });

  test('cancels an order that is registered after the latch, also long after', async () => {
    const { broker, breaker, clock, register, kill, finish, play } = await rig();
    register('c1');
    await kill();
    breaker.register(registration('c2', clock.wallUs() + 2 * SECOND));
    broker.arrives('c2', 300_000, clock.wallUs() + 2 * SECOND);
    expect(await finish()).toMatchObject({ done: true, orders: 2, confirmed: 2 });
    expect(broker.working).toEqual([]);
    await play(30 * SECOND);
    register('c3');
    expect(breaker.progress()).toMatchObject({ done: false });
    expect(await finish()).toMatchObject({ done: true, orders: 3, confirmed: 3, lastCancelMs: 2 });
    expect(broker.working).toEqual([]);
  });

  test('an order that never arrived is confirmed only once its window has shut', async () => {
    const { broker, clock, register, kill, play, finish, breaker } = await rig();
    register('c1', 2 * SECOND);
    await kill();
    await play(1.8 * SECOND);
    expect(breaker.progress()).toMatchObject({ done: false, confirmed: 0 });
    expect(breaker.progress()!.remaining[0]!.why).toBe('the venue does not know it, and it may still arrive');
    await finish();
    expect(clock.wallUs()).toBeGreaterThan(START + 2.5 * SECOND);
    expect(cancelsOf(broker, 'c1')).toBeGreaterThan(3);
  });

  test('an order that the venue does not know is waited for longer where the venue keeps no expiry', async () => {
    const clock = new ManualClock(START);
    const broker = new MemoryBroker(clock, undefined, A, { ...CAPABILITIES, honoursExpiry: false });
    const { register, kill, play, finish, breaker } = await rig({ clock, broker });
    register('c1', 2 * SECOND);
    await kill();
    await play(20 * SECOND);
    expect(breaker.progress()).toMatchObject({ done: false });
    expect(await finish()).toMatchObject({ done: true });
  });

  test('a venue that hangs is asked again until it answers', async () => {
    const { broker, register, kill, play, finish, breaker } = await rig();
    for (let i = 0; i < 20; i++) register(`c${i}`);
    broker.hanging = true;
    await kill();
    await play(10 * SECOND);
    expect(breaker.progress()).toMatchObject({ confirmed: 0, unreached: ['a'], done: false });
    broker.hanging = false;
    expect(await finish()).toMatchObject({ confirmed: 20, unreached: [], done: true });
  });

  test('cancels what the venue lists and nobody registered, by whatever name it has', async () => {
    const clock = new ManualClock(START);
    const broker = new MemoryBroker(clock, undefined, A, { ...CAPABILITIES, cancelAll: false });
    broker.place('foreign');
    broker.place(null);
    const { kill, finish } = await rig({ clock, broker });
    await kill();
    expect(await finish()).toMatchObject({ orders: 2, confirmed: 2, done: true });
    expect(broker.working).toEqual([]);
  });

  test('an order known to have ended is left alone', async () => {
    const clock = new ManualClock(START);
    const broker = new MemoryBroker(clock, undefined, A, { ...CAPABILITIES, cancelAll: false });
    const { breaker, register, kill, finish } = await rig({ clock, broker });
    for (const name of ['c1', 'c2', 'c3']) register(name);
    broker.end(broker.rows[0]!, 'filled'); // the venue says so
    breaker.settled('c2' as ClientOrderId); // the desk says so, and is wrong: the list tells
    await kill();
    expect(await finish()).toMatchObject({ confirmed: 2, done: true });
    expect(broker.working).toEqual([]);
    expect(cancelsOf(broker, 'c1')).toBe(0);
  });

  test('without a connection it is latched and says which venue was not reached; one that comes takes part', async () => {
    const clock = new ManualClock(START);
    const [a, b] = [new MemoryBroker(clock), new MemoryBroker(clock, undefined, 'b' as AccountId)];
    const { breaker, side, register, kill, play, finish } = await rig({ clock, broker: a, accounts: ['a', 'b'] });
    register('c1');
    register('c2', 0, b);
    await kill();
    await play(5 * SECOND);
    expect(breaker.progress()).toMatchObject({ latched: true, confirmed: 1, unreached: ['b'], done: false });
    expect(breaker.progress()!.remaining).toContainEqual({
      account: 'b',
      what: 'order',
      name: 'c2',
      instrument: 'BTC',
      why: 'there is no connection to its venue',
    });
    expect(await side.read()).not.toBeNull();
    breaker.add(b);
    expect(await finish()).toMatchObject({ confirmed: 2, unreached: [], done: true });
    expect(b.working).toEqual([]);
  });

  test('of a desk without outside venues is done when it is latched', async () => {
    const { kill, side } = await rig({ brokers: [], accounts: [] });
    expect(await kill()).toMatchObject({ latched: true, orders: 0 });
    expect(await side.read()).not.toBeNull();
  });

  test('from outside, without registrations, looks until everything on its way must have arrived', async () => {
    const { broker, clock, kill, finish } = await rig({ blind: true });
    broker.arrives('c1', 1.9 * SECOND, clock.wallUs() + 2 * SECOND);
    await kill();
    expect(await finish()).toMatchObject({ done: true, orders: 1 });
    expect(broker.working).toEqual([]);
  });
});

describe('a disk that fails', () => {
  test('full: the cancels go out, and it says what the latch lacks', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 0;
    const { register, kill, finish, broker } = await rig({ disk });
    register('c1');
    expect(await kill()).toMatchObject({
      latched: true,
      cancelled: 1,
      troubles: ['the latch holds but could not be filled in: ENOSPC: no space left on device, write'],
    });
    expect(await finish()).toMatchObject({ confirmed: 1, done: true });
    expect(broker.working).toEqual([]);
  });

  test('gone: the cancels go out, and it says that the latch is not durable', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 0;
    disk.createExclusive = () => Promise.reject(new Error('EROFS: read-only file system'));
    const { register, kill, finish, broker, breaker, side } = await rig({ disk });
    register('c1');
    const progress = await kill({ ...ASKED, flatten: true });
    expect(progress).toMatchObject({ latched: false, cancelled: 1 });
    expect(progress.troubles[0]).toMatch(/^the latch is not durable: ENOSPC.*EROFS: read-only file system$/);
    expect(breaker.latched).toBe(true);
    broker.positionsHeld.set('BTC' as InstrumentId, 3);
    const last = await finish();
    expect(last).toMatchObject({ latched: false, confirmed: 1 });
    expect(last.remaining[0]!.why).toBe('the latch is not durable, so an order could be doubled: close it by hand');
    expect(broker.asked.filter(({ what }) => what === 'send')).toEqual([]);
    expect(await side.finished(progress.id)).toBe(false);
  });

  test('hanging: the cancels wait for it a quarter of a second, no longer', async () => {
    const disk = new MemoryDisk();
    let release = () => {};
    disk.stall = new Promise((resolve) => {
      release = resolve;
    });
    const { register, breaker, play, broker, finish } = await rig({ disk });
    register('c1');
    const killed = breaker.kill(ASKED);
    await play(200_000);
    expect(broker.asked).toEqual([]);
    await play(60_000);
    expect(await killed).toMatchObject({
      latched: false,
      troubles: ['the disk did not take the latch within 250 ms: the cancels went first'],
    });
    expect(cancelsOf(broker, 'c1')).toBe(1);
    disk.stall = null;
    release();
    expect(await finish()).toMatchObject({ latched: true, done: true });
  });
});

describe('another life of the breaker', () => {
  test('goes on with a kill that was not finished: what the latch names is cancelled again', async () => {
    const one = await rig();
    for (const name of ['c1', 'c2']) one.register(name);
    one.broker.hanging = true;
    const { id } = await one.kill();
    one.breaker.stop();
    one.broker.hanging = false;
    const two = await rig({ clock: one.clock, disk: one.disk, broker: one.broker });
    const latch = await two.side.prepare(one.clock.wallUs() as never);
    two.breaker.resume(latch!, await two.side.finished(id));
    expect(await two.finish()).toMatchObject({ id, orders: 2, confirmed: 2, done: true });
    expect(one.broker.working).toEqual([]);
  });

  test('leaves alone what a person did after a kill that was finished, and still cancels what the desk sends', async () => {
    const one = await rig();
    const { id } = await one.kill();
    await one.finish();
    one.breaker.stop();
    one.broker.place('by hand');
    const two = await rig({ clock: one.clock, disk: one.disk, broker: one.broker, brokers: [] });
    two.breaker.resume((await two.side.read())!, await two.side.finished(id));
    two.breaker.add(one.broker);
    await two.play(5 * SECOND);
    expect(one.broker.working.map(({ clientId }) => clientId)).toEqual(['by hand']);
    two.register('c9');
    await two.play(5 * SECOND);
    expect(one.broker.working.map(({ clientId }) => clientId)).toEqual(['by hand']);
    expect(two.breaker.progress()).toMatchObject({ done: true });
    expect(one.broker.rows.find(({ clientId }) => clientId === 'c9')).toMatchObject({ state: 'cancelled' });
  });

  test('with a torn latch cancels everything', async () => {
    const disk = new MemoryDisk();
    disk.write('home/breaker/d/killed.json', new Uint8Array());
    const { breaker, broker, side, finish } = await rig({ disk });
    broker.place('c1');
    breaker.resume((await side.read())!, false);
    expect(await finish()).toMatchObject({ why: 'the latch is empty: it counts as killed', done: true });
    expect(broker.working).toEqual([]);
  });

  test('a kill that another process latched is the same kill, with its orders', async () => {
    const { side, broker, kill, finish } = await rig();
    broker.place('c7');
    await side.latch({ id: 'k-other', at: 1 as never, ...ASKED, orders: [registration('c7', 5)] });
    await kill();
    expect(await finish()).toMatchObject({ id: 'k-other', orders: 1, confirmed: 1, done: true });
  });

  test('after the disarm ceremony orders live again', async () => {
    const { breaker, side, broker, register, kill, finish, play } = await rig();
    register('c1');
    const { id } = await kill();
    await finish();
    await side.lift(id);
    breaker.unlatch('k-other');
    expect(breaker.latched).toBe(true);
    breaker.unlatch(id);
    register('c2');
    await play(5 * SECOND);
    expect(broker.working.map(({ clientId }) => clientId)).toEqual(['c2']);
    const second = await kill();
    expect(second.id).not.toBe(id);
    expect(await finish()).toMatchObject({ done: true });
    expect(broker.working).toEqual([]);
  });

  test.each([
    ['after the latch was lifted and before the word of it', ['lift', 'kill', 'word']],
    ['long before the word that the latch was lifted', ['lift', 'kill', 'wait', 'word']],
    ['while the latch is being lifted', ['kill', 'lift', 'word']],
  ] as const)('a kill %s is a kill of its own, and stays', async (_, steps) => {
    const { breaker, side, broker, register, kill, finish, play } = await rig();
    register('c1');
    const { id } = await kill();
    await finish();
    for (const step of steps) {
      if (step === 'lift') await side.lift(id);
      else if (step === 'word') breaker.unlatch(id);
      else if (step === 'wait') await play(5 * SECOND);
      else await kill({ ...ASKED, why: 'again' });
    }
    await play(SECOND);
    expect([breaker.latched, (await side.read())?.record?.why]).toEqual([true, 'again']);
    register('c2');
    const second = await finish();
    expect([second.id === id, second.latched, broker.working]).toEqual([false, true, []]);
    breaker.unlatch(id); // the word of the first one comes twice
    expect(breaker.latched).toBe(true);
  });
});

describe('flattening', () => {
  const FLATTEN = { ...ASKED, flatten: true };
  const held = (broker: MemoryBroker, positions: Record<string, number>) => {
    for (const [instrument, lots] of Object.entries(positions)) broker.positionsHeld.set(instrument as InstrumentId, lots);
  };
  const sends = (broker: MemoryBroker) => broker.asked.filter(({ what }) => what === 'send').map(({ name }) => name);

  test('closes what the venue lists after the cancels, each under a name that follows from the kill', async () => {
    const { broker, side, register, kill, finish } = await rig();
    held(broker, { BTC: 5, ETH: -3, FLAT: 0 });
    register('c1');
    const { id } = await kill(FLATTEN);
    const last = await finish();
    expect(last).toMatchObject({ done: true, remaining: [] });
    const names = ['BTC', 'ETH'].map((instrument) => emergencyId(id, A, instrument as InstrumentId, 1));
    expect(sends(broker)).toEqual(names);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,36}$/);
    expect(last.flattened).toEqual([`sell 0.0005 BTC (${names[0]})`, `buy 3 lots of ETH (${names[1]})`]);
    expect([...broker.positionsHeld.values()]).toEqual([0, 0, 0]);
    expect((await side.orders(id)).map(({ clientId, lots }) => [clientId, lots])).toEqual([
      [names[0], 5],
      [names[1], 3],
    ]);
    const lastCancel = broker.asked.findLastIndex(({ what }) => what !== 'send');
    expect(broker.asked.findIndex(({ what }) => what === 'send')).toBeGreaterThan(lastCancel);
  });

  test('a kill that closes nothing says what stays open, once nothing is left to cancel', async () => {
    const { broker, register, kill, finish } = await rig();
    held(broker, { BTC: 10, ETH: -3, FLAT: 0 });
    register('c1');
    broker.hanging = true;
    expect((await kill()).held).toEqual([]);
    broker.hanging = false;
    expect(await finish()).toMatchObject({ done: true, remaining: [], flattened: [], held: ['a: 0.0010 BTC', 'a: -3 lots of ETH'] });
  });

  test.each(['tells nothing', 'fails', 'tells nonsense'])(
    'a venue that %s of its positions holds no kill and no cancel back',
    async (how) => {
      const { broker, register, kill, finish, play } = await rig();
      let asked = 0;
      broker.positions = () => {
        asked++;
        if (how === 'fails') return Promise.reject(new Error('503'));
        return how === 'tells nonsense' ? Promise.resolve([null] as never) : new Promise(() => {});
      };
      register('c1');
      await kill();
      for (let gone = 0; asked === 0 && gone < 100; gone++) await play(10_000);
      register('c2'); // one that comes just then
      expect(cancelsOf(broker, 'c2')).toBe(1);
      const last = await finish(3 * SECOND);
      expect(last).toMatchObject({ done: true, confirmed: 2, remaining: [] });
      expect(last.held).toEqual([expect.stringMatching(/^a: not known, /)]);
    },
  );

  test('asked for while what stays open is asked, all of it is done once more, and positions are closed', async () => {
    for (const flatten of [true, false]) {
      const { broker, register, kill, finish, play } = await rig();
      held(broker, { BTC: 5 });
      const { positions } = broker;
      let asked = 0;
      broker.positions = async () => (asked++ === 0 ? new Promise(() => {}) : positions.call(broker));
      register('c1');
      await kill();
      for (let gone = 0; asked === 0 && gone < 100; gone++) await play(10_000);
      broker.place('by-hand');
      await kill({ ...ASKED, flatten });
      const last = await finish();
      expect(last).toMatchObject({ done: true, held: flatten ? [] : ['a: 0.0005 BTC'] });
      expect(broker.working).toEqual([]);
      expect(broker.positionsHeld.get('BTC' as InstrumentId)).toBe(flatten ? 0 : 5);
    }
  });

  test('each order is on the disk before it is sent', async () => {
    const { broker, side, kill, finish } = await rig();
    held(broker, { BTC: 5 });
    const written: Promise<boolean>[] = [];
    broker.onAsked = ({ what, name }) => {
      if (what === 'send')
        written.push(side.read().then(async (latch) => (await side.orders(latch!.id)).some((order) => order.clientId === name)));
    };
    await kill(FLATTEN);
    await finish();
    expect(await Promise.all(written)).toEqual([true]);
  });

  test('a lost answer, a partial fill and another life double nothing', async () => {
    const { broker, clock, disk, kill, play, breaker } = await rig();
    held(broker, { BTC: 5 });
    broker.fillsAtMost = 2;
    broker.faults = { ...NO_FAULTS, ackLost: 1 };
    await kill(FLATTEN);
    await play(1.5 * SECOND);
    breaker.stop();
    broker.faults = NO_FAULTS;
    const two = await rig({ clock, disk, broker });
    two.breaker.resume((await two.side.read())!, false);
    const last = await two.finish();
    expect(last).toMatchObject({ done: true, remaining: [] });
    expect(broker.positionsHeld.get('BTC' as InstrumentId)).toBe(0);
    expect(sends(broker).length).toBe(3);
  });

  test('what an earlier life sent is waited for until its window has shut', async () => {
    const { broker, clock, disk, kill, play, breaker } = await rig();
    held(broker, { BTC: 5 });
    await kill(FLATTEN);
    broker.faults = { ...NO_FAULTS, late: 1 }; // acted on after the answer was given up
    for (let i = 0; i < 100 && sends(broker).length === 0; i++) await play(10_000);
    breaker.stop();
    broker.faults = NO_FAULTS;
    const two = await rig({ clock, disk, broker });
    two.breaker.resume((await two.side.read())!, false);
    expect(await two.finish()).toMatchObject({ done: true, remaining: [] });
    expect([sends(broker).length, broker.overshot, broker.positionsHeld.get('BTC' as InstrumentId)]).toEqual([1, 0, 0]);
  });

  test('after so many attempts it says that a person must', async () => {
    const { broker, kill, finish } = await rig();
    held(broker, { BTC: 9 });
    broker.fillsAtMost = 1;
    await kill(FLATTEN);
    const last = await finish();
    expect(sends(broker)).toHaveLength(MAX_ATTEMPTS);
    expect(last.remaining).toEqual([
      {
        account: 'a',
        what: 'position',
        name: '0.0004',
        instrument: 'BTC',
        why: `attempt ${MAX_ATTEMPTS}: cancelled, 1 of 5 lots; that was the last`,
      },
    ]);
  });

  test('is left to a person where an order could be doubled', async () => {
    for (const [capabilities, why] of [
      [{ identity: 'none' as const }, 'the venue keeps no names, so an order could be doubled: close it by hand'],
      [{ orderTypes: ['limit'] as const }, 'the venue takes no market orders: close it by hand'],
    ] as const) {
      const clock = new ManualClock(START);
      const broker = new MemoryBroker(clock, undefined, A, { ...CAPABILITIES, ...capabilities });
      held(broker, { BTC: 5 });
      const { kill, finish } = await rig({ clock, broker });
      await kill(FLATTEN);
      expect((await finish()).remaining.map((row) => row.why)).toEqual([why]);
      expect(sends(broker)).toEqual([]);
    }
  });

  test('asked for by the second kill it is done too', async () => {
    const { broker, kill, finish } = await rig();
    held(broker, { BTC: 5 });
    await kill();
    await finish();
    expect(broker.positionsHeld.get('BTC' as InstrumentId)).toBe(5);
    await kill(FLATTEN);
    expect(await finish()).toMatchObject({ flatten: true, done: true });
    expect(broker.positionsHeld.get('BTC' as InstrumentId)).toBe(0);
  });
});

describe('whatever the venue does', () => {
  const rate = fc.double({ min: 0, max: 0.4, noNaN: true });
  const faults = fc.record({
    notSent: rate,
    dropped: rate,
    ackLost: rate,
    late: rate,
    listFails: rate,
    listSkips: rate,
    eventLost: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const day = fc.record({
    faults,
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    cancelAll: fc.boolean(),
    flatten: fc.boolean(),
    position: fc.integer({ min: -9, max: 9 }),
    fillsAtMost: fc.option(fc.integer({ min: 2, max: 9 })),
    working: fc.integer({ min: 0, max: 6 }),
    foreign: fc.integer({ min: 0, max: 2 }),
    /** When orders on their way arrive, and which of them are told only after the kill. */
    onTheirWay: fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 2_500 }), lateMs: fc.integer({ min: 0, max: 400 }) }), {
      maxLength: 4,
    }),
    againMs: fc.option(fc.integer({ min: 0, max: 3_000 })),
    crashMs: fc.option(fc.integer({ min: 1, max: 4_000 })),
  });

  test('done means that nothing works and nothing can arrive; no order is doubled; the latch was first', async () => {
    await fc.assert(
      fc.asyncProperty(day, async (given) => {
        const clock = new ManualClock(START);
        let state = given.seed;
        const random = () => {
          state = (Math.imul(state, 48271) >>> 0) % 2147483647 || 1;
          return state / 2147483647;
        };
        const broker = new MemoryBroker(clock, random, A, { ...CAPABILITIES, cancelAll: given.cancelAll });
        broker.faults = given.faults;
        broker.fillsAtMost = given.fillsAtMost;
        broker.positionsHeld.set('BTC' as InstrumentId, given.position);
        let { breaker, side, disk, register, play } = await rig({ clock, broker });
        broker.onAsked = () => expect((disk as MemoryDisk).paths()).toContain('home/breaker/d/killed.json');
        for (let i = 0; i < given.working; i++) register(`w${i}`);
        for (let i = 0; i < given.foreign; i++) broker.place(i === 0 ? null : 'foreign');
        const until = START + 2 * SECOND;
        for (const [i, { afterMs, lateMs }] of given.onTheirWay.entries()) {
          broker.arrives(`s${i}`, afterMs * 1000, until);
          clock.after(lateMs * 1000, () => breaker.register(registration(`s${i}`, until)));
        }
        void breaker.kill({ ...ASKED, flatten: given.flatten });
        if (given.againMs !== null) clock.after(given.againMs * 1000, () => void breaker.kill({ ...ASKED, flatten: given.flatten }));
        if (given.crashMs !== null) {
          await play(Math.max(given.crashMs, 450) * 1000); // the parent has told all by then
          breaker.stop();
          ({ breaker, side, disk, register, play } = await rig({ clock, broker, disk }));
          const latch = (await side.prepare(clock.wallUs() as never))!;
          for (const [i] of given.onTheirWay.entries()) breaker.register(registration(`s${i}`, until)); // as the parent tells a new child
          breaker.resume(latch, await side.finished(latch.id));
        }
        for (let gone = 0; gone < 90 && breaker.progress()?.done !== true; gone++) {
          if (gone === 30) broker.faults = NO_FAULTS; // faults stop: then it must end
          await play(SECOND / 2);
        }
        const last = breaker.progress()!;
        expect(last.done).toBe(true);
        expect(broker.working).toEqual([]);
        expect(broker.arriving === 0 || clock.wallUs() > until).toBe(true);
        expect(broker.overshot).toBe(0);
        const left = broker.positionsHeld.get('BTC' as InstrumentId)!;
        if (!given.flatten) expect(left).toBe(given.position);
        else if (last.remaining.length === 0) expect(left).toBe(0);
        else expect(Math.sign(left)).toBe(Math.sign(given.position)); // given up half way, never past zero
        breaker.stop();
      }),
      { numRuns: 300 },
    );
  }, 110_000);
});
