/** What the outbox is told of the gates right before it sends: as approve() judged them. */
import { expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import { effectsDesk } from '#cli/compose/effects-desk.ts';
import type { OrderId } from '#engine/values.ts';
import { tell } from '../reference/story.ts';

/** Why an order would stay home at the end of a story; null: it may leave. */
function closedFor(lines: string, order: string): string | null {
  const desks: Desk[] = [];
  tell(lines.split('\n'), undefined, (options) => {
    desks.push(new Desk({ ...options, sink: () => {} }));
    return desks;
  });
  return effectsDesk(desks[0]).closedFor(order as OrderId);
}

const LONG = `
  instrument BTC
  account B venue=sim window=5s
  arm
  deploy S BTC/1m account=B
  ready B
  snapshot B
  arm account B
  trade BTC 100 x9 @1s
  on bars @1m: buy BTC 3
  wait @1m
  report 8.3 Acked
  report 8.3 Filled fill=v1 lots=2 price=100`;

test('an order of Flatten leaves although its strategy is stopped; any other of that strategy does not', () => {
  expect(closedFor(LONG, '8.3')).toBeNull();
  expect(closedFor(`${LONG}\n pause S`, '8.3')).toBe('strategy S CANCEL_ONLY');
  expect(closedFor(`${LONG}\n pause S\n flatten B`, '12.1')).toBeNull();
  expect(closedFor(`${LONG}\n pause S\n flatten B\n kill`, '12.1')).toBe('global * KILLED');
});
