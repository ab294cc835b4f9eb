/**
 * A seeded day at pure venues of every kind: each account has terms of its own, drawn so that all of them come up, and strategies that
 * ask for every kind of order; facts are trades, quotes and bars. Nothing is lost or broken here: the adventures do that.
 */
import type { AccountSpec, VenueSpec } from '#engine/execution/account.ts';
import type { Command, InputRecord } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import type { Seq, TimeUs } from '#engine/values.ts';
import { account, bookChange, feedSpec, framed, instrument, type Lane, type LaneFact, type Step } from '../reference/adventure.ts';
import { STORY_START } from '../reference/story.ts';
import { VARIED_VERSION } from '../reference/strategies.ts';

const MS = 1000;
const S = 1000 * MS;
const HOUR = 3600 * S;

const source = (name: string, more: Parameters<typeof feedSpec>[1] = {}) => ({
  lot: '1',
  feeds: [feedSpec(name, { absurdPermille: null, ...more })],
});
/** By what fills its orders: the quoted one trades too, or nothing would wake who trades it. */
const TRADED = instrument('TRADED', source('t'));
const QUOTED = instrument('QUOTED', source('q'));
const BARRED = instrument('BARRED', source('b', { barUs: 2 * S, latenessUs: 10 * MS }));
const MARKETS = [TRADED, QUOTED, BARRED] as const;

const LANES: readonly Lane[] = [
  { instrument: TRADED, source: 't', kind: 'trade', timeframeUs: 0, seq: null },
  { instrument: QUOTED, source: 'q', kind: 'quote', timeframeUs: 0, seq: null },
  { instrument: QUOTED, source: 'q', kind: 'trade', timeframeUs: 0, seq: null },
  { instrument: BARRED, source: 'b', kind: 'bar', timeframeUs: 2 * S, seq: null },
  { instrument: TRADED, source: 't', kind: 'book', timeframeUs: 0, seq: null },
  { instrument: QUOTED, source: 'q', kind: 'book', timeframeUs: 0, seq: null },
];

const ACCOUNTS = 6;

export function venueDay(seed: number, length: number): Step[] {
  const stream = randomStream(seed, 'venue day');
  const steps: Step[] = [];
  let [at, seq, drawn] = [STORY_START, 0, seed % 6];
  const input = (body: object): void => {
    seq += 1;
    steps.push({ do: 'input', record: { seq: seq as Seq, at: at as TimeUs, ...body } as InputRecord });
  };
  const command = (given: Command): void => input({ type: 'CommandGiven', key: `k${seq}`, by: 'operator', sawSeq: null, command: given });
  const opened = (place: number): AccountSpec => account(`V${place}`, { mode: 'PAPER', cash: 100_000_000n }, termsAt(stream, drawn++, at));

  const definitions: Instrument[] = [...MARKETS];
  for (const one of definitions) input({ type: 'InstrumentDefined', instrument: one });
  for (let place = 0; place < ACCOUNTS; place += 1) input({ type: 'AccountOpened', account: opened(place) });
  command({ do: 'Arm', scope: 'global', of: '*' });
  for (let place = 0; place < ACCOUNTS; place += 1)
    for (const one of MARKETS)
      input({
        type: 'StrategyDeployed',
        strategy: `v${place}-${one.id}`,
        name: 'varied',
        version: VARIED_VERSION,
        account: `V${place}`,
        parameters: { seed: seed + 3 * place + MARKETS.indexOf(one) },
        subscriptions: [{ instrument: one.id, source: one.feeds[0].source, timeframeUs: 2 * S }],
        history: false,
      });

  const prices = MARKETS.map(() => 1000);
  let barEnd = Math.ceil(at / (2 * S)) * 2 * S;
  const market = (): void => {
    const facts: LaneFact[] = [];
    for (let count = stream.between(5, 40); count > 0; count -= 1) {
      at += stream.between(0, 300) * MS;
      while (at >= barEnd) {
        facts.push(factOf(stream, 3, prices, barEnd - 2 * S, Math.max(barEnd, facts.at(-1)?.at ?? 0)));
        barEnd += 2 * S;
      }
      facts.push(factOf(stream, [0, 0, 1, 1, 2, 4, 4, 5, 5][stream.below(9)], prices, at, at));
    }
    steps.push({ do: 'market', frame: framed(LANES, facts, seq + 1) });
    seq += facts.length;
  };

  for (let i = 0; i < length; i += 1) {
    const draw = stream.below(100);
    const place = stream.below(ACCOUNTS);
    if (draw < 78) market();
    else if (draw < 90) {
      at += stream.between(1, 40) * HOUR; // tiers change with the days
      barEnd = Math.ceil((at + 1) / (2 * S)) * 2 * S;
      steps.push({ do: 'time', at: at as TimeUs });
    } else if (draw < 94) input({ type: 'AccountOpened', account: opened(place) });
    else if (draw < 97) command({ do: 'Flatten', account: `V${place}` as AccountSpec['id'] });
    else if (draw < 98) command({ do: 'Reset', account: `V${place}` as AccountSpec['id'], cash: 90_000_000n });
    else {
      const which = stream.below(MARKETS.length);
      definitions[which] = { ...definitions[which], version: definitions[which].version + 1 };
      input({ type: 'InstrumentDefined', instrument: definitions[which] });
    }
  }
  return steps;
}

/** What a table says comes round in turn; the rest is drawn. */
function termsAt(stream: RandomStream, turn: number, at: number): VenueSpec {
  const pure: VenueSpec = {
    latencyUs: stream.chance(0.5) ? 0 : stream.between(1, 300) * MS,
    makerFee: stream.between(-50, 100),
    takerFee: stream.between(0, 900),
    fills: turn % 2 === 0 ? 'lots' : 'whole',
    rejectAboveLots: stream.chance(0.1) ? 12 : null,
    ...(stream.chance(0.6) ? { limitFills: stream.chance(0.8) ? 'through' : 'touch' } : {}),
    ...(stream.chance(0.4) ? { slippageTicks: stream.between(0, 3) } : {}),
    ...(stream.chance(0.4) ? { slippageBp: stream.between(1, 25) } : {}),
    ...(stream.chance(0.4) ? { spreadTicks: stream.between(1, 5) } : {}),
    ...(turn % 4 === 0 ? { volumePermille: stream.between(300, 1000) } : {}),
    ...(turn % 2 === 0 && stream.chance(0.6) ? { walk: 'book' } : {}),
    ...(stream.chance(0.5) ? { feeTiers: tiersOf(stream) } : {}),
    ...(stream.chance(0.5) ? { borrow: { rate: stream.between(1, 10_000_000), timeOfDayUs: timeNear(stream, at) } } : {}),
    ...(stream.chance(0.5) ? { funding: fundingOf(stream, at) } : {}),
  };
  if (turn % 3 === 1) return { ...pure, moreLatency: { kind: 'seeded', seed: stream.below(1000), mostUs: stream.between(1, 2000) * MS } };
  if (turn % 3 === 2) return { ...pure, moreLatency: { kind: 'recorded', rows: latenciesOf(stream) } };
  return pure;
}

function tiersOf(stream: RandomStream): NonNullable<VenueSpec['feeTiers']> {
  let from = 0;
  return Array.from({ length: stream.between(1, 3) }, () => {
    from += stream.between(1, 200);
    return { from, makerFee: stream.between(-50, 100), takerFee: stream.between(0, 900) };
  });
}

/** Now and then the second that is being played, or shortly after it. */
const timeNear = (stream: RandomStream, at: number): number =>
  (Math.floor(at / S) * S + (stream.chance(0.5) ? stream.between(0, 30) * S : stream.between(0, 24) * HOUR)) % (24 * HOUR);

function fundingOf(stream: RandomStream, begin: number): NonNullable<VenueSpec['funding']> {
  const rows: { instrument: string; at: number; rate: number }[] = [];
  for (let at = begin - 5 * S; rows.length < 60; at += stream.chance(0.9) ? stream.between(1, 40) * S : stream.between(1, 30) * HOUR)
    for (const instrument of ['BARRED', 'QUOTED', 'TRADED'])
      if (stream.chance(0.7)) rows.push({ instrument, at, rate: stream.between(-1_000_000, 1_000_000) });
  return rows;
}

/** A few times of day, so that requests of one order meet several. */
function latenciesOf(stream: RandomStream): readonly (readonly [number, number])[] {
  const times = new Set(Array.from({ length: stream.between(1, 8) }, () => stream.between(0, 86_399) * S));
  for (let after = 0; after < 60; after += stream.between(1, 20)) times.add((STORY_START + after * S) % (24 * HOUR));
  return [...times].sort((a, b) => a - b).map((time) => [time, stream.between(0, 1500) * MS] as const);
}

function factOf(stream: RandomStream, lane: number, prices: number[], venueTime: number, at: number): LaneFact {
  const market = MARKETS.findIndex(({ id }) => id === LANES[lane].instrument.id);
  const before = prices[market];
  const price = Math.min(1100, Math.max(900, before + stream.between(-3, 3)));
  prices[market] = price;
  const lots = (): number => stream.between(1, 25);
  if (LANES[lane].kind === 'book') return { lane, at, venueTime, seq: 0, ...bookChange(stream, [price, lots()]) };
  const values = {
    trade: () => [price, lots()],
    quote: () => [price - stream.between(0, 2), lots(), price + stream.between(1, 2), lots()],
    bar: () => [before, Math.max(before, price) + stream.between(0, 3), Math.min(before, price) - stream.between(0, 3), price, lots(), 3],
    book: () => [],
  }[LANES[lane].kind]();
  return { lane, at, venueTime, seq: 0, values };
}
