/** Users, tokens and sessions: thin over administer.ts, which holds their rules. What would make a key asks for a person and their second step first. */

import type { User } from '../access/access-state.ts';
import type { Doer } from '../access/administer.ts';
import { plainAddress } from '../access/request.ts';
import { grantLive, type LiveGrant } from '../access/second-step.ts';
import { endSession, sessionsOf } from '../access/sessions.ts';
import { tokensShown } from '../access/tokens.ts';
import { userNamed, withoutSessions } from '../access/users.ts';
import { page, whole } from '../contracts/rest.ts';
import {
  attempt,
  attemptsQuery,
  changeUserBody,
  newToken,
  newTokenBody,
  newUserBody,
  passwordBody,
  session,
  sessionParams,
  token,
  tokenParams,
  user,
  userParams,
  whoseQuery,
} from '../contracts/rest-access.ts';
import { type About, type Route, route } from '../http/router.ts';
import { callerOf } from '../serve/admission.ts';
import type { Request } from '../transport/server.ts';
import { userOf } from './callers.ts';
import { pageAt } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere, refusedOf } from './problems.ts';

const DAY_US = 86_400_000_000;
const own = (owner: string | undefined | null): About => ({ owner: owner ?? null, live: false });
const shown = ({ hash: _, ...rest }: User) => rest;

export function peopleRoutes({ access, desk: { desk }, nowUs }: Pick<RestPorts, 'access' | 'desk' | 'nowUs'>): Route[] {
  const { administer, state, times } = access;
  const doer = (request: Request): Doer => {
    const caller = callerOf(request);
    const by = caller.by === 'session' ? `session ${caller.session}` : caller.by === 'token' ? `token ${caller.token}` : 'nobody';
    return { who: userOf(caller), by, address: plainAddress(request.remote) };
  };
  const mustBe = (name: string): User => {
    const found = userNamed(state(), name);
    if (found === null) throw notThere(`${name} is nobody here`, 'GET /api/v1/users lists who there is');
    return found;
  };
  const tags = ['people'];
  const seq = () => desk.seq;
  return [
    route({
      ...{ route: 'GET /api/v1/users', summary: 'Who there is', tags, out: { 200: whole(user) } },
      handle: () => ({ status: 200, body: { items: state().users.map(shown), seq: seq() } }),
    }),
    route({
      ...{ route: 'GET /api/v1/users/:user', summary: 'A user', tags, params: userParams, out: { 200: user } },
      about: ({ params }) => own(params.user),
      handle: ({ params }) => ({ status: 200, body: shown(mustBe(params.user)) }),
    }),
    route({
      ...{ route: 'POST /api/v1/users', summary: 'Add a user', tags, body: newUserBody, out: { 201: user } },
      async handle({ body, request }) {
        await answered(() => administer.addUser(doer(request), body), 'body');
        return { status: 201, body: shown(mustBe(body.name.toLowerCase())) };
      },
    }),
    route({
      ...{
        route: 'PATCH /api/v1/users/:user',
        summary: 'Another role, or disabled',
        tags,
        params: userParams,
        body: changeUserBody,
        out: { 200: user },
      },
      async handle({ params, body: { role, disabled }, request }) {
        const { name } = mustBe(params.user);
        await answered(async () => {
          if (role !== undefined) await administer.setRole(doer(request), name, role);
          if (disabled === true) await administer.disable(doer(request), name);
          if (disabled === false) await administer.enable(doer(request), name);
        }, 'body');
        return { status: 200, body: shown(mustBe(name)) };
      },
    }),
    route({
      ...{ route: 'POST /api/v1/users/:user/password', summary: 'A new password: every session of theirs ends', tags },
      ...{ params: userParams, body: passwordBody, out: { 204: null } },
      about: ({ params }) => own(params.user),
      async handle({ params, body, request }) {
        const { name } = mustBe(params.user);
        await answered(() => administer.setPassword(doer(request), name, body.password), 'body');
        return { status: 204, body: null };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/tokens', summary: 'Tokens, without what they hold', tags, query: whoseQuery, out: { 200: whole(token) } },
      about: ({ query }) => own(query.user),
      handle({ query, request }) {
        const whose = query.user ?? userOf(callerOf(request));
        const items = tokensShown(state().tokens.filter(({ user: of }) => of === whose));
        return { status: 200, body: { items, seq: seq() } };
      },
    }),
    route({
      ...{
        route: 'POST /api/v1/tokens',
        summary: 'A token for a program; its text is told this once',
        tags,
        body: newTokenBody,
        out: { 201: newToken },
      },
      about: ({ body }) => own(body.user),
      async handle({ body: { user: of, label, scope, days, live }, request }) {
        const caller = callerOf(request);
        const now = nowUs();
        let liveBy: LiveGrant | null = null;
        if (live) {
          const granted = grantLive(caller, now);
          if (typeof granted !== 'string') throw refusedOf(granted);
          liveBy = granted;
        }
        const asked = { user: of ?? userOf(caller) ?? '', label, scope, expires: days === null ? null : now + days * DAY_US, liveBy };
        const made = await answered(() => administer.newToken(doer(request), asked), 'body');
        return { status: 201, body: { token: tokensShown([made.token])[0]!, text: made.text }, headers: { 'cache-control': 'no-store' } };
      },
    }),
    route({
      ...{
        route: 'DELETE /api/v1/tokens/:token',
        summary: 'Revoke it: it opens nothing from now on',
        tags,
        params: tokenParams,
        out: { 204: null },
      },
      about: ({ params }) => {
        const found = state().tokens.find(({ id }) => id === params.token);
        return found === undefined ? null : own(found.user);
      },
      async handle({ params, request }) {
        if (!state().tokens.some(({ id }) => id === params.token))
          throw notThere('there is no such token', 'GET /api/v1/tokens lists them');
        await answered(() => administer.revokeToken(doer(request), params.token), 'params');
        return { status: 204, body: null };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/sessions', summary: 'Browsers that are signed in', tags, query: whoseQuery, out: { 200: whole(session) } },
      about: ({ query }) => own(query.user),
      handle({ query, request }) {
        const caller = callerOf(request);
        const items = sessionsOf(state(), query.user ?? userOf(caller) ?? '', nowUs(), times).map((one) => ({
          ...one,
          own: caller.by === 'session' && caller.session === one.id,
        }));
        return { status: 200, body: { items, seq: seq() } };
      },
    }),
    route({
      ...{ route: 'DELETE /api/v1/sessions', summary: 'Sign out everywhere', tags, query: whoseQuery, out: { 204: null } },
      about: ({ query }) => own(query.user),
      async handle({ query, request }) {
        const whose = query.user ?? userOf(callerOf(request)) ?? '';
        await administer.endSessions(doer(request), whose, 'every session', (before) => withoutSessions(before, whose));
        return { status: 204, body: null };
      },
    }),
    route({
      ...{ route: 'DELETE /api/v1/sessions/:session', summary: 'Sign one browser out', tags, params: sessionParams, out: { 204: null } },
      about: ({ params }) => {
        const found = state().sessions.find(({ id }) => id === params.session);
        return found === undefined ? null : own(found.user);
      },
      async handle({ params, request }) {
        const found = state().sessions.find(({ id }) => id === params.session);
        if (found === undefined) throw notThere('there is no such session', 'GET /api/v1/sessions lists them');
        await administer.endSessions(doer(request), found.user, `session ${found.id}`, (before) => endSession(before, found.id));
        return { status: 204, body: null };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/attempts', summary: 'Who tried what: sign-ins, refusals, changes of who may', tags },
      ...{ query: attemptsQuery, out: { 200: page(attempt) } },
      async handle({ query, request }) {
        const rows = (await answered(() => access.attempts(request.signal))).filter(
          ({ ok, who }) => (query.ok === undefined || String(ok) === query.ok) && (query.who === undefined || who === query.who),
        );
        return { status: 200, body: { ...pageAt('attempts', rows, ({ at, what, why }) => `${at} ${what} ${why}`, query), seq: seq() } };
      },
    }),
  ];
}
