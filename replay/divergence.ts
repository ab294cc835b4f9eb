/** The first difference, told so that a person can act on it: which fields, and the causes that led there, down to the tick. */
import type { Decision } from '#engine/decisions.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { causesOf } from './causes.ts';
import type { Divergence } from './rederive.ts';
import { readStory } from './story.ts';
import type { Link } from './words.ts';

/** A field by its path (`clauses.1.ok`), with both sides as text; null: not there. */
export type FieldDifference = Readonly<{ name: string; expected: string | null; actual: string | null }>;

export type FirstDivergence = Divergence &
  Readonly<{
    /** The frame in which it was found. */
    place: string;
    fields: readonly FieldDifference[];
    /** From the decision back to what caused it: order, approval, wake, candle, tick. */
    chain: readonly Link[];
  }>;

/** Every field in which two decisions differ; all of them when one side is not there. */
export function fieldsOf({ expected, actual }: Divergence): FieldDifference[] {
  const [then, now] = [leaves(expected), leaves(actual)];
  const names = new Set([...then.keys(), ...now.keys()]);
  return [...names].flatMap((name) => {
    const [before, after] = [then.get(name) ?? null, now.get(name) ?? null];
    return before === after ? [] : [{ name, expected: before, actual: after }];
  });
}

/** In a sentence: what the journal says and what the desk derives. */
export function causeOf({ kind, address, expected, actual, cause }: Divergence, fields: readonly FieldDifference[]): string {
  if (expected === null || actual === null) {
    const made = expected ?? actual;
    return made === null ? cause : `${cause} (${made.type})`;
  }
  if (kind !== 'decision') return cause;
  if (expected.type !== actual.type)
    return `decision ${address} differs: the journal holds ${expected.type}, the desk makes ${actual.type}`;
  const said = fields
    .slice(0, 3)
    .map((field) => `${field.name} (${field.expected ?? 'nothing'} in the journal, ${field.actual ?? 'nothing'} derived)`);
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : '';
  return `decision ${address} (${expected.type}) differs in ${said.join(', ')}${more}`;
}

/** Paths to texts, numbers and flags inside a decision. */
function leaves(decision: Decision | null): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
      return;
    }
    found.set(path, String(value));
  };
  if (decision !== null) walk(decision, '');
  return found;
}

/** How a decision that only one side holds came about, by what the journal recorded before it. */
export async function chainOf(reader: JournalReader, { expected, actual }: Divergence): Promise<readonly Link[]> {
  const decision = actual ?? expected;
  if (decision === null) return [];
  const order = 'order' in decision && decision.order !== null ? decision.order : null;
  const approvedAt = order === null ? decision.cause : Number(order.slice(0, order.indexOf('.')));
  const story = await readStory(reader, {
    from: Math.min(approvedAt, decision.cause),
    keep: (other) =>
      other.cause === approvedAt ||
      (other.cause === decision.cause && other.index !== decision.index) ||
      ('order' in other && other.order === order) ||
      other.type === 'CandleClosed',
    enough: ({ seq }) => seq > decision.cause,
  }).catch(() => null); // its frames may be the ones that cannot be read
  return story === null ? [] : causesOf(story, decision);
}
