/** What would have been different: the baseline played again, the branch beside it, and the branch kept as a run of its own. */
import { join } from 'node:path';
import type { Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { measure } from '#engine/portfolio/metrics/measure.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import { SaidDecisions } from '#replay/decision-differences.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { Refused } from '../answer.ts';
import { deskHome, findJournal } from '../compose/desk-home.ts';
import { nodeDigest } from '../compose/digest.ts';
import { type Played, playBacktest } from './backtest-play.ts';
import { entryOf } from './backtest-session.ts';
import { BACKTEST_ACCOUNT, type BacktestSettings, backtestDesk, listedIn } from './backtest-settings.ts';
import { changeOf, type ForkAsked } from './fork-change.ts';
import { branchJournal, forkOf, journalOf } from './fork-journal.ts';
import { type Forked, inWords, parted } from './fork-parted.ts';
import { type ForkSettings, forkId, playFork } from './fork-play.ts';
import { isRun, runNamed, runsHere } from './run-answers.ts';
import { RunReader } from './run-reader.ts';
import { tapeOf } from './tapes.ts';

/** Null when it was stopped: nothing of it is kept. */
export async function runFork(asked: ForkAsked, heard: (share: number) => boolean): Promise<Forked | null> {
  const runs = runsHere();
  if (!isRun(asked.run, runs) && findJournal(asked.run, deskHome()) !== null) return branchJournal(asked, journalOf(asked.run), heard);
  const parent = runNamed(asked.run, runs);
  if (parent.kind === 'fork') return branchJournal(asked, forkOf(parent, runs), heard);
  if (parent.kind !== 'backtest')
    throw new Refused(
      2,
      [`${parent.id} is a ${parent.kind}, and branches are made of backtests, branches and journals`],
      'npx retrace runs ls',
    );
  if (asked.inside) throw new Refused(2, [`--inside: ${parent.id} is answered inside the desk as it is`], 'npx retrace fork --help');
  const base = parent.settings as BacktestSettings;
  const tapes = base.tapes.map(tapeOf);
  const before = new RunReader({ folder: join(runs.place(parent.id), JOURNAL), digest: nodeDigest });
  const change = await changeOf(asked, {
    ...{ id: parent.id, reader: before, accounts: [{ id: BACKTEST_ACCOUNT, pure: base.venue }] },
    scale: listedIn(tapes.map(({ manifest }) => manifest))[0]!.instrument.currencyScale,
  });
  const settings: ForkSettings = { parent: parent.id, base, change };

  const [was, is] = [new SaidDecisions(), new SaidDecisions()];
  const baseline = await playBacktest(base, { tapes, append: was.append, heard: (share) => heard(share / 2) });
  if (baseline === null) return null;
  if (baseline.result.runHash !== parent.runHash)
    throw new Refused(
      1,
      [`${parent.id} does not come out as it was recorded: no branch of it says anything`],
      `npx retrace verify ${parent.id}`,
    );

  const id = forkId(settings);
  const part = runs.begin(id);
  // the parent's desk: an order's id holds it, and those before the fork are the same
  const desk: DeskId = backtestDesk(base);
  const journal = await openFileJournal({ folder: join(part, JOURNAL), desk, digest: nodeDigest, at: (Date.now() * 1000) as TimeUs });
  let played: Played | null = null;
  try {
    const { epoch } = journal.opened;
    const append = (payload: Payload, first: Seq): void => {
      is.append(payload);
      journal.append(frameOf(desk, epoch, first, payload));
    };
    played = await playFork(settings, { tapes, append, heard: (share) => heard(0.5 + share / 2) }).catch(inWords);
    if (played !== null) await journal.durable();
  } finally {
    await journal.close().catch(() => {}); // what is told is why it failed
    if (played === null) runs.discard(part);
  }
  if (played === null) return null;
  const { result } = played;
  const measures = measure(result);
  const known = runs.has(id) ? runs.read(id) : null;
  const entry: RunEntry = {
    ...entryOf(base, result, measures, known?.runHash === result.runHash ? known : null, asked.tags),
    ...{ kind: 'fork', strategy: result.strategy, version: change.strategy?.version ?? base.strategy.version },
    ...{ parameters: result.parameters as RunEntry['parameters'], settings },
  };
  runs.keep(part, entry);
  const after = new RunReader({ folder: join(runs.place(id), JOURNAL), digest: nodeDigest });
  return {
    ...{ parent, entry, change, result },
    ...(await parted(before, after, was, is)),
    comparison: compareRuns({ result: baseline.result, measures: measure(baseline.result) }, { result, measures }),
  };
}
