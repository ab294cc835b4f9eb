// Nothing that was written is lost, whoever else writes; what cannot be read lets nobody in; and who listens hears what ended.
import { describe, expect, test } from 'vitest';
import { asked, DOER, NOTHING, Place, TextInMemory, withCookie, withToken } from '#tests/access/place.ts';
import { ACCESS_VERSION, encodeState, NOBODY_YET } from './access-state.ts';
import { AccessUnreadable } from './refusals.ts';
import { type AccessEvent, AccessStore } from './store.ts';
import { addUser } from './users.ts';

const HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x';

describe('changes', () => {
  test('of several writers over one text are all there', async () => {
    const file = new TextInMemory();
    const stores = Array.from({ length: 4 }, () => new AccessStore(file));
    const names = Array.from({ length: 40 }, (_, at) => `u${at}`);
    await stores[0]!.change((state) => [addUser(state, { name: 'root', role: 'admin', hash: HASH }, 1), null]);
    await Promise.all(
      names.map((name, at) => stores[at % 4]!.change((state) => [addUser(state, { name, role: 'viewer', hash: HASH }, 1), null])),
    );
    for (const store of stores)
      expect(
        store
          .read()
          .users.map(({ name }) => name)
          .sort(),
      ).toEqual(['root', ...names].sort());
  });

  test('one that throws changes nothing and does not stop the next', async () => {
    const store = new AccessStore(new TextInMemory());
    const bad = store.change(() => {
      throw new Error('no');
    });
    const good = store.change((state) => [addUser(state, { name: 'root', role: 'admin', hash: HASH }, 1), 'yes']);
    await expect(bad).rejects.toThrow('no');
    await expect(good).resolves.toBe('yes');
    expect(store.read().users).toHaveLength(1);
  });

  test('what could not be read back is not written', async () => {
    const file = new TextInMemory();
    const store = new AccessStore(file);
    const bad = store.change((state) => [{ ...state, users: [{ name: 'X Y' }] as never }, null]);
    await expect(bad).rejects.toThrow(AccessUnreadable);
    expect(file.text).toBeNull();
  });

  test('nothing changed, nothing written', async () => {
    const file = new TextInMemory();
    await new AccessStore(file).change((state) => [state, null]);
    expect(file.text).toBeNull();
  });
});

describe('a text that is damaged', () => {
  const good = encodeState(addUser(NOBODY_YET, { name: 'root', role: 'admin', hash: HASH }, 1));
  const damaged: readonly (readonly [string, string, RegExp])[] = [
    ['cut off', good.slice(0, good.length / 2), /not JSON/],
    ['empty', '', /not JSON/],
    ['of a newer build', good.replace(`"version": ${ACCESS_VERSION}`, '"version": 99'), /version 99/],
    ['of no version', good.replace(/ "version": \d+,\n/, ''), /version/],
    ['with a role nobody knows', good.replace('"admin"', '"owner"'), /users\.0\.role/],
    ['with a field nobody knows', good.replace('"role"', '"extra": 1, "role"'), /users\.0/],
    ['a list', '[]', /the whole|version/],
    ['null', 'null', /the whole|version/],
  ];
  test.each(damaged)('%s: says where and what to do, and repeats no hash', (_, text, says) => {
    const file = new TextInMemory();
    file.put(text);
    expect(() => new AccessStore(file)).toThrow(says);
    try {
      new AccessStore(file);
    } catch (error) {
      expect(error).toBeInstanceOf(AccessUnreadable);
      expect((error as Error).message).not.toContain('c29tZXNhbHQ');
      expect((error as Error).message).toContain('access.json');
    }
  });

  test('while it runs: nobody gets in or stays in, all are told, and when it is mended they go on', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const [signed, token] = [await place.signedIn('root'), await place.token('root', 'read')];
    const heard: AccessEvent[] = [];
    place.store.heard((event) => heard.push(event));
    const whole = place.file.text;
    place.file.put('{"version":');
    for (const request of [
      withCookie(signed, 'GET', '/api/v1/state'),
      withToken(token, 'GET', '/api/v1/state'),
      asked('GET', '/api/v1/health/live'),
    ])
      expect(place.access.decide(request, NOTHING)).toMatchObject({ allowed: false, status: 503, reason: 'unreadable' });
    expect(place.access.standing(signed.caller)).toEqual({ by: 'nobody' });
    expect(heard).toEqual([{ type: 'StoreLost', why: expect.stringContaining('not JSON') }]);
    await expect(place.administer.disable(DOER, 'root')).rejects.toThrow(AccessUnreadable);
    expect(place.file.text).toBe('{"version":');
    place.file.put(whole);
    expect(place.access.decide(withToken(token, 'GET', '/api/v1/state'), NOTHING).allowed).toBe(true);
  });

  test('taken away: nobody is there, and nobody gets in', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const signed = await place.signedIn('root');
    place.file.put(null);
    expect(place.access.decide(withCookie(signed, 'GET', '/api/v1/state'), NOTHING)).toMatchObject({ allowed: false, status: 401 });
  });
});

describe('who listens', () => {
  test('hears at once what another process ended', async () => {
    const here = new Place();
    await here.users(['root', 'admin'], ['anna', 'trader']);
    const [signed, text] = [await here.signedIn('anna'), await here.token('anna', 'trade')];
    const token = here.access.who(withToken(text, 'GET', '/api/v1/state'));
    if ('allowed' in token || signed.caller.by !== 'session') throw new Error('both are in');
    const other = new AccessStore(here.file);
    const heard: AccessEvent[] = [];
    const end = here.store.heard((event) => heard.push(event));
    expect(here.access.standing(token.caller)).toEqual(token.caller);
    const id = text.split('_')[1]!;
    await other.change((state) => [{ ...state, sessions: [], tokens: state.tokens.map((each) => ({ ...each, revoked: 5 })) }, null]);
    expect(heard).toEqual([
      { type: 'SessionEnded', session: signed.caller.session, user: 'anna' },
      { type: 'TokenRevoked', token: id, user: 'anna' },
    ]);
    expect(here.access.standing(token.caller)).toEqual({ by: 'nobody' });
    expect(here.access.standing(signed.caller)).toEqual({ by: 'nobody' });
    end();
    await here.administer.setRole(DOER, 'anna', 'viewer');
    expect(heard).toHaveLength(2);
  });

  test('of a role that was lowered or a user that was disabled', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['anna', 'trader']);
    const token = await place.token('anna', 'trade');
    const heard: AccessEvent[] = [];
    place.store.heard((event) => heard.push(event));
    await place.administer.setRole(DOER, 'anna', 'viewer');
    await place.administer.disable(DOER, 'anna');
    expect(heard.map(({ type }) => type)).toEqual(['UserChanged', 'TokenRevoked', 'UserChanged']);
    expect(place.access.decide(withToken(token, 'GET', '/api/v1/state'), NOTHING).allowed).toBe(false);
  });
});
