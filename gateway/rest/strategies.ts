/** Strategies: which there are, how one is written, the language of documents, and documents that are checked, kept and taken away. A program is code, and comes in at the machine only. */
import { vocabulary } from '#engine/strategy/language/vocabulary.ts';
import { whole } from '../contracts/rest.ts';
import {
  changesQuery,
  type StrategyLanguage,
  strategyBody,
  strategyChanges,
  strategyChecked,
  strategyDetail,
  strategyLanguage,
  strategyParams,
  strategyRow,
  strategyVersionParams,
} from '../contracts/rest-strategies.ts';
import { type Route, route } from '../http/router.ts';
import type { RestPorts } from './ports.ts';
import { answered, conflict, notThere } from './problems.ts';

export function strategyRoutes({ strategies, backtests, desk: { desk } }: Pick<RestPorts, 'strategies' | 'backtests' | 'desk'>): Route[] {
  const tags = ['strategies'];
  const mustBe = async (named: string, signal: AbortSignal) => {
    const found = await answered(() => strategies.find(named, signal), 'params');
    if (found === null) throw notThere(`there is no strategy ${named}`, 'GET /api/v1/strategies lists them');
    return found;
  };
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
      handle: async ({ params, request }) => ({ status: 200, body: await mustBe(params.strategy, request.signal) }),
    }),
    route({
      ...{ route: 'GET /api/v1/strategies/:strategy/changes', summary: 'What a document says otherwise than another, in words', tags },
      ...{ params: strategyParams, query: changesQuery, out: { 200: strategyChanges } },
      async handle({ params, query, request }) {
        await mustBe(params.strategy, request.signal);
        await mustBe(query.since, request.signal);
        const items = await answered(() => strategies.changes(query.since, params.strategy, request.signal));
        return { status: 200, body: { items: [...items] } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/strategy-language', summary: 'What may be written in a document, and where', tags },
      ...{ out: { 200: strategyLanguage } },
      handle: () => ({ status: 200, body: LANGUAGE }),
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
    route({
      ...{ route: 'DELETE /api/v1/strategies/:strategy', summary: 'Take a kept version away that nothing here names', tags },
      ...{ params: strategyVersionParams, out: { 204: null } },
      async handle({ params, request }) {
        const { name, version, kept, deployed } = await mustBe(params.strategy, request.signal);
        if (kept !== 'kept') throw conflict('it came with this build, and was never kept here', 'only kept versions can be taken away');
        if (deployed.length > 0)
          throw conflict(`this desk runs it as ${deployed.join(', ')}`, 'what runs stays: what it decided must be run again some day');
        if (
          backtests.list().some(({ endedAt, asked }) => endedAt === null && (asked.strategy === name || version.startsWith(asked.strategy)))
        )
          throw conflict('a backtest of it waits or runs', 'end it first: DELETE /api/v1/backtests/<its id>');
        const names = await answered(() => strategies.remove(version, request.signal), 'params');
        if (names.length > 0)
          throw conflict(`it is named by ${listed(names)}`, 'what was recorded with it could not be run again without it');
        return { status: 204, body: null };
      },
    }),
  ];
}

const LANGUAGE = vocabulary() as StrategyLanguage;

const MOST_NAMED = 5;
const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMED ? names.join(', ') : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;
