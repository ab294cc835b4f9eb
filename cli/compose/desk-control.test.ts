// A real desk commanded over its real socket: the answer is the desk's own decision, and is durable before it is told.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Frame } from '#engine/journal/frame.ts';
import { JournalStalled } from '#engine/journal/port.ts';
import { catalogue } from '#engine/strategy/samples.ts';
import type { AccountId, OrderId, Seq, Sha256, StrategyId, TimeUs } from '#engine/values.ts';
import { askDesk } from '#infra/control/client.ts';
import type { Asked, ControlDesk } from '#infra/control/port.ts';
import { openControl } from '#infra/control/server.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { explain } from '#replay/explain.ts';
import { ManualClock } from '#streams/clock.ts';
import { Sequencer } from '#streams/sequencer.ts';
import { openDemo } from './demo-desk.ts';
import { DEMO_STANDARD, DEMO_START, demoInputs } from './demo-settings.ts';
import { CommandAnswers, DURABLE_WITHIN_US, deskControl } from './desk-control.ts';
import type { DeskStatus } from './desk-status.ts';
import { nodeDigest } from './digest.ts';
import { DiskForecast } from './disk-forecast.ts';
import { journalNamed } from './journal-reader.ts';
import { LiveDesk, type SegmentedJournal } from './live-desk.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function demoDesk(ticks: number, wait = true) {
  const home = mkdtempSync(join(tmpdir(), 'retrace-desk-'));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'journals', 'demo-7');
  const answers = new CommandAnswers();
  const desk = await openDemo(folder, DEMO_STANDARD, answers.hear);
  cleanups.push(() => desk.live.close());
  const playing = desk.play(Number.POSITIVE_INFINITY, ticks);
  if (wait) await playing;
  const stops: string[] = [];
  const stop = (how: string) => void stops.push(how);
  const control = deskControl({
    ...{ live: desk.live, sequencer: desk.sequencer, answers, folder, time: 'data', stop },
    disk: DiskForecast.of(folder),
  });
  return { home, folder, desk, control, stops, playing };
}

let keys = 0;
const asked = (command: Asked['command'], sawSeq: number | null = null): Asked => ({ key: `k${keys++}`, by: 'test', sawSeq, command });
const statusFrom = (control: ControlDesk) => control.status() as unknown as DeskStatus;

describe('a desk on files', () => {
  test('is asked over its socket, and answers with a decision that explain knows', async () => {
    const { home, folder, desk, control, stops } = await demoDesk(100_000);
    const server = await openControl({ home, desk: 'demo-7', handler: control, about: { build: 'b', journal: folder, breaker: null } });
    cleanups.push(() => server.close());
    const where = { home, desk: null };
    const status = (await askDesk(where, { do: 'status' }, 5000)) as unknown as DeskStatus;
    expect(status).toMatchObject({ desk: 'demo-7', mode: 'PAPER', halted: null, inputAgeUs: null, breaker: null, killedAt: null });
    expect(status.health.live).toBe(true);
    const { strategy } = status.strategies.find(({ state }) => state === 'running')!;
    const pause = { do: 'command', ...asked({ do: 'Pause', strategy: strategy as StrategyId }, status.seq) } as const;
    const answered = await askDesk(where, pause, 5000);
    expect(answered).toMatchObject({ seq: desk.live.run.desk.seq, ok: true, why: '', durable: true });
    expect(await askDesk(where, pause, 5000)).toMatchObject({ ok: true, why: 'repeated', seq: answered.seq + 1 });
    const after = (await askDesk(where, { do: 'status' }, 5000)) as unknown as DeskStatus;
    expect(after.strategies.find((one) => one.strategy === strategy)!.state).toBe('paused');
    expect(after.gates.find(({ of }) => of === strategy)).toMatchObject({
      state: 'CANCEL_ONLY',
      reasons: [{ cause: 'paused', of: strategy, text: `paused: ${strategy}`, lifts: `npx retrace resume ${strategy}` }],
    });
    const told = await explain(journalNamed(folder).reader, answered.address!, { digest: nodeDigest, catalogue });
    expect(JSON.stringify(told)).toContain('CommandAnswered');
    await askDesk(where, { do: 'stop', how: 'graceful' }, 5000);
    expect(stops).toEqual(['graceful']);
  });

  test('explain tells an order by both names, what a replace asked for and got, and what a command did', async () => {
    const { control, desk, folder, playing } = await demoDesk(200_000, false);
    const protects = () =>
      [...desk.live.run.desk.parts.orders.working].find(({ living }) => living.value === 'LIVE' && living.context.stop);
    while (protects() === undefined) await new Promise((resolve) => setImmediate(resolve));
    const order = protects()!;
    const { lots, limit, stop } = order.living.context;
    const further = order.side === 'sell' ? stop! - 10 : stop! + 10;
    const replaced = await control.command(asked({ do: 'ReplaceOrder', order: order.id, lots, limit, stop: further }));
    expect(replaced).toMatchObject({ ok: true });
    await playing;
    const why = (what: string) => explain(journalNamed(folder).reader, what, { digest: nodeDigest, catalogue });
    const told = await why(order.clientId);
    expect(told).toMatchObject({ ok: true, subject: order.clientId, order: { order: order.id, clientId: order.clientId } });
    expect(told.sentence).toContain(`(client id ${order.clientId})`);
    const [, terms, price] = /; replace( to \S+ once (\S+) is reached) asked for at/.exec(told.sentence)!;
    expect(told.sentence).toContain(`; replaced${terms} at `);
    const request = told.chain.find(({ what }) => what.startsWith(`replace of order ${order.id}${terms} was asked of the venue`));
    expect(request?.numbers).toMatchObject({ clientId: order.clientId, stop: price });
    expect((await why(replaced.address!)).sentence).toContain('It led to (orders): 1 replaced.');

    const held = statusFrom(control).accounts[0]!;
    const flattened = await control.command(asked({ do: 'Flatten', account: held.account as AccountId }));
    const { sentence, chain } = await why(flattened.address!);
    expect(held.positions.length).toBeGreaterThan(0);
    expect(sentence).toMatch(/commanded: Flatten paper\. It led to \(orders\): .*\d+ approved, \d+ sent/);
    expect(chain.filter(({ type }) => type === 'OrderApproved').length).toBeGreaterThan(0);
    const nothing = await control.command(asked({ do: 'Pause', strategy: 'nobody' as StrategyId }));
    expect((await why(nothing.address!)).sentence).toMatch(
      /was not done: unknown, because .* commanded: Pause nobody\. It changed nothing\.$/,
    );
  });

  test('a stale command, one of nobody, one not for now', async () => {
    const { control } = await demoDesk(5_000);
    const strategy = 'nobody' as StrategyId;
    expect(await control.command(asked({ do: 'Pause', strategy }))).toMatchObject({ ok: false, why: 'unknown' });
    expect(await control.command(asked({ do: 'Arm', scope: 'global', of: '*' }, 0))).toMatchObject({ ok: false, why: 'stale' });
    expect(await control.command(asked({ do: 'Arm', scope: 'global', of: '*' }))).toMatchObject({
      ok: false,
      why: 'not now',
      numbers: [['now', 'OPEN']],
    });
    expect(await control.command(asked({ do: 'CancelOrder', order: '1.1' as OrderId }))).toMatchObject({ ok: false, why: 'unknown' });
  });

  test('a key counts per command, whatever order its fields are set in, and may be as long as a name', async () => {
    const { control } = await demoDesk(60_000);
    const running = statusFrom(control).strategies.filter((one) => one.state === 'running');
    const [strategy, other] = running.map((one) => one.strategy as StrategyId);
    const give = async (key: string, command: Asked['command']) => (await control.command({ key, by: 'test', sawSeq: null, command })).why;
    const state = (of: string) => statusFrom(control).strategies.find((one) => one.strategy === of)!.state;
    for (const key of ['k', 'long'.repeat(50)]) {
      expect(await give(key, { do: 'Pause', strategy: strategy! })).toBe('');
      expect(await give(key, { strategy: strategy!, do: 'Pause' })).toBe('repeated');
      expect(await give(key, { do: 'Pause', strategy: other! })).toBe('');
      expect(await give(key, { do: 'Resume', strategy: strategy! })).toBe('');
      expect(await give(key, { do: 'Resume', strategy: other! })).toBe('');
      expect([state(strategy!), state(other!)]).toEqual(['running', 'running']);
    }
  });

  test('a paper account that holds nothing begins again', async () => {
    const { control } = await demoDesk(5_000);
    const account = statusFrom(control).accounts[0]!.account as AccountId;
    expect(await control.command(asked({ do: 'Reset', account, cash: 123_45n }))).toMatchObject({ ok: true, why: '' });
    expect(statusFrom(control).accounts[0]).toMatchObject({ equity: '123.45 USD', drawdown: '0.00 USD' });
    expect(await control.command(asked({ do: 'AcceptVenue', account }))).toMatchObject({ ok: false, why: 'unknown' });
  });

  test('a kill is seen in health, and its number is what lifts it', async () => {
    const { control } = await demoDesk(5_000);
    expect(control.health()).toEqual({ live: true, ready: true, reasons: [] });
    const { seq } = await control.command(asked({ do: 'Kill', why: 'test' }));
    expect(statusFrom(control).killedAt).toBe(seq);
    expect(statusFrom(control).gates[0]).toMatchObject({ scope: 'global', state: 'KILLED', lifts: `npx retrace disarm --kill ${seq}` });
    expect(control.health()).toEqual({ live: true, ready: false, reasons: ['the desk is KILLED'] });
    expect(await control.command(asked({ do: 'Disarm', killedAt: seq - 1 }))).toMatchObject({ ok: false, why: 'not now' });
    expect(await control.command(asked({ do: 'Disarm', killedAt: seq }))).toMatchObject({ ok: true });
    expect(statusFrom(control).gates[0]).toMatchObject({ state: 'ARMED', lifts: 'npx retrace arm' });
    expect(await control.command(asked({ do: 'Arm', scope: 'global', of: '*' }))).toMatchObject({ ok: true });
    expect(control.health().ready).toBe(true);
  });

  test('while ticks are played, many commands at once are each answered by their own decision', async () => {
    const { control, playing } = await demoDesk(200_000, false);
    while (statusFrom(control).seq < 10_000) await new Promise((resolve) => setImmediate(resolve));
    const strategy = statusFrom(control).strategies[0]!.strategy as StrategyId;
    const account = statusFrom(control).accounts[0]!.account as AccountId;
    const answered = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        control.command(asked(index % 2 === 0 ? { do: 'Flatten', account } : { do: 'Pause', strategy: `${strategy}x` as StrategyId })),
      ),
    );
    const { seq: last } = statusFrom(control);
    await playing;
    expect(statusFrom(control).seq).toBeGreaterThan(last); // it was still playing
    expect(answered.map(({ why }) => why)).toEqual(answered.map((_, index) => (index % 2 === 0 ? '' : 'unknown')));
    expect(new Set(answered.map(({ address }) => address)).size).toBe(40);
    for (const { seq, address, durable } of answered) expect([address!.split('.')[0], durable]).toEqual([String(seq), true]);
  });

  test('orders are told in the measure of their instrument', async () => {
    const { control, desk } = await demoDesk(30_000);
    const { working } = desk.live.run.desk.parts.orders;
    const status = statusFrom(control);
    expect(status.orders).toHaveLength([...working].length);
    for (const { quantity } of status.orders) expect(quantity).toMatch(/^\d+(\.\d+)?$/);
    expect(status.disk!.freeBytes).toBeGreaterThan(0);
    expect(status.accounts[0]).toMatchObject({ currency: 'USD', scale: 2 });
  });
});

describe('a desk whose disk fails', () => {
  function wallDesk(durable: () => Promise<Seq>, fails = () => false) {
    const clock = new ManualClock(DEMO_START + 3_600_000_000);
    const frames: Frame[] = [];
    const journal: SegmentedJournal = {
      opened: { desk: 'd' as never, seq: 0 as Seq, head: '' as Sha256, epoch: 1, genesis: true, tail: null, skipped: 0 },
      pendingBytes: 100,
      head: '' as Sha256,
      append(frame) {
        if (fails()) throw new JournalStalled('the disk is full');
        frames.push(frame);
      },
      durable,
      close: async () => {},
      wantsNewSegment: () => false,
      startSegment: () => {},
    };
    const answers = new CommandAnswers();
    const live = new LiveDesk(new DeskRun({ desk: 'd' as never, digest: nodeDigest, catalogue, observer: answers.hear }), journal);
    const sequencer = new Sequencer({
      ...{
        desk: 'd' as never,
        epoch: 1,
        seq: 0 as Seq,
        at: DEMO_START as TimeUs,
        journal,
        port: live,
        clock,
        time: 'wall',
        maxPendingBytes: 1e9,
      },
      onHalt: () => {},
    });
    for (const body of demoInputs(DEMO_STANDARD)) sequencer.submit(body);
    clock.turn();
    const control = deskControl({ live, sequencer, answers, folder: 'here', time: 'wall', stop: () => {}, clock });
    return { clock, control, sequencer };
  }

  test('a disk that hangs: the answer comes, and says that it is not durable', async () => {
    const { clock, control } = wallDesk(() => new Promise(() => {}));
    const asking = control.command(asked({ do: 'Kill', why: 'test' }));
    await clock.play(DURABLE_WITHIN_US, 1_000_000);
    expect(await asking).toMatchObject({ ok: true, durable: false });
    control.status();
    clock.advance(6_000_000);
    expect(control.health().reasons).toContain('the disk has been behind for 6 s by 100 bytes');
  });

  test('a journal that takes nothing more: what was asked is refused by name', async () => {
    let full = false;
    const { clock, control } = wallDesk(
      async () => 0 as Seq,
      () => full,
    );
    full = true;
    const asking = control.command(asked({ do: 'Kill', why: 'test' }));
    const refused = expect(asking).rejects.toMatchObject({ name: 'JournalStalled' });
    clock.turn();
    await refused;
    expect(control.health()).toMatchObject({
      live: false,
      ready: false,
      reasons: expect.arrayContaining(['the desk stopped itself: the disk is full']),
    });
    await expect(control.command(asked({ do: 'Kill', why: 'test' }))).rejects.toMatchObject({ name: 'SequencerHalted' });
  });

  test('age of the last input', () => {
    const { clock, control } = wallDesk(async () => 0 as Seq);
    clock.advance(3_000_000);
    expect(statusFrom(control).inputAgeUs).toBe(3_000_000);
  });
});

test('a disk is forecast at the pace it was used', () => {
  let [ms, free] = [0, 1_000_000];
  const forecast = new DiskForecast(
    () => free,
    () => ms,
  );
  expect(forecast.state()).toEqual({ freeBytes: 1_000_000, secondsLeft: null });
  for (let i = 0; i < 500; i++) {
    ms += 5_000;
    free -= 500;
    forecast.state();
  }
  expect(forecast.state()).toEqual({ freeBytes: 750_000, secondsLeft: 7_500 });
  free = 900_000_000;
  expect(forecast.state()!.secondsLeft).toBeNull();
});
