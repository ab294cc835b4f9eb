/**
 * Whether a strategy of a file is right: what can be read of it, and then a trial: played over bars of a made-up walk, watched for wakes that throw or do
 * not end, and restored from its own state at every wake. Keeps nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { randomStream } from '#engine/random.ts';
import { parametersOf, type Strategy } from '#engine/strategy/strategy.ts';
import type { Story, StoryBar } from '#infra/config/story-file.ts';
import { strategyOfBundle } from '#infra/strategy-bundle/bundled-strategy.ts';
import { iso } from '#replay/words.ts';
import { type Answer, Refused } from '../answer.ts';
import type { FoundStrategy } from './kept-strategies.ts';
import { restoring, type Unrestored } from './restoring.ts';
import { type Played, playStory } from './story-run.ts';
import { type FileFault, readStrategyFile } from './strategies.ts';

/** How long a wake may take while somebody watches. */
const WAKE_LIMIT_MS = 1_000;
const BARS = 300;
const MOST_WARMUP = 3_000;

export type Tried = Readonly<{ played: Played /** What went wrong, in words. */; faults: readonly string[] }>;

/** Plays a story with somebody looking on. */
export async function tried(story: Story, found: FoundStrategy): Promise<Tried> {
  const faults: string[] = [];
  const failed = (why: string): void => {
    if (faults.length === 0) faults.push(why);
  };
  const { bundle, place } = found;
  // a document is data: it keeps nothing beside its state
  const make = (): Strategy => (bundle === null ? found.strategy : strategyOfBundle(bundle, { place, limitMs: WAKE_LIMIT_MS, failed }));
  let unrestored: Unrestored | null = null;
  const watched = restoring(make, (what) => {
    unrestored ??= what;
  });
  const played = await playStory(story, found, watched as Strategy);
  return { played, faults: [...faults, ...(unrestored === null ? [] : [unrestoredText(unrestored)])] };
}

function unrestoredText({ end, field, running, restored }: Unrestored): string {
  return `${field}: ${running} as it ran on, ${restored} when it was restored${end === 0 ? '' : ` before the bar that ends at ${iso(end)}`}: all it remembers must be in its state, and save() and load() must bring back the whole of it`;
}

export type Checked = Readonly<{ file: string; version: string | null; faults: readonly FileFault[]; bars: number; played: Played | null }>;

export async function checkFiles(files: readonly string[]): Promise<Answer> {
  const checked: Checked[] = [];
  for (const file of files) {
    if (!existsSync(resolve(file))) throw new Refused(2, [`${file}: no such file`], 'npx retrace strategy ls');
    checked.push(await checkedFile(file));
  }
  const ok = checked.every(({ faults }) => faults.length === 0);
  return {
    ok,
    fields: {
      files: checked.map(({ file, faults, version, bars, played }) => ({ file, faults, version, bars, wakes: played?.woken ?? 0 })),
    },
    text: [
      ...checked.flatMap(({ file, faults, version, bars, played }) =>
        faults.length === 0
          ? [
              `${file} is right; version ${version!.slice(0, 12)}`,
              `  played over ${bars} bars: ${played!.woken} wakes, ${played!.lines.length} things wanted; restored at each wake it went on the same`,
            ]
          : faults.flatMap((fault) => [fault.text, ...shownLine(fault)]),
      ),
      `next: ${ok ? `npx retrace backtest ${files[0]} --tape …` : 'mend these; docs/strategy-language.md and docs/writing-a-strategy.md say what may be written'}`,
    ],
  };
}

async function checkedFile(file: string): Promise<Checked> {
  const { found, faults } = await readStrategyFile(resolve(file), file);
  if (found === null) return { file, version: null, faults, bars: 0, played: null };
  const story = walkStory(found);
  const trial = await tried(story, { ...found, place: file });
  return {
    file,
    version: found.version,
    faults: trial.faults.map((text) => placed(text, file)),
    bars: story.bars.length,
    played: trial.played,
  };
}

/** Of a program, what the trial finds; a document cannot do wrong what it looks for. */
export async function trialFaults(found: FoundStrategy, file: string): Promise<readonly FileFault[]> {
  if (found.bundle === null) return [];
  const { faults } = await tried(walkStory(found), { ...found, place: file });
  return faults.map((text) => placed(text, file));
}

/** A fault of a program begins with its own place. */
function placed(text: string, file: string): FileFault {
  const [, line, column] = text.startsWith(`${file}:`) ? (/^:(\d+):(\d+)/.exec(text.slice(file.length)) ?? []) : [];
  return { file, line: Number(line ?? 0), column: Number(column ?? 0), text: line === undefined ? `${file}: ${text}` : text };
}

/** The line, and a mark under the place. */
function shownLine({ file, line, column }: FileFault): string[] {
  const path = resolve(file);
  const text = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/)[line - 1] : undefined;
  if (text === undefined || text.length > 160) return [];
  return [`    ${text}`, `    ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`];
}

/** Bars enough for its warm-up, and a made-up walk for each market it needs. */
export function walkStory(found: FoundStrategy, count: number | null = null): Story {
  const { strategy } = found;
  const bars = count ?? Math.min(MOST_WARMUP, strategy.warmup(parametersOf(strategy, {}))) + BARS;
  return {
    ...{ title: 'walk', line: 1, set: new Map(), timeframeUs: null, cash: null, fills: false, expect: null },
    bars: walk('main', bars),
    others: new Map(otherMarkets(found).map((name) => [name, walk(name, bars)])),
  };
}

/** Markets that need an instrument of their own. */
export function otherMarkets({ document, strategy }: FoundStrategy): readonly string[] {
  if (document === null) return Array.from({ length: Math.max(0, (strategy.subscriptions ?? 1) - 1) }, (_, index) => `market${index + 2}`);
  const [main, ...others] = document.markets;
  return others.filter(({ timeframeUs }) => timeframeUs === null || timeframeUs === main!.timeframeUs).map(({ name }) => name);
}

function walk(name: string, count: number): readonly StoryBar[] {
  const stream = randomStream(1, `story ${name}`);
  let price = 10_000;
  return Array.from({ length: count }, () => {
    const open = price;
    price = Math.max(1_000, price + stream.between(-60, 60));
    const [high, low] = [Math.max(open, price) + stream.below(20), Math.min(open, price) - stream.below(20)];
    return { open, high, low, close: price, volume: stream.between(1_000, 1_000_000) };
  });
}
