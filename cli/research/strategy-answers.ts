/** What the strategy commands answer. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { canonicalOf } from '#engine/strategy/language/canonical.ts';
import { differenceOf } from '#engine/strategy/language/difference.ts';
import { faultText } from '#engine/strategy/language/source.ts';
import { SAMPLES, versionOf } from '#engine/strategy/samples.ts';
import type { ParameterSpec } from '#engine/strategy/strategy.ts';
import { type Answer, Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { table } from '../screen/state-text.ts';
import { compiledFile, type FoundStrategy, savedStrategies, shippedNames, strategyNamed } from './strategies.ts';

export function listStrategies(): Answer {
  const shipped = shippedNames().map((name) => shippedStrategy(name));
  const known = new Set(shipped.map(({ version }) => version));
  const rows = [
    ...SAMPLES.map((strategy) => ({ name: strategy.name, kind: 'bundled', version: versionOf(strategy), about: strategy.about })),
    ...shipped.map(({ strategy, version, place }) => ({
      name: place.replace(/^.*[\\/]/, 'strategies/'),
      kind: 'document',
      version,
      about: strategy.about,
    })),
    ...savedStrategies()
      .filter(({ version }) => !known.has(version))
      .map(({ strategy, version }) => ({ name: strategy.name, kind: 'kept', version, about: strategy.about })),
  ];
  return {
    ok: true,
    fields: { strategies: rows },
    text: [
      ...table([
        ['strategy', 'kind', 'version', ''],
        ...rows.map(({ name, kind, version, about }) => [name, kind, version.slice(0, 8), about]),
      ]),
      `next: npx retrace strategy show ${rows[0]!.name}`,
    ],
  };
}

function shippedStrategy(name: string): FoundStrategy {
  const found = compiledFile(join(thisBuild().root, 'strategies', `${name}.yaml`));
  if ('strategy' in found) return found;
  throw new Refused(4, found.map(faultText), null);
}

export function showStrategy(named: string): Answer {
  const { strategy, version, document, place } = strategyNamed(named);
  const { name, about, parameters } = strategy;
  const rows = Object.entries(parameters).map(([key, spec]) => [key, String(spec.standard), rangeOf(spec), spec.about]);
  return {
    ok: true,
    fields: { name, version, about, place, parameters, document: document === null ? null : JSON.parse(canonicalOf(document)) },
    text: [
      `${name}: ${about}`,
      `version ${version}, ${document === null ? 'written in TypeScript, bundled' : `a document in ${place}`}`,
      ...(rows.length === 0 ? [] : ['', ...table([['parameter', 'standard', 'range', ''], ...rows])]),
      ...(document === null ? [] : ['', canonicalOf(document).trimEnd()]),
      `next: npx retrace backtest ${named} --tape …`,
    ],
  };
}

function rangeOf(spec: ParameterSpec): string {
  switch (spec.kind) {
    case 'flag':
      return 'true or false';
    case 'choice':
      return spec.of.join(', ');
    default:
      return `${spec.least} to ${spec.most}`;
  }
}

export function checkFiles(files: readonly string[]): Answer {
  const checked = files.map((file) => {
    if (!existsSync(resolve(file))) throw new Refused(2, [`${file}: no such file`], 'npx retrace strategy ls');
    const found = compiledFile(resolve(file));
    return 'strategy' in found ? { file, faults: [], version: found.version } : { file, faults: found, version: null };
  });
  const ok = checked.every(({ faults }) => faults.length === 0);
  return {
    ok,
    fields: { files: checked },
    text: [
      ...checked.flatMap(({ file, faults, version }) =>
        faults.length === 0
          ? [`${file} is right; version ${version!.slice(0, 12)}`]
          : faults.flatMap((fault) => [`${file}:${faultText(fault)}`, ...shownLine(file, fault.line, fault.column)]),
      ),
      `next: ${ok ? `npx retrace backtest ${files[0]} --tape …` : 'mend these; docs/strategy-language.md says what a document may hold'}`,
    ],
  };
}

/** The line, and a mark under the place. */
function shownLine(file: string, line: number, column: number): string[] {
  const text = readFileSync(resolve(file), 'utf8').split(/\r?\n/)[line - 1];
  if (text === undefined || text.length > 160) return [];
  return [`    ${text}`, `    ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`];
}

export function newStrategy(name: string, like: string): Answer {
  if (!shippedNames().includes(like))
    throw new Refused(2, [`--like ${like}: is not one of ${shippedNames().join(', ')}`], 'npx retrace strategy ls');
  const path = resolve(`${name}.yaml`);
  if (existsSync(path)) throw new Refused(2, [`${name}.yaml is there already`], `npx retrace strategy check ${name}.yaml`);
  const text = readFileSync(join(thisBuild().root, 'strategies', `${like}.yaml`), 'utf8').replace(/^name: .*$/m, `name: ${name}`);
  writeFileSync(path, text, { flag: 'wx' });
  return {
    ok: true,
    fields: { name, path, like },
    text: [`wrote ${name}.yaml, which does what ${like} does: change it`, `next: npx retrace strategy check ${name}.yaml`],
  };
}

export function diffStrategies(one: string, other: string): Answer {
  const [a, b] = [strategyNamed(one), strategyNamed(other)];
  const faults = [a, b].flatMap(({ document, strategy }) =>
    document === null ? [`${strategy.name}: is written in TypeScript; documents are compared`] : [],
  );
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace strategy ls');
  const differences = differenceOf(a.document!, b.document!);
  return {
    ok: true,
    fields: { a: a.version, b: b.version, same: differences.length === 0, differences },
    text: [
      ...(differences.length === 0 ? ['They are the same, version for version.'] : differences),
      `next: npx retrace strategy show ${other}`,
    ],
  };
}
