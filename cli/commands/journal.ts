/** `retrace journal ls · show · check`: which journals there are, what one holds, whether its chain is whole. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addJournal(program: Command): Command {
  const journal = program.command('journal').description('look at journals: list them, show one, check its chain').helpCommand(false);
  journal.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace journal ls');
  addCommand(journal, {
    usage: 'ls [folder]',
    about: 'all journals, oldest first',
    examples: [['journal ls --json', 'under RETRACE_HOME']],
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
  return journal;
}

async function list({ flags, args }: Asked): Promise<Answer> {
  flags.done('journal ls');
  const [home, { rowOf }, { shortPath }, { table }, { grouped, bytes }] = await Promise.all([
    import('../compose/desk-home.ts'),
    import('../compose/journals.ts'),
    import('../compose/journal-reader.ts'),
    import('../screen/state-text.ts'),
    import('../screen/desk-screen.ts'),
  ]);
  const folder = args[0] ?? home.journalsFolder(home.deskHome());
  const journals = [];
  for (const path of home.journalsIn(folder)) journals.push(await rowOf(path));
  const rows = journals.map(({ path, kind, desk, segments, seq, clean, bytes: size }) => [
    shortPath(path),
    kind,
    desk,
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
    grouped(String(seq)),
    bytes(size),
    clean ? 'closed' : 'open or cut off',
  ]);
  const empty = [`No journal lies in ${shortPath(folder)}.`, 'next: npx retrace demo --ticks 100000'];
  return {
    ok: true,
    fields: { journals },
    text:
      journals.length === 0
        ? empty
        : [...table([['journal', 'kind', 'desk', '', 'numbers', 'size', ''], ...rows]), `next: npx retrace verify ${rows.at(-1)![0]}`],
  };
}

async function show({ flags, args }: Asked): Promise<Answer> {
  const from = flags.whole('from', 0);
  const count = flags.whole('count', 1, 100_000) ?? 20;
  flags.done('journal show');
  const [{ journalNamed, shortPath }, { checkChain }, { decisionsFrom }, { grouped, bytes }] = await Promise.all([
    import('../compose/journal-reader.ts'),
    import('../compose/journals.ts'),
    import('../compose/decisions-from.ts'),
    import('../screen/desk-screen.ts'),
  ]);
  const { path, reader } = journalNamed(args[0]!);
  const place = shortPath(path);
  if (from !== null) {
    const decisions = await decisionsFrom(reader, from, count);
    return {
      ok: true,
      fields: { journal: path, from, decisions },
      text: [
        ...decisions.map(({ address, at, what }) => `${address.padEnd(14)} ${at.slice(11, 23).padEnd(12)}  ${what}`),
        `next: npx retrace explain ${place} ${decisions[0]?.address ?? from}`,
      ],
    };
  }
  const { manifest, kinds, ...held } = await checkChain(reader);
  return {
    ok: true,
    fields: { journal: path, ...held, kinds, manifest },
    text: [
      `${place}: ${grouped(String(held.seq))} numbers in ${grouped(String(held.frames))} frames, ${bytes(held.bytes)}, ${held.clean ? 'closed cleanly' : 'not closed'}`,
      ...Object.entries(kinds).map(([kind, frames]) => `  ${kind.padEnd(11)} ${grouped(String(frames))}`),
      '',
      'begun with',
      ...JSON.stringify(manifest, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 2)
        .split('\n')
        .map((line) => `  ${line}`),
      `chain ${held.chain}`,
      `next: npx retrace verify ${place}`,
    ],
  };
}

async function check({ flags, args }: Asked): Promise<Answer> {
  flags.done('journal check');
  const [{ journalNamed, shortPath }, { checkChain }, { grouped }] = await Promise.all([
    import('../compose/journal-reader.ts'),
    import('../compose/journals.ts'),
    import('../screen/desk-screen.ts'),
  ]);
  const { path, reader } = journalNamed(args[0]!);
  const place = shortPath(path);
  try {
    const { manifest, kinds, ...held } = await checkChain(reader);
    const torn =
      held.tail === null
        ? []
        : [`  The last bytes are no whole frame (${held.tail.why} at ${held.tail.place}); the next start keeps them aside.`];
    return {
      ok: true,
      fields: { journal: path, ...held },
      text: [
        `${place}: the chain is whole, ${grouped(String(held.frames))} frames, ${grouped(String(held.seq))} numbers`,
        ...torn,
        `chain ${held.chain}`,
        `next: npx retrace verify ${place}`,
      ],
    };
  } catch (error) {
    if ((error as Error).name !== 'JournalCorrupt') throw error;
    const { message } = error as Error;
    return {
      ok: false,
      fields: { journal: path, fault: message },
      text: [
        `${place}: the chain is broken`,
        `  ${message}`,
        'Nothing was changed. What stands before that place can be verified; restore the rest from a copy.',
        `next: npx retrace verify ${place}`,
      ],
    };
  }
}
