// What stands beside the desk, told: what was begun here as it changes, and the process's own log. Both stay small enough for one frame.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Followed } from '../contracts/followed.ts';
import { serverMessage } from '../contracts/live.ts';
import { BESIDE_ROWS, type LogRow, type RunRow } from '../contracts/rows.ts';
import type { Sent, Socket } from '../transport/server.ts';
import { Hub, STANDARD_LIMITS } from './hub.ts';
import { LOG_ROW_BYTES, LOG_ROWS, type LoggedLine, LogsTopic, logRowOf } from './logs-topic.ts';
import { ENDED_KEPT, RunsTopic } from './runs-topic.ts';

/** Follows one topic; keeps what it was sent, and how large the largest frame was. */
class Follower implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  open = true;
  readonly bufferedBytes = 0;
  readonly followed = new Followed();
  frames = 0;
  largest = 0;

  send(message: Uint8Array | string): Sent {
    const bytes = Buffer.from(message as Uint8Array);
    if (bytes.length > STANDARD_LIMITS.unsentBytes) return 'dropped';
    this.frames += 1;
    this.largest = Math.max(this.largest, bytes.length);
    for (const one of JSON.parse(bytes.toString()) as unknown[]) {
      const told = serverMessage.parse(one);
      if (told.say !== 'snapshot' && told.say !== 'delta') continue;
      for (const [, row] of told.rows) if (row !== null) BESIDE_ROWS[told.topic as keyof typeof BESIDE_ROWS].parse(row);
      expect(this.followed.take(told, 'e')).toBe('taken');
    }
    return 'sent';
  }

  rows<Row>(): Row[] {
    return [...this.followed.rows.values()] as Row[];
  }

  close(): void {
    this.open = false;
  }
  subscribe(): void {}
  unsubscribe(): void {}
}

function watchedHub() {
  const windows: (() => void)[] = [];
  const hub = new Hub({
    ...{ epoch: 'e', desk: 'test', mode: 'PAPER', windowMs: 10, beatMs: 1e9, limits: STANDARD_LIMITS },
    kept: { messages: 10, bytes: 10_000 },
    truth: () => ({ seq: 1, at: 1, age: null, durable: 1 }),
    clock: {
      nowMs: () => 0,
      after: (ms, call) => {
        if (ms < 1e9) windows.push(call);
        return () => {};
      },
    },
  });
  const watch = (topic: string): Follower => {
    const follower = new Follower();
    hub.attach(follower, () => null).hear(JSON.stringify({ do: 'subscribe', id: 1, topic }));
    return follower;
  };
  return { hub, windows, watch, close: () => windows.splice(0).forEach((call) => void call()) };
}

const begun = (n: number, more: Partial<RunRow> = {}): RunRow => ({
  ...{ backtest: `b${n}`, kind: 'backtest', state: 'running', share: 0, strategy: 'ema-cross', over: ['a-tape'], by: 'anna' },
  ...{ askedAt: 1, startedAt: 2, endedAt: null, run: null, result: null, problem: null },
  ...more,
});

test('however often its share changes within a window, it is told once, as it is when the window closes', () => {
  const { hub, windows, watch, close } = watchedHub();
  const runs = new RunsTopic(hub);
  const follower = watch('runs');
  const before = follower.frames;
  for (let percent = 0; percent <= 70; percent++) runs.told(begun(1, { share: percent / 100 }));
  expect(windows.length).toBe(1);
  close();
  expect(follower.frames).toBe(before + 1);
  expect(follower.rows<RunRow>()).toEqual([begun(1, { share: 0.7 })]);
  const ended = begun(1, { state: 'done', share: 1, endedAt: 9, run: 'a-run' });
  runs.told(ended);
  close();
  expect(follower.rows()).toEqual([ended]);
  // who comes later sees the same
  expect(watch('runs').rows()).toEqual([ended]);
});

test('what runs stays told; of what ended the newest stay; the longest of rows fit one frame', () => {
  const { hub, watch, close } = watchedHub();
  const runs = new RunsTopic(hub);
  const long = 'x'.repeat(16_000);
  runs.told(begun(0));
  for (let n = 1; n <= 2 * ENDED_KEPT; n++) {
    const problem = { messages: [long, long, long, long], next: long };
    runs.told(begun(n, { state: 'failed', endedAt: n, over: Array.from({ length: 20 }, () => 't'.repeat(120)), problem }));
    close();
  }
  const follower = watch('runs');
  expect(follower.open).toBe(true);
  expect(follower.rows<RunRow>().map(({ backtest }) => backtest)).toEqual([
    'b0',
    ...Array.from({ length: ENDED_KEPT }, (_, n) => `b${ENDED_KEPT + n + 1}`),
  ]);
});

const isWhole = (text: string): boolean => Buffer.from(text).toString() === text;
const line = fc.record<LoggedLine>({
  at: fc.integer({ min: 0, max: 2 ** 50 }),
  level: fc.constantFrom('debug', 'info', 'warn', 'error'),
  what: fc.string({ unit: 'binary', maxLength: 3_000 }),
  address: fc.constantFrom(null, '8412077.3'),
  type: fc.constantFrom(null, 'OrderFilled'),
  numbers: fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(fc.bigInt(), fc.integer(), fc.string({ unit: 'binary', maxLength: 800 })), {
    maxKeys: 6,
  }),
});

test('a line is told as it is, or cut and said to be cut; never larger than a row may be, never half a character', () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: 10 ** 9 }), (said, n) => {
      const row = logRowOf(said, n);
      const text = JSON.stringify(row);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LOG_ROW_BYTES);
      const { level, address, type, at } = said;
      expect(row).toMatchObject({ n, level, address, type, at });
      expect(said.what.startsWith(row.what)).toBe(true);
      if (!row.cut) expect(row.what).toBe(said.what);
      if (isWhole(said.what)) expect(isWhole(row.what)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the newest lines are kept, in their order and with their place; as many as may be, as long as may be, fit one frame', () => {
  const { hub, watch, close } = watchedHub();
  const logs = new LogsTopic(hub);
  const said: LoggedLine = { at: 1, level: 'error', what: '\u{1f4a5}'.repeat(2_000), address: null, type: null, numbers: {} };
  for (let n = 0; n < LOG_ROWS + 40; n++) {
    logs.said({ ...said, at: n });
    if (n % 7 === 0) close();
  }
  close();
  const follower = watch('logs');
  expect(follower.open).toBe(true);
  expect(follower.rows<LogRow>().map(({ n }) => n)).toEqual(Array.from({ length: LOG_ROWS }, (_, n) => n + 41));
  expect(follower.largest).toBeLessThan(STANDARD_LIMITS.unsentBytes);
});
