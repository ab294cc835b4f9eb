/** A branch of a recorded day as a journal of its own, as a kept run holds it. */
import type { Frame } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { branchOf, type ForkChange, forkedPlain } from '#replay/fork.ts';
import { playJournal, recordedIn } from '#replay/journal-play.ts';
import { type Sealed, seal } from './forge.ts';
import { DESK, nodeDigest } from './recorder.ts';

export async function branched(parent: readonly Frame[], change: ForkChange, catalogue: StrategyCatalogue): Promise<Sealed> {
  const sealed = seal(parent);
  const branch = branchOf(await recordedIn(sealed.reader().frames()), change, catalogue);
  const others = new Map(branch.inputs.map((input) => [input.seq, input]));
  const frames: Frame[] = parent.filter(({ kind }) => kind === 'segment').slice(0, 1);
  await playJournal(sealed.reader().frames(), {
    ...{ digest: nodeDigest, catalogue, input: (record) => others.get(record.seq) ?? record },
    manifest: (own) => ({ ...(own as object), forked: forkedPlain('day', change, branch.mark) }) as never,
    append: (payload, first) => void frames.push(frameOf(DESK, 1, first, payload)),
  });
  return seal(frames);
}
