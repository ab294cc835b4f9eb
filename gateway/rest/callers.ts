/** Who asks, in the words of a handler: whose name a command carries. Whether they may is asked elsewhere. */
import type { Caller } from '../access/callers.ts';

/** As the journal has it for ever: the person, and by which token if a program asked. */
export function nameOf(caller: Caller): string {
  switch (caller.by) {
    case 'nobody':
      return 'nobody';
    case 'session':
      return caller.user;
    case 'token':
      return `${caller.user}, token ${caller.token}`;
  }
}

export const userOf = (caller: Caller): string | null => (caller.by === 'nobody' ? null : caller.user);
