// What a page is shown of the line, and how often it is painted.
import { describe, expect, test } from 'vitest';
import type { TopicName } from '#gateway/contracts/live.ts';
import { beat, delta, Script, snapshot } from '#tests/gateway/scripted-line.ts';
import { LiveStore, PAINT_MS } from './store.ts';

describe('the store', () => {
  const painted = (topic: TopicName, of: string) => {
    const script = new Script();
    const store = new LiveStore(script.ports);
    const paints: number[] = [];
    store.listen(topic, of, () => paints.push(script.now));
    store.line.begin();
    script.welcome();
    return { script, store, paints };
  };

  test('paints numbers four times a second and no more, the first at once and the last always', () => {
    const { script, store, paints } = painted('quotes', 'BTC');
    script.pass(5_000 - script.now);
    script.say(snapshot('quotes', 'BTC', 0, [['BTC', 0]]));
    for (let n = 1; n <= 200; n += 1) {
      script.pass(10);
      script.say(delta('quotes', 'BTC', n, [['BTC', n]]));
    }
    script.pass(PAINT_MS);
    expect(paints[0]).toBe(5_000);
    expect(paints.length).toBeLessThanOrEqual(2_250 / PAINT_MS + 1);
    for (const [n, at] of paints.entries()) if (n > 0) expect(at - paints[n - 1]!).toBeGreaterThanOrEqual(PAINT_MS);
    expect(store.picture('quotes', 'BTC').rows.map(({ row }) => row)).toEqual([200]);
  });

  test('paints the gate at once', () => {
    const { script, paints } = painted('gate', '*');
    script.say(snapshot('gate', '*', 0, []));
    script.pass(10);
    script.say(delta('gate', '*', 1, [['global *', { state: 'KILLED' }]]));
    expect(paints.slice(-2)).toEqual([script.now - 10, script.now]);
  });

  test('a gate that moves brings no number with it before its time', () => {
    const { script, paints } = painted('quotes', '*');
    script.say(snapshot('quotes', 'BTC', 0, [['BTC', 1]]), snapshot('gate', '*', 0, []));
    script.pass(PAINT_MS);
    const before = paints.length;
    script.say(delta('quotes', 'BTC', 1, [['BTC', 2]]));
    script.say(delta('gate', '*', 1, [['global *', { state: 'KILLED' }]]));
    const now = paints.length;
    script.say(delta('quotes', 'BTC', 2, [['BTC', 3]]));
    script.say(delta('gate', '*', 2, [['global *', { state: 'OPEN' }]]));
    expect([now - before <= 1, paints.length]).toEqual([true, now]);
    script.pass(PAINT_MS);
    expect(paints.length).toBe(now + 1);
  });

  test('gives the same picture until it is painted again, so that a page does not draw for nothing', () => {
    const { script, store } = painted('quotes', '*');
    script.say(snapshot('quotes', 'BTC', 0, [['BTC', 1]]), snapshot('quotes', 'ETH', 0, [['ETH', 2]]));
    script.pass(PAINT_MS / 2); // a snapshot is painted at once, and then not again before its time
    const first = store.picture('quotes', '*');
    expect(first.rows.map(({ of, row, seq }) => [of, row, seq])).toEqual([
      ['BTC', 1, 1],
      ['ETH', 2, 1],
    ]);
    script.say(delta('quotes', 'ETH', 1, [['ETH', 3]]));
    expect(store.picture('quotes', '*')).toBe(first);
    script.pass(PAINT_MS);
    expect(store.picture('quotes', '*').rows.map(({ row, seq }) => [row, seq])).toEqual([
      [1, 1],
      [3, 2],
    ]);
  });

  test('says what is not on the disk yet, and takes it back when it is', () => {
    const { script, store } = painted('orders', '*');
    script.say(snapshot('orders', '*', 6, [['1.0', {}]]));
    script.pass(PAINT_MS);
    expect([store.picture('orders', '*').rows[0]!.seq, store.view.durable]).toEqual([7, 6]);
    script.say(beat(7));
    script.pass(PAINT_MS);
    expect(store.view.durable).toBe(7);
  });

  test('tells what is new, and not what was there before', () => {
    const { script, store } = painted('alerts', '*');
    const heard: string[] = [];
    store.fresh('alerts', (key) => heard.push(key));
    script.say(snapshot('alerts', '*', 1, [['1.0', {}]]), delta('alerts', '*', 2, [['2.0', {}]]));
    expect(heard).toEqual(['2.0']);
  });
});
