// The command that a kept run is told to be made again by, typed: it is the same run, hash for hash.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFound } from '#cli/reader/kept-runs.ts';
import { walkTape } from '../walk-tape.ts';
import { build, documentOf, Homes, retrace } from './run.ts';

const homes = new Homes();
const before = process.env['RETRACE_HOME'];
let home = '';
beforeAll(async () => {
  await build();
  home = homes.make();
  process.env['RETRACE_HOME'] = home;
  walkTape({ folder: join(home, 'tapes', 'walk'), seed: 9, kind: 'bar', count: 3_000 });
}, 120_000);
afterAll(() => {
  if (before === undefined) delete process.env['RETRACE_HOME'];
  else process.env['RETRACE_HOME'] = before;
  homes.remove();
});

test.each([
  ['ema-cross', []],
  [
    'ema-cross',
    [
      '--set',
      'fast=3',
      '--set',
      'lots=2',
      '--timeframe',
      '5m',
      '--cash',
      '5000.50',
      '--from',
      '2022-01-01T06:00:00Z',
      '--to',
      '2022-01-02',
    ],
  ],
  ['ema-cross', ['--fee', '2.5', '--maker-fee', '-0.5', '--latency', 'seeded:20ms..200ms:7', '--slippage', '1', '--volume-share', '500']],
  [
    'ema-cross',
    ['--fills', 'whole', '--limit-fills', 'through', '--spread', '2', '--slippage-bp', '3', '--fee-tiers', '1000:0.8:4,100000:0:3'],
  ],
  ['supertrend', []],
] as const)(
  '%s %j',
  async (strategy, flags) => {
    const first = documentOf(await retrace(['backtest', strategy, '--tape', 'walk', ...flags, '--json'], home));
    const { command, missing } = runFound(String(first['run']))!.again!;
    expect(missing).toEqual([]);
    const [npx, program, ...words] = command.split(' ');
    expect([npx, program]).toEqual(['npx', 'retrace']);
    const ran = await retrace([...words, '--json'], home);
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(documentOf(ran)).toMatchObject({ run: first['run'], runHash: first['runHash'], again: true });
  },
  60_000,
);
