/** What a document says at a wake: a condition for each clause, with what it compared. */
import type { Condition, Numbers } from '../../decisions.ts';
import type { Clause } from './check.ts';
import type { Evaluation } from './evaluation.ts';
import type { Read, Value } from './values.ts';

/** A condition and its clauses. */
export type Rule = Readonly<{
  /** True, false, or null while it is not known. */
  holds: () => boolean | null;
  say: (conditions: Condition[]) => void;
}>;

export function ruleOf(what: string, clauses: readonly Clause[] | null, evaluation: Evaluation): Rule | null {
  if (clauses === null) return null;
  const lines = clauses.map(({ text, meaning, operands }) => ({
    name: `${what}: ${text}`,
    read: evaluation.read(meaning),
    operands: operands.map((operand): readonly [string, Read] => [operand.text, evaluation.read(operand.meaning)]),
  }));
  return {
    holds: () => {
      let known = true;
      for (const { read } of lines) {
        const value = read();
        if (value === false) return false;
        if (value === null) known = false;
      }
      return known ? true : null;
    },
    say: (conditions) => {
      for (const { name, read, operands } of lines) {
        const numbers: Numbers = operands.map(([text, operand]) => [text, shown(operand())]);
        conditions.push({ name, holds: read() === true, numbers });
      }
    },
  };
}

/** A record holds no null and no truth value among its numbers. */
const shown = (value: Value): number | string => (value === null ? 'not ready' : typeof value === 'boolean' ? String(value) : value);
