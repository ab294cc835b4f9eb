// Books and bars of tapes: the page of the documents as it is written, the book at any moment against a plain rebuild, bars that a backtest runs on.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomStream } from '#engine/random.ts';
import { realOrTwin, scratch } from '../import-twins.ts';
import { build, documentOf, Homes, ROOT, retrace } from './run.ts';

const homes = new Homes();
const write = scratch();
let home = '';
beforeAll(async () => {
  await build();
  home = homes.make();
});
afterAll(() => homes.remove());

type Json = Readonly<Record<string, unknown>>;
async function json(args: readonly string[], code = 0): Promise<Json> {
  const ran = await retrace([...args, '--json'], home);
  expect(ran.code, ran.stderr).toBe(code);
  return documentOf(ran);
}

test('every command of the page on books and bars does what it says', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'books-and-bars.md'), 'utf8');
  const lines = [...page.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].flatMap(([, block]) => block!.split('\n'));
  expect(lines.length).toBeGreaterThan(12);
  const data = join(homes.make(), 'data');
  mkdirSync(data);
  for (const line of lines) {
    const [npx, program, ...args] = line
      .replaceAll(/\$RETRACE_DATA\/([\w.-]+)/g, (_, name: Parameters<typeof realOrTwin>[0]) => {
        copyFileSync(realOrTwin(name, write).path, join(data, name));
        return join(data, name);
      })
      .split(' ');
    expect([npx, program]).toEqual(['npx', 'retrace']);
    const ran = await retrace(args, home);
    expect([line, ran.code, ran.stderr]).toEqual([line, 0, '']);
  }
}, 240_000);

test('the book at any moment is that of a plain rebuild, and not known from a gap to the next snapshot', async () => {
  const random = randomStream(11, 'long book');
  const T = 1_704_067_200_000;
  const sides: readonly Map<number, number>[] = [new Map(), new Map()];
  const seen = new Map<number, string>();
  const lines: string[] = [];
  const MESSAGES = 3_000;
  const LOST = 1_700;
  const LEVELS = 30;
  for (let n = 0; n < MESSAGES; n += 1) {
    const changed: [number, number][][] = [[], []];
    for (const [i, side] of sides.entries())
      for (let k = 0; k < LEVELS; k += 1) {
        const price = i === 0 ? 1_000 - random.below(60) : 1_001 + random.below(60);
        const lots = random.below(9);
        if (lots === 0) side.delete(price);
        else side.set(price, lots);
        changed[i]!.push([price, lots]);
      }
    const whole = n % 500 === 0;
    const texts = (levels: Iterable<readonly [number, number]>) =>
      [...levels].map(([price, lots]) => [(price / 10).toFixed(1), String(lots)]);
    const [b, a] = (whole ? sides : changed).map(texts);
    const data = { s: 'X', b, a, u: 7_000 + n, seq: n };
    if (n !== LOST) lines.push(JSON.stringify({ topic: 'orderbook.500.X', type: whole ? 'snapshot' : 'delta', ts: T + 10 * n, data }));
    const best = sides.map((side, i) => [...side].sort(([x], [y]) => (i === 0 ? y - x : x - y)).slice(0, 4));
    const rows = best.map((levels) => texts(levels).map(([price, size]) => ({ price, size })));
    seen.set(n, JSON.stringify(rows));
  }
  const made = await json([
    'import',
    write('long.data', `${lines.join('\n')}\n`),
    '--tape',
    'long',
    '--instrument',
    'X',
    '--tick',
    '0.1',
    '--lot',
    '1',
  ]);
  expect(made).toMatchObject({ snapshots: 6, reasons: { bookGap: { kept: 1 } } });
  expect((await json(['tape', 'show', 'long']))['frames']).toBeGreaterThan(1);
  const at = (n: number, ms = 0) => new Date(T + 10 * n + ms).toISOString();
  const ask = (n: number, ms: number, code = 0) => json(['tape', 'book', 'long', '--at', at(n, ms), '--depth', '4'], code);
  for (const n of [0, 1, 499, 500, 777, 1_090, 1_699, 2_000, 2_600, 2_999]) {
    const { bids, asks, crossed, known } = await ask(n, n % 7);
    expect([n, known, crossed, JSON.stringify([bids, asks])]).toEqual([n, true, false, seen.get(n)]);
  }
  for (const n of [1_701, 1_850, 1_999]) {
    const answer = await ask(n, 3, 1);
    expect(answer).toMatchObject({ ok: false, known: false, bids: [], asks: [] });
    expect(answer['because']).toContain(`${at(LOST + 1).slice(0, 22)}`);
  }
  const early = await retrace(['tape', 'book', 'long', '--at', '2023-12-31T00:00:00Z'], home);
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('long begins at 2024-01-01T00:00:00Z')]);
}, 120_000);

test('bars without a length of their own are a tape like any other: checked, run over, verified; and what cannot be made is told', async () => {
  const trades = realOrTwin('btcusdt-trades.parquet', write);
  await json(['import', trades.path, '--tape', 'trades', '--instrument', 'BTC']);
  const made = await json(['tape', 'bars', 'trades', '--by', 'ticks:20', '--to', 'twenty']);
  expect(made).toMatchObject({ bars: 100, tradesLeftOpen: 1, timeframeUs: 1_000 });
  expect((await json(['tape', 'check', 'twenty']))['wrong']).toBeNull();
  const again = await json(['tape', 'bars', 'trades', '--by', 'ticks:20', '--to', 'twenty-too']);
  expect(again['hash']).toBe(made['hash']);
  for (const more of [[], ['--timeframe', '2s']]) {
    const run = await json(['backtest', 'ema-cross', '--tape', 'twenty', '--set', 'fast=2', '--set', 'slow=3', ...more]);
    expect(run['fills']).toBeGreaterThan(0);
    if (more.length === 0) expect(run['bars']).toBe(100);
    expect(await json(['verify', run['run'] as string])).toMatchObject({ mismatches: 0, runHash: run['runHash'] });
  }
  for (const [args, told] of [
    [['--by', 'ticks:0', '--to', 'x'], 'at least 1'],
    [['--by', 'ticks:1000000', '--to', 'x'], 'no bar of trades has ended'],
    [['--by', 'weight:3', '--to', 'x'], 'is not ticks:, volume:, dollars: or time:'],
    [['--by', 'volume:0.00000000001', '--to', 'x'], 'whole multiple of the lot'],
    [['--by', 'dollars:0', '--to', 'x'], 'above zero'],
    [['--by', 'time:0s', '--to', 'x'], 'from 2ms to 24h'],
    [['--by', 'ticks:20'], '--to: is missing'],
    [['--to', 'x'], '--by: is missing'],
    [['--by', 'ticks:20', '--to', 'twenty'], 'is there already'],
    [['--heikin-ashi', '--to', 'x'], 'holds no bars'],
    [['--by', 'ticks:20', '--to', 'x', '--stream', '9'], 'has 1 streams'],
  ] as const) {
    const ran = await retrace(['tape', 'bars', 'trades', ...args], home);
    expect([args, ran.code === 1 || ran.code === 2, ran.stderr]).toEqual([args, true, expect.stringContaining(told)]);
  }
}, 120_000);

test('orders of who hears Heikin-Ashi bars are filled at prices of the bars they were made of, behind the one that was heard', async () => {
  const bars = realOrTwin('btc-perp-20211231-20220201_1m.csv', write);
  await json(['import', bars.path, '--tape', 'minutes', '--instrument', 'BTC-PERP', '--to', '2022-01-02']);
  await json(['tape', 'bars', 'minutes', '--heikin-ashi', '--to', 'ashi']);
  const { streams } = (await json(['tape', 'show', 'ashi'])) as unknown as { streams: { source: string; count: number }[] };
  expect(streams.map(({ source }) => source)).toEqual(['tape', 'tape-heikin-ashi']);
  expect(streams[0]!.count).toBe(streams[1]!.count);
  const csv = async (stream: string) => {
    const path = join(home, `ashi-${stream}.csv`);
    await json(['export', 'ashi', path, '--stream', stream]);
    const [names, ...rows] = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    return rows.map((row) => Object.fromEntries(names!.map((name, i) => [name, row[i]!])));
  };
  const [plain, ashi] = [await csv('1'), await csv('2')];
  const opens = new Map(plain.map((bar) => [Number(bar['time_us']), Number(bar['open'])]));
  expect(ashi.some((bar) => opens.get(Number(bar['time_us'])) !== Number(bar['open']))).toBe(true);
  const run = await json(['backtest', 'ema-cross', '--tape', 'ashi', '--set', 'fast=3', '--set', 'slow=8', '--latency', '0ms']);
  const ledger = run['ledger'] as Readonly<{ timeUs: number; price: string }>[];
  expect(ledger.length).toBeGreaterThan(3);
  // a market order wanted when a bar ended fills at the open of the bar that begins then, and that bar arrives at its end
  for (const { timeUs, price } of ledger) expect([timeUs, opens.get(timeUs - 60e6)]).toEqual([timeUs, Number(price)]);
}, 120_000);
