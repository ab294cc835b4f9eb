/**
 * Tokens of programs, `rt_<id>_<secret>`: shown once, kept as a hash, ended by whoever made them at any moment. They belong in the
 * Authorization header; one in an address is refused, because addresses are written down everywhere.
 */
import type { AccessState, Token } from './access-state.ts';
import { AccessRefused, type Refusal, refusal } from './refusals.ts';
import { atLeast, reachOf, SCOPES, type Scope } from './roles.ts';
import type { LiveGrant } from './second-step.ts';
import { type AccessPorts, fingerprint, newId, newSecret, same } from './secrets.ts';
import { mustBe } from './users.ts';

/** Of one user, revoked ones not counted. */
export const MOST_TOKENS = 50;
const MOST_LABEL = 60;
/** Written down at most so often. */
const TOUCH_US = 60_000_000;
/** How long a revoked or expired one is still listed. */
const REMEMBER_US = 90 * 86_400_000_000;

const TOKEN = /^rt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const ANYWHERE = /rt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}/;

export type TokenAsked = Readonly<{
  user: string;
  label: string;
  scope: Scope;
  expires: number | null;
  /** The admin who grants it, after a second step; null: not live. */
  liveBy: LiveGrant | null;
}>;
export type TokenMade = Readonly<{ state: AccessState; token: Token }>;

export const drawToken = (ports: AccessPorts): Readonly<{ id: string; secret: string }> => ({ id: newId(ports), secret: newSecret(ports) });
/** As it is shown, once. */
export const tokenText = ({ id, secret }: Readonly<{ id: string; secret: string }>): string => `rt_${id}_${secret}`;

export function scopeNamed(text: string): Scope {
  if ((SCOPES as readonly string[]).includes(text)) return text as Scope;
  throw new AccessRefused('scope', `${text.slice(0, 20)} is no scope`, `one of ${SCOPES.join(', ')}`);
}

export function addToken(state: AccessState, asked: TokenAsked, drawn: Readonly<{ id: string; secret: string }>, nowUs: number): TokenMade {
  const { user, scope, expires, liveBy } = asked;
  const owner = mustBe(state, user);
  const label = asked.label.trim();
  if (label === '' || label.length > MOST_LABEL || /[^\x20-\x7e]/.test(label))
    throw new AccessRefused(
      'label',
      'is empty, too long or holds what is no plain text',
      `say in up to ${MOST_LABEL} characters what it is for`,
    );
  if (owner.disabled !== null) throw new AccessRefused('name', `${user} is disabled`, 'make it for somebody who may sign in');
  if (!atLeast(owner.role, reachOf(scope)))
    throw new AccessRefused(
      'scope',
      `${user} is a ${owner.role}, and ${scope} reaches further`,
      'ask for a lower scope, or raise the role first',
    );
  if (liveBy !== null && scope === 'read')
    throw new AccessRefused('live', 'a token that reads cannot trade', 'leave live out, or make the scope trade');
  if (expires !== null && expires <= nowUs) throw new AccessRefused('expires', 'lies in the past', 'name a time to come');
  const kept = state.tokens.filter((token) => nowUs - endOf(token) < REMEMBER_US);
  if (kept.filter((token) => token.user === user && isValid(token, nowUs)).length >= MOST_TOKENS)
    throw new AccessRefused('label', `${user} has ${MOST_TOKENS} tokens already`, 'revoke one that is not used: npx retrace token ls');
  const token: Token = {
    id: drawn.id,
    fingerprint: fingerprint(drawn.secret),
    user,
    label,
    scope,
    live: liveBy !== null,
    liveBy,
    created: nowUs,
    expires,
    used: null,
    usedFrom: null,
    revoked: null,
  };
  return { state: { ...state, tokens: [...kept, token] }, token };
}

export function revokeToken(state: AccessState, id: string, nowUs: number): AccessState {
  const token = state.tokens.find((each) => each.id === id);
  if (token === undefined) throw new AccessRefused('id', `${id.slice(0, 20)} is no token here`, 'npx retrace token ls shows them');
  if (token.revoked !== null) return state;
  return { ...state, tokens: state.tokens.map((each) => (each.id === id ? { ...each, revoked: nowUs } : each)) };
}

/** The same state where it was written down a moment ago. */
export function touchToken(state: AccessState, id: string, address: string, nowUs: number): AccessState {
  const token = state.tokens.find((each) => each.id === id);
  if (token === undefined || (token.used !== null && nowUs - token.used < TOUCH_US && token.usedFrom === address)) return state;
  return { ...state, tokens: state.tokens.map((each) => (each.id === id ? { ...each, used: nowUs, usedFrom: address } : each)) };
}

/** Compared even where there is no such id: the time says nothing. */
export function tokenOf(state: AccessState, text: string, nowUs: number): Token | null {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  const found = state.tokens.find((token) => token.id === id);
  const right = same(found?.fingerprint ?? fingerprint(''), fingerprint(secret));
  return found !== undefined && right && isValid(found, nowUs) ? found : null;
}

export const isValid = ({ revoked, expires }: Token, nowUs: number): boolean => revoked === null && (expires === null || nowUs < expires);
const endOf = ({ revoked, expires }: Token): number => revoked ?? expires ?? Number.POSITIVE_INFINITY;

/** As a person may see them: no hash. */
export type TokenShown = Omit<Token, 'fingerprint'>;
export const tokensShown = (tokens: readonly Token[]): TokenShown[] => tokens.map(({ fingerprint: _, ...shown }) => shown);

/** `undefined`: no such header. Null: one that holds no token of ours. */
export function bearerIn(header: string | undefined): string | null | undefined {
  if (header === undefined) return undefined;
  const [, text] = /^bearer +(\S{1,200})$/i.exec(header.slice(0, 300).trim()) ?? [];
  return text !== undefined && TOKEN.test(text) ? text : null;
}

const NAMED = /(^|&)(access_token|token|api_?key|authorization|password|csrf)=/i;

/** Null: the address holds none. Its id is told, its secret is not repeated. */
export function tokenInAddress(path: string, query: string): Refusal | null {
  const forms = [`${path}?${query}`, decodedOf(`${path}?${query}`), decodedOf(decodedOf(`${path}?${query}`))];
  const id = forms.map((form) => ANYWHERE.exec(form)?.[1]).find((each) => each !== undefined);
  if (id === undefined && !NAMED.test(query) && !NAMED.test(decodedOf(query))) return null;
  return refusal(
    400,
    'token-in-url',
    'a secret in an address ends up in histories and logs, so it is not taken from there',
    `send it as the header Authorization: Bearer <token>; ${
      id === undefined ? 'if it was a real one, it is known now: revoke it' : `this one is known now: npx retrace token revoke ${id}`
    }`,
  );
}

function decodedOf(text: string): string {
  return text.replace(/(%[0-9a-fA-F]{2})+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes; // no UTF-8: then it is no token either
    }
  });
}
