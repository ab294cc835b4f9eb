/**
 * A branch on trial: its neighbours are branches of it. They part where it does, so that what it has in common with its parent stays as it was.
 * Keeps nothing.
 */
import type { VenueSpec } from '#engine/execution/account.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Parameters } from '#engine/strategy/strategy.ts';
import type { AccountId } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import type { Told } from '#replay/audit/trial.ts';
import { jitter } from '#replay/audit/variations.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { branchOf, type ForkChange, forkedPlain, NO_CHANGE, type VenueChange } from '#replay/fork.ts';
import { type Recorded, recordedIn } from '#replay/journal-play.ts';
import { Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import type { AuditBench, Variation } from './audit-bench.ts';
import { type BranchSettings, isBranch, readerOf, toldIn } from './fork-kept.ts';
import { accountMeant, deploymentsOf, playRecorded, specOf } from './journal-result.ts';
import { catalogue } from './kept-strategies.ts';

export async function branchBench({ id, settings }: RunEntry): Promise<AuditBench> {
  const recorded = await recordedIn(readerOf(id).frames());
  const named = isBranch(settings) ? (settings as BranchSettings).account : null;
  const account = accountMeant(recorded, named, `npx retrace audit ${id}`);
  const told = toldIn(recorded);
  const venue = specOf(told, account).pure;
  if (venue === null) throw new Refused(1, [`${account} is at an outside venue: nothing answers its neighbours`]);
  const { desk, manifest } = recorded;
  return {
    ...{ venue, parted: recorded.mark?.at ?? 0 },
    needsItsStart: 'a branch parts at a number, and without its first days it would be another branch',
    strategies: deploymentsOf(told, account).map(({ strategy, name, version, parameters }) => ({
      ...{ name: strategy, definition: catalogue(name, version)!, parameters: parameters as Parameters },
    })),
    play: (variation, seed, heard) => playNeighbour(id, recorded, account, { change: changeOf(variation, account), seed, heard }),
    trial: async () => {
      const facts = await toldBy(id);
      return { manifest, inputs: [], make: () => new DeskRun({ desk, digest: nodeDigest, catalogue }), frames: () => facts };
    },
  };
}

/** Null: none. */
function changeOf({ venue, set }: Variation, account: AccountId): Partial<ForkChange> | null {
  if (venue !== undefined) return { of: account, venue: termsOf(venue) };
  return set === undefined ? null : { of: set.of.name, set: { [set.parameter]: set.value } };
}

/** Every term that a neighbour may have otherwise, said outright. */
const termsOf = ({ latencyUs, moreLatency, makerFee, takerFee, feeTiers }: VenueSpec): VenueChange => ({
  ...{ latencyUs, makerFee, takerFee, moreLatency: moreLatency ?? null, feeTiers: feeTiers ?? null },
});

type Neighbour = Readonly<{ change: Partial<ForkChange> | null; seed: number | null; heard: () => boolean }>;

/** The branch with a change from where it parts on; prices behind that moved by chance. Null when it was stopped. */
async function playNeighbour(
  id: string,
  recorded: Recorded,
  account: AccountId,
  { change, seed, heard }: Neighbour,
): Promise<RunResult | null> {
  const parted = recorded.mark?.at ?? 0;
  const whole: ForkChange = { ...NO_CHANGE, ...change, at: parted };
  const { inputs, mark } = change === null ? recorded : branchOf(recorded, whole, catalogue);
  const others = new Map<number, InputRecord>(inputs.map((input) => [input.seq, input]));
  const moved = seed === null ? (frame: MarketFrame) => frame : jitter(seed, 0, parted);
  const played = await playRecorded(
    readerOf(id).frames(),
    recorded,
    account,
    {
      ...{ name: id, input: (record) => others.get(record.seq) ?? record, heard, facts: moved },
      ...(change === null ? {} : { manifest: (own) => ({ ...(own as object), forked: forkedPlain(id, whole, mark) }) as never }),
    },
    toldIn({ inputs, mark }),
  );
  return played?.result ?? null;
}

/** The whole day, for who takes it again and again from its beginning. */
async function toldBy(id: string): Promise<readonly Told[]> {
  const told: Told[] = [];
  for await (const { frame } of readerOf(id).frames()) {
    if (frame.kind !== 'inputs' && frame.kind !== 'market' && frame.kind !== 'time') continue;
    const payload = decodePayload(frame);
    if (payload.kind === 'market') told.push(payload.frame);
    else if (payload.kind === 'inputs') told.push(...payload.records);
    else if (payload.kind === 'time') told.push({ type: 'TimePassed', at: payload.at });
  }
  return told;
}
