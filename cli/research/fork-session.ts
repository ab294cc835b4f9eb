/** What would have been different: the baseline played again, the branch beside it, and the branch kept as a run of its own. */
import { join } from 'node:path';
import type { Decision } from '#engine/decisions.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { measure } from '#engine/portfolio/metrics/measure.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import { type Differences, differencesOf, SaidDecisions } from '#replay/decision-differences.ts';
import { chainOf } from '#replay/divergence.ts';
import { BadFork, type ForkChange, isMoney, LIMIT_NAMES } from '#replay/fork.ts';
import { boundsOf, momentOf } from '#replay/moment.ts';
import { type Comparison, compareRuns } from '#replay/report/compare.ts';
import { numberAt } from '#replay/run-to.ts';
import { iso, type Link } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import { nearest, unitsOf } from '../flags.ts';
import { type Played, playBacktest } from './backtest-play.ts';
import { entryOf } from './backtest-session.ts';
import { type BacktestSettings, backtestDesk, listedIn } from './backtest-settings.ts';
import { type ForkSettings, forkId, playFork } from './fork-play.ts';
import { keepStrategy } from './kept-strategies.ts';
import { runNamed, runsHere } from './run-answers.ts';
import { RunReader } from './run-reader.ts';
import { strategyNamed } from './strategies.ts';
import { tapeOf } from './tapes.ts';

export type ForkAsked = Readonly<{
  run: string;
  /** A number or a time; null: from the beginning. */
  at: string | null;
  set: ForkChange['set'];
  strategy: string | null;
  venue: Readonly<{ [K in keyof ForkChange['venue']]: VenueSpec[K] | null }>;
  /** `name=value`, money in units of the currency. */
  limits: readonly string[];
  dropped: ForkChange['dropped'];
  tags: readonly string[];
}>;

/** A difference with what led there on each side, from the decision back to its ground. */
export type Told = Readonly<{ baseline: readonly Link[]; branch: readonly Link[] }>;

export type Forked = Readonly<{
  parent: RunEntry;
  entry: RunEntry;
  change: ForkChange;
  differences: Differences;
  first: Told | null;
  firstDeed: Told | null;
  comparison: Comparison;
  result: RunResult;
}>;

/** Null when it was stopped: nothing of it is kept. */
export async function runFork(asked: ForkAsked, heard: (share: number) => boolean): Promise<Forked | null> {
  const runs = runsHere();
  const parent = runNamed(asked.run, runs);
  if (parent.kind !== 'backtest')
    throw new Refused(
      2,
      [`${parent.id} is a ${parent.kind}, and branches are made of backtests`],
      parent.kind === 'fork' ? `npx retrace fork ${(parent.settings as ForkSettings).parent}` : 'npx retrace runs ls',
    );
  const base = parent.settings as BacktestSettings;
  const tapes = base.tapes.map(tapeOf);
  const before = new RunReader({ folder: join(runs.place(parent.id), JOURNAL), digest: nodeDigest });
  const change = await changeOf(asked, parent.id, before, listedIn(tapes.map(({ manifest }) => manifest))[0]!.instrument.currencyScale);
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
    played = await playFork(settings, { tapes, append, heard: (share) => heard(0.5 + share / 2) }).catch((error: unknown) => {
      throw error instanceof BadFork ? new Refused(2, error.message.split('\n'), 'npx retrace fork --help') : error;
    });
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
  const differences = differencesOf(was, is);
  const told = async (of: Readonly<{ baseline: Decision | null; branch: Decision | null }> | null): Promise<Told | null> =>
    of === null ? null : { baseline: await ledTo(before, of.baseline), branch: await ledTo(after, of.branch) };
  return {
    ...{ parent, entry, change, differences, result },
    first: await told(differences.first),
    firstDeed: differences.firstDeed === differences.first ? null : await told(differences.firstDeed),
    comparison: compareRuns({ result: baseline.result, measures: measure(baseline.result) }, { result, measures }),
  };
}

const ledTo = async (reader: RunReader, decision: Decision | null): Promise<readonly Link[]> =>
  decision === null ? [] : chainOf(reader, { kind: 'decision', address: '', expected: null, actual: decision, cause: '' });

async function changeOf(asked: ForkAsked, parent: string, reader: RunReader, scale: number): Promise<ForkChange> {
  const { set, venue, dropped } = asked;
  const found = asked.strategy === null ? null : await strategyNamed(asked.strategy);
  const limits = limitsIn(asked.limits, scale);
  const terms = Object.fromEntries(Object.entries(venue).filter(([, value]) => value !== null)) as ForkChange['venue'];
  const changes = Object.keys(set).length + Object.keys(limits).length + Object.keys(terms).length + dropped.length;
  if (changes === 0 && found === null)
    throw new Refused(2, ['nothing is changed: say --set, --strategy, --fee, --latency, --limit or --drop'], 'npx retrace fork --help');
  const at = asked.at === null ? 0 : await numberOf(asked.at, parent, reader);
  if (found !== null) keepStrategy(found);
  return {
    at,
    set,
    strategy: found === null ? null : { name: found.strategy.name, version: found.version },
    venue: terms,
    limits,
    dropped,
  };
}

/** The last number that had arrived by then. */
async function numberOf(text: string, parent: string, reader: RunReader): Promise<number> {
  const bounds = (await boundsOf(reader))!;
  const isNumber = /^\d{1,14}$/.test(text);
  const moment = isNumber ? null : momentOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text, bounds);
  if (!isNumber && moment === null) throw new Refused(2, [`--at ${text}: is neither a number nor a time like 2022-01-10T09:30:00Z`]);
  const number = moment === null ? Number(text) : await numberAt(reader, moment.from);
  if (number <= bounds.seq && (moment === null || (moment.from >= bounds.first && moment.from <= bounds.last))) return number;
  throw new Refused(2, [`--at ${text}: ${parent} holds numbers 1 to ${bounds.seq}, from ${iso(bounds.first)} to ${iso(bounds.last)}`]);
}

function limitsIn(given: readonly string[], scale: number): ForkChange['limits'] {
  const faults: string[] = [];
  const limits: Record<string, string> = {};
  for (const text of given) {
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? [];
    if (!(LIMIT_NAMES as readonly string[]).includes(name)) {
      const meant = nearest(name, LIMIT_NAMES);
      faults.push(
        `--limit ${text}: ${meant === null ? `is not name=value with a name of ${LIMIT_NAMES.join(', ')}` : `did you mean ${meant}?`}`,
      );
      continue;
    }
    const units = unitsOf(value, isMoney(name) ? scale : 0);
    if (units === null || units < 0n || units > BigInt(Number.MAX_SAFE_INTEGER))
      faults.push(
        `--limit ${text}: is not ${isMoney(name) ? `an amount with at most ${scale} digits after the point` : 'a whole number'} from 0 on`,
      );
    else limits[name] = String(units);
  }
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace fork --help');
  return limits as ForkChange['limits'];
}
