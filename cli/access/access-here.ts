/** Who may, as it is kept under RETRACE_HOME: the store, the record of attempts, and this machine's chance and clock. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Administer, type Doer } from '#gateway/access/administer.ts';
import { argonPasswords, type Passwords } from '#gateway/access/passwords.ts';
import type { AccessPorts } from '#gateway/access/secrets.ts';
import { AccessStore } from '#gateway/access/store.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';
import { LineFile } from '#infra/access/line-file.ts';
import { Refused } from '../answer.ts';
import { deskHome } from '../compose/desk-home.ts';

export const accessFolder = (home: string): string => join(home, 'access');

export const nodePorts: AccessPorts = { nowUs: () => Date.now() * 1_000, random: (bytes) => randomBytes(bytes) };

/** Whoever can write these files may everything anyway: the terminal is asked for no password. */
export const TERMINAL: Doer = { who: null, by: 'terminal', address: 'local' };

export type AccessHere = Readonly<{
  where: string;
  store: AccessStore;
  attempts: LineFile;
  passwords: Passwords;
  administer: Administer;
}>;

/** Does it, and ends when the record of it is on the disk: a change that cannot be recorded is told. */
export async function withAccess<T>(work: (here: AccessHere) => Promise<T>): Promise<T> {
  const folder = accessFolder(deskHome().path);
  const file = new KeptTextOnDisk(folder, 'access.json');
  const store = new AccessStore(file);
  let trouble: Error | null = null;
  const attempts = new LineFile(folder, 'attempts', {
    trouble: (error) => {
      trouble = error;
    },
  });
  const passwords = argonPasswords();
  const administer = new Administer({ store, attempts, passwords, ports: nodePorts });
  const result = await work({ where: file.where, store, attempts, passwords, administer });
  await attempts.flush();
  if (trouble !== null)
    throw new Refused(3, [`done, but not recorded in ${attempts.path}: ${(trouble as Error).message}`], 'npx retrace doctor');
  return result;
}
