/**
 * What the pure parts of an expression give. A value that is not there (too few bars, a division by zero, a number too large) is null, never
 * NaN, and what needs it is null too; `and`, `or` and `if` are known as soon as one side settles them.
 */
import { exp, log } from '../../math.ts';
import type { Meaning, NumberFunction } from './meaning.ts';
import type { BinarySign } from './syntax.ts';

export type Value = number | boolean | string | null;
export type Read = () => Value;

/** A closure for the meaning; `leaf` gives those of what is not pure arithmetic. */
export function compiled(meaning: Meaning, leaf: (meaning: Meaning) => Read): Read {
  switch (meaning.op) {
    case 'constant': {
      const { value } = meaning;
      return () => value;
    }
    case 'minus': {
      const of = compiled(meaning.of, leaf);
      return () => {
        const value = of() as number | null;
        return value === null ? null : 0 - value;
      };
    }
    case 'not': {
      const of = compiled(meaning.of, leaf);
      return () => {
        const value = of();
        return value === null ? null : value !== true;
      };
    }
    case 'function': {
      const { name } = meaning;
      const [a, b] = meaning.inputs.map((input) => compiled(input, leaf));
      return () => {
        const [x, y] = [a!() as number | null, b === undefined ? 0 : (b() as number | null)];
        return x === null || y === null ? null : finite(applied(name, x, y));
      };
    }
    case 'between': {
      const [of, low, high] = [compiled(meaning.of, leaf), compiled(meaning.low, leaf), compiled(meaning.high, leaf)];
      return () => {
        const [value, least, most] = [of() as number | null, low() as number | null, high() as number | null];
        return value === null || least === null || most === null ? null : value >= least && value <= most;
      };
    }
    case 'if': {
      const [when, so, otherwise] = [compiled(meaning.when, leaf), compiled(meaning.so, leaf), compiled(meaning.otherwise, leaf)];
      return () => {
        const chosen = when();
        return chosen === null ? null : chosen ? so() : otherwise();
      };
    }
    case 'binary':
      return compiledBinary(meaning.sign, compiled(meaning.left, leaf), compiled(meaning.right, leaf));
    default:
      return leaf(meaning);
  }
}

function compiledBinary(sign: BinarySign, left: Read, right: Read): Read {
  if (sign === 'and' || sign === 'or') {
    const settles = sign === 'or';
    return () => {
      const [a, b] = [left(), right()];
      if (a === settles || b === settles) return settles;
      return a === null || b === null ? null : !settles;
    };
  }
  return () => {
    const [a, b] = [left(), right()];
    return a === null || b === null ? null : compared(sign, a as number, b as number);
  };
}

function compared(sign: Exclude<BinarySign, 'and' | 'or'>, a: number, b: number): Value {
  switch (sign) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '+':
      return finite(a + b);
    case '-':
      return finite(a - b);
    case '*':
      return finite(a * b);
    case '/':
      return finite(a / b);
  }
}

function applied(name: NumberFunction, x: number, y: number): number {
  switch (name) {
    case 'abs':
      return Math.abs(x);
    case 'sign':
      return Math.sign(x);
    case 'sqrt':
      return Math.sqrt(x);
    case 'log':
      return log(x);
    case 'exp':
      return exp(x);
    case 'round':
      return Math.round(x);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    case 'min':
      return Math.min(x, y);
    case 'max':
      return Math.max(x, y);
  }
}

/** −0 is 0. */
const finite = (x: number): number | null => (Number.isFinite(x) ? x + 0 : null);
