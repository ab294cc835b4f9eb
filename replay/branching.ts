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

  constructor(mark: ForkMark, second: Desk, fresh: () => Desk) {
    assert(mark.at > 0 || mark.limits.length === 0, 'limits are set on a desk that knows their scope');
    this.#mark = mark;
    this.#second = mark.at > 0 ? second : null;
    this.#fresh = fresh;
  }

  /** Each of these takes the desk of the run and gives back the one that goes on. */
  market(desk: Desk, frame: MarketFrame): Desk {
    const end = frame.first + frame.count;
    let now = desk;
    let from: number = frame.first;
    if (this.#second !== null) {
      from = Math.min(end, this.#mark.at + 1);
      const common = part(frame, frame.first, from);
      now.takeMarket(common);
      this.#second.takeMarket(common);
      now = this.#parted(now);
    }
    for (const [first, last] of this.#mark.dropped) {
      if (last < from || first >= end) continue;
      if (first > from) now.takeMarket(part(frame, from, first));
      from = Math.min(end, last + 1);
      now.leaveOut((from - 1) as Seq);
    }
    if (from < end) now.takeMarket(part(frame, from, end));
    return now;
  }

  input(desk: Desk, record: InputRecord): Desk {
    if (this.#mark.dropped.some(([first, last]) => record.seq >= first && record.seq <= last)) {
      desk.leaveOut(record.seq);
      return desk;
    }
    desk.takeInput(record);
    this.#second?.takeInput(this.#mark.replaced.find(({ seq }) => seq === record.seq) ?? record);
    return this.#parted(desk);
  }

  time(desk: Desk, at: TimeUs): Desk {
    desk.passTime(at);
    this.#second?.passTime(at);
    return desk;
  }

  /** The desk that goes on, once the number is reached. */
  #parted(desk: Desk): Desk {
    if (this.#second === null || desk.seq < this.#mark.at) return desk;
    const state = grafted(desk.save() as unknown as SavedDesk, this.#second.save() as unknown as SavedDesk);
    this.#second = null;
    const branch = this.#fresh();
    branch.load(state as unknown as Plain);
    const { accounts } = branch.parts;
    for (const { scope, of, limits } of this.#mark.limits) {
      accounts.setLimits(scope, of, limits);
      accounts.checkExposure(scope, of);
    }
    return branch;
  }
}

const part = (frame: MarketFrame, from: number, to: number): MarketFrame =>
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
