/** A scope as a person names it: `global`, `account paper`, or `account` where there is one. */
import type { Scope } from '#engine/inputs.ts';
import { isScope, SCOPES } from '#infra/control/requests.ts';
import { Refused } from '../answer.ts';
import type { Flags } from '../flags.ts';
import type { DeskStatus } from './desk-status.ts';

export type NamedGate = Readonly<{ scope: Scope; of: string }>;

/** Null when none was named; a fault is added to the flags'. */
export function gatesNamed(flags: Flags, [scope, of]: readonly string[]): ((status: DeskStatus) => NamedGate) | null {
  if (scope === undefined) return null;
  if (!isScope(scope)) {
    flags.faults.push(`${scope}: is not one of ${SCOPES.join(', ')}`);
    return null;
  }
  if (scope === 'global') return () => ({ scope, of: '*' });
  if (of !== undefined) return () => ({ scope, of });
  return ({ gates }) => {
    const known = gates.filter((gate) => gate.scope === scope).map((gate) => gate.of);
    return { scope, of: theOnly(known, scope) };
  };
}

/** Where a name was left out: the only one there is. */
export function theOnly(known: readonly string[], what: string): string {
  if (known.length === 1) return known[0]!;
  throw new Refused(2, [known.length === 0 ? `there is no ${what}` : `which ${what}? there is ${known.join(', ')}`], 'npx retrace status', {
    known,
  });
}
