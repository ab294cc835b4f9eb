/**
 * W10: twelve transitions of an order's life, by bare XState actors and by the desk that takes the same edges with everything it does
 * besides: canonical decisions, deadlines, gates, hashes. The states at the end must be the same.
 */
import { createActor } from 'xstate';
import { orderMachine } from '#actors/order.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { InputRecord, VenueReport } from '#engine/inputs.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import type { DeskId, InstrumentId, OrderId, Seq, SourceId, TimeUs } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { finish, inTurn, median, medianRatio, type Row, sized } from './harness.ts';

/** SENDING → LIVE, then back and forth, then the end: `pairs` sets how long a life is; twelve transitions at 10,000 orders. */
const life = (pairs: number): readonly VenueReport['kind'][] => [
  'Acked',
  ...Array.from({ length: pairs }, () => ['Lost', 'Acked'] as const).flat(),
  'Cancelled',
];
const ROUNDS = sized(3, 7);
const AT = 1_704_067_200_000_000 as TimeUs;
const ID = 'X' as InstrumentId;

/** Puts out so many limit orders at once when it is told to. */
const placer: Strategy<null> = {
  name: 'placer',
  about: 'places orders on a signal',
  parameters: {},
  subscriptions: 1,
  warmup: () => 0,
  wantsFills: false,
  start: () => null,
  decide(_, event, __, wake) {
    if (event.type !== 'signal') return;
    for (let i = 0; i < Number(event.payload); i++) {
      wake.intents.push({
        do: 'order',
        instrument: ID,
        side: 'buy',
        type: 'limit',
        lots: 1,
        limit: 100,
        stop: null,
        expiresAt: null,
        reduceOnly: false,
        why: 'bench',
      });
    }
  },
  save: () => null,
  load: () => null,
};

function prepared(orders: number): { run: DeskRun; ids: OrderId[]; seq: number } {
  const ids: OrderId[] = [];
  const run = new DeskRun({
    desk: 'w10' as DeskId,
    digest: nodeDigest,
    catalogue: () => placer as never,
    observer: (decision) => {
      if (decision.type === 'OrderApproved') ids.push(decision.order);
    },
  });
  let seq = 0;
  const enter = (body: object): void => run.input({ seq: ++seq as Seq, at: AT, ...body } as InputRecord);
  const feed = {
    source: 's' as SourceId,
    latenessUs: 0,
    graceUs: 0,
    silentUs: null,
    muteUs: null,
    lagUs: null,
    lagDownUs: null,
    absurdPermille: null,
    settleUs: 1,
    faultsToDown: 5,
    fillFlat: false,
  };
  enter({
    type: 'InstrumentDefined',
    instrument: {
      id: ID,
      version: 1,
      tick: '1',
      lot: '1',
      multiplier: '1',
      currency: 'USD',
      currencyScale: 2,
      calendar: 'ALWAYS',
      feeds: [feed],
    },
  });
  enter({
    type: 'AccountOpened',
    account: { id: 'A', mode: 'PAPER', venue: 'sim', calendar: 'ALWAYS', currency: 'USD', currencyScale: 2, cash: 0n, pure: null },
  });
  enter({ type: 'SessionReady', account: 'A' });
  enter({ type: 'Reconciled', account: 'A', unexplained: [] });
  for (const [scope, of] of [
    ['global', '*'],
    ['account', 'A'],
  ])
    enter({ type: 'CommandGiven', key: scope, by: 'bench', sawSeq: null, command: { do: 'Arm', scope, of } });
  enter({
    type: 'StrategyDeployed',
    strategy: 'p',
    name: 'placer',
    version: '0'.repeat(64),
    account: 'A',
    parameters: {},
    subscriptions: [{ instrument: ID, source: 's', timeframeUs: 60e6 }],
    history: false,
  });
  enter({ type: 'SignalReceived', strategy: 'p', signal: 'go', key: 'go', payload: orders });
  run.takeDecisions();
  return { run, ids, seq };
}

const rows: Row[] = [];
for (const machines of [1, 100, sized(500, 2_000)]) {
  const events = life(Math.max(5, Math.floor(sized(6_000, 24_000) / machines)));
  const transitions = machines * events.length;
  let rawEnds = 0;
  let deskEnds = 0;
  let actors: { send(event: { type: string }): void; getSnapshot(): { value: unknown } }[] = [];
  let made = prepared(0);
  const raw = (): void => {
    for (const type of events) for (const actor of actors) actor.send({ type });
  };
  const desk = (): void => {
    let next = made.seq;
    for (const kind of events) {
      const report = { kind } as VenueReport;
      for (const order of made.ids) made.run.input({ type: 'OrderReported', seq: ++next as Seq, at: AT, order, report });
      made.run.takeDecisions();
    }
  };
  const times: Record<string, number[]> = { raw: [], desk: [] };
  for (let round = 0; round < ROUNDS + 1; round++) {
    actors = Array.from({ length: machines }, () => {
      const actor = createActor(orderMachine, { input: { lots: 1, limit: 100, stop: null } });
      actor.start();
      actor.send({ type: 'Sent' });
      return actor as never;
    });
    made = prepared(machines);
    const once = await inTurn(1, { raw, desk });
    rawEnds = actors.filter((actor) => actor.getSnapshot().value === 'CANCELLED').length;
    deskEnds = [...made.run.desk.parts.orders.all.values()].filter(({ living }) => living.value === 'CANCELLED').length;
    if (round === 0) continue; // warm
    times['raw'].push(once['raw'][0]);
    times['desk'].push(once['desk'][0]);
  }
  const equal = rawEnds === machines && deskEnds === machines;
  rows.push({
    name: `xstate raw, ${machines} machines`,
    value: transitions / median(times['raw']) / 1e6,
    unit: 'M transitions/s',
    ratio: null,
    against: null,
    equal: null,
  });
  rows.push({
    name: `desk, ${machines} orders`,
    value: transitions / median(times['desk']) / 1e6,
    unit: 'M transitions/s',
    ratio: medianRatio(times['desk'], times['raw']),
    against: 'xstate raw',
    equal,
  });
}
finish('w10', rows);
