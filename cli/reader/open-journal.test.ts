// A journal that grows while it is asked about, at any byte, and whose beginning goes elsewhere: what is folded and carried on is what a reading from
// the beginning finds, each decision once.
import { appendFileSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, type Decision } from '#engine/decisions.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import { takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import type { Seq } from '#engine/values.ts';
import { FileFrameMap } from '#infra/files/frame-map.ts';
import { FileReader } from '#infra/files/read.ts';
import type { Story } from '#replay/story.ts';
import { type RestPlace, restPlace } from '#tests/gateway/rest-place.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { nodeDigest } from '../compose/digest.ts';
import { type Fold, OpenJournal } from './open-journal.ts';

let place: RestPlace;
let segments: string[];
const folders: string[] = [];
beforeAll(async () => {
  place = await restPlace({ seed: 31, ticks: 2_000 });
  segments = readdirSync(place.folder).filter((name) => name.endsWith('.seg'));
}, 60_000);
afterAll(() => {
  place.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'open-journal-'));
  folders.push(folder);
  return folder;
};
const openAt = (folder: string): OpenJournal =>
  new OpenJournal({
    folder,
    open: () => new FileReader({ folder, digest: nodeDigest }),
    map: new FileFrameMap(folder),
    catalogue: testCatalogue,
  });
const goOn = (): boolean => false;

class Addresses implements Fold {
  readonly all: string[] = [];
  readonly terms = new Set<string>();
  take(decision: Decision, { instruments, accounts }: Story): void {
    this.all.push(addressOf(decision));
    if ('instrument' in decision && decision.instrument !== 'none' && decision.type !== 'Posted' && instruments.has(decision.instrument))
      this.terms.add(instruments.get(decision.instrument)!.tick);
    if (decision.type === 'OrderFilled') expect([...accounts.keys()]).toContain(decision.account);
  }
}
const addresses = (): Addresses => new Addresses();

/** By the reader that checks everything, from the beginning. */
async function wholeIn(folder: string): Promise<string[]> {
  const all: string[] = [];
  for await (const { frame } of new FileReader({ folder, digest: nodeDigest }).frames()) {
    const payload = frame.kind === 'decisions' ? decodePayload(frame) : null;
    if (payload?.kind === 'decisions') all.push(...decodeDecisions(payload.bytes).map(addressOf));
  }
  return all;
}

test('it grows by any bytes, and is asked in between: nothing is lost, nothing is folded twice', async () => {
  expect(segments.length).toBeGreaterThan(1);
  const total = segments.reduce((sum, name) => sum + readFileSync(join(place.folder, name)).length, 0);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: total }), { minLength: 1, maxLength: 6 }), async (cuts) => {
      const folder = emptyFolder();
      const journal = openAt(folder);
      let [written, before] = [0, 0];
      for (const cut of [...cuts, total].sort((a, b) => a - b)) {
        for (const [name, from, to] of partsOf(written, cut))
          appendFileSync(join(folder, name), readFileSync(join(place.folder, name)).subarray(from, to));
        written = cut;
        const [one, other] = await Promise.all([journal.folded(addresses, goOn), journal.folded(addresses, goOn)]);
        expect(other.fold).toBe(one.fold);
        expect(one.fold.all).toEqual(await wholeIn(folder));
        expect(one.fold.all.length).toBeGreaterThanOrEqual(before);
        before = one.fold.all.length;
      }
      expect(before).toBe(place.decisions.length);
    }),
    { numRuns: 6, seed: 4 },
  );
}, 60_000);

/** Which bytes of which segment stand between two places of the whole. */
function partsOf(begin: number, end: number): [name: string, from: number, to: number][] {
  const parts: [string, number, number][] = [];
  let at = 0;
  for (const name of segments) {
    const size = readFileSync(join(place.folder, name)).length;
    const [from, to] = [Math.max(0, begin - at), Math.min(size, end - at)];
    if (to > from) parts.push([name, from, to]);
    at += size;
  }
  return parts;
}

test('from any number on: every decision behind it, in order, with what was defined before it', async () => {
  const journal = openAt(place.folder);
  const { last } = await journal.milestones();
  for (let seq = 0; seq <= last!.seq + 1; seq += 37) {
    const told: Decision[] = [];
    let defined = 0;
    await journal.decisions(seq, goOn, (decision, { instruments }) => {
      told.push(decision);
      defined = instruments.size;
      return told.length === 400 ? 'enough' : 'on';
    });
    const behind = told.filter(({ cause }) => cause >= seq).map(addressOf);
    expect(behind).toEqual(
      place.decisions
        .filter(({ cause }) => cause >= seq)
        .slice(0, behind.length)
        .map(addressOf),
    );
    if (told.length > 0 && seq > 10) expect(defined).toBe(2);
  }
});

test('the map knows each frame that the reader hands out, its numbers and its bytes', async () => {
  const map = new FileFrameMap(place.folder);
  await map.catchUp();
  const { index } = map;
  let at = 0;
  for await (const { frame, bytes, place: where } of new FileReader({ folder: place.folder, digest: nodeDigest }).frames()) {
    expect([index.kind(at), index.first(at)]).toEqual([frame.kind, frame.first]);
    const found = await map.read(at);
    expect([found.place, Buffer.compare(found.bytes, bytes)]).toEqual([where, 0]);
    if (takesNumbers(frame.kind)) {
      expect(index.last(at)).toBe(lastNumber(frame));
      for (const seq of [frame.first, lastNumber(frame)]) expect(index.numberedAt(index.nthFrom(seq))).toBe(at);
    }
    at += 1;
  }
  expect(at).toBe(index.length);
  expect(index.nthFrom(Number.MAX_SAFE_INTEGER)).toBe(index.numbered);
});

test('its beginning goes elsewhere while it is asked about: what is left is told, with what was defined in what went', async () => {
  const folder = emptyFolder();
  for (const name of segments) copyFileSync(join(place.folder, name), join(folder, name));
  const journal = openAt(folder);
  expect((await journal.folded(addresses, goOn)).fold.all).toHaveLength(place.decisions.length);
  rmSync(join(folder, segments[0]!));
  const { fold: left } = await journal.folded(addresses, goOn);
  expect(left.all).toEqual(await wholeIn(folder));
  expect(left.all.length).toBeLessThan(place.decisions.length);
  expect(left.terms.size).toBeGreaterThan(0);
  const { first } = await journal.milestones();
  expect(first!.seq).toBeGreaterThan(1);
  expect((await journal.definitionsBefore(first!.seq as Seq)).size).toBe(2);
});

test('its end is cut off by who owns it next: what was noted of that is forgotten', async () => {
  const folder = emptyFolder();
  for (const name of segments) copyFileSync(join(place.folder, name), join(folder, name));
  const journal = openAt(folder);
  const whole = (await journal.folded(addresses, goOn)).fold.all.length;
  const newest = join(folder, segments.at(-1)!);
  truncateSync(newest, Math.floor(statSync(newest).size / 2));
  const { fold: left } = await journal.folded(addresses, goOn);
  expect(left.all).toEqual(await wholeIn(folder));
  expect(left.all.length).toBeLessThan(whole);
});
