import { expect, test } from 'vitest';
import { randomStream } from '../../random.ts';
import { overfittingOf } from './overfitting.ts';
import { deflatedSharpe, expectedBest, probabilisticSharpe, type SharpeFacts, sharpeFacts, significanceMetrics } from './significance.ts';
import { kurtosis, normalBelow, normalQuantile, quantile, skewness } from './statistics.ts';

test('the normal distribution agrees with its printed tables, and its quantile turns it round', () => {
  const table: readonly (readonly [number, number])[] = [
    [0, 0.5],
    [1, 0.841344746068543],
    [1.959963984540054, 0.975],
    [-2.326347874040841, 0.01],
    [3, 0.99865010196837],
  ];
  for (const [x, p] of table) expect(normalBelow(x)).toBeCloseTo(p, 14);
  expect(normalBelow(-10) / 7.61985302416053e-24).toBeCloseTo(1, 10);
  expect(normalBelow(5.0000001) - normalBelow(4.9999999)).toBeCloseTo(2e-7 * 1.4867195147e-6, 15); // the two ways of working it out meet
  for (const p of [1e-9, 0.001, 0.3, 0.5, 0.9, 0.999999]) expect(normalBelow(normalQuantile(p))).toBeCloseTo(p, 12);
});

test('shape of a sample, by hand', () => {
  // 0, 0, 0, 4: mean 1; squares 1+1+1+9 = 12, over 4 is 3; cubes −3+27 = 24, over 4 is 6, over 3√3; fourths 3+81 = 84, over 4 is 21, over 9.
  expect(skewness([0, 0, 0, 4])).toBeCloseTo(6 / (3 * Math.sqrt(3)), 14);
  expect(kurtosis([0, 0, 0, 4])).toBeCloseTo(21 / 9, 14);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
});

const NORMAL: SharpeFacts = { sharpe: 0.1, returns: 401, skewness: 0, kurtosis: 3 };

test('the probabilistic Sharpe ratio of normal returns, by hand', () => {
  // √400 = 20; 1 + (2/4) × 0.01 = 1.005; 0.1 × 20 ÷ √1.005 = 1.99502…
  expect(probabilisticSharpe(NORMAL, 0)).toBeCloseTo(normalBelow(2 / Math.sqrt(1.005)), 14);
  expect(probabilisticSharpe(NORMAL, 0.1)).toBe(0.5);
  const lopsided = probabilisticSharpe({ ...NORMAL, skewness: -2, kurtosis: 9 }, 0) as number;
  expect(lopsided).toBeLessThan(probabilisticSharpe(NORMAL, 0) as number); // losses in lumps are worth less trust
});

test('the more was tried, the less the best proves', () => {
  expect(expectedBest(1, 0.01)).toBe(0);
  // Ten trials: (1 − γ) Φ⁻¹(0.9) + γ Φ⁻¹(1 − 1/(10e)) = 0.42278 × 1.28155 + 0.57722 × 1.78900.
  expect(expectedBest(10, 1)).toBeCloseTo(0.42278 * 1.28155 + 0.57722 * 1.789, 3);
  const one = deflatedSharpe(NORMAL, { count: 1, sharpes: null }) as number;
  const ten = deflatedSharpe(NORMAL, { count: 10, sharpes: null }) as number;
  const many = deflatedSharpe(NORMAL, { count: 1000, sharpes: null }) as number;
  expect(one).toBe(probabilisticSharpe(NORMAL, 0));
  expect(one > ten && ten > many).toBe(true);
});

test('the expected best is what a draw of many shows', () => {
  const chance = randomStream(5, 'trials');
  let total = 0;
  for (let i = 0; i < 2000; i += 1) {
    let best = Number.NEGATIVE_INFINITY;
    for (let trial = 0; trial < 50; trial += 1) best = Math.max(best, chance.normal());
    total += best;
  }
  expect(Math.abs(total / 2000 - expectedBest(50, 1))).toBeLessThan(0.05);
});

test('without variance, and without a told number of trials, there is no answer but a reason', () => {
  expect(sharpeFacts([0.1, 0.1, 0.1])).toEqual({ reason: 'the daily returns do not vary' });
  const [psr, deflated] = significanceMetrics([0.01, -0.01, 0.02], null);
  expect(psr?.value).toBeGreaterThan(0.5);
  expect(deflated?.reason).toBe('the number of trials behind this run was not given');
});

test('variants of pure chance overfit about half of the time; one with a real edge does not', () => {
  const chance = randomStream(11, 'variants');
  const noise = () => Array.from({ length: 30 }, () => Float64Array.from({ length: 320 }, () => 0.01 * chance.normal()));
  let total = 0;
  for (let i = 0; i < 40; i += 1) total += overfittingOf(noise(), 8).probability;
  expect(Math.abs(total / 40 - 0.5)).toBeLessThan(0.15);
  const skilled = overfittingOf([...noise(), Float64Array.from({ length: 320 }, () => 0.006 + 0.01 * chance.normal())], 8);
  expect(skilled).toMatchObject({ splits: 70, probability: 0 }); // 8 blocks, 4 of them
});

test('overfitting by hand: two variants that trade places', () => {
  // Blocks of two days. A gains in the first half, B in the second: whoever wins inside loses outside, in both splits.
  const a = Float64Array.of(0.02, 0.01, -0.02, -0.01);
  const b = Float64Array.of(-0.02, -0.01, 0.02, 0.01);
  expect(overfittingOf([a, b], 2)).toMatchObject({ probability: 1, splits: 2 });
  expect(() => overfittingOf([a], 2)).toThrow('a choice needs at least 2');
});
