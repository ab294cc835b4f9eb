// The judge takes ordinary rows in runs; here every row is judged by itself, from the rules as they are told, and both must agree.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf, imported, options, scratch } from '#tests/import-twins.ts';
import type { FaultPolicy } from './faults.ts';
import type { ImportOptions } from './import-options.ts';

const write = scratch();
let files = 0;
const T = 1_704_067_200_000;

type Trade = Readonly<{ id: number; price: number; lots: number; ms: number }>;
type Judged = Readonly<{ kept: number[][]; faults: Record<string, number> }>;

const PRIORITY = ['badSize', 'negativePrice', 'duplicate', 'timeBack', 'outlier', 'repeated'] as const;

/** One row after another, nothing shared with the importer but the rules. */
function plainly(trades: readonly Trade[], latencyUs: number, policies: Readonly<Record<string, FaultPolicy>>): Judged {
  const kept: number[][] = [];
  const faults: Record<string, number> = {};
  const passedOver = new Set<number>();
  let [newest, latest, arrived] = [0, -1, -1];
  let level: number | null = null;
  let outliers: number[] = [];
  let before: Trade | null = null;
  for (const trade of trades) {
    const found = new Set<string>();
    if (trade.lots <= 0) found.add('badSize');
    if (trade.price <= 0) found.add('negativePrice');
    if (trade.id > 0 && trade.id <= newest) found.add(passedOver.has(trade.id) ? 'timeBack' : 'duplicate');
    if (trade.ms < latest) found.add('timeBack');
    else if (trade.id < 0 && before !== null && JSON.stringify(before) === JSON.stringify(trade)) found.add('repeated');
    const out = (fault: string): boolean => (policies[fault] ?? (fault === 'repeated' ? 'keep' : 'quarantine')) === 'quarantine';
    if (![...found].some(out) && level !== null && Math.abs(trade.price - level) * 1000 > 500 * Math.abs(level)) {
      const last = outliers.at(-1);
      outliers =
        last !== undefined && Math.abs(trade.price - last) * 1000 <= 500 * Math.abs(last) ? [...outliers, trade.price] : [trade.price];
      if (outliers.length < 5) found.add('outlier');
      else outliers = [];
    } else if (![...found].some(out)) outliers = [];
    const first = PRIORITY.find((fault) => found.has(fault) && ([...found].some(out) ? out(fault) : true));
    if (first !== undefined) faults[first] = (faults[first] ?? 0) + 1;
    if ([...found].some(out)) continue;
    arrived = Math.max(arrived, trade.ms * 1000 + latencyUs);
    kept.push([arrived, trade.ms * 1000, trade.id, 0, trade.price, trade.lots]);
    if (newest > 0) for (let id = newest + 1; id < trade.id; id += 1) passedOver.add(id);
    newest = Math.max(newest, trade.id);
    latest = Math.max(latest, trade.ms);
    level = trade.price;
    if (found.has('outlier') === false) outliers = [];
    before = trade;
  }
  return { kept, faults };
}

const step = fc.record({
  skip: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 5, 0, -1, -3),
  ms: fc.constantFrom(0, 0, 0, 1, 1, 7, -1),
  price: fc.constantFrom(100, 100, 100, 101, 99, 102, 400, 410, 20, -5, 0),
  lots: fc.constantFrom(1, 1, 1, 2, 3, 0),
});

test.each([true, false])('runs and single rows are judged alike (with ids: %s)', async (numbered) => {
  const policy = fc.constantFrom<FaultPolicy>('quarantine', 'keep');
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 80 }),
      fc.nat(3000),
      policy,
      policy,
      policy,
      async (steps, latencyUs, duplicate, timeBack, repeated) => {
        let [id, ms] = [1000, T];
        const trades = steps.map((one): Trade => {
          id += one.skip;
          ms += one.ms;
          return { id: numbered ? id : -1, price: one.price, lots: one.lots, ms };
        });
        const text = trades.map((trade) => `${trade.ms},${trade.price},${trade.lots}${numbered ? `,${trade.id}` : ''}`);
        const path = write(`${++files}.csv`, [`time,price,size${numbered ? ',id' : ''}`, ...text].join('\n'));
        const policies = { duplicate, timeBack, repeated };
        const { report, blocks } = await imported([path], options('1', '1', { latencyUs, policies } as Partial<ImportOptions>));
        const expected = plainly(trades, latencyUs, policies);
        expect(factsOf(blocks)).toEqual(expected.kept);
        expect(
          Object.fromEntries(Object.entries(report.reasons).map(([fault, { quarantined, kept }]) => [fault, quarantined + kept])),
        ).toEqual(expected.faults);
      },
    ),
    { numRuns: 200 },
  );
});
