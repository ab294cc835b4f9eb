// Headers in, a decision out: credentials that are wrong, doubled, planted or in an address; pages of somebody else; texts of any kind.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asked, cookieText, DOER, HOUR, NOTHING, ORIGIN, Place, passwordOf, START, withCookie, withToken } from '#tests/access/place.ts';
import type { About, Access } from './access.ts';
import type { RequestFacts } from './request.ts';
import { lowerOf, ROLES, reachOf, SCOPES } from './roles.ts';
import { grantLive } from './second-step.ts';
import { same } from './secrets.ts';
import { takeSecondStep } from './sign-in.ts';

const STATE = '/api/v1/state';
const reason = (access: Access, request: RequestFacts, about: About = NOTHING): string => {
  const decision = access.decide(request, about);
  return decision.allowed ? 'yes' : decision.reason;
};
const place = async (): Promise<Place> => {
  const made = new Place();
  await made.users(['root', 'admin'], ['anna', 'trader'], ['bob', 'viewer']);
  return made;
};

describe('a page of somebody else', () => {
  test.each([
    ['ours', {}, 'yes'],
    ['ours, of an older browser', { 'sec-fetch-site': undefined }, 'yes'],
    ['ours, without an origin but with its word', { origin: undefined }, 'yes'],
    ['another origin', { origin: 'https://evil.example' }, 'elsewhere'],
    ['another port', { origin: 'http://127.0.0.1:9999' }, 'elsewhere'],
    ['another scheme', { origin: 'https://127.0.0.1:4747' }, 'elsewhere'],
    ['ours as a beginning', { origin: `${ORIGIN}.evil.example` }, 'elsewhere'],
    ['no origin at all', { origin: 'null' }, 'elsewhere'],
    ['two origins', { origin: `${ORIGIN}, https://evil.example` }, 'elsewhere'],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'elsewhere'],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }, 'elsewhere'],
    ['typed by a person', { origin: undefined, 'sec-fetch-site': 'none' }, 'elsewhere'],
    ['nothing said', { origin: undefined, 'sec-fetch-site': undefined }, 'elsewhere'],
    ['no token', { 'x-csrf-token': undefined }, 'csrf'],
    ['an empty token', { 'x-csrf-token': '' }, 'csrf'],
    ['a wrong token', { 'x-csrf-token': 'A'.repeat(43) }, 'csrf'],
  ])('%s', async (_, headers, expected) => {
    const made = await place();
    const signed = await made.signedIn('anna');
    expect(reason(made.access, withCookie(signed, 'POST', '/api/v1/orders', { headers }))).toBe(expected);
  });

  test('the token of another session is none of this one', async () => {
    const made = await place();
    const [one, other] = [await made.signedIn('anna'), await made.signedIn('anna')];
    expect(reason(made.access, withCookie(one, 'POST', '/api/v1/orders', { headers: { 'x-csrf-token': other.csrf } }))).toBe('csrf');
  });

  test('only looking needs neither, and looking is told the token', async () => {
    const made = await place();
    const signed = await made.signedIn('anna');
    const looked = made.access.decide(asked('GET', '/api/v1/session', { headers: { cookie: cookieText(signed) } }), NOTHING);
    expect(looked).toMatchObject({ allowed: true, csrf: signed.csrf });
  });

  test('signing in from one is refused, so nobody is signed in as somebody else', async () => {
    const made = await place();
    const evil = asked('POST', '/api/v1/session', { headers: { origin: 'https://evil.example' } });
    expect(reason(made.access, evil)).toBe('elsewhere');
    await expect(made.signedIn('anna', { headers: { 'sec-fetch-site': 'cross-site' } })).rejects.toThrow(/another site/);
    expect(made.store.read().sessions).toEqual([]);
  });

  test('a WebSocket with a cookie says where it comes from and offers the token; a program with a token need not', async () => {
    const made = await place();
    const signed = await made.signedIn('anna');
    const socket = (headers: RequestFacts['headers']) =>
      reason(made.access, withCookie(signed, 'GET', '/api/v1/live', { upgrade: true, headers }));
    expect(socket({ 'sec-websocket-protocol': `retrace.v1, csrf.${signed.csrf}` })).toBe('yes');
    expect(socket({ 'sec-websocket-protocol': 'retrace.v1' })).toBe('csrf');
    expect(socket({ 'sec-websocket-protocol': `csrf.${signed.csrf}, csrf.x` })).toBe('csrf');
    expect(socket({ 'sec-websocket-protocol': `csrf.${signed.csrf}`, origin: undefined })).toBe('elsewhere');
    expect(socket({ 'sec-websocket-protocol': `csrf.${signed.csrf}`, origin: 'https://evil.example' })).toBe('elsewhere');
    const token = await made.token('bob', 'read');
    expect(reason(made.access, withToken(token, 'GET', '/api/v1/live', { upgrade: true }))).toBe('yes');
  });
});

describe('a token', () => {
  test('reaches as far as its scope and its owner both do, whatever becomes of the owner', async () => {
    const made = await place();
    const users = { viewer: 'bob', trader: 'anna', admin: 'root' } as const;
    for (const role of ROLES)
      for (const scope of SCOPES) {
        const reach = reachOf(scope);
        const asked = made.token(users[role], scope);
        if (lowerOf(role, reach) !== reach) {
          await expect(asked).rejects.toThrow(/reaches further/);
          continue;
        }
        const known = made.access.who(withToken(await asked, 'GET', STATE));
        expect(known).toMatchObject({ caller: { by: 'token', role: reach, scope } });
      }
    const token = await made.token('anna', 'trade');
    await made.administer.setRole(DOER, 'anna', 'viewer');
    expect(reason(made.access, withToken(token, 'POST', '/api/v1/orders'))).toBe('scope');
    await made.administer.disable(DOER, 'anna');
    expect(reason(made.access, withToken(token, 'GET', STATE))).toBe('bad-credentials');
  });

  test('ends when it is revoked, and when its time is over; coming back of its owner does not bring it back', async () => {
    const made = await place();
    const [revoked, ending, dead] = [
      await made.token('anna', 'read'),
      await made.token('anna', 'read', null, START + HOUR),
      await made.token('bob', 'read'),
    ];
    await made.administer.revokeToken(DOER, revoked.split('_')[1]!);
    await made.administer.disable(DOER, 'bob');
    await made.administer.enable(DOER, 'bob');
    expect([revoked, ending, dead].map((token) => reason(made.access, withToken(token, 'GET', STATE)))).toEqual([
      'bad-credentials',
      'yes',
      'bad-credentials',
    ]);
    made.now = START + HOUR;
    expect(reason(made.access, withToken(ending, 'GET', STATE))).toBe('bad-credentials');
  });

  test('is kept as a hash, shown nowhere, and says when and from where it was used', async () => {
    const made = await place();
    const token = await made.token('anna', 'read');
    expect(made.file.text).not.toContain(token.split('_').slice(2).join('_'));
    made.now += HOUR;
    made.access.decide(withToken(token, 'GET', STATE, { address: '::ffff:198.51.100.9' }), NOTHING);
    await made.store.change((state) => [state, null]);
    expect(made.store.read().tokens[0]).toMatchObject({ used: made.now, usedFrom: '198.51.100.9' });
    const written = made.file.stamp();
    made.access.decide(withToken(token, 'GET', STATE, { address: '::ffff:198.51.100.9' }), NOTHING);
    await made.store.change((state) => [state, null]);
    expect(made.file.stamp()).toBe(written);
  });

  test('trades live only where an admin who had just shown themselves granted it, and while they are one', async () => {
    const made = await place();
    const root = await made.signedIn('root');
    expect(grantLive(root.caller, made.now)).toMatchObject({ allowed: false, reason: 'second-step' });
    const stepped = await takeSecondStep(made.access, withCookie(root, 'POST', '/api/v1/session/second-step'), passwordOf('root'));
    const annaToo = await takeSecondStep(
      made.access,
      withCookie(await made.signedIn('anna'), 'POST', '/api/v1/session/second-step'),
      passwordOf('anna'),
    );
    if (!stepped.allowed || !annaToo.allowed) throw new Error('both are right');
    expect(grantLive(annaToo.caller, made.now)).toMatchObject({ allowed: false, reason: 'role' });
    const grant = grantLive(stepped.caller, made.now);
    expect(grant).toBe('root');
    const [live, paper] = [await made.token('anna', 'trade', 'root'), await made.token('anna', 'trade')];
    const order = (token: string) => reason(made.access, withToken(token, 'POST', '/api/v1/orders'), { owner: null, live: true });
    expect([order(live), order(paper)]).toEqual(['yes', 'not-live']);
    expect(reason(made.access, withToken(await made.token('anna', 'read'), 'POST', '/api/v1/orders'))).toBe('scope');
    await expect(made.token('anna', 'read', 'root')).rejects.toThrow(/cannot trade/);
    await made.administer.addUser(DOER, { name: 'rita', role: 'admin', password: passwordOf('rita') });
    await made.administer.setRole(DOER, 'root', 'trader');
    expect(order(live)).toBe('not-live');
  });

  test('makes no tokens, no users, no sessions: whoever steals one has one', async () => {
    const made = await place();
    const token = await made.token('root', 'admin', 'root');
    for (const route of [
      'POST /api/v1/tokens',
      'POST /api/v1/users',
      'PATCH /api/v1/users/anna',
      'POST /api/v1/users/anna/password',
      'DELETE /api/v1/sessions',
    ]) {
      const [method = '', path = ''] = route.split(' ');
      expect(reason(made.access, withToken(token, method, path))).toBe('session-only');
    }
  });

  test('that is wrong is refused even where a cookie would do', async () => {
    const made = await place();
    const signed = await made.signedIn('root');
    const both = withCookie(signed, 'GET', STATE, { headers: { authorization: 'Bearer rt_000000000000_x' } });
    expect(reason(made.access, both)).toBe('bad-credentials');
    expect(reason(made.access, withCookie(signed, 'GET', STATE, { headers: { authorization: 'Basic cm9vdDp4' } }))).toBe('bad-credentials');
  });

  test('every other secret of its length is wrong, one character changed anywhere', async () => {
    const made = await place();
    const token = await made.token('anna', 'read');
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      const known = made.access.who(withToken(changed, 'GET', STATE));
      // the last character of 43 holds four bits: the same bytes would be the same secret only if texts were decoded, and they are not
      expect('allowed' in known, `character ${at}`).toBe(true);
    }
    expect(reason(made.access, withToken(token, 'GET', STATE))).toBe('yes');
  });
});

describe('a secret in an address', () => {
  test.each([
    ['as it is', (token: string) => ({ query: `token=${token}` })],
    ['under any name', (token: string) => ({ query: `x=${token}` })],
    ['in the path', (token: string) => ({ path: `/api/v1/orders/${token}` })],
    ['encoded', (token: string) => ({ query: `x=${token.replace('_', '%5F')}` })],
    ['encoded twice', (token: string) => ({ query: `x=${token.replace('_', '%255F')}` })],
    ['encoded as a whole', (token: string) => ({ query: [...token].map((each) => `%${each.charCodeAt(0).toString(16)}`).join('') })],
  ])('%s is refused, and told to be revoked by its id', async (_, where) => {
    const made = await place();
    const token = await made.token('root', 'admin');
    for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
      const decision = made.access.decide({ ...asked('GET', STATE, { headers }), ...where(token) }, NOTHING);
      expect(decision).toMatchObject({ allowed: false, status: 400, reason: 'token-in-url' });
      expect(JSON.stringify(decision)).toContain(`npx retrace token revoke ${token.split('_')[1]}`);
      expect(JSON.stringify(decision)).not.toContain(token);
    }
    expect(JSON.stringify(made.attempts)).not.toContain(token.slice(16));
  });

  test.each(['token=x', 'access_token=x', 'a=1&api_key=x', 'APIKEY=x', 'password=x', '%74oken=x'])(
    'a name that says so: %s',
    async (query) => {
      expect(reason((await place()).access, asked('GET', STATE, { query }))).toBe('token-in-url');
    },
  );

  test('an ordinary query is none', async () => {
    const made = await place();
    const token = await made.token('bob', 'read');
    for (const query of ['from=2024-01-01&to=2024-02-01', 'instrument=BTC-USD', 'mytoken2=1', '%ff%fe=%zz', 'cursor=rt_x'])
      expect(reason(made.access, withToken(token, 'GET', STATE, { query }))).toBe('yes');
  });
});

describe('a cookie header', () => {
  test('with two of ours opens nothing: one was planted', async () => {
    const made = await place();
    const [one, other] = [cookieText(await made.signedIn('root')), cookieText(await made.signedIn('bob'))];
    for (const cookie of [`${one}; ${other}`, `${one};${one}`, `a=b; ${other}; ${one}`])
      expect(reason(made.access, asked('GET', STATE, { headers: { cookie } }))).toBe('not-signed-in');
    expect(reason(made.access, asked('GET', STATE, { headers: { cookie: `a=b; ${one}; theme=dark` } }))).toBe('yes');
  });

  test('or an authorization of any text opens nothing and breaks nothing', async () => {
    const made = await place();
    const token = await made.token('root', 'admin');
    const cookie = cookieText(await made.signedIn('root'));
    const near = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => `Bearer ${text}`),
      fc
        .nat(token.length)
        .map((cut) => `Bearer ${token.slice(0, cut)}`)
        .filter((text) => text !== `Bearer ${token}`),
      fc
        .string({ minLength: 1, maxLength: 5 })
        .map((text) => `Bearer ${token}${text}`)
        .filter((text) => text.trim() !== `Bearer ${token}`),
      fc.constantFrom(
        `Bearer ${token}, Bearer ${token}`,
        `Token ${token}`,
        token,
        `Bearer  ${token} x`,
        'Bearer rt___',
        `Bearer ${'x'.repeat(5_000)}`,
      ),
    );
    const cookies = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.string({ maxLength: 20 }), { maxLength: 20 }).map((parts) => parts.map((part) => `retrace-session=${part}`).join('; ')),
      fc.nat(cookie.length - 1).map((cut) => cookie.slice(0, cut)),
      fc
        .string({ minLength: 1, maxLength: 5 })
        .map((text) => `${cookie}${text}`)
        .filter((text) => !/^[^;]*;/.test(text) && text.trim() !== cookie),
      fc.constant(`${'a=b; '.repeat(5_000)}${cookie}`),
    );
    fc.assert(
      fc.property(near, cookies, (authorization, cookie) => {
        const wrong = made.access.decide(asked('GET', STATE, { headers: { authorization } }), NOTHING);
        expect(wrong).toMatchObject({ allowed: false, status: 401 });
        const none = made.access.decide(asked('GET', STATE, { headers: { cookie } }), NOTHING);
        expect(none).toMatchObject({ allowed: false, status: 401 });
      }),
      { numRuns: 200 },
    );
  });
});

test('comparing two secrets is by all of them: like and unlike, of any length', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(same(one, one)).toBe(true);
      expect(same(one, other)).toBe(one === other);
    }),
  );
});

test('comparing takes no longer the later two part', () => {
  const right = 'a'.repeat(64);
  const [early, late] = [`b${right.slice(1)}`, `${right.slice(1)}b`];
  const times = { early: [] as number[], late: [] as number[] };
  for (let turn = 0; turn < 300; turn++)
    for (const [name, other] of [
      ['early', early],
      ['late', late],
    ] as const) {
      const begun = performance.now();
      for (let count = 0; count < 50; count++) same(right, other);
      times[name].push(performance.now() - begun);
    }
  const median = (of: number[]) => of.sort((a, b) => a - b)[of.length >> 1]!;
  expect(median(times.late) / median(times.early)).toBeGreaterThan(0.7);
  expect(median(times.late) / median(times.early)).toBeLessThan(1.4);
});
