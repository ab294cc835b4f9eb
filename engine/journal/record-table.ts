/** A table of schemas compiled once to arrays a codec can walk: names and kinds of each version, found by type or by id. */
import { assert } from '../assert.ts';
import { DECISIONS } from '../decisions.ts';
import { INPUTS } from '../inputs.ts';
import type { FieldKind, Fields, RecordSchema } from '../record.ts';

export const KIND = {
  text: 0,
  'text?': 1,
  int: 2,
  'int?': 3,
  float: 4,
  flag: 5,
  amount: 6,
  'amount?': 7,
  plain: 8,
} as const satisfies Record<FieldKind, number>;

/** `empty` has the fields of the version in order, so that a decoder's objects all get their shape at once. */
export type Layout = Readonly<{ names: readonly string[]; kinds: Uint8Array; empty: Readonly<Record<string, unknown>> }>;
/** `layouts[v - 1]` is schema version v; the last is the newest. */
export type RecordType = Readonly<{ type: string; id: number; version: number; layouts: readonly Layout[] }>;
export type RecordTable = Readonly<{ byType: ReadonlyMap<string, RecordType>; byId: ReadonlyMap<number, RecordType> }>;

/** Names the codec itself uses, and one that would change an object's prototype. */
const TAKEN = ['type', 'cause', 'index', 'seq', 'at', '__proto__'];
export const MAX_FIELDS = 64;

/** `head`: the numbers in front of the fields of each record (cause, index, at of a decision). */
export function recordTable(schemas: Readonly<Record<string, RecordSchema>>, head: readonly string[]): RecordTable {
  const byType = new Map<string, RecordType>();
  const byId = new Map<number, RecordType>();
  for (const [type, { id, fields, past }] of Object.entries(schemas)) {
    assert(Number.isInteger(id) && id >= 1 && id <= 254 && !byId.has(id), `${type}: id ${id} is taken or not 1–254`);
    assert(past.length < 255, `${type}: too many schema versions`);
    const compiled = { type, id, version: past.length + 1, layouts: [...past, fields].map((each) => layout(type, each, head)) };
    byType.set(type, compiled);
    byId.set(id, compiled);
  }
  return { byType, byId };
}

function layout(type: string, fields: Fields, head: readonly string[]): Layout {
  const names = Object.keys(fields);
  assert(names.length <= MAX_FIELDS, `${type}: more than ${MAX_FIELDS} fields`);
  assert(!names.some((name) => TAKEN.includes(name)), `${type}: a field has one of the names ${TAKEN.join(', ')}`);
  const empty = { type, ...Object.fromEntries([...head, ...names].map((name) => [name, null])) };
  return { names, kinds: Uint8Array.from(names, (name) => KIND[fields[name].kind]), empty };
}

export const DECISION_TABLE = recordTable(DECISIONS, ['cause', 'index', 'at']);
export const INPUT_TABLE = recordTable(INPUTS, ['seq', 'at']);
