/** What REST says of users, their sessions and tokens, and of who tried what. No password, token or hash is in any answer but a new token's own, once. */
import { z } from 'zod';
import { paged, us, usOrNone } from './rest.ts';

export const role = z.enum(['viewer', 'trader', 'admin']);
export const scope = z.enum(['read', 'trade', 'admin']);
const userName = z.string().min(1).max(32);
const id = z.string().regex(/^[0-9a-f]{12}$/, 'is no id');

export const user = z.object({ name: z.string(), role, created: us, passwordSet: us, disabled: usOrNone }).meta({ id: 'User' });
export const userParams = z.object({ user: userName });
export const newUserBody = z.strictObject({ name: userName, role: role.default('viewer'), password: z.string().min(1).max(1_000) });
export const changeUserBody = z.strictObject({ role: role.optional(), disabled: z.boolean().optional() });
export const passwordBody = z.strictObject({ password: z.string().min(1).max(1_000) });

export const token = z
  .object({
    id,
    user: z.string(),
    label: z.string(),
    scope,
    live: z.boolean(),
    liveBy: z.string().nullable(),
    created: us,
    expires: usOrNone,
    used: usOrNone,
    usedFrom: z.string().nullable(),
    revoked: usOrNone,
  })
  .meta({ id: 'Token' });
export const newTokenBody = z.strictObject({
  label: z.string().min(1).max(60),
  scope: scope.default('read'),
  days: z.int().min(1).max(3_650).nullable().default(null),
  live: z.boolean().default(false),
  user: userName.optional().describe('default: your own; another’s only as an admin'),
});
/** `text` is shown this once: nothing that is kept gives it again. */
export const newToken = z.object({ token, text: z.string() }).meta({ id: 'NewToken' });
export const tokenParams = z.object({ token: id });

export const session = z
  .object({
    id,
    user: z.string(),
    demo: z.boolean(),
    created: us,
    used: us,
    until: us,
    address: z.string(),
    agent: z.string(),
    secondStep: usOrNone,
    own: z.boolean().describe('the one that asks'),
  })
  .meta({ id: 'BrowserSession' });
export const sessionParams = z.object({ session: id });
export const whoseQuery = z.object({ user: userName.optional().describe('default: your own; another’s only as an admin') });

export const attempt = z
  .object({
    at: z.string(),
    what: z.string(),
    ok: z.boolean(),
    who: z.string().nullable(),
    by: z.string().nullable(),
    address: z.string(),
    action: z.string().nullable(),
    why: z.string(),
  })
  .meta({ id: 'Attempt' });
export const attemptsQuery = z.object({ ...paged, ok: z.enum(['true', 'false']).optional(), who: userName.optional() });
