/** Backtests on this machine, asked for by a program or a page: begun, looked at, ended. They run beside the desk, never in it, and only so many. */
import { page } from '../contracts/rest.ts';
import { backtest, backtestBody, backtestParams, backtestsQuery } from '../contracts/rest-runs.ts';
import { type Route, route } from '../http/router.ts';
import { callerOf } from '../serve/admission.ts';
import { userOf } from './callers.ts';
import { pageAt } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';

export function backtestRoutes({ backtests, desk: { desk } }: Pick<RestPorts, 'backtests' | 'desk'>): Route[] {
  const tags = ['backtests'];
  const mustBe = (id: string) => {
    const found = backtests.find(id);
    if (found === null) throw notThere(`there is no backtest ${id}`, 'GET /api/v1/backtests lists those of this life of the gateway');
    return found;
  };
  return [
    route({
      ...{ route: 'POST /api/v1/backtests', summary: 'Begin a backtest', tags, body: backtestBody, out: { 202: backtest } },
      async handle({ body, request }) {
        const begun = await answered(() => backtests.start(body, userOf(callerOf(request)) ?? 'nobody'), 'body');
        return { status: 202, body: begun, headers: { location: `/api/v1/backtests/${begun.backtest}` } };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/backtests',
        summary: 'Backtests that wait, run, or ended',
        tags,
        query: backtestsQuery,
        out: { 200: page(backtest) },
      },
      handle({ query, request }) {
        const user = userOf(callerOf(request));
        const rows = backtests.list().filter(({ by }) => query.mine !== true || by === user);
        return { status: 200, body: { ...pageAt('backtests', rows, (one) => one.backtest, query), seq: desk.seq } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/backtests/:backtest', summary: 'How far it is, and what came out', tags },
      ...{ params: backtestParams, out: { 200: backtest } },
      handle: ({ params }) => ({ status: 200, body: mustBe(params.backtest) }),
    }),
    route({
      ...{
        route: 'DELETE /api/v1/backtests/:backtest',
        summary: 'End it; nothing of it is kept',
        tags,
        params: backtestParams,
        out: { 200: backtest },
      },
      about: ({ params }) => {
        const found = backtests.find(params.backtest);
        return found === null ? null : { owner: found.by, live: false };
      },
      handle: ({ params }) => ({ status: 200, body: backtests.cancel(mustBe(params.backtest).backtest) }),
    }),
  ];
}
