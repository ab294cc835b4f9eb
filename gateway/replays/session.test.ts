// A replay moved about at random is, wherever it stands, a replay that was only ever played to there: hash for hash, and row for row.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf } from '#engine/decisions.ts';
import { Film } from '#replay/film.ts';
import { NO_CHANGE } from '#replay/fork.ts';
import { stateAt } from '#replay/state-at.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { branched } from '#tests/replay/branched.ts';
import { decisionsOf, seal } from '#tests/replay/forge.ts';
import { randomDesk } from '#tests/replay/random-desk.ts';
import { nodeDigest } from '#tests/replay/recorder.ts';
import { Followed } from '../contracts/followed.ts';
import { serverMessage } from '../contracts/live.ts';
import { type ReplayMove, replayMove, replayRow, replayTimeline } from '../contracts/replays.ts';
import { DESK_ROWS, type DeskTopic } from '../contracts/rows.ts';
import type { HubClock } from '../live/hub.ts';
import { STANDARD_LIMITS } from '../live/hub.ts';
import type { Sent, Socket } from '../transport/server.ts';
import { ReplaySession } from './session.ts';

const recorded = randomDesk({ seed: 4, ticks: 2500, cuts: [400, 30], checkpointEvery: 12 });
const sealed = seal(recorded.frames);
const derive = { digest: nodeDigest, catalogue: testCatalogue };
const film = await Film.read(sealed.reader().frames(), { mostBytes: 1e9 });
const day = film;
const change = { ...NO_CHANGE, at: 1100, venue: { takerFee: 5000 }, dropped: [[1500, 1600]] } as const;
const branch = await Film.read((await branched(recorded.frames, change, testCatalogue)).reader().frames(), { mostBytes: 1e9 });
const decisions = decisionsOf(recorded.frames);
const same = (bytes: Uint8Array): Uint8Array => bytes;

/** Time by hand; with `perLook`, each look at it costs so much, so that slices end in the middle of things. */
class Hands {
  now = 0;
  readonly perLook: number;
  #due: { at: number; call: () => void }[] = [];
  constructor(perLook: number) {
    this.perLook = perLook;
  }
  readonly clock: HubClock = {
    nowMs: () => (this.now += this.perLook),
    after: (ms, call) => {
      const one = { at: this.now + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
  };

  pass(ms: number): void {
    for (const end = this.now + ms; ; ) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) {
        this.now = Math.max(this.now, end);
        return;
      }
      this.#due = this.#due.filter((one) => one !== next);
      this.now = Math.max(this.now, next.at);
      next.call();
    }
  }
}

/** As a page holds what only grows: so many of the newest. */
const GROWS: Readonly<Record<string, number>> = { trades: 200, decisions: 300, alerts: 100 };

/** Follows everything, as a client that keeps up. */
class Follower implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  readonly open = true;
  readonly bufferedBytes = 0;
  readonly followed = new Map<string, Followed>();
  /** Positions that were told in one frame, of its messages. */
  readonly frames: (readonly number[])[] = [];

  send(message: Uint8Array | string): Sent {
    const told = (JSON.parse(Buffer.from(message as Uint8Array).toString()) as unknown[]).map((one) => serverMessage.parse(one));
    this.frames.push(told.flatMap((one) => ('seq' in one ? [one.seq] : [])));
    for (const one of told) {
      if (one.say !== 'snapshot' && one.say !== 'delta') continue;
      const name = `${one.topic} ${one.of}`;
      const followed = this.followed.get(name) ?? new Followed(GROWS[one.topic] ?? null);
      this.followed.set(name, followed);
      expect(followed.take(one, 'e')).toBe('taken');
    }
    return 'sent';
  }

  rows(): Record<string, Record<string, unknown>> {
    const all: Record<string, Record<string, unknown>> = {};
    for (const [name, { rows }] of this.followed) all[name] = Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
    return all;
  }
  close(): void {}
  subscribe(): void {}
  unsubscribe(): void {}
}

function opened(perLook = 0, workApart = 500, film = day) {
  const hands = new Hands(perLook);
  const hub = {
    epoch: 'e',
    windowMs: 10,
    beatMs: 1e9,
    limits: { ...STANDARD_LIMITS, unsentBytes: 1e9 },
    kept: { messages: 10, bytes: 10_000 },
  };
  const session = new ReplaySession({
    ...{ id: 'r1', film, derive, clock: hands.clock, hub, packing: { pack: same, unpack: same } },
    scout: { workApart, bytes: 1e9 },
  });
  const watch = (): Follower => {
    const follower = new Follower();
    const viewer = session.hub.attach(follower, () => null);
    for (const topic of Object.keys(DESK_ROWS)) viewer.hear(JSON.stringify({ do: 'subscribe', id: 1, topic }));
    return follower;
  };
  const move = async (asked: ReplayMove) => {
    const answer = session.move(replayMove.parse(asked));
    hands.pass(20_000);
    return answer;
  };
  return { session, hands, watch, move };
}

/** What one shows that was only ever played to there. */
async function playedTo(to: Readonly<{ seq: number; at: number }>, film = day) {
  const { session, watch, move, hands } = opened(0, Number.POSITIVE_INFINITY, film);
  const follower = watch();
  await move({ to });
  expect(session.standing()).toMatchObject(to);
  hands.pass(100);
  return { state: session.stateHash(), rows: apart(follower.rows()) };
}

/** Without the row of the replay itself, which tells of the clock. */
function apart(rows: Record<string, Record<string, unknown>>) {
  const { replay: _, ...system } = rows['system *'] ?? {};
  return { ...rows, 'system *': system };
}

const place = fc.oneof(
  fc.record({ seq: fc.integer({ min: 0, max: film.last.seq + 5 }) }),
  fc.record({ at: fc.integer({ min: film.begins - 5, max: film.last.at + 5 }) }),
);
const back = fc.boolean();
const aMove: fc.Arbitrary<ReplayMove> = fc.oneof(
  fc.record({ to: place }),
  fc.record({ step: fc.constantFrom('event', 'candle', 'order', 'decision'), back }),
  fc.record({ jump: fc.constantFrom('fill', 'refusal', 'alert', 'gate'), back }),
  fc.record({ play: fc.constantFrom(1, 60, 1000, 'max' as const) }),
);

describe('a replay', () => {
  test('that was moved about shows, wherever it stands, what one shows that was only played to there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aMove, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 3 }), async (moves, perLook) => {
        const { session, hands, watch, move } = opened(perLook);
        const follower = watch();
        for (const asked of moves) {
          if (!('play' in asked)) await move(asked);
          else {
            void session.move(asked);
            hands.pass(700);
            await move({ pause: true });
          }
        }
        hands.pass(100);
        const { seq, at } = session.standing();
        const there = await playedTo({ seq, at });
        expect(session.stateHash()).toBe(there.state);
        expect(apart(follower.rows())).toEqual(there.rows);
        if (seq > 0 && (at === film.arrivalOf(seq) || film.numberAt(at) === seq)) {
          const state = await stateAt(sealed.reader(), at > film.arrivalOf(seq) ? { at } : { seq }, derive);
          expect([state.seq, state.stateHash]).toEqual([seq, session.stateHash()]);
        }
        expect(session.hub.viewers).toBe(1);
      }),
      { numRuns: 15 },
    );
  });

  test('of a branch shows before, at and behind its parting what one shows that was only played to there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aMove, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 3 }), async (moves, perLook) => {
        const { session, hands, watch, move } = opened(perLook, 300, branch);
        const follower = watch();
        for (const asked of moves) if (!('play' in asked)) await move(asked);
        hands.pass(100);
        const { seq, at } = session.standing();
        const there = await playedTo({ seq, at }, branch);
        expect(session.stateHash()).toBe(there.state);
        expect(apart(follower.rows())).toEqual(there.rows);
      }),
      { numRuns: 12 },
    );
  });

  test('shows nothing of what lies ahead, in any channel, though all of it was looked through', async () => {
    const { session, watch, move, hands } = opened();
    const follower = watch();
    await move({ to: { seq: film.last.seq } });
    await move({ to: { seq: 1300 } });
    hands.pass(100);
    expect(session.scout.done).toBe(true);
    const { seq, at } = session.standing();
    for (const [name, rows] of Object.entries(apart(follower.rows()))) {
      const topic = name.split(' ')[0] as DeskTopic;
      for (const [key, row] of Object.entries(rows)) {
        DESK_ROWS[topic].parse(row);
        const said = row as Record<string, unknown>;
        if (topic === 'decisions' || topic === 'trades' || topic === 'alerts') expect(Number.parseInt(key, 10)).toBeLessThanOrEqual(seq);
        for (const field of ['seq', 'cause', 'movedBy', 'killedAt'])
          if (typeof said[field] === 'number') expect(said[field]).toBeLessThanOrEqual(seq);
        for (const field of ['at', 'since', 'tickAt', 'heardAt', 'end'])
          if (typeof said[field] === 'number') expect(said[field]).toBeLessThanOrEqual(at);
      }
    }
    const told = new Set(Object.keys(follower.rows()['decisions *']!));
    const before = decisions.filter((one) => one.cause < seq || (one.cause === seq && one.at <= at));
    expect(told).toEqual(new Set(before.slice(-300).map(addressOf)));
  });

  test('tells those who watch of a move in one piece, and of one clock to all of them', async () => {
    const { session, watch, move, hands } = opened();
    const [one, other] = [watch(), watch()];
    await move({ to: { seq: 2000 } });
    hands.pass(100);
    one.frames.length = 0;
    await move({ to: { seq: 700 } });
    expect(one.frames[0]!.length).toBeGreaterThan(10);
    for (const frame of one.frames) expect(new Set(frame)).toEqual(new Set([700]));
    await move({ jump: 'fill' });
    hands.pass(100);
    expect(one.rows()).toEqual(other.rows());
    const row = replayRow.parse(one.rows()['system *']!['replay']);
    expect(row).toMatchObject({ id: 'r1', ...session.standing(), ready: 1 });
  });

  test('steps and jumps to each thing of a kind, in both directions, and says when there is no further', async () => {
    const { move } = opened();
    const places = [...new Set(decisions.filter(({ type }) => type === 'OrderFilled').map(({ cause, at }) => `${cause} ${at}`))];
    await move({ to: { seq: 0 } });
    const seen: string[] = [];
    for (;;) {
      const { seq, at, why } = await move({ jump: 'fill' });
      if (why === 'none further') break;
      seen.push(`${seq} ${at}`);
    }
    expect(seen).toEqual(places);
    await move({ to: { seq: film.last.seq } });
    const back: string[] = [];
    for (;;) {
      const { seq, at, why } = await move({ jump: 'fill', back: true });
      if (why === 'none further') break;
      back.unshift(`${seq} ${at}`);
    }
    expect(back).toEqual(places);
    expect((await move({ to: { seq: 0 } })).seq).toBe(0);
    expect(await move({ step: 'event', back: true })).toMatchObject({ seq: 0, why: 'start' });
    expect(await move({ step: 'event' })).toMatchObject({ seq: 1, why: 'moved' });
    await move({ to: { at: film.last.at } });
    expect(await move({ step: 'event' })).toMatchObject({ ...film.last, why: 'end' });
    expect(await move({ play: 1 })).toMatchObject({ playing: false, why: 'end' });
  });

  test('plays at the speed that is asked for, and stops at the end', async () => {
    const { session, hands, move } = opened();
    await move({ to: { seq: 500 } });
    const begun = session.standing();
    expect(await session.move({ play: 4 })).toMatchObject({ playing: true, speed: 4, why: null });
    hands.pass(3000);
    expect(Math.abs(session.standing().at - begun.at - 12e6)).toBeLessThan(4 * 25_000);
    await session.move({ play: 'max' });
    hands.pass(20_000);
    expect(session.standing()).toMatchObject({ ...film.last, playing: false, why: 'end' });
    expect(session.stateHash()).toBe(recorded.run.stateHash());
  });

  test('of two moves the later one counts, and the earlier one is told so', async () => {
    const { session, hands } = opened(3);
    const first = session.move({ to: { seq: film.last.seq } });
    const second = session.move({ to: { seq: 900 } });
    hands.pass(20_000);
    expect((await first).why).toBe('overtaken');
    expect(await second).toMatchObject({ seq: 900, why: 'moved' });
  });

  test('shares the clock of another one', async () => {
    const [one, other] = [opened(3), opened(3)];
    other.session.linked({ beside: 'r0', together: true });
    for (const to of [1500, 300, 301, 302]) {
      other.session.follow(await one.move({ to: { seq: to } }));
      other.hands.pass(20_000);
      expect(other.session.standing()).toEqual(one.session.standing());
      expect(other.session.stateHash()).toBe(one.session.stateHash());
    }
  });

  test('counts what happened in each stretch of time, whatever their number', async () => {
    const { session, hands } = opened();
    hands.pass(60_000);
    for (const buckets of [1, 7, 200]) {
      const told = replayTimeline.parse(session.timeline(buckets));
      const sum = (field: 'ticks' | 'decisions' | 'fills' | 'refusals' | 'alerts' | 'gates') =>
        told.buckets.reduce((all, one) => all + one[field], 0);
      expect(told.ready).toBe(1);
      expect(sum('ticks')).toBe(recorded.run.counts.ticks);
      expect(sum('fills')).toBe(recorded.run.counts.fills);
      expect(sum('refusals')).toBe(recorded.run.counts.refusals);
      expect(sum('decisions')).toBe(decisions.filter(({ at }) => at >= film.begins).length);
      expect(sum('gates')).toBe(told.gates.filter(({ at }) => at >= film.begins).length);
      expect(told.buckets.flatMap(({ lastSeq }) => lastSeq ?? []).at(-1)).toBe(film.last.seq);
    }
  });

  test('keeps fewer places where they would not fit, and comes to the same', async () => {
    const hands = new Hands(0);
    const hub = { epoch: 'e', windowMs: 10, beatMs: 1e9, limits: STANDARD_LIMITS, kept: { messages: 10, bytes: 10_000 } };
    const session = new ReplaySession({
      ...{ id: 'r1', film, derive, clock: hands.clock, hub, packing: { pack: same, unpack: same } },
      scout: { workApart: 100, bytes: 400_000 },
    });
    hands.pass(60_000);
    expect(session.scout.done).toBe(true);
    expect(session.scout.places).toBeLessThan(15);
    const answer = session.move({ to: { seq: 1234 } });
    hands.pass(60_000);
    expect(await answer).toMatchObject({ seq: 1234 });
    expect(session.stateHash()).toBe((await stateAt(sealed.reader(), { seq: 1234 }, derive)).stateHash);
  });
});
