import { describe, expect, test } from 'vitest';
import type { Candle } from '../market/instrument.ts';
import type { InstrumentId, Minor, OrderId, SourceId, TimeUs } from '../values.ts';
import { breakout } from './breakout.ts';
import { type Intent, parametersOf, type StrategyView, type Wake } from './strategy.ts';

const BTC = 'BTC' as InstrumentId;
const subscriptions = [{ instrument: BTC, source: 'x' as SourceId, timeframeUs: 60_000_000 }];
const parameters = parametersOf(breakout as never, { entry: 3, exit: 2, atr: 2, k: 2, lots: 10 });

/** A desk of one strategy: orders fill and rest as the story says. */
function story() {
  let state = breakout.start(parameters, subscriptions);
  let [held, working, at] = [0, 0, 0];
  const lines: string[] = [];
  const view: StrategyView = {
    at: 0 as TimeUs,
    position: () => held,
    working: () => working,
    orders: () => (working === 0 ? [] : ['7.1' as OrderId]),
    price: () => null,
    instrument: () => null,
    equity: () => 0n as Minor,
  };
  const wake = (event: Parameters<typeof breakout.decide>[1]) => {
    const out: Wake = { conditions: [], intents: [] };
    breakout.decide(state, event, view, out);
    state = breakout.load(JSON.parse(JSON.stringify(breakout.save(state))), parameters, subscriptions);
    for (const intent of out.intents) {
      lines.push(told(intent));
      if (intent.do === 'order') working += intent.side === 'buy' ? intent.lots : -intent.lots;
    }
    return out;
  };
  return {
    lines,
    /** What was asked for last was not approved. */
    refuse() {
      working = 0;
    },
    bar(high: number, low: number, close: number) {
      at += 60_000_000;
      const bar: Candle = {
        start: (at - 60_000_000) as TimeUs,
        end: at as TimeUs,
        open: close,
        high,
        low,
        close,
        volume: 1,
        trades: 1,
        complete: true,
      };
      return wake({ type: 'bars', end: at as TimeUs, bars: [bar] });
    },
    fill(lots: number, price: number) {
      held += lots;
      working -= lots;
      return wake({
        type: 'fill',
        order: '7.1' as OrderId,
        instrument: BTC,
        side: lots > 0 ? 'buy' : 'sell',
        lots: Math.abs(lots),
        price,
        remaining: held !== 0 && Math.abs(held) < 10 ? 10 - Math.abs(held) : 0,
      });
    },
  };
}

function told(intent: Intent): string {
  if (intent.do === 'order')
    return `${intent.side} ${intent.lots} ${intent.type}${intent.stop === null ? '' : ` ${intent.stop}`} (${intent.why})`;
  if (intent.do === 'replace') return `replace ${intent.order}: ${intent.lots} at ${intent.stop} (${intent.why})`;
  return intent.do;
}

describe('breakout', () => {
  test('enters on a break, protects the whole fill, follows the channel, and is flat after the stop', () => {
    const desk = story();
    for (let i = 0; i < 3; i++) desk.bar(105, 95, 100);
    desk.bar(115, 100, 112); // above 105
    desk.fill(4, 113); // a part: no stop yet
    desk.fill(6, 113);
    desk.bar(125, 118, 122);
    desk.bar(130, 120, 128);
    desk.fill(-10, 118);
    desk.bar(121, 117, 119);
    expect(desk.lines).toMatchInlineSnapshot(`
      [
        "buy 10 market (broke above)",
        "sell 10 stop 88 (protective stop)",
        "replace 7.1: 10 at 100 (stop follows channel)",
        "replace 7.1: 10 at 118 (stop follows channel)",
      ]
    `);
  });

  test('a refused stop is asked for again at the next bar', () => {
    const desk = story();
    for (let i = 0; i < 3; i++) desk.bar(105, 95, 100);
    desk.bar(100, 80, 85); // below 95
    desk.fill(-10, 84);
    desk.refuse();
    desk.bar(90, 85, 88);
    expect(desk.lines).toMatchInlineSnapshot(`
      [
        "sell 10 market (broke below)",
        "buy 10 stop 114 (protective stop)",
        "buy 10 stop 104 (protective stop)",
      ]
    `);
  });

  test('says what it saw at every wake', () => {
    const desk = story();
    for (let i = 0; i < 3; i++) desk.bar(105, 95, 100);
    expect(desk.bar(104, 96, 100).conditions.map(({ name, holds }) => `${name}: ${holds}`)).toEqual([
      'close above upper: false',
      'close below lower: false',
      'flat: true',
    ]);
  });

  test('does not sell short when told not to', () => {
    const state = breakout.start(parametersOf(breakout as never, { entry: 2, exit: 1, atr: 1, short: false }), subscriptions);
    const view: StrategyView = {
      at: 0 as TimeUs,
      position: () => 0,
      working: () => 0,
      orders: () => [],
      price: () => null,
      instrument: () => null,
      equity: () => 0n as Minor,
    };
    const wake: Wake = { conditions: [], intents: [] };
    for (const close of [100, 100, 100, 50]) {
      const bar = {
        start: 0,
        end: 1,
        open: close,
        high: close,
        low: close,
        close,
        volume: 1,
        trades: 1,
        complete: true,
      } as unknown as Candle;
      breakout.decide(state, { type: 'bars', end: 1 as TimeUs, bars: [bar] }, view, wake);
    }
    expect(wake.intents).toEqual([]);
  });
});
