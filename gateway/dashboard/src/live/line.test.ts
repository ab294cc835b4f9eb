// The line over a gateway that is a script: what it asks for, where it goes on, when it gives up, and that nothing is shown with a hole in it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientMessage, ServerMessage, TopicName } from '#gateway/contracts/live.ts';
import { Line, type LinePorts, type WireEvents } from './line.ts';
import { LiveStore, PAINT_MS } from './store.ts';

const BEAT_MS = 1_000;

/** Time by hand, and the far end of each connection. */
class Script {
  now = 0;
  #due: { at: number; call: () => void }[] = [];
  readonly wires: { events: WireEvents; sent: ClientMessage[]; open: boolean }[] = [];

  readonly ports: LinePorts = {
    nowMs: () => this.now,
    random: () => 0.5,
    after: (ms, call) => {
      const one = { at: this.now + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
    open: (events) => {
      const wire = { events, sent: [] as ClientMessage[], open: true };
      this.wires.push(wire);
      return {
        send: (text) => wire.sent.push(JSON.parse(text)),
        close: () => {
          wire.open = false;
        },
      };
    },
  };

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
    this.now = end;
  }

  get wire() {
    return this.wires.at(-1)!;
  }

  say(...messages: ServerMessage[]): void {
    this.wire.events.heard(JSON.stringify(messages));
  }

  welcome(epoch = 'e1'): void {
    const limits = { subscriptions: 500, messageBytes: 65_536, unsentBytes: 524_288 };
    this.say({ say: 'welcome', version: 1, epoch, desk: 'd', mode: 'PAPER', windowMs: 10, beatMs: BEAT_MS, limits });
  }
}

const truth = (seq: number) => ({ seq, at: seq * 1_000, age: 0, durable: seq - 1 });
const snapshot = (
  topic: TopicName,
  of: string,
  n: number,
  rows: [string, unknown][],
  why: 'asked' | 'not kept' | 'behind' = 'asked',
): ServerMessage => ({
  ...{ say: 'snapshot', topic, of, n, why, rows },
  ...truth(n + 1),
});
const delta = (topic: TopicName, of: string, n: number, rows: [string, unknown][]): ServerMessage => ({
  say: 'delta',
  topic,
  of,
  n,
  rows,
  ...truth(n + 1),
});
const beat = (seq: number): ServerMessage => ({ say: 'beat', seq, at: seq, durable: seq });

function opened(watch: readonly [TopicName, string][] = [['gate', '*']]) {
  const script = new Script();
  const line = new Line(script.ports, { changed: () => {} });
  const leave = watch.map(([topic, of]) => line.watch(topic, of));
  line.begin();
  script.welcome();
  return { script, line, leave };
}
const rowsOf = (line: Line, topic: TopicName, of: string) => line.places(topic, of).flatMap(({ followed }) => [...followed.rows]);

describe('the line', () => {
  test('asks for what is looked at when it is welcomed, and for what is looked at later', () => {
    const { script, line } = opened();
    line.watch('quotes', 'BTC');
    line.watch('quotes', 'BTC');
    expect(script.wire.sent).toEqual([
      { do: 'subscribe', id: 1, topic: 'gate', of: '*' },
      { do: 'subscribe', id: 2, topic: 'quotes', of: 'BTC' },
    ]);
  });

  test('goes on from the place it had in each channel', () => {
    const { script, line } = opened();
    script.say(snapshot('gate', '*', 4, [['global *', { state: 'OPEN' }]]), delta('gate', '*', 5, [['global *', { state: 'KILLED' }]]));
    script.wire.events.closed(1006, '');
    expect(line.state).toMatchObject({ is: 'waiting', why: 'the connection ended (1006)' });
    script.pass(1_000);
    script.welcome();
    expect(script.wires).toHaveLength(2);
    expect(script.wire.sent).toEqual([{ do: 'subscribe', id: 2, topic: 'gate', of: '*', after: { epoch: 'e1', n: 5 } }]);
    script.say(delta('gate', '*', 6, [['account a', { state: 'OPEN' }]]));
    expect(rowsOf(line, 'gate', '*')).toEqual([
      ['global *', { state: 'KILLED' }],
      ['account a', { state: 'OPEN' }],
    ]);
    expect(line.places('gate', '*')[0]!.broke).toBeNull();
  });

  test('marks what began anew where something between may be missing', () => {
    const { script, line } = opened([['decisions', '*']]);
    script.say(snapshot('decisions', '*', 1, [['1.0', 1]]));
    script.wire.events.closed(1006, '');
    script.pass(1_000);
    script.welcome('e2');
    script.say(snapshot('decisions', '*', 9, [['8.0', 8]], 'not kept'));
    expect(line.places('decisions', '*')[0]!.broke).toEqual({ why: 'not kept', seq: 10 });
  });

  test('asks anew, once, for a channel that a message is missing of, and shows none of what followed until then', () => {
    const { script, line } = opened();
    script.say(snapshot('gate', '*', 1, [['k', 1]]), delta('gate', '*', 3, [['k', 3]]), delta('gate', '*', 4, [['k', 4]]));
    expect(rowsOf(line, 'gate', '*')).toEqual([['k', 1]]);
    expect(line.gaps).toBe(1);
    expect(script.wire.sent.slice(1)).toEqual([{ do: 'subscribe', id: 2, topic: 'gate', of: '*' }]);
    script.say(snapshot('gate', '*', 5, [['k', 5]]));
    expect(rowsOf(line, 'gate', '*')).toEqual([['k', 5]]);
  });

  test('gives up a line that is silent for twice the beat, though its socket stays open', () => {
    const { script, line } = opened();
    script.pass(1_900);
    script.say(beat(7));
    script.pass(2 * BEAT_MS);
    expect(line.state.is).toBe('open');
    script.pass(BEAT_MS / 4);
    expect(line.state).toMatchObject({ is: 'waiting', since: 1_900 });
    expect(script.wires.map(({ open }) => open)).toEqual([false]);
  });

  test('waits longer each time, up to a bound, and starts over once it is welcomed', () => {
    const { script, line } = opened();
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      script.wire.events.closed(1006, '');
      const { state } = line;
      if (state.is !== 'waiting') throw new Error(`it is ${state.is}`);
      waits.push(state.until - script.now);
      script.pass(state.until - script.now);
    }
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(waits[1]! / waits[0]!).toBe(2);
    expect(waits.at(-1)).toBe(waits.at(-2));
    expect(waits.at(-1)).toBeLessThanOrEqual(15_000);
    script.welcome();
    script.wire.events.closed(1006, '');
    expect(line.state).toMatchObject({ until: script.now + waits[0]! });
  });

  test('stops telling the gateway that it looks when nobody has looked for a moment, and not when a page only changed', () => {
    const { script, line, leave } = opened();
    leave[0]!();
    script.pass(500);
    const again = line.watch('gate', '*');
    script.say(beat(1));
    script.pass(1_500);
    expect(script.wire.sent).toHaveLength(1);
    again();
    again();
    script.say(beat(2));
    script.pass(1_500);
    expect(script.wire.sent.slice(1)).toEqual([{ do: 'unsubscribe', id: 2, topic: 'gate', of: '*' }]);
    expect(line.places('gate', '*')).toEqual([]);
  });

  test('keeps what the gateway refuses to tell, with its remedy', () => {
    const { script, line } = opened([['logs', '*']]);
    script.say({ say: 'refused', id: 1, reason: 'logs are for admins', remedy: 'ask an admin' });
    expect(line.refusal('logs', '*')).toBe('logs are for admins: ask an admin');
  });

  test('does not show what another version of the protocol says', () => {
    const script = new Script();
    const line = new Line(script.ports, { changed: () => {} });
    line.begin();
    script.wire.events.heard(JSON.stringify([{ say: 'welcome', version: 2 }]));
    expect(line.state).toMatchObject({ is: 'closed', why: expect.stringContaining('load the page again') });
  });

  test('whatever is lost, doubled and cut on the way, it shows what the gateway held at the place it says', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), key: fc.nat(3), value: fc.option(fc.nat(9)) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
    );
    const came = { gaps: 0, cuts: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const { script, line } = opened();
        const held = new Map<string, number>();
        const was = new Map<number, [string, number][]>([[0, []]]);
        let n = 0;
        let losing = false;
        /** Answers what the line asks for, as the hub does where nothing is kept. */
        const answer = (): void => {
          const asked = script.wire.sent.splice(0);
          for (const one of asked)
            if (one.do === 'subscribe') {
              if (one.after?.n === n) script.say({ say: 'resumed', id: one.id, topic: 'gate', of: '*', n });
              else script.say(snapshot('gate', '*', n, [...held], one.after === undefined ? 'asked' : 'not kept'));
            }
        };
        answer();
        for (const one of steps) {
          if (one.do === 'lose') losing = true;
          else if (one.do === 'cut') {
            came.cuts += 1;
            script.wire.events.closed(1006, '');
            script.pass(20_000);
            script.welcome();
            answer();
          } else {
            if (one.value === null) held.delete(`k${one.key}`);
            else held.set(`k${one.key}`, one.value);
            n += 1;
            was.set(n, [...held]);
            if (!losing) script.say(delta('gate', '*', n, [[`k${one.key}`, one.value]]));
            losing = false;
            const [place] = line.places('gate', '*');
            const sorted = (rows: Iterable<[string, unknown]>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
            expect(sorted(place!.followed.rows)).toEqual(sorted(was.get(place!.followed.cursor!.n)!));
            expect([...place!.rowSeq.keys()].sort()).toEqual([...place!.followed.rows.keys()].sort());
            answer();
          }
        }
        came.gaps += line.gaps;
      }),
      { numRuns: 200 },
    );
    expect(came.gaps).toBeGreaterThan(50);
    expect(came.cuts).toBeGreaterThan(50);
  });
});

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

  test('gives the same picture until it is painted again, so that a page does not draw for nothing', () => {
    const { script, store } = painted('quotes', '*');
    script.say(snapshot('quotes', 'BTC', 0, [['BTC', 1]]), snapshot('quotes', 'ETH', 0, [['ETH', 2]]));
    script.pass(PAINT_MS);
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
