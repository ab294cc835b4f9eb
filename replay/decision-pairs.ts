/**
 * Which decision of one run stands against which of another, among those under one number. One order more moves the index of all that follow, so an
 * index alone would hold one strategy's order against another's. Compares no field.
 */
import type { Decision } from '#engine/decisions.ts';
import { decisionBytes } from '#engine/journal/record-codec.ts';
import { equal } from './record-compare.ts';

export type DecisionPair = Readonly<{
  baseline: Decision | null;
  branch: Decision | null;
  /** The same in all but, perhaps, its index. */
  isSame: boolean;
}>;

/** In the order of their addresses. First what is the same, then what is of one type about one strategy and instrument, then what is about these. */
export function pairedUnder(baseline: readonly Decision[], branch: readonly Decision[]): readonly DecisionPair[] {
  const [was, is] = [baseline.map(unplaced), branch.map(unplaced)];
  const taken = new Set<Unplaced>();
  const pairs: DecisionPair[] = [];
  let open = was;
  for (const [step, alike] of [isSame, isAlike, isAbout].entries())
    open = open.filter((one) => {
      const other = is.find((each) => !taken.has(each) && alike(one, each));
      if (other === undefined) return true;
      taken.add(other);
      pairs.push({ baseline: one.decision, branch: other.decision, isSame: step === 0 });
      return false;
    });
  for (const { decision } of open) pairs.push({ baseline: decision, branch: null, isSame: false });
  for (const each of is) if (!taken.has(each)) pairs.push({ baseline: null, branch: each.decision, isSame: false });
  return pairs.sort((a, b) => placeOf(a) - placeOf(b));
}

/** A decision, its bytes as if it stood first, and whom it is about. */
type Unplaced = Readonly<{ decision: Decision; bytes: Uint8Array; about: string; subject: string }>;

/** What tells apart those of one type. */
const SUBJECT = ['account', 'source', 'timeframeUs', 'scope', 'of', 'book', 'topic', 'key'];

function unplaced(decision: Decision): Unplaced {
  const fields = decision as unknown as Readonly<Record<string, unknown>>;
  const textOf = (names: readonly string[]): string => names.map((name) => String(fields[name] ?? '')).join('|');
  const about = textOf(['strategy', 'instrument']);
  return { decision, bytes: decisionBytes({ ...decision, index: 0 }), about, subject: `${about}|${textOf(SUBJECT)}` };
}

const isSame = (one: Unplaced, other: Unplaced): boolean =>
  one.bytes.length === other.bytes.length && equal(one.bytes, other.bytes, one.bytes.length);
const isAlike = (one: Unplaced, other: Unplaced): boolean => one.decision.type === other.decision.type && one.subject === other.subject;
/** An order that is refused stands against one that was approved. */
const isAbout = (one: Unplaced, other: Unplaced): boolean =>
  'strategy' in one.decision && 'strategy' in other.decision && one.about === other.about;

const placeOf = ({ baseline, branch }: DecisionPair): number =>
  Math.min(baseline?.index ?? Number.POSITIVE_INFINITY, branch?.index ?? Number.POSITIVE_INFINITY);
