/** All that is kept of who may: users, sessions, tokens, waits. Plain data of one version; hashes only, never a secret. */
import { z } from 'zod';
import { AccessUnreadable } from './refusals.ts';
import { ROLES, SCOPES } from './roles.ts';

export const ACCESS_VERSION = 1;

const timeUs = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');
const id = z.string().regex(/^[0-9a-f]{12}$/, 'is no id');
/** Small letters, digits, dot, dash, underscore. */
export const USER_NAME = /^[a-z][a-z0-9._-]{0,31}$/;
const userName = z.string().regex(USER_NAME, 'is no name of a user');

const user = z.strictObject({
  name: userName,
  role: z.enum(ROLES),
  /** argon2id with its parameters, as text. */
  hash: z.string().startsWith('$argon2id$'),
  created: timeUs,
  passwordSet: timeUs,
  disabled: timeUs.nullable(),
});

const session = z.strictObject({
  /** Its public name: in lists, in records. */
  id,
  /** Of what the cookie holds. */
  fingerprint: sha256,
  user: userName,
  /** Of the demonstration, which has no user. */
  demo: z.boolean(),
  created: timeUs,
  used: timeUs,
  /** It ends then, however much it is used. */
  until: timeUs,
  address: z.string(),
  agent: z.string(),
  secondStep: timeUs.nullable(),
});

const token = z.strictObject({
  id,
  fingerprint: sha256,
  user: userName,
  /** What its owner calls it. */
  label: z.string(),
  scope: z.enum(SCOPES),
  /** May trade live: granted by an admin, at their second step. */
  live: z.boolean(),
  liveBy: userName.nullable(),
  created: timeUs,
  expires: timeUs.nullable(),
  used: timeUs.nullable(),
  usedFrom: z.string().nullable(),
  revoked: timeUs.nullable(),
});

const wait = z.strictObject({
  /** `user`: somebody there is; `name`: a fingerprint of a name that nobody has; `address`: where the tries came from. */
  kind: z.enum(['user', 'name', 'address']),
  of: z.string(),
  failures: z.int().positive(),
  last: timeUs,
  until: timeUs,
});

const stateSchema = z.strictObject({
  version: z.literal(ACCESS_VERSION),
  users: z.array(user),
  sessions: z.array(session),
  tokens: z.array(token),
  waits: z.array(wait),
  /** The link that makes the first admin; null where there is none. */
  firstRun: z.strictObject({ fingerprint: sha256, until: timeUs }).nullable(),
});

export type User = Readonly<z.infer<typeof user>>;
export type Session = Readonly<z.infer<typeof session>>;
export type Token = Readonly<z.infer<typeof token>>;
export type Wait = Readonly<z.infer<typeof wait>>;
export type AccessState = Readonly<{
  version: typeof ACCESS_VERSION;
  users: readonly User[];
  sessions: readonly Session[];
  tokens: readonly Token[];
  waits: readonly Wait[];
  firstRun: Readonly<{ fingerprint: string; until: number }> | null;
}>;

export const NOBODY_YET: AccessState = { version: ACCESS_VERSION, users: [], sessions: [], tokens: [], waits: [], firstRun: null };

export const encodeState = (state: AccessState): string => `${JSON.stringify(state, null, 1)}\n`;

/** `where` names it in the error. What is in it is never repeated there. */
export function decodeState(text: string, where: string): AccessState {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new AccessUnreadable(`${where} is not JSON: put back a copy of it, or move it away and begin anew with npx retrace user add`);
  }
  const { version } = (parsed ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > ACCESS_VERSION)
    throw new AccessUnreadable(
      `${where} is of version ${version} and this build reads up to ${ACCESS_VERSION}: use the build that wrote it`,
    );
  const checked = stateSchema.safeParse(parsed);
  if (!checked.success) {
    const faults = checked.error.issues.slice(0, 3).map(({ path, code }) => `${path.join('.') || 'the whole'} (${code})`);
    throw new AccessUnreadable(`${where} holds what does not belong there: ${faults.join(', ')}; put back a copy of it`);
  }
  return checked.data;
}
