import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Atr } from './atr.ts';
import { Donchian } from './donchian.ts';
import { Ema } from './ema.ts';
import { type Indicator, LONGEST_PERIOD } from './indicator.ts';
import { Rsi } from './rsi.ts';
import { Sma } from './sma.ts';

/** What every indicator promises, whatever it computes. */
type Bar = readonly [high: number, low: number, close: number];
type Kind = Readonly<{ name: string; make: (n: number) => Indicator; push: (into: Indicator, bar: Bar) => void }>;
const KINDS: readonly Kind[] = [
  { name: 'Sma', make: (n) => new Sma(n), push: (into, [, , close]) => (into as Sma).push(close) },
  { name: 'Ema first', make: (n) => new Ema(n), push: (into, [, , close]) => (into as Ema).push(close) },
  { name: 'Ema sma', make: (n) => new Ema(n, 'sma'), push: (into, [, , close]) => (into as Ema).push(close) },
  { name: 'Rsi', make: (n) => new Rsi(n), push: (into, [, , close]) => (into as Rsi).push(close) },
  { name: 'Atr', make: (n) => new Atr(n), push: (into, [high, low, close]) => (into as Atr).push(high, low, close) },
  { name: 'Donchian', make: (n) => new Donchian(n), push: (into, [high, low]) => (into as Donchian).push(high, low) },
];

const price = fc.double({ min: -1e100, max: 1e100, noNaN: true });
const bars = fc.array(
  fc.tuple(price, price, price).map(([a, b, c]): Bar => [Math.max(a, b), Math.min(a, b), c]),
  { minLength: 1, maxLength: 60 },
);
const period = fc.integer({ min: 1, max: 12 });

describe.each(KINDS)('$name', ({ make, push }) => {
  test('restored at any bar, through text too, it goes on as if it had never stopped', () => {
    fc.assert(
      fc.property(period, bars, fc.nat(60), (n, tape, cut) => {
        const original = make(n);
        let restored = make(n);
        tape.forEach((bar, i) => {
          if (i === cut % tape.length) {
            restored = make(n);
            push(restored, [7, 3, 5]); // load replaces whatever was there
            restored.load(JSON.parse(JSON.stringify(original.save())));
          }
          push(original, bar);
          push(restored, bar);
        });
        expect(restored.save()).toEqual(original.save());
        expect(restored.ready).toBe(original.ready);
        if (original.ready) expect(restored.value).toBe(original.value);
      }),
    );
  });

  test('it is ready after exactly `warmup` bars and then never yields NaN', () => {
    fc.assert(
      fc.property(period, bars, (n, tape) => {
        const indicator = make(n);
        tape.forEach((bar, i) => {
          push(indicator, bar);
          expect(indicator.ready).toBe(i + 1 >= indicator.warmup);
          if (indicator.ready) expect(Number.isFinite(indicator.value)).toBe(true);
        });
      }),
    );
  });

  test('broken programs stop here', () => {
    for (const n of [0, -1, 1.5, Number.NaN, LONGEST_PERIOD + 1]) expect(() => make(n)).toThrow('period');
    const indicator = make(3);
    expect(() => indicator.value).toThrow('warm-up');
    for (const x of [Number.NaN, Infinity, -Infinity, 1e101])
      expect(() => push(indicator, [x, x, x])).toThrow(/indicator input|high at or above/);
    expect(() => indicator.load(make(4).save())).toThrow('another shape or period');
    const broken = [...indicator.save()];
    broken[broken.length - 1] = Number.NaN;
    expect(() => indicator.load(broken)).toThrow('finite');
  });
});

test('a refused input leaves the indicator as it was', () => {
  for (const { make, push } of KINDS) {
    const indicator = make(2);
    push(indicator, [3, 1, 2]);
    const before = indicator.save();
    expect(() => push(indicator, [Number.NaN, 1, Number.NaN])).toThrow();
    expect(indicator.save()).toEqual(before);
  }
});
