/** A branch of a recorded day, or of another branch: the journal verified and played, the branch played beside it and kept with a journal of its own. */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { minorText } from '#engine/decimal.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { measure } from '#engine/portfolio/metrics/measure.ts';
import type { Plain } from '#engine/record.ts';
import { BadResult, lastEquity, type RunResult } from '#engine/run/result.ts';
import type { Seq, Sha256, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry, type Runs } from '#infra/runs/catalogue.ts';
import { SaidDecisions } from '#replay/decision-differences.ts';
import { accountsIn, answersIn, branchOf, type ForkChange, forkedPlain } from '#replay/fork.ts';
import { NoBeginning, type Recorded, recordedIn } from '#replay/journal-play.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { verify } from '#replay/verify.ts';
import { iso } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import { deskHome, journalsFolder } from '../compose/desk-home.ts';
import { nodeDigest } from '../compose/digest.ts';
import { journalNamed } from '../compose/journal-reader.ts';
import type { NamedReader } from '../compose/kafka-place.ts';
import { costsOf, figuresShown } from './backtest-session.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { changeOf, type ForkAsked } from './fork-change.ts';
import { type BranchSettings, isBranch, readerOf, toldIn, withChanges } from './fork-kept.ts';
import { type Forked, inWords, parted } from './fork-parted.ts';
import type { ForkSettings } from './fork-play.ts';
import { accountMeant, deploymentsOf, type JournalRun, playRecorded, specOf } from './journal-result.ts';
import { catalogue } from './kept-strategies.ts';
import { runsHere } from './run-answers.ts';

/** What is branched, and what is known of it beside its journal. */
type Parent = Readonly<{
  id: string;
  reader: NamedReader;
  root: BacktestSettings | null;
  changes: readonly ForkChange[];
  account: string | null;
}>;

export function journalOf(named: string): Parent {
  const { path, reader, single } = journalNamed(named);
  if (single)
    throw new Refused(
      2,
      [`${named} is one segment: a branch is played from the first number of a whole journal`],
      'npx retrace journal ls',
    );
  // by its name where any folder finds it by that
  const id = dirname(path) === journalsFolder(deskHome()) ? basename(path) : path;
  return { id, reader, root: null, changes: [], account: null };
}

export function forkOf({ id, settings }: RunEntry, runs: Runs): Parent {
  const reader = readerOf(runs.read(id).id);
  if (isBranch(settings)) return { id, reader, root: settings.root, changes: settings.changes, account: settings.account };
  const { base, change } = settings as ForkSettings;
  return { id, reader, root: base, changes: [change], account: null };
}

/** Null when it was stopped: nothing of it is kept. */
export async function branchJournal(asked: ForkAsked, parent: Parent, heard: (share: number) => boolean): Promise<Forked | null> {
  const { id: of, reader } = parent;
  const recorded = await beginningOf(parent);
  const account = accountMeant(recorded, asked.account ?? parent.account, `npx retrace fork ${of} --help`);
  refuseAnswered(asked, of, recorded);
  const change = await changeOf(asked, {
    ...{ id: of, reader, accounts: accountsIn(toldIn(recorded)) },
    scale: specOf(recorded.inputs, account).currencyScale,
  });
  const runHash = await verified(of, reader, () => void heard(0));
  const branch = orInWords(() => branchOf(recorded, change, catalogue));

  const was = new SaidDecisions();
  const baseline = await inMoney(of, () =>
    playRecorded(
      reader.frames(),
      recorded,
      account,
      { name: of, append: was.append, heard: (share) => heard(share / 2) },
      toldIn(recorded),
    ),
  );
  if (baseline === null) return null;
  const before = { ...baseline.result, parameters: withChanges(baseline.result, parent.changes).parameters };

  const settings: BranchSettings = { parent: of, root: parent.root, account, changes: [...parent.changes, change] };
  const told = toldIn({ inputs: branch.inputs, mark: branch.mark });
  const [deployed] = deploymentsOf(told, account);
  const id = branchId(deployed?.name ?? 'run', runHash, change);
  const runs = runsHere();
  const part = runs.begin(id);
  const at = (Date.now() * 1000) as TimeUs;
  const journal = await openFileJournal({ folder: join(part, JOURNAL), desk: recorded.desk, digest: nodeDigest, at });
  const is = new SaidDecisions();
  let played: JournalRun | null = null;
  try {
    const { epoch } = journal.opened;
    const append = (payload: Payload, first: Seq): void => {
      is.append(payload);
      journal.append(frameOf(recorded.desk, epoch, first, payload));
    };
    const others = new Map<number, InputRecord>(branch.inputs.map((input) => [input.seq, input]));
    const listening = {
      ...{
        name: id,
        append,
        heard: (share: number) => heard(0.5 + share / 2),
        input: (input: InputRecord) => others.get(input.seq) ?? input,
      },
      manifest: (own: Plain): Plain => ({ ...(own as object), run: 'fork', forked: forkedPlain(of, change, branch.mark) }) as Plain,
    };
    played = await inMoney(id, () => playRecorded(reader.frames(), recorded, account, listening, told));
    if (played !== null) await journal.durable();
  } finally {
    await journal.close().catch(() => {}); // what is told is why it failed
    if (played === null) runs.discard(part);
  }
  if (played === null) return null;
  const result = withChanges(played.result, settings.changes);
  const measures = measure(result);
  const known = runs.has(id) ? runs.read(id) : null;
  const again = known?.runHash === result.runHash ? known : null;
  const entry: RunEntry = {
    ...{ format: 1, id, kind: 'fork', made: again?.made ?? new Date().toISOString(), strategy: result.strategy },
    ...{ version: deployed?.version ?? '', parameters: result.parameters as RunEntry['parameters'] },
    ...{ instruments: result.instruments.map((each) => each.id), tapes: parent.root?.tapes.map(({ name }) => name) ?? [] },
    ...{ from: iso(result.from), to: iso(result.to), runHash: result.runHash, ticks: result.ticks, bars: result.bars },
    ...{ orders: result.orders, fills: result.fills.length, currency: result.currency, figures: figuresShown(measures), settings },
    ...{ equity: minorText(lastEquity(result), result.currencyScale), costs: costsOf(result) },
    tags: [...new Set([...(again?.tags ?? []), ...asked.tags])].sort(),
  };
  runs.keep(part, entry);
  return {
    ...{ parent: { id: of, equity: minorText(lastEquity(before), before.currencyScale) }, entry, change, result },
    ...(await parted(reader, readerOf(id), was, is)),
    comparison: compareRuns({ result: before, measures: measure(before) }, { result, measures }),
  };
}

/** A recorded day as a run: verified, and played for what one of its accounts was worth. */
export async function recordedDay(
  named: string,
  account: string | null,
): Promise<Readonly<{ id: string; reader: NamedReader; result: RunResult }>> {
  const parent = journalOf(named);
  const { id, reader } = parent;
  const recorded = await beginningOf(parent);
  const whose = accountMeant(recorded, account, `npx retrace report ${id} --help`);
  await verified(id, reader);
  const played = await inMoney(id, () => playRecorded(reader.frames(), recorded, whose, { name: basename(id) }, toldIn(recorded)));
  return { id, reader, result: played!.result };
}

async function verified(id: string, reader: NamedReader, heard: () => void = () => {}): Promise<Sha256> {
  const { ok, runHash } = await verify(reader, { digest: nodeDigest, catalogue, progress: heard });
  if (!ok) throw new Refused(1, [`${id} does not verify: nothing that is played of it says anything`], `npx retrace verify ${id}`);
  return runHash;
}

/** The same journal and change, the same name. */
const branchId = (strategy: string, runHash: Sha256, change: ForkChange): string =>
  `${strategy}-fork-${createHash('sha256')
    .update(JSON.stringify([runHash, change]))
    .digest('hex')
    .slice(0, 8)}`;

async function beginningOf({ id, reader }: Parent): Promise<Recorded> {
  try {
    return await recordedIn(reader.frames());
  } catch (error) {
    if (!(error instanceof NoBeginning)) throw error;
    throw new Refused(
      2,
      [`${id}: ${error.message}; a branch is played from the first number`],
      'npx retrace journal restore --help brings back what was archived',
    );
  }
}

/** What a venue answered, it answered to the orders of that day. */
function refuseAnswered({ inside }: ForkAsked, id: string, { inputs, mark }: Recorded): void {
  const outside = accountsIn(inputs).filter(({ pure }) => pure === null);
  if (inside) {
    if (outside.length === 0) throw new Refused(2, [`--inside: no account of ${id} is at an outside venue`], 'npx retrace fork --help');
    if (mark !== null) throw new Refused(2, [`--inside: ${id} is a branch already`], 'npx retrace fork --help');
    return;
  }
  if (outside.length === 0) return;
  const counts = [...answersIn(inputs)].map(([type, count]) => `${count} ${type}`).join(', ');
  throw new Refused(
    2,
    [
      `${id} holds what outside venues answered (${counts}): ${outside.map((account) => `${account.id} at ${account.venue}`).join(', ')}`,
      'another order than the one that was sent has no answer in the journal, and a recorded answer to an order that is not sent would be made up',
      'with --inside the venue inside the desk answers that day from its first number on, on stated terms; what is branched from that run has both sides answered alike',
    ],
    `npx retrace fork ${id} --inside --fee 5 --latency 100ms`,
  );
}

function orInWords<T>(made: () => T): T {
  try {
    return made();
  } catch (error) {
    return inWords(error);
  }
}

/** A day whose money does not add up from its fills (a position taken over from a venue, a contract that changed) has no figures. */
async function inMoney<T>(id: string, play: () => Promise<T>): Promise<T> {
  try {
    return await play();
  } catch (error) {
    if (!(error instanceof BadResult)) throw error;
    throw new Refused(1, [`the money of ${id} cannot be told: ${error.message}`], `npx retrace journal show ${id}`);
  }
}
