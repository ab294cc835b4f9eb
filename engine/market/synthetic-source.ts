/** What a synthetic source says of itself: beats while it is there, and when its connection goes and comes. Knows no instrument. */
import type { InputOf } from '../inputs.ts';
import type { SourceId, TimeUs } from '../values.ts';
import type { Faults, Spells } from './synthetic-faults.ts';
import { reconnectOf, silenceOf } from './synthetic-feed.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'seq'> : never;
export type SourceInput = Unnumbered<InputOf<'SourceBeat'> | InputOf<'SourceLost'> | InputOf<'SourceRestored'>>;

export class SourceVoice {
  at = 0;
  readonly #source: SourceId;
  readonly #startUs: number;
  readonly #beatUs: number;
  readonly #silence: Spells;
  readonly #reconnect: Spells;
  #beats = 0;
  #lost = false;

  constructor(seed: number, source: SourceId, faults: Faults, startUs: number, beatUs: number) {
    this.#source = source;
    this.#startUs = startUs;
    this.#beatUs = beatUs;
    this.#silence = silenceOf(seed, source, faults, startUs);
    this.#reconnect = reconnectOf(seed, source, faults, startUs);
    this.#plan();
  }

  take(): SourceInput {
    const source = this.#source;
    const at = this.at as TimeUs;
    let input: SourceInput;
    if (this.#lost && at === this.#reconnect.end) {
      this.#lost = false;
      this.#reconnect.pass();
      input = { type: 'SourceRestored', at, source };
    } else if (!this.#lost && at === this.#reconnect.start) {
      this.#lost = true;
      input = { type: 'SourceLost', at, source, why: 'connection reset' };
    } else {
      this.#beats += 1;
      input = { type: 'SourceBeat', at, source, beats: 1 };
    }
    this.#plan();
    return input;
  }

  save(): string {
    return `${this.#beats}.${this.#lost ? 1 : 0}${this.#silence.saved}${this.#reconnect.saved}`;
  }

  load(saved: readonly number[]): void {
    this.#beats = saved[0]!;
    this.#lost = saved[1] === 1;
    this.#reconnect.load(saved, this.#silence.load(saved, 2));
    this.#plan();
  }

  /** The next beat that is neither silenced nor cut off, or what the connection does before it. */
  #plan(): void {
    const turn = this.#lost ? this.#reconnect.end : this.#reconnect.start;
    let beat = this.#beatUs === 0 ? Infinity : this.#startUs + (this.#beats + 1) * this.#beatUs;
    while (beat < turn && (this.#lost || this.#silence.covers(beat))) {
      this.#beats += 1;
      beat += this.#beatUs;
    }
    this.at = Math.min(turn, beat);
  }
}
