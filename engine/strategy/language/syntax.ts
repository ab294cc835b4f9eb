/**
 * Expressions as trees. Says what was written, never what it means: names and types are judged in check.ts. Depth is bounded, so no text can
 * exhaust the stack.
 */
import { faultAt, type LanguageFault, type Place, type SourceText } from './source.ts';
import { durationWritten, type Token, tokensOf } from './tokens.ts';

export type BinarySign = 'or' | 'and' | '<' | '<=' | '>' | '>=' | '==' | '!=' | '+' | '-' | '*' | '/';

type Of<Type extends string, Body> = Readonly<{ type: Type } & Place & Body>;
export type Expression =
  | Of<'number', { value: number }>
  | Of<'duration', { us: number }>
  | Of<'text', { value: string }>
  | Of<'name', { name: string }>
  /** `trend.close`, `macd(close).signal` */
  | Of<'member', { of: Expression; name: string }>
  | Of<'call', { callee: Expression; inputs: readonly Expression[] }>
  /** `close[1]` */
  | Of<'past', { of: Expression; back: Expression }>
  | Of<'unary', { sign: '-' | 'not'; of: Expression }>
  | Of<'binary', { sign: BinarySign; left: Expression; right: Expression }>
  | Of<'between', { of: Expression; low: Expression; high: Expression }>
  | Of<'if', { when: Expression; so: Expression; otherwise: Expression }>;

export const DEEPEST_NESTING = 48;
/** Words of the language, which nothing else can be called. */
export const KEYWORDS: readonly string[] = ['and', 'or', 'not', 'if', 'then', 'else', 'between', 'true', 'false'];

/** The tree of a text, or the first thing about it that is no expression. */
export function parseExpression(source: SourceText): Expression | LanguageFault {
  const tokens = tokensOf(source);
  if (!Array.isArray(tokens)) return tokens as LanguageFault;
  if (tokens.length === 1) return faultAt(source, source.value, 'an expression');
  return new Parser(tokens).whole();
}

export const isFault = (read: Expression | LanguageFault): read is LanguageFault => 'expected' in read;

/** Ends the reading of one expression; never leaves this file. */
class SyntaxStop extends Error {
  override name = 'SyntaxStop';
  readonly fault: LanguageFault;
  constructor(fault: LanguageFault) {
    super(fault.expected);
    this.fault = fault;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression | LanguageFault {
    try {
      const read = this.#expression();
      if (this.#token.kind !== 'end') this.#stop('an operator or the end of the expression');
      return read;
    } catch (thrown) {
      if (thrown instanceof SyntaxStop) return thrown.fault;
      throw thrown;
    }
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #stop(expected: string): never {
    throw new SyntaxStop(faultAt(this.#token, this.#token.text, expected));
  }

  #is(text: string): boolean {
    const { kind, text: written } = this.#token;
    return (kind === 'sign' || kind === 'name') && written === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next += 1;
    return true;
  }

  #want(text: string): void {
    if (!this.#take(text)) this.#stop(text);
  }

  #deeper<T>(read: () => T): T {
    if (this.#depth === DEEPEST_NESTING) this.#stop(`nesting of at most ${DEEPEST_NESTING} levels; name its parts in let, which`);
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #expression(): Expression {
    return this.#deeper(() => {
      const { line, column } = this.#token;
      if (!this.#take('if')) return this.#or();
      const when = this.#expression();
      this.#want('then');
      const so = this.#expression();
      this.#want('else');
      return { type: 'if', line, column, when, so, otherwise: this.#expression() };
    });
  }

  #chain(signs: readonly BinarySign[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { line, column } = this.#token;
      const sign = signs.find((each) => this.#is(each));
      if (sign === undefined) return left;
      this.#next += 1;
      left = { type: 'binary', line, column, sign, left, right: operand() };
    }
  }

  #or(): Expression {
    return this.#chain(['or'], () => this.#chain(['and'], () => this.#not()));
  }

  #not(): Expression {
    const { line, column } = this.#token;
    if (this.#take('not')) return { type: 'unary', line, column, sign: 'not', of: this.#deeper(() => this.#not()) };
    return this.#comparison();
  }

  #comparison(): Expression {
    const of = this.#sum();
    const { line, column } = this.#token;
    if (this.#take('between')) {
      const low = this.#sum();
      this.#want('and');
      return { type: 'between', line, column, of, low, high: this.#sum() };
    }
    const sign = COMPARISONS.find((each) => this.#is(each));
    if (sign === undefined) return of;
    this.#next += 1;
    const right = this.#sum();
    if (COMPARISONS.some((each) => this.#is(each))) this.#stop('one comparison at a time: write a < b and b < c, so and');
    return { type: 'binary', line, column, sign, left: of, right };
  }

  #sum(): Expression {
    return this.#chain(['+', '-'], () => this.#chain(['*', '/'], () => this.#minus()));
  }

  #minus(): Expression {
    const { line, column } = this.#token;
    if (this.#take('-')) return { type: 'unary', line, column, sign: '-', of: this.#deeper(() => this.#minus()) };
    return this.#postfix();
  }

  #postfix(): Expression {
    let of = this.#primary();
    for (;;) {
      const { line, column } = this.#token;
      if (this.#take('[')) {
        const back = this.#expression();
        this.#want(']');
        of = { type: 'past', line, column, of, back };
      } else if (this.#take('.')) {
        const { kind, text: name } = this.#token;
        if (kind !== 'name' || KEYWORDS.includes(name)) this.#stop('a name after the point');
        this.#next += 1;
        of = { type: 'member', line, column, of, name };
      } else if (this.#is('(')) {
        if (of.type !== 'name' && of.type !== 'member') this.#stop('an operator: only a name can be called');
        this.#next += 1;
        of = { type: 'call', line: of.line, column: of.column, callee: of, inputs: this.#inputs() };
      } else return of;
    }
  }

  #inputs(): readonly Expression[] {
    const inputs: Expression[] = [];
    if (this.#take(')')) return inputs;
    for (;;) {
      inputs.push(this.#expression());
      if (this.#take(')')) return inputs;
      if (!this.#take(',')) this.#stop(', or )');
    }
  }

  #primary(): Expression {
    const token = this.#token;
    const { line, column } = token;
    switch (token.kind) {
      case 'number':
        this.#next += 1;
        return { type: 'number', line, column, value: token.value };
      case 'duration':
        this.#next += 1;
        return { type: 'duration', line, column, us: token.value };
      case 'text':
        this.#next += 1;
        return { type: 'text', line, column, value: token.text };
      case 'name':
        if (KEYWORDS.includes(token.text) && token.text !== 'true' && token.text !== 'false') break;
        this.#next += 1;
        return { type: 'name', line, column, name: token.text };
      case 'sign': {
        if (!this.#take('(')) break;
        const inner = this.#expression();
        this.#want(')');
        return inner;
      }
      case 'end':
        break;
    }
    return this.#stop(token.text === 'if' ? 'if in parentheses, so (' : 'a number, a name, or (');
  }
}

const COMPARISONS = ['<', '<=', '>', '>=', '==', '!='] as const satisfies readonly BinarySign[];

// ── the tree as text ──

const PRECEDENCE: Readonly<Record<BinarySign, number>> = {
  or: 1,
  and: 2,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
};

/** The one way to write this tree: parsed again it is the same tree, whatever spaces and parentheses the first text had. */
export function printExpression(expression: Expression): string {
  return printed(expression, 0);
}

function printed(e: Expression, least: number): string {
  const [text, precedence] = printedOpen(e);
  return precedence < least ? `(${text})` : text;
}

function printedOpen(e: Expression): readonly [text: string, precedence: number] {
  switch (e.type) {
    case 'number':
      return [numberWritten(e.value), 9];
    case 'duration':
      return [durationWritten(e.us), 9];
    case 'text':
      return [e.value.includes("'") ? `"${e.value}"` : `'${e.value}'`, 9];
    case 'name':
      return [e.name, 9];
    case 'member':
      return [`${printed(e.of, 8)}.${e.name}`, 8];
    case 'call':
      return [`${printed(e.callee, 8)}(${e.inputs.map((input) => printed(input, 0)).join(', ')})`, 8];
    case 'past':
      return [`${printed(e.of, 8)}[${printed(e.back, 0)}]`, 8];
    case 'unary':
      return e.sign === '-' ? [`-${printed(e.of, 7)}`, 7] : [`not ${printed(e.of, 3)}`, 3];
    case 'between':
      return [`${printed(e.of, 5)} between ${printed(e.low, 5)} and ${printed(e.high, 5)}`, 4];
    case 'if':
      return [`if ${printed(e.when, 0)} then ${printed(e.so, 0)} else ${printed(e.otherwise, 0)}`, 0];
    case 'binary': {
      const own = PRECEDENCE[e.sign];
      const left = printed(e.left, own === 4 ? 5 : own);
      return [`${left} ${e.sign} ${printed(e.right, own + 1)}`, own];
    }
  }
}

/** Never with an exponent, which the language does not read: it reads nine decimals and fifteen digits. */
export function numberWritten(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(9).replace(/0+$/, '').replace(/\.$/, '') : text;
}
