/** What a client holds of a channel: its rows, and the place it is at. Says when a message does not follow, so that nobody shows a state with a hole in it. */
import type { Cursor, ServerMessage } from './live.ts';

export class Followed {
  readonly #rows = new Map<string, unknown>();
  /** Of topics that only grow: no more rows than this are held, the oldest go first. Null: rows are held until they are said to be gone. */
  readonly #most: number | null;
  #epoch: string | null = null;
  #n = 0;
  /** Journal number and engine time (µs) of the newest fact it was told of, and up to where the journal was on the disk then. */
  seq = 0;
  at = 0;
  durable = 0;

  constructor(most: number | null = null) {
    this.#most = most;
  }

  get rows(): ReadonlyMap<string, unknown> {
    return this.#rows;
  }

  /** What to ask for after a lost connection; null before the first message. */
  get cursor(): Cursor | null {
    return this.#epoch === null ? null : { epoch: this.#epoch, n: this.#n };
  }

  /** `gap`: a message is missing. It was not taken, and the channel must be asked for again. */
  take(message: Extract<ServerMessage, { say: 'snapshot' | 'delta' }>, epoch: string): 'taken' | 'gap' {
    if (message.say === 'snapshot') this.#rows.clear();
    else if (epoch !== this.#epoch && this.#epoch !== null) return 'gap';
    else if (message.n !== this.#n + 1) return 'gap';
    this.#epoch = epoch;
    this.#n = message.n;
    this.seq = message.seq;
    this.at = message.at;
    this.durable = message.durable;
    for (const [key, value] of message.rows) {
      if (value === null) this.#rows.delete(key);
      else this.#rows.set(key, value);
    }
    if (this.#most !== null)
      for (const key of this.#rows.keys()) {
        if (this.#rows.size <= this.#most) break;
        this.#rows.delete(key);
      }
    return 'taken';
  }
}
