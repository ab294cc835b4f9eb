/**
 * Enters when a close breaks the channel of the bars before it; a stop order protects the position from its fill on: k × ATR away,
 * then trailing behind the opposite channel of fewer bars, which is also the exit. One order works at a time.
 */
import { Atr } from '../indicators/atr.ts';
import { Donchian } from '../indicators/donchian.ts';
import type { Candle } from '../market/instrument.ts';
import type { InstrumentId } from '../values.ts';
import type { Parameters, Strategy, StrategyView, Subscription, Wake } from './strategy.ts';

type State = {
  readonly channel: Donchian;
  readonly exit: Donchian;
  readonly atr: Atr;
  readonly instrument: InstrumentId;
  readonly lots: number;
  readonly k: number;
  readonly short: boolean;
  /** Price of the last fill that made or grew the position; 0 before the first. */
  entered: number;
  /** Where the stop was last asked to be; null without a position. The venue may still hold the one before. */
  stop: number | null;
};

function begin(parameters: Parameters, [subscription]: readonly Subscription[]): State {
  return {
    channel: new Donchian(parameters.entry as number),
    exit: new Donchian(parameters.exit as number),
    atr: new Atr(parameters.atr as number),
    instrument: subscription!.instrument,
    lots: parameters.lots as number,
    k: parameters.k as number,
    short: parameters.short as boolean,
    entered: 0,
    stop: null,
  };
}

export const breakout: Strategy<State> = {
  name: 'breakout',
  about: 'Enters at market when a close breaks the last entry-bar channel; a stop k × ATR away follows the opposite exit-bar channel.',
  parameters: {
    entry: { kind: 'whole', least: 2, most: 5000, standard: 20, about: 'bars of the channel whose break enters' },
    exit: { kind: 'whole', least: 1, most: 5000, standard: 10, about: 'bars of the opposite channel the stop follows' },
    atr: { kind: 'whole', least: 1, most: 1000, standard: 14, about: 'bars of the average true range' },
    k: { kind: 'number', least: 0.1, most: 50, standard: 2, about: 'average true ranges between the fill and the first stop' },
    lots: { kind: 'whole', least: 1, most: 1_000_000_000, standard: 1, about: 'lots to enter with' },
    short: { kind: 'flag', standard: true, about: 'sell short below the channel' },
  },
  subscriptions: 1,
  warmup: ({ entry, exit, atr }) => Math.max(entry as number, exit as number, (atr as number) + 1),
  wantsFills: true,
  start: begin,
  decide(state, event, view, wake) {
    if (event.type === 'bars') {
      const [bar] = event.bars;
      if (bar === undefined || bar === null) return;
      const ready = state.channel.ready && state.exit.ready && state.atr.ready;
      const [upper, lower] = ready ? [state.channel.upper, state.channel.lower] : [0, 0];
      state.channel.push(bar.high, bar.low);
      state.exit.push(bar.high, bar.low);
      state.atr.push(bar.high, bar.low, bar.close);
      if (ready) onBar(state, bar, upper, lower, view, wake);
    } else if (event.type === 'fill') {
      const held = view.position(state.instrument);
      const grew = held !== 0 && held > 0 === (event.side === 'buy');
      wake.conditions.push({
        name: 'position open',
        holds: held !== 0,
        numbers: [
          ['held', held],
          ['filled', event.lots],
          ['price', event.price],
          ['remaining', event.remaining],
        ],
      });
      if (held === 0) state.stop = null;
      if (!grew) return;
      state.entered = event.price;
      if (event.remaining === 0) protect(state, view, wake);
    }
  },
  save: ({ channel, exit, atr, entered, stop }) => ({ channel: channel.save(), exit: exit.save(), atr: atr.save(), entered, stop }),
  load(saved, parameters, subscriptions) {
    const from = saved as unknown as Record<'channel' | 'exit' | 'atr', readonly number[]> & { entered: number; stop: number | null };
    const state = begin(parameters, subscriptions);
    state.channel.load(from.channel);
    state.exit.load(from.exit);
    state.atr.load(from.atr);
    state.entered = from.entered;
    state.stop = from.stop;
    return state;
  },
};

function onBar(state: State, { close }: Candle, upper: number, lower: number, view: StrategyView, wake: Wake): void {
  const { instrument, lots } = state;
  const held = view.position(instrument);
  const working = view.working(instrument);
  const above = close > upper;
  const below = close < lower;
  wake.conditions.push(
    {
      name: 'close above upper',
      holds: above,
      numbers: [
        ['close', close],
        ['upper', upper],
      ],
    },
    {
      name: 'close below lower',
      holds: below,
      numbers: [
        ['close', close],
        ['lower', lower],
      ],
    },
    {
      name: 'flat',
      holds: held === 0 && working === 0,
      numbers: [
        ['held', held],
        ['working', working],
        ['atr', state.atr.value],
      ],
    },
  );
  if (held !== 0) {
    if (working === 0) protect(state, view, wake);
    else if (working === -held) trail(state, held, view, wake);
    return;
  }
  state.stop = null;
  if (working !== 0 || !(above || (below && state.short))) return;
  wake.intents.push({
    do: 'order',
    instrument,
    side: above ? 'buy' : 'sell',
    type: 'market',
    lots,
    limit: null,
    stop: null,
    expiresAt: null,
    reduceOnly: false,
    why: above ? 'broke above' : 'broke below',
  });
}

/** A stop for the whole position, where nothing works yet: after the entry filled, and again at a bar if one was refused. */
function protect(state: State, view: StrategyView, wake: Wake): void {
  const held = view.position(state.instrument);
  if (held === 0 || view.working(state.instrument) !== 0 || !state.atr.ready) return;
  const distance = Math.max(1, Math.round(state.k * state.atr.value));
  state.stop = held > 0 ? state.entered - distance : state.entered + distance;
  wake.conditions.push({
    name: 'stop in place',
    holds: false,
    numbers: [
      ['entered', state.entered],
      ['distance', distance],
      ['stop', state.stop],
    ],
  });
  wake.intents.push({
    do: 'order',
    instrument: state.instrument,
    side: held > 0 ? 'sell' : 'buy',
    type: 'stop',
    lots: Math.abs(held),
    limit: null,
    stop: state.stop,
    expiresAt: null,
    // another strategy may hold the opposite on this account: a stop that must reduce the account would then be refused
    reduceOnly: false,
    why: 'protective stop',
  });
}

/** The stop follows the opposite channel, never away from the market. */
function trail(state: State, held: number, view: StrategyView, wake: Wake): void {
  const band = held > 0 ? state.exit.lower : state.exit.upper;
  const before = state.stop;
  const tighter = before !== null && (held > 0 ? band > before : band < before);
  wake.conditions.push({
    name: 'stop follows channel',
    holds: tighter,
    numbers: [
      ['stop', before ?? 'none'],
      ['exit', band],
    ],
  });
  const [order] = view.orders(state.instrument);
  if (!tighter || order === undefined) return;
  state.stop = band;
  wake.intents.push({ do: 'replace', order, lots: Math.abs(held), limit: null, stop: band, why: 'stop follows channel' });
}
