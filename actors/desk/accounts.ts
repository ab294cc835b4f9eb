/**
 * Accounts, what they hold, and their marks (stage 3): equity, peak, drawdown and day loss of each account and each strategy on it,
 * and the limits these are held against.
 */

import { Deadline, MARKS } from '#engine/deadlines.ts';
import { type AccountSpec, OUTSIDE_STANDARD, type OutsideSpec, type VenueSpec } from '#engine/execution/account.ts';
import { Turnover } from '#engine/execution/fee-tiers.ts';
import type { Scope } from '#engine/inputs.ts';
import { calendarById, nextSession, OutsideCalendar, sessionAt, type TradingCalendar } from '#engine/market/calendar.ts';
import { NewestNames } from '#engine/newest-names.ts';
import { Ledger } from '#engine/portfolio/ledger.ts';
import { value, wholeValue } from '#engine/portfolio/valuation.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import { RecentOrders } from '#engine/risk/recent.ts';
import { type Minor, type OrderId, SECOND_US, type StrategyId, type TimeUs } from '#engine/values.ts';
import { Living } from '../actor.ts';
import type { GateCause } from '../gate.ts';
import type { SessionEvent } from '../session.ts';
import { armCarry, armCharge, type Charge, chargeHeld } from './carry.ts';
import type { Core } from './core.ts';
import type { Gate, Gates } from './gates.ts';
import type { Markets } from './markets.ts';

export type SessionState = 'connecting' | 'authenticating' | 'reconciling' | 'ready' | 'degraded';

/** What is marked: an account, or one strategy on it. */
export class Book {
  readonly account: Account;
  readonly strategy: StrategyId | null;
  readonly gate: Gate;
  dayStart = 0n;
  peak = 0n;
  maxDrawdown = 0n;

  constructor(account: Account, strategy: StrategyId | null, gate: Gate, opening: bigint) {
    this.account = account;
    this.strategy = strategy;
    this.gate = gate;
    this.dayStart = opening;
    this.peak = opening;
  }
}

const REMEMBERED_NAMES = 10_000;

/** What the desk remembers of a venue that is not its own. */
export class Outside {
  /** A snapshot once matched. */
  synced = false;
  /** A person said that the venue is right: the next snapshot's unexplained differences are taken over. */
  accepting = false;
  /** Snapshots in a row that did not match. */
  differing = 0;
  /** Fills and transfers that are nobody's order, by name; the newest of them. */
  readonly foreignFills = new NewestNames(REMEMBERED_NAMES);
  readonly transfers = new NewestNames(REMEMBERED_NAMES);
  /** Protective stops that ended without being asked to, and are not placed again yet. */
  unprotected: OrderId[] = [];
}

export const fillKey = (instrument: string, fill: string): string => `${instrument}|${fill}`;

export class Account {
  spec: AccountSpec;
  /** null: the venue is the pure one. */
  readonly outside: Outside | null;
  readonly gate: Gate;
  readonly session: Living<SessionState, Record<string, never>, SessionEvent>;
  readonly calendar: TradingCalendar;
  readonly book: Book;
  /** Its strategies' books, in order of deployment. */
  readonly strategyBooks: Book[] = [];
  readonly day: Deadline;
  /** When its positions are next charged, while its terms say so. */
  readonly borrow: Deadline;
  readonly funding: Deadline;
  /** Counted while its terms have tiers of fees. */
  readonly turnover = new Turnover();
  recent = new RecentOrders();
  budget: Minor | null = null;

  constructor(accounts: Accounts, core: Core, spec: AccountSpec, gate: Gate, session: SessionState | null) {
    this.spec = spec;
    this.outside = spec.pure === null ? new Outside() : null;
    this.gate = gate;
    this.calendar = calendarById(spec.calendar);
    this.session = new Living(
      core.machines.session,
      `session:${spec.id}`,
      undefined,
      session === null ? null : { value: session, context: {} },
    );
    this.book = new Book(this, null, gate, 0n);
    this.day = new Deadline(MARKS, 0, -1, `account:${spec.id}`, 'day', () => accounts.newDay(this));
    this.borrow = new Deadline(MARKS, 0, -1, `account:${spec.id}`, 'borrow', () => accounts.charge(this, 'borrow'));
    this.funding = new Deadline(MARKS, 0, -1, `account:${spec.id}`, 'funding', () => accounts.charge(this, 'funding'));
  }

  get books(): readonly Book[] {
    return [this.book, ...this.strategyBooks];
  }

  get outsideSpec(): OutsideSpec {
    return this.spec.outside ?? OUTSIDE_STANDARD;
  }
}

type LimitsOf = { readonly scope: Scope; readonly of: string; limits: Limits };

export class Accounts {
  readonly all: Account[] = [];
  readonly byId = new Map<string, Account>();
  ledger = new Ledger();
  readonly limits: LimitsOf[] = [];
  /** The next whole second at which marks are due, or Infinity while nobody is watched. */
  nextSecond = Infinity;
  readonly #core: Core;
  readonly #gates: Gates;
  readonly #markets: Markets;
  #watched: Account[] = [];

  constructor(core: Core, gates: Gates, markets: Markets) {
    this.#core = core;
    this.#gates = gates;
    this.#markets = markets;
  }

  /** Other terms of its pure venue, from now on. */
  takeTerms(account: Account, pure: VenueSpec): void {
    account.spec = { ...account.spec, pure };
    if (pure.feeTiers === undefined) account.turnover.forget();
    for (const { book } of this.#markets.all) book?.forgetAccount(account.spec.id);
    this.holdBooks();
    armCarry(this.#core, account);
  }

  /** As long as some account walks them. */
  holdBooks(): void {
    this.#markets.holdBooks(this.all.some(({ spec }) => spec.pure?.walk !== undefined));
  }

  charge(account: Account, why: Charge): void {
    chargeHeld(this.#core, this, this.#markets, account, why);
    armCharge(this.#core, account, why);
  }

  limitsOf(scope: Scope, of: string): Limits {
    for (const entry of this.limits) if (entry.scope === scope && (scope === 'global' || entry.of === of)) return entry.limits;
    return NO_LIMITS;
  }

  setLimits(scope: Scope, of: string, limits: Limits): void {
    const known = this.limits.find((entry) => entry.scope === scope && (scope === 'global' || entry.of === of));
    if (known === undefined) this.limits.push({ scope, of, limits });
    else known.limits = limits;
    this.limitsChanged();
  }

  /** The three limits a book is marked against: its own scope's and, for an account, the global ones; the tightest. */
  lossLimits(book: Book): Readonly<{ soft: bigint | null; hard: bigint | null; drawdown: bigint | null }> {
    if (this.limits.length === 0) return NO_LOSS_LIMITS;
    const own = book.strategy === null ? this.limitsOf('account', book.account.spec.id) : this.limitsOf('strategy', book.strategy);
    const over = book.strategy === null ? this.limitsOf('global', '*') : NO_LIMITS;
    return {
      soft: least(own.softDailyLoss, over.softDailyLoss),
      hard: least(own.hardDailyLoss, over.hardDailyLoss),
      drawdown: least(own.maxDrawdown, over.maxDrawdown),
    };
  }

  equity(book: Book): bigint {
    const { account, strategy } = book;
    const { id, currency } = account.spec;
    const cash = strategy === null ? this.ledger.cashOf(id, currency) : this.ledger.strategyCash(id, strategy, currency);
    // in doubles as long as they are exact: a bigint for each sum would be most of the work
    let sum = 0;
    let isExact = true;
    for (const held of this.ledger.holdings(id)) {
      if (strategy !== null && held.strategy !== strategy) continue;
      const market = this.#markets.byId.get(held.instrument)!;
      sum += wholeValue(market.unit, held.lots, market.reference ?? held.lastFillPrice!);
      isExact &&= Number.isSafeInteger(sum);
    }
    if (isExact) return sum === 0 ? cash : cash + BigInt(sum);
    return this.#equityExactly(book, cash);
  }

  #equityExactly({ account, strategy }: Book, cash: bigint): bigint {
    let sum = cash;
    for (const held of this.ledger.holdings(account.spec.id)) {
      if (strategy !== null && held.strategy !== strategy) continue;
      const market = this.#markets.byId.get(held.instrument)!;
      sum += value(market.unit, held.lots, market.reference ?? held.lastFillPrice!);
    }
    return sum;
  }

  hasPosition(book: Book): boolean {
    for (const held of this.ledger.holdings(book.account.spec.id))
      if (book.strategy === null || held.strategy === book.strategy) return true;
    return false;
  }

  /** One mark of one book. `why` is decided for an account's fill; a breach is always decided. */
  mark(book: Book, why: string | null): void {
    const equity = this.equity(book);
    if (equity > book.peak) book.peak = equity;
    const drawdown = book.peak - equity;
    if (drawdown > book.maxDrawdown) book.maxDrawdown = drawdown;
    if (why !== null) this.#say(book, equity, why);
    const limits = this.lossLimits(book);
    if (limits === NO_LOSS_LIMITS) return;
    const dayLoss = book.dayStart - equity;
    this.#breach(book, equity, 'hard-limit', limits.hard !== null && dayLoss >= limits.hard);
    this.#breach(book, equity, 'drawdown', limits.drawdown !== null && drawdown >= limits.drawdown);
    this.#breach(book, equity, 'soft-limit', limits.soft !== null && dayLoss >= limits.soft);
  }

  #breach(book: Book, equity: bigint, cause: GateCause, breached: boolean): void {
    if (!breached || this.#gates.has(book.gate, cause, 'day')) return;
    this.#say(book, equity, book.strategy === null ? cause : `${cause}:${book.strategy}`);
    this.#gates.restrict(book.gate, cause, 'day');
  }

  #say(book: Book, equity: bigint, why: string): void {
    this.#core.decide('EquityMarked', {
      account: book.account.spec.id,
      equity: equity as Minor,
      peak: book.peak as Minor,
      drawdown: (book.peak - equity) as Minor,
      dayLoss: (book.dayStart - equity) as Minor,
      why,
    });
  }

  shift(book: Book, amount: bigint): void {
    book.dayStart += amount;
    book.peak += amount;
  }

  /** A paper account begins again: nothing is lost, nothing was ever won. */
  restart(account: Account): void {
    account.turnover.forget();
    for (const book of account.books) {
      const equity = this.equity(book);
      book.dayStart = equity;
      book.peak = equity;
      book.maxDrawdown = 0n;
    }
  }

  /** A human acknowledged a breach: what it was measured from starts anew, or the next mark would halt again. */
  acknowledge(gate: Gate): void {
    for (const account of this.all) {
      for (const book of account.books) {
        if (book.gate !== gate) continue;
        const equity = this.equity(book);
        if (this.#gates.has(gate, 'drawdown', 'day')) book.peak = equity;
        if (this.#gates.has(gate, 'hard-limit', 'day')) book.dayStart = equity;
      }
    }
  }

  /** After a fill: the account, deciding it, then the strategy. */
  markFill(account: Account, strategy: StrategyId): void {
    this.mark(account.book, 'fill');
    this.markStrategy(account, strategy);
  }

  markStrategy(account: Account, strategy: StrategyId): void {
    const own = account.strategyBooks.find((book) => book.strategy === strategy);
    if (own !== undefined) this.mark(own, null);
    this.positionsChanged();
  }

  /** Stage 3 of a round in which candles of these instruments closed. */
  markCloses(instruments: ReadonlySet<string>): void {
    for (const account of this.all) {
      if (!this.ledger.holdings(account.spec.id).some(({ instrument }) => instruments.has(instrument))) continue;
      this.mark(account.book, null);
      for (const book of account.strategyBooks) this.mark(book, null);
    }
  }

  // whole seconds, while a loss limit is set for a book that holds something

  limitsChanged(): void {
    for (const account of this.all) {
      const daily = account.books.some((book) => {
        const { soft, hard } = this.lossLimits(book);
        return soft !== null || hard !== null;
      });
      if (daily && !account.day.armed) {
        // a day's loss is counted from when somebody first asks
        for (const book of account.books) book.dayStart = this.equity(book);
        this.#armDay(account);
      }
      if (!daily) this.#core.deadlines.cancel(account.day);
    }
    this.positionsChanged();
  }

  #watches(book: Book): boolean {
    const { soft, hard, drawdown } = this.lossLimits(book);
    return (soft !== null || hard !== null || drawdown !== null) && this.hasPosition(book);
  }

  positionsChanged(): void {
    this.#watched = this.limits.length === 0 ? [] : this.all.filter((account) => account.books.some((book) => this.#watches(book)));
    if (this.#watched.length === 0) this.nextSecond = Infinity;
    else if (this.nextSecond === Infinity) this.nextSecond = (Math.floor(this.#core.at / SECOND_US) + 1) * SECOND_US;
  }

  /** The marks of a whole second, after stage 2 of that instant. */
  markSecond(second: number): void {
    this.nextSecond = second + SECOND_US;
    for (const account of this.#watched) {
      if (!openAt(account.calendar, second)) continue;
      for (const book of account.books) if (this.#watches(book)) this.mark(book, null);
    }
  }

  #armDay(account: Account): void {
    try {
      this.#core.deadlines.arm(account.day, nextSession(account.calendar, this.#core.at).open, this.#core.at);
    } catch (error) {
      if (!(error instanceof OutsideCalendar)) throw error; // beyond the stated days there is no next session to wait for
    }
  }

  newDay(account: Account): void {
    for (const book of account.books) {
      book.dayStart = this.equity(book);
      if (this.#gates.has(book.gate, 'soft-limit', 'day')) this.#gates.clear(book.gate, 'soft-limit', 'day');
    }
    this.#armDay(account);
  }

  /** Positions beyond what a scope allows restrict it until they are inside again. */
  checkExposure(scope: Scope, of: string): void {
    const gate = this.#gates.find(scope, of);
    if (gate === null || scope === 'global') return;
    const most = this.limitsOf(scope, of).maxPositionLots;
    const beyond = most !== null && this.#largest(scope, of) > most;
    const restricted = this.#gates.has(gate, 'limit-below-exposure', scope);
    if (beyond && !restricted) this.#gates.restrict(gate, 'limit-below-exposure', scope);
    if (!beyond && restricted) this.#gates.clear(gate, 'limit-below-exposure', scope);
  }

  #largest(scope: Scope, of: string): number {
    let largest = 0;
    for (const account of this.all) {
      if (scope === 'account' && account.spec.id !== of) continue;
      for (const held of this.ledger.holdings(account.spec.id)) {
        if (scope === 'strategy') {
          if (held.strategy === of) largest = Math.max(largest, Math.abs(held.lots));
        } else if (scope === 'account' || held.instrument === of) {
          largest = Math.max(largest, Math.abs(this.ledger.accountPosition(account.spec.id, held.instrument)));
        }
      }
    }
    return largest;
  }
}

const NO_LOSS_LIMITS = { soft: null, hard: null, drawdown: null };

function least(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null) return b;
  return b === null || a < b ? a : b;
}

function openAt(calendar: TradingCalendar, at: number): boolean {
  try {
    return sessionAt(calendar, at as TimeUs) !== null;
  } catch (error) {
    if (error instanceof OutsideCalendar) return true;
    throw error;
  }
}
