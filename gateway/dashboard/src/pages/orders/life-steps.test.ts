/** A timeline keeps the order of what was recorded, tells nothing twice, and reads each state from the move itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldedFills, microsOf, stepsOf } from './life-steps.ts';

const link = (address: string, type: string, at: string, what: string) => ({ address, type, at, what, numbers: {} });
const LIFE = [
  link('7', 'Tick', '2026-01-05T10:32:00.000001Z', 'BTC-USD on demo: 0.1 traded at 100.00'),
  link('7.2', 'OrderApproved', '2026-01-05T10:32:00.000001Z', 'buy 1 BTC-USD was approved (by hand); 9 clauses passed'),
  link('7.2', 'Clause', '2026-01-05T10:32:00.000001Z', 'passed: gate: every gate let it through'),
  link('7.3', 'OrderRequested', '2026-01-05T10:32:00.000001Z', 'send of order 7.2 was asked of the venue (approved)'),
  link('7.4', 'OrderMoved', '2026-01-05T10:32:00.000001Z', 'order 7.2 went from INTENT to SENDING: Sent'),
  link('9.1', 'VenueReported', '2026-01-05T10:32:00.500003Z', 'the venue said of order 7.2: Acked'),
  link('9.2', 'OrderMoved', '2026-01-05T10:32:00.500003Z', 'order 7.2 went from SENDING to LIVE: Acked'),
  link('12.1', 'OrderRequested', '2026-01-05T10:33:00.500003Z', 'cancel of order 7.2 was asked of the venue (by hand)'),
  link('12.2', 'OrderMoved', '2026-01-05T10:33:00.500003Z', 'order 7.2 went from LIVE to CANCEL_PENDING: CancelAsked'),
  link('13.1', 'OrderMoved', '2026-01-05T10:33:00.600003Z', 'order 7.2 went from CANCEL_PENDING to CANCELLED: Cancelled'),
];

test('each step says what it is, and a move where it led', () => {
  expect(
    stepsOf(LIFE).map(({ kind, title, state, afterUs }) => `${kind} | ${title} | ${state ?? '–'} | ${afterUs}`),
  ).toMatchInlineSnapshot(`
    [
      "cause | Tick | – | 0",
      "approved | Approved | – | 0",
      "terms | Clause | – | 0",
      "asked | Sent | – | 0",
      "move | SENDING | SENDING | 0",
      "answer | Venue | – | 500002",
      "move | LIVE | LIVE | 0",
      "asked | Cancel asked for | – | 60000000",
      "move | CANCEL PENDING | CANCEL_PENDING | 0",
      "end | CANCELLED | CANCELLED | 100000",
    ]
  `);
});

test('what is said twice is told once, and nothing is moved', () => {
  const twice = [...LIFE, ...LIFE.slice(0, 3)];
  expect(stepsOf(twice).map(({ link: { address } }) => address)).toEqual(LIFE.map(({ address }) => address));
});

test('times are read to the microsecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999 }), (seconds, micros) => {
      const fraction = String(micros).padStart(6, '0');
      const said = [fraction, fraction.replace(/0+$/, '')].map((digits) => (digits === '' ? 'Z' : `.${digits}Z`));
      return said.every((end) => microsOf(new Date(seconds * 1_000).toISOString().slice(0, 19) + end) === seconds * 1_000_000 + micros);
    }),
  );
});

test('long runs of fills become one part; all steps are still there, in their order', () => {
  const types = fc.constantFrom('OrderFilled', 'VenueReported', 'OrderMoved', 'Posted', 'OrderRequested');
  fc.assert(
    fc.property(fc.array(types, { maxLength: 60 }), (list) => {
      const steps = stepsOf(
        list.map((type, n) => link(`${n}.0`, type, '2026-01-05T10:32:00Z', `${type === 'VenueReported' ? 'Filled' : 'step'} ${n}`)),
      );
      const parts = foldedFills(steps);
      expect(parts.flat()).toEqual(steps);
      for (const part of parts) if (Array.isArray(part)) expect(part.filter(({ kind }) => kind === 'fill').length).toBeGreaterThan(4);
    }),
  );
});
