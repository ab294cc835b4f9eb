import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cos, exp, LARGEST_ANGLE, log, pow, sin, tanh } from './math.ts';

// Math.* is the yardstick here only: its own error is about one ulp, and differs between engines.
const view = new DataView(new ArrayBuffer(8));
function bits(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigUint64(0);
}
function ulp(x: number): number {
  view.setBigUint64(0, bits(Math.abs(x)) + 1n);
  return view.getFloat64(0) - Math.abs(x);
}
const ulpsApart = (ours: number, theirs: number) => (Object.is(ours, theirs) ? 0 : Math.abs(ours - theirs) / ulp(theirs));

/** A spread of points, the same each time, that no Math function chose. */
function points(count: number, from: number, to: number): number[] {
  let state = 0x2545f491;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + (to - from) * (state / 4294967296);
  });
}
const worst = (xs: readonly number[], apart: (x: number) => number) => xs.reduce((most, x) => Math.max(most, apart(x)), 0);

describe('against Math on 100,000 points', () => {
  test('exp within 4 ulp', () => {
    expect(worst(points(100_000, -708, 709.7), (x) => ulpsApart(exp(x), Math.exp(x)))).toBeLessThanOrEqual(4);
    expect(worst(points(100_000, -1, 1), (x) => ulpsApart(exp(x), Math.exp(x)))).toBeLessThanOrEqual(4);
    expect(worst(points(10_000, -745, -735), (x) => Math.abs(exp(x) - Math.exp(x)) / 5e-324)).toBeLessThanOrEqual(2);
  });

  test('log within 4 ulp', () => {
    expect(worst(points(100_000, 0, 3), (x) => ulpsApart(log(x), Math.log(x)))).toBeLessThanOrEqual(4);
    expect(worst(points(100_000, -700, 700), (p) => ulpsApart(log(Math.exp(p)), Math.log(Math.exp(p))))).toBeLessThanOrEqual(4);
    expect(worst(points(100_000, 0.999, 1.001), (x) => ulpsApart(log(x), Math.log(x)))).toBeLessThanOrEqual(4);
  });

  test('pow within 1e-13 of its size', () => {
    const exponents = points(100_000, -40, 40).reverse();
    const bases = points(100_000, 0.001, 1000);
    const off = bases.map((x, i) => {
      const y = exponents[i] as number;
      const theirs = x ** y;
      return theirs < 1e-300 ? 0 : Math.abs(pow(x, y) / theirs - 1);
    });
    expect(worst(off, (x) => x)).toBeLessThanOrEqual(1e-13);
    expect(worst(points(100_000, -7000, 7000), (y) => Math.abs(pow(1.1, y) / 1.1 ** y - 1))).toBeLessThanOrEqual(1e-13);
  });

  test('sin and cos within 2 ulp, also where they are nearly zero', () => {
    for (const reach of [1, 10, 1000, LARGEST_ANGLE]) {
      expect(worst(points(50_000, -reach, reach), (x) => ulpsApart(sin(x), Math.sin(x)))).toBeLessThanOrEqual(2);
      expect(worst(points(50_000, -reach, reach), (x) => ulpsApart(cos(x), Math.cos(x)))).toBeLessThanOrEqual(2);
    }
    const nearMultiples = Array.from({ length: 20_000 }, (_, i) => (i + 1) * (Math.PI / 2));
    expect(worst(nearMultiples, (x) => ulpsApart(sin(x), Math.sin(x)))).toBeLessThanOrEqual(2);
    expect(worst(nearMultiples, (x) => ulpsApart(cos(x), Math.cos(x)))).toBeLessThanOrEqual(2);
  });

  test('tanh within 4 ulp', () => {
    for (const reach of [0.001, 0.6, 3, 30]) {
      expect(worst(points(50_000, -reach, reach), (x) => ulpsApart(tanh(x), Math.tanh(x)))).toBeLessThanOrEqual(4);
    }
  });
});

describe('edges', () => {
  test('exp and log', () => {
    expect([exp(0), exp(-0), exp(Infinity), exp(-Infinity), exp(710), exp(-746)]).toEqual([1, 1, Infinity, 0, Infinity, 0]);
    expect(exp(709.782712893384)).toBe(Math.exp(709.782712893384));
    expect(exp(-745)).toBe(5e-324);
    expect([log(1), log(0), log(-0), log(Infinity)]).toEqual([0, -Infinity, -Infinity, Infinity]);
    expect([log(-1), log(-Infinity), exp(Number.NaN), log(Number.NaN)]).toEqual([NaN, NaN, NaN, NaN]);
    expect(ulpsApart(log(5e-324), Math.log(5e-324))).toBeLessThanOrEqual(1);
    expect(ulpsApart(log(Number.MAX_VALUE), Math.log(Number.MAX_VALUE))).toBeLessThanOrEqual(1);
  });

  test('pow agrees with ECMAScript on every special pair, −0 aside', () => {
    const special = [
      0,
      -0,
      1,
      -1,
      2,
      -2,
      0.5,
      -0.5,
      3,
      -3,
      1e300,
      -1e300,
      1e-300,
      5e-324,
      Infinity,
      -Infinity,
      NaN,
      1 + 2 ** -52,
      1 - 2 ** -53,
      2 ** 53,
      -(2 ** 53) + 1,
    ];
    for (const x of special) {
      for (const y of special) {
        if (Object.is(x, -0)) continue;
        const theirs = x ** y + 0;
        const ours = pow(x, y);
        const close = Number.isFinite(theirs) ? Math.abs(ours - theirs) <= 1e-13 * Math.abs(theirs) : Object.is(ours, theirs);
        expect(close, `pow(${x}, ${y}) = ${ours}, not ${theirs}`).toBe(true);
        expect(Object.is(ours, -0)).toBe(false);
      }
    }
    expect([pow(-0, 3), pow(-0, -3)]).toEqual([0, Infinity]);
  });

  test('whole powers of whole numbers are exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 53 }), (x, y) => {
        let exact = 1n;
        for (let i = 0; i < y; i += 1) exact *= BigInt(x);
        if (exact > -(2n ** 53n) && exact < 2n ** 53n) expect(pow(x, y)).toBe(Number(exact));
      }),
    );
  });

  test('sin, cos, tanh', () => {
    expect([sin(0), sin(-0), cos(0), tanh(0), tanh(-0), tanh(Infinity), tanh(-Infinity)]).toEqual([0, 0, 1, 0, 0, 1, -1]);
    expect([sin(Infinity), cos(-Infinity), sin(NaN), cos(NaN), tanh(NaN)]).toEqual([NaN, NaN, NaN, NaN, NaN]);
    expect(() => sin(LARGEST_ANGLE + 1)).toThrow('LARGEST_ANGLE');
  });
});

describe('laws', () => {
  const small = fc.double({ min: -700, max: 700, noNaN: true });
  const angle = fc.double({ min: -LARGEST_ANGLE, max: LARGEST_ANGLE, noNaN: true });

  test('log undoes exp', () => {
    fc.assert(fc.property(small, (x) => void expect(Math.abs(log(exp(x)) - x)).toBeLessThanOrEqual(3e-16 + 2.3e-16 * Math.abs(x))));
  });
  test('sin² + cos² is 1; sin is odd and cos even, to the bit', () => {
    fc.assert(
      fc.property(angle, (x) => {
        expect(Math.abs(sin(x) * sin(x) + cos(x) * cos(x) - 1)).toBeLessThanOrEqual(4.5e-16);
        expect(sin(-x)).toBe(0 - sin(x));
        expect(cos(-x)).toBe(cos(x));
      }),
    );
  });
  test('nothing is ever −0, and NaN has one form', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (x, y) => {
        const all = [exp(x), log(x), pow(x, y), tanh(x), ...(Math.abs(x) <= LARGEST_ANGLE ? [sin(x), cos(x)] : [])];
        for (const value of all) {
          expect(Object.is(value, -0)).toBe(false);
          if (Number.isNaN(value)) expect(bits(value)).toBe(0x7ff8000000000000n);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('the bits are pinned: a change here changes recorded decisions', () => {
  const fold = (values: readonly number[]) =>
    values.reduce((hash, value) => BigInt.asUintN(64, (hash ^ bits(value)) * 0x100000001b3n), 0xcbf29ce484222325n).toString(16);
  const xs = points(20_000, -50, 50);
  const sizes = xs.map((x) => x * x + 1e-3);
  expect({
    exp: fold(xs.map(exp)),
    log: fold(sizes.map(log)),
    pow: fold(sizes.map((x, i) => pow(x, (xs[i] as number) / 3))),
    sin: fold(xs.map(sin)),
    cos: fold(xs.map(cos)),
    tanh: fold(xs.map((x) => tanh(x / 10))),
  }).toMatchInlineSnapshot(`
    {
      "cos": "d44c59fd850cba28",
      "exp": "edfc0358b69ad3ae",
      "log": "4aaf693abeab52a5",
      "pow": "7f97e38766198569",
      "sin": "142ca2a89b1cbfcd",
      "tanh": "e61b83c8a5af63e9",
    }
  `);
});
