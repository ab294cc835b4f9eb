/**
 * Reads the configuration of `retrace run`: defaults, then retrace.yaml, then the environment, then flags. Either all of it holds, or every
 * fault is told at once with its place and what to do. Opens no key file and holds no secret.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { assert } from '#engine/assert.ts';
import type { Sha256 } from '#engine/values.ts';
import { BadRunConfig, type Fault, shownKey } from './faults.ts';
import { KEYS } from './keys.ts';
import { checkRun } from './run-checks.ts';
import { type Layered, layered, type Origin, type Override, overridesFrom } from './run-layers.ts';
import { HOME_PREFIX, type RunConfig, type RunEntries, runSchema } from './run-schema.ts';
import { BUNDLED, type FoundForRun, foundIn, type StrategyLookup, type StrategyNamed, withNames } from './run-strategies.ts';
import { MOST_BYTES, parseYaml } from './yaml-tree.ts';

export type RunSource = Readonly<{
  /** The text of the file and its name as faults show it. */
  text: string;
  file: string;
  /** Where relative paths begin: the file's folder. */
  folder: string;
  /** The data folder. */
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  flags: readonly Override[];
  /** Finds what an entry of `strategies` names; without it that is what this build holds. */
  strategies?: StrategyLookup;
}>;

export type ReadConfig = Readonly<{
  config: RunConfig;
  file: string;
  origins: readonly Origin[];
  /** The strategies, by version. */
  found: ReadonlyMap<Sha256, FoundForRun>;
  /** Where a path of the configuration stands, for who finds more wrong with it. */
  placeOf(path: string): string;
}>;

export function readRunConfig({ text, file, folder, home, env, flags, strategies: lookup = BUNDLED }: RunSource): ReadConfig {
  const { tree, faults: syntax } = parseYaml(text, file);
  if (tree === null) throw new BadRunConfig(syntax);
  const layers = layered(tree, file, [...overridesFrom(env), ...flags]);
  const { written, faults: wrong, healed } = checked(layers);
  const config: RunConfig = { ...written, strategies: withNames(written.strategies, lookup) };
  const faults = [...syntax, ...layers.faults, ...wrong, ...checkRun(config, written.strategies, lookup, layers, healed)];
  if (faults.length > 0) throw new BadRunConfig(faults);
  const { origins, placeOf } = layers;
  return { config: withPaths(config, folder, home), file, origins, found: foundIn(written.strategies, lookup), placeOf };
}

/** What the entries of `strategies` name, as far as it can be read: for who has to fetch them before the whole is judged. */
export function strategiesNamed({ text, file, env, flags }: Omit<RunSource, 'strategies'>): readonly StrategyNamed[] {
  const { tree } = parseYaml(text, file);
  if (tree === null) return [];
  const { raw } = layered(tree, file, [...overridesFrom(env), ...flags]);
  const named = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  return (raw['strategies'] as RunEntries).map(({ name, file: from }) => ({ name: named(name), file: named(from) }));
}

/** The same from a file; one that is too large or no text is refused before it is parsed. */
export const readRunFile = (path: string, source: Omit<RunSource, 'text' | 'folder'>): ReadConfig => readRunConfig(sourceOf(path, source));

export const sourceOf = (path: string, source: Omit<RunSource, 'text' | 'folder'>): RunSource => ({
  ...source,
  text: textOf(path, source.file),
  folder: dirname(resolve(path)),
});

function textOf(path: string, file: string): string {
  const refused = (why: string, remedy: string): never => {
    throw new BadRunConfig([{ place: file, path: '', why, remedy }]);
  };
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a pipe is refused, not waited for
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refused(code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`, 'npx retrace init writes one');
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return refused('is no file', 'name the file itself');
    if (stat.size > MOST_BYTES) return refused(`is ${stat.size} bytes long`, `at most ${MOST_BYTES} are read; is it the right file?`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(descriptor));
  } catch (error) {
    if (error instanceof BadRunConfig) throw error;
    return refused('is no UTF-8 text', 'save it as UTF-8');
  } finally {
    closeSync(descriptor);
  }
}

type Checked = Readonly<{ written: z.output<typeof runSchema>; faults: readonly Fault[]; healed: ReadonlySet<string> }>;

/** Where a key is wrong an example takes its place, so that the rest is judged too and all is told at once. */
function checked({ raw, placeOf, origins }: Layered): Checked {
  const first = runSchema.safeParse(raw);
  if (first.success) return { written: first.data, faults: [], healed: new Set() };
  const faults: Fault[] = [];
  const healed = new Set<string>();
  const mended = structuredClone(raw);
  for (const { path, message } of first.error.issues) {
    const shownPath = pathText(path);
    const [why = '', remedy = ''] = message.split('\n');
    const fromDefault = origins.some((origin) => origin.path === shownPath && origin.from === 'default');
    assert(!fromDefault, () => `the default of ${shownPath} is no value of it: ${why}`);
    faults.push({ place: placeOf(shownPath), path: shownPath, why, remedy });
    healed.add(shownPath);
    heal(mended, path);
  }
  const second = runSchema.safeParse(mended);
  assert(second.success, () => `examples do not pass: ${second.error?.issues.map(({ path }) => pathText(path)).join(', ')}`);
  return { written: second.data, faults, healed };
}

function heal(raw: Record<string, unknown>, path: readonly PropertyKey[]): void {
  let [at, schema]: [Record<PropertyKey, unknown>, z.ZodType] = [raw, runSchema];
  for (const [index, key] of path.entries()) {
    schema = stepInto(schema, key);
    if (index === path.length - 1) at[key] = KEYS.get(schema)!.example;
    else at = at[key] as Record<PropertyKey, unknown>;
  }
}

function stepInto(schema: z.ZodType, key: PropertyKey): z.ZodType {
  const { shape, element, valueType } = schema as unknown as {
    shape?: Record<PropertyKey, z.ZodType>;
    element?: z.ZodType;
    valueType?: z.ZodType;
  };
  return shape?.[key] ?? element ?? valueType!;
}

/** `strategies[2].set.fast`: a list's parts are counted from 1, as a person does. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key + 1}]` : `${text}${text === '' ? '' : '.'}${shownKey(String(key))}`),
    '',
  );

function withPaths(config: RunConfig, folder: string, home: string): RunConfig {
  const absolute = (path: string): string => pathFrom(path.replace('<desk>', config.desk), folder, home);
  const { account, journal, strategies, gateway } = config;
  const file = (path: string | null): string | null => (path === null ? null : absolute(path));
  const keyFile = account.keyFile === null || account.keyEnv !== null ? null : absolute(account.keyFile);
  return {
    ...config,
    account: { ...account, keyFile },
    strategies: strategies.map((one) => (one.file === null ? one : { ...one, file: absolute(one.file) })),
    journal: { ...journal, folder: absolute(journal.folder) },
    gateway: { ...gateway, certFile: file(gateway.certFile), keyFile: file(gateway.keyFile) },
  };
}

/** As a path of the file is meant: from its folder, or from the data folder. */
export function pathFrom(path: string, folder: string, home: string): string {
  if (path.startsWith(HOME_PREFIX)) return join(resolve(home), path.slice(HOME_PREFIX.length));
  return isAbsolute(path) ? path : resolve(folder, path);
}

export type Effective = Readonly<{ path: string; value: string; from: string }>;

/** Every key with its value as written and who said so. What a secret could stand in is shown as a name or a path, never by content. */
export function effective({ origins, config }: ReadConfig): Effective[] {
  const resolved: Readonly<Record<string, string | null>> = {
    'journal.folder': config.journal.folder,
    'account.keyFile': config.account.keyFile,
  };
  return origins
    .filter(({ path }) => path !== 'account.keyFile' || config.account.keyFile !== null)
    .map(({ path, text, from }) => ({ path, value: resolved[path] ?? text, from }));
}
