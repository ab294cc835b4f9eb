// A quant's first hour: a file becomes a tape, a strategy runs over it, and what it did is verified, explained, reported and compared.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realOrTwin, scratch } from '../import-twins.ts';
import { build, Homes, ROOT, retrace } from './run.ts';

const homes = new Homes();
const write = scratch();
let home = '';
beforeAll(async () => {
  await build();
  home = homes.make();
});
afterAll(() => homes.remove());

/** Enough to trade. */
const FEW_DAYS = ['--to', '2022-01-04'];

type Json = Readonly<Record<string, unknown>>;
async function json(args: readonly string[]): Promise<Json> {
  const { stdout, stderr, code } = await retrace([...args, '--json'], home);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Json;
}
const bars = realOrTwin('btc-perp-20211231-20220201_1m.csv', write);
const trades = realOrTwin('btcusdt-trades.parquet', write);

test(`a month of minutes (${bars.real ? 'the real file' : 'a twin of the file, which is not here'}) becomes a tape, and the same again`, async () => {
  const made = await json(['import', bars.path, '--tape', 'btc-1m', '--instrument', 'BTC-PERP']);
  expect(made['rowsIn']).toBe((made['rowsKept'] as number) + (made['rowsQuarantined'] as number));
  expect(made['rowsKept']).toBeGreaterThan(100);
  const again = await retrace(['import', bars.path, '--tape', 'btc-1m', '--instrument', 'BTC-PERP'], home);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('a tape btc-1m is there already')]);
  expect((await json(['import', bars.path, '--tape', 'btc-1m', '--instrument', 'BTC-PERP', '--replace']))['hash']).toBe(made['hash']);
  expect((await json(['tape', 'check', 'btc-1m']))['wrong']).toBeNull();
  for (const file of ['out.csv.gz', 'out.parquet']) {
    await json(['export', 'btc-1m', join(home, file)]);
    const [{ tick, lot }] = (await json(['tape', 'show', 'btc-1m']))['instruments'] as [{ tick: string; lot: string }];
    const name = file.replaceAll('.', '-');
    const back = await json(['import', join(home, file), '--tape', name, '--instrument', 'BTC-PERP', '--tick', tick, '--lot', lot]);
    expect([file, back['hash']]).toEqual([file, made['hash']]);
  }
}, 120_000);

test('a backtest is a run that comes out the same, verifies, and explains its orders down to the bar', async () => {
  const args = ['backtest', 'ema-cross', '--tape', 'btc-1m', '--set', 'fast=5', '--set', 'slow=20', ...FEW_DAYS];
  const first = await json(args);
  expect(first).toMatchObject({ ok: true, command: 'backtest', again: false });
  expect(first['fills']).toBe((first['ledger'] as unknown[]).length);
  const again = await json(args);
  expect([again['again'], again['runHash'], again['run']]).toEqual([true, first['runHash'], first['run']]);
  const verdict = await json(['verify', first['run'] as string]);
  expect([verdict['mismatches'], verdict['runHash'], verdict['ticks']]).toEqual([0, first['runHash'], first['ticks']]);
  const [{ order }] = first['ledger'] as [{ order: string }];
  const told = await retrace(['explain', first['run'] as string, order], home);
  expect([told.code, told.stdout]).toEqual([0, expect.stringMatching(/wanted because fast [\d.]+ was (above|below) slow|crossed/)]);
}, 120_000);

test('a run is reported by playing it again: in the terminal, as a page, a picture and tables', async () => {
  const { stdout, code } = await retrace(['report', 'ema-cross', '--png', '--parquet', '--out', home], home);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Sharpe ratio/);
  expect(
    Math.max(
      ...stdout
        .split('\n')
        .filter((line) => !/^(wrote|next)/.test(line))
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
  const files = [...stdout.matchAll(/^wrote (.*)$/gm)].map(([, file]) =>
    file!
      .split('/')
      .at(-1)!
      .replace(/^ema-cross-[0-9a-f]{8}-/, ''),
  );
  expect(files).toEqual(['report.html', 'report.png', 'equity.parquet', 'fills.parquet', 'trades.parquet', 'metrics.parquet']);
  const [page] = [...stdout.matchAll(/^wrote (.*\.html)$/gm)].map(([, file]) => file!);
  expect(readFileSync(join(home, page!.split('/').at(-1)!), 'utf8')).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
}, 120_000);

test('two runs are compared, listed, tagged; what is altered on the tape is told', async () => {
  const other = await json([
    'backtest',
    'ema-cross',
    '--tape',
    'btc-1m',
    '--set',
    'fast=8',
    '--set',
    'slow=20',
    '--tag',
    'slower',
    ...FEW_DAYS,
  ]);
  const { runs } = (await json(['runs', 'ls'])) as { runs: { id: string; tags: string[] }[] };
  expect(runs.map(({ id }) => id)).toContain(other['run']);
  expect(((await json(['runs', 'ls', '--tag', 'slower']))['runs'] as unknown[]).length).toBe(1);
  const [one, two] = runs.map(({ id }) => id);
  const { stdout } = await retrace(['compare', one!, two!], home);
  expect(stdout).toMatch(/parameters\.fast[\s\S]*First different fill/);
  const facts = join(home, 'tapes', 'btc-1m', 'facts.frames');
  const bytes = readFileSync(facts);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(facts, bytes);
  const broken = await retrace(['verify', one!], home);
  expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining('does not fit its checksum')]);
  expect((await retrace(['tape', 'check', 'btc-1m'], home)).code).toBe(1);
  // another tape of the same facts serves as well; without any the run says what to do
  rmSync(join(home, 'tapes', 'btc-1m'), { recursive: true });
  expect((await json(['verify', one!]))['mismatches']).toBe(0);
  for (const name of ['out-csv-gz', 'out-parquet']) rmSync(join(home, 'tapes', name), { recursive: true });
  expect((await retrace(['report', one!], home)).stderr).toContain('import it again: the same files give the same hash');
}, 120_000);

test(`a strategy written as a document trades ticks (${trades.real ? 'the real file' : 'a twin'}); its version is kept, and its run verifies without the file`, async () => {
  await json(['import', trades.path, '--tape', 'ticks', '--instrument', 'BTCUSDT', '--source', 'binance']);
  expect((await retrace(['strategy', 'new', 'mine', '--like', 'ema-cross'], home)).code).toBe(0);
  const file = join(home, 'mine.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('ema(close, slow)', 'emma(close, slow)'));
  const wrong = await retrace(['strategy', 'check', 'mine.yaml'], home);
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringMatching(/mine\.yaml:\d+:\d+: "emma".*did you mean ema\?/)]);
  writeFileSync(file, text);
  const run = await json([
    'backtest',
    'mine.yaml',
    '--tape',
    'ticks',
    '--timeframe',
    '1s',
    '--set',
    'fast=3',
    '--set',
    'slow=8',
    '--latency',
    '0s',
  ]);
  expect(run['orders']).toBeGreaterThan(0);
  rmSync(file);
  expect((await json(['verify', run['run'] as string]))['mismatches']).toBe(0);
  expect(existsSync(join(home, 'strategies'))).toBe(true);
}, 120_000);

test.each([
  [['backtest', 'ema-cros', '--tape', 'ticks'], 2, 'did you mean ema-cross?'],
  [['backtest', 'ema-cross', '--tape', 'tiks'], 2, 'did you mean ticks?'],
  [['backtest', 'ema-cross'], 2, '--tape: is missing'],
  [['backtest', 'ema-cross', '--tape', 'ticks', '--set', 'fst=3'], 2, 'fst: no such parameter of ema-cross'],
  [['backtest', 'ema-cross', '--tape', 'ticks', '--from', '2031-01-01'], 2, 'nothing lies between --from and --to'],
  [['backtest', 'pairs', '--tape', 'ticks'], 2, 'which instrument is the market other of pairs?'],
  [['import', 'no-such.csv'], 2, 'no-such.csv: no such file'],
  [['report', 'nothing'], 2, 'no run of that name'],
] as const)('%j is refused in words', async (args, code, words) => {
  const ran = await retrace(args, home);
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(words)]);
});

test("the guide's commands do what it says", async () => {
  const guide = readFileSync(join(ROOT, 'docs', 'backtesting.md'), 'utf8');
  const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block]) => block!.split('\n'))
    .flatMap((line) => (line.startsWith('npx retrace ') ? [line.slice(12).replace(/ +#.*$/, '')] : []));
  expect(commands.length).toBeGreaterThan(12);
  const fresh = homes.make();
  for (const command of commands) {
    const args = command.split(/ +/).map((word) => word.replace('$RETRACE_DATA/btc-perp-20211231-20220201_1m.csv', bars.path));
    const { code, stderr } = await retrace(args, fresh);
    expect([command, code, stderr.slice(0, 300)]).toEqual([command, 0, expect.any(String)]);
  }
}, 240_000);
