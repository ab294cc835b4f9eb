/**
 * How long somebody waits after wrong passwords: by the name that was tried and by the place it came from. Waits grow to a quarter of
 * an hour and no further, so nobody is shut out for ever, the last admin neither; tries made while waiting do not count.
 */
import type { AccessState, Wait } from './access-state.ts';
import { placeOf } from './request.ts';
import { fingerprint } from './secrets.ts';
import { AT_SECOND_STEP, userNamed } from './users.ts';

const SECOND_US = 1_000_000;
export const LONGEST_WAIT_US = 900 * SECOND_US;
const FIRST_WAIT_US = 2 * SECOND_US;
/** At so many wrong tries waits begin; many people may sit behind one address. */
export const FREE_TRIES = { user: 5, name: 5, address: 20 } as const satisfies Record<Wait['kind'], number>;
/** Forgotten after so long without another wrong try. */
export const FORGOTTEN_US = 86_400 * SECOND_US;
/** Of names nobody has, and of addresses. Those of users are bounded by the users, and no flood pushes them out. */
export const MOST_KEPT = 500;

type Key = Readonly<Pick<Wait, 'kind' | 'of'>>;

/**
 * A name nobody has is kept as a hash: people type passwords there. Second steps are counted by themselves and by their name alone, so that
 * whoever tries from outside, or from the same machine or proxy, does not hold up its owner, who is in.
 */
export const keysOf = (state: AccessState, name: string, address: string, what: 'sign-in' | 'second-step' = 'sign-in'): Key[] => [
  userNamed(state, name) === null
    ? { kind: 'name', of: fingerprint(name).slice(0, 32) }
    : { kind: 'user', of: what === 'sign-in' ? name : `${name}${AT_SECOND_STEP}` },
  ...(what === 'second-step' ? [] : [{ kind: 'address', of: placeOf(address).slice(0, 64) } as const]),
];

/** µs still to wait; 0: go on. */
export function waitUs(state: AccessState, keys: readonly Key[], nowUs: number): number {
  return Math.max(0, ...keys.map((key) => Math.min(LONGEST_WAIT_US, (waitOf(state, key)?.until ?? 0) - nowUs)));
}

/** Before the password is looked at, so that many at once count each; a right one takes it back. */
export function countTry(state: AccessState, keys: readonly Key[], nowUs: number): AccessState {
  const counted = keys.map((key): Wait => {
    const before = waitOf(state, key);
    const failures = before === null || nowUs - before.last >= FORGOTTEN_US ? 1 : Math.min(before.failures + 1, 1_000);
    return { ...key, failures, last: nowUs, until: nowUs + waitAfter(key.kind, failures) };
  });
  const others = state.waits.filter((wait) => nowUs - wait.last < FORGOTTEN_US && !counted.some((each) => isOf(wait, each)));
  return { ...state, waits: bounded([...others, ...counted], nowUs) };
}

/** The name begins anew. The place only takes this one try back: an account of one's own must not wipe out tries at another. */
export function takeBack(state: AccessState, keys: readonly Key[]): AccessState {
  const waits = state.waits.flatMap((wait) => {
    const key = keys.find((each) => isOf(wait, each));
    if (key === undefined) return [wait];
    const failures = wait.failures - 1;
    return key.kind === 'address' && failures > 0 ? [{ ...wait, failures, until: 0 }] : [];
  });
  return { ...state, waits };
}

export function waitAfter(kind: Wait['kind'], failures: number): number {
  const beyond = failures - FREE_TRIES[kind];
  return beyond < 0 ? 0 : Math.min(LONGEST_WAIT_US, FIRST_WAIT_US * 2 ** Math.min(beyond, 20));
}

const isOf = (wait: Wait, { kind, of }: Key): boolean => wait.kind === kind && wait.of === of;
const waitOf = (state: AccessState, key: Key): Wait | null => state.waits.find((wait) => isOf(wait, key)) ?? null;

/** Who does not wait goes before who does, and of the same whoever tried longest ago. */
function bounded(waits: Wait[], nowUs: number): Wait[] {
  const goes = (one: Wait, other: Wait): boolean =>
    one.until > nowUs === other.until > nowUs ? one.last < other.last : other.until > nowUs;
  for (const kind of ['name', 'address'] as const) {
    const kept = waits.filter((wait) => wait.kind === kind);
    for (let over = kept.length - MOST_KEPT; over > 0; over--) {
      const first = kept.reduce((least, wait) => (goes(wait, least) ? wait : least));
      kept.splice(kept.indexOf(first), 1);
      waits.splice(waits.indexOf(first), 1);
    }
  }
  return waits;
}
