/** A desk that plays a film, and the topics that tell of it: what both the one who looks ahead and the one who is watched are made of. */

import type { Machines } from '#actors/desk/core.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Film, Position } from '#replay/film.ts';
import { type Midway, Playhead } from '#replay/playhead.ts';
import { DeskTopics, type TopicsMemory } from '../live/desk-topics.ts';
import { Hub, STANDARD_LIMITS } from '../live/hub.ts';

/** What a recorded desk needs to run again. */
export type Derive = Readonly<{ digest: Digest; catalogue: StrategyCatalogue; machines?: Machines }>;

/** All that another one needs to be where this one is. */
export type Place = Readonly<{ midway: Midway; topics: TopicsMemory }>;

export class Showing {
  readonly head: Playhead;
  #topics: DeskTopics;

  /** `decided`: hears each decision as well. */
  constructor(film: Film, derive: Derive, hub: Hub, from: Place | null, decided: (decision: Decision) => void = () => {}) {
    this.head = new Playhead(
      film,
      {
        ...derive,
        decided: (decision) => {
          this.#topics.goOnWith(this.head.run.desk);
          this.#topics.decided(decision);
          decided(decision);
        },
        took: (facts) => {
          this.#topics.goOnWith(this.head.run.desk);
          this.#topics.took(facts);
        },
      },
      from?.midway ?? null,
    );
    this.#topics = this.#open(hub, from?.topics ?? null);
  }

  #open(hub: Hub, memory: TopicsMemory | null): DeskTopics {
    return new DeskTopics(hub, this.head.run.desk, () => this.head.run.desk.seq, { tells: 'newest', memory });
  }

  /** Tells another hub from now on, which holds nothing yet. */
  tell(hub: Hub, memory: TopicsMemory): void {
    this.#topics = this.#open(hub, memory);
  }

  /** Right after a window was closed. */
  save(): TopicsMemory {
    return this.#topics.save();
  }

  get at(): Position {
    return this.head.at;
  }

  forward(to: Position, most: number): boolean {
    const there = this.head.forward(to, most);
    this.#topics.goOnWith(this.head.run.desk); // a branch may have parted since its last decision
    return there;
  }
}

/** Where nobody watches: windows close when they are told to, and no message is kept. */
export function quietHub(): Hub {
  return new Hub({
    ...{ epoch: 'nobody', desk: '', mode: 'REPLAY', windowMs: 1, beatMs: 1 },
    limits: STANDARD_LIMITS,
    kept: { messages: 0, bytes: 0 },
    truth: () => ({ seq: 0, at: 0, age: null, durable: 0 }),
    clock: { nowMs: () => 0, after: () => () => {} },
  });
}
