/**
 * Where strategies come from: bundled ones, documents in files, documents that were saved. A document that ran is kept by its hash, so that what
 * was recorded with it can be run again; its text is data and never code.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { canonicalOf, versionOf as versionOfDocument } from '#engine/strategy/language/canonical.ts';
import type { Document } from '#engine/strategy/language/document.ts';
import { compileStrategy } from '#engine/strategy/language/language.ts';
import { faultText, type LanguageFault } from '#engine/strategy/language/source.ts';
import { STANDARD_CATALOGUE } from '#engine/strategy/language/standard-catalogue.ts';
import { SAMPLES, sampleByName, catalogue as samples, versionOf } from '#engine/strategy/samples.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Sha256 } from '#engine/values.ts';
import { readStrategyText } from '#infra/config/strategy-file.ts';
import { Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { deskHome } from '../compose/desk-home.ts';
import { nodeDigest } from '../compose/digest.ts';
import { nearest } from '../nearest.ts';

export type FoundStrategy = Readonly<{
  strategy: Strategy;
  version: Sha256;
  /** Null for one that is written in TypeScript. */
  document: Document | null;
  /** Where it lies, for people. */
  place: string;
}>;

const IS_DOCUMENT = /\.(ya?ml|json)$/;

export const savedFolder = (): string => join(deskHome().path, 'strategies');
const shippedFolder = (): string => join(thisBuild().root, 'strategies');

/** A document in a file; every fault of it at once. */
export function compiledFile(path: string): FoundStrategy | readonly LanguageFault[] {
  return compiledText(readFileSync(path, 'utf8'), path);
}

function compiledText(text: string, place: string): FoundStrategy | readonly LanguageFault[] {
  const { source, faults } = readStrategyText(text, basename(place));
  if (source === null) return faults;
  const compiled = compileStrategy(source, STANDARD_CATALOGUE);
  if (!compiled.ok) return compiled.faults;
  const { strategy, document } = compiled;
  return { strategy, document, version: versionOfDocument(document, nodeDigest), place };
}

/** By its name or its file; what is wrong with it refuses in words. */
export function strategyNamed(named: string): FoundStrategy {
  if (IS_DOCUMENT.test(named)) {
    const path = resolve(named);
    if (!existsSync(path)) throw new Refused(2, [`${named}: no such file`], 'npx retrace strategy ls');
    return withoutFaults(compiledFile(path), named);
  }
  const bundled = sampleByName(named);
  if (bundled !== null) return { strategy: bundled, version: versionOf(bundled), document: null, place: 'bundled' };
  const shipped = join(shippedFolder(), `${named}.yaml`);
  if (/^[\w-]+$/.test(named) && existsSync(shipped)) return withoutFaults(compiledFile(shipped), shipped);
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

export const shippedNames = (): readonly string[] =>
  existsSync(shippedFolder())
    ? readdirSync(shippedFolder())
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => name.slice(0, -5))
        .sort()
    : [];

function withoutFaults(found: FoundStrategy | readonly LanguageFault[], place: string): FoundStrategy {
  if ('strategy' in found) return found;
  throw new Refused(
    2,
    found.map((fault) => `${place}:${faultText(fault)}`),
    'docs/strategy-language.md says what a document may hold',
  );
}

/** Keeps a document by its hash; what is kept is never changed. */
export function keepDocument({ document, version }: FoundStrategy): void {
  if (document === null) return;
  const path = join(savedFolder(), `${version}.json`);
  if (existsSync(path)) return;
  mkdirSync(savedFolder(), { recursive: true });
  writeFileSync(`${path}.part`, canonicalOf(document));
  renameSync(`${path}.part`, path);
}

/** Kept documents, in the order of their hashes. */
export function savedStrategies(): readonly FoundStrategy[] {
  if (!existsSync(savedFolder())) return [];
  return readdirSync(savedFolder())
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .sort()
    .flatMap((name) => savedVersion(name.slice(0, 64) as Sha256) ?? []);
}

/** By the beginning of its hash. */
function savedNamed(named: string): FoundStrategy | null {
  const found = savedStrategies().filter(
    ({ strategy, version }) => strategy.name === named || (named.length >= 6 && version.startsWith(named)),
  );
  if (found.length > 1)
    throw new Refused(
      2,
      [`${named}: several versions are kept: ${found.map(({ version }) => version.slice(0, 12)).join(', ')}`],
      'name one by the beginning of its version',
    );
  return found[0] ?? null;
}

function savedVersion(version: Sha256): FoundStrategy | null {
  const path = join(savedFolder(), `${version}.json`);
  if (!existsSync(path)) return null;
  const found = compiledFile(path);
  // a text that does not have the hash it is kept under is not what ran
  return 'strategy' in found && found.version === version ? found : null;
}

const compiled = new Map<string, Strategy>();

/** Whatever may run here: what is bundled, and documents that were kept. */
export const catalogue: StrategyCatalogue = (name, version) => {
  const bundled = samples(name, version);
  if (bundled !== null) return bundled;
  const known = compiled.get(version);
  if (known !== undefined) return known.name === name ? known : null;
  const saved = savedVersion(version);
  if (saved === null || saved.strategy.name !== name) return null;
  compiled.set(version, saved.strategy);
  return saved.strategy;
};
