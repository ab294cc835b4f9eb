/**
 * What is changed of users and tokens, each with its record: the one way for the gateway and for the terminal. Whether the caller may
 * is decided before (policy.ts); the rules of users and tokens hold for everybody.
 */
import type { AccessState, Token } from './access-state.ts';
import { type AttemptKind, type Attempts, attemptOf } from './attempts.ts';
import { checkPassword, type Passwords } from './passwords.ts';
import type { Role } from './roles.ts';
import type { AccessPorts } from './secrets.ts';
import type { AccessStore } from './store.ts';
import { addToken, drawToken, revokeToken, type TokenAsked, tokenText } from './tokens.ts';
import { addUser, disableUser, enableUser, mustBe, setPassword, setRole, userName } from './users.ts';

/** Who does it, for the record: `terminal`, or a session. */
export type Doer = Readonly<{ who: string | null; by: string; address: string }>;
export type AdministerOptions = Readonly<{ store: AccessStore; attempts: Attempts; passwords: Passwords; ports: AccessPorts }>;

export class Administer {
  readonly #options: AdministerOptions;
  constructor(options: AdministerOptions) {
    this.#options = options;
  }

  async addUser(doer: Doer, asked: Readonly<{ name: string; role: Role; password: string }>): Promise<void> {
    const { store, passwords, ports } = this.#options;
    const name = userName(asked.name);
    addUser(store.read(), { name, role: asked.role, hash: '' }, ports.nowUs()); // what is refused is refused before the work
    checkPassword(name, asked.password);
    const hash = await passwords.hash(asked.password);
    await this.#change(doer, 'users', `added ${name} as ${asked.role}`, (state) =>
      addUser(state, { name, role: asked.role, hash }, ports.nowUs()),
    );
  }

  async setPassword(doer: Doer, typed: string, password: string): Promise<void> {
    const { store, passwords, ports } = this.#options;
    const { name } = mustBe(store.read(), typed.toLowerCase());
    checkPassword(name, password);
    const hash = await passwords.hash(password);
    await this.#change(doer, 'users', `new password of ${name}`, (state) => setPassword(state, name, hash, ports.nowUs()));
  }

  setRole(doer: Doer, typed: string, role: Role): Promise<void> {
    const name = typed.toLowerCase();
    return this.#change(doer, 'users', `${name} is a ${role}`, (state) => setRole(state, name, role));
  }

  disable(doer: Doer, typed: string): Promise<void> {
    const name = typed.toLowerCase();
    return this.#change(doer, 'users', `disabled ${name}`, (state) => disableUser(state, name, this.#options.ports.nowUs()));
  }

  enable(doer: Doer, typed: string): Promise<void> {
    const name = typed.toLowerCase();
    return this.#change(doer, 'users', `enabled ${name}`, (state) => enableUser(state, name));
  }

  /** The text is shown once: nothing that is kept gives it again. */
  async newToken(doer: Doer, asked: TokenAsked): Promise<Readonly<{ token: Token; text: string }>> {
    const { store, ports } = this.#options;
    const drawn = drawToken(ports);
    const token = await store.change((state) => {
      const made = addToken(state, { ...asked, user: asked.user.toLowerCase() }, drawn, ports.nowUs());
      return [made.state, made.token];
    });
    const live = token.liveBy === null ? '' : `, live by ${token.liveBy}`;
    this.#note(doer, 'tokens', `made ${token.id} of ${token.user}: ${token.scope}${live}`);
    return { token, text: tokenText(drawn) };
  }

  revokeToken(doer: Doer, id: string): Promise<void> {
    return this.#change(doer, 'tokens', `revoked ${id.slice(0, 12)}`, (state) => revokeToken(state, id, this.#options.ports.nowUs()));
  }

  /** `what`: which of theirs. */
  endSessions(doer: Doer, user: string, what: string, change: (state: AccessState) => AccessState): Promise<void> {
    return this.#change(doer, 'sessions', `ended ${what} of ${user}`, change);
  }

  async #change(doer: Doer, what: AttemptKind, why: string, change: (state: AccessState) => AccessState): Promise<void> {
    await this.#options.store.change((state) => [change(state), null]);
    this.#note(doer, what, why);
  }

  #note({ who, by, address }: Doer, what: AttemptKind, why: string): void {
    const { attempts, ports } = this.#options;
    attempts.record(attemptOf({ nowUs: ports.nowUs(), what, ok: true, who, by, address, action: null, why }));
  }
}
