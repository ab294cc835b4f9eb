/**
 * A strategy written in TypeScript, with all it imports, as one text that needs nothing else. The same sources give the same bytes wherever they
 * lie. Decides what a source may import and name; runs nothing of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, posix, relative, resolve, sep } from 'node:path';
import type { BuildFailure, Loader, Message, Plugin } from 'esbuild';
import { ABSENT_MATH, ABSENT_NAMES, ABSENT_SYNTAX } from './absent.ts';
import { mapIn, placeIn, type SourceMap, withMap } from './source-map.ts';

export type SourceFault = Readonly<{ file: string; line: number; column: number; why: string; remedy: string }>;

export type Bundled = Readonly<{ text: string; faults: readonly [] }> | Readonly<{ text: null; faults: readonly SourceFault[] }>;

export const sourceFaultText = ({ file, line, column, why, remedy }: SourceFault): string => `${file}:${line}:${column}: ${why}: ${remedy}`;

/** What a source imports its types and its indicators by. */
export const KIT = 'retrace/strategy';
/** The first file, whatever it is called: a file that is renamed is the same strategy. */
export const FIRST_FILE = 'strategy';

const LOADERS: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.mts': 'ts', '.js': 'js', '.mjs': 'js', '.json': 'json' };
const MATH = 'exp, log, pow, sin, cos, tanh';
const MARKED = '__absent_';

/** `root` is the folder of this build, which holds what `retrace/strategy` stands for. */
export async function bundleStrategy(path: string, root: string): Promise<Bundled> {
  const { build } = await import('esbuild');
  const folder = dirname(resolve(path));
  const shown = (file: string): string => (file === FIRST_FILE ? basename(path) : file);
  try {
    const { outputFiles } = await build({
      stdin: { contents: `import 'retrace:math';\nexport { strategy } from 'own:first';\n`, sourcefile: 'retrace', loader: 'js' },
      absWorkingDir: folder,
      outfile: 'strategy.js',
      plugins: [sourcesOf(resolve(path), root)],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'bundled',
      banner: { js: '"use strict";' },
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      tsconfigRaw: {}, // not whatever lies in a folder above
      logLevel: 'silent',
      // what is lowered is found by what it is lowered to
      supported: {
        ...{ 'async-await': false, 'async-generator': false, 'for-await': false, 'dynamic-import': false },
        ...{ 'exponent-operator': false }, // a power of the runtime has bits of its own; Math.pow has ours
      },
      define: {
        ...Object.fromEntries([...ABSENT_NAMES.keys()].map((name) => [name, `${MARKED}${name}`])),
        ...Object.fromEntries([...ABSENT_MATH.keys()].map((name) => [`Math.${name}`, `${MARKED}Math_${name}`])),
        'import.meta': `${MARKED}import_meta`,
      },
    });
    const map = JSON.parse(outputFiles.find(({ path: file }) => file.endsWith('.map'))!.text) as SourceMap;
    const text = withMap(outputFiles.find(({ path: file }) => file.endsWith('.js'))!.text, {
      version: 3,
      sources: map.sources.map(nameOf),
      // what belongs to this build can be looked up; what a person wrote can not
      sourcesContent: map.sources.map((source, index) => (source.startsWith('own:') ? map.sourcesContent[index]! : null)),
      names: [],
      mappings: map.mappings,
    });
    const faults = faultsIn(text, shown);
    return faults.length > 0 ? { text: null, faults } : { text, faults: [] };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    return { text: null, faults: errors.map((message) => faultOf(message, shown)) };
  }
}

const nameOf = (source: string): string => source.replace(/^own:/, '').replace(/^retrace:/, 'retrace/');

function sourcesOf(first: string, root: string): Plugin {
  const folder = dirname(first);
  const ownName = (path: string): string => (path === first ? FIRST_FILE : relative(folder, path).split(sep).join('/'));
  const ownPath = (name: string): string => (name === FIRST_FILE ? first : resolve(folder, name));
  const kit = (path: string) => ({ path, namespace: 'retrace', sideEffects: false });
  const refused = (text: string, remedy: string) => ({ errors: [{ text, detail: remedy }] });
  return {
    name: 'sources',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, namespace, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (path === 'retrace:math') return { path: 'math', namespace: 'retrace' };
        if (path === 'own:first') return { path: FIRST_FILE, namespace: 'own' };
        if (namespace === 'retrace') {
          if (path.startsWith('#')) return kit(path.slice(1));
          return kit(posix.join(posix.dirname(importer), path));
        }
        if (kind !== 'import-statement')
          return refused(`${kind === 'require-call' ? 'require' : 'import()'} of ${path}`, ABSENT_SYNTAX.import);
        if (path === KIT) return kit('engine/strategy/kit.ts');
        if (!path.startsWith('./') && !path.startsWith('../'))
          return refused(
            `imports ${path}`,
            `a strategy imports ${KIT} and files beside it, like ./average.ts: no packages, nothing of Node`,
          );
        const target = resolve(dirname(ownPath(importer)), path);
        if (!existsSync(target)) return refused(`imports ${path}, which is not there`, 'name the file with its ending, like ./average.ts');
        if (LOADERS[extname(target)] === undefined)
          return refused(`imports ${path}`, `a file of a strategy ends in ${Object.keys(LOADERS).join(', ')}`);
        return { path: ownName(target), namespace: 'own' };
      });
      build.onLoad({ filter: /.*/, namespace: 'own' }, ({ path }) => {
        const file = ownPath(path);
        return { contents: read(file), loader: LOADERS[extname(file)] ?? 'ts' };
      });
      build.onLoad({ filter: /.*/, namespace: 'retrace' }, ({ path }) =>
        path === 'math'
          ? { contents: `import { ${MATH} } from '#engine/math.ts';\nexactMath({ ${MATH} });\n`, loader: 'js' }
          : { contents: read(join(root, path)), loader: 'ts' },
      );
    },
  };
}

/** The same text from every machine. */
const read = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');

/** What esbuild lowers an unsupported form to; the helper's own definition stands in no file. */
const LOWERED = /(?<!var )\b(__async|__asyncGenerator|__forAwait|__await|__yieldStar|__require|__glob|globImport_\w+)\b\s*\(/;
const HELPER = /\bvar __(?:async|asyncGenerator|forAwait|await|yieldStar|require|glob)\b/;

/** Marks that were left where something absent is named, and what a lowered form was lowered to. */
function faultsIn(text: string, shown: (file: string) => string): SourceFault[] {
  const map = mapIn(text)!;
  const faults: SourceFault[] = [];
  const found = new RegExp(`${MARKED}(\\w+)|${LOWERED.source}`, 'g');
  text.split('\n').forEach((line, index) => {
    for (const match of line.matchAll(found)) {
      const place = placeIn(map, index + 1, match.index + 1);
      const said = saidOf(match[1] ?? null, match[2] ?? null);
      if (place === null || said === null || place.file.startsWith('retrace')) continue;
      const fault = { ...place, file: shown(place.file), ...said };
      if (!faults.some((each) => sourceFaultText(each) === sourceFaultText(fault))) faults.push(fault);
    }
  });
  // a form that was lowered and could not be placed is no less absent
  const helper = HELPER.exec(text);
  if (faults.length === 0 && helper !== null)
    faults.push({ file: shown(FIRST_FILE), line: 1, column: 1, ...saidOf(null, helper[0].slice('var '.length))! });
  return faults.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
}

function saidOf(name: string | null, lowered: string | null): Pick<SourceFault, 'why' | 'remedy'> | null {
  if (lowered === '__require' || lowered?.includes('lob'))
    return { why: 'import() of a name that is made while it runs', remedy: ABSENT_SYNTAX.import };
  if (lowered !== null) return { why: 'async is not there', remedy: ABSENT_SYNTAX.async };
  if (name === 'import_meta') return { why: 'import.meta is not there', remedy: ABSENT_SYNTAX.meta };
  const member = name!.startsWith('Math_') ? name!.slice(5) : null;
  const remedy = member === null ? ABSENT_NAMES.get(name!) : ABSENT_MATH.get(member);
  return remedy === undefined ? null : { why: `${member === null ? name : `Math.${member}`} is not there`, remedy };
}

function faultOf({ text, location, detail }: Message, shown: (file: string) => string): SourceFault {
  const file = nameOf(location?.file ?? FIRST_FILE);
  const isEntry = file === 'retrace';
  const noExport = /^No matching export in .* for import "strategy"/.test(text);
  return {
    file: shown(isEntry ? FIRST_FILE : file),
    line: isEntry ? 1 : (location?.line ?? 1),
    column: isEntry ? 1 : (location?.column ?? 0) + 1,
    why: noExport ? 'exports no strategy' : text,
    remedy: noExport
      ? 'write `export const strategy: Strategy<State> = { … }`'
      : typeof detail === 'string' && detail !== ''
        ? detail
        : 'this is not TypeScript that can be read',
  };
}
