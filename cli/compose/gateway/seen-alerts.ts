/** Which alerts of a journal people have seen, and who first. Beside the journal and not in it: no decision hangs on it. */
import { join } from 'node:path';
import { z } from 'zod';
import type { SeenAlerts } from '#gateway/rest/ports.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';

const MOST = 20_000;
const kept = z.object({ version: z.literal(1), seen: z.array(z.tuple([z.string(), z.object({ by: z.string(), at: z.int() })])) });

/** `journal`: its name; another journal has other alerts under the same addresses. */
export function seenAlerts(home: string, journal: string): SeenAlerts {
  const file = new KeptTextOnDisk(join(home, 'gateway'), `seen-${encodeURIComponent(journal)}.json`);
  const found = file.read();
  const seen = new Map(found === null ? [] : kept.parse(JSON.parse(found.text)).seen);
  let stamp = found?.stamp ?? null;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (!(await file.replace(JSON.stringify({ version: 1, seen: [...seen] }), stamp))) {
      // another gateway of this journal wrote: what it knows counts too
      const now = file.read();
      stamp = now?.stamp ?? null;
      for (const [alert, by] of now === null ? [] : kept.parse(JSON.parse(now.text)).seen) seen.set(alert, by);
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
