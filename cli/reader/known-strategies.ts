/** Strategies that may run here, and documents that are checked as `retrace strategy check` does it, and kept under the hash of what they say. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { differenceOf } from '#engine/strategy/language/difference.ts';
import type { Document } from '#engine/strategy/language/document.ts';
import { compileStrategy } from '#engine/strategy/language/language.ts';
import { faultText, type LanguageFault } from '#engine/strategy/language/source.ts';
import { STANDARD_CATALOGUE } from '#engine/strategy/language/standard-catalogue.ts';
import { SAMPLES, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import type { RestStrategy, RestStrategyDetail, StrategyChecked } from '#gateway/contracts/rest-strategies.ts';
import { readStrategyText } from '#infra/config/strategy-file.ts';
import { documentText } from '#infra/config/strategy-text.ts';
import { Refused } from '../answer.ts';
import {
  type FoundStrategy,
  keepStrategy,
  keepWritten,
  namesOf,
  newestName,
  removeSaved,
  savedAtMs,
  savedStrategies,
  writtenOf,
} from '../research/kept-strategies.ts';
import { shippedFiles, shippedNames, shippedStrategy, strategyNamed } from '../research/strategies.ts';
import { sourcesOf } from '../research/strategy-answers.ts';
import { compiledText } from '../research/strategy-documents.ts';
import { namesOfVersion } from '../research/strategy-names.ts';
import { tried, walkStory } from '../research/strategy-trial.ts';
import type { Stop } from './open-journal.ts';

type Kept = RestStrategy['kept'];

/** What it is deployed as is the desk's to say. */
export async function strategyList(): Promise<RestStrategy[]> {
  const shipped = await Promise.all([...shippedFiles('.yaml'), ...shippedFiles('.ts')].map(shippedStrategy));
  const known = new Set(shipped.map(({ version }) => version));
  return [
    ...SAMPLES.map((strategy): RestStrategy => {
      const { name, about } = strategy;
      return { strategy: name, name, kept: 'bundled', kind: 'program', version: versionOf(strategy), about, deployed: [], keptAt: null };
    }),
    ...shipped.map((found) => rowOf(found, 'shipped')),
    ...savedStrategies()
      .filter(({ version }) => !known.has(version))
      .map((found) => rowOf(found, 'kept')),
  ];
}

/**
 * A kept version is named by its hash: several may have one name. What is shipped is named by its file: a program, which is bundled when it is asked
 * for, and a document whose bare name belongs to a strategy of this build, with its ending.
 */
function rowOf(found: FoundStrategy, kept: Kept): RestStrategy {
  const { strategy, version, document } = found;
  const stem = basename(found.place, '.yaml');
  const named = kept === 'kept' ? version.slice(0, 12) : document === null || sampleByName(stem) !== null ? basename(found.place) : stem;
  return {
    ...{ strategy: named, name: newestName(strategy.name), kept, kind: document === null ? 'program' : 'document' },
    ...{ version, about: strategy.about, deployed: [], keptAt: kept === 'kept' ? keptAtUs(version) : null },
  };
}

function keptAtUs(version: string): number | null {
  const ms = savedAtMs(version);
  return ms === null ? null : Math.round(ms * 1_000);
}

export async function strategyFound(named: string): Promise<RestStrategyDetail | null> {
  const found = await foundStrategy(named);
  if (found === null) return null;
  const { strategy, version, document, bundle, place } = found;
  const kept: Kept =
    sampleByName(strategy.name) !== null && bundle === null && document === null ? 'bundled' : isShipped(named) ? 'shipped' : 'kept';
  const { about, parameters, subscriptions } = strategy;
  const name = newestName(strategy.name);
  const names = namesOf(name);
  return {
    ...{ strategy: named, name, kept, kind: document === null ? 'program' : 'document', version, about, deployed: [] },
    keptAt: kept === 'kept' ? keptAtUs(version) : null,
    parameters: JSON.parse(JSON.stringify(parameters)) as RestStrategyDetail['parameters'],
    subscriptions,
    markets: (document?.markets ?? []).map(({ name, timeframeUs, about }) => ({ name, timeframeUs, about })),
    source:
      document !== null
        ? isShipped(named)
          ? readFileSync(place, 'utf8')
          : (writtenOf(version) ?? documentText(document))
        : bundle === null
          ? null
          : written(found),
    versions: savedStrategies()
      .filter((saved) => names.includes(saved.strategy.name))
      .map((saved) => ({ version: saved.version, keptAt: keptAtUs(saved.version) }))
      .sort((a, b) => (b.keptAt ?? 0) - (a.keptAt ?? 0)),
  };
}

const isShippedFile = (named: string): boolean => shippedFiles('.ts').includes(named) || shippedFiles('.yaml').includes(named);
const isShipped = (named: string): boolean => shippedNames().includes(named) || isShippedFile(named);

/** By name, never by path: what this build ships, what it holds, what is kept. */
async function foundStrategy(named: string): Promise<FoundStrategy | null> {
  if (isShippedFile(named)) return shippedStrategy(named);
  if (/\.(ya?ml|json|m?ts)$/.test(named)) return null;
  try {
    return await strategyNamed(named);
  } catch (error) {
    if (error instanceof Refused && error.lines.some((line) => line.includes('no strategy of that name'))) return null;
    throw error;
  }
}

const written = (found: FoundStrategy): string =>
  sourcesOf(found)
    .map(([file, lines]) => `// ${file}\n${lines.join('\n')}\n`)
    .join('\n');

/** From one document to another, in words. */
export async function changesBetween(before: string, after: string): Promise<readonly string[]> {
  const [one, other] = [await documentNamed(before), await documentNamed(after)];
  return differenceOf(one, other);
}

async function documentNamed(named: string): Promise<Document> {
  const found = await foundStrategy(named);
  if (found === null) throw new Refused(2, [`${named}: no strategy of that name`], 'GET /api/v1/strategies lists them');
  if (found.document === null) throw new Refused(2, [`${named} is a program: what differs is told of documents`], 'compare its text');
  return found.document;
}

const NO = { name: null, version: null, about: null, kept: false, isNew: false, trial: null };

export async function strategyChecked(text: string, keep: boolean, name: string | null): Promise<StrategyChecked> {
  const { source, faults } = readStrategyText(text, 'document');
  if (source === null) return { ok: false, ...NO, faults: faults.map(told) };
  const compiled = compileStrategy(source, STANDARD_CATALOGUE);
  if (!compiled.ok) return { ok: false, ...NO, faults: compiled.faults.map(told) };
  const found = compiledText(text, 'document');
  if (!('strategy' in found)) return { ok: false, ...NO, faults: found.map(told) };
  const { strategy, version } = found;
  const about = { name: newestName(strategy.name), version, about: strategy.about };
  const wrong = misnamed(strategy.name, name);
  if (wrong !== null)
    return { ok: false, ...NO, ...about, faults: [told({ line: 1, column: 1, found: strategy.name, expected: wrong, nearest: name })] };
  const kept: FoundStrategy = { ...found, bundle: null };
  const story = walkStory(kept);
  const { played, faults: failed } = await tried(story, kept);
  if (failed.length > 0)
    return {
      ...{ ok: false, ...NO, ...about },
      faults: failed.map((fault) => ({ line: 0, column: 0, found: '', expected: fault, nearest: null, text: fault })),
    };
  const isNew = keep && keepStrategy(kept);
  if (keep) keepWritten(version, text);
  return {
    ok: true,
    ...about,
    faults: [],
    kept: keep,
    isNew,
    trial: { bars: story.bars.length, wakes: played.woken, wanted: played.lines.length },
  };
}

/** Gone, unless something that is recorded here names it: those are told, and it stays. */
/** `journal`: of the desk that is asked. */
export async function strategyRemoved(version: string, journal: string, stop: Stop): Promise<readonly string[]> {
  const names = await namesOfVersion(version, journal, stop);
  if (names.length === 0) removeSaved(version);
  return names;
}

/** Null: it may be called so. */
function misnamed(own: string, wanted: string | null): string | null {
  if (wanted !== null && own !== wanted) return `a document whose name is ${wanted}, as the address says,`;
  return sampleByName(own) !== null ? 'a name that no strategy of this build has' : null;
}

const told = (fault: LanguageFault) => ({
  ...{ line: fault.line, column: fault.column, found: fault.found, expected: fault.expected, nearest: fault.nearest },
  text: faultText(fault),
});
