// The REST API as a whole: who may what of it, asked of every route as everybody; junk into every part of every route; commands, which are the desk's to
// answer; orders by hand, whose text is whole steps or nothing.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lotsText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Lots, PriceTicks } from '#engine/values.ts';
import type { Caller } from '#gateway/access/callers.ts';
import { may } from '#gateway/access/policy.ts';
import { ROUTES } from '#gateway/access/policy-table.ts';
import { problem } from '#gateway/contracts/rest.ts';
import { openRouter, type Route } from '#gateway/http/router.ts';
import { strategyRoutes } from '#gateway/rest/strategies.ts';
import { sessionRoutes } from '#gateway/serve/session-routes.ts';
import type { Method } from '#gateway/transport/server.ts';
import { asked, bodyOf } from '#tests/http-request.ts';
import { NOBODY, type RestPlace, restPlace, type Said, type Who } from './rest-place.ts';

let place: RestPlace;
let [viewer, trader] = [NOBODY, NOBODY] as Who[];
beforeAll(async () => {
  place = await restPlace({ seed: 5, ticks: 1_500 });
  viewer = await place.program('bob', 'read');
  trader = await place.program('anna', 'trade');
}, 60_000);
afterAll(() => place.close());

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const isProblem = ({ status, headers, text }: Said): boolean =>
  status >= 400 &&
  status < 500 &&
  headers['content-type'] === 'application/problem+json' &&
  problem.strict().safeParse(JSON.parse(text)).success;

describe('every route has its row, and every row its route', () => {
  const SOCKET = 'GET /api/v1/live';

  test('both ways', () => {
    const around = { desk: 'tests', mode: () => 'PAPER' as const, version: '0', behindTls: false };
    const served = [...place.routes, ...sessionRoutes(place.access.access, around)].map(nameOf);
    expect(new Set(served).size).toBe(served.length);
    expect(served.filter((name) => !Object.hasOwn(ROUTES, name))).toEqual([]);
    const beside = Object.keys(ROUTES).filter((name) => !served.includes(name) && name !== SOCKET && !/^\w+ \/api\/v1\/replays/.test(name));
    expect(beside).toEqual([]);
  });

  test('whoever it is about, or whatever is live of it, is said by the route', () => {
    for (const route of place.routes) {
      const rule = ROUTES[nameOf(route)]!;
      const matters = rule.step === 'live' || (rule.others !== rule.least && route.path.includes(':'));
      // runs and strategies belong to nobody in particular
      if (matters && !/runs|strategies/.test(route.path)) expect(route.about, nameOf(route)).not.toBeNull();
    }
  });

  test('names of the document are each used once', () => {
    const ids = place.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

const FILLED: Readonly<Record<string, string>> = {
  ...{
    desk: 'tests',
    broker: 'alpha',
    instrument: 'BTC-USD',
    feed: 'BTC-USD~synthetic',
    strategy: 'ema-cross',
    run: 'a-run',
    sweep: 'a-sweep',
    part: 'ledger',
  },
  ...{
    backtest: '00000000',
    order: '1.1',
    address: '1.0',
    number: '1',
    alert: '1.0',
    user: 'bob',
    token: '0123456789ab',
    session: '0123456789ab',
  },
};
const pathOf = ({ path }: Route): string => path.replaceAll(/:(\w+)/g, (_, name: string) => FILLED[name] ?? 'x');

describe('who may', () => {
  type Asker = readonly [name: string, who: () => Promise<Who>, caller: Caller];
  const token = (user: string, role: 'viewer' | 'trader' | 'admin', scope: 'read' | 'trade' | 'admin'): Caller => ({
    ...{ by: 'token', user, role, token: 't', scope, live: false, until: null },
  });
  const session = (user: string, role: 'viewer' | 'trader' | 'admin'): Caller => ({
    ...{ by: 'session', user, role, session: 's', demo: false, secondStep: null, until: Number.MAX_SAFE_INTEGER },
  });
  const ASKERS: readonly Asker[] = [
    ['nobody', async () => NOBODY, { by: 'nobody' }],
    ['a viewer', () => place.browser('bob'), session('bob', 'viewer')],
    ['a trader', () => place.browser('anna'), session('anna', 'trader')],
    ['an admin', () => place.browser('root'), session('root', 'admin')],
    ["a viewer's program", () => place.program('bob', 'read'), token('bob', 'viewer', 'read')],
    ["a trader's program that reads", () => place.program('anna', 'read'), token('anna', 'viewer', 'read')],
    ["a trader's program", () => place.program('anna', 'trade'), token('anna', 'trader', 'trade')],
    ["an admin's program that trades", () => place.program('root', 'trade'), token('root', 'trader', 'trade')],
    ["an admin's program", () => place.program('root', 'admin'), token('root', 'admin', 'admin')],
  ];

  test.each(ASKERS)(
    '%s: of every route, no leak and no loss',
    async (_, as, caller) => {
      let who = await as();
      const wrong: string[] = [];
      for (const route of place.routes) {
        const before = place.commands.length;
        const path = pathOf(route);
        // an empty body, or none: whoever may not is told so before anything is read, whoever may is told what is missing
        const said = await place.ask(
          who,
          route.method as Method,
          path,
          route.method === 'GET' || route.method === 'DELETE' ? {} : { body: {} },
        );
        const allowed = may(caller, { action: { method: route.method, path }, owner: null, live: false }, place.access.now).allowed;
        const refused = said.status === 401 || said.status === 403;
        // somebody else's user, though the row alone would let them
        const theirs = route.path === '/api/v1/users/:user' && caller.by !== 'nobody' && caller.user !== 'bob' && caller.role !== 'admin';
        if (refused !== (!allowed || theirs)) wrong.push(`${nameOf(route)}: ${said.status}`);
        if (refused && (said.status === 401) !== (caller.by === 'nobody')) wrong.push(`${nameOf(route)}: ${said.status}, known or not`);
        if (refused && place.commands.length > before) wrong.push(`${nameOf(route)}: refused, and done`);
        if (route.path === '/api/v1/sessions' && route.method === 'DELETE') who = await as(); // signed out everywhere
        if (said.status >= 500 && said.status !== 503) wrong.push(`${nameOf(route)}: ${said.status} ${said.text}`);
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  test('health is told to anyone, its reasons to who is signed in', async () => {
    place.run.desk.parts.gates.send(place.run.desk.parts.gates.global, { type: 'Killed', at: place.run.desk.seq });
    const [stranger, known] = [await place.ask(NOBODY, 'GET', '/health/ready'), await place.ask(viewer, 'GET', '/health/ready')];
    expect([stranger.status, stranger.body['reasons'], known.status]).toEqual([503, [], 503]);
    expect(known.body['reasons']).not.toEqual([]);
  });
});

/** Half of a pair is no text that could be sent. */
const whole = (text: string): string => Buffer.from(text).toString();

describe('junk', () => {
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1e999',
      'NaN',
      '99999999999999999999',
      'null',
      'true',
      '1.1',
      '__proto__',
      'constructor',
      '2026-13-01',
      '../..',
      '%00',
      '💥',
    ),
    fc.integer().map(String),
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), junk);

  test('into every part of every route: a problem that names it, never a fault of ours', async () => {
    const root = await place.browser('root');
    const bad: string[] = [];
    for (const route of place.routes) {
      // what changes who may would end the asking
      if (/users|tokens|sessions/.test(route.path) && route.method !== 'GET') continue;
      const shape = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
      const [queries, bodies] = [shape(route.schemas.query), shape(route.schemas.body)];
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.constantFrom('x', ...queries), junk, { maxKeys: 4 }),
          fc.oneof(fc.dictionary(fc.constantFrom('x', ...bodies), value, { maxKeys: 6 }), value),
          fc.array(junk, { minLength: 4, maxLength: 4 }),
          fc.boolean(),
          async (query, body, parts, filled) => {
            let part = 0;
            const path = filled
              ? pathOf(route)
              : route.path.replaceAll(/:\w+/g, () => encodeURIComponent(whole(parts[part++ % 4]!)) || 'x');
            if (!/^[\x21-\x7e]+$/.test(path)) return;
            const words = new URLSearchParams(
              Object.entries(query).map(([name, text]): [string, string] => [name, whole(text)]),
            ).toString();
            const said = await place.ask(root, route.method as Method, path, {
              query: words,
              ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { body: body === undefined ? null : body }),
            });
            const fine = said.status < 400 || isProblem(said) || (said.status === 503 && /health/.test(path));
            if (!fine) bad.push(`${nameOf(route)} ${path}?${words} ${JSON.stringify(body)}: ${said.status} ${said.text.slice(0, 200)}`);
          },
        ),
        { numRuns: 25, seed: 9 },
      );
    }
    expect(bad).toEqual([]);
  }, 240_000);

  test('a body that is none, too long, or of another type', async () => {
    for (const [body, headers, status] of [
      ['{', {}, 400],
      ['', {}, 400],
      ['{}', { 'content-type': 'text/plain' }, 415],
      [`{"why":"${'x'.repeat(5_000)}"}`, {}, 422],
    ] as const) {
      const said = await place.ask(trader, 'POST', '/api/v1/kill', { body, headers });
      expect([said.status, isProblem(said)]).toEqual([status, true]);
    }
  });
});

describe('commands', () => {
  test('carry who gave them, what they saw and their key; the desk’s no is an answer', async () => {
    const fresh = await restPlace({ seed: 6, ticks: 1_500 });
    const anna = await fresh.program('anna', 'trade');
    const key = { 'idempotency-key': 'a-key-of-mine' };
    const first = await fresh.ask(anna, 'POST', '/api/v1/pause', { body: { strategy: 'ra', saw: fresh.run.desk.seq }, headers: key });
    expect([first.status, first.body['ok'], first.body['durable']]).toEqual([200, true, true]);
    expect(fresh.commands[0]).toMatchObject({
      by: expect.stringMatching(/^anna by token /),
      saw: expect.any(Number),
      command: { do: 'Pause', strategy: 'ra' },
    });
    expect(fresh.commands[0]!.key).toContain('a-key-of-mine');
    const again = await fresh.ask(anna, 'POST', '/api/v1/pause', { body: { strategy: 'ra', saw: first.body.seq - 1 }, headers: key });
    expect([again.status, again.headers['idempotency-replayed'], again.text]).toEqual([200, 'true', first.text]);
    expect(fresh.commands.length).toBe(1);
    const no = await fresh.ask(anna, 'POST', '/api/v1/pause', { body: { strategy: 'nobody' } });
    expect([no.status, no.body['ok'], no.body['why']]).toEqual([200, false, 'unknown']);
    const kill = await fresh.ask(anna, 'POST', '/api/v1/kill', { body: { why: 'a test' } });
    expect([kill.status, kill.body['ok']]).toEqual([200, true]);
    const lift = await fresh.ask(anna, 'POST', '/api/v1/disarm', { body: { killedAt: kill.body.seq } });
    expect(lift.status).toBe(403);
    const root = await fresh.browser('root');
    expect((await fresh.ask(root, 'POST', '/api/v1/disarm', { body: { killedAt: kill.body.seq } })).body['ok']).toBe(true);
    fresh.close();
  }, 60_000);

  test('a write of a page without its token, or from another page, does nothing', async () => {
    const [before, root] = [place.commands.length, await place.browser('root')];
    for (const headers of [{ 'x-csrf-token': '' }, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site', origin: '' }])
      expect((await place.ask(root, 'POST', '/api/v1/kill', { body: { why: 'a test' }, headers })).status).toBe(403);
    expect(place.commands.length).toBe(before);
  });
});

describe('an order by hand', () => {
  test('whole steps of its instrument as the desk counts them, or every field that is not', async () => {
    const { definition } = place.run.desk.parts.markets.all[0]!;
    const [tick, lot] = [parseDecimal(definition.tick), parseDecimal(definition.lot)];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.boolean(),
        fc.boolean(),
        async (ticks, lots, badPrice, badLots) => {
          const [limit, size] = [priceText(ticks as PriceTicks, tick), lotsText(lots as Lots, lot)];
          const finer = (text: string): string => `${text}${text.includes('.') ? '' : '.'}0000001`;
          const body = {
            ...{ account: 'alpha', instrument: definition.id, side: 'buy', type: 'limit' },
            ...{ limit: badPrice ? finer(limit) : limit, lots: badLots ? finer(size) : size },
          };
          const before = place.commands.length;
          const said = await place.ask(trader, 'POST', '/api/v1/orders', { body });
          if (!badPrice && !badLots) {
            expect(said.status).toBe(200);
            expect(place.commands.at(-1)!.command).toMatchObject({ do: 'PlaceOrder', limit: ticks, lots, stop: null, trail: null });
            return;
          }
          expect([said.status, place.commands.length]).toEqual([422, before]);
          expect(said.body.fields.map(({ field }) => field)).toEqual([
            ...(badLots ? ['body.lots'] : []),
            ...(badPrice ? ['body.limit'] : []),
          ]);
        },
      ),
      { numRuns: 40, seed: 4 },
    );
  }, 60_000);

  test('every fault at once, each with its field', async () => {
    const said = await place.ask(trader, 'POST', '/api/v1/orders', {
      body: {
        account: 'nobody',
        instrument: 'nothing',
        side: 'sell',
        type: 'stop',
        lots: '1',
        limit: '1',
        postOnly: true,
        timeInForce: 'FOK',
      },
    });
    expect(said.status).toBe(422);
    expect(said.body.fields.map(({ field }) => field).sort()).toEqual(
      ['body.account', 'body.instrument', 'body.limit', 'body.postOnly', 'body.stop', 'body.timeInForce', 'body.timeInForce'].sort(),
    );
  });
});

describe('people', () => {
  test('a token is told once, and never kept or listed as text', async () => {
    const fresh = await restPlace({ seed: 7, ticks: 200 });
    const browser = await fresh.browser('anna');
    const refused = await fresh.ask(browser, 'POST', '/api/v1/tokens', { body: { label: 'a bot' } });
    expect([refused.status, String(refused.body['type'])]).toEqual([403, '/problems/second-step']);
    const mine = await fresh.program('anna', 'trade');
    const listed = await fresh.ask(mine, 'GET', '/api/v1/tokens');
    expect(listed.body.items.length).toBe(1);
    expect(listed.text).not.toMatch(/fingerprint|rt_|hash/);
    const users = await fresh.ask(await fresh.browser('root'), 'GET', '/api/v1/users');
    expect(users.body.items.map(({ name }) => name)).toEqual(['root', 'anna', 'bob']);
    expect(users.text).not.toMatch(/argon|hash/);
    const others = await fresh.ask(mine, 'GET', '/api/v1/tokens', { query: 'user=root' });
    expect(others.status).toBe(403);
    fresh.close();
  }, 60_000);

  test("somebody else's session is an admin's to end, one's own is anybody's", async () => {
    const fresh = await restPlace({ seed: 8, ticks: 200 });
    const [anna, bob, root] = [await fresh.browser('anna'), await fresh.browser('bob'), await fresh.browser('root')];
    const own = async (who: Who) => (await fresh.ask(who, 'GET', '/api/v1/sessions')).body.items[0]!['id'];
    const [annas, bobs] = [await own(anna), await own(bob)];
    expect((await fresh.ask(bob, 'DELETE', `/api/v1/sessions/${annas}`)).status).toBe(403);
    expect((await fresh.ask(root, 'DELETE', `/api/v1/sessions/${annas}`)).status).toBe(204);
    expect((await fresh.ask(anna, 'GET', '/api/v1/desks')).status).toBe(401);
    expect((await fresh.ask(bob, 'DELETE', `/api/v1/sessions/${bobs}`)).status).toBe(204);
    fresh.close();
  }, 60_000);

  test('a backtest is ended by who began it, or by an admin', async () => {
    const begun = await place.ask(trader, 'POST', '/api/v1/backtests', { body: { strategy: 'ema-cross', tapes: ['a'] } });
    expect(begun.status).toBe(202);
    const other = await place.program('root', 'trade');
    expect((await place.ask(other, 'DELETE', String(begun.headers['location']))).status).toBe(403);
    expect((await place.ask(trader, 'DELETE', String(begun.headers['location']))).body['state']).toBe('cancelled');
  });
});

describe('a kept strategy is taken away', () => {
  const version = 'ab'.repeat(32);
  const kept = { name: 'dips', version, kept: 'kept', kind: 'document', deployed: [] as string[] };

  /** A shelf that holds this one, and what names it. */
  const shelf = async (given: Readonly<{ found: object | null; names?: readonly string[]; runs?: string }>) => {
    const removed: string[] = [];
    const strategies = {
      ...place.ports.strategies,
      find: async () => given.found as never,
      remove: async (one: string) => {
        if ((given.names ?? []).length === 0) removed.push(one);
        return given.names ?? [];
      },
    };
    const running = { endedAt: null, asked: { strategy: given.runs } };
    const backtests = { ...place.ports.backtests, list: () => (given.runs === undefined ? [] : [running]) as never };
    const route = strategyRoutes({ ...place.ports, strategies, backtests }).find(({ method }) => method === 'DELETE')!;
    const ask = async () => {
      const request = asked({ method: 'DELETE', path: `/api/v1/strategies/${version}` });
      return openRouter([route], null, () => {}).answer(request);
    };
    return { said: await ask(), removed };
  };

  test('only while nothing that is recorded here names it', async () => {
    expect(await shelf({ found: kept })).toMatchObject({ said: { status: 204 }, removed: [version] });
    for (const [found, names, why] of [
      [{ ...kept, kept: 'shipped' }, [], 'came with this build'],
      [{ ...kept, deployed: ['dips-1'] }, [], 'this desk runs it as dips-1'],
      [kept, ['run dips-1234', 'journal demo-7'], 'named by run dips-1234, journal demo-7'],
      [kept, ['1', '2', '3', '4', '5', '6', '7'], '1, 2, 3, 4, 5 and 2 more'],
    ] as const) {
      const { said, removed } = await shelf({ found, names });
      expect([said.status, bodyOf(said), removed]).toEqual([409, expect.stringContaining(why), []]);
    }
    // what was begun with it names it in a moment
    for (const runs of ['dips', version.slice(0, 12)]) {
      const { said, removed } = await shelf({ found: kept, runs });
      expect([said.status, removed]).toEqual([409, []]);
    }
    expect((await shelf({ found: kept, runs: 'another' })).removed).toEqual([version]);
    expect((await shelf({ found: null })).said.status).toBe(404);
  });

  test('a name alone is no version: it may stand for several', async () => {
    const admin = await place.program('root', 'admin');
    const said = await place.ask(admin, 'DELETE', '/api/v1/strategies/ema-cross');
    expect([said.status, said.body.fields.map(({ field }) => field)]).toEqual([422, ['params.strategy']]);
  });
});

test('the language of documents is told to whoever may look', async () => {
  const said = await place.ask(viewer, 'GET', '/api/v1/strategy-language');
  expect(said.status).toBe(200);
  expect((said.body as unknown as { indicators: { name: string }[] }).indicators.map(({ name }) => name)).toContain('macd');
});

test('figures are lines of the Prometheus format, each family once, under our name', async () => {
  const said = await place.ask(viewer, 'GET', '/metrics');
  expect(said.headers['content-type']).toContain('text/plain');
  const families = [...said.text.matchAll(/^# TYPE (\S+) (gauge|counter)$/gm)].map(([, name]) => name!);
  expect(families.length).toBeGreaterThan(15);
  expect(new Set(families).size).toBe(families.length);
  for (const line of said.text
    .trimEnd()
    .split('\n')
    .filter((one) => !one.startsWith('#')))
    expect(line).toMatch(/^retrace_[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? -?[0-9.e+-]+$/);
});
