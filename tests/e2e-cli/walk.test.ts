// A book beside trades: what takes eats the levels that the venue showed, and says so in the ledger of the run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, Homes, retrace } from './run.ts';

const homes = new Homes();
let home = '';
beforeAll(async () => {
  await build();
  home = homes.make();
});
afterAll(() => homes.remove());

const START_S = 1_704_067_200;
/** Rises by a tick a second from the tenth on: an average of few seconds crosses one of more. */
const priceAt = (second: number): number => 100 + Math.max(0, second - 10);

/** Bybit's two files of one symbol: its trades, and its book with three levels a side. */
function filesOf(folder: string): Readonly<{ trades: string; book: string }> {
  const trades = ['timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional'];
  const book: string[] = [];
  for (let second = 0; second < 60; second += 1) {
    const price = priceAt(second);
    trades.push(`${START_S + second}.5,XUSDT,Buy,2,${price}.0,ZeroMinusTick,t${second},1,1,1`);
    const levels = (sign: number): string[][] => [1, 2, 3].map((away) => [`${price + sign * away}.0`, `${away}`]);
    const data = { s: 'XUSDT', b: levels(-1), a: levels(1), u: 1 + second };
    book.push(JSON.stringify({ topic: 'orderbook.500.XUSDT', type: 'snapshot', ts: 1000 * (START_S + second), data }));
  }
  const paths = { trades: join(folder, 'trades.csv'), book: join(folder, 'ob500.data') };
  writeFileSync(paths.trades, `${trades.join('\n')}\n`);
  writeFileSync(paths.book, `${book.join('\n')}\n`);
  return paths;
}

type Fill = Readonly<{ side: string; lots: number; price: string }>;

test('--takers book: the same orders, filled level by level; the run verifies', async () => {
  const { trades, book } = filesOf(home);
  const as = ['--instrument', 'X-USDT', '--tick', '1', '--lot', '1'];
  for (const [path, name] of [
    [trades, 'x-trades'],
    [book, 'x-book'],
  ] as const) {
    const made = await retrace(['import', path, '--tape', name, ...as], home);
    expect([made.code, made.stderr]).toEqual([0, expect.anything()]);
  }
  const backtest = [
    'backtest',
    'ema-cross',
    '--tape',
    'x-trades',
    '--timeframe',
    '1s',
    '--set',
    'fast=2',
    '--set',
    'slow=5',
    '--set',
    'lots=5',
  ];
  const without = await retrace([...backtest, '--takers', 'book'], home);
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('none of the tapes holds book changes')]);
  const whole = await retrace([...backtest, '--tape', 'x-book', '--takers', 'book', '--fills', 'whole', '--latency', '0s'], home);
  expect([whole.code, whole.stderr]).toEqual([2, expect.stringContaining('--fills whole knows none')]);
  const ledger = async (more: readonly string[]): Promise<readonly Fill[]> => {
    const { stdout, stderr, code } = await retrace([...backtest, '--tape', 'x-book', '--latency', '0s', ...more, '--json'], home);
    expect(code, stderr).toBe(0);
    const run = JSON.parse(stdout) as { run: string; ledger: readonly Fill[] };
    expect((await retrace(['verify', run.run], home)).code).toBe(0);
    return run.ledger;
  };
  const short = (fills: readonly Fill[]): string[] => fills.slice(0, 6).map(({ side, lots, price }) => `${side} ${lots} at ${price}`);
  // two lots a trade, at its price
  expect(short(await ledger([]))).toEqual([
    ...['sell 2 at 100', 'sell 2 at 100', 'sell 1 at 100'],
    ...['buy 2 at 102', 'buy 2 at 103', 'buy 2 at 104'],
  ]);
  // one, two and three lots on the levels of the other side, at once
  expect(short(await ledger(['--takers', 'book']))).toEqual([
    ...['sell 1 at 99', 'sell 2 at 98', 'sell 2 at 97'],
    ...['buy 1 at 103', 'buy 2 at 104', 'buy 3 at 105'],
  ]);
}, 120_000);
