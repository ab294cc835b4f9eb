/** The neighbours of a run, played one by one, and what each was worth. Judges nothing. */
import type { RunResult } from '#engine/run/result.ts';
import { tradesOf } from '#engine/run/trades.ts';
import { DAY_US, type TimeUs } from '#engine/values.ts';
import type { Outcome, Played, Spread } from '#replay/audit/robustness.ts';
import { dearer, delayText, neighboursOf, slower } from '#replay/audit/variations.ts';
import type { AuditAsked, Effort, Plays, Variation } from './audit-bench.ts';

const LATENCIES = [0, 2, 5];

export async function variations(plays: Plays, own: RunResult, effort: Effort, { seed, thresholds }: AuditAsked): Promise<Played> {
  const { venue } = plays.bench;
  const paidMore = outcomeOf(await plays.play('dearer fees', { venue: dearer(venue, thresholds.feeTimes) }));
  const jittered = async (doing: string, variation: Variation): Promise<number[]> => {
    const nets: number[] = [];
    for (let index = 0; index < effort.seeds; index++) nets.push(outcomeOf(await plays.play(doing, variation, seed + index)).net);
    return nets;
  };
  const latencies: Spread[] = [];
  for (const times of LATENCIES) {
    const late = slower(venue, times);
    latencies.push({ name: delayText(late, times), nets: await jittered(`latency × ${times}`, { venue: late }) });
  }
  return {
    ...{ base: outcomeOf(own), dearer: paidMore, latencies },
    neighbours: await neighboursPlayed(plays, effort),
    starts: plays.bench.needsItsStart ?? (await laterStarts(plays, own, effort)),
    jittered: await jittered('jitter', {}),
  };
}

async function neighboursPlayed(plays: Plays, effort: Effort): Promise<Played['neighbours']> {
  const { strategies } = plays.bench;
  const played: { parameter: string; outcomes: { value: number; net: number }[] }[] = [];
  for (const of of strategies)
    for (const { parameter, values } of neighboursOf(of.definition, of.parameters, effort.steps)) {
      const outcomes: { value: number; net: number }[] = [];
      for (const value of values)
        outcomes.push({ value, net: outcomeOf(await plays.play(`${parameter} ${value}`, { set: { of, parameter, value } })).net });
      played.push({ parameter: strategies.length === 1 ? parameter : `${of.name} ${parameter}`, outcomes });
    }
  return played;
}

async function laterStarts(plays: Plays, own: RunResult, effort: Effort): Promise<{ dropped: number; outcome: Outcome }[]> {
  const starts: { dropped: number; outcome: Outcome }[] = [];
  for (const dropped of effort.days) {
    if (2 * dropped > daysOf(own)) continue; // what is left would be another run
    const from = (own.from + dropped * DAY_US) as TimeUs;
    starts.push({ dropped, outcome: outcomeOf(await plays.play(`without ${dropped} d`, { from })) });
  }
  return starts;
}

const daysOf = ({ from, to }: RunResult): number => Math.max(1e-9, (to - from) / DAY_US);

function outcomeOf(result: RunResult): Outcome {
  const last = result.equity.minor.at(-1) ?? Number(result.cash0);
  const closed = tradesOf(result).filter(({ exitTime }) => exitTime !== null);
  return { net: last - Number(result.cash0), days: daysOf(result), trades: closed.map(({ net }) => Number(net)) };
}
