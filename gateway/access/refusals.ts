/** Why somebody may not: a value for whoever answers a request, and an error for a change that makes no sense. Both say what to do. */

export type Reason =
  | 'not-signed-in'
  | 'bad-credentials'
  | 'two-credentials'
  | 'token-in-url'
  | 'elsewhere'
  | 'csrf'
  | 'role'
  | 'scope'
  | 'owner'
  | 'session-only'
  | 'second-step'
  | 'not-live'
  | 'not-in-the-table'
  | 'locked-out'
  | 'busy'
  | 'demo'
  | 'first-run'
  | 'bad-input'
  | 'unreadable';

export type Refusal = Readonly<{
  allowed: false;
  /** As HTTP has it. */
  status: 400 | 401 | 403 | 409 | 429 | 503;
  reason: Reason;
  why: string;
  remedy: string;
  /** How long to wait before the next try; null where waiting does not help. */
  waitUs: number | null;
}>;

export const refusal = (status: Refusal['status'], reason: Reason, why: string, remedy: string, waitUs: number | null = null): Refusal => ({
  allowed: false,
  status,
  reason,
  why,
  remedy,
  waitUs,
});

/** What was asked of users, tokens or passwords cannot be: which field, and what would do. */
export class AccessRefused extends Error {
  override name = 'AccessRefused';
  readonly field: string;
  readonly remedy: string;
  constructor(field: string, why: string, remedy: string) {
    super(`${field}: ${why}`);
    this.field = field;
    this.remedy = remedy;
  }
}

/** What is kept of users and tokens cannot be read: nobody gets in until it can. */
export class AccessUnreadable extends Error {
  override name = 'AccessUnreadable';
}
