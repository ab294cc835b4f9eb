/**
 * Where a run parts from another one: up to a number it is that one, behind it goes on a desk in which what was changed is as if it had always been
 * so. Decides what of the two is whose; why anybody wants it is said elsewhere.
 */
import type { SavedDesk } from '#actors/desk/state.ts';
import type { Desk } from '#actors/desk.ts';
import { assert } from '#engine/assert.ts';
import type { InputRecord, Scope } from '#engine/inputs.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import type { Plain } from '#engine/record.ts';
import type { Limits } from '#engine/risk/limits.ts';
import type { Seq, TimeUs } from '#engine/values.ts';

/** Takes no number itself. What a run's manifest says of it is enough to derive the run again. */
export type ForkMark = Readonly<{
  /** The last number that both have in common; 0: they part before the first, and nothing is carried over. */
  at: number;
  /** Inputs at or before `at` as the second desk takes them, by their numbers. */
  replaced: readonly InputRecord[];
  /** In force from `at` on, in place of what these scopes had. */
  limits: readonly Readonly<{ scope: Scope; of: string; limits: Limits }>[];
  /** Numbers behind `at` that do not happen, both ends included, rising. */
  dropped: readonly (readonly [from: number, to: number])[];
}>;

export function markOf(manifest: Plain): ForkMark | null {
  const forked = (manifest as { forked?: { mark?: Plain } | null } | null)?.forked;
  return (forked?.mark ?? null) as ForkMark | null;
}

export class Branching {
  readonly #mark: ForkMark;
  /** Lives the change from the first number on; gone once its part is taken over. */
  #second: Desk | null;
  /** A desk that nothing has happened to yet, whose decisions are the run's. */
  readonly #fresh: () => Desk;
  /** Whoever looks at the run while it decides must find the desk that decides. */
  readonly #run: { desk: Desk };

  constructor(mark: ForkMark, run: { desk: Desk }, second: Desk, fresh: () => Desk) {
    assert(mark.at > 0 || mark.limits.length === 0, 'limits are set on a desk that knows their scope');
    this.#mark = mark;
    this.#run = run;
    this.#second = mark.at > 0 ? second : null;
    this.#fresh = fresh;
  }

  market(frame: MarketFrame): void {
    const end = frame.first + frame.count;
    let from: number = frame.first;
    if (this.#second !== null) {
      from = Math.min(end, this.#mark.at + 1);
      const common = sliced(frame, frame.first, from);
      this.#run.desk.takeMarket(common);
      this.#second.takeMarket(common);
      this.#part();
    }
    for (const [first, last] of this.#mark.dropped) {
      if (last < from || first >= end) continue;
      if (first > from) this.#run.desk.takeMarket(sliced(frame, from, first));
      from = Math.min(end, last + 1);
      this.#run.desk.leaveOut((from - 1) as Seq);
    }
    if (from < end) this.#run.desk.takeMarket(sliced(frame, from, end));
  }

  input(record: InputRecord): void {
    if (this.#mark.dropped.some(([first, last]) => record.seq >= first && record.seq <= last)) {
      this.#run.desk.leaveOut(record.seq);
      return;
    }
    this.#run.desk.takeInput(record);
    this.#second?.takeInput(this.#mark.replaced.find(({ seq }) => seq === record.seq) ?? record);
    this.#part();
  }

  time(at: TimeUs): void {
    this.#run.desk.passTime(at);
    this.#second?.passTime(at);
  }

  /** Once the number is reached. */
  #part(): void {
    const { desk } = this.#run;
    if (this.#second === null || desk.seq < this.#mark.at) return;
    const state = grafted(desk.save() as unknown as SavedDesk, this.#second.save() as unknown as SavedDesk);
    this.#second = null;
    const branch = this.#fresh();
    branch.load(state as unknown as Plain);
    this.#run.desk = branch;
    const { accounts } = branch.parts;
    for (const { scope, of, limits } of this.#mark.limits) {
      accounts.setLimits(scope, of, limits);
      accounts.checkExposure(scope, of);
    }
  }
}

const sliced = (frame: MarketFrame, from: number, to: number): MarketFrame =>
  from === frame.first && to === frame.first + frame.count ? frame : sliceFrame(frame, from, to);

type SavedStrategy = SavedDesk['strategies'][number];

/** The first desk with the second one's terms of venue, and its strategies where they are others. */
export function grafted(baseline: SavedDesk, second: SavedDesk): SavedDesk {
  return {
    ...baseline,
    accounts: baseline.accounts.map((account) => {
      const other = second.accounts.find(({ spec }) => spec.id === account.spec.id);
      return other === undefined ? account : { ...account, spec: { ...account.spec, pure: other.spec.pure } };
    }),
    strategies: baseline.strategies.map((strategy) => {
      const other = second.strategies.find(({ id }) => id === strategy.id);
      return other === undefined || isSame(strategy, other) ? strategy : adopted(strategy, other);
    }),
  };
}

function isSame(one: SavedStrategy, other: SavedStrategy): boolean {
  const names = Object.keys(one.parameters);
  return (
    one.version === other.version &&
    one.name === other.name &&
    names.length === Object.keys(other.parameters).length &&
    names.every((name) => one.parameters[name] === other.parameters[name])
  );
}

/** What it knows of the market is the second's; what it holds, what it was stopped by and when it last woke is the baseline's. */
function adopted(own: SavedStrategy, other: SavedStrategy): SavedStrategy {
  const { name, version, parameters, seen, state, alarmAt, watches } = other;
  const lives = own.value === 'warming' || own.value === 'running';
  return { ...own, name, version, parameters, seen, state, alarmAt, watches, value: lives ? other.value : own.value };
}
