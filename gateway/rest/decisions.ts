/** What the desk decided, a window of its journal at a time, and the orders it did not let out, with every clause. */
import { page } from '../contracts/rest.ts';
import { decision, decisionParams, decisionsQuery, refusals, refusalsQuery } from '../contracts/rest-journal.ts';
import { type Route, route } from '../http/router.ts';
import { cursorOf } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';
import { walkedPage, walkIn, whoseIn } from './walks.ts';

export function decisionRoutes({ journal }: Pick<RestPorts, 'journal'>): Route[] {
  const tags = ['decisions'];
  return [
    route({
      ...{ route: 'GET /api/v1/decisions', summary: 'Decisions of a window', tags, query: decisionsQuery, out: { 200: page(decision) } },
      async handle({ query, request }) {
        const asked = { ...walkIn('decisions', query), after: query.after ?? null, types: query.type ?? null, about: query.about ?? null };
        return { status: 200, body: walkedPage('decisions', query, await answered(() => journal.decisions(asked, request.signal))) };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/decisions/:address', summary: 'One decision', tags, params: decisionParams, out: { 200: decision } },
      async handle({ params, request }) {
        const found = await answered(() => journal.decision(params, request.signal), 'params');
        if (found === null) throw notThere(`the journal holds no decision ${params.address}`, 'GET /api/v1/decisions lists them');
        return { status: 200, body: found };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/refusals', summary: 'Orders that were not let out: every clause, and how often each refused', tags },
      ...{ query: refusalsQuery, out: { 200: refusals } },
      async handle({ query, request }) {
        const asked = { ...walkIn('refusals', query), ...whoseIn(query), clause: query.clause ?? null };
        const said = await answered(() => journal.refusals(asked, request.signal));
        return { status: 200, body: { ...said, next: said.next === null ? null : cursorOf(`refusals ${query.order}`, said.next) } };
      },
    }),
  ];
}
