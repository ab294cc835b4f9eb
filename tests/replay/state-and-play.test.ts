// The desk at any number or moment is the desk that stood there; and a replay at any speed is the same run.
import { describe, expect, test } from 'vitest';
import { SECOND_US, type TimeUs } from '#engine/values.ts';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import { momentOf } from '#replay/moment.ts';
import { type Pacer, paced, play, unpaced } from '#replay/play.ts';
import { NothingThere, numberAt, runTo } from '#replay/run-to.ts';
import { stateAt } from '#replay/state-at.ts';
import { clock, iso, span } from '#replay/words.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { decisionsOf, inputsOf, readerOf, seal } from './forge.ts';
import { randomDesk } from './random-desk.ts';
import { nodeDigest, START } from './recorder.ts';

const recorded = randomDesk({ seed: 9, ticks: 3000, cuts: [400, 30], checkpointEvery: 12, segmentAt: [40] });
const sealed = seal(recorded.frames);
const options = { digest: nodeDigest, catalogue: testCatalogue };
const last = recorded.run.desk.seq;

describe('the state', () => {
  test('at a number is that of a desk that ran there from the beginning', async () => {
    const whole = seal(recorded.frames.filter(({ kind }) => kind !== 'checkpoint'));
    for (const seq of [1, 9, 10, 700, 1500, 2222, last - 1, last]) {
      const near = await stateAt(sealed.reader(), { seq }, options);
      const far = await stateAt(whole.reader(), { seq }, options);
      expect(near.seq).toBe(seq);
      expect([near.stateHash, near.runHash]).toEqual([far.stateHash, far.runHash]);
      expect(near.picture).toEqual(far.picture);
    }
    expect((await stateAt(sealed.reader(), { seq: last }, options)).runHash).toBe(recorded.run.runHash());
    expect((await stateAt(sealed.reader(), { seq: last + 1000 }, options)).seq).toBe(last);
  });

  test('at a moment holds everything that had arrived or was due by then', async () => {
    const at = START + 31 * SECOND_US;
    const seq = await numberAt(sealed.reader(), at);
    const { run, picture, ...state } = await stateAt(sealed.reader(), { at }, options);
    expect(state).toMatchObject({ seq, at });
    expect(picture.at).toBe(iso(at));
    const due = run.desk.nextDeadline();
    expect(due === null || due > at).toBe(true);
    expect(picture.seq).toBe(seq);
  });

  test('reads like a desk', async () => {
    const fills = decisionsOf(recorded.frames).filter((decision) => decision.type === 'OrderFilled');
    const fill = fills.find(({ cause, position }) => position !== 0 && fills.filter((other) => other.cause === cause).length === 1)!;
    const { picture } = await stateAt(sealed.reader(), { seq: fill.cause }, options);
    expect(picture.gates.map(({ scope, of }) => `${scope}:${of}`)).toContain('strategy:ra');
    expect(picture.feeds).toHaveLength(2);
    expect(picture.accounts.map(({ account, venue, session }) => ({ account, venue, session }))).toMatchInlineSnapshot(`
      [
        {
          "account": "alpha",
          "session": "ready",
          "venue": "pure",
        },
        {
          "account": "beta",
          "session": "ready",
          "venue": "pure",
        },
      ]
    `);
    const held = picture.accounts.flatMap(({ positions }) => positions);
    expect(held).toContainEqual(expect.objectContaining({ strategy: fill.strategy, instrument: fill.instrument, lots: fill.position }));
    expect(picture.orders.find(({ order }) => order === fill.order)).toMatchObject({ filled: fill.lots, side: fill.side });
  });

  test('of nothing is a named answer', async () => {
    await expect(runTo(readerOf(new MemoryDisk()), 5, options)).rejects.toThrow(NothingThere);
  });
});

describe('a replay', () => {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  test('at full speed is the same run', async () => {
    const seen: string[] = [];
    const result = await play(sealed.reader(), {
      ...options,
      pacer: unpaced(turn),
      decided: ({ cause, index }) => seen.push(`${cause}.${index}`),
    });
    expect(result).toMatchObject({ finished: true, seq: last, runHash: recorded.run.runHash(), stateHash: recorded.run.stateHash() });
    expect(seen).toEqual(decisionsOf(recorded.frames).map(({ cause, index }) => `${cause}.${index}`));
  });

  test('piece by piece, whatever the pieces, is the same run; the event loop turns between them', async () => {
    let pieces = 0;
    let turns = 0;
    const watch = setInterval(() => turns++, 0);
    const pacer: Pacer = {
      async next(at) {
        pieces++;
        await turn();
        return at + (pieces % 7) * 30_000;
      },
    };
    const result = await play(sealed.reader(), { ...options, pacer });
    clearInterval(watch);
    expect(pieces).toBeGreaterThan(250);
    expect(turns).toBeGreaterThan(5);
    expect(result.runHash).toBe(recorded.run.runHash());
    expect(result.stateHash).toBe(recorded.run.stateHash());
  });

  test('from a number to a number shows only what lies between', async () => {
    const causes: number[] = [];
    const result = await play(sealed.reader(), {
      ...options,
      pacer: unpaced(turn),
      from: 1200,
      to: 1900,
      decided: ({ cause }) => causes.push(cause),
    });
    expect(result.seq).toBe(1900);
    expect(causes.length).toBeGreaterThan(10);
    expect(Math.min(...causes)).toBeGreaterThanOrEqual(1200);
    expect(Math.max(...causes)).toBeLessThanOrEqual(1900);
    expect(result.stateHash).toBe((await stateAt(sealed.reader(), { seq: 1900 }, options)).stateHash);
  });

  test('keeps to its speed, pauses, and stops', async () => {
    let now = 0;
    let pausedAt: number | null = null;
    const speed = () => (pausedAt === null ? 10 : now > pausedAt + 500 ? 1000 : 0);
    const world = {
      nowMs: () => now,
      stopped: () => pausedAt !== null && now > pausedAt + 520,
      async wait(ms: number) {
        now += ms;
        await turn();
      },
    };
    const lags: number[] = [];
    const paused: number[] = [];
    const result = await play(sealed.reader(), {
      ...options,
      pacer: paced(world, speed),
      status({ at, seq }) {
        const record = (at - START) / 1000;
        if (pausedAt === null) lags.push(now * 10 - record);
        else if (speed() === 0) paused.push(seq);
        if (record > 20_000) pausedAt ??= now;
      },
    });
    expect(paused).toEqual([]);
    // never ahead of its time, and never more than a piece behind
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(-1);
    expect(result.finished).toBe(false);
    expect(result.seq).toBeGreaterThan(500);
    expect(result.seq).toBeLessThan(last);
  });
});

test('moments and spans as people write them', () => {
  const bounds = { first: START + 30 * 3600 * SECOND_US, last: START + 60 * 3600 * SECOND_US, firstSeq: 1, seq: 9 };
  const told = (text: string) => {
    const moment = momentOf(text, bounds);
    return moment === null ? null : `${iso(moment.from)} + ${span(moment.to - moment.from)}`;
  };
  expect(
    ['10:32', '3:00', '10:32:05', '10:32:05.25', '2026-01-05T10:32:00Z', '2026-01-05 10:32', '1767609120000000', '25:00', 'soon'].map(told),
  ).toMatchInlineSnapshot(`
    [
      "2026-01-07T10:32:00Z + 1 min",
      "2026-01-07T03:00:00Z + 1 min",
      "2026-01-07T10:32:05Z + 1 s",
      "2026-01-07T10:32:05.25Z + 0.000001 s",
      "2026-01-05T10:32:00Z + 1 s",
      "2026-01-05T10:32:00Z + 1 min",
      "2026-01-05T10:32:00Z + 0.000001 s",
      null,
      null,
    ]
  `);
  expect([0, 1, 1500, SECOND_US, 61 * SECOND_US, 90 * 60 * SECOND_US, 86_400 * SECOND_US, -5].map(span)).toMatchInlineSnapshot(`
    [
      "0 s",
      "0.000001 s",
      "0.0015 s",
      "1 s",
      "61 s",
      "90 min",
      "1 d",
      "−0.000005 s",
    ]
  `);
  expect(clock(START + 1)).toBe('00:00:00.000001');
  expect(inputsOf(recorded.frames)[0].at satisfies TimeUs).toBe(START);
});
