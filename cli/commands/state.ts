/** `retrace state`: the whole desk right after a number, or at a moment. */
import type { Command } from 'commander';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addState = (program: Command): Command =>
  addCommand(program, {
    usage: 'state <journal>',
    about: 'the whole desk at a number or a time: gates, feeds, strategies, orders, money',
    flags: [['--at <when>', 'a number (84120), a time (10:32, 2026-01-05T10:32:00Z); default: the end']],
    examples: [
      ['state demo-7', 'at its end'],
      ['state demo-7 --at 00:10:05 --json', 'at a moment'],
    ],
    run: runState,
  });

async function runState({ flags, args }: Asked): Promise<Answer> {
  const when = flags.text('at');
  flags.done('state');
  const [
    { stateAt },
    { boundsOf, momentOf },
    { journalNamed, shortPath },
    { elsewhereLines, elsewhereOf, outside },
    { nodeDigest },
    { catalogue },
    { stateLines },
  ] = await Promise.all([
    import('#replay/state-at.ts'),
    import('#replay/moment.ts'),
    import('../compose/journal-reader.ts'),
    import('../compose/journal-range.ts'),
    import('../compose/digest.ts'),
    import('../research/kept-strategies.ts'),
    import('../screen/state-text.ts'),
  ]);
  const named = journalNamed(args[0]!);
  const { path, reader } = named;
  const bounds = await boundsOf(reader);
  if (bounds === null) throw new Refused(1, [`${shortPath(path)} holds no inputs yet`], 'npx retrace demo --ticks 100000');
  let where: { seq: number } | { at: number } = { seq: bounds.seq };
  const place = shortPath(path);
  const asked = `--at ${when}`;
  const next = `npx retrace state ${place}`;
  if (when !== null && /^\d{1,14}$/.test(when)) {
    where = { seq: Number(when) };
    // the state before the first number is the empty desk, or the checkpoint the first segment opens with
    if (where.seq < bounds.firstSeq - 1 || where.seq > bounds.seq) throw await outside(named, asked, next, bounds);
  } else if (when !== null) {
    const moment = momentOf(when, bounds);
    if (moment === null)
      throw new Refused(
        2,
        [`--at ${when}: is neither a number nor a time like 10:32, 10:32:05 or 2026-01-05T10:32:00Z`],
        'npx retrace state --help',
      );
    if (moment.to <= bounds.first || moment.from > bounds.last) throw await outside(named, asked, next, bounds);
    where = { at: Math.max(moment.from, bounds.first) };
  }
  const elsewhere = await elsewhereOf(named);
  const { seq, at, stateHash, runHash, picture, state } = await stateAt(reader, where, { digest: nodeDigest, catalogue });
  return {
    ok: true,
    fields: { journal: path, seq, at: picture.at, atUs: at, stateHash, runHash, picture, state, elsewhere },
    text: [
      ...stateLines(picture),
      `run   ${runHash}`,
      `state ${stateHash}`,
      ...elsewhereLines(elsewhere, place),
      `next: npx retrace explain ${place} ${picture.at.slice(11, 16)}`,
    ],
  };
}
