/** Lays defaults, file, environment and flags over each other: one text a key, and where it came from. Judges only which keys there may be. */
import { z } from 'zod';
import { nearest } from '#engine/nearest.ts';
import { type Fault, looksSecretKey, shownKey } from './faults.ts';
import { KEYS, type KeyFacts, type Kinds, type Standard } from './keys.ts';
import { runSchema } from './run-schema.ts';
import type { Place, Tree } from './yaml-tree.ts';

/** A value from outside the file: a variable or a flag. */
export type Override = Readonly<{ path: string; value: string; from: string }>;
/** Every key that has a text, in the schema's order. */
export type Origin = Readonly<{ path: string; text: string; from: string; hidden: boolean }>;

export type Layered = Readonly<{
  /** What the schema checks: texts, null where nobody gave one. */
  raw: Record<string, unknown>;
  origins: readonly Origin[];
  /** Where a path stands, or the nearest thing around it. */
  placeOf(path: string): string;
  faults: readonly Fault[];
  kinds: Kinds;
}>;

/** Keys that a variable or a flag may set: those that are there once. */
export const SINGLE_KEYS: ReadonlyMap<string, KeyFacts> = new Map(singles(runSchema, ''));

function* singles(schema: z.ZodType, path: string): Generator<[string, KeyFacts]> {
  const facts = KEYS.get(schema);
  if (facts !== undefined) yield [path, facts];
  if (!(schema instanceof z.ZodObject)) return;
  for (const [key, of] of Object.entries(schema.shape)) yield* singles(of as z.ZodType, path === '' ? key : `${path}.${key}`);
}

/** `account.keyFile` → RETRACE_ACCOUNT_KEY_FILE. */
export const variableOf = (path: string): string =>
  `RETRACE_${path
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

export const RUN_VARIABLES: ReadonlyMap<string, string> = new Map([...SINGLE_KEYS.keys()].map((path) => [variableOf(path), path]));

export function overridesFrom(env: Readonly<Record<string, string | undefined>>): Override[] {
  const found: Override[] = [];
  for (const [variable, path] of RUN_VARIABLES) {
    const value = env[variable];
    if (value !== undefined) found.push({ path, value, from: `environment ${variable}` });
  }
  return found;
}

type Text = Readonly<{ text: string; from: string }>;

export function layered(tree: Tree | null, file: string, overrides: readonly Override[]): Layered {
  const over = new Map<string, Text>(overrides.map(({ path, value, from }) => [path, { text: value, from }]));
  const places = new Map<string, string>();
  const origins: Origin[] = [];
  const faults: Fault[] = [];
  const at = ({ line, column }: Place): string => `${file}:${line}:${column}`;
  const told = (path: string): string | null => {
    const given = over.get(path)?.text;
    if (given !== undefined) return given;
    let node: Tree | undefined = tree ?? undefined;
    for (const key of path.split('.')) node = node?.kind === 'map' ? node.entries.get(key) : undefined;
    return node?.kind === 'text' ? node.text : null;
  };
  const { kinds, sure } = kindsOf(told('account.venue'), told('feed.source'));

  const leaf = (facts: KeyFacts, node: Tree | undefined, path: string): unknown => {
    const given: Text | null = over.get(path) ?? (node?.kind === 'text' ? { text: node.text, from: at(node.place) } : null);
    if (given === null && node !== undefined) return {};
    if (!applies(facts, kinds)) {
      if (given !== null && sure) faults.push({ place: given.from, path, ...notHere(facts) });
      return null;
    }
    if (given !== null) {
      places.set(path, given.from);
      origins.push({ path, ...given, hidden: facts.hidden });
      return given.text;
    }
    const standard = standardOf(facts.standard, kinds);
    if (standard !== null) origins.push({ path, text: standard, from: 'default', hidden: false });
    return standard;
  };

  const read = (schema: z.ZodType, node: Tree | undefined, path: string): unknown => {
    if (node !== undefined) places.set(path, at(node.place));
    const facts = KEYS.get(schema);
    if (facts !== undefined) return leaf(facts, node, path);
    if (schema instanceof z.ZodObject) return readObject(schema, node, path);
    if (schema instanceof z.ZodArray) return readList(schema.element as z.ZodType, node, path);
    return readRecord((schema as z.ZodRecord).valueType as z.ZodType, node, path);
  };
  const wrongShape = (node: Tree, path: string, remedy: string): void => {
    if (node.kind === 'text' && node.text === '') return; // a section whose keys are all commented out
    const is = { text: 'is one value', map: 'holds keys', list: 'is a list' }[node.kind];
    faults.push({ place: at(node.place), path, why: is, remedy });
  };
  const tooMany = (node: Tree, count: number, path: string): void => {
    if (count > MOST_ITEMS) faults.push({ place: at(node.place), path, why: `has ${count} parts`, remedy: `write at most ${MOST_ITEMS}` });
  };
  const readObject = (schema: z.ZodObject, node: Tree | undefined, path: string): Record<string, unknown> => {
    const { shape } = schema;
    // the short way to write an instrument: its symbol alone
    const short = node?.kind === 'text' && node.text !== '' && Object.hasOwn(shape, 'symbol');
    const entries: ReadonlyMap<string, Tree> = short ? new Map([['symbol', node]]) : node?.kind === 'map' ? node.entries : new Map();
    if (node !== undefined && node.kind !== 'map' && !short) wrongShape(node, path, 'write its keys below it, indented by two spaces');
    if (node?.kind === 'map') faults.push(...strangers(node, Object.keys(shape), path, at));
    const read_ = Object.entries(shape).map(([key, of]) => [key, read(of as z.ZodType, entries.get(key), join(path, key))] as const);
    return Object.fromEntries(read_);
  };
  const readList = (element: z.ZodType, node: Tree | undefined, path: string): unknown[] => {
    if (node === undefined) return [];
    if (node.kind === 'list') tooMany(node, node.items.length, path);
    if (node.kind === 'list') return node.items.slice(0, MOST_ITEMS).map((item, index) => read(element, item, `${path}[${index + 1}]`));
    wrongShape(node, path, 'write its parts below it, each in a line that begins with - ');
    return [];
  };
  const readRecord = (of: z.ZodType, node: Tree | undefined, path: string): Record<string, unknown> => {
    if (node !== undefined && node.kind !== 'map') wrongShape(node, path, 'write name: value lines below it, indented by two spaces');
    if (node?.kind !== 'map') return {};
    tooMany(node, node.entries.size, path);
    return Object.fromEntries(
      [...node.entries].slice(0, MOST_ITEMS).map(([key, value]) => [key, read(of, value, join(path, shownKey(key)))] as const),
    );
  };

  for (const { path, from } of overrides)
    if (!SINGLE_KEYS.has(path))
      faults.push({ place: from, path, why: 'is no key of the configuration', remedy: 'see docs/configuration.md' });
  const raw = readObject(runSchema, tree ?? undefined, '');
  const placeOf = (path: string): string => {
    for (let near = path; near !== ''; near = near.slice(0, Math.max(0, near.lastIndexOf('.'), near.lastIndexOf('['))))
      if (places.has(near)) return places.get(near)!;
    return file;
  };
  return { raw, origins, placeOf, faults, kinds };
}

/** More instruments, strategies or limits than a desk is for; what comes after is not read. */
export const MOST_ITEMS = 99;

/** Keys of a map that the schema does not have. */
function strangers(node: Tree & { kind: 'map' }, known: readonly string[], path: string, at: (place: Place) => string): Fault[] {
  const faults: Fault[] = [];
  for (const [key, place] of node.keys) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const secret = looksSecretKey(key);
    faults.push({
      place: at(place),
      path: join(path, shownKey(key)),
      why: secret ? 'a secret does not belong in this file' : 'no such key',
      remedy: secret
        ? 'put it in a file only you can read and name that with account.keyFile, or name a variable with account.keyEnv'
        : meant === null
          ? `there are ${known.join(', ')}`
          : `did you mean ${meant}?`,
    });
  }
  return faults;
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** What the rest depends on; `sure` is false where a value names no kind, which is told elsewhere. */
function kindsOf(venue: string | null, source: string | null): Readonly<{ kinds: Kinds; sure: boolean }> {
  const isVenue = venue === null || venue === 'paper' || venue === 'local';
  const isSource = source === null || source === 'synthetic' || source === 'local';
  const at: Kinds['venue'] = isVenue ? (venue ?? 'paper') : 'paper';
  return {
    kinds: { venue: at, source: isSource ? (source ?? (at === 'local' ? 'local' : 'synthetic')) : 'synthetic' },
    sure: isVenue && isSource,
  };
}

const applies = ({ only }: KeyFacts, { venue, source }: Kinds): boolean =>
  only === null || ('venue' in only ? only.venue === venue : only.source === source);

function notHere({ only }: KeyFacts): Readonly<{ why: string; remedy: string }> {
  const [key, kind] = only !== null && 'venue' in only ? ['account.venue', only.venue] : ['feed.source', only?.source];
  return {
    why: `means nothing here: it belongs to ${key} ${kind}`,
    remedy: `take it out, or write ${key === 'feed.source' ? 'source' : 'venue'}: ${kind}`,
  };
}

export function standardOf(standard: Standard, { venue, source }: Kinds): string | null {
  if (standard === null || typeof standard === 'string') return standard;
  return 'venue' in standard ? standard.venue[venue] : standard.source[source];
}
