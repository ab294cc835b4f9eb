/** A recorded day in so many pieces of time, for a scrubber to draw: how much arrived in each, and what came of it. Counts what was found; plays nothing. */
import type { Film } from '#replay/film.ts';
import type { ReplayTimeline, TimelineBucket } from '../contracts/replays.ts';
import type { Scout } from './scout.ts';

/** A stretch is quiet from a hundredth of the whole on, and never below this. */
const QUIET_SHARE = 0.01;
const LEAST_QUIET_US = 5_000_000;
const GATES_TOLD = 2000;
const GAPS_TOLD = 500;

export function timelineOf(film: Film, scout: Scout, buckets: number): ReplayTimeline {
  const { happenings } = scout;
  const [from, to] = [film.begins, film.last.at];
  const borders = Array.from({ length: buckets + 1 }, (_, i) => (i === buckets ? to + 1 : from + Math.floor(((to - from) * i) / buckets)));
  const numbers = borders.map((at) => film.numberAt(at - 1));
  const told: TimelineBucket[] = [];
  for (let i = 0; i < buckets; i++) {
    const [begin, end] = [borders[i]!, borders[i + 1]!];
    const [before, last] = [numbers[i]!, numbers[i + 1]!];
    const counts = (kind: Parameters<typeof happenings.between>[0]): number => happenings.between(kind, begin, end);
    told.push({
      ...{ at: begin, to: i === buckets - 1 ? to : end },
      ...{ firstSeq: last > before ? before + 1 : null, lastSeq: last > before ? last : null, ticks: film.ticksBetween(before, last) },
      ...{
        decisions: counts('decision'),
        fills: counts('fill'),
        refusals: counts('refusal'),
        alerts: counts('alert'),
        gates: counts('gate'),
      },
    });
  }
  const gates = happenings.gates.slice(0, GATES_TOLD);
  return {
    ...{ from, to, ready: scout.share, looked: Math.max(from, scout.done ? to : scout.reached.at), buckets: told },
    gates: [...gates],
    gatesLeftOff: happenings.count('gate') - gates.length,
    gaps: film
      .quiet(Math.max(LEAST_QUIET_US, (to - from) * QUIET_SHARE))
      .slice(0, GAPS_TOLD)
      .map(({ from: begin, to: end }) => ({ from: begin, to: end })),
  };
}
