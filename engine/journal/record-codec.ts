/**
 * Decisions and numbered inputs as canonical bytes, by the tables of decisions.ts and inputs.ts:
 * `[u32 length of the rest][u16 id][u8 version]`, then `[f64 cause][u32 index][f64 at]` or `[f64 seq][f64 at]`, then the fields in
 * table order. Any bytes give records or a BadRecord; what is accepted encodes to the same bytes again.
 */
import { assert } from '../assert.ts';
import type { Decision } from '../decisions.ts';
import type { InputRecord } from '../inputs.ts';
import { BadRecord, ByteReader, ByteWriter, Unrecordable } from './bytes.ts';
import { writeCandleClosed, writeStrategyWoke } from './often-written.ts';
import { readPlain, writePlain } from './plain-codec.ts';
import { DECISION_TABLE, INPUT_TABLE, KIND, type Layout, MAX_FIELDS, type RecordTable, type RecordType } from './record-table.ts';

const MAX_U32 = 0xffff_ffff;
const PREFIX = 7; // length, id, version
const DECISION_HEAD = PREFIX + 20;
const INPUT_HEAD = PREFIX + 16;
/** Room for a head and every field of fixed width; texts, amounts and plain data make their own. */
const FIXED_ROOM = DECISION_HEAD + 9 * MAX_FIELDS;

const CANDLE_CLOSED = DECISION_TABLE.byType.get('CandleClosed')!;
const STRATEGY_WOKE = DECISION_TABLE.byType.get('StrategyWoke')!;

type Values = Readonly<Record<string, unknown>>;

/** Appends records to one growing buffer. A record that cannot be written leaves the buffer as it was. */
export class RecordWriter {
  readonly #out = new ByteWriter(1 << 16);
  readonly #decisions: RecordTable;
  readonly #inputs: RecordTable;
  readonly #isStandard: boolean;
  #length = 0;

  constructor(decisions: RecordTable = DECISION_TABLE, inputs: RecordTable = INPUT_TABLE) {
    this.#decisions = decisions;
    this.#inputs = inputs;
    this.#isStandard = decisions === DECISION_TABLE;
  }

  /** Bytes written since the last `reset` or `take`. */
  get length(): number {
    return this.#length;
  }

  decision(decision: Decision): void {
    if (!this.#isStandard || (decision.type !== 'CandleClosed' && decision.type !== 'StrategyWoke')) {
      this.decisionAs(decision, 0);
      return;
    }
    const kind = decision.type === 'CandleClosed' ? CANDLE_CLOSED : STRATEGY_WOKE;
    const out = this.#beginDecision(decision, kind, 0);
    if (decision.type === 'CandleClosed') writeCandleClosed(out, decision);
    else writeStrategyWoke(out, decision);
    this.#close();
  }

  /** The decision in an older schema (0: the newest): fields that version did not have are left out. */
  decisionAs(decision: Decision, version: number): void {
    const kind = kindOf(this.#decisions, decision.type);
    this.#beginDecision(decision, kind, version);
    this.#end(kind, version, decision as unknown as Values);
  }

  #beginDecision({ type, cause, index, at }: Decision, kind: RecordType, version: number): ByteWriter {
    if (!Number.isInteger(index) || index < 0 || index > MAX_U32) throw new Unrecordable(`${type}.index: ${String(index)}`);
    const out = this.#begin(kind, version);
    wholeFrom0(out, cause, 'cause');
    out.u32(index);
    out.whole(at, 'at');
    return out;
  }

  input(record: InputRecord): void {
    const kind = kindOf(this.#inputs, record.type);
    const out = this.#begin(kind, 0);
    wholeFrom0(out, record.seq, 'seq');
    out.whole(record.at, 'at');
    this.#end(kind, 0, record as unknown as Values);
  }

  /** The bytes from `start` on, as a view that the next write may overwrite. */
  view(start = 0): Uint8Array {
    return this.#out.bytes.subarray(start, this.#length);
  }

  /** A copy of the bytes; the writer starts empty again. */
  take(): Uint8Array {
    const bytes = this.#out.bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  reset(): void {
    this.#length = 0;
  }

  #begin(kind: RecordType, version: number): ByteWriter {
    assert(version >= 0 && version <= kind.version, `${kind.type} has no schema version ${version}`);
    const out = this.#out;
    out.at = this.#length;
    out.room(FIXED_ROOM);
    out.view.setUint16(out.at + 4, kind.id, true);
    out.bytes[out.at + 6] = version === 0 ? kind.version : version;
    out.at += PREFIX;
    return out;
  }

  #end(kind: RecordType, version: number, values: Values): void {
    writeFields(this.#out, kind.layouts[(version === 0 ? kind.version : version) - 1], values);
    this.#close();
  }

  #close(): void {
    const out = this.#out;
    out.view.setUint32(this.#length, out.at - this.#length - 4, true);
    this.#length = out.at;
  }
}

function kindOf(table: RecordTable, type: string): RecordType {
  const kind = table.byType.get(type);
  if (kind === undefined) throw new Unrecordable(`${JSON.stringify(type)} is no record of the table`);
  return kind;
}

function wholeFrom0(out: ByteWriter, value: number, field: string): void {
  if (!(value >= 0)) throw new Unrecordable(`${field}: ${String(value)} is not a whole number of at least 0`);
  out.whole(value, field);
}

function writeFields(out: ByteWriter, layout: Layout, values: Values): void {
  const { names, kinds } = layout;
  for (let index = 0; index < kinds.length; index++) {
    const name = names[index];
    const value = values[name];
    switch (kinds[index]) {
      case KIND.text:
        out.text(value as string, name);
        break;
      case KIND.int:
        out.whole(value as number, name);
        break;
      case KIND.float:
        if (!Number.isFinite(value)) throw new Unrecordable(`${name}: ${String(value)} is not a finite number`);
        out.f64(value as number);
        break;
      case KIND.flag:
        out.flag(value as boolean, name);
        break;
      case KIND.amount:
        out.big(value as bigint, name);
        break;
      case KIND.plain:
        writePlain(out, value, name);
        break;
      default:
        if (value === null) out.u8(0);
        else {
          out.u8(1);
          if (kinds[index] === KIND['text?']) out.text(value as string, name);
          else if (kinds[index] === KIND['int?']) out.whole(value as number, name);
          else out.big(value as bigint, name);
        }
    }
  }
}

const scratch = new RecordWriter();

/** One decision's bytes, for comparing. */
export function decisionBytes(decision: Decision): Uint8Array {
  scratch.reset();
  scratch.decision(decision);
  return scratch.take();
}

/** Throws Unrecordable where one has no canonical bytes. */
export function checkRecordable(record: InputRecord): void {
  scratch.reset();
  scratch.input(record);
}

/** One input's bytes. */
export function inputBytes(record: InputRecord): Uint8Array {
  scratch.reset();
  scratch.input(record);
  return scratch.take();
}

/** A fresh decision as a record of an older schema would hold it: what verify compares. */
export function encodeDecisionAs(decision: Decision, version: number, table: RecordTable = DECISION_TABLE): Uint8Array {
  const writer = table === DECISION_TABLE ? scratch : new RecordWriter(table);
  writer.reset();
  writer.decisionAs(decision, version);
  return writer.take();
}

export function decodeDecisions(bytes: Uint8Array, table: RecordTable = DECISION_TABLE): Decision[] {
  const decisions: Decision[] = [];
  const reader = new ByteReader(bytes);
  while (reader.at < bytes.length) {
    const layout = openRecord(reader, bytes.length, DECISION_HEAD, table);
    const values = { ...layout.empty };
    values['cause'] = readFrom0(reader, 'cause');
    values['index'] = reader.u32();
    values['at'] = readWhole(reader, 'at');
    readFields(reader, layout, values);
    decisions.push(values as unknown as Decision);
  }
  return decisions;
}

export function decodeInputs(bytes: Uint8Array, table: RecordTable = INPUT_TABLE): InputRecord[] {
  const records: InputRecord[] = [];
  const reader = new ByteReader(bytes);
  while (reader.at < bytes.length) {
    const layout = openRecord(reader, bytes.length, INPUT_HEAD, table);
    const values = { ...layout.empty };
    values['seq'] = readFrom0(reader, 'seq');
    values['at'] = readWhole(reader, 'at');
    readFields(reader, layout, values);
    records.push(values as unknown as InputRecord);
  }
  return records;
}

/** Where a record lies, `[start, end)`, and what its prefix says; `number` is the cause or seq. Its fields were not looked at. */
export type RecordRange = Readonly<{ start: number; end: number; id: number; version: number; number: number }>;

export function* recordRanges(bytes: Uint8Array): Generator<RecordRange, void, undefined> {
  const reader = new ByteReader(bytes);
  for (let start = 0; start < bytes.length; ) {
    const end = frameRecord(reader, start, bytes.length, INPUT_HEAD);
    const { view } = reader;
    const number = view.getFloat64(start + PREFIX, true);
    yield { start, end, id: view.getUint16(start + 4, true), version: bytes[start + 6], number };
    start = end;
  }
}

/** Checks the length in front of the record at `start` against what is there; returns its end. */
function frameRecord(reader: ByteReader, start: number, limit: number, least: number): number {
  reader.field = 'length';
  reader.at = start;
  reader.end = limit;
  const length = reader.u32();
  const end = start + 4 + length;
  if (end > limit || end < start + least) throw new BadRecord('length', start, `a record of ${length} bytes, ${limit - start - 4} left`);
  reader.end = end;
  return end;
}

/** Leaves the reader at the first number of the head; the layout is that of the version in the prefix. */
function openRecord(reader: ByteReader, limit: number, least: number, table: RecordTable): Layout {
  const start = reader.at;
  frameRecord(reader, start, limit, least);
  const id = reader.u16();
  const kind = table.byId.get(id);
  if (kind === undefined) throw new BadRecord('id', start + 4, `no record has id ${id}`);
  const version = reader.u8();
  if (version === 0 || version > kind.version) throw new BadRecord('version', start + 6, `${kind.type} has no schema version ${version}`);
  return kind.layouts[version - 1];
}

function readFields(reader: ByteReader, layout: Layout, values: Record<string, unknown>): void {
  const { names, kinds } = layout;
  for (let index = 0; index < kinds.length; index++) {
    const name = names[index];
    reader.field = name;
    values[name] = readField(reader, kinds[index]);
  }
  if (reader.left > 0) throw new BadRecord('record', reader.at, `${reader.left} bytes after the last field`);
}

function readField(reader: ByteReader, kind: number): unknown {
  switch (kind) {
    case KIND.text:
      return reader.text();
    case KIND.int:
      return reader.whole();
    case KIND.float: {
      const value = reader.f64();
      if (!Number.isFinite(value)) throw reader.bad(`${value} is not finite`);
      return value;
    }
    case KIND.flag:
      return reader.flag();
    case KIND.amount:
      return reader.big();
    case KIND.plain:
      return readPlain(reader);
    case KIND['text?']:
      return reader.flag() ? reader.text() : null;
    case KIND['int?']:
      return reader.flag() ? reader.whole() : null;
    default:
      return reader.flag() ? reader.big() : null;
  }
}

function readWhole(reader: ByteReader, field: string): number {
  reader.field = field;
  return reader.whole();
}

function readFrom0(reader: ByteReader, field: string): number {
  const value = readWhole(reader, field);
  if (value < 0) throw new BadRecord(field, reader.at - 8, `${value} is below 0`);
  return value;
}
