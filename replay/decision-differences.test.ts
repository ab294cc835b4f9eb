// A decision is held against the one of the same strategy and instrument, wherever it stands under its number; and nothing is counted twice or left out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import { decisionBytes } from '#engine/journal/record-codec.ts';
import { differencesOf, SaidDecisions } from './decision-differences.ts';

type Body = Readonly<{ type: Decision['type'] } & Record<string, unknown>>;
const woke = (strategy: string, intents: number): Body => ({
  ...{ type: 'StrategyWoke', strategy, why: 'bars', end: null, absent: 0, conditions: [], intents },
});
const refused = (strategy: string, instrument: string, lots: number): Body => ({
  ...{ type: 'OrderRefused', account: 'alpha', strategy, instrument, side: 'buy', orderType: 'market', lots, limit: null, stop: null },
  ...{ why: '', clauses: [] },
});
const approved = (strategy: string, instrument: string, lots: number): Body => ({
  ...refused(strategy, instrument, lots),
  ...{ type: 'OrderApproved', order: 'o', clientId: 'c', expiresAt: null, reducing: false },
});
const closed = (instrument: string, close: number): Body => ({
  ...{ type: 'CandleClosed', instrument, source: 'tape', timeframeUs: 60, start: 0, end: 60, open: 1, high: 9, low: 1, close },
  ...{ volume: 1, trades: 1, complete: true, by: 'tick' },
});

/** Decisions under numbers 1, 2, 3 …, all told in one portion. */
function said(numbers: readonly (readonly Body[])[]): SaidDecisions {
  const decisions = numbers.flatMap((bodies, number) =>
    bodies.map((body, index) => ({ ...body, cause: number + 1, index, at: 1_000 }) as unknown as Decision),
  );
  const parts = decisions.map(decisionBytes);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const told = new SaidDecisions();
  told.append({ kind: 'inputs', records: [] } as never);
  told.append({ kind: 'decisions', bytes } as never);
  return told;
}

test('one order more moves what follows, and is the only difference', () => {
  const follows = [woke('two', 1), refused('two', 'ETH', 3)];
  const was = said([[woke('one', 0), ...follows]]);
  const is = said([[woke('one', 0), refused('one', 'BTC', 5), ...follows]]);
  expect(differencesOf(was, is)).toMatchObject({
    ...{ same: 1, moved: 2, changed: 0, onlyBaseline: 0, onlyBranch: 1 },
    first: { address: '1.1', baseline: null, branch: { strategy: 'one' } },
  });
});

test('an order stands against the one of its own strategy and instrument, whichever stands first', () => {
  const was = said([[approved('one', 'BTC', 1), approved('two', 'BTC', 2), approved('two', 'ETH', 3)]]);
  const is = said([[approved('two', 'ETH', 30), approved('one', 'BTC', 1), approved('two', 'BTC', 20)]]);
  const { first, changed, moved } = differencesOf(was, is);
  expect([changed, moved]).toEqual([2, 1]);
  expect(first).toMatchObject({ address: '1.2', baseline: { instrument: 'ETH' }, branch: { instrument: 'ETH', strategy: 'two' } });
  expect(first!.fields).toEqual([{ name: 'lots', expected: '3', actual: '30' }]);
});

test('an order that is refused stands against one that was approved; a candle against no order', () => {
  const was = said([[closed('BTC', 5), approved('one', 'BTC', 1)]]);
  const { first, firstDeed } = differencesOf(was, said([[refused('one', 'BTC', 1), closed('BTC', 6)]]));
  expect(first).toMatchObject({ baseline: { type: 'CandleClosed', close: 5 }, branch: { type: 'CandleClosed', close: 6 } });
  expect(firstDeed).toMatchObject({ baseline: { type: 'OrderApproved' }, branch: { type: 'OrderRefused' } });
});

const name = fc.constantFrom('one', 'two');
const instrument = fc.constantFrom('BTC', 'ETH');
const body = fc.oneof(
  fc.tuple(name, fc.nat(2)).map(([of, intents]) => woke(of, intents)),
  fc.tuple(name, instrument, fc.integer({ min: 1, max: 3 })).map((given) => refused(...given)),
  fc.tuple(name, instrument, fc.integer({ min: 1, max: 3 })).map((given) => approved(...given)),
  fc.tuple(instrument, fc.integer({ min: 1, max: 3 })).map((given) => closed(...given)),
);
const run = fc.array(fc.array(body, { maxLength: 6 }), { maxLength: 4 });
const sizeOf = (numbers: readonly (readonly Body[])[]): number => numbers.reduce((sum, { length }) => sum + length, 0);

test('every decision of both is counted once, and the other way round the same is told', () => {
  fc.assert(
    fc.property(run, run, (one, other) => {
      const { same, moved, changed, onlyBaseline, onlyBranch, first, types } = differencesOf(said(one), said(other));
      expect(same + moved + changed + onlyBaseline).toBe(sizeOf(one));
      expect(same + moved + changed + onlyBranch).toBe(sizeOf(other));
      expect(types.reduce((sum, { count }) => sum + count, 0)).toBe(changed + onlyBaseline + onlyBranch);
      expect(first === null).toBe(changed + onlyBaseline + onlyBranch === 0);
      expect(differencesOf(said(other), said(one))).toMatchObject({
        same,
        moved,
        changed,
        onlyBaseline: onlyBranch,
        onlyBranch: onlyBaseline,
      });
    }),
  );
});

test('a run differs from itself nowhere; in another order under a number it is moved and not another', () => {
  fc.assert(
    fc.property(run, (numbers) => {
      const whole = sizeOf(numbers);
      expect(differencesOf(said(numbers), said(numbers))).toMatchObject({ same: whole, moved: 0, first: null });
      const { same, moved, first } = differencesOf(said(numbers), said(numbers.map((bodies) => [...bodies].reverse())));
      expect([same + moved, first]).toEqual([whole, null]);
    }),
  );
});
