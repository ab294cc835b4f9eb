/**
 * Whether a run knows its future: told only up to some number, it must have decided what it decided when it was told all, to the last bit. Exact at
 * the numbers that are tried; nothing is estimated.
 */
import { randomStream } from '#engine/random.ts';
import type { Difference } from '../decision-differences.ts';
import type { AuditRow } from './row.ts';
import { decided, partingOf, type Trial, tellingField, valueTold, type Whole } from './trial.ts';

const WHY = 'what reads a bar that has not closed, or a figure of the whole series, earns money only where the future is on the disk';

/** `heard` is told after each cut and waited for. */
export async function lookahead(
  trial: Trial,
  whole: Whole,
  cuts: readonly number[],
  heard: (done: number) => Promise<void> | void = () => {},
): Promise<AuditRow> {
  let first: Readonly<{ cut: number; parting: Difference }> | null = null;
  for (const [index, cut] of cuts.entries()) {
    const parting = partingOf(whole, decided(trial, cut), cut);
    if (parting !== null && (first === null || isBefore(parting, first.parting))) first = { cut, parting };
    await heard(index + 1);
  }
  const numbers = { cuts: cuts.length, of: whole.deeds.length };
  if (first === null)
    return {
      ...{ check: 'lookahead', verdict: 'passed', why: WHY, numbers },
      said: `told only up to ${cuts.length} numbers, it decided up to each what the whole run decided`,
    };
  const { cut, parting } = first;
  const decision = (parting.baseline ?? parting.branch)!;
  return {
    ...{ check: 'lookahead', verdict: 'failed', why: WHY },
    said: `told only up to number ${cut}, decision ${parting.address} (${decision.type}) is another: ${valueTold(parting)}`,
    numbers: { ...numbers, cut, address: parting.address, decision: decision.type, field: tellingField(parting)?.name ?? null },
  };
}

const isBefore = (one: Difference, other: Difference): boolean => {
  const [a, b] = [(one.baseline ?? one.branch)!, (other.baseline ?? other.branch)!];
  return a.cause < b.cause || (a.cause === b.cause && a.index < b.index);
};

/** Half of them where the strategy wanted something, half anywhere: chosen by the seed, rising. */
export function cutsOf({ first, arrivals, deeds }: Whole, count: number, seed: number): readonly number[] {
  const chance = randomStream(seed, 'audit cuts');
  const cuts = new Set<number>();
  const last = first + arrivals.length - 2; // the whole run itself says nothing
  if (last < first) return [];
  for (let tries = 0; cuts.size < Math.ceil(count / 2) && tries < 8 * count && deeds.length > 0; tries++) {
    const deed = deeds[chance.below(deeds.length)]!;
    if (deed <= last) cuts.add(deed);
  }
  for (let tries = 0; cuts.size < count && tries < 8 * count; tries++) cuts.add(first + chance.below(last - first + 1));
  return [...cuts].sort((a, b) => a - b);
}
