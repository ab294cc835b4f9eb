// Expressions as text and trees: printing and reading are inverse, every text gives a tree or a fault with its place, and none takes long.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultText, type SourceText } from './source.ts';
import { type BinarySign, DEEPEST_NESTING, type Expression, isFault, KEYWORDS, parseExpression, printExpression } from './syntax.ts';
import { LONGEST_EXPRESSION } from './tokens.ts';

const source = (value: string): SourceText => ({ kind: 'text', value, line: 1, column: 1, indent: 1 });
const parsed = (text: string): Expression => {
  const read = parseExpression(source(text));
  if (isFault(read)) throw new Error(faultText(read));
  return read;
};
const faultOf = (text: string): string => {
  const read = parseExpression(source(text));
  return isFault(read) ? faultText(read) : 'no fault';
};
/** Without places. */
const shape = (expression: Expression): unknown =>
  JSON.parse(JSON.stringify(expression, (key, value) => (key === 'line' || key === 'column' ? undefined : value)));

const at = { line: 1, column: 1 };
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((text) => !KEYWORDS.includes(text));
const SIGNS: readonly BinarySign[] = ['or', 'and', '<', '<=', '>', '>=', '==', '!=', '+', '-', '*', '/'];
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.nat(10_000_000).map((n): Expression => ({ type: 'number', value: n / 1000, ...at })),
    fc.nat(1_000_000_000).map((us): Expression => ({ type: 'duration', us, ...at })),
    fc.stringMatching(/^[a-z ]{0,6}"?$/).map((value): Expression => ({ type: 'text', value, ...at })),
    name.map((text): Expression => ({ type: 'name', name: text, ...at })),
    fc.record({ of: tie('tree'), name }).map((part): Expression => ({ type: 'member', ...part, ...at })),
    fc
      .record({ callee: name, inputs: fc.array(tie('tree'), { maxLength: 3 }) })
      .map(({ callee, inputs }): Expression => ({ type: 'call', callee: { type: 'name', name: callee, ...at }, inputs, ...at })),
    fc.record({ of: tie('tree'), back: tie('tree') }).map((part): Expression => ({ type: 'past', ...part, ...at })),
    fc
      .record({ sign: fc.constantFrom('-' as const, 'not' as const), of: tie('tree') })
      .map((part): Expression => ({ type: 'unary', ...part, ...at })),
    fc
      .record({ sign: fc.constantFrom(...SIGNS), left: tie('tree'), right: tie('tree') })
      .map((part): Expression => ({ type: 'binary', ...part, ...at })),
    fc.record({ of: tie('tree'), low: tie('tree'), high: tie('tree') }).map((part): Expression => ({ type: 'between', ...part, ...at })),
    fc.record({ when: tie('tree'), so: tie('tree'), otherwise: tie('tree') }).map((part): Expression => ({ type: 'if', ...part, ...at })),
  ) as fc.Arbitrary<Expression>,
}));

describe('printing', () => {
  test('what is printed is read as the same tree, and printed the same again', () => {
    fc.assert(
      fc.property(tree, (expression) => {
        const text = printExpression(expression);
        fc.pre(text.length <= LONGEST_EXPRESSION);
        const again = parsed(text);
        expect(shape(again)).toEqual(shape(expression));
        expect(printExpression(again)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['((close))>( open+ 1.50 )', 'close > open + 1.5'],
    ['a and (b or c) and d', 'a and (b or c) and d'],
    ['a - (b - c) - d', 'a - (b - c) - d'],
    ['not (a and b)', 'not (a and b)'],
    ['-(a + b) * 2', '-(a + b) * 2'],
    ['60m', '1h'],
    ['1500ms', '1500ms'],
    ['0.0000010', '0.000001'],
    ['if a then 1 else (if b then 2 else 3)', 'if a then 1 else if b then 2 else 3'],
    ['x between 1 and 2 and y', 'x between 1 and 2 and y'],
    ['macd( close ,12 , 26,9 ).histogram[ 1 ]', 'macd(close, 12, 26, 9).histogram[1]'],
  ])('%s is written %s', (text, canonical) => expect(printExpression(parsed(text))).toBe(canonical));
});

describe('faults', () => {
  test.each([
    ['close >', '1:8: nothing where a number, a name, or ( is expected'],
    ['a < b < c', '1:7: "<" where one comparison at a time: write a < b and b < c, so and is expected'],
    ['ema(close 20)', '1:11: "20" where , or ) is expected'],
    ['close = open', '1:7: "=" where == (equal) is expected'],
    ['a && b', '1:3: "&" where and is expected'],
    ['5x', '1:1: "5x" where a number, or a duration in ms, s, m, h or d is expected'],
    ['close > 💰', '1:9: "💰" where a number, a name or a sign is expected'],
    ['12345678901234567890', '1:1: "12345678901234567890" where a number of at most 15 digits, 9 of them after the point is expected'],
    ["mode == 'long", '1:9: "\'long" where a text closed by \' is expected'],
    ['2(3)', '1:2: "(" where an operator: only a name can be called is expected'],
    ['', '1:1: nothing where an expression is expected'],
  ])('%s', (text, fault) => expect(faultOf(text)).toBe(fault));

  test('a text of several lines has the place in its line', () => {
    const read = parseExpression({ kind: 'text', value: 'close >\n  opn +', line: 7, column: 11, indent: 5 });
    expect(isFault(read) && [read.line, read.column]).toEqual([8, 12]);
  });
});

describe('any text', () => {
  const word = fc.constantFrom(
    'close',
    'ema',
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    '+',
    '-',
    'not',
    'and',
    'if',
    'then',
    'else',
    'between',
    '<',
    '5',
    '1h',
    ' ',
    '\n',
    "'",
    '==',
  );
  const anything = fc.oneof(
    fc.string({ maxLength: 300, unit: 'binary' }),
    fc.array(word, { maxLength: 300 }).map((words) => words.join(' ')),
    fc.array(word, { maxLength: 300 }).map((words) => words.join('')),
  );

  test('is a tree or a fault inside the text, never a throw', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const read = parseExpression(source(text));
        if (!isFault(read)) return;
        expect(read.line).toBeLessThanOrEqual(text.split('\n').length);
        expect(read.column).toBeGreaterThanOrEqual(1);
        expect(read.expected).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['(', 'not ', '-', 'if ', 'a[', 'f(', 'if a then ', 'if a then b else '])(
    'nested without end by %j is refused, and the stack stays whole',
    (part) => {
      expect(faultOf(part.repeat(Math.floor(LONGEST_EXPRESSION / part.length)))).toContain(`at most ${DEEPEST_NESTING} levels`);
    },
  );

  test('longer than the limit is refused before it is read; chains up to it are read', () => {
    expect(faultOf('a'.repeat(LONGEST_EXPRESSION + 1))).toContain(`at most ${LONGEST_EXPRESSION} characters`);
    expect(faultOf(`a${'+a'.repeat(LONGEST_EXPRESSION / 2 - 1)}`)).toBe('no fault');
    expect(faultOf(`a${'.a'.repeat(LONGEST_EXPRESSION / 2 - 1)}`)).toBe('no fault');
    expect(printExpression(parsed(`a${'[1]'.repeat(600)}`))).toHaveLength(1801);
  });
});
