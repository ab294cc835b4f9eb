// A record holds no secret of ours and no line break, whatever is in any of its texts, and is of bounded length.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttemptMade, attemptOf } from './attempts.ts';

const PLAIN: AttemptMade = {
  nowUs: 1_700_000_000_123_456,
  what: 'policy',
  ok: false,
  who: 'anna',
  by: 'session 1a2b3c4d5e6f',
  address: '192.0.2.7',
  action: 'GET /api/v1/users',
  why: 'role',
};

test('an ordinary one is told as it is', () => {
  const { nowUs: _, ...told } = PLAIN;
  expect(attemptOf(PLAIN)).toEqual({ at: '2023-11-14T22:13:20.123Z', ...told });
});

test('a secret in any text is left out, also one that is cut through', () => {
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  // many long runs shrink, so that what lies far behind moves to where it would be shown
  const before = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.nat({ max: 5_000 }).map((length) => `${'x'.repeat(100)} `.repeat(60).slice(0, length)),
  );
  const field = fc.constantFrom('who', 'by', 'address', 'action', 'why');
  fc.assert(
    fc.property(secret, before, fc.string(), field, (secret, before, after, field) => {
      const told = JSON.stringify(attemptOf({ ...PLAIN, [field]: `${before}rt_1a2b3c4d5e6f_${secret}${after}` }));
      expect(told).not.toContain(secret);
      for (let at = 0; at + 12 <= secret.length; at++) expect(told).not.toContain(secret.slice(at, at + 12));
    }),
  );
});

test('any text gives one line of bounded length', () => {
  const text = fc.string({ unit: 'binary', maxLength: 5_000 });
  fc.assert(
    fc.property(text, text, text, (who, address, why) => {
      const line = JSON.stringify(attemptOf({ ...PLAIN, who, address, why }));
      expect(line).not.toMatch(/[^\x20-\x7e]/);
      expect(line.length).toBeLessThan(3_000);
      expect(JSON.parse(line)).toMatchObject({ what: 'policy', ok: false });
    }),
  );
});
