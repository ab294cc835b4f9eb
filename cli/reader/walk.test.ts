// However a journal is looked through from its end, in stretches of any size, a page holds what a reading from its beginning finds.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf } from '#engine/decisions.ts';
import { FileFrameMap } from '#infra/files/frame-map.ts';
import { FileReader } from '#infra/files/read.ts';
import { type RestPlace, restPlace } from '#tests/gateway/rest-place.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { nodeDigest } from '../compose/digest.ts';
import { OpenJournal, QuestionDropped } from './open-journal.ts';
import { walk } from './walk.ts';

let place: RestPlace;
let journal: OpenJournal;
beforeAll(async () => {
  place = await restPlace({ seed: 23, ticks: 2_000 });
  journal = new OpenJournal({
    ...{ folder: place.folder, map: new FileFrameMap(place.folder), catalogue: testCatalogue },
    open: () => new FileReader({ folder: place.folder, digest: nodeDigest }),
  });
}, 60_000);
afterAll(() => place.close());

test('newest first, looked for in stretches', async () => {
  const all = place.decisions.map(addressOf).reverse();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 300 }),
      fc.nat(all.length - 1),
      async (look, limit, from) => {
        const asked = { from: null, to: null, order: 'newest' as const, limit, behind: all[from]! };
        const { items, next } = await walk(journal, asked, addressOf, () => false, look);
        expect(items).toEqual(all.slice(from + 1, from + 1 + limit));
        expect(next).toBe(from + 1 + limit < all.length ? items.at(-1) : null);
      },
    ),
    { numRuns: 60, seed: 5 },
  );
}, 60_000);

test('a moment is found where it is, from every place', async () => {
  const milestones = await journal.milestones();
  for (const { at, cause } of place.decisions) {
    if (cause < milestones.first!.seq) continue;
    expect(await milestones.before(at)).toBeLessThanOrEqual(cause);
    expect(await milestones.behind(at + 1)).toBeGreaterThanOrEqual(cause);
  }
});

test('a question nobody waits for ends', async () => {
  const asked = { from: null, to: null, order: 'oldest' as const, limit: 1_000_000, behind: null };
  await expect(walk(journal, asked, addressOf, () => true)).rejects.toThrow(QuestionDropped);
});
