/** A day at a failing exchange in which the desk, the venue or what holds the journal die at any instant, and come back. Ends at rest, judged by journal and ledger. */
import { type RandomStream, randomStream } from '#engine/random.ts';
import { FAULTS, type FaultName } from '#infra/venues-local/faults.ts';
import { signRequest } from '#infra/venues-local/signatures.ts';
import { quote, randomOrder, SYMBOLS, ticks, trade } from './day.ts';
import type { DeskAsked } from './desk-process.ts';
import { type Judged, judge, PROTECTED } from './judge.ts';
import type { Wanted } from './ordered-strategy.ts';
import { DeskProcess, type ExchangeProcess, Gone, type Programs } from './processes.ts';
import { admin, dropFolder, faults, freshFolder, type Terms, wait } from './world.ts';

export const VICTIMS = ['desk', 'venue', 'both', 'desk, desk again', 'venue, then desk', 'desk, then venue'] as const;
/** Where the journal lies in Kafka, its broker may die too. */
export const BROKER_VICTIMS = ['broker', 'broker and desk'] as const;
type Victims = (typeof VICTIMS)[number] | (typeof BROKER_VICTIMS)[number];
export type KilledDay = Readonly<{ seed: number; victims: Victims; faults: readonly FaultName[] }>;
export type KilledResult = Judged & Readonly<{ kills: number }>;

export const killedName = ({ seed, victims, faults: names }: KilledDay): string =>
  `${victims} killed, ${names.join(' + ') || 'no fault'}, seed ${seed}`;

/** All ways to die, each with another pair of faults; one in four without any. */
export function killedDay(seed: number): KilledDay {
  const stream = randomStream(seed, 'killed day');
  const count = stream.below(4) === 0 ? 0 : 1 + stream.below(2);
  return {
    seed,
    victims: VICTIMS[seed % VICTIMS.length]!,
    faults: Array.from({ length: count }, () => FAULTS[stream.below(FAULTS.length)]!),
  };
}

const STEPS = 14;
const RATE = 0.25;
const PROTECTED_LOTS = 6;
/** Longer than world.ts has it: these processes have less of a processor. */
const TERMS: Terms = { sendWindowUs: 250_000, orphans: 'adopt' };
const TIMEOUT_US = 200_000;
/** Processes share their processors with others. */
const PATIENCE_MS = 40_000;

/** Where journals lie: a fresh one for each day. */
export type Ground = Readonly<{
  fresh(): Readonly<{ place: string; drop(): void }>;
  /** Kills what holds them, and starts it again. */
  kill(): Promise<void>;
  /** Resolves when what holds them has been started again. */
  there(): Promise<void>;
}>;

const FOLDERS: Ground = {
  fresh() {
    const folder = freshFolder();
    return { place: folder, drop: () => dropFolder(folder) };
  },
  kill: () => Promise.reject(new Error('nobody kills the disk')),
  there: () => Promise.resolve(),
};

/** A place where such days are lived, one after the other: an exchange that is reset, a desk's process that is used until it dies. */
export class KilledLane {
  readonly #programs: Programs;
  readonly #exchange: ExchangeProcess;
  readonly #ground: Ground;
  #desk: DeskProcess;

  constructor(programs: Programs, exchange: ExchangeProcess, ground: Ground = FOLDERS) {
    this.#programs = programs;
    this.#ground = ground;
    this.#exchange = exchange;
    this.#desk = new DeskProcess(programs);
  }

  async run(day: KilledDay): Promise<KilledResult> {
    const { place: folder, drop } = this.#ground.fresh();
    const exchange = this.#exchange;
    const stream = randomStream(day.seed, 'killed day at work');
    try {
      if (!exchange.alive) await exchange.start();
      await admin(exchange, 'reset', { seed: day.seed });
      for (const symbol of SYMBOLS) await quote(exchange, symbol, 0);
      if (!this.#desk.alive) this.#desk = new DeskProcess(this.#programs);
      await this.#open(folder);
      await this.#desk.ask({ do: 'ready', withinMs: PATIENCE_MS });
      await this.#protect(exchange);
      const delayUs = 20 + stream.below(100_000);
      const misbehave = () => faults(exchange, day.seed, Object.fromEntries(day.faults.map((name) => [name, RATE])), delayUs);
      await misbehave();
      const kills = new Kills(day.victims, randomStream(day.seed, 'kills'));
      const killing = kills.run({
        desk: async (againMs) => {
          await this.#desk.kill();
          await wait(againMs);
          await this.#ground.there();
          await this.#reopen(folder);
        },
        venue: async (againMs) => {
          await exchange.kill();
          await wait(againMs);
          await exchange.start();
          await misbehave();
        },
        broker: () => this.#ground.kill(),
      });
      for (let step = 0; step < STEPS; step += 1) {
        await this.#act(stream).catch(whileDead);
        await wait(stream.below(25));
      }
      await killing;
      await faults(exchange, 0, {});
      await this.#desk.ask({ do: 'ready', withinMs: PATIENCE_MS });
      await this.#desk.ask({ do: 'rest', withinMs: PATIENCE_MS });
      await this.#desk.ask({ do: 'close' });
      const judged = await judge(folder, exchange.ledger);
      return { ...judged, kills: kills.count };
    } catch (error) {
      await this.#desk.kill(); // whatever it still holds open
      throw error;
    } finally {
      drop();
    }
  }

  async close(): Promise<void> {
    await this.#desk.kill();
    await this.#exchange.close();
  }

  #open(folder: string): Promise<string> {
    const { url, keys } = this.#exchange;
    const options = { folder, server: { url, keys }, terms: TERMS, timeoutUs: TIMEOUT_US };
    return this.#desk.ask({ do: 'open', options });
  }

  async #reopen(folder: string): Promise<void> {
    this.#desk = new DeskProcess(this.#programs);
    await this.#desk.up;
    this.#open(folder).catch(() => {}); // it may be killed in the middle of it; whoever asks it next hears
  }

  /** A position and its stop, far below all that happens: only a hand at the venue takes it away. */
  async #protect(exchange: ExchangeProcess): Promise<void> {
    const ask = (asked: DeskAsked) => this.#desk.ask(asked);
    const bought: Wanted = { do: 'order', instrument: PROTECTED, side: 'buy', type: 'market', lots: PROTECTED_LOTS, price: null };
    const stop: Wanted = {
      do: 'order',
      instrument: PROTECTED,
      side: 'sell',
      type: 'stop',
      lots: PROTECTED_LOTS,
      price: ticks(PROTECTED, -50_000),
      reduceOnly: true,
    };
    await ask({ do: 'want', wanted: [bought] });
    await ask({ do: 'rest', withinMs: PATIENCE_MS });
    await ask({ do: 'want', wanted: [stop] });
    await ask({ do: 'rest', withinMs: PATIENCE_MS });
    await quote(exchange, PROTECTED, 0);
  }

  async #act(stream: RandomStream): Promise<void> {
    const exchange = this.#exchange;
    const draw = stream.below(20);
    const nth = stream.below(8);
    const symbol = SYMBOLS[stream.below(SYMBOLS.length)]!;
    const want = (wanted: Wanted) => this.#desk.ask({ do: 'want', wanted: [wanted] });
    if (draw < 9) await want(randomOrder('ETH-USD', stream));
    else if (draw < 11) await want({ do: 'cancel', instrument: 'ETH-USD', nth });
    else if (draw < 13)
      await want({
        do: 'replace',
        instrument: 'ETH-USD',
        nth,
        lots: 1 + stream.below(9),
        price: ticks('ETH-USD', stream.between(-6, 6)),
        stop: null,
      });
    else if (draw < 16) await trade(exchange, symbol, stream);
    else if (draw < 17) await quote(exchange, symbol, stream.between(-4, 4));
    else if (draw < 18)
      await admin(exchange, 'transfer', { key: exchange.keys.key, currency: 'USD', amount: String(1 + stream.below(9)), why: 'deposit' });
    else if (draw < 19)
      await byHand(exchange, 'POST', '/orders', { symbol: 'ETH-USD', side: 'buy', type: 'limit', quantity: '0.001', price: '2000' });
    else await cancelStop(exchange);
  }
}

type Deaths = Readonly<Record<'desk' | 'venue' | 'broker', (againMs: number) => Promise<void>>>;

/** Who dies when, and after how long each comes back. */
class Kills {
  count = 0;
  readonly #victims: KilledDay['victims'];
  readonly #stream: RandomStream;

  constructor(victims: KilledDay['victims'], stream: RandomStream) {
    this.#victims = victims;
    this.#stream = stream;
  }

  async run(deaths: Deaths): Promise<void> {
    const stream = this.#stream;
    const kill = (who: keyof Deaths) => {
      this.count += 1;
      return deaths[who](stream.below(120));
    };
    const soon = () => wait(stream.below(220));
    await soon();
    switch (this.#victims) {
      case 'desk':
      case 'venue':
      case 'broker':
        return kill(this.#victims);
      case 'broker and desk':
        await Promise.all([kill('broker'), kill('desk')]);
        return;
      case 'both':
        await Promise.all([kill('desk'), kill('venue')]);
        return;
      case 'desk, desk again':
        await kill('desk');
        await soon(); // perhaps while it reads its journal, perhaps while it asks the venue
        return kill('desk');
      case 'venue, then desk':
        await kill('venue');
        await soon();
        return kill('desk');
      case 'desk, then venue':
        await kill('desk');
        await soon();
        return kill('venue');
    }
  }
}

/** Somebody at the venue's own screen. */
async function byHand({ url, keys }: ExchangeProcess, method: string, path: string, fields: object | null): Promise<unknown> {
  const body = fields === null ? '' : JSON.stringify(fields);
  const [time, until] = [String(Date.now() * 1000), String(Date.now() * 1000 + 1_000_000)];
  const sign = signRequest(keys.secret, { time, until, method, path, body });
  const headers = { 'x-key': keys.key, 'x-time': time, 'x-until': until, 'x-sign': sign };
  const signal = AbortSignal.timeout(500);
  const response = await fetch(url + path, { method, headers, signal, ...(body === '' ? {} : { body }) });
  return response.json();
}

async function cancelStop(exchange: ExchangeProcess): Promise<void> {
  const { orders = [] } = (await byHand(exchange, 'GET', '/orders/open', null)) as {
    orders?: { id: string; symbol: string; type: string }[];
  };
  const stop = orders.find(({ symbol, type }) => symbol === PROTECTED && type === 'stop');
  if (stop !== undefined) await byHand(exchange, 'DELETE', `/orders?id=${stop.id}`, null);
}

/** What is asked of the dead, or by a request that the exchange dropped, is not done. */
function whileDead(error: unknown): void {
  if (
    error instanceof Gone ||
    error instanceof TypeError ||
    (error as Error).name === 'TimeoutError' ||
    /no desk is open/.test(String(error))
  )
    return;
  throw error;
}
