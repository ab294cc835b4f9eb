import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '#streams/clock.ts';
import { followStream } from './follow.ts';
import { VenueNonsense, VenueUnreachable } from './trouble.ts';
import type { LineEvents, Wire } from './wire.ts';

/** A wire whose other end is the test. */
function place({ signIn = null as (() => Promise<string>) | null, hear = () => {} } = {}) {
  const clock = new ManualClock(1_000_000);
  const start = clock.monotonicUs();
  const log: string[] = [];
  const note = (what: string) => void log.push(`${(clock.monotonicUs() - start) / 1000} ${what}`);
  let line: LineEvents | null = null;
  const said: string[] = [];
  const wire: Wire = {
    ask: () => Promise.reject(new Error('nobody asks here')),
    listen: (events) => {
      note('connect');
      line = events;
      return { say: (text) => void said.push(text), end: () => void (line = null) };
    },
    close: async () => {},
  };
  const end = followStream({
    ...{ wire, clock, timeoutUs: 2_000_000, channels: ['account'], signIn },
    up: () => note('up'),
    down: (trouble, wasUp) => note(`${wasUp ? 'down' : 'failed'} ${trouble.name}: ${trouble.message}`),
    hear: (message) => {
      hear();
      note(`hear ${message.is}`);
    },
  });
  onTestFinished(end);
  const tell = (...messages: object[]) => {
    for (const message of messages) line?.heard(JSON.stringify(message));
  };
  return {
    ...{ clock, log, said, end, tell, note },
    connected: () => line !== null,
    open: () => line?.opened(),
    raw: (text: string) => line?.heard(text),
    cut: (why: string) => line?.closed(why),
    up: () => {
      line?.opened();
      tell({ op: 'subscribed', channels: ['account'] });
    },
  };
}
const beat = (seq: number) => ({ seq, op: 'beat', time: 5 });

describe('a stream that is followed', () => {
  test('subscribes when it is open, and is up when that is answered; what came before is not told', () => {
    const { open, tell, said, log } = place();
    open();
    expect(said).toEqual(['{"op":"subscribe","channels":["account"]}']);
    tell(beat(1), { op: 'subscribed', channels: [] }, beat(2));
    expect(log).toEqual(['0 connect', '0 up', '0 hear beat']);
  });

  test('signs in first; a refusal is told by its name, and tried again', async () => {
    const { open, tell, said, log, clock } = place({ signIn: async () => 'hello' });
    await Promise.resolve();
    open();
    tell({ op: 'auth', ok: true });
    expect(said).toEqual(['hello', '{"op":"subscribe","channels":["account"]}']);
    tell({ op: 'auth', ok: false, code: 'auth', message: 'unknown key' });
    expect(log.at(-1)).toBe('0 failed VenueRefused: unknown key');
    await clock.play(100_000);
    expect(log.at(-1)).toBe('100 connect');
  });

  test('a sign-in that cannot be made is a failed attempt', async () => {
    const { log, clock } = place({ signIn: () => Promise.reject(new VenueUnreachable('ECONNREFUSED')) });
    await clock.play(150_000);
    expect(log).toEqual(['0 failed VenueUnreachable: ECONNREFUSED', '100 failed VenueUnreachable: ECONNREFUSED']);
  });

  test.each([
    ['a gap', [beat(1), beat(3)], 'message 3 after 1'],
    ['a number told twice', [beat(1), beat(1)], 'message 1 after 1'],
    ['a first number that is not 1', [beat(2)], 'message 2 after 0'],
    ['an error', [{ op: 'error', code: 'auth', message: 'no' }], 'auth: no'],
    ['an exchange that began anew', [{ op: 'reset', seq: 1, time: 5 }], 'began anew'],
    ['another shape', [{ seq: 1, op: 'beat', time: 'now' }], 'the stream: time'],
    ['an unknown channel', [{ seq: 1, channel: 'news', items: [] }], 'the stream'],
  ])('%s ends the line', (_what, messages, why) => {
    const { up, tell, log, connected } = place();
    up();
    tell(...messages);
    expect(log.at(-1)).toContain('down ');
    expect(log.at(-1)).toContain(why);
    expect(connected()).toBe(false);
  });

  test.each(['', '{', 'null', '[]', '5', '"beat"', '{"seq":1}', '{"op":"__proto__"}', '['.repeat(50_000)])(
    'text that is no message ends the line: %.12s',
    (text) => {
      const { up, raw, log } = place();
      up();
      raw(text);
      expect(log.at(-1)).toMatch(/^0 down VenueNonsense/);
    },
  );

  test('a message whose content is nonsense ends the line; a fault of ours is not caught', () => {
    const bad = place({
      hear: () => {
        throw new VenueNonsense('off the grid');
      },
    });
    bad.up();
    bad.tell(beat(1));
    expect(bad.log.at(-1)).toBe('0 down VenueNonsense: off the grid');
    const ours = place({
      hear: () => {
        throw new TypeError('ours');
      },
    });
    ours.up();
    expect(() => ours.tell(beat(1))).toThrow('ours');
  });

  test('three seconds without a message are silence; any message ends it', () => {
    const { up, tell, log, clock } = place();
    up();
    for (let seq = 1; seq <= 5; seq += 1) {
      clock.advance(2_900_000);
      tell(beat(seq));
    }
    expect(log.filter((line) => line.includes('down'))).toEqual([]);
    clock.advance(3_300_000);
    expect(log.filter((line) => line.includes('down'))).toEqual(['17750 down VenueUnreachable: silent']);
  });

  test('an attempt that is not answered is given up at its timeout', () => {
    const { open, log, clock } = place();
    open();
    clock.advance(2_000_000);
    expect(log.at(-1)).toBe('2000 failed VenueUnreachable: silent while connecting');
  });

  test('attempts come at 100 ms, then twice as late each time, at most 5 s; a beat begins anew', () => {
    const { cut, up, tell, log, clock } = place();
    const failing = (count: number) => {
      for (let left = count; left > 0; ) {
        if (log.at(-1)?.endsWith('connect')) {
          cut('ECONNREFUSED');
          left -= 1;
        } else clock.advance(1_000);
      }
    };
    failing(9);
    const connects = log.filter((line) => line.endsWith('connect')).map((line) => Number.parseInt(line, 10));
    expect(connects.slice(1).map((at, n) => at - connects[n]!)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    clock.advance(5_000_000);
    up();
    cut('at once'); // up, but not for long
    clock.advance(4_999_000);
    expect(log.at(-1)).toContain('down');
    clock.advance(1_000);
    up();
    tell(beat(1));
    cut('later');
    clock.advance(100_000);
    expect(log.at(-1)).toContain('connect');
  });

  test('ended, it is silent: no attempt, no word', () => {
    const { up, end, cut, tell, log, clock } = place();
    up();
    end();
    tell(beat(1));
    cut('late');
    clock.advance(60_000_000);
    expect(log).toEqual(['0 connect', '0 up']);
    const waiting = place();
    waiting.cut('ECONNREFUSED');
    waiting.end();
    waiting.clock.advance(60_000_000);
    expect(waiting.log).toEqual(['0 connect', '0 failed VenueUnreachable: ECONNREFUSED']);
  });
});
