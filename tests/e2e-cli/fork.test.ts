// The commands that ask what would have been: a branch of a run, kept, verified, compared; a run on trial; and what they refuse.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Block } from '#engine/market/blocks.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { madeTrades, TAPED } from '#tests/results/made-tape.ts';
import { build, documentOf, Homes, type Ran, retrace } from './run.ts';

const homes = new Homes();
const home = homes.make();
afterAll(() => homes.remove());
let run = '';

type Document = ReturnType<typeof JSON.parse>;
const told = async (...args: string[]): Promise<Document> => documentOf(await retrace([...args, '--json'], home));
const CHECKS = ['lookahead', 'state', 'fees', 'latency', 'parameters', 'start', 'jitter', 'best'];
const ROBUST = ['fees', 'latency', 'parameters', 'jitter', 'best'];
const refused = async (...args: string[]): Promise<Ran> => retrace(args, home);

beforeAll(async () => {
  await build();
  mkdirSync(join(home, 'tapes'));
  const sha256 = (...parts: readonly Uint8Array[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const tape = (name: string, trades: Block): void => {
    const writer = new TapeWriter({ folder: join(home, 'tapes', name), digest: { sha256 }, latencyUs: 0 });
    writer.append(trades);
    writer.finish([TAPED], null);
  };
  tape('waves', madeTrades({ seed: 3, ticks: 6_000 }));
  tape('days', madeTrades({ seed: 3, ticks: 2_600, stepUs: 70_000_000 })); // fees fall with the days before
  run = (await told('backtest', 'breakout', '--tape', 'waves', '--set', 'k=3', '--set', 'exit=100')).run;
}, 120_000);

test('a branch tells where it parts, is kept with its parent, verifies, and reports as itself', async () => {
  const fork = await told('fork', run, '--set', 'k=1', '--at', '2026-01-01T05:00:00Z');
  expect(fork).toMatchObject({ ok: true, parent: run, firstDeed: { branch: expect.any(Array) } });
  const { at } = fork.change;
  expect(at).toBeGreaterThan(1_000);
  expect(Number.parseFloat(fork.first.address)).toBeGreaterThan(at);
  expect(fork.differentDecisions.all).toBeGreaterThan(0);
  expect(fork.comparison.runs).toEqual({ a: run, b: fork.run });
  expect(fork.comparison.config).toContainEqual({ field: 'parameters.k', a: '3', b: '1' });
  expect(await told('verify', fork.run)).toMatchObject({ ok: true, mismatches: 0, runHash: fork.runHash });
  expect(await told('report', fork.run)).toMatchObject({ ok: true });
  expect((await told('fork', run, '--set', 'k=1', '--at', String(at))).runHash).toBe(fork.runHash);
  const { runs } = await told('runs', 'ls');
  expect(runs.find(({ id }: { id: string }) => id === fork.run)).toMatchObject({ kind: 'fork', settings: { parent: run } });
  const text = (await retrace(['fork', run, '--set', 'k=1'], home)).stdout;
  expect(text).toContain('The first difference: ');
  expect(text).toMatch(/ {2}baseline {2}.+\n {2}branch {4}.+\n( {4}← .+\n)+/);
}, 120_000);

test('a limit, a fee, a strategy and dropped numbers each make a branch that verifies', async () => {
  for (const args of [
    ['--limit', 'maxPositionLots=2'],
    ['--limit', 'softDailyLoss=10.50', '--at', '3000'],
    ['--fee', '20', '--latency', '2s'],
    ['--drop', '1000-1200', '--drop', '1300'],
    ['--strategy', 'ema-cross', '--at', '2000'],
  ]) {
    const fork = await told('fork', run, ...args);
    expect(fork).toMatchObject({ ok: true, parent: run });
    expect(fork.differentDecisions.all, args.join(' ')).toBeGreaterThan(0);
    expect(await told('verify', fork.run), args.join(' ')).toMatchObject({ ok: true, mismatches: 0 });
  }
}, 120_000);

test('what cannot be changed is refused by its name', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /nothing is changed/],
    [['--cash', '5'], /--cash: a branch holds what its baseline holds/],
    [['--set', 'kk=1'], /kk: no such parameter of breakout/],
    [['--limit', 'maxPositionLot=1'], /--limit maxPositionLot=1: did you mean maxPositionLots\?/],
    [['--limit', 'maxOrderLots=1.5'], /is not a whole number/],
    [['--at', '99999999', '--fee', '1'], /holds numbers 1 to/],
    [['--at', 'noon', '--fee', '1'], /neither a number nor a time/],
    [['--at', '3000', '--drop', '2000'], /the branch begins behind number 3000/],
    [['--drop', '9-2'], /--drop 9-2: is not a number/],
  ];
  for (const [args, words] of cases) {
    const { code, stderr } = await refused('fork', run, ...args);
    expect(code, args.join(' ')).toBe(2);
    expect(stderr).toMatch(words);
  }
}, 120_000);

test('an audit answers question by question, the same for the same seed, and its exit says whether one failed', async () => {
  const ran = await retrace(['audit', run, '--quick', '--json'], home);
  const { checks, failed, ok } = documentOf(ran) as unknown as {
    checks: { check: string; verdict: string; why: string }[];
    failed: number;
    ok: boolean;
  };
  expect(checks.map(({ check }) => check)).toEqual(CHECKS);
  expect(checks.slice(0, 2).map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
  expect([ok, ran.code]).toEqual(failed === 0 ? [true, 0] : [false, 1]);
  for (const { why } of checks) expect(why.length).toBeGreaterThan(20);
  expect(documentOf(await retrace(['audit', run, '--quick', '--json'], home))).toEqual(documentOf(ran));
  const severe = await retrace(['audit', run, '--quick', '--kept', 'jitters=5'], home);
  expect([severe.code, severe.stderr]).toEqual([2, expect.stringContaining('--kept jitters=5: is not of fees, latency')]);
}, 180_000);

test('a branch is audited like a backtest, but for its beginning', async () => {
  const fork = await told('fork', run, '--fee', '7', '--at', '3000');
  const { checks } = await told('audit', fork.run, '--quick');
  expect(checks.map(({ check }: { check: string }) => check)).toEqual(CHECKS);
  expect(checks.slice(0, 2)).toMatchObject([{ verdict: 'passed' }, { verdict: 'passed', numbers: { restored: expect.any(Number) } }]);
  expect(checks.find(({ check }: { check: string }) => check === 'start')).toMatchObject({
    verdict: 'silent',
    said: expect.stringContaining('parts at a number'),
  });
}, 180_000);

test('a branch from the beginning is asked what a backtest of its settings is asked: every tier, every delay, every price', async () => {
  const table = join(home, 'delays.csv');
  writeFileSync(table, 'time,latency\n00:00,12s\n12:00,14s\n');
  const venue = ['--fee', '0.5', '--fee-tiers', '100:0:0.4', '--latency', `recorded:${table}`];
  const traded = async (k: string) =>
    (await told('backtest', 'breakout', '--tape', 'days', '--set', `k=${k}`, '--set', 'exit=100', ...venue)).run;
  const branch = (await told('fork', await traded('3'), '--set', 'k=1')).run;
  type Row = { check: string; said: string; numbers: object };
  const rows = async (id: string): Promise<Row[]> =>
    ((await told('audit', id, '--quick', '--seed', '2')).checks as Row[]).filter(({ check }) => ROBUST.includes(check));
  const own = await rows(await traded('1'));
  expect(await rows(branch)).toEqual(own);
  expect(own.find(({ check }) => check === 'latency')!.said).toContain('recorded × 5');
}, 180_000);

test('a recorded day is branched, and its branch again; each is kept, verifies, and reports as itself', async () => {
  await told('demo', '--ticks', '40000', '--seed', '7');
  const day = await told('fork', 'demo-7', '--set', 'slow=30', '--at', '20000');
  expect(day).toMatchObject({ ok: true, parent: 'demo-7', equity: { currency: 'USD' } });
  expect(Number.parseFloat(day.first.address)).toBeGreaterThan(20_000);
  expect(await told('verify', day.run)).toMatchObject({ ok: true, mismatches: 0, runHash: day.runHash });
  expect(await told('report', day.run)).toMatchObject({ run: { name: day.run, hash: day.runHash } });
  const report = await told('report', 'demo-7', '--gate-value');
  expect(report.run.name).toBe('demo-7');
  for (const { guard, refused, value } of report.gateValue)
    expect([guard, refused > 0, value]).toEqual([expect.any(String), true, expect.any(String)]);
  const again = await told('fork', day.run, '--limit', 'maxOrderLots=1', '--at', '30000');
  expect(again).toMatchObject({ ok: true, parent: day.run });
  expect(await told('verify', again.run)).toMatchObject({ ok: true, mismatches: 0, runHash: again.runHash });
  expect(await told('compare', day.run, again.run)).toMatchObject({ ok: true });
  for (const [args, words] of [
    [['fork', day.run, '--set', 'fast=5'], /parts at number 20000; part from there on/],
    [['fork', 'demo-7', '--fee', '3', '--of', 'BTC-USD'], /fees and latency are of an account's venue/],
    [['fork', 'demo-7', '--inside'], /no account of demo-7 is at an outside venue/],
    [['fork', 'demo-7', '--fee', '3', '--account', 'mine'], /--account mine: no account of that name; there are: paper/],
  ] as const) {
    const { code, stderr } = await refused(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  }
}, 180_000);
