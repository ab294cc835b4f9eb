import { expect, test } from 'vitest';
import { frameRows, type Row, readRows, smallMarket } from '#tests/markets.ts';
import { SECOND_US } from '../values.ts';
import { SYNTHETIC_START, SyntheticMarket, syntheticSpec } from './synthetic.ts';
import { CALM, type Faults, STORMY } from './synthetic-faults.ts';

const facts = (rows: readonly Row[]) => rows.filter((row) => 'lane' in row);
const only = (given: Partial<Faults>, seed = 21) =>
  readRows(new SyntheticMarket(syntheticSpec({ seed, faults: { ...CALM, ...given } })), 6_000);
const without = (rows: readonly Row[], ...columns: string[]) =>
  facts(rows).map((row) => JSON.stringify(Object.entries(row).filter(([name]) => !columns.includes(name))));
const calm = readRows(new SyntheticMarket(syntheticSpec({ seed: 21 })), 20_000);
const calmRows = without(calm);
/** How many facts differ from the calm market's; in all other columns they must be the same. */
const differing = (rows: readonly Row[], columns: string[]) => {
  const shown = facts(rows).length;
  expect(without(rows, ...columns).join('\n')).toBe(
    without(calm.slice(0, 7_000), ...columns)
      .slice(0, shown)
      .join('\n'),
  );
  return without(rows).filter((row, i) => row !== calmRows[i]).length;
};

test('a gap moves numbers and nothing else', () => expect(differing(only({ gap: 300 }), ['venueSeq'])).toBeGreaterThan(5));
test('a bad price moves a value and nothing else', () =>
  expect(differing(only({ absurd: 300 }), ['price', 'lots', 'bid', 'ask'])).toBeGreaterThan(5));
test('a crossed quote moves bid and ask and nothing else', () => {
  const rows = only({ crossed: 100 });
  expect(differing(rows, ['bid', 'ask'])).toBeGreaterThan(5);
  expect(rows.filter((row) => 'bid' in row && Number(row['bid']) >= Number(row['ask'])).length).toBeGreaterThan(5);
});
test('a late trade moves its venue time and nothing else, in all three ways', () => {
  const rows = only({ late: 50, borderUs: SECOND_US });
  expect(differing(rows, ['venueTime'])).toBeGreaterThan(20);
  const back = facts(rows).map((row) => Number(row['at']) - Number(row['venueTime']));
  expect(back.some((lag) => lag > 2_050_000)).toBe(true);
  const overBorder = facts(rows).some((row) => {
    const [at, venueTime] = [Number(row['at']), Number(row['venueTime'])];
    const border = at - (at % SECOND_US);
    return venueTime < border && at > border + 50_000 && at < border + 2_050_000 && border - venueTime <= 1_000;
  });
  expect(overBorder).toBe(true);
});
test('a duplicate comes right after what it repeats', () => {
  const rows = without(only({ duplicate: 200 }));
  const once = rows.filter((row, i) => row !== rows[i - 1]);
  expect(rows.length - once.length).toBeGreaterThan(5);
  expect(once).toEqual(without(calm).slice(0, once.length));
});
test('lag moves arrivals, ever later, and they come in order', () => {
  const rows = only({ lag: { everyUs: 8 * SECOND_US, forUs: 4 * SECOND_US } });
  const known = new Set(without(calm, 'at'));
  expect(without(rows, 'at').filter((row) => !known.has(row))).toEqual([]);
  expect(Math.max(...facts(rows).map((row) => Number(row['at']) - Number(row['venueTime'])))).toBeGreaterThan(SECOND_US);
});
test.each(['mute', 'silence', 'reconnect'] as const)('%s leaves facts out and changes none', (name) => {
  const rows = only({ [name]: { everyUs: 10 * SECOND_US, forUs: 4 * SECOND_US } });
  const known = new Set(without(calm, 'venueSeq'));
  expect(without(rows, 'venueSeq').filter((row) => !known.has(row))).toEqual([]);
  const [first, last] = [Number(rows[0]!['at']), Number(rows.at(-1)!['at'])];
  const beats = rows.filter(({ type }) => type === 'SourceBeat').length;
  const expected = Math.floor((last - SYNTHETIC_START) / SECOND_US);
  if (name === 'mute') expect(beats).toBe(expected);
  else expect(beats).toBeLessThan(expected);
  const quiet = (source: readonly Row[]) => Math.max(...source.slice(1).map((row, i) => Number(row['at']) - Number(source[i]!['at'])));
  expect(quiet(rows.filter((row) => name !== 'mute' || String(row['lane']).startsWith('BTC')))).toBeGreaterThan(2 * SECOND_US);
  expect(last).toBeGreaterThan(first);
  const lost = rows.filter(({ type }) => type === 'SourceLost');
  const restored = rows.filter(({ type }) => type === 'SourceRestored');
  expect(lost.length > 0).toBe(name === 'reconnect');
  expect(lost.length - restored.length).toBeOneOf([0, 1]);
});

test('in a storm, taking one fault away leaves every other where it was', () => {
  const storm = (faults: Faults) => facts(readRows(new SyntheticMarket(syntheticSpec({ seed: 4, faults })), 4_000));
  const full = storm(STORMY);
  expect(without(storm({ ...STORMY, gap: 0 }), 'venueSeq')).toEqual(without(full, 'venueSeq'));
  expect(without(storm({ ...STORMY, late: 0 }), 'venueTime')).toEqual(without(full, 'venueTime'));
  expect(without(storm({ ...STORMY, crossed: 0 }), 'bid', 'ask')).toEqual(without(full, 'bid', 'ask'));
});

test('two thousand ticks of a storm hold every fault', () => {
  const items = smallMarket(1, { ticks: 2_000, instruments: 3 }).items;
  const rows = items.flatMap((item) => (item.kind === 'market' ? frameRows(item.frame) : [...item.records]) as Row[]);
  const jumps = (by: (jump: number) => boolean) => {
    const newest = new Map<unknown, number>();
    return facts(rows).some(({ lane, venueSeq }) => {
      const before = newest.get(lane) ?? 0;
      newest.set(lane, Number(venueSeq));
      return by(Number(venueSeq) - before);
    });
  };
  expect(jumps((jump) => jump > 1)).toBe(true);
  expect(jumps((jump) => jump === 0)).toBe(true);
  expect(rows.some((row) => 'bid' in row && Number(row['bid']) >= Number(row['ask']))).toBe(true);
  expect(rows.some((row) => row['lots'] === 0)).toBe(true);
  for (const type of ['SourceBeat', 'SourceLost', 'SourceRestored']) expect(rows.some((row) => row['type'] === type)).toBe(true);
});
