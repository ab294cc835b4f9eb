/** One desk over one day: what it says and how it stands at the end; and whether an altered one says or stands anything else. */

import { Desk } from '#actors/desk.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { Decision } from '#engine/decisions.ts';
import { decisionBytes } from '#engine/journal/record-codec.ts';
import { asText, step } from '../agreement/compare.ts';
import type { Written } from './corpus.ts';
import { type Alteration, watchedMachines, watchedScans } from './mutants.ts';
import { MUTATION_DESK } from './outside.ts';

export type Day = Readonly<{
  written: Written;
  /** The decisions of the desk as it is, each in its canonical bytes. */
  said: readonly Buffer[];
  state: string;
  /** The mutants it can tell from the real desk, by name: it takes their transition, or their scan stops elsewhere. */
  hits: ReadonlySet<string>;
  ms: number;
}>;

const make = ({ catalogue }: Written, sink: (decision: Decision) => void, altered: Alteration): Desk =>
  new Desk({ desk: MUTATION_DESK, digest: nodeDigest, catalogue, sink, ...altered });
const bytesOf = (decision: Decision): Buffer => Buffer.from(decisionBytes(decision));

/** The day on the desk as it is, with what it touches recorded. */
export function lived(written: Written): Day {
  const hits = new Set<string>();
  const said: Buffer[] = [];
  const taken = (hit: string) => void hits.add(hit);
  const started = performance.now();
  const desk = make(written, (decision) => said.push(bytesOf(decision)), { machines: watchedMachines(taken), scans: watchedScans(taken) });
  for (const one of written.steps) step(desk, one);
  return { written, said, state: asText(desk.save()), hits, ms: performance.now() - started };
}

/** By what an altered desk is found out. */
export type Found = 'decision' | 'exception' | 'state';

class Different extends Error {}

/** How an altered desk is found out on this day: at its first difference, or null when there is none. */
export function differenceOn(day: Day, altered: Alteration): Found | null {
  let count = 0;
  const sink = (decision: Decision): void => {
    const expected = day.said[count++];
    if (expected === undefined || !expected.equals(bytesOf(decision))) throw new Different();
  };
  let desk: Desk;
  try {
    desk = make(day.written, sink, altered);
    for (const one of day.written.steps) step(desk, one);
  } catch (error) {
    return error instanceof Different ? 'decision' : 'exception';
  }
  if (count < day.said.length) return 'decision';
  return asText(desk.save()) === day.state ? null : 'state';
}
