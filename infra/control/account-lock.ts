/**
 * One desk an account, for all desks of one user of this machine, whatever folder each has its home in. Two desks on one account would
 * take each other's orders for strangers'.
 */
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, nodeDisk } from '../files/disk.ts';
import { type Lock, LockHeld, nodeProcesses, type Processes, takeLock } from '../files/lock.ts';
import { privateFolder, userFolder } from './place.ts';

export type AccountAsked = Readonly<{
  url: string;
  /** The key's id, not its secret. */
  keyId: string;
  desk: string;
  home: string;
  journal: string;
  /** Where it will answer. */
  socket: string;
}>;

export type AccountLockOptions = Readonly<{ disk?: Disk; processes?: Processes /** Of the user. */; folder?: string }>;

/** Another desk trades this account. */
export class AccountTaken extends Error {
  override name = 'AccountTaken';
  /** What to do. */
  readonly next: string;
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/** What nobody touches in such a folder is swept away after days, by the system; a desk may run for months. */
const TOUCH_MS = 3_600_000;

export async function lockAccount(asked: AccountAsked, options: AccountLockOptions = {}): Promise<Lock> {
  const { disk = nodeDisk, processes = nodeProcesses, folder: user = userFolder() } = options;
  const { url, keyId, ...about } = asked;
  const folder = join(user, 'accounts', createHash('sha256').update(`${url}|${keyId}`).digest('hex').slice(0, 16));
  for (const each of [user, join(user, 'accounts'), folder]) privateFolder(each);
  const lock = await takeLock(disk, folder, processes, {
    of: `the account at ${url}`,
    about: { ...about, since: new Date().toISOString() },
  }).catch((error: unknown) => {
    throw error instanceof LockHeld ? taken(url, error) : error;
  });
  const now = () => new Date();
  const touching = setInterval(() => void utimes(join(folder, 'lock'), now(), now()).catch(() => {}), TOUCH_MS).unref();
  return {
    takenFrom: lock.takenFrom,
    release() {
      clearInterval(touching);
      return lock.release();
    },
  };
}

function taken(url: string, { owner, about, path, seen, answers }: LockHeld): AccountTaken {
  const told = (name: string): string => (typeof about[name] === 'string' ? about[name] : 'not told');
  const who = `process ${owner.pid}${seen ? '' : ` on ${owner.host}, which cannot be seen from here,`}`;
  const silent = answers === false ? `; it does not answer at ${told('socket')}: it is starting, stopping or hanging` : '';
  const end = `stop that desk first: Ctrl-C where it runs, or kill ${owner.pid} (a clean stop)`;
  return new AccountTaken(
    `${who} trades this account at ${url} already: desk ${told('desk')} since ${told('since')}, home ${told('home')}, journal ${told('journal')}${silent} (its lock: ${path})`,
    `${seen ? end : `if it has ended, delete ${path}`}; one account has one desk, so another desk needs another account's key`,
  );
}
