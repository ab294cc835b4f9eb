// A desk moved about in a recorded day is, wherever it stands, the desk that ran there from the beginning.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND_US } from '#engine/values.ts';
import { Film, FilmTooLarge } from '#replay/film.ts';
import { NO_CHANGE } from '#replay/fork.ts';
import { Playhead } from '#replay/playhead.ts';
import { numberAt } from '#replay/run-to.ts';
import { stateAt } from '#replay/state-at.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { branched } from './branched.ts';
import { seal } from './forge.ts';
import { randomDesk } from './random-desk.ts';
import { nodeDigest, START } from './recorder.ts';

const recorded = randomDesk({ seed: 9, ticks: 3000, cuts: [400, 30], checkpointEvery: 12, segmentAt: [40] });
const sealed = seal(recorded.frames);
const options = { digest: nodeDigest, catalogue: testCatalogue };
const film = await Film.read(sealed.reader().frames(), { mostBytes: 1e9 });
const span = film.last.at - film.begins;

const hashes = ({ run }: Playhead) => [run.desk.seq, run.desk.at, run.stateHash(), run.runHash()];
const fresh = async (where: Readonly<{ seq: number }> | Readonly<{ at: number }>) => {
  const { seq, at, stateHash, runHash } = await stateAt(sealed.reader(), where, options);
  return [seq, at, stateHash, runHash];
};

const somewhere = fc.oneof(
  fc.record({ seq: fc.integer({ min: 1, max: film.last.seq }) }),
  fc.record({ at: fc.integer({ min: film.begins, max: film.last.at - 1 }) }),
);

describe('a film', () => {
  test('finds numbers and moments as the journal itself does', async () => {
    expect(film.last.seq).toBe(recorded.run.desk.seq);
    for (let part = 0; part <= 20; part++) {
      const at = film.begins + Math.floor((span * part) / 20);
      expect(film.numberAt(at)).toBe(await numberAt(sealed.reader(), at));
    }
    for (const seq of [1, 2, 40, 777, film.last.seq]) {
      expect(film.arrivalOf(seq)).toBe((await stateAt(sealed.reader(), { seq }, options)).at);
      expect(film.numberAt(film.arrivalOf(seq))).toBeGreaterThanOrEqual(seq);
    }
  });

  test('finds the numbers of one instrument, in both directions', () => {
    const [instrument] = recorded.run.desk.parts.markets.all.map(({ definition }) => definition.id);
    const forward: number[] = [];
    for (let at: number | null = 0; (at = film.numberOf(instrument!, at, false)) !== null; ) forward.push(at);
    const back: number[] = [];
    for (let at: number | null = film.last.seq + 1; (at = film.numberOf(instrument!, at, true)) !== null; ) back.unshift(at);
    expect(forward.length).toBeGreaterThan(100);
    expect(back).toEqual(forward);
  });

  test('knows where nothing arrived for long, once it was played', async () => {
    const own = await Film.read(sealed.reader().frames(), { mostBytes: 1e9 });
    const head = new Playhead(own, options);
    while (!head.forward(own.last, 500));
    const arrivals = Array.from({ length: own.last.seq }, (_, i) => own.arrivalOf(i + 1));
    const far = arrivals.flatMap((at, i) => (i > 0 && at - arrivals[i - 1]! >= SECOND_US ? [{ from: arrivals[i - 1]!, to: at }] : []));
    expect(far.length).toBeGreaterThan(0);
    expect(own.quiet(SECOND_US)).toEqual(far);
  });

  test('larger than what is held is refused, with its size', async () => {
    await expect(Film.read(sealed.reader().frames(), { mostBytes: 1000 })).rejects.toThrow(FilmTooLarge);
  });
});

describe('a branch', () => {
  test('is put back before and behind where it parts, as often as anybody likes', async () => {
    const change = { ...NO_CHANGE, at: 1400, venue: { takerFee: 5000 }, dropped: [[1800, 1850]] } as const;
    const branch = await branched(recorded.frames, change, testCatalogue);
    const own = await Film.read(branch.reader().frames(), { mostBytes: 1e9 });
    expect(own.mark?.at).toBe(1400);
    const straight = new Playhead(own, options);
    const midways: { midway: ReturnType<Playhead['midway']>; hashes: unknown }[] = [];
    const heard: number[] = [];
    for (const seq of [5, 700, 1399, 1400, 1401, 1810, 2600]) {
      while (!straight.forward(own.positionOf({ seq }), 97));
      midways.push({ midway: straight.midway(), hashes: hashes(straight) });
    }
    expect(straight.run.runHash()).not.toBe((await stateAt(sealed.reader(), { seq: 2600 }, options)).runHash);
    for (const [index, { midway }] of [...midways.entries()].reverse()) {
      const head = new Playhead(own, { ...options, took: ({ first, count }) => heard.push(first, first + count - 1) }, midway);
      for (const later of midways.slice(index)) {
        while (!head.forward(later.midway.at, 61));
        expect(hashes(head)).toEqual(later.hashes);
      }
    }
    expect(heard.filter((seq) => seq >= 1800 && seq <= 1850)).toEqual([]); // what does not happen is not told of
  });
});

describe('a playhead', () => {
  test('stands where a fresh desk stands, however it came there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(somewhere, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 700 }), async (wheres, most) => {
        const kept = [new Playhead(film, options).midway()];
        let head = new Playhead(film, options);
        for (const where of wheres) {
          const to = film.positionOf(where);
          const nearest = kept.filter(({ at }) => at.seq < to.seq).at(-1) ?? null;
          if (to.seq <= head.at.seq) head = new Playhead(film, options, to.seq === 0 ? null : nearest);
          while (!head.forward(to, most));
          expect(hashes(head)).toEqual(await fresh(where));
          kept.push(head.midway());
          kept.sort((a, b) => a.at.seq - b.at.seq);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('at its end is the recorded run', () => {
    const head = new Playhead(film, options);
    while (!head.forward(film.last, 64));
    expect(head.run.runHash()).toBe(recorded.run.runHash());
    expect(head.at.at - START).toBeGreaterThan(SECOND_US);
  });
});
