/** What a strategy in a file of its own does not find, and what to write instead. The reader of its source and the realm it runs in use one table. */

const TIME = 'time is an input: use view.at, or the times of the bar';
const WAIT = 'a strategy is woken and never waits: ask for { do: "alarm", at }';
const OUTSIDE = 'a strategy touches nothing outside: it has its event, its state, its parameters and the view';
const CHANCE = 'take randomStream of retrace/strategy, seeded by a parameter, and save it with the state';
const LOCALE = 'a strategy has no locale: compare text with <, and write numbers with String()';
const COLLECTOR = 'when memory is freed differs from run to run: let go of things yourself';
const CODE = 'code is never made from text: write it out';
const BITS =
  'its last bits differ between machines: Math has abs, ceil, cos, exp, floor, log, pow, sin, sqrt, tanh and the rest of whole arithmetic';

const of = (remedy: string, names: readonly string[]) => names.map((name) => [name, remedy] as const);

/** Names a source may not use freely. */
export const ABSENT_NAMES: ReadonlyMap<string, string> = new Map([
  ...of(TIME, ['Date', 'performance', 'Temporal']),
  ...of(WAIT, [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'queueMicrotask',
    'Promise',
  ]),
  ...of(CHANCE, ['crypto']),
  ...of(LOCALE, ['Intl']),
  ...of(COLLECTOR, ['WeakRef', 'FinalizationRegistry', 'DisposableStack', 'AsyncDisposableStack']),
  ...of(OUTSIDE, [
    'process',
    'require',
    'module',
    'exports',
    'fetch',
    'console',
    'navigator',
    'Buffer',
    'SharedArrayBuffer',
    'Atomics',
    'WebAssembly',
    'structuredClone',
  ]),
  ...of(OUTSIDE, ['globalThis', 'global', 'window', 'self', '__dirname', '__filename']),
  ...of(CODE, ['eval', 'Function']),
]);

/** Members of Math that are not there; those that are give the same bits everywhere. */
export const ABSENT_MATH: ReadonlyMap<string, string> = new Map([
  ...of(CHANCE, ['random']),
  ...of(BITS, [
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atan2',
    'atanh',
    'cbrt',
    'cosh',
    'expm1',
    'hypot',
    'log10',
    'log1p',
    'log2',
    'sinh',
    'tan',
  ]),
]);

/** Methods that would ask the machine's own settings. */
export const ABSENT_METHODS = [
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
  'toLocaleLowerCase',
  'toLocaleUpperCase',
  'localeCompare',
];
export const METHOD_REMEDY = LOCALE;

/** What a source may not do that is no name. */
export const ABSENT_SYNTAX = {
  async: WAIT,
  import: 'write `import … from` at the top, of retrace/strategy or of a file beside this one',
  meta: OUTSIDE,
} as const;
