/** How a run is shown while it lasts: repainted in place in a terminal, as plain lines when piped, as progress on stderr beside `--json`. */
import type { Decision } from '#engine/decisions.ts';
import type { Journal } from '#engine/journal/port.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { measuresOf } from '#replay/picture.ts';
import { clock } from '#replay/words.ts';
import { print, say } from '../answer.ts';
import { grouped, screenLines } from './desk-screen.ts';
import { sentence } from './sentences.ts';
import { coloursFor, isTerminal, Painter } from './terminal.ts';
import { equityText, Lately, pictureOf } from './watch.ts';

const REPAINT_MS = 250;
const LINE_MS = 2_000;
/** Piped and in real time every event of note is a line; more than this a repaint are counted instead. */
const MOST_LINES = 8;

export type Shown = Readonly<{
  run: DeskRun;
  /** Null for a run that writes none. */
  journal: Journal | null;
  place: string;
  title: string;
  keys: string;
  /** In real time somebody watches; else it is work to be done. */
  watched: boolean;
}>;

export interface Show {
  readonly observer: (decision: Decision) => void;
  begin(shown: Shown): void;
  note(text: string): void;
  end(): void;
}

export function showFor(json: boolean): Show {
  if (json) return new Lines(2, false);
  return isTerminal(process.stdout) ? new Screen() : new Lines(1, true);
}

class Screen implements Show {
  readonly #lately = new Lately(40);
  readonly observer = this.#lately.hear;
  readonly #painter = new Painter(process.stdout);
  readonly #colours = coloursFor(process.stdout);
  readonly #rate = new Rate();
  #shown: Shown | null = null;
  #timer: NodeJS.Timeout | null = null;
  #note = '';
  #durable = 0;

  begin(shown: Shown): void {
    this.#shown = shown;
    this.#rate.of(shown.run.counts.ticks);
    this.#paint();
    this.#timer = setInterval(() => this.#paint(), REPAINT_MS);
  }

  note(text: string): void {
    this.#note = text;
    this.#paint();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#shown === null) return;
    this.#note = '';
    this.#paint();
    this.#painter.end('keep');
    this.#shown = null;
  }

  #paint(): void {
    if (this.#shown === null) return;
    const { run, journal, place, title, keys } = this.#shown;
    journal?.durable().then(
      (seq) => {
        this.#durable = seq;
      },
      () => {}, // it stalled: the run says so itself
    );
    const { counts } = run;
    this.#painter.paint(
      screenLines(
        {
          title,
          note: this.#note,
          picture: pictureOf(run),
          counts,
          lately: this.#lately.kept,
          measures: measuresOf(run.desk.parts),
          ticksPerSecond: this.#rate.of(counts.ticks),
          journal: place,
          durable: journal === null ? null : this.#durable,
          pendingBytes: journal?.pendingBytes ?? 0,
          keys,
        },
        this.#colours,
        this.#painter.width,
        this.#painter.height,
      ),
    );
  }
}

class Lines implements Show {
  readonly #fd: 1 | 2;
  readonly #news: boolean;
  readonly #lately = new Lately(MOST_LINES);
  readonly #rate = new Rate();
  #shown: Shown | null = null;
  #timer: NodeJS.Timeout | null = null;
  #told = 0;
  #saidAt = 0;

  constructor(fd: 1 | 2, news: boolean) {
    this.#fd = fd;
    this.#news = news;
  }

  readonly observer = this.#lately.hear;

  begin(shown: Shown): void {
    this.#shown = shown;
    this.#told = this.#lately.begun;
    this.#rate.of(shown.run.counts.ticks);
    print(this.#fd, `${shown.title}: ${shown.place}`);
    this.#saidAt = Date.now();
    this.#timer = setInterval(() => this.#tell(), REPAINT_MS);
  }

  note(text: string): void {
    if (text !== '') say(text);
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#shown = null;
  }

  #tell(): void {
    if (this.#shown === null) return;
    const { run, watched } = this.#shown;
    const fresh = this.#lately.begun - this.#told;
    if (this.#news && watched && fresh > 0) {
      const measures = measuresOf(run.desk.parts);
      const colours = coloursFor(process.stdout);
      const told = this.#lately.kept.slice(-Math.min(fresh, MOST_LINES));
      if (fresh > told.length) print(this.#fd, `… ${fresh - told.length} more`);
      for (const news of told) print(this.#fd, `${clock(news.decision.at).slice(0, 8)} ${sentence(news, measures, colours)}`);
    }
    this.#told = this.#lately.begun;
    if (Date.now() - this.#saidAt < LINE_MS * (watched ? 5 : 1)) return;
    this.#saidAt = Date.now();
    const { ticks, fills } = run.counts;
    const rate = grouped(String(Math.round(this.#rate.of(ticks))));
    print(
      this.#fd,
      `${clock(run.desk.at).slice(0, 8)} ${grouped(String(ticks))} ticks, ${rate} a second, ${fills} fills, equity ${equityText(run)}`,
    );
  }
}

/** Ticks a second over the last few seconds. */
class Rate {
  #samples: { at: number; ticks: number }[] = [];

  of(ticks: number): number {
    const now = performance.now();
    this.#samples.push({ at: now, ticks });
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > 4_000) this.#samples.shift();
    const [first] = this.#samples;
    return now - first!.at < 1 ? 0 : ((ticks - first!.ticks) * 1000) / (now - first!.at);
  }
}
