/** Strategies for tests: one acts out a script, the others do a bit of everything by seeded chance. Both desks run the same. */

import { RandomStream, randomStream } from '#engine/random.ts';
import type { Plain } from '#engine/record.ts';
import type { Intent, Strategy, StrategyCatalogue, StrategyEvent, StrategyView, Subscription } from '#engine/strategy/strategy.ts';
import { type InstrumentId, type OrderId, SECOND_US, sha256, type TimeUs } from '#engine/values.ts';

/** Fixed, of nothing: these are tests' strategies, and their versions never change. */
export const SCRIPTED_VERSION = sha256('5c'.repeat(32));
export const RANDOM_VERSION = sha256('4a'.repeat(32));
export const PROTECTIVE_VERSION = sha256('b7'.repeat(32));
export const VARIED_VERSION = sha256('9e'.repeat(32));

/**
 * What to do when: `bars@<end>`, or `fill#1`, `level#1`, `signal#1`, `alarm#1` for the first of its kind, and so on. The interval end
 * is in µs. A line may throw.
 */
export type Script = Readonly<Record<string, (view: StrategyView) => readonly Intent[]>>;
type ScriptedState = { counts: { bars: number; fill: number; level: number; signal: number; alarm: number } };

/** The scripted strategy: its parameters say only how long it warms. */
export function scripted(script: Script): Strategy<ScriptedState> {
  return {
    name: 'scripted',
    about: 'Does at each wake what its script says.',
    parameters: { warmup: { kind: 'whole', least: 0, most: 1000, standard: 0, about: 'Intervals before it may act.' } },
    subscriptions: null,
    warmup: (parameters) => parameters['warmup'] as number,
    wantsFills: true,
    start: () => ({ counts: { bars: 0, fill: 0, level: 0, signal: 0, alarm: 0 } }),
    decide(state, event, view, wake) {
      state.counts[event.type] += 1;
      const line = event.type === 'bars' ? `bars@${event.end}` : `${event.type}#${state.counts[event.type]}`;
      const intents = script[line]?.(view) ?? [];
      wake.conditions.push({ name: 'scripted', holds: intents.length > 0, numbers: [['wake', state.counts[event.type]]] });
      wake.intents.push(...intents);
    },
    save: (state) => ({ counts: { ...state.counts } }),
    load: (saved) => structuredClone(saved) as ScriptedState,
  };
}

type RandomState = { stream: RandomStream; eagerness: number; most: number; instruments: readonly InstrumentId[]; wakes: number };

/** Makes every kind of order, cancels, replaces, watches and sets alarms, as a stream seeded by its parameters says. */
export const randomStrategy: Strategy<RandomState> = {
  name: 'random',
  about: 'Trades at random, from a seed.',
  parameters: {
    seed: { kind: 'whole', least: 0, most: 1_000_000_000, standard: 1, about: 'Of its stream.' },
    warmup: { kind: 'whole', least: 0, most: 1000, standard: 2, about: 'Intervals before it may act.' },
    eagerness: { kind: 'number', least: 0, most: 1, standard: 0.5, about: 'How likely each further intent is.' },
    most: { kind: 'whole', least: 1, most: 1000, standard: 10, about: 'Lots of an order at most.' },
  },
  subscriptions: null,
  warmup: (parameters) => parameters['warmup'] as number,
  wantsFills: true,
  start: (parameters, subscriptions) => ({
    stream: randomStream(parameters['seed'] as number, 'random strategy'),
    ...settings(parameters, subscriptions),
    wakes: 0,
  }),
  decide(state, event, view, wake) {
    state.wakes += 1;
    wake.conditions.push({ name: event.type, holds: true, numbers: [['wakes', state.wakes], ...sawOf(event)] });
    // At most four a wake, so that fills that wake it never breed without end.
    for (let i = 0; i < 4 && state.stream.chance(event.type === 'bars' ? state.eagerness : state.eagerness / 3); i += 1) {
      const intent = randomIntent(state, view);
      if (intent !== null) wake.intents.push(intent);
    }
  },
  save: (state) => ({ stream: [...state.stream.save()], wakes: state.wakes }),
  load(saved, parameters, subscriptions) {
    const { stream, wakes } = saved as { stream: readonly number[]; wakes: number };
    return { stream: new RandomStream(stream), ...settings(parameters, subscriptions), wakes };
  },
};

function settings(parameters: Readonly<Record<string, number | boolean | string>>, subscriptions: readonly Subscription[]) {
  const instruments = [...new Set(subscriptions.map(({ instrument }) => instrument))];
  return { eagerness: parameters['eagerness'] as number, most: parameters['most'] as number, instruments };
}

function sawOf(event: StrategyEvent): [string, number | string][] {
  switch (event.type) {
    case 'bars':
      return [
        ['end', event.end],
        ['bars', event.bars.map((bar) => (bar === null ? '-' : `${bar.open}/${bar.high}/${bar.low}/${bar.close}x${bar.volume}`)).join(' ')],
      ];
    case 'fill':
      return [
        ['order', event.order],
        ['lots', event.lots],
        ['price', event.price],
        ['remaining', event.remaining],
      ];
    case 'level':
      return [['price', event.price]];
    case 'signal':
      return [['signal', event.signal]];
    case 'alarm':
      return [['at', event.at]];
  }
}

function randomIntent(state: RandomState, view: StrategyView): Intent | null {
  const { stream } = state;
  const instrument = state.instruments[stream.below(state.instruments.length)];
  const price = view.price(instrument);
  if (price === null) return null;
  const near = (): number => price + stream.between(-5, 5);
  const own = view.orders(instrument);
  const oneOf = (ids: readonly OrderId[]): OrderId => ids[stream.below(ids.length)];
  const draw = stream.below(20);
  if (draw < 11) {
    const type = (['market', 'limit', 'limit', 'stop'] as const)[stream.below(4)];
    const position = view.position(instrument);
    const closing = position !== 0 && stream.chance(0.4);
    const side = closing ? (position > 0 ? 'sell' : 'buy') : stream.chance(0.5) ? 'buy' : 'sell';
    const lots = closing ? Math.min(Math.abs(position), stream.between(1, state.most)) : stream.between(1, state.most);
    return {
      do: 'order',
      instrument,
      side,
      type,
      lots,
      limit: type === 'limit' ? near() : null,
      stop: type === 'stop' ? near() : null,
      expiresAt: stream.chance(0.2) ? ((view.at + stream.between(0, 90) * SECOND_US + 1) as TimeUs) : null,
      reduceOnly: closing && stream.chance(0.5),
      why: `draw ${draw}`,
    };
  }
  if (draw < 14) return own.length === 0 ? null : { do: 'cancel', order: oneOf(own), why: 'changed my mind' };
  if (draw < 17) {
    if (own.length === 0) return null;
    // Its kind is not known here: a price where none belongs is refused by approve, which is worth seeing too.
    const order = oneOf(own);
    const kind = stream.below(3);
    return {
      do: 'replace',
      order,
      lots: stream.between(1, state.most),
      limit: kind === 1 ? near() : null,
      stop: kind === 2 ? near() : null,
      why: 'better so',
    };
  }
  if (draw < 19) {
    const above = stream.chance(0.7) ? price + stream.between(1, 5) : null;
    return { do: 'watch', instrument, above, below: stream.chance(0.7) ? price - stream.between(1, 5) : null };
  }
  return { do: 'alarm', at: (view.at + stream.between(1, 120) * 500_000) as TimeUs };
}

type ProtectiveState = { stream: RandomStream; instruments: readonly InstrumentId[] };

/** Takes a position and never leaves it without a stop for long: what an outside venue may lose. */
export const protectiveStrategy: Strategy<ProtectiveState> = {
  name: 'protective',
  about: 'Holds a position behind a stop, from a seed.',
  parameters: { seed: { kind: 'whole', least: 0, most: 1_000_000_000, standard: 1, about: 'Of its stream.' } },
  subscriptions: null,
  warmup: () => 0,
  wantsFills: true,
  start: (parameters, subscriptions) => ({
    stream: randomStream(parameters['seed'] as number, 'protective strategy'),
    instruments: [...new Set(subscriptions.map(({ instrument }) => instrument))],
  }),
  decide({ stream, instruments }, _event, view, wake) {
    wake.conditions.push({ name: 'protective', holds: true, numbers: [] });
    for (const instrument of instruments) {
      const price = view.price(instrument);
      const position = view.position(instrument);
      const own = view.orders(instrument);
      if (price === null) continue;
      const order = { do: 'order', instrument, limit: null, stop: null, expiresAt: null, reduceOnly: false, why: 'protective' } as const;
      if (position === 0) {
        const side = stream.chance(0.5) ? 'buy' : 'sell';
        if (own.length === 0 && stream.chance(0.8)) wake.intents.push({ ...order, side, type: 'market', lots: stream.between(1, 6) });
        continue;
      }
      const [side, away] = position > 0 ? (['sell', -1] as const) : (['buy', 1] as const);
      const mood = stream.below(100);
      if (own.length === 0 || mood < 10) {
        const lots = stream.chance(0.8) ? Math.abs(position) : stream.between(1, Math.abs(position));
        const expiresAt = stream.chance(0.15) ? ((view.at + stream.between(5, 60) * SECOND_US) as TimeUs) : null;
        const stop = price + away * stream.between(1, 8);
        wake.intents.push({ ...order, side, type: 'stop', lots, stop, expiresAt, reduceOnly: stream.chance(0.7) });
      } else if (mood < 20) {
        wake.intents.push({ do: 'cancel', order: own[0], why: 'protective' });
      } else if (mood < 35) {
        const stop = price + away * stream.between(1, 8);
        wake.intents.push({ do: 'replace', order: own[0], lots: Math.abs(position), limit: null, stop, why: 'protective' });
      }
    }
  },
  save: ({ stream }) => ({ stream: [...stream.save()] }),
  load(saved, parameters, subscriptions) {
    const { stream } = saved as { stream: readonly number[] };
    return { ...protectiveStrategy.start(parameters, subscriptions), stream: new RandomStream(stream) };
  },
};

type VariedState = { stream: RandomStream; instruments: readonly InstrumentId[] };
type OrderIntent = Extract<Intent, { do: 'order' }>;

/** Asks for every kind of order with all that may be said of one, and now and then for what does not go together. */
export const variedStrategy: Strategy<VariedState> = {
  name: 'varied',
  about: 'Trades with every kind of order and every term, from a seed.',
  parameters: { seed: { kind: 'whole', least: 0, most: 1_000_000_000, standard: 1, about: 'Of its stream.' } },
  subscriptions: null,
  warmup: () => 0,
  wantsFills: true,
  start: (parameters, subscriptions) => ({
    stream: randomStream(parameters['seed'] as number, 'varied strategy'),
    instruments: [...new Set(subscriptions.map(({ instrument }) => instrument))],
  }),
  decide({ stream, instruments }, event, view, wake) {
    wake.conditions.push({ name: 'varied', holds: true, numbers: sawOf(event) });
    for (let i = 0; i < 3 && stream.chance(event.type === 'bars' ? 0.7 : 0.1); i += 1) {
      const instrument = instruments[stream.below(instruments.length)];
      const price = view.price(instrument);
      const own = view.orders(instrument);
      if (price === null) continue;
      const near = (): number => price + stream.between(-4, 4);
      const mood = stream.below(12);
      if (own.length > 0 && (mood === 0 || own.length > 12)) {
        wake.intents.push({ do: 'cancel', order: own[stream.below(own.length)], why: 'varied' });
      } else if (own.length > 0 && mood < 3) {
        const [limit, stop] = [stream.chance(0.6) ? near() : null, stream.chance(0.3) ? near() : null];
        wake.intents.push({
          do: 'replace',
          order: own[stream.below(own.length)],
          lots: stream.between(1, 9),
          limit,
          stop,
          why: 'varied',
        });
      } else wake.intents.push(variedOrder(stream, view, instrument, near));
    }
  },
  save: ({ stream }) => ({ stream: [...stream.save()] }),
  load(saved, parameters, subscriptions) {
    const { stream } = saved as { stream: readonly number[] };
    return { ...variedStrategy.start(parameters, subscriptions), stream: new RandomStream(stream) };
  },
};

function variedOrder(stream: RandomStream, view: StrategyView, instrument: InstrumentId, near: () => number): OrderIntent {
  const position = view.position(instrument);
  const side = position !== 0 && stream.chance(0.4) ? (position > 0 ? 'sell' : 'buy') : stream.chance(0.5) ? 'buy' : 'sell';
  const type = (['market', 'limit', 'limit', 'limit', 'stop', 'stop-limit', 'stop-limit', 'trailing', 'trailing'] as const)[
    stream.below(9)
  ];
  const stop = type === 'stop' || type === 'stop-limit' ? near() : null;
  const within = stream.between(-1, 4); // beyond its stop: mostly on the side on which both can be reached
  const atOnce = stream.chance(0.02) || ((type === 'market' || type === 'limit') && stream.chance(0.4));
  return {
    do: 'order',
    instrument,
    side,
    type,
    lots: stream.between(1, 15),
    limit: type === 'limit' ? near() : type === 'stop-limit' ? (stop as number) + (side === 'buy' ? within : -within) : null,
    stop,
    expiresAt: !atOnce && stream.chance(0.15) ? ((view.at + stream.between(1, 60) * SECOND_US) as TimeUs) : null,
    reduceOnly: stream.chance(0.1),
    ...(atOnce ? { timeInForce: stream.chance(0.5) ? 'IOC' : 'FOK' } : {}),
    ...(stream.chance(0.02) || (type === 'limit' && stream.chance(0.4)) ? { postOnly: true } : {}),
    ...(stream.chance(0.3) ? { bracket: variedBracket(stream, side, near()) } : {}),
    ...(stream.chance(0.3) ? { oco: `g${stream.below(3)}` } : {}),
    ...(type === 'trailing' ? { trail: stream.between(0, 6) || null } : {}),
    why: 'varied',
  };
}

function variedBracket(stream: RandomStream, side: OrderIntent['side'], price: number): { stop: number | null; target: number | null } {
  const away = side === 'buy' ? -1 : 1;
  return {
    stop: stream.chance(0.9) ? price + away * stream.between(1, 5) : null,
    target: stream.chance(0.8) ? price - away * stream.between(1, 5) : null,
  };
}

/** The strategies of chance, and the scripted one with this script. */
export function catalogueWith(script: Script): StrategyCatalogue {
  const known = scripted(script);
  return (name, version) => {
    if (name === randomStrategy.name && version === RANDOM_VERSION) return randomStrategy as Strategy;
    if (name === variedStrategy.name && version === VARIED_VERSION) return variedStrategy as Strategy;
    if (name === protectiveStrategy.name && version === PROTECTIVE_VERSION) return protectiveStrategy as Strategy;
    if (name === known.name && version === SCRIPTED_VERSION) return known as Strategy;
    return null;
  };
}

/** The strategies of chance, and the scripted one with nothing to do. */
export const testCatalogue: StrategyCatalogue = catalogueWith({});

export type SavedScripted = Plain & ScriptedState;
