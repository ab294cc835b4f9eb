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
  if (tree === null) return { stories: [], faults: before };
  const faults: Fault[] = [...before];
  const fault = ({ line, column }: Place, path: string, why: string, remedy: string): void => {
    faults.push({ place: `${name}:${line}:${column}`, path, why, remedy });
  };
  const { entries, keys } = mapOf(tree);
  if (entries.size === 0) fault({ line: 1, column: 1 }, '', 'holds no story', 'begin with a title and, below it, bars: 100 101 102');
  const stories = [...entries].flatMap(([title, node]): readonly Story[] => {
    const { line } = keys.get(title)!;
    if (node.kind !== 'map') {
      fault(node.place, title, 'is no story', 'write bars: and expect: below its title, indented');
      return [];
    }
    const { entries: parts } = node;
    for (const [key, at] of node.keys)
      if (!KEYS.includes(key)) fault(at, `${title}.${key}`, 'is no key of a story', `it has ${KEYS.join(', ')}`);
    const textOf = (key: string): string | null => {
      const part = parts.get(key);
      if (part === undefined) return null;
      if (part.kind === 'text') return part.text.trim();
      fault(part.place, `${title}.${key}`, 'is no plain value', `write ${key}: and its value`);
      return null;
    };
    const barsIn = (part: Tree, path: string): readonly StoryBar[] => {
      if (part.kind === 'text') {
        const bars = barsOf(part.text);
        if (typeof bars !== 'string') return bars;
        fault(part.place, path, bars, BAR);
      } else fault(part.place, path, 'is no line of bars', BAR);
      return [];
    };
    const bars = parts.get('bars');
    if (bars === undefined) fault({ line, column: 1 }, title, 'has no bars', 'write bars: 100 101 102');
    const [timeframe, cash, fills] = ['timeframe', 'cash', 'fills'].map(textOf) as [string | null, string | null, string | null];
    const timeframeUs = timeframe === null ? null : durationOf(timeframe);
    if (Number.isNaN(timeframeUs))
      fault(parts.get('timeframe')!.place, `${title}.timeframe`, `is ${shown(timeframe!)}`, 'write a time like 1m, 5m or 1h');
    if (cash !== null && !/^[1-9]\d{0,12}$/.test(cash))
      fault(parts.get('cash')!.place, `${title}.cash`, `is ${shown(cash)}`, 'write a whole amount like 100000');
    if (fills !== null && fills !== 'true' && fills !== 'false')
      fault(parts.get('fills')!.place, `${title}.fills`, `is ${shown(fills)}`, 'write true or false');
    const expected = parts.get('expect');
    if (expected !== undefined && expected.kind !== 'list')
      fault(expected.place, `${title}.expect`, 'is no list', 'write a line for each, like `- bar 5 buy 10 at market, long holds`, or []');
    const others = parts.get('others');
    if (others !== undefined && others.kind !== 'map')
      fault(others.place, `${title}.others`, 'names no market', 'write hedge: 100 101 102 below it, indented');
    const set = parts.get('set');
    if (set !== undefined && set.kind !== 'map') fault(set.place, `${title}.set`, 'names no parameter', 'write { fast: 2, slow: 3 }');
    return [
      {
        ...{ title, line, timeframeUs, fills: fills === 'true' },
        set: new Map(set?.kind === 'map' ? [...set.entries].map(([key, value]) => [key, value.kind === 'text' ? value.text : '']) : []),
        cash: cash === null || !/^\d+$/.test(cash) ? null : BigInt(cash),
        bars: bars === undefined ? [] : barsIn(bars, `${title}.bars`),
        others: new Map(
          others?.kind === 'map' ? [...others.entries].map(([key, part]) => [key, barsIn(part, `${title}.others.${key}`)]) : [],
        ),
        expect:
          expected?.kind !== 'list'
            ? null
            : expected.items.map((item) => {
                if (item.kind === 'text') return item.text;
                fault(item.place, `${title}.expect`, 'is no plain line', 'put it between quotes: it holds a colon and a space');
                return '';
              }),
      },
    ];
  });
  return { stories: faults.length > 0 ? [] : stories, faults };
}

const mapOf = (tree: Tree) => (tree.kind === 'map' ? tree : { entries: new Map<string, Tree>(), keys: new Map<string, Place>() });

function durationOf(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})(ms|s|m|h|d)$/.exec(text) ?? [];
  return count === undefined ? Number.NaN : Number(count) * UNITS[unit!]!;
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
