/** How an indicator made of parts keeps and restores them as one row of numbers. Decides nothing about what they compute. */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedState } from './indicator.ts';

/** A part: its whole state as finite numbers, of one length always. */
export type Saved = Pick<Indicator, 'save' | 'load'>;

/** The indicator's own numbers first (its parameters, then what it keeps), the parts behind them. */
export function savedWith(own: readonly number[], parts: readonly Saved[]): readonly number[] {
  return [...own, ...parts.flatMap((part) => part.save())];
}

/** The reverse: hands the parts their states and returns what the indicator keeps itself, `kept` numbers behind its parameters. */
export function loadedWith(
  saved: readonly number[],
  parameters: readonly number[],
  kept: number,
  parts: readonly Saved[],
): readonly number[] {
  const own = parameters.length + kept;
  const lengths = parts.map((part) => part.save().length);
  const whole = lengths.reduce((sum, length) => sum + length, own);
  checkedState(saved, parameters[0], whole);
  const same = parameters.every((parameter, i) => saved[i] === parameter);
  assert(same, 'an indicator was handed a state of another shape or period');
  let from = own;
  parts.forEach((part, i) => {
    part.load(saved.slice(from, from + lengths[i]));
    from += lengths[i];
  });
  return saved.slice(parameters.length, own);
}
