// The contract of a broker, run by every adapter: what each outcome proves, what events say, what the lists and the money add up to.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker, BrokerEvent, OrderName, SendOutcome, SendRequest, VenueFillRow, VenueOrderRow } from '#engine/execution/broker.ts';
import { plainTerms } from '#engine/execution/order-terms.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { notional, unitOf } from '#engine/portfolio/valuation.ts';
import { randomStream } from '#engine/random.ts';
import { type ClientOrderId, type InstrumentId, type Minor, type OrderId, SECOND_US, type Side, type TimeUs } from '#engine/values.ts';

const instrument = (id: string, tick: string, lot: string): Instrument => ({
  id: id as InstrumentId,
  version: 1,
  ...{ tick, lot, multiplier: '1', currency: 'USD', currencyScale: 2, calendar: '24x7', feeds: [] },
});
/** What every place lists; orders are of the first unless said otherwise. One lot at one tick is a thousandth of a cent: money is rounded. */
export const BTC = instrument('BTC-USD', '0.1', '0.0001');
export const XRP = instrument('XRP-USD', '0.0001', '1');
export const OPENING = 100_000_00n as Minor;

export type PlaceOptions = Readonly<{
  /** Requests a second. */
  limit?: number;
  /** `ever`: the venue never takes a client id twice. */
  ids?: 'working' | 'ever';
  /** The venue's clock minus ours. */
  skewUs?: number;
}>;

/** A venue of its own for each test, and a way in. It opens with the cash of OPENING and books that are moved by hand. */
export type BrokerPlace = Readonly<{
  /** Not opened. */
  broker(options?: { wrongSecret?: boolean; timeoutUs?: number; instruments?: readonly Instrument[] }): Broker;
  venue: Readonly<{
    quote(bid: number, bidLots: number, ask: number, askLots: number, of?: Instrument): Promise<void>;
    /** An outsider's, which meets what rests. */
    trade(side: Side, price: number, lots: number, of?: Instrument): Promise<void>;
    transfer(amount: string, why: string): Promise<void>;
    faults(rates: Readonly<Record<string, number>>, delayUs?: number): Promise<void>;
    maintenance(on: boolean): Promise<void>;
    hang(on: boolean): Promise<void>;
    /** Stopped: connections are refused. */
    stop(): Promise<void>;
    /** Started again with what it held. */
    start(): Promise<void>;
  }>;
  /** µs since 1970, the desk's clock. */
  now(): number;
  pass(us: number): Promise<void>;
  /** Time passes until it has settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Timers and sockets that are there now. */
  handles(): number;
  close(): Promise<void>;
}>;

/** Long enough for a venue that answers, short enough to wait for. */
const SHORT_US = 400_000;
const LATE_US = 800_000;
const BID = 500_000;
const ASK = 500_010;

export function describeBroker(name: string, openPlace: (options?: PlaceOptions) => Promise<BrokerPlace>): void {
  /** A place with an open broker, what it said, and short words for it. */
  async function begin(options: PlaceOptions & Readonly<{ timeoutUs?: number }> = {}) {
    const place = await openPlace(options);
    onTestFinished(() => place.close());
    await place.venue.quote(BID, 1_000, ASK, 1_000);
    await place.venue.quote(20_000, 100_000, 20_010, 100_000, XRP);
    const broker = place.broker({ ...(options.timeoutUs === undefined ? {} : { timeoutUs: options.timeoutUs }) });
    onTestFinished(() => place.settle(broker.close()));
    const events: BrokerEvent[] = [];
    await place.settle(broker.open((event) => events.push(event)));
    const { venue, settle, pass } = place;
    const heard = async (what: (event: BrokerEvent) => boolean, withinUs = 3 * SECOND_US): Promise<void> => {
      for (let waited = 0; !events.some(what); waited += 20_000) {
        if (waited > withinUs) throw new Error(`not heard within ${withinUs} µs; heard ${JSON.stringify(story(events))}`);
        await pass(20_000);
      }
    };
    return {
      ...{ place, broker, events, venue, settle, pass, heard },
      send: (request: SendRequest) => settle(broker.send(request)),
      find: (request: SendRequest) => settle(broker.order(named(request))),
      order: (id: string, lots: number, more: Partial<SendRequest> = {}) => orderOf(place.now(), id, lots, more),
    };
  }

  describe(`broker: ${name}`, () => {
    test('an order sent is acked with the name the venue gave it, is listed, and is found by either name', async () => {
      const { broker, send, find, order, settle, events, heard } = await begin();
      const first = order('a', 5, { limit: 499_000 });
      const second = order('b', 7, { side: 'sell', limit: 501_000 });
      const stop = order('c', 2, { type: 'stop', limit: null, stop: 502_000 });
      const ids = [acked(await send(first)), acked(await send(second)), acked(await send(stop))];
      expect(new Set(ids).size).toBe(3);
      const open = await settle(broker.openOrders());
      expect(open).toEqual([rowOf(first, ids[0]!), rowOf(second, ids[1]!), rowOf(stop, ids[2]!)]);
      expect(await find(second)).toEqual({ found: true, row: rowOf(second, ids[1]!), fills: [] });
      expect(await settle(broker.order({ clientId: null, venueId: ids[2]!, instrument: BTC.id }))).toMatchObject({
        found: true,
        row: rowOf(stop, ids[2]!),
      });
      await heard((event) => event.type === 'Order' && event.row.clientId === 'c');
      expect(story(events)).toEqual(['Connected', 'acked a working 0/5', 'acked b working 0/7', 'acked c working 0/2']);
    });

    test('what trades at once is told with its fills, and is found with them', async () => {
      const { send, find, order, events, heard, broker, settle } = await begin();
      const request = order('a', 30, { limit: ASK + 5 });
      const venueId = acked(await send(request));
      await heard((event) => event.type === 'Order' && event.what === 'filled');
      expect(story(events)).toEqual(['Connected', 'acked a working 0/30', `fill a buy 30 at ${ASK}`, 'filled a filled 30/30']);
      const found = await find(request);
      expect(found).toEqual({ found: true, row: rowOf(request, venueId, { filled: 30, state: 'filled' }), fills: fillsIn(events) });
      expect(fillsIn(events)[0]).toMatchObject({ venueId, clientId: 'a', instrument: BTC.id, maker: false });
      expect(await settle(broker.openOrders())).toEqual([]);
    });

    test('a refusal by rule is evidence: the order is not there, and no event tells of it', async () => {
      const { send, find, order, broker, settle, events, pass } = await begin();
      const tooLarge = order('a', 10_000_001, { limit: 10 });
      const beyondMargin = order('b', 200_000, { limit: BID });
      const nothingToReduce = order('c', 5, { limit: BID, reduceOnly: true });
      for (const request of [tooLarge, beyondMargin, nothingToReduce]) {
        expect(await send(request)).toMatchObject({
          kind: 'rejected',
          reason: expect.stringMatching(/too-large|insufficient-margin|reduce-only/),
        });
        expect(await find(request)).toEqual({ found: false });
      }
      await pass(100_000);
      expect(await settle(broker.openOrders())).toEqual([]);
      expect(story(events)).toEqual(['Connected']);
    });

    test('a cancel ends the order once; a second one, and one of an order never heard of, are refused', async () => {
      const { broker, send, find, order, settle, events, heard } = await begin();
      const request = order('a', 5, { limit: 499_000 });
      await send(request);
      expect(await settle(broker.cancel(named(request)))).toEqual({ kind: 'done' });
      await heard((event) => event.type === 'Order' && event.what === 'cancelled');
      expect(await find(request)).toMatchObject({ found: true, row: { state: 'cancelled', filled: 0 }, fills: [] });
      expect(await settle(broker.cancel(named(request)))).toMatchObject({ kind: 'refused' });
      expect(await settle(broker.cancel(nameOf('never')))).toMatchObject({ kind: 'refused' });
      expect(await settle(broker.order(nameOf('never')))).toEqual({ found: false });
      expect(story(events)).toEqual(['Connected', 'acked a working 0/5', 'cancelled a cancelled 0/5']);
    });

    test('one request cancels all that works', async () => {
      const { broker, send, order, settle, events, heard } = await begin();
      for (const id of ['a', 'b', 'c']) acked(await send(order(id, 5, { limit: 499_000 })));
      expect(await settle(broker.cancelAll())).toEqual({ kind: 'done' });
      await heard((event) => event.type === 'Order' && event.row.clientId === 'c' && event.what === 'cancelled');
      expect(await settle(broker.openOrders())).toEqual([]);
      expect(events.filter((event) => event.type === 'Order' && event.what === 'cancelled')).toHaveLength(3);
      expect(await settle(broker.cancelAll())).toEqual({ kind: 'done' }); // of nothing
    });

    test('a smaller order keeps its place in the queue, a larger one goes to the end', async () => {
      const { place, broker, send, find, order, settle, venue } = await begin();
      const [a, b, c] = ['a', 'b', 'c'].map((id) => order(id, 5, { limit: 499_000 })) as [SendRequest, SendRequest, SendRequest];
      for (const request of [a, b, c]) acked(await send(request));
      const until = (place.now() + 10 * SECOND_US) as TimeUs;
      const replace = (request: SendRequest, lots: number) =>
        settle(broker.replace({ name: named(request), lots, limit: 499_000, stop: null, until }));
      expect([await replace(a, 3), await replace(b, 9)]).toEqual([{ kind: 'done' }, { kind: 'done' }]);
      await venue.trade('sell', 499_000, 10); // 3 for a, 5 for c, 2 for b
      const filled = [];
      for (const request of [a, b, c]) {
        const found = await find(request);
        filled.push(found.found === true ? `${found.row.filled}/${found.row.lots} ${found.row.state}` : 'not found');
      }
      expect(filled).toEqual(['3/3 filled', '2/9 working', '5/5 filled']);
    });

    test('a replace to a price that trades is filled; to no more than was filled ends it; of what has ended or never was is refused', async () => {
      const { place, broker, send, find, order, settle, venue, events, heard } = await begin();
      const [a, b] = [order('a', 5, { limit: 499_000 }), order('b', 9, { limit: 498_000 })];
      for (const request of [a, b]) acked(await send(request));
      const replace = (name: OrderName, lots: number, limit: number) =>
        settle(broker.replace({ name, lots, limit, stop: null, until: (place.now() + 10 * SECOND_US) as TimeUs }));
      expect(await replace(named(a), 5, ASK)).toEqual({ kind: 'done' });
      await venue.trade('sell', 498_000, 4);
      await heard((event) => event.type === 'Fill' && event.fill.clientId === 'b');
      expect(await replace(named(b), 4, 498_000)).toEqual({ kind: 'done' });
      expect(await find(b)).toMatchObject({ found: true, row: { state: 'filled', filled: 4, lots: 4 } });
      expect(await replace(named(a), 6, 498_000)).toMatchObject({ kind: 'refused' });
      expect(await replace(nameOf('never'), 6, 498_000)).toMatchObject({ kind: 'refused' });
      await heard((event) => event.type === 'Order' && event.row.clientId === 'b' && event.what === 'filled');
      expect(story(events)).toEqual([
        ...['Connected', 'acked a working 0/5', 'acked b working 0/9'],
        ...['replaced a working 0/5', `fill a buy 5 at ${ASK}`, 'filled a filled 5/5', 'fill b buy 4 at 498000', 'filled b filled 4/4'],
      ]);
    });

    test('partial fills come as events in their order, and add up to what the order says', async () => {
      const { send, find, order, venue, events, heard } = await begin();
      const request = order('a', 60, { side: 'sell', limit: 501_000 });
      acked(await send(request));
      for (const lots of [10, 20, 15, 40]) await venue.trade('buy', 501_005, lots);
      await heard((event) => event.type === 'Order' && event.what === 'filled');
      expect(fillsIn(events).map(({ lots, price, maker }) => [lots, price, maker])).toEqual(
        [10, 20, 15, 15].map((lots) => [lots, 501_000, true]),
      );
      const found = await find(request);
      expect(found).toMatchObject({ found: true, row: { filled: 60, state: 'filled' }, fills: fillsIn(events) });
      expect(new Set(fillsIn(events).map(({ id }) => id)).size).toBe(4);
    });

    test('a market order takes what there is, and its rest is cancelled; a stop waits for its price', async () => {
      const { send, order, venue, events, heard } = await begin();
      await venue.quote(BID, 1_000, ASK, 8);
      acked(await send(order('a', 20, { type: 'market', limit: null })));
      acked(await send(order('b', 3, { type: 'stop', side: 'sell', limit: null, stop: 499_500 })));
      await venue.trade('sell', 499_800, 1);
      await venue.trade('sell', 499_500, 1);
      await heard((event) => event.type === 'Order' && event.row.clientId === 'b' && event.what === 'filled');
      expect(story(events)).toEqual([
        ...['Connected', 'acked a working 0/20', `fill a buy 8 at ${ASK}`, 'cancelled a cancelled 8/20'],
        ...['acked b working 0/3', `fill b sell 3 at ${BID}`, 'filled b filled 3/3'],
      ]);
    });

    test('an order with an end expires by itself, by our clock, whatever the venue thinks the time is', async () => {
      const { place, send, find, order, events, heard, pass } = await begin({ skewUs: 7 * SECOND_US });
      const request = order('a', 5, { limit: 499_000, expiresAt: (place.now() + 1_500_000) as TimeUs });
      acked(await send(request));
      await pass(200_000);
      expect(await find(request)).toMatchObject({ row: { state: 'working' } });
      await heard((event) => event.type === 'Order' && event.what === 'expired');
      expect(story(events).at(-1)).toBe('expired a expired 0/5');
    });

    test('fills and open orders are whole across pages, each once, oldest first', async () => {
      const { broker, send, order, settle, venue, heard } = await begin({ limit: 100_000 });
      for (let n = 0; n < 120; n += 1) acked(await send(order(`rest${n}`, 1, { limit: 400_000 + n })));
      acked(await send(order('a', 230, { limit: 499_000 })));
      for (let n = 0; n < 230; n += 1) await venue.trade('sell', 499_000, 1);
      await heard((event) => event.type === 'Order' && event.what === 'filled');
      const open = await settle(broker.openOrders());
      expect(open.map(({ clientId }) => clientId)).toEqual(Array.from({ length: 120 }, (_, n) => `rest${n}`));
      const fills = await settle(broker.fills(0 as TimeUs));
      expect(new Set(fills.map(({ id }) => id)).size).toBe(230);
      expect(fills).toHaveLength(230);
      expect(fills.every(({ at }, n) => n === 0 || at >= fills[n - 1]!.at)).toBe(true);
      const later = await settle(broker.fills(fills[150]!.at));
      const ids = later.map(({ id }) => id);
      expect(fills.filter(({ at }) => at >= fills[150]!.at).every(({ id }) => ids.includes(id))).toBe(true);
      expect(await settle(broker.fills((fills[229]!.at + 60 * SECOND_US) as TimeUs))).toEqual([]);
    });

    test('positions and balances are the fold of the fills, to the minor unit', async () => {
      const { broker, send, order, settle, venue, events, heard } = await begin({ limit: 100_000 });
      const draw = randomStream(11, 'broker contract');
      for (let n = 0; n < 60; n += 1) {
        const [of, middle, spread] = draw.below(2) === 0 ? ([BTC, BID, 20] as const) : ([XRP, 20_000, 12] as const);
        const side = draw.below(2) === 0 ? 'buy' : 'sell';
        const lots = 1 + draw.below(of === BTC ? 37 : 900);
        const price = middle + draw.below(2 * spread) - spread;
        if (draw.below(4) === 0) await venue.quote(price - 3, 500 + lots, price + 3, 500 + lots, of);
        acked(await send(order(`o${n}`, lots, { instrument: of.id, side, limit: price })));
        if (draw.below(3) === 0) await venue.trade(side === 'buy' ? 'sell' : 'buy', price, lots, of);
      }
      await settle(broker.cancelAll());
      await venue.transfer('-12.34', 'a fee');
      await heard((event) => event.type === 'Transfer');
      const fills = await settle(broker.fills(0 as TimeUs));
      expect(fills.length).toBeGreaterThan(30);
      expect(fillsIn(events)).toEqual(fills);
      let cash = OPENING - 12_34n;
      const held = new Map<string, number>();
      for (const { instrument: id, side, lots, price, fee } of fills) {
        const signed = side === 'buy' ? lots : -lots;
        cash -= notional(unitOf(id === BTC.id ? BTC : XRP), signed, price).minor + fee;
        held.set(id, (held.get(id) ?? 0) + signed);
      }
      expect(await settle(broker.balances())).toEqual([{ currency: 'USD', amount: cash }]);
      const positions = await settle(broker.positions());
      expect(new Map(positions.map(({ instrument: id, lots }) => [id, lots]))).toEqual(new Map([...held].filter(([, lots]) => lots !== 0)));
      expect(positions.every(({ price }) => Number.isSafeInteger(price))).toBe(true);
    });

    test('money that moves without a trade is told, and listed', async () => {
      const { broker, settle, venue, events, heard } = await begin();
      await venue.transfer('250.07', 'a deposit');
      await venue.transfer('-50.00', 'a withdrawal');
      await heard((event) => event.type === 'Transfer' && event.transfer.why === 'a withdrawal');
      const told = events.flatMap((event) => (event.type === 'Transfer' ? [event.transfer] : []));
      expect(told.map(({ amount, currency, why }) => [amount, currency, why])).toEqual([
        [25007n, 'USD', 'a deposit'],
        [-5000n, 'USD', 'a withdrawal'],
      ]);
      const listed = await settle(broker.transfers(0 as TimeUs));
      expect(listed.map(({ amount }) => amount)).toEqual([OPENING, 25007n, -5000n]);
      expect(listed.slice(1)).toEqual(told);
      expect(await settle(broker.balances())).toEqual([{ currency: 'USD', amount: OPENING + 20007n }]);
    });

    test('the venue’s clock is known, and ends of validity are told in it', async () => {
      for (const skewUs of [-20 * SECOND_US, 20 * SECOND_US]) {
        const { place, broker, send, order, settle } = await begin({ skewUs });
        const clock = await settle(broker.clock());
        expect(Math.abs(clock.skewUs - skewUs)).toBeLessThan(100_000);
        expect(clock.tookUs).toBeGreaterThanOrEqual(0);
        const soon = (place.now() + 2_000_000) as TimeUs;
        acked(await send(order('a', 5, { limit: 499_000, until: soon })));
        expect(await settle(broker.replace({ name: nameOf('a'), lots: 4, limit: 499_000, stop: null, until: soon }))).toEqual({
          kind: 'done',
        });
      }
    });

    test('a request past its end stays home, or is refused by the venue when it would act too late', async () => {
      const { place, broker, send, find, order, settle, venue, pass } = await begin({ timeoutUs: LATE_US * 2 });
      const past = order('a', 5, { limit: 499_000, until: (place.now() - 1) as TimeUs });
      expect(await send(past)).toMatchObject({ kind: 'notSent' });
      await venue.faults({ 'accept-late': 1 }, LATE_US);
      const late = order('b', 5, { limit: 499_000, until: (place.now() + SHORT_US) as TimeUs });
      expect(await send(late)).toMatchObject({ kind: 'notSent', reason: expect.stringContaining('expired') });
      await pass(LATE_US);
      for (const request of [past, late]) expect(await find(request)).toEqual({ found: false });
      expect(await settle(broker.openOrders())).toEqual([]);
    });

    test('a venue that hangs makes orders unknown, and those whose end came meanwhile are never acted on', async () => {
      const { place, send, find, order, venue, pass, events, heard } = await begin({ timeoutUs: SHORT_US });
      await venue.hang(true);
      const short = order('a', 5, { limit: 499_000, until: (place.now() + LATE_US) as TimeUs });
      const long = order('b', 5, { limit: 499_000, until: (place.now() + 60 * SECOND_US) as TimeUs });
      expect(await send(order('c', 5, { limit: 499_000, until: place.now() as TimeUs }))).toMatchObject({ kind: 'notSent' }); // nobody was asked
      expect(await send(short)).toMatchObject({ kind: 'unknown' });
      expect(await send(long)).toMatchObject({ kind: 'unknown' });
      expect(await find(short)).toMatchObject({ found: null });
      await pass(LATE_US);
      await venue.hang(false);
      await heard((event) => event.type === 'Order' && event.row.clientId === 'b');
      expect(await find(short)).toEqual({ found: false });
      expect(await find(long)).toMatchObject({ found: true, row: { state: 'working' } });
      expect(story(events)).not.toContain('acked a working 0/5');
    });

    // hummingbot/hummingbot #493, #3374: a timeout was taken for a failure, and orphans filled. nautechsystems/nautilus_trader #4215, #4152:
    // an unknown outcome was sent again, an order the venue held was rejected here.
    for (const [fault, rate, isThere] of [
      ['ack-lost', 1, true],
      ['accept-5xx', 1, true],
      ['ack-late', 1, true],
      ['accept-late', 1, true],
      ['silent-drop', 1, false],
    ] as const)
      test(`${fault}: the outcome is unknown, and asking later tells the truth`, async () => {
        const { place, broker, send, find, order, settle, venue, pass } = await begin({ timeoutUs: SHORT_US });
        const standing = order('standing', 5, { limit: 498_000 });
        acked(await send(standing));
        await venue.faults({ [fault]: rate }, LATE_US);
        const request = order('a', 5, { limit: 499_000 });
        expect(await send(request)).toMatchObject({ kind: 'unknown' });
        const until = (place.now() + 10 * SECOND_US) as TimeUs;
        const name = named(standing);
        expect(await settle(broker.replace({ name, lots: 4, limit: 498_000, stop: null, until }))).toMatchObject({ kind: 'unknown' });
        expect(await settle(broker.cancel(name))).toMatchObject({ kind: 'unknown' });
        await venue.faults({});
        await pass(LATE_US * 2);
        if (isThere) expect(await find(request)).toMatchObject({ found: true, row: { state: 'working', clientId: 'a', lots: 5 } });
        else expect(await find(request)).toEqual({ found: false });
        // A cancel ends when nobody waits for it: acted on late, it is refused, and the order works on.
        const worksOn = fault === 'accept-late' || fault === 'silent-drop';
        expect(await find(standing)).toMatchObject({
          row: { state: worksOn ? 'working' : 'cancelled', lots: fault === 'silent-drop' ? 5 : 4 },
        });
      });

    test('a fill told before the answer, twice, or after the cancel is passed on as it comes', async () => {
      const { broker, send, order, settle, venue, events, heard } = await begin();
      await venue.faults({ 'fill-before-ack': 1 }, 200_000);
      acked(await send(order('a', 5, { limit: ASK })));
      expect(story(events)).toContain('filled a filled 5/5'); // heard before the answer
      await venue.faults({ 'duplicate-fill': 1 });
      acked(await send(order('b', 5, { limit: ASK })));
      await heard((event) => event.type === 'Order' && event.row.clientId === 'b' && event.what === 'filled');
      await venue.faults({ 'fill-after-cancel': 1 }, 60 * SECOND_US);
      acked(await send(order('c', 5, { limit: 499_000 })));
      await venue.trade('sell', 499_000, 2);
      expect(await settle(broker.cancel(nameOf('c')))).toEqual({ kind: 'done' });
      await heard((event) => event.type === 'Fill' && event.fill.clientId === 'c');
      expect(story(events)).toEqual([
        ...['Connected', 'acked a working 0/5', `fill a buy 5 at ${ASK}`, 'filled a filled 5/5'],
        ...['acked b working 0/5', `fill b buy 5 at ${ASK}`, `fill b buy 5 at ${ASK}`, 'filled b filled 5/5'],
        ...['acked c working 0/5', 'cancelled c cancelled 2/5', 'fill c buy 2 at 499000'],
      ]);
      expect((await settle(broker.fills(0 as TimeUs))).map(({ lots }) => lots)).toEqual([5, 5, 2]);
    });

    test('a list may be of a moment ago: an order missing from it is still found by name', async () => {
      const { broker, send, find, order, settle, venue } = await begin();
      await venue.faults({ 'stale-lists': 1 }, 60 * SECOND_US);
      const request = order('a', 5, { limit: 499_000 });
      acked(await send(request));
      expect(await settle(broker.openOrders())).toEqual([]);
      expect(await find(request)).toMatchObject({ found: true, row: { state: 'working' } });
    });

    test('a venue that is not there: nothing was sent, nothing can be asked, and opening says so', async () => {
      const { place, broker, send, find, order, settle, venue, pass, events, heard } = await begin();
      const standing = order('standing', 5, { limit: 498_000 });
      acked(await send(standing));
      await venue.stop();
      await heard((event) => event.type === 'Lost');
      const request = order('a', 5, { limit: 499_000 });
      expect(await send(request)).toMatchObject({ kind: 'notSent', retryAfterUs: null });
      expect(await settle(broker.cancel(named(standing)))).toMatchObject({ kind: 'notSent' });
      expect(await settle(broker.cancelAll())).toMatchObject({ kind: 'notSent' });
      expect(await find(standing)).toMatchObject({ found: null });
      for (const ask of asking(broker)) await expect(settle(ask())).rejects.toMatchObject({ name: 'VenueUnreachable' });
      const other = place.broker();
      await expect(settle(other.open(() => {}))).rejects.toMatchObject({ name: 'VenueUnreachable' });
      await venue.start();
      await heard((event) => event.type === 'Connected' && event !== events[0], 12 * SECOND_US);
      await pass(100_000);
      expect(story(events)).toEqual(['Connected', 'acked standing working 0/5', 'Lost', 'Connected']);
      expect(await find(request)).toEqual({ found: false });
      expect(await find(standing)).toMatchObject({ found: true, row: { state: 'working' } });
      await settle(other.open(() => {})); // and the one that could not open can now
      await settle(other.close());
      acked(await send(order('b', 5, { limit: 499_000 })));
      await heard((event) => event.type === 'Order' && event.row.clientId === 'b');
    });

    test('too many requests: not sent, and when to come again', async () => {
      const { send, find, order, broker, settle, pass } = await begin({ limit: 10 });
      const outcomes = await settle(
        Promise.all(Array.from({ length: 60 }, (_, n) => broker.send(order(`o${n}`, 1, { limit: 400_000 + n })))),
      );
      const refused = outcomes.flatMap((outcome, n) => (outcome.kind === 'notSent' ? [{ n, outcome }] : []));
      expect(outcomes.filter(({ kind }) => kind === 'acked').length).toBe(60 - refused.length);
      expect(refused.length).toBeGreaterThan(10);
      for (const { outcome } of refused) expect(outcome.retryAfterUs).toBeGreaterThan(0);
      const asked = await settle(Promise.allSettled(Array.from({ length: 60 }, () => broker.positions())));
      const reasons = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason.name] : []));
      expect(new Set(reasons)).toEqual(new Set(['VenueRefused']));
      await pass(SECOND_US);
      expect(await find(order(`o${refused[0]!.n}`, 1))).toEqual({ found: false });
      acked(await send(order(`o${refused[0]!.n}`, 1, { limit: 400_000 })));
    });

    test('maintenance: orders are not sent, questions are answered', async () => {
      const { broker, send, find, order, settle, venue } = await begin();
      const standing = order('standing', 5, { limit: 498_000 });
      acked(await send(standing));
      await venue.maintenance(true);
      expect(await send(order('a', 5, { limit: 499_000 }))).toMatchObject({
        kind: 'notSent',
        reason: expect.stringContaining('maintenance'),
      });
      expect(await settle(broker.cancel(named(standing)))).toMatchObject({ kind: 'notSent' });
      expect(await settle(broker.openOrders())).toHaveLength(1);
      await venue.maintenance(false);
      expect(await find(order('a', 5))).toEqual({ found: false });
      expect(await settle(broker.cancel(named(standing)))).toEqual({ kind: 'done' });
    });

    // nautechsystems/nautilus_trader #3176: duplicate orders after a restart.
    test('a name that works there already: acked if it is this very order, else unknown; there is never a second', async () => {
      const { broker, send, order, settle } = await begin();
      const request = order('a', 5, { limit: 499_000 });
      const venueId = acked(await send(request));
      expect(await send(request)).toEqual({ kind: 'acked', venueId });
      expect(await send({ ...request, lots: 6 })).toMatchObject({ kind: 'unknown' });
      expect(await send({ ...request, side: 'sell' })).toMatchObject({ kind: 'unknown' });
      expect(await send({ ...request, limit: 499_001 })).toMatchObject({ kind: 'unknown' });
      expect(await settle(broker.openOrders())).toEqual([rowOf(request, venueId)]);
    });

    test('a name that has ended there, where names are for ever: unknown, and order() tells all of it', async () => {
      const { send, find, order, broker, settle } = await begin({ ids: 'ever' });
      const request = order('a', 5, { limit: ASK });
      acked(await send(request));
      expect(await send(request)).toMatchObject({ kind: 'unknown' });
      expect(await find(request)).toMatchObject({ found: true, row: { state: 'filled', filled: 5 }, fills: [{ lots: 5 }] });
      expect(await settle(broker.fills(0 as TimeUs))).toHaveLength(1);
    });

    // nautechsystems/nautilus_trader #4298: connected but mute. QuantConnect/Lean.Brokerages.InteractiveBrokers #249: fills of a short
    // disconnect were never recovered.
    test('a stream that stays open and says nothing is noticed, left, and followed anew; what it kept to itself is in the list of fills', async () => {
      const { broker, settle, send, order, venue, events, heard } = await begin();
      await venue.faults({ 'half-open': 1 });
      await heard((event) => event.type === 'Lost', 6 * SECOND_US);
      expect(events.at(-1)).toEqual({ type: 'Lost', why: 'silent' });
      acked(await send(order('a', 5, { limit: ASK }))); // whose events nobody hears
      await venue.faults({});
      await heard((event) => event.type === 'Connected' && event !== events[0], 12 * SECOND_US);
      acked(await send(order('b', 5, { limit: ASK })));
      await heard((event) => event.type === 'Fill' && event.fill.clientId === 'b');
      expect(fillsIn(events).map(({ clientId }) => clientId)).toEqual(['b']);
      expect((await settle(broker.fills(0 as TimeUs))).map(({ clientId }) => clientId)).toEqual(['a', 'b']);
    });

    // freqtrade/freqtrade #13082: the way back from a lost stream left sockets open.
    test('a line lost many times leaves nothing behind', async () => {
      const { place, venue, events, pass, heard } = await begin();
      await pass(100_000);
      const before = place.handles();
      for (let round = 1; round <= 4; round += 1) {
        await venue.stop();
        await heard(() => events.filter(({ type }) => type === 'Lost').length === round);
        await venue.start();
        await heard(() => events.filter(({ type }) => type === 'Connected').length === round + 1, 12 * SECOND_US);
      }
      await pass(200_000);
      expect(place.handles()).toBeLessThanOrEqual(before);
    });

    test('a wrong secret is refused, by name', async () => {
      const { place, settle } = await begin();
      const broker = place.broker({ wrongSecret: true });
      await expect(settle(broker.open(() => {}))).rejects.toMatchObject({ name: 'VenueRefused' });
      expect(await settle(broker.send(orderOf(place.now(), 'a', 5, { limit: 499_000 })))).toMatchObject({ kind: 'notSent' });
      await expect(settle(broker.positions())).rejects.toMatchObject({ name: 'VenueRefused' });
      await settle(broker.close());
    });

    test('closed while it opens, at any step of it, it rejects and leaves nothing', async () => {
      const { place, settle, pass } = await begin();
      await pass(100_000);
      const before = place.handles();
      for (let waitUs = 0; waitUs <= 15_000; waitUs += 1_000) {
        const broker = place.broker();
        const opening = broker
          .open(() => {})
          .then(
            () => 'open',
            (error: Error) => error.name,
          );
        if (waitUs > 0) await pass(waitUs);
        await settle(broker.close());
        expect(['open', 'VenueUnreachable']).toContain(await settle(opening));
      }
      await pass(200_000);
      expect(place.handles()).toBeLessThanOrEqual(before);
    });

    test('an instrument that the venue means differently is nonsense from the start', async () => {
      const { place, settle } = await begin();
      for (const wrong of [{ tick: '0.2' }, { lot: '0.001' }, { multiplier: '10' }, { currencyScale: 3 }, { id: 'GOLD' as InstrumentId }]) {
        const broker = place.broker({ instruments: [{ ...BTC, ...wrong }] });
        await expect(settle(broker.open(() => {}))).rejects.toMatchObject({ name: 'VenueNonsense' });
        await settle(broker.close());
      }
    });

    test('an instrument that we were not given is somebody else’s: in no list, and its fills are money that moved', async () => {
      const { place, broker: hand, send, order, settle, venue, heard } = await begin({ limit: 100_000 });
      const desk = place.broker({ instruments: [BTC] });
      onTestFinished(() => place.settle(desk.close()));
      const told: BrokerEvent[] = [];
      await settle(desk.open((event) => told.push(event)));
      const draw = randomStream(13, 'traded by hand');
      for (let n = 0; n < 130; n += 1) {
        const of = n % 10 === 3 ? BTC : XRP;
        const [middle, spread, most] = of === BTC ? ([BID, 20, 37] as const) : ([20_000, 12, 900] as const);
        const side = draw.below(2) === 0 ? 'buy' : 'sell';
        const [lots, price] = [1 + draw.below(most), middle + draw.below(2 * spread) - spread];
        await venue.quote(price - 3, 500 + lots, price + 3, 500 + lots, of);
        const takes = draw.below(3) > 0; // or rests until an outsider comes
        acked(await send(order(`o${n}`, lots, { instrument: of.id, side, limit: (side === 'buy') === takes ? price + 3 : price - 3 })));
        if (!takes) await venue.trade(side === 'buy' ? 'sell' : 'buy', side === 'buy' ? price - 3 : price + 3, lots, of);
        if (n === 60) await venue.transfer('-12.34', 'a fee');
      }
      const [theirs, ours] = [order('theirs', 5, { instrument: XRP.id, limit: 18_000 }), order('ours', 5, { limit: 480_000 })];
      const theirId = acked(await send(theirs));
      acked(await send(ours));
      await heard(() => told.some((event) => event.type === 'Order' && event.row.clientId === 'ours'));

      const isOurs = ({ instrument: id }: { instrument: InstrumentId }) => id === BTC.id;
      const [open, fills, positions] = [
        await settle(hand.openOrders()),
        await settle(hand.fills(0 as TimeUs)),
        await settle(hand.positions()),
      ];
      expect(await settle(desk.openOrders())).toEqual(open.filter(isOurs));
      expect(open.filter((row) => !isOurs(row)).map(({ clientId }) => clientId)).toContain('theirs');
      expect(await settle(desk.fills(0 as TimeUs))).toEqual(fills.filter(isOurs));
      expect(await settle(desk.positions())).toEqual(positions.filter(isOurs));
      expect(positions.map(({ instrument: id }) => id).sort()).toEqual([BTC.id, XRP.id]);

      const traded = fills
        .filter((fill) => !isOurs(fill))
        .map(({ id, side, lots, price, fee, at }) => {
          const amount = notional(unitOf(XRP), side === 'buy' ? -lots : lots, price).minor - fee;
          return { id: `fill:${id}`, currency: 'USD', amount, why: 'XRP-USD was traded by hand', at };
        });
      expect(traded.length).toBeGreaterThan(100); // more than a page
      const moved = await settle(hand.transfers(0 as TimeUs));
      expect(moved.map(({ why }) => why)).toEqual(['opening', 'a fee']);
      const listed = await settle(desk.transfers(0 as TimeUs));
      expect(listed.filter(({ id }) => id.startsWith('fill:'))).toEqual(traded);
      expect(listed.filter(({ id }) => !id.startsWith('fill:'))).toEqual(moved);
      expect(listed.every(({ at }, n) => n === 0 || at >= listed[n - 1]!.at)).toBe(true);
      const middle = listed.findIndex(({ why }) => why === 'a fee');
      const later = (await settle(desk.transfers(listed[middle]!.at))).map(({ id }) => id);
      expect(later).toEqual(expect.arrayContaining(listed.slice(middle).map(({ id }) => id)));
      expect(later).not.toContain(moved[0]!.id);
      const paid = fills.filter(isOurs).map(({ side, lots, price, fee }) => {
        return notional(unitOf(BTC), side === 'buy' ? lots : -lots, price).minor + fee;
      });
      const cash = listed.reduce((sum, { amount }) => sum + amount, 0n) - paid.reduce((sum, amount) => sum + amount, 0n);
      expect(await settle(desk.balances())).toEqual([{ currency: 'USD', amount: cash }]);

      expect(fillsIn(told)).toEqual(fills.filter(isOurs));
      const movedTold = told.flatMap((event) => (event.type === 'Transfer' ? [event.transfer] : []));
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      expect(movedTold.sort(byId)).toEqual(listed.slice(1).sort(byId)); // of one instant either may be told first
      expect(told.every((event) => event.type !== 'Order' || isOurs(event.row))).toBe(true);

      // known to be there, not known what: neither ours nor absent
      expect(await settle(desk.order(named(theirs)))).toMatchObject({ found: null, reason: expect.stringContaining(XRP.id) });
      expect(await settle(desk.order({ clientId: null, venueId: theirId, instrument: XRP.id }))).toMatchObject({ found: null });
      expect(await settle(desk.order({ clientId: null, venueId: theirId, instrument: BTC.id }))).toMatchObject({ found: null });
      expect(await settle(desk.order({ ...nameOf('never'), instrument: XRP.id }))).toEqual({ found: false });
      expect(await settle(desk.send(order('b', 50, { instrument: XRP.id, limit: 20_010 })))).toMatchObject({ kind: 'notSent' });
      const until = (place.now() + SECOND_US) as TimeUs;
      expect(await settle(desk.replace({ name: named(theirs), lots: 4, limit: 18_000, stop: null, until }))).toMatchObject({
        kind: 'notSent',
      });
      expect(await settle(hand.openOrders())).toEqual(open);
      expect(await settle(desk.cancelAll())).toEqual({ kind: 'done' });
      expect(await settle(hand.openOrders())).toEqual([]);
    });

    test('close settles what is under way as unknown, refuses what comes after, and leaves no handle', async () => {
      const { place, venue, settle, pass } = await begin();
      await pass(50_000);
      const before = place.handles();
      const broker = place.broker();
      const events: BrokerEvent[] = [];
      await settle(broker.open((event) => events.push(event)));
      expect(acked(await settle(broker.send(orderOf(place.now(), 'a', 5, { limit: 499_000 }))))).not.toBe('');
      await settle(Promise.all(Array.from({ length: 6 }, () => broker.positions()))); // some sockets will be idle
      expect(place.handles()).toBeGreaterThan(before);
      await venue.hang(true);
      const pending = broker.send(orderOf(place.now(), 'b', 5, { limit: 499_000 }));
      const asked = broker.positions().catch((error: Error) => error.name);
      await pass(100_000);
      const closedAt = place.now();
      await settle(broker.close());
      expect(await settle(pending)).toMatchObject({ kind: 'unknown' });
      expect(await settle(asked)).toBe('VenueUnreachable');
      expect(place.now() - closedAt).toBeLessThan(SECOND_US); // at once, not when its time was over
      expect(await settle(broker.send(orderOf(place.now(), 'c', 5, { limit: 499_000 })))).toMatchObject({ kind: 'notSent' });
      await venue.hang(false);
      const heardBefore = events.length;
      await pass(SECOND_US);
      expect(events.length).toBe(heardBefore);
      expect(place.handles()).toBeLessThanOrEqual(before);
    });
  });
}

export function orderOf(now: number, id: string, lots: number, more: Partial<SendRequest> = {}): SendRequest {
  return {
    ...{
      order: '1.1' as OrderId,
      clientId: id as ClientOrderId,
      instrument: BTC.id,
      side: 'buy',
      type: 'limit',
      lots,
      limit: null,
      stop: null,
    },
    ...{ reduceOnly: false, expiresAt: null, terms: plainTerms(null), until: (now + 30 * SECOND_US) as TimeUs },
    ...more,
  };
}

export const named = ({ clientId, instrument }: SendRequest): OrderName => ({ clientId, venueId: null, instrument });
export const nameOf = (id: string): OrderName => ({ clientId: id as ClientOrderId, venueId: null, instrument: BTC.id });

export function acked(outcome: SendOutcome): string {
  expect(outcome).toEqual({ kind: 'acked', venueId: expect.any(String) });
  return outcome.kind === 'acked' ? outcome.venueId : '';
}

/** Every question that rejects when it cannot be answered. */
export const asking = (broker: Broker): (() => Promise<unknown>)[] => [
  () => broker.openOrders(),
  () => broker.fills(0 as TimeUs),
  () => broker.positions(),
  () => broker.balances(),
  () => broker.transfers(0 as TimeUs),
  () => broker.clock(),
];

function rowOf(
  { clientId, instrument: id, side, type, lots, limit, stop }: SendRequest,
  venueId: string,
  more: Partial<VenueOrderRow> = {},
): VenueOrderRow {
  return { clientId, venueId, instrument: id, side, type, lots, limit, stop, filled: 0, state: 'working', reason: '', ...more };
}

const fillsIn = (events: readonly BrokerEvent[]): VenueFillRow[] => events.flatMap((event) => (event.type === 'Fill' ? [event.fill] : []));

/** Events as lines. */
function story(events: readonly BrokerEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'Order') return `${event.what} ${event.row.clientId} ${event.row.state} ${event.row.filled}/${event.row.lots}`;
    if (event.type === 'Fill') return `fill ${event.fill.clientId} ${event.fill.side} ${event.fill.lots} at ${event.fill.price}`;
    return event.type === 'Transfer' ? `transfer ${event.transfer.amount}` : event.type;
  });
}
