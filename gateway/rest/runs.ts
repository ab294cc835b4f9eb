/** The catalogue of runs: lists, one run and its parts, two beside each other, tags. A part is the run played again, never what was written beside it. */
import { page, whole } from '../contracts/rest.ts';
import {
  compareQuery,
  comparison,
  type RestRunPart,
  run,
  runDetail,
  runParams,
  runPart,
  runPartParams,
  runPartQuery,
  runPatch,
  runsQuery,
  tape,
} from '../contracts/rest-runs.ts';
import { type Route, route } from '../http/router.ts';
import type { Request } from '../transport/server.ts';
import { behindIn, cursorBehind, cursorOf, numberBehind } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';

export function runRoutes({ runs, desk: { desk } }: Pick<RestPorts, 'runs' | 'desk'>): Route[] {
  const tags = ['runs'];
  const mustBe = async (id: string, { signal }: Request) => {
    const found = await answered(() => runs.find(id, signal), 'params');
    if (found === null) throw notThere(`there is no run ${id}`, 'GET /api/v1/runs lists them');
    return found;
  };
  return [
    route({
      ...{
        route: 'GET /api/v1/runs',
        summary: 'Backtests, branches and sweeps that were kept',
        tags,
        query: runsQuery,
        out: { 200: page(run) },
      },
      async handle({ query, request }) {
        const { limit, cursor, ...asked } = query;
        const list = `runs ${asked.sort}`;
        const { items, next } = await answered(() => runs.list({ ...asked, limit, behind: behindIn(list, cursor) }, request.signal));
        return { status: 200, body: { items, next: cursorBehind(list, next), seq: desk.seq } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/comparison', summary: 'Two runs beside each other: where they part first', tags },
      ...{ query: compareQuery, out: { 200: comparison } },
      async handle({ query: { a, b }, request }) {
        for (const id of [a, b]) await mustBe(id, request);
        return { status: 200, body: await answered(() => runs.compare(a, b, request.signal)) };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/runs/:run',
        summary: 'A run, with what it was begun with',
        tags,
        params: runParams,
        out: { 200: runDetail },
      },
      handle: async ({ params, request }) => ({ status: 200, body: await mustBe(params.run, request) }),
    }),
    route({
      ...{
        route: 'GET /api/v1/runs/:run/:part',
        summary: 'Its report or equity, whole; its ledger or trades, a page after the other',
        tags,
        params: runPartParams,
        query: runPartQuery,
        out: { 200: runPart },
      },
      async handle({ params: { run: named, part }, query: { limit, cursor }, request }) {
        const { run: id, runHash } = await mustBe(named, request);
        const list = `${part} ${id} ${runHash.slice(0, 16)}`; // the same name may be another run by then
        const asked = { run: id, part, limit, behind: numberBehind(list, cursor) };
        const said = await answered(() => runs.part(asked, request.signal));
        const body = 'next' in said ? { ...said, next: said.next === null ? null : cursorOf(list, said.next as number) } : said;
        return { status: 200, body: body as RestRunPart };
      },
    }),
    route({
      ...{
        route: 'PATCH /api/v1/runs/:run',
        summary: 'Other words to find it by',
        tags,
        params: runParams,
        body: runPatch,
        out: { 200: run },
      },
      async handle({ params, body, request }) {
        const { run: id } = await mustBe(params.run, request);
        return { status: 200, body: await answered(() => runs.tag(id, body.tags, request.signal), 'body') };
      },
    }),
    route({
      ...{
        route: 'DELETE /api/v1/runs/:run',
        summary: 'Take it out of the catalogue, with its journal',
        tags,
        params: runParams,
        out: { 204: null },
      },
      async handle({ params, request }) {
        const { run: id } = await mustBe(params.run, request);
        await answered(() => runs.remove(id, request.signal), 'params');
        return { status: 204, body: null };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/tapes', summary: 'Recorded market data, for backtests', tags, out: { 200: whole(tape) } },
      handle: async ({ request }) => ({ status: 200, body: { items: await answered(() => runs.tapes(request.signal)), seq: desk.seq } }),
    }),
  ];
}
