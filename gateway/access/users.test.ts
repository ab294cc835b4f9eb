// There is always an admin, nobody is deleted, and what is taken from a user ends what they had.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DOER, Place, passwordOf } from '#tests/access/place.ts';
import { type AccessState, NOBODY_YET } from './access-state.ts';
import { AccessRefused } from './refusals.ts';
import { ROLES } from './roles.ts';
import { addUser, DEMO_USER, disableUser, enableUser, setPassword, setRole, userName } from './users.ts';

const HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x';
const admins = (state: AccessState) => state.users.filter(({ role, disabled }) => role === 'admin' && disabled === null);

describe('a name', () => {
  test.each(['', 'a b', '1st', '-x', 'x'.repeat(33), 'ann@', 'anna\n', '__proto__', 'ännä', '../x', DEMO_USER])('%j is refused', (name) => {
    expect(() => userName(name)).toThrow(AccessRefused);
  });
  test('is kept in small letters, so that Anna and anna are one', () => expect(userName('Anna.B-2')).toBe('anna.b-2'));
});

describe('users', () => {
  const move = fc.record({
    do: fc.constantFrom('add', 'role', 'disable', 'enable', 'password'),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    role: fc.constantFrom(...ROLES),
  });

  test('whatever is done to them in whatever order: as soon as there is one, there is an admin; and nobody is ever gone', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let state: AccessState = NOBODY_YET;
        let at = 1;
        for (const { do: what, name, role } of moves) {
          const before = state;
          try {
            if (what === 'add') state = addUser(state, { name, role, hash: HASH }, at++);
            else if (what === 'role') state = setRole(state, name, role);
            else if (what === 'disable') state = disableUser(state, name, at++);
            else if (what === 'enable') state = enableUser(state, name);
            else state = setPassword(state, name, HASH, at++);
          } catch (error) {
            if (!(error instanceof AccessRefused)) throw error;
            expect(state).toBe(before);
          }
          expect(admins(state).length > 0 || state.users.length === 0).toBe(true);
          expect(state.users.map((user) => user.name)).toEqual(expect.arrayContaining(before.users.map((user) => user.name)));
          expect(new Set(state.users.map((user) => user.name)).size).toBe(state.users.length);
        }
      }),
    );
  });

  test('the last admin is neither lowered nor disabled; with a second one, they are', async () => {
    const place = new Place();
    await place.users(['root', 'admin'], ['anna', 'trader']);
    await expect(place.administer.setRole(DOER, 'root', 'trader')).rejects.toThrow(/last admin/);
    await expect(place.administer.disable(DOER, 'root')).rejects.toThrow(/last admin/);
    await place.administer.setRole(DOER, 'anna', 'admin');
    await place.administer.disable(DOER, 'root');
    await expect(place.administer.setRole(DOER, 'anna', 'viewer')).rejects.toThrow(/last admin/);
  });

  test('the first is an admin, or is not taken', async () => {
    await expect(new Place().users(['anna', 'viewer'])).rejects.toThrow(/no admin yet/);
  });

  test('a refusal comes before the work of a hash, and names the field', async () => {
    const place = new Place();
    await place.users(['root', 'admin']);
    const again = place.administer.addUser(DOER, { name: 'ROOT', role: 'viewer', password: passwordOf('root') });
    await expect(again).rejects.toMatchObject({ name: 'AccessRefused', field: 'name', remedy: expect.stringContaining('another name') });
    const weak = place.administer.addUser(DOER, { name: 'anna', role: 'viewer', password: 'short' });
    await expect(weak).rejects.toMatchObject({ field: 'password' });
    expect(place.store.read().users).toHaveLength(1);
  });
});
