/**
 * A seeded day on which everything happens: ticks of every kind, good and bad, from several sources; orders of random strategies;
 * people who pause, kill, arm and flatten; lost lines, changed limits and instruments. The same seed is the same day, for any desk.
 */

import { addressOf, type DecisionOf } from '#engine/decisions.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Command, InputRecord, PlaceOrder, VenueReport } from '#engine/inputs.ts';
import {
  type Block,
  type BlockKind,
  FLAG_BUY,
  FLAG_GAP,
  FLAG_SELL,
  FLAG_SNAPSHOT,
  type MarketFrame,
  marketFrame,
  NO_LANE,
  NO_SEQ,
  VALUE_COLUMNS,
} from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import { NO_LIMITS } from '#engine/risk/limits.ts';
import type { AccountId, DeskId, InstrumentId, OrderId, Seq, SourceId, StrategyId, TimeUs } from '#engine/values.ts';
import { ReferenceDesk } from './desk.ts';
import { type HeldOrder, type HeldState, isStop, isWorking, OutsideVenue } from './snapshots.ts';
import { nodeDigest, STORY_START } from './story.ts';
import { PROTECTIVE_VERSION, RANDOM_VERSION, testCatalogue, VARIED_VERSION } from './strategies.ts';

export type Step =
  | Readonly<{ do: 'market'; frame: MarketFrame }>
  | Readonly<{ do: 'input'; record: InputRecord }>
  | Readonly<{ do: 'time'; at: TimeUs }>;

const MS = 1000;
const S = 1000 * MS;

export const feedSpec = (source: string, more: Partial<FeedSpec>): FeedSpec => ({
  source: source as SourceId,
  latenessUs: 0,
  graceUs: 0,
  silentUs: null,
  muteUs: null,
  lagUs: null,
  lagDownUs: null,
  absurdPermille: 50,
  settleUs: 2 * S,
  faultsToDown: 3,
  fillFlat: false,
  ...more,
});

export const instrument = (id: string, more: Partial<Instrument>): Instrument => ({
  id: id as InstrumentId,
  version: 1,
  tick: '0.01',
  lot: '0.001',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds: [feedSpec('x', {})],
  ...more,
});

export const INSTRUMENTS: readonly Instrument[] = [
  instrument('BTC', {
    feeds: [
      feedSpec('x', { latenessUs: 300 * MS, graceUs: 2 * S, silentUs: 4 * S, muteUs: 9 * S, lagUs: 800 * MS, lagDownUs: 3 * S }),
      feedSpec('y', { silentUs: 6 * S }),
    ],
  }),
  instrument('ETH', { tick: '0.05', lot: '1', multiplier: '10', feeds: [feedSpec('x', { fillFlat: true })] }),
  instrument('XYZ', {
    tick: '0.005',
    lot: '0.1',
    calendar: 'NYSE',
    feeds: [feedSpec('z', { muteUs: 20 * S, absurdPermille: null, latenessUs: 400 * MS, barUs: 3 * S })],
  }),
  instrument('EUX', { currency: 'EUR' }), // nobody trades it: what a venue lists of it is passed over
];

/** Whose orders leave the desk. */
const OUTSIDE: readonly AccountId[] = ['C', 'D'] as AccountId[];

export const account = (id: string, more: Partial<AccountSpec>, pure: Partial<NonNullable<AccountSpec['pure']>>): AccountSpec => ({
  id: id as AccountSpec['id'],
  mode: 'BACKTEST',
  venue: 'pure',
  calendar: 'ALWAYS',
  currency: 'USD',
  currencyScale: 2,
  cash: 10_000_000n,
  pure: { latencyUs: 0, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null, ...pure },
  ...more,
});

export type Lane = { instrument: Instrument; source: string; kind: BlockKind; timeframeUs: number; seq: number | null };
/** `lane`: its place among the lanes. */
export type LaneFact = { lane: number; at: number; venueTime: number; seq: number; values: number[]; flags?: number };

/** Client order ids hold it, decisions with them: all desks of one adventure must bear it. */
export const ADVENTURE_DESK = 'test' as DeskId;

/** `length`: how many steps after all is set up. */
export function adventure(seed: number, length: number): Step[] {
  const stream = randomStream(seed, 'adventure');
  const bookStream = randomStream(seed, 'book');
  const handStream = randomStream(seed, 'hand');
  const steps: Step[] = [];
  let at = STORY_START;
  let seq = 0;
  // A desk that goes ahead: what is reported of an order must name one. The reference desk is as repeatable as the stream.
  const scout = new ReferenceDesk({ desk: ADVENTURE_DESK, digest: nodeDigest, catalogue: testCatalogue });
  const requests: DecisionOf<'OrderRequested'>[] = []; // at the outside venue
  const approved: OrderId[] = [];
  let read = 0;
  const take = (step: Step): void => {
    steps.push(step);
    if (step.do === 'market') scout.takeMarket(step.frame);
    else if (step.do === 'input') scout.takeInput(step.record);
    else scout.passTime(step.at);
    for (; read < scout.decisions.length; read += 1) {
      const decision = scout.decisions[read];
      if (decision.type === 'OrderRequested' && OUTSIDE.includes(decision.account)) requests.push(decision);
      if (decision.type === 'OrderApproved') approved.push(decision.order);
    }
  };
  const input = (body: object): void => {
    seq += 1;
    take({ do: 'input', record: { seq: seq as Seq, at: at as TimeUs, ...body } as InputRecord });
  };
  const command = (given: Command, sawSeq: number | null = null): void =>
    input({ type: 'CommandGiven', key: stream.chance(0.05) ? 'again' : `k${seq}`, by: 'operator', sawSeq, command: given });

  for (const one of INSTRUMENTS) input({ type: 'InstrumentDefined', instrument: one });
  input({ type: 'AccountOpened', account: account('A', {}, {}) });
  input({
    type: 'AccountOpened',
    account: account('B', { calendar: 'NYSE' }, { latencyUs: 137 * MS, fills: 'whole', rejectAboveLots: 8 }),
  });
  input({ type: 'AccountOpened', account: { ...account('C', { mode: 'PAPER', venue: 'outside' }, {}), pure: null } });
  const venueStream = randomStream(seed, 'outside venues');
  const terms = (): AccountSpec => ({
    ...account('D', { mode: 'LIVE', venue: 'exchange' }, {}),
    pure: null,
    outside: {
      sendWindowUs: venueStream.between(1, 5000) * MS,
      orphans: venueStream.chance(0.5) ? 'adopt' : 'cancel',
      cashTolerance: BigInt(venueStream.between(0, 1) * 20),
    },
  });
  input({ type: 'AccountOpened', account: terms() });
  input({ type: 'AccountOpened', account: account('E', { mode: 'PAPER' }, {}) });
  input({
    type: 'LimitsChanged',
    scope: 'account',
    of: 'A',
    limits: { ...NO_LIMITS, softDailyLoss: 30_000n, maxPositionLots: 40, duplicateUs: 500 * MS },
  });
  input({ type: 'LimitsChanged', scope: 'strategy', of: 's2', limits: { ...NO_LIMITS, maxDrawdown: 60_000n, ordersPerSecond: 20 } });
  command({ do: 'Arm', scope: 'global', of: '*' });
  const subscriptions = [
    [['BTC', 'x', 1]],
    [
      ['BTC', 'x', 1],
      ['BTC', 'x', 5],
    ],
    [
      ['ETH', 'x', 2],
      ['BTC', 'x', 2],
    ],
    [
      ['XYZ', 'z', seed % 2 === 0 ? 3 : 6], // longer than its bars: folded from them
      ['BTC', 'y', 3],
    ],
    [['ETH', 'x', 1]],
    [
      ['ETH', 'x', 2],
      ['ETH', 'x', 4],
    ],
  ] as const;
  subscriptions.forEach((list, i) => {
    input({
      type: 'StrategyDeployed',
      strategy: `s${i}`,
      name: 'random',
      version: RANDOM_VERSION,
      account: ['A', 'B', 'A', 'B', 'C', 'A'][i],
      parameters: { seed: seed + i, warmup: i },
      subscriptions: list.map(([id, source, seconds]) => ({ instrument: id, source, timeframeUs: seconds * S })),
      history: i === 5,
    });
  });
  for (const [i, id] of ['D', 'D', 'C'].entries()) {
    input({
      type: 'StrategyDeployed',
      strategy: `p${i}`,
      name: 'protective',
      version: PROTECTIVE_VERSION,
      account: id,
      parameters: { seed: seed + i },
      subscriptions: [{ instrument: 'BTC', source: 'x', timeframeUs: (i + 1) * S }], // not ETH: its flat candles would wake it all night
      history: false,
    });
  }
  // every kind of order: at two pure venues, and where an outside one must refuse most of them
  input({ type: 'AccountOpened', account: account('F', { cash: 100_000_000n }, { latencyUs: stream.chance(0.5) ? 0 : 60 * MS }) });
  const worse = (): Partial<NonNullable<AccountSpec['pure']>> => ({
    ...(stream.chance(0.6) ? { limitFills: stream.chance(0.7) ? 'through' : 'touch' } : {}),
    ...(stream.chance(0.5) ? { slippageTicks: stream.between(0, 3) } : {}),
    ...(stream.chance(0.5) ? { slippageBp: stream.between(0, 25) } : {}),
    ...(stream.chance(0.5) ? { spreadTicks: stream.between(0, 5) } : {}),
  });
  const parts = (): Partial<NonNullable<AccountSpec['pure']>> => (stream.chance(0.5) ? { volumePermille: stream.between(1, 1000) } : {});
  const walk = bookStream.chance(0.6) ? { walk: 'book' as const } : {};
  input({ type: 'AccountOpened', account: account('H', { cash: 100_000_000n }, { ...worse(), ...parts(), ...walk }) });
  input({ type: 'AccountOpened', account: account('G', { cash: 100_000_000n }, { fills: 'whole', ...worse() }) });
  const varied = [
    ['F', 'BTC', 'x', 1],
    ['H', 'XYZ', 'z', 3],
    ['G', 'BTC', 'x', 2],
    ['H', 'BTC', 'x', 1],
    ['C', 'BTC', 'x', 5],
  ] as const;
  for (const [i, [id, of, source, seconds]] of varied.entries()) {
    input({
      type: 'StrategyDeployed',
      strategy: `v${i}`,
      name: 'varied',
      version: VARIED_VERSION,
      account: id,
      parameters: { seed: seed + i },
      subscriptions: [{ instrument: of, source, timeframeUs: seconds * S }],
      history: false,
    });
  }
  const venues = OUTSIDE.map((id) => new OutsideVenue(venueStream, id));
  const held = (): HeldState => scout.held();
  const honestly = (chance: number) => (venueStream.chance(chance) ? 'honest' : 'disturbed');
  input({ type: 'SessionReady', account: 'C' });
  input({ type: 'Reconciled', account: 'C', unexplained: [] });
  command({ do: 'Arm', scope: 'account', of: 'C' });

  input({ type: 'SessionReady', account: 'D' });
  if (venueStream.chance(0.5)) input(venues[1].snapshot(held(), honestly(0.4)));
  if (venueStream.chance(0.8)) input(venues[1].snapshot(held(), 'honest'));
  command({ do: 'Arm', scope: 'account', of: 'D' });

  const definitions = new Map<string, Instrument>(INSTRUMENTS.map((one) => [one.id, one]));
  const prices = new Map<string, number>(INSTRUMENTS.map(({ id }) => [id, 1000]));
  const lanes: Lane[] = [
    { instrument: INSTRUMENTS[0], source: 'x', kind: 'trade', timeframeUs: 0, seq: 1 },
    { instrument: INSTRUMENTS[0], source: 'x', kind: 'quote', timeframeUs: 0, seq: null },
    { instrument: INSTRUMENTS[0], source: 'x', kind: 'book', timeframeUs: 0, seq: 1 },
    { instrument: INSTRUMENTS[0], source: 'y', kind: 'trade', timeframeUs: 0, seq: null },
    { instrument: INSTRUMENTS[1], source: 'x', kind: 'trade', timeframeUs: 0, seq: null },
    { instrument: INSTRUMENTS[1], source: 'x', kind: 'quote', timeframeUs: 0, seq: 1 },
    { instrument: INSTRUMENTS[2], source: 'z', kind: 'bar', timeframeUs: 3 * S, seq: null },
  ];

  const market = (): void => {
    const count = stream.between(1, 25);
    const facts: LaneFact[] = [];
    for (let i = 0; i < count; i += 1) {
      at += stream.chance(0.02) ? stream.between(0, 5) * S : stream.chance(0.1) ? 0 : stream.between(0, 200) * MS;
      if (stream.chance(0.05)) at = Math.ceil(at / S) * S; // whole seconds are borders
      const lane = stream.below(lanes.length);
      const told = tick(stream, lanes[lane], prices, at);
      facts.push({ lane, at, ...told, ...(lanes[lane].kind === 'book' ? bookChange(bookStream, told.values) : {}) });
    }
    take({ do: 'market', frame: framed(lanes, facts, seq + 1) });
    seq += count;
  };

  const strategy = () => `s${stream.below(subscriptions.length)}` as StrategyId;
  const holder = () => ['A', 'B', 'C'][stream.below(3)] as AccountId;
  const someOrder = (): OrderId => approved[Math.max(0, approved.length - 1 - stream.below(20))] ?? ('1.0' as OrderId);
  const source = () => (['x', 'y', 'z'] as const)[stream.below(3)];
  const sawLately = (): number | null => (stream.chance(0.3) ? Math.max(0, seq - 50) : null);
  const byHand = (): PlaceOrder => {
    const type = (['market', 'market', 'limit', 'limit', 'stop', 'stop-limit', 'trailing'] as const)[handStream.below(7)]!;
    const near = (): number => handStream.between(900, 1100);
    const timeInForce =
      type === 'market' || type === 'limit' ? (['GTC', 'GTC', 'IOC', 'FOK', 'GTD'] as const)[handStream.below(5)]! : 'GTC';
    return {
      ...{ do: 'PlaceOrder', type, timeInForce, side: handStream.chance(0.5) ? 'buy' : 'sell', lots: handStream.between(1, 12) },
      account: handStream.chance(0.02) ? ('nobody' as AccountId) : (['A', 'B', 'C'][handStream.below(3)] as AccountId),
      instrument: handStream.chance(0.02) ? ('nothing' as InstrumentId) : INSTRUMENTS[handStream.below(3)]!.id,
      limit: type === 'limit' || type === 'stop-limit' ? near() : null,
      stop: type === 'stop' || type === 'stop-limit' ? near() : null,
      trail: type === 'trailing' ? handStream.between(1, 30) : null,
      expiresAt: timeInForce === 'GTD' ? ((at + handStream.between(-1, 5) * S) as TimeUs) : null,
      postOnly: type === 'limit' && (timeInForce === 'GTC' || timeInForce === 'GTD') && handStream.chance(0.2),
      reduceOnly: handStream.chance(0.2),
    };
  };
  const people: readonly (() => void)[] = [
    () => command({ do: 'Pause', strategy: strategy() }, sawLately()),
    () => command({ do: 'Resume', strategy: strategy() }),
    () => command({ do: 'Resume', strategy: strategy() }),
    () => command({ do: 'Flatten', account: holder() }),
    () => {
      if (!stream.chance(0.2)) return;
      command({ do: 'Kill', why: 'adventure' });
      command({ do: 'Disarm', killedAt: seq });
      command({ do: 'Arm', scope: 'global', of: '*' });
    },
    () => {
      const of = strategy();
      command({ do: 'Acknowledge', scope: 'strategy', of });
      command({ do: 'Arm', scope: 'strategy', of });
    },
    () => {
      const of = holder();
      command({ do: 'Acknowledge', scope: 'account', of });
      command({ do: 'Arm', scope: 'account', of });
    },
    () => command({ do: 'CancelOrder', order: someOrder() }, sawLately()),
    () => command({ do: 'ReplaceOrder', order: someOrder(), lots: stream.between(1, 12), limit: null, stop: null }),
    () => command({ do: 'ReplaceOrder', order: someOrder(), lots: stream.between(1, 12), limit: stream.between(900, 1100), stop: null }),
    () => {
      if (stream.chance(0.1)) command({ do: 'Stop', strategy: strategy() });
    },
    () => {
      if (!stream.chance(0.1)) return;
      input(stream.chance(0.5) ? { type: 'ClockStepped', byUs: 2 * S } : { type: 'JournalTroubled', why: 'adventure' });
      command({ do: 'Acknowledge', scope: 'global', of: '*' });
      command({ do: 'Arm', scope: 'global', of: '*' });
    },
    () => {
      if (stream.chance(0.3)) input({ type: 'SessionLost', account: 'C', why: 'adventure' });
      input({ type: 'SessionReady', account: 'C' });
      input({ type: 'Reconciled', account: 'C', unexplained: stream.chance(0.2) ? ['an order', 'a fill'] : [] });
      command({ do: 'Acknowledge', scope: 'account', of: 'C' });
      command({ do: 'Arm', scope: 'account', of: 'C' });
    },
    () => input({ type: 'AccountOpened', account: account('H', {}, { ...worse(), ...parts() }) }),
    () => input({ type: 'AccountOpened', account: account('B', {}, { latencyUs: stream.between(0, 300) * MS, fills: 'whole' }) }),
    () => {
      const timeframeUs = stream.between(1, 2) * 2 * S;
      const first = Math.floor(at / timeframeUs) * timeframeUs - 5 * timeframeUs;
      const candles = [0, 1, 2, 4].map((i) => {
        const [start, price] = [first + i * timeframeUs, stream.between(900, 1100)];
        return {
          start,
          end: start + timeframeUs,
          open: price,
          high: price + 2,
          low: price - 2,
          close: price + 1,
          volume: 9,
          trades: 3,
          complete: true,
        };
      });
      input({ type: 'HistoryLoaded', instrument: 'ETH', source: 'x', timeframeUs, availableAt: at, origin: 'adventure', candles });
    },
    () => {
      if (!stream.chance(0.3)) return;
      input({
        type: 'StrategyDeployed',
        strategy: `late${stream.below(4)}`,
        name: 'random',
        version: RANDOM_VERSION,
        account: stream.chance(0.1) ? 'Z' : holder(),
        parameters: stream.chance(0.1) ? { seed: -1 } : { seed: seed + seq, warmup: 1 },
        subscriptions: [
          { instrument: 'BTC', source: 'x', timeframeUs: 5 * S },
          { instrument: stream.chance(0.1) ? 'DOGE' : 'ETH', source: 'x', timeframeUs: stream.chance(0.1) ? 7 * S : 10 * S },
        ],
        history: false,
      });
    },
    () => input({ type: 'SourceBeat', source: source(), beats: 1 }),
    () => input({ type: 'SourceBeat', source: source(), beats: 1 }),
    () => input({ type: 'SourceRestored', source: source() }),
    () => {
      if (stream.chance(0.4)) input({ type: 'SourceLost', source: source(), why: 'adventure' });
      else input({ type: 'SourceRestored', source: source() });
    },
    () => input({ type: 'SignalReceived', strategy: strategy(), signal: 'go', key: `g${stream.below(1000)}`, payload: null }),
    () =>
      input({
        type: 'LimitsChanged',
        ...(stream.chance(0.5) ? { scope: 'account', of: holder() } : { scope: 'instrument', of: 'BTC' }),
        limits: {
          ...NO_LIMITS,
          maxPositionLots: stream.between(5, 60),
          hardDailyLoss: stream.chance(0.5) ? BigInt(stream.between(1, 9) * 20_000) : null,
        },
      }),
    () =>
      input({ type: 'TicksRefused', source: source(), instrument: null, reason: 'malformed', count: stream.between(1, 9), example: '?' }),
    () => input({ type: 'BudgetGranted', account: holder(), budget: BigInt(stream.between(1, 50) * 100_000), release: 'r' }),
    () =>
      input({ type: 'BalanceAdjusted', account: holder(), currency: 'USD', amount: BigInt(stream.between(-500, 500)), why: 'interest' }),
    () => {
      if (!stream.chance(0.3)) return;
      const before = definitions.get(['BTC', 'ETH', 'XYZ'][stream.below(3)]) as Instrument;
      const other = before.tick === '0.01' ? '0.05' : '0.01';
      const after = { ...before, version: before.version + 1, tick: stream.chance(0.5) ? before.tick : other };
      definitions.set(after.id, after);
      input({ type: 'InstrumentDefined', instrument: after });
    },
    () => input({ type: 'OrderReported', order: `${stream.between(1, seq)}.0`, report: { kind: 'Acked' } }),
  ];

  /** What the outside venue says of one of its orders, true to the request or not. */
  const broker = (): void => {
    const request = requests[Math.max(0, requests.length - 1 - stream.below(6))];
    if (request === undefined) return;
    if (stream.chance(0.05)) {
      input({ type: 'EffectNotSent', effect: addressOf(request), why: 'late' });
      return;
    }
    const { order, lots, limit, stop } = request;
    const part = stream.between(1, lots ?? 3);
    const filled = {
      kind: 'Filled',
      fill: `f${seq}`,
      lots: part,
      price: stream.between(990, 1010),
      fee: String(stream.between(0, 9)),
      maker: false,
    };
    const reports: readonly VenueReport[] = [
      { kind: 'Acked' },
      { kind: 'Acked' },
      { kind: 'Acked' },
      filled as VenueReport,
      filled as VenueReport,
      filled as VenueReport,
      { kind: 'Lost' },
      { kind: 'NeverExisted' },
      { kind: 'Rejected', reason: 'adventure' },
      request.action === 'replace' && lots !== null ? { kind: 'Replaced', lots, limit, stop } : { kind: 'Cancelled' },
      request.action === 'replace' ? { kind: 'ReplaceRejected', reason: 'adventure' } : { kind: 'CancelRejected', reason: 'adventure' },
      { kind: 'Expired' },
    ];
    input({ type: 'OrderReported', order, report: reports[stream.below(reports.length)] });
  };

  /** An outside venue by itself: its reports, its whole truth, its line; and people who put it right again. */
  const outside = (): void => {
    const which = venueStream.chance(0.75) ? 1 : 0;
    const [id, venue] = [OUTSIDE[which], venues[which]];
    const now = held();
    const gate = now.gates.find((one) => one.scope === 'account' && one.of === id)?.value;
    const draw = venueStream.below(100);
    if (draw < 45) {
      const working = now.orders.filter((one) => one.account === id && isWorking(one));
      // of a stop that is lost, what is placed in its stead is lost too
      const stops = venueStream.chance(0.5) ? working.filter(isStop) : [];
      let chosen: HeldOrder | undefined = stops.at(-1) ?? working[venueStream.below(Math.max(1, working.length))];
      for (let more = venueStream.between(1, 4) + 2 * stops.length; more > 0 && chosen !== undefined; more -= 1) {
        const { order, strategy } = chosen as HeldOrder;
        const report = venue.report(chosen, held());
        if (report !== null) input({ type: 'OrderReported', order, report });
        const after: HeldOrder[] = held().orders.filter((one) => one.account === id);
        const heir: HeldOrder | undefined = after.findLast((one) => one.strategy === strategy && isStop(one) && isWorking(one));
        chosen = stops.length > 0 && heir !== undefined ? heir : after.find((one) => one.order === order);
      }
      return;
    }
    if (draw < 72) {
      input(venue.snapshot(now, honestly(0.3)));
      return;
    }
    if (draw < 76) {
      for (let i = 0; i < 3; i += 1) input(venue.snapshot(held(), venueStream.chance(0.8) ? 'wrong' : 'disturbed'));
      return;
    }
    if (draw < 80) {
      input({ type: 'SessionLost', account: id, why: 'adventure' });
      const stop = now.orders.find((one) => one.account === id && isStop(one) && one.value === 'LIVE');
      if (stop !== undefined && venueStream.chance(0.6))
        input({ type: 'OrderReported', order: stop.order, report: { kind: venueStream.chance(0.5) ? 'Cancelled' : 'Expired' } });
      input({ type: 'SessionReady', account: id });
      input(venue.snapshot(held(), honestly(0.6)));
      return;
    }
    if (draw < 83) {
      command({ do: 'AcceptVenue', account: venueStream.chance(0.9) ? id : ('A' as AccountId) }, sawLately());
      if (venueStream.chance(0.7)) input(venue.snapshot(held(), venueStream.chance(0.3) ? 'wrong' : 'disturbed'));
      return;
    }
    if (draw < 86) {
      const of = ['A', 'A', 'B', 'D', 'E', 'E', 'Z'][venueStream.below(7)] as AccountId;
      command({ do: 'Reset', account: of, cash: BigInt(venueStream.between(0, 9) * 1_000_000) });
      return;
    }
    if (draw < 88) {
      command({ do: 'Flatten', account: id });
      return;
    }
    if (draw < 89) {
      input({ type: 'AccountOpened', account: venueStream.chance(0.8) ? terms() : { ...terms(), outside: null } });
      return;
    }
    if (gate === 'OPEN' && venueStream.chance(0.7)) {
      input(venue.snapshot(now, 'disturbed'));
      return;
    }
    // put right again
    command({ do: 'AcceptVenue', account: id });
    input({ type: 'SessionReady', account: id });
    command({ do: 'Acknowledge', scope: 'account', of: id });
    input(venue.snapshot(held(), honestly(0.5)));
    command({ do: 'Arm', scope: 'account', of: id });
    if (venueStream.chance(0.2)) command({ do: 'Flatten', account: id });
    for (const of of ['p0', 'p1', 'p2'] as StrategyId[]) if (venueStream.chance(0.3)) command({ do: 'Resume', strategy: of });
  };

  for (let i = 0; i < length; i += 1) {
    if (stream.chance(0.4)) broker();
    while (venueStream.chance(0.45)) outside();
    if (handStream.chance(0.12)) command(byHand(), handStream.chance(0.2) ? Math.max(0, seq - 50) : null);
    const draw = stream.below(100);
    if (draw < 80) market();
    else if (draw < 94) people[stream.below(people.length)]();
    else {
      const [minutes, night] = [stream.chance(0.03), stream.chance(0.1)];
      // flat candles wake a strategy each second: a night of them would take the reference desk minutes
      const asleep = minutes && night ? subscriptions.map((_, s) => `s${s}` as StrategyId) : [];
      for (const one of asleep) command({ do: 'Pause', strategy: one });
      at += minutes ? stream.between(1, 30) * (night ? 3600 : 60) * S : stream.between(0, 3000) * MS;
      take({ do: 'time', at: at as TimeUs });
      for (const one of asleep) if (stream.chance(0.7)) command({ do: 'Resume', strategy: one });
    }
  }
  return steps;
}

/** Facts of lanes, in their order, as one frame from this number on. */
export function framed(lanes: readonly Lane[], facts: readonly LaneFact[], first: number): MarketFrame {
  const owners = [...new Set(facts.map(({ lane }) => lane))].sort((a, b) => a - b);
  const blocks = owners.map((owner): Block => {
    const own = facts.filter(({ lane }) => lane === owner);
    const lane = lanes[owner];
    return {
      instrument: lane.instrument.id,
      source: lane.source as SourceId,
      kind: lane.kind,
      timeframeUs: lane.timeframeUs,
      count: own.length,
      at: Float64Array.from(own, (fact) => fact.at),
      venueTime: Float64Array.from(own, (fact) => fact.venueTime),
      venueSeq: lane.seq === null ? NO_SEQ : Float64Array.from(own, (fact) => fact.seq),
      flags: Uint8Array.from(own, (fact) => fact.flags ?? 0),
      values: VALUE_COLUMNS[lane.kind].map((_, column) => Float64Array.from(own, (fact) => fact.values[column])),
    };
  });
  const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from(facts, (fact) => owners.indexOf(fact.lane));
  return marketFrame(first as Seq, blocks, lane, null);
}

/** A change near the price, of either side: now and then one of a snapshot, or one that comes after others were missed. */
export function bookChange(stream: RandomStream, [price, lots]: readonly number[]): { values: number[]; flags: number } {
  const isBid = stream.chance(0.5);
  const away = stream.between(0, 4);
  const mark = stream.chance(0.15) ? FLAG_SNAPSHOT : stream.chance(0.02) ? FLAG_GAP : 0;
  const size = stream.chance(0.01) ? -1 : stream.chance(0.1) ? 0 : lots;
  return { values: [isBid ? price - away : price + away, size], flags: (isBid ? FLAG_BUY : FLAG_SELL) | mark };
}

/** One tick of a lane: mostly a step of a random walk, sometimes late, ahead, absurd, crossed, empty, repeated or after a gap. */
function tick(
  stream: RandomStream,
  lane: Lane,
  prices: Map<string, number>,
  at: number,
): { venueTime: number; seq: number; values: number[] } {
  const { id } = lane.instrument;
  const walked = Math.max(50, (prices.get(id) as number) + stream.between(-3, 3));
  prices.set(id, walked);
  const price = stream.chance(0.01) ? walked * 2 : walked;
  const behind = stream.chance(0.03) ? stream.between(0, 4000) * MS : stream.between(0, 100) * MS;
  let venueTime = stream.chance(0.005) ? at + 6 * S : stream.chance(0.02) ? at + 200 * MS : at - behind;
  let seq = 0;
  if (lane.seq !== null) {
    if (stream.chance(0.01)) lane.seq += 2;
    seq = stream.chance(0.01) ? Math.max(1, lane.seq - 1) : lane.seq++;
  }
  const lots = stream.chance(0.01) ? 0 : stream.between(1, 12);
  switch (lane.kind) {
    case 'trade':
    case 'book':
      return { venueTime, seq, values: [price, lots] };
    case 'quote': {
      const half = stream.chance(0.01) ? 0 : stream.between(1, 3);
      return { venueTime, seq, values: [price - half, stream.between(0, 9), price + half, stream.between(0, 9)] };
    }
    case 'bar': {
      venueTime = Math.floor(venueTime / lane.timeframeUs) * lane.timeframeUs - lane.timeframeUs;
      const close = price + stream.between(-4, 4);
      const high = Math.max(price, close) + stream.between(0, 4);
      const low = Math.min(price, close) - stream.between(0, 4);
      return { venueTime, seq, values: [price, stream.chance(0.01) ? low - 1 : high, low, close, lots * 10] };
    }
  }
}
