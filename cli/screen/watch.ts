/** What a person sees of a desk: numbers read from its parts, never changed. Reading it late or never alters nothing. */
import type { FeedContext } from '#actors/feed.ts';
import type { GateReason } from '#actors/gate.ts';
import { minorText } from '#engine/decimal.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Minor } from '#engine/values.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { measuresOf } from '#replay/picture.ts';

export type GateLine = Readonly<{ scope: string; of: string; state: string; reasons: readonly GateReason[] }>;
export type InstrumentLine = Readonly<{
  id: string;
  last: string;
  feed: string;
  /** Why it is not healthy, in a word. */
  trouble: string;
  /** Engine time since its newest tick, µs; null before the first. */
  ageUs: number | null;
  gate: GateLine;
  held: string;
  flat: boolean;
  working: number;
  /** Gain after fees of the strategies on it. */
  gain: bigint;
}>;
export type StrategyLine = Readonly<{
  id: string;
  name: string;
  on: string;
  state: string /** Of its warm-up, while it warms. */;
  seen: string;
  gate: GateLine;
  gain: bigint;
}>;

export type Picture = Readonly<{
  atUs: number;
  seq: number;
  global: GateLine;
  accounts: readonly Readonly<{
    id: string;
    gate: GateLine;
    currency: string;
    equity: bigint;
    opening: bigint;
    dayStart: bigint;
    peak: bigint;
    scale: number;
  }>[];
  instruments: readonly InstrumentLine[];
  strategies: readonly StrategyLine[];
}>;

export function pictureOf(run: DeskRun): Picture {
  const { parts } = run.desk;
  const { accounts, markets, orders, strategies, gates, core } = parts;
  const line = (gate: (typeof gates.all)[number]): GateLine => ({
    scope: gate.scope,
    of: gate.of,
    state: gate.living.value,
    reasons: gate.living.context.reasons,
  });
  const measures = measuresOf(run.desk.parts);
  const gainOf = (id: string) =>
    accounts.all
      .flatMap(({ strategyBooks }) => strategyBooks.filter((book) => book.strategy === id))
      .reduce((sum, book) => sum + accounts.equity(book), 0n);
  return {
    atUs: core.at,
    seq: run.desk.seq,
    global: line(gates.global),
    accounts: accounts.all.map((account) => ({
      id: account.spec.id,
      gate: line(account.gate),
      currency: account.spec.currency,
      scale: account.spec.currencyScale,
      opening: account.spec.cash,
      equity: accounts.equity(account.book),
      dayStart: account.book.dayStart,
      peak: account.book.peak,
    })),
    instruments: markets.all.map((market) => {
      const { id } = market.definition;
      const [primary] = market.feeds;
      const lots = accounts.all.reduce((sum, { spec }) => sum + accounts.ledger.accountPosition(spec.id, id), 0);
      const { reference } = market;
      return {
        id,
        last: reference === null ? '–' : measures.price(id, reference),
        feed: primary?.living.value ?? 'DOWN',
        trouble: primary === undefined ? '' : troubleOf(primary.living.context),
        ageUs: primary === undefined || primary.tickAt < 0 ? null : core.at - primary.tickAt,
        gate: line(market.gate),
        held: measures.quantity(id, lots),
        flat: lots === 0,
        working: orders.working.reduce((count, order) => count + (order.market === market ? 1 : 0), 0),
        gain: strategies.all
          .filter(({ subscriptions }) => subscriptions[0]?.instrument === id)
          .reduce((sum, { id: of }) => sum + gainOf(of), 0n),
      };
    }),
    strategies: strategies.all.map((strategy) => ({
      id: strategy.id,
      name: strategy.name,
      on: strategy.subscriptions[0]?.instrument ?? '',
      seen: strategy.living.value === 'warming' ? `${strategy.seen}/${strategy.warmup}` : '',
      state: strategy.living.value,
      gate: line(strategy.gate),
      gain: gainOf(strategy.id),
    })),
  };
}

function troubleOf({ silent, mute, lost, lag, lastFault }: FeedContext): string {
  if (lost) return 'lost';
  if (silent) return 'silent';
  if (mute) return 'mute';
  if (lag > 0) return 'late';
  return lastFault === null ? '' : lastFault;
}

/** Equity of all accounts as decimal text; '0' before there is one. */
export function equityText(run: DeskRun): string {
  const { accounts } = run.desk.parts;
  const [first] = accounts.all;
  if (first === undefined) return '0';
  const sum = accounts.all.reduce((total, { book }) => total + accounts.equity(book), 0n);
  return minorText(sum as Minor, first.spec.currencyScale);
}

/** One piece of news: a decision, and how many fills of one order it stands for. */
export type News = Readonly<{ decision: Decision; fills: number; lots: number }>;

/** Keeps the newest decisions a person would want to hear of. Fills of one order in a row are one piece of news. */
export class Lately {
  readonly #most: number;
  readonly kept: News[] = [];
  /** Pieces of news ever begun. */
  begun = 0;

  constructor(most: number) {
    this.#most = most;
  }

  hear = (decision: Decision): void => {
    if (!isNews(decision)) return;
    const last = this.kept.at(-1);
    if (decision.type === 'OrderFilled' && last?.decision.type === 'OrderFilled' && last.decision.order === decision.order) {
      this.kept[this.kept.length - 1] = { decision, fills: last.fills + 1, lots: last.lots + decision.lots };
      return;
    }
    this.begun++;
    this.kept.push({ decision, fills: 1, lots: decision.type === 'OrderFilled' ? decision.lots : 0 });
    if (this.kept.length > this.#most) this.kept.shift();
  };
}

function isNews(decision: Decision): boolean {
  switch (decision.type) {
    case 'OrderFilled':
    case 'OrderRefused':
    case 'OrderApproved':
    case 'StrategyMoved':
    case 'Alerted':
    case 'ReconciliationNeeded':
    case 'FeedMoved':
      return true;
    case 'GateMoved': // what a feed does to its instrument's gate is told with the feed
      return decision.scope !== 'instrument' || !decision.why.includes(':feed-');
    default:
      return false;
  }
}
