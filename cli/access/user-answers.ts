/** What `retrace user` does and says. */
import { roleNamed } from '#gateway/access/users.ts';
import type { Answer } from '../answer.ts';
import { table } from '../screen/state-text.ts';
import { TERMINAL, withAccess } from './access-here.ts';
import { askPassword } from './ask-password.ts';
import { dayOf } from './days.ts';

/** Without a role: the first is an admin, or there would be none; the others look on. */
export const addUserNamed = (typed: string, role: string | null): Promise<Answer> =>
  withAccess(async ({ store, administer }) => {
    const as = role === null ? (store.read().users.length === 0 ? 'admin' : 'viewer') : roleNamed(role);
    const password = await askPassword(`password for ${typed}`, true);
    await administer.addUser(TERMINAL, { name: typed, role: as, password });
    const name = typed.toLowerCase();
    return { ok: true, fields: { user: name, role: as }, text: [`${name} may sign in, as ${as}.`, 'next: npx retrace user ls'] };
  });

export const listUsers = (): Promise<Answer> =>
  withAccess(async ({ store, where }) => {
    const { users, tokens, sessions } = store.read();
    const shown = users.map(({ hash: _, ...user }) => ({
      ...user,
      sessions: sessions.filter((session) => session.user === user.name).length,
      tokens: tokens.filter((token) => token.user === user.name && token.revoked === null).length,
    }));
    const rows = shown.map((user) => [
      user.name,
      user.role,
      dayOf(user.created),
      dayOf(user.passwordSet),
      String(user.sessions),
      String(user.tokens),
      user.disabled === null ? '' : `disabled ${dayOf(user.disabled)}`,
    ]);
    const text =
      rows.length === 0
        ? ['there is nobody yet.', 'next: npx retrace user add <name>']
        : [...table([['name', 'role', 'since', 'password of', 'sessions', 'tokens', ''], ...rows]), 'next: npx retrace token ls'];
    return { ok: true, fields: { file: where, users: shown }, text };
  });

export const newPassword = (name: string): Promise<Answer> =>
  withAccess(async ({ administer }) => {
    const password = await askPassword(`new password for ${name}`, true);
    await administer.setPassword(TERMINAL, name, password);
    return said(name, 'has a new password; every session of theirs is over, and so is any wait.');
  });

export const giveRole = (name: string, role: string): Promise<Answer> =>
  withAccess(async ({ administer }) => {
    await administer.setRole(TERMINAL, name, roleNamed(role));
    return said(name, `is a ${role} from now on; every session of theirs is over.`, { role });
  });

export const disableNamed = (name: string): Promise<Answer> =>
  withAccess(async ({ administer }) => {
    await administer.disable(TERMINAL, name);
    return said(name, 'may no longer sign in; every session and every token of theirs is over.');
  });

export const enableNamed = (name: string): Promise<Answer> =>
  withAccess(async ({ administer }) => {
    await administer.enable(TERMINAL, name);
    return said(name, 'may sign in again, with the password of before and no tokens.');
  });

const said = (name: string, what: string, fields: Readonly<Record<string, unknown>> = {}): Answer => ({
  ok: true,
  fields: { user: name.toLowerCase(), ...fields },
  text: [`${name.toLowerCase()} ${what}`, 'next: npx retrace user ls'],
});
