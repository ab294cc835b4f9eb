// From flags to the terms of a venue: what is said arrives, what is not said is absent, and what is wrong is named with the fix.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Flags } from '../flags.ts';
import { venueIn } from './venue-asked.ts';

const root = mkdtempSync(join(tmpdir(), 'venue-asked-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let files = 0;
function file(...lines: readonly string[]): string {
  const path = join(root, `table-${++files}.csv`);
  writeFileSync(path, lines.join('\n'));
  return path;
}

function read(raw: Readonly<Record<string, string>>): { venue: ReturnType<typeof venueIn>; faults: readonly string[] } {
  const flags = new Flags(raw);
  return { venue: venueIn(flags, ['BTC-PERP']), faults: flags.faults };
}
const venueOf = (raw: Readonly<Record<string, string>>) => {
  const { venue, faults } = read(raw);
  expect(faults).toEqual([]);
  return venue;
};

const STANDARD = { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null };

test('nothing said are the terms there always were, without a field more', () => {
  expect(venueOf({})).toEqual(STANDARD);
  expect(Object.keys(venueOf({}))).toEqual(Object.keys(STANDARD)); // the name of a run is made of them, in this order
});

test.each([
  ['250ms', { latencyUs: 250_000 }],
  ['fixed:50ms', { latencyUs: 50_000 }],
  ['seeded:20ms..200ms:7', { latencyUs: 20_000, moreLatency: { kind: 'seeded', seed: 7, mostUs: 180_000 } }],
  [
    `recorded:${file('time,latency', '00:00,10ms', '14:30,25ms', '14:30:00.5,1s')}`,
    {
      latencyUs: 0,
      moreLatency: {
        kind: 'recorded',
        rows: [
          [0, 10_000],
          [52_200_000_000, 25_000],
          [52_200_500_000, 1_000_000],
        ],
      },
    },
  ],
] as const)('--latency %s', (latency, said) => expect(venueOf({ latency })).toEqual({ ...STANDARD, ...said }));

test('tiers are the same from a file and from the line', () => {
  const feeTiers = [
    { from: 100_000, makerFee: 80, takerFee: 400 },
    { from: 1_000_000, makerFee: -10, takerFee: 300 },
  ];
  const rows = ['traded,maker,taker', '# of last year', '100000,0.8,4', '1000000, -0.1, 3', ''];
  expect(venueOf({ feeTiers: '100000:0.8:4,1000000:-0.1:3' })).toEqual({ ...STANDARD, feeTiers });
  expect(venueOf({ feeTiers: file(...rows) })).toEqual({ ...STANDARD, feeTiers });
});

test('borrowing is by the year, at midnight or at a time', () => {
  expect(venueOf({ borrow: '250' })).toEqual({ ...STANDARD, borrow: { rate: 25_000, timeOfDayUs: 0 } });
  expect(venueOf({ borrow: '12.5@21:00' })).toEqual({ ...STANDARD, borrow: { rate: 1_250, timeOfDayUs: 75_600_000_000 } });
});

test('funding is of the only instrument, or of those that are named, in order of time', () => {
  const eight = Date.parse('2022-01-01T08:00:00Z') * 1000;
  const funding = [
    { instrument: 'BTC-PERP', at: eight, rate: 10_000 },
    { instrument: 'BTC-PERP', at: eight + 28_800_000_000, rate: -1 },
  ];
  expect(venueOf({ funding: file('time,rate', '2022-01-01T16:00:00Z,-0.00000001', '2022-01-01T08:00:00Z,0.0001') })).toEqual({
    ...STANDARD,
    funding,
  });
  expect(venueOf({ funding: file('BTC-PERP,2022-01-01T08:00Z,0.0001') })).toEqual({ ...STANDARD, funding: funding.slice(0, 1) });
});

describe('what is wrong is named', () => {
  test.each([
    [{ latency: 'soon' }, '--latency soon: is not a time'],
    [{ latency: '90s' }, 'more than 60s'],
    [{ latency: 'seeded:200ms..20ms:7' }, 'the first time lies below the second'],
    [{ latency: 'seeded:20ms..200ms' }, 'seeded:20ms..200ms:7'],
    [{ latency: `recorded:${join(root, 'nowhere.csv')}` }, 'cannot be read'],
    [{ latency: `recorded:${file('25:00,1ms')}` }, 'row 1 (25:00,1ms)'],
    [{ latency: `recorded:${file('10:00,1ms', '09:00,1ms')}` }, 'after the one before it'],
    [{ latency: `recorded:${file('time,latency')}` }, 'rows: give 1'],
    [{ feeTiers: '100:1' }, 'row 1 (100:1)'],
    [{ feeTiers: '100:1:2,100:1:1' }, 'above 100'],
    [{ feeTiers: '100.5:1:2' }, 'whole amount of the currency'],
    [{ feeTiers: '100:1:2000' }, 'from -100 to 1000'],
    [{ feeTiers: join(root, 'nowhere.csv') }, 'cannot be read'],
    [{ borrow: 'dear' }, 'basis points a year'],
    [{ borrow: '-1' }, 'rate: -100'],
    [{ borrow: '5@25:00' }, 'time of day'],
    [{ funding: file('2022-01-01T08:00:00Z,0.000000001') }, 'at most 8 digits'],
    [{ funding: file('yesterday 1,0.1') }, 'row 1 (yesterday 1,0.1)'],
    [{ funding: file('DOGE,2022-01-01T08:00:00Z,0.1') }, 'DOGE is not in the data'],
    [{ funding: file('2022-01-01,0.1', '2022-01-01,0.2') }, 'each once'],
    [{ fee: 'much' }, '--fee much'],
  ])('%o', (raw, said) => {
    const { faults } = read(raw as never);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(said);
  });
});
