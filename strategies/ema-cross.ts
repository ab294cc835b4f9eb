/** The ema-cross document written as a program: on the same bars it asks for the same orders, for the same reasons. */
import { Ema, type InstrumentId, type Parameters, type Strategy } from 'retrace/strategy';

type State = {
  readonly fast: Ema;
  readonly slow: Ema;
  readonly instrument: InstrumentId;
  readonly lots: number;
  readonly short: boolean;
};

const begin = ({ fast, slow, lots, short_allowed }: Parameters, instrument: InstrumentId): State => ({
  fast: new Ema(fast as number),
  slow: new Ema(slow as number),
  instrument,
  lots: lots as number,
  short: short_allowed as boolean,
});

export const strategy: Strategy<State> = {
  name: 'ema-cross-program',
  about: 'Long while the fast average stands above the slow one, else short, or nothing without short.',
  parameters: {
    fast: { kind: 'whole', least: 1, most: 1000, standard: 12, about: 'bars of the fast average' },
    slow: { kind: 'whole', least: 2, most: 5000, standard: 26, about: 'bars of the slow average' },
    lots: { kind: 'whole', least: 1, most: 1_000_000_000, standard: 1, about: 'lots to hold' },
    short_allowed: { kind: 'flag', standard: true, about: 'sell short below the cross' },
  },
  subscriptions: 1,
  warmup: ({ fast, slow }) => Math.max(fast as number, slow as number),
  wantsFills: false,
  start: (parameters, [subscription]) => begin(parameters, subscription!.instrument),

  decide(state, event, view, wake) {
    if (event.type !== 'bars') return;
    const bar = event.bars[0] ?? null;
    if (bar === null) return; // no candle formed in this interval
    const { fast, slow, instrument, lots, short } = state;
    fast.push(bar.close);
    slow.push(bar.close);
    if (!fast.ready || !slow.ready) return;

    // What it looked at, said at every wake: without it nobody can answer why nothing happened.
    const above = fast.value > slow.value;
    const numbers = [
      ['fast', fast.value],
      ['slow', slow.value],
    ] as const;
    wake.conditions.push({ name: 'fast above slow', holds: above, numbers });

    // What should be held, and the difference to it: what was asked for before is not remembered.
    const target = above ? lots : short ? -lots : 0;
    const missing = target - view.position(instrument) - view.working(instrument);
    if (missing === 0) return;
    wake.intents.push({
      do: 'order',
      instrument,
      side: missing > 0 ? 'buy' : 'sell',
      type: 'market',
      lots: Math.abs(missing),
      limit: null,
      stop: null,
      expiresAt: null,
      reduceOnly: false,
      why: above ? 'long holds' : short ? 'short holds' : 'neither holds',
    });
  },

  // All it remembers: a strategy that is stopped and restored goes on as if it had never stopped.
  save: ({ fast, slow }) => ({ fast: fast.save(), slow: slow.save() }),
  load(saved, parameters, [subscription]) {
    const { fast, slow } = saved as { fast: readonly number[]; slow: readonly number[] };
    const state = begin(parameters, subscription!.instrument);
    state.fast.load(fast);
    state.slow.load(slow);
    return state;
  },
};
