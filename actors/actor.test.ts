import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { Living } from './actor.ts';
import { candlesMachine } from './candles.ts';
import { type OrderEvent, orderMachine } from './order.ts';
import { strategyMachine } from './strategy.ts';

const lots = fc.integer({ min: 1, max: 3 });
const price = fc.option(fc.integer({ min: -1, max: 1 }));
const orderEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
  fc
    .constantFrom<OrderEvent['type']>('Sent', 'Acked', 'Lost', 'CancelAsked', 'Cancelled', 'CancelRejected', 'ReplaceRejected', 'NotSent')
    .map((type) => ({ type }) as OrderEvent),
  lots.map((lots) => ({ type: 'Filled' as const, lots })),
  lots.map((lots) => ({ type: 'ReplaceAsked' as const, lots })),
  fc.record({ type: fc.constant('Replaced' as const), lots, limit: price, stop: price }),
);

describe('a life that repeats others', () => {
  test('goes where an actor of its own goes, whatever was asked before and whenever it rests', () => {
    const order = fc.record({ lots, limit: price, stop: price });
    fc.assert(
      fc.property(fc.array(fc.tuple(order, fc.array(fc.tuple(orderEvent, fc.boolean()), { maxLength: 12 })), { maxLength: 8 }), (lives) => {
        for (const [input, events] of lives) {
          const living = new Living(orderMachine, 'order', input);
          const actor = createActor(orderMachine, { input }).start();
          for (const [event, rests] of events) {
            const before = actor.getSnapshot().value;
            if (rests) living.rest();
            actor.send(event);
            const { value, context } = actor.getSnapshot();
            expect(living.send(event as never)).toBe(value !== before);
            expect(living.value).toBe(value);
            expect(living.context).toEqual(context);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('texts that look like the end of one field and the beginning of the next are not taken for two fields', () => {
    type Said = { type: 'Said'; a: string; b: string };
    const machine = setup({ types: {} as { context: { a: string; b: string }; events: Said } }).createMachine({
      ...{ id: 'said', initial: 'on', context: { a: '', b: '' } },
      states: { on: { on: { Said: { actions: assign(({ event: { a, b } }) => ({ a, b })) } } } },
    });
    const text = fc
      .array(fc.constantFrom('x', ';', ':', '"', 'b', '1', ';b"', ';b":', ';b"1:'), { maxLength: 4 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (first, second) => {
        const living = new Living<string, { a: string; b: string }, Said>(machine as never, 'said', undefined);
        for (const [a, b] of [
          [first, second],
          [`${first};b"${second}`, ''],
          [`${first};b":${second}`, ''],
          ['', `${first}${second}`],
        ] as const) {
          living.send({ type: 'Said', a, b });
          expect(living.context).toEqual({ a, b });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('machines without a context, from a saved state too', () => {
    for (const machine of [candlesMachine, strategyMachine]) {
      const names = [...machine.events] as string[];
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...names), { maxLength: 10 }), fc.nat(9), (events, cut) => {
          let living = new Living<string, unknown, { type: string; open?: boolean }>(machine as never, 'm', undefined);
          const actor = createActor(machine as typeof candlesMachine, {}).start();
          events.forEach((type, index) => {
            if (index === cut) living = new Living(machine as never, 'm', undefined, { value: living.value, context: living.context });
            const event = { type, open: index % 2 === 0 };
            living.send(event);
            actor.send(event as never);
            expect(living.value).toBe((actor.getSnapshot() as { value: string }).value);
          });
        }),
      );
    }
  });

  test('events that differ in one number, or in −0, nothing and fractions, are not taken for each other', () => {
    const machine = setup({ types: {} as { context: { last: unknown }; events: { type: 'Told'; value: unknown } } }).createMachine({
      id: 'told',
      initial: 'on',
      context: { last: 'none' },
      states: { on: { on: { Told: { actions: assign({ last: ({ event }) => event.value }) } } } },
    });
    const values = [0, -0, 1, 0.5, Number.NaN, null, undefined, '', '0', '1', '1:1', true, false, 'none', 1n, [1], [2]];
    for (const first of values)
      for (const second of values) {
        const living = new Living<'on', { last: unknown }, { type: 'Told'; value: unknown }>(machine as never, 'told', undefined);
        for (const value of [first, second, first]) {
          living.send({ type: 'Told', value });
          expect(Object.is(living.context.last, value)).toBe(true);
        }
      }
  });

  test('what is kept has an end: ten thousand prices later every life is still right', () => {
    const keep = new Living(orderMachine, 'order', { lots: 2, limit: 7, stop: null });
    for (let limit = 0; limit < 10_000; limit++) {
      const living = new Living<string, { limit: number; filled: number }, OrderEvent>(orderMachine, 'order', {
        lots: 2,
        limit,
        stop: null,
      });
      living.send({ type: 'Sent' });
      living.send({ type: 'Filled', lots: 1 });
      expect([living.value, living.context.limit, living.context.filled]).toEqual(['LIVE', limit, 1]);
    }
    keep.send({ type: 'Sent' } as never);
    expect([keep.value, (keep.context as { limit: number }).limit]).toEqual(['SENDING', 7]);
  });
});
