/** Two runs over the same numbers, decision for decision: where they part first, and how far apart they go. Judges nothing. */
import { addressOf, type Decision, type DecisionType } from '#engine/decisions.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodeDecisions, type RecordRange, recordRanges } from '#engine/journal/record-codec.ts';
import { type DecisionPair, pairedUnder } from './decision-pairs.ts';
import { type FieldDifference, fieldsOf } from './divergence.ts';
import { countRecords, equal } from './record-compare.ts';

/** Two decisions that stand against each other; null: that run decided nothing of the kind. */
export type Difference = Readonly<{
  /** The baseline's, where it has one. */
  address: string;
  baseline: Decision | null;
  branch: Decision | null;
  /** `expected` is the baseline's. */
  fields: readonly FieldDifference[];
}>;

export type Differences = Readonly<{
  /** Equal in both, byte for byte. */
  same: number;
  /** Equal but for their index: one more or fewer stands before them. */
  moved: number;
  /** Those that differ, by how. */
  changed: number;
  onlyBaseline: number;
  onlyBranch: number;
  /** By the type of the decision (the baseline's, where both have one). */
  types: readonly Readonly<{ type: DecisionType; count: number }>[];
  first: Difference | null;
  /** The first of those that does something: an order approved or refused, a request, a fill, a gate moved. */
  firstDeed: Difference | null;
}>;

/** A run's decisions as it says them, a portion for each frame of its inputs. */
export class SaidDecisions {
  readonly portions: Uint8Array[] = [];

  readonly append = (payload: Payload): void => {
    if (WITH_INPUTS.includes(payload.kind)) this.portions.push(NOTHING);
    else if (payload.kind === 'decisions') this.portions[this.portions.length - 1] = payload.bytes;
  };
}

const NOTHING = new Uint8Array(0);
const WITH_INPUTS: readonly Payload['kind'][] = ['inputs', 'tape', 'market', 'time'];
export const DEEDS: readonly DecisionType[] = ['OrderApproved', 'OrderRefused', 'OrderRequested', 'OrderFilled', 'GateMoved'];

/** Both cut at the same numbers. */
export function differencesOf(baseline: SaidDecisions, branch: SaidDecisions): Differences {
  const tally = new Tally();
  const count = Math.max(baseline.portions.length, branch.portions.length);
  for (let index = 0; index < count; index++) tally.compare(baseline.portions[index] ?? NOTHING, branch.portions[index] ?? NOTHING);
  return tally.all();
}

class Tally {
  #same = 0;
  #moved = 0;
  #changed = 0;
  #onlyBaseline = 0;
  #onlyBranch = 0;
  readonly #types = new Map<DecisionType, number>();
  #first: Difference | null = null;
  #firstDeed: Difference | null = null;

  all(): Differences {
    const types = [...this.#types]
      .map(([type, count]) => ({ type, count }))
      .sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
    return {
      ...{ same: this.#same, moved: this.#moved, changed: this.#changed, onlyBaseline: this.#onlyBaseline, onlyBranch: this.#onlyBranch },
      ...{ types, first: this.#first, firstDeed: this.#firstDeed },
    };
  }

  compare(one: Uint8Array, other: Uint8Array): void {
    if (one.length === other.length && equal(one, other, one.length)) {
      this.#same += countRecords(one);
      return;
    }
    const [was, is] = [numbersIn(one), numbersIn(other)];
    for (const number of [...new Set([...was.keys(), ...is.keys()])].sort((a, b) => a - b)) {
      const [own, others] = [was.get(number) ?? NOTHING, is.get(number) ?? NOTHING];
      if (own.length === others.length && equal(own, others, own.length)) this.#same += countRecords(own);
      else for (const pair of pairedUnder(decodeDecisions(own), decodeDecisions(others))) this.#pair(pair);
    }
  }

  #pair({ baseline, branch, isSame }: DecisionPair): void {
    if (!isSame) this.#differs(baseline, branch);
    else if (baseline!.index === branch!.index) this.#same++;
    else this.#moved++;
  }

  #differs(baseline: Decision | null, branch: Decision | null): void {
    if (baseline === null) this.#onlyBranch++;
    else if (branch === null) this.#onlyBaseline++;
    else this.#changed++;
    const decision = (baseline ?? branch)!;
    this.#types.set(decision.type, (this.#types.get(decision.type) ?? 0) + 1);
    const isDeed = DEEDS.includes(decision.type) || (branch !== null && DEEDS.includes(branch.type));
    if (this.#first !== null && (!isDeed || this.#firstDeed !== null)) return;
    const address = addressOf(decision);
    const fields = fieldsOf({ kind: 'decision', address, expected: baseline, actual: branch, cause: '' }).filter(
      ({ name }) => name !== 'index',
    );
    const difference = { address, baseline, branch, fields };
    this.#first ??= difference;
    if (isDeed) this.#firstDeed ??= difference;
  }
}

/** The bytes of the decisions under each number. */
function numbersIn(bytes: Uint8Array): Map<number, Uint8Array> {
  const numbers = new Map<number, Uint8Array>();
  let begin = 0;
  let before: RecordRange | null = null;
  for (const range of recordRanges(bytes)) {
    if (before !== null && range.number !== before.number) {
      numbers.set(before.number, bytes.subarray(begin, before.end));
      begin = range.start;
    }
    before = range;
  }
  if (before !== null) numbers.set(before.number, bytes.subarray(begin, before.end));
  return numbers;
}
