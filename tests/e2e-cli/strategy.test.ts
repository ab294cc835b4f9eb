// A strategy as a program, from the first file to a run that verifies when the file is gone: begun, checked, told in stories, played, branched,
// tried, swept, kept, compared and renamed.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { walkTape } from '../walk-tape.ts';
import { build, documentOf, Homes, type Ran, retrace } from './run.ts';

const homes = new Homes();
const home = homes.make();
afterAll(() => homes.remove());
beforeAll(async () => {
  await build();
  walkTape({ folder: join(home, 'tapes', 'walk'), seed: 9, kind: 'bar', count: 1_500 });
}, 300_000);

type Document = ReturnType<typeof JSON.parse>;
const run = (...args: string[]): Promise<Ran> => retrace(args, home);
async function told(...args: string[]): Promise<Document> {
  const ran = await run(...args, '--json');
  expect(ran.code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
  return documentOf(ran);
}
const file = (name: string): string => join(home, name);
const change = (name: string, from: string | RegExp, to: string): void => {
  const text = readFileSync(file(name), 'utf8');
  expect(text).not.toBe(text.replace(from, to));
  writeFileSync(file(name), text.replace(from, to));
};
const SET = ['--set', 'fast=3', '--set', 'slow=8'];
let first: Document;

test('it is begun with a story, an editor finds its types, and both are right', async () => {
  expect((await told('strategy', 'new', 'mine', '--typescript')).files).toEqual(['mine.ts', 'mine.story.yaml', 'tsconfig.json']);
  expect((await run('strategy', 'new', 'mine', '--typescript')).stderr).toContain('mine.ts is there already');
  const { compilerOptions } = JSON.parse(readFileSync(file('tsconfig.json'), 'utf8')) as Document;
  expect(existsSync(join(home, compilerOptions.paths['retrace/strategy'][0]))).toBe(true);
  expect((await told('strategy', 'check', 'mine.ts')).files[0]).toMatchObject({
    faults: [],
    version: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(await told('strategy', 'test', 'mine.ts')).toMatchObject({ failed: 0, passed: 3 });
}, 300_000);

test('a fault has its place, and an exit of its own', async () => {
  const text = readFileSync(file('mine.ts'), 'utf8');
  change('mine.ts', 'if (missing === 0) return;', 'if (missing === 0 || Date.now() < 0) return;');
  const wrong = await run('strategy', 'check', 'mine.ts');
  expect([wrong.code, wrong.stdout]).toEqual([
    1,
    expect.stringMatching(/mine\.ts:\d+:\d+: Date is not there: time is an input.*\n.*Date\.now\(\)/),
  ]);
  expect((await run('backtest', 'mine.ts', '--tape', 'walk')).stderr).toContain('Date is not there');
  writeFileSync(
    file('mine.ts'),
    text.replace('import { Ema,', "import { readFileSync } from 'node:fs';\nimport { Ema,").replace('fast.push', 'readFileSync; fast.push'),
  );
  expect((await run('strategy', 'check', 'mine.ts')).stdout).toMatch(
    /mine\.ts:\d+:\d+: imports node:fs: a strategy imports retrace\/strategy/,
  );
  writeFileSync(file('mine.ts'), text);
}, 300_000);

test('a changed rule is a failed story with a difference, until it is written as wanted', async () => {
  const text = readFileSync(file('mine.ts'), 'utf8');
  change('mine.ts', 'above ? lots :', 'above ? 2 * lots :');
  const failed = await run('strategy', 'test', 'mine.ts');
  expect([failed.code, failed.stdout]).toEqual([
    1,
    expect.stringMatching(
      /FAILED {2}sells into the fall[\s\S]*- bar 7 buy 20 at market, long holds\n[\s\S]*\+ bar 7 buy 30 at market, long holds/,
    ),
  ]);
  expect(await told('strategy', 'test', 'mine.ts', '--update')).toMatchObject({ failed: 0, written: 1 });
  expect(await told('strategy', 'test', 'mine.ts', '--update')).toMatchObject({ failed: 0, written: 0 });
  writeFileSync(file('mine.ts'), text);
  expect((await run('strategy', 'test', 'mine.ts')).code).toBe(1);
  expect(await told('strategy', 'test', 'mine.ts', '--update')).toMatchObject({ failed: 0, written: 1 });
}, 300_000);

test('its run is that of the document it was begun as, and verifies when the file has changed or is gone', async () => {
  first = await told('backtest', 'mine.ts', '--tape', 'walk', ...SET);
  expect(first.orders).toBeGreaterThan(10);
  await told('strategy', 'new', 'twin');
  const twin = await told('backtest', 'twin.yaml', '--tape', 'walk', ...SET);
  expect(twin.ledger).toEqual(first.ledger);
  const text = readFileSync(file('mine.ts'), 'utf8');
  change('mine.ts', 'fast.value > slow.value', 'fast.value < slow.value');
  expect(await told('verify', first.run)).toMatchObject({ mismatches: 0, runHash: first.runHash });
  rmSync(file('mine.ts'));
  expect(await told('verify', first.run)).toMatchObject({ mismatches: 0, runHash: first.runHash });
  expect(await told('report', first.run)).toMatchObject({ ok: true });
  expect((await told('explain', first.run, first.ledger[0].order)).ok).toBe(true);
  writeFileSync(file('mine.ts'), text);
  expect(await told('backtest', 'mine.ts', '--tape', 'walk', ...SET)).toMatchObject({
    again: true,
    run: first.run,
    runHash: first.runHash,
  });
}, 300_000);

test('what is kept and has other bytes now is not what ran', async () => {
  const folder = join(home, 'strategies');
  const [kept] = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const text = readFileSync(join(folder, kept!), 'utf8');
  writeFileSync(join(folder, kept!), text.replace('fast.value >', 'fast.value <'));
  const broken = await run('verify', first.run);
  expect([broken.code === 0, broken.stdout + broken.stderr]).toEqual([false, expect.stringContaining('mine')]);
  writeFileSync(join(folder, kept!), text);
  expect(await told('verify', first.run)).toMatchObject({ mismatches: 0 });
}, 300_000);

test('it is branched, put on trial and swept as any other', async () => {
  const fork = await told('fork', first.run, '--set', 'fast=2', '--at', '700');
  expect(await told('verify', fork.run)).toMatchObject({ mismatches: 0 });
  const audit = documentOf(await run('audit', first.run, '--quick', '--json')) as Document;
  expect(JSON.stringify(audit)).not.toContain('faulted');
  const sweep = await told('sweep', 'mine.ts', '--tape', 'walk', '--param', 'fast=2..4:1', '--param', 'slow=6,9', '--workers', '2');
  expect(sweep).toMatchObject({ trials: 6, counted: expect.any(Number) });
  // a strategy of another file in the place of it
  const other = await told('fork', first.run, '--strategy', 'twin.yaml');
  expect(await told('verify', other.run)).toMatchObject({ mismatches: 0 });
}, 300_000);

test('it is kept, compared line by line, and renamed with its history', async () => {
  const saved = await told('strategy', 'save', 'mine.ts');
  expect(saved).toMatchObject({ name: 'mine', new: false });
  change('mine.ts', 'Math.abs(missing)', 'Math.abs(missing) + 0');
  const diff = await told('strategy', 'diff', saved.version.slice(0, 12), 'mine.ts');
  expect(diff.differences.filter((line: string) => /^[-+]/.test(line))).toEqual([
    expect.stringMatching(/^- +lots: Math\.abs\(missing\),$/),
    expect.stringMatching(/^\+ +lots: Math\.abs\(missing\) \+ 0,$/),
  ]);
  expect((await run('strategy', 'diff', 'mine.ts', 'twin.yaml')).stderr).toContain('npx retrace strategy test of both');
  const before = (await told('runs', 'ls', '--strategy', 'mine')).runs.length;
  expect(before).toBeGreaterThan(1);
  const renamed = await told('strategy', 'rename', 'mine.ts', 'my-trend');
  expect(renamed.files).toEqual(['my-trend.ts', 'my-trend.story.yaml']);
  expect(await told('strategy', 'test', 'my-trend.ts')).toMatchObject({ failed: 0 });
  expect((await told('runs', 'ls', '--strategy', 'my-trend')).runs.length).toBe(before);
  expect(await told('verify', first.run)).toMatchObject({ mismatches: 0 });
  expect((await run('strategy', 'ls')).stdout).toMatch(/my-trend \(was mine\) +kept/);
  expect((await run('strategy', 'rename', 'twin.yaml', 'my-trend')).stderr).toContain('is the name of another strategy');
  expect((await run('strategy', 'rename', 'ema-cross', 'x')).stderr).toContain('comes with this build');
  const next = await told('backtest', 'my-trend.ts', '--tape', 'walk', ...SET);
  expect(next.run).toMatch(/^my-trend-/);
}, 300_000);

test('who throws is stopped, and a person is told where', async () => {
  change('my-trend.ts', 'fast.push(bar.close);', "if (bar.close > 0 && slow.ready) throw new Error('enough');\n    fast.push(bar.close);");
  const ran = await run('backtest', 'my-trend.ts', '--tape', 'walk', ...SET);
  expect(ran.stderr).toMatch(/my-trend threw and is stopped: my-trend\.ts:\d+:\d+: enough/);
  expect((await run('strategy', 'check', 'my-trend.ts')).stdout).toMatch(/my-trend\.ts:\d+:\d+: enough/);
}, 300_000);
