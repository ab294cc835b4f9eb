/** One run with the first five indicators and every sample deployed on a market with faults; prints its hashes. Arguments: ticks, facts a frame. */
import { pathToFileURL } from 'node:url';
import { nodeDigest } from '#cli/compose/digest.ts';
import { Atr } from '#engine/indicators/atr.ts';
import { Donchian } from '#engine/indicators/donchian.ts';
import { Ema } from '#engine/indicators/ema.ts';
import type { Indicator } from '#engine/indicators/indicator.ts';
import { Rsi } from '#engine/indicators/rsi.ts';
import { Sma } from '#engine/indicators/sma.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { marketFrame } from '#engine/market/blocks.ts';
import { SyntheticMarket, syntheticSpec } from '#engine/market/synthetic.ts';
import { DEMO } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { exp, log, sin } from '#engine/math.ts';
import { NO_LIMITS } from '#engine/risk/limits.ts';
import { breakout } from '#engine/strategy/breakout.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import type { DeskId, Minor, Seq, TimeUs } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';

type Everything = { sma: Sma; ema: Ema; emaSma: Ema; rsi: Rsi; atr: Atr; donchian: Donchian };
const fresh = (): Everything => ({
  sma: new Sma(7),
  ema: new Ema(9),
  emaSma: new Ema(5, 'sma'),
  rsi: new Rsi(14),
  atr: new Atr(14),
  donchian: new Donchian(20),
});

/** Holds the indicators, and says their values at every wake. */
const everything: Strategy<Everything> = {
  name: 'everything',
  about: 'every indicator at once',
  parameters: {},
  subscriptions: 1,
  warmup: () => 0,
  wantsFills: false,
  start: fresh,
  decide(state, event, _view, wake) {
    if (event.type !== 'bars' || event.bars[0] === null) return;
    const { high, low, close } = event.bars[0];
    state.sma.push(close);
    state.ema.push(close);
    state.emaSma.push(close);
    state.rsi.push(close);
    state.atr.push(high, low, close);
    state.donchian.push(high, low);
    const numbers = Object.entries(state).flatMap(([name, held]: [string, Indicator]) => (held.ready ? [[name, held.value] as const] : []));
    wake.conditions.push({ name: 'all', holds: true, numbers: [...numbers, ['mathematics', exp(sin(log(close)))]] });
  },
  save: (state) => Object.fromEntries(Object.entries(state).map(([name, held]: [string, Indicator]) => [name, held.save()])),
  load(saved) {
    const state = fresh();
    for (const [name, held] of Object.entries(state) as [string, Indicator][])
      held.load((saved as Record<string, readonly number[]>)[name]);
    return state;
  },
};
const STRATEGIES: Readonly<Record<string, Strategy>> = { 'ema-cross': emaCross, breakout, everything } as never;

export function sameBytesRun(
  ticks: number,
  frameSize: number,
): { runHash: string; stateHash: string; decisions: number; orders: number; fills: number } {
  const instruments = syntheticInstruments(3);
  const market = new SyntheticMarket(syntheticSpec({ seed: 42, instruments, faults: DEMO }));
  const run = new DeskRun({ desk: 'same' as DeskId, digest: nodeDigest, catalogue: (name) => STRATEGIES[name] ?? null });
  const START = syntheticSpec({ seed: 42, instruments }).startUs as TimeUs;
  let seq = 0;
  const enter = (body: object, at: TimeUs): void => run.input({ seq: ++seq as Seq, at, ...body } as InputRecord);
  const pure = { latencyUs: 20_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null };
  enter(
    {
      type: 'AccountOpened',
      account: {
        id: 'A',
        mode: 'PAPER',
        venue: 'pure',
        calendar: 'ALWAYS',
        currency: 'USD',
        currencyScale: instruments[0].currencyScale,
        cash: 100_000_000n,
        pure,
      },
    },
    START,
  );
  enter(
    {
      type: 'LimitsChanged',
      scope: 'account',
      of: 'A',
      limits: { ...NO_LIMITS, maxDrawdown: 50_000_000n as Minor, softDailyLoss: 20_000_000n as Minor },
    },
    START,
  );
  enter({ type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } }, START);
  for (const instrument of instruments) {
    enter({ type: 'InstrumentDefined', instrument }, START);
    for (const name of Object.keys(STRATEGIES)) {
      const subscriptions = [{ instrument: instrument.id, source: instrument.feeds[0].source, timeframeUs: 1_000_000 }];
      enter(
        {
          type: 'StrategyDeployed',
          strategy: `${name}-${instrument.id}`,
          name,
          version: '0'.repeat(64),
          account: 'A',
          parameters: {},
          subscriptions,
          history: false,
        },
        START,
      );
    }
  }
  while (run.counts.ticks < ticks) {
    const chunk = market.next(Math.min(frameSize, ticks - run.counts.ticks));
    if (chunk === null) break;
    if (chunk.kind === 'market') {
      run.market(marketFrame((seq + 1) as Seq, chunk.blocks, chunk.lane, null));
      seq = run.desk.seq;
    } else for (const { at, ...body } of chunk.records) enter(body, at as TimeUs);
    run.takeDecisions();
  }
  const { decisions, orders, fills } = run.counts;
  return { runHash: run.runHash(), stateHash: run.stateHash(), decisions, orders, fills };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(JSON.stringify(sameBytesRun(Number(process.argv[2]), Number(process.argv[3]))));
}
