/** The routes of replays, and the place where one is watched. What they mean stands in replays.ts; who may what, in the policy's table. */
import { z } from 'zod';
import {
  replayAsked,
  replayDocument,
  replayForkAsked,
  replayForked,
  replayList,
  replayMove,
  replayStanding,
  replayTimeline,
  timelineAsked,
  togetherAsked,
} from '../contracts/replays.ts';
import { problem, problemAnswer, Refused } from '../http/problem.ts';
import { type Route, route } from '../http/router.ts';
import type { Admitted } from '../live/live-end.ts';
import type { May } from '../live/viewer.ts';
import type { Request } from '../transport/server.ts';
import type { Replays } from './replays.ts';

export const REPLAYS_LIVE = '/api/v1/replays/live';

const TAGS = ['replays'];
const NO_STORE = { 'cache-control': 'no-store' };
const params = z.strictObject({ id: z.string().min(1).max(64) });

/** `who`: who asks, by name. */
export function replayRoutes(replays: Replays, who: (request: Request) => string): Route[] {
  return [
    route({
      route: 'POST /api/v1/replays',
      summary: 'open a recorded day, or what a run wrote, to watch it again and move about in it',
      tags: TAGS,
      body: replayAsked,
      out: { 201: replayDocument },
      async handle({ body, request }) {
        const opened = await replays.open(who(request), body);
        return { status: 201, body: opened, headers: { ...NO_STORE, location: `/api/v1/replays/${opened.id}` } };
      },
    }),
    route({
      route: 'GET /api/v1/replays',
      summary: 'the replays that are open, and those that have ended lately',
      tags: TAGS,
      out: { 200: replayList },
      handle: () => ({ status: 200, body: replays.list(), headers: NO_STORE }),
    }),
    route({
      route: 'GET /api/v1/replays/:id',
      summary: 'one replay: what it plays and where it stands',
      tags: TAGS,
      params,
      out: { 200: replayDocument },
      handle: ({ params: { id } }) => ({ status: 200, body: replays.one(id), headers: NO_STORE }),
    }),
    route({
      route: 'DELETE /api/v1/replays/:id',
      summary: 'end a replay',
      tags: TAGS,
      params,
      out: { 204: null },
      about: ({ params: { id } }) => ({ owner: replays.owner(id), live: false }),
      handle({ params: { id }, request }) {
        replays.end(id, `ended by ${who(request)}`);
        return { status: 204, body: null };
      },
    }),
    route({
      route: 'POST /api/v1/replays/:id/move',
      summary: 'go to a number or a time, step, jump, play or pause; answered once it is there',
      tags: TAGS,
      params,
      body: replayMove,
      out: { 200: replayStanding },
      handle: async ({ params: { id }, body }) => ({ status: 200, body: await replays.move(id, body), headers: NO_STORE }),
    }),
    route({
      route: 'GET /api/v1/replays/:id/timeline',
      summary: 'what happened in each stretch of it, for a scrubber',
      tags: TAGS,
      params,
      query: timelineAsked,
      out: { 200: replayTimeline },
      handle: async ({ params: { id }, query: { buckets } }) => ({
        status: 200,
        body: await replays.timeline(id, buckets),
        headers: NO_STORE,
      }),
    }),
    route({
      route: 'POST /api/v1/replays/:id/fork',
      summary: 'what would have been different: a branch from where it stands, kept as a run and opened beside it',
      tags: TAGS,
      params,
      body: replayForkAsked,
      out: { 201: replayForked },
      handle: async ({ params: { id }, body, request }) => ({
        status: 201,
        body: await replays.fork(id, who(request), body.change),
        headers: NO_STORE,
      }),
    }),
    route({
      route: 'POST /api/v1/replays/:id/together',
      summary: 'a branch and its baseline on one clock, or each on its own',
      tags: TAGS,
      params,
      body: togetherAsked,
      out: { 200: replayDocument },
      handle: ({ params: { id }, body }) => ({ status: 200, body: replays.together(id, body.together), headers: NO_STORE }),
    }),
  ];
}

/** At REPLAYS_LIVE, `?replay=<id>`. */
export function replayOffer(replays: Replays): (request: Request, may: May) => Admitted {
  return (request, may) => {
    const id = new URLSearchParams(request.query).get('replay');
    if (id === null || id === '')
      return {
        refuse: problemAnswer(
          problem(400, 'malformed', 'Which replay?', 'the address names none', {
            remedy: `${REPLAYS_LIVE}?replay=<id>, as POST /api/v1/replays answered it`,
          }),
        ),
      };
    try {
      return replays.watch(id, may);
    } catch (error) {
      if (error instanceof Refused) return { refuse: problemAnswer(error.problem, error.headers) };
      throw error;
    }
  };
}
