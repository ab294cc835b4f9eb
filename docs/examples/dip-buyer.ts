/** Buys when a close lies `dip` permille below the average of the last `bars` closes, and sells when a close is back at the average. */
import { type InstrumentId, type Parameters, Sma, type Strategy } from 'retrace/strategy';

type State = {
  readonly average: Sma;
  readonly instrument: InstrumentId;
  readonly lots: number;
  readonly dip: number;
};

const begin = (parameters: Parameters, instrument: InstrumentId): State => ({
  average: new Sma(parameters.bars as number),
  instrument,
  lots: parameters.lots as number,
  dip: parameters.dip as number,
});

export const strategy: Strategy<State> = {
  name: 'dip-buyer',
  about: 'Buys closes well below their average; sells when they are back.',
  parameters: {
    bars: { kind: 'whole', least: 2, most: 1000, standard: 20, about: 'closes in the average' },
    dip: { kind: 'whole', least: 1, most: 500, standard: 10, about: 'permille below the average that buy' },
    lots: { kind: 'whole', least: 1, most: 1_000_000, standard: 1, about: 'lots to buy' },
  },
  subscriptions: 1,
  warmup: (parameters) => parameters.bars as number,
  wantsFills: false,
  start: (parameters, [subscription]) => begin(parameters, subscription.instrument),

  decide(state, event, view, wake) {
    if (event.type !== 'bars') return;
    const [bar] = event.bars;
    if (bar === null) return;
    state.average.push(bar.close);
    if (!state.average.ready) return;

    const average = state.average.value;
    const held = view.position(state.instrument) + view.working(state.instrument);
    const low = bar.close * 1000 <= average * (1000 - state.dip);
    const back = bar.close >= average;
    const seen = [
      ['close', bar.close],
      ['average', average],
      ['held', held],
    ] as const;
    wake.conditions.push({ name: 'close is low', holds: low, numbers: seen }, { name: 'close is back', holds: back, numbers: seen });

    const side = held === 0 && low ? 'buy' : held > 0 && back ? 'sell' : null;
    if (side === null) return;
    wake.intents.push({
      do: 'order',
      instrument: state.instrument,
      side,
      type: 'market',
      lots: side === 'buy' ? state.lots : held,
      limit: null,
      stop: null,
      expiresAt: null,
      reduceOnly: side === 'sell',
      why: side === 'buy' ? 'low' : 'back',
    });
  },

  save: ({ average }) => average.save(),
  load(saved, parameters, [subscription]) {
    const state = begin(parameters, subscription.instrument);
    state.average.load(saved as readonly number[]);
    return state;
  },
};
