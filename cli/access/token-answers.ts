/** What `retrace token` does and says. A token's text is in the answer to `token new` and nowhere else. */
import { attemptOf } from '#gateway/access/attempts.ts';
import { grantLive, type LiveGrant } from '#gateway/access/second-step.ts';
import { scopeNamed, tokensShown } from '#gateway/access/tokens.ts';
import { mustBe } from '#gateway/access/users.ts';
import { type Answer, Refused } from '../answer.ts';
import { table } from '../screen/state-text.ts';
import { type AccessHere, nodePorts, TERMINAL, withAccess } from './access-here.ts';
import { askPassword } from './ask-password.ts';
import { DAY_US, dayOf } from './days.ts';

export type NewToken = Readonly<{
  label: string;
  user: string;
  scope: string;
  /** Null: never. */
  days: number | null;
  /** The admin who grants that it trades live; null: it does not. */
  liveBy: string | null;
}>;

export const makeToken = ({ label, user, scope: asked, days, liveBy }: NewToken): Promise<Answer> =>
  withAccess(async (here) => {
    const scope = scopeNamed(asked);
    const grant = liveBy === null ? null : await granted(here, liveBy.toLowerCase());
    const expires = days === null ? null : nodePorts.nowUs() + days * DAY_US;
    const { token, text } = await here.administer.newToken(TERMINAL, { label, user, scope, expires, liveBy: grant });
    const [shown] = tokensShown([token]);
    const ends = expires === null ? 'It never ends by itself' : `It ends ${dayOf(expires)}`;
    return {
      ok: true,
      fields: { token: text, ...shown },
      text: [
        text,
        `This is shown once. ${ends}; scope ${scope}${token.live ? `, live by ${token.liveBy}` : ''}, of ${token.user}.`,
        'Send it as the header: Authorization: Bearer <token>',
        `next: npx retrace token revoke ${token.id}, when it is no longer needed`,
      ],
    };
  });

export const listTokens = (user: string | null): Promise<Answer> =>
  withAccess(async ({ store }) => {
    const state = store.read();
    if (user !== null) mustBe(state, user.toLowerCase());
    const shown = tokensShown(state.tokens).filter((token) => user === null || token.user === user.toLowerCase());
    const now = nodePorts.nowUs();
    const rows = shown.map(({ id, user, label, scope, live, expires, used, usedFrom, revoked }) => [
      id,
      user,
      label,
      `${scope}${live ? ' live' : ''}`,
      used === null ? 'never used' : `used ${dayOf(used)} from ${usedFrom}`,
      revoked !== null
        ? `revoked ${dayOf(revoked)}`
        : expires === null
          ? 'no end'
          : `${expires <= now ? 'ended' : 'ends'} ${dayOf(expires)}`,
    ]);
    const text =
      rows.length === 0
        ? ['there are no tokens.', 'next: npx retrace token new <label> --user <name>']
        : [...table([['id', 'of', 'for', 'scope', 'last use', 'until'], ...rows]), 'next: npx retrace token revoke <id>'];
    return { ok: true, fields: { tokens: shown }, text };
  });

export const revokeNamed = (id: string): Promise<Answer> =>
  withAccess(async ({ administer }) => {
    const [, short = id] = /^rt_([0-9a-f]{12})_/.exec(id) ?? [];
    await administer.revokeToken(TERMINAL, short);
    return {
      ok: true,
      fields: { id: short },
      text: [`${short} opens nothing any more, open sockets included.`, 'next: npx retrace token ls'],
    };
  });

/** The second step of an admin, at the terminal. */
async function granted({ store, passwords, attempts }: AccessHere, name: string): Promise<LiveGrant> {
  const admin = mustBe(store.read(), name);
  const password = await askPassword(`password of ${name}, who grants it`, false);
  const right = (await passwords.verify(admin.hash, password)) && admin.disabled === null;
  const now = nodePorts.nowUs();
  const why = right ? 'shown again, to grant a live token' : 'bad-credentials: the password is wrong, or the user is disabled';
  attempts.record(
    attemptOf({ nowUs: now, what: 'second-step', ok: right, who: name, by: 'terminal', address: 'local', action: 'tokens', why }),
  );
  if (!right) {
    await attempts.flush();
    throw new Refused(
      1,
      [`the password is not that of ${name}, or ${name} is disabled`],
      `npx retrace user password ${name} sets a new one`,
    );
  }
  const caller = { by: 'session', user: name, role: admin.role, session: '-', demo: false, secondStep: now, until: now } as const;
  const grant = grantLive(caller, now);
  if (typeof grant === 'string') return grant;
  throw new Refused(1, [`${name} is a ${admin.role}: ${grant.why}`], 'name an admin with --live-by');
}
