/** What the tape commands answer. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MOMENT_US } from '#engine/market/bars/bar-rule.ts';
import type { BlockKind } from '#engine/market/blocks.ts';
import type { TapeManifest } from '#engine/market/tape.ts';
import { tapeOfJournal } from '#infra/tape/journal-tape.ts';
import { checkTape, type Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { iso } from '#replay/words.ts';
import { type Answer, Refused } from '../answer.ts';
import type { Asked } from '../command.ts';
import { nodeDigest } from '../compose/digest.ts';
import { journalNamed, shortPath } from '../compose/journal-reader.ts';
import { bytes, grouped } from '../screen/desk-screen.ts';
import { table } from '../screen/state-text.ts';
import { renewingLine } from '../screen/verdict.ts';
import { alone } from './tape-lock.ts';
import { kindsOf, nameOfTape, nextWith, tapeNamed, tapeNames, tapesFolder } from './tapes.ts';

const n = (value: number): string => grouped(String(value));
const minute = (us: number): string => iso(us).slice(0, 16).replace('T', ' ');

export async function listTapes({ flags }: Asked): Promise<Answer> {
  flags.done('tape ls');
  const tapes = tapeNames().map(tapeNamed);
  const last = tapes.at(-1);
  const rows = tapes.flatMap((tape) =>
    tape.manifest.streams.map(({ instrument, source, kind, timeframeUs, count, from, to }) => [
      nameOfTape(tape),
      instrument,
      source,
      whatOf(kind, timeframeUs),
      n(count),
      minute(from),
      minute(to),
    ]),
  );
  return {
    ok: true,
    fields: { tapes: tapes.map(fieldsOf) },
    text: [
      ...(rows.length === 0
        ? [`No tape lies in ${shortPath(tapesFolder())}.`]
        : table([['tape', 'instrument', 'source', 'kind', 'facts', 'from', 'to'], ...rows])),
      `next: ${last === undefined ? 'npx retrace import --help' : nextWith(nameOfTape(last), kindsOf(last.manifest))}`,
    ],
  };
}

function whatOf(kind: BlockKind, timeframeUs: number): string {
  if (kind === 'book') return 'book changes';
  if (kind !== 'bar') return `${kind}s`;
  return timeframeUs === MOMENT_US ? 'bars of no fixed length' : `${timeframeUs / 1e6} s bars`;
}

const fieldsOf = (tape: Tape): object => {
  const { frames, ...manifest } = tape.manifest;
  return { tape: nameOfTape(tape), path: tape.folder, bytes: sizeOf(tape.manifest), ...manifest, frames: frames.length };
};

const sizeOf = ({ frames }: TapeManifest): number => frames.reduce((sum, frame) => sum + frame.bytes, 0);

export async function showTape({ flags, args }: Asked): Promise<Answer> {
  flags.done('tape show');
  const tape = tapeNamed(args[0]!);
  const { manifest } = tape;
  const { count, from, to, latencyUs, keepsNumbers, hash, frames, instruments, streams, origin } = manifest;
  return {
    ok: true,
    fields: fieldsOf(tape) as Answer['fields'],
    text: [
      `${nameOfTape(tape)}: ${n(count)} facts in ${n(frames.length)} frames, ${bytes(sizeOf(manifest))}; arrived ${minute(from)} to ${minute(to)} UTC`,
      ...instruments.map(
        ({ id, tick, lot, currency, calendar }) => `  ${id}: tick ${tick}, lot ${lot}, in ${currency}, calendar ${calendar}`,
      ),
      ...streams.map(
        ({ instrument, source, kind, timeframeUs, count: own }) => `  ${instrument} from ${source}: ${n(own)} ${whatOf(kind, timeframeUs)}`,
      ),
      latencyUs === null
        ? '  arrivals as they were recorded'
        : `  arrival is venue time + ${latencyUs / 1e3} ms, as was said when it was made`,
      ...(keepsNumbers ? ["  its numbers are its journal's"] : []),
      `  came from ${JSON.stringify(origin)}`,
      `hash ${hash}`,
      `next: ${nextWith(nameOfTape(tape), kindsOf(manifest))}`,
    ],
  };
}

export async function checkNamed({ flags, args, json }: Asked): Promise<Answer> {
  flags.done('tape check');
  const tape = tapeNamed(args[0]!);
  const name = nameOfTape(tape);
  const total = tape.manifest.frames.length;
  const line = renewingLine(json);
  let wrong: string | null;
  try {
    wrong = checkTape(tape, nodeDigest, (frames) => line.say(() => `${n(frames)} of ${n(total)} frames`));
  } catch (error) {
    if ((error as Error).name !== 'BadTape') throw error;
    wrong = (error as Error).message;
  } finally {
    line.end();
  }
  const { hash, count } = tape.manifest;
  return {
    ok: wrong === null,
    fields: { tape: name, path: tape.folder, hash, facts: count, wrong },
    text: [
      wrong === null ? `${name} is whole: ${n(count)} facts, hash ${hash}` : `${name} is not what it says: ${wrong}`,
      `next: ${wrong === null ? nextWith(name, kindsOf(tape.manifest)) : 'npx retrace import --help'}`,
    ],
  };
}

export async function tapeFrom(journal: string, to: string | null): Promise<Answer> {
  const { path, reader } = journalNamed(journal);
  const own = basename(path) === 'journal' ? basename(dirname(path)) : basename(path);
  const name = to ?? own;
  const folder = join(tapesFolder(), name);
  if (existsSync(folder)) throw new Refused(2, [`a tape ${name} is there already`], 'choose another name with --to');
  const manifest = await alone(name, () =>
    tapeOfJournal(reader.frames(), new TapeWriter({ folder, digest: nodeDigest, latencyUs: null }), own),
  ).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NoTapeInIt') throw new Refused(1, [error.message], 'npx retrace journal ls');
    throw error;
  });
  const { count, hash } = manifest;
  return {
    ok: true,
    fields: { tape: name, path: folder, facts: count, hash },
    text: [
      `${name}: ${n(count)} facts of ${manifest.instruments.map(({ id }) => id).join(', ')}, hash ${hash}`,
      `next: ${nextWith(name, kindsOf(manifest))}`,
    ],
  };
}
