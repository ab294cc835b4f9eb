// Where a venue has tiers or delays of several kinds, a change that would leave part of them as they are is refused, or takes them all.
import { expect, test } from 'vitest';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { AccountId } from '#engine/values.ts';
import { NO_CHANGE, type VenueChange, withTerms } from '#replay/fork.ts';
import { Flags } from '../flags.ts';
import { type Changed, changeOf } from './fork-change.ts';
import { venueChangeIn } from './venue-asked.ts';

const PLAIN: VenueSpec = { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null };
const TIERED: VenueSpec = { ...PLAIN, feeTiers: [{ from: 1_000, makerFee: 50, takerFee: 400 }] };
const DRAWN: VenueSpec = { ...PLAIN, moreLatency: { kind: 'seeded', seed: 7, mostUs: 50_000 } };

const changed = (flags: Record<string, string>, venues: Readonly<Record<string, VenueSpec>>, of: string | null = null) => {
  const accounts = Object.entries(venues).map(([id, pure]) => ({ id: id as AccountId, pure }));
  const run = { id: 'a run', scale: 2, accounts, reader: null as unknown as Changed['reader'] };
  const asked = { run: 'a run', at: null, of, strategy: null, limits: [], inside: false, account: null, tags: [] };
  return changeOf({ ...asked, set: NO_CHANGE.set, dropped: NO_CHANGE.dropped, venue: venueChangeIn(new Flags(flags)) }, run);
};
const termsOf = async (...asked: Parameters<typeof changed>): Promise<VenueChange> => (await changed(...asked)).venue;

test('one fee of a venue with tiers is refused, and the text says what to say instead', async () => {
  for (const flags of [{ fee: '10' }, { makerFee: '1' }] as Record<string, string>[]) {
    await expect(changed(flags, { alpha: TIERED })).rejects.toMatchObject({
      code: 2,
      lines: [expect.stringContaining('alpha pays by tiers (1000:0.5:4)'), expect.stringContaining('--fee-tiers none')],
    });
    await expect(changed(flags, { alpha: PLAIN, beta: TIERED })).rejects.toThrow('beta pays by tiers');
    await expect(changed(flags, { alpha: PLAIN, beta: TIERED }, 'alpha')).resolves.toBeDefined();
  }
});

test('with tiers of its own, or none, every fill pays as was said', async () => {
  const tiers = [{ from: 5, makerFee: 100, takerFee: 200 }];
  expect(withTerms(TIERED, await termsOf({ fee: '10', feeTiers: 'none' }, { alpha: TIERED }))).toEqual({ ...PLAIN, takerFee: 1_000 });
  expect(withTerms(TIERED, await termsOf({ feeTiers: '5:1:2' }, { alpha: TIERED }))).toEqual({ ...PLAIN, feeTiers: tiers });
  expect(withTerms(PLAIN, await termsOf({ feeTiers: '5:1:2' }, { alpha: PLAIN }))).toEqual({ ...PLAIN, feeTiers: tiers });
});

test('a latency is the whole of it: nothing that was drawn stays on top', async () => {
  expect(withTerms(DRAWN, await termsOf({ latency: '2s' }, { alpha: DRAWN }))).toEqual({ ...PLAIN, latencyUs: 2_000_000 });
  const drawn = await termsOf({ latency: 'seeded:20ms..30ms:1' }, { alpha: PLAIN });
  expect(withTerms(PLAIN, drawn)).toEqual({ ...PLAIN, latencyUs: 20_000, moreLatency: { kind: 'seeded', seed: 1, mostUs: 10_000 } });
  // a branch that was made before names nothing that its run does not have: its name stays
  expect(await termsOf({ latency: '2s' }, { alpha: PLAIN })).toEqual({ latencyUs: 2_000_000 });
});
