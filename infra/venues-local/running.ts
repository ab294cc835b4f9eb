/**
 * One exchange as it runs: the state machine with its ledger, its clock, its switches and its faults. What is told waits here until the
 * ledger has it: all entries of a turn of the event loop are one write, then its answers and messages go out in their order.
 */
import { Exchange, type ExchangeEvent, type IdsRule } from './exchange.ts';
import { ExchangeState } from './exchange-state.ts';
import { type FaultRates, Faults } from './faults.ts';
import { Listing, type ListingSpec } from './listings.ts';
import { TruthLedger } from './truth-ledger.ts';

/** How an exchange is started; a reset returns to it but for what it names. */
export type Standing = Readonly<{
  seed: number;
  /** Minor units of the first instrument's currency. */
  cash: bigint;
  steps: number;
  limit: number;
  ids: IdsRule;
  faults: FaultRates;
  delayUs: number;
}>;

/** Never more than this much market at once after a pause: a second. */
const MOST_CATCH_UP_US = 1_000_000;
const SHORTEST_TICK_MS = 4;
/** Expiries are looked for at least so often, for a clock that is handed in may jump. */
const LONGEST_WAIT_MS = 250;

export class Running {
  readonly ledger: TruthLedger;
  readonly clock: () => number;
  exchange: Exchange;
  faults: Faults;
  standing: Standing;
  maintenance = false;
  readonly #start: Standing;
  readonly #specs: readonly ListingSpec[];
  readonly #hear: (events: readonly ExchangeEvent[]) => void;
  readonly #fail: (error: unknown) => void;
  #events: ExchangeEvent[] = [];
  #turn: (() => void)[] = [];
  #held: (() => void)[] | null = null;
  readonly #delays = new Set<NodeJS.Timeout>();
  #market: NodeJS.Timeout | null = null;
  #steppedTo = 0;
  #expiry: NodeJS.Timeout | null = null;
  #tokens: number;
  #tokensAt: number;
  #over = false;

  constructor(parts: {
    folder: string;
    listings: readonly Listing[];
    start: Standing;
    clock: () => number;
    hear: (events: readonly ExchangeEvent[]) => void;
    fail: (error: unknown) => void;
  }) {
    const { folder, listings, start, clock } = parts;
    this.#start = start;
    this.#specs = listings.map(({ spec }) => spec);
    this.#hear = parts.hear;
    this.#fail = parts.fail;
    this.clock = clock;
    this.standing = start;
    this.faults = new Faults(start.seed, start.faults, start.delayUs);
    const state = new ExchangeState();
    this.ledger = new TruthLedger(folder, (entry) => state.replay(entry));
    const isNew = this.ledger.empty;
    this.exchange = this.#exchangeOn(state);
    this.#tokens = start.limit;
    this.#tokensAt = clock();
    if (isNew) this.#begin();
    else this.#goOn(listings);
    this.#settle();
    this.#runMarket();
  }

  // -------------------------------------------------------------- one turn: write, then tell

  /** The answer goes out first, then what has happened; neither before the ledger has it. */
  tell(answer: (() => void) | null): void {
    if (answer !== null) this.#later(answer);
    if (this.#events.length > 0) {
      const events = this.#events;
      this.#events = [];
      this.#later(() => this.#hear(events));
    }
    this.#watchExpiry();
  }

  #later(tell: () => void): void {
    if (this.#turn.length === 0) setImmediate(() => this.#settle());
    this.#turn.push(tell);
  }

  #settle(): void {
    const turn = this.#turn;
    this.#turn = [];
    if (this.#over) return;
    this.guard(() => {
      this.ledger.flush();
      for (const tell of turn) tell();
    });
  }

  /** A call from a timer; what it breaks is told as any other failure. */
  #do(work: () => void): void {
    this.guard(() => {
      work();
      this.tell(null);
      if (this.#turn.length === 0) this.#later(() => {}); // entries that nobody waits for are written too
    });
  }

  /** What fails here is a failure of the exchange: it stops, rather than go on in a state nobody knows. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  // -------------------------------------------------------------- switches

  get hung(): boolean {
    return this.#held !== null;
  }

  hang(on: boolean): void {
    if (on) this.#held ??= [];
    else {
      const held = this.#held ?? [];
      this.#held = null;
      this.#steppedTo = this.clock();
      for (const work of held) work();
    }
  }

  /** Done now, or when the hang ends. */
  whenAwake(work: () => void): void {
    if (this.#held === null) work();
    else this.#held.push(work);
  }

  /** Done after the delay of the faults; never, when a reset or the end comes first. */
  delay(work: () => void): void {
    const timer = setTimeout(() => {
      this.#delays.delete(timer);
      this.whenAwake(() => this.guard(work));
    }, this.faults.delayUs / 1000);
    this.#delays.add(timer);
  }

  /** One request more in this second: 0, or how long until there is room. */
  takeToken(): number {
    const { limit } = this.standing;
    const now = this.clock();
    this.#tokens = Math.min(limit, this.#tokens + (Math.max(0, now - this.#tokensAt) * limit) / 1_000_000);
    this.#tokensAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000_000) / limit);
    this.#tokens -= 1;
    return 0;
  }

  setFaults(seed: number | null, rates: FaultRates, delayUs: number | null): void {
    this.faults = new Faults(seed ?? this.standing.seed, rates, delayUs ?? this.standing.delayUs);
  }

  /** An empty ledger and a new market; what is not named is as at the start. */
  reset(asked: Partial<Standing>): void {
    this.#dropWaiting();
    this.tell(null);
    this.#settle(); // what happened before is told before
    this.ledger.renew();
    this.standing = { ...this.#start, ...asked };
    const { seed, faults, delayUs, limit } = this.standing;
    this.faults = new Faults(seed, faults, delayUs);
    this.maintenance = false;
    this.#held = null;
    this.#tokens = limit;
    this.#tokensAt = this.clock();
    this.exchange = this.#exchangeOn(new ExchangeState());
    this.#begin();
    this.#runMarket();
  }

  close(): void {
    if (this.#over) return;
    this.#dropWaiting();
    if (this.#market !== null) clearInterval(this.#market);
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.exchange.note();
    this.#settle();
    this.#over = true;
    this.ledger.close();
  }

  /** After a failure nothing more may be told. */
  abandon(): void {
    this.#over = true;
    this.#dropWaiting();
    if (this.#market !== null) clearInterval(this.#market);
    if (this.#expiry !== null) clearTimeout(this.#expiry);
  }

  // -------------------------------------------------------------- beginnings

  #exchangeOn(state: ExchangeState): Exchange {
    const { ledger, clock } = this;
    return new Exchange({ state, log: ledger, clock, ids: this.standing.ids, tell: (event) => this.#events.push(event) });
  }

  #begin(): void {
    const { seed, cash } = this.standing;
    const { state } = this.exchange;
    const at = this.exchange.now();
    state.seed = seed;
    this.ledger.append('began', at, `"seed":${seed},"instruments":${JSON.stringify(this.#specs)}`);
    for (const spec of this.#specs) state.list(new Listing(spec));
    const { currency, currencyScale } = this.#specs[0]!;
    this.exchange.transfer(currency, currencyScale, cash, 'opening');
    this.#events = []; // the opening is told by the balance, not as news
  }

  #goOn(listings: readonly Listing[]): void {
    const { state } = this.exchange;
    this.standing = { ...this.standing, seed: state.seed };
    for (const listing of listings) {
      if (state.symbols.has(listing.symbol)) continue;
      this.ledger.append('listed', state.at, `"instrument":${JSON.stringify(listing.spec)}`);
      state.list(listing);
    }
    state.jumpCounts();
    this.exchange.recover();
    this.exchange.note();
    this.#events = []; // nobody is connected yet
  }

  // -------------------------------------------------------------- time

  #runMarket(): void {
    if (this.#market !== null) clearInterval(this.#market);
    this.#market = null;
    const { steps } = this.standing;
    if (steps === 0) return;
    this.#steppedTo = this.clock();
    const everyUs = 1_000_000 / steps;
    this.#market = setInterval(
      () => {
        if (this.hung) return;
        const now = this.clock();
        this.#steppedTo = Math.max(this.#steppedTo, now - MOST_CATCH_UP_US);
        if (this.#steppedTo + everyUs > now) return;
        this.#do(() => {
          for (; this.#steppedTo + everyUs <= now; this.#steppedTo += everyUs) this.exchange.step();
        });
      },
      Math.max(SHORTEST_TICK_MS, everyUs / 2000),
    );
  }

  #watchExpiry(): void {
    if (this.#expiry !== null || this.#over) return;
    const next = this.exchange.nextExpiry();
    if (next === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(1, (next - this.clock()) / 1000));
    this.#expiry = setTimeout(() => {
      this.#expiry = null;
      if (this.hung) this.#watchExpiry();
      else this.#do(() => this.exchange.now());
    }, waitMs);
  }

  #dropWaiting(): void {
    for (const timer of this.#delays) clearTimeout(timer);
    this.#delays.clear();
  }
}
