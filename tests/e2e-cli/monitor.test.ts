// A desk in one process, watched from another: what it decides, what it is, and that its end and its return are seen.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { build, documentOf, Homes, type Running, retrace, start, until } from './run.ts';

const homes = new Homes();
const started: Running[] = [];
beforeAll(async () => {
  await build();
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => homes.remove());

function begun(args: readonly string[], home: string): Running {
  const running = start(args, home);
  started.push(running);
  return running;
}

async function demo(home: string, ...more: string[]): Promise<Running> {
  const desk = begun(['demo', '--speed', '20', ...more], home);
  await until(() => /dashboard http/.test(desk.stderr()), 'the desk to say where its dashboard is', 60_000);
  return desk;
}

const DECISION = /^\d\d:\d\d:\d\d (\d+)\.(\d+) \S/;
const decisionsIn = (text: string): string[] => text.split('\n').filter((line) => DECISION.test(line));
const causeOf = (line: string): number => Number(DECISION.exec(line)![1]);

type Row = Readonly<{ of: string; key: string; row: Record<string, unknown> }>;

describe('a desk that runs', () => {
  test('in a pipe each decision of note is a line, once and in order; it ends when its time is over, and the desk goes on', async () => {
    const home = homes.make();
    const desk = await demo(home);
    const ran = await retrace(['monitor', '--for', '6s'], home);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('watching demo-7 (PAPER)');
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^Left demo-7 at number [\d,]+: it goes on\.$/),
      'next: npx retrace status demo-7',
    ]);
    const told = decisionsIn(ran.stdout);
    expect(told.length).toBeGreaterThan(5);
    expect(lines).toHaveLength(told.length + 3);
    expect(ran.stdout).not.toContain('\x1b');
    const places = told.map((line) => DECISION.exec(line)!.slice(1, 3).map(Number) as [number, number]);
    const sorted = [...places].sort(([a, b], [c, d]) => a - c || b - d);
    expect(places).toEqual(sorted);
    expect(new Set(places.map(String)).size).toBe(places.length);
    expect(desk.child.exitCode).toBeNull();
    const explained = await retrace(['explain', 'demo-7', places[0]!.join('.')], home);
    expect(explained.code).toBe(0);
  });

  test('--json is one document of every topic, and says of money, gates and positions what status says', async () => {
    const home = homes.make();
    // the ten minutes it runs ahead, then a market that stands still, so that both are asked about the same moment
    await demo(home, '--speed', '0.000001');
    const seqOf = async (): Promise<unknown> => documentOf(await retrace(['status', '--json'], home))['seq'];
    for (let seq = await seqOf(), before: unknown = null; seq !== before; ) [before, seq] = [seq, await seqOf()];
    const [document, status] = [
      documentOf(await retrace(['monitor', '--json'], home)),
      documentOf(await retrace(['status', '--json'], home)),
    ];
    const topics = document['topics'] as Record<string, readonly Row[]>;
    const told = status as unknown as {
      seq: number;
      gates: { scope: string; of: string; state: string; since: number; lifts: string | null }[];
      accounts: {
        account: string;
        equity: string;
        cash: string;
        drawdown: string;
        positions: { strategy: string; instrument: string; quantity: string; value: string }[];
      }[];
      orders: { order: string; state: string; quantity: string }[];
    };
    expect(document).toMatchObject({ ok: true, command: 'monitor', desk: 'demo-7', mode: 'PAPER', seq: told.seq });
    expect(Object.keys(topics).sort()).toEqual([
      'alerts',
      'candles',
      'decisions',
      'equity',
      'feeds',
      'gate',
      'journal',
      'orders',
      'positions',
      'quotes',
      'system',
      'trades',
    ]);
    const rows = (topic: string) => topics[topic]!.map(({ row }) => row);
    const usd = (of: string) => rows('equity').map((row) => `${row[of]} USD`);
    expect(usd('equity')).toEqual(told.accounts.map(({ equity }) => equity));
    expect(usd('cash')).toEqual(told.accounts.map(({ cash }) => cash));
    expect(usd('drawdown')).toEqual(told.accounts.map(({ drawdown }) => drawdown));
    expect(rows('gate').map(({ scope, of, state, movedBy, lifts }) => ({ scope, of, state, since: movedBy, lifts }))).toEqual(
      told.gates.map(({ scope, of, state, since, lifts }) => ({ scope, of, state, since, lifts })),
    );
    expect(
      rows('positions')
        .map(({ strategy, instrument, lots, value }) => `${strategy} ${instrument} ${lots} ${value} USD`)
        .sort(),
    ).toEqual(
      told.accounts
        .flatMap(({ positions }) =>
          positions.map(({ strategy, instrument, quantity, value }) => `${strategy} ${instrument} ${quantity} ${value}`),
        )
        .sort(),
    );
    expect(told.accounts.flatMap(({ positions }) => positions).length).toBeGreaterThan(0);
    const working = rows('orders').filter(({ state }) => !['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(state as string));
    expect(working.map(({ order, state, lots }) => `${order} ${state} ${lots}`).sort()).toEqual(
      told.orders.map(({ order, state, quantity }) => `${order} ${state} ${quantity}`).sort(),
    );
  });

  test('killed and started again it is found again: what was decided meanwhile is told, nothing twice', async () => {
    const home = homes.make();
    const first = await demo(home);
    const monitor = begun(['monitor'], home);
    await until(() => decisionsIn(monitor.stdout()).length > 3, 'decisions');
    first.child.kill('SIGKILL');
    await first.ended;
    await until(() => monitor.stdout().includes('connection lost'), 'the loss to be told');
    const before = decisionsIn(monitor.stdout());
    await demo(home);
    await until(() => monitor.stdout().split('watching demo-7').length === 3, 'the desk to be found again');
    await until(() => decisionsIn(monitor.stdout()).length > before.length + 3, 'decisions of its second life');
    monitor.child.kill('SIGINT');
    const ran = await monitor.ended;
    expect(ran.code).toBe(0);
    const told = decisionsIn(ran.stdout);
    expect(new Set(told).size).toBe(told.length);
    // what the first life had not on its disk is decided again in the second, and is the same: the rest of a life is in order
    for (const life of ran.stdout.split('watching demo-7')) {
      const causes = decisionsIn(life).map(causeOf);
      expect(causes).toEqual([...causes].sort((a, b) => a - b));
    }
    expect(ran.stdout.match(/connection lost/g)).toHaveLength(1);
  });

  test('who reads the lines may stop: then it ends', async () => {
    const home = homes.make();
    await demo(home);
    const monitor = begun(['monitor'], home);
    await until(() => monitor.stdout().includes('watching'), 'the first line');
    monitor.child.stdout!.destroy();
    expect(await monitor.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe('nobody to watch', () => {
  test('no desk runs, none of that name, or one that tells nobody: exit 3, and what to do', async () => {
    const home = homes.make();
    expect(await retrace(['monitor'], home)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('no desk runs') });
    const desk = begun(['demo', '--no-dashboard'], home);
    await until(() => desk.stdout().includes('demo'), 'the desk');
    let refused = await retrace(['monitor', '--for', '1h'], home);
    if (refused.stderr.includes('no desk runs')) refused = await retrace(['monitor', '--for', '1h'], home);
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toMatch(/desk demo-7 \(process \d+\) cannot be watched: this desk tells nobody/);
    expect(refused.stderr).toContain('next: npx retrace status demo-7');
    const document = documentOf(await retrace(['monitor', '--json'], home));
    expect(document).toMatchObject({ ok: false, desk: 'demo-7', error: { name: 'NotWatched' } });
    expect(await retrace(['monitor', 'other'], home)).toMatchObject({ code: 3, stderr: expect.stringContaining('there runs: demo-7') });
  });

  test('faults are told, and there is help with examples', async () => {
    const home = homes.make();
    const faulty = await retrace(['monitor', '--for', 'long', '--json', '--loud'], home);
    expect(faulty.code).toBe(2);
    const { error } = documentOf(faulty) as unknown as { error: { messages: string[] } };
    expect(error.messages.join('\n')).toMatch(/--loud.*no such flag[\s\S]*--for long/);
    const help = await retrace(['monitor', '--help'], home);
    for (const part of ['Examples:', 'npx retrace monitor --json', '--bell', '--for']) expect(help.stdout).toContain(part);
  });
});
