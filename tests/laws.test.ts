/** Laws of the production desk that users feel: feeds in market time, every tick accounted for, a throwing machine, no lookahead in sight. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from 'xstate';
import { ActorFailed } from '#actors/actor.ts';
import { MACHINES, type Machines } from '#actors/desk/core.ts';
import { Desk } from '#actors/desk.ts';
import type { Decision, DecisionType } from '#engine/decisions.ts';
import { production, step } from './agreement/compare.ts';
import { adventure, type Step } from './reference/adventure.ts';
import { lineOf, type MakeDesk, STORY_START, tell } from './reference/story.ts';

const FEED: readonly DecisionType[] = ['FeedMoved', 'GateMoved'];

const fast: MakeDesk = (options) => {
  const decisions: Decision[] = [];
  const desk = new Desk({ ...options, sink: (decision) => decisions.push(decision) });
  return {
    decisions,
    takeMarket: (frame) => desk.takeMarket(frame),
    takeInput: (record) => desk.takeInput(record),
    passTime: (at) => desk.passTime(at),
    state: () => desk.save(),
  };
};
const told = (lines: string): Decision[] => tell(lines.split('\n'), fast).desk.decisions.filter(({ at }) => at > STORY_START);
const spoken = (decisions: readonly Decision[]): string[] => decisions.filter(({ type }) => FEED.includes(type)).map(lineOf);

describe('feeds are judged in market time', () => {
  test('a closed session raises nothing: five minutes to the close, then a night of silence', () => {
    const night = told(`instrument XYZ silent=6m settle=1s calendar=NYSE
      trade XYZ 100 x1 @1s
      trade XYZ 100 x1 @4m
      wait @12h`);
    expect(spoken(night).filter((line) => line.includes('Silent'))).toEqual([]);
  });

  test('connected but mute in session: the gate of the instrument shuts within two seconds, and says why', () => {
    const mute = told(`instrument BTC silent=10s mute=2s settle=1s
      beat x @1s
      trade BTC 100 x1 @2s
      beat x @3s
      beat x @4s
      beat x @5s`);
    const shut = mute.find((decision) => decision.type === 'GateMoved' && decision.to === 'CANCEL_ONLY');
    expect(shut).toMatchObject({
      type: 'GateMoved',
      scope: 'instrument',
      of: 'BTC',
      why: 'Restricted:feed-down',
      reasons: ['feed-down:x'],
    });
    expect(shut!.at - (STORY_START + 2_000_000)).toBeLessThanOrEqual(2_000_000);
    expect(mute.find((decision) => decision.type === 'FeedMoved' && decision.to === 'DOWN')).toMatchObject({ why: 'Mute' });
  });

  test('hysteresis: a fault every second is one excursion, not a flapping gate', () => {
    const faults = Array.from({ length: 20 }, (_, i) => `trade BTC ${i % 2 === 0 ? 100 : 900} x1 @${2 + i}s`).join('\n');
    const moves = told(`instrument BTC absurd=50 settle=5s faults=100
      trade BTC 100 x1 @1s
      ${faults}
      wait @60s`).filter(({ type }) => type === 'FeedMoved');
    expect(moves.map((move) => (move.type === 'FeedMoved' ? move.to : ''))).toEqual(['DEGRADED', 'HEALTHY']);
  });

  test('messages that arrive ever later: DEGRADED, then DOWN, though they never stop', () => {
    const later = Array.from({ length: 12 }, (_, i) => `trade BTC 100 x1 @${10 + 2 * i}s vt=${10 + i}s`).join('\n');
    const states = told(`instrument BTC silent=5s lag=2s lagdown=6s settle=1s
      trade BTC 100 x1 @1s
      trade BTC 100 x1 @4s
      trade BTC 100 x1 @8s
      ${later}`)
      .filter(({ type }) => type === 'FeedMoved')
      .map((move) => (move.type === 'FeedMoved' ? `${move.to} ${move.why}` : ''));
    expect(states.slice(-2)).toEqual(['DEGRADED Lagged:1', 'DOWN Lagged:2']);
  });
});

/** Trades of one feed in the steps, by number. */
function tradesOf(steps: readonly Step[], instrument: string, source: string): number {
  let count = 0;
  for (const one of steps) {
    if (one.do !== 'market') continue;
    for (const block of one.frame.blocks)
      if (block.kind === 'trade' && block.instrument === instrument && block.source === source) count += block.count;
  }
  return count;
}

test('each accepted tick is in exactly one candle version or one counted reason', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const steps = adventure(seed, 40);
      const said: Decision[] = [];
      const desk = production((decision) => said.push(decision));
      for (const one of steps) step(desk, one);
      for (const market of desk.parts.markets.all) {
        for (const feed of market.feeds) {
          const roots = feed.candles.filter(({ parent }) => parent === null);
          const [root] = roots;
          // without candles, or deployed after ticks had passed, there is nothing that should hold them
          if (root === undefined || roots.length > 1 || market.feeds.indexOf(feed) > 0 || market.definition.id === 'XYZ') continue;
          const mine = said.filter(
            (decision) =>
              'instrument' in decision &&
              decision.instrument === market.definition.id &&
              'source' in decision &&
              decision.source === feed.spec.source,
          );
          let held = root.fold.isOpen ? root.fold.trades : 0;
          let rejected = 0;
          for (const decision of mine) {
            if (decision.type === 'CandleClosed' && decision.timeframeUs === root.timeframeUs) held += decision.trades;
            else if (decision.type === 'CandleAmended' && decision.timeframeUs === root.timeframeUs) held += 1;
            else if (decision.type === 'TickTooLate') held += decision.count;
            else if (decision.type === 'TickRejected' && isTrade(steps, decision.cause, market.definition.id)) rejected += 1;
          }
          expect(held + rejected).toBe(tradesOf(steps, market.definition.id, feed.spec.source));
        }
      }
    }),
    { numRuns: 20 },
  );
});

/** Whether number `seq` is a trade of the instrument. */
function isTrade(steps: readonly Step[], seq: number, instrument: string): boolean {
  for (const one of steps) {
    if (one.do !== 'market' || seq < one.frame.first || seq >= one.frame.first + one.frame.count) continue;
    const owner = one.frame.blocks.length === 1 ? 0 : one.frame.lane[seq - one.frame.first];
    const block = one.frame.blocks[owner];
    return block.kind === 'trade' && block.instrument === instrument;
  }
  return false;
}

describe('a throw in a machine stops the desk before its next decision', () => {
  const throwing = (machine: { config: object; implementations: object; provide: (given: never) => unknown }, action: string): unknown =>
    machine.provide({
      actions: {
        [action]: assign(() => {
          throw new Error('planted');
        }),
      },
    } as never);

  test.each([
    ['feed', 'heard'],
    ['gate', 'keepReasons'],
    ['order', 'fill'],
  ] as const)('%s', (name, action) => {
    const machines = { ...MACHINES, [name]: throwing(MACHINES[name] as never, action) } as Machines;
    const said: Decision[] = [];
    const desk = production((decision) => said.push(decision), { machines });
    let failure: unknown = null;
    let afterwards = 0;
    try {
      for (const one of adventure(11, 60)) step(desk, one);
    } catch (error) {
      failure = error;
      afterwards = said.length;
    }
    expect(failure).toBeInstanceOf(ActorFailed);
    expect(said.length).toBe(afterwards);
    expect(String(failure)).toContain(`${name}:`);
  });

  // machines without actions of their own throw from a guard or not at all
  test('candles, strategy and session machines run no code of ours but guards', () => {
    for (const name of ['candles', 'strategy', 'session'] as const)
      expect(Object.keys(MACHINES[name].implementations.actions ?? {})).toEqual([]);
  });
});
