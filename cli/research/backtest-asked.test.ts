// What is asked of a backtest and makes no sense is refused before anything is played.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Block } from '#engine/market/blocks.ts';
import { DAY_US, sourceId } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { backtestAsked } from '../commands/backtest.ts';
import { nodeDigest } from '../compose/digest.ts';
import { Flags } from '../flags.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';

const root = mkdtempSync(join(tmpdir(), 'backtest-asked-'));
process.env['RETRACE_HOME'] = root;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const one = walkTape({ folder: join(root, 'tapes', 'one'), seed: 1, kind: 'bar', count: 300 });
const same = walkTape({ folder: join(root, 'tapes', 'same'), seed: 1, kind: 'bar', count: 300 });
const other = walkTape({ folder: join(root, 'tapes', 'other'), seed: 2, kind: 'bar', count: 300 });
const trades = walkTape({ folder: join(root, 'tapes', 'trades'), seed: 3, kind: 'trade', count: 300 });
const changed = (name: string, change: (block: Block) => readonly Block[]): Tape => {
  const folder = join(root, 'tapes', name);
  const writer = new TapeWriter({ folder, digest: nodeDigest, latencyUs: 0 });
  for (const frame of one.frames()) for (const block of frame.blocks) for (const each of change(block)) writer.append(each);
  writer.finish(one.manifest.instruments, null);
  return Tape.open(folder);
};
const after = (times: Float64Array): Float64Array => times.map((time) => time + 30 * DAY_US);
const later = changed('later', (block) => [{ ...block, at: after(block.at), venueTime: after(block.venueTime) }]);
const another = changed('another', (block) => [{ ...block, source: sourceId('another') }]);
const both = changed('both', (block) => {
  const { at, venueTime, values } = block;
  const trade: Block = {
    ...block,
    kind: 'trade',
    timeframeUs: 0,
    at: after(at),
    venueTime: after(venueTime),
    values: [values[3]!, values[4]!],
  };
  return [block, trade];
});

const asked = (tapes: readonly Tape[], more: Partial<BacktestAsked> = {}): BacktestAsked => ({
  ...{ strategy: 'ema-cross', set: {}, tapes, instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null, tags: [] },
  venue: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
  ...more,
});
const refused = (wanted: BacktestAsked): Promise<string> =>
  settled(wanted).then(
    () => 'nothing',
    (error: { lines?: readonly string[]; message: string }) => [...(error.lines ?? []), error.message].join('; '),
  );

test('one stretch of one market is told by one tape', async () => {
  expect(await refused(asked([one, same]))).toContain('one and same hold the same facts');
  expect(await refused(asked([one, other]))).toMatch(/one and other both hold bars of .* from 2022-01-01T/);
  expect(await refused(asked([one, later]))).toBe('nothing');
});

test('trades and bars of one source tell one market twice, whenever they were told; of two sources they are two tellers', async () => {
  const leaveOut = 'leave out one to trade on the trades, or trades to trade on the bars';
  for (const tapes of [
    [one, trades],
    [trades, one],
  ])
    expect(await refused(asked(tapes))).toContain(leaveOut);
  expect(await refused(asked([later, trades]))).toContain('trades and later hold trades and bars of BTC-USD from one source, walk');
  expect(await refused(asked([both]))).toContain('--tape both: holds trades and bars of BTC-USD');
  const elsewhere = walkTape({ folder: join(root, 'tapes', 'elsewhere'), seed: 1, kind: 'trade', count: 300, instrument: 1 });
  expect(await refused(asked([one, elsewhere]))).toBe('nothing');
  expect(await refused(asked([trades, another]))).toBe('nothing');
});

test('a document that says its timeframe is not told another', async () => {
  const donchian = { strategy: 'donchian-breakout' };
  expect(await refused(asked([one], { ...donchian, timeframeUs: 900_000_000 }))).toContain(
    'donchian-breakout says its own timeframe, 300 s',
  );
  expect(await refused(asked([one], { ...donchian, timeframeUs: 300_000_000 }))).toBe('nothing');
});

test('no cash at all is told as what it is', async () => {
  const said = (cash: string) => backtestAsked({ flags: new Flags({ tape: ['one'], cash }), args: ['ema-cross'], json: true }, 'backtest');
  await expect(said('0.00')).rejects.toThrow('--cash 0.00: an account without money trades nothing');
  await expect(said('0.01')).resolves.toMatchObject({ backtest: { cash: 1n } });
});

test('cash that buys no lot is no cash', async () => {
  expect(await refused(asked([one], { cash: 100n }))).toContain('--cash: does not buy one lot');
  expect(await refused(asked([one], { cash: 100n, set: { lots: 3 } }))).toBe('nothing');
});
