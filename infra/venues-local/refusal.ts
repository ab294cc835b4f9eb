/** What the exchange refuses, by the protocol's codes and their HTTP statuses. */

const STATUS = {
  auth: 401,
  expired: 400,
  'bad-request': 400,
  'unknown-symbol': 400,
  'price-grid': 400,
  'quantity-grid': 400,
  'insufficient-margin': 409,
  'reduce-only': 409,
  'too-large': 409,
  'duplicate-id': 409,
  'unknown-order': 404,
  'not-working': 409,
  'rate-limit': 429,
  maintenance: 503,
  internal: 500,
} as const satisfies Record<string, number>;

export type RefusalCode = keyof typeof STATUS;

export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: RefusalCode;
  readonly status: number;
  readonly retryAfterUs: number | null;

  constructor(code: RefusalCode, message: string, { status = STATUS[code] as number, retryAfterUs = null as number | null } = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterUs = retryAfterUs;
  }

  body(): string {
    const { code, message, retryAfterUs } = this;
    return JSON.stringify(retryAfterUs === null ? { code, message } : { code, message, retryAfterUs });
  }
}
