/** Who there is. Users are added, changed and disabled, never deleted: a name in a record stays one person. There is always an admin. */
import type { AccessState, User } from './access-state.ts';
import { USER_NAME } from './access-state.ts';
import { AccessRefused } from './refusals.ts';
import { ROLES, type Role } from './roles.ts';

/** More than a desk will ever have. */
const MOST_USERS = 200;

export const userNamed = (state: AccessState, name: string): User | null => state.users.find((user) => user.name === name) ?? null;
const isAdmin = ({ role, disabled }: User): boolean => role === 'admin' && disabled === null;

/** As it is kept: small letters. Throws AccessRefused. */
export function userName(text: string): string {
  const name = text.toLowerCase();
  if (USER_NAME.test(name) && name !== DEMO_USER) return name;
  const why = name === DEMO_USER ? 'is the name of the demonstration' : 'is no name of a user';
  throw new AccessRefused('name', why, 'begin with a letter; then up to 31 letters, digits, dots, dashes or underscores');
}

/** Behind a name, of the waits at its second step; no name holds it. */
export const AT_SECOND_STEP = '/second-step';

/** Who works in the demonstration: nobody can have this name. */
export const DEMO_USER = 'demo';

export function roleNamed(text: string): Role {
  if ((ROLES as readonly string[]).includes(text)) return text as Role;
  throw new AccessRefused('role', `${text.slice(0, 20)} is no role`, `one of ${ROLES.join(', ')}`);
}

/** `hash`: of a password that checkPassword took. The first user is an admin, or there would be none. */
export function addUser(
  state: AccessState,
  { name, role, hash }: Readonly<Pick<User, 'name' | 'role' | 'hash'>>,
  nowUs: number,
): AccessState {
  if (userNamed(state, name) !== null)
    throw new AccessRefused('name', `${name} is there already`, 'choose another name, or change the password of this one');
  if (role !== 'admin' && !state.users.some(isAdmin))
    throw new AccessRefused('role', 'there is no admin yet, and somebody has to be', 'add the first user with the role admin');
  if (state.users.length >= MOST_USERS) throw new AccessRefused('name', `there are ${MOST_USERS} users already`, 'use one of them again');
  const user: User = { name, role, hash, created: nowUs, passwordSet: nowUs, disabled: null };
  return { ...state, users: [...state.users, user], firstRun: null };
}

/** All sessions of theirs end: whoever knew the old one is out. Waits that held them up end too. */
export function setPassword(state: AccessState, name: string, hash: string, nowUs: number): AccessState {
  const user = mustBe(state, name);
  const waits = state.waits.filter((wait) => !(wait.kind === 'user' && (wait.of === name || wait.of === `${name}${AT_SECOND_STEP}`)));
  return { ...withoutSessions(changed(state, { ...user, hash, passwordSet: nowUs }), name), waits };
}

/** The same password, hashed anew with more work: nothing else changes. */
export function rehashed(state: AccessState, name: string, from: string, to: string): AccessState {
  const user = userNamed(state, name);
  return user === null || user.hash !== from ? state : changed(state, { ...user, hash: to });
}

/** All sessions of theirs end, up or down: each privilege has an id of its own. A raised role does not raise what was granted live. */
export function setRole(state: AccessState, name: string, role: Role): AccessState {
  const user = mustBe(state, name);
  if (user.role === role) return state;
  return withoutSessions(keepsAnAdmin(changed(state, { ...user, role }), 'role', name), name);
}

/** Sessions end and tokens are dead, at once. */
export function disableUser(state: AccessState, name: string, nowUs: number): AccessState {
  const user = mustBe(state, name);
  if (user.disabled !== null) return state;
  const disabled = keepsAnAdmin(changed(state, { ...user, disabled: nowUs }), 'name', name);
  const tokens = disabled.tokens.map((token) => (token.user === name && token.revoked === null ? { ...token, revoked: nowUs } : token));
  return withoutSessions({ ...disabled, tokens }, name);
}

/** Back again, with the password of before and no tokens. */
export function enableUser(state: AccessState, name: string): AccessState {
  const user = mustBe(state, name);
  return user.disabled === null ? state : changed(state, { ...user, disabled: null });
}

export function mustBe(state: AccessState, name: string): User {
  const user = userNamed(state, name);
  if (user === null) throw new AccessRefused('name', `${name.slice(0, 40)} is nobody here`, 'npx retrace user ls shows who there is');
  return user;
}

export const withoutSessions = (state: AccessState, name: string): AccessState => {
  const sessions = state.sessions.filter(({ user }) => user !== name);
  return sessions.length === state.sessions.length ? state : { ...state, sessions };
};

const changed = (state: AccessState, user: User): AccessState => ({
  ...state,
  users: state.users.map((each) => (each.name === user.name ? user : each)),
});

function keepsAnAdmin(after: AccessState, field: string, name: string): AccessState {
  if (after.users.some(isAdmin)) return after;
  throw new AccessRefused(field, `${name} is the last admin, and somebody has to be`, 'make somebody else an admin first');
}
