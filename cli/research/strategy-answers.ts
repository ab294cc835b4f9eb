/** What the commands answer that list, show, keep, compare and rename strategies. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { canonicalOf } from '#engine/strategy/language/canonical.ts';
import { differenceOf } from '#engine/strategy/language/difference.ts';
import { SAMPLES, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import type { ParameterSpec } from '#engine/strategy/strategy.ts';
import { FIRST_FILE } from '#infra/strategy-bundle/bundle.ts';
import { mapIn } from '#infra/strategy-bundle/source-map.ts';
import { type Answer, Refused } from '../answer.ts';
import { lineDiff } from '../screen/line-diff.ts';
import { table } from '../screen/state-text.ts';
import { type FoundStrategy, keepRename, keepStrategy, keepWritten, namesOf, newestName, savedStrategies } from './kept-strategies.ts';
import { runsHere } from './run-answers.ts';
import { shippedFiles, shippedNames, shippedStrategy, strategyNamed } from './strategies.ts';

export async function listStrategies(): Promise<Answer> {
  const shipped = await Promise.all([...shippedFiles('.yaml'), ...shippedFiles('.ts')].map(shippedStrategy));
  const known = new Set(shipped.map(({ version }) => version));
  const rows = [
    ...SAMPLES.map((strategy) => ({ name: strategy.name, kind: 'bundled', version: versionOf(strategy), about: strategy.about })),
    ...shipped.map((found) => ({
      name: `strategies/${basename(found.place)}`,
      kind: kindOf(found),
      version: found.version,
      about: found.strategy.about,
    })),
    ...savedStrategies()
      .filter(({ version }) => !known.has(version))
      .map(({ strategy: { name, about }, version }) => {
        const now = newestName(name);
        return { name: now === name ? name : `${now} (was ${name})`, kind: 'kept', version, about };
      }),
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

const kindOf = ({ document }: FoundStrategy): string => (document === null ? 'program' : 'document');

export async function showStrategy(named: string): Promise<Answer> {
  const found = await strategyNamed(named);
  const { strategy, version, document, bundle, place } = found;
  const { name, about, parameters } = strategy;
  const rows = Object.entries(parameters).map(([key, spec]) => [key, String(spec.standard), rangeOf(spec), spec.about]);
  const written = bundle === null ? [] : sourcesOf(found).flatMap(([file, lines]) => ['', `${file}:`, ...lines]);
  return {
    ok: true,
    fields: { name, version, about, place, parameters, document: document === null ? null : JSON.parse(canonicalOf(document)) },
    text: [
      `${name}: ${about}`,
      `version ${version}, ${bundle === null && document === null ? 'written in TypeScript, bundled' : `a ${kindOf(found)} in ${place}`}`,
      ...(rows.length === 0 ? [] : ['', ...table([['parameter', 'standard', 'range', ''], ...rows])]),
      ...(document === null ? written : ['', canonicalOf(document).trimEnd()]),
      `next: npx retrace backtest ${named} --tape …`,
    ],
  };
}

/** What a person wrote of a bundle, file by file. */
export function sourcesOf({ bundle, strategy }: FoundStrategy): readonly (readonly [file: string, lines: readonly string[]])[] {
  const map = mapIn(bundle ?? '');
  return (map?.sources ?? []).flatMap((file, index) => {
    const text = map!.sourcesContent[index] ?? null;
    return text === null ? [] : [[file === FIRST_FILE ? `${strategy.name}.ts` : file, text.trimEnd().split('\n')] as const];
  });
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

export async function saveStrategy(named: string): Promise<Answer> {
  const found = await strategyNamed(named);
  const { strategy, version } = found;
  if (found.document === null && found.bundle === null)
    throw new Refused(2, [`${named}: comes with this build and needs no keeping`], `npx retrace strategy show ${named}`);
  const isNew = keepStrategy(found);
  if (found.document !== null && existsSync(found.place)) keepWritten(version, readFileSync(found.place, 'utf8'));
  return {
    ok: true,
    fields: { name: strategy.name, version, new: isNew },
    text: [
      `${strategy.name} ${isNew ? 'is kept' : 'was kept already, byte for byte'}; version ${version.slice(0, 12)}`,
      `next: npx retrace backtest ${version.slice(0, 12)} --tape …`,
    ],
  };
}

export async function diffStrategies(one: string, other: string): Promise<Answer> {
  const [a, b] = [await strategyNamed(one), await strategyNamed(other)];
  const faults = [a, b].flatMap(({ document, bundle, strategy }) =>
    document === null && bundle === null ? [`${strategy.name}: comes with this build; documents and programs of files are compared`] : [],
  );
  if (faults.length === 0 && kindOf(a) !== kindOf(b))
    faults.push(
      `${one} is a ${kindOf(a)} and ${other} a ${kindOf(b)}: whether they do the same is seen by npx retrace strategy test of both`,
    );
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace strategy ls');
  const differences = a.document === null ? programDifference(a, b) : differenceOf(a.document, b.document!);
  return {
    ok: true,
    fields: { a: a.version, b: b.version, same: differences.length === 0, differences },
    text: [
      ...(differences.length === 0 ? ['They are the same, version for version.'] : differences),
      `next: npx retrace strategy show ${other}`,
    ],
  };
}

/** Line by line in what was written; the rest of a bundle is of the build that made it. */
function programDifference(a: FoundStrategy, b: FoundStrategy): readonly string[] {
  if (a.version === b.version) return [];
  const first = (files: ReturnType<typeof sourcesOf>) =>
    new Map(files.map(([file, lines], index) => [index === 0 ? '' : file, [file, lines] as const]));
  // the first file is compared with the first, whatever they are called
  const [was, is] = [first(inOrder(a)), first(inOrder(b))];
  const differences = [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [[name, before], [now, after]] = [was.get(key) ?? ['nothing', []], is.get(key) ?? ['nothing', []]];
    const lines = lineDiff(before, after);
    return lines.length === 0 ? [] : [name === now ? `${name}:` : `${name} → ${now}:`, ...lines];
  });
  return differences.length > 0 ? differences : ['What was written is the same; what it imports of the build that bundled it is not.'];
}

const inOrder = (found: FoundStrategy) =>
  [...sourcesOf(found)].sort(
    ([a], [b]) => Number(b === `${found.strategy.name}.ts`) - Number(a === `${found.strategy.name}.ts`) || (a < b ? -1 : 1),
  );

/** A name or a file gets another name; what was recorded keeps the old one and is found by both. */
export async function renameStrategy(named: string, to: string): Promise<Answer> {
  const isFile = /\.(ya?ml|m?ts)$/.test(named);
  const found = isFile ? await strategyNamed(named) : null;
  const from = found?.strategy.name ?? named;
  const runs = runsHere().list();
  const kept = savedStrategies();
  const isTaken = (name: string): boolean =>
    sampleByName(name) !== null ||
    shippedNames().includes(name) ||
    kept.some(({ strategy }) => strategy.name === name) ||
    runs.some(({ strategy }) => strategy === name) ||
    newestName(name) !== name ||
    namesOf(name).length > 1;
  if (sampleByName(from) !== null)
    throw new Refused(2, [`${from}: comes with this build and keeps its name`], `npx retrace strategy new ${to} --like …`);
  if (newestName(from) !== from)
    throw new Refused(2, [`${from}: is called ${newestName(from)} now`], `npx retrace strategy rename ${newestName(from)} ${to}`);
  if (isTaken(to))
    throw new Refused(
      2,
      [`${to}: is the name of another strategy, or was: its history would be mixed with this one`],
      'npx retrace strategy ls',
    );
  const names = namesOf(from);
  const versions = kept.filter(({ strategy }) => names.includes(strategy.name)).length;
  const own = runs.filter(({ strategy }) => names.includes(strategy)).length;
  if (found === null && versions + own === 0) {
    await strategyNamed(named); // refuses a name nobody knows
    throw new Refused(
      2,
      [`${named}: nothing of it was recorded here yet; rename its file`],
      `npx retrace strategy rename ${named}.yaml ${to}`,
    );
  }
  const moved = found === null ? [] : renamedFiles(resolve(named), from, to);
  if (found !== null) keepStrategy(found);
  keepRename(from, to);
  return {
    ok: true,
    fields: { from, to, versions, runs: own, files: moved },
    text: [
      `${from} is ${to} now; ${versions} kept ${versions === 1 ? 'version' : 'versions'} and ${own} ${own === 1 ? 'run' : 'runs'} of it are found by either name`,
      ...moved.map((file) => `wrote ${file}`),
      `next: npx retrace runs ls --strategy ${to}`,
    ],
  };
}

/** The file and the story beside it. */
function renamedFiles(path: string, from: string, to: string): readonly string[] {
  const ending = extname(path);
  const target = join(dirname(path), `${to}${ending}`);
  const text = readFileSync(path, 'utf8');
  const name = /\.ya?ml$/.test(ending) ? /^(name:\s*)(["']?)([\w-]+)\2/gm : /(\bname:\s*)(["'`])([\w-]+)\2/g;
  const places = [...text.matchAll(name)].filter(([, , , written]) => written === from);
  if (places.length !== 1)
    throw new Refused(
      2,
      [`${basename(path)}: its name stands ${places.length === 0 ? 'nowhere' : 'more than once'} as \`name: ${from}\``],
      'change it by hand, then rename by name',
    );
  const story = (file: string): string => `${file.slice(0, -extname(file).length)}.story.yaml`;
  const moves = [[path, target], ...(existsSync(story(path)) ? [[story(path), story(target)]] : [])] as [string, string][];
  const there = moves.filter(([own, other]) => own !== other && existsSync(other));
  if (there.length > 0)
    throw new Refused(
      2,
      there.map(([, other]) => `${basename(other)} is there already`),
    );
  const [{ index, 0: whole, 3: written }] = places as [RegExpMatchArray & { index: number }];
  const at = index + whole.lastIndexOf(written!);
  writeFileSync(path, `${text.slice(0, at)}${to}${text.slice(at + from.length)}`);
  for (const [own, other] of moves) renameSync(own, other);
  return moves.map(([, other]) => basename(other));
}
