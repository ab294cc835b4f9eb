// What an import promises: every row is kept or counted, the same bytes give the same blocks however often one stops, and six real files.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, FLAG_BUY, FLAG_SELL, FLAG_SNAPSHOT } from '#engine/market/blocks.ts';
import {
  digestOf,
  factsOf,
  type Imported,
  imported,
  instrument,
  options,
  realOrTwin,
  SIX,
  SOURCE,
  scratch,
  zipOf,
} from '#tests/import-twins.ts';
import { ImportError } from './import-error.ts';
import { importFiles } from './import-files.ts';
import { columnsOfText, type ImportOptions } from './import-options.ts';
import type { ImportCursor } from './report.ts';

const write = scratch();
let files = 0;
const csv = (lines: readonly string[], name = `${++files}.csv`): string => write(name, `${lines.join('\n')}\n`);
const run = (lines: readonly string[], more: Partial<ImportOptions> = {}, tick = '0.01', lot = '0.001'): Promise<Imported> =>
  imported([csv(lines)], options(tick, lot, more));
const refused = async (lines: readonly string[], more: Partial<ImportOptions> = {}): Promise<ImportError> =>
  run(lines, more).then(
    () => expect.unreachable('it was taken'),
    (thrown) => {
      expect(thrown).toBeInstanceOf(ImportError);
      return thrown as ImportError;
    },
  );
const T = 1_704_067_200_000; // ms
const trades = (rows: readonly string[]): string[] => ['id,price,qty,quote_qty,time,is_buyer_maker', ...rows];

describe('the six files', () => {
  const grids: Readonly<Record<(typeof SIX)[number], readonly [tick: string, lot: string, kind: string]>> = {
    'btc-perp-20211231-20220201_1m.csv': ['0.125', '0.0000001', 'bar'],
    'btcusdt-depth-snap.csv': ['0.1', '0.001', 'book'],
    'btcusdt-depth-update.csv': ['0.1', '0.001', 'book'],
    'btcusdt-quotes.parquet': ['0.01', '0.000001', 'quote'],
    'btcusdt-trades.parquet': ['0.01', '0.000001', 'trade'],
    'xrpusdt-ob500.data.zip': ['0.0001', '1', 'book'],
  };
  test.each(SIX)('%s', async (name) => {
    const { path, real } = realOrTwin(name, write);
    if (!real) console.log(`${name} is not here: a seeded twin in its format serves (RETRACE_DATA names the folder of the real ones)`);
    const [tick, lot, kind] = grids[name];
    const { report, blocks } = await imported([path], options(tick, lot));
    expect(report.kind).toBe(kind);
    expect(report.done).toBe(true);
    expect(report.rowsIn).toBeGreaterThan(0);
    expect(report.rowsIn).toBe(report.rowsKept + report.rowsQuarantined);
    // what floating point left in the last digits is told, not dropped; nothing else is wrong with them
    const { floatNoise, ...others } = report.reasons;
    expect(Object.entries(others).map(([fault, { quarantined }]) => [fault, quarantined])).toEqual([]);
    expect(floatNoise?.quarantined ?? 0).toBe(0);
    expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(report.rowsKept);
    const snapshots = blocks.flatMap(({ flags }) => [...flags]).filter((flag) => (flag & FLAG_SNAPSHOT) !== 0).length;
    if (name === 'btcusdt-depth-snap.csv') expect(snapshots).toBe(report.rowsKept);
    if (name === 'btcusdt-depth-update.csv') expect(snapshots).toBe(0);
    if (name === 'xrpusdt-ob500.data.zip') expect(snapshots).toBeGreaterThan(0);
  });
});

describe('layouts', () => {
  const US = T * 1000;
  const first = ({ blocks }: Imported): unknown => {
    const [fact] = factsOf(blocks);
    const [at, time, seq, flags, ...values] = fact as number[];
    return { at: at! - US, time: time! - US, seq, flags, values };
  };
  test.each([
    [
      'binance-trades',
      ['7,100.25,0.5,50.1,1704067200000,True,True', '8,100.26,0.5,50.1,1704067200001,False,True'],
      { at: 0, time: 0, seq: 7, flags: FLAG_SELL, values: [10_025, 500] },
    ],
    [
      'binance-trades',
      ['7,100.25,0.5,50.1,1704067200000123,True,True'],
      { at: 123, time: 123, seq: 7, flags: FLAG_SELL, values: [10_025, 500] },
    ],
    [
      'binance-trades',
      trades(['7,100.25,0.5,50.1,1704067200000,false']),
      { at: 0, time: 0, seq: 7, flags: FLAG_BUY, values: [10_025, 500] },
    ],
    [
      'binance-agg-trades',
      ['9,100.25,0.5,1,3,1704067200000,true,true'],
      { at: 0, time: 0, seq: 9, flags: FLAG_SELL, values: [10_025, 500] },
    ],
    [
      'binance-agg-trades',
      ['agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker', '9,100.25,0.5,1,3,1704067200000,true'],
      { at: 0, time: 0, seq: 9, flags: FLAG_SELL, values: [10_025, 500] },
    ],
    [
      'binance-klines',
      ['1704067200000,1.00,3.00,0.50,2.00,7.5,1704067259999,9.1,12,3.1,4.1,0'],
      { at: 60e6, time: 0, seq: -1, flags: 0, values: [100, 300, 50, 200, 7500] },
    ],
    [
      'binance-book-ticker',
      [
        'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time',
        '5,1.00,2,1.01,3,1704067200000,1704067200009',
      ],
      { at: 0, time: 0, seq: -1, flags: 0, values: [100, 2000, 101, 3000] },
    ],
    [
      'bybit-trades',
      [
        'timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional',
        '1704067200.0647,BTCUSD,Sell,5,7.5,ZeroMinusTick,ab-12,1,2,3',
      ],
      { at: 64_700, time: 64_700, seq: -1, flags: FLAG_SELL, values: [750, 5000] },
    ],
    [
      'bybit-spot-trades',
      ['id,timestamp,price,volume,side', '1,1704067200000,7.5,5,buy'],
      { at: 0, time: 0, seq: 1, flags: FLAG_BUY, values: [750, 5000] },
    ],
    [
      'tardis-trades',
      ['exchange,symbol,timestamp,local_timestamp,id,side,price,amount', 'x,BTC,1704067200000001,1704067200000500,77,buy,7.5,5'],
      { at: 500, time: 1, seq: 77, flags: FLAG_BUY, values: [750, 5000] },
    ],
    [
      'tardis-quotes',
      [
        'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
        'x,BTC,1704067200000001,1704067200000500,1,7.51,7.5,2',
      ],
      { at: 500, time: 1, seq: -1, flags: 0, values: [750, 2000, 751, 1000] },
    ],
    [
      'tardis-book',
      ['exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount', 'x,BTC,1704067200000001,1704067200000500,true,ask,7.5,0'],
      { at: 500, time: 1, seq: -1, flags: FLAG_SNAPSHOT | FLAG_SELL, values: [750, 0] },
    ],
    [
      'tardis-book-snapshot',
      [
        'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount',
        'x,BTC,1704067200000001,1704067200000500,7.51,1,7.5,2',
      ],
      { at: 500, time: 1, seq: -1, flags: FLAG_SNAPSHOT | FLAG_BUY, values: [750, 2000] },
    ],
    [
      'bars',
      [
        '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>',
        '2024.01.01\t00:00:00\t1.00\t2.00\t1.00\t2.00\t3',
        '2024.01.01\t00:05:00\t1.00\t2.00\t1.00\t2.00\t3',
      ],
      { at: 300e6, time: 0, seq: -1, flags: 0, values: [100, 200, 100, 200, 3000] },
    ],
    [
      'bid-bars',
      [
        'time;bid_open;bid_high;bid_low;bid_close;ask_open;ask_high;ask_low;ask_close',
        '1704067200;1;2;1;2;5;6;5;6',
        '1704067260;1;2;1;2;5;6;5;6',
      ],
      { at: 60e6, time: 0, seq: -1, flags: 0, values: [100, 200, 100, 200, 0] },
    ],
    ['quotes', ['ts,bid,ask', '2024-01-01T05:30:00+05:30,1.00,1.01'], { at: 0, time: 0, seq: -1, flags: 0, values: [100, 0, 101, 0] }],
    [
      'trades',
      ['timestamp,price,size,side', '1704067200000000123,1.00,1,b'],
      { at: 0, time: 0, seq: -1, flags: FLAG_BUY, values: [100, 1000] },
    ],
    [
      'trades',
      ['{"ts":1704067200000,"price":1.25,"size":"2","side":"sell"}'],
      { at: 0, time: 0, seq: -1, flags: FLAG_SELL, values: [125, 2000] },
    ],
    [
      'trades',
      ['{"time":1704067200000000123,"p":"1.25","q":2,"id":9007199254740991}'],
      { at: 0, time: 0, seq: 9_007_199_254_740_991, flags: 0, values: [125, 2000] },
    ],
  ] as const)('%s', async (dialect, lines, expected) => {
    const result = await run(lines);
    expect(result.report.files[0]?.dialect).toBe(dialect);
    expect(first(result)).toEqual(expected);
    expect(result.report.rowsQuarantined).toBe(0);
  });

  test('the ask side of bars, a bar stamped at its end, columns by name and by place', async () => {
    const sides = [
      'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close',
      '1704067200,1,2,1,2,5,6,5,6',
      '1704067260,1,2,1,2,5,6,5,6',
    ];
    expect(first(await run(sides, { dialect: 'ask-bars' }))).toMatchObject({ values: [500, 600, 500, 600, 0] });
    const closes = ['time,open,high,low,close', '1704067260,1,2,1,2', '1704067320,1,2,1,2'];
    expect(first(await run(closes, { barStamp: 'close' }))).toMatchObject({ time: 0, at: 60e6 });
    const odd = ['Wann,Preis,Menge', '1704067200,1.00,2', '1704067201,1.01,2'];
    expect(first(await run(odd, { columns: columnsOfText('time=Wann,price=Preis,size=#3') }))).toMatchObject({ values: [100, 2000] });
    expect(first(await run(odd.slice(1), { columns: { time: '#1', price: '#2', size: '#3' } }))).toMatchObject({ values: [100, 2000] });
  });

  test('an unknown header is shown, with what was tried and what would help', async () => {
    const error = await refused(['alpha,beta,gamma', '1,2,3']);
    expect(error.trouble).toBe('unrecognised');
    expect(error.message).toMatch(/alpha,beta,gamma/);
    expect(error.message).toMatch(/lacks/);
    expect(error.message).toMatch(/columns time=<column>/);
    expect(error.place).toMatchObject({ line: 1 });
  });

  test('packed files and members read as the plain text does', async () => {
    const text = `${trades(Array.from({ length: 3000 }, (_, i) => `${i + 1},100.25,0.5,1,${T + i},True`)).join('\n')}\n`;
    const plain = await imported([write('plain.csv', text)], options('0.01', '0.001'));
    const content = Buffer.from(text);
    for (const path of [
      write('a.gz', gzipSync(text)),
      write('b.zip', zipOf([{ name: 'x.csv', content, deflate: true }])),
      write('c.zip', zipOf([{ name: 'x.csv', content, deflate: false }])),
      write('d.zip', zipOf([{ name: 'folder/x.csv', content, deflate: true }], true)),
    ])
      expect((await imported([path], options('0.01', '0.001'))).blocks).toEqual(plain.blocks);
  });

  test('files come in the order of their first rows', async () => {
    const early = csv(trades([`1,1.00,1,1,${T},True`]));
    const late = csv(trades([`2,1.00,1,1,${T + 5},True`]));
    const { report, blocks } = await imported([late, early], options('0.01', '0.001'));
    expect(factsOf(blocks).map(([at]) => at)).toEqual([T * 1000, T * 1000 + 5000]);
    expect(report.rowsQuarantined).toBe(0);
  });
});

describe('faults', () => {
  const faulty: readonly (readonly [fault: string, row: string])[] = [
    ['malformed', `5,100.x,1,1,${T + 9},True`],
    ['malformed', '5,100'],
    ['missing', `5,,1,1,${T + 9},True`],
    ['missing', `5,NaN,1,1,${T + 9},True`],
    ['badTime', '5,100.00,1,1,12,True'],
    ['tooLarge', `5,99999999999999.00,1,1,${T + 9},True`],
    ['badSize', `5,100.00,-1,1,${T + 9},True`],
    ['badSize', `5,100.00,0,1,${T + 9},True`],
    ['offTick', `5,100.005,1,1,${T + 9},True`],
    ['offLot', `5,100.00,0.0005,1,${T + 9},True`],
    ['negativePrice', `5,-100.00,1,1,${T + 9},True`],
    ['duplicate', `3,100.00,1,1,${T + 9},True`],
    ['timeBack', `5,100.00,1,1,${T - 9},True`],
    ['outlier', `5,900.00,1,1,${T + 9},True`],
  ];
  const good = [`2,100.00,1,1,${T},True`, `3,100.01,1,1,${T + 1},True`];
  test.each(faulty)('%s: %s', async (fault, row) => {
    const lines = trades([...good, row, `6,100.02,1,1,${T + 10},True`]);
    const { report, blocks } = await run(lines);
    expect(report).toMatchObject({ rowsIn: 4, rowsKept: 3, rowsQuarantined: 1 });
    expect(report.reasons).toMatchObject({ [fault]: { quarantined: 1, kept: 0 } });
    expect(report.examples).toMatchObject([{ fault, line: 4, text: row, kept: false }]);
    expect(factsOf(blocks)).toHaveLength(3);
    const error = await refused(lines, { policies: { [fault]: 'refuse' } });
    expect(error.trouble).toBe('refused');
    expect(error.place).toMatchObject({ line: 4 });
    expect(error.message).toContain(':4: ');
    expect(error.cursor).not.toBeNull();
  });

  test('off the grid and kept: rounded to the nearest step', async () => {
    const { blocks } = await run(trades(['1,100.016,0.0014,1,1704067200000,True']), { policies: { offTick: 'keep', offLot: 'keep' } });
    expect(factsOf(blocks)[0]?.slice(4)).toEqual([10_002, 1]);
  });

  test('time that went back and is kept arrives with the row before it', async () => {
    const { blocks } = await run(trades([`1,1.00,1,1,${T},True`, `2,1.00,1,1,${T - 1},True`]), { policies: { timeBack: 'keep' } });
    expect(factsOf(blocks).map(([at, time]) => [at! - T * 1000, time! - T * 1000])).toEqual([
      [0, 0],
      [0, -1000],
    ]);
  });

  test('a late number that was passed over is not a duplicate', async () => {
    const { report } = await run(trades([`1,1.00,1,1,${T},True`, `5,1.00,1,1,${T},True`, `3,1.00,1,1,${T},True`, `5,1.00,1,1,${T},True`]));
    expect(report.reasons).toMatchObject({ timeBack: { quarantined: 1 }, duplicate: { quarantined: 1 } });
    expect(report.gaps.missingIds).toBe(3);
  });

  test('five outliers near each other are a true jump', async () => {
    const rows = Array.from({ length: 8 }, (_, i) => `${i + 2},900.00,1,1,${T + i},True`);
    const { report } = await run(trades([`1,100.00,1,1,${T},True`, ...rows]));
    expect(report.reasons).toMatchObject({ outlier: { quarantined: 4 } });
  });

  test('equal rows are kept and counted without an id, and told apart by one', async () => {
    const plain = ['time,price,size', `${T},1.00,1`, `${T},1.00,1`];
    expect((await run(plain)).report).toMatchObject({ rowsKept: 2, reasons: { repeated: { kept: 1 } } });
    expect((await run(plain, { policies: { repeated: 'quarantine' } })).report).toMatchObject({ rowsKept: 1 });
    const named = ['time,price,size,id', `${T},1.00,1,x-1`, `${T},1.00,1,x-2`, `${T},1.00,1,x-2`];
    expect((await run(named)).report).toMatchObject({ rowsKept: 2, reasons: { duplicate: { quarantined: 1 } } });
  });

  test('another symbol is a fault, or passed over when one was asked for', async () => {
    const lines = ['symbol,time,price,size', `A,${T},1.00,1`, `B,${T},5.00,1`, `A,${T + 1},1.00,1`];
    expect((await run(lines)).report).toMatchObject({ rowsIn: 3, rowsQuarantined: 1, reasons: { otherSymbol: { quarantined: 1 } } });
    expect((await run(lines, { symbol: 'B' })).report).toMatchObject({ rowsIn: 1, rowsKept: 1, rowsPassedOver: 2 });
  });

  test('crossed quotes and bars that do not enclose', async () => {
    expect((await run(['time,bid,ask', `${T},1.00,1.01`, `${T + 1},1.02,1.01`])).report.reasons).toMatchObject({
      crossed: { quarantined: 1 },
    });
    const bars = ['time,open,high,low,close', '1704067200,1,2,1,2', '1704067260,1,2,1.5,2', '1704067320,1,2,1,2', '1704067320,1,2,1,2'];
    const { report } = await run(bars);
    expect(report.reasons).toMatchObject({ badBar: { quarantined: 1 }, duplicate: { quarantined: 1 } });
    expect(report.gaps).toMatchObject({ count: 1, missingBars: 1 });
  });

  test('a night is no gap, a missing bar of the session is', async () => {
    const bars = [
      'time,open,high,low,close',
      ...['2024-01-03 20:58:00', '2024-01-03 20:59:00', '2024-01-04 14:30:00', '2024-01-04 14:31:00', '2024-01-04 14:34:00'].map(
        (t) => `${t},1,2,1,2`,
      ),
    ];
    const { report } = await imported([csv(bars)], { ...options('0.01', '1'), instrument: instrument('0.01', '1', 'NYSE') });
    expect(report.gaps).toMatchObject({ count: 1, missingBars: 2, list: [{ openUs: 120e6, bars: 2 }] });
  });
});

describe('laws', () => {
  const row = fc.record({
    step: fc.constantFrom(0, 0, 1, 1, 2, 40, -3, 3_600_000),
    price: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 9900, max: 10_100 }).map((p) => (p / 100).toFixed(2)) },
      fc.constantFrom('', 'x', '1.234', '99999', '-5', '0'),
    ),
    size: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 9000 }).map((p) => (p / 1000).toFixed(3)) },
      fc.constantFrom('', '0', '-1', '0.00001'),
    ),
    skip: fc.constantFrom(1, 1, 1, 1, 0, 2, -1),
  });
  const lines = fc.array(row, { minLength: 1, maxLength: 120 }).map((all) => {
    let [id, time] = [100, T];
    return all.map(({ step, price, size, skip }) => {
      id += skip;
      time += step;
      return `${id},${price},${size},1,${time},${id % 2 === 0 ? 'True' : 'False'}`;
    });
  });

  test('every row is kept or counted; arrivals never fall', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(5000), fc.constantFrom('keep', 'quarantine'), async (rows, latencyUs, policy) => {
        const { report, blocks } = await run(trades(rows), {
          latencyUs,
          policies: { timeBack: policy, duplicate: policy, outlier: policy },
        } as Partial<ImportOptions>);
        expect(report.rowsIn).toBe(report.rowsKept + report.rowsQuarantined);
        expect(report.rowsIn).toBe(rows.length);
        const facts = factsOf(blocks);
        expect(facts).toHaveLength(report.rowsKept);
        expect(Object.values(report.reasons).reduce((sum, { quarantined }) => sum + quarantined, 0)).toBe(report.rowsQuarantined);
        for (let i = 0; i < facts.length; i += 1) {
          expect(facts[i]!.every(Number.isSafeInteger)).toBe(true);
          if (i > 0) expect(facts[i]![0]!).toBeGreaterThanOrEqual(facts[i - 1]![0]!);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('going on from any block gives the same blocks, the same report, and nothing twice', async () => {
    const day = (from: number, count: number) =>
      trades(
        Array.from({ length: count }, (_, i) =>
          i % 997 === 5 ? `${from + i},bad,1,1,${T + from + i},True` : `${from + i},${100 + (i % 50)}.25,1.5,1,${T + from + i},True`,
        ),
      );
    const packed = Buffer.from(`${day(90_000, 70_000).join('\n')}\n`);
    const levels = Array.from({ length: 300 }, (_, i) => `[["1.${1000 + i}","5"]`.slice(1)).join(',');
    const book = Array.from(
      { length: 300 },
      (_, n) => `{"topic":"orderbook.500.X","type":"delta","ts":${T + n},"data":{"s":"X","b":[${levels}],"a":[]}}`,
    );
    for (const [paths, asked] of [
      [[csv(day(1, 89_000)), write('more.zip', zipOf([{ name: 'm.csv', content: packed, deflate: true }]))], options('0.01', '0.001')],
      [[write('book.gz', gzipSync(`${book.join('\n')}\n`))], options('0.0001', '1')],
    ] as const) {
      const whole = await imported(paths, asked);
      const digests = whole.blocks.map(digestOf);
      expect(digests.length).toBeGreaterThan(1);
      for (let stop = 1; stop <= whole.blocks.length; stop += 1) {
        const blocks: Block[] = [];
        const abort = new AbortController();
        const append = (block: Block) => {
          blocks.push(block);
          if (blocks.length === stop) abort.abort();
        };
        const half = await importFiles(paths, { ...asked, signal: abort.signal }, { append }, () => {});
        const cursor = JSON.parse(JSON.stringify(half.cursor)) as ImportCursor;
        const rest = await importFiles(paths, { ...asked, resume: cursor }, { append: (block) => void blocks.push(block) }, () => {});
        expect(blocks.map(digestOf)).toEqual(digests);
        expect(rest).toEqual(whole.report);
      }
      const nothing: unknown[] = [];
      const again = await importFiles(
        paths,
        { ...asked, resume: whole.report.cursor },
        { append: (block) => void nothing.push(block) },
        () => {},
      );
      expect(nothing).toEqual([]);
      expect(again).toEqual(whole.report);
    }
  });

  test('a cursor of other files or options is refused', async () => {
    const path = csv(trades([`1,1.00,1,1,${T},True`]));
    const { report } = await imported([path], options('0.01', '0.001'));
    await expect(imported([path], options('0.01', '0.001', { resume: report.cursor, latencyUs: 1 }))).rejects.toMatchObject({
      trouble: 'cursor',
    });
  });

  test('blocks hold at most 65,536 facts', async () => {
    const { blocks } = await run(trades(Array.from({ length: 70_000 }, (_, i) => `${i + 1},1.00,1,1,${T + i},True`)));
    expect(blocks.map(({ count }) => count)).toEqual([65_536, 4464]);
  });

  test('from and to cut by venue time, and what lies outside is passed over', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => `${i + 1},1.00,1,1,${T + i},True`);
    const { report } = await run(trades(rows), { from: (T + 2) * 1000, to: (T + 5) * 1000 });
    expect(report).toMatchObject({ rowsIn: 3, rowsKept: 3, rowsPassedOver: 7 });
  });
});

test('an option that makes no sense is refused by its name', async () => {
  const path = csv(trades([`1,1.00,1,1,${T},True`]));
  for (const [more, field] of [
    [{ latencyUs: -1 }, 'latencyUs'],
    [{ dialect: 'nonesuch' }, 'dialect'],
    [{ from: 5, to: 5 }, 'from'],
    [{ policies: { malformed: 'keep' } }, 'policies.malformed'],
    [{ policies: { gap: 'keep' } }, 'gap'],
    [{ columns: { time: 'nope' } }, 'columns'],
    [{ symbol: 'X' }, 'symbol'],
    [{ kind: 'bar', dialect: 'trades' }, 'dialect'],
  ] as const)
    await expect(imported([path], options('0.01', '0.001', more as Partial<ImportOptions>))).rejects.toThrow(field);
  await expect(
    importFiles([path], { instrument: instrument('0', '1'), source: SOURCE, latencyUs: 0 }, { append: () => {} }, () => {}),
  ).rejects.toThrow('instrument.tick');
});
