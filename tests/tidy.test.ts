// The house rules, held over the whole repository; and each rule shown to catch a planted violation.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { PackageJson, SourceText, Violation } from './tidy-rules.ts';
import * as rules from './tidy-rules.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.git', '.retrace']);
/** Recorded journals. */
const RECORDED = join(ROOT, 'tests', 'runs');
const SHIPPED = ['engine', 'actors', 'streams', 'replay', 'gateway', 'infra', 'cli'];
const REASONS = 'docs/dependencies.md';

/** Files that no import reaches, and why they stay. */
const UNREACHED: Readonly<Record<string, string>> = {
  'infra/kafka/inside-kafkajs.d.ts': 'the types of what a package says no types of: the compiler finds them by its name',
  'engine/strategy/kit.ts': 'what a strategy in a file of its own imports: it is bundled with that file',
};

const place = {
  exists: (path: string) => existsSync(join(ROOT, path)),
  read: (path: string) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : null),
};

const paths = [...pathsIn(ROOT)];
const read = (path: string): SourceText => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });
const code = paths.filter((path) => /\.(tsx?|mjs)$/.test(path)).map(read);
const documents = paths.filter((path) => path.endsWith('.md')).map(read);
const manifest = JSON.parse(place.read('package.json') ?? '{}') as PackageJson & { engines: { node: string } };

describe('the repository', () => {
  const clean = (violations: readonly Violation[]) => expect(violations.map(rules.show).join('\n')).toBe('');

  test('imports follow the table of folders', () => clean(code.flatMap(rules.importRules)));
  test('engine and actors touch nothing outside', () => clean(code.flatMap(rules.purityRules)));
  test('engine and actors use only arithmetic that is the same everywhere', () => clean(code.flatMap(rules.mathRules)));
  test('machines have no timers, children or hidden steps', () => clean(code.flatMap(rules.machineRules)));
  test('nothing is called utils, helpers or common', () => clean(paths.flatMap(rules.nameRules)));
  test('no unfinished marks in the code', () => clean(code.flatMap(rules.markRules)));
  test('nothing names a registry or a folder of one machine', () => {
    const texts = paths.filter((path) =>
      /\.(tsx?|mjs|json|ya?ml|md|toml|sh|html|css)$|(^|\/)(\.npmrc|run|Dockerfile|\.env\.example)$/.test(path),
    );
    clean(texts.map(read).flatMap(rules.placeRules));
  });
  test('every dependency is pinned and has its reason', () => clean(rules.dependencyRules(manifest, read(REASONS))));
  test.each(['package-lock.json', 'tests/node24/package-lock.json'])('%s names the packages of every platform', (path) =>
    clean(rules.lockRules(path, JSON.parse(place.read(path) ?? '{}') as rules.Lockfile)),
  );
  test('links in documents lead somewhere', () => clean(documents.flatMap((source) => rules.linkRules(source, place))));
  test('the commands of the README exist', () => clean(rules.commandRules(read('README.md'), manifest, subcommands(), place)));
  test('every file is used by something that runs', () => {
    const sources = code.filter(
      ({ path }) => SHIPPED.includes(path.split('/')[0] as string) || rules.isTest(path) || path.startsWith('scripts/'),
    );
    const isRoot = (path: string) =>
      path === 'cli/main.ts' ||
      path === 'cli/breaker.ts' ||
      path === 'cli/sweep-worker.ts' ||
      path === 'cli/reader-worker.ts' ||
      path === 'cli/replay-worker.ts' ||
      rules.isTest(path) ||
      path.startsWith('scripts/') ||
      path.startsWith('gateway/dashboard/');
    clean(rules.deadFileRules(sources, isRoot, UNREACHED));
  });
  test('the oldest Node is the same in package.json and in the sentence that refuses an older one', () => {
    const [, major, minor] = /needed = \[(\d+), (\d+)\]/.exec(place.read('scripts/node-version.mjs') ?? '') ?? [];
    expect(manifest.engines.node).toBe(`>=${major}.${minor}`);
  });
});

/** One planted violation: the rule must see it, at its line; with `not`, the rule must stay silent. */
type Plant = readonly [what: string, path: string, text: string, caught: string | null];

const from = (rule: (source: SourceText) => Violation[]) => (path: string, text: string) =>
  rule({ path, text: `// first line\n${text}` }).map(({ line, found }) => `${line}: ${found}`);

const planted = (name: string, rule: (source: SourceText) => Violation[], plants: readonly Plant[]) =>
  describe(name, () => {
    test.each(plants)('%s', (_what, path, text, caught) => {
      const found = from(rule)(path, text);
      if (caught === null) expect(found).toEqual([]);
      else expect(found).toContain(`2: ${caught}`);
    });
  });

describe('planted violations are caught', () => {
  planted('imports', rules.importRules, [
    ['engine imports a package', 'engine/a.ts', "import { z } from 'zod';", 'engine/ imports the package zod'],
    ['engine imports Node', 'engine/a.ts', "import { readFileSync } from 'node:fs';", 'engine/ imports node:fs'],
    ['engine imports Node by its bare name', 'engine/a.ts', "import fs from 'fs';", 'engine/ imports fs'],
    ['engine imports actors, as a type', 'engine/a.ts', "import type { Desk } from '#actors/desk.ts';", 'engine/ imports #actors/desk.ts'],
    ['engine imports by import()', 'engine/a.ts', "export const a = () => import('zod');", 'engine/ imports the package zod'],
    ['engine imports a type by import()', 'engine/a.ts', "export type A = import('zod').ZodType;", 'engine/ imports the package zod'],
    ['engine re-exports', 'engine/a.ts', "export * from 'rxjs';", 'engine/ imports the package rxjs'],
    ['actors import rxjs', 'actors/a.ts', "import { Subject } from 'rxjs';", 'actors/ imports the package rxjs'],
    ['replay imports infra', 'replay/a.ts', "import { open } from '#infra/files/open.ts';", 'replay/ imports #infra/files/open.ts'],
    ['gateway imports an adapter', 'gateway/a.ts', "import { open } from '#infra/files/open.ts';", 'gateway/ imports #infra/files/open.ts'],
    ['streams import Node', 'streams/a.ts', "import 'node:fs';", 'streams/ imports node:fs'],
    [
      'a relative import leaves its folder',
      'actors/a.ts',
      "import { x } from '../engine/values.ts';",
      'the relative import ../engine/values.ts leaves actors/',
    ],
    ['an import without an extension', 'engine/a.ts', "import { x } from './values';", './values has no extension'],
    ['a computed import', 'infra/files/a.ts', 'export const a = (name: string) => import(name);', 'an import whose name is computed'],
    ['a folder of infra with a second foreign system', 'infra/files/a.ts', "import 'kafkajs';", 'infra/files imports kafkajs'],
    ['a folder of infra nobody listed', 'infra/fax/a.ts', "import 'fax';", 'infra/fax is not in INFRA_PACKAGES'],
    ['infra runs streams', 'infra/files/a.ts', "import { f } from '#streams/feed.ts';", 'infra imports #streams/feed.ts at run time'],
    [
      'infra knows more of streams than Feed',
      'infra/files/a.ts',
      "import type { f } from '#streams/join.ts';",
      'infra/ imports #streams/join.ts',
    ],
    [
      'what ships imports a test',
      'cli/a.ts',
      "import { x } from '#tests/reference/desk.ts';",
      'imports #tests/reference/desk.ts, which is a test',
    ],
    ['infra may know the Feed type', 'infra/files/a.ts', "import type { Feed } from '#streams/feed.ts';", null],
    ['actors may use xstate and engine', 'actors/a.ts', "import { setup } from 'xstate'; import { x } from '#engine/values.ts';", null],
    ['a test may import anything', 'engine/a.test.ts', "import { x } from '#infra/files/open.ts';", null],
    ['an import in a comment is no import', 'engine/a.ts', "// import { z } from 'zod';", null],
  ]);

  planted('pure', rules.purityRules, [
    ['a clock', 'engine/a.ts', 'export const a = () => Date.now();', 'Date'],
    ['a clock that counts', 'engine/a.ts', 'export const a = performance.now();', 'performance'],
    ['the process', 'actors/a.ts', 'export const a = process.env;', 'process'],
    ['the process, in shorthand', 'actors/a.ts', 'export const a = { process };', 'process'],
    ['a timer', 'engine/a.ts', 'setTimeout(() => {}, 1);', 'setTimeout'],
    ['a repeating timer', 'engine/a.ts', 'setInterval(() => {}, 1);', 'setInterval'],
    ['an immediate', 'engine/a.ts', 'setImmediate(() => {});', 'setImmediate'],
    ['a microtask', 'engine/a.ts', 'queueMicrotask(() => {});', 'queueMicrotask'],
    ['randomness', 'engine/a.ts', 'export const a = Math.random();', 'Math.random'],
    ['randomness by a string', 'engine/a.ts', "export const a = Math['random']();", 'Math.random'],
    ['crypto', 'engine/a.ts', 'export const a = crypto.randomUUID();', 'crypto'],
    ['a locale', 'engine/a.ts', "export const a = new Intl.NumberFormat('en');", 'Intl'],
    ['a number in a locale', 'engine/a.ts', 'export const a = (1).toLocaleString();', '.toLocaleString'],
    ['an order in a locale', 'engine/a.ts', "export const a = 'a'.localeCompare('b');", '.localeCompare'],
    ['the network', 'engine/a.ts', "fetch('x');", 'fetch'],
    ['the console', 'engine/a.ts', "console.log('x');", 'console'],
    ['require', 'engine/a.ts', "require('x');", 'require'],
    ['the global object', 'engine/a.ts', 'export const a = globalThis;', 'globalThis'],
    ['a weak reference', 'engine/a.ts', 'export const a = new WeakRef({});', 'WeakRef'],
    ['a finaliser', 'engine/a.ts', 'export const a = new FinalizationRegistry(() => {});', 'FinalizationRegistry'],
    ['a stack of a new error', 'engine/a.ts', "export const a = new RangeError('x').stack;", '.stack of an error'],
    ['a stack of a caught error', 'engine/a.ts', 'try { a(); } catch (thrown) { say((thrown as Error).stack); }', '.stack of an error'],
    ['an async function', 'engine/a.ts', 'export async function a() {}', 'async'],
    ['an async arrow', 'actors/a.ts', 'export const a = async () => 1;', 'async'],
    ['an await', 'engine/a.ts', 'await a();', 'await'],
    ['for await', 'engine/a.ts', 'for await (const x of xs) {}', 'for await'],
    ['a new promise', 'engine/a.ts', 'export const a = new Promise(() => {});', 'Promise as a value'],
    ['a resolved promise', 'engine/a.ts', 'export const a = Promise.resolve(1);', 'Promise as a value'],
    ['a new promise in a port', 'engine/journal/port.ts', 'export const a = new Promise(() => {});', 'Promise as a value'],
    ['a continuation', 'engine/a.ts', 'later.then(() => {});', '.then()'],
    ['a promise as a type', 'engine/a.ts', 'export type A = () => Promise<number>;', 'the type Promise'],
    ['an async iterable as a type', 'engine/a.ts', 'export type A = AsyncIterable<number>;', 'the type AsyncIterable'],
    ['a place of code', 'engine/a.ts', 'export const a = import.meta.url;', 'import.meta'],
    ['the types in a port', 'engine/journal/port.ts', 'export type A = { a(): Promise<number>; b(): AsyncIterable<number> };', null],
    ['names of fields', 'engine/a.ts', 'export const a = { process: 1, Date: 2 }; export const b = a.process + a.Date;', null],
    ['a parameter of that name', 'engine/a.ts', 'export const a = (process: number) => process + 1;', null],
    ['a stack that is no error', 'engine/a.ts', 'export const a = machine.stack;', null],
    ['words in comments and strings', 'engine/a.ts', "// await Date.now()\nexport const a = 'Math.random() setTimeout';", null],
    ['outside the desk', 'infra/files/a.ts', 'export const a = Date.now();', null],
    ['in a test', 'engine/a.test.ts', 'export const a = Date.now();', null],
  ]);

  planted('math', rules.mathRules, [
    ['a power by function', 'engine/a.ts', 'export const a = Math.pow(2, 0.5);', 'Math.pow'],
    ['a logarithm', 'actors/a.ts', 'export const a = Math.log(2);', 'Math.log'],
    ['a function by a string', 'engine/a.ts', "export const a = Math['exp'](2);", 'Math.exp'],
    ['Math taken apart', 'engine/a.ts', 'const { exp } = Math;', 'Math as a whole'],
    ['Math by another name', 'engine/a.ts', 'const M = Math;', 'Math as a whole'],
    ['a power', 'engine/a.ts', 'export const a = x ** 2;', '**'],
    ['a power in place', 'engine/a.ts', 'x **= 2;', '**'],
    ['what is allowed', 'engine/a.ts', 'export const a = Math.floor(Math.sqrt(2)) * Math.PI + Math.imul(2, 3);', null],
    ['an exact power', 'engine/a.ts', 'export const a = 10n ** BigInt(scale);', null],
  ]);

  const machine = (config: string) => `export const m = setup({}).createMachine(${config});`;
  planted('machine', rules.machineRules, [
    ['a timer', 'actors/a.ts', machine("{ states: { A: { after: { 10: 'B' } } } }"), 'after:'],
    ['an invocation', 'actors/a.ts', machine("{ invoke: { src: 'x' } }"), 'invoke:'],
    ['a hidden step', 'actors/a.ts', machine("{ states: { A: { states: { B: { always: 'C' } } } } }"), 'always:'],
    ['history', 'actors/a.ts', machine("{ states: { A: { history: 'deep' } } }"), 'history:'],
    ['history by type', 'actors/a.ts', machine("{ states: { A: { type: 'history' } } }"), "type: 'history'"],
    ['an end', 'actors/a.ts', machine("{ states: { A: { type: 'final' } } }"), "type: 'final'"],
    ['a state written elsewhere', 'actors/a.ts', `const A = { after: {} }; ${machine('{ states: { A } }')}`, 'after:'],
    ['a child', 'actors/a.ts', "export const a = assign({ x: ({ spawn }) => spawn('x') });", 'spawn()'],
    ['a promise actor', 'actors/a.ts', "import { fromPromise } from 'xstate';", 'fromPromise'],
    ['a delayed event', 'actors/a.ts', "export const a = raise({ type: 'x' }, { delay: 10 });", 'raise with a delay'],
    ['named delays', 'actors/a.ts', 'export const a = setup({ delays: { x: 10 } });', 'delays:'],
    [
      'context may have such names',
      'actors/a.ts',
      machine("{ context: { history: [], after: 1 }, states: { A: { on: { X: 'B' } } } }"),
      null,
    ],
  ]);

  test('names', () => {
    expect(rules.nameRules('engine/utils/round.ts')).toHaveLength(1);
    expect(rules.nameRules('infra/string-helpers.ts')).toHaveLength(1);
    expect(rules.nameRules('cli/common.ts')).toHaveLength(1);
    expect(rules.nameRules('engine/market/commons-market.ts')).toHaveLength(0);
  });

  planted('marks', rules.markRules, [
    ['in a line', 'cli/a.ts', `const a = 1; // ${'TO'}${'DO'}: later`, 'TODO'],
    ['in a block', 'cli/a.ts', `/* ${'FIX'}${'ME'} */`, 'FIXME'],
    ['a string is no mark', 'cli/a.ts', `const a = '${'TO'}${'DO'}';`, null],
  ]);

  planted('places', rules.placeRules, [
    ['a registry', 'a.md', `see https://${'registry.'}npmjs.example/x`, `${'registry.'}npmjs`],
    ['a home', 'a.ts', `const a = '${'/ho'}me/me/x';`, `${'/ho'}me/me/`],
    ['a resolved host', 'package-lock.json', `"${'resol'}ved": "https://x"`, `"${'resol'}ved": "https:`],
    ['an address with such a word', 'a.md', 'https://example.org/work/x', null],
  ]);

  test('dependencies', () => {
    const reasons = (text: string) => ({ path: REASONS, text });
    const found = (version: string, text: string) =>
      rules.dependencyRules({ dependencies: { a: version } }, reasons(text)).map((v) => v.found);
    expect(found('1.2.3', '- `a`: the one reason we need it')).toEqual([]);
    expect(found('npm:b@1.2.3-x.0', '- `a`: the one reason we need it')).toEqual([]);
    expect(found('^1.2.3', '- `a`: the one reason we need it')).toEqual(['a is pinned as ^1.2.3']);
    expect(found('1.2.3', '')).toEqual(['a has no line']);
    expect(found('1.2.3', '- `a`: the one reason we need it\n- `b`: gone since long ago')).toEqual(['b is no direct dependency']);
  });

  test('lockfile', () => {
    const found = (packages: Record<string, object>) => rules.lockRules('package-lock.json', { packages }).map((v) => v.found);
    const tool = { optionalDependencies: { 'tool-mac': '1.0.0' } };
    expect(found({ 'node_modules/tool': tool })).toEqual(['node_modules/tool wants tool-mac, which is not locked']);
    expect(found({ 'node_modules/tool': tool, 'node_modules/tool-mac': {} })).toEqual([]);
    expect(found({ 'node_modules/tool': tool, 'node_modules/tool/node_modules/tool-mac': {} })).toEqual([]);
  });

  test('links', () => {
    const world = { exists: (path: string) => ['docs', 'docs/b.md'].includes(path), read: () => '# Title one\n## It’s `so`, again\n' };
    const found = (text: string) => rules.linkRules({ path: 'docs/a.md', text }, world).map((v) => v.found);
    expect(found('[a](b.md) [b](./b.md#title-one) [c](../docs/b.md#its-so-again) [d](https://x.y) [e](../docs/)')).toEqual([]);
    expect(found('[a](c.md)')).toEqual(['c.md does not exist']);
    expect(found('[a](b.md#nowhere)')).toEqual(['b.md#nowhere: no such heading']);
    expect(found('`[a](c.md)`\n```\n[a](c.md)\n```')).toEqual([]);
  });

  test('commands', () => {
    const world = { exists: (path: string) => path === '.ci/run', read: () => null };
    const found = (command: string, known: string[] | null = ['demo']) =>
      rules
        .commandRules({ path: 'README.md', text: `\`\`\`sh\n${command}\n\`\`\`` }, { scripts: { start: 'x', build: 'x' } }, known, world)
        .map((v) => v.found);
    expect(found('git clone x && npm start -- --ticks 5\nCI=true bash .ci/run\nnpx retrace demo # shows\nnpm run build')).toEqual([]);
    expect(found('npm run missing')).toEqual(['npm run missing']);
    expect(found('npm test')).toEqual(['npm test']);
    expect(found('npx retrace missing')).toEqual(['npx retrace missing']);
    expect(found('npx retrace missing', null)).toEqual([]);
    expect(found('npx other')).toEqual(['npx other']);
    expect(found('bash run.sh')).toEqual(['bash run.sh']);
    expect(found('make all')).toEqual(['make all']);
  });

  test('dead files', () => {
    const sources = [
      { path: 'cli/main.ts', text: "import './used.ts'; void import('#infra/files/lazy.ts'); new URL('./child.ts', import.meta.url);" },
      { path: 'cli/used.ts', text: '' },
      { path: 'cli/child.ts', text: '' },
      { path: 'infra/files/lazy.ts', text: '' },
      { path: 'engine/dead.ts', text: '' },
    ];
    const found = (allowed: Record<string, string>) =>
      rules.deadFileRules(sources, (path) => path === 'cli/main.ts', allowed).map((v) => v.path);
    expect(found({})).toEqual(['engine/dead.ts']);
    expect(found({ 'engine/dead.ts': 'a reason' })).toEqual([]);
    expect(found({ 'engine/dead.ts': 'a reason', 'cli/used.ts': 'a reason' })).toEqual(['cli/used.ts']);
  });

  test('the dashboard sees contracts only', () => {
    const found = from(rules.importRules);
    expect(found('gateway/dashboard/a.tsx', "import { x } from '../contracts/x.ts'; import React from 'react';")).toEqual([]);
    expect(found('gateway/dashboard/a.tsx', "import { x } from '../rest.ts';")).toEqual(['2: the dashboard imports ../rest.ts']);
    expect(found('gateway/dashboard/a.tsx', "import { x } from '#engine/values.ts';")).toEqual([
      '2: the dashboard imports #engine/values.ts',
    ]);
  });
});

/** Names of subcommands, from the files and folders of cli/commands; null while that folder does not exist. */
function subcommands(): string[] | null {
  const folder = join(ROOT, 'cli', 'commands');
  if (!existsSync(folder)) return null;
  return readdirSync(folder)
    .filter((name) => !name.includes('.test.'))
    .map((name) => (statSync(join(folder, name)).isDirectory() ? name : (name.replace(/\.ts$/, '').split('-')[0] as string)));
}

function* pathsIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (path === RECORDED) continue;
    if (entry.isDirectory()) yield* pathsIn(path);
    else if (entry.isFile()) yield relative(ROOT, path).split(sep).join('/');
  }
}
