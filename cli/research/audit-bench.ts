/** Where a run is tried: what an audit can ask to be played, whatever kind of run it is; and how much is asked. */
import type { VenueSpec } from '#engine/execution/account.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Parameters, Strategy } from '#engine/strategy/strategy.ts';
import type { TimeUs } from '#engine/values.ts';
import type { Thresholds } from '#replay/audit/thresholds.ts';
import type { Trial } from '#replay/audit/trial.ts';
import { realClock, turnOf } from '#streams/clock.ts';

export type AuditAsked = Readonly<{ run: string; seed: number; quick: boolean; thresholds: Thresholds }>;

/** How much is tried; what is quick says less, and nothing else. */
export type Effort = Readonly<{ cuts: number; restores: number; seeds: number; steps: number; days: readonly number[] }>;
export const WHOLE: Effort = { cuts: 12, restores: 8, seeds: 5, steps: 2, days: [1, 3, 7] };
export const QUICK: Effort = { cuts: 4, restores: 3, seeds: 2, steps: 1, days: [1] };

/** The run with one thing changed, or with none. */
export type Variation = Readonly<{
  venue?: VenueSpec;
  set?: Readonly<{ of: Varied; parameter: string; value: number }>;
  /** Without what arrived before. */
  from?: TimeUs;
}>;

/** A strategy whose parameters have neighbours. */
export type Varied = Readonly<{ name: string; definition: Strategy; parameters: Parameters }>;

export type AuditBench = Readonly<{
  /** How its account is answered. */
  venue: VenueSpec;
  strategies: readonly Varied[];
  /** The number behind which a run goes its own way; a run cannot be restored before. */
  parted: number;
  /** Why its first days cannot be left out; null: they can. */
  needsItsStart: string | null;
  /** `seed`: prices moved by chance. Null when `heard` ended it. */
  play: (variation: Variation, seed: number | null, heard: () => boolean) => Promise<RunResult | null>;
  trial: () => Promise<Trial>;
}>;

export class Stopped extends Error {
  override name = 'Stopped';
}

/** Plays one after another; whoever watches may stop it between two, or within one. */
export class Plays {
  count = 0;
  readonly bench: AuditBench;
  readonly #heard: (doing: string) => boolean;

  constructor(bench: AuditBench, heard: (doing: string) => boolean) {
    this.bench = bench;
    this.#heard = heard;
  }

  async goOn(doing: string): Promise<void> {
    await turnOf(realClock);
    if (!this.#heard(doing)) throw new Stopped();
  }

  async play(doing: string, variation: Variation, seed: number | null = null): Promise<RunResult> {
    await this.goOn(doing);
    this.count++;
    const result = await this.bench.play(variation, seed, () => this.#heard(doing));
    if (result === null) throw new Stopped();
    return result;
  }
}
