/** What damage in a journal's files means to people: which numbers it hits, and when they arrived. Reads only, and never throws. */
import { lastNumber } from '#engine/journal/chain.ts';
import { type Frame, type Payload, takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { Damage } from '#engine/journal/port.ts';
import type { Disk } from './disk.ts';
import { FrameWalk, frameAfter, type Segment } from './segments.ts';

/** First and last arrival of a payload, in µs; null where nothing arrives in it. */
export function arrivalsIn(payload: Payload): Readonly<{ first: number; last: number }> | null {
  if (payload.kind === 'time') return { first: payload.at, last: payload.at };
  if (payload.kind === 'inputs')
    return payload.records.length === 0 ? null : { first: payload.records[0]!.at, last: payload.records.at(-1)!.at };
  if (payload.kind !== 'market') return null;
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const { at, count } of payload.frame.blocks) {
    first = Math.min(first, at[0]!);
    last = Math.max(last, at[count - 1]!);
  }
  return { first, last };
}

/**
 * What stands between the last whole inputs before the damage and the first behind it. `last` is the newest frame of inputs that was read,
 * null when the reading began here; `offset` is where no frame could be read.
 */
export async function damageAt(
  disk: Disk,
  segments: readonly Segment[],
  place: number,
  offset: number,
  last: Frame | null,
): Promise<Damage> {
  const segment = segments[place]!;
  // a segment's name says which number comes first in it
  const after = last !== null ? lastNumber(last) : segment.first - 1;
  const afterAt = last === null ? null : arrivalOf(last, 'last');
  try {
    const next = await inputsBehind(disk, segment, offset);
    if (next !== null) return { after, afterAt, before: next.first, beforeAt: arrivalOf(next, 'first') };
  } catch {
    // what cannot be read says nothing
  }
  return { after, afterAt, before: segments[place + 1]?.first ?? null, beforeAt: null };
}

function arrivalOf(frame: Frame, which: 'first' | 'last'): number | null {
  try {
    return arrivalsIn(decodePayload(frame))?.[which] ?? null;
  } catch {
    return null;
  }
}

/** The first whole frame of inputs behind an offset, in the same file. */
async function inputsBehind(disk: Disk, segment: Segment, offset: number): Promise<Frame | null> {
  const file = await disk.open(segment.path, 'read');
  try {
    for (let from = await frameAfter(file, offset); from !== null; ) {
      const walk = new FrameWalk(file, from);
      let found = await walk.next();
      for (; found?.ok; found = await walk.next()) {
        const { frame } = found;
        if (takesNumbers(frame.kind)) return frame;
      }
      if (found === null) return null;
      from = await frameAfter(file, found.offset);
    }
    return null;
  } finally {
    await file.close();
  }
}

const iso = (us: number): string => new Date(us / 1000).toISOString();

/** One clause for the end of a message. */
export function tellDamage({ after, afterAt, before, beforeAt }: Damage): string {
  const [since, until] = [afterAt === null ? null : iso(afterAt), beforeAt === null ? null : iso(beforeAt)];
  const when = since !== null && until !== null ? ` (between ${since} and ${until})` : since !== null ? ` (after ${since})` : '';
  if (before === null) return `hit is everything behind number ${after}${when}`;
  if (before === after + 1) return `hit is no input, but what stands between numbers ${after} and ${before}${when}`;
  return before === after + 2 ? `hit is number ${after + 1}${when}` : `hit are numbers ${after + 1} to ${before - 1}${when}`;
}
