/** Which numbers and times a journal holds, and where those lie that are not in its folder: for whoever asked for something else. */
import { existsSync } from 'node:fs';
import { missingIn } from '#infra/files/archived.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { type Bounds, boundsOf } from '#replay/moment.ts';
import { iso } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { type NamedJournal, shortPath } from './journal-reader.ts';

/** Numbers 1 to `last` are not in the folder. */
export type Elsewhere = Readonly<{
  last: number;
  /** Folders that are said to hold them, the newest last; and whether something still lies there. */
  archives: readonly Readonly<{ path: string; there: boolean }>[];
}>;

/** Null when the journal is there from its beginning, or one segment was asked for by its name. */
export async function elsewhereOf({ path, single }: NamedJournal): Promise<Elsewhere | null> {
  const missing = single || isKafkaAddress(path) ? null : await missingIn(nodeDisk, path);
  return missing === null
    ? null
    : { last: missing.last, archives: missing.archives.map((archive) => ({ path: archive, there: existsSync(archive) })) };
}

const n = (value: number): string => grouped(String(value));

/** A line for people, and the command that brings the rest back. */
export function elsewhereLines(elsewhere: Elsewhere | null, place: string): string[] {
  if (elsewhere === null) return [];
  const { last, archives } = elsewhere;
  const which = last === 1 ? 'Number 1 is' : `Numbers 1 to ${n(last)} are`;
  if (archives.length === 0) return [`${which} not in this folder: its first segments were moved away, and nothing says where to.`];
  const said = archives.map(({ path, there }) => `${shortPath(path)}${there ? '' : ' (nothing lies there now)'}`).join(' and ');
  const { path } = archives.at(-1)!;
  return [`${which} archived in ${said}; npx retrace journal restore ${shortPath(path)} --to ${place} brings them back.`];
}

export const rangeText = ({ firstSeq, seq, first, last }: Bounds): string =>
  `numbers ${n(firstSeq)} to ${n(seq)}, from ${iso(first)} to ${iso(last)}`;

/** What was asked for is not there: says what is. */
export async function outside(named: NamedJournal, asked: string, next: string, known?: Bounds): Promise<Refused> {
  const bounds = known ?? (await boundsOf(named.reader));
  const place = shortPath(named.path);
  if (bounds === null) return new Refused(2, [`${asked}: ${place} holds no inputs`], 'npx retrace journal ls');
  const elsewhere = await elsewhereOf(named);
  const { firstSeq, seq, first, last } = bounds;
  return new Refused(2, [`${asked}: ${place} holds ${rangeText(bounds)}`, ...elsewhereLines(elsewhere, place)], next, {
    range: { first: firstSeq, last: seq, from: iso(first), to: iso(last) },
    elsewhere,
  });
}
