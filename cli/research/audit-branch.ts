/**
 * A branch on trial: its beginnings, and neighbours that are branches of it. They part where it does, so that what it has in common with its parent
 * stays as it was. Keeps nothing.
 */
import { minorText } from '#engine/decimal.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Parameters } from '#engine/strategy/strategy.ts';
import type { AccountId, Minor } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { type Played, robustness } from '#replay/audit/robustness.ts';
import type { Told, Trial } from '#replay/audit/trial.ts';
import { dearerFee, jitter, neighboursOf } from '#replay/audit/variations.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { branchOf, type ForkChange, forkedPlain, NO_CHANGE } from '#replay/fork.ts';
import { type Recorded, recordedIn } from '#replay/journal-play.ts';
import { Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import {
  type AuditAsked,
  type AuditBench,
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
import { type BranchSettings, isBranch, readerOf, toldIn } from './fork-kept.ts';
import { accountMeant, deploymentsOf, playRecorded, specOf } from './journal-result.ts';
import { catalogue } from './kept-strategies.ts';

const NO_START = 'a branch parts at a number, and without its first days it would be another branch';

/** Null when it was stopped. */
export async function auditBranch(entry: RunEntry, asked: AuditAsked, heard: (doing: string) => boolean): Promise<Audited | null> {
  const { id, settings } = entry;
  const recorded = await recordedIn(readerOf(id).frames());
  const named = isBranch(settings) ? (settings as BranchSettings).account : null;
  const bench = new BranchBench(id, recorded, accountMeant(recorded, named, `npx retrace audit ${id}`), heard);
  try {
    const effort = asked.quick ? QUICK : WHOLE;
    const own = await bench.play('the run itself', {});
    if (own.runHash !== entry.runHash)
      throw new Refused(1, [`${id} does not come out as it was recorded: there is nothing to audit`], `npx retrace verify ${id}`);
    await bench.load();
    const exact = await exactRows(bench, effort, asked.seed);
    const played = await variations(bench, recorded, own, effort, asked);
    const money = (minor: number) => `${minorText(BigInt(Math.round(minor)) as Minor, own.currencyScale)} ${own.currency}`;
    return { entry, rows: [...exact, ...robustness(played, asked.thresholds, money)], plays: bench.plays };
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  }
}

async function variations(bench: BranchBench, recorded: Recorded, own: RunResult, effort: Effort, asked: AuditAsked): Promise<Played> {
  const told = toldIn(recorded);
  const venue = specOf(told, bench.account).pure;
  if (venue === null) throw new Refused(1, [`${bench.account} is at an outside venue: nothing answers its neighbours`]);
  const seeds = Array.from({ length: effort.seeds }, (_, index) => asked.seed + index);
  const { feeTimes } = asked.thresholds;
  const of = bench.account;
  const dear = { takerFee: dearerFee(venue.takerFee, feeTimes), makerFee: dearerFee(venue.makerFee, feeTimes) };
  const dearer = outcomeOf(await bench.play('dearer fees', { of, venue: dear }));
  const jitterOf = async (doing: string, change: Partial<ForkChange>): Promise<number[]> => {
    const nets: number[] = [];
    for (const seed of seeds) nets.push(outcomeOf(await bench.play(doing, change, seed)).net);
    return nets;
  };
  const unitUs = venue.latencyUs === 0 ? LATENCY_UNIT_US : venue.latencyUs;
  const latencies: { name: string; nets: number[] }[] = [];
  for (const times of LATENCIES) {
    const latencyUs = times * unitUs;
    latencies.push({ name: `${latencyUs / 1000} ms`, nets: await jitterOf(`latency × ${times}`, { of, venue: { latencyUs } }) });
  }
  const neighbours: { parameter: string; outcomes: { value: number; net: number }[] }[] = [];
  const deployed = deploymentsOf(told, bench.account);
  for (const { strategy, name, version, parameters } of deployed) {
    for (const { parameter, values } of neighboursOf(catalogue(name, version)!, parameters as Parameters, effort.steps)) {
      const outcomes: { value: number; net: number }[] = [];
      for (const value of values)
        outcomes.push({
          value,
          net: outcomeOf(await bench.play(`${parameter} ${value}`, { of: strategy, set: { [parameter]: value } })).net,
        });
      neighbours.push({ parameter: deployed.length === 1 ? parameter : `${strategy} ${parameter}`, outcomes });
    }
  }
  return { base: outcomeOf(own), dearer, latencies, neighbours, starts: NO_START, jittered: await jitterOf('jitter', {}) };
}

/** Where a branch and branches of it are played, one after another. */
class BranchBench implements AuditBench {
  plays = 0;
  readonly account: AccountId;
  readonly parted: number;
  readonly goOn: (doing: string) => Promise<void>;
  readonly #id: string;
  readonly #recorded: Recorded;
  readonly #heard: (doing: string) => boolean;
  /** The whole day, for who takes it again and again from its beginning. */
  readonly #told: Told[] = [];

  constructor(id: string, recorded: Recorded, account: AccountId, heard: (doing: string) => boolean) {
    this.#id = id;
    this.#recorded = recorded;
    this.account = account;
    this.parted = recorded.mark?.at ?? 0;
    this.#heard = heard;
    this.goOn = goingOn(heard);
  }

  async load(): Promise<void> {
    for await (const { frame } of readerOf(this.#id).frames()) {
      if (frame.kind !== 'inputs' && frame.kind !== 'market' && frame.kind !== 'time') continue;
      const payload = decodePayload(frame);
      if (payload.kind === 'market') this.#told.push(payload.frame);
      else if (payload.kind === 'inputs') this.#told.push(...payload.records);
      else if (payload.kind === 'time') this.#told.push({ type: 'TimePassed', at: payload.at });
    }
  }

  /** The branch with a change from where it parts on; `seed`: prices behind that moved by chance. */
  async play(doing: string, change: Partial<ForkChange>, seed: number | null = null): Promise<RunResult> {
    await this.goOn(doing);
    this.plays++;
    const whole: ForkChange = { ...NO_CHANGE, ...change, at: this.parted };
    const isChanged = Object.keys(change).length > 0;
    const { inputs, mark } = isChanged ? branchOf(this.#recorded, whole, catalogue) : this.#recorded;
    const others = new Map<number, (typeof inputs)[number]>(inputs.map((input) => [input.seq, input]));
    const moved = seed === null ? null : jitter(seed, 0);
    const played = await playRecorded(
      readerOf(this.#id).frames(),
      this.#recorded,
      this.account,
      {
        ...{ name: this.#id, input: (record) => others.get(record.seq) ?? record, heard: () => this.#heard(doing) },
        ...(isChanged ? { manifest: (own) => ({ ...(own as object), forked: forkedPlain(this.#id, whole, mark) }) as never } : {}),
        ...(moved === null ? {} : { facts: (frame: MarketFrame) => (frame.first > this.parted ? moved(frame) : frame) }),
      },
      toldIn({ inputs, mark }),
    );
    if (played === null) throw new Stopped();
    return played.result;
  }

  trial(): Trial {
    const { desk, manifest } = this.#recorded;
    return { manifest, inputs: [], make: () => new DeskRun({ desk, digest: nodeDigest, catalogue }), frames: () => this.#told };
  }
}
