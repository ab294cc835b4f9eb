/** One desk at one exchange, for a test that does one thing to them: what it sent, what it heard, its crash, a disk that holds back. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, vi } from 'vitest';
import type { Order } from '#actors/desk/orders.ts';
import type { Broker, BrokerEvent } from '#engine/execution/broker.ts';
import type { Command } from '#engine/inputs.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import type { LedgerEntry } from '#infra/venues-local/exchange-state.ts';
import type { ExchangeServer } from '#infra/venues-local/serve.ts';
import { signRequest } from '#infra/venues-local/signatures.ts';
import { realClock } from '#streams/clock.ts';
import { quote, SYMBOLS, ticks } from './day.ts';
import { truthOf } from './judge.ts';
import type { Wanted } from './ordered-strategy.ts';
import {
  ACCOUNT,
  admin,
  type DeskOptions,
  disagreements,
  dropFolder,
  freshFolder,
  openExchange,
  type Terms,
  verified,
  World,
} from './world.ts';

export type Venue = ExchangeServer & Readonly<{ folder: string }>;

/** A request as it left the desk's side, and what came of it. */
export type Asked = Readonly<{ what: 'send' | 'cancel' | 'replace' | 'order'; name: string; at: number; outcome: () => string }>;

/** On a busy machine too an order leaves within its window. */
export const PATIENT: Terms = { sendWindowUs: 1_500_000, orphans: 'adopt' };

/** The exchange of a test file, and scenes at it: each ends with its test, the exchange with the last. */
export async function openStage(): Promise<Readonly<{ venue: Venue; opened(options?: Parameters<typeof Scene.open>[1]): Promise<Scene> }>> {
  const venue = await openExchange();
  const scenes: Scene[] = [];
  afterEach(async () => {
    for (const scene of scenes.splice(0)) await scene.end();
  });
  afterAll(async () => {
    await venue.close();
    dropFolder(venue.folder);
  });
  const opened = async (options: Parameters<typeof Scene.open>[1] = {}): Promise<Scene> => {
    const scene = await Scene.open(venue, options);
    scenes.push(scene);
    return scene;
  };
  return { venue, opened };
}

export class Scene {
  readonly venue: Venue;
  /** Everything the desk asked of its venue, in order, through all lives. */
  readonly asked: Asked[] = [];
  /** Hears each, the moment before it leaves. */
  onAsked: (what: string) => void = () => {};
  world!: World;
  folder = freshFolder();
  readonly #folders: string[] = [];
  readonly #worlds: World[] = [];
  readonly #options: Partial<DeskOptions>;
  #hear: ((event: BrokerEvent) => void) | null = null;
  #cut = false;

  private constructor(venue: Venue, options: Partial<DeskOptions>) {
    this.venue = venue;
    this.#options = options;
  }

  /** An exchange with empty ledger and a quiet market, a desk that is open. */
  static async open(venue: Venue, options: Partial<DeskOptions> & Readonly<{ reset?: object }> = {}): Promise<Scene> {
    const { reset = {}, ...rest } = options;
    await admin(venue, 'reset', { seed: 1, ...reset });
    for (const symbol of SYMBOLS) await quote(venue, symbol, 0);
    const scene = new Scene(venue, { terms: PATIENT, ...rest });
    await scene.start();
    await scene.world.ready();
    return scene;
  }

  async start(): Promise<void> {
    const broker = (real: Broker) => this.#watched(this.#options.broker?.(real) ?? real);
    this.#cut = false;
    this.#folders.push(this.folder);
    this.world = await World.open({ ...this.#options, folder: this.folder, server: this.venue, broker });
    this.#worlds.push(this.world);
  }

  /** As after a SIGKILL: nothing more leaves, and what goes on is the journal as it lies there now. */
  async crash(): Promise<void> {
    const { desk } = this.world;
    await desk.live.journal.durable();
    const image = freshFolder();
    cpSync(this.folder, image, { recursive: true });
    for (const name of readdirSync(image)) if (name.startsWith('lock')) rmSync(join(image, name));
    await Promise.all(desk.links.map((link) => link.close()));
    this.folder = image;
  }

  /** The account's events are cut off, as when its line is down; the venue goes on. */
  loseLine(): void {
    this.#cut = true;
    this.#hear?.({ type: 'Lost', why: 'cut' });
  }

  regainLine(): void {
    this.#cut = false;
    this.#hear?.({ type: 'Connected' });
  }

  want(...wanted: readonly Wanted[]): void {
    this.world.want(...wanted);
  }

  /** The newest order of its own. */
  last(): Order | undefined {
    return [...this.world.state.orders.all.values()].filter(({ strategy }) => strategy !== 'none').at(-1);
  }

  /** What became of its newest order. */
  get state(): string {
    return this.last()?.living.value ?? 'none';
  }

  /** Of its newest order: what is filled of what, and its state. */
  get here(): string {
    const { value, context } = this.last()!.living;
    return `${context.filled}/${context.lots} ${value}`;
  }

  /** The venue's orders, likewise. */
  get there(): readonly string[] {
    return this.venue.exchange.state.orders.map(({ filled, lots, state }) => `${filled}/${lots} ${state}`);
  }

  /** Of the account, and its session. */
  get gate(): string {
    return `${this.world.gate}, ${this.world.state.accounts.byId.get(ACCOUNT)!.session.value}`;
  }

  /** What a person was told. */
  get alerts(): readonly string[] {
    return this.world.decisions.flatMap((decision) => (decision.type === 'Alerted' ? [decision.text] : []));
  }

  /** How orders ended, or went on, that stayed home. */
  get unsent(): readonly string[] {
    return this.world.decisions.flatMap((decision) => (decision.type === 'OrderMoved' && decision.why === 'NotSent' ? [decision.to] : []));
  }

  asks(what: Asked['what']): readonly Asked[] {
    return this.asked.filter((each) => each.what === what);
  }

  command(what: Command, key: string): void {
    this.world.desk.sequencer.submit({ type: 'CommandGiven', key, by: 'test', sawSeq: null, command: what });
  }

  /** With a busy machine's time for it. */
  until(so: () => boolean, what: string): Promise<void> {
    return this.world.until(so, what, 20_000);
  }

  /** Waits until its newest order is in that state. */
  newest(state: string, withinMs?: number): Promise<void> {
    return this.world.until(() => this.state === state, `the newest order is ${state}`, withinMs);
  }

  /** Order requests as the venue's ledger has them. */
  requests(method?: 'POST' | 'PUT' | 'DELETE'): readonly LedgerEntry[] {
    const { entries } = truthOf(join(this.venue.folder, 'ledger.ndjson'));
    return entries.filter((entry) => entry.what === 'request' && (method === undefined || entry['method'] === method));
  }

  /** Somebody at the venue's own screen. */
  async byHand(method: string, path: string, fields: object | null = null): Promise<Record<string, unknown>> {
    const { url, keys } = this.venue;
    const body = fields === null ? '' : JSON.stringify(fields);
    const [time, until] = [String(Date.now() * 1000), String(Date.now() * 1000 + 5_000_000)];
    const sign = signRequest(keys.secret, { time, until, method, path, body });
    const headers = { 'x-key': keys.key, 'x-time': time, 'x-until': until, 'x-sign': sign };
    return (await (await fetch(url + path, { method, headers, ...(body === '' ? {} : { body }) })).json()) as Record<string, unknown>;
  }

  /** At rest both ledgers are one, and the journal verifies. */
  async agreed(): Promise<string[]> {
    await this.world.rest();
    const found = disagreements(this.world, this.venue);
    await this.world.desk.close();
    if (!(await verified(this.folder))) found.push('the journal does not verify');
    return found;
  }

  async end(): Promise<void> {
    for (const { desk } of this.#worlds) await desk.close().catch(() => {});
    for (const folder of this.#folders) dropFolder(folder);
  }

  #watched(real: Broker): Broker {
    const noting = async <T extends object>(what: Asked['what'], name: string, ask: () => Promise<T>): Promise<T> => {
      let outcome = 'under way';
      this.asked.push({ what, name, at: Date.now() * 1000, outcome: () => outcome });
      this.onAsked(`${what} ${name}`);
      const answer = await ask();
      outcome = String('kind' in answer ? answer.kind : 'found' in answer ? answer.found : '');
      return answer;
    };
    return altered(real, {
      open: (hear: (event: BrokerEvent) => void) => {
        this.#hear = hear;
        return real.open((event) => {
          if (!this.#cut) hear(event);
        });
      },
      send: (request, goes) => noting('send', request.clientId, () => real.send(request, goes)),
      cancel: (name) => noting('cancel', (name.clientId ?? name.venueId)!, () => real.cancel(name)),
      replace: (request, goes) => noting('replace', (request.name.clientId ?? request.name.venueId)!, () => real.replace(request, goes)),
      order: (name) => noting('order', (name.clientId ?? name.venueId)!, () => real.order(name)),
    });
  }
}

/** A broker that does some things in its own way, and the others as the real one does. */
export const altered = (real: Broker, ways: Partial<Broker>): Broker => ({
  account: real.account,
  capabilities: real.capabilities,
  open: (hear) => real.open(hear),
  close: () => real.close(),
  send: (request, goes) => real.send(request, goes),
  cancel: (name) => real.cancel(name),
  replace: (request, goes) => real.replace(request, goes),
  order: (name) => real.order(name),
  cancelAll: () => real.cancelAll(),
  openOrders: () => real.openOrders(),
  fills: (since) => real.fills(since),
  positions: () => real.positions(),
  balances: () => real.balances(),
  transfers: (since) => real.transfers(since),
  clock: () => real.clock(),
  ...ways,
});

/** Events that the venue tells and nobody hears, while the line itself is up. */
export class Deaf {
  on = false;
  hear: (event: BrokerEvent) => void = () => {};

  over(real: Broker, ways: Partial<Broker> = {}): Broker {
    return altered(real, {
      open: (hear) => {
        this.hear = hear;
        return real.open((event) => {
          if (!this.on || event.type === 'Connected') hear(event);
        });
      },
      ...ways,
    });
  }

  reconnect(): void {
    this.hear({ type: 'Lost', why: 'silent' });
    this.on = false;
    this.hear({ type: 'Connected' });
  }
}

/** Clocks that somebody sets. */
export function settable() {
  const set = { wallUs: 0, monotonicUs: 0 };
  return {
    set,
    clock: { ...realClock, wallUs: () => realClock.wallUs() + set.wallUs, monotonicUs: () => realClock.monotonicUs() + set.monotonicUs },
  };
}

/** Disks that say so when everything is on them, once they are let: files opened from now on. */
export class SlowDisk {
  #held: (() => void)[] | null = null;
  readonly #spy;

  constructor() {
    const open = nodeDisk.open.bind(nodeDisk);
    this.#spy = vi.spyOn(nodeDisk, 'open').mockImplementation(async (...args) => {
      const file = await open(...args);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        await sync();
        if (this.#held !== null) await new Promise<void>((resolve) => this.#held!.push(resolve));
      };
      return file;
    });
  }

  hold(): void {
    this.#held ??= [];
  }

  letGo(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const resolve of held) resolve();
  }

  gone(): void {
    this.letGo();
    this.#spy.mockRestore();
  }
}

export const order = (
  side: 'buy' | 'sell',
  lots: number,
  more: Partial<Extract<Wanted, { do: 'order' }>> = {},
): Extract<Wanted, { do: 'order' }> => ({ do: 'order', instrument: 'BTC-USD', side, type: 'market', lots, price: null, ...more });

// ── What a strategy wants, in the words of most tests ──

export const resting = (lots: number, by = -50): Wanted => order('buy', lots, { type: 'limit', price: ticks('BTC-USD', by) });
export const replaced = (lots: number, by = -50): Wanted => ({
  ...{ do: 'replace', instrument: 'BTC-USD', nth: 0, lots, price: ticks('BTC-USD', by), stop: null },
});
export const cancelled: Wanted = { do: 'cancel', instrument: 'BTC-USD', nth: 0 };

/** A resting order of 5 that the venue changes to more, and nobody tells. */
export async function changedUnheard(scene: Scene, deaf: Deaf, lots: number, by = -50): Promise<void> {
  scene.want(resting(5));
  await scene.newest('LIVE');
  deaf.on = true;
  scene.want(replaced(lots, by));
  await scene.until(() => scene.asks('replace')[0]?.outcome() === 'done', 'changed there');
}
