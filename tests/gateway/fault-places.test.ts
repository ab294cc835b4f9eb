// Where a fault is underlined and what mends it, with the faults that the checker really tells.
import { describe, expect, test } from 'vitest';
import { strategyChecked } from '#cli/reader/known-strategies.ts';
import { placeOf } from '#gateway/dashboard/src/pages/strategies/editor/fault-places.ts';

const document = (long: string, more = ''): string => `name: x
about: a thing
parameters:
  way: { type: choice, of: [both, long], standard: both, about: a }
entries:
  long: ${long}
sizing: { lots: 1 }
${more}`;

/** What is underlined, and the text as the first mend leaves it. */
async function marked(text: string): Promise<readonly (readonly [under: string, fix: string | null])[]> {
  const { faults } = await strategyChecked(text, false, null);
  return faults.map((fault) => {
    const { from, to, fix } = placeOf(text, fault);
    return [text.slice(from, to), fix] as const;
  });
}

describe('the word that is wrong, and what was meant', () => {
  test.each([
    ['a function', document('emaa(close, 3) > 1'), 'emaa', 'ema'],
    ['a name', document('clsoe > 1'), 'clsoe', 'close'],
    ['an output, behind its point', document('macd(close).histogramm > 0'), 'histogramm', 'histogram'],
    ['a key', document('close > 1', 'cooldwon: { bars: 1 }\n'), 'cooldwon', 'cooldown'],
    ['a word of a choice, in its quotes', document("way == 'bth'"), "'bth'", "'both'"],
    ['within the quotes of the file', document('"clsoe > 1"'), 'clsoe', 'close'],
  ])('%s', async (_, text, under, fix) => {
    const [first] = await marked(text);
    expect(first).toEqual([under, fix]);
    const { from, to } = placeOf(text, (await strategyChecked(text, false, null)).faults[0]!);
    const mended = text.slice(0, from) + fix + text.slice(to);
    expect((await strategyChecked(mended, false, null)).ok).toBe(true);
  });
});

describe('what cannot be named is marked all the same', () => {
  test.each([
    ['an argument out of its range', document('ema(close, 0) > 1')],
    ['a type', document('close')],
    ['a missing key', 'name: x\n'],
    ['an empty text', ''],
    ['no YAML', 'name: [x\n'],
    ['an expression cut off', document('close >')],
  ])('%s', async (_, text) => {
    const { faults } = await strategyChecked(text, false, null);
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) {
      const { from, to, fix } = placeOf(text, fault);
      expect(from >= 0 && from <= to && to <= text.length).toBe(true);
      expect(text.slice(from, to)).not.toContain('\n');
      if (text !== '' && fix === null) expect(to >= from).toBe(true);
    }
  });
});
