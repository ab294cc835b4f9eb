/** The page's lines are the engine's, number for number and to the last bit. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Atr } from '#engine/indicators/atr.ts';
import { Ema } from '#engine/indicators/ema.ts';
import { Rsi } from '#engine/indicators/rsi.ts';
import { Sma } from '#engine/indicators/sma.ts';
import { type Bar, indicatorsIn, lineOf, nameOf } from './indicators.ts';

const price = fc.double({ min: 0.01, max: 100_000, noNaN: true });
const bars = fc.array(
  fc.tuple(price, price, price).map(([a, b, c]): Bar => ({ low: Math.min(a, b, c), high: Math.max(a, b, c), close: c })),
  { maxLength: 120 },
);
const length = fc.integer({ min: 1, max: 30 });

function engineLine(kind: 'ema' | 'sma' | 'rsi' | 'atr', n: number, of: readonly Bar[]): (number | null)[] {
  const one = kind === 'ema' ? new Ema(n) : kind === 'sma' ? new Sma(n) : kind === 'rsi' ? new Rsi(n) : new Atr(n);
  return of.map(({ high, low, close }) => {
    if (one instanceof Atr) one.push(high, low, close);
    else one.push(close);
    return one.ready ? one.value : null;
  });
}

test.each(['ema', 'sma', 'rsi', 'atr'] as const)('%s', (kind) => {
  fc.assert(
    fc.property(bars, length, (of, n) => {
      expect(lineOf({ kind, length: n }, of)).toEqual(engineLine(kind, n, of));
    }),
  );
});

test('a market that stands still', () => {
  const still = Array.from({ length: 40 }, (): Bar => ({ high: 100, low: 100, close: 100 }));
  for (const kind of ['ema', 'sma', 'rsi', 'atr'] as const)
    expect(lineOf({ kind, length: 14 }, still)).toEqual(engineLine(kind, 14, still));
});

test('an address that names lines is read back, and nonsense in it is left out', () => {
  expect(indicatorsIn('ema20,rsi14,ema20,ema0,foo3,atr,sma999').map(nameOf)).toEqual(['ema20', 'rsi14']);
});
