/** Why, and when: an explanation down to the tick, the whole desk at a number, and the journal's frames as they are stored. */
import {
  explainParams,
  explanation,
  frameParams,
  frameQuery,
  frames,
  journal as journalSchema,
  state,
  stateQuery,
} from '../contracts/rest-journal.ts';
import { type Route, route } from '../http/router.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere, wrongField } from './problems.ts';

export function journalRoutes({ desk, journal }: Pick<RestPorts, 'desk' | 'journal'>): Route[] {
  const tags = ['journal'];
  return [
    route({
      ...{ route: 'GET /api/v1/explain/:address', summary: 'Why: an order, a decision, a number or a moment', tags },
      ...{ params: explainParams, out: { 200: explanation } },
      handle: async ({ params: { address }, request }) => ({
        status: 200,
        body: await answered(() => journal.explain({ what: address }, request.signal), 'params'),
      }),
    }),
    route({
      ...{
        route: 'GET /api/v1/state',
        summary: 'The whole desk right after a number, or at a moment',
        tags,
        query: stateQuery,
        out: { 200: state },
      },
      async handle({ query: { seq, at }, request }) {
        if (seq !== undefined && at !== undefined) throw wrongField('query.at', 'stands beside seq', 'give one of them');
        return { status: 200, body: await answered(() => journal.state({ seq: seq ?? null, at: at ?? null }, request.signal)) };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/journal', summary: 'What the journal holds, and the hash of its end', tags, out: { 200: journalSchema } },
      handle: async ({ request }) => ({
        status: 200,
        body: { ...(await answered(() => journal.journal({}, request.signal))), durable: desk.durable() },
      }),
    }),
    route({
      ...{ route: 'GET /api/v1/journal/:number', summary: 'The frame that holds a number, byte for byte, and those behind it', tags },
      ...{ params: frameParams, query: frameQuery, out: { 200: frames } },
      async handle({ params: { number }, query, request }) {
        const asked = { number, frames: query.frames, bytes: query.bytes === 'true' };
        const found = await answered(() => journal.frames(asked, request.signal), 'params');
        if (found === null) throw notThere(`the journal holds no number ${number}`, 'GET /api/v1/journal says which it holds');
        return { status: 200, body: found };
      },
    }),
  ];
}
