import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream, randomStream } from './random.ts';

const draws = (stream: RandomStream, count: number) => Array.from({ length: count }, () => stream.u32());

test('the first values are pinned: a change here changes every recorded run', () => {
  const stream = randomStream(42, 'venue');
  expect({
    u32: draws(stream, 4),
    float: [stream.float(), stream.float()],
    below: [stream.below(6), stream.below(1_000_000), stream.below(Number.MAX_SAFE_INTEGER)],
    between: [stream.between(-3, 3), stream.between(10, 10)],
    chance: [stream.chance(0.5), stream.chance(0), stream.chance(1)],
    normal: [stream.normal(), stream.normal()],
    state: stream.save(),
    negativeSeed: draws(randomStream(-1, 'venue'), 2),
    wideSeed: draws(randomStream(2 ** 40 + 42, 'venue'), 2),
  }).toMatchInlineSnapshot(`
    {
      "below": [
        5,
        579185,
        6357935944305525,
      ],
      "between": [
        1,
        10,
      ],
      "chance": [
        false,
        false,
        true,
      ],
      "float": [
        0.3432533947479408,
        0.31228731386874886,
      ],
      "negativeSeed": [
        2987687191,
        2837430500,
      ],
      "normal": [
        0.7473639078285228,
        0.607888789093762,
      ],
      "state": [
        2291624183,
        3923353000,
        3458407265,
        45,
      ],
      "u32": [
        676922015,
        207887495,
        740353035,
        2100080146,
      ],
      "wideSeed": [
        2352116425,
        924943725,
      ],
    }
  `);
});

test('a draw in one stream never shifts another', () => {
  const alone = draws(randomStream(7, 'fills'), 5);
  const latency = randomStream(7, 'latency');
  const fills = randomStream(7, 'fills');
  const beside = alone.map(() => {
    latency.normal();
    return fills.u32();
  });
  expect(beside).toEqual(alone);
});

test('a range wider than 53 bits, a broken chance, a nameless stream are broken programs', () => {
  const stream = randomStream(1, 'x');
  expect(() => stream.between(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toThrow('below');
  expect(() => stream.below(0)).toThrow('at least 1');
  expect(() => stream.chance(Number.NaN)).toThrow('chance');
  expect(() => randomStream(0.5, 'x')).toThrow('seed');
  expect(() => randomStream(1, '')).toThrow('name');
  expect(() => stream.load([1, 2, 3])).toThrow('four words');
  expect(() => stream.load([1, 2, 3, -4])).toThrow('four words');
});

describe('laws', () => {
  const seed = fc.maxSafeInteger();
  const name = fc.string({ minLength: 1, maxLength: 20 });

  test('a restored stream goes on as if it had never stopped', () => {
    fc.assert(
      fc.property(seed, name, fc.nat(50), (s, n, before) => {
        const original = randomStream(s, n);
        for (let i = 0; i < before; i += 1) original.normal();
        const restored = new RandomStream(JSON.parse(JSON.stringify(original.save())));
        expect(draws(restored, 10)).toEqual(draws(original, 10));
        expect(restored.normal()).toBe(original.normal());
      }),
    );
  });

  test('another seed or another name is another stream', () => {
    fc.assert(
      fc.property(seed, name, seed, name, (s1, n1, s2, n2) => {
        fc.pre(s1 !== s2 || n1 !== n2);
        expect(draws(randomStream(s1, n1), 4)).not.toEqual(draws(randomStream(s2, n2), 4));
      }),
    );
    const first = new Set(Array.from({ length: 20_000 }, (_, s) => draws(randomStream(s, 'tape'), 2).join()));
    expect(first.size).toBe(20_000);
  });

  test('every draw stays inside its range', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (s, n) => {
        const stream = randomStream(s, 'range');
        for (let i = 0; i < 20; i += 1) {
          const below = stream.below(n);
          expect(Number.isSafeInteger(below) && below >= 0 && below < n).toBe(true);
          const float = stream.float();
          expect(float >= 0 && float < 1).toBe(true);
          expect(Number.isFinite(stream.normal())).toBe(true);
        }
      }),
    );
  });
});

describe('the draws look like their distributions', () => {
  const N = 200_000;
  test('each bit of u32 is set half of the time', () => {
    const stream = randomStream(2024, 'bits');
    const set = new Array<number>(32).fill(0);
    for (const draw of draws(stream, N)) for (let bit = 0; bit < 32; bit += 1) set[bit]! += (draw >>> bit) & 1;
    for (const count of set) expect(Math.abs(count / N - 0.5)).toBeLessThan(0.006); // 5 deviations
  });

  test('below is even over its faces', () => {
    const stream = randomStream(2024, 'die');
    const faces = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < N; i += 1) faces[stream.below(7)]! += 1;
    const chiSquare = faces.reduce((sum, count) => sum + (count - N / 7) ** 2 / (N / 7), 0);
    expect(chiSquare).toBeLessThan(22.5); // 6 degrees of freedom, p ≈ 0.001
  });

  test('normal has mean 0, variance 1, the right tails', () => {
    const stream = randomStream(2024, 'normal');
    let sum = 0;
    let squares = 0;
    let beyondTwo = 0;
    for (let i = 0; i < N; i += 1) {
      const x = stream.normal();
      sum += x;
      squares += x * x;
      if (Math.abs(x) > 2) beyondTwo += 1;
    }
    expect(Math.abs(sum / N)).toBeLessThan(0.01);
    expect(Math.abs(squares / N - 1)).toBeLessThan(0.015);
    expect(Math.abs(beyondTwo / N - 0.0455)).toBeLessThan(0.003);
  });
});
