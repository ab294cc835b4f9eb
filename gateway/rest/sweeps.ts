/** Sweeps that were made here: which there are, what each found, and its trials over two parameters as a map. They are begun at the terminal. */
import { page } from '../contracts/rest.ts';
import { plateau, plateauQuery, sweep, sweepDetail, sweepParams, sweepsQuery } from '../contracts/rest-sweeps.ts';
import { type Route, route } from '../http/router.ts';
import { pageAt } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';

export function sweepRoutes({ sweeps, desk: { desk } }: Pick<RestPorts, 'sweeps' | 'desk'>): Route[] {
  const tags = ['runs'];
  const noSuch = (named: string) => notThere(`there is no sweep ${named}`, 'GET /api/v1/sweeps lists them');
  return [
    route({
      ...{ route: 'GET /api/v1/sweeps', summary: 'Searches over parameters, the newest first', tags },
      ...{ query: sweepsQuery, out: { 200: page(sweep) } },
      async handle({ query, request }) {
        const all = await answered(() => sweeps.list(request.signal));
        const rows = all.filter(({ strategy }) => query.strategy === undefined || strategy === query.strategy);
        return { status: 200, body: { ...pageAt('sweeps', rows, (one) => one.sweep, query), seq: desk.seq } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/sweeps/:sweep', summary: 'What it found, and how far that can be believed', tags },
      ...{ params: sweepParams, out: { 200: sweepDetail } },
      async handle({ params, request }) {
        const found = await answered(() => sweeps.find(params.sweep, request.signal), 'params');
        if (found === null) throw noSuch(params.sweep);
        return { status: 200, body: found };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/sweeps/:sweep/plateau', summary: 'Its trials over two parameters, as a map', tags },
      ...{ params: sweepParams, query: plateauQuery, out: { 200: plateau } },
      async handle({ params, query, request }) {
        const found = await answered(() => sweeps.plateau({ sweep: params.sweep, ...query }, request.signal));
        if (found === null) throw noSuch(params.sweep);
        return { status: 200, body: found };
      },
    }),
  ];
}
