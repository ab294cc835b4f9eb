/** `retrace explain`: why something happened, or did not: one sentence, and the causes down to the tick. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addExplain = (program: Command): Command =>
  addCommand(program, {
    usage: 'explain <journal> <what>',
    about: 'an order, a refusal, a command, a number or a moment: the chain of causes down to the tick',
    examples: [
      ['explain demo-7 36342.2', 'an order or any decision, by its address'],
      ['explain demo-7 2ljhhmqef5f4it3nn4dckwugdv', 'an order by its client id, as the venue knows it'],
      ['explain demo-7 00:10', 'what happened in that minute, and why nothing did'],
      ['explain demo-7 2026-01-05T00:10:05Z --json', 'a moment'],
    ],
    run: runExplain,
  });

async function runExplain({ flags, args }: Asked): Promise<Answer> {
  flags.done('explain');
  const [{ explain }, { journalNamed, shortPath }, { elsewhereLines, elsewhereOf }, { nodeDigest }, { catalogue }, { coloursFor }] =
    await Promise.all([
      import('#replay/explain.ts'),
      import('../compose/journal-reader.ts'),
      import('../compose/journal-range.ts'),
      import('../compose/digest.ts'),
      import('../research/kept-strategies.ts'),
      import('../screen/terminal.ts'),
    ]);
  const named = journalNamed(args[0]!);
  const { path, reader } = named;
  const { ok, subject, sentence, chain, order } = await explain(reader, args[1]!, { digest: nodeDigest, catalogue });
  const elsewhere = await elsewhereOf(named);
  const { dim } = coloursFor(process.stdout);
  const width = Math.max(0, ...chain.map(({ address }) => address.length));
  return {
    ok,
    fields: { journal: path, subject, sentence, order, chain, elsewhere },
    text: [
      sentence,
      ...elsewhereLines(elsewhere, shortPath(path)),
      ...(chain.length === 0 ? [] : ['']),
      ...chain.map(({ address, at, what }) => `  ${dim(address.padEnd(width))}  ${dim(at.slice(11, -1).slice(0, 12).padEnd(12))}  ${what}`),
      `next: npx retrace ${ok ? `state ${shortPath(path)} --at ${Number.parseInt(chain[0]?.address ?? '0', 10) || 'number'}` : `journal show ${shortPath(path)}`}`,
    ],
  };
}
