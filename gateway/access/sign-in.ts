/**
 * How somebody gets in: with name and password, by the first link, by the demonstration; shows themselves again; and goes out. Each way
 * ends the session that was there and draws a new one. Wrong names and wrong passwords cannot be told apart.
 */
import type { Access } from './access.ts';
import type { AccessState } from './access-state.ts';
import { type Caller, type Named, NOBODY, sessionCaller } from './callers.ts';
import { endedCookie, sessionCookie } from './cookies.ts';
import { csrfToken, foreignRequest } from './csrf.ts';
import { demoFault } from './demo.ts';
import { firstRunFault, takeFirstRun } from './first-run.ts';
import { countTry, keysOf, takeBack, waitUs } from './lock-out.ts';
import { checkPassword, PasswordsBusy } from './passwords.ts';
import { AccessRefused, type Refusal, refusal } from './refusals.ts';
import { plainAddress, type RequestFacts } from './request.ts';
import { type Begin, beginSession, drawSession, endSession } from './sessions.ts';
import { DEMO_USER, rehashed, userName, userNamed, withoutSessions } from './users.ts';

export type SignedIn = Readonly<{ allowed: true; caller: Caller /** For `set-cookie`. */; cookie: string; csrf: string }>;
export type Credentials = Readonly<{ name: string; password: string }>;

export async function signIn(access: Access, request: RequestFacts, { name: typed, password }: Credentials): Promise<SignedIn | Refusal> {
  const foreign = foreignRequest(request, null, access.options.origins);
  if (foreign !== null) return access.refuse(request, 'csrf', NOBODY, 'sign-in', foreign);
  const name = typed.slice(0, 200).toLowerCase();
  const checked = await checkedPassword(access, request, 'sign-in', name, password);
  if ('allowed' in checked) return checked;
  return begin(
    access,
    request,
    'sign-in',
    { ...placed(request), user: name, demo: false, secondStep: null },
    checked.hash,
    'the password was right',
  );
}

/** The same session goes on under a new id: what was known of the old one opens nothing of what this opens. */
export async function takeSecondStep(access: Access, request: RequestFacts, password: string): Promise<SignedIn | Refusal> {
  const known = access.decide(request, { owner: null, live: false });
  if (!known.allowed) return known;
  const { caller } = known;
  if (caller.by !== 'session')
    return access.refuse(
      request,
      'second-step',
      caller,
      null,
      refusal(403, 'session-only', 'a token cannot do this', 'sign in with a browser'),
    );
  if (caller.demo)
    return access.refuse(request, 'second-step', caller, null, refusal(403, 'demo', 'the demonstration has no password', 'make a user'));
  const checked = await checkedPassword(access, request, 'second-step', caller.user, password);
  if ('allowed' in checked) return checked;
  const secondStep = access.options.ports.nowUs();
  return begin(
    access,
    request,
    'second-step',
    { ...placed(request), user: caller.user, demo: false, secondStep },
    checked.hash,
    'shown again',
  );
}

export async function signInAtFirst(
  access: Access,
  request: RequestFacts,
  { link, name: typed, password }: Credentials & Readonly<{ link: string }>,
): Promise<SignedIn | Refusal> {
  const { store, ports, passwords, origins } = access.options;
  const no = (fault: Refusal) => access.refuse(request, 'first-run', NOBODY, 'first-run', fault);
  const foreign = foreignRequest(request, null, origins);
  if (foreign !== null) return access.refuse(request, 'csrf', NOBODY, 'first-run', foreign);
  const early = firstRunFault(store.read(), link, ports.nowUs());
  if (early !== null) return no(early); // before a hash is made: it is work
  try {
    const name = userName(typed);
    checkPassword(name, password);
    const hash = await passwords.hash(password);
    const late = await store.change((state) => takeFirstRun(state, link, { name, hash }, ports.nowUs()));
    if (late !== null) return no(late);
    return begin(access, request, 'first-run', { ...placed(request), user: name, demo: false, secondStep: null }, hash, 'the first admin');
  } catch (error) {
    if (error instanceof AccessRefused) return no(refusal(400, 'bad-input', error.message, error.remedy));
    if (error instanceof PasswordsBusy) return no(busy());
    throw error;
  }
}

export async function signInToDemo(access: Access, request: RequestFacts): Promise<SignedIn | Refusal> {
  const { demo, liveAccounts, origins } = access.options;
  const fault = demoFault(request, demo, liveAccounts(), origins);
  if (fault !== null) return access.refuse(request, 'demo', NOBODY, 'demo', fault);
  return begin(access, request, 'demo', { ...placed(request), user: DEMO_USER, demo: true, secondStep: null }, null, 'at this machine');
}

/** Gives the cookie that forgets it, also where nobody was signed in. */
export async function signOut(access: Access, request: RequestFacts, caller: Caller, everywhere = false): Promise<string> {
  if (caller.by === 'session') {
    const { user, session } = caller;
    await access.options.store.change((state) => [everywhere ? withoutSessions(state, user) : endSession(state, session), null]);
    access.note(request, 'sign-out', true, caller, null, everywhere ? 'everywhere' : 'this session');
  }
  return endedCookie(request.tls);
}

/** The try is counted before it is looked at, and taken back when it was right: a thousand at once are a thousand. */
async function checkedPassword(
  access: Access,
  request: RequestFacts,
  what: 'sign-in' | 'second-step',
  name: string,
  password: string,
): Promise<Readonly<{ hash: string }> | Refusal> {
  const { store, ports, passwords } = access.options;
  const now = ports.nowUs();
  const user = userNamed(store.read(), name);
  const seen: Named = { who: user?.name ?? null, by: null };
  const record = (kind: typeof what | 'lock-out', no: Refusal) => {
    access.refuse(request, kind, seen, what, no);
    return no;
  };
  const waiting = await store.change((state) => {
    const keys = keysOf(state, name, request.address, what);
    const wait = waitUs(state, keys, now);
    return wait > 0 ? [state, wait] : [countTry(state, keys, now), 0];
  });
  if (waiting > 0)
    return record(
      'lock-out',
      refusal(
        429,
        'locked-out',
        `too many wrong tries; wait ${Math.ceil(waiting / 1e6)} s`,
        'at most a quarter of an hour; npx retrace user password, at the machine, ends it at once',
        waiting,
      ),
    );
  try {
    const right = await passwords.verify(user?.hash ?? null, password);
    if (!right || user === null || user.disabled !== null)
      return record(
        what,
        refusal(401, 'bad-credentials', 'the name or the password is wrong', 'npx retrace user password, at the machine, sets a new one'),
      );
    const stronger = passwords.isWeak(user.hash) ? await passwords.hash(password) : user.hash;
    await store.change((state) => [takeBack(rehashed(state, name, user.hash, stronger), keysOf(state, name, request.address, what)), null]);
    return { hash: stronger };
  } catch (error) {
    if (error instanceof PasswordsBusy) return record(what, busy());
    throw error;
  }
}

const busy = (): Refusal => refusal(429, 'busy', 'too many sign in at this moment', 'try again in a few seconds', 2_000_000);

const placed = ({ address, headers }: RequestFacts): Pick<Begin, 'address' | 'agent'> => ({
  address: plainAddress(address),
  agent: headers['user-agent'] ?? '',
});

/** `hash`: of the password that was right; whoever was disabled or has another one by now does not get in. Null: the demonstration. */
async function begin(
  access: Access,
  request: RequestFacts,
  what: 'sign-in' | 'second-step' | 'first-run' | 'demo',
  as: Begin,
  hash: string | null,
  why: string,
): Promise<SignedIn | Refusal> {
  const { store, ports } = access.options;
  const drawn = drawSession(ports);
  const now = ports.nowUs();
  const known = access.who({ ...request, headers: { ...request.headers, authorization: undefined } });
  const before = 'allowed' in known ? null : known.session;
  const begun = await store.change((state): readonly [AccessState, Caller] => {
    const user = userNamed(state, as.user);
    if (hash !== null && (user === null || user.disabled !== null || user.hash !== hash)) return [state, NOBODY];
    // a step is the rise of a session that is still there: one that was ended meanwhile does not come back by it
    if (what === 'second-step' && !state.sessions.some(({ id }) => id === before?.id)) return [state, NOBODY];
    const { state: after, session } = beginSession(state, as, before, drawn, now, access.times);
    return [after, sessionCaller(after, session, hash === null, access.times)];
  });
  if (begun.by === 'nobody')
    return access.refuse(request, what, NOBODY, null, refusal(401, 'bad-credentials', 'it changed at this moment', 'sign in again'));
  access.note(request, what, true, begun, null, why);
  return {
    allowed: true,
    caller: begun,
    cookie: sessionCookie(drawn.secret, request.tls, access.times.longestUs),
    csrf: csrfToken(drawn.secret),
  };
}
