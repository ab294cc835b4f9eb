// A day small enough to work out on paper: an account, prices a second apart, and orders handed in between them as signals. Latency 0, whole fills,
// a fee only where one is given; a tick of a lot is a cent.
import { type Block, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Limits } from '#engine/risk/limits.ts';
import { instrumentId, type Seq, sourceId } from '#engine/values.ts';
import { ORDERED_VERSION, type Wanted } from '#tests/effects/ordered-strategy.ts';
import { accountSpec, commanded, input, limited, type Step } from '#tests/replay/recorder.ts';
import { TAPE_START } from './made-tape.ts';

export const CENT: Instrument = {
  ...{
    id: instrumentId('CENT'),
    version: 1,
    tick: '0.01',
    lot: '1',
    multiplier: '1',
    currency: 'USD',
    currencyScale: 2,
    calendar: 'ALWAYS',
  },
  feeds: [
    {
      ...{ source: sourceId('day'), latenessUs: 0, graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null },
      ...{ absurdPermille: null, settleUs: 0, faultsToDown: 3, fillFlat: false },
    },
  ],
};

export type Event = number | Readonly<{ wants: Omit<Wanted & { do: 'order' }, 'do' | 'instrument'> }> | Step;
type Given = Readonly<{ limits?: Partial<Limits>; takerFee?: number; instrument?: Instrument; stepUs?: number }>;

/** A number is the next price, a second after the one before; what is wanted is wanted at once. */
export function orderedDay(
  events: readonly Event[],
  { limits = {}, takerFee = 0, instrument = CENT, stepUs = 1_000_000 }: Given = {},
): Step[] {
  let at = TAPE_START;
  const account = { ...accountSpec('alpha'), pure: { latencyUs: 0, makerFee: 0, takerFee, fills: 'whole', rejectAboveLots: null } };
  const [feed] = instrument.feeds;
  const steps: Step[] = [
    input(at, { type: 'AccountOpened', account }),
    limited(at, 'account', 'alpha', limits),
    commanded(at, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    input(at, { type: 'InstrumentDefined', instrument }),
    input(at, {
      ...{ type: 'StrategyDeployed', strategy: 'hand', name: 'ordered', version: ORDERED_VERSION, account: 'alpha', parameters: {} },
      subscriptions: [{ instrument: instrument.id, source: feed!.source, timeframeUs: 60_000_000 }],
      history: false,
    }),
  ];
  for (const event of events) {
    if (typeof event === 'number') {
      at += stepUs;
      steps.push({ kind: 'market', frame: marketFrame(1 as Seq, [tradeAt(at, event, instrument)], NO_LANE, null) });
    } else if ('wants' in event) {
      const payload = [{ ...event.wants, do: 'order', instrument: instrument.id }];
      steps.push(input(at, { type: 'SignalReceived', strategy: 'hand', signal: 'go', key: `${steps.length}`, payload }));
    } else {
      if (event.kind === 'time') at = event.at;
      steps.push(event);
    }
  }
  return steps;
}

function tradeAt(time: number, price: number, { id, feeds }: Instrument): Block {
  const at = Float64Array.of(time);
  const common = { instrument: id, source: feeds[0]!.source, kind: 'trade', timeframeUs: 0, count: 1, at, venueTime: at } as const;
  return { ...common, venueSeq: NO_SEQ, flags: new Uint8Array(1), values: [Float64Array.of(price), Float64Array.of(1_000)] };
}
