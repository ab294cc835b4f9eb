/**
 * Restoring changes nothing: a desk that is saved to bytes and made anew every few steps of a day decides and ends as one that never
 * was, on random days with everything in them, on days at outside venues and at pure ones of every kind.
 */
import { expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { Decision } from '#engine/decisions.ts';
import { decodePlain, encodePlain } from '#engine/journal/plain-codec.ts';
import { decisionBytes } from '#engine/journal/record-codec.ts';
import { MUTATION_CATALOGUE, MUTATION_DESK, outsideDay } from '../mutation/outside.ts';
import { adventure, type Step } from '../reference/adventure.ts';
import { recut, step } from './compare.ts';
import { venueDay } from './venue-day.ts';

const DAYS = Number(process.env['RESTORE_DAYS'] ?? 24);

type Lived = Readonly<{ said: readonly Buffer[]; state: Buffer; restored: number }>;

/** `every`: after so many steps the desk is made anew from its bytes; Infinity: never. */
function lived(steps: readonly Step[], every: number): Lived {
  const said: Buffer[] = [];
  const sink = (decision: Decision): void => void said.push(Buffer.from(decisionBytes(decision)));
  const make = (): Desk => new Desk({ desk: MUTATION_DESK, digest: nodeDigest, catalogue: MUTATION_CATALOGUE, sink });
  let desk = make();
  let restored = 0;
  for (const [index, one] of steps.entries()) {
    step(desk, one);
    if (index % every !== every - 1) continue;
    const bytes = encodePlain(desk.save());
    desk = make();
    desk.load(decodePlain(bytes));
    restored += 1;
    if (!Buffer.from(encodePlain(desk.save())).equals(bytes)) throw new Error(`step ${index}: what was restored is not what was saved`);
  }
  return { said, state: Buffer.from(encodePlain(desk.save())), restored };
}

/** What a desk restored so often does otherwise than one never restored, or null. */
function differenceOf(steps: readonly Step[], every: number): string | null {
  const straight = lived(steps, Number.POSITIVE_INFINITY);
  const restored = lived(steps, every);
  if (restored.restored === 0) return 'nothing was restored';
  const at = straight.said.findIndex((bytes, index) => restored.said[index]?.equals(bytes) !== true);
  if (at >= 0) return `decision ${at} of ${straight.said.length} differs`;
  if (restored.said.length !== straight.said.length) return `${restored.said.length - straight.said.length} decisions too many`;
  return restored.state.equals(straight.state) ? null : 'the state at the end differs';
}

test(`restored every few steps of ${DAYS} random days`, { timeout: 240_000 }, () => {
  for (let seed = 1; seed <= DAYS; seed += 1) {
    const every = 1 + (seed % 5);
    expect(differenceOf(recut(adventure(seed, 20), seed), every), `adventure(${seed}, 20) every ${every}`).toBeNull();
  }
});

test(`restored every few steps of ${DAYS} days at outside venues`, { timeout: 240_000 }, () => {
  for (let seed = 1; seed <= DAYS; seed += 1) {
    const every = 1 + (seed % 5);
    expect(differenceOf(recut(outsideDay(seed, 40), seed), every), `outsideDay(${seed}, 40) every ${every}`).toBeNull();
  }
});

test(`restored every few steps of ${DAYS} days at pure venues of every kind`, { timeout: 240_000 }, () => {
  for (let seed = 1; seed <= DAYS; seed += 1) {
    const every = 1 + (seed % 5);
    expect(differenceOf(recut(venueDay(seed, 8), seed), every), `venueDay(${seed}, 8) every ${every}`).toBeNull();
  }
});
