/**
 * Conditions between parameters, in the expressions of the strategy language: `fast < slow`, `not short or slow > 2 * fast`. They see
 * parameters only: no candles, no indicators, no past.
 */
import { faultText } from '#engine/strategy/language/source.ts';
import { type Expression, isFault, parseExpression } from '#engine/strategy/language/syntax.ts';

type Given = Readonly<Record<string, number | boolean | string>>;
type Value = number | boolean | string;

export type Condition = Readonly<{ text: string; holds: (given: Given) => boolean }>;

/** The condition, or what is wrong with its text. `standard` names every parameter and shows its type. */
export function conditionOf(text: string, standard: Given): Condition | string {
  const read = parseExpression({ kind: 'text', value: text, line: 1, column: 1, indent: 0 });
  if (isFault(read)) return faultText(read);
  try {
    if (typeof valued(read, standard) !== 'boolean') return 'says no yes or no: write something like fast < slow';
  } catch (error) {
    if (error instanceof NoCondition) return error.message;
    throw error;
  }
  return { text, holds: (given) => valued(read, given) === true };
}

class NoCondition extends Error {
  override name = 'NoCondition';
}

function valued(of: Expression, given: Given): Value {
  switch (of.type) {
    case 'number':
      return of.value;
    case 'duration':
      return of.us;
    case 'text':
      return of.value;
    case 'name':
      if (of.name === 'true' || of.name === 'false') return of.name === 'true';
      if (!Object.hasOwn(given, of.name))
        throw new NoCondition(`${of.name}: no such parameter (there are: ${Object.keys(given).join(', ')})`);
      return given[of.name]!;
    case 'unary':
      return of.sign === 'not' ? !yes(of.of, given) : -number(of.of, given);
    case 'between':
      return number(of.of, given) >= number(of.low, given) && number(of.of, given) <= number(of.high, given);
    case 'if':
      return valued(yes(of.when, given) ? of.so : of.otherwise, given);
    case 'binary':
      return binary(of, given);
    default:
      throw new NoCondition(`a ${of.type} has no place here: a condition sees parameters only`);
  }
}

function binary({ sign, left, right }: Extract<Expression, { type: 'binary' }>, given: Given): Value {
  switch (sign) {
    // both sides are always looked at, so that a fault on either is found before anything runs
    case 'or': {
      const [a, b] = [yes(left, given), yes(right, given)];
      return a || b;
    }
    case 'and': {
      const [a, b] = [yes(left, given), yes(right, given)];
      return a && b;
    }
    case '==':
      return valued(left, given) === valued(right, given);
    case '!=':
      return valued(left, given) !== valued(right, given);
  }
  const [a, b] = [number(left, given), number(right, given)];
  switch (sign) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}

function number(of: Expression, given: Given): number {
  const value = valued(of, given);
  if (typeof value !== 'number') throw new NoCondition(`${JSON.stringify(value)} stands where a number must`);
  return value;
}

function yes(of: Expression, given: Given): boolean {
  const value = valued(of, given);
  if (typeof value !== 'boolean') throw new NoCondition(`${JSON.stringify(value)} stands where a yes or no must`);
  return value;
}
