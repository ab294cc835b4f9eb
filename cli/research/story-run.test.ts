// A program of two markets hears both, in the order in which a deployment names them; what does not fit is refused in words.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readStories } from '#infra/config/story-file.ts';
import { toldStories } from './story-answers.ts';
import { readStrategyFile } from './strategies.ts';

const folder = mkdtempSync(join(tmpdir(), 'retrace-story-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SPREAD = `import type { Strategy } from 'retrace/strategy';
export const strategy: Strategy<string[]> = {
  name: 'spread', about: 'buys the first where it closes below the second', subscriptions: 2, wantsFills: false,
  parameters: { lots: { kind: 'whole', least: 1, most: 9, standard: 1, about: 'lots' }, side: { kind: 'choice', of: ['buy', 'sell'], standard: 'buy', about: 'which way' } },
  warmup: () => 1,
  start: ({ lots, side }, subscriptions) => [String(lots), String(side), ...subscriptions.map(({ instrument }) => instrument)],
  decide([lots, side, main], event, view, wake) {
    if (event.type !== 'bars') return;
    const [one, two] = event.bars;
    if (!one || !two || one.close >= two.close || view.position(main as never) + view.working(main as never) !== 0) return;
    wake.intents.push({ do: 'order', instrument: main as never, side: side as never, type: 'limit', lots: Number(lots), limit: one.close, stop: null,
      expiresAt: null, reduceOnly: false, timeInForce: 'IOC', why: 'below' });
  },
  save: (state) => state,
  load: (saved) => [...(saved as string[])],
};
`;

async function told(story: string) {
  const path = join(folder, 'spread.ts');
  writeFileSync(path, SPREAD);
  const { found, faults } = await readStrategyFile(path);
  expect(faults).toEqual([]);
  const read = readStories(story, 'a.story.yaml');
  expect(read.faults).toEqual([]);
  return toldStories(found!, read.stories);
}

test('two markets, a limit, terms, a parameter', async () => {
  const [seen] = await told(
    'a:\n  set: { lots: 3, side: sell }\n  bars: 100 100 99 98\n  others: { market2: 100 99 100 101 }\n  fills: true\n  expect: []',
  );
  expect(seen!.faults).toEqual([]);
  expect(seen!.lines.slice(0, 2)).toEqual(['bar 3 sell 3 limit 99.00, below', 'bar 3 so: IOC']);
  expect(seen!.passed).toBe(false);
});

test.each([
  ['a:\n  bars: 1 2\n  expect: []', '--market market2=…: which instrument is the market market2 of spread?'],
  ['a:\n  bars: 1 2\n  others: { hedge: 1 2 }\n  expect: []', '--market hedge: spread has market2'],
  ['a:\n  set: { lots: 99 }\n  bars: 1 2\n  others: { market2: 1 2 }\n  expect: []', 'lots: 99 is not a whole number from 1 to 9'],
  ['a:\n  set: { side: up }\n  bars: 1 2\n  others: { market2: 1 2 }\n  expect: []', 'side: "up" is not one of buy, sell'],
  ['a:\n  set: { size: 1 }\n  bars: 1 2\n  others: { market2: 1 2 }\n  expect: []', 'size: no such parameter of spread'],
  ['a:\n  bars: 1 2\n  others: { market2: 1 2 }', 'expects nothing yet: --update writes what happens'],
])('%j is failed in words', async (story, words) => {
  const [seen] = await told(story);
  expect([seen!.passed, seen!.faults.join('\n')]).toEqual([false, expect.stringContaining(words)]);
});
