// Getting in: wrong tries wait and are told nothing, the first link works once, the demonstration is for this machine, and all of it is
// recorded without a secret.
import { describe, expect, test } from 'vitest';
import { asked, cookieText, DOER, HOUR, NOTHING, ORIGIN, Place, passwordOf, SECOND, withCookie, withToken } from '#tests/access/place.ts';
import { FIRST_RUN_US, firstRunLink, offerFirstRun } from './first-run.ts';
import { FREE_TRIES, LONGEST_WAIT_US } from './lock-out.ts';
import { argonPasswords } from './passwords.ts';
import type { RequestFacts } from './request.ts';
import { newSecret } from './secrets.ts';
import { type Credentials, signIn, signInAtFirst, signInToDemo, signOut, takeSecondStep } from './sign-in.ts';

const ENTER = asked('POST', '/api/v1/session');
const wrong = (name: string): Credentials => ({ name, password: 'a wrong password' });
const right = (name: string): Credentials => ({ name, password: passwordOf(name) });
const place = async (): Promise<Place> => {
  const made = new Place();
  await made.users(['root', 'admin'], ['anna', 'trader']);
  return made;
};

describe('a wrong try', () => {
  test('is answered alike for a name that is there, one that is not, and one that is disabled', async () => {
    const made = await place();
    await made.administer.disable(DOER, 'anna');
    const answers = [
      await signIn(made.access, ENTER, wrong('root')),
      await signIn(made.access, ENTER, wrong('nobody')),
      await signIn(made.access, ENTER, right('anna')),
    ];
    expect(answers[0]).toMatchObject({ allowed: false, status: 401, reason: 'bad-credentials', waitUs: null });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test.each(['root', 'nobody'])('too often for %s waits, also who is right, and then the right one gets in', async (name) => {
    const made = await place();
    for (let count = 0; count < FREE_TRIES.user; count++)
      expect(await signIn(made.access, ENTER, wrong(name))).toMatchObject({ status: 401 });
    const held = await signIn(made.access, asked('POST', '/api/v1/session', { address: '198.51.100.1' }), right(name));
    expect(held).toMatchObject({ allowed: false, status: 429, reason: 'locked-out', waitUs: 2 * SECOND });
    made.restart();
    expect(await signIn(made.access, ENTER, right(name))).toMatchObject({ status: 429 });
    made.now += 2 * SECOND;
    expect((await signIn(made.access, ENTER, right(name))).allowed).toBe(name === 'root');
  });

  test('tried a thousand times at once is looked at five times', async () => {
    const made = await place();
    const answers = await Promise.all(Array.from({ length: 200 }, () => signIn(made.access, ENTER, wrong('root'))));
    const looked = answers.filter((answer) => !answer.allowed && answer.reason !== 'locked-out');
    expect(looked).toHaveLength(FREE_TRIES.user);
    expect(answers.every(({ allowed }) => !allowed)).toBe(true);
  });

  test('of an attacker who never stops holds the last admin up for a while, never for ever, and never past a new password', async () => {
    const made = await place();
    let entered = false;
    for (let hour = 0; hour < 6 && !entered; hour++)
      for (let at = 0; at < HOUR; at += 30 * SECOND) {
        await signIn(made.access, ENTER, wrong('root'));
        made.now += 30 * SECOND;
      }
    const held = await signIn(made.access, asked('POST', '/api/v1/session', { address: '198.51.100.1' }), right('root'));
    if (!held.allowed) {
      expect(held.waitUs).toBeLessThanOrEqual(LONGEST_WAIT_US);
      made.now += held.waitUs ?? 0;
    }
    entered = (await signIn(made.access, asked('POST', '/api/v1/session', { address: '198.51.100.1' }), right('root'))).allowed;
    expect(entered).toBe(true);
    for (let count = 0; count < FREE_TRIES.user; count++)
      await signIn(made.access, asked('POST', '/api/v1/session', { address: '203.0.113.5' }), wrong('root'));
    await made.administer.setPassword(DOER, 'root', passwordOf('root'));
    expect((await signIn(made.access, asked('POST', '/api/v1/session', { address: '198.51.100.1' }), right('root'))).allowed).toBe(true);
  });

  test('at many names from one place waits too; a success of one’s own does not wipe it out', async () => {
    const made = await place();
    for (let count = 0; count < FREE_TRIES.address - 1; count++) await signIn(made.access, ENTER, wrong(`name${count}`));
    expect((await signIn(made.access, ENTER, right('anna'))).allowed).toBe(true);
    await signIn(made.access, ENTER, wrong('one-more'));
    expect(await signIn(made.access, ENTER, right('root'))).toMatchObject({ reason: 'locked-out' });
    expect((await signIn(made.access, asked('POST', '/api/v1/session', { address: '198.51.100.1' }), right('root'))).allowed).toBe(true);
  });

  test('from outside does not hold up the second step of who is in', async () => {
    const made = await place();
    const signed = await made.signedIn('root');
    for (let count = 0; count < FREE_TRIES.user + 1; count++)
      await signIn(made.access, asked('POST', '/api/v1/session', { address: '203.0.113.5' }), wrong('root'));
    const step = withCookie(signed, 'POST', '/api/v1/session/second-step');
    expect((await takeSecondStep(made.access, step, passwordOf('root'))).allowed).toBe(true);
  });

  test('from the same place does not hold it up either', async () => {
    const made = await place();
    const signed = await made.signedIn('root');
    for (let count = 0; count < FREE_TRIES.address + 2; count++) await signIn(made.access, ENTER, wrong(`name${count}`));
    const step = withCookie(signed, 'POST', '/api/v1/session/second-step');
    expect((await takeSecondStep(made.access, step, passwordOf('root'))).allowed).toBe(true);
  });

  test('at the second step is counted as well', async () => {
    const made = await place();
    const signed = await made.signedIn('root');
    const step = withCookie(signed, 'POST', '/api/v1/session/second-step');
    for (let count = 0; count < FREE_TRIES.user; count++) await takeSecondStep(made.access, step, 'a wrong password');
    expect(await takeSecondStep(made.access, step, passwordOf('root'))).toMatchObject({ reason: 'locked-out' });
  });
});

test('a password kept with less work is hashed anew when it is right, and not when it is wrong', async () => {
  const made = await place();
  const kept = () => made.store.read().users[0]!.hash;
  const before = kept();
  const stronger = new Place({ store: made.store, passwords: argonPasswords({ memoryKib: 16, passes: 1, lanes: 1 }) });
  await signIn(stronger.access, ENTER, wrong('root'));
  expect(kept()).toBe(before);
  expect((await signIn(stronger.access, ENTER, right('root'))).allowed).toBe(true);
  expect(kept()).toContain('m=16,');
  expect((await signIn(stronger.access, ENTER, right('root'))).allowed).toBe(true);
});

describe('the first link', () => {
  const FIRST = asked('POST', '/api/v1/first-run', { headers: { origin: ORIGIN } });
  const first = { name: 'Root', password: passwordOf('root') };
  const offered = async (): Promise<Readonly<{ made: Place; link: string }>> => {
    const made = new Place();
    const link = newSecret(made.ports);
    await made.store.change((state) => [offerFirstRun(state, link, made.now), null]);
    return { made, link };
  };

  test('makes the admin and signs in, once', async () => {
    const { made, link } = await offered();
    expect(made.file.text).not.toContain(link);
    const signed = await signInAtFirst(made.access, FIRST, { ...first, link });
    if (!signed.allowed) throw new Error(signed.why);
    expect(made.access.decide(withCookie(signed, 'GET', '/api/v1/users'), NOTHING).allowed).toBe(true);
    expect(await signInAtFirst(made.access, FIRST, { ...first, name: 'eve', link })).toMatchObject({ allowed: false, status: 409 });
    expect(made.store.read().users).toHaveLength(1);
    expect(made.store.read().firstRun).toBeNull();
  });

  test('of two at once makes one admin', async () => {
    const { made, link } = await offered();
    const both = await Promise.all(['one', 'two'].map((name) => signInAtFirst(made.access, FIRST, { ...first, name, link })));
    expect(both.filter(({ allowed }) => allowed)).toHaveLength(1);
    expect(made.store.read().users).toHaveLength(1);
  });

  test('is over after an hour, after a new one, and after a user of the terminal', async () => {
    const late = await offered();
    late.made.now += FIRST_RUN_US;
    expect(await signInAtFirst(late.made.access, FIRST, { ...first, link: late.link })).toMatchObject({ reason: 'first-run' });
    const renewed = await offered();
    await renewed.made.store.change((state) => [offerFirstRun(state, newSecret(renewed.made.ports), renewed.made.now), null]);
    expect(await signInAtFirst(renewed.made.access, FIRST, { ...first, link: renewed.link })).toMatchObject({ reason: 'first-run' });
    const beaten = await offered();
    await beaten.made.users(['anna', 'admin']);
    expect(await signInAtFirst(beaten.made.access, FIRST, { ...first, link: beaten.link })).toMatchObject({ status: 409 });
    await beaten.made.store.change((state) => [offerFirstRun(state, newSecret(beaten.made.ports), beaten.made.now), null]);
    expect(beaten.made.store.read().firstRun).toBeNull();
  });

  test('wrong, or with a bad name or password, makes nobody and stays good', async () => {
    const { made, link } = await offered();
    const tries = [
      [{ ...first, link: 'x' }, 'first-run'],
      [{ ...first, link: 'A'.repeat(43) }, 'first-run'],
      [{ ...first, link, name: 'a b' }, 'bad-input'],
      [{ ...first, link, password: 'short' }, 'bad-input'],
    ] as const;
    for (const [given, reason] of tries) expect(await signInAtFirst(made.access, FIRST, given)).toMatchObject({ allowed: false, reason });
    expect(await signInAtFirst(made.access, { ...FIRST, headers: { origin: 'https://evil.example' } }, { ...first, link })).toMatchObject({
      reason: 'elsewhere',
    });
    expect((await signInAtFirst(made.access, FIRST, { ...first, link })).allowed).toBe(true);
  });

  test('carries its secret where browsers do not send it', () => {
    const url = new URL(firstRunLink(ORIGIN, 'secret'));
    expect([url.pathname, url.search, url.hash]).toEqual(['/first-run', '', '#secret']);
  });
});

describe('the demonstration', () => {
  const HERE: Partial<RequestFacts> = {
    address: '127.0.0.1',
    headers: { host: '127.0.0.1:4747', origin: ORIGIN, 'sec-fetch-site': 'same-origin' },
  };
  const demo = (more: ConstructorParameters<typeof Place>[0] = {}): Place => new Place({ demo: true, ...more });
  const enter = (made: Place, more: Partial<RequestFacts> = {}) =>
    signInToDemo(made.access, asked('POST', '/api/v1/session/demo', { ...HERE, ...more, headers: { ...HERE.headers, ...more.headers } }));

  test('signs in by itself at this machine, as a trader', async () => {
    for (const address of ['127.0.0.1', '127.0.3.4', '::1', '::ffff:127.0.0.1'])
      for (const host of ['127.0.0.1:4747', 'localhost:4747', 'localhost', '[::1]:4747']) {
        const answer = await enter(demo(), { address, headers: { host } });
        expect(answer).toMatchObject({ allowed: true, caller: { role: 'trader', demo: true, user: 'demo' } });
      }
  });

  const refusals: readonly (readonly [string, Partial<RequestFacts>])[] = [
    ['another machine', { address: '192.168.0.9' }],
    ['an address that only looks like it', { address: '127.0.0.1.evil' }],
    ['an address that says it is', { address: '192.168.0.9', headers: { 'x-forwarded-for': '127.0.0.1' } }],
    ['a name that leads here', { headers: { host: 'rebound.evil.example:4747' } }],
    ['a name that begins like it', { headers: { host: 'localhost.evil.example' } }],
    ['a host with a user', { headers: { host: 'localhost@evil.example' } }],
    ['no host', { headers: { host: undefined } }],
    ['two hosts', { headers: { host: 'localhost, evil.example' } }],
    ['a page of somebody else', { headers: { origin: 'https://evil.example' } }],
    ['a site of somebody else', { headers: { 'sec-fetch-site': 'cross-site', origin: undefined } }],
    ['a proxy between', { headers: { 'x-forwarded-for': '203.0.113.7' } }],
    ['a proxy that says so in its way', { headers: { forwarded: 'for=203.0.113.7' } }],
    ['another that does', { headers: { via: '1.1 proxy' } }],
  ];
  test.each(refusals)('not for %s, neither at sign-in nor with the cookie of somebody who is in', async (_, more) => {
    const made = demo();
    expect((await enter(made, more)).allowed).toBe(false);
    expect(made.store.read().sessions).toEqual([]);
    const signed = await enter(made);
    if (!signed.allowed) throw new Error(signed.why);
    const request = (facts: Partial<RequestFacts>) =>
      withCookie(signed, 'POST', '/api/v1/backtests', { ...HERE, ...facts, headers: { ...HERE.headers, ...facts.headers } });
    expect(made.access.decide(request({}), NOTHING).allowed).toBe(true);
    expect(made.access.decide(request(more), NOTHING).allowed).toBe(false);
  });

  test('never where an account trades live, also one that begins to while somebody is in', async () => {
    let live = true;
    const made = demo({ liveAccounts: () => live });
    expect(await enter(made)).toMatchObject({ allowed: false, reason: 'demo' });
    live = false;
    const signed = await enter(made);
    if (!signed.allowed) throw new Error(signed.why);
    expect(made.access.standing(signed.caller).by).toBe('session');
    live = true;
    expect(made.access.standing(signed.caller)).toEqual({ by: 'nobody' });
    expect(made.access.decide(withCookie(signed, 'GET', '/api/v1/state', HERE), NOTHING).allowed).toBe(false);
  });

  test('its cookie opens nothing where the next start is no demonstration, and it has no second step', async () => {
    const made = demo();
    const signed = await enter(made);
    if (!signed.allowed) throw new Error(signed.why);
    expect(
      await takeSecondStep(
        made.access,
        withCookie(signed, 'POST', '/api/v1/session/second-step', { ...HERE, headers: { ...HERE.headers } }),
        'x',
      ),
    ).toMatchObject({ reason: 'demo' });
    const after = new Place({ store: made.store });
    expect(after.access.decide(withCookie(signed, 'GET', '/api/v1/state', { ...HERE, headers: HERE.headers! }), NOTHING).allowed).toBe(
      false,
    );
  });

  test('is no place for anybody else’s name', async () => {
    const made = demo();
    await expect(made.users(['demo', 'admin'])).rejects.toThrow(/demonstration/);
  });
});

describe('the record', () => {
  test('tells every try: of whom, from where, what and why', async () => {
    const made = await place();
    made.attempts.length = 0;
    const from: Partial<RequestFacts> = { address: '::ffff:198.51.100.4' };
    await signIn(made.access, asked('POST', '/api/v1/session', from), wrong('anna'));
    const signed = await made.signedIn('anna', from);
    made.access.decide(withCookie(signed, 'POST', '/api/v1/arm', from), NOTHING);
    made.access.decide(withCookie(signed, 'POST', '/api/v1/orders', { ...from, headers: { 'x-csrf-token': 'x' } }), NOTHING);
    made.access.decide(withToken('rt_0_0', 'GET', '/api/v1/state', from), NOTHING);
    made.access.decide(asked('GET', '/api/v1/state', { ...from, query: 'token=x' }), NOTHING);
    made.access.topic(signed.caller, '198.51.100.4', 'logs');
    await takeSecondStep(made.access, withCookie(signed, 'POST', '/api/v1/session/second-step', from), 'a wrong password');
    for (let count = 0; count < FREE_TRIES.user + 1; count++)
      await signIn(made.access, asked('POST', '/api/v1/session', from), wrong('root'));
    await signOut(made.access, asked('DELETE', '/api/v1/session', from), signed.caller);
    const told = made.attempts.map(
      ({ what, ok, who, action, why }) => `${what} ${ok ? 'yes' : 'no'} ${who} ${action} ${why.split(':')[0]}`,
    );
    expect(told).toMatchInlineSnapshot(`
      [
        "sign-in no anna sign-in bad-credentials",
        "sign-in yes anna null the password was right",
        "policy no anna POST /api/v1/arm role",
        "csrf no anna POST /api/v1/orders csrf",
        "token no null null bad-credentials",
        "token no null null token-in-url",
        "policy no anna topic logs role",
        "second-step no anna second-step bad-credentials",
        "sign-in no root sign-in bad-credentials",
        "sign-in no root sign-in bad-credentials",
        "sign-in no root sign-in bad-credentials",
        "sign-in no root sign-in bad-credentials",
        "sign-in no root sign-in bad-credentials",
        "lock-out no root sign-in locked-out",
        "sign-out yes anna null this session",
      ]
    `);
    for (const { at, address } of made.attempts) expect([at, address]).toEqual([new Date(made.now / 1_000).toISOString(), '198.51.100.4']);
  });

  test('and what is kept hold no secret, whatever was done and wherever it was typed', async () => {
    const made = await place();
    const signed = await made.signedIn('root');
    const token = await made.token('anna', 'trade');
    const secrets = [
      passwordOf('root'),
      passwordOf('anna'),
      cookieText(signed).split('=')[1]!,
      signed.csrf,
      token,
      token.slice(16),
      'my secret as a name',
      'other long password',
    ];
    // typed in the wrong place
    await signIn(made.access, ENTER, { name: 'my secret as a name', password: passwordOf('root') });
    await signIn(made.access, ENTER, { name: passwordOf('root'), password: 'root' });
    await signIn(made.access, ENTER, { name: token, password: token });
    await signIn(made.access, asked('POST', '/api/v1/session', { headers: { 'user-agent': token } }), right('anna'));
    made.access.decide(asked('GET', `/api/v1/orders/${token}`, { query: `password=${passwordOf('root')}`, address: token }), NOTHING);
    made.access.decide(withToken(`${token}x`, 'POST', '/api/v1/orders'), NOTHING);
    made.access.decide(withCookie(signed, 'POST', '/api/v1/orders', { headers: { 'x-csrf-token': passwordOf('root') } }), NOTHING);
    await made.administer.setPassword(DOER, 'anna', 'other long password');
    await signIn(made.access, asked('POST', '/api/v1/session', { headers: { 'user-agent': token } }), {
      name: 'anna',
      password: 'other long password',
    });
    expect(made.store.read().sessions.map(({ agent }) => agent)).toContain('[secret]');
    await expect(made.administer.setRole(DOER, passwordOf('root'), 'admin')).rejects.toThrow();
    await expect(made.administer.revokeToken(DOER, token)).rejects.toThrow();
    const records = JSON.stringify(made.attempts);
    expect(made.attempts.length).toBeGreaterThan(8);
    for (const secret of secrets) {
      expect(records).not.toContain(secret);
      expect(made.file.text).not.toContain(secret);
    }
  });

  test('of one try is one line, whatever is in it', async () => {
    const made = await place();
    made.attempts.length = 0;
    await signIn(made.access, asked('POST', '/api/v1/session', { address: '1.2.3.4\r\n{"ok":true}' }), {
      name: 'x\n{"ok":true}\u2028',
      password: '\0',
    });
    expect(JSON.stringify(made.attempts[0])).not.toMatch(/[\r\n\u2028]/);
    expect(made.attempts[0]!.address).toBe('1.2.3.4??{"ok":true}');
  });
});
