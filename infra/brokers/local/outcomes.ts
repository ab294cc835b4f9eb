/**
 * What each thing that can happen to a request means for the order. Money hangs on it: `rejected` and `notSent` say that the order is
 * certainly not at the venue, `acked` that it certainly is; whatever does not prove one of them is `unknown`.
 *
 * | what came back | send | cancel, replace | question |
 * |---|---|---|---|
 * | refused, no route, no such host; timed out before connected, or waited half of its time for a socket; its end has come here | notSent | notSent | VenueUnreachable |
 * | 401 auth, 400 expired, 503 maintenance: read, and by the exchange's word not acted on | notSent | notSent | VenueRefused |
 * | 429 rate-limit | notSent, retryAfterUs | notSent, retryAfterUs | VenueRefused |
 * | 400, 409 by rule (grid, margin, reduce-only, too-large, unknown symbol, bad request) | rejected | refused | VenueRefused |
 * | 409 duplicate-id | asked by name: ours and working: acked; else unknown | unknown | VenueNonsense |
 * | 404 unknown-order, 409 not-working | unknown: no answer to a send | refused | VenueRefused; order(): not found, on 404 only |
 * | 200 about our order, as we asked | acked; rejected if its state is | done | the answer |
 * | 500 internal, timeout after connecting, reset, broken off | unknown | unknown | VenueUnreachable |
 * | any other status, a status that does not fit its code, no JSON, a wrong type, another order, off the grid, too long | unknown | unknown | VenueNonsense |
 */
import type { ChangeOutcome, SendOutcome } from '#engine/execution/broker.ts';
import { LONGEST_WHY } from '#engine/inputs-check.ts';
import { type REPLIES, type ReplyOf, readReply } from './replies.ts';
import { VenueNonsense, VenueRefused, VenueUnreachable } from './trouble.ts';
import type { WireAnswer } from './wire.ts';

type Meaning = 'unprocessed' | 'rule' | 'duplicate' | 'gone' | 'trouble';
/** A refusal is believed only with the status the protocol gives its code: a proxy's 503 says nothing about our order. */
const CODES: ReadonlyMap<string, Readonly<{ status: number; meaning: Meaning }>> = new Map([
  ['auth', { status: 401, meaning: 'unprocessed' }],
  ['expired', { status: 400, meaning: 'unprocessed' }],
  ['rate-limit', { status: 429, meaning: 'unprocessed' }],
  ['maintenance', { status: 503, meaning: 'unprocessed' }],
  ['bad-request', { status: 400, meaning: 'rule' }],
  ['unknown-symbol', { status: 400, meaning: 'rule' }],
  ['price-grid', { status: 400, meaning: 'rule' }],
  ['quantity-grid', { status: 400, meaning: 'rule' }],
  ['insufficient-margin', { status: 409, meaning: 'rule' }],
  ['reduce-only', { status: 409, meaning: 'rule' }],
  ['too-large', { status: 409, meaning: 'rule' }],
  ['duplicate-id', { status: 409, meaning: 'duplicate' }],
  ['unknown-order', { status: 404, meaning: 'gone' }],
  ['not-working', { status: 409, meaning: 'gone' }],
  ['internal', { status: 500, meaning: 'trouble' }],
]);

export type Reply<T> =
  | Readonly<{ kind: 'ok'; value: T }>
  | Readonly<{ kind: 'refused'; code: string; meaning: Meaning; message: string; retryAfterUs: number | null }>
  | Readonly<{ kind: 'unsent' | 'lost' | 'nonsense'; reason: string }>;

/** Reads an answer of this kind; `check` may throw VenueNonsense. Never throws it on. */
export function replyOf<K extends keyof typeof REPLIES, T>(answer: WireAnswer, kind: K, check: (reply: ReplyOf<K>) => T): Reply<T> {
  if (answer.kind === 'garbled') return { kind: 'nonsense', reason: answer.reason };
  if (answer.kind !== 'answer') return { kind: answer.kind, reason: answer.reason };
  const { status, text } = answer;
  try {
    if (status === 200) return { kind: 'ok', value: check(readReply(kind, text)) };
    if (status < 400 || status > 599) return { kind: 'nonsense', reason: `status ${status}` };
    const { code, message, retryAfterUs = null } = readReply('refusal', text);
    const known = CODES.get(code);
    if (known === undefined || known.status !== status)
      return { kind: 'nonsense', reason: `status ${status} with code ${JSON.stringify(code)}` };
    return { kind: 'refused', code, meaning: known.meaning, message, retryAfterUs };
  } catch (error) {
    if (!(error instanceof VenueNonsense)) throw error;
    return { kind: 'nonsense', reason: status === 200 ? error.message : `status ${status}: ${error.message}` };
  }
}

/** 'ask': the venue holds an order of this name. `value`: what an answer of 200 says became of ours. */
export function sendOutcome(reply: Reply<SendOutcome>): SendOutcome | 'ask' {
  if (reply.kind === 'ok') return reply.value;
  if (reply.kind === 'unsent') return { kind: 'notSent', reason: reply.reason, retryAfterUs: null };
  if (reply.kind !== 'refused') return { kind: 'unknown', reason: reasonOf(reply) };
  const reason = reasonOf(reply);
  if (reply.meaning === 'duplicate') return 'ask';
  if (reply.meaning === 'rule') return { kind: 'rejected', reason };
  if (reply.meaning === 'unprocessed') return { kind: 'notSent', reason, retryAfterUs: reply.retryAfterUs };
  return { kind: 'unknown', reason };
}

export function changeOutcome(reply: Reply<unknown>): ChangeOutcome {
  if (reply.kind === 'ok') return { kind: 'done' };
  if (reply.kind === 'unsent') return { kind: 'notSent', reason: reply.reason, retryAfterUs: null };
  if (reply.kind !== 'refused') return { kind: 'unknown', reason: reasonOf(reply) };
  const reason = reasonOf(reply);
  if (reply.meaning === 'rule' || reply.meaning === 'gone') return { kind: 'refused', reason };
  if (reply.meaning === 'unprocessed') return { kind: 'notSent', reason, retryAfterUs: reply.retryAfterUs };
  return { kind: 'unknown', reason };
}

/** The answer to a question, or the named error. */
export function answerOf<T>(reply: Reply<T>): T {
  if (reply.kind === 'ok') return reply.value;
  const reason = reasonOf(reply);
  if (reply.kind === 'nonsense' || (reply.kind === 'refused' && reply.meaning === 'duplicate')) throw new VenueNonsense(reason);
  if (reply.kind === 'refused' && reply.meaning !== 'trouble') throw new VenueRefused(reason);
  throw new VenueUnreachable(reason);
}

export function reasonOf(reply: Exclude<Reply<unknown>, { kind: 'ok' }>): string {
  if (reply.kind === 'refused') return short(reply.message === '' ? reply.code : `${reply.code}: ${reply.message}`);
  return short(reply.kind === 'nonsense' ? `nonsense: ${reply.reason}` : reply.reason);
}

/** A report with a longer reason would be refused at the desk's door, and what it reports with it. Whole characters, of two units at most. */
function short(reason: string): string {
  return reason.length <= LONGEST_WHY ? reason : [...reason].slice(0, LONGEST_WHY / 2).join('');
}
