/**
 * The one place where who-may is kept: every change is made upon what is there now, also when another process wrote it, and those who
 * listen hear what ended. It decides nothing about who may what.
 */
import type { AccessState } from './access-state.ts';
import { decodeState, encodeState, NOBODY_YET } from './access-state.ts';
import { AccessUnreadable } from './refusals.ts';

export type KeptText = Readonly<{ text: string; stamp: string }>;

/** A text that is there whole or not at all. A stamp differs whenever the text was replaced. */
export interface KeptTextFile {
  /** For messages. */
  readonly where: string;
  read(): KeptText | null;
  stamp(): string | null;
  /** False when `still` is no longer what is there: nothing was written. It survives a power cut when true. */
  replace(text: string, still: string | null): Promise<boolean>;
  /** Calls when it may have been replaced, by whomever. Returns what ends it. */
  watch(changed: () => void): () => void;
}

/** What open sockets have to hear of. The demonstration, expiry and lowered roles are asked of `Access.standing`. */
export type AccessEvent =
  | Readonly<{ type: 'SessionEnded'; session: string; user: string }>
  | Readonly<{ type: 'TokenRevoked'; token: string; user: string }>
  | Readonly<{ type: 'UserChanged'; user: string }>
  /** It can no longer be read: nobody is let in. */
  | Readonly<{ type: 'StoreLost'; why: string }>;

/** Two writers in turn meet once or twice; so many times is a fault of the place. */
const MOST_TRIES = 100;

export class AccessStore {
  readonly #file: KeptTextFile;
  readonly #listeners = new Set<(event: AccessEvent) => void>();
  #seen: Readonly<{ stamp: string | null; state: AccessState }> = { stamp: null, state: NOBODY_YET };
  #lost: string | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #unwatch: (() => void) | null = null;

  constructor(file: KeptTextFile) {
    this.#file = file;
    this.read();
  }

  /** As it is now; throws AccessUnreadable, and then nobody may anything. */
  read(): AccessState {
    try {
      const stamp = this.#file.stamp();
      if (this.#lost !== null || stamp !== this.#seen.stamp) this.#load();
    } catch (error) {
      this.#lose(error as Error);
      throw error instanceof AccessUnreadable
        ? error
        : new AccessUnreadable(`${this.#file.where} cannot be read: ${(error as Error).message}`);
    }
    return this.#seen.state;
  }

  /** `change` is asked again when somebody else was faster: it must be pure. The same state back means nothing to write. */
  change<T>(change: (state: AccessState) => readonly [AccessState, T]): Promise<T> {
    const mine = this.#last.then(() => this.#change(change));
    this.#last = mine.catch(() => {}); // its caller hears of it; the next one has its own turn
    return mine;
  }

  /** Hears what ends, whichever process ended it. */
  heard(listener: (event: AccessEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#unwatch ??= this.#file.watch(() => {
      try {
        this.read();
      } catch {
        // told as StoreLost, once
      }
    });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = null;
    };
  }

  async #change<T>(change: (state: AccessState) => readonly [AccessState, T]): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = this.read();
      const { stamp } = this.#seen;
      const [after, result] = change(before);
      if (after === before) return result;
      const text = encodeState(after);
      decodeState(text, 'the change'); // what could not be read back is not written
      if (await this.#file.replace(text, stamp)) {
        this.read();
        return result;
      }
    }
    throw new AccessUnreadable(`${this.#file.where} changes faster than it can be written: is another program writing it?`);
  }

  #load(): void {
    const kept = this.#file.read();
    const state = kept === null ? NOBODY_YET : decodeState(kept.text, this.#file.where);
    const before = this.#seen.state;
    this.#seen = { stamp: kept?.stamp ?? null, state };
    this.#lost = null;
    for (const event of eventsBetween(before, state)) this.#tell(event);
  }

  #lose(error: Error): void {
    if (this.#lost === error.message) return;
    this.#lost = error.message;
    this.#tell({ type: 'StoreLost', why: error.message });
  }

  #tell(event: AccessEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** What of the one state no longer stands in the other. */
export function eventsBetween(before: AccessState, after: AccessState): AccessEvent[] {
  const sessions = new Set(after.sessions.map(({ id }) => id));
  const tokens = new Set(after.tokens.filter(({ revoked }) => revoked === null).map(({ id }) => id));
  const users = new Map(after.users.map((user) => [user.name, user]));
  return [
    ...before.sessions.filter(({ id }) => !sessions.has(id)).map(({ id, user }) => ({ type: 'SessionEnded', session: id, user }) as const),
    ...before.tokens
      .filter(({ id, revoked }) => revoked === null && !tokens.has(id))
      .map(({ id, user }) => ({ type: 'TokenRevoked', token: id, user }) as const),
    ...before.users
      .filter(({ name, role, disabled }) => {
        const now = users.get(name);
        return now === undefined || now.role !== role || (now.disabled === null) !== (disabled === null);
      })
      .map(({ name }) => ({ type: 'UserChanged', user: name }) as const),
  ];
}
