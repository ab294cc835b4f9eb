/** A recorded day as a run that can be judged: its journal played, and what one of its accounts was worth. Works for every journal that begins with its genesis. */
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { checkedResult, type RunResult } from '#engine/run/result.ts';
import type { Parameters, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { AccountId, Minor, TimeUs } from '#engine/values.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { accountsIn } from '#replay/fork.ts';
import { type JournalPlay, playJournal, type Recorded } from '#replay/journal-play.ts';
import { ResultCollector, type Watched } from '#replay/result-collector.ts';
import { realClock, turnOf } from '#streams/clock.ts';
import { Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import { catalogue } from './kept-strategies.ts';

/** Frames between two looks at whether somebody wants it to stop. */
const FRAMES_A_TURN = 8;

export type JournalRun = Readonly<{ run: DeskRun; result: RunResult }>;

export type Listening = Omit<JournalPlay, 'digest' | 'catalogue' | 'turn' | 'begun'> &
  Readonly<{
    /** What the result calls itself. */
    name: string;
    /** What may run; without it, what is kept here. */
    strategies?: StrategyCatalogue;
    /** Told the share that is played; false ends it. */
    heard?: (share: number) => boolean;
  }>;

/** Null when it was stopped. `inputs`: those the run is said to have taken, where they are others than the recorded ones. */
export async function playRecorded(
  frames: AsyncIterable<StoredFrame>,
  { first, facts, inputs: recorded }: Recorded,
  account: AccountId,
  listening: Listening,
  inputs: readonly InputRecord[] = recorded,
): Promise<JournalRun | null> {
  const { name, heard, observer, strategies = catalogue, ...play } = listening;
  const deployed = deploymentsOf(inputs, account);
  const watched = watchedBy(deployed);
  const collector = new ResultCollector(account, watched);
  let turns = 0;
  const { run, finished } = await playJournal(frames, {
    ...play,
    ...{ digest: nodeDigest, catalogue: strategies, begun: (begun) => collector.follow(begun) },
    observer: (decision: Decision) => {
      collector.hear(decision);
      observer?.(decision);
    },
    turn: ({ counts }) => {
      turns += 1;
      if (heard === undefined || turns % FRAMES_A_TURN !== 0) return true;
      return turnOf(realClock).then(() => heard(facts === 0 ? 1 : counts.ticks / facts));
    },
  });
  if (!finished) return null;
  collector.finish();
  const { currency, currencyScale, cash } = specOf(inputs, account);
  const { counts, desk } = run;
  const { equity } = collector;
  const begin = Math.min(first, equity.time[0] ?? first) as TimeUs;
  const result: RunResult = {
    ...{
      run: name,
      runHash: run.runHash(),
      strategy: [...new Set(deployed.map((each) => each.name))].join(' + '),
      currency,
      currencyScale,
    },
    ...{
      parameters: parametersOf(deployed),
      instruments: instrumentsOf(inputs, watched, collector),
      cash0: cash as Minor,
      from: begin,
      to: desk.at,
    },
    ...{ bars: collector.bars, ticks: counts.ticks, orders: collector.orders, fills: collector.fills },
    ...{ equity, price: collector.price, refusals: collector.refusals, carry: collector.carry },
  };
  return { run, result: checkedResult(result) };
}

/** The account a person means; needed where there are several. */
export function accountMeant({ inputs }: Pick<Recorded, 'inputs'>, named: string | null, next: string): AccountId {
  const ids = [...new Set(accountsIn(inputs).map(({ id }) => id))];
  const [only] = ids;
  if (named === null && ids.length === 1) return only!;
  const found = ids.find((id) => id === named);
  if (found !== undefined) return found;
  const there = ids.length === 0 ? 'there is none' : `there are: ${ids.join(', ')}`;
  throw new Refused(
    2,
    [named === null ? `whose money? ${there}; say --account` : `--account ${named}: no account of that name; ${there}`],
    next,
  );
}

export const specOf = (inputs: readonly InputRecord[], account: AccountId) => accountsIn(inputs).find(({ id }) => id === account)!;

type Deployment = InputRecord & { type: 'StrategyDeployed' };

/** The last word on each strategy of the account. */
export function deploymentsOf(inputs: readonly InputRecord[], account: AccountId): readonly Deployment[] {
  const deployed = new Map<string, Deployment>();
  for (const input of inputs) if (input.type === 'StrategyDeployed' && input.account === account) deployed.set(input.strategy, input);
  return [...deployed.values()];
}

/** Of each instrument the candles that a strategy heard first. */
function watchedBy(deployed: readonly Deployment[]): readonly Watched[] {
  const watched = new Map<string, Watched>();
  for (const { subscriptions } of deployed)
    for (const subscription of subscriptions) if (!watched.has(subscription.instrument)) watched.set(subscription.instrument, subscription);
  return [...watched.values()];
}

function instrumentsOf(inputs: readonly InputRecord[], watched: readonly Watched[], { fills }: ResultCollector): readonly Instrument[] {
  const ids = new Set<string>([...watched.map(({ instrument }) => instrument), ...fills.map(({ instrument }) => instrument)]);
  const defined = new Map<string, Instrument>();
  for (const input of inputs) {
    if (input.type !== 'InstrumentDefined' || !ids.has(input.instrument.id)) continue;
    const { id, tick, lot, multiplier } = input.instrument;
    const before = defined.get(id);
    if (before !== undefined && (before.tick !== tick || before.lot !== lot || before.multiplier !== multiplier))
      throw new Refused(2, [
        `${id} has other terms from number ${input.seq} on (tick, lot or multiplier): figures would mix two contracts`,
      ]);
    defined.set(id, input.instrument);
  }
  return [...defined.values()];
}

/** With the strategy's name where there are several. */
function parametersOf(deployed: readonly Deployment[]): Parameters {
  const isOne = deployed.length === 1;
  return Object.fromEntries(
    deployed.flatMap(({ strategy, parameters }) =>
      Object.entries(parameters as Parameters).map(([key, value]) => [isOne ? key : `${strategy} ${key}`, value] as const),
    ),
  );
}
