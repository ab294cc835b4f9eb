// The watcher finds what a strategy keeps outside its state and what save() leaves out, names it, and is silent about an honest one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkFiles } from './strategy-trial.ts';

const folder = mkdtempSync(join(tmpdir(), 'retrace-restoring-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function checked(
  name: string,
  { top = '', saves = '({ seen, closes: average.save() })', loads = 'state.seen = seen; state.average.load(closes);', decides = '' },
): Promise<string> {
  const path = join(folder, `${name}.ts`);
  writeFileSync(
    path,
    `import { Sma, type InstrumentId, type Strategy } from 'retrace/strategy';
type State = { seen: number; readonly average: Sma; readonly instrument: InstrumentId };
${top}
const begin = (instrument: InstrumentId): State => ({ seen: 0, average: new Sma(5), instrument });
export const strategy: Strategy<State> = {
  name: '${name}', about: 'buys every tenth bar', parameters: {}, subscriptions: 1, wantsFills: false,
  warmup: () => 5,
  start: (_parameters, [subscription]) => begin(subscription!.instrument),
  decide(state, event, view, wake) {
    if (event.type !== 'bars' || event.bars[0] === null) return;
    state.seen += 1;
    state.average.push(event.bars[0]!.close);
    ${decides}
    if (state.seen % 10 !== 0) return;
    wake.intents.push({ do: 'order', instrument: state.instrument, side: view.position(state.instrument) > 0 ? 'sell' : 'buy', type: 'market',
      lots: 1, limit: null, stop: null, expiresAt: null, reduceOnly: false, why: 'tenth' });
  },
  save: ({ seen, average }) => ${saves},
  load(saved, _parameters, [subscription]) {
    const { seen, closes } = saved as { seen: number; closes: readonly number[] };
    const state = begin(subscription!.instrument);
    ${loads}
    return state;
  },
};
`,
  );
  const { ok, text } = await checkFiles([path]);
  expect(ok).toBe(text.some((line) => line.includes('is right')));
  return text.join('\n');
}

test('an honest one is right', async () => {
  expect(await checked('honest', {})).toMatch(/is right; version [0-9a-f]{12}\n {2}played over 305 bars: 305 wakes, 30 things wanted/);
});

test.each([
  [
    'a field that is not put back',
    'forgets',
    { loads: 'state.average.load(closes);' },
    'state.seen: 1 as it ran on, 0 when it was restored',
  ],
  [
    'a field that is not saved',
    'leaves-out',
    { saves: '({ seen: 0 * seen, closes: average.save() })' },
    'intents.length: 1 as it ran on, 0 when it was restored',
  ],
  ['an average that is not put back', 'half', { loads: 'state.seen = seen;' }, /state\.closes\[\d\]: .* as it ran on/],
  [
    'a variable beside the state',
    'beside',
    { top: 'let count = 0;', decides: "count += 1; wake.conditions.push({ name: 'count', holds: true, numbers: [['count', count]] });" },
    'conditions[0].numbers[0][1]: 2 as it ran on, 1 when it was restored',
  ],
  ['what was saved is no number', 'holey', { saves: '({ seen: seen / 0 * 0, closes: average.save() })' }, 'save().seen is NaN'],
  [
    'a throw, with its line',
    'throws',
    { decides: "if (state.seen === 50) throw new Error('fifty');" },
    /throws\.ts:13:\d+: fifty\n {4} {4}if \(state\.seen === 50\)/,
  ],
  ['a wake without an end', 'endless', { decides: 'while (state.seen === 7);' }, 'did not come back within 1000 ms'],
] as const)(
  '%s is found and named',
  async (_what, name, parts, said) => {
    const text = await checked(name, parts);
    expect(text).not.toContain('is right');
    if (typeof said === 'string') expect(text).toContain(said);
    else expect(text).toMatch(said);
  },
  60_000,
);
