// Strategies of one's own in a running desk: a document and a program are traded, kept, verified, played and branched when their files are gone; a file that
// has changed since is told, and never trades under the old name.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, documentOf, Homes, type Ran, retrace } from './run.ts';

const homes = new Homes();
const home = homes.make();
const own = join(home, 'strategies-here');
type Document = ReturnType<typeof JSON.parse>;
const run = (...args: string[]): Promise<Ran> => retrace(args, home);
async function told(...args: string[]): Promise<Document> {
  const ran = await run(...args, '--json');
  expect(ran.code, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
  return documentOf(ran);
}
const messages = (ran: Ran): string =>
  ran.stderr
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
type Deployed = Readonly<{ id: string; version: string; value: string }>;
const deployed = async (): Promise<readonly Deployed[]> => (await told('state', 'own')).state.strategies;
const kept = (): string[] => readdirSync(join(home, 'strategies')).sort();
const write = (name: string, text: string): void => writeFileSync(join(own, name), text);

const DIPS = `name: dips
about: Buys closes below the average and sells closes above it.
markets:
  main: { timeframe: 5s }
let:
  average: sma(close, 5)
hold:
  long: close < average
sizing: { lots: 20 }
`;
const yaml = (first: string): string => `desk: own
feed: { faults: calm }
instruments: [BTC-USD, ETH-USD]
strategies:
  - ${first}
    instrument: BTC-USD
  - file: strategies-here/flips.ts
    instrument: ETH-USD
    timeframe: 5s
    set: { fast: 3, slow: 8, lots: 100 }
`;

beforeAll(async () => {
  await build();
  mkdirSync(own);
  write('dips.yaml', DIPS);
  await told('strategy', 'new', 'flips', '--typescript');
  renameSync(join(home, 'flips.ts'), join(own, 'flips.ts'));
  program = readFileSync(join(own, 'flips.ts'), 'utf8');
  writeFileSync(join(home, 'retrace.yaml'), yaml('file: strategies-here/dips.yaml'));
}, 300_000);
afterAll(() => homes.remove());

let first: Document;
let program: string;
let versions: Readonly<Record<'dips' | 'flips', string>>;

test('a document and a program trade a paper day, each by its version, and the day verifies hash for hash', {
  timeout: 300_000,
}, async () => {
  first = await told('run', '--ticks', '30000');
  const held = Object.fromEntries(kept().map((name) => [name.slice(64), name.slice(0, 64)]));
  versions = { dips: held['.json']!, flips: held['.js']! };
  expect(kept()).toHaveLength(2);
  const strategies = await deployed();
  expect(strategies.map(({ id, version }) => [id, version])).toEqual([
    ['dips-BTC-USD', versions.dips],
    ['flips-ETH-USD', versions.flips],
  ]);
  for (const instrument of ['BTC-USD', 'ETH-USD'])
    expect((await told('report', 'own')).trades.some((trade: { instrument: string }) => trade.instrument === instrument)).toBe(true);
  expect(await told('verify', 'own')).toMatchObject({ mismatches: 0, runHash: first.runHash });
});

test('what has changed on the disk is told with both versions, and is not traded under the name of the old', {
  timeout: 300_000,
}, async () => {
  write('dips.yaml', DIPS.replace('sma(close, 5)', 'sma(close, 6)'));
  const refused = await run('run', '--ticks', '32000');
  expect([refused.code, messages(refused)]).toEqual([
    2,
    expect.stringMatching(
      new RegExp(
        `retrace\\.yaml:5:11: strategies\\[1\\]\\.file: holds version [0-9a-f]{12} now, and dips-BTC-USD runs version ${versions.dips.slice(0, 12)}: give it another id.* write name: ${versions.dips.slice(0, 12)}`,
      ),
    ),
  ]);
  expect(kept()).toHaveLength(2); // what was not traded is not kept
  expect(await told('verify', 'own')).toMatchObject({ mismatches: 0, runHash: first.runHash });
});

test('the version that runs goes on by its hash, whatever the file holds', { timeout: 300_000 }, async () => {
  writeFileSync(join(home, 'retrace.yaml'), yaml(`name: ${versions.dips.slice(0, 12)}`));
  const went = await told('run', '--ticks', '32000');
  expect(went).toMatchObject({ resumed: true, ticks: 32_000 });
  const strategies = await deployed();
  expect(strategies).toHaveLength(2);
  expect(strategies[0]).toMatchObject({ id: 'dips-BTC-USD', version: versions.dips });
});

test('under another id the new version is deployed by an input, and the old one is stopped', { timeout: 300_000 }, async () => {
  writeFileSync(join(home, 'retrace.yaml'), yaml('file: strategies-here/dips.yaml\n    id: dips-2'));
  const ran = await run('run', '--ticks', '34000', '--json');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/dips-2 trades dips, version [0-9a-f]{12}/)]);
  expect(kept()).toHaveLength(3);
  const strategies = await deployed();
  expect(strategies.map(({ id, value }) => [id, value])).toEqual([
    ['dips-BTC-USD', 'stopped'],
    ['flips-ETH-USD', 'running'],
    ['dips-2', expect.stringMatching(/warming|running/)],
  ]);
  expect(strategies[2]!.version).not.toBe(versions.dips);
});

test('when the files are gone the journal is verified, played and branched all the same', { timeout: 300_000 }, async () => {
  rmSync(own, { recursive: true });
  const verified = await told('verify', 'own');
  expect(verified).toMatchObject({ mismatches: 0 });
  expect(await told('replay', 'own')).toMatchObject({ runHash: verified.runHash, sameAsRecorded: true });
  expect(await told('fork', 'own', '--set', 'fast=4')).toMatchObject({ ok: true });
  const refused = await run('run');
  expect([refused.code, messages(refused)]).toEqual([
    2,
    expect.stringContaining('strategies-here/flips.ts is not there: put it back, or write name:'),
  ]);
  // what it ran with is gone too: it is refused by name, and nothing else runs instead
  renameSync(join(home, 'strategies'), join(home, 'away'));
  const unknown = await run('verify', 'own');
  expect([unknown.code, unknown.stdout + unknown.stderr]).toEqual([1, expect.stringContaining('dips')]);
  renameSync(join(home, 'away'), join(home, 'strategies'));
});

test('faults of a strategy are told by their lines, beside those of the configuration', { timeout: 300_000 }, async () => {
  mkdirSync(own);
  write('dips.yaml', DIPS.replace('sma(close', 'smaa(close'));
  write('flips.ts', program.replace('subscriptions: 1', 'subscriptions: Date.now()'));
  writeFileSync(join(home, 'retrace.yaml'), yaml('file: strategies-here/dips.yaml').replace('calm', 'clam'));
  const refused = await run('config');
  expect(refused.code).toBe(2);
  const lines = messages(refused).split('\n');
  expect(lines[0]).toContain('retrace.yaml:2:17: feed.faults: "clam" is not one of');
  expect(lines.join('\n')).toMatch(/strategies-here\/dips\.yaml:6:12: .*did you mean sma\?/);
  expect(lines.join('\n')).toMatch(/strategies-here\/flips\.ts:\d+:\d+: Date is not there: time is an input/);
});

test('a program that keeps something beside its state does not get to trade', { timeout: 300_000 }, async () => {
  write('dips.yaml', DIPS);
  write(
    'flips.ts',
    program
      .replace('export const strategy', 'let count = 0;\nexport const strategy')
      .replace(
        'wake.conditions.push(',
        "count += 1;\n    wake.conditions.push({ name: 'count', holds: true, numbers: [['count', count]] });\n    wake.conditions.push(",
      ),
  );
  writeFileSync(join(home, 'retrace.yaml'), yaml('file: strategies-here/dips.yaml').replace('desk: own', 'desk: other'));
  const refused = await run('run', '--ticks', '100');
  expect([refused.code, messages(refused)]).toEqual([2, expect.stringMatching(/flips\.ts: .*all it remembers must be in its state/)]);
  expect(existsSync(join(home, 'journals', 'other'))).toBe(false);
});

test('a demo deals them out too, and goes on with what it began with', { timeout: 300_000 }, async () => {
  write('flips.ts', program);
  const asked = ['--strategy', 'strategies-here/dips.yaml', '--strategy', 'strategies-here/flips.ts', '--set', 'fast=3', '--set', 'slow=8'];
  const played = await told('demo', ...asked, '--ticks', '12000');
  expect(played.strategies).toEqual(['dips', 'flips']);
  expect(played.orders).toBeGreaterThan(0);
  expect((await told('demo', ...asked, '--ticks', '12000', '--new')).runHash).toBe(played.runHash);
  write('dips.yaml', DIPS.replace('sma(close, 5)', 'sma(close, 6)'));
  const other = await run('demo', ...asked, '--journal', played.journal, '--ticks', '12500');
  expect([other.code, messages(other)]).toEqual([2, expect.stringContaining('was begun with versions')]);
  expect((await told('demo', ...asked, '--ticks', '12000')).desk).not.toBe(played.desk); // another strategy is another desk
  rmSync(own, { recursive: true });
  const verified = await told('verify', played.journal);
  expect(verified).toMatchObject({ mismatches: 0, runHash: played.runHash });
  expect(await told('demo', '--journal', played.journal, '--ticks', '12500')).toMatchObject({ resumed: true, ticks: 12_500 });
});
