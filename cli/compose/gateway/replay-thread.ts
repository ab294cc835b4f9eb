/** What a thread of replays does: reads a journal into memory and plays it to who watches, or makes a branch of one and keeps it as a run. */

import { randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Decision } from '#engine/decisions.ts';
import { JournalCorrupt, JournalMoved } from '#engine/journal/port.ts';
import { BadParameters, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { ReplayForkAsked } from '#gateway/contracts/replays.ts';
import type { HubClock } from '#gateway/live/hub.ts';
import { STANDARD_LIMITS } from '#gateway/live/hub.ts';
import type { Line } from '#gateway/replays/port-socket.ts';
import type { ForkMade } from '#gateway/replays/replays.ts';
import { ReplaySession } from '#gateway/replays/session.ts';
import { type FromThread, serveSession } from '#gateway/replays/thread.ts';
import { Film, FilmTooLarge } from '#replay/film.ts';
import { BadFork } from '#replay/fork.ts';
import { NoBeginning } from '#replay/journal-play.ts';
import { NothingThere } from '#replay/run-to.ts';
import type { Link } from '#replay/words.ts';
import { Refused } from '../../answer.ts';
import { Flags } from '../../flags.ts';
import { runFork } from '../../research/fork-session.ts';
import { catalogue } from '../../research/kept-strategies.ts';
import { venueChangeIn } from '../../research/venue-asked.ts';
import { nodeDigest } from '../digest.ts';
import { journalNamed } from '../journal-reader.ts';

export type PlayWork = Readonly<{ id: string /** The journal's folder. */; folder: string; filmBytes: number }>;
/** `run`: its name in the catalogue, or the folder of a journal. */
export type ForkWork = Readonly<{ run: string; change: ReplayForkAsked }>;
export type ReplayWork = Readonly<{ play: PlayWork }> | Readonly<{ fork: ForkWork }>;

const WINDOW_MS = 10;
const BEAT_MS = 5_000;
const KEPT = { messages: 200, bytes: 128 * 1024 };
/** Below what the socket itself lets wait, so that the two never disagree: heads of frames are counted there and not here. */
const UNSENT_BYTES = STANDARD_LIMITS.unsentBytes - 64 * 1024;
/** A place is packed while somebody may be waiting: fast counts for more than small. */
const PACKED = { level: 1 } as const;

const threadClock: HubClock = {
  nowMs: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export async function playReplay(line: Line, { id, folder, filmBytes }: PlayWork): Promise<void> {
  const film = await Film.read(journalNamed(folder).reader.frames(), { mostBytes: filmBytes });
  const session = new ReplaySession({
    ...{ id, film, derive: { digest: nodeDigest, catalogue }, clock: threadClock },
    hub: {
      epoch: randomUUID(),
      windowMs: WINDOW_MS,
      beatMs: BEAT_MS,
      limits: { ...STANDARD_LIMITS, unsentBytes: UNSENT_BYTES },
      kept: KEPT,
    },
    packing: { pack: (bytes) => deflateRawSync(bytes, PACKED), unpack: (bytes) => inflateRawSync(bytes) },
    told: (stands, ready) => line.postMessage({ stands, ready } satisfies FromThread),
  });
  serveSession(line, session, UNSENT_BYTES);
}

/** What is wrong with the journal rather than with us; null: it is with us. */
export function sayNo(error: unknown): readonly string[] | null {
  const known = [NothingThere, NoBeginning, FilmTooLarge, JournalCorrupt, JournalMoved, BadFork, BadParameters, UnknownStrategy];
  return known.some((kind) => error instanceof kind) ? (error as Error).message.split('\n') : null;
}

export async function makeBranch({ run, change }: ForkWork): Promise<ForkMade> {
  const { at, of, account, set, strategy, limits, drop, tags } = change;
  const flags = new Flags(venueFlags(change));
  const venue = venueChangeIn(flags);
  flags.done('fork');
  const done = await runFork(
    {
      ...{
        run,
        at: at === undefined ? null : String(at),
        of: of ?? null,
        account: account ?? null,
        set: set ?? {},
        strategy: strategy ?? null,
      },
      ...{ venue, dropped: drop ?? [], inside: false, tags: tags ?? [] },
      limits: Object.entries(limits ?? {}).map(([name, value]) => `${name}=${value}`),
    },
    () => true,
  );
  if (done === null) throw new Refused(1, ['stopped; nothing of it was kept']);
  const { entry, differences, first, firstDeed } = done;
  const { same, moved, changed, onlyBaseline, onlyBranch } = differences;
  const parting = (difference: typeof differences.first, told: typeof first): ForkMade['first'] => {
    if (difference === null) return null;
    const { address, baseline, branch } = difference;
    const { cause: seq, at: when } = (branch ?? baseline) as Decision;
    return { address, seq, at: when, baseline: linksOf(told?.baseline ?? []), branch: linksOf(told?.branch ?? []) };
  };
  return {
    run: entry.id,
    first: parting(differences.first, first),
    firstDeed: parting(differences.firstDeed, firstDeed ?? first),
    same: same + moved,
    different: changed + onlyBaseline + onlyBranch,
  };
}

const linksOf = (links: readonly Link[]) => links.map(({ address, what, at }) => ({ address, what, at }));

function venueFlags({ fee, makerFee, latency }: ReplayForkAsked): Record<string, string> {
  return {
    ...(fee === undefined ? {} : { fee }),
    ...(makerFee === undefined ? {} : { makerFee }),
    ...(latency === undefined ? {} : { latency }),
  };
}
