/** Typed text is taken exactly or refused with what would fit; a ticket without a fault is one that the contract of the API takes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeBody } from '#gateway/contracts/rest-orders.ts';
import { nearest, stepsOf, textOf } from './decimal-text.ts';
import { bodyOf, faultsOf, TIMES, type Ticket, TYPES } from './ticket-terms.ts';

const STEPS = fc.constantFrom('0.01', '0.25', '5', '0.00001', '1');

test('what is written of whole steps is read back as as many', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), STEPS, (steps, step) => stepsOf(textOf(steps, step), step) === steps),
  );
});

test('between two steps, the two are named, and it lies between them', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.integer({ min: 0, max: 7 }), STEPS, (digits, scale, step) => {
      const text = textOf(digits, scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`);
      const [below, above] = nearest(text, step)!;
      const fine = '0.0000000001';
      const [low, value, high] = [below, text, above].map((one) => stepsOf(one, fine)!);
      return low! <= value! && value! < high! && stepsOf(above, step)! - stepsOf(below, step)! === 1n;
    }),
  );
});

test('text that is no number is no steps', () => {
  for (const text of ['', ' ', '1,5', '1e3', '.5', 'NaN', '0x10', '--1', '1.']) expect([text, stepsOf(text, '0.5')]).toEqual([text, null]);
});

const terms = { tick: '0.05', lot: '0.1' };
const ticket = fc.record({
  account: fc.constantFrom('', 'paper'),
  instrument: fc.constant('BTC-USD'),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  type: fc.constantFrom(...TYPES),
  lots: fc.constantFrom('', '0', '0.1', '0.15', '12', 'x', '-1', ' 0.3 '),
  limit: fc.constantFrom('', '100', '100.05', '100.01', 'y'),
  stop: fc.constantFrom('', '99.95', '99.99'),
  timeInForce: fc.constantFrom(...TIMES),
  postOnly: fc.boolean(),
  reduceOnly: fc.boolean(),
});

test('without a fault the API takes it; each fault names its field', () => {
  fc.assert(
    fc.property(ticket, (one: Ticket) => {
      const faults = faultsOf(one, terms);
      if (Object.keys(faults).length > 0) return Object.values(faults).every((text) => text !== '');
      const body = placeBody.parse(bodyOf(one));
      return (stepsOf(body.lots, terms.lot) ?? 0n) > 0n && (body.limit === null) === !['limit', 'stop-limit'].includes(body.type);
    }),
    { numRuns: 500 },
  );
});

test('a price between two ticks says which are near', () => {
  const one: Ticket = {
    ...{ account: 'paper', instrument: 'BTC-USD', side: 'buy', type: 'limit', lots: '0.1', limit: '100.01', stop: '' },
    ...{ timeInForce: 'GTC', postOnly: false, reduceOnly: false },
  };
  expect(faultsOf(one, terms)).toEqual({ limit: 'is between two steps of the tick, 0.05: 100.00 or 100.05' });
});
