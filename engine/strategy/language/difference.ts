/** What changed between two documents, a line each, in words: what a person reads before a new version is deployed. */
import { type Written, writtenOf } from './canonical.ts';
import type { Document } from './document.ts';
import { parseExpression, printExpression } from './syntax.ts';

export function differenceOf(before: Document, after: Document): readonly string[] {
  const lines: string[] = [];
  compare([], writtenOf(before), writtenOf(after), lines);
  for (const [what, names] of ORDERED) {
    const [old, now] = [names(before), names(after)];
    const same = old.length === now.length && old.every((name) => now.includes(name));
    if (same && old.join() !== now.join()) lines.push(`order of ${what}: ${old.join(', ')} → ${now.join(', ')}`);
  }
  return lines;
}

/** Where the order means something: the first market is the main one, and a definition uses those above it. */
const ORDERED: readonly (readonly [string, (document: Document) => readonly string[]])[] = [
  ['markets', ({ markets }) => markets.map(({ name }) => name)],
  ['definitions', ({ definitions }) => definitions.map(({ name }) => name)],
  ['legs', ({ legs }) => legs.map(({ market }) => market)],
];

function compare(path: readonly string[], before: Written | undefined, after: Written | undefined, lines: string[]): void {
  if (isSection(before) || isSection(after)) {
    const [old, now] = [isSection(before) ? before : {}, isSection(after) ? after : {}];
    if (isNamed(path) && (before === undefined || after === undefined)) {
      const parts = Object.entries(after ?? {}).map(([key, part]) => `${key} ${said(part as Written)}`);
      lines.push(`${called(path)}: ${before === undefined ? ['added', ...parts].join(', ') : 'removed'}`);
      return;
    }
    const keys = [...Object.keys(old), ...Object.keys(now).filter((key) => !Object.hasOwn(old, key))];
    for (const key of keys) compare([...path, key], old[key], now[key], lines);
    return;
  }
  const [old, now] = [said(before), said(after)];
  if (old === now) return;
  if (old !== null && now !== null && isCondition(path)) clauses(called(path), old, now, lines);
  else if (old === null) lines.push(`${called(path)}: added ${now}`);
  else if (now === null) lines.push(`${called(path)}: removed ${old}`);
  else lines.push(`${called(path)}: ${old} → ${now}`);
}

/** A condition clause by clause, where one of several changed. */
function clauses(name: string, before: string, after: string, lines: string[]): void {
  const [old, now] = [clausesOf(before), clausesOf(after)];
  const gone = old.filter((clause) => !now.includes(clause));
  const come = now.filter((clause) => !old.includes(clause));
  if (gone.length === 1 && come.length === 1) lines.push(`${name}: ${gone[0]} → ${come[0]}`);
  else if (gone.length === 0 && come.length === 0) lines.push(`${name}: ${before} → ${after}`);
  else {
    for (const clause of gone) lines.push(`${name}: removed clause ${clause}`);
    for (const clause of come) lines.push(`${name}: added clause ${clause}`);
  }
}

function clausesOf(text: string): string[] {
  const read = parseExpression({ kind: 'text', value: text, line: 1, column: 1, indent: 1 });
  if ('expected' in read) return [text];
  const parts = [read];
  for (let next = parts[0]!; next.type === 'binary' && next.sign === 'and'; next = parts[0]!) parts.splice(0, 1, next.left, next.right);
  return parts.map(printExpression);
}

type Section = { readonly [key: string]: Written };
const isSection = (written: Written | undefined): written is Section =>
  written !== undefined && typeof written !== 'string' && !Array.isArray(written);

const NAMED: Readonly<Record<string, string>> = { parameters: 'parameter', markets: 'market', let: 'definition', legs: 'leg' };
const WORDS: Readonly<Record<string, string>> = { entries: 'entry', exits: 'exit', time_stop: 'time stop' };
const isNamed = (path: readonly string[]): boolean => path.length === 2 && Object.hasOwn(NAMED, path[0]!);
const isCondition = ([first]: readonly string[]): boolean => first === 'entries' || first === 'exits' || first === 'hold';
const said = (written: Written | undefined): string | null =>
  written === undefined ? null : typeof written === 'string' ? written : (written as readonly string[]).join(', ');

/** `parameter fast standard`, `entry long` */
function called(path: readonly string[]): string {
  const [first = '', second, ...rest] = path;
  if (Object.hasOwn(NAMED, first)) return [NAMED[first], second, ...rest].join(' ');
  return [WORDS[first] ?? first, second, ...rest].filter((part) => part !== undefined).join(' ');
}
