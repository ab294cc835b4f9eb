/** A run of the catalogue on trial: plays it, its beginnings and its neighbours, and has them judged. Keeps nothing. */

import { minorText } from '#engine/decimal.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import type { RunResult } from '#engine/run/result.ts';
import { DAY_US, type Minor, type TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { type Outcome, type Played, robustness } from '#replay/audit/robustness.ts';
import type { Trial } from '#replay/audit/trial.ts';
import { dearerFee, jittered, neighboursOf } from '#replay/audit/variations.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { nodeDigest } from '../compose/digest.ts';
import { auditBranch } from './audit-branch.ts';
import {
  type AuditAsked,
  type Audited,
  type Effort,
  exactRows,
  goingOn,
  LATENCIES,
  LATENCY_UNIT_US,
  outcomeOf,
  QUICK,
  Stopped,
  WHOLE,
} from './audit-exact.ts';
import { playBacktest } from './backtest-play.ts';
import { type BacktestSettings, backtestDesk, backtestInputs, backtestManifest, beginOf, listedIn } from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';
import { runNamed } from './run-answers.ts';
import { tapeOf } from './tapes.ts';

/** Null when it was stopped. `heard` is told what is being tried; false ends it. */
export async function auditRun(asked: AuditAsked, heard: (doing: string) => boolean): Promise<Audited | null> {
  const entry = runNamed(asked.run);
  if (entry.kind === 'fork') return auditBranch(entry, asked, heard);
  if (entry.kind !== 'backtest')
    throw new Refused(2, [`${entry.id} is a ${entry.kind}, and an audit is of a backtest or a branch`], 'npx retrace runs ls');
  const settings = entry.settings as BacktestSettings;
  const bench = new Bench(settings, settings.tapes.map(tapeOf), heard);
  try {
    const effort = asked.quick ? QUICK : WHOLE;
    const own = await bench.play('the run itself', settings);
    if (own.runHash !== entry.runHash)
      throw new Refused(
        1,
        [`${entry.id} does not come out as it was recorded: there is nothing to audit`],
        `npx retrace verify ${entry.id}`,
      );
    const exact = await exactRows(bench, effort, asked.seed);
    const played = await variations(bench, settings, own, effort, asked);
    const money = (minor: number) => `${minorText(BigInt(Math.round(minor)) as Minor, own.currencyScale)} ${own.currency}`;
    return { entry, rows: [...exact, ...robustness(played, asked.thresholds, money)], plays: bench.plays };
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  }
}

async function variations(bench: Bench, settings: BacktestSettings, own: RunResult, effort: Effort, asked: AuditAsked): Promise<Played> {
  const { venue, strategy, tapes } = settings;
  const seeds = Array.from({ length: effort.seeds }, (_, index) => asked.seed + index);
  const base = outcomeOf(own);
  const { feeTimes } = asked.thresholds;
  const paidMore = outcomeOf(await bench.play('dearer fees', { ...settings, venue: dearer(venue, feeTimes) }));
  const jitterOf = async (doing: string, other: BacktestSettings): Promise<number[]> => {
    const nets: number[] = [];
    for (const seed of seeds) nets.push(outcomeOf(await bench.play(doing, other, seed)).net);
    return nets;
  };
  const unitUs = venue.latencyUs === 0 ? LATENCY_UNIT_US : venue.latencyUs;
  const latencies: { name: string; nets: number[] }[] = [];
  for (const times of LATENCIES) {
    const latencyUs = times * unitUs;
    latencies.push({
      name: `${latencyUs / 1000} ms`,
      nets: await jitterOf(`latency × ${times}`, { ...settings, venue: { ...venue, latencyUs } }),
    });
  }
  const neighbours: { parameter: string; outcomes: { value: number; net: number }[] }[] = [];
  for (const { parameter, values } of neighboursOf(catalogue(strategy.name, strategy.version)!, strategy.parameters, effort.steps)) {
    const outcomes: { value: number; net: number }[] = [];
    for (const value of values) {
      const other = { ...settings, strategy: { ...strategy, parameters: { ...strategy.parameters, [parameter]: value } } };
      outcomes.push({ value, net: outcomeOf(await bench.play(`${parameter} ${value}`, other)).net });
    }
    neighbours.push({ parameter, outcomes });
  }
  const starts: { dropped: number; outcome: Outcome }[] = [];
  for (const dropped of effort.days) {
    if (2 * dropped > base.days) continue; // what is left would be another run
    const from = (own.from + dropped * DAY_US) as TimeUs;
    const later = { ...settings, tapes: tapes.map((tape) => ({ ...tape, from })) };
    starts.push({ dropped, outcome: outcomeOf(await bench.play(`without ${dropped} d`, later)) });
  }
  return { base, dearer: paidMore, latencies, neighbours, starts, jittered: await jitterOf('jitter', settings) };
}

function dearer(venue: VenueSpec, times: number): VenueSpec {
  const fees = ({ makerFee, takerFee }: Pick<VenueSpec, 'makerFee' | 'takerFee'>) => ({
    takerFee: dearerFee(takerFee, times),
    makerFee: dearerFee(makerFee, times),
  });
  const { feeTiers } = venue;
  return {
    ...venue,
    ...fees(venue),
    ...(feeTiers === undefined ? {} : { feeTiers: feeTiers.map((tier) => ({ ...tier, ...fees(tier) })) }),
  };
}

/** Where runs are played, one after another. */
class Bench {
  plays = 0;
  readonly parted = 0;
  readonly #settings: BacktestSettings;
  readonly #tapes: readonly Tape[];
  readonly #heard: (doing: string) => boolean;

  constructor(settings: BacktestSettings, tapes: readonly Tape[], heard: (doing: string) => boolean) {
    this.#settings = settings;
    this.#tapes = tapes;
    this.#heard = heard;
  }

  readonly goOn = (doing: string): Promise<void> => goingOn(this.#heard)(doing);

  async play(doing: string, settings: BacktestSettings, seed: number | null = null): Promise<RunResult> {
    await this.goOn(doing);
    this.plays++;
    const played = await playBacktest(settings, {
      tapes: this.#tapes,
      heard: () => this.#heard(doing),
      ...(seed === null ? {} : { facts: (frames: Iterable<MarketFrame>, tape: number) => jittered(frames, seed, tape) }),
    });
    if (played === null) throw new Stopped();
    return played.result;
  }

  trial(): Trial {
    const settings = this.#settings;
    const listed = listedIn(this.#tapes.map(({ manifest }) => manifest));
    const inputs = backtestInputs(settings, listed, beginOf(this.#tapes, settings.tapes));
    const facts = () =>
      this.#tapes.map((tape, index) => {
        const { from, to } = settings.tapes[index]!;
        return tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY);
      });
    return {
      inputs,
      manifest: backtestManifest(settings, thisBuild()),
      make: () => new DeskRun({ desk: backtestDesk(settings), digest: nodeDigest, catalogue }),
      frames: () => mergedFrames(facts(), inputs.length + 1),
    };
  }
}
