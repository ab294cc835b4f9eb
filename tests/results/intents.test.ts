// What a fill was meant at and where its trade was to be given up, told by the desk that decided it; worked out by hand.
import { expect, test } from 'vitest';
import type { AccountId } from '#engine/values.ts';
import { playJournal } from '#replay/journal-play.ts';
import { ResultCollector } from '#replay/result-collector.ts';
import { orderedCatalogue } from '#tests/effects/ordered-strategy.ts';
import { seal } from '#tests/replay/forge.ts';
import { nodeDigest, recordJournal } from '#tests/replay/recorder.ts';
import { type Event, orderedDay } from './ordered-day.ts';

async function fillsOf(events: readonly Event[]) {
  const { frames } = recordJournal(orderedDay(events), { catalogue: orderedCatalogue });
  const collector = new ResultCollector('alpha' as AccountId, []);
  await playJournal(seal(frames).reader().frames(), {
    ...{ digest: nodeDigest, catalogue: orderedCatalogue, observer: collector.hear },
    begun: (run) => collector.follow(run),
  });
  return collector.fills.map(({ side, price, intended, stop }) => [side, price, intended?.by ?? null, intended?.price ?? null, stop]);
}

const order = (type: 'market' | 'limit' | 'stop', side: 'buy' | 'sell', lots: number, price: number | null = null): Event => ({
  wants: { type, side, lots, price },
});

test('a market order is meant at the last price before it, a stop at its stop, a limit at its limit', async () => {
  expect(
    await fillsOf([
      1000,
      order('market', 'buy', 3),
      1004, // filled here: 4 ticks more than it was decided at
      order('stop', 'sell', 3, 990),
      995,
      985, // through the stop: 5 ticks less
      order('limit', 'buy', 2, 980),
      979, // under the limit as it arrives: a tick less
      order('market', 'sell', 2),
      981,
    ]),
  ).toEqual([
    ['buy', 1004, 'market', 1000, 990],
    ['sell', 985, 'stop', 990, null],
    ['buy', 979, 'limit', 980, null],
    ['sell', 981, 'market', 979, null],
  ]);
});

test('the stop of a trade is the first one placed against it; one that adds to it, or comes when it has ended, is none', async () => {
  expect(
    await fillsOf([
      1000,
      order('market', 'sell', 2),
      1000,
      order('stop', 'sell', 1, 900), // would add
      order('stop', 'buy', 2, 1010),
      order('stop', 'buy', 2, 1020), // later: not where it began
      order('market', 'buy', 5), // turns it round: a trade of its own begins
      1001,
      order('stop', 'sell', 3, 995),
      1002,
    ]),
  ).toEqual([
    ['sell', 1000, 'market', 1000, 1010],
    ['buy', 1001, 'market', 1000, 995],
  ]);
});
