/**
 * W5's desk: the one that `retrace run` starts (journal, gates with every control, outbox, adapter over sockets), one strategy that orders
 * what a signal says, and the instants at which each order passed each place.
 */
import { openRunningDesk, type RunningDesk } from '#cli/compose/running-desk.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Broker, SendRequest } from '#engine/execution/broker.ts';
import { type Block, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Limits } from '#engine/risk/limits.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, InstrumentId, Minor, Sha256, SourceId, StrategyId } from '#engine/values.ts';
import { openLocalBroker } from '#infra/brokers/local/broker.ts';
import type { Disk } from '#infra/files/disk.ts';
import { realClock } from '#streams/clock.ts';
import type { InputBody } from '#streams/feed.ts';
import { tell } from './harness.ts';
import { BID, nowUs, SYMBOL, type Venue } from './w5-venue.ts';

export const ACCOUNT = 'main' as AccountId;
export const INSTRUMENT = SYMBOL as InstrumentId;
const STRATEGY = 'hands' as StrategyId;
const SOURCE = 'local' as SourceId;
const VERSION = '5'.repeat(64) as Sha256;
/** Long: at a rate that cannot be reached orders wait, and none may stay home for it. */
const WINDOW_US = 60_000_000;
const QUOTE_EVERY_MS = 100;
/** Sizes differ, or the duplicate control would be right to refuse. */
const SIZES = 20_000;

const traded: Instrument = {
  id: INSTRUMENT,
  version: 1,
  tick: '0.1',
  lot: '0.0001',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds: [
    {
      source: SOURCE,
      latenessUs: 0,
      graceUs: 0,
      silentUs: null,
      muteUs: null,
      lagUs: null,
      lagDownUs: null,
      absurdPermille: null,
      settleUs: 0,
      faultsToDown: 5,
      fillFlat: false,
    },
  ],
};

/** Every control has something to judge, and none refuses. */
const limits: Limits = {
  collarPermille: 50,
  maxOrderLots: 10 * SIZES,
  maxOrderNotional: (10n ** 12n) as Minor,
  maxPositionLots: 1_000_000_000,
  softDailyLoss: (10n ** 14n) as Minor,
  hardDailyLoss: (10n ** 14n) as Minor,
  maxDrawdown: (10n ** 14n) as Minor,
  ordersPerSecond: 1_000_000,
  duplicateUs: 1_000,
  staleUs: 60_000_000,
};

/** A signal's payload is a number of lots: above 0 bought, below sold. */
export const hands: Strategy<null> = {
  name: 'hands',
  about: 'orders what a signal says',
  parameters: {},
  subscriptions: null,
  warmup: () => 0,
  wantsFills: false,
  start: () => null,
  decide(_, event, __, wake) {
    if (event.type !== 'signal') return;
    const lots = Number(event.payload);
    wake.intents.push({
      do: 'order',
      instrument: INSTRUMENT,
      side: lots > 0 ? 'buy' : 'sell',
      type: 'market',
      lots: Math.abs(lots),
      limit: null,
      stop: null,
      expiresAt: null,
      reduceOnly: false,
      why: 'bench',
    });
  },
  save: () => null,
  load: () => null,
};

export const genesis: readonly InputBody[] = [
  {
    type: 'AccountOpened',
    account: {
      id: ACCOUNT,
      mode: 'PAPER',
      venue: 'local',
      calendar: 'ALWAYS',
      currency: 'USD',
      currencyScale: 2,
      cash: 0n as Minor,
      pure: null,
      outside: { sendWindowUs: WINDOW_US, orphans: 'adopt', cashTolerance: 0n as Minor },
    },
  },
  { type: 'LimitsChanged', scope: 'global', of: '*', limits },
  { type: 'InstrumentDefined', instrument: traded },
  {
    type: 'StrategyDeployed',
    strategy: STRATEGY,
    name: 'hands',
    version: VERSION,
    account: ACCOUNT,
    parameters: {},
    subscriptions: [{ instrument: INSTRUMENT, source: SOURCE, timeframeUs: 60_000_000 }],
    history: false,
  },
  { type: 'CommandGiven', key: 'arm-global', by: 'bench', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
];

/** Where an order passes, in this order; sent: durable, and its turn has come; µs of the machine's clock, 0 where it has not been. */
export const PLACES = ['decided', 'sent', 'accepted', 'acked', 'filled'] as const;
export type Place = (typeof PLACES)[number];

/** Lots of the n-th order: a bought one is sold again by the next. */
export const lotsOf = (n: number): number => (n % 2 === 0 ? 1 : -1) * (1 + ((n >> 1) % SIZES));

export type W5DeskOptions = Readonly<{
  folder: string;
  venue: Venue;
  /** How many it will be asked for. */
  orders: number;
  disk?: Disk;
  /** Called when the journal has been derived again. */
  derived?: () => void;
}>;

/** The strategy of these workloads beside others. */
export const handsAnd =
  (others: StrategyCatalogue): StrategyCatalogue =>
  (name, version) =>
    name === hands.name ? hands : others(name, version);

export class W5Desk {
  readonly running: RunningDesk;
  readonly stamps: Readonly<Record<Place, Float64Array>>;
  /** The client id of each order, by its place in the schedule. */
  readonly clientIds: string[] = [];
  fills = 0;
  refused = 0;
  readonly #ofCause = new Map<number, number>();
  readonly #ofOrder = new Map<string, number>();
  readonly #ofClient = new Map<string, number>();
  #wake: () => void = () => {};
  #quotes: NodeJS.Timeout | null = null;

  private constructor(running: RunningDesk, stamps: W5Desk['stamps']) {
    this.running = running;
    this.stamps = stamps;
  }

  static async open(options: W5DeskOptions): Promise<W5Desk> {
    const { folder, venue, orders, disk } = options;
    const stamps = Object.fromEntries(PLACES.map((place) => [place, new Float64Array(orders)])) as unknown as W5Desk['stamps'];
    const own: { desk: W5Desk | null } = { desk: null };
    const real = openLocalBroker({
      account: ACCOUNT,
      url: venue.url,
      key: venue.keys.key,
      secret: { reveal: () => venue.keys.secret },
      instruments: [traded],
      timeoutUs: WINDOW_US / 3,
      clock: realClock,
    });
    const running = await openRunningDesk({
      folder,
      desk: 'w5' as DeskId,
      catalogue: handsAnd(catalogue),
      manifest: { bench: 'w5' },
      config: '0'.repeat(64) as Sha256,
      flags: [],
      genesis,
      entries: () => {
        options.derived?.();
        return [];
      },
      accounts: [
        {
          account: ACCOUNT,
          broker: stamping(real, (clientId, place) => own.desk?.stamp(clientId, place)),
          sendWindowUs: WINDOW_US,
          reconcileEveryUs: 60_000_000,
        },
      ],
      latch: { isKilled: () => false },
      watch: { register: () => {}, settled: () => {} },
      observer: (decision) => own.desk?.hear(decision),
      onHalt: ({ error }) => {
        throw error;
      },
      ...(disk === undefined ? {} : { disk }),
    });
    const desk = new W5Desk(running, stamps);
    own.desk = desk;
    desk.#quote();
    desk.#quotes = setInterval(() => desk.#quote(), QUOTE_EVERY_MS);
    await until(() => desk.gate === 'ARMED' || desk.gate === 'OPEN', 'the account is reconciled');
    if (desk.gate === 'OPEN') return desk;
    running.sequencer.submit({
      type: 'CommandGiven',
      key: `arm-account-${running.sequencer.seq}`,
      by: 'bench',
      sawSeq: null,
      command: { do: 'Arm', scope: 'account', of: ACCOUNT },
    });
    await until(() => desk.gate === 'OPEN', 'the account is open');
    return desk;
  }

  get parts() {
    return this.running.live.run.desk.parts;
  }

  get gate(): string {
    return this.parts.gates.find('account', ACCOUNT)?.living.value ?? 'none';
  }

  order(n: number): void {
    const { seq } = this.running.sequencer.submit({
      type: 'SignalReceived',
      strategy: STRATEGY,
      signal: 'go',
      key: `signal-${n}`,
      payload: lotsOf(n),
    });
    this.#ofCause.set(seq, n);
  }

  stamp(clientId: string, place: Place, at = nowUs()): void {
    const n = this.#ofClient.get(clientId);
    if (n !== undefined) this.stamps[place][n] = at;
  }

  hear(decision: Decision): void {
    switch (decision.type) {
      case 'OrderRequested': {
        const n = this.#ofCause.get(decision.cause);
        if (n === undefined || decision.action !== 'send') return;
        this.#ofCause.delete(decision.cause);
        this.#ofOrder.set(decision.order, n);
        this.#ofClient.set(decision.clientId, n);
        this.clientIds[n] = decision.clientId;
        this.stamps.decided[n] = nowUs();
        return;
      }
      case 'OrderFilled': {
        const n = this.#ofOrder.get(decision.order);
        this.fills += 1;
        if (n !== undefined) this.stamps.filled[n] = nowUs();
        this.#wake();
        return;
      }
      case 'OrderRefused':
        if (decision.account !== ACCOUNT) return;
        if (this.refused === 0)
          tell(
            `refused: ${JSON.stringify(
              decision.clauses.filter(({ ok }) => !ok),
              (_, v) => (typeof v === 'bigint' ? String(v) : v),
            )}`,
          );
        this.refused += 1;
        this.#wake();
    }
  }

  /** Until so many orders have filled, or nothing more does for a while. */
  async filled(count: number, patienceMs: number): Promise<void> {
    for (let seen = -1; this.fills + this.refused < count && seen !== this.fills; ) {
      seen = this.fills;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        this.#wake = () => {
          if (this.fills + this.refused < count) return;
          clearTimeout(timer);
          resolve();
        };
        this.#wake();
      });
    }
  }

  async close(): Promise<void> {
    if (this.#quotes !== null) clearInterval(this.#quotes);
    await this.running.close();
  }

  /** As a crash leaves it: everything durable, and nothing said of an end. */
  async leave(): Promise<void> {
    if (this.#quotes !== null) clearInterval(this.#quotes);
    for (const link of this.running.links) await link.close();
    await this.running.live.journal.durable();
    this.running.sequencer.stop();
    await this.running.live.journal.close();
  }

  #quote(): void {
    const at = Date.now() * 1000;
    const one = (value: number) => Float64Array.of(value);
    const block: Block = {
      ...{ instrument: INSTRUMENT, source: SOURCE, kind: 'quote', timeframeUs: 0, count: 1 },
      ...{ at: one(at), venueTime: one(at), venueSeq: NO_SEQ, flags: Uint8Array.of(0) },
      values: [one(BID), one(1_000), one(BID + 1), one(1_000)],
    };
    this.running.sequencer.take({ kind: 'market', blocks: [block], lane: NO_LANE });
  }
}

/** The same broker, at a venue that allows more than any rate here, with its sends' begin and end seen. */
function stamping(real: Broker, stamp: (clientId: string, place: Place) => void): Broker {
  return {
    account: real.account,
    capabilities: { ...real.capabilities, requestsPerSecond: 1_000_000 },
    open: (hear) => real.open(hear),
    async send(request: SendRequest) {
      stamp(request.clientId, 'sent');
      const outcome = await real.send(request);
      if (outcome.kind === 'acked') stamp(request.clientId, 'acked');
      return outcome;
    },
    cancel: (name) => real.cancel(name),
    replace: (request) => real.replace(request),
    cancelAll: () => real.cancelAll(),
    order: (name) => real.order(name),
    openOrders: () => real.openOrders(),
    fills: (since) => real.fills(since),
    positions: () => real.positions(),
    balances: () => real.balances(),
    transfers: (since) => real.transfers(since),
    clock: () => real.clock(),
    close: () => real.close(),
  };
}

async function until(so: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !so(); await new Promise((resolve) => setTimeout(resolve, 1)))
    if (Date.now() > end) throw new Error(`not within 20 s: ${what}`);
}
