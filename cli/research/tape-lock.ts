/** One process at a time makes a tape of a name: two would write into one file. The lock of a dead one is taken over. */
import { mkdirSync } from 'node:fs';
import { nodeDisk } from '#infra/files/disk.ts';
import { LockHeld, nodeProcesses, takeLock } from '#infra/files/lock.ts';
import { Refused } from '../answer.ts';
import { tapesFolder } from './tapes.ts';

export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = tapesFolder();
  mkdirSync(folder, { recursive: true });
  const lock = await takeLock(nodeDisk, folder, nodeProcesses, { name: `lock-${name}`, of: `the making of tape ${name}` }).catch(
    (error: unknown) => {
      if (!(error instanceof LockHeld)) throw error;
      throw new Refused(
        1,
        [`tape ${name} is being made by another process: ${error.message}`],
        'wait until it is done, or choose another --tape',
      );
    },
  );
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
