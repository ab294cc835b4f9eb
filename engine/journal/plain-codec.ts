/**
 * Plain data as canonical bytes: a tag, then the value; keys sorted by code unit. Equal values have equal bytes, whatever order their
 * keys were set in. Never a class, a hole, `undefined`, or the key `__proto__`.
 */
import type { Plain } from '../record.ts';
import { ByteReader, ByteWriter, Unrecordable } from './bytes.ts';

export const TAG = { null: 0, false: 1, true: 2, number: 3, bigint: 4, text: 5, array: 6, object: 7 } as const;
/** Deeper data is a cycle or an attack. */
export const MAX_DEPTH = 64;

export function encodePlain(value: Plain): Uint8Array {
  const writer = new ByteWriter(256);
  writePlain(writer, value, 'value');
  return writer.take();
}

export function decodePlain(bytes: Uint8Array): Plain {
  const reader = new ByteReader(bytes);
  reader.field = 'value';
  const value = readPlain(reader);
  if (reader.left > 0) throw reader.bad(`${reader.left} bytes after the value`);
  return value;
}

export function writePlain(writer: ByteWriter, value: unknown, field: string, depth = 0): void {
  if (depth > MAX_DEPTH) throw new Unrecordable(`${field}: nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case 'boolean':
      writer.u8(value ? TAG.true : TAG.false);
      break;
    case 'number':
      if (Number.isNaN(value)) throw new Unrecordable(`${field}: NaN`);
      writer.u8(TAG.number);
      writer.f64(value);
      break;
    case 'bigint':
      writer.u8(TAG.bigint);
      writer.big(value, field);
      break;
    case 'string':
      writer.u8(TAG.text);
      writer.text(value, field, true);
      break;
    case 'object':
      if (value === null) writer.u8(TAG.null);
      else if (Array.isArray(value)) writeArray(writer, value, field, depth);
      else writeObject(writer, value, field, depth);
      break;
    default:
      throw new Unrecordable(`${field}: ${typeof value} is not plain data`);
  }
}

function writeArray(writer: ByteWriter, value: readonly unknown[], field: string, depth: number): void {
  writer.u8(TAG.array);
  writer.u32(value.length);
  for (let index = 0; index < value.length; index++) writePlain(writer, value[index], field, depth + 1);
}

function writeObject(writer: ByteWriter, value: object, field: string, depth: number): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Unrecordable(`${field}: an instance of a class is not plain data`);
  const keys = Object.keys(value);
  if (!rising(keys)) keys.sort();
  writer.u8(TAG.object);
  writer.u32(keys.length);
  for (const key of keys) {
    if (key === '__proto__') throw new Unrecordable(`${field}: the key __proto__`);
    writer.text(key, field, true);
    writePlain(writer, (value as Record<string, unknown>)[key], key, depth + 1);
  }
}

function rising(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) if (keys[index] < keys[index - 1]) return false;
  return true;
}

export function readPlain(reader: ByteReader, depth = 0): Plain {
  if (depth > MAX_DEPTH) throw reader.bad(`nested deeper than ${MAX_DEPTH}`);
  const tag = reader.u8();
  switch (tag) {
    case TAG.null:
      return null;
    case TAG.false:
      return false;
    case TAG.true:
      return true;
    case TAG.number:
      return reader.f64();
    case TAG.bigint:
      return reader.big();
    case TAG.text:
      return reader.text(true);
    case TAG.array: {
      const count = reader.u32();
      reader.need(count); // an element takes a byte at least: a lying count allocates nothing
      const array: Plain[] = [];
      for (let index = 0; index < count; index++) array.push(readPlain(reader, depth + 1));
      return array;
    }
    case TAG.object:
      return readObject(reader, depth);
    default:
      reader.at--;
      throw reader.bad(`unknown tag ${tag}`);
  }
}

function readObject(reader: ByteReader, depth: number): Plain {
  const count = reader.u32();
  reader.need(count * 5); // a key's length and a value's tag
  const object: Record<string, Plain> = {};
  let last: string | null = null;
  for (let index = 0; index < count; index++) {
    const key = reader.text(true);
    if (key === '__proto__') throw reader.bad('the key __proto__');
    if (last !== null && key <= last) throw reader.bad(`key ${JSON.stringify(key)} after ${JSON.stringify(last)}`);
    last = key;
    object[key] = readPlain(reader, depth + 1);
  }
  return object;
}
