/**
 * One table gives a record its type, its schema version and its bytes: a field that is not in the table does not exist.
 * Bytes are canonical: little-endian, numbers as doubles (whole or finite; −0 is 0, NaN never), text as UTF-8.
 */
declare const carried: unique symbol;

/** A value that serialises without a class: what actors' contexts and strategies' states are made of. */
export type Plain = null | boolean | number | bigint | string | readonly Plain[] | { readonly [key: string]: Plain };

export type FieldKind = 'text' | 'text?' | 'int' | 'int?' | 'float' | 'flag' | 'amount' | 'amount?' | 'plain';
export type Field<T> = Readonly<{ kind: FieldKind; [carried]?: T }>;

export const text = <T extends string = string>(): Field<T> => ({ kind: 'text' });
export const textOrNone = <T extends string = string>(): Field<T | null> => ({ kind: 'text?' });
export const int = <T extends number = number>(): Field<T> => ({ kind: 'int' });
export const intOrNone = <T extends number = number>(): Field<T | null> => ({ kind: 'int?' });
export const float = (): Field<number> => ({ kind: 'float' });
export const flag = (): Field<boolean> => ({ kind: 'flag' });
export const amount = <T extends bigint = bigint>(): Field<T> => ({ kind: 'amount' });
export const amountOrNone = <T extends bigint = bigint>(): Field<T | null> => ({ kind: 'amount?' });
/** Nested plain data, for what is rare and rich (definitions, conditions, clauses). */
export const plain = <T>(): Field<T> => ({ kind: 'plain' });

export type Fields = Readonly<Record<string, Field<unknown>>>;
/** `id` is the record's number in the bytes, never reused. `past[v - 1]` are the fields of schema version v; the newest is `fields`. */
export type RecordSchema<F extends Fields = Fields> = Readonly<{ id: number; fields: F; past: readonly Fields[] }>;
export const record = <F extends Fields>(id: number, fields: F, past: readonly Fields[] = []): RecordSchema<F> => ({ id, fields, past });
export const schemaVersion = (schema: RecordSchema): number => schema.past.length + 1;

export type Body<S> = S extends RecordSchema<infer F> ? { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never } : never;
