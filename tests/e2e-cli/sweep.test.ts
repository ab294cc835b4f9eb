// The command with its worker threads: the same sweep for one and two of them, and Ctrl-C pauses what the same command finishes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FACTS } from '#infra/tape/manifest.ts';
import { walkTape } from '../walk-tape.ts';
import { build, documentOf, Homes, retrace, start, until } from './run.ts';

const homes = new Homes();
beforeAll(() => build(), 120_000);
afterAll(() => homes.remove());

function homeWithTape(count = 1_500): string {
  const home = homes.make();
  walkTape({ folder: join(home, 'tapes', 'walk'), seed: 9, kind: 'bar', count });
  return home;
}

const SWEEP = [
  'sweep',
  'ema-cross',
  '--tape',
  'walk',
  '--param',
  'fast=2..8:2',
  '--param',
  'slow=4..20:4',
  '--where',
  'fast < slow',
  '--json',
];
const PAIRS = [2, 4, 6, 8].flatMap((fast) => [4, 8, 12, 16, 20].filter((slow) => fast < slow)).length;
const bare = (document: Record<string, unknown>) => ({ ...document, took: null, files: null });

test('one thread or two, the same sweep; its best is what a backtest of it says', async () => {
  const [one, two] = [homeWithTape(), homeWithTape()];
  const first = documentOf(await retrace([...SWEEP, '--workers', '1'], one));
  expect(bare(documentOf(await retrace([...SWEEP, '--workers', '2', '--batch', '3'], two)))).toEqual(bare(first));
  expect(first).toMatchObject({ ok: true, trials: PAIRS, counted: PAIRS });
  const [best] = first['best'] as { parameters: Record<string, number>; metrics: Record<string, number>; deflated: number }[];
  const set = Object.entries(best!.parameters).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const alone = documentOf(await retrace(['backtest', 'ema-cross', '--tape', 'walk', ...set, '--json'], one));
  const groups = alone['metrics'] as Record<string, Record<string, number>>;
  expect(groups['Return']!['sharpe']).toBe(best!.metrics['sharpe']);
  // the same run again is no new trial, and is judged by all that were tried
  expect(groups['Confidence']!['deflatedSharpe']).toBe(best!.deflated);
  const [result, png] = first['files'] as string[];
  expect(JSON.parse(readFileSync(result!, 'utf8'))).toMatchObject({ sweep: first['sweep'], trials: PAIRS });
  expect(readFileSync(png!).subarray(1, 4).toString()).toBe('PNG');
});

test('Ctrl-C pauses it; the same command goes on to the same end', async () => {
  const [home, other] = [homeWithTape(4_000), homeWithTape(4_000)];
  const args = [...SWEEP, '--workers', '1', '--batch', '1'];
  const running = start(args, home);
  const trials = (): number => {
    try {
      const [folder] = readdirSync(join(home, 'sweeps'));
      return readFileSync(join(home, 'sweeps', folder!, 'trials.ndjson'), 'utf8').split('\n').length - 1;
    } catch {
      return 0;
    }
  };
  await until(() => trials() > 0, 'the first trial', 60_000);
  running.child.kill('SIGINT');
  const stopped = await running.ended;
  expect([stopped.code, trials() < PAIRS]).toEqual([1, true]);
  expect(documentOf(stopped)).toMatchObject({ ok: false, error: { next: 'the same command goes on where this one stopped' } });
  const finished = documentOf(await retrace(args, home));
  expect(bare(finished)).toEqual(bare(documentOf(await retrace(args, other))));
  expect(trials()).toBe(PAIRS);
}, 180_000);

test('what cannot be swept is refused with every fault', async () => {
  const home = homeWithTape(50);
  const ran = await retrace(
    ['sweep', 'ema-cross', '--tape', 'walk', '--param', 'quick=1..2', '--objective', 'sharp', '--walk', '3x', '--embargo', '2d'],
    home,
  );
  expect(ran.code).toBe(2);
  for (const said of ['--objective sharp: no such metric; did you mean sharpe?', '--walk 3x: is not a training and a test'])
    expect(ran.stderr).toContain(said);
  const param = await retrace(['sweep', 'ema-cross', '--tape', 'walk', '--param', 'quick=1..2'], home);
  expect(param.stderr).toContain('--param quick=1..2: no such parameter of ema-cross');
});

test('a tape that was damaged is named, by whichever thread meets it', async () => {
  const home = homeWithTape();
  const facts = join(home, 'tapes', 'walk', FACTS);
  const bytes = readFileSync(facts);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(facts, bytes);
  const told = await retrace([...SWEEP.slice(0, -1), '--workers', '2'], home);
  expect(told.code).toBe(1);
  expect(told.stderr).toMatch(/facts\.\w+:\d+: .*checksum/);
  expect(told.stderr).toContain('imported again with --replace');
});
