/** Canonical decision records held against each other where they lie: addresses and bytes, decoding only what differs. */
import type { Decision } from '#engine/decisions.ts';
import { decodeDecisions, encodeDecisionAs, type RecordRange } from '#engine/journal/record-codec.ts';
import { DECISION_TABLE } from '#engine/journal/record-table.ts';

export function equal(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const INDEX_AT = 15; // of a decision record: behind length, id, version and cause
const indexOf = (bytes: Uint8Array, { start }: RecordRange): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(start + INDEX_AT, true);

export function before(bytes: Uint8Array, range: RecordRange, { cause, index }: Decision): boolean {
  return range.number < cause || (range.number === cause && indexOf(bytes, range) < index);
}

export function sameAddress(bytes: Uint8Array, range: RecordRange, { cause, index }: Decision): boolean {
  return range.number === cause && indexOf(bytes, range) === index;
}

/** Equal bytes; or, for a record of an older build, equal in the schema it knew. */
export function sameRecord(recorded: Uint8Array, range: RecordRange, derived: Uint8Array, own: RecordRange): boolean {
  const expected = recorded.subarray(range.start, range.end);
  const actual = derived.subarray(own.start, own.end);
  if (expected.length === actual.length && equal(expected, actual, actual.length)) return true;
  const [now] = decodeDecisions(actual);
  const schema = DECISION_TABLE.byType.get(now.type);
  if (schema === undefined || own.id !== range.id || range.version >= schema.version) return false;
  const projected = encodeDecisionAs(now, range.version);
  return projected.length === expected.length && equal(projected, expected, projected.length);
}

/** How many records these canonical bytes hold. */
export function countRecords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.length; count++) at += 4 + view.getUint32(at, true);
  return count;
}
