/**
 * Puts whoever asks before the rules of who may: a request as those rules read it, a layer that lets nothing through without a yes, and
 * what they said of a request, for its handler. It has no rule of its own.
 */
import type { About, Access, Granted } from '../access/access.ts';
import { type Caller, NOBODY } from '../access/callers.ts';
import type { Refusal } from '../access/refusals.ts';
import type { RequestFacts } from '../access/request.ts';
import { type Layer, note, noteOf } from '../http/layer.ts';
import { type Problem, problem, problemAnswer } from '../http/problem.ts';
import type { Answer, Request } from '../transport/server.ts';

/** `secure`: browsers reach it over TLS, here or at a proxy in front. */
export const factsOf = ({ method, path, query, headers, remote, secure }: Request, behindTls: boolean, upgrade = false): RequestFacts => ({
  ...{ method, path, query, headers, upgrade },
  address: remote,
  tls: secure || behindTls,
});

/** What must be asked for; all else are the files of the pages, which hold nothing of the desk. */
export const isGuarded = (path: string): boolean => /^\/(api|metrics|health)(\/|$)/.test(path);

/** Of whom and of what a request is, as far as its address tells: a handler that learns more asks again. */
export type AboutOf = (request: Request) => About;

export const accessLayer =
  (access: Access, behindTls: boolean, aboutOf: AboutOf): Layer =>
  (next) =>
  async (request) => {
    if (!isGuarded(request.path) || request.method === 'OPTIONS') return next(request);
    const decision = access.decide(factsOf(request, behindTls), aboutOf(request));
    if (!decision.allowed) return refusalAnswer(decision);
    note(request, decision);
    return next(request);
  };

/** What the layer found; of a request that it did not see, nobody asks. */
export const grantOf = (request: Request): Granted =>
  (noteOf(request) as Granted | undefined) ?? { allowed: true, caller: NOBODY, csrf: null };
export const callerOf = (request: Request): Caller => grantOf(request).caller;

/** By whom a command was given, as the journal keeps it. */
export function nameOf(caller: Caller): string {
  switch (caller.by) {
    case 'nobody':
      return 'nobody';
    case 'session':
      return caller.user;
    case 'token':
      return `${caller.user} by token ${caller.token}`;
  }
}

export function refusalProblem({ status, reason, why, remedy }: Refusal): Problem {
  const title = status === 401 ? 'Not signed in' : status === 429 ? 'Wait' : status === 403 ? 'Not allowed' : 'Refused';
  return problem(status, reason, title, why, { remedy });
}

export const refusalHeaders = ({ waitUs, status }: Refusal): Readonly<Record<string, string>> => ({
  ...(waitUs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(waitUs / 1e6))) }),
  ...(status === 401 ? { 'www-authenticate': 'Bearer realm="retrace"' } : {}),
});
export const refusalAnswer = (refusal: Refusal): Answer => problemAnswer(refusalProblem(refusal), refusalHeaders(refusal));
