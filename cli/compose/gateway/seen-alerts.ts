/** Which alerts of a journal people have seen, and who first. Beside the journal and not in it: no decision hangs on it. */
import { join } from 'node:path';
import type { SeenAlerts } from '#gateway/rest/ports.ts';
import { readSeen, type Seen, writtenSeen } from '#gateway/rest/seen-text.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';

const MOST = 20_000;

/** `journal`: its name; another journal has other alerts under the same addresses. */
export function seenAlerts(home: string, journal: string): SeenAlerts {
  const file = new KeptTextOnDisk(join(home, 'gateway'), `seen-${encodeURIComponent(journal)}.json`);
  const found = file.read();
  const seen = found === null ? new Map<string, Seen>() : readSeen(found.text, file.where);
  let stamp = found?.stamp ?? null;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (!(await file.replace(writtenSeen(seen), stamp))) {
      // another gateway of this journal wrote: what it knows counts too
      const now = file.read();
      stamp = now?.stamp ?? null;
      for (const [alert, by] of now === null ? [] : readSeen(now.text, file.where)) seen.set(alert, by);
      return write();
    }
    stamp = file.stamp();
  };
  return {
    of: (alert) => seen.get(alert) ?? null,
    async mark(alert, by, at) {
      const before = seen.get(alert);
      if (before !== undefined) return before;
      const mine = { by, at };
      seen.set(alert, mine);
      for (const oldest of seen.keys()) {
        if (seen.size <= MOST) break;
        seen.delete(oldest);
      }
      writing = writing.then(write, write);
      await writing;
      return seen.get(alert) ?? mine;
    },
  };
}
