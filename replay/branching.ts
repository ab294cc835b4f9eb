/**
 * Where a run parts from another one: up to a number it is that one, behind it goes on a desk in which what was changed is as if it had always been
 * so. A branch of a branch parts twice. Decides what of the two is whose; why anybody wants it is said elsewhere.
 */
import type { SavedDesk } from '#actors/desk/state.ts';
import { Desk } from '#actors/desk.ts';
import { assert } from '#engine/assert.ts';
import type { InputRecord, Scope } from '#engine/inputs.ts';
import { decodePlain, encodePlain } from '#engine/journal/plain-codec.ts';
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
  /** Of a branch of a branch: where its parent parted, at or before `at`. Absent: its parent is no branch. */
  before?: ForkMark | null;
}>;

/** All of a run, the earliest first. */
export function marksIn(mark: ForkMark | null): readonly ForkMark[] {
  return mark === null ? [] : [...marksIn(mark.before ?? null), mark];
}

export function markOf(manifest: Plain): ForkMark | null {
  const forked = (manifest as { forked?: { mark?: Plain } | null } | null)?.forked;
  return (forked?.mark ?? null) as ForkMark | null;
}

/** A mark that is not reached yet; `second` lives its change from the first number on, null where it changes no input. */
type Ahead = Readonly<{ mark: ForkMark; second: Desk | null }>;

export class Branching {
  #ahead: readonly Ahead[];
  readonly #dropped: ForkMark['dropped'];
  /** A desk that nothing has happened to yet, whose decisions are the run's. */
  readonly #fresh: () => Desk;
  /** Whoever looks at the run while it decides must find the desk that decides. */
  readonly #run: { desk: Desk };
  #begun = false;

  constructor(mark: ForkMark, run: { desk: Desk }, second: Desk, fresh: () => Desk) {
    const marks = marksIn(mark);
    for (const { at, limits } of marks) assert(at > 0 || limits.length === 0, 'limits are set on a desk that knows their scope');
    let spare: Desk | null = second;
    const made = (): Desk => {
      const desk = spare ?? silentLike(run.desk);
      spare = null;
      return desk;
    };
    this.#ahead = marks.filter(({ at }) => at > 0).map((each) => ({ mark: each, second: each.replaced.length > 0 ? made() : null }));
    this.#dropped = marks.flatMap(({ dropped }) => dropped).sort(([a], [b]) => a - b);
    this.#run = run;
    this.#fresh = fresh;
  }

  market(frame: MarketFrame): void {
    this.#begin();
    const end = frame.first + frame.count;
    for (let from: number = frame.first; from < end; ) {
      const stop = Math.min(end, ...this.#ahead.map(({ mark }) => mark.at + 1));
      const hole = this.#dropped.find(([first, last]) => last >= from && first < stop);
      const isHole = hole !== undefined && hole[0] <= from;
      const until = hole === undefined ? stop : Math.min(stop, isHole ? hole[1] + 1 : hole[0]);
      const part = sliced(frame, from, until);
      this.#each((desk) => (isHole ? desk.leaveOut((until - 1) as Seq, part) : desk.takeMarket(part)));
      from = until;
      this.#part();
    }
  }

  input(record: InputRecord): void {
    this.#begin();
    if (this.#dropped.some(([first, last]) => record.seq >= first && record.seq <= last)) this.#each((desk) => desk.leaveOut(record.seq));
    else {
      this.#run.desk.takeInput(record);
      for (const { mark, second } of this.#ahead) second?.takeInput(mark.replaced.find(({ seq }) => seq === record.seq) ?? record);
    }
    this.#part();
  }

  time(at: TimeUs): void {
    this.#begin();
    this.#each((desk) => desk.passTime(at));
  }

  /** The desks that live a change ahead of its mark, the earliest mark first: what a run that is put back to this number needs beside its own state. */
  save(): readonly (Uint8Array | null)[] {
    return this.#ahead.map(({ second }) => (second === null ? null : encodePlain(second.save())));
  }

  /** Once the run itself was put back. */
  load(seconds: readonly (Uint8Array | null)[]): void {
    this.#ahead = this.#ahead.filter(({ mark }) => mark.at > this.#run.desk.seq);
    assert(seconds.length === this.#ahead.length, () => `${seconds.length} desks for ${this.#ahead.length} marks ahead`);
    this.#ahead.forEach(({ second }, index) => {
      const saved = seconds[index] ?? null;
      assert((saved === null) === (second === null), 'a mark that changes inputs has a desk of its own');
      if (saved !== null) second!.load(decodePlain(saved));
    });
    this.#begun = true;
  }

  #each(take: (desk: Desk) => void): void {
    take(this.#run.desk);
    for (const { second } of this.#ahead) if (second !== null) take(second);
  }

  /** A run that was restored has parted already: a second desk cannot be begun in the middle. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { seq } = this.#run.desk;
    this.#ahead = this.#ahead.filter(({ mark }) => mark.at > seq);
    assert(seq === 0 || this.#ahead.length === 0, () => `restored at number ${seq}, before it parts`);
  }

  /** Once the number is reached. */
  #part(): void {
    for (let [next] = this.#ahead; next !== undefined && this.#run.desk.seq >= next.mark.at; [next] = this.#ahead) {
      this.#ahead = this.#ahead.slice(1);
      this.#take(next);
    }
  }

  #take({ mark, second }: Ahead): void {
    if (second !== null) {
      const state = grafted(this.#run.desk.save() as unknown as SavedDesk, second.save() as unknown as SavedDesk);
      const branch = this.#fresh();
      branch.load(state as unknown as Plain);
      this.#run.desk = branch;
    }
    const { accounts } = this.#run.desk.parts;
    for (const { scope, of, limits } of mark.limits) {
      accounts.setLimits(scope, of, limits);
      accounts.checkExposure(scope, of);
    }
  }
}

/** A new desk of the same kind, whose decisions nobody hears. */
function silentLike({ parts }: Desk): Desk {
  const { desk, digest, catalogue, machines } = parts.core;
  return new Desk({ desk, digest, catalogue, machines, sink: () => {} });
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
