/** A tape's manifest as the text of `tape.json`, and back. What does not belong in one is refused with its place. */
import type { Instrument } from '#engine/market/instrument.ts';
import { TAPE_FORMAT, type TapeFrame, type TapeManifest, type TapeStream } from '#engine/market/tape.ts';
import type { Plain } from '#engine/record.ts';
import { type DeskId, type Seq, sha256, type TimeUs } from '#engine/values.ts';

export const MANIFEST = 'tape.json';
export const FACTS = 'facts.frames';
/** Frames name their desk; those of a tape belong to none. */
export const TAPE_DESK = 'tape' as DeskId;

/** The files of a tape are not what a tape's files are. */
export class BadTape extends Error {
  override name = 'BadTape';
}

/** A frame a line, so that people can read the rest. */
export function manifestText({ frames, ...about }: TapeManifest): string {
  const lines = frames.map(({ offset, bytes, first, count, from, to }) => JSON.stringify([offset, bytes, first, count, from, to]));
  const head = JSON.stringify(about, null, 2);
  return `${head.slice(0, -2)},\n  "frames": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

export function manifestIn(text: string, place: string): TapeManifest {
  const bad = (what: string): BadTape => new BadTape(`${place}: ${what}`);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw bad(`is no JSON: ${(error as Error).message}`);
  }
  if (typeof read !== 'object' || read === null) throw bad('is no manifest of a tape');
  const fields = read as Readonly<Record<string, unknown>>;
  if (fields['format'] !== TAPE_FORMAT) throw bad(`format ${JSON.stringify(fields['format'])}; this build reads ${TAPE_FORMAT}`);
  const whole = (value: unknown, name: string): number => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw bad(`${name}: ${JSON.stringify(value)} is not a whole number`);
    return value as number;
  };
  const list = (name: string): readonly unknown[] => {
    if (!Array.isArray(fields[name]) || fields[name].length === 0) throw bad(`${name}: is not a list with something in it`);
    return fields[name];
  };
  const frames = list('frames').map((row, index): TapeFrame => {
    if (!Array.isArray(row) || row.length !== 6) throw bad(`frames.${index}: is not six numbers`);
    const [offset, bytes, first, count, from, to] = row.map((value) => whole(value, `frames.${index}`)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { offset, bytes, first: first as Seq, count, from: from as TimeUs, to: to as TimeUs };
  });
  let end = 0;
  let number = 0;
  for (const [index, { offset, bytes, first, count }] of frames.entries()) {
    if (offset !== end || first <= number || count === 0) throw bad(`frames.${index}: does not follow the one before it`);
    end += bytes;
    number = first + count - 1;
  }
  const count = whole(fields['count'], 'count');
  if (frames.reduce((sum, frame) => sum + frame.count, 0) !== count) throw bad(`count: its frames do not hold ${count} facts`);
  const { hash, latencyUs, keepsNumbers, origin } = fields;
  if (typeof hash !== 'string') throw bad('hash: is no text');
  if (typeof keepsNumbers !== 'boolean') throw bad('keepsNumbers: is not true or false');
  return {
    format: TAPE_FORMAT,
    hash: sha256(hash),
    instruments: list('instruments') as readonly Instrument[],
    streams: list('streams') as readonly TapeStream[],
    count,
    from: whole(fields['from'], 'from') as TimeUs,
    to: whole(fields['to'], 'to') as TimeUs,
    latencyUs: latencyUs === null ? null : whole(latencyUs, 'latencyUs'),
    keepsNumbers,
    origin: (origin ?? null) as Plain,
    frames,
  };
}
