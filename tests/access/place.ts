/** A gateway's access with everything handed in: a text in memory, a clock that is set, chance of a seed, real but cheap argon2. */
import { createHash } from 'node:crypto';
import { Access, type AccessOptions } from '#gateway/access/access.ts';
import { Administer, type Doer } from '#gateway/access/administer.ts';
import type { Attempt } from '#gateway/access/attempts.ts';
import { argonPasswords } from '#gateway/access/passwords.ts';
import type { RequestFacts } from '#gateway/access/request.ts';
import type { Role, Scope } from '#gateway/access/roles.ts';
import type { LiveGrant } from '#gateway/access/second-step.ts';
import type { AccessPorts } from '#gateway/access/secrets.ts';
import { type SignedIn, signIn } from '#gateway/access/sign-in.ts';
import { AccessStore, type KeptTextFile } from '#gateway/access/store.ts';

export const CHEAP = { memoryKib: 8, passes: 1, lanes: 1 };
export const ORIGIN = 'http://127.0.0.1:4747';
export const START = 1_700_000_000_000_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DOER: Doer = { who: 'test', by: 'terminal', address: 'local' };
export const passwordOf = (name: string): string => `the long words of ${name} 42`;

export class TextInMemory implements KeptTextFile {
  readonly where = 'access.json';
  text: string | null = null;
  #writes = 0;
  readonly #watchers = new Set<() => void>();

  read() {
    return this.text === null ? null : { text: this.text, stamp: String(this.#writes) };
  }
  stamp() {
    return this.text === null ? null : String(this.#writes);
  }
  async replace(text: string, still: string | null) {
    await Promise.resolve(); // a disk takes a while
    if (still !== this.stamp()) return false;
    this.put(text);
    return true;
  }
  put(text: string | null): void {
    this.text = text;
    this.#writes++;
    for (const changed of this.#watchers) changed();
  }
  watch(changed: () => void) {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }
}

export class Place {
  readonly file = new TextInMemory();
  readonly attempts: Attempt[] = [];
  readonly troubles: Error[] = [];
  readonly passwords = argonPasswords(CHEAP);
  now = START;
  #drawn = 0;
  readonly ports: AccessPorts = {
    nowUs: () => this.now,
    random: (bytes) =>
      createHash('sha512')
        .update(`seed ${++this.#drawn}`)
        .digest()
        .subarray(0, bytes),
  };
  store: AccessStore;
  access: Access;
  readonly #more: Partial<AccessOptions>;

  constructor(more: Partial<AccessOptions> = {}) {
    this.#more = more;
    this.store = new AccessStore(this.file);
    this.access = this.#open();
  }

  #open(): Access {
    return new Access({
      store: this.store,
      attempts: { record: (attempt) => void this.attempts.push(attempt) },
      passwords: this.passwords,
      ports: this.ports,
      origins: [ORIGIN],
      demo: false,
      liveAccounts: () => false,
      trouble: (error) => void this.troubles.push(error),
      ...this.#more,
    });
  }

  /** Another process over the same text. */
  restart(): void {
    this.store = new AccessStore(this.file);
    this.access = this.#open();
  }

  get administer(): Administer {
    const { store, passwords, ports } = this;
    return new Administer({ store, passwords, ports, attempts: { record: (attempt) => void this.attempts.push(attempt) } });
  }

  /** The first named has to be an admin. */
  async users(...users: readonly (readonly [name: string, role: Role])[]): Promise<void> {
    for (const [name, role] of users) await this.administer.addUser(DOER, { name, role, password: passwordOf(name) });
  }

  async signedIn(name: string, request: Partial<RequestFacts> = {}): Promise<SignedIn> {
    const answer = await signIn(this.access, asked('POST', '/api/v1/session', request), { name, password: passwordOf(name) });
    if (!answer.allowed) throw new Error(`${name} is not let in: ${answer.why}`);
    return answer;
  }

  async token(user: string, scope: Scope, liveBy: string | null = null, expires: number | null = null): Promise<string> {
    const asked = { user, label: 'of a test', scope, expires, liveBy: liveBy as LiveGrant | null };
    return (await this.administer.newToken(DOER, asked)).text;
  }
}

export const asked = (method: string, path: string, more: Partial<RequestFacts> = {}): RequestFacts => ({
  method,
  path,
  query: '',
  headers: {},
  address: '192.0.2.7',
  tls: false,
  upgrade: false,
  ...more,
});

/** As our page sends it. */
export const withCookie = (signed: SignedIn, method: string, path: string, more: Partial<RequestFacts> = {}): RequestFacts =>
  asked(method, path, {
    ...more,
    headers: { cookie: cookieText(signed), origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'x-csrf-token': signed.csrf, ...more.headers },
  });

/** `name=value` of a set-cookie. */
export const cookieText = ({ cookie }: Readonly<{ cookie: string }>): string => cookie.split(';')[0]!;

export const withToken = (token: string, method: string, path: string, more: Partial<RequestFacts> = {}): RequestFacts =>
  asked(method, path, { ...more, headers: { authorization: `Bearer ${token}`, ...more.headers } });

export const NOTHING = { owner: null, live: false };
