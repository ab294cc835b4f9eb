// What an unattended desk says: which decisions, at which level, in which words; never a secret, and never at the desk's cost.
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Decision, DecisionBody, DecisionType } from '#engine/decisions.ts';
import { Measures } from '#replay/words.ts';
import { BoundedSink, type FollowedLine, type Level, levelOf, logDecision, openLog } from './log.ts';

const START = 1_767_571_200_000_000;
const measures = new Measures(
  new Map([['BTC-USD', { tick: '0.01', lot: '0.0001', currencyScale: 2, currency: 'USD' } as never]]),
  new Map([['paper', { currency: 'USD', currencyScale: 2 }]]),
  new Map(),
);

const decision = <T extends DecisionType>(type: T, body: Partial<DecisionBody<T>>): Decision =>
  ({ type, cause: 84120, index: 3, at: START + 250_000, ...body }) as unknown as Decision;

const order = { order: '84120.1', account: 'paper', strategy: 'ema', instrument: 'BTC-USD' } as never;
const moved = (from: string, to: string) =>
  decision('GateMoved', { scope: 'account', of: 'paper', from, to, why: 'Restricted:drawdown', reasons: ['drawdown:day'], numbers: [] });
const fill = decision('OrderFilled', {
  ...(order as object),
  side: 'buy',
  lots: 300,
  price: 5_000_012,
  fee: 12n as never,
  maker: false,
  late: false,
  position: 300,
  realised: 0n as never,
});

function lines(level: Level, human = false, secrets: { reveal(): string }[] = []) {
  const said: string[] = [];
  const sink = { write: (line: string) => void said.push(line), flush: async () => {} };
  const log = openLog({ level, sink, secrets, colours: human ? pc.createColors(false) : null, nowUs: () => START });
  return { log, said };
}

const tape: Decision[] = [
  moved('OPEN', 'HALTED'),
  decision('SessionMoved', { account: 'paper' as never, from: 'ready', to: 'connecting', why: 'Lost' }),
  decision('Alerted', { severity: 'critical', topic: 'protection', text: 'ema BTC-USD: its stop 84120.1 is gone' }),
  decision('DifferenceFound', {
    account: 'paper' as never,
    what: 'order',
    of: '84120.1',
    held: 'UNKNOWN',
    venue: 'none',
    resolution: 'never existed',
  }),
  decision('OrderMoved', { ...(order as object), from: 'SENDING', to: 'LIVE', why: 'Acked', filled: 0, remaining: 300 }),
  fill,
  decision('CommandAnswered', {
    key: 'k',
    ok: false,
    why: 'stale',
    numbers: [
      ['now', 'OPEN'],
      ['changedAt', 41],
    ],
  }),
];

describe('decisions', () => {
  test('as JSON lines', () => {
    const { log, said } = lines('debug');
    for (const one of tape) log.decision(one, measures);
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "{"at":"2026-01-05T00:00:00.25Z","level":"error","what":"the gate of paper went from OPEN to HALTED: restricted by drawdown (now held by drawdown:day)","address":"84120.3","type":"GateMoved"}
      {"at":"2026-01-05T00:00:00.25Z","level":"warn","what":"the session of paper went from ready to connecting: Lost","address":"84120.3","type":"SessionMoved"}
      {"at":"2026-01-05T00:00:00.25Z","level":"error","what":"critical: protection: ema BTC-USD: its stop 84120.1 is gone","address":"84120.3","type":"Alerted"}
      {"at":"2026-01-05T00:00:00.25Z","level":"warn","what":"paper and its venue differed in order 84120.1: here UNKNOWN, there none; never existed","address":"84120.3","type":"DifferenceFound"}
      {"at":"2026-01-05T00:00:00.25Z","level":"debug","what":"order 84120.1 went from SENDING to LIVE: Acked","address":"84120.3","type":"OrderMoved","numbers":{"filled":"0.0000","remaining":"0.0300"}}
      {"at":"2026-01-05T00:00:00.25Z","level":"info","what":"order 84120.1 bought 0.0300 BTC-USD at 50000.12 as taker; fee 0.12 USD, gain 0.00 USD, position 0.0300","address":"84120.3","type":"OrderFilled","numbers":{"lots":300,"price":"50000.12","fee":"0.12 USD","realised":"0.00 USD","position":300}}
      {"at":"2026-01-05T00:00:00.25Z","level":"warn","what":"command k was not done: stale","address":"84120.3","type":"CommandAnswered","numbers":{"now":"OPEN","changedAt":41}}"
    `);
  });

  test('a decision without words is an error in the log, and stops nobody', () => {
    const { log, said } = lines('info');
    log.decision({ ...fill, lots: Number.NaN } as never, measures);
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0]!)).toMatchObject({ level: 'error', address: '84120.3', type: 'OrderFilled' });
    expect(said[0]).toContain('cannot be told');
  });

  test('who has to be armed by hand says that it does not trade yet', () => {
    const said: string[] = [];
    const sink = { write: (line: string) => void said.push(line), flush: async () => {} };
    for (const armedByHand of [true, false])
      openLog({ level: 'info', sink, armedByHand, nowUs: () => START }).decision(moved('RECONCILE', 'ARMED'), measures);
    expect(said.map((line) => line.includes('ARMED, not trading yet: npx retrace arm'))).toEqual([true, false]);
  });

  test('as a person reads them, from info on', () => {
    const { log, said } = lines('info', true);
    for (const one of tape) log.decision(one, measures);
    log.say('info', 'connected\nto the venue', { ms: 12, balance: 10n ** 20n });
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "00:00:00.25  error the gate of paper went from OPEN to HALTED: restricted by drawdown (now held by drawdown:day) (84120.3)
      00:00:00.25  warn  the session of paper went from ready to connecting: Lost (84120.3)
      00:00:00.25  error critical: protection: ema BTC-USD: its stop 84120.1 is gone (84120.3)
      00:00:00.25  warn  paper and its venue differed in order 84120.1: here UNKNOWN, there none; never existed (84120.3)
      00:00:00.25  info  order 84120.1 bought 0.0300 BTC-USD at 50000.12 as taker; fee 0.12 USD, gain 0.00 USD, position 0.0300 (84120.3)
      00:00:00.25  warn  command k was not done: stale (84120.3)
      00:00:00     info  connected to the venue {"ms":12,"balance":"100000000000000000000"}"
    `);
  });

  test.each([
    [moved('OPEN', 'REDUCE_ONLY'), 'warn'],
    [moved('CANCEL_ONLY', 'OPEN'), 'info'],
    [moved('BOOT', 'RECOVER'), 'debug'],
    [moved('OPEN', 'KILLED'), 'error'],
    [decision('SessionMoved', { to: 'ready' }), 'info'],
    [decision('SessionMoved', { to: 'reconciling' }), 'debug'],
    [decision('OrderMoved', { to: 'UNKNOWN' }), 'warn'],
    [decision('StrategyMoved', { to: 'faulted' }), 'error'],
    [decision('OrderFilled', { late: true }), 'warn'],
    [decision('EquityMarked', { why: 'drawdown:ema' }), 'warn'],
    [decision('EquityMarked', { why: 'fill' }), null],
    [decision('CandleClosed', {}), null],
    [decision('StrategyWoke', {}), null],
  ])('%o is said at its level', (one, level) => {
    expect(levelOf(one)).toBe(level);
    if (level === null) expect(logDecision(one, measures)).toBeNull();
  });

  test('below the level nothing is said', () => {
    const { log, said } = lines('error');
    for (const one of tape) log.decision(one, measures);
    log.say('warn', 'not this');
    expect(said).toHaveLength(2);
  });
});

describe('secrets', () => {
  const secret = { reveal: () => 'sk-very-secret', toJSON: () => '[secret]' };
  test.each([true, false])('are never told, neither as values nor inside a text (for people: %s)', (human) => {
    const { log, said } = lines('info', human, [secret, { reveal: () => 'abc' }]);
    log.say('error', 'refused: key sk-very-secret is not abc', {
      key: secret,
      deep: [{ url: 'wss://x?k=sk-very-secret' }],
      error: new Error('sk-very-secret'),
    });
    log.decision(decision('Alerted', { severity: 'warning', topic: 't', text: 'with sk-very-secret' }), measures);
    expect(said.join('\n')).not.toContain('very');
    expect(said.join('\n').match(/\[secret\]/g)).toHaveLength(5);
    expect(said[0]).toContain('abc'); // too short to be one
  });
});

describe('a reader that is slow or gone', () => {
  type Done = (error: NodeJS.ErrnoException | null, written: number) => void;
  const failure = (code: string) => Object.assign(new Error(code), { code });

  test('lines come whole and in order, however few bytes a write takes', async () => {
    let text = '';
    const sink = new BoundedSink((bytes, done) => {
      text += Buffer.from(bytes.subarray(0, 7)).toString();
      setImmediate(() => done(null, Math.min(7, bytes.length)));
    });
    for (let line = 0; line < 50; line++) sink.write(`line ${line}`);
    await sink.flush();
    expect(text).toBe(Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join(''));
  });

  test('a full pipe is asked again; what does not fit meanwhile is dropped and counted', async () => {
    const taken: string[] = [];
    let full = true;
    const sink = new BoundedSink((bytes, done) => {
      if (full) return void setImmediate(() => done(failure('EAGAIN'), 0));
      taken.push(Buffer.from(bytes).toString());
      setImmediate(() => done(null, bytes.length));
    }, 20);
    for (let line = 0; line < 10; line++) sink.write(`line ${line}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    full = false;
    await sink.flush();
    expect(taken.join('')).toMatch(/^line 0\nline 1\nline 2\n\{"at":.*"7 log lines were dropped: nobody read them in time"\}\n$/);
    sink.write('again');
    await sink.flush();
    expect(taken.at(-1)).toBe('again\n');
  });

  test('a reader that is gone ends the log, not the desk; one that hangs does not hold up the end', async () => {
    let asked = 0;
    const gone = new BoundedSink((_, done) => {
      asked++;
      setImmediate(() => done(failure('EPIPE'), 0));
    });
    gone.write('a');
    await gone.flush();
    gone.write('b');
    await gone.flush();
    expect(asked).toBe(1);
    const hangs = new BoundedSink((_: Uint8Array, __: Done) => {});
    hangs.write('a');
    await hangs.flush();
  });
});

describe('who follows', () => {
  test('hears what is kept and then each line, with its time; never a secret, never what is for the terminal alone', () => {
    const { log, said } = lines('info', false, [{ reveal: () => 'hunter2-hunter2' }]);
    log.say('info', 'connected with hunter2-hunter2', { key: { reveal: () => 'x' }, count: 3n });
    log.say('debug', 'below the level');
    log.sayHere('info', 'http://127.0.0.1/first-run#a-key-to-the-house');
    const heard: FollowedLine[] = [];
    const leave = log.follow((line) => heard.push(line));
    log.decision(fill, measures);
    leave();
    log.say('warn', 'after it left');
    expect(heard.map(({ at, what, address }) => [at, what.slice(0, 23), address])).toEqual([
      [START, 'connected with [secret]', null],
      [START + 250_000, 'order 84120.1 bought 0.', '84120.3'],
    ]);
    expect(heard[0]!.numbers).toEqual({ key: '[secret]', count: 3n });
    expect(said.length).toBe(4);
    expect(said[1]).toContain('first-run#');
  });

  test('and cannot hear, is left, which is said; whoever logs goes on', () => {
    const { log, said } = lines('info');
    let times = 0;
    log.follow(() => {
      times += 1;
      throw new Error('no room');
    });
    log.say('info', 'one');
    log.say('info', 'two');
    expect([times, said.length]).toEqual([1, 3]);
    expect(said[1]).toContain('could not be told: Error: no room');
  });

  test('late, is told the newest that are kept', () => {
    const { log } = lines('info');
    for (let n = 0; n < 700; n++) log.say('info', String(n));
    const heard: string[] = [];
    log.follow(({ what }) => heard.push(what));
    expect([heard.length, heard[0], heard.at(-1)]).toEqual([500, '200', '699']);
  });
});
