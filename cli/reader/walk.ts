/** A page of what the decisions of a journal say, oldest or newest first, from where the page before ended. */
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { Walk, Walked } from '#gateway/rest/ports.ts';
import type { Story } from '#replay/story.ts';
import type { OpenJournal, Stop } from './open-journal.ts';

/** Null: it is none of them. */
export type Pick<Row> = (decision: Decision, story: Story) => Row | null;

/** Newest first, so many numbers are looked through at once; each further look takes in more. */
const FIRST_LOOK = 16_384;

type Found<Row> = Readonly<{ address: string; row: Row }>;

export async function walk<Row>(
  journal: OpenJournal,
  asked: Walk & Readonly<{ after?: number | null }>,
  pick: Pick<Row>,
  stop: Stop,
  firstLook = FIRST_LOOK,
): Promise<Walked<Row>> {
  const milestones = await journal.milestones();
  const seq = milestones.last?.seq ?? 0;
  const { from, to, order, limit, behind } = asked;
  const after = asked.after ?? null;
  const place = behind === null ? null : placeOf(behind);
  const least = Math.max(milestones.first?.seq ?? 0, from === null ? 0 : await milestones.before(from), after === null ? 0 : after + 1);
  const isIn = ({ at, cause }: Decision): boolean =>
    (from === null || at >= from) && (to === null || at < to) && (after === null || cause > after);
  const found: Found<Row>[] = [];
  const take = (decision: Decision, story: Story): void => {
    if (!isIn(decision)) return;
    const row = pick(decision, story);
    if (row !== null) found.push({ address: addressOf(decision), row });
  };
  if (order === 'oldest') {
    const start = Math.max(least, place?.seq ?? 0);
    await journal.decisions(start, stop, (decision, story) => {
      if (to !== null && decision.at >= to) return 'enough';
      if (decision.cause < start || (place !== null && !isBehind(decision, place))) return 'on';
      take(decision, story);
      return found.length > limit ? 'enough' : 'on';
    });
    return paged(found, limit, seq);
  }
  let high = Math.min(place?.seq ?? Infinity, to === null ? Infinity : await milestones.behind(to), Math.max(seq, least));
  for (let look = firstLook; high >= least && found.length <= limit; look *= 4) {
    const low = Math.max(least, high - look + 1);
    const older = found.splice(0);
    await journal.decisions(low, stop, (decision, story) => {
      if (decision.cause > high) return 'enough';
      if (decision.cause < low || (place !== null && !isBefore(decision, place))) return 'on';
      take(decision, story);
      return 'on';
    });
    // what was found in this stretch lies before what was found already
    found.reverse();
    const whole = [...older, ...found.splice(0)];
    found.push(...whole);
    high = low - 1;
  }
  return paged(found, limit, seq);
}

function paged<Row>(found: readonly Found<Row>[], limit: number, seq: number): Walked<Row> {
  const shown = found.slice(0, limit);
  return { items: shown.map(({ row }) => row), next: found.length > limit ? shown.at(-1)!.address : null, seq };
}

type Place = Readonly<{ seq: number; index: number }>;
export function placeOf(address: string): Place {
  const dot = address.indexOf('.');
  return { seq: Number(address.slice(0, dot)), index: Number(address.slice(dot + 1)) };
}
export const isBehind = ({ cause, index }: Readonly<{ cause: number; index: number }>, { seq, index: place }: Place): boolean =>
  cause > seq || (cause === seq && index > place);
export const isBefore = ({ cause, index }: Readonly<{ cause: number; index: number }>, { seq, index: place }: Place): boolean =>
  cause < seq || (cause === seq && index < place);
