/**
 * What the line holds, as a React page can look at it: whole pictures that do not change once they are given out. Numbers are painted at
 * most four times a second, the first at once; the gate, alerts, what is told anew as a whole and the line itself without any wait.
 */

import { Line, type LinePorts, type LineState, nameOf, type Place } from '#gateway/contracts/line.ts';
import type { TopicName } from '#gateway/contracts/live.ts';
import type { RowOf } from '#gateway/contracts/rows.ts';

export const PAINT_MS = 250;
const AT_ONCE: ReadonlySet<TopicName> = new Set(['gate', 'alerts']);

/** A row of a topic; `seq`: the journal's number it was told at. */
export type Told<Row> = Readonly<{ key: string; of: string; row: Row; seq: number }>;
export type Picture<Row> = Readonly<{
  rows: readonly Told<Row>[];
  /** False: nothing was told yet, which is not the same as nothing there. */
  known: boolean;
  seq: number;
  at: number;
  /** Why there may be a hole before what is held; null where there is none. */
  broke: Readonly<{ why: 'not kept' | 'behind'; seq: number }> | null;
  refused: string | null;
}>;
export type RowsOf<T extends TopicName> = RowOf<T>;

/** The line as a page shows it. */
export type LineView = Readonly<{
  state: LineState;
  desk: string | null;
  mode: 'BACKTEST' | 'PAPER' | 'LIVE' | 'REPLAY' | null;
  /** Null until the first welcome. */
  epoch: string | null;
  seq: number;
  at: number;
  durable: number;
  aheadMs: number | null;
  lastHeard: number | null;
  gaps: number;
}>;

type Fresh = (key: string, row: unknown) => void;

const NOTHING: Picture<never> = { rows: [], known: false, seq: 0, at: 0, broke: null, refused: null };

export class LiveStore {
  readonly line: Line;
  readonly #ports: LinePorts;
  readonly #pictures = new Map<string, Picture<unknown>>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #lineListeners = new Set<() => void>();
  readonly #freshListeners = new Map<TopicName, Set<Fresh>>();
  /** By name of what is looked at: `quotes *` stands for all of quotes. */
  readonly #dirty = new Set<string>();
  #lineDirty = false;
  #view: LineView;
  #lastState: LineState | null = null;
  #forgetPaint: (() => void) | null = null;
  #paintedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: LinePorts) {
    this.#ports = ports;
    this.line = new Line(ports, { changed: (place, news) => this.#changed(place, news) });
    this.#view = this.#lineView();
  }

  /** For `useSyncExternalStore`: looks at it as long as somebody listens. */
  listen(topic: TopicName, of: string, call: () => void): () => void {
    const name = nameOf(topic, of);
    const leave = this.line.watch(topic, of);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(call);
    return () => {
      listeners.delete(call);
      if (listeners.size === 0) this.#pictures.delete(name); // nobody paints it any more: looked at again, it is drawn as it is then
      leave();
    };
  }

  picture<T extends TopicName>(topic: T, of: string): Picture<RowsOf<T>> {
    const name = nameOf(topic, of);
    let picture = this.#pictures.get(name);
    if (picture === undefined) {
      picture = this.#draw(topic, of);
      this.#pictures.set(name, picture);
    }
    return picture as Picture<RowsOf<T>>;
  }

  listenLine(call: () => void): () => void {
    this.#lineListeners.add(call);
    return () => this.#lineListeners.delete(call);
  }

  get view(): LineView {
    return this.#view;
  }

  /** Hears each row of a topic that comes or changes, at once and unpainted; not what was there before. */
  fresh(topic: TopicName, call: Fresh): () => void {
    const leave = this.line.watch(topic, '*');
    const listeners = this.#freshListeners.get(topic) ?? new Set();
    this.#freshListeners.set(topic, listeners);
    listeners.add(call);
    return () => {
      listeners.delete(call);
      leave();
    };
  }

  #changed(place: Place | null, news: readonly [string, unknown][] | null): void {
    this.#lineDirty = true;
    let whole = this.line.state !== this.#lastState;
    if (place !== null) {
      const names = [...new Set([nameOf(place.topic, place.of), nameOf(place.topic, '*')])];
      for (const name of names) this.#dirty.add(name);
      whole ||= news === null; // of a replay that was moved no pane may lag behind another
      if (!whole && AT_ONCE.has(place.topic)) this.#draws(names); // and the numbers beside it in their time
      if (news !== null)
        for (const call of this.#freshListeners.get(place.topic) ?? []) for (const [key, row] of news) if (row !== null) call(key, row);
    } else for (const name of this.#listeners.keys()) if (this.#pictures.get(name)?.known === false) this.#dirty.add(name); // it may be refused
    if (whole) this.#paint();
    else if (this.#forgetPaint === null) {
      const wait = this.#paintedAt + PAINT_MS - this.#ports.nowMs();
      if (wait <= 0) this.#paint();
      else this.#forgetPaint = this.#ports.after(wait, () => this.#paint());
    }
  }

  #paint(): void {
    this.#forgetPaint?.();
    this.#forgetPaint = null;
    this.#paintedAt = this.#ports.nowMs();
    this.#lastState = this.line.state;
    const dirty = [...this.#dirty];
    if (this.#lineDirty) {
      this.#lineDirty = false;
      this.#view = this.#lineView();
      for (const call of [...this.#lineListeners]) call();
    }
    this.#draws(dirty);
  }

  #draws(names: readonly string[]): void {
    for (const name of names) {
      this.#dirty.delete(name);
      this.#pictures.delete(name);
      for (const call of [...(this.#listeners.get(name) ?? [])]) call();
    }
  }

  #draw(topic: TopicName, of: string): Picture<unknown> {
    const refused = this.line.refusal(topic, of);
    const places = this.line.places(topic, of);
    if (places.length === 0) return refused === null ? NOTHING : { ...NOTHING, refused };
    const rows: Told<unknown>[] = [];
    let broke: Picture<unknown>['broke'] = null;
    let [seq, at] = [0, 0];
    for (const place of places) {
      for (const [key, row] of place.followed.rows) rows.push({ key, of: place.of, row, seq: place.rowSeq.get(key) ?? place.followed.seq });
      if (place.broke !== null && (broke === null || place.broke.seq > broke.seq)) broke = place.broke;
      seq = Math.max(seq, place.followed.seq);
      at = Math.max(at, place.followed.at);
    }
    return { rows, known: true, seq, at, broke, refused };
  }

  #lineView(): LineView {
    const { state, welcome, seq, at, durable, aheadMs, lastHeard, gaps } = this.line;
    return {
      state,
      desk: welcome?.desk ?? null,
      mode: welcome?.mode ?? null,
      epoch: welcome?.epoch ?? null,
      seq,
      at,
      durable,
      aheadMs,
      lastHeard,
      gaps,
    };
  }
}
