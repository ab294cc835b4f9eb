/**
 * What happened in a recorded day and when, so that the next or the last of a kind is found without playing, and a stretch of time is counted. It is
 * told every decision once, in order.
 */
import type { Decision } from '#engine/decisions.ts';
import { countBelow, isBefore, type Position } from '#replay/film.ts';

export const KINDS = ['decision', 'candle', 'order', 'fill', 'refusal', 'alert', 'gate'] as const;
export type Kind = (typeof KINDS)[number];

export type GateMove = Position & Readonly<{ scope: string; of: string; from: string; to: string; why: string }>;

/** Of no instrument in particular. */
const NOBODY = 0;
const GATES_KEPT = 20_000;

export class Happenings {
  readonly #places = Object.fromEntries(KINDS.map((kind) => [kind, new Places()])) as Record<Kind, Places>;
  readonly #instruments = new Map<string, number>();
  readonly #gates: GateMove[] = [];

  note(decision: Decision): void {
    const { cause: seq, at } = decision;
    const whose = 'instrument' in decision ? this.#ordinal(decision.instrument) : NOBODY;
    const put = (kind: Kind): void => this.#places[kind].add(seq, at, whose);
    put('decision');
    switch (decision.type) {
      case 'CandleClosed':
        put('candle');
        return;
      case 'OrderRefused':
        put('order');
        put('refusal');
        return;
      case 'OrderFilled':
        put('order');
        put('fill');
        return;
      case 'OrderApproved':
      case 'OrderRequested':
      case 'OrderMoved':
      case 'OrderRetired':
      case 'OrderAdopted':
      case 'OrderQualified':
        put('order');
        return;
      case 'Alerted':
        put('alert');
        return;
      case 'GateMoved': {
        put('gate');
        const { scope, of, from, to, why } = decision;
        if (this.#gates.length < GATES_KEPT) this.#gates.push({ seq, at, scope, of, from, to, why });
      }
    }
  }

  /** The nearest one behind a position, or before it. */
  find(kind: Kind, from: Position, back: boolean, instrument: string | null): Position | null {
    const whose = instrument === null ? null : this.#instruments.get(instrument);
    return whose === undefined ? null : this.#places[kind].find(from, back, whose);
  }

  /** Of a kind, those at or behind one time and before another. */
  between(kind: Kind, from: number, to: number): number {
    return this.#places[kind].beforeTime(to) - this.#places[kind].beforeTime(from);
  }

  count(kind: Kind): number {
    return this.#places[kind].length;
  }

  get gates(): readonly GateMove[] {
    return this.#gates;
  }

  #ordinal(instrument: string): number {
    let ordinal = this.#instruments.get(instrument);
    if (ordinal === undefined) this.#instruments.set(instrument, (ordinal = this.#instruments.size + 1));
    return ordinal;
  }
}

/** Columns that grow: number, time, whose. */
class Places {
  #seq = new Float64Array(64);
  #at = new Float64Array(64);
  #whose = new Uint16Array(64);
  length = 0;

  add(seq: number, at: number, whose: number): void {
    if (this.length === this.#seq.length) {
      this.#seq = grown(this.#seq, new Float64Array(2 * this.length));
      this.#at = grown(this.#at, new Float64Array(2 * this.length));
      this.#whose = grown(this.#whose, new Uint16Array(2 * this.length));
    }
    this.#seq[this.length] = seq;
    this.#at[this.length] = at;
    this.#whose[this.length] = whose;
    this.length++;
  }

  find(from: Position, back: boolean, whose: number | null): Position | null {
    const step = back ? -1 : 1;
    // the first that is not before; or, going on, the first that lies behind
    let index = countBelow(this.length, (i) => (back ? isBefore(this.#position(i), from) : !isBefore(from, this.#position(i))));
    if (back) index -= 1;
    for (; index >= 0 && index < this.length; index += step)
      if (whose === null || this.#whose[index] === whose) return this.#position(index);
    return null;
  }

  beforeTime(at: number): number {
    return countBelow(this.length, (i) => this.#at[i]! < at);
  }

  #position(index: number): Position {
    return { seq: this.#seq[index]!, at: this.#at[index]! };
  }
}

function grown<T extends Float64Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
