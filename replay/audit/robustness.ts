/**
 * Whether a profit is more than a coincidence of this fee, this delay, these parameters, this beginning, these very ticks. Judges outcomes that
 * somebody played; plays nothing. A run without a profit has none that could be fragile: then the questions are silent.
 */
import type { AuditRow, AuditVerdict } from './row.ts';
import { KEPT, type KeptCheck, type Thresholds } from './thresholds.ts';

/** What a run was worth, in minor units; `trades`: of each closed one, after fees. */
export type Outcome = Readonly<{ net: number; days: number; trades: readonly number[] }>;

/** Outcomes of one variation that differ by chance only. */
export type Spread = Readonly<{ name: string; nets: readonly number[] }>;

export type Played = Readonly<{
  base: Outcome;
  dearer: Outcome;
  /** By how many times the latency. */
  latencies: readonly Spread[];
  /** Each parameter's neighbours, one and two steps to either side. */
  neighbours: readonly Readonly<{ parameter: string; outcomes: readonly Readonly<{ value: number; net: number }>[] }>[];
  /** Without the first so many days; or why that cannot be asked. */
  starts: readonly Readonly<{ dropped: number; outcome: Outcome }>[] | string;
  /** One each seed. */
  jittered: readonly number[];
}>;

export function robustness(played: Played, thresholds: Thresholds, money: (minor: number) => string): readonly AuditRow[] {
  const judge = new Judge(played.base, thresholds, money);
  return [judge.fees(played), judge.latency(played), judge.parameters(played), judge.start(played), judge.jitter(played), judge.best()];
}

class Judge {
  readonly #base: Outcome;
  readonly #thresholds: Thresholds;
  readonly #money: (minor: number) => string;

  constructor(base: Outcome, thresholds: Thresholds, money: (minor: number) => string) {
    this.#base = base;
    this.#thresholds = thresholds;
    this.#money = money;
  }

  fees({ dearer }: Played): AuditRow {
    const { feeTimes } = this.#thresholds;
    return this.#row(
      'fees',
      this.#keeps('fees', dearer.net),
      `with ${feeTimes} times the fees ${this.#money(dearer.net)} is left of ${this.#was}`,
      {
        base: this.#base.net,
        dearer: dearer.net,
      },
    );
  }

  latency({ latencies }: Played): AuditRow {
    const told = latencies.map(({ name, nets }) => `${name}: ${this.#spread(nets)}`);
    const keeps = latencies.every(({ nets }) => this.#keeps('latency', median(nets)));
    const numbers = Object.fromEntries(latencies.map(({ name, nets }) => [name, median(nets)]));
    return this.#row('latency', keeps, `${told.join('; ')} (least, middle and most of ${latencies[0]?.nets.length ?? 0})`, numbers);
  }

  parameters({ neighbours }: Played): AuditRow {
    const asked = neighbours.filter(({ outcomes }) => outcomes.length > 0);
    if (asked.length === 0) return silent('parameters', 'it has no numeric parameter with neighbours', KEPT.parameters.why);
    const middles = asked.map(({ parameter, outcomes }) => ({ parameter, middle: median(outcomes.map(({ net }) => net)) }));
    const lonely = middles.filter(({ middle }) => !this.#keeps('parameters', middle));
    const said =
      lonely.length === 0
        ? `the neighbours of ${asked.map(({ parameter }) => parameter).join(', ')} keep the profit`
        : `a lonely peak in ${lonely.map(({ parameter, middle }) => `${parameter} (its neighbours make ${this.#money(middle)})`).join(', ')}`;
    const numbers = Object.fromEntries(
      asked.flatMap(({ parameter, outcomes }) => outcomes.map(({ value, net }) => [`${parameter}=${value}`, net])),
    );
    return this.#row('parameters', lonely.length === 0, `${said}; it made ${this.#was}`, numbers);
  }

  start({ starts }: Played): AuditRow {
    if (typeof starts === 'string') return silent('start', starts, KEPT.start.why);
    if (starts.length === 0) return silent('start', `${this.#base.days.toFixed(1)} days are too few to leave some out`, KEPT.start.why);
    const rate = this.#base.net / this.#base.days;
    const kept = this.#thresholds.kept.start;
    const keeps = starts.every(({ outcome }) => (100 * outcome.net) / outcome.days > kept * rate);
    const told = starts.map(({ dropped, outcome }) => `without ${dropped} d ${this.#money(outcome.net / outcome.days)}`);
    const numbers = Object.fromEntries(starts.map(({ dropped, outcome }) => [`without ${dropped} d`, outcome.net]));
    return this.#row('start', keeps, `a day makes ${this.#money(rate)}; ${told.join(', ')}`, numbers);
  }

  jitter({ jittered }: Played): AuditRow {
    const said = `prices moved by at most a tick make ${this.#spread(jittered)} (least, middle and most of ${jittered.length}); it made ${this.#was}`;
    return this.#row('jitter', this.#keeps('jitter', median(jittered)), said, { least: Math.min(...jittered), middle: median(jittered) });
  }

  best(): AuditRow {
    const { trades, net } = this.#base;
    if (trades.length === 0) return silent('best', 'no trade was closed', KEPT.best.why);
    const count = Math.ceil((trades.length * this.#thresholds.bestPercent) / 100);
    const taken = [...trades].sort((a, b) => b - a).slice(0, count);
    const left = net - taken.reduce((sum, trade) => sum + trade, 0);
    const said = `without the best ${count} of ${trades.length} trades ${this.#money(left)} is left of ${this.#was}`;
    return this.#row('best', this.#keeps('best', left), said, { without: left, taken: count, trades: trades.length });
  }

  get #was(): string {
    return this.#money(this.#base.net);
  }

  #keeps(check: KeptCheck, net: number): boolean {
    return 100 * net > this.#thresholds.kept[check] * this.#base.net;
  }

  #spread(nets: readonly number[]): string {
    return [Math.min(...nets), median(nets), Math.max(...nets)].map(this.#money).join(' · ');
  }

  #row(check: KeptCheck, keeps: boolean, said: string, numbers: AuditRow['numbers']): AuditRow {
    const { why } = KEPT[check];
    if (this.#base.net <= 0) return silent(check, `it made ${this.#was}: there is no profit that could be fragile`, why);
    const verdict: AuditVerdict = keeps ? 'passed' : 'failed';
    return { check, verdict, said, numbers: { ...numbers, 'must keep percent': this.#thresholds.kept[check] }, why };
  }
}

const silent = (check: string, said: string, why: string): AuditRow => ({ check, verdict: 'silent', said, numbers: {}, why });

/** The middle one; of an even number the lower of the two in the middle, which is the less flattering one. */
export function median(values: readonly number[]): number {
  const rising = [...values].sort((a, b) => a - b);
  return rising[Math.floor((rising.length - 1) / 2)] ?? 0;
}
