/** A journal of a seeded market with everything in it: faults, two accounts, random orders of every type, limits that refuse, commands. */

import type { Command } from '#engine/inputs.ts';
import { CALM, DEMO, type Faults } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import { type AccountId, type InstrumentId, type Minor, SECOND_US, type Side } from '#engine/values.ts';
import { smallMarket } from '#tests/markets.ts';
import { commanded, defined, deployed, limited, opened, type Recorded, recordJournal, START, type Step } from './recorder.ts';

export type RandomDesk = Readonly<{
  seed: number;
  ticks: number;
  /** Largest sizes of the frames, in turn. */
  cuts?: readonly number[];
  calm?: boolean;
  /** So long between two arrivals of one instrument. */
  paceUs?: number;
  checkpointEvery?: number;
  segmentAt?: readonly number[];
  catalogue?: StrategyCatalogue;
  clean?: boolean;
  /** Orders by hand between those of the strategies. */
  byHand?: boolean;
}>;

/** Enough trouble to shut gates now and then, and quiet between, so that orders get through. */
const LIVELY: Faults = {
  ...DEMO,
  silence: { everyUs: 90 * SECOND_US, forUs: 4 * SECOND_US },
  mute: { everyUs: 60 * SECOND_US, forUs: 4 * SECOND_US },
  lag: { everyUs: 70 * SECOND_US, forUs: 4 * SECOND_US },
  reconnect: { everyUs: 120 * SECOND_US, forUs: 3 * SECOND_US },
  gap: 900,
  duplicate: 500,
  crossed: 700,
  absurd: 800,
  late: 300,
  borderUs: 10 * SECOND_US,
};

/** The steps alone: what a live desk would be given. */
export function randomSteps(given: RandomDesk): Step[] {
  const { seed, ticks, cuts, calm = false, paceUs = 60_000 } = given;
  const instruments = syntheticInstruments(2).map((one) => ({
    ...one,
    feeds: one.feeds.map((feed) => ({ ...feed, settleUs: SECOND_US / 2 })),
  }));
  const spec = { instruments, paceUs, ...(calm ? { faults: CALM } : { faults: LIVELY }) };
  const market = smallMarket(seed, { ticks, ...(cuts === undefined ? {} : { cuts }), spec });
  const [one, two] = instruments;
  const { id: first } = one;
  const { id: second } = two;
  const minute = 10 * SECOND_US; // short candles: many wakes in few ticks
  const steps: Step[] = [
    opened(START, 'alpha'),
    opened(START, 'beta', { latencyUs: 0, fills: 'whole', rejectAboveLots: 9 }),
    defined(START, one),
    defined(START, two),
    commanded(START, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    limited(START, 'account', 'alpha', { maxPositionLots: 40, ordersPerSecond: 3, softDailyLoss: 200_000n as Minor }),
    limited(START, 'strategy', 'rb', { maxOrderLots: 8, duplicateUs: SECOND_US, maxDrawdown: 900_000n as Minor }),
    deployed(START, {
      id: 'rc',
      account: 'alpha',
      parameters: { seed: 3 + seed, eagerness: 0.85, most: 4 },
      on: [{ instrument: second, timeframeUs: 2 * SECOND_US }],
    }),
    deployed(START, { id: 'ra', account: 'alpha', parameters: { seed: 1 + seed }, on: [{ instrument: first, timeframeUs: minute }] }),
    deployed(START, {
      id: 'rb',
      account: 'beta',
      parameters: { seed: 2 + seed, eagerness: 0.8 },
      on: [
        { instrument: second, timeframeUs: minute },
        { instrument: first, timeframeUs: 3 * minute },
      ],
    }),
  ];
  const total = market.items.length;
  market.items.forEach((item, index) => {
    steps.push(item);
    const at = item.kind === 'market' ? latest(item.frame.blocks) : item.records[item.records.length - 1].at;
    if (index === Math.floor(total / 3)) steps.push(commanded(at, 'pause', { do: 'Pause', strategy: 'ra' as never }));
    if (index === Math.floor(total / 3) + 3) steps.push(commanded(at, 'resume', { do: 'Resume', strategy: 'ra' as never }));
    if (index === Math.floor(total / 2)) steps.push(commanded(at, 'flat', { do: 'Flatten', account: 'beta' as never }));
    if (given.byHand === true && index % 6 === 1)
      steps.push(commanded(at, `hand ${index}`, byHand(index % 4 < 2 ? first : second, index % 5 < 2 ? 'buy' : 'sell', 1 + (index % 5))));
    if (given.checkpointEvery !== undefined && index % given.checkpointEvery === given.checkpointEvery - 1)
      steps.push({ kind: 'checkpoint' });
    if (given.segmentAt?.includes(index)) steps.push({ kind: 'segment' });
  });
  return steps;
}

const byHand = (instrument: InstrumentId, side: Side, lots: number): Command => ({
  ...{ do: 'PlaceOrder', account: 'alpha' as AccountId, instrument, side, type: 'market', lots },
  ...{ limit: null, stop: null, trail: null, expiresAt: null, timeInForce: 'GTC', postOnly: false, reduceOnly: false },
});

const latest = (blocks: readonly { at: Float64Array; count: number }[]): number =>
  blocks.reduce((most, { at, count }) => Math.max(most, at[count - 1]), 0);

export function randomDesk(given: RandomDesk): Recorded {
  return recordJournal(randomSteps(given), {
    ...(given.catalogue === undefined ? {} : { catalogue: given.catalogue }),
    clean: given.clean ?? true,
  });
}
