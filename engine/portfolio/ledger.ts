/**
 * Every unit of money and every lot, by account, strategy, instrument and currency. Each event's postings sum to zero, so the whole
 * does. Knows no reference prices: what a position is worth now is asked elsewhere.
 */
import { assert } from '../assert.ts';
import type { Plain } from '../record.ts';
import type { AccountId, InstrumentId, Minor, StrategyId } from '../values.ts';
import { applyFill, type Fill, type Posting } from './holding.ts';
import type { Unit } from './valuation.ts';

/** Who holds money that no strategy earned: opening cash and adjustments. */
export const NO_STRATEGY = 'none' as StrategyId;
export const NO_INSTRUMENT = 'none' as InstrumentId;

/** The books of one account × strategy × instrument × currency. `inventory` is the cost of `lots`. */
export type Balances = Readonly<{
  account: AccountId;
  strategy: StrategyId;
  instrument: InstrumentId;
  currency: string;
  lots: number;
  cash: Minor;
  inventory: Minor;
  realised: Minor;
  fees: Minor;
  equity: Minor;
  /** What holding the position cost; only where anything was. */
  borrow?: Minor;
  funding?: Minor;
  /** Attos (10⁻¹⁸ of the currency) that the cash legs lack to their exact amounts. */
  rounding: bigint;
  lastFillPrice: number | null;
}>;

export type LedgerFill = Readonly<{
  /** In order; the desk decides one Posted each. */
  postings: readonly Posting[];
  /** The gain of this fill, before its fee. */
  realised: Minor;
  /** Signed lots of the strategy in the instrument, after this fill. */
  position: number;
}>;

type Line = { -readonly [K in keyof Balances]: Balances[K] };
/** `lines`: one a currency; only the newest used, `now`, can hold lots. */
type Entry = { now: Line; readonly lines: Line[] };
type StrategyMoney = { readonly cash: Map<string, bigint>; readonly entries: Map<InstrumentId, Entry> };
type AccountMoney = {
  readonly cash: Map<string, bigint>;
  readonly positions: Map<InstrumentId, number>;
  readonly strategies: Map<StrategyId, StrategyMoney>;
  held: Balances[] | null;
};
const NOTHING_HELD: readonly Balances[] = [];

export class Ledger {
  readonly #accounts = new Map<AccountId, AccountMoney>();

  /** Opening cash (why 'opening') or a balance adjustment: money that came from outside. */
  deposit(account: AccountId, currency: string, amount: Minor, why: string): readonly Posting[] {
    if (amount === 0n) return [];
    const line = this.#line(account, NO_STRATEGY, NO_INSTRUMENT, currency);
    line.equity = (line.equity - amount) as Minor;
    this.#addCash(line, amount);
    return [
      { book: 'cash', amount, why },
      { book: 'equity', amount: -amount as Minor, why },
    ];
  }

  /** What a position cost while it was held; below 0 it brought that in. */
  charge(
    account: AccountId,
    strategy: StrategyId,
    instrument: InstrumentId,
    currency: string,
    book: 'borrow' | 'funding',
    amount: Minor,
  ): readonly Posting[] {
    const line = this.#line(account, strategy, instrument, currency);
    line[book] = ((line[book] ?? 0n) + amount) as Minor;
    this.#addCash(line, -amount as Minor);
    return [
      { book: 'cash', amount: -amount as Minor, why: book },
      { book, amount, why: book },
    ];
  }

  fill(account: AccountId, strategy: StrategyId, instrument: InstrumentId, currency: string, unit: Unit, fill: Fill): LedgerFill {
    const line = this.#line(account, strategy, instrument, currency);
    const { holding, postings, realised, cash, atto } = applyFill({ lots: line.lots, cost: line.inventory }, fill, unit);
    const money = this.#accounts.get(account) as AccountMoney;
    money.held = null;
    const { positions } = money;
    positions.set(instrument, (positions.get(instrument) ?? 0) + holding.lots - line.lots);
    line.lots = holding.lots;
    line.inventory = holding.cost;
    line.realised = (line.realised - realised) as Minor;
    line.fees = (line.fees + fill.fee) as Minor;
    line.rounding += atto;
    line.lastFillPrice = fill.price;
    this.#addCash(line, (cash - fill.fee) as Minor);
    return { postings, realised, position: holding.lots };
  }

  /** Signed lots. */
  position(account: AccountId, strategy: StrategyId, instrument: InstrumentId): number {
    return this.#accounts.get(account)?.strategies.get(strategy)?.entries.get(instrument)?.now.lots ?? 0;
  }

  /** Signed lots of all its strategies together. */
  accountPosition(account: AccountId, instrument: InstrumentId): number {
    return this.#accounts.get(account)?.positions.get(instrument) ?? 0;
  }

  /** Cash of all strategies, opening cash and adjustments included. */
  cashOf(account: AccountId, currency: string): Minor {
    return (this.#accounts.get(account)?.cash.get(currency) ?? 0n) as Minor;
  }

  /** The strategy's own cash flow: starts at 0. */
  strategyCash(account: AccountId, strategy: StrategyId, currency: string): Minor {
    return (this.#accounts.get(account)?.strategies.get(strategy)?.cash.get(currency) ?? 0n) as Minor;
  }

  /** What values a position before there is a reference price. */
  lastFillPrice(account: AccountId, strategy: StrategyId, instrument: InstrumentId): number | null {
    return this.#accounts.get(account)?.strategies.get(strategy)?.entries.get(instrument)?.now.lastFillPrice ?? null;
  }

  /** Positions that are not flat: strategies in order of their first posting, then instruments likewise. Asked at every close: kept until a fill. */
  holdings(account: AccountId): readonly Balances[] {
    const money = this.#accounts.get(account);
    if (money === undefined) return NOTHING_HELD;
    if (money.held === null) {
      money.held = [];
      for (const { entries } of money.strategies.values()) for (const { now } of entries.values()) if (now.lots !== 0) money.held.push(now);
    }
    return money.held;
  }

  /** Every line ever posted to, in order of first posting (account, strategy, instrument, currency). */
  *balances(): Generator<Balances> {
    for (const { strategies } of this.#accounts.values()) {
      for (const { entries } of strategies.values()) for (const { lines } of entries.values()) yield* lines;
    }
  }

  save(): Plain {
    const saved: Plain[] = [];
    for (const line of this.balances()) {
      const now = this.#accounts.get(line.account)?.strategies.get(line.strategy)?.entries.get(line.instrument)?.now === line;
      saved.push([{ ...line }, now]);
    }
    return saved;
  }

  static load(saved: Plain): Ledger {
    const ledger = new Ledger();
    for (const [balances, now] of saved as unknown as readonly (readonly [Balances, boolean])[]) {
      const entry = ledger.#entry(balances.account, balances.strategy, balances.instrument, balances.currency);
      const line: Line = { ...balances, cash: 0n as Minor };
      const at = entry.lines.findIndex(({ currency }) => currency === line.currency);
      if (at >= 0) entry.lines[at] = line;
      else entry.lines.push(line);
      if (now || entry.lines.length === 1) entry.now = line;
      const { positions } = ledger.#accounts.get(line.account) as AccountMoney;
      if (line.lots !== 0) positions.set(line.instrument, (positions.get(line.instrument) ?? 0) + line.lots);
      ledger.#addCash(line, balances.cash);
    }
    return ledger;
  }

  #addCash(line: Line, amount: Minor): void {
    const account = this.#accounts.get(line.account) as AccountMoney;
    const { cash } = account.strategies.get(line.strategy) as StrategyMoney;
    line.cash = (line.cash + amount) as Minor;
    account.cash.set(line.currency, (account.cash.get(line.currency) ?? 0n) + amount);
    cash.set(line.currency, (cash.get(line.currency) ?? 0n) + amount);
  }

  /** The line to post to. Cost in one currency cannot be carried to another, so a change of currency needs a flat position. */
  #line(account: AccountId, strategy: StrategyId, instrument: InstrumentId, currency: string): Line {
    const entry = this.#entry(account, strategy, instrument, currency);
    if (entry.now.currency === currency) return entry.now;
    assert(entry.now.lots === 0, `${instrument}: its currency changed from ${entry.now.currency} to ${currency} under an open position`);
    const known = entry.lines.find((line) => line.currency === currency);
    entry.now = known ?? lineOf(account, strategy, instrument, currency);
    if (known === undefined) entry.lines.push(entry.now);
    return entry.now;
  }

  #entry(account: AccountId, strategy: StrategyId, instrument: InstrumentId, currency: string): Entry {
    let money = this.#accounts.get(account);
    if (money === undefined)
      this.#accounts.set(account, (money = { cash: new Map(), positions: new Map(), strategies: new Map(), held: null }));
    let own = money.strategies.get(strategy);
    if (own === undefined) money.strategies.set(strategy, (own = { cash: new Map(), entries: new Map() }));
    let entry = own.entries.get(instrument);
    if (entry === undefined) {
      const line = lineOf(account, strategy, instrument, currency);
      own.entries.set(instrument, (entry = { now: line, lines: [line] }));
    }
    return entry;
  }
}

function lineOf(account: AccountId, strategy: StrategyId, instrument: InstrumentId, currency: string): Line {
  const none = 0n as Minor;
  const books = { cash: none, inventory: none, realised: none, fees: none, equity: none, rounding: 0n };
  return { account, strategy, instrument, currency, lots: 0, ...books, lastFillPrice: null };
}
