import { describe, expect, test } from 'vitest';
import type { SendOutcome } from '#engine/execution/broker.ts';
import { faultOf } from '#engine/inputs-check.ts';
import { answerOf, changeOutcome, type Reply, replyOf, sendOutcome } from './outcomes.ts';
import { VenueNonsense } from './trouble.ts';
import type { WireAnswer } from './wire.ts';

const said = (status: number, code: string, more: object = {}): WireAnswer => ({
  kind: 'answer',
  status,
  text: JSON.stringify({ code, message: 'm', ...more }),
});
const raw = (status: number, text: string): WireAnswer => ({ kind: 'answer', status, text });
const wireOk = raw(200, '{"time":5}');
const acked: SendOutcome = { kind: 'acked', venueId: '7' };

/** send · change · question, in one word each. */
function meaning(answer: WireAnswer, check: () => SendOutcome = () => acked): string {
  const reply: Reply<SendOutcome> = replyOf(answer, 'time', check);
  const sent = sendOutcome(reply);
  let asked = 'answer';
  try {
    answerOf(reply);
  } catch (error) {
    asked = (error as Error).name;
  }
  return `${sent === 'ask' ? 'ask' : sent.kind} · ${changeOutcome(reply).kind} · ${asked}`;
}

const PROVEN_ABSENT = new Set(['notSent', 'rejected']);

describe('what came back, and what it means', () => {
  test('the table', () => {
    const rows: [string, WireAnswer, (() => SendOutcome)?][] = [
      ['200', wireOk],
      ['200 rejected', wireOk, () => ({ kind: 'rejected', reason: 'by rule' })],
      ['200 of another order', wireOk, fails],
      ['200 of another shape', raw(200, '{"tim":5}')],
      ['200 html', raw(200, '<html>')],
      ['200 empty', raw(200, '')],
      ['200 refusal', said(200, 'auth')],
      ['unsent', { kind: 'unsent', reason: 'ECONNREFUSED' }],
      ['lost', { kind: 'lost', reason: 'ECONNRESET' }],
      ['garbled', { kind: 'garbled', reason: 'no HTTP' }],
      ['auth', said(401, 'auth')],
      ['expired', said(400, 'expired')],
      ['rate-limit', said(429, 'rate-limit', { retryAfterUs: 9 })],
      ['maintenance', said(503, 'maintenance')],
      ['bad-request', said(400, 'bad-request')],
      ['unknown-symbol', said(400, 'unknown-symbol')],
      ['price-grid', said(400, 'price-grid')],
      ['quantity-grid', said(400, 'quantity-grid')],
      ['insufficient-margin', said(409, 'insufficient-margin')],
      ['reduce-only', said(409, 'reduce-only')],
      ['too-large', said(409, 'too-large')],
      ['duplicate-id', said(409, 'duplicate-id')],
      ['unknown-order', said(404, 'unknown-order')],
      ['not-working', said(409, 'not-working')],
      ['internal', said(500, 'internal')],
      ['503 of a proxy', raw(503, '<h1>Service Unavailable</h1>')],
      ['429 of a proxy', raw(429, 'slow down')],
      ['502', raw(502, 'Bad Gateway')],
      ['code with another status', said(500, 'price-grid')],
      ['maintenance with 400', said(400, 'maintenance')],
      ['a code nobody told us', said(409, 'frozen')],
      ['a code of the prototype', said(400, '__proto__')],
      ['204', raw(204, '')],
      ['302', raw(302, '')],
      ['201 with a good body', raw(201, '{"time":5}')],
    ];
    expect(rows.map(([name, answer, check]) => `${name}: ${meaning(answer, check)}`).join('\n')).toMatchInlineSnapshot(`
      "200: acked · done · answer
      200 rejected: rejected · done · answer
      200 of another order: unknown · unknown · VenueNonsense
      200 of another shape: unknown · unknown · VenueNonsense
      200 html: unknown · unknown · VenueNonsense
      200 empty: unknown · unknown · VenueNonsense
      200 refusal: unknown · unknown · VenueNonsense
      unsent: notSent · notSent · VenueUnreachable
      lost: unknown · unknown · VenueUnreachable
      garbled: unknown · unknown · VenueNonsense
      auth: notSent · notSent · VenueRefused
      expired: notSent · notSent · VenueRefused
      rate-limit: notSent · notSent · VenueRefused
      maintenance: notSent · notSent · VenueRefused
      bad-request: rejected · refused · VenueRefused
      unknown-symbol: rejected · refused · VenueRefused
      price-grid: rejected · refused · VenueRefused
      quantity-grid: rejected · refused · VenueRefused
      insufficient-margin: rejected · refused · VenueRefused
      reduce-only: rejected · refused · VenueRefused
      too-large: rejected · refused · VenueRefused
      duplicate-id: ask · unknown · VenueNonsense
      unknown-order: unknown · refused · VenueRefused
      not-working: unknown · refused · VenueRefused
      internal: unknown · unknown · VenueUnreachable
      503 of a proxy: unknown · unknown · VenueNonsense
      429 of a proxy: unknown · unknown · VenueNonsense
      502: unknown · unknown · VenueNonsense
      code with another status: unknown · unknown · VenueNonsense
      maintenance with 400: unknown · unknown · VenueNonsense
      a code nobody told us: unknown · unknown · VenueNonsense
      a code of the prototype: unknown · unknown · VenueNonsense
      204: unknown · unknown · VenueNonsense
      302: unknown · unknown · VenueNonsense
      201 with a good body: unknown · unknown · VenueNonsense"
    `);
  });

  test('the wait that a venue asks for is passed on', () => {
    const reply = replyOf(said(429, 'rate-limit', { retryAfterUs: 1_500 }), 'time', () => acked);
    expect(sendOutcome(reply)).toEqual({ kind: 'notSent', reason: 'rate-limit: m', retryAfterUs: 1_500 });
    expect(changeOutcome(reply)).toEqual({ kind: 'notSent', reason: 'rate-limit: m', retryAfterUs: 1_500 });
  });

  test('the longest message a venue may send still makes a reason that the desk takes, of whole characters', () => {
    const reply = replyOf(said(409, 'too-large', { message: '😀'.repeat(1_000) }), 'time', () => acked);
    const outcome = sendOutcome(reply);
    expect(outcome).toEqual({ kind: 'rejected', reason: `too-large: ${'😀'.repeat(989)}` });
    const report = { kind: 'Rejected', reason: (outcome as { reason: string }).reason };
    expect(faultOf({ type: 'OrderReported', seq: 1, at: 1, order: '1.0', report } as never)).toBeNull();
  });

  test('no status and no code but the listed pairs proves that an order is absent', () => {
    const proven: string[] = [];
    const codes = [
      'auth',
      'expired',
      'rate-limit',
      'maintenance',
      'bad-request',
      'unknown-symbol',
      'price-grid',
      'quantity-grid',
      'insufficient-margin',
    ];
    for (const code of [...codes, 'reduce-only', 'too-large', 'duplicate-id', 'unknown-order', 'not-working', 'internal', 'other'])
      for (let status = 100; status < 600; status += 1) {
        const outcome = sendOutcome(replyOf(said(status, code), 'time', () => acked));
        if (outcome !== 'ask' && PROVEN_ABSENT.has(outcome.kind)) proven.push(`${status} ${code}`);
      }
    expect(proven.join(', ')).toMatchInlineSnapshot(
      `"401 auth, 400 expired, 429 rate-limit, 503 maintenance, 400 bad-request, 400 unknown-symbol, 400 price-grid, 400 quantity-grid, 409 insufficient-margin, 409 reduce-only, 409 too-large"`,
    );
  });

  test('a program fault inside a check is not taken for nonsense of the venue', () => {
    expect(() =>
      replyOf(wireOk, 'time', () => {
        throw new TypeError('ours');
      }),
    ).toThrow('ours');
  });
});

function fails(): never {
  throw new VenueNonsense('another order');
}
