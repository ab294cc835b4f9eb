// What REST tells of a journal, held against the journal's own records, read by other code: nothing is lost, doubled or told another way, however
// a list is cut into pages.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { randomSteps } from '#tests/replay/random-desk.ts';
import { recordJournal } from '#tests/replay/recorder.ts';
import { type Body, REST_DAY, type RestPlace, type Row, restPlace, type Who } from './rest-place.ts';

let place: RestPlace;
let viewer: Who;
beforeAll(async () => {
  place = await restPlace();
  viewer = await place.program('bob', 'read');
}, 60_000);
afterAll(() => place.close());

const get = async (path: string, query: Readonly<Record<string, string | number | readonly string[]>> = {}): Promise<Body> => {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) words.append(name, String(one));
  const said = await place.ask(viewer, 'GET', `/api/v1/${path}`, { query: words.toString() });
  expect([said.status, said.text.slice(0, 300)]).toEqual([200, said.text.slice(0, 300)]);
  return said.body;
};

/** Every row of a list, page by page. */
async function walked(path: string, query: Readonly<Record<string, string | number | readonly string[]>>): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 10_000; pages++) {
    const page: Body = await get(path, { ...query, ...(cursor === null ? {} : { cursor }) });
    rows.push(...page.items);
    cursor = page.next;
    if (cursor === null) return rows;
    expect(page.items.length).toBe(Number(query['limit']));
  }
  throw new Error('a list without an end');
}

const addresses = (decisions: readonly Decision[]): string[] => decisions.map(addressOf);
const of = <T extends Decision['type']>(type: T): DecisionOf<T>[] =>
  place.decisions.filter(({ type: own }) => own === type) as unknown as DecisionOf<T>[];

describe('decisions', () => {
  test('all of them, oldest or newest first, whatever the page', async () => {
    const all = addresses(place.decisions);
    expect(all.length).toBeGreaterThan(500);
    for (const limit of [1_000, 137]) {
      expect((await walked('decisions', { limit, order: 'oldest' })).map(({ address }) => address)).toEqual(all);
      expect((await walked('decisions', { limit, order: 'newest' })).map(({ address }) => address)).toEqual(all.toReversed());
    }
  }, 60_000);

  test('of a window, of a type, about something: those and no others', async () => {
    const [first, last] = [place.decisions[0]!.at, place.decisions.at(-1)!.at];
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          from: fc.option(fc.integer({ min: first - 10, max: last + 10 }), { nil: undefined }),
          length: fc.option(fc.integer({ min: 1, max: last - first }), { nil: undefined }),
          types: fc.option(fc.subarray(['CandleClosed', 'OrderFilled', 'OrderMoved', 'GateMoved', 'Posted'], { minLength: 1 }), {
            nil: undefined,
          }),
          about: fc.option(fc.constantFrom('alpha', 'beta', 'ra', 'rc', 'nobody'), { nil: undefined }),
          order: fc.constantFrom('oldest', 'newest'),
          limit: fc.integer({ min: 20, max: 1_000 }),
        }),
        async ({ from, length, types, about, order, limit }) => {
          const to = length === undefined ? undefined : (from ?? first) + length;
          const expected = place.decisions.filter(
            (one) =>
              (from === undefined || one.at >= from) &&
              (to === undefined || one.at < to) &&
              (types === undefined || types.includes(one.type)) &&
              (about === undefined || Object.values(one).includes(about)),
          );
          const query = {
            ...{ limit, order },
            ...(from === undefined ? {} : { from: Math.max(0, from) }),
            ...(to === undefined ? {} : { to }),
            ...(types === undefined ? {} : { type: types }),
            ...(about === undefined ? {} : { about }),
          };
          const found = (await walked('decisions', query)).map(({ address }) => address);
          expect(found).toEqual(order === 'oldest' ? addresses(expected) : addresses(expected).toReversed());
        },
      ),
      { numRuns: 40, seed: 3 },
    );
  }, 120_000);

  test('one by its address; one that is not there is not found', async () => {
    for (const one of place.decisions.filter((_, place) => place % 97 === 0)) {
      const found = await get(`decisions/${addressOf(one)}`);
      expect([found['type'], found['cause'], found['index'], found['at']]).toEqual([one.type, one.cause, one.index, one.at]);
    }
    expect((await place.ask(viewer, 'GET', '/api/v1/decisions/999999999.1')).status).toBe(404);
  }, 60_000);
});

describe('orders, fills and trades', () => {
  test('every order that was approved, each as the desk itself has it now', async () => {
    const rows = await walked('orders', { limit: 50, state: 'all', order: 'oldest' });
    const approved = place.decisions.filter(
      ({ type }) => type === 'OrderApproved' || type === 'OrderAdopted',
    ) as DecisionOf<'OrderApproved'>[];
    expect(rows.map(({ order }) => order)).toEqual(approved.map(({ order }) => order));
    let held = 0;
    for (const row of rows) {
      const order = place.run.desk.parts.orders.all.get(row['order'] as never);
      if (order === undefined) continue;
      held += 1;
      const { lots, filled } = order.living.context;
      const { lot } = order.market.definition;
      const shown = [row['state'], row['ended'], row['side'], row['type'], row['movedBy'], Number(row['lots']), Number(row['filled'])];
      expect(shown).toEqual([
        order.living.value,
        order.ended,
        order.side,
        order.type,
        order.changedAt,
        expect.closeTo(lots * Number(lot)),
        expect.closeTo(filled * Number(lot)),
      ]);
    }
    expect(held).toBeGreaterThan(20);
    const working = await walked('orders', { limit: 3 });
    expect(new Set(working.map(({ order }) => order))).toEqual(new Set([...place.run.desk.parts.orders.working].map(({ id }) => id)));
  }, 60_000);

  test('every fill once; the life of an order tells each of its decisions', async () => {
    const fills = of('OrderFilled');
    expect(fills.length).toBeGreaterThan(10);
    expect((await walked('fills', { limit: 7, order: 'oldest' })).map(({ fill }) => fill)).toEqual(addresses(fills));
    const { order } = fills[0]!;
    const life = await get(`orders/${order}`);
    const own = place.decisions.filter((one) => 'order' in one && one.order === order);
    expect((life['life'] as Row[]).map(({ address }) => address)).toEqual(expect.arrayContaining(addresses(own).slice(0, 1_000)));
    expect((life['fills'] as Row[]).map(({ fill }) => fill)).toEqual(addresses(fills.filter((fill) => fill.order === order)));
    expect((await place.ask(viewer, 'GET', '/api/v1/orders/999999999.1')).status).toBe(404);
  }, 60_000);

  test('trades add up to what the ledger booked, and each begins and ends flat', async () => {
    const trades = await walked('trades', { limit: 9, order: 'oldest' });
    const sum = (rows: readonly Row[], key: string): number => rows.reduce((total, row) => total + Math.round(Number(row[key]) * 100), 0);
    for (const account of ['alpha', 'beta']) {
      const lines = [...place.run.desk.parts.accounts.ledger.balances()].filter((line) => line.account === account);
      const own = trades.filter((trade) => trade['account'] === account);
      expect(sum(own, 'realised')).toBe(Number(lines.reduce((total, { realised }) => total - realised, 0n)));
      expect(sum(own, 'fees')).toBe(Number(lines.reduce((total, { fees }) => total + fees, 0n)));
      expect(own.map(({ trade }) => trade)).toEqual(own.map((_, place) => place + 1));
    }
    const setOff = of('DifferenceFound').filter(({ resolution }) => resolution.includes(' set off at '));
    expect(setOff.length).toBeGreaterThan(3);
    expect(setOff.some((one) => trades.some(({ exit }) => exit === addressOf(one)))).toBe(true);
    const open = trades.filter(({ exit }) => exit === null).map((one) => `${one['account']} ${one['strategy']} ${one['instrument']}`);
    const held = ['alpha', 'beta'].flatMap((account) =>
      [...place.run.desk.parts.accounts.ledger.holdings(account as never)].map((one) => `${account} ${one.strategy} ${one.instrument}`),
    );
    expect(new Set(open)).toEqual(new Set(held));
    expect(open.length).toBe(held.length);
  }, 60_000);

  test('figures of a day with orders by hand: what was set off is a fill without an order', async () => {
    for (const account of ['alpha', 'beta']) {
      const { metrics } = (await get('portfolio/metrics', { account })) as unknown as { metrics: { key: string; value: unknown }[] };
      expect(metrics.length).toBeGreaterThan(20);
      const lines = [...place.run.desk.parts.accounts.ledger.balances()].filter((line) => line.account === account);
      const fees = metrics.find(({ key }) => key === 'fees')?.value;
      if (fees !== undefined) expect(Math.round(Number(fees) * 100)).toBe(Number(lines.reduce((sum, one) => sum + one.fees, 0n)));
    }
  }, 60_000);

  test('an account is worth what was put in, what it gained, what it would gain now, less fees and what holding cost', async () => {
    const { items } = await get('portfolio');
    expect(items.length).toBe(2);
    for (const row of items) {
      const cents = (key: string): number => Math.round(Number(row[key]) * 100);
      expect(cents('profit')).toBe(cents('realised') + cents('unrealised') - cents('fees') - cents('carry'));
      expect(cents('equity')).toBe(cents('deposited') + cents('profit'));
    }
    const { items: positions } = await get('positions');
    for (const row of positions) expect(Number(row['value']) - Number(row['cost'])).toBeCloseTo(Number(row['unrealised']), 6);
  });
});

describe('refusals', () => {
  test('all of them, and how often each clause refused', async () => {
    const refused = of('OrderRefused');
    expect(refused.length).toBeGreaterThan(5);
    expect((await walked('refusals', { limit: 4, order: 'oldest' })).map(({ address }) => address)).toEqual(addresses(refused));
    const byClause = new Map<string, number>();
    for (const { clauses } of refused) for (const { clause, ok } of clauses) if (!ok) byClause.set(clause, (byClause.get(clause) ?? 0) + 1);
    const { counts } = (await get('refusals', { limit: 1 })) as unknown as {
      counts: { orders: number; byClause: { clause: string; orders: number }[] };
    };
    expect(counts.orders).toBe(refused.length);
    expect(new Map(counts.byClause.map(({ clause, orders }) => [clause, orders]))).toEqual(byClause);
  }, 60_000);
});

describe('what guards were worth', () => {
  test('the day without one is the day as a desk without that limit would have had it; where several accounts are, one is named', async () => {
    const { items, assumes, account } = (await get('guards', { account: 'alpha' })) as unknown as {
      account: string;
      items: { guard: string; refused: number; value: string | null; moreFills: number | null }[];
      assumes: string[];
    };
    expect([account, assumes.length > 0]).toEqual(['alpha', true]);
    const ours = of('OrderRefused').filter(({ account: own }) => own === 'alpha');
    const refusedBy = (name: string): number =>
      ours.filter(({ clauses }) => clauses.some(({ clause, ok }) => clause === name && !ok)).length;
    const rate = items.find(({ guard }) => guard === 'rate')!;
    expect([rate.refused, rate.refused > 0]).toEqual([refusedBy('rate'), true]);
    const lifted = recordJournal(
      randomSteps(REST_DAY).map((step) =>
        step.kind === 'input' && step.body.type === 'LimitsChanged'
          ? { ...step, body: { ...step.body, limits: { ...(step.body['limits'] as object), ordersPerSecond: null } } }
          : step,
      ),
      { catalogue: testCatalogue },
    );
    const fillsOf = (decisions: readonly Decision[]): number =>
      decisions.filter((one) => one.type === 'OrderFilled' && one.account === 'alpha').length;
    const there = lifted.frames.map(decodePayload).flatMap((one) => (one.kind === 'decisions' ? decodeDecisions(one.bytes) : []));
    expect(rate.moreFills).toBe(fillsOf(there) - fillsOf(place.decisions));
    expect(rate.value).toMatch(/^-?\d+\.\d\d$/);
    expect(items.find(({ guard }) => guard === 'other reasons')?.value ?? null).toBe(null);
    const unnamed = await place.ask(viewer, 'GET', '/api/v1/guards');
    expect([unnamed.status, unnamed.body.fields[0]!.field]).toEqual([422, 'query.account']);
  }, 60_000);
});

describe('candles and ticks', () => {
  test('each candle in its newest version, and every version when all are asked for', async () => {
    const told = place.decisions.filter(
      (one): one is DecisionOf<'CandleClosed'> | DecisionOf<'CandleAmended'> => one.type === 'CandleClosed' || one.type === 'CandleAmended',
    );
    const series = new Map<string, typeof told>();
    for (const one of told) {
      const key = `${one.instrument}|${one.source}|${one.timeframeUs}`;
      series.set(key, [...(series.get(key) ?? []), one]);
    }
    expect(series.size).toBeGreaterThan(2);
    for (const [key, own] of series) {
      const [instrument, source, timeframe] = key.split('|') as [string, string, string];
      const asked = { instrument, source, timeframe, limit: 5 };
      const newest = new Map<number, string>();
      for (const one of own) newest.set(one.start, addressOf(one));
      const closed = own.filter(({ type }) => type === 'CandleClosed').map(({ start }) => start);
      expect((await walked('candles', { ...asked, order: 'oldest' })).map(({ start, address }) => [start, address])).toEqual(
        closed.map((start) => [start, newest.get(start)]),
      );
      expect((await walked('candles', { ...asked, order: 'newest' })).map(({ start }) => start)).toEqual(closed.toReversed());
      expect((await walked('candles', { ...asked, versions: 'all', order: 'oldest' })).map(({ address }) => address)).toEqual(
        addresses(own),
      );
    }
  }, 120_000);

  test('every tick of an instrument, once, in order, as far as a window reaches', async () => {
    const { items: instruments } = await get('instruments');
    const instrument = String(instruments[0]!['instrument']);
    const all = await walked('ticks', { instrument, limit: 300 });
    const seqs = all.map(({ seq }) => seq as number);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(all.length).toBeGreaterThan(300);
    const [from, to] = [all[100]!['at'] as number, all[400]!['at'] as number];
    const within = await walked('ticks', { instrument, limit: 77, from, to });
    expect(within.map(({ seq }) => seq)).toEqual(
      all.filter(({ at }) => (at as number) >= from && (at as number) < to).map(({ seq }) => seq),
    );
    const quotes = await walked('ticks', { instrument, limit: 300, kind: 'quote' });
    expect(quotes.map(({ seq }) => seq)).toEqual(all.filter(({ kind }) => kind === 'quote').map(({ seq }) => seq));
  }, 60_000);
});

describe('the journal itself', () => {
  test('its frames chain from the first to the head, checked from their own bytes alone', async () => {
    const { head, frames, seq } = (await get('journal')) as unknown as { head: string; frames: number; seq: number };
    let [next, previous, count] = [0 as number | null, '0'.repeat(64), 0];
    while (next !== null) {
      const page: Body = await get(`journal/${next}`, { frames: 3 });
      for (const frame of page.items) {
        const bytes = Buffer.from(frame['bytes'] as string, 'base64');
        expect(bytes.subarray(32, 64).toString('hex')).toBe(previous);
        previous = createHash('sha256').update(bytes.subarray(32, 64)).update(bytes).digest('hex');
        expect([frame['hash'], frame['length']]).toEqual([previous, bytes.length]);
        count += 1;
      }
      next = (page as unknown as { next: number | null }).next;
    }
    expect([previous, count]).toEqual([head, frames]);
    expect(seq).toBe(place.run.desk.seq);
  }, 60_000);

  test('the state at its end is the desk, and a number that is not there is refused by its field', async () => {
    const state = await get('state');
    expect([state['stateHash'], state['runHash'], state['seq']]).toEqual([place.run.stateHash(), place.run.runHash(), place.run.desk.seq]);
    const said = await place.ask(viewer, 'GET', '/api/v1/state', { query: 'seq=99999999' });
    expect([said.status, said.body.fields[0]!.field]).toEqual([422, 'query.seq']);
    const nonsense = await place.ask(viewer, 'GET', '/api/v1/state', { query: 'at=soon' });
    expect([nonsense.status, nonsense.body.fields[0]!.field]).toEqual([422, 'query.at']);
  }, 60_000);

  test('why: an order, a refusal, a number, and something there never was', async () => {
    const refused = of('OrderRefused')[0]!;
    const explained = await get(`explain/${addressOf(refused)}`);
    expect(explained['ok']).toBe(true);
    expect(String(explained['sentence'])).toContain('was refused');
    expect((await get('explain/1'))['ok']).toBe(true);
    expect((await get('explain/99999999'))['ok']).toBe(false);
  }, 60_000);

  test('a cursor of another list, of another order, or of nobody is refused by its field', async () => {
    const { next } = await get('decisions', { limit: 1 });
    for (const [path, cursor] of [
      ['fills', next],
      ['decisions?order=oldest', next],
      ['decisions', 'bm90aGluZw'],
      ['decisions', '!!!'],
    ] as const) {
      const [at, query = ''] = path.split('?');
      const said = await place.ask(viewer, 'GET', `/api/v1/${at}`, { query: `${query}&cursor=${encodeURIComponent(String(cursor))}` });
      expect([path, said.status, said.body.fields?.[0]?.field]).toEqual([path, 422, 'query.cursor']);
    }
  });
});
