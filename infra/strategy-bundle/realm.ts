/**
 * A place of its own for a strategy's bundle: its own Object, its own Array, no clock, no chance, no way out. Decides what crosses its border:
 * plain data, copied, in both directions. Knows nothing of what a strategy is.
 */
import { createContext, Script } from 'node:vm';
import { ABSENT_MATH, ABSENT_METHODS, ABSENT_NAMES, METHOD_REMEDY } from './absent.ts';
import { type AskOutside, type Bridge, type Foreign, prepareRealm, type RealmRules } from './realm-setup.ts';
import { mapIn, placeIn, type SourceMap } from './source-map.ts';

/** What a bundle did wrong, with the place in its own source. */
export class StrategyFailed extends Error {
  override name = 'StrategyFailed';
}

const FILE = 'strategy.js';
const LOAD_LIMIT_MS = 2_000;
const DEEPEST = 64;

const RULES: RealmRules = {
  names: [...ABSENT_NAMES],
  math: [...ABSENT_MATH],
  methods: ABSENT_METHODS,
  methodRemedy: METHOD_REMEDY,
  file: FILE,
};
/** import() would answer with an error of the outside, and no setting of a realm takes it away; a bundle holds none. */
const IMPORTS = /\bimport\b\s*(?:\(|\.\s*(?:meta|defer|source)\b|\/[*/]|<!--|-->)/;

const setup = new Script(`'use strict';(${prepareRealm.toString()})(${JSON.stringify(RULES)})`, { filename: 'realm.js' });
const running = new Script('run()', { filename: 'realm.js' });

export class Realm {
  readonly bridge: Bridge;
  /** What the bundle exports. */
  readonly exported: Foreign;
  readonly #context = createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  readonly #map: SourceMap | null;
  readonly #places: Readonly<Record<string, string>>;
  readonly #limitMs: number | null;
  #failure: unknown = null;

  /** `places`: what a file of the bundle is called for people. `limitMs`: how long one call may take, where the cost of watching it is paid. */
  constructor(bundle: string, places: Readonly<Record<string, string>> = {}, limitMs: number | null = null) {
    this.#map = mapIn(bundle);
    this.#places = places;
    this.#limitMs = limitMs;
    const code = bundle.slice(0, bundle.lastIndexOf('\n//# sourceMappingURL='));
    if (IMPORTS.test(code)) throw new StrategyFailed('the bundle holds import(…) or import.meta: make it again of its source, without');
    this.bridge = setup.runInContext(this.#context) as Bridge;
    this.exported = this.#guarded(() => {
      const script = new Script(`${code}\nbundled;`, { filename: FILE });
      return script.runInContext(this.#context, { timeout: LOAD_LIMIT_MS }) as Foreign;
    });
  }

  /** Runs something of the realm; what it throws comes out as a StrategyFailed with the line of the source. */
  call<T>(what: () => T): T {
    if (this.#limitMs === null) return this.#guarded(what);
    const timeout = this.#limitMs;
    return this.#guarded(() => {
      let answer: T | undefined;
      // the realm never sees it: `run` calls it and passes nothing on
      this.bridge.keep(() => {
        answer = what();
      });
      running.runInContext(this.#context, { timeout });
      return answer as T;
    });
  }

  /** Who answers what the strategy asks. What it throws is told when the call is over. */
  listen(answer: AskOutside): void {
    this.bridge.listen((what, name, place) => {
      try {
        return answer(what, name, place);
      } catch (error) {
        this.#failure = error;
        return undefined;
      }
    });
  }

  #guarded<T>(what: () => T): T {
    this.#failure = null;
    let answer: T;
    try {
      answer = what();
    } catch (error) {
      if (this.#failure !== null) throw this.#failure;
      throw error instanceof StrategyFailed ? error : new StrategyFailed(this.#told(error));
    }
    if (this.#failure !== null) throw this.#failure; // also where the strategy caught it
    return answer;
  }

  #told(error: unknown): string {
    if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return `it did not come back within ${this.#limitMs ?? LOAD_LIMIT_MS} ms: look for a loop without an end`;
    const text = (of: string): string => {
      try {
        const held = (error as Record<string, unknown> | null)?.[of];
        return typeof held === 'string' ? held : '';
      } catch {
        return ''; // a field that throws says nothing
      }
    };
    const stack = text('stack');
    const message = text('message') || (typeof error === 'string' ? error : 'threw something that says nothing');
    for (const [, line, column] of stack.matchAll(/at strategy\.js:(\d+):(\d+)/g)) {
      const place = this.#map === null ? null : placeIn(this.#map, Number(line), Number(column));
      // of what belongs to this build the caller is what a person can change
      if (place !== null && !place.file.startsWith('retrace'))
        return `${this.#places[place.file] ?? place.file}:${place.line}:${place.column}: ${message}`;
    }
    return message;
  }

  // what crosses the border

  /** Plain data of the outside as plain data of the realm, frozen. */
  given(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const copy = Array.isArray(value) ? this.bridge.array() : this.bridge.object();
    for (const key of Object.keys(value)) this.bridge.put(copy, key, this.given((value as Record<string, unknown>)[key]));
    return this.bridge.freeze(copy);
  }

  /** Plain data of the realm as plain data of the outside; what is none is named. */
  taken(value: unknown, name: string, depth = 0): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
      case 'bigint':
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw new StrategyFailed(`${name} is ${value}: say null where nothing is known`);
        return value + 0;
      case 'object':
        if (value === null) return null;
        break;
      default:
        throw new StrategyFailed(`${name} is ${value === undefined ? 'undefined: say null' : `a ${typeof value}: say plain data`}`);
    }
    if (depth > DEEPEST) throw new StrategyFailed(`${name} is nested deeper than ${DEEPEST}`);
    if (!this.bridge.isPlain(value)) throw new StrategyFailed(`${name} is of a class: say plain data, what its save() gives`);
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      for (let place = 0; place < value.length; place++) copy.push(this.taken(value[place], `${name}[${place}]`, depth + 1));
      return copy;
    }
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw new StrategyFailed(`${name} has a field __proto__: name it otherwise`);
      copy[key] = this.taken((value as Record<string, unknown>)[key], `${name}.${key}`, depth + 1);
    }
    return copy;
  }
}
