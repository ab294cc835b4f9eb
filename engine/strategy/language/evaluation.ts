/**
 * A document's expressions as they live on bars: each indicator and each past once, fed in the order of their inputs when a bar of their
 * market closed. Plain to save, exact to restore. It decides nothing and knows no order.
 */
import { assert } from '../../assert.ts';
import type { FittedIndicator, IndicatorInput } from '../../indicators/catalogue.ts';
import { LARGEST_INPUT } from '../../indicators/indicator.ts';
import type { Candle } from '../../market/instrument.ts';
import type { Plain } from '../../record.ts';
import { DAY_US } from '../../values.ts';
import type { Parameters } from '../strategy.ts';
import type { Program } from './check.ts';
import type { FactName, IndicatorMeaning, Meaning } from './meaning.ts';
import { compiled, type Read, type Value } from './values.ts';

/** When a market trades: open ≤ t < close. */
export type Hours = Readonly<{ open: number; close: number }>;

/** Something that remembers from bar to bar. */
interface Memory {
  step(): void;
  save(): Plain;
  load(saved: Plain): void;
}

export class Evaluation {
  /** What the desk says of the position; the trading writes it before each wake. */
  readonly facts: Record<FactName, Value> = {
    position: 'flat',
    entry_price: null,
    bars_held: 0,
    time_of_day: null,
    since_open: null,
    until_close: null,
    session_day: null,
  };
  readonly #parameters: Parameters;
  readonly #memories: Memory[] = [];
  /** What has to happen at a wake, inputs first: memories and definitions. */
  readonly #steps: (() => void)[] = [];
  readonly #reads = new Map<string, Read>();
  readonly #fitted = new Map<string, FittedIndicator>();
  readonly #definitions: Value[];
  readonly #bars: (Candle | null)[];
  readonly #fresh: boolean[];
  #hours: Hours | null = null;

  constructor(program: Program, parameters: Parameters) {
    this.#parameters = parameters;
    this.#bars = program.document.markets.map(() => null);
    this.#fresh = program.document.markets.map(() => false);
    this.#definitions = program.definitions.map(() => null);
    program.definitions.forEach((meaning, index) => {
      const read = this.read(meaning);
      this.#steps.push(() => {
        this.#definitions[index] = read();
      });
    });
  }

  /** A closure that gives the meaning's value at the wake. Asked for before the first wake, so that nothing misses a bar. */
  read(meaning: Meaning): Read {
    const known = this.#reads.get(meaning.key);
    if (known !== undefined) return known;
    const read = compiled(meaning, (leaf) => this.#leaf(leaf));
    this.#reads.set(meaning.key, read);
    return read;
  }

  /** The newest bar of a market, or null before the first. */
  bar(market: number): Candle | null {
    return this.#bars[market] ?? null;
  }

  /** Folds the bars that closed at `end`; `hours` are those of the session the bars lie in. */
  wake(bars: readonly (Candle | null)[], end: number, hours: Hours | null): void {
    for (let market = 0; market < this.#bars.length; market += 1) {
      const bar = bars[market] ?? null;
      this.#fresh[market] = bar !== null;
      if (bar !== null) this.#bars[market] = bar;
    }
    this.#hours = hours;
    this.facts.time_of_day = end % DAY_US;
    this.facts.since_open = hours === null ? null : end - hours.open;
    this.facts.until_close = hours === null ? null : hours.close - end;
    this.facts.session_day = hours === null ? null : Math.floor(hours.open / DAY_US);
    for (const step of this.#steps) step();
  }

  save(): Plain {
    return { bars: [...this.#bars] as unknown as Plain, memories: this.#memories.map((memory) => memory.save()) };
  }

  load(saved: Plain): void {
    const { bars, memories } = saved as unknown as { bars: (Candle | null)[]; memories: readonly Plain[] };
    assert(bars.length === this.#bars.length && memories.length === this.#memories.length, 'the saved state is of another document');
    bars.forEach((bar, market) => {
      this.#bars[market] = bar;
    });
    this.#memories.forEach((memory, index) => {
      memory.load(memories[index]!);
    });
  }

  #leaf(meaning: Meaning): Read {
    switch (meaning.op) {
      case 'parameter': {
        const value = this.#parameters[meaning.name]!;
        return () => value;
      }
      case 'bar': {
        const { market, field } = meaning;
        return () => this.#bars[market]?.[field] ?? null;
      }
      case 'fact': {
        const { fact } = meaning;
        return () => this.facts[fact];
      }
      case 'let': {
        const { index } = meaning;
        return () => this.#definitions[index]!;
      }
      case 'indicator': {
        const fitted = this.#indicator(meaning);
        const { output } = meaning;
        return () => (fitted.ready ? fitted.output(output) : null);
      }
      case 'past':
        return this.#past(meaning);
      case 'cross':
        return this.#cross(meaning);
      case 'since':
        return this.#since(meaning);
      case 'opening':
        return this.#opening(meaning);
      default:
        assert(false, `${meaning.op} is no leaf`);
    }
  }

  #remember(memory: Memory): void {
    this.#memories.push(memory);
    this.#steps.push(() => memory.step());
  }

  #indicator(meaning: IndicatorMeaning): FittedIndicator {
    const known = this.#fitted.get(meaning.instance);
    if (known !== undefined) return known;
    const { entry, market } = meaning;
    const fitted = entry.make(meaning.parameters.map((parameter) => constantOf(parameter, this.#parameters) as number));
    this.#fitted.set(meaning.instance, fitted);
    const reads = meaning.inputs.map((input, place) => (input === null ? this.#field(market, entry.inputs[place]!) : this.read(input)));
    const row = new Float64Array(reads.length);
    this.#remember({
      step: () => {
        if (!this.#fresh[market]) return;
        for (let i = 0; i < reads.length; i += 1) {
          const value = reads[i]!() as number | null;
          if (value === null || Math.abs(value) > LARGEST_INPUT) return;
          row[i] = value;
        }
        fitted.push(row);
      },
      save: () => fitted.save(),
      load: (saved) => fitted.load(saved as readonly number[]),
    });
    return fitted;
  }

  #field(market: number, input: IndicatorInput): Read {
    assert(input !== 'series' && input !== 'second', 'a series is given by an expression');
    return () => this.#bars[market]?.[input] ?? null;
  }

  #past({ of, back, clock }: Meaning & { op: 'past' }): Read {
    const read = this.read(of);
    const length = (constantOf(back, this.#parameters) as number) + 1;
    let ring: Value[] = new Array<Value>(length).fill(null);
    let next = 0;
    this.#remember({
      step: () => {
        if (!this.#fresh[clock ?? 0]) return;
        ring[next] = read();
        next = next + 1 === length ? 0 : next + 1;
      },
      save: () => ({ ring: [...ring], next }),
      load: (saved) => {
        const from = saved as unknown as { ring: readonly Value[]; next: number };
        assert(from.ring.length === length, 'a saved past of another length');
        ring = [...from.ring];
        next = from.next;
      },
    });
    return () => ring[next]!;
  }

  #cross({ left, right, up, clock }: Meaning & { op: 'cross' }): Read {
    const [a, b] = [this.read(left), this.read(right)];
    let [before, against]: [number | null, number | null] = [null, null];
    let now: boolean | null = null;
    this.#remember({
      step: () => {
        if (!this.#fresh[clock ?? 0]) {
          now = before === null || against === null ? null : false;
          return;
        }
        const [value, other] = [a() as number | null, b() as number | null];
        if (before === null || against === null || value === null || other === null) now = null;
        else now = up ? before <= against && value > other : before >= against && value < other;
        before = value;
        against = other;
      },
      save: () => [before, against],
      load: (saved) => {
        [before, against] = saved as [number | null, number | null];
      },
    });
    return () => now;
  }

  #since({ of, clock }: Meaning & { op: 'since' }): Read {
    const read = this.read(of);
    let bars: number | null = null;
    this.#remember({
      step: () => {
        if (!this.#fresh[clock ?? 0]) return;
        if (read() === true) bars = 0;
        else if (bars !== null) bars += 1;
      },
      save: () => bars,
      load: (saved) => {
        bars = saved as number | null;
      },
    });
    return () => bars;
  }

  /** The extreme of the first bars of the session; known when they are over, and only where none of them was missed. */
  #opening({ high, length }: Meaning & { op: 'opening' }): Read {
    const lengthUs = constantOf(length, this.#parameters) as number;
    let [open, extreme, whole, over]: [number | null, number | null, boolean, boolean] = [null, null, false, false];
    let lastEnd: number | null = null;
    this.#remember({
      step: () => {
        const bar = this.#bars[0] ?? null;
        if (!this.#fresh[0] || bar === null) return;
        const hours = this.#hours;
        if (hours === null) open = null;
        else {
          if (hours.open !== open)
            [open, extreme, whole] = [hours.open, null, lastEnd === null ? bar.start <= hours.open : lastEnd <= hours.open];
          if (bar.end <= hours.open + lengthUs) {
            const value = high ? bar.high : bar.low;
            extreme = extreme === null ? value : high ? Math.max(extreme, value) : Math.min(extreme, value);
          }
          over = bar.end >= hours.open + lengthUs;
        }
        lastEnd = bar.end;
      },
      save: () => [open, extreme, whole, over, lastEnd],
      load: (saved) => {
        [open, extreme, whole, over, lastEnd] = saved as [number | null, number | null, boolean, boolean, number | null];
      },
    });
    return () => (open !== null && whole && over ? extreme : null);
  }
}

/** The value of what is made of numbers and parameters only. Each definition once, however often it is named. */
export function constantOf(meaning: Meaning, parameters: Parameters, known = new Map<Meaning, Value>()): Value {
  return compiled(meaning, (leaf) => {
    let value: Value | undefined;
    if (leaf.op === 'let') {
      value = known.get(leaf.meaning);
      if (value === undefined) known.set(leaf.meaning, (value = constantOf(leaf.meaning, parameters, known)));
    } else {
      assert(leaf.op === 'parameter', () => `${leaf.op} is no constant`);
      value = parameters[leaf.name]!;
    }
    const held = value;
    return () => held;
  })();
}
