/**
 * Where two kept runs part: of what each did (orders wanted, refused and filled, gates moved), in its order, the first that the other did otherwise. Addresses
 * are no difference: another numbering of the same deeds is the same. Read from their journals; nothing is played.
 */
import { join } from 'node:path';
import { addressOf, type Decision } from '#engine/decisions.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import type { RestComparison } from '#gateway/contracts/rest-runs.ts';
import { JOURNAL } from '#infra/runs/catalogue.ts';
import { DEEDS } from '#replay/decision-differences.ts';
import { readStory } from '#replay/story.ts';
import { tell } from '#replay/tell.ts';
import { nodeDigest } from '../compose/digest.ts';
import { runsHere } from '../research/run-answers.ts';
import { RunReader } from '../research/run-reader.ts';
import type { Stop } from './open-journal.ts';

type Parting = NonNullable<RestComparison['parting']>;

/** Null: they did the same. */
export async function partingOf(a: string, b: string, stop: Stop): Promise<Parting | null> {
  const [one, other] = [a, b].map((id) => new RunReader({ folder: join(runsHere().place(id), JOURNAL), digest: nodeDigest })) as [
    RunReader,
    RunReader,
  ];
  const [left, right] = [deedsOf(one, stop), deedsOf(other, stop)];
  try {
    for (let place = 0; ; place++) {
      const [mine, theirs] = [await left.next(), await right.next()];
      if (mine.done === true && theirs.done === true) return null;
      const [was, is] = [mine.done === true ? null : mine.value, theirs.done === true ? null : theirs.value];
      if (was !== null && is !== null && deedText(was) === deedText(is)) continue;
      return { place, a: await told(one, was), b: await told(other, is) };
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

async function* deedsOf(reader: RunReader, stop: Stop): AsyncGenerator<Decision, void, undefined> {
  for await (const { frame } of reader.frames()) {
    if (stop()) return;
    if (frame.kind !== 'decisions') continue;
    const payload = decodePayload(frame);
    if (payload.kind !== 'decisions') continue;
    for (const decision of decodeDecisions(payload.bytes)) if (DEEDS.includes(decision.type)) yield decision;
  }
}

const ADDRESS = /^\d+\.\d+$/;
/** Under which number, and what was weighed before it: two runs that do the same may differ in both. */
const NO_DEED = new Set(['cause', 'index', 'clientId', 'clauses']);
/** What it did, and when. */
export const deedText = (decision: Decision): string =>
  JSON.stringify(decision, (key, value: unknown) => {
    if (NO_DEED.has(key)) return undefined;
    if (typeof value === 'bigint') return value.toString();
    return typeof value === 'string' && ADDRESS.test(value) ? '' : value;
  });

async function told(reader: RunReader, decision: Decision | null): Promise<Parting['a']> {
  if (decision === null) return null;
  const { type, at } = decision;
  // what it is told in was defined before it
  const { measures } = await readStory(reader, { keep: () => false, enough: ({ seq }) => seq >= decision.cause });
  return { address: addressOf(decision), type, at, said: tell(decision, measures).what };
}
