/** The days the mutants run on: a few seeds, chosen for what they touch, and a story for what chance meets too seldom. */

import type { Command, InputRecord } from '#engine/inputs.ts';
import type { Plain } from '#engine/record.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { adventure, type Step } from '../reference/adventure.ts';
import { STORY_START, tell } from '../reference/story.ts';
import { MUTATION_CATALOGUE, outsideDay } from './outside.ts';

export type Written = Readonly<{ name: string; steps: readonly Step[]; catalogue: StrategyCatalogue }>;

const OUTSIDE_ROUNDS = 35;
const ADVENTURE_STEPS = 30;
/** Chosen by `MUTATION_CHOOSE=1 npm run test:unit -- tests/mutation`: what tells two of every mutant that the stories leave. */
const OUTSIDE: readonly number[] = [
  324, 82, 272, 299, 231, 53, 242, 344, 68, 251, 248, 101, 232, 250, 349, 133, 230, 156, 92, 99, 88, 367, 23, 278, 307, 86, 249, 245, 225,
  322, 102, 47, 342, 118, 154, 172, 170, 70, 144, 252, 139, 302, 336,
];
/** For what outside days have none of: bars, sessions that close, several subscriptions. */
const ADVENTURES: readonly number[] = [6, 15, 48, 105];

/** An account B at an outside venue, its line up and reconciled, nothing armed yet but the desk. */
const READY = `
  instrument BTC
  account B venue=sim mode=LIVE
  arm
  ready B
  reconciled B`;

type Body = Readonly<{ type: string }> & Readonly<Record<string, unknown>>;
const given = (command: Command): Body => ({ type: 'CommandGiven', by: 'operator', sawSeq: null, command });

/** Each with the inputs that follow it, where the story's words do not say them. */
const STORIES: readonly (readonly [name: string, story: string, ...more: Body[]])[] = [
  [
    'an account waits for its venue',
    `
    instrument BTC
    account B venue=sim`,
  ],
  [
    'the line is lost before the account is armed, and is there again',
    `${READY}
    session-lost B @1s
    ready B
    reconciled B
    arm account B`,
  ],
  [
    'armed without a line',
    `${READY}
    session-lost B @1s
    arm account B`,
  ],
  [
    'halted while the line is lost: the line comes back, and nobody forgets it',
    `${READY}
    arm account B
    session-lost B @1s
    ready B
    reconciled B a-fill
    reconciled B
    acknowledge account B
    arm account B`,
  ],
  [
    'differences before the first reconciliation, and before arming',
    `
    instrument BTC
    account B venue=sim
    account C venue=sim
    ready B
    reconciled B a-fill
    ready C
    reconciled C
    reconciled C an-order`,
  ],
  [
    'the line is lost after differences',
    `${READY}
    reconciled B a-fill
    session-lost B @1s`,
  ],
  [
    'armed again while an order is unknown',
    `${READY}
    arm account B
    deploy S BTC/1m account=B
    on bars @1m: buy BTC 3 limit=99
    trade BTC 100 @1s
    wait @1m
    report 8.3 Lost
    wait @1m+11s
    reconciled B a-fill
    reconciled B
    acknowledge account B
    arm account B`,
  ],
  [
    'the line is lost while reconciling',
    `
    instrument BTC
    account B venue=sim
    ready B
    session-lost B`,
  ],
  [
    'stopped while it warms, and while it is paused',
    `
    instrument BTC
    account A
    deploy S BTC/1m warmup=5
    deploy T BTC/1m
    stop S
    pause T
    stop T`,
  ],
  [
    'faults are over, but it is late, and then far too late',
    `
    instrument BTC lag=1s lagdown=3s faults=1 settle=1s
    trade BTC 100 @1s seq=1
    trade BTC 100 @3s vt=1.5s seq=2
    trade BTC 100 @3.1s vt=1.6s seq=5
    wait @4.5s
    trade BTC 100 @5s vt=1.7s seq=6`,
  ],
  [
    'late, and then mute',
    `
    instrument BTC lag=1s mute=5s
    trade BTC 100 @3s vt=1s
    wait @9s`,
  ],
  [
    'beats of a source that is mute, and of one that is not',
    `
    instrument BTC silent=2s mute=4s
    trade BTC 100 @1s
    wait @4s
    beat x
    wait @9s
    beat x`,
  ],
  [
    'a tick that arrives just before its candle closes',
    `
    instrument BTC
    account A
    deploy S BTC/1m
    trade BTC 100 @1s
    trade BTC 110 @59.999999s
    trade BTC 120 @61s`,
  ],
  [
    'a new contract inside a gap',
    `
    instrument BTC
    account A
    deploy S BTC/1m
    trade BTC 100 @1s seq=1
    trade BTC 100 @2s seq=5
    instrument BTC version=2 @3s`,
  ],
  [
    'a replacement is refused after the cancel was asked for',
    `${READY}
    arm account B
    deploy S BTC/1m account=B
    on bars @1m: buy BTC 3 limit=99
    on signal#1: replace BTC lots=5 limit=98
    on signal#2: cancel BTC
    trade BTC 100 @1s
    wait @1m
    report 8.3 Acked
    signal S one
    signal S two
    report 8.3 ReplaceRejected`,
  ],
  [
    'a cancel is refused, and then the replacement asked for before it',
    `${READY}
    arm account B
    deploy S BTC/1m account=B
    on bars @1m: buy BTC 3 limit=99
    on signal#1: replace BTC lots=5 limit=98
    on signal#2: cancel BTC
    trade BTC 100 @1s
    wait @1m
    report 8.3 Acked
    signal S one
    signal S two
    report 8.3 CancelRejected
    report 8.3 ReplaceRejected`,
  ],
  [
    'killed twice while the journal is broken: the first kill is the one to name',
    '',
    { type: 'ClockStepped', byUs: 2_000_000 },
    given({ do: 'Acknowledge', scope: 'global', of: '*' }),
    given({ do: 'Arm', scope: 'global', of: '*' }),
    given({ do: 'Kill', why: 'story' }),
    given({ do: 'Kill', why: 'again' }),
    { type: 'JournalTroubled', why: 'story' },
    given({ do: 'Disarm', killedAt: 5 }),
    given({ do: 'Disarm', killedAt: 4 }),
    given({ do: 'Acknowledge', scope: 'global', of: '*' }),
    given({ do: 'Arm', scope: 'global', of: '*' }),
    given({ do: 'Kill', why: 'once more' }),
    given({ do: 'Disarm', killedAt: 11 }),
  ],
  [
    'an order that is unknown turns out replaced to what has filled',
    `${READY}
    arm account B
    deploy S BTC/1m account=B
    on bars @1m: buy BTC 3 limit=99
    trade BTC 100 @1s
    wait @1m
    report 8.3 Acked
    report 8.3 Filled lots=2 price=99
    report 8.3 Lost`,
    { type: 'OrderReported', order: '8.3', report: { kind: 'Replaced', lots: 2, limit: 99, stop: null } },
  ],
];

/** A story's steps, caught before they reach a desk. */
function written(name: string, story: string, more: readonly Body[]): Written {
  const steps: Step[] = [];
  let catalogue: StrategyCatalogue = MUTATION_CATALOGUE;
  tell(story.split('\n'), (options) => {
    catalogue = options.catalogue;
    return {
      takeMarket: (frame) => void steps.push({ do: 'market', frame }),
      takeInput: (record) => void steps.push({ do: 'input', record }),
      passTime: (at) => void steps.push({ do: 'time', at }),
      decisions: [],
      state: (): Plain => null,
    };
  });
  const last = steps.findLast((step) => step.do === 'input' || step.do === 'time');
  const at = last === undefined ? STORY_START : last.do === 'input' ? last.record.at : last.at;
  more.forEach((body) => {
    const seq = steps.filter((step) => step.do !== 'time').length + 1; // a story's frames hold one fact each
    steps.push({
      do: 'input',
      record: { seq, at, ...(body.type === 'CommandGiven' ? { key: `k${seq}` } : {}), ...body } as unknown as InputRecord,
    });
  });
  return { name, steps, catalogue };
}

export const outside = (seed: number): Written => ({
  name: `outsideDay(${seed}, ${OUTSIDE_ROUNDS})`,
  steps: outsideDay(seed, OUTSIDE_ROUNDS),
  catalogue: MUTATION_CATALOGUE,
});
export const adventurous = (seed: number): Written => ({
  name: `adventure(${seed}, ${ADVENTURE_STEPS})`,
  steps: adventure(seed, ADVENTURE_STEPS),
  catalogue: MUTATION_CATALOGUE,
});
export const stories = (): readonly Written[] => STORIES.map(([name, story, ...more]) => written(name, story, more));
export const corpus = (): readonly Written[] => [...stories(), ...OUTSIDE.map(outside), ...ADVENTURES.map(adventurous)];
