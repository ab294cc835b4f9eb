/** Whether somebody may: looks in the table, and says yes, or why not and what would help. Everything it does not know is no. */
import type { Caller } from './callers.ts';
import { ROUTES, type Rule, TOPICS } from './policy-table.ts';
import { type Refusal, refusal } from './refusals.ts';
import { atLeast, scopeFor } from './roles.ts';
import { steppedTwice } from './second-step.ts';

export type What = Readonly<{
  /** A route by its method and path, or a topic. */
  action: Readonly<{ method: string; path: string }> | Readonly<{ topic: string }>;
  /** The user it belongs to; null: to nobody in particular. */
  owner: string | null;
  /** It touches an account that trades live. */
  live: boolean;
}>;

export type Allowed = Readonly<{ allowed: true }>;
const YES: Allowed = { allowed: true };

export function may(caller: Caller, what: What, nowUs: number): Allowed | Refusal {
  const found = 'topic' in what.action ? topicRow(what.action.topic) : routeRow(what.action.method, what.action.path);
  if (found === null)
    return refusal(403, 'not-in-the-table', 'nobody may this: it has no row in the policy', 'look for another in GET /api/v1/openapi.json');
  const { rule } = found;
  if (rule.least === 'anyone') return YES;
  if (caller.by === 'nobody') return refusal(401, 'not-signed-in', 'nobody is signed in', 'sign in, or send Authorization: Bearer <token>');
  const foreign = what.owner !== null && what.owner !== caller.user;
  const least = foreign ? rule.others : rule.least;
  if (least !== 'anyone' && !atLeast(caller.role, least)) return tooLow(caller, least, foreign && least !== rule.least);
  if (rule.by === 'session' && caller.by === 'token')
    return refusal(
      403,
      'session-only',
      'a token cannot do this, whatever its scope',
      'sign in with a browser, or use npx retrace at the machine',
    );
  if (rule.step === 'never' || (rule.step === 'live' && !what.live)) return YES;
  if (steppedTwice(caller, rule.step, nowUs)) return YES;
  return caller.by === 'token'
    ? refusal(403, 'not-live', 'this token was not granted to trade live', 'an admin makes one that is: npx retrace token new --live-by')
    : caller.demo
      ? refusal(403, 'demo', 'the demonstration never does this', 'make a user, and start without the demonstration')
      : refusal(403, 'second-step', 'this needs your password once more', 'POST /api/v1/session/second-step, then the same again');
}

function tooLow(caller: Exclude<Caller, { by: 'nobody' }>, least: 'viewer' | 'trader' | 'admin', forOthers: boolean): Refusal {
  const whose = forOthers ? ', because it belongs to somebody else' : '';
  if (caller.by === 'token' && caller.role !== least)
    return refusal(
      403,
      forOthers ? 'owner' : 'scope',
      `this token reaches as far as ${one(caller.role)}, and ${one(least)} is needed${whose}`,
      `use a token of scope ${scopeFor(least)} whose owner is ${one(least)}`,
    );
  return refusal(
    403,
    forOthers ? 'owner' : 'role',
    `${caller.user} is ${one(caller.role)}, and ${one(least)} is needed${whose}`,
    'ask an admin',
  );
}

const one = (role: string): string => (role === 'admin' ? 'an admin' : `a ${role}`);

export type Row = Readonly<{ name: string; rule: Rule }>;

export const topicRow = (topic: string): Row | null =>
  Object.hasOwn(TOPICS, topic) ? { name: `topic ${topic}`, rule: TOPICS[topic]! } : null;

type Route = Readonly<{ name: string; method: string; parts: readonly string[]; rule: Rule }>;
const ALL: readonly Route[] = Object.entries(ROUTES).map(([name, rule]) => {
  const [method = '', path = ''] = name.split(' ');
  return { name, method, parts: path.split('/').slice(1), rule };
});

/** Parts as they came, not decoded. What is encoded, empty or a dot would be another path to somebody else: it has no row. */
const PLAIN_PART = /^(?!\.{1,2}$)(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|%(?!2[eEfF]|5[cC]|0|1|7[fF])[0-9a-fA-F]{2})+$/;

/** The row with the most parts that are the same, so `/runs/compare` is not `/runs/:run` where both are there. */
export function routeRow(method: string, path: string): Row | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  const parts = path.split('/').slice(1);
  if (!path.startsWith('/') || !parts.every((part) => PLAIN_PART.test(part))) return null;
  const fits = ALL.filter(
    (route) =>
      route.method === asked &&
      route.parts.length === parts.length &&
      route.parts.every((part, place) => part.startsWith(':') || part === parts[place]),
  );
  const exact = (route: Route) => route.parts.map((part) => (part.startsWith(':') ? '1' : '0')).join('');
  return fits.sort((a, b) => (exact(a) < exact(b) ? -1 : 1))[0] ?? null;
}
