/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kégl, 2011): where did the good choices lie, where the others, and which
 * new place is likelier among the good? Each parameter is looked at by itself.
 */
import { exp, log } from '#engine/math.ts';
import { normalBelow } from '#engine/portfolio/metrics/statistics.ts';
import type { RandomStream } from '#engine/random.ts';
import type { Scored } from './search.ts';
import { type Choice, type Dimension, placeOf, type Space, type Value, valueAt } from './space.ts';

/** Drawn by chance before anything is learnt. */
export const STARTING_TRIALS = 16;
const GOOD_SHARE = 0.2;
const MOST_GOOD = 25;
/** Of the others the newest so many: more cost time and change little. */
const MOST_OTHERS = 200;
const CANDIDATES = 24;

/** Null: too little is known. `waiting` are asked and not answered: counted among the others, so that a round spreads. */
export function treeParzen(space: Space, known: readonly Scored[], waiting: readonly Choice[], stream: RandomStream): Choice | null {
  if (known.length < STARTING_TRIALS) return null;
  const order = known.map((_, index) => index).sort((a, b) => compare(known[b]!.score, known[a]!.score) || a - b);
  const count = Math.min(MOST_GOOD, Math.max(2, Math.ceil(GOOD_SHARE * known.length)));
  const isGood = new Set(order.slice(0, count));
  const good = known.filter((_, index) => isGood.has(index)).map(({ choice }) => choice);
  const others = [...known.filter((_, index) => !isGood.has(index)).map(({ choice }) => choice), ...waiting].slice(-MOST_OTHERS);
  return Object.fromEntries(space.dimensions.map((each) => [each.name, likeliest(each, good, others, stream)]));
}

/** Without a score lies below every score. */
const compare = (a: number | null, b: number | null): number => (a === b ? 0 : a === null ? -1 : b === null ? 1 : a - b);

function likeliest(dimension: Dimension, good: readonly Choice[], others: readonly Choice[], stream: RandomStream): Value {
  const { name } = dimension;
  const valuesOf = (choices: readonly Choice[]): readonly Value[] => choices.map((choice) => choice[name]!);
  const [near, far] =
    dimension.kind === 'listed' && !dimension.ordered
      ? [new Counted(dimension, valuesOf(good)), new Counted(dimension, valuesOf(others))]
      : [new Kernels(dimension, valuesOf(good)), new Kernels(dimension, valuesOf(others))];
  let best: Value | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < CANDIDATES; i++) {
    const value = near.draw(stream);
    const gain = log(near.density(value)) - log(far.density(value));
    if (best === null || gain > most) [best, most] = [value, gain];
  }
  return best!;
}

/** Words: how often each was there, and once more each. */
class Counted {
  readonly #values: readonly Value[];
  readonly #weights: readonly number[];
  readonly #total: number;

  constructor({ values }: Extract<Dimension, { kind: 'listed' }>, seen: readonly Value[]) {
    this.#values = values;
    this.#weights = values.map((value) => 1 + seen.filter((each) => each === value).length);
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
  }

  draw(stream: RandomStream): Value {
    let left = stream.float() * this.#total;
    for (const [index, weight] of this.#weights.entries()) {
      left -= weight;
      if (left < 0) return this.#values[index]!;
    }
    return this.#values.at(-1)!;
  }

  density(value: Value): number {
    return this.#weights[this.#values.indexOf(value)]! / this.#total;
  }
}

type Kernel = Readonly<{ centre: number; width: number /** Of its mass that lies within 0 … 1. */; inside: number }>;

/** Numbers: a bell at each place that was seen, as wide as the gap beside it, and a wide one over all. */
class Kernels {
  readonly #dimension: Dimension;
  readonly #kernels: readonly Kernel[];

  constructor(dimension: Dimension, seen: readonly Value[]) {
    this.#dimension = dimension;
    const places = seen.map((value) => placeOf(dimension, value)).sort((a, b) => a - b);
    const least = 1 / Math.min(100, 1 + places.length);
    this.#kernels = [
      kernel(0.5, 1),
      ...places.map((centre, index) => {
        const before = centre - (places[index - 1] ?? 0);
        const after = (places[index + 1] ?? 1) - centre;
        return kernel(centre, Math.min(1, Math.max(least, before, after)));
      }),
    ];
  }

  draw(stream: RandomStream): Value {
    const { centre, width } = this.#kernels[stream.below(this.#kernels.length)]!;
    for (;;) {
      const place = centre + width * stream.normal();
      if (place >= 0 && place < 1) return valueAt(this.#dimension, place);
    }
  }

  density(value: Value): number {
    const place = placeOf(this.#dimension, value);
    let sum = 0;
    for (const { centre, width, inside } of this.#kernels) {
      const off = (place - centre) / width;
      sum += exp(-0.5 * off * off) / (width * inside);
    }
    return sum / this.#kernels.length;
  }
}

const kernel = (centre: number, width: number): Kernel => ({
  centre,
  width,
  inside: normalBelow((1 - centre) / width) - normalBelow(-centre / width),
});
