/**
 * Which parameters to try next: asked for a round, told how the round came out. The same seed and the same answers give the same rounds,
 * whoever evaluated them and in whatever order they were done.
 */
import { type RandomStream, randomStream } from '#engine/random.ts';
import { type Choice, isAllowed, keyOf, type Space, sizeOf, valueAt } from './space.ts';
import { treeParzen } from './tree-parzen.ts';

export type Method = 'grid' | 'random' | 'tpe';

/** What is known of a choice: higher is better; null: it has no score, and counts below every one that has. */
export type Scored = Readonly<{ choice: Choice; score: number | null }>;

export interface Search {
  /** Up to `count` choices that were not asked before; none: there are no more. */
  ask(count: number): readonly Choice[];
  /** The whole round, in the order in which it was asked. */
  tell(round: readonly Scored[]): void;
}

export type SearchAsked = Readonly<{ method: Method; space: Space; seed: number /** Parameters that do not vary. */; fixed: Choice }>;

/** Draws without a new choice before a space counts as exhausted. */
const MOST_DRAWS = 2_000;

export function searchOf(asked: SearchAsked): Search {
  switch (asked.method) {
    case 'grid':
      return grid(asked);
    case 'random':
      return drawn(asked, (stream) => uniform(asked.space, stream));
    case 'tpe': {
      const known: Scored[] = [];
      return drawn(asked, (stream, waiting) => treeParzen(asked.space, known, waiting, stream) ?? uniform(asked.space, stream), known);
    }
  }
}

/** Every choice of the lists, the last parameter fastest. */
function grid({ space, fixed }: SearchAsked): Search {
  const choices = everyChoice(space);
  return {
    ask(count) {
      const round: Choice[] = [];
      while (round.length < count) {
        const next = choices.next();
        if (next.done === true) break;
        if (isAllowed(space, next.value, fixed)) round.push(next.value);
      }
      return round;
    },
    tell() {},
  };
}

export function* everyChoice({ dimensions }: Space): Generator<Choice> {
  const lists = dimensions.map((each) => (each.kind === 'listed' ? each.values : []));
  if (lists.some((values) => values.length === 0)) return;
  const at = lists.map(() => 0);
  for (;;) {
    yield Object.fromEntries(dimensions.map(({ name }, index) => [name, lists[index]![at[index]!]!]));
    let place = at.length - 1;
    while (place >= 0 && ++at[place]! === lists[place]!.length) at[place--] = 0;
    if (place < 0) return;
  }
}

type Draw = (stream: RandomStream, waiting: readonly Choice[]) => Choice;

function drawn({ space, seed, fixed, method }: SearchAsked, draw: Draw, known: Scored[] = []): Search {
  const stream = randomStream(seed, `sweep ${method}`);
  const seen = new Set<string>();
  return {
    ask(count) {
      const round: Choice[] = [];
      while (round.length < count) {
        const next = fresh(round);
        if (next === null) break;
        seen.add(keyOf(space, next));
        round.push(next);
      }
      return round;
    },
    tell(round) {
      known.push(...round);
    },
  };

  function fresh(round: readonly Choice[]): Choice | null {
    const isNew = (choice: Choice): boolean => !seen.has(keyOf(space, choice)) && isAllowed(space, choice, fixed);
    for (let tries = 0; tries < MOST_DRAWS; tries++) {
      // a search that finds only what it knows already looks elsewhere
      const choice = tries < MOST_GUIDED ? draw(stream, round) : uniform(space, stream);
      if (isNew(choice)) return choice;
    }
    if (sizeOf(space) > MOST_LOOKED_THROUGH) return null;
    for (const choice of everyChoice(space)) if (isNew(choice)) return choice;
    return null;
  }
}

const MOST_GUIDED = 20;
const MOST_LOOKED_THROUGH = 1_000_000;

const uniform = ({ dimensions }: Space, stream: RandomStream): Choice =>
  Object.fromEntries(dimensions.map((each) => [each.name, valueAt(each, stream.float())]));
