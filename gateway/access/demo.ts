/**
 * When the demonstration signs somebody in by itself: at this machine, at an address of this machine, with nothing between, and only
 * while no account trades live. A page elsewhere whose name leads here shows by its Host, and is refused.
 */
import { foreignRequest } from './csrf.ts';
import { type Refusal, refusal } from './refusals.ts';
import { hostIn, isLoopback, type RequestFacts } from './request.ts';

const HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** Whoever adds these stands between, and the address is theirs. */
const BETWEEN = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Null: it may. Asked at sign-in, and of every request of such a session. */
export function demoFault(request: RequestFacts, demo: boolean, liveAccounts: boolean, origins: readonly string[]): Refusal | null {
  const no = (why: string, remedy: string) => refusal(403, 'demo', why, remedy);
  if (!demo) return no('this is not the demonstration', 'sign in with a name and a password');
  if (liveAccounts) return no('an account trades live here, so nobody is signed in by itself', 'make a user: npx retrace user add');
  if (!isLoopback(request.address)) return no('the demonstration is for this machine only', 'open it at the machine it runs on');
  const between = BETWEEN.find((name) => request.headers[name] !== undefined);
  if (between !== undefined) return no(`something stands between: it came with ${between}`, 'open it without a proxy');
  const host = hostIn(request.headers['host']);
  if (host === null || !HOSTS.includes(host))
    return no('the host that was asked for is not this machine', `open it at ${origins[0] ?? 'http://127.0.0.1'}`);
  return foreignRequest(request, null, origins);
}
