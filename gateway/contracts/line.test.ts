// The line over a gateway that is a script: what it asks for, where it goes on, when it gives up, and that nothing is shown with a hole in it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEAT_MS, beat, delta, Script, snapshot } from '#tests/gateway/scripted-line.ts';
import { Line } from './line.ts';
import type { TopicName } from './live.ts';

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
