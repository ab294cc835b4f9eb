/**
 * Which passwords will do, how they are kept (argon2id, with stated parameters), and how one is checked: in the same time for a name
 * that nobody has. It keeps no password and repeats none.
 */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { AccessRefused } from './refusals.ts';

export type PasswordCost = Readonly<{ memoryKib: number; passes: number; lanes: number }>;
/** 64 MiB and three passes: some 130 ms here, and no less for who guesses. */
export const PASSWORD_COST: PasswordCost = { memoryKib: 65_536, passes: 3, lanes: 1 };

export const LEAST_LENGTH = 12;
/** Bytes of UTF-8: beyond it the text itself would be work. */
export const MOST_BYTES = 1_024;
const LEAST_DIFFERENT = 5;

/** Hashing takes threads that the disk needs too: so many at once, so many waiting, the rest is told to come again. */
const AT_ONCE = 2;
const MOST_WAITING = 16;

/** Too many check passwords at this moment. */
export class PasswordsBusy extends Error {
  override name = 'PasswordsBusy';
}

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Null: there is no such user; as much time goes by. */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** Made with less than what is asked for now. */
  isWeak(hash: string): boolean;
}

/** Throws AccessRefused, which says what would do. */
export function checkPassword(name: string, password: string): void {
  const no = (why: string) =>
    new AccessRefused('password', why, `choose one of ${LEAST_LENGTH} characters or more; several words make a good one`);
  const characters = [...password];
  if (characters.length < LEAST_LENGTH) throw no(`has fewer than ${LEAST_LENGTH} characters`);
  if (Buffer.byteLength(password) > MOST_BYTES) throw no(`is longer than ${MOST_BYTES} bytes`);
  if (/[\0\r\n]/.test(password)) throw no('holds a line break or a zero');
  if (new Set(characters).size < LEAST_DIFFERENT) throw no(`is made of fewer than ${LEAST_DIFFERENT} different characters`);
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}]/gu, '');
  const [plain, own] = [bare(password), bare(name)];
  if (password.toLowerCase() === name.toLowerCase() || (own !== '' && (plain === own || plain === own + own)))
    throw no('is the name, or little else');
  if (plain === 'retrace' || plain === 'password') throw no('is the first that anybody would try');
}

/** Those of argon2. `cost` is smaller in tests only. */
export function argonPasswords(cost: PasswordCost = PASSWORD_COST): Passwords {
  const options = { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: cost.lanes };
  const turn = turns(AT_ONCE, MOST_WAITING);
  let nobody: Promise<string> | null = null;
  return {
    hash: (password) => turn(() => hash(password, options)),
    async verify(kept, password) {
      const tooLong = Buffer.byteLength(password) > MOST_BYTES;
      nobody ??= hash('of nobody', options);
      const against = kept ?? (await nobody);
      const right = await turn(() => verify(against, tooLong ? '' : password));
      return right && kept !== null && !tooLong;
    },
    isWeak(kept) {
      const { memoryCost, timeCost } = parseOptions(kept);
      return memoryCost < cost.memoryKib || timeCost < cost.passes;
    },
  };
}

function turns(most: number, mostWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy >= most) {
      if (waiting.length >= mostWaiting) throw new PasswordsBusy('too many passwords are being checked at this moment');
      await new Promise<void>((go) => waiting.push(go)); // whoever ends hands its place on
    } else busy++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };
}
