/** Strategies: which there are, how one is written, and documents that are checked and kept. A program is code, and comes in at the machine only. */
import { whole } from '../contracts/rest.ts';
import { strategyBody, strategyChecked, strategyDetail, strategyParams, strategyRow } from '../contracts/rest-strategies.ts';
import { type Route, route } from '../http/router.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';

export function strategyRoutes({ strategies, desk: { desk } }: Pick<RestPorts, 'strategies' | 'desk'>): Route[] {
  const tags = ['strategies'];
  return [
    route({
      ...{ route: 'GET /api/v1/strategies', summary: 'Strategies that may run here', tags, out: { 200: whole(strategyRow) } },
      handle: async ({ request }) => ({
        status: 200,
        body: { items: await answered(() => strategies.list(request.signal)), seq: desk.seq },
      }),
    }),
    route({
      ...{ route: 'GET /api/v1/strategies/:strategy', summary: 'One of them, by its name or the beginning of its version', tags },
      ...{ params: strategyParams, out: { 200: strategyDetail } },
      async handle({ params, request }) {
        const found = await answered(() => strategies.find(params.strategy, request.signal), 'params');
        if (found === null) throw notThere(`there is no strategy ${params.strategy}`, 'GET /api/v1/strategies lists them');
        return { status: 200, body: found };
      },
    }),
    route({
      ...{ route: 'POST /api/v1/strategies', summary: 'Check a document, and keep it when it is right', tags },
      ...{ body: strategyBody, out: { 200: strategyChecked } },
      handle: async ({ body: { text, keep }, request }) => ({
        status: 200,
        body: await answered(() => strategies.check(text, keep, null, request.signal), 'body'),
      }),
    }),
    route({
      ...{ route: 'PUT /api/v1/strategies/:strategy', summary: 'Another version of a document, under the name it has', tags },
      ...{ params: strategyParams, body: strategyBody, out: { 200: strategyChecked } },
      handle: async ({ params, body: { text, keep }, request }) => ({
        status: 200,
        body: await answered(() => strategies.check(text, keep, params.strategy, request.signal), 'body'),
      }),
    }),
  ];
}
