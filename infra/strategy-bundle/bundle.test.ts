// What a source may import and name, told with its place; and the same bytes of the same sources, wherever they lie.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleStrategy, sourceFaultText } from './bundle.ts';
import { mapIn, placeIn } from './source-map.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'retrace-bundle-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
/** Files by their paths, in a folder of their own; the path of the first. */
function written(files: Readonly<Record<string, string>>, folder = join(scratch, String(folders++))): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, Object.keys(files)[0]!);
}

async function faultsOf(files: Readonly<Record<string, string>>): Promise<string> {
  const { faults } = await bundleStrategy(written(files), ROOT);
  return faults.map(sourceFaultText).join('\n');
}

const MAIN = `import { Ema } from 'retrace/strategy';
import { twice } from './parts/twice.ts';
export const strategy = { average: new Ema(3), two: twice(1) };
`;
const FILES = { 'mine.ts': MAIN, 'parts/twice.ts': 'export const twice = (x: number): number => 2 * x;\n' };

test('the same sources are the same bytes: in another folder, under another name, with other ends of lines', async () => {
  const { text } = await bundleStrategy(written(FILES), ROOT);
  expect(text).toContain('Ema');
  expect(text).not.toContain(scratch);
  expect(text).not.toContain(ROOT);
  const elsewhere = written(FILES, join(scratch, 'a folder', 'deep', 'down'));
  expect((await bundleStrategy(elsewhere, ROOT)).text).toBe(text);
  expect((await bundleStrategy(written({ ...{ 'yours.ts': MAIN }, 'parts/twice.ts': FILES['parts/twice.ts'] }), ROOT)).text).toBe(text);
  const dos = Object.fromEntries(Object.entries(FILES).map(([path, body]) => [path, body.replaceAll('\n', '\r\n')]));
  expect((await bundleStrategy(written(dos), ROOT)).text).toBe(text);
  const changed = { ...FILES, 'parts/twice.ts': 'export const twice = (x: number): number => 3 * x;\n' };
  expect((await bundleStrategy(written(changed), ROOT)).text).not.toBe(text);
});

test('what is not used of the build is not in it', async () => {
  const { text } = await bundleStrategy(written(FILES), ROOT);
  expect(text).not.toContain('class Ichimoku');
  expect(text).not.toContain('Ichimoku = class');
});

test('a place in the bundle leads to the line a person wrote', async () => {
  const { text } = await bundleStrategy(written(FILES), ROOT);
  const lines = text!.split('\n');
  const line = lines.findIndex((each) => each.includes('2 * x'));
  expect(placeIn(mapIn(text!)!, line + 1, lines[line]!.indexOf('2 * x') + 1)).toMatchObject({ file: 'parts/twice.ts', line: 1 });
});

describe('refused, with the place', () => {
  const EXPORT = 'export const strategy = { a };\n';
  test.each([
    ['a package', "import { a } from 'zod';", 'mine.ts:1:19: imports zod: a strategy imports retrace/strategy and files beside it'],
    ['a module of Node', "\nimport { readFileSync as a } from 'node:fs';", 'mine.ts:2:35: imports node:fs'],
    ['a module of Node by its bare name', "import a from 'fs';", 'mine.ts:1:15: imports fs'],
    ['an absolute path', "import a from '/etc/passwd';", 'mine.ts:1:15: imports /etc/passwd'],
    ['a file that is not there', "import { a } from './gone.ts';", 'imports ./gone.ts, which is not there'],
    ['another kind of file', "import a from './mine.css';", 'imports ./mine.css: a file of a strategy ends in .ts'],
    ['require', "const a = require('fs');", 'mine.ts:1:11: require is not there'],
    ['require of a name that is made', "const a = require('f' + 's');", 'mine.ts:1:11: require is not there'],
    ['import()', "const a = import('./other.ts');", 'mine.ts:1:18: import() of ./other.ts'],
    ['import() of a name that is made', "const a = import('./a' + Math.abs(1));", 'import() of a name that is made while it runs'],
    [
      'import() of a name that is a parameter',
      'const a = (name: string) => import(name);',
      'mine.ts:1:29: import() of a name that is made',
    ],
    ['import.meta', 'const a = import.meta.url;', 'mine.ts:1:11: import.meta is not there'],
    ['a clock', 'const a = () => Date.now();', 'mine.ts:1:17: Date is not there: time is an input'],
    ['a clock that is only asked for', 'const a = typeof performance;', 'performance is not there'],
    ['chance', 'const a = Math.random();', 'mine.ts:1:11: Math.random is not there: take randomStream'],
    ['a timer', 'const a = setTimeout(() => {}, 1);', 'setTimeout is not there: a strategy is woken and never waits'],
    ['an async function', 'async function a() {}', 'async is not there'],
    ['await', 'const a = async () => { await null; };', 'async is not there'],
    ['code of text', "const a = new Function('return 1');", 'Function is not there: code is never made from text'],
    ['eval', "const a = (0, eval)('1');", 'eval is not there'],
    ['the global object', 'const a = globalThis;', 'globalThis is not there'],
    ['what is no TypeScript', 'const = 1;', 'mine.ts:1:7: Expected identifier'],
  ])('%s', async (_what, text, fault) => {
    expect(await faultsOf({ 'mine.ts': `${text}\n${EXPORT}`, 'other.ts': 'export const x = 1;\n', 'mine.css': '' })).toContain(fault);
  });
  test('in a file beside the first, by the name of that file', async () => {
    const files = {
      'mine.ts': "import { now } from './lib/clock.ts';\nexport const strategy = { now };\n",
      'lib/clock.ts': '\nexport const now = () => Date.now();\n',
    };
    expect(await faultsOf(files)).toMatch(/^lib\/clock\.ts:2:26: Date is not there/);
  });
  test('no strategy', async () => {
    expect(await faultsOf({ 'mine.ts': 'export const other = 1;\n' })).toBe(
      'mine.ts:1:1: exports no strategy: write `export const strategy: Strategy<State> = { … }`',
    );
  });
});

test('names of its own are its own', async () => {
  const text =
    'const own = (Date: number, process: number) => Date + process;\nconst at = { Date: 1, setTimeout: 2 };\nexport const strategy = { n: own(at.Date, at.setTimeout) };\n';
  expect(await faultsOf({ 'mine.ts': text })).toBe('');
});
