import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { orderMachine } from './order.ts';

test.each([
  ['FILLED', { type: 'Filled', lots: 3 }],
  ['REJECTED', { type: 'Rejected' }],
  ['CANCELLED', { type: 'Cancelled' }],
  ['EXPIRED', { type: 'Expired' }],
] as const)('a fill after %s is kept, and counted as late', (end, event) => {
  const actor = createActor(orderMachine, { input: { lots: 3, limit: null, stop: null } });
  actor.start();
  actor.send({ type: 'Sent' });
  actor.send(event);
  const before = actor.getSnapshot();
  expect(before.value).toBe(end);
  actor.send({ type: 'Filled', lots: 2 });
  expect(actor.getSnapshot()).toMatchObject({ value: end, context: { filled: before.context.filled + 2, lateFills: 1 } });
});

test('a refused change counts no longer, also when the cancel asked for after it was refused first', () => {
  const actor = createActor(orderMachine, { input: { lots: 3, limit: 100, stop: null } });
  actor.start();
  for (const event of [{ type: 'Sent' }, { type: 'Acked' }, { type: 'ReplaceAsked', lots: 9 }, { type: 'CancelAsked' }] as const)
    actor.send(event);
  actor.send({ type: 'CancelRejected' });
  expect(actor.getSnapshot()).toMatchObject({ value: 'LIVE', context: { wanted: 9 } });
  actor.send({ type: 'ReplaceRejected' });
  expect(actor.getSnapshot()).toMatchObject({ value: 'LIVE', context: { lots: 3, wanted: null } });
});
