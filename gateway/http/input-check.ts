// What a request says, held against a route's schemas: every fault at once, each with its field. A key nobody knows is a fault in a query and in
// a path, because a misspelt one would be a silent default.
import { z } from 'zod';
import type { Headers } from '../transport/server.ts';
import { type FieldFault, problem, Refused } from './problem.ts';

export type Part = 'params' | 'query' | 'headers' | 'body';
export type Parts<T> = Readonly<Record<Part, T>>;

/** The parts as their schemas understand them. A part without a schema must be empty, but headers and the body are not looked at then. */
export function checkInput(schemas: Partial<Parts<z.ZodType>>, given: Parts<unknown>): Parts<unknown> {
  const faults: FieldFault[] = [];
  const read = (part: Part): unknown => {
    const schema = schemas[part] ?? (part === 'query' || part === 'params' ? NOTHING : null);
    if (schema === null) return undefined;
    const strict = (part === 'query' || part === 'params') && schema instanceof z.ZodObject ? schema.strict() : schema;
    const result = strict.safeParse(given[part]);
    if (result.success) return result.data;
    faults.push(...result.error.issues.flatMap((issue) => faultsOf(part, issue)));
    return undefined;
  };
  const input = { params: read('params'), query: read('query'), headers: read('headers'), body: read('body') };
  if (faults.length === 0) return input;
  throw new Refused(
    problem(
      422,
      'invalid-input',
      'The request does not fit',
      `${faults.length === 1 ? 'one field is' : `${faults.length} fields are`} not as this address takes them`,
      {
        remedy: 'correct the fields named',
        fields: faults,
      },
    ),
  );
}

const NOTHING = z.object({});

function faultsOf(part: Part, issue: z.core.$ZodIssue): FieldFault[] {
  const at = [part, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: [...at, key].join('.'),
      detail: 'nobody knows this field here',
      remedy: 'leave it away, or correct its name',
    }));
  const remedy =
    issue.code === 'invalid_value'
      ? `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
      : issue.code === 'invalid_type'
        ? `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
        : issue.code === 'too_small'
          ? `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
          : issue.code === 'too_big'
            ? `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
            : null;
  return [{ field: at.join('.'), detail: issue.message, remedy }];
}

/** A name given twice is a list. */
export function queryOf(query: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    const before = found[name];
    found[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return { ...found };
}

export const plainHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined));
