/** Two runs over the same numbers, decision for decision by their addresses: where they part first, and how far apart they go. Judges nothing. */
import { addressOf, type Decision, type DecisionType } from '#engine/decisions.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodeDecisions, type RecordRange, recordRanges } from '#engine/journal/record-codec.ts';
import { type FieldDifference, fieldsOf } from './divergence.ts';
import { before, countRecords, equal, sameAddress } from './record-compare.ts';

/** One address; null: that run decided nothing there. */
export type Difference = Readonly<{
  address: string;
  baseline: Decision | null;
  branch: Decision | null;
  /** `expected` is the baseline's. */
  fields: readonly FieldDifference[];
}>;

export type Differences = Readonly<{
  /** Equal in both, byte for byte. */
  same: number;
  /** Addresses that differ, by how. */
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
      ...{ same: this.#same, changed: this.#changed, onlyBaseline: this.#onlyBaseline, onlyBranch: this.#onlyBranch },
      ...{ types, first: this.#first, firstDeed: this.#firstDeed },
    };
  }

  compare(one: Uint8Array, other: Uint8Array): void {
    if (one.length === other.length && equal(one, other, one.length)) {
      this.#same += countRecords(one);
      return;
    }
    const [left, right] = [[...recordRanges(one)], [...recordRanges(other)]];
    let next = 0;
    for (const range of left) {
      const was = decisionIn(one, range);
      while (next < right.length && before(other, right[next]!, was)) this.#differs(null, decisionIn(other, right[next++]!));
      const own = right[next];
      if (own === undefined || !sameAddress(other, own, was)) {
        this.#differs(was, null);
        continue;
      }
      next++;
      const [a, b] = [one.subarray(range.start, range.end), other.subarray(own.start, own.end)];
      if (a.length === b.length && equal(a, b, a.length)) this.#same++;
      else this.#differs(was, decisionIn(other, own));
    }
    while (next < right.length) this.#differs(null, decisionIn(other, right[next++]!));
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
    const fields = fieldsOf({ kind: 'decision', address, expected: baseline, actual: branch, cause: '' });
    const difference = { address, baseline, branch, fields };
    this.#first ??= difference;
    if (isDeed) this.#firstDeed ??= difference;
  }
}

function decisionIn(bytes: Uint8Array, { start, end }: RecordRange): Decision {
  const [decision] = decodeDecisions(bytes.subarray(start, end));
  return decision!;
}
