/** A run that can be begun again as often as one likes, and what it decides from beginning to end. Judges nothing. */
import { assert } from '#engine/assert.ts';
import type { Decision } from '#engine/decisions.ts';
import { addressOf } from '#engine/decisions.ts';
import type { InputRecord, TimePassed } from '#engine/inputs.ts';
import { decodeDecisions, recordRanges } from '#engine/journal/record-codec.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import type { Plain } from '#engine/record.ts';
import type { Difference } from '../decision-differences.ts';
import type { DeskRun } from '../desk-run.ts';
import { type FieldDifference, fieldsOf } from '../divergence.ts';
import { equal } from '../record-compare.ts';

export type Trial = Readonly<{
  /** A desk that nothing has happened to; `upTo`: the last number it will see, null: it will see all. */
  make: (upTo: number | null) => DeskRun;
  manifest: Plain;
  inputs: readonly InputRecord[];
  /** Numbered behind the inputs; of a recorded day with what else was taken between the facts. */
  frames: () => Iterable<Told>;
}>;

export type Told = MarketFrame | InputRecord | TimePassed;

export type Whole = Readonly<{
  /** Canonical records one after another. */
  bytes: Uint8Array;
  /** Facts and their arrivals: that of number n is `arrivals[n - first]`. */
  first: number;
  arrivals: Float64Array;
  /** Numbers under which a strategy wanted something, rising; where its wake came by a deadline, the number that revealed it. */
  deeds: readonly number[];
}>;

export function begun({ make, manifest, inputs }: Trial, upTo: number | null): DeskRun {
  const run = make(upTo);
  run.begin(manifest);
  for (const input of inputs) run.input(input);
  return run;
}

/** Calls `each` after every frame with the run as it stands; what it gives back goes on. */
export function decided(trial: Trial, upTo: number | null, each: (run: DeskRun) => DeskRun = (run) => run): Uint8Array {
  let run = begun(trial, upTo);
  const parts: Uint8Array[] = [];
  const take = (): void => {
    const taken = run.takeDecisions();
    if (taken !== null) parts.push(taken.bytes);
  };
  take();
  for (const frame of trial.frames()) {
    if ('type' in frame) {
      if (upTo !== null && (frame.type === 'TimePassed' ? run.desk.seq >= upTo : frame.seq > upTo)) break;
      if (frame.type === 'TimePassed') run.time(frame.at);
      else run.input(frame);
      take();
      continue;
    }
    const end = frame.first + frame.count;
    if (upTo !== null && frame.first > upTo) break;
    run.market(upTo === null || end - 1 <= upTo ? frame : sliceFrame(frame, frame.first, upTo + 1));
    take();
    run = each(run);
  }
  return joined(parts);
}

export function wholeOf(trial: Trial): Whole {
  const bytes = decided(trial, null);
  const columns: Float64Array[] = [];
  let first: number | null = null;
  for (const frame of trial.frames()) {
    if ('type' in frame) {
      if (frame.type === 'TimePassed') continue;
      first ??= frame.seq;
      columns.push(Float64Array.of(frame.at));
      continue;
    }
    first ??= frame.first;
    const column = new Float64Array(frame.count);
    frame.blocks.forEach((block, owner) => {
      for (let index = 0; index < block.count; index++) column[frame.offsets[owner]![index]!] = block.at[index]!;
    });
    columns.push(column);
  }
  assert(first !== null, 'a trial has facts');
  const arrivals = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of columns) {
    arrivals.set(column, at);
    at += column.length;
  }
  const deeds = new Set<number>();
  for (const { start, end } of recordRanges(bytes)) {
    const [decision] = decodeDecisions(bytes.subarray(start, end)) as [Decision];
    if (decision.type !== 'StrategyWoke' || decision.intents === 0 || decision.cause < first) continue;
    const late = decision.at > arrivals[decision.cause - first]!;
    deeds.add(Math.min(decision.cause + (late ? 1 : 0), first + arrivals.length - 1));
  }
  return { bytes, first, arrivals, deeds: [...deeds].sort((a, b) => a - b) };
}

/** The first decision in which another telling leaves this one; `upTo`: how far it was told. Null when it never does. */
export function partingOf({ bytes, first, arrivals }: Whole, other: Uint8Array, upTo: number | null): Difference | null {
  const shared = Math.min(bytes.length, other.length);
  const isSame = equal(bytes, other, shared);
  if (isSame && other.length === bytes.length) return null;
  const next = (from: Uint8Array, at: number): Decision | null => {
    if (at >= from.length) return null;
    const length = 4 + new DataView(from.buffer, from.byteOffset, from.byteLength).getUint32(at, true);
    return decodeDecisions(from.subarray(at, at + length))[0]!;
  };
  let at = 0;
  for (const { start, end } of recordRanges(other)) {
    at = start;
    if (end > bytes.length || !equal(bytes.subarray(start), other.subarray(start), end - start))
      return parting(next(bytes, start), next(other, start));
    at = end;
  }
  const missing = next(bytes, at);
  if (missing === null || upTo === null) return missing === null ? null : parting(missing, null);
  // what only a later fact reveals is not missing
  const isLater = missing.cause > upTo || (missing.cause === upTo && upTo >= first && missing.at > arrivals[upTo - first]!);
  return isLater ? null : parting(missing, null);
}

function parting(baseline: Decision | null, branch: Decision | null): Difference {
  const addresses = [baseline, branch].flatMap((decision) => (decision === null ? [] : [decision]));
  const [earliest] = addresses.sort((a, b) => a.cause - b.cause || a.index - b.index);
  const address = addressOf(earliest!);
  return { address, baseline, branch, fields: fieldsOf({ kind: 'decision', address, expected: baseline, actual: branch, cause: '' }) };
}

/** The value that gives it away: a number the strategy saw rather than what it concluded from it. */
export const tellingField = ({ fields }: Difference): FieldDifference | null =>
  fields.find(({ name }) => name.includes('.numbers.')) ?? fields[0] ?? null;

/** `fast of the condition "fast above slow": 101.2, and 101.4`: the first value that is another. */
export function valueTold(difference: Difference): string {
  const { baseline, branch } = difference;
  if (baseline === null || branch === null) return `${(baseline ?? branch)!.type} only ${branch === null ? 'there' : 'here'}`;
  const field = tellingField(difference);
  if (field === null) return 'its bytes';
  const { name, expected, actual } = field;
  return `${nameOf(baseline, name)}: ${expected ?? 'nothing'} in the whole run, ${actual ?? 'nothing'} here`;
}

function nameOf(decision: Decision, path: string): string {
  const [, place, , number] = /^conditions\.(\d+)(\.numbers\.(\d+)\.1)?/.exec(path) ?? [];
  if (place === undefined || decision.type !== 'StrategyWoke') return path;
  const condition = decision.conditions[Number(place)];
  if (condition === undefined) return path;
  const value = number === undefined ? path.slice(path.lastIndexOf('.') + 1) : (condition.numbers[Number(number)]?.[0] ?? path);
  return `${value} of the condition “${condition.name}”`;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
