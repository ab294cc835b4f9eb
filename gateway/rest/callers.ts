/** The user who asks, as a handler needs it. Whether they may is asked elsewhere. */
import type { Caller } from '../access/callers.ts';

export const userOf = (caller: Caller): string | null => (caller.by === 'nobody' ? null : caller.user);
