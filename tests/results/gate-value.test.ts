// What a guard cost or saved, on days small enough to work out on paper: a lot is a cent a tick, no fees, no latency.
import { expect, test } from 'vitest';
import type { Limits } from '#engine/risk/limits.ts';
import type { AccountId, Minor } from '#engine/values.ts';
import { type GateValue, gateValues, type Lift, RefusalTally } from '#replay/gate-value.ts';
import { playJournal } from '#replay/journal-play.ts';
import { orderedCatalogue } from '#tests/effects/ordered-strategy.ts';
import { seal } from '#tests/replay/forge.ts';
import { commanded, nodeDigest, recordJournal } from '#tests/replay/recorder.ts';
import { TAPE_START } from './made-tape.ts';
import { CENT, type Event, orderedDay } from './ordered-day.ts';

const ALPHA = 'alpha' as AccountId;
const SECOND = 1_000_000;

async function valuesOf(events: readonly Event[], limits: Partial<Limits>, instrument = CENT): Promise<readonly GateValue[]> {
  const { frames } = recordJournal(orderedDay(events, { limits, instrument }), { catalogue: orderedCatalogue });
  const tally = new RefusalTally(ALPHA);
  const play = async (lift: Lift | null) => {
    const { run } = await playJournal(seal(frames).reader().frames(), {
      ...{ digest: nodeDigest, catalogue: orderedCatalogue, ...(lift ?? { observer: tally.hear }) },
    });
    const { accounts } = run.desk.parts;
    return { equity: accounts.equity(accounts.byId.get(ALPHA)!.book) as Minor, fills: run.counts.fills };
  };
  return gateValues(tally, await play(null), play);
}

const order = (side: 'buy' | 'sell', lots: number): Event => ({ wants: { type: 'market', side, lots, price: null } });

test('a limit that kept a gain away cost it, and one that kept a loss away saved it', async () => {
  const gained: Event[] = [1_000, order('buy', 10), 1_010, order('sell', 10), 1_030];
  // bought at 1,010 and sold at 1,030: 10 lots × 20 ticks
  expect(await valuesOf(gained, { maxOrderLots: 5 })).toEqual([{ guard: 'quantity', refused: 2, value: -200n, moreFills: 2 }]);
  const lost: Event[] = [1_000, order('buy', 10), 1_030, order('sell', 10), 1_010];
  expect(await valuesOf(lost, { maxOrderLots: 5 })).toEqual([{ guard: 'quantity', refused: 2, value: 200n, moreFills: 2 }]);
  expect(await valuesOf(gained, { maxOrderLots: 50 })).toEqual([]);
});

test('what the run earned beside it stays out of the value', async () => {
  const day: Event[] = [1_000, order('buy', 3), 1_002, order('sell', 3), 1_005, order('buy', 10), 1_010, order('sell', 10), 1_030];
  expect(await valuesOf(day, { maxOrderLots: 5 })).toEqual([{ guard: 'quantity', refused: 2, value: -200n, moreFills: 2 }]);
});

test('two guards on the same orders are each worth nothing, as the other still refuses; lifted together they have a value', async () => {
  const day: Event[] = [1_000, order('buy', 10), 1_010, order('sell', 10), 1_030];
  expect(await valuesOf(day, { maxOrderLots: 5, maxOrderNotional: 5_000n as Minor })).toEqual([
    { guard: 'quantity', refused: 2, value: 0n, moreFills: 0 },
    { guard: 'notional', refused: 2, value: 0n, moreFills: 0 },
    { guard: 'all of them', refused: 4, value: -200n, moreFills: 2 },
  ]);
});

test('a feed that was silent: what was not bought at the price behind it', async () => {
  const watched = { ...CENT, feeds: CENT.feeds.map((feed) => ({ ...feed, silentUs: 2 * SECOND, settleUs: SECOND })) };
  const pause: Event = { kind: 'time', at: (TAPE_START + 12 * SECOND) as never };
  // healthy for some seconds, then nothing for longer than the bound; what is wanted meanwhile is refused
  const day: Event[] = [1_000, 1_000, 1_000, 1_000, pause, order('buy', 4), 990, 990, 990, 980];
  expect(await valuesOf(day, {}, watched)).toEqual([{ guard: 'feed', refused: 1, value: 40n, moreFills: 1 }]); // 4 lots, 990 to 980
});

test('what a person refuses has no value that anybody could play', async () => {
  const day: Event[] = [1_000, commanded(TAPE_START + SECOND, 'pause', { do: 'Kill', why: 'enough' }), order('buy', 1), 1_010];
  expect(await valuesOf(day, {})).toEqual([{ guard: 'other', refused: 1, value: null, moreFills: null }]);
});
