/** The routes by which somebody gets in, shows themselves again, and goes out. How that is judged stands in gateway/access/sign-in.ts. */
import type { Access } from '../access/access.ts';
import type { Caller } from '../access/callers.ts';
import { demoFault } from '../access/demo.ts';
import { AccessRefused, type Refusal } from '../access/refusals.ts';
import { SECOND_STEP_US } from '../access/second-step.ts';
import { type SignedIn, signIn, signInAtFirst, signInToDemo, signOut, takeSecondStep } from '../access/sign-in.ts';
import { credentials, firstAdmin, passwordOnly, type SessionDocument, sessionDocument } from '../contracts/session.ts';
import { problem, Refused } from '../http/problem.ts';
import { type Route, route } from '../http/router.ts';
import type { Request } from '../transport/server.ts';
import { factsOf, grantOf, refusalProblem } from './admission.ts';

export type SessionPlace = Readonly<{ desk: string; mode: () => SessionDocument['mode']; version: string; behindTls: boolean }>;

const TAGS = ['session'];
const NO_STORE = { 'cache-control': 'no-store' };

export function sessionRoutes(access: Access, place: SessionPlace): Route[] {
  const facts = (request: Request) => factsOf(request, place.behindTls);
  const told = (request: Request, caller: Caller, csrf: string | null): SessionDocument => {
    const { store, demo, liveAccounts, origins } = access.options;
    const firstRun = store.read().users.length === 0 && !demo;
    const offered = caller.by === 'nobody' && demoFault(facts(request), demo, liveAccounts(), origins) === null;
    const around = { firstRun, demoOffered: offered, desk: place.desk, mode: place.mode(), version: place.version };
    if (caller.by === 'nobody')
      return {
        ...{ signedIn: false, user: null, role: null, by: null, demo: false, csrf: null, until: null, secondStep: null },
        ...around,
      };
    const at = caller.by === 'session' ? caller.secondStep : null;
    return {
      ...{ signedIn: true, user: caller.user, role: caller.role, by: caller.by, csrf, until: caller.until },
      demo: caller.by === 'session' && caller.demo,
      secondStep: at === null ? null : { at, until: at + SECOND_STEP_US },
      ...around,
    };
  };
  const begun = async (request: Request, trying: Promise<SignedIn | Refusal>) => {
    const signed = await trying.catch((error: unknown) => {
      if (error instanceof AccessRefused) throw new Refused(problem(400, 'bad-input', 'Refused', error.message, { remedy: error.remedy }));
      throw error;
    });
    if (!signed.allowed) throw new Refused(refusalProblem(signed), waiting(signed));
    return { status: 200 as const, body: told(request, signed.caller, signed.csrf), headers: { ...NO_STORE, 'set-cookie': signed.cookie } };
  };
  return [
    route({
      route: 'GET /api/v1/session',
      summary: 'who is signed in, and the token of this session',
      tags: TAGS,
      out: { 200: sessionDocument },
      handle({ request }) {
        const { caller, csrf } = grantOf(request);
        return { status: 200, body: told(request, caller, csrf), headers: NO_STORE };
      },
    }),
    route({
      route: 'POST /api/v1/session',
      summary: 'sign in with name and password',
      tags: TAGS,
      body: credentials,
      out: { 200: sessionDocument },
      handle: ({ request, body }) => begun(request, signIn(access, facts(request), body)),
    }),
    route({
      route: 'POST /api/v1/session/demo',
      summary: 'sign in to the demonstration, at its own machine',
      tags: TAGS,
      out: { 200: sessionDocument },
      handle: ({ request }) => begun(request, signInToDemo(access, facts(request))),
    }),
    route({
      route: 'POST /api/v1/session/second-step',
      summary: 'show again that it is you: good for a quarter of an hour',
      tags: TAGS,
      body: passwordOnly,
      out: { 200: sessionDocument },
      handle: ({ request, body }) => begun(request, takeSecondStep(access, facts(request), body.password)),
    }),
    route({
      route: 'POST /api/v1/first-run',
      summary: 'make the first admin, with the link of the terminal',
      tags: TAGS,
      body: firstAdmin,
      out: { 200: sessionDocument },
      handle: ({ request, body }) => begun(request, signInAtFirst(access, facts(request), body)),
    }),
    route({
      route: 'DELETE /api/v1/session',
      summary: 'sign out',
      tags: TAGS,
      out: { 204: null },
      async handle({ request }) {
        const cookie = await signOut(access, facts(request), grantOf(request).caller);
        return { status: 204, body: null, headers: { 'set-cookie': cookie } };
      },
    }),
  ];
}

const waiting = ({ waitUs }: Refusal): Readonly<Record<string, string>> =>
  waitUs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(waitUs / 1e6))) };
