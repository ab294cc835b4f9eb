/** A run of the catalogue on trial: plays it, its beginnings and its neighbours, and has them judged. Keeps nothing. */

import { minorText } from '#engine/decimal.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import type { RunResult } from '#engine/run/result.ts';
import { tradesOf } from '#engine/run/trades.ts';
import { DAY_US, type Minor, type TimeUs } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { cutsOf, lookahead } from '#replay/audit/lookahead.ts';
import { type Outcome, type Played, robustness } from '#replay/audit/robustness.ts';
import type { AuditRow } from '#replay/audit/row.ts';
import { stateHonesty } from '#replay/audit/state-honesty.ts';
import type { Thresholds } from '#replay/audit/thresholds.ts';
import { type Trial, wholeOf } from '#replay/audit/trial.ts';
import { jittered, neighboursOf } from '#replay/audit/variations.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { realClock, turnOf } from '#streams/clock.ts';
import { Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { nodeDigest } from '../compose/digest.ts';
import { playBacktest } from './backtest-play.ts';
import { type BacktestSettings, backtestDesk, backtestInputs, backtestManifest, beginOf, listedIn } from './backtest-settings.ts';
import { runNamed } from './run-answers.ts';
import { catalogue } from './strategies.ts';
import { tapeOf } from './tapes.ts';

export type AuditAsked = Readonly<{ run: string; seed: number; quick: boolean; thresholds: Thresholds }>;
export type Audited = Readonly<{ entry: RunEntry; rows: readonly AuditRow[]; plays: number }>;

/** How much is tried; what is quick says less, and nothing else. */
type Effort = Readonly<{ cuts: number; restores: number; seeds: number; steps: number; days: readonly number[] }>;
const WHOLE: Effort = { cuts: 12, restores: 8, seeds: 5, steps: 2, days: [1, 3, 7] };
const QUICK: Effort = { cuts: 4, restores: 3, seeds: 2, steps: 1, days: [1] };
const LATENCIES = [0, 2, 5];
/** Of a run without any latency, so that a multiple of it says something. */
const LATENCY_UNIT_US = 100_000;

class Stopped extends Error {
  override name = 'Stopped';
}

/** Null when it was stopped. `heard` is told what is being tried; false ends it. */
export async function auditRun(asked: AuditAsked, heard: (doing: string) => boolean): Promise<Audited | null> {
  const entry = runNamed(asked.run);
  if (entry.kind !== 'backtest')
    throw new Refused(2, [`${entry.id} is a ${entry.kind}, and an audit is of a backtest`], 'npx retrace runs ls');
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

async function exactRows(bench: Bench, effort: Effort, seed: number): Promise<readonly AuditRow[]> {
  const trial = bench.trial();
  await bench.goOn('what it decided');
  const whole = wholeOf(trial);
  const cuts = cutsOf(whole, effort.cuts, seed);
  await bench.goOn('prefixes');
  const seen = await lookahead(trial, whole, cuts, (done) => bench.goOn(`prefix ${done} of ${cuts.length}`));
  await bench.goOn('saved and restored');
  return [seen, stateHonesty(trial, whole, cutsOf(whole, effort.restores, seed + 1))];
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
    takerFee: Math.round(takerFee * times),
    makerFee: Math.round(makerFee * times),
  });
  const { feeTiers } = venue;
  return {
    ...venue,
    ...fees(venue),
    ...(feeTiers === undefined ? {} : { feeTiers: feeTiers.map((tier) => ({ ...tier, ...fees(tier) })) }),
  };
}

function outcomeOf(result: RunResult): Outcome {
  const last = result.equity.minor.at(-1) ?? Number(result.cash0);
  const closed = tradesOf(result).filter(({ exitTime }) => exitTime !== null);
  return {
    net: last - Number(result.cash0),
    days: Math.max(1e-9, (result.to - result.from) / DAY_US),
    trades: closed.map(({ net }) => Number(net)),
  };
}

/** Where runs are played, one after another. */
class Bench {
  plays = 0;
  readonly #settings: BacktestSettings;
  readonly #tapes: readonly Tape[];
  readonly #heard: (doing: string) => boolean;

  constructor(settings: BacktestSettings, tapes: readonly Tape[], heard: (doing: string) => boolean) {
    this.#settings = settings;
    this.#tapes = tapes;
    this.#heard = heard;
  }

  async goOn(doing: string): Promise<void> {
    await turnOf(realClock);
    if (!this.#heard(doing)) throw new Stopped();
  }

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
