// A running desk operated from other processes: this process is the desk, the commands are the built program.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDemo } from '#cli/compose/demo-desk.ts';
import { DEMO_STANDARD } from '#cli/compose/demo-settings.ts';
import { CommandAnswers, deskControl } from '#cli/compose/desk-control.ts';
import type { DeskStatus } from '#cli/compose/desk-status.ts';
import type { Answered, Asked, ControlDesk } from '#infra/control/port.ts';
import { openControl } from '#infra/control/server.ts';
import { build, documentOf, Homes, type Ran, retrace } from './run.ts';

const homes = new Homes();
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  await build();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => homes.remove());

async function runningDemo(home: string) {
  const folder = join(home, 'journals', 'demo-7');
  const answers = new CommandAnswers();
  const desk = await openDemo(folder, DEMO_STANDARD, answers.hear);
  cleanups.push(() => desk.live.close());
  await desk.play(Number.POSITIVE_INFINITY, 100_000);
  const { live, sequencer } = desk;
  const handler = deskControl({ live, sequencer, answers, folder, time: 'data', stop: () => {} });
  const control = await openControl({ home, desk: 'demo-7', handler, about: { build: 'b', journal: folder, breaker: null } });
  cleanups.push(() => control.close());
  const status = () => handler.status() as unknown as DeskStatus;
  return { desk, status, ask: (...args: string[]) => retrace(args, home) };
}

/** Numbers of this run, so that the sentences can be read. */
const said = ({ code, stdout, stderr }: Ran): string =>
  `exit ${code}\n${stdout}${stderr}`
    .replace(/\d[\d,]*\.\d+(?=\)|$| )/gm, '<address>')
    .replace(/number [\d,]+/g, 'number <n>')
    .trimEnd();

const REDUCE = ['pause', 'stop', 'flatten', 'cancel'];

describe('a real desk', () => {
  test('paused, asked twice, stale, resumed, stopped, flattened, halted, acknowledged, armed, killed and disarmed', async () => {
    const home = homes.make();
    const { desk, status, ask } = await runningDemo(home);
    const { strategy } = status().strategies.find(({ state }) => state === 'running')!;
    const ready = await ask('status');
    expect(ready.code, ready.stdout + ready.stderr).toBe(0);
    expect(ready.stdout).toContain('demo-7 (PAPER) is ready');
    const document = documentOf(await ask('status', 'demo-7', '--json'));
    expect(document).toMatchObject({ ok: true, command: 'status', desk: 'demo-7', health: { ready: true }, process: { pid: process.pid } });

    const paused = await ask('pause', strategy, '--key', 'once', '--json');
    expect(documentOf(paused)).toMatchObject({
      ok: true,
      command: 'pause',
      why: '',
      seq: status().seq,
      address: expect.stringMatching(/^\d+\.\d+$/),
    });
    const explained = await ask('explain', 'demo-7', documentOf(paused)['address'] as string);
    expect(explained.stdout).toMatch(/command once#[0-9a-f]{12} was done/);
    expect(said(await ask('pause', strategy, '--key', 'once'))).toMatchInlineSnapshot(`
      "exit 0
      This very command was given with this key before, and it was done then: nothing is done twice.
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace resume ema-cross-BTC-USD, when it shall go on"
    `);
    expect(said(await ask('pause', strategy))).toMatchInlineSnapshot(`
      "exit 1
      Not done: strategy ema-cross-BTC-USD is paused.
      next: npx retrace explain journals/demo-7 <address>"
    `);
    expect(said(await ask('resume', strategy, '--saw', '5'))).toMatchInlineSnapshot(`
      "exit 1
      Not done: strategy ema-cross-BTC-USD has changed since: it became paused at number <n>; look again, then decide.
      next: npx retrace explain journals/demo-7 <address>"
    `);
    // the key of the pause counts for the pause alone
    expect(said(await ask('resume', strategy, '--key', 'once'))).toMatchInlineSnapshot(`
      "exit 0
      ema-cross-BTC-USD runs again. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace status"
    `);
    expect(status().strategies.find((one) => one.strategy === strategy)?.state).toBe('running');
    expect(said(await ask('pause', 'nobody'))).toMatchInlineSnapshot(`
      "exit 1
      Not done: there is no strategy nobody; there is ema-cross-BTC-USD, breakout-ETH-USD, ema-cross-SOL-USD and breakout-XRP-USD.
      next: npx retrace explain journals/demo-7 <address>"
    `);
    expect(said(await ask('stop', strategy))).toMatchInlineSnapshot(`
      "exit 0
      ema-cross-BTC-USD is stopped for good: it takes no new risk, and what protects its position stays. In this journal that id never runs again. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace status"
    `);
    expect(said(await ask('flatten'))).toMatchInlineSnapshot(`
      "exit 0
      paper is being flattened: what works is cancelled, what it holds is closed at the market. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace status"
    `);
    expect(said(await ask('cancel', '1.1'))).toContain('Not done: there is no order');
    expect(said(await ask('arm'))).toMatchInlineSnapshot(`
      "exit 0
      demo-7 and its accounts are open already.
      next: npx retrace status"
    `);
    for (const named of [[], ['global'], ['account', 'paper']]) {
      const again = await ask('arm', ...named, '--json');
      expect([again.code, documentOf(again)]).toMatchObject([0, { ok: true, why: 'open already' }]);
    }
    expect(said(await ask('ack'))).toMatchInlineSnapshot(`
      "exit 0
      Nothing waits for an acknowledgment.
      next: npx retrace status"
    `);

    desk.sequencer.submit({ type: 'JournalTroubled', why: 'test' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const halted = await ask('status');
    expect(halted.code).toBe(1);
    expect(halted.stdout).toContain('the desk is HALTED: journal');
    expect(halted.stdout).toContain('next: npx retrace ack global');
    expect(halted.stdout).toContain(`another deployment; ${strategy} was stopped for good`);
    expect(halted.stdout.match(/ack global/g)).toHaveLength(2); // at its gate, and as what to do next
    expect(said(await ask('ack', '--accept'))).toMatchInlineSnapshot(`
      "exit 2
      retrace ack: --accept: is for the gate of an account, whose venue it believes
      next: npx retrace ack global"
    `);
    expect(said(await ask('ack'))).toMatchInlineSnapshot(`
      "exit 0
      The halt of the desk was acknowledged. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace status; once it says ARMED, not trading yet: npx retrace arm"
    `);
    expect(said(await ask('arm'))).toMatchInlineSnapshot(`
      "exit 0
      The gate of the desk was opened: orders may leave as its reasons allow. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace status"
    `);

    desk.sequencer.submit({ type: 'CommandGiven', key: 'kill', by: 'test', sawSeq: null, command: { do: 'Kill', why: 'test' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await ask('status')).stdout).toContain(`next: npx retrace disarm --kill ${status().killedAt}`);
    const wrong = await ask('disarm', '--kill', '1');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain(`the kill to be lifted is number ${status().killedAt}, not 1`);
    expect(said(await ask('disarm', '--kill', String(status().killedAt)))).toMatchInlineSnapshot(`
      "exit 0
      The kill of number <n> was lifted. (<address>)
      why:  npx retrace explain journals/demo-7 <address>
      next: npx retrace arm"
    `);
    expect((await ask('arm', 'global')).code).toBe(0);
    expect((await ask('status')).code).toBe(0);
  });
});

describe('a desk that is a double', () => {
  async function double(home: string, desk: string, over: Partial<DeskStatus>, answer: (asked: Asked) => Partial<Answered> = () => ({})) {
    const asked: Asked[] = [];
    const status: DeskStatus = {
      ...{ desk, mode: 'LIVE', seq: 50, at: '2026-01-05T00:00:00Z', halted: null, killedAt: null, inputAgeUs: 1_500_000 },
      health: { live: true, ready: true, reasons: [] },
      ...{ gates: [], strategies: [], orders: [], accounts: [], disk: null, breaker: null },
      journal: { folder: 'here', pendingBytes: 0, waitedMs: 0 },
      ...over,
    };
    const handler: ControlDesk = {
      status: () => status as never,
      health: () => status.health,
      stop: () => {},
      watch: () => null,
      async command(one) {
        asked.push(one);
        return { seq: 51, ok: true, why: '', numbers: [], address: '51.0', durable: true, ...answer(one) };
      },
    };
    const control = await openControl({ home, desk, handler, about: { build: 'b', journal: 'here', breaker: null } });
    cleanups.push(() => control.close());
    return asked;
  }

  const account = {
    ...{ account: 'live', mode: 'PAPER', venue: 'sim', session: 'degraded', cash: '1.00 USD', equity: '1.00 USD', peak: '1.00 USD' },
    ...{ drawdown: '0.00 USD', dayLoss: '0.00 USD', positions: [], currency: 'USD', scale: 2 },
  };
  const halted = {
    ...{ scope: 'account', of: 'live', state: 'HALTED', since: 44, lifts: 'npx retrace ack account live' },
    reasons: [{ cause: 'reconciliation', of: 'venue', text: 'reconciliation: venue', lifts: 'npx retrace ack account live' }],
  };

  test('an account is acknowledged with the truth of its venue; several halts are listed', async () => {
    const home = homes.make();
    const asked = await double(home, 'one', { gates: [halted], accounts: [account] });
    expect(said(await retrace(['ack', '--accept', '--key', 'k'], home))).toMatchInlineSnapshot(`
      "exit 0
      live takes the venue's truth over at the next reconciliation. (<address>)
      The halt of account live was acknowledged. (<address>)
      why:  npx retrace explain here <address>
      next: npx retrace status; once it says ARMED, not trading yet: npx retrace arm"
    `);
    expect(asked.map(({ key, sawSeq, command }) => ({ key, sawSeq, ...command }))).toEqual([
      { key: 'k', sawSeq: 50, do: 'AcceptVenue', account: 'live' },
      { key: 'k', sawSeq: 50, do: 'Acknowledge', scope: 'account', of: 'live' },
    ]);
    const other = homes.make();
    await double(other, 'two', { gates: [halted, { ...halted, of: 'second' }] });
    expect(said(await retrace(['ack'], other))).toMatchInlineSnapshot(`
      "exit 2
      These wait for one; say which:
      gates: 0 open, 2 not
        account live is halted since number <n>
          reconciliation: venue → npx retrace ack account live
        account second is halted since number <n>
          reconciliation: venue → npx retrace ack account live
      next: npx retrace ack account live"
    `);
  });

  test('arm without a scope: each that waits, until one is refused', async () => {
    const home = homes.make();
    const waits = { state: 'ARMED', since: 1, reasons: [], lifts: '' };
    const gates = [
      { scope: 'global', of: '*' },
      { scope: 'account', of: 'a' },
      { scope: 'strategy', of: 's' },
    ].map((gate) => ({ ...gate, ...waits }));
    const asked = await double(home, 'one', { gates }, ({ command }) =>
      'of' in command && command.of === 'a'
        ? {
            ok: false,
            why: 'stale',
            numbers: [
              ['now', 'KILLED'],
              ['changedAt', 49],
            ],
          }
        : {},
    );
    expect(said(await retrace(['arm', '--key', 'k'], home))).toMatchInlineSnapshot(`
      "exit 1
      The gate of the desk was opened: orders may leave as its reasons allow. (<address>)
      Not done: account a has changed since: it became KILLED at number <n>; look again, then decide.
      next: npx retrace explain here <address>"
    `);
    expect(asked.map(({ key, command }) => [key, 'of' in command && command.of])).toEqual([
      ['k', '*'],
      ['k', 'a'],
    ]);
  });

  test('reset takes an amount of the account’s currency, exactly', async () => {
    const home = homes.make();
    const asked = await double(home, 'one', { accounts: [account] });
    expect(said(await retrace(['reset', '--cash', '100000.5'], home))).toMatchInlineSnapshot(`
      "exit 0
      live begins again with <address> USD. (<address>)
      why:  npx retrace explain here <address>
      next: npx retrace status"
    `);
    expect(asked[0]!.command).toEqual({ do: 'Reset', account: 'live', cash: 10_000_050n });
    const refused = await Promise.all(
      [['reset'], ['reset', '--cash', '1.234'], ['reset', 'no body', '--cash', '1']].map((args) => retrace(args, home)),
    );
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(asked).toHaveLength(1);
  });

  test('several desks are listed, and a command wants to know which; a disk that hangs is told', async () => {
    const home = homes.make();
    await double(home, 'one', {});
    const asked = await double(home, 'two', { health: { live: true, ready: false, reasons: ['no feed'] } }, () => ({ durable: false }));
    expect(said(await retrace(['status'], home))).toMatchInlineSnapshot(`
      "exit 1
      one  LIVE  ready
      two  LIVE  not ready  no feed
      next: npx retrace status one"
    `);
    expect(said(await retrace(['flatten', 'x'], home))).toMatchInlineSnapshot(`
      "exit 2
      retrace flatten: several desks run: one, two: say which with --desk
      next: npx retrace status"
    `);
    expect(said(await retrace(['flatten', 'x', '--desk', 'two'], home))).toMatchInlineSnapshot(`
      "exit 0
      x is being flattened: what works is cancelled, what it holds is closed at the market. (<address>)
      The disk has not confirmed it yet: a power cut now could undo it.
      why:  npx retrace explain here <address>
      next: npx retrace status"
    `);
    expect(asked).toHaveLength(1);
  });

  test('a desk that does not answer in time: it may still be done, how to look, and that kill works', async () => {
    const home = homes.make();
    await double(home, 'one', { accounts: [account] }, () => {
      throw Object.assign(new Error('the desk did not answer within 30000 ms'), { name: 'AnswerLate' });
    });
    expect(said(await retrace(['flatten', '--key', 'k'], home)).replaceAll(String(process.pid), '<pid>')).toMatchInlineSnapshot(`
      "exit 3
      retrace flatten: desk one (process <pid>): the desk did not answer within 30000 ms
        what was asked may be done already, or still be done: npx retrace state here says what is recorded
        asked again with --key k it is not done twice
        npx retrace kill one stops it and cancels everything, also when it hangs
      next: npx retrace status"
    `);
    const document = documentOf(await retrace(['flatten', '--key', 'k', '--json'], home));
    expect(document).toMatchObject({ ok: false, key: 'k', error: { name: 'DeskRefused' } });
  });

  test('each has help with an example', async () => {
    const names = ['status', 'arm', 'pause', 'resume', 'stop', 'flatten', 'cancel', 'ack', 'disarm', 'reset'];
    const ran = await Promise.all(names.map((name) => retrace([name, '--help'], homes.make())));
    ran.forEach(({ code, stdout }, index) => {
      expect(code).toBe(0);
      for (const part of ['Examples:', `npx retrace ${names[index]}`, '--json']) expect(stdout).toContain(part);
      if (names[index] === 'status') return;
      for (const part of ['--desk', '--key']) expect(stdout).toContain(part);
      expect(stdout.includes('--saw'), names[index]).toBe(!REDUCE.includes(names[index]!));
    });
  });

  test('what takes risk away says why it knows no --saw', async () => {
    const ran = await Promise.all(REDUCE.map((name) => retrace([name, 'x', '--saw', '5'], homes.make())));
    for (const { code, stderr } of ran) expect([code, stderr]).toEqual([2, expect.stringContaining('--saw: this command takes risk away')]);
  });

  test('faults are told all at once', async () => {
    const { code, stderr } = await retrace(['arm', 'world', '--saw', '-1', '--key', ''], homes.make());
    expect(code).toBe(2);
    for (const fault of ['world: is not one of', '--saw -1', '--key']) expect(stderr).toContain(fault);
  });
});

describe('nobody runs', () => {
  test('where it looked, and what was recorded last: exit 3', async () => {
    const home = homes.make();
    const nothing = await retrace(['status'], home);
    expect(nothing.code).toBe(3);
    expect(nothing.stderr).toContain(`looked in run (RETRACE_HOME`);
    await retrace(['demo', '--ticks', '2000', '--json'], home);
    const { code, stderr } = await retrace(['status'], home);
    expect(code).toBe(3);
    expect(stderr).toMatch(/what was recorded last: number \d+ of demo-7 in journals\/demo-7, closed/);
    expect(stderr).toMatch(/next: npx retrace state journals\/demo-7 --at \d+/);
    expect(documentOf(await retrace(['status', '--json'], home))).toMatchObject({ ok: false, seq: expect.any(Number), desk: 'demo-7' });
    expect(await retrace(['arm'], home)).toMatchObject({ code: 3 });
  });
});
