/** Long while the fast average stands above the slow one, else short (or flat): the classic, on closed candles of one market. */
import { Ema } from '../indicators/ema.ts';
import type { Plain } from '../record.ts';
import type { InstrumentId } from '../values.ts';
import type { Parameters, Strategy } from './strategy.ts';

type State = { readonly fast: Ema; readonly slow: Ema; readonly instrument: InstrumentId; readonly lots: number; readonly short: boolean };

function begin(parameters: Parameters, instrument: InstrumentId): State {
  return {
    fast: new Ema(parameters.fast as number),
    slow: new Ema(parameters.slow as number),
    instrument,
    lots: parameters.lots as number,
    short: parameters.short as boolean,
  };
}

export const emaCross: Strategy<State> = {
  name: 'ema-cross',
  about: 'Holds +lots while EMA(fast) > EMA(slow), else −lots (or nothing, without short). Market orders at the close.',
  parameters: {
    fast: { kind: 'whole', least: 1, most: 1000, standard: 12, about: 'bars of the fast average' },
    slow: { kind: 'whole', least: 2, most: 5000, standard: 26, about: 'bars of the slow average' },
    lots: { kind: 'whole', least: 1, most: 1_000_000_000, standard: 1, about: 'lots to hold' },
    short: { kind: 'flag', standard: true, about: 'sell short below the cross' },
  },
  subscriptions: 1,
  warmup: (parameters) => parameters.slow as number,
  wantsFills: false,
  start: (parameters, [subscription]) => begin(parameters, subscription.instrument),
  decide(state, event, view, wake) {
    if (event.type !== 'bars') return;
    const bar = event.bars[0];
    if (bar === null) return;
    state.fast.push(bar.close);
    state.slow.push(bar.close);
    if (!state.slow.ready || !state.fast.ready) return;
    const above = state.fast.value > state.slow.value;
    const target = above ? state.lots : state.short ? -state.lots : 0;
    const held = view.position(state.instrument) + view.working(state.instrument);
    wake.conditions.push({
      name: 'fast above slow',
      holds: above,
      numbers: [
        ['fast', state.fast.value],
        ['slow', state.slow.value],
        ['held', held],
        ['target', target],
      ],
    });
    const difference = target - held;
    if (difference === 0) return;
    wake.intents.push({
      do: 'order',
      instrument: state.instrument,
      side: difference > 0 ? 'buy' : 'sell',
      type: 'market',
      lots: Math.abs(difference),
      limit: null,
      stop: null,
      expiresAt: null,
      reduceOnly: false,
      why: above ? 'crossed above' : 'crossed below',
    });
  },
  save: ({ fast, slow }) => ({ fast: fast.save(), slow: slow.save() }),
  load(saved, parameters, [subscription]) {
    const { fast, slow } = saved as { readonly [key: string]: Plain } as unknown as { fast: readonly number[]; slow: readonly number[] };
    const state = begin(parameters, subscription.instrument);
    state.fast.load(fast);
    state.slow.load(slow);
    return state;
  },
};
