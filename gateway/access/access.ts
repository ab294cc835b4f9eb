/**
 * Who asks, and whether they may: headers in, a decision out. Every no is a record. How somebody signs in stands in sign-in.ts, who may
 * what in policy-table.ts; this only puts them in order, and where something cannot be read it says no.
 */
import type { AccessState, Session } from './access-state.ts';
import { type AttemptKind, type Attempts, attemptOf } from './attempts.ts';
import { type Caller, callerNow, type Named, NOBODY, named, sessionCaller, tokenCaller } from './callers.ts';
import { sessionSecretIn } from './cookies.ts';
import { csrfToken, foreignRequest } from './csrf.ts';
import { demoFault } from './demo.ts';
import type { Passwords } from './passwords.ts';
import { may, routeRow, topicRow } from './policy.ts';
import { type Refusal, refusal } from './refusals.ts';
import { plainAddress, type RequestFacts } from './request.ts';
import type { AccessPorts } from './secrets.ts';
import { SESSION_TIMES, type SessionTimes, sessionOf, touchSession } from './sessions.ts';
import type { AccessStore } from './store.ts';
import { bearerIn, tokenInAddress, tokenOf, touchToken } from './tokens.ts';

export type AccessOptions = Readonly<{
  store: AccessStore;
  attempts: Attempts;
  passwords: Passwords;
  ports: AccessPorts;
  /** Of our own pages, as browsers write them: `http://127.0.0.1:4747`. The first is the one to open. */
  origins: readonly string[];
  demo: boolean;
  /** Whether any account trades live now. */
  liveAccounts: () => boolean;
  /** What cannot be told to whoever asked: a last use that could not be written. */
  trouble: (error: Error) => void;
  times?: SessionTimes;
}>;

export type Granted = Readonly<{
  allowed: true;
  caller: Caller;
  /** For our page, where a session is signed in: what it sends with whatever changes something. */
  csrf: string | null;
}>;
export type Decision = Granted | Refusal;
/** Whom it belongs to, and whether it touches a live account; as policy.ts has them. */
export type About = Readonly<{ owner: string | null; live: boolean }>;

type Known = Readonly<{ caller: Caller; session: Session | null; secret: string | null; state: AccessState }>;

export class Access {
  readonly options: AccessOptions;
  readonly times: SessionTimes;

  constructor(options: AccessOptions) {
    this.options = options;
    this.times = options.times ?? SESSION_TIMES;
  }

  /** Of a request, by its own method and path. Asked again when the owner becomes known is right and cheap. */
  decide(request: RequestFacts, { owner, live }: About): Decision {
    const { nowUs } = this.options.ports;
    const known = this.who(request);
    if ('allowed' in known) return known;
    const { caller, secret } = known;
    const row = routeRow(request.method, request.path);
    const foreign = caller.by === 'token' ? null : foreignRequest(request, caller.by === 'session' ? secret : null, this.options.origins);
    if (foreign !== null) return this.refuse(request, 'csrf', caller, row?.name ?? null, foreign);
    const verdict = may(caller, { action: request, owner, live }, nowUs());
    if (!verdict.allowed) return this.refuse(request, 'policy', caller, row?.name ?? null, verdict);
    this.#touch(known, request);
    return { allowed: true, caller, csrf: caller.by === 'session' && secret !== null ? csrfToken(secret) : null };
  }

  /** Of an open socket, for each topic, and again for each after whatever AccessStore tells. */
  topic(caller: Caller, address: string, topic: string, owner: string | null = null): Decision {
    const now = this.standing(caller);
    const verdict = may(now, { action: { topic }, owner, live: false }, this.options.ports.nowUs());
    if (verdict.allowed) return { allowed: true, caller: now, csrf: null };
    return this.refuse({ address }, 'policy', now, topicRow(topic)?.name ?? null, verdict);
  }

  /** Who an open socket belongs to at this moment: NOBODY is to be closed. `until` says when to look without being told. */
  standing(caller: Caller): Caller {
    try {
      return callerNow(this.options.store.read(), caller, this.#demoRuns(), this.options.ports.nowUs(), this.times);
    } catch {
      return NOBODY; // who listens to the store was told why
    }
  }

  /** Who asks. A credential that is wrong is refused, not left aside: nobody goes on as somebody else by mistake. */
  who(request: RequestFacts): Known | Refusal {
    const { store, ports, demo, liveAccounts, origins } = this.options;
    const address = tokenInAddress(request.path, request.query);
    if (address !== null) return this.refuse(request, 'token', NOBODY, null, address);
    let state: AccessState;
    try {
      state = store.read();
    } catch (error) {
      return this.refuse(
        request,
        'policy',
        NOBODY,
        null,
        refusal(503, 'unreadable', 'who may what cannot be read now, so nobody may anything', 'look into the log of the gateway'),
        (error as Error).message,
      );
    }
    const bearer = bearerIn(request.headers['authorization']);
    if (bearer !== undefined) {
      const token = bearer === null ? null : tokenOf(state, bearer, ports.nowUs());
      const caller = token === null ? NOBODY : tokenCaller(state, token);
      if (token !== null && caller !== NOBODY) return { caller, session: null, secret: null, state };
      const bad = refusal(
        401,
        'bad-credentials',
        'this token opens nothing: unknown, revoked, expired, or its owner is disabled',
        NEW_TOKEN,
      );
      return this.refuse(request, 'token', NOBODY, null, bad);
    }
    const secret = sessionSecretIn(request.headers['cookie'], request.tls);
    const session = secret === null ? null : sessionOf(state, secret, ports.nowUs(), this.times);
    if (secret === null || session === null) return { caller: NOBODY, session: null, secret: null, state };
    if (session.demo) {
      const fault = demoFault(request, demo, liveAccounts(), origins);
      if (fault !== null) return this.refuse(request, 'demo', NOBODY, null, fault);
    }
    const caller = sessionCaller(state, session, this.#demoRuns(), this.times);
    return caller === NOBODY ? { caller, session: null, secret: null, state } : { caller, session, secret, state };
  }

  /** Makes the record of a no, and gives it back. `detail` is for the record only. */
  refuse(
    from: Readonly<{ address: string }>,
    what: AttemptKind,
    caller: Caller | Named,
    action: string | null,
    no: Refusal,
    detail = '',
  ): Refusal {
    this.note(from, what, false, caller, action, detail === '' ? `${no.reason}: ${no.why}` : `${no.reason}: ${detail}`);
    return no;
  }

  note(
    from: Readonly<{ address: string }>,
    what: AttemptKind,
    ok: boolean,
    caller: Caller | Named,
    action: string | null,
    why: string,
  ): void {
    const { nowUs } = this.options.ports;
    const { who, by } = 'who' in caller ? caller : named(caller);
    this.options.attempts.record(attemptOf({ nowUs: nowUs(), what, ok, who, by, address: from.address, action, why }));
  }

  #demoRuns = (): boolean => this.options.demo && !this.options.liveAccounts();

  /** Written behind the answer, and at most once a minute. */
  #touch({ caller, state }: Known, request: RequestFacts): void {
    const { store, ports, trouble } = this.options;
    const address = plainAddress(request.address);
    const nowUs = ports.nowUs();
    const touched = (before: AccessState): AccessState =>
      caller.by === 'session'
        ? touchSession(before, caller.session, address, nowUs)
        : caller.by === 'token'
          ? touchToken(before, caller.token, address, nowUs)
          : before;
    if (touched(state) === state) return;
    store.change((before) => [touched(before), null]).catch(trouble);
  }
}

const NEW_TOKEN = 'make a new one: npx retrace token new';
