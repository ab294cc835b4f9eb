// Sessions against a model of their own: after any sequence of what can happen, a cookie opens exactly what it should, no more.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asked, cookieText, DOER, HOUR, MINUTE, NOTHING, Place, passwordOf, withCookie } from '#tests/access/place.ts';
import { atLeast, ROLES, type Role } from './roles.ts';
import { SECOND_STEP_US } from './second-step.ts';
import { MOST_SESSIONS, SESSION_TIMES, sessionsOf, TOUCH_US } from './sessions.ts';
import { type SignedIn, signIn, signOut, takeSecondStep } from './sign-in.ts';

const SECOND_STEP = '/api/v1/session/second-step';
const opens = (place: Place, signed: SignedIn, method: string, path: string, live = false): boolean =>
  place.access.decide(withCookie(signed, method, path), { owner: null, live }).allowed;

describe('a cookie', () => {
  test('holds 256 bits, of which only a hash is kept', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const signed = await place.signedIn('root');
    const secret = cookieText(signed).split('=')[1]!;
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(place.file.text).not.toContain(secret);
    expect(place.file.text).not.toContain(signed.csrf);
  });

  test('is read by no script, sent by no other site, and bound to its host over TLS', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    expect((await place.signedIn('root')).cookie).toMatch(/^retrace-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const safe = await place.signedIn('root', { tls: true });
    expect(safe.cookie).toMatch(/^__Host-retrace-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=43200$/);
    expect(safe.cookie).not.toMatch(/Domain/i);
    // over TLS the other name is nobody's: a neighbour without TLS could have set it
    const planted = cookieText(safe).replace('__Host-', '');
    expect(place.access.decide(asked('GET', '/api/v1/state', { tls: true, headers: { cookie: planted } }), NOTHING).allowed).toBe(false);
  });
});

describe('fixation', () => {
  test('an id that was planted in the browser opens nothing after sign-in', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['eve', 'viewer']);
    const planted = await place.signedIn('eve');
    const victim = await signIn(place.access, withCookie(planted, 'POST', '/api/v1/session'), {
      name: 'root',
      password: passwordOf('root'),
    });
    if (!victim.allowed) throw new Error(victim.why);
    expect(cookieText(victim)).not.toBe(cookieText(planted));
    expect(opens(place, planted, 'GET', '/api/v1/state')).toBe(false);
    expect(opens(place, victim, 'GET', '/api/v1/users')).toBe(true);
  });

  test('an id that was made up is never taken over', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const own = `retrace-session=${'A'.repeat(43)}`;
    const signed = await place.signedIn('root', { headers: { cookie: own } });
    expect(cookieText(signed)).not.toBe(own);
    expect(place.access.decide(asked('GET', '/api/v1/state', { headers: { cookie: own } }), NOTHING).allowed).toBe(false);
  });

  test('the second step draws a new id, and the one before, its token and its sockets are over', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const before = await place.signedIn('root');
    const after = await takeSecondStep(place.access, withCookie(before, 'POST', SECOND_STEP), passwordOf('root'));
    if (!after.allowed) throw new Error(after.why);
    expect(opens(place, before, 'GET', '/api/v1/state')).toBe(false);
    expect(place.access.standing(before.caller)).toEqual({ by: 'nobody' });
    expect(after.csrf).not.toBe(before.csrf);
    expect(opens(place, after, 'POST', '/api/v1/arm', true)).toBe(true);
    place.now += SECOND_STEP_US;
    expect(opens(place, after, 'POST', '/api/v1/arm', true)).toBe(false);
    expect(opens(place, after, 'POST', '/api/v1/arm', false)).toBe(true);
    expect(opens(place, after, 'POST', '/api/v1/kill', true)).toBe(true);
  });

  test('the step is of one session: another one of the same user has not taken it', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const [here, there] = [await place.signedIn('root'), await place.signedIn('root')];
    const stepped = await takeSecondStep(place.access, withCookie(here, 'POST', SECOND_STEP), passwordOf('root'));
    if (!stepped.allowed) throw new Error(stepped.why);
    expect(opens(place, there, 'POST', '/api/v1/arm', true)).toBe(false);
    expect(opens(place, stepped, 'POST', '/api/v1/arm', true)).toBe(true);
  });

  test('a session that was ended while its step was checked does not come back by it', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['anna', 'trader']);
    const signed = await place.signedIn('anna');
    const step = takeSecondStep(place.access, withCookie(signed, 'POST', SECOND_STEP), passwordOf('anna'));
    await place.store.change((state) => [{ ...state, sessions: [] }, null]);
    expect(await step).toMatchObject({ allowed: false });
    expect(place.store.read().sessions).toEqual([]);
  });

  test('a password that was changed while the old one was checked does not let in', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['anna', 'trader']);
    const late = signIn(place.access, asked('POST', '/api/v1/session'), { name: 'anna', password: passwordOf('anna') });
    await place.administer.setPassword(DOER, 'anna', 'another long password');
    const answer = await late;
    if (answer.allowed) expect(place.access.standing(answer.caller)).toEqual({ by: 'nobody' });
    expect(place.store.read().sessions).toEqual([]);
  });
});

describe('an end', () => {
  test('comes idle, and comes at last however much it is used', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const idle = await place.signedIn('root');
    const busy = await place.signedIn('root');
    const begun = place.now;
    for (; place.now - begun < SESSION_TIMES.longestUs; place.now += 30 * MINUTE) {
      expect(opens(place, busy, 'GET', '/api/v1/state')).toBe(true);
      await place.store.change((state) => [state, null]); // what was touched is written
      if (place.now - begun >= SESSION_TIMES.idleUs) expect(opens(place, idle, 'GET', '/api/v1/state')).toBe(false);
    }
    expect(opens(place, busy, 'GET', '/api/v1/state')).toBe(false);
  });

  test('comes everywhere when a person says so, and only for them', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['anna', 'viewer']);
    const [one, other, another] = [await place.signedIn('anna'), await place.signedIn('anna'), await place.signedIn('root')];
    const cookie = await signOut(place.access, withCookie(one, 'DELETE', '/api/v1/sessions'), one.caller, true);
    expect(cookie).toMatch(/^retrace-session=; .*Max-Age=0$/);
    expect([one, other, another].map((each) => opens(place, each, 'GET', '/api/v1/state'))).toEqual([false, false, true]);
  });

  test('a clock set back does not lengthen one', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const signed = await place.signedIn('root');
    place.now -= HOUR;
    expect(opens(place, signed, 'GET', '/api/v1/state')).toBe(false);
  });
});

test('the list says where and when each was used last, and holds no hash; there are only so many', async () => {
  const place = new Place();
  await place.users(['root', 'admin']);
  for (let count = 0; count < MOST_SESSIONS + 5; count++) {
    place.now += MINUTE;
    await place.signedIn('root', { address: `192.0.2.${count}`, headers: { 'user-agent': `browser ${count} \n\u202e` } });
  }
  const list = sessionsOf(place.store.read(), 'root', place.now, SESSION_TIMES);
  expect(list).toHaveLength(MOST_SESSIONS);
  expect(list[0]).toMatchObject({ address: `192.0.2.${MOST_SESSIONS + 4}`, used: place.now, agent: `browser ${MOST_SESSIONS + 4} ??` });
  expect(JSON.stringify(list)).not.toContain('fingerprint');
});

// ── any sequence ──

type Issued = { signed: SignedIn; user: string; born: number; used: number; step: number | null; alive: boolean };
const USERS = ['root', 'anna', 'bob'] as const;
const moves = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('in' as const), user: fc.constantFrom(...USERS), right: fc.boolean(), from: fc.nat(9) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('step' as const), which: fc.nat(9), right: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        us: fc.constantFrom(MINUTE, 10 * MINUTE, SECOND_STEP_US, HOUR, SESSION_TIMES.idleUs, 11 * HOUR),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('out' as const), which: fc.nat(9), everywhere: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('role' as const), user: fc.constantFrom('anna', 'bob'), role: fc.constantFrom(...ROLES) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('disable' as const), user: fc.constantFrom('anna', 'bob') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('enable' as const), user: fc.constantFrom('anna', 'bob') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('password' as const), user: fc.constantFrom(...USERS) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { maxLength: 25 },
);

test('no sequence of sign-ins, steps, expiries, ends and changes leaves a privilege behind', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (sequence) => {
      const place = new Place();
      await place.users(['root', 'admin'], ['anna', 'trader'], ['bob', 'viewer']);
      const roles = new Map<string, Role>([
        ['root', 'admin'],
        ['anna', 'trader'],
        ['bob', 'viewer'],
      ]);
      const disabled = new Set<string>();
      const issued: Issued[] = [];
      const endAll = (user: string) =>
        issued
          .filter((each) => each.user === user)
          .forEach((each) => {
            each.alive = false;
          });
      const alive = (each: Issued) =>
        each.alive && place.now < each.used + SESSION_TIMES.idleUs && place.now < each.born + SESSION_TIMES.longestUs;
      const issue = (signed: SignedIn, user: string, step: number | null) =>
        issued.push({ signed, user, born: place.now, used: place.now, step, alive: true });

      for (const move of sequence) {
        const held = 'which' in move ? issued[move.which % Math.max(1, issued.length)] : undefined;
        if (move.do === 'wait') place.now += move.us;
        else if (move.do === 'restart') place.restart();
        else if (move.do === 'in') {
          const browser = issued[move.from];
          const request = browser === undefined ? asked('POST', '/api/v1/session') : withCookie(browser.signed, 'POST', '/api/v1/session');
          const answer = await signIn(place.access, request, {
            name: move.user,
            password: move.right ? passwordOf(move.user) : 'a wrong password',
          });
          if (!move.right || disabled.has(move.user)) expect(answer.allowed).toBe(false);
          if (!answer.allowed) continue; // waits may hold up who is right as well
          if (browser !== undefined) browser.alive = false;
          issue(answer, move.user, null);
        } else if (move.do === 'step' && held !== undefined) {
          const was = alive(held);
          const answer = await takeSecondStep(
            place.access,
            withCookie(held.signed, 'POST', SECOND_STEP),
            move.right ? passwordOf(held.user) : 'a wrong password',
          );
          if (!was || !move.right) expect(answer.allowed).toBe(false);
          if (was && place.now - held.used >= TOUCH_US) held.used = place.now;
          if (!answer.allowed) continue;
          held.alive = false;
          issue(answer, held.user, place.now);
        } else if (move.do === 'out' && held !== undefined) {
          const decision = place.access.decide(withCookie(held.signed, 'DELETE', '/api/v1/session'), NOTHING);
          expect(decision.allowed).toBe(alive(held));
          if (!decision.allowed) continue;
          await signOut(place.access, asked('DELETE', '/api/v1/session'), decision.caller, move.everywhere);
          if (move.everywhere) endAll(held.user);
          held.alive = false;
        } else if (move.do === 'role') {
          if (roles.get(move.user) !== move.role) endAll(move.user);
          roles.set(move.user, move.role);
          await place.administer.setRole(DOER, move.user, move.role);
        } else if (move.do === 'disable') {
          disabled.add(move.user);
          endAll(move.user);
          await place.administer.disable(DOER, move.user);
        } else if (move.do === 'enable') {
          disabled.delete(move.user);
          await place.administer.enable(DOER, move.user);
        } else if (move.do === 'password') {
          endAll(move.user);
          await place.administer.setPassword(DOER, move.user, passwordOf(move.user));
        }
        for (const each of issued) {
          const stands = alive(each);
          const role = roles.get(each.user)!;
          const stepped = each.step !== null && place.now < each.step + SECOND_STEP_US;
          // the actions ask without a record of use: standing() is what sockets ask
          expect(place.access.standing(each.signed.caller).by === 'session').toBe(stands);
          const known = place.access.who(withCookie(each.signed, 'GET', '/api/v1/state'));
          if ('allowed' in known) throw new Error(known.why);
          expect(known.caller.by === 'session').toBe(stands);
          if (known.caller.by !== 'session') continue;
          expect(known.caller.user).toBe(each.user);
          expect(known.caller.role).toBe(role);
          const steppedNow = known.caller.secondStep !== null && place.now < known.caller.secondStep + SECOND_STEP_US;
          expect(steppedNow).toBe(stepped);
          expect(atLeast(known.caller.role, role)).toBe(true);
        }
      }
      expect(place.troubles).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
