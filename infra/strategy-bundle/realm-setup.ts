/**
 * Runs inside a realm before a strategy does: takes away what would make two runs differ, freezes the rest, and returns the functions by which
 * the outside talks to the strategy. It is handed over as text, so it uses nothing but what it is given and what a realm has.
 */

export type RealmRules = Readonly<{
  names: readonly (readonly [name: string, remedy: string])[];
  math: readonly (readonly [name: string, remedy: string])[];
  methods: readonly string[];
  methodRemedy: string;
  /** What the bundle's own file is called in a stack. */
  file: string;
}>;

/** Something of the realm: never looked into but by walking its own fields. */
export type Foreign = { readonly foreign: unique symbol };

/** What the outside answers is a number, a text, a bigint, null, or undefined where it failed: an object of the outside would be a door to it. */
export type AskOutside = (what: string, name: string, place: number) => number | string | bigint | null | undefined;

export interface Bridge {
  object(): Foreign;
  array(): Foreign;
  put(into: Foreign, key: string, value: unknown): void;
  freeze(value: Foreign): Foreign;
  isPlain(value: unknown): boolean;
  listen(ask: AskOutside): void;
  candle(
    start: number,
    end: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    trades: number,
    complete: boolean,
  ): Foreign;
  wake(strategy: Foreign, state: unknown, event: Foreign): Foreign;
  call(strategy: Foreign, member: string, one: unknown, two: unknown, three: unknown): unknown;
  /** Keeps a call for `run`, which a script can make under a limit of time. */
  keep(what: () => unknown): void;
}

export function prepareRealm(rules: RealmRules): Bridge {
  type Names = Record<string, unknown>;
  const realm = globalThis as unknown as Names;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, freeze, create } = Object;
  const { ownKeys, apply } = Reflect;
  const parse = JSON.parse;
  const isArray = Array.isArray;
  const ErrorHere = Error;
  const objectPrototype = Object.prototype;
  const arrayPrototype = Array.prototype;

  const gone = (of: object, name: string, remedy: string, shown: string): void => {
    const refuse = () => {
      throw new ErrorHere(`${shown} is not there: ${remedy}`);
    };
    defineProperty(of, name, { get: refuse, set: refuse, enumerable: false, configurable: false });
  };

  // arithmetic that is the same everywhere comes with the bundle, which says so once
  type Exact = Record<'exp' | 'log' | 'pow' | 'sin' | 'cos' | 'tanh', (x: number, y: number) => number>;
  let exact: Exact | null = null;
  const exactly = (name: keyof Exact) => (x: number, y: number) => {
    if (exact === null) throw new ErrorHere(`Math.${name} before the bundle brought its own`);
    return exact[name](x, y);
  };
  const math = Math as unknown as Names;
  for (const name of ['exp', 'log', 'sin', 'cos', 'tanh'] as const) math[name] = exactly(name);
  const pow = exactly('pow');
  math['pow'] = (x: unknown, y: unknown) => {
    if (typeof x !== 'bigint' && typeof y !== 'bigint') return pow(+(x as number), +(y as number));
    return powerOf(x as bigint, y as bigint);
  };
  // by multiplication, because the operator itself is lowered to Math.pow
  const powerOf = (x: bigint, y: bigint): bigint => {
    if (y < 0n) throw new RangeError('a bigint has no power below 0');
    let [power, square, left] = [1n, x, y];
    while (left > 0n) {
      if (left % 2n === 1n) power *= square;
      left /= 2n;
      if (left > 0n) square *= square;
    }
    return power;
  };
  for (const [name, remedy] of rules.math) gone(math, name, remedy, `Math.${name}`);

  const typed = getPrototypeOf(Uint8Array.prototype) as object;
  for (const of of [
    Object.prototype,
    Array.prototype,
    Number.prototype,
    BigInt.prototype,
    String.prototype,
    Date.prototype,
    typed,
  ] as object[])
    for (const name of rules.methods) if (getOwnPropertyDescriptor(of, name) !== undefined) gone(of, name, rules.methodRemedy, name);

  // a stack of the bundle's own lines only: the others belong to one machine
  defineProperty(ErrorHere, 'prepareStackTrace', {
    value: (error: unknown, frames: readonly NodeJS.CallSite[]) => {
      let text = `${(error as Error).name}: ${(error as Error).message}`;
      for (let i = 0; i < frames.length; i++) {
        const frame = frames[i]!;
        if (frame.getFileName() === rules.file) text += `\n    at ${rules.file}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
      }
      return text;
    },
  });
  defineProperty(ErrorHere, 'captureStackTrace', { value: undefined });
  defineProperty(ErrorHere, 'stackTraceLimit', { value: 50 });

  // what the last search found is no memory
  for (const name of ownKeys(RegExp))
    if (getOwnPropertyDescriptor(RegExp, name)?.get !== undefined && typeof name === 'string') delete (RegExp as unknown as Names)[name];

  // a frozen prototype would also forbid a value of one's own of that name
  const overridable = (of: object, names: readonly string[]): void => {
    for (const name of names) {
      const { value } = getOwnPropertyDescriptor(of, name)!;
      defineProperty(of, name, {
        get: () => value as unknown,
        set(this: object, own: unknown) {
          if (this === of) throw new ErrorHere(`${name} of a built-in stays as it is`);
          defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
        },
        enumerable: false,
        configurable: false,
      });
    }
  };
  overridable(ErrorHere.prototype, ['name', 'message', 'toString', 'constructor']);
  overridable(objectPrototype, ['toString', 'valueOf', 'constructor', 'hasOwnProperty']);

  // everything a name or a literal leads to stays as it is, so that nothing is remembered in it
  const function_ = (() => {}) as object;
  const roots: object[] = [
    getPrototypeOf(function_),
    getPrototypeOf(function* () {}) as object,
    getPrototypeOf(async () => {}) as object,
    getPrototypeOf(async function* () {}) as object,
    getPrototypeOf([][Symbol.iterator]()) as object,
    getPrototypeOf(new Map()[Symbol.iterator]()) as object,
    getPrototypeOf(new Set()[Symbol.iterator]()) as object,
    getPrototypeOf(''[Symbol.iterator]()) as object,
    getPrototypeOf(/a/[Symbol.matchAll]('')) as object,
  ];
  for (const name of ownKeys(realm)) {
    const value = getOwnPropertyDescriptor(realm, name)?.value as unknown;
    if (value !== realm && ((typeof value === 'object' && value !== null) || typeof value === 'function')) roots.push(value);
  }
  const seen = new Set<object>([realm]);
  while (roots.length > 0) {
    const each = roots.pop()!;
    if (seen.has(each)) continue;
    seen.add(each);
    const add = (value: unknown): void => {
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') roots.push(value as object);
    };
    add(getPrototypeOf(each));
    for (const key of ownKeys(each)) {
      const held = getOwnPropertyDescriptor(each, key)!;
      add(held.value);
      add(held.get);
      add(held.set);
    }
    freeze(each);
  }

  for (const [name, remedy] of rules.names) if (name !== 'globalThis') gone(realm, name, remedy, name);
  defineProperty(realm, 'exactMath', {
    value: (given: Exact) => {
      if (exact !== null) throw new ErrorHere('exactMath is not there: a bundle brings its arithmetic once');
      exact = freeze(given);
    },
  });
  // nothing may be kept on the global object; what has a value there keeps it
  for (const name of ownKeys(realm)) {
    const held = getOwnPropertyDescriptor(realm, name)!;
    if (held.configurable && name !== 'globalThis')
      defineProperty(realm, name, { ...held, ...('value' in held ? { writable: false } : {}), configurable: false });
  }

  // what the strategy sees of the desk
  let ask: AskOutside = () => undefined;
  const asked = (what: string, name: string, place: number): unknown => {
    let answer: unknown;
    try {
      answer = ask(what, name, place);
    } catch {
      answer = undefined; // it may be an error of the outside, which is a door too
    }
    if (answer === undefined) throw new ErrorHere(`view.${what} failed`);
    return answer;
  };
  const frozen = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) {
      for (const key of ownKeys(value)) frozen((value as Names)[key as string]);
      freeze(value);
    }
    return value;
  };
  const instruments: Names = create(null) as Names;
  const view = freeze({
    get at() {
      return asked('at', '', 0);
    },
    position: (instrument: unknown) => asked('position', `${instrument}`, 0),
    working: (instrument: unknown) => asked('working', `${instrument}`, 0),
    price: (instrument: unknown) => asked('price', `${instrument}`, 0),
    equity: () => asked('equity', '', 0),
    orders: (instrument: unknown) => parse(asked('orders', `${instrument}`, 0) as string) as unknown,
    instrument: (instrument: unknown) => {
      const text = asked('instrument', `${instrument}`, 0) as string;
      instruments[text] ??= frozen(parse(text) as unknown) ?? 'none';
      return instruments[text] === 'none' ? null : instruments[text];
    },
  });

  let kept: (() => unknown) | null = null;
  defineProperty(realm, 'run', {
    value: () => {
      const what = kept;
      kept = null;
      return what === null ? undefined : what();
    },
  });

  return freeze({
    object: () => ({}) as unknown as Foreign,
    array: () => [] as unknown as Foreign,
    put: (into: Foreign, key: string, value: unknown) => {
      defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
    },
    freeze: (value: Foreign) => freeze(value),
    isPlain: (value: unknown) => {
      if (isArray(value)) return getPrototypeOf(value) === arrayPrototype;
      const prototype = getPrototypeOf(value as object) as unknown;
      return prototype === objectPrototype || prototype === null;
    },
    listen: (outside: AskOutside) => {
      ask = outside;
    },
    candle: (start, end, open, high, low, close, volume, trades, complete) =>
      freeze({ start, end, open, high, low, close, volume, trades, complete }) as unknown as Foreign,
    wake: (strategy: Foreign, state: unknown, event: Foreign) => {
      const wake = { conditions: [], intents: [] };
      apply((strategy as unknown as Names)['decide'] as () => void, strategy, [state, event, view, wake]);
      return wake as unknown as Foreign;
    },
    call: (strategy: Foreign, member: string, one: unknown, two: unknown, three: unknown) =>
      apply((strategy as unknown as Names)[member] as () => unknown, strategy, [one, two, three]),
    keep: (what: () => unknown) => {
      kept = what;
    },
  } satisfies Bridge);
}
