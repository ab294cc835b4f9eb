/**
 * One recorded day that is watched: a desk of its own that stands somewhere in it, told to all who watch as a live desk is, and moved by them. It
 * does a little at a time and gives the thread back between; what lies ahead of it nobody is told.
 */
import type { Film, Position } from '#replay/film.ts';
import { isBefore, isSame } from '#replay/film.ts';
import type {
  ReplayDocument,
  ReplayMark,
  ReplayMove,
  ReplayRow,
  ReplaySpeed,
  ReplayStanding,
  ReplayStopped,
} from '../contracts/replays.ts';
import { Hub, type HubClock, type HubSetup } from '../live/hub.ts';
import type { Kind } from './happenings.ts';
import { type Packing, SCOUT_LIMITS, Scout, type ScoutLimits } from './scout.ts';
import { type Derive, quietHub, Showing } from './showing.ts';
import { timelineOf } from './timeline.ts';

export type SessionSetup = Readonly<{
  id: string;
  film: Film;
  derive: Derive;
  packing: Packing;
  clock: HubClock;
  hub: Pick<HubSetup, 'epoch' | 'windowMs' | 'beatMs' | 'limits' | 'kept'>;
  scout?: ScoutLimits;
  /** Whenever it stands elsewhere, or more was looked through. */
  told?: (standing: ReplayStanding, ready: number) => void;
}>;

export type Beside = Readonly<{ beside: string | null; together: boolean }>;

/** How long it works before it lets others. */
const SLICE_MS = 10;
/** So many numbers between two looks at the clock. */
const PIECE = 256;
/** While it plays, it moves at least so often. */
const STEP_MS = 20;
/** Between two slices of looking ahead, while nobody waits for it. */
const REST_MS = 4;

/** On its way somewhere. */
type Seek = {
  /** Null: there is no such place. `wait`: not known before more was looked through. */
  readonly to: () => Position | null | 'wait';
  readonly why: (to: Position | null) => ReplayStopped;
  readonly done: (standing: ReplayStanding) => void;
  /** Plays where nobody sees it until it is there; null: what is watched plays on. */
  aside: Readonly<{ showing: Showing; hub: Hub }> | null;
  begun: boolean;
};

type Playing = { speed: ReplaySpeed /** Wall ms and engine µs that belong together. */; wall: number; record: number };

export class ReplaySession {
  readonly hub: Hub;
  readonly scout: Scout;
  readonly #setup: SessionSetup;
  #showing: Showing;
  #seek: Seek | null = null;
  #playing: Playing | null = null;
  /** What another replay, whose clock this one shares, said last. */
  #led: ReplayStanding | null = null;
  #ledNext: ReplayStanding | null = null;
  #why: ReplayStopped | null = 'opened';
  #beside: Beside = { beside: null, together: false };
  #forget: (() => void) | null = null;
  #ended = false;
  #lastTold = '';

  constructor(setup: SessionSetup) {
    const { film, derive, packing, clock, hub } = setup;
    this.#setup = setup;
    this.hub = new Hub({
      ...{ ...hub, desk: film.desk, mode: 'REPLAY', clock },
      truth: () => ({ seq: this.#showing.at.seq, at: this.#showing.at.at, age: null, durable: this.#showing.at.seq }),
    });
    this.scout = new Scout(film, derive, packing, setup.scout ?? SCOUT_LIMITS);
    this.#showing = new Showing(film, derive, this.hub, null);
    while (!this.#showing.forward(film.setUp, PIECE));
    this.hub.before(() => this.#tellRow());
    this.hub.flush();
    this.#work(0);
  }

  /** What is known of it without playing. */
  about(): Pick<ReplayDocument, 'desk' | 'original' | 'from' | 'to' | 'marks'> {
    const { film } = this.#setup;
    const { run } = (film.manifest ?? {}) as { run?: unknown };
    const parts =
      film.mark === null || film.mark.at === 0 ? [] : [{ name: 'the branch parts' as const, ...film.positionOf({ seq: film.mark.at }) }];
    const marks: ReplayMark[] = [{ name: 'the market begins', ...film.setUp }, ...parts];
    return {
      desk: film.desk,
      original: typeof run === 'string' ? run : 'run',
      from: { seq: film.first.seq, at: film.begins },
      to: film.last,
      marks,
    };
  }

  standing(): ReplayStanding {
    const { playing, speed, why } = this.#led ?? {
      playing: this.#playing !== null,
      speed: this.#playing?.speed ?? null,
      why: this.#playing === null ? this.#why : null,
    };
    return { ...this.#showing.at, playing, speed, why };
  }

  /** Answers once it is there; a later move ends an earlier one where it found it. */
  async move(move: ReplayMove): Promise<ReplayStanding> {
    this.#led = this.#ledNext = null;
    this.#overtake();
    if ('play' in move) return this.#play(move.play);
    this.#stop('pause' in move ? 'paused' : 'moved');
    if ('pause' in move) return this.standing();
    return new Promise((done) => {
      this.#seek = { ...this.#target(move), done, aside: null, begun: false };
      this.#work(0);
    });
  }

  /** Goes where another one is, and says of the clock what it says. */
  follow(standing: ReplayStanding): void {
    if (this.#ended) return;
    this.#playing = null;
    const isUnderWay = this.#seek !== null && this.#led !== null;
    if (!isUnderWay) this.#overtake();
    this.#led = standing;
    this.hub.changed();
    if (isUnderWay) {
      this.#ledNext = standing; // it gets there first, or it would never get anywhere
      return;
    }
    const { seq, at } = standing;
    const to = { seq, at };
    this.#seek = { to: () => to, why: () => 'moved', done: () => {}, aside: null, begun: false };
    this.#work(0);
  }

  /** Of the desk as it stands: a desk that ran here from the beginning has the same. */
  stateHash(): string {
    return this.#showing.head.run.stateHash();
  }

  linked(beside: Beside): void {
    this.#beside = beside;
    if (!beside.together) this.#led = null;
    this.hub.changed();
  }

  timeline(buckets: number): ReturnType<typeof timelineOf> {
    return timelineOf(this.#setup.film, this.scout, buckets);
  }

  end(): void {
    this.#ended = true;
    this.#forget?.();
    this.#overtake();
    this.hub.close();
  }

  // ---------------------------------------------------------------- moves

  #play(speed: ReplaySpeed): ReplayStanding {
    const { at } = this.#showing;
    if (isSame(at, this.#setup.film.last)) this.#stop('end');
    else {
      this.#playing = { speed, wall: this.#setup.clock.nowMs(), record: Math.max(at.at, this.#setup.film.begins) };
      this.hub.changed();
      this.#work(0);
    }
    return this.standing();
  }

  #target(move: Exclude<ReplayMove, { play: unknown } | { pause: unknown }>): Pick<Seek, 'to' | 'why'> {
    const { film } = this.#setup;
    const from = this.#showing.at;
    if ('to' in move) {
      const to = film.positionOf(move.to);
      return { to: () => to, why: (there) => (there !== null && isSame(there, film.last) ? 'end' : 'moved') };
    }
    const { back = false, instrument = null } = move;
    const missing = (): ReplayStopped =>
      back ? (isSame(from, film.first) ? 'start' : 'none further') : isSame(from, film.last) ? 'end' : 'none further';
    const why = (there: Position | null): ReplayStopped => (there === null ? missing() : 'moved');
    if ('step' in move && move.step === 'event') {
      const to = this.#event(from, back, instrument);
      return { to: () => to, why };
    }
    const kind: Kind = 'step' in move ? (move.step as Kind) : move.jump;
    const { scout } = this;
    return {
      to: () => {
        if (back && isBefore(scout.reached, from) && !scout.done) return 'wait';
        const found = scout.happenings.find(kind, from, back, instrument);
        return found === null && !back && !scout.done ? 'wait' : found;
      },
      why,
    };
  }

  /** The number before or behind; before one, once time has gone on behind its arrival, lies its arrival. */
  #event(from: Position, back: boolean, instrument: string | null): Position | null {
    const { film } = this.#setup;
    const late = back && from.seq > film.first.seq && from.at > film.arrivalOf(from.seq);
    if (instrument === null) {
      const seq = late ? from.seq : from.seq + (back ? -1 : 1);
      return seq < film.first.seq || seq > film.last.seq ? null : film.positionOf({ seq });
    }
    const seq = film.numberOf(instrument, late ? from.seq + 1 : from.seq, back);
    return seq === null ? null : film.positionOf({ seq });
  }

  #stop(why: ReplayStopped): void {
    this.#playing = null;
    this.#why = why;
    this.hub.changed();
  }

  #overtake(): void {
    const seek = this.#seek;
    if (seek === null) return;
    this.#seek = null;
    this.#why = 'overtaken';
    seek.done(this.standing());
  }

  // ---------------------------------------------------------------- work, a slice at a time

  #work(afterMs: number): void {
    if (this.#ended) return;
    this.#forget?.();
    this.#forget = this.#setup.clock.after(afterMs, () => {
      this.#forget = null;
      const next = this.#slice(this.#setup.clock.nowMs() + SLICE_MS);
      if (next !== null) this.#work(next);
    });
  }

  /** Works until then; when to go on, null: there is nothing to do. */
  #slice(until: number): number | null {
    if (this.#seek !== null) {
      this.#seekOn(this.#seek, until);
      return 0;
    }
    if (this.#playing !== null) {
      const next = this.#playOn(this.#playing, until);
      this.#lookAhead(until);
      return next;
    }
    if (this.scout.done) return null;
    this.#lookAhead(until);
    return REST_MS;
  }

  /** At least once, or a slow desk would never get there. */
  #lookAhead(until: number): void {
    if (this.scout.done) return;
    do this.scout.work(PIECE);
    while (!this.scout.done && this.#setup.clock.nowMs() < until);
    this.hub.changed(); // of the share that is ready
  }

  #seekOn(seek: Seek, until: number): void {
    const { film, derive, clock } = this.#setup;
    const to = seek.to();
    if (to === 'wait' || (to !== null && isBefore(this.scout.reached, to) && !this.scout.done && !this.#isNear(to))) {
      this.#lookAhead(until);
      return;
    }
    if (to === null || isSame(to, this.#showing.at)) {
      this.#arrived(seek, seek.why(to));
      return;
    }
    if (!seek.begun) {
      seek.begun = true;
      const place = this.#isNear(to) ? null : this.scout.before(to);
      const here = this.#showing.at;
      if (isBefore(to, here) || (place !== null && isBefore(here, place.midway.at))) {
        const hub = quietHub();
        seek.aside = { hub, showing: new Showing(film, derive, hub, place) };
      }
    }
    const showing = seek.aside?.showing ?? this.#showing;
    do
      if (showing.forward(to, PIECE)) {
        if (seek.aside !== null) this.#show(seek.aside);
        this.#arrived(seek, seek.why(to));
        return;
      }
    while (clock.nowMs() < until);
    seek.aside?.hub.flush();
  }

  /** A few numbers on: it plays them where it is. */
  #isNear(to: Position): boolean {
    const here = this.#showing.at;
    return !isBefore(to, here) && to.seq - here.seq <= PIECE;
  }

  /** What played aside is what is watched from now on. */
  #show({ showing, hub }: NonNullable<Seek['aside']>): void {
    hub.flush();
    const memory = showing.save();
    this.#showing = showing;
    this.hub.moved(() => {
      showing.tell(this.hub, memory);
      this.hub.before(() => this.#tellRow());
    });
  }

  #arrived(seek: Seek, why: ReplayStopped): void {
    this.#seek = null;
    this.#why = why;
    this.hub.changed();
    this.hub.flush();
    if (this.#ledNext !== null) {
      const next = this.#ledNext;
      this.#ledNext = null;
      this.follow(next);
    }
    seek.done(this.standing());
  }

  #playOn(playing: Playing, until: number): number {
    const { film, clock } = this.#setup;
    const showing = this.#showing;
    const { speed } = playing;
    const due = speed === 'max' ? film.last : film.positionOf({ at: playing.record + (clock.nowMs() - playing.wall) * 1000 * speed });
    let there = !isBefore(showing.at, due);
    while (!there) {
      there = showing.forward(due, PIECE);
      if (clock.nowMs() >= until) break;
    }
    this.hub.changed();
    if (isSame(showing.at, film.last)) {
      this.#stop('end');
      this.hub.flush();
      return 0;
    }
    if (there) return STEP_MS;
    // slower than was asked for: no debt is run up
    playing.wall = clock.nowMs();
    playing.record = Math.max(showing.at.at, film.begins);
    return 0;
  }

  #tellRow(): void {
    const { id, told } = this.#setup;
    const standing = this.standing();
    const ready = Math.floor(this.scout.share * 100) / 100;
    const { from, to } = this.about();
    const row: ReplayRow = { what: 'replay', id, ...standing, from, to, ready, ...this.#beside };
    this.hub.channel('system', '*', { keeps: 'newest' }).put('replay', row);
    const text = JSON.stringify(row);
    if (text !== this.#lastTold) told?.(standing, ready);
    this.#lastTold = text;
  }
}
