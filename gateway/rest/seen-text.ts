/** Which alerts were seen, by whom and when, as the text that is kept of it. */
import { z } from 'zod';

const seenSchema = z.object({ by: z.string(), at: z.int() });
export type Seen = Readonly<z.infer<typeof seenSchema>>;
const kept = z.object({ version: z.literal(1), seen: z.array(z.tuple([z.string(), seenSchema])) });

export const writtenSeen = (seen: ReadonlyMap<string, Seen>): string => JSON.stringify({ version: 1, seen: [...seen] });

/** `where`: for the message when it cannot be read. */
export function readSeen(text: string, where: string): Map<string, Seen> {
  try {
    return new Map(kept.parse(JSON.parse(text)).seen);
  } catch {
    throw new Error(`${where} is not what was written there: put back a copy of it, or move it away, and every alert counts as new`);
  }
}
