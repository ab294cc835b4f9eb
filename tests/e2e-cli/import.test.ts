// An import of a large file: stopped or killed in the middle it goes on, and comes to the same tape; two at once do not mix.

import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, Homes, type Ran, retrace, sleep, start } from './run.ts';

const homes = new Homes();
let file = '';
const ROWS = 1_500_000;
beforeAll(async () => {
  await build();
  file = join(homes.make(), 'trades.csv');
  const out = createWriteStream(file);
  out.write('id,price,qty,quote_qty,time,is_buyer_maker\n');
  for (let from = 0; from < ROWS; from += 10_000) {
    const lines = Array.from({ length: 10_000 }, (_, index) => {
      const n = from + index;
      return `${n + 1},${40_000 + ((n * 7) % 900) / 10},0.${String(1 + (n % 900)).padStart(3, '0')},1.0,${1_700_000_000_000 + 37 * n},${n % 2 === 0}`;
    });
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}, 60_000);
afterAll(() => homes.remove());

const args = () => ['import', file, '--tape', 'big', '--instrument', 'BTC', '--tick', '0.1', '--lot', '0.001', '--json'];
const hashOf = ({ stdout, stderr, code }: Ran): string => {
  expect(code, stderr).toBe(0);
  const { hash, rowsKept } = JSON.parse(stdout) as { hash: string; rowsKept: number };
  expect(rowsKept).toBe(ROWS);
  return hash;
};
const part = (home: string) => join(home, 'tapes', 'big.part', 'facts.frames');

test('stopped, killed, and left alone it comes to the same tape; a second one at the same time is refused', async () => {
  const [whole, broken] = [homes.make(), homes.make()];
  const hash = hashOf(await retrace(args(), whole));

  const stopped = start(args(), broken);
  while (!existsSync(part(broken)) && stopped.child.exitCode === null) await sleep(5);
  const second = await retrace(args(), broken);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('tape big is being made by another process')]);
  stopped.child.kill('SIGINT');
  const told = await stopped.ended;
  expect([told.code, JSON.parse(told.stdout)]).toEqual([1, expect.objectContaining({ ok: false, done: false })]);
  expect(existsSync(join(broken, 'tapes', 'big'))).toBe(false);

  const killed = start(args(), broken);
  await sleep(400);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(existsSync(join(broken, 'tapes', 'big'))).toBe(false);

  const last = await retrace(args(), broken);
  expect(hashOf(last)).toBe(hash);
  expect((JSON.parse(last.stdout) as { resumed: boolean }).resumed).toBe(true);
  expect((await retrace(['tape', 'check', 'big'], broken)).code).toBe(0);
  expect(existsSync(part(broken))).toBe(false);
}, 120_000);

test('bars that arrive late are backtested at their own timeframe; a replacement that was killed in its last step is made again', async () => {
  const home = homes.make();
  const bars = join(homes.make(), 'bars.csv');
  const rows = Array.from({ length: 300 }, (_, i) => {
    const price = 100 + ((i * 7) % 23) / 10;
    return `${1_700_000_040 + 60 * i},${price},${price + 1},${price - 1},${price + 0.5},25`;
  });
  writeFileSync(bars, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  const importing = ['import', bars, '--tape', 'late', '--instrument', 'B', '--latency', '100ms', '--json'];
  const hash = JSON.parse((await retrace(importing, home)).stdout) as { hash: string };
  const played = await retrace(['backtest', 'ema-cross', '--tape', 'late', '--set', 'fast=2', '--set', 'slow=5', '--json'], home);
  expect(played.code, played.stderr).toBe(0);
  expect(JSON.parse(played.stdout)).toMatchObject({ ok: true, bars: 300, faulted: [] });

  const tape = join(home, 'tapes', 'late');
  renameSync(tape, `${tape}.old`); // killed when the old one had made way
  const again = await retrace([...importing, '--replace'], home);
  expect(again.code, again.stderr).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ hash: hash.hash });
  renameSync(tape, `${tape}.new`); // and as an older build left it
  expect((await retrace([...importing, '--replace'], home)).code).toBe(0);
  expect([existsSync(`${tape}.old`), existsSync(`${tape}.new`)]).toEqual([false, false]);
}, 60_000);
