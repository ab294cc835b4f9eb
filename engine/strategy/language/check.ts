/**
 * Whether a document means something: every name known, every type right, nothing that reads the future, every indicator within its range
 * whatever the parameters are set to. Lists all faults; what is beside a fault is still judged.
 */
import type { IndicatorEntry } from '../../indicators/catalogue.ts';
import { nearest } from '../../nearest.ts';
import type { Definition, Document, Sides } from './document.ts';
import {
  BAR_FIELDS,
  type BarField,
  FACTS,
  type FactName,
  type IndicatorMeaning,
  type Meaning,
  NUMBER_FUNCTIONS,
  type NumberFunction,
  rangeOf,
  type Type,
} from './meaning.ts';
import { bar, binary, constant, either, exactly, functionRange, ONE, parameterMeaning, together } from './meaning-makers.ts';
import { faultAt, inOrder, type LanguageFault, type Place } from './source.ts';
import { type Expression, printExpression } from './syntax.ts';

/** The indicators a document may name. */
export type Catalogue = Readonly<{ find: (name: string) => IndicatorEntry | null; names: readonly string[] }>;

/** A part of a condition that is said by itself: its text, and what it compares. */
export type Clause = Readonly<{ text: string; meaning: Meaning; operands: readonly Readonly<{ text: string; meaning: Meaning }>[] }>;
export type CheckedSides = Readonly<{ long: readonly Clause[] | null; short: readonly Clause[] | null }>;
export type CheckedDistance = Readonly<{ by: 'ticks' | 'percent' | 'at'; of: Meaning }>;
export type CheckedSizing =
  | Readonly<{ by: 'lots'; lots: Meaning }>
  | Readonly<{ by: 'risk'; percent: Meaning; most: Meaning | null }>
  | Readonly<{ by: 'volatility'; percent: Meaning; move: Meaning; most: Meaning | null }>;
export type CheckedSpan = Readonly<{ by: 'bars' | 'after'; of: Meaning }>;

export type Program = Readonly<{
  document: Document;
  definitions: readonly Meaning[];
  entries: CheckedSides | null;
  hold: CheckedSides | null;
  exits: CheckedSides;
  legs: readonly Readonly<{ market: number; weight: Meaning }>[];
  sizing: CheckedSizing;
  stop: CheckedDistance | null;
  target: CheckedDistance | null;
  trailing: CheckedDistance | null;
  timeStop: CheckedSpan | null;
  cooldown: CheckedSpan | null;
  /** Every expression that is run, for warm-up and for the states it needs. */
  all: readonly Meaning[];
}>;

export const MOST_BACK = 5_000;
/** Of one clause: a person reads no more. */
const MOST_OPERANDS = 12;
export const STATEFUL = ['cross_above', 'cross_below', 'bars_since', 'opening_high', 'opening_low'] as const;
export const SIDE_WORDS: readonly string[] = ['long', 'short', 'flat'];
const RESERVED: readonly string[] = [...BAR_FIELDS, ...Object.keys(FACTS), ...SIDE_WORDS];
const ATR = 'atr';
const ATR_BARS = 14;

export type CheckedDocument = Readonly<{ program: Program | null; faults: readonly LanguageFault[] }>;

export function checkDocument(document: Document, catalogue: Catalogue, broken: ReadonlySet<string> = new Set()): CheckedDocument {
  const checker = new Checker(document, catalogue, broken);
  const program = checker.program();
  return { program, faults: inOrder(checker.faults) };
}

class Checker {
  readonly faults: LanguageFault[] = [];
  readonly #document: Document;
  readonly #catalogue: Catalogue;
  readonly #broken: ReadonlySet<string>;
  /** Of the definitions judged so far. */
  readonly #known = new Map<string, Meaning & { op: 'let' }>();
  readonly #later: Set<string>;
  /** In a distance `position` is the side that is entered or held. */
  #inDistance = false;
  readonly #meanings = new Map<Expression, Meaning>();
  readonly #parameters: ReadonlyMap<string, Meaning>;
  readonly #markets: ReadonlyMap<string, number>;

  constructor(document: Document, catalogue: Catalogue, broken: ReadonlySet<string>) {
    this.#document = document;
    this.#catalogue = catalogue;
    this.#broken = broken;
    this.#later = new Set(document.definitions.map(({ name }) => name));
    this.#markets = new Map(document.markets.map(({ name }, index) => [name, index]));
    this.#parameters = new Map(document.parameters.map((line) => [line.name, parameterMeaning(line)]));
  }

  program(): Program | null {
    const document = this.#document;
    this.#names();
    const definitions = document.definitions.map((definition, index) => this.#definition(definition, index));
    const entries = document.entries === null ? null : this.#sides(document.entries);
    const hold = document.hold === null ? null : this.#sides(document.hold);
    const exits = this.#sides(document.exits);
    const legs = document.legs.map(({ market, weight, place }) => {
      const at = this.#markets.get(market);
      if (at === undefined && !this.#broken.has(market))
        this.faults.push(faultAt(place, market, 'a market of this document', nearest(market, [...this.#markets.keys()])));
      return { market: at ?? 0, weight: this.#constant(weight, 'number') };
    });
    const sizing = this.#sizing();
    const [stop, target, trailing] = [document.stop, document.target, document.trailing].map((line) => this.#distance(line)) as [
      CheckedDistance | null,
      CheckedDistance | null,
      CheckedDistance | null,
    ];
    const timeStop = this.#span(document.timeStop);
    const cooldown = this.#span(document.cooldown);
    if (this.faults.length > 0 || this.#broken.size > 0) return null;
    const clauses = [entries, hold, exits].flatMap((sides) => [...(sides?.long ?? []), ...(sides?.short ?? [])]);
    const distances = [stop, target, trailing].flatMap((line) => (line === null ? [] : [line.of]));
    return {
      document,
      definitions: definitions as Meaning[],
      entries,
      hold,
      exits,
      legs: (legs.length === 0 ? [{ market: 0, weight: ONE }] : legs) as Program['legs'],
      sizing: sizing as CheckedSizing,
      stop,
      target,
      trailing,
      timeStop,
      cooldown,
      all: [...(definitions as Meaning[]), ...clauses.map(({ meaning }) => meaning), ...sized(sizing as CheckedSizing), ...distances],
    };
  }

  /** One name, one thing. */
  #names(): void {
    const { parameters, markets, definitions } = this.#document;
    const taken = new Map<string, string>(RESERVED.map((name) => [name, 'a word of the language']));
    const lines = [
      ...parameters.map((line) => ({ ...line, what: 'a parameter' })),
      ...markets.map((line) => ({ ...line, what: 'a market' })),
      ...definitions.map((line) => ({ ...line, what: 'a definition' })),
    ];
    for (const { name, what, place } of lines) {
      const by = taken.get(name);
      if (by !== undefined) this.faults.push(faultAt(place, name, `another name: this one is ${by}`));
      else taken.set(name, what);
    }
  }

  #definition({ name, expression }: Definition, index: number): Meaning | null {
    const meaning = this.#judge(expression);
    this.#later.delete(name);
    if (meaning === null) return null;
    const { type, clock, live, range } = meaning;
    this.#known.set(name, { op: 'let', type, clock, live, range, key: `let ${name}`, index, meaning });
    return meaning;
  }

  #sides({ long, short }: Sides): CheckedSides {
    return { long: this.#condition(long), short: this.#condition(short) };
  }

  #condition(expression: Expression | null): readonly Clause[] | null {
    if (expression === null || this.#want(expression, 'flag') === null) return null;
    return andParts(expression).map((part) => ({
      text: printExpression(part),
      meaning: this.#meanings.get(part)!,
      operands: this.#operands(part),
    }));
  }

  /** What a person needs to see of a clause: both sides of a comparison, the two that cross, else the thing itself. A definition is opened once. */
  #operands(part: Expression): Clause['operands'] {
    return this.#shown(part, true)
      .map((expression) => ({ text: printExpression(expression), meaning: this.#meanings.get(expression)! }))
      .filter(({ meaning }) => meaning.op !== 'constant')
      .slice(0, MOST_OPERANDS);
  }

  #shown(part: Expression, opens: boolean): readonly Expression[] {
    switch (part.type) {
      case 'binary':
        return part.sign === 'or' || part.sign === 'and'
          ? andOrParts(part).flatMap((inner) => this.#shown(inner, opens))
          : [part.left, part.right];
      case 'between':
        return [part.of, part.low, part.high];
      case 'unary':
        return this.#shown(part.of, opens);
      case 'call':
        return this.#meanings.get(part)?.op === 'cross' ? part.inputs : [part];
      case 'name': {
        const definition = opens ? this.#document.definitions.find(({ name }) => name === part.name) : undefined;
        return definition === undefined || this.#meanings.get(part)?.type !== 'flag' ? [part] : this.#shown(definition.expression, false);
      }
      default:
        return [part];
    }
  }

  #sizing(): CheckedSizing | null {
    const { sizing } = this.#document;
    if (sizing.by === 'lots') {
      const lots = this.#unlive(sizing.lots, 'number');
      return lots === null ? null : { by: 'lots', lots };
    }
    const percent = this.#unlive(sizing.percent, 'number');
    const most = sizing.most === null ? null : this.#constant(sizing.most, 'number');
    if (sizing.by === 'risk') return percent === null ? null : { by: 'risk', percent, most };
    const move = this.#unlive(sizing.move, 'number');
    return percent === null || move === null ? null : { by: 'volatility', percent, move, most };
  }

  #distance(line: Document['stop']): CheckedDistance | null {
    if (line === null) return null;
    this.#inDistance = true;
    const given = this.#want(line.of, 'number');
    this.#inDistance = false;
    if (line.by !== 'atr') return given === null ? null : { by: line.by, of: given };
    const entry = this.#catalogue.find(ATR);
    if (entry === null) {
      this.faults.push(faultAt(line.place, ATR, 'ticks, percent or at: the catalogue has no average true range'));
      return null;
    }
    const { line: row, column } = line.place;
    const bars: Expression = line.bars ?? { type: 'number', value: ATR_BARS, line: row, column };
    const range = this.#indicator(entry, 0, [bars], line.place);
    if (given === null || range === null) return null;
    return { by: 'ticks', of: binary('*', given, range, 'number', null) };
  }

  #span(line: Document['timeStop']): CheckedSpan | null {
    if (line === null) return null;
    const of = this.#constant(line.of, line.by === 'bars' ? 'number' : 'duration');
    if (of === null) return null;
    if (of.range === null || of.range.least < 0 || (line.by === 'bars' && !of.range.whole))
      this.faults.push(
        faultAt(line.of, printExpression(line.of), line.by === 'bars' ? 'a whole number of bars' : 'a duration of at least 0s'),
      );
    return { by: line.by, of };
  }

  // ── expressions ──

  #want(expression: Expression, type: Type): Meaning | null {
    const meaning = this.#judge(expression);
    if (meaning === null || meaning.type === type) return meaning;
    this.faults.push(faultAt(expression, printExpression(expression), `${TYPE_WORDS[type]}, not ${TYPE_WORDS[meaning.type]},`));
    return null;
  }

  /** The same whatever the strategy holds. */
  #unlive(expression: Expression, type: Type): Meaning | null {
    const meaning = this.#want(expression, type);
    if (meaning === null || !meaning.live) return meaning;
    this.faults.push(faultAt(expression, printExpression(expression), 'something that does not depend on the position'));
    return null;
  }

  #constant(expression: Expression, type: Type): Meaning | null {
    const meaning = this.#want(expression, type);
    if (meaning === null || meaning.clock === null) return meaning;
    this.faults.push(faultAt(expression, printExpression(expression), `${TYPE_WORDS[type]} made of numbers and parameters only`));
    return null;
  }

  #series(expression: Expression, types: readonly Type[]): Meaning | null {
    const meaning = this.#judge(expression);
    if (meaning === null) return null;
    const wrong = meaning.live || meaning.clock === null || !types.includes(meaning.type);
    if (!wrong) return meaning;
    this.faults.push(faultAt(expression, printExpression(expression), 'a series of the market, like close'));
    return null;
  }

  #judge(expression: Expression): Meaning | null {
    const meaning = this.#judged(expression);
    if (meaning !== null) this.#meanings.set(expression, meaning);
    return meaning;
  }

  #judged(e: Expression): Meaning | null {
    switch (e.type) {
      case 'number':
        return constant('number', e.value, exactly(e.value));
      case 'duration':
        return constant('duration', e.us, exactly(e.us));
      case 'text':
        return constant('text', e.value, null);
      case 'name':
        return this.#name(e);
      case 'member':
        return this.#member(e);
      case 'call':
        return this.#call(e);
      case 'past':
        return this.#past(e);
      case 'unary': {
        const of = e.sign === 'not' ? this.#want(e.of, 'flag') : this.#measure(e.of);
        if (of === null) return null;
        const common = { clock: of.clock, live: of.live, key: `(${e.sign} ${of.key})` };
        if (e.sign === 'not') return { op: 'not', type: 'flag', ...common, range: null, of };
        return { op: 'minus', type: of.type, ...common, range: rangeOf('-', exactly(0), of.range), of };
      }
      case 'binary':
        return this.#binary(e);
      case 'between': {
        const [of, low, high] = [this.#measure(e.of), this.#measure(e.low), this.#measure(e.high)];
        if (of === null || low === null || high === null) return null;
        for (const [side, written] of [
          [low, e.low],
          [high, e.high],
        ] as const) {
          if (side.type !== of.type) {
            this.faults.push(faultAt(written, printExpression(written), TYPE_WORDS[of.type]));
            return null;
          }
        }
        return {
          op: 'between',
          type: 'flag',
          ...together([of, low, high]),
          key: `(${of.key} between ${low.key} ${high.key})`,
          range: null,
          of,
          low,
          high,
        };
      }
      case 'if': {
        const [when, so, otherwise] = [this.#want(e.when, 'flag'), this.#judge(e.so), this.#judge(e.otherwise)];
        if (when === null || so === null || otherwise === null) return null;
        if (so.type !== otherwise.type) {
          this.faults.push(faultAt(e.otherwise, printExpression(e.otherwise), `${TYPE_WORDS[so.type]}, as after then,`));
          return null;
        }
        const key = `(if ${when.key} ${so.key} ${otherwise.key})`;
        return {
          op: 'if',
          type: so.type,
          ...together([when, so, otherwise]),
          key,
          range: either(so.range, otherwise.range),
          when,
          so,
          otherwise,
        };
      }
    }
  }

  /** A number or a duration. */
  #measure(expression: Expression): Meaning | null {
    const meaning = this.#judge(expression);
    if (meaning === null || meaning.type === 'number' || meaning.type === 'duration') return meaning;
    this.faults.push(faultAt(expression, printExpression(expression), `a number or a duration, not ${TYPE_WORDS[meaning.type]},`));
    return null;
  }

  #name({ name, line, column }: Expression & { type: 'name' }): Meaning | null {
    const at = { line, column };
    if (name === 'true' || name === 'false') return constant('flag', name === 'true', null);
    if (SIDE_WORDS.includes(name)) return constant('side', name, null);
    const known = this.#known.get(name) ?? this.#parameters.get(name) ?? null;
    if (known?.live === true && this.#inDistance) {
      this.faults.push(
        faultAt(at, name, 'the expression itself: a definition is worked out before the side is chosen, so position must stand here'),
      );
      return null;
    }
    if (known !== null) return known;
    if (isBarField(name)) return bar(0, name);
    if (Object.hasOwn(FACTS, name)) {
      const { type, live } = FACTS[name as FactName];
      return { op: 'fact', type, live, clock: 0, key: name, range: null, fact: name as FactName };
    }
    if (this.#broken.has(name)) return null;
    if (this.#markets.has(name)) this.faults.push(faultAt(at, name, `a series of that market, like ${name}.close`));
    else if (this.#later.has(name)) this.faults.push(faultAt(at, name, 'a name defined above this line'));
    else if (this.#document.definitions.some((line) => line.name === name))
      return null; // its own fault is told
    else if (this.#catalogue.find(name) !== null || this.#functions().includes(name))
      this.faults.push(faultAt(at, name, `its inputs in parentheses after ${name}`));
    else this.faults.push(faultAt(at, name, 'a name of this document or a series', nearest(name, this.#values())));
    return null;
  }

  #values(): string[] {
    const { definitions, parameters, markets } = this.#document;
    return [...[...definitions, ...parameters, ...markets].map(({ name }) => name), ...this.#broken, ...RESERVED];
  }

  #functions(): string[] {
    return [...Object.keys(NUMBER_FUNCTIONS), ...STATEFUL];
  }

  #member(e: Expression & { type: 'member' }): Meaning | null {
    const { of, name } = e;
    const market = of.type === 'name' ? this.#markets.get(of.name) : undefined;
    if (market !== undefined) {
      if (isBarField(name)) return bar(market, name);
      this.faults.push(faultAt(e, name, `${BAR_FIELDS.join(', ')} of a market`, nearest(name, BAR_FIELDS)));
      return null;
    }
    if (of.type === 'name' && this.#broken.has(of.name)) return null;
    if (of.type === 'name' && !this.#values().includes(of.name)) {
      this.faults.push(faultAt(of, of.name, 'a market or a definition', nearest(of.name, this.#values())));
      return null;
    }
    const judged = this.#judge(of);
    if (judged === null) return null;
    const indicator = judged.op === 'let' ? judged.meaning : judged;
    if (indicator.op !== 'indicator') {
      this.faults.push(faultAt(e, `.${name}`, 'an indicator before the point'));
      return null;
    }
    const { outputs } = indicator.entry;
    const output = outputs.indexOf(name);
    if (output >= 0) return { ...indicator, output, key: `${indicator.instance}.${name}` };
    this.faults.push(faultAt(e, name, `an output of ${indicator.entry.name} (${outputs.join(', ')})`, nearest(name, outputs)));
    return null;
  }

  #call(e: Expression & { type: 'call' }): Meaning | null {
    const { callee, inputs } = e;
    if (callee.type === 'member') {
      const market = callee.of.type === 'name' ? this.#markets.get(callee.of.name) : undefined;
      const entry = this.#catalogue.find(callee.name);
      if (market === undefined) {
        if (callee.of.type === 'name' && this.#broken.has(callee.of.name)) return null;
        const found = printExpression(callee.of);
        this.faults.push(faultAt(callee.of, found, 'a market before the point', nearest(found, [...this.#markets.keys()])));
      } else if (entry === null)
        this.faults.push(faultAt(callee, callee.name, 'an indicator', nearest(callee.name, this.#catalogue.names)));
      else if (!entry.inputs.some((input) => input !== 'series' && input !== 'second')) {
        const name = this.#document.markets[market]!.name;
        this.faults.push(faultAt(callee, printExpression(callee), `the market inside: ${entry.name}(${name}.close, …)`));
      } else return this.#indicator(entry, market, inputs, e);
      return null;
    }
    const name = callee.type === 'name' ? callee.name : '';
    if (Object.hasOwn(NUMBER_FUNCTIONS, name)) return this.#function(name as NumberFunction, e);
    const wants = (count: number, words: string): boolean => {
      if (inputs.length === count) return true;
      this.faults.push(faultAt(e, printExpression(e), words));
      return false;
    };
    switch (name) {
      case 'cross_above':
      case 'cross_below': {
        if (!wants(2, `two inputs: ${name}(a, b)`)) return null;
        const [left, right] = [this.#want(inputs[0]!, 'number'), this.#want(inputs[1]!, 'number')];
        if (left === null || right === null) return null;
        const { clock, live } = together([left, right]);
        if (live || clock === null) {
          this.faults.push(faultAt(e, printExpression(e), 'a series of the market in a crossing'));
          return null;
        }
        return {
          op: 'cross',
          type: 'flag',
          clock,
          live,
          key: `${name}(${left.key}, ${right.key})`,
          range: null,
          up: name === 'cross_above',
          left,
          right,
        };
      }
      case 'bars_since': {
        if (!wants(1, 'one input: bars_since(condition)')) return null;
        const of = this.#series(inputs[0]!, ['flag']);
        return of === null
          ? null
          : { op: 'since', type: 'number', clock: of.clock, live: false, key: `${name}(${of.key})`, range: null, of };
      }
      case 'opening_high':
      case 'opening_low': {
        if (!wants(1, `one input: ${name}(30m)`)) return null;
        const length = this.#constant(inputs[0]!, 'duration');
        if (length === null) return null;
        return {
          op: 'opening',
          type: 'number',
          clock: 0,
          live: false,
          key: `${name}(${length.key})`,
          range: null,
          high: name === 'opening_high',
          length,
        };
      }
    }
    const entry = this.#catalogue.find(name);
    if (entry !== null) return this.#indicator(entry, 0, inputs, e);
    const names = [...this.#functions(), ...this.#catalogue.names];
    this.faults.push(faultAt(callee, name, 'a function or an indicator', nearest(name, names)));
    for (const input of inputs) this.#judge(input);
    return null;
  }

  #function(name: NumberFunction, e: Expression & { type: 'call' }): Meaning | null {
    const inputs = e.inputs.map((input) => this.#want(input, 'number'));
    if (inputs.length !== NUMBER_FUNCTIONS[name]) {
      this.faults.push(faultAt(e, printExpression(e), `${name} with ${NUMBER_FUNCTIONS[name] === 1 ? 'one input' : 'two inputs'}`));
      return null;
    }
    if (inputs.includes(null)) return null;
    const given = inputs as Meaning[];
    const key = `${name}(${given.map((input) => input.key).join(', ')})`;
    return { op: 'function', type: 'number', ...together(given), key, range: functionRange(name, given), name, inputs: given };
  }

  #indicator(entry: IndicatorEntry, market: number, given: readonly Expression[], at: Place): IndicatorMeaning | null {
    const seriesCount = entry.inputs.filter((input) => input === 'series' || input === 'second').length;
    const form = indicatorForm(entry);
    if (given.length < seriesCount || given.length > seriesCount + entry.parameters.length) {
      this.faults.push(faultAt(at, `${entry.name} with ${given.length} inputs`, form));
      return null;
    }
    let next = 0;
    let faulty = false;
    const inputs = entry.inputs.map((input) => {
      if (input !== 'series' && input !== 'second') return null;
      const series = this.#series(given[next++]!, ['number']);
      if (series === null) faulty = true;
      return series;
    });
    const parameters = entry.parameters.map((wanted): Meaning | null => {
      const expression = given[next++];
      if (expression === undefined) return constant('number', wanted.standard, exactly(wanted.standard));
      const meaning = this.#constant(expression, 'number');
      if (meaning === null) return null;
      const { range } = meaning;
      const words = `${wanted.name} of ${entry.name}, ${wanted.kind === 'whole' ? 'a whole number' : 'a number'} from ${wanted.least} to ${wanted.most},`;
      if (range !== null && range.least >= wanted.least && range.most <= wanted.most && (range.whole || wanted.kind === 'number'))
        return meaning;
      const shown = printExpression(expression);
      const reach = range === null || range.least === range.most ? '' : ` (${range.least} to ${range.most})`;
      this.faults.push(faultAt(expression, `${shown}${reach}`, words));
      return null;
    });
    if (faulty || parameters.includes(null)) return null;
    const series = inputs.filter((input) => input !== null);
    const { clock } = series.length === 0 ? { clock: market } : together(series);
    const from = series.length === 0 ? market : (clock ?? 0);
    const keys = [...series, ...(parameters as Meaning[])].map(({ key }) => key);
    const instance = `${from}.${entry.name}(${keys.join(', ')})`;
    return {
      op: 'indicator',
      type: 'number',
      clock: from,
      live: false,
      key: `${instance}.${entry.outputs[0]}`,
      range: null,
      entry,
      market: from,
      inputs,
      parameters: parameters as Meaning[],
      output: 0,
      instance,
    };
  }

  #past(e: Expression & { type: 'past' }): Meaning | null {
    const of = this.#series(e.of, ['number', 'flag', 'duration']);
    const back = this.#constant(e.back, 'number');
    if (of === null || back === null) return null;
    const { range } = back;
    if (range === null || !range.whole || range.least < 0 || range.most > MOST_BACK) {
      this.faults.push(
        faultAt(e.back, printExpression(e.back), `a whole number of bars back, 0 to ${MOST_BACK}; there is no future to read,`),
      );
      return null;
    }
    return { op: 'past', type: of.type, clock: of.clock, live: false, key: `${of.key}[${back.key}]`, range: null, of, back };
  }

  #binary(e: Expression & { type: 'binary' }): Meaning | null {
    const { sign } = e;
    if (sign === 'and' || sign === 'or') {
      const [left, right] = [this.#want(e.left, 'flag'), this.#want(e.right, 'flag')];
      return left === null || right === null ? null : binary(sign, left, right, 'flag', null);
    }
    if (sign === '==' || sign === '!=') {
      const [left, right] = [this.#judge(e.left), this.#judge(e.right)];
      if (left === null || right === null) return null;
      if (left.type !== right.type) {
        this.faults.push(faultAt(e.right, printExpression(e.right), `${TYPE_WORDS[left.type]}, as on the left,`));
        return null;
      }
      return this.#choice(left, right, e.right) && this.#choice(right, left, e.left) ? binary(sign, left, right, 'flag', null) : null;
    }
    const [left, right] = [this.#measure(e.left), this.#measure(e.right)];
    if (left === null || right === null) return null;
    const fits = (type: Type) => binary(sign, left, right, type, isArithmetic(sign) ? rangeOf(sign, left.range, right.range) : null);
    const [a, b] = [left.type, right.type];
    if (!isArithmetic(sign)) {
      if (a === b) return fits('flag');
    } else if (sign === '*') {
      if (a === 'number' || b === 'number') return fits(a === 'number' ? b : a);
    } else if (sign === '/') {
      if (b === 'number') return fits(a);
      if (a === 'duration') return fits('number');
    } else if (a === b) return fits(a);
    const wanted = sign === '*' || sign === '/' ? 'a number' : `${TYPE_WORDS[a]}, as on the left,`;
    this.faults.push(faultAt(e.right, printExpression(e.right), wanted));
    return null;
  }

  /** A word compared with a choice must be one of its words. */
  #choice(choice: Meaning, word: Meaning, at: Expression): boolean {
    if (choice.op !== 'parameter' || word.op !== 'constant' || word.type !== 'text' || choice.of.includes(String(word.value))) return true;
    this.faults.push(faultAt(at, printExpression(at), `one of ${choice.of.join(', ')}`, nearest(String(word.value), choice.of)));
    return false;
  }
}

/** As it is written, with the names of its inputs: `ema(series, n, seed)`. */
export const indicatorForm = ({ name, inputs, parameters }: IndicatorEntry): string =>
  `${name}(${[...inputs.filter((input) => input === 'series' || input === 'second'), ...parameters.map((wanted) => wanted.name)].join(', ')})`;

export const TYPE_WORDS: Readonly<Record<Type, string>> = {
  number: 'a number',
  flag: 'a condition',
  duration: 'a duration',
  side: 'long, short or flat',
  text: 'a word of a choice',
};

const isBarField = (name: string): name is BarField => (BAR_FIELDS as readonly string[]).includes(name);
const isArithmetic = (sign: string): sign is '+' | '-' | '*' | '/' => sign === '+' || sign === '-' || sign === '*' || sign === '/';
/** `a and b and c` as a, b, c. */
function andParts(e: Expression): readonly Expression[] {
  return e.type === 'binary' && e.sign === 'and' ? [...andParts(e.left), ...andParts(e.right)] : [e];
}
const andOrParts = (e: Expression): readonly Expression[] =>
  e.type === 'binary' && (e.sign === 'and' || e.sign === 'or') ? [...andOrParts(e.left), ...andOrParts(e.right)] : [e];

function sized(sizing: CheckedSizing): readonly Meaning[] {
  switch (sizing.by) {
    case 'lots':
      return [sizing.lots];
    case 'risk':
      return [sizing.percent];
    case 'volatility':
      return [sizing.percent, sizing.move];
  }
}
