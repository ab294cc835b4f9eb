/** A desk, an exchange and real sockets between them: opened, disturbed, brought to rest and held against each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDigest } from '#cli/compose/digest.ts';
import { kafkaPlaceAt } from '#cli/compose/kafka-place.ts';
import { openRunningDesk, type RunningDesk, type RunningDeskOptions } from '#cli/compose/running-desk.ts';
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { Broker } from '#engine/execution/broker.ts';
import type { VenueTakes } from '#engine/execution/order-terms.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { NO_LIMITS } from '#engine/risk/limits.ts';
import type { AccountId, DeskId, InstrumentId, Sha256, SourceId, StrategyId } from '#engine/values.ts';
import { openLocalBroker } from '#infra/brokers/local/broker.ts';
import { FileReader } from '#infra/files/read.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import type { ExchangeState } from '#infra/venues-local/exchange-state.ts';
import type { FaultRates } from '#infra/venues-local/faults.ts';
import { type ExchangeServer, openExchangeServer } from '#infra/venues-local/serve.ts';
import { verify } from '#replay/verify.ts';
import { type Clock, realClock } from '#streams/clock.ts';
import type { InputBody } from '#streams/feed.ts';
import { ORDERED_VERSION, orderedCatalogue, type Wanted } from './ordered-strategy.ts';

export const ACCOUNT = 'main' as AccountId;
export const STRATEGY = 'hands' as StrategyId;
const SOURCE = 'local' as SourceId;

export const INSTRUMENTS: readonly Instrument[] = ['BTC-USD', 'ETH-USD'].map((id) => ({
  id: id as InstrumentId,
  version: 1,
  tick: id === 'BTC-USD' ? '0.1' : '0.01',
  lot: id === 'BTC-USD' ? '0.0001' : '0.001',
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
}));

export type Terms = Readonly<{ sendWindowUs: number; orphans: 'adopt' | 'cancel'; takes?: VenueTakes }>;

export const genesisFor = ({ sendWindowUs, orphans, takes }: Terms, instruments = INSTRUMENTS): InputBody[] => [
  {
    type: 'AccountOpened',
    account: {
      id: ACCOUNT,
      mode: 'PAPER',
      venue: 'local',
      calendar: 'ALWAYS',
      currency: 'USD',
      currencyScale: 2,
      cash: 0n,
      pure: null,
      outside: { sendWindowUs, orphans, cashTolerance: 0n, ...(takes === undefined ? {} : { takes }) },
    },
  },
  { type: 'LimitsChanged', scope: 'global', of: '*', limits: NO_LIMITS },
  ...instruments.map((instrument): InputBody => ({ type: 'InstrumentDefined', instrument })),
  deployed(STRATEGY),
  { type: 'CommandGiven', key: 'arm-global', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
];

export const deployed = (strategy: StrategyId): InputBody => ({
  type: 'StrategyDeployed',
  strategy,
  name: 'ordered',
  version: ORDERED_VERSION,
  account: ACCOUNT,
  parameters: {},
  subscriptions: INSTRUMENTS.map(({ id }) => ({ instrument: id, source: SOURCE, timeframeUs: 60_000_000 })),
  history: false,
});

export type DeskOptions = Partial<Pick<RunningDeskOptions, 'latch' | 'watch' | 'entries' | 'log' | 'onHalt'>> &
  Readonly<{
    folder: string;
    server: Pick<ExchangeServer, 'url' | 'keys'>;
    terms?: Terms;
    /** How long a request of the adapter may take. */
    timeoutUs?: number;
    marginUs?: number;
    reconcileEveryUs?: number;
    instruments?: readonly Instrument[];
    /** Of a new journal: what stands behind the usual genesis. */
    more?: readonly InputBody[];
    broker?: (real: Broker) => Broker;
    /** Of the desk, its outbox and its adapter. */
    clock?: Clock;
    hear?: (decision: Decision) => void;
  }>;

export const SHORT: Terms = { sendWindowUs: 100_000, orphans: 'adopt' };
const FREE = { isKilled: () => false };
const NOBODY = { register: () => {}, settled: () => {} };

export class World {
  readonly desk: RunningDesk;
  readonly folder: string;
  /** Everything decided in this life. */
  readonly decisions: Decision[];
  #signals = 0;

  private constructor(desk: RunningDesk, folder: string, decisions: Decision[]) {
    this.desk = desk;
    this.folder = folder;
    this.decisions = decisions;
  }

  static async open(options: DeskOptions): Promise<World> {
    const { folder, server, terms = SHORT, timeoutUs = 400_000, marginUs = 15_000, reconcileEveryUs = 60_000_000, hear } = options;
    const { instruments = INSTRUMENTS, more = [], clock = realClock } = options;
    const decisions: Decision[] = [];
    const real = openLocalBroker({
      account: ACCOUNT,
      url: server.url,
      key: server.keys.key,
      secret: { reveal: () => server.keys.secret },
      instruments,
      timeoutUs,
      clock,
    });
    const world: { desk: RunningDesk | null } = { desk: null };
    const desk = await openRunningDesk({
      folder,
      ...(isKafkaAddress(folder) ? { kafka: kafkaPlaceAt(folder, { singleBroker: true, partitions: 1 }, {}).settings } : {}),
      desk: 'effects' as DeskId,
      catalogue: orderedCatalogue,
      manifest: { format: 1, run: 'test' },
      config: '0'.repeat(64) as Sha256,
      flags: [],
      genesis: [...genesisFor(terms, instruments), ...more],
      entries: options.entries ?? (() => []),
      accounts: [
        { account: ACCOUNT, broker: options.broker?.(real) ?? real, sendWindowUs: terms.sendWindowUs, reconcileEveryUs, marginUs },
      ],
      latch: options.latch ?? FREE,
      watch: options.watch ?? NOBODY,
      clock,
      observer: (decision) => {
        decisions.push(decision);
        hear?.(decision);
        // paper arms itself, once it is reconciled
        if (decision.type === 'GateMoved' && decision.scope === 'account' && decision.to === 'ARMED')
          setImmediate(() => world.desk?.sequencer.submit(armAccount(decision.cause)));
      },
      onHalt:
        options.onHalt ??
        ((halt) => {
          throw halt.error;
        }),
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    world.desk = desk;
    const opened = new World(desk, folder, decisions);
    if (opened.gate === 'ARMED') desk.sequencer.submit(armAccount(desk.live.run.desk.seq)); // killed before it could
    return opened;
  }

  get state() {
    return this.desk.live.run.desk.parts;
  }

  get gate(): string {
    return this.state.gates.find('account', ACCOUNT)!.living.value;
  }

  want(...wanted: readonly Wanted[]): void {
    this.wantOf(STRATEGY, ...wanted);
  }

  wantOf(strategy: StrategyId, ...wanted: readonly Wanted[]): void {
    this.#signals += 1;
    const key = `signal-${this.desk.live.run.desk.seq}-${this.#signals}`;
    this.desk.sequencer.submit({ type: 'SignalReceived', strategy, signal: 'test', key, payload: wanted as never });
  }

  /** Waits until something is so. */
  async until(so: () => boolean, what: string, withinMs = 5_000): Promise<void> {
    const end = Date.now() + withinMs;
    while (!so()) {
      if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}\n${this.picture()}`);
      await wait(2);
    }
  }

  ready(): Promise<void> {
    return this.until(() => this.gate === 'OPEN', 'the account is open', 30_000);
  }

  /** Nothing is under way any more, and the venue's truth was held against ours since. */
  async rest(withinMs = 20_000): Promise<void> {
    const link = this.desk.links[0]!;
    await this.until(() => this.unsettled().length === 0 && link.waiting === 0, 'all outcomes are known', withinMs);
    const { looked } = link;
    const account = this.state.accounts.byId.get(ACCOUNT)!;
    link.look(0);
    const matched = () => link.looked > looked && account.outside!.differing === 0 && account.session.value === 'ready';
    await this.until(() => matched() && this.unsettled().length === 0, 'reconciled', withinMs);
  }

  unsettled() {
    const open = ['INTENT', 'SENDING', 'UNKNOWN', 'CANCEL_PENDING', 'REPLACE_PENDING'];
    return this.state.orders.working.filter((order) => open.includes(order.living.value));
  }

  picture(): string {
    const orders = [...this.state.orders.all.values()].map(
      (order) =>
        `${order.id} ${order.clientId} ${order.side} ${order.living.value} ${order.living.context.filled}/${order.living.context.lots}`,
    );
    const account = this.state.accounts.byId.get(ACCOUNT);
    const last = this.decisions
      .slice(-12)
      .map(
        (decision) =>
          `  ${addressOf(decision)} ${JSON.stringify(decision, (_, v) => (typeof v === 'bigint' ? String(v) : v)).slice(0, 200)}`,
      );
    return [`gate ${this.gate}, session ${account?.session.value}`, ...orders, ...last].join('\n');
  }
}

const armAccount = (cause: number): InputBody => ({
  type: 'CommandGiven',
  key: `arm-account-${cause}`,
  by: 'test',
  sawSeq: null,
  command: { do: 'Arm', scope: 'account', of: ACCOUNT },
});

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the exchange is told by its admin. */
export async function admin(server: Pick<ExchangeServer, 'url' | 'keys'>, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${server.url}/admin/${path}`, {
    method: 'POST',
    headers: { 'x-admin': server.keys.admin, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`admin ${path}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

export const faults = (server: Pick<ExchangeServer, 'url' | 'keys'>, seed: number, rates: FaultRates, delayUs = 50_000): Promise<void> =>
  admin(server, 'faults', { seed, faults: rates, delayUs });

export async function openExchange(): Promise<ExchangeServer & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-exchange-'));
  const server = await openExchangeServer({ folder, steps: 0, limit: 100_000, symbols: ['BTC-USD', 'ETH-USD'] });
  return Object.assign(Object.create(server), { folder }); // `exchange` is read anew each time: a reset makes another
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'retrace-effects-'));
export const dropFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Where the two ledgers disagree: one line each; none is the law. Both may be living, or folded from their files. */
export function disagreements(
  world: Pick<World, 'state'>,
  { exchange }: Readonly<{ exchange: Readonly<{ state: ExchangeState }> }>,
): string[] {
  const { orders, accounts } = world.state;
  const found: string[] = [];
  const venue = exchange.state.orders;
  const byClient = new Map<string, (typeof venue)[number][]>();
  for (const row of venue) if (row.clientId !== null) byClient.set(row.clientId, [...(byClient.get(row.clientId) ?? []), row]);
  for (const [clientId, rows] of byClient) if (rows.length > 1) found.push(`doubled: ${rows.length} orders of ${clientId}`);
  const held = new Set<string>();
  for (const order of orders.all.values()) {
    held.add(order.clientId);
    const { value, context } = order.living;
    const row = byClient.get(order.clientId)?.[0] ?? venue.find(({ id }) => String(id) === order.clientId);
    if (row === undefined) {
      if (!((value === 'REJECTED' || value === 'CANCELLED') && context.filled === 0))
        found.push(`${order.id} is ${value} here and never was there`);
      continue;
    }
    if (row.filled !== context.filled) found.push(`${order.id}: filled ${context.filled} here, ${row.filled} there`);
    const there = row.state === 'working' ? 'LIVE' : row.state.toUpperCase();
    if (there !== value) found.push(`${order.id}: ${value} here, ${there} there`);
    if (row.state === 'working' && (row.lots !== context.lots || row.limit !== context.limit || row.stop !== context.stop))
      found.push(`${order.id}: terms ${context.lots} ${context.limit} ${context.stop} here, ${row.lots} ${row.limit} ${row.stop} there`);
  }
  for (const row of venue) if (!held.has(row.clientId ?? String(row.id))) found.push(`order ${row.id} there is nobody's here`);
  const account = exchange.state.account;
  for (const { id } of INSTRUMENTS) {
    const here = accounts.ledger.accountPosition(ACCOUNT, id);
    const there = account.lotsOf(exchange.state.listings.get(id)!);
    if (here !== there) found.push(`position ${id}: ${here} here, ${there} there`);
  }
  const cash = accounts.ledger.cashOf(ACCOUNT, 'USD');
  const there = account.cash('USD');
  if (cash !== there) found.push(`cash: ${cash} here, ${there} there`);
  return found;
}

/** Derives the whole journal again. */
export async function verified(folder: string): Promise<boolean> {
  const result = await verify(new FileReader({ folder, digest: nodeDigest }), { digest: nodeDigest, catalogue: orderedCatalogue });
  return result.ok;
}
