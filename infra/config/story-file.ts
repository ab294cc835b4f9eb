/**
 * A story file: bars that go in, and what a strategy is expected to want of them, in words. Decides what such a file may hold, and writes
 * expectations back without touching the rest. Plays nothing.
 */
import { type Fault, shown } from './faults.ts';
import { type Place, parseYaml, type Tree } from './yaml-tree.ts';

/** Prices are ticks of a hundredth. Null: no bar formed. */
export type StoryBar = Readonly<{ open: number; high: number; low: number; close: number; volume: number }> | null;

export type Story = Readonly<{
  title: string;
  /** Parameters as they are written; what they mean is the strategy's business. */
  set: ReadonlyMap<string, string>;
  timeframeUs: number | null;
  /** Whole units of the currency; null: a million. */
  cash: bigint | null;
  /** Of the first market. */
  bars: readonly StoryBar[];
  /** Of the others, by their names. */
  others: ReadonlyMap<string, readonly StoryBar[]>;
  /** Whether fills are told too. */
  fills: boolean;
  /** Null: nobody has said yet. */
  expect: readonly string[] | null;
  line: number;
}>;

export type ReadStories = Readonly<{ stories: readonly Story[]; faults: readonly Fault[] }>;

const KEYS = ['set', 'timeframe', 'cash', 'bars', 'others', 'fills', 'expect'];
const UNITS: Readonly<Record<string, number>> = { ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 };
const USUAL_VOLUME = 1_000_000;
const MOST_BARS = 20_000;
const BAR = 'a bar is a close like 101.5, or open/high/low/close, or open/high/low/close/volume; - is none, and *3 behind it repeats it';

export function readStories(text: string, name: string): ReadStories {
  const { tree, faults: before } = parseYaml(text, name);
  if (tree === null || tree.kind !== 'map') return { stories: [], faults: before };
  const faults: Fault[] = [...before];
  const tell: Tell = ({ line, column }, path, why, remedy) => {
    faults.push({ place: `${name}:${line}:${column}`, path, why, remedy });
  };
  const { entries, keys } = tree;
  if (entries.size === 0) tell({ line: 1, column: 1 }, '', 'holds no story', 'begin with a title and, below it, bars: 100 101 102');
  const stories = [...entries].flatMap(([title, node]) => storyOf(title, node, keys.get(title)!.line, tell) ?? []);
  return { stories: faults.length > 0 ? [] : stories, faults };
}

type Tell = (at: Place, path: string, why: string, remedy: string) => void;
type Kind = Tree['kind'];

function storyOf(title: string, node: Tree, line: number, tell: Tell): Story | null {
  if (node.kind !== 'map') {
    tell(node.place, title, 'is no story', 'write bars: and expect: below its title, indented');
    return null;
  }
  const { entries, keys } = node;
  for (const [key, at] of keys) if (!KEYS.includes(key)) tell(at, `${title}.${key}`, 'is no key of a story', `it has ${KEYS.join(', ')}`);
  /** The part of that key, if it is what it has to be. */
  const part = <K extends Kind>(key: string, kind: K, why: string, remedy: string): Extract<Tree, { kind: K }> | null => {
    const found = entries.get(key);
    if (found === undefined || found.kind === kind) return (found ?? null) as Extract<Tree, { kind: K }> | null;
    tell(found.place, `${title}.${key}`, why, remedy);
    return null;
  };
  const word = (key: string, fits: RegExp, remedy: string): string | null => {
    const found = part(key, 'text', 'is no plain value', remedy);
    const text = found?.text.trim() ?? '';
    if (found === null || fits.test(text)) return found === null ? null : text;
    tell(found.place, `${title}.${key}`, `is ${shown(text)}`, remedy);
    return null;
  };
  const barsIn = (key: string, found: Tree): readonly StoryBar[] => {
    const bars = found.kind === 'text' ? barsOf(found.text) : 'is no line of bars';
    if (typeof bars !== 'string') return bars;
    tell(found.place, `${title}.${key}`, bars, BAR);
    return [];
  };
  const bars = entries.get('bars') ?? null;
  if (bars === null) tell({ line, column: 1 }, title, 'has no bars', 'write bars: 100 101 102');
  const timeframe = word('timeframe', DURATION, 'write a time like 1m, 5m or 1h');
  const cash = word('cash', /^[1-9]\d{0,12}$/, 'write a whole amount like 100000');
  const fills = word('fills', /^(true|false)$/, 'write true or false');
  const set = part('set', 'map', 'names no parameter', 'write { fast: 2, slow: 3 }');
  const others = part('others', 'map', 'names no market', 'write hedge: 100 101 102 below it, indented');
  const expected = part('expect', 'list', 'is no list', 'write a line for each, like `- bar 5 buy 10 at market, long holds`, or []');
  const lineOf = (item: Tree): string => {
    if (item.kind === 'text') return item.text;
    tell(item.place, `${title}.expect`, 'is no plain line', 'put it between quotes: it holds a colon and a space');
    return '';
  };
  return {
    ...{ title, line, fills: fills === 'true' },
    set: new Map([...(set?.entries ?? [])].map(([key, value]) => [key, value.kind === 'text' ? value.text : ''])),
    timeframeUs: timeframe === null ? null : durationOf(timeframe),
    cash: cash === null ? null : BigInt(cash),
    bars: bars === null ? [] : barsIn('bars', bars),
    others: new Map([...(others?.entries ?? [])].map(([key, found]) => [key, barsIn(`others.${key}`, found)])),
    expect: expected === null ? null : expected.items.map(lineOf),
  };
}

const DURATION = /^([1-9]\d{0,5})(ms|s|m|h|d)$/;

function durationOf(text: string): number {
  const [, count, unit] = DURATION.exec(text)!;
  return Number(count) * UNITS[unit!]!;
}

/** The bars, or what is wrong with one. A close alone begins where the bar before ended. */
function barsOf(text: string): readonly StoryBar[] | string {
  const bars: StoryBar[] = [];
  let last: number | null = null;
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const [, written = '', times = '1'] = /^(.*?)(?:\*(\d{1,5}))?$/.exec(word) ?? [];
    for (let repeat = 0; repeat < Number(times); repeat++) {
      const bar: StoryBar | string = written === '-' ? null : barOf(written, last);
      if (typeof bar === 'string') return `holds ${shown(word)}: ${bar}`;
      bars.push(bar);
      last = bar?.close ?? last;
    }
    if (Number(times) < 1) return `holds ${shown(word)}: repeated no time`;
    if (bars.length > MOST_BARS) return `holds more than ${MOST_BARS} bars`;
  }
  return bars.some((bar) => bar !== null) ? bars : 'holds no bar';
}

function barOf(written: string, last: number | null): StoryBar | string {
  const parts = written.split('/');
  const ticks = parts.slice(0, 4).map(ticksOf);
  if (ticks.includes(null)) return 'a price is no number with at most two digits after the point';
  const [first, high, low, close] = ticks as number[];
  if (parts.length === 1) {
    const open = last ?? first!;
    return { open, high: Math.max(open, first!), low: Math.min(open, first!), close: first!, volume: USUAL_VOLUME };
  }
  if (parts.length < 4 || parts.length > 5) return 'a bar has a close, or four prices, or four prices and a volume';
  if (low! > Math.min(first!, close!) || high! < Math.max(first!, close!)) return 'its open and close do not lie between its high and low';
  const volume = parts.length === 5 ? Number(parts[4]) : USUAL_VOLUME;
  if (!Number.isSafeInteger(volume) || volume < 0 || !/^\d+$/.test(parts[4] ?? '0')) return 'its volume is no whole number';
  return { open: first!, high: high!, low: low!, close: close!, volume };
}

function ticksOf(text: string): number | null {
  const [, sign, whole, part = ''] = /^(-?)(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  const ticks = Number(whole) * 100 + Number(part.padEnd(2, '0'));
  return sign === '-' ? 0 - ticks : ticks;
}

/** The file with these expectations, by title; all other lines stay as they are. */
export function withExpectations(text: string, name: string, expected: ReadonlyMap<string, readonly string[]>): string {
  const { tree } = parseYaml(text, name);
  if (tree === null || tree.kind !== 'map') return text;
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const titles = [...tree.keys].map(([title, { line }]) => ({ title, line })).sort((a, b) => a.line - b.line);
  // from the end, so that the numbers of the lines above stay true
  for (const [index, { title, line }] of [...titles.entries()].reverse()) {
    const story = tree.entries.get(title)!;
    const wanted = expected.get(title);
    if (wanted === undefined || story.kind !== 'map') continue;
    const end = lastLine(lines, line, titles[index + 1]?.line ?? lines.length + 1);
    const at = story.keys.get('expect') ?? null;
    const next = at === null ? null : Math.min(...[...story.keys.values()].map((key) => key.line).filter((own) => own > at.line), end + 1);
    const indent = ' '.repeat([...story.keys.values()][0]!.column - 1);
    const written =
      wanted.length === 0 ? [`${indent}expect: []`] : [`${indent}expect:`, ...wanted.map((each) => `${indent}  - ${quoted(each)}`)];
    if (at === null) lines.splice(end, 0, ...written);
    else lines.splice(at.line - 1, lastLine(lines, at.line, next!) - at.line + 1, ...written);
  }
  return lines.join('\n');
}

/** The last line before `next` that says something for this story: blank lines and comments before the next belong to that one. */
function lastLine(lines: readonly string[], first: number, next: number): number {
  let last = next - 1;
  while (last > first && /^\s*(#.*)?$/.test(lines[last - 1]!)) last -= 1;
  return last;
}

/** Plain where it is read back as it stands. */
const quoted = (text: string): string => (/^[A-Za-z0-9]/.test(text) && !/: | #|[\s:]$/.test(text) ? text : JSON.stringify(text));
