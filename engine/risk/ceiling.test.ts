import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Minor } from '../values.ts';
import { aboveCeiling, CEILING, missingForLive } from './ceiling.ts';
import { type Limits, NO_LIMITS } from './limits.ts';

const AT_CEILING = Object.fromEntries(
  Object.entries(CEILING).map(([limit, most]) => [limit, typeof most === 'bigint' ? most * 100n : most]),
) as unknown as Limits;

describe('the ceiling above configuration', () => {
  test('limits at it pass, and none at all', () => {
    expect(aboveCeiling(AT_CEILING, 2)).toEqual([]);
    expect(aboveCeiling(NO_LIMITS, 2)).toEqual([]);
  });

  test.each(Object.keys(CEILING) as (keyof Limits)[])('%s a step above it is refused, with both numbers', (limit) => {
    const most = AT_CEILING[limit]!;
    const asked = typeof most === 'bigint' ? most + 1n : most + 1;
    expect(aboveCeiling({ ...AT_CEILING, [limit]: asked }, 2)).toEqual([{ limit, asked, most }]);
  });

  test('money is judged in the units of its currency', () => {
    const limits = { ...NO_LIMITS, maxOrderNotional: 10_000_001n as Minor };
    expect(aboveCeiling(limits, 2)).toEqual([]);
    expect(aboveCeiling(limits, 0)).toEqual([{ limit: 'maxOrderNotional', asked: 10_000_001n, most: 10_000_000n }]);
  });

  test('what is no number passes nowhere', () => {
    expect(aboveCeiling({ ...NO_LIMITS, collarPermille: Number.NaN }, 2)).toHaveLength(1);
  });

  test('whatever passes is at or below it in every limit', () => {
    fc.assert(
      fc.property(fc.record({ collarPermille: fc.nat(400), maxOrderNotional: fc.bigInt(0n, 3_000_000_000n) }), (some) => {
        const faults = aboveCeiling({ ...NO_LIMITS, ...some, maxOrderNotional: some.maxOrderNotional as Minor }, 2);
        const allowed = some.collarPermille <= 200 && some.maxOrderNotional <= 1_000_000_000n;
        expect(faults.length === 0).toBe(allowed);
      }),
    );
  });
});

describe('what live trading needs', () => {
  const guarded: Limits = {
    ...NO_LIMITS,
    maxOrderNotional: 1n as Minor,
    maxPositionLots: 1,
    hardDailyLoss: 1n as Minor,
    collarPermille: 1,
  };

  test('nothing set: all of it is missing', () => {
    expect(missingForLive(NO_LIMITS, NO_LIMITS, [])).toEqual(['maxOrderNotional', 'maxPositionLots', 'hardDailyLoss', 'collarPermille']);
  });

  test('the account, or all scopes, may give it', () => {
    expect(missingForLive(NO_LIMITS, guarded, [NO_LIMITS])).toEqual([]);
    expect(missingForLive(guarded, NO_LIMITS, [NO_LIMITS])).toEqual([]);
  });

  test('instruments give it only when each of them does, and never a loss limit', () => {
    expect(missingForLive(NO_LIMITS, NO_LIMITS, [guarded, guarded])).toEqual(['hardDailyLoss']);
    expect(
      missingForLive(NO_LIMITS, { ...NO_LIMITS, hardDailyLoss: 1n as Minor }, [guarded, { ...guarded, collarPermille: null }]),
    ).toEqual(['collarPermille']);
  });
});
