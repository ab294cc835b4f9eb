/** Every deadline that is armed, as text keys and absolute times. Says which are due; never decides what they do. */
import { assert } from '#engine/assert.ts';

export type Stage = 1 | 2 | 3 | 4 | 5;
export type Deadline = Readonly<{
  due: number;
  stage: Stage;
  timeframe: number;
  /** Order of the instrument's first definition; −1 for what has none. */
  index: number;
  actor: string;
  name: string;
  fire: () => void;
}>;

export class Agenda {
  readonly #armed = new Map<string, Deadline>();
  /** Not after the first due; may be too early when what it stood for has moved. */
  #floor = Number.POSITIVE_INFINITY;

  arm(now: number, deadline: Deadline): void {
    assert(deadline.due >= now, `${deadline.actor} ${deadline.name} armed for ${deadline.due}, which is before ${now}`);
    this.#armed.set(`${deadline.actor} ${deadline.name}`, deadline);
    this.#floor = Math.min(this.#floor, deadline.due);
  }

  disarm(actor: string, name: string): void {
    this.#armed.delete(`${actor} ${name}`);
  }

  dueOf(actor: string, name: string): number | null {
    return this.#armed.get(`${actor} ${name}`)?.due ?? null;
  }

  /** When the next one falls due, or +∞. `limit`: nothing later is of interest. */
  next(limit: number): number {
    if (this.#floor > limit) return this.#floor;
    this.#floor = Number.POSITIVE_INFINITY;
    for (const deadline of this.#armed.values()) this.#floor = Math.min(this.#floor, deadline.due);
    return this.#floor;
  }

  /** Those due at T, in the order in which a stage takes them. They stay armed until `take`. */
  dueAt(T: number): Deadline[] {
    const due = [...this.#armed.values()].filter((deadline) => deadline.due <= T);
    for (const deadline of due) assert(deadline.due === T, `${deadline.actor} ${deadline.name} was due at ${deadline.due} and missed`);
    return due.sort(compareTurns);
  }

  /** Takes it out if it is still the one that stands; a fact of the same round may have cancelled or replaced it. */
  take(deadline: Deadline): boolean {
    if (this.#armed.get(`${deadline.actor} ${deadline.name}`) !== deadline) return false;
    this.#armed.delete(`${deadline.actor} ${deadline.name}`);
    return true;
  }
}

export type Turn = Readonly<{ timeframe: number; index: number; actor: string; name: string }>;

/** (timeframe, instrument index, actor key, deadline name). */
export function compareTurns(a: Turn, b: Turn): number {
  return a.timeframe - b.timeframe || a.index - b.index || compareActors(a.actor, b.actor) || compareText(a.name, b.name);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareActors(a: string, b: string): number {
  const [kindOfA, addressOfA] = orderParts(a);
  const [kindOfB, addressOfB] = orderParts(b);
  if (addressOfA === null || addressOfB === null || kindOfA !== kindOfB) return compareText(a, b);
  return compareAddresses(addressOfA, addressOfB);
}

function orderParts(actor: string): [kind: string, address: string | null] {
  if (actor.startsWith('order:')) return ['order', actor.slice(6)];
  if (actor.startsWith('venue:')) return ['venue', actor.slice(6)];
  return ['', null];
}

/** Addresses are two numbers, not text. */
export function compareAddresses(a: string, b: string): number {
  const [causeOfA, indexOfA] = a.split('.').map(Number) as [number, number];
  const [causeOfB, indexOfB] = b.split('.').map(Number) as [number, number];
  return causeOfA - causeOfB || indexOfA - indexOfB;
}
