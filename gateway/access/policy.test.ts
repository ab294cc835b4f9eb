// Who may what, asked for every caller, every route and topic, every owner, live or not, and compared with sentences that share nothing
// with the table: a row that is moved, added or forgotten shows as a leak or as a loss.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Caller } from './callers.ts';
import { may, routeRow } from './policy.ts';
import { ROUTES, TOPICS } from './policy-table.ts';
import type { Role, Scope } from './roles.ts';
import { SECOND_STEP_US, steppedTwice } from './second-step.ts';

const NOW = 1_700_000_000_000_000;
const ME = 'me';

// ── who asks ──

type Known = Exclude<Caller, { by: 'nobody' }>;
const session = (role: Role, secondStep: number | null): Known => ({
  by: 'session',
  user: ME,
  role,
  session: 's',
  demo: false,
  secondStep,
  until: NOW + 1,
});
const token = (role: Role, scope: Scope, live: boolean): Known => ({ by: 'token', user: ME, role, token: 't', scope, live, until: null });
const ROLES = ['viewer', 'trader', 'admin'] as const;

type Asker = Readonly<{ name: string; caller: Caller; rank: number; program: boolean; stepped: boolean; live: boolean }>;
const ASKERS: readonly Asker[] = [
  { name: 'nobody', caller: { by: 'nobody' }, rank: 0, program: false, stepped: false, live: false },
  ...ROLES.flatMap((role, at): Asker[] => [
    { name: `${role}`, caller: session(role, null), rank: at + 1, program: false, stepped: false, live: false },
    { name: `${role}, shown again`, caller: session(role, NOW - 1), rank: at + 1, program: false, stepped: true, live: false },
    {
      name: `${role}, shown too long ago`,
      caller: session(role, NOW - SECOND_STEP_US),
      rank: at + 1,
      program: false,
      stepped: false,
      live: false,
    },
    { name: `${role}, shown in the future`, caller: session(role, NOW + 5), rank: at + 1, program: false, stepped: false, live: false },
    { name: `a program as ${role}`, caller: token(role, 'admin', false), rank: at + 1, program: true, stepped: false, live: false },
    { name: `a program as ${role}, live`, caller: token(role, 'admin', true), rank: at + 1, program: true, stepped: false, live: true },
  ]),
];
const OWNERS = { nobodys: null, mine: ME, theirs: 'somebody-else' } as const;

// ── what is expected, in sentences ──

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const [VIEWER, TRADER, ADMIN] = [1, 2, 3];

/** Before anybody is known. */
const OPEN = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /api/v1/health/live',
  'GET /api/v1/health/ready',
  'GET /api/v1/session',
  'POST /api/v1/session',
  'POST /api/v1/session/demo',
  'POST /api/v1/first-run',
  'GET /api',
  'GET /api/page.css',
  'GET /api/page.js',
]);
/** Who looks on sees the desk, and nothing of other people: these are an admin's to see. */
const ABOUT_PEOPLE = new Set(['GET /api/v1/users', 'GET /api/v1/attempts']);
/** Takes risk away. */
const BRAKES = words('kill pause stop flatten');
/** Takes risk on. */
const TRADING = new Set(['POST /api/v1/orders', 'PATCH /api/v1/orders/:order']);
/** Lets go what was held. */
const RELEASES = new Set(['arm', 'disarm', 'ack', 'resume', 'reset', 'accept-venue'].map((name) => `POST /api/v1/${name}`));
/** Work of a quant: begun by a trader, changed by whose it is. */
const RESEARCH =
  /^(POST \/api\/v1\/(backtests|strategies|alerts\/:alert\/seen|replays\/:id\/fork)|DELETE \/api\/v1\/backtests\/:backtest|PUT \/api\/v1\/strategies\/:strategy)$/;
/** What is kept of everybody's work, and does not say whose it is. */
const KEPT = /^((PATCH|DELETE) \/api\/v1\/runs\/:run|DELETE \/api\/v1\/strategies\/:strategy)$/;
/** A recorded day that is watched again changes nothing; only a branch of it is work of its own. */
const WATCHES_AGAIN = /^POST \/api\/v1\/replays(\/:id\/(move|together))?$/;
/** The keys to the house. */
const KEYS = /^(POST|PATCH) \/api\/v1\/users(\/:user)?$/;
/** A person's own: signing out, their sessions, their tokens, their password. */
const ONES_OWN =
  /^(DELETE \/api\/v1\/(session|sessions|sessions\/:session|tokens\/:token)|POST \/api\/v1\/(session\/second-step|tokens|users\/:user\/password))$/;
/** Of those, what makes a key. */
const MAKES_A_KEY = new Set(['POST /api/v1/tokens', 'POST /api/v1/users/:user/password']);

function expectedRoute(name: string, asker: Asker, owner: keyof typeof OWNERS, live: boolean): boolean {
  const [method = '', path = ''] = name.split(' ');
  const { rank, program, stepped } = asker;
  if (OPEN.has(name)) return true;
  if (rank === 0) return false;
  const shownForLive = !live || stepped || asker.live;
  if (method === 'GET') {
    if (ABOUT_PEOPLE.has(name)) return rank >= ADMIN;
    const personal = /^\/api\/v1\/(users\/:user|tokens|sessions)$/.test(path);
    return personal && owner === 'theirs' ? rank >= ADMIN : true;
  }
  if (BRAKES.has(path.replace('/api/v1/', '')) || name === 'DELETE /api/v1/orders/:order') return rank >= TRADER;
  if (TRADING.has(name)) {
    if (method === 'PATCH' && owner === 'theirs' && rank < ADMIN) return false;
    return rank >= TRADER && shownForLive;
  }
  if (WATCHES_AGAIN.test(name)) return true;
  if (name === 'DELETE /api/v1/replays/:id') return owner === 'theirs' ? rank >= ADMIN : true;
  if (RELEASES.has(name)) return rank >= ADMIN && shownForLive;
  if (KEPT.test(name)) return rank >= ADMIN;
  if (RESEARCH.test(name)) return method === 'DELETE' && owner === 'theirs' ? rank >= ADMIN : rank >= TRADER;
  if (ONES_OWN.test(name)) return !program && (owner === 'theirs' ? rank >= ADMIN : rank >= VIEWER) && (!MAKES_A_KEY.has(name) || stepped);
  if (KEYS.test(name)) return !program && rank >= ADMIN && stepped;
  throw new Error(`${name} has a row, and no sentence says whose it is`);
}

function expectedTopic(topic: string, { rank }: Asker): boolean {
  if (topic === 'logs') return rank >= ADMIN;
  return rank >= VIEWER;
}

// ── asked ──

const LIVE = [false, true];
const concrete = (path: string): string => path.replace(/:\w+/g, 'x-1');

describe('the matrix', () => {
  test('of everybody, every route, every owner: no leak and no loss', () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const asker of ASKERS)
      for (const name of Object.keys(ROUTES))
        for (const [whose, owner] of Object.entries(OWNERS) as [keyof typeof OWNERS, string | null][])
          for (const live of LIVE) {
            const [method = '', path = ''] = name.split(' ');
            const { allowed } = may(asker.caller, { action: { method, path: concrete(path) }, owner, live }, NOW);
            asked++;
            if (allowed !== expectedRoute(name, asker, whose, live))
              wrong.push(`${asker.name} · ${name} · ${whose}${live ? ' · live' : ''}: ${allowed ? 'LEAK' : 'refused'}`);
          }
    expect(wrong).toEqual([]);
    expect(asked).toBe(ASKERS.length * Object.keys(ROUTES).length * 3 * 2);
  });

  test('of everybody, every topic, every owner', () => {
    const wrong: string[] = [];
    for (const asker of ASKERS)
      for (const topic of Object.keys(TOPICS))
        for (const [whose, owner] of Object.entries(OWNERS) as [keyof typeof OWNERS, string | null][]) {
          const { allowed } = may(asker.caller, { action: { topic }, owner, live: false }, NOW);
          if (allowed !== expectedTopic(topic, asker)) wrong.push(`${asker.name} · ${topic} · ${whose}: ${allowed ? 'LEAK' : 'refused'}`);
        }
    expect(wrong).toEqual([]);
  });

  test('whatever has no row, nobody may: every method on every path', () => {
    const paths = [...new Set(Object.keys(ROUTES).map((name) => name.split(' ')[1]!))];
    const rows = Object.keys(ROUTES).map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`));
    // a fixed word of one route may be what another names by a parameter
    // a fixed word of one route may be what another names by a parameter
    for (const { caller } of ASKERS)
      for (const path of paths)
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', ''])
          if (!rows.some((row) => row.test(`${method} ${concrete(path)}`)))
            expect(may(caller, { action: { method, path: concrete(path) }, owner: null, live: false }, NOW).allowed).toBe(false);
  });

  test('holds all that the gateway is to serve', () => {
    for (const name of [
      ...OPEN,
      ...ABOUT_PEOPLE,
      ...TRADING,
      ...RELEASES,
      ...MAKES_A_KEY,
      ...[...BRAKES].map((brake) => `POST /api/v1/${brake}`),
    ])
      expect(Object.hasOwn(ROUTES, name), name).toBe(true);
    const areas =
      'desks brokers instruments feeds candles ticks strategies runs backtests orders fills trades decisions positions portfolio limits refusals gate kill arm disarm pause flatten ack explain state journal replays alerts settings users tokens sessions health metrics';
    for (const area of words(areas))
      expect(
        Object.keys(ROUTES).some((name) => name.includes(`/api/v1/${area}`)),
        area,
      ).toBe(true);
    const topics = 'quotes trades candles book feeds gate orders positions equity decisions alerts journal runs system logs';
    expect(new Set(Object.keys(TOPICS))).toEqual(words(topics));
  });
});

describe('a path', () => {
  const admin = session('admin', NOW);
  test.each([
    ['/api/v1/orders/', 'an empty part'],
    ['//api/v1/orders', 'an empty part first'],
    ['/api/v1/../v1/orders', 'dots'],
    ['/api/v1/./orders', 'a dot'],
    ['/api/v1/orders/%2e%2e', 'dots, encoded'],
    ['/api/v1/orders/a%2fb', 'a slash, encoded'],
    ['/api/v1/orders/a%5Cb', 'a backslash, encoded'],
    ['/api/v1/orders/a%00', 'a zero'],
    ['/api/v1/orders/a%0d%0aSet-Cookie:x', 'a line break'],
    ['/api/v1/orders/a b', 'a space'],
    ['/api/v1/orders?x', 'a query'],
    ['/API/v1/orders', 'large letters'],
    ['/api/v1/%6frders', 'a letter, encoded'],
    ['api/v1/orders', 'no beginning'],
    ['/api/v1/constructor', 'a word of the language'],
    ['/api/v1/__proto__', 'another'],
  ])('%s (%s) has no row', (path) => {
    expect(routeRow('GET', path)).toBeNull();
    expect(may(admin, { action: { method: 'GET', path }, owner: null, live: false }, NOW).allowed).toBe(false);
  });

  test('a topic that is a word of the language has none either', () => {
    for (const topic of ['constructor', '__proto__', 'toString', '', 'QUOTES', 'quotes '])
      expect(may(admin, { action: { topic }, owner: null, live: false }, NOW)).toMatchObject({
        allowed: false,
        reason: 'not-in-the-table',
      });
  });

  test('of any text is answered, and never for nobody', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD'),
        fc.array(fc.string({ maxLength: 8 }), { maxLength: 5 }),
        fc.string(),
        (method, parts, text) => {
          const web = `/${parts.join('/')}`;
          for (const path of [web, text, `/api/v1/${text}`, `/api/v1${web}`]) {
            const { allowed } = may({ by: 'nobody' }, { action: { method, path }, owner: null, live: false }, NOW);
            const open = OPEN.has(`${method === 'HEAD' ? 'GET' : method} ${path}`);
            expect(allowed).toBe(open);
          }
        },
      ),
    );
  });

  test('whose parts are the same goes before one that stands for any', () => {
    expect(routeRow('DELETE', '/api/v1/sessions')?.name).toBe('DELETE /api/v1/sessions');
    expect(routeRow('POST', '/api/v1/session/demo')?.name).toBe('POST /api/v1/session/demo');
    expect(routeRow('HEAD', '/api/v1/orders/7')?.name).toBe('GET /api/v1/orders/:order');
  });
});

test('a program never shows itself again: what it was granted is for trading live only', () => {
  const live = token('admin', 'admin', true);
  expect([steppedTwice(live, 'live', NOW), steppedTwice(live, 'always', NOW)]).toEqual([true, false]);
  expect(steppedTwice({ by: 'nobody' }, 'live', NOW)).toBe(false);
});

describe('a no', () => {
  test('says why and what would help, and names no more than it must', () => {
    for (const { caller } of ASKERS)
      for (const name of Object.keys(ROUTES)) {
        const [method = '', path = ''] = name.split(' ');
        const verdict = may(caller, { action: { method, path: concrete(path) }, owner: 'somebody-else', live: true }, NOW);
        if (verdict.allowed) continue;
        expect(verdict.why.length).toBeGreaterThan(10);
        expect(verdict.remedy.length).toBeGreaterThan(5);
        expect(`${verdict.why}${verdict.remedy}`).not.toContain('somebody-else');
        expect(verdict.status).toBe(caller.by === 'nobody' ? 401 : 403);
      }
  });

  test('never stands before the kill switch of a trader, live or not, however long ago they signed in', () => {
    for (const { caller, rank } of ASKERS)
      for (const live of LIVE)
        expect(may(caller, { action: { method: 'POST', path: '/api/v1/kill' }, owner: null, live }, NOW).allowed).toBe(rank >= TRADER);
  });

  test('of the demonstration: it never trades live, never holds keys', () => {
    const demo: Caller = { by: 'session', user: 'demo', role: 'trader', session: 's', demo: true, secondStep: null, until: NOW + 1 };
    const ask = (method: string, path: string, live: boolean) => may(demo, { action: { method, path }, owner: null, live }, NOW);
    expect(ask('POST', '/api/v1/orders', false).allowed).toBe(true);
    expect(ask('POST', '/api/v1/orders', true)).toMatchObject({ allowed: false, reason: 'demo' });
    expect(ask('POST', '/api/v1/tokens', false)).toMatchObject({ allowed: false, reason: 'demo' });
  });
});
