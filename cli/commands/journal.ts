/** `retrace journal ls · show · check · copy · archive · restore`: which journals there are, what one holds, whether it is whole, where it is kept. */
import type { Command } from 'commander';
import type { JournalCorrupt } from '#engine/journal/port.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { addArchive, addRestore } from './journal-archive.ts';

export function addJournal(program: Command): Command {
  const journal = program
    .command('journal')
    .description('look at journals and keep them: list, show, check, copy, archive, restore')
    .helpCommand(false);
  journal.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace journal ls');
  addCommand(journal, {
    usage: 'ls [place]',
    about: 'all journals of a folder, oldest first, or of a topic in Kafka',
    examples: [
      ['journal ls --json', 'under RETRACE_HOME'],
      ['journal ls kafka://127.0.0.1:9092/retrace', 'the desks of a topic'],
    ],
    run: list,
  });
  addCommand(journal, {
    usage: 'show <journal>',
    about: 'what a journal was begun with and what it holds; with --from, its decisions in sentences',
    flags: [
      ['--from <n>', 'decisions from this number on'],
      ['--count <n>', 'how many of them (default 20)'],
    ],
    examples: [
      ['journal show demo-7', 'the manifest and the frames'],
      ['journal show demo-7 --from 36000 --count 5', 'five decisions'],
    ],
    run: show,
  });
  addCommand(journal, {
    usage: 'check <journal>',
    about: 'read every frame through its checksums and the hash chain; exit 1 names the first that does not fit',
    examples: [['journal check demo-7', 'changes nothing']],
    run: check,
  });
  addCommand(journal, {
    usage: 'copy <journal> <to>',
    about: 'the same journal in another place, its chain whole: a folder, or kafka://host:port/topic; run again, it goes on',
    examples: [
      ['journal copy demo-7 kafka://127.0.0.1:9092/retrace', 'from files to Kafka'],
      ['journal copy kafka://127.0.0.1:9092/retrace/demo-7 copies/demo-7', 'and back'],
    ],
    run: copy,
  });
  addArchive(journal);
  addRestore(journal);
  return journal;
}

async function copy({ flags, args }: Asked): Promise<Answer> {
  flags.done('journal copy');
  const { copyJournal } = await import('../compose/copy-session.ts');
  return copyJournal(args[0]!, args[1]!);
}

async function list({ flags, args }: Asked): Promise<Answer> {
  flags.done('journal ls');
  if (args[0]?.startsWith('kafka://')) return (await import('../compose/kafka-list.ts')).listTopic(args[0]);
  const [home, { rowsIn }, { shortPath }, { table }, { grouped, bytes }] = await Promise.all([
    import('../compose/desk-home.ts'),
    import('../compose/journals.ts'),
    import('../compose/journal-reader.ts'),
    import('../screen/state-text.ts'),
    import('../screen/desk-screen.ts'),
  ]);
  const folder = args[0] ?? home.journalsFolder(home.deskHome());
  const { rows: journals, unreadable } = await rowsIn(folder);
  const rows = journals.map(({ path, kind, desk, segments, first, seq, clean, bytes: size }) => [
    shortPath(path),
    kind,
    desk,
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
    first === 1 ? grouped(String(seq)) : `${grouped(String(first))} to ${grouped(String(seq))}`,
    bytes(size),
    clean ? 'closed' : 'open or cut off',
  ]);
  const failed = unreadable.map(({ path, why }) => `${shortPath(path)} ${why}`);
  const next = `next: npx retrace ${rows.length === 0 ? (failed.length === 0 ? 'demo --ticks 100000' : 'doctor') : `verify ${rows.at(-1)![0]}`}`;
  return {
    ok: unreadable.length === 0,
    fields: { journals, unreadable },
    text: [
      ...(rows.length > 0 ? table([['journal', 'kind', 'desk', '', 'numbers', 'size', ''], ...rows]) : []),
      ...(rows.length === 0 && failed.length === 0 ? [`No journal lies in ${shortPath(folder)}.`] : failed),
      next,
    ],
  };
}

async function show({ flags, args }: Asked): Promise<Answer> {
  const from = flags.whole('from', 0);
  const count = flags.whole('count', 1, 100_000) ?? 20;
  flags.done('journal show');
  const [{ journalNamed, shortPath }, { checkChain }, { decisionsFrom }, { grouped, bytes }, range, { boundsOf }] = await Promise.all([
    import('../compose/journal-reader.ts'),
    import('../compose/journals.ts'),
    import('../compose/decisions-from.ts'),
    import('../screen/desk-screen.ts'),
    import('../compose/journal-range.ts'),
    import('#replay/moment.ts'),
  ]);
  const named = journalNamed(args[0]!);
  const { path, reader } = named;
  const place = shortPath(path);
  const elsewhere = await range.elsewhereOf(named);
  if (from !== null) {
    const asked = `--from ${from}`;
    const next = `npx retrace journal show ${place}`;
    if (from > 0 && elsewhere !== null && from <= elsewhere.last) throw await range.outside(named, asked, next);
    const decisions = await decisionsFrom(reader, from, count);
    const bounds = decisions.length === 0 ? await boundsOf(reader) : null;
    if (decisions.length === 0 && (bounds === null || from > bounds.seq))
      throw await range.outside(named, asked, next, ...(bounds === null ? [] : [bounds]));
    return {
      ok: true,
      fields: { journal: path, from, decisions, elsewhere },
      text: [
        ...(bounds === null
          ? []
          : [`Nothing was decided from number ${grouped(String(from))} on; the last is ${grouped(String(bounds.seq))}.`]),
        ...decisions.map(({ address, at, what }) => `${address.padEnd(14)} ${at.slice(11, 23).padEnd(12)}  ${what}`),
        `next: npx retrace explain ${place} ${decisions[0]?.address ?? from}`,
      ],
    };
  }
  const { manifest, kinds, ...held } = await checkChain(reader);
  return {
    ok: true,
    fields: { journal: path, ...held, kinds, manifest, elsewhere },
    text: [
      `${place}: ${numbersText(held, grouped)} in ${grouped(String(held.frames))} frames, ${bytes(held.bytes)}, ${held.clean ? 'closed cleanly' : 'not closed'}`,
      ...Object.entries(kinds).map(([kind, frames]) => `  ${kind.padEnd(11)} ${grouped(String(frames))}`),
      ...range.elsewhereLines(elsewhere, place),
      '',
      manifest === null ? 'begun with what its first segment says, which is not here' : 'begun with',
      ...(manifest === null
        ? []
        : JSON.stringify(manifest, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 2)
            .split('\n')
            .map((line) => `  ${line}`)),
      `chain ${held.chain}`,
      `next: npx retrace verify ${place}`,
    ],
  };
}

/** `30,000 numbers`, or which: a journal whose beginning was archived does not hold as many as its last one says. */
const numbersText = ({ first, seq }: Readonly<{ first: number; seq: number }>, grouped: (text: string) => string): string =>
  first <= 1 ? `${grouped(String(seq))} numbers` : `numbers ${grouped(String(first))} to ${grouped(String(seq))}`;

async function check({ flags, args }: Asked): Promise<Answer> {
  flags.done('journal check');
  const [{ journalNamed, shortPath }, { checkChain }, { grouped }, { elsewhereLines, elsewhereOf }] = await Promise.all([
    import('../compose/journal-reader.ts'),
    import('../compose/journals.ts'),
    import('../screen/desk-screen.ts'),
    import('../compose/journal-range.ts'),
  ]);
  const named = journalNamed(args[0]!);
  const { path, reader } = named;
  const place = shortPath(path);
  const elsewhere = await elsewhereOf(named);
  try {
    const { manifest, kinds, ...held } = await checkChain(reader);
    const torn =
      held.tail === null
        ? []
        : [
            `  The last bytes are no whole frame (${held.tail.why} at ${held.tail.place}); the next start keeps them aside. What was whole ends at number ${grouped(String(held.seq))}.`,
          ];
    return {
      ok: true,
      fields: { journal: path, ...held, elsewhere },
      text: [
        `${place}: the chain is whole, ${grouped(String(held.frames))} frames, ${numbersText(held, grouped)}`,
        ...elsewhereLines(elsewhere, place),
        ...torn,
        `chain ${held.chain}`,
        `next: npx retrace verify ${place}`,
      ],
    };
  } catch (error) {
    if ((error as Error).name !== 'JournalCorrupt') throw error;
    const { message, damage } = error as JournalCorrupt;
    return {
      ok: false,
      fields: { journal: path, fault: message, damage, elsewhere },
      text: [
        `${place}: the chain is broken`,
        `  ${message}`,
        'Nothing was changed. What stands before that place can be verified; restore the rest from a copy.',
        `next: npx retrace verify ${place}`,
      ],
    };
  }
}
