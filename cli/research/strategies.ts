/** Where strategies come from: what this build holds, what it ships as files, files of a person, and what was kept. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { faultText } from '#engine/strategy/language/source.ts';
import { SAMPLES, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import { bundleStrategy, type SourceFault, sourceFaultText } from '#infra/strategy-bundle/bundle.ts';
import { StrategyFailed } from '#infra/strategy-bundle/realm.ts';
import { Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { nearest } from '../nearest.ts';
import { type FoundStrategy, loadedBundle, namesOf, savedStrategies } from './kept-strategies.ts';
import { compiledDocument } from './strategy-documents.ts';

export type { FoundStrategy };

const IS_DOCUMENT = /\.(ya?ml|json)$/;
const IS_PROGRAM = /\.m?ts$/;

const shippedFolder = (): string => join(thisBuild().root, 'strategies');

/** What a file holds, or every fault of it: `line:column: what is wrong` behind the name of the file it stands in. */
export type ReadFile = Readonly<{ found: FoundStrategy; faults: readonly [] }> | Readonly<{ found: null; faults: readonly FileFault[] }>;
export type FileFault = Readonly<{ file: string; line: number; column: number; text: string }>;

export async function readStrategyFile(path: string, shown = path): Promise<ReadFile> {
  if (!IS_PROGRAM.test(path)) {
    const compiled = compiledDocument(path);
    if ('strategy' in compiled) return { found: { ...compiled, bundle: null }, faults: [] };
    return { found: null, faults: compiled.map((fault) => ({ ...fault, file: shown, text: `${shown}:${faultText(fault)}` })) };
  }
  const { text, faults } = await bundleStrategy(path, thisBuild().root);
  if (text === null) return { found: null, faults: faults.map((fault) => fileFaultOf(fault, shown)) };
  try {
    return { found: { ...loadedBundle(text, shown), place: path }, faults: [] };
  } catch (error) {
    if (!(error instanceof StrategyFailed)) throw error;
    return { found: null, faults: error.message.split('\n').map((line) => ({ file: shown, line: 1, column: 1, text: line })) };
  }
}

/** A bundle names its files as they lie beside the first; a person wants them as they are typed. */
function fileFaultOf(fault: SourceFault, shown: string): FileFault {
  const file = `${shown.slice(0, shown.length - basename(shown).length)}${fault.file}`;
  return { file, line: fault.line, column: fault.column, text: sourceFaultText({ ...fault, file }) };
}

/** By its name or its file; what is wrong with it refuses in words. */
export async function strategyNamed(named: string): Promise<FoundStrategy> {
  if (IS_DOCUMENT.test(named) || IS_PROGRAM.test(named)) {
    const path = resolve(named);
    if (!existsSync(path)) throw new Refused(2, [`${named}: no such file`], 'npx retrace strategy ls');
    return withoutFaults(await readStrategyFile(path, named));
  }
  const bundled = sampleByName(named);
  if (bundled !== null) return { strategy: bundled, version: versionOf(bundled), document: null, bundle: null, place: 'bundled' };
  const shipped = join(shippedFolder(), `${named}.yaml`);
  if (/^[\w-]+$/.test(named) && existsSync(shipped)) return withoutFaults(await readStrategyFile(shipped));
  const saved = savedNamed(named);
  if (saved !== null) return saved;
  const names = strategyNames();
  const meant = nearest(named, names);
  throw new Refused(
    2,
    [`${named}: no strategy of that name; ${meant === null ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`}`],
    'npx retrace strategy ls',
  );
}

export const strategyNames = (): readonly string[] => [
  ...new Set([...SAMPLES.map(({ name }) => name), ...shippedNames(), ...savedStrategies().map(({ strategy }) => strategy.name)]),
];

/** The documents of strategies/, by their files. */
export const shippedNames = (): readonly string[] => shippedFiles('.yaml').map((name) => name.slice(0, -5));

export const shippedFiles = (ending: '.yaml' | '.ts'): readonly string[] =>
  existsSync(shippedFolder())
    ? readdirSync(shippedFolder())
        .filter((name) => name.endsWith(ending) && !name.includes('.story.'))
        .sort()
    : [];

export const shippedStrategy = async (file: string): Promise<FoundStrategy> =>
  withoutFaults(await readStrategyFile(join(shippedFolder(), file)));

function withoutFaults({ found, faults }: ReadFile): FoundStrategy {
  if (found !== null) return found;
  throw new Refused(
    2,
    faults.map(({ text }) => text),
    faults.some(({ file }) => IS_PROGRAM.test(file))
      ? 'docs/writing-a-strategy.md says what a program may do'
      : 'docs/strategy-language.md says what a document may hold',
  );
}

/** By a name it has or had, or by the beginning of its version. */
function savedNamed(named: string): FoundStrategy | null {
  const names = namesOf(named);
  const found = savedStrategies().filter(
    ({ strategy, version }) => names.includes(strategy.name) || (named.length >= 6 && version.startsWith(named)),
  );
  if (found.length > 1)
    throw new Refused(
      2,
      [`${named}: several versions are kept: ${found.map(({ version }) => version.slice(0, 12)).join(', ')}`],
      'name one by the beginning of its version',
    );
  return found[0] ?? null;
}
