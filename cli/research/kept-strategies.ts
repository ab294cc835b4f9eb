/**
 * Strategies that were kept: documents and bundles, each under the hash of its bytes, so that what was recorded with one can be run again when its
 * file has changed or is gone. What is kept is never changed. A bundle is code, and runs in a realm of its own only.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { canonicalOf } from '#engine/strategy/language/canonical.ts';
import type { Document } from '#engine/strategy/language/document.ts';
import { catalogue as samples } from '#engine/strategy/samples.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Sha256 } from '#engine/values.ts';
import { strategyOfBundle } from '#infra/strategy-bundle/bundled-strategy.ts';
import { StrategyFailed } from '#infra/strategy-bundle/realm.ts';
import { say } from '../answer.ts';
import { deskHome } from '../compose/desk-home.ts';
import { versionOfBundle } from '../compose/digest.ts';
import { compiledText } from './strategy-documents.ts';

export type FoundStrategy = Readonly<{
  strategy: Strategy;
  version: Sha256;
  /** Null for one that is written in TypeScript. */
  document: Document | null;
  /** The text that runs, of one in a file of its own; null for a document, and for what this build holds. */
  bundle: string | null;
  /** Where it lies, for people. */
  place: string;
}>;

export const savedFolder = (): string => join(deskHome().path, 'strategies');

/** Those that were met in this process, by version. */
const known = new Map<string, Strategy>();

/** A bundle as a strategy; throws StrategyFailed. `place`: what its first file is called. */
export function loadedBundle(text: string, place: string): FoundStrategy {
  const version = versionOfBundle(text);
  let told = false;
  const failed = (why: string): void => {
    // the desk stops it and records no words; a person needs them, once
    if (!told) say(`${strategy.name} threw and is stopped: ${why}`);
    told = true;
  };
  const strategy: Strategy = strategyOfBundle(text, { place, failed });
  if (!known.has(version)) known.set(version, strategy);
  return { strategy, version, document: null, bundle: text, place };
}

/** Keeps it by its hash; what this build holds needs no keeping. False where it is kept already. */
export function keepStrategy({ document, bundle, version }: FoundStrategy): boolean {
  const text = document === null ? bundle : canonicalOf(document);
  if (text === null) return false;
  const path = placeIn(version, document === null ? 'js' : 'json');
  if (existsSync(path)) return false;
  put(path, text);
  makeDurable(savedFolder()); // a journal that names it must not outlive it
  return true;
}

const placeIn = (version: string, ending: string): string => join(savedFolder(), `${version}.${ending}`);

function put(path: string, text: string): void {
  mkdirSync(savedFolder(), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, text, { flush: true });
  renameSync(part, path);
}

function makeDurable(folder: string): void {
  const entry = openSync(folder, 'r');
  try {
    fsyncSync(entry);
  } finally {
    closeSync(entry);
  }
}

/** In the order of their hashes. */
export function savedStrategies(): readonly FoundStrategy[] {
  if (!existsSync(savedFolder())) return [];
  return readdirSync(savedFolder())
    .filter((name) => /^[0-9a-f]{64}\.(json|js)$/.test(name))
    .sort()
    .flatMap((name) => savedVersion(name.slice(0, 64) as Sha256) ?? []);
}

/** Null where none is kept, or what is kept is not what ran: a text without the hash it is kept under. */
export function savedVersion(version: Sha256): FoundStrategy | null {
  const at = (ending: string): string => placeIn(version, ending);
  if (existsSync(at('json'))) {
    const found = compiledText(readFileSync(at('json'), 'utf8'), at('json'));
    return 'strategy' in found && found.version === version ? { ...found, bundle: null } : null;
  }
  if (!existsSync(at('js'))) return null;
  const text = readFileSync(at('js'), 'utf8');
  if (versionOfBundle(text) !== version) return null;
  try {
    return { ...loadedBundle(text, 'strategy'), place: at('js') };
  } catch (error) {
    if (error instanceof StrategyFailed) return null;
    throw error;
  }
}

/** When it was kept, in milliseconds since 1970; null where it is not. */
export function savedAtMs(version: string): number | null {
  const path = ['json', 'js'].map((ending) => placeIn(version, ending)).find(existsSync);
  return path === undefined ? null : statSync(path).mtimeMs;
}

/** Out of what is kept; nothing may name it any more. */
export function removeSaved(version: string): void {
  for (const ending of ['json', 'js', WRITTEN]) rmSync(placeIn(version, ending), { force: true });
  known.delete(version);
}

// the text a person wrote, with its remarks and its order of keys: for reading, never for running

const WRITTEN = 'yaml';

/** The newest text that means this version. */
export const keepWritten = (version: Sha256, text: string): void => put(placeIn(version, WRITTEN), text);

/** Null where none was kept, or it is not what the version says. */
export function writtenOf(version: Sha256): string | null {
  const path = placeIn(version, WRITTEN);
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8');
  const found = compiledText(text, path);
  return 'strategy' in found && found.version === version ? text : null;
}

/** Whatever may run here: what is bundled with this build, and what was kept. */
export const catalogue: StrategyCatalogue = (name, version) => {
  const bundled = samples(name, version);
  if (bundled !== null) return bundled;
  const met = known.get(version);
  if (met !== undefined) return met.name === name ? met : null;
  const saved = savedVersion(version);
  if (saved === null || saved.strategy.name !== name) return null;
  known.set(version, saved.strategy);
  return saved.strategy;
};

// names

/** A strategy that was renamed keeps what was recorded under its earlier names. */
type Renamed = Readonly<{ from: string; to: string }>;

const namesPath = (): string => join(savedFolder(), 'names.json');

const renames = (): readonly Renamed[] =>
  existsSync(namesPath()) ? (JSON.parse(readFileSync(namesPath(), 'utf8')) as { renamed: readonly Renamed[] }).renamed : [];

export function keepRename(from: string, to: string): void {
  const renamed = [...renames().filter((each) => each.from !== to), { from, to }];
  mkdirSync(savedFolder(), { recursive: true });
  const part = `${namesPath()}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify({ renamed }, null, 2)}\n`);
  renameSync(part, namesPath());
}

/** All names it ever had, the first one first; its own alone where it was never renamed. */
export function namesOf(name: string): readonly string[] {
  const all = renames();
  const names = [name];
  for (let before = all.find(({ to }) => to === name); before !== undefined; before = all.find(({ to }) => to === names[0]))
    if (names.includes(before.from)) break;
    else names.unshift(before.from);
  return names;
}

/** What it is called now. */
export function newestName(name: string): string {
  const all = renames();
  const seen = new Set([name]);
  let newest = name;
  for (
    let next = all.find(({ from }) => from === newest);
    next !== undefined && !seen.has(next.to);
    next = all.find(({ from }) => from === newest)
  ) {
    newest = next.to;
    seen.add(newest);
  }
  return newest;
}
