/** `retrace verify`: a journal derived again and compared, decision for decision. Exit 1 names the first difference. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addVerify = (program: Command): Command =>
  addCommand(program, {
    usage: 'verify <journal>',
    about: 'replay a journal and compare every decision; exit 1 names the first that differs',
    flags: [['--from <n>', 'begin at the checkpoint at or before number n, and believe it (default: at the genesis)']],
    examples: [
      ['verify .retrace/journals/demo-7', 'the whole journal'],
      ['verify demo-7 --json', 'by its name under RETRACE_HOME'],
    ],
    run: runVerify,
  });

async function runVerify({ flags, args, json }: Asked): Promise<Answer> {
  const from = flags.whole('from', 0);
  flags.done('verify');
  const [{ verify }, { journalNamed, shortPath }, { elsewhereLines, elsewhereOf, outside }, { nodeDigest }, { catalogue }, text] =
    await Promise.all([
      import('#replay/verify.ts'),
      import('../compose/journal-reader.ts'),
      import('../compose/journal-range.ts'),
      import('../compose/digest.ts'),
      import('../research/kept-strategies.ts'),
      import('../screen/verdict.ts'),
    ]);
  const named = journalNamed(args[0]!);
  const { path, reader } = named;
  const progress = text.progressLine(json);
  const result = await verify(reader, {
    digest: nodeDigest,
    catalogue,
    progress: progress.tell,
    ...(from === null ? {} : { from: from as never }),
  });
  progress.end();
  const place = shortPath(path);
  if (result.obstacle?.kind === 'range') throw await outside(named, `--from ${from}`, `npx retrace verify ${place}`);
  const elsewhere = await elsewhereOf(named);
  const { ok, desk, decisions, mismatches, firstDivergence, runHash, chain, ...rest } = result;
  return {
    ok,
    fields: { journal: path, desk, decisions, mismatches, firstDivergence, runHash, chain, ...rest, elsewhere },
    text: text.verdictLines(result, place, elsewhereLines(elsewhere, place)),
  };
}
