// What is told to be next with a tape can be done with it.
import { expect, test } from 'vitest';
import { nextWith } from './tapes.ts';

test('only what makes candles is told to be backtested', () => {
  expect(nextWith('one', ['trade', 'book'])).toBe('npx retrace backtest ema-cross --tape one');
  expect(nextWith('one', ['quote', 'bar'])).toBe('npx retrace backtest ema-cross --tape one');
  expect(nextWith('one', ['book'])).toBe('npx retrace tape book one');
  expect(nextWith('one', ['book', 'quote'])).toBe('npx retrace tape book one');
  expect(nextWith('one', ['quote'])).toBe('npx retrace export one one.csv');
});
