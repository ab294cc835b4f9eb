/**
 * All replays of a gateway: who opened which, how many there may be, which two share a clock, and when one is over because nobody looks at it. It
 * plays nothing itself.
 */
import type {
  ReplayAsked,
  ReplayDocument,
  ReplayForkAsked,
  ReplayForked,
  ReplayList,
  ReplayMove,
  ReplayStanding,
  ReplayTimeline,
} from '../contracts/replays.ts';
import { problem, Refused } from '../http/problem.ts';
import type { HubClock } from '../live/hub.ts';
import type { Watched } from '../live/live-end.ts';
import type { May } from '../live/viewer.ts';
import { type Player, PlayerGone } from './thread.ts';

export type ReplayLimits = Readonly<{
  /** Of one user, and in all: each has a thread and a day in memory. */
  each: number;
  all: number;
  /** One that nobody watches and nobody moves is over after so long. */
  idleMs: number;
  /** What is asked of one is answered by then, or it is over. */
  answerMs: number;
}>;
export const REPLAY_LIMITS: ReplayLimits = { each: 2, all: 3, idleMs: 15 * 60_000, answerMs: 120_000 };
/** Those that are over are told of for a while. */
const ENDED_KEPT = 20;

export type ForkMade = Omit<ReplayForked, 'replay'>;
export type ReplaysSetup = Readonly<{
  limits: ReplayLimits;
  clock: HubClock;
  newId: () => string;
  /** What can be opened by its name, newest first. */
  journals: () => readonly string[];
  /** Throws Refused where there is no such thing. */
  open: (id: string, source: ReplayAsked) => Promise<Player>;
  /** A branch of what a replay plays, kept as a run; it takes as long as playing it twice. */
  fork: (source: ReplayAsked, change: ReplayForkAsked, owner: string) => Promise<ForkMade>;
}>;

type Entry = {
  readonly id: string;
  readonly owner: string;
  readonly source: ReplayAsked;
  readonly player: Player;
  usedAt: number;
  /** When its thread last said anything. */
  heardAt: number;
  watchers: number;
  forking: boolean;
  /** The other one, and which of the two has the clock. */
  link: Readonly<{ other: string; leads: boolean; together: boolean }> | null;
  ended: string | null;
};

export class Replays {
  readonly #setup: ReplaysSetup;
  readonly #entries = new Map<string, Entry>();
  /** Being opened, by owner. */
  readonly #opening: string[] = [];
  #forget: () => void = () => {};

  constructor(setup: ReplaysSetup) {
    this.#setup = setup;
    this.#look();
  }

  async open(owner: string, source: ReplayAsked): Promise<ReplayDocument> {
    const { open, newId, clock } = this.#setup;
    this.#room(owner);
    this.#opening.push(owner);
    try {
      const id = newId();
      const player = await open(id, source);
      const entry: Entry = {
        id,
        owner,
        source,
        player,
        usedAt: clock.nowMs(),
        heardAt: clock.nowMs(),
        watchers: 0,
        forking: false,
        link: null,
        ended: null,
      };
      this.#entries.set(id, entry);
      player.onEnd = (why) => this.#over(entry, why);
      player.onStands = (standing) => {
        entry.heardAt = clock.nowMs();
        this.#lead(entry, standing);
      };
      return this.#document(entry);
    } catch (error) {
      if (error instanceof PlayerGone) throw gone(error.message);
      throw error;
    } finally {
      this.#opening.splice(this.#opening.indexOf(owner), 1);
    }
  }

  list(): ReplayList {
    const { each, all, idleMs } = this.#setup.limits;
    const replays = [...this.#entries.values()].map((entry) => this.#document(entry));
    return { replays, journals: [...this.#setup.journals()], limits: { each, all, idleMs } };
  }

  one(id: string): ReplayDocument {
    return this.#document(this.#found(id));
  }

  owner(id: string): string {
    return this.#found(id).owner;
  }

  end(id: string, why: string): void {
    this.#over(this.#found(id), why);
  }

  async move(id: string, move: ReplayMove): Promise<ReplayStanding> {
    const entry = this.#living(id);
    const { link } = entry;
    const other = link?.together ? (this.#entries.get(link.other) ?? null) : null;
    if (other === null || other.ended !== null) return this.#answer(entry, entry.player.move(move));
    const [leader, led] = link!.leads ? [entry, other] : [other, entry];
    leader.usedAt = led.usedAt = this.#setup.clock.nowMs();
    if (entry === leader || 'play' in move || 'pause' in move) return this.#answer(leader, leader.player.move(move));
    const standing = await this.#answer(led, led.player.move(move)); // what is the next fill here may be none there
    await this.#answer(leader, leader.player.move({ to: { seq: standing.seq, at: standing.at } }));
    return standing;
  }

  async timeline(id: string, buckets: number): Promise<ReplayTimeline> {
    const entry = this.#living(id);
    return this.#answer(entry, entry.player.timeline(buckets));
  }

  /** A second replay beside it that holds the branch, where it stands, on one clock with it. */
  async fork(id: string, owner: string, change: ReplayForkAsked): Promise<ReplayForked> {
    const entry = this.#living(id);
    if (entry.link !== null)
      throw new Refused(
        problem(409, 'beside', 'It has one beside it', `replay ${id} has ${entry.link.other} beside it already`, {
          remedy: `DELETE /api/v1/replays/${entry.link.other} first`,
        }),
      );
    if (entry.forking)
      throw new Refused(
        problem(409, 'under-way', 'Under way', `a branch of replay ${id} is being made`, { remedy: 'wait for its answer' }),
      );
    this.#room(owner);
    const at = change.at ?? entry.player.stands.seq;
    entry.forking = true;
    const made = await this.#setup.fork(entry.source, { ...change, at }, owner).finally(() => {
      entry.forking = false;
    });
    const { id: other } = await this.open(owner, { run: made.run });
    const branch = this.#entries.get(other)!;
    if (entry.ended === null && entry.link === null) {
      entry.link = { other, leads: true, together: true };
      branch.link = { other: id, leads: false, together: true };
      entry.player.linked({ beside: other, together: true });
      branch.player.linked({ beside: id, together: true });
      branch.player.follow(entry.player.stands);
    }
    return { ...made, replay: this.#document(branch) };
  }

  /** Of a fork and its baseline: one clock, or each its own. */
  together(id: string, together: boolean): ReplayDocument {
    const entry = this.#living(id);
    const other = entry.link === null ? null : (this.#entries.get(entry.link.other) ?? null);
    if (entry.link === null || other === null || other.link === null)
      throw new Refused(
        problem(409, 'alone', 'It is alone', `replay ${id} has none beside it`, { remedy: `POST /api/v1/replays/${id}/fork makes one` }),
      );
    for (const one of [entry, other]) {
      one.link = { ...one.link!, together };
      one.player.linked({ beside: one.link.other, together });
    }
    if (together) {
      const [leader, led] = entry.link.leads ? [entry, other] : [other, entry];
      led.player.follow(leader.player.stands);
    }
    return this.#document(entry);
  }

  watch(id: string, may: May): Watched {
    const entry = this.#living(id);
    const { listener, recheck } = entry.player.watch(may);
    return {
      recheck,
      listener: {
        ...listener,
        open(socket) {
          entry.watchers++;
          listener.open(socket);
        },
        close: (socket, code, reason) => {
          entry.watchers--;
          entry.usedAt = this.#setup.clock.nowMs();
          listener.close(socket, code, reason);
        },
      },
    };
  }

  close(why: string): void {
    this.#forget();
    for (const entry of this.#entries.values()) this.#over(entry, why);
  }

  // ---------------------------------------------------------------- inside

  #found(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new Refused(
      problem(404, 'not-found', 'Nothing here', `there is no replay ${id}`, { remedy: 'GET /api/v1/replays lists them; POST opens one' }),
    );
  }

  #living(id: string): Entry {
    const entry = this.#found(id);
    if (entry.ended !== null) throw gone(entry.ended);
    entry.usedAt = this.#setup.clock.nowMs();
    return entry;
  }

  #room(owner: string): void {
    const { each, all } = this.#setup.limits;
    const living = [...[...this.#entries.values()].filter(({ ended }) => ended === null).map((entry) => entry.owner), ...this.#opening];
    const own = living.filter((one) => one === owner).length;
    if (own < each && living.length < all) return;
    const detail =
      own >= each
        ? `${owner} has ${own} replays open, and ${each} is the most`
        : `${living.length} replays are open, and ${all} is the most`;
    throw new Refused(problem(429, 'too-many-replays', 'Too many replays', detail, { remedy: 'end one: DELETE /api/v1/replays/<id>' }));
  }

  async #answer<T>(entry: Entry, asked: Promise<T>): Promise<T> {
    const { clock, limits } = this.#setup;
    let forget = (): void => {};
    /** What takes long, like going far ahead in a long day, is no silence. */
    const look = (): void => {
      const since = clock.nowMs() - entry.heardAt;
      if (since >= limits.answerMs) this.#over(entry, `it did not answer for ${limits.answerMs / 1000} s`);
      else forget = clock.after(limits.answerMs - since, look);
    };
    entry.heardAt = clock.nowMs();
    look();
    try {
      return await asked;
    } catch (error) {
      throw error instanceof PlayerGone ? gone(error.message) : error;
    } finally {
      forget();
    }
  }

  #lead(entry: Entry, standing: ReplayStanding): void {
    if (entry.link === null || !entry.link.leads || !entry.link.together) return;
    const other = this.#entries.get(entry.link.other);
    if (other !== undefined && other.ended === null) other.player.follow(standing);
  }

  #over(entry: Entry, why: string): void {
    if (entry.ended !== null) return;
    entry.ended = why;
    entry.player.onEnd = null;
    entry.player.onStands = null;
    entry.player.end(why);
    const other = entry.link === null ? undefined : this.#entries.get(entry.link.other);
    entry.link = null;
    if (other !== undefined && other.ended === null) {
      other.link = null;
      other.player.linked({ beside: null, together: false });
    }
    const ended = [...this.#entries.values()].filter((one) => one.ended !== null);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#entries.delete(id);
  }

  /** Ends what nobody looks at. */
  #look(): void {
    const { clock, limits } = this.#setup;
    this.#forget = clock.after(Math.min(30_000, limits.idleMs / 4), () => {
      for (const entry of this.#entries.values())
        if (entry.ended === null && entry.watchers === 0 && clock.nowMs() - entry.usedAt >= limits.idleMs && !this.#isLookedAt(entry))
          this.#over(entry, `nobody watched or moved it for ${Math.round(limits.idleMs / 60_000)} minutes`);
      this.#look();
    });
  }

  /** Somebody watches the one beside it. */
  #isLookedAt({ link }: Entry): boolean {
    const other = link === null ? undefined : this.#entries.get(link.other);
    return other !== undefined && other.ended === null && other.watchers > 0;
  }

  #document({ id, owner, source, player, link, watchers, ended }: Entry): ReplayDocument {
    return {
      ...{ id, owner, source },
      ...player.about,
      ...{ stands: player.stands, ready: player.ready, beside: link?.other ?? null, together: link?.together ?? false, watchers, ended },
    };
  }
}

const gone = (why: string): Refused =>
  new Refused(problem(410, 'ended', 'It has ended', `this replay is no more: ${why}`, { remedy: 'POST /api/v1/replays opens it again' }));
