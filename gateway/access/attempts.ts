/** Every try to get in, to do more than one may, and every change of who may: a record of when, who, from where, what and why. No secret. */
import { plainAddress } from './request.ts';
import { withoutSecrets } from './secrets.ts';

export type AttemptKind =
  | 'sign-in'
  | 'sign-out'
  | 'second-step'
  | 'first-run'
  | 'demo'
  | 'lock-out'
  | 'token'
  | 'cookie'
  | 'csrf'
  | 'policy'
  | 'users'
  | 'tokens'
  | 'sessions';

export type Attempt = Readonly<{
  /** ISO time. */
  at: string;
  what: AttemptKind;
  ok: boolean;
  /** A user; null where nobody is known. What was typed as a name and is none is not written: it may be a password. */
  who: string | null;
  /** `session <id>`, `token <id>`, `terminal`; null: neither. */
  by: string | null;
  address: string;
  /** The row of the policy, or what was changed. */
  action: string | null;
  why: string;
}>;

/** Where they go. `record` never waits; a log that takes no more is told by its owner, not here. */
export interface Attempts {
  record(attempt: Attempt): void;
}

export type AttemptMade = Omit<Attempt, 'at' | 'address'> & Readonly<{ address: string; nowUs: number }>;

const MOST_TEXT = 300;

/** The one maker: texts are cut, and whatever looks like a secret of ours is left out, wherever it came from. */
export function attemptOf({ nowUs, what, ok, who, by, address, action, why }: AttemptMade): Attempt {
  return {
    at: new Date(Math.floor(nowUs / 1_000)).toISOString(),
    what,
    ok,
    who: who === null ? null : clean(who),
    by: by === null ? null : clean(by),
    address: clean(plainAddress(address)),
    action: action === null ? null : clean(action),
    why: clean(why),
  };
}

const clean = (text: string): string => withoutSecrets(text, MOST_TEXT);
