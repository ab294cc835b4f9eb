// The stories that ship are true of the strategies that ship; and the program in strategies/ wants what its document wants, on any market.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomStream } from '#engine/random.ts';
import { readStories, type Story, type StoryBar } from '#infra/config/story-file.ts';
import type { FoundStrategy } from '../cli/research/kept-strategies.ts';
import { storyFileOf, toldStories } from '../cli/research/story-answers.ts';
import { playStory } from '../cli/research/story-run.ts';
import { readStrategyFile } from '../cli/research/strategies.ts';

const FOLDER = join(import.meta.dirname, '..', 'strategies');
const told = readdirSync(FOLDER).filter((name) => !name.includes('.story.') && existsSync(storyFileOf(join(FOLDER, name))));

async function found(name: string): Promise<FoundStrategy> {
  const read = await readStrategyFile(join(FOLDER, name), name);
  expect(read.faults).toEqual([]);
  return read.found!;
}

test('three documents and a program have stories', () => {
  expect(told.filter((name) => name.endsWith('.yaml')).length).toBeGreaterThanOrEqual(3);
  expect(told.filter((name) => name.endsWith('.ts')).length).toBeGreaterThanOrEqual(1);
});

describe.each(told)('%s', (name) => {
  test('does what its stories say, restored at every wake', async () => {
    const { stories, faults } = readStories(readFileSync(storyFileOf(join(FOLDER, name)), 'utf8'), name);
    expect(faults).toEqual([]);
    const seen = await toldStories(await found(name), stories);
    expect(seen.map(({ title, passed, difference, faults: wrong }) => [title, passed, difference, wrong])).toEqual(
      stories.map(({ title }) => [title, true, [], []]),
    );
  });
  test('a story with another end is not passed', async () => {
    const { stories } = readStories(readFileSync(storyFileOf(join(FOLDER, name)), 'utf8'), name);
    const wrong = stories.map((story) => ({ ...story, expect: [...story.expect!, 'bar 99 buy 1 at market, long'] }));
    expect((await toldStories(await found(name), wrong)).map(({ passed }) => passed)).toEqual(stories.map(() => false));
  });
});

describe('ema-cross.ts and ema-cross.yaml', () => {
  let [program, document] = [null, null] as unknown as [FoundStrategy, FoundStrategy];
  beforeAll(async () => {
    [program, document] = [await found('ema-cross.ts'), await found('ema-cross.yaml')];
  });
  const bars = (seed: number, count: number): readonly StoryBar[] => {
    const stream = randomStream(seed, 'twins');
    let price = 10_000;
    return Array.from({ length: count }, (_, index) => {
      const open = price;
      price = Math.max(100, price + stream.between(-90, 90));
      const [high, low] = [Math.max(open, price) + stream.below(30), Math.min(open, price) - stream.below(30)];
      return index > 0 && stream.chance(0.05) ? null : { open, high, low, close: price, volume: 1_000 };
    });
  };
  test('want the same at the same bars and are filled the same', async () => {
    let wanted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 30 }),
        fc.boolean(),
        async (seed, fast, slow, short) => {
          const set = new Map([
            ['fast', `${fast}`],
            ['slow', `${slow}`],
            ['lots', '7'],
            ['short_allowed', `${short}`],
          ]);
          const story: Story = {
            title: 't',
            line: 1,
            set,
            timeframeUs: null,
            cash: null,
            bars: bars(seed, 150),
            others: new Map(),
            fills: true,
            expect: null,
          };
          const [one, other] = [await playStory(story, program), await playStory(story, document)];
          expect(one).toEqual(other);
          wanted += one.lines.length;
        },
      ),
      { numRuns: 25 },
    );
    expect(wanted).toBeGreaterThan(100);
  });
});
