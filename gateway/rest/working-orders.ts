/** The orders a desk knows and that have not ended, as this API tells an order: read from the desk at this moment. */
import type { Desk } from '#actors/desk.ts';
import type { RestOrder } from '../contracts/rest-orders.ts';
import { orderOf } from '../live/desk-rows.ts';

/** In the order in which they were approved. When and why is the journal's to tell: it is asked for one order. */
export function workingOrders(desk: Desk): RestOrder[] {
  return [...desk.parts.orders.working].map((order) => {
    const row = orderOf(order, order.market.definition);
    return { ...row, ended: false, postOnly: order.terms.postOnly, approvedAt: null, why: null };
  });
}
