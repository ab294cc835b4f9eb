// A strategy cannot leave its realm, and what would make two runs differ is not in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exp, log, pow, sin, tanh } from '#engine/math.ts';
import type { Strategy, StrategyEvent, StrategyView, Wake } from '#engine/strategy/strategy.ts';
import { bundleStrategy } from './bundle.ts';
import { strategyOfBundle } from './bundled-strategy.ts';
import { Realm, StrategyFailed } from './realm.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'retrace-realm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Text as a bundle is one, without being checked as a source: a bundle that somebody made by hand. */
const bundle = (body: string): string => `'use strict';\nvar bundled = (() => {\n${body}\n})();\n//# sourceMappingURL=none\n`;

/** The body of decide, with `say` for what it found out. */
function decided(body: string, view: Partial<StrategyView> = {}): unknown {
  const strategy = strategyOfBundle(
    bundle(`return { strategy: {
      name: 'a', about: 'a', parameters: {}, subscriptions: 1, wantsFills: false,
      warmup: () => 0, start: (parameters, subscriptions) => ({ parameters, subscriptions }),
      decide(state, event, view, wake) {
        const say = (value) => wake.conditions.push({ name: String(value), holds: true, numbers: [] });
        ${body}
      },
      save: (state) => null, load: (saved) => ({}),
    } };`),
  );
  const wake = wakeOf(strategy, view);
  return wake.conditions.map(({ name }) => name).join(' ');
}

const CANDLE = { start: 0, end: 60, open: 1, high: 2, low: 1, close: 2, volume: 3, trades: 1, complete: true };
const BARS = { type: 'bars', end: 60, bars: [CANDLE, null] } as unknown as StrategyEvent;

function wakeOf(strategy: Strategy, view: Partial<StrategyView> = {}): Wake {
  const state = strategy.start({ n: 1 }, [{ instrument: 'A', source: 's', timeframeUs: 60 }] as never);
  const wake: Wake = { conditions: [], intents: [] };
  const whole = { at: 60, position: () => 0, working: () => 0, orders: () => ['1.1'], price: () => null, equity: () => 5n, ...view };
  strategy.decide(state, BARS, { instrument: () => ({ id: 'A', feeds: [] }), ...whole } as unknown as StrategyView, wake);
  return wake;
}

describe('no way out', () => {
  const HANDED: Readonly<Record<string, string>> = {
    'the global object': '(function () { return (0, [].constructor.constructor); })()',
    'its own functions': '(() => {}).constructor',
    'the state': 'state.constructor.constructor',
    'its parameters': 'state.parameters.constructor.constructor',
    'its subscriptions': 'state.subscriptions[0].constructor.constructor',
    'the event': 'event.constructor.constructor',
    'the bars': 'event.bars.constructor.constructor',
    'a candle': 'event.bars[0].constructor.constructor',
    'the view': 'view.constructor.constructor',
    'a method of the view': 'view.position.constructor',
    'what the view answers': 'view.orders("A").constructor.constructor',
    'an instrument': 'view.instrument("A").feeds.constructor.constructor',
    'a bigint of the view': 'view.equity().constructor.constructor',
    'the wake': 'wake.constructor.constructor',
    'its conditions': 'wake.conditions.push.constructor',
    'a generator': '(function* () {}).constructor',
    'an async function': '(async () => {}).constructor',
  };
  test.each(Object.entries(HANDED))('through %s', (_name, expression) => {
    const tried = `try { say('out ' + typeof (${expression})('return process')()); } catch (error) { say(error.message); say(error instanceof Error); }`;
    expect(decided(tried)).toBe('Code generation from strings disallowed for this context true');
  });

  test('through an error of ours, however deep the stack is', () => {
    const caught = `let found = 'nothing';
      const look = (error) => { found = error.constructor === Error || error.constructor === RangeError ? 'its own' : 'foreign'; };
      try { view.position('A'); } catch (error) { look(error); }
      say(found);`;
    const throws = {
      position: () => {
        throw new TypeError('ours');
      },
    };
    // ours is told to the desk, whatever the strategy made of it
    expect(() => decided(caught, throws)).toThrow(new TypeError('ours'));
    const deep = `let worst = 'its own';
      const fall = () => { try { fall(); } catch (error) { if (!(error instanceof Error)) worst = 'foreign'; }
        try { view.position('A'); } catch (error) { if (!(error instanceof Error)) worst = 'foreign'; } };
      let depth = 0; const go = () => { depth++; view.position('A'); go(); };
      try { go(); } catch (error) { if (!(error instanceof Error)) worst = 'foreign'; }
      if (worst === 'foreign') throw new Error('a foreign error came in');
      say(worst);`;
    try {
      expect(decided(deep)).toBe('its own');
    } catch (error) {
      expect((error as Error).message).not.toContain('foreign'); // the stack may have ended in our own code, which is told
    }
  });

  test('through a caller', () => {
    expect(() => decided('say(arguments.callee)')).toThrow(/strict mode|callee/);
    expect(decided('try { say(view.position.caller) } catch (error) { say(error instanceof TypeError) }')).toBe('true');
  });

  test('through the frames of a stack', () => {
    expect(() => decided('Error.prepareStackTrace = (error, frames) => frames;')).toThrow(StrategyFailed);
    expect(decided("say(new Error('x').stack.includes('node:') || new Error('x').stack.includes('.ts'))")).toBe('false');
  });

  test('through import(), in any spelling', () => {
    for (const text of [
      "import('node:fs')",
      "import ('node:fs')",
      "import/**/('node:fs')",
      "import\n('node:fs')",
      "import<!--\n('node:fs')",
      "import\n-->\n('node:fs')",
      'import.meta.url',
    ])
      expect(() => new Realm(bundle(`return ${text};`))).toThrow('import');
  });

  test('a frozen candle and frozen parameters stay as they are', () => {
    expect(() => decided('event.bars[0].close = 7')).toThrow(StrategyFailed);
    expect(() => decided('state.parameters.n = 7')).toThrow(StrategyFailed);
    expect(() => decided('event.bars.push(null)')).toThrow(StrategyFailed);
  });
});

describe('what is not there', () => {
  const ABSENT = [
    'Date',
    'Promise',
    'setTimeout',
    'queueMicrotask',
    'Intl',
    'process',
    'require',
    'fetch',
    'performance',
    'crypto',
    'WeakRef',
    'FinalizationRegistry',
    'SharedArrayBuffer',
    'Atomics',
    'eval',
    'Function',
    'console',
    'WebAssembly',
  ];
  test.each([...ABSENT, 'Math.random', 'Math.tan', 'Math.cbrt'])('%s', (name) => {
    expect(() => decided(`say(${name});`)).toThrow(`${name} is not there: `);
  });
  test.each([
    "(1).toLocaleString('de')",
    "'a'.localeCompare('b')",
    "'I'.toLocaleLowerCase('tr')",
    '[1].toLocaleString()',
    '(1n).toLocaleString()',
    'new Float64Array(1).toLocaleString()',
  ])('%s', (call) => {
    expect(() => decided(`say(${call});`)).toThrow('a strategy has no locale');
  });
  test('taken apart, it is not there either', () => {
    expect(() => decided('const { random } = Math; say(random());')).toThrow('Math.random is not there');
  });
  test('nothing is remembered in what is built in', () => {
    for (const body of [
      'Array.prototype.kept = 1;',
      'Math.kept = 1;',
      'Object.prototype.kept = 1;',
      'kept = 1;',
      'Map.prototype.get = null;',
      'undefined = 1',
    ])
      expect(() => decided(body)).toThrow(StrategyFailed);
    expect(decided("/(a)/.exec('a'); say(RegExp.$1)")).toBe('undefined');
  });
  test('errors of its own may have names of their own', () => {
    expect(
      decided(
        "class Odd extends Error { constructor(m) { super(m); this.name = 'Odd'; } } try { throw new Odd('x') } catch (e) { say(e.name + e.message) }",
      ),
    ).toBe('Oddx');
  });
  test('what is waited for never comes', () => {
    expect(decided("(async () => { await null; say('later'); })(); say('now');")).toBe('now');
  });
});

test('powers and logarithms have the bits of engine/math.ts', async () => {
  const path = join(folder, 'powers.ts');
  writeFileSync(
    path,
    `import type { Strategy } from 'retrace/strategy';
     const numbers = (x: number) => [Math.exp(x), Math.log(x), Math.pow(x, 2.5), x ** 1.7, Math.sin(x), Math.tanh(x), Number(2n ** 70n)];
     export const strategy: Strategy<null> = { name: 'powers', about: 'a', parameters: {}, subscriptions: 1, wantsFills: false,
       warmup: () => 0, start: () => null, decide: () => {}, load: () => null, save: () => [0.1, 1.7, 12.3, 700].map(numbers) };`,
  );
  const { text, faults } = await bundleStrategy(path, ROOT);
  expect(faults).toEqual([]);
  const strategy = strategyOfBundle(text!);
  const numbers = (x: number) => [exp(x), log(x), pow(x, 2.5), pow(x, 1.7), sin(x), tanh(x), 2 ** 70];
  expect(strategy.save(null)).toEqual([0.1, 1.7, 12.3, 700].map(numbers));
});

describe('what goes wrong is told', () => {
  const strategyWith = async (name: string, decide: string, limitMs: number | null = null, top = ''): Promise<Strategy> => {
    const path = join(folder, `${name}.ts`);
    writeFileSync(
      path,
      `import type { Strategy } from 'retrace/strategy';\n${top}\nexport const strategy: Strategy<null> = {\n  name: 'told', about: 'a', parameters: {}, subscriptions: 1, wantsFills: false,\n  warmup: () => 0, start: () => null, save: () => null, load: () => null,\n  decide(state, event, view, wake) {\n    ${decide}\n  },\n};\n`,
    );
    const { text, faults } = await bundleStrategy(path, ROOT);
    expect(faults).toEqual([]);
    return strategyOfBundle(text!, { place: `${name}.ts`, limitMs });
  };
  test('with the line of the source', async () => {
    const strategy = await strategyWith('thrown', "throw new Error('no such luck');");
    expect(() => wakeOf(strategy)).toThrow('thrown.ts:7:11: no such luck');
  });
  test('in what it called, with the line that called', async () => {
    const strategy = await strategyWith(
      'called',
      'worst(event as never);',
      null,
      'const worst = (given: { none: { at: number } }) => given.none.at;',
    );
    expect(() => wakeOf(strategy)).toThrow(/^called\.ts:2:\d+: Cannot read properties of undefined/);
  });
  test('what got past the reader of sources, with the line that asked for it', async () => {
    const strategy = await strategyWith('past', "const name = 'ran' + 'dom'; (Math as never as Record<string, () => number>)[name]!();");
    expect(() => wakeOf(strategy)).toThrow(/^past\.ts:7:\d+: Math\.random is not there: take randomStream/);
  });
  test('a number that is none is named', async () => {
    const strategy = await strategyWith('none', "wake.conditions.push({ name: 'x', holds: true, numbers: [['a', 0 / 0]] });");
    expect(() => wakeOf(strategy)).toThrow('wake.conditions[0].numbers[0][1] is NaN');
  });
  test('a wake without an end, where it is watched', async () => {
    const strategy = await strategyWith('endless', 'for (;;);', 100);
    expect(() => wakeOf(strategy)).toThrow('did not come back within 100 ms');
  });
  test('a bundle without an end', () => {
    expect(() => new Realm(bundle('for (;;);'))).toThrow('did not come back');
  });
  test('a file that is no strategy, field by field', () => {
    expect(() =>
      strategyOfBundle(bundle("return { strategy: { name: 'Not A Name', parameters: { n: { kind: 'whole' } } } };"), { place: 'a.ts' }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [StrategyFailed: a.ts: strategy.name: is not of small letters, digits and dashes, like my-trend
      a.ts: strategy.about: is missing: say in a sentence what it does
      a.ts: strategy.wantsFills: is neither true nor false
      a.ts: strategy.parameters.n: about is missing: say in a few words what it is
      a.ts: strategy.parameters.n: least ≤ standard ≤ most must be whole numbers
      a.ts: strategy.warmup: is no function
      a.ts: strategy.start: is no function
      a.ts: strategy.decide: is no function
      a.ts: strategy.save: is no function
      a.ts: strategy.load: is no function]
    `);
  });
});
