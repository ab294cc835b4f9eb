import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultText } from './faults.ts';
import { readStories, withExpectations } from './story-file.ts';

const FILE = `# about all of them
first story:
  set: { fast: 2 }
  bars: 100 101.5 99/102/98/101 99/102/98/101/7 - 100*3
  fills: true
  expect:
    - bar 1 buy 1 at market, long
    - bar 2 sell 1 at market, short

# about the second
second story:
  timeframe: 5m
  cash: 5000
  expect: []
  bars: >
    100 101
    102
  others:
    hedge: 50 51 52
`;

test('a file is read as it is meant', () => {
  const { stories, faults } = readStories(FILE, 'a.story.yaml');
  expect(faults).toEqual([]);
  const [first, second] = stories;
  expect(first).toMatchObject({ title: 'first story', fills: true, cash: null, timeframeUs: null, line: 2 });
  expect([...first!.set]).toEqual([['fast', '2']]);
  expect(first!.expect).toEqual(['bar 1 buy 1 at market, long', 'bar 2 sell 1 at market, short']);
  expect(first!.bars.map((bar) => (bar === null ? null : [bar.open, bar.high, bar.low, bar.close]))).toEqual([
    [10_000, 10_000, 10_000, 10_000],
    [10_000, 10_150, 10_000, 10_150],
    [9_900, 10_200, 9_800, 10_100],
    [9_900, 10_200, 9_800, 10_100],
    null,
    ...[
      [10_100, 10_100, 10_000, 10_000],
      [10_000, 10_000, 10_000, 10_000],
      [10_000, 10_000, 10_000, 10_000],
    ],
  ]);
  expect(first!.bars[3]!.volume).toBe(7);
  expect(second).toMatchObject({ timeframeUs: 300_000_000, cash: 5_000n, expect: [] });
  expect(second!.bars.length).toBe(3);
  expect(second!.others.get('hedge')!.length).toBe(3);
});

describe('expectations are written', () => {
  const words = fc.constantFrom(
    'bar 1 buy 1 at market, long',
    'bar 2 refused sell 3: reduce-only',
    '#no',
    '- a',
    'a: b',
    '"q"',
    'x ',
    "it's",
    '{',
    'null',
  );
  const expected = fc.array(words, { maxLength: 5 });
  test('and read back as they were, whatever they are; everything else stays, line for line', () => {
    fc.assert(
      fc.property(expected, expected, (one, two) => {
        const text = withExpectations(
          FILE,
          'a',
          new Map([
            ['first story', one],
            ['second story', two],
          ]),
        );
        const { stories, faults } = readStories(text, 'a');
        expect(faults).toEqual([]);
        expect(stories.map(({ expect: lines }) => lines)).toEqual([one, two]);
        const others = (of: string) => of.split('\n').filter((line) => !/^ {4}- |^ {2}expect:/.test(line));
        expect(others(text)).toEqual(others(FILE));
        expect(
          withExpectations(
            text,
            'a',
            new Map([
              ['first story', one],
              ['second story', two],
            ]),
          ),
        ).toBe(text);
      }),
    );
  });
  test('where there were none, at the end of the story', () => {
    const text = withExpectations(
      'a:\n  bars: 1 2\n\n# b is next\nb:\n  bars: 1 2',
      'a',
      new Map([
        ['a', ['x']],
        ['b', []],
      ]),
    );
    expect(text).toBe('a:\n  bars: 1 2\n  expect:\n    - x\n\n# b is next\nb:\n  bars: 1 2\n  expect: []');
  });
});

test.each([
  ['', 'holds no story'],
  ['a: 1', 'a.story.yaml:1:4: a: is no story'],
  ['a:\n  bar: 1', 'a.bar: is no key of a story'],
  ['a:\n  set: {}', 'a: has no bars: write bars: 100 101 102'],
  ['a:\n  bars: 100 1o1', 'a.bars: holds "1o1"'],
  ['a:\n  bars: 100 100.123', 'a.bars: holds "100.123"'],
  ['a:\n  bars: 100/99/98/97', 'its open and close do not lie between its high and low'],
  ['a:\n  bars: 100/102/98', 'a bar has a close, or four prices'],
  ['a:\n  bars: 100*0', 'repeated no time'],
  ['a:\n  bars: 100*99999', 'holds more than 20000 bars'],
  ['a:\n  bars: - -', 'a.story.yaml:2'],
  ['a:\n  bars: 100\n  timeframe: 1 minute', 'a.timeframe: is "1 minute": write a time like 1m'],
  ['a:\n  bars: 100\n  cash: 1.5', 'a.cash: is "1.5"'],
  ['a:\n  bars: 100\n  fills: yes', 'a.fills: is "yes": write true or false'],
  ['a:\n  bars: 100\n  expect: nothing', 'a.expect: is no list'],
  ['a:\n  bars: 100\n  expect:\n    - bar 1: buy', 'put it between quotes'],
])('%j is refused in words', (text, said) => {
  const { stories, faults } = readStories(text, 'a.story.yaml');
  expect(stories).toEqual([]);
  expect(faults.map(faultText).join('\n')).toContain(said);
});
