// A search is a function of its seed and of what it is told; a grid names every choice once.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import { parametersOf, type Strategy } from '#engine/strategy/strategy.ts';
import { conditionOf } from './conditions.ts';
import { type Method, type Scored, searchOf } from './search.ts';
import { type Choice, type Dimension, dimensionOf, isAllowed, keyOf, placeOf, type Space, sizeOf, stepped, valueAt } from './space.ts';

const ema = emaCross as Strategy;
const standard = parametersOf(ema, {}) as Choice;

function spaceOf(texts: Readonly<Record<string, string>>, where: readonly string[] = []): Space {
  const dimensions = Object.entries(texts).map(([name, text]) => {
    const read = dimensionOf(ema, name, text);
    if (typeof read === 'string') throw new Error(read);
    return read;
  });
  const conditions = where.map((text) => {
    const read = conditionOf(text, standard);
    if (typeof read === 'string') throw new Error(read);
    return read;
  });
  return { dimensions, conditions };
}

/** A hill with its top at fast 20, slow 100. */
const hill = ({ fast, slow }: Choice): number => -(((Number(fast) - 20) / 50) ** 2) - ((Number(slow) - 100) / 200) ** 2;

function searched(method: Method, space: Space, seed: number, rounds: readonly number[]): readonly Scored[] {
  const search = searchOf({ method, space, seed, fixed: standard });
  return rounds.flatMap((count) => {
    const round = search.ask(count).map((choice) => ({ choice, score: hill(choice) }));
    search.tell(round);
    return round;
  });
}

describe('space', () => {
  test('what a text means', () => {
    const values = (text: string) => (dimensionOf(ema, 'fast', text) as Extract<Dimension, { kind: 'listed' }>).values;
    expect(values('5..50:15')).toEqual([5, 20, 35, 50]);
    expect(values('5..19:5')).toEqual([5, 10, 15]);
    expect(values('7,3')).toEqual([3, 7]);
    expect(dimensionOf(ema, 'fast', '5..50:log')).toMatchObject({ kind: 'range', low: 5, high: 50, whole: true, log: true });
    expect(dimensionOf(ema, 'short', 'true,false')).toMatchObject({ values: [true, false], ordered: false });
    expect(stepped(0.1, 0.5, 0.1)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  test.each([
    ['fast', '0..5', 'lies beyond 1..1000'],
    ['fast', '5..1', 'is no range'],
    ['fast', '1.5..3', 'whole numbers'],
    ['fast', '1..9:0.5', 'whole number above 0'],
    ['fast', '3,3', 'twice'],
    ['fast', 'many', 'is no value of fast'],
    ['short', '0..1', 'has no range'],
    ['speed', '1..2', 'no such parameter'],
  ])('%s=%s is refused', (name, text, why) => {
    expect(dimensionOf(ema, name, text)).toContain(why);
  });

  test('a value lies where it is found again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 500 }),
        fc.boolean(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (low, width, isLog, place) => {
          const dimension: Dimension = { name: 'fast', kind: 'range', low, high: low + width, whole: true, log: isLog };
          const value = valueAt(dimension, place);
          expect(Number.isInteger(value) && Number(value) >= low && Number(value) <= low + width).toBe(true);
          expect(valueAt(dimension, placeOf(dimension, value))).toBe(value);
        },
      ),
    );
  });
});

describe('conditions', () => {
  test.each([
    ['fast < slow', { fast: 3, slow: 4 }, true],
    ['fast < slow', { fast: 4, slow: 4 }, false],
    ['slow >= 2 * fast and not short', { fast: 4, slow: 8, short: false }, true],
    ['short or slow - fast > 3', { fast: 4, slow: 6, short: false }, false],
    ['fast between 2 and 5', { fast: 5 }, true],
  ])('%s of %j is %s', (text, given, holds) => {
    const condition = conditionOf(text, standard);
    expect(typeof condition === 'string' ? condition : condition.holds({ ...standard, ...given })).toBe(holds);
  });

  test.each([
    ['fast <', 'expected'],
    ['fast + slow', 'says no yes or no'],
    ['quick < slow', 'no such parameter'],
    ['close > 5', 'no such parameter'],
    ['ema(close, 5) > 3', 'call'],
    ['short < 3', 'where a number must'],
    ['true or fast', 'where a yes or no must'],
  ])('%s is refused', (text, why) => {
    expect(conditionOf(text, standard)).toContain(why);
  });
});

describe('search', () => {
  const space = spaceOf({ fast: '2..12:2', slow: '4..20:4', short: 'true,false' }, ['fast < slow']);

  test('a grid names every allowed choice once, however it is asked', () => {
    const whole = searched('grid', space, 1, [10_000]);
    expect(
      searched(
        'grid',
        space,
        1,
        Array.from({ length: 40 }, () => 3),
      ),
    ).toEqual(whole);
    expect(new Set(whole.map(({ choice }) => keyOf(space, choice))).size).toBe(whole.length);
    expect(whole.length).toBeLessThan(sizeOf(space));
    const pairs = [2, 4, 6, 8, 10, 12].flatMap((fast) => [4, 8, 12, 16, 20].filter((slow) => fast < slow));
    expect(whole.length).toBe(2 * pairs.length);
  });

  test.each(['random', 'tpe'] as const)('%s: the same seed, the same choices; none twice; each allowed', (method) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        (seed, rounds) => {
          const one = searched(method, space, seed, rounds);
          expect(searched(method, space, seed, rounds)).toEqual(one);
          expect(new Set(one.map(({ choice }) => keyOf(space, choice))).size).toBe(one.length);
          expect(one.every(({ choice }) => isAllowed(space, choice, standard))).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  test.each(['random', 'tpe'] as const)('%s tries every choice of a small space, and then stops', (method) => {
    const small = spaceOf({ fast: '2..6:2', slow: '4..8:2' }, ['fast < slow']);
    expect(searched(method, small, 5, [4, 4, 4]).length).toBe(6);
  });

  test('what it learns helps: tpe comes nearer to the top of a hill than chance, for most seeds', () => {
    const wide = spaceOf({ fast: '1..200', slow: '2..1000' });
    const best = (method: Method, seed: number): number =>
      Math.max(
        ...searched(
          method,
          wide,
          seed,
          Array.from({ length: 10 }, () => 8),
        ).map(({ score }) => score!),
      );
    const wins = Array.from({ length: 15 }, (_, seed) => best('tpe', seed) > best('random', seed)).filter(Boolean).length;
    expect(wins).toBeGreaterThanOrEqual(11);
  });
});
