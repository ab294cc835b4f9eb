/** W5's venue: the local exchange in a process of its own, quoted so that a market order fills at once, and what it says it did. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeKeys } from '#infra/venues-local/keys.ts';
import { openExchangeServer } from '#infra/venues-local/serve.ts';

export const SYMBOL = 'WAY-USD';
/** In ticks of 0.1: a spread of one. */
export const BID = 600_000;
const CASH = 10n ** 15n;
const DEEP_LOTS = '1000000.0000';
const REQUESTS_A_SECOND = 1_000_000;
export const EXCHANGE_ROLE = '--exchange';

/** µs on the clock that all processes of this machine share. */
export const nowUs = (): number => Number(process.hrtime.bigint()) / 1e3;

/** µs of processor that this process has used. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export type Venue = Readonly<{ url: string; keys: ExchangeKeys }>;
/** What the exchange holds: its orders by client id (lots filled, fills), the position in lots, the cash in minor units. */
export type VenueTruth = Readonly<{
  orders: readonly (readonly [clientId: string | null, filled: number, fills: number, acceptedAt: number])[];
  lots: number;
  cash: string;
}>;

/** In the child: serves until its parent goes away. */
export async function serveExchange(): Promise<void> {
  const given = process.argv[process.argv.indexOf(EXCHANGE_ROLE) + 1];
  const folder = given ?? mkdtempSync(join(tmpdir(), 'retrace-w5-exchange-'));
  const acceptedAt: number[] = [];
  const server = await openExchangeServer({
    folder,
    steps: 0,
    limit: REQUESTS_A_SECOND,
    cash: CASH,
    symbols: [
      {
        ...{ symbol: SYMBOL, tick: '0.1', lot: '0.0001', multiplier: '1', currency: 'USD', currencyScale: 2 },
        ...{ makerFee: 100, takerFee: 500, homeTicks: BID, spreadTicks: 1, lots: 100 },
      },
    ],
    hear: (event) => {
      if (event.type === 'order' && event.what === 'acked') acceptedAt[event.order.id] = nowUs();
    },
  });
  process.on('message', (asked) => {
    if (asked === 'cpu') {
      process.send!(cpuUs());
      return;
    }
    const { state } = server.exchange;
    const truth: VenueTruth = {
      orders: state.orders.map(({ id, clientId, filled, fills }) => [clientId, filled, fills.length, acceptedAt[id] ?? 0]),
      lots: state.account.lotsOf(state.listings.get(SYMBOL)!),
      cash: String(state.account.cash('USD')),
    };
    process.send!(truth);
  });
  process.on('disconnect', () => {
    void server.close().then(() => {
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    });
  });
  process.send!({ url: server.url, keys: server.keys } satisfies Venue);
}

export class VenueProcess {
  readonly venue: Venue;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, venue: Venue) {
    this.#child = child;
    this.venue = venue;
  }

  /** `folder`: what it holds stays there, and is there again. */
  static async start(folder?: string): Promise<VenueProcess> {
    const prof = process.argv.includes('--prof-exchange') ? ['--cpu-prof', '--cpu-prof-dir', tmpdir()] : [];
    const child = spawn(process.execPath, [...prof, process.argv[1]!, EXCHANGE_ROLE, ...(folder === undefined ? [] : [folder])], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new VenueProcess(child, await answerOf<Venue>(child));
  }

  /** Empty, and quoted. */
  async renew(): Promise<void> {
    await this.#admin('reset', { limit: REQUESTS_A_SECOND, steps: 0 });
    await this.quote();
  }

  async quote(): Promise<void> {
    const [bid, ask] = [(BID / 10).toFixed(1), ((BID + 1) / 10).toFixed(1)];
    await this.#admin('quote', { symbol: SYMBOL, bid, bidQuantity: DEEP_LOTS, ask, askQuantity: DEEP_LOTS });
  }

  truth(): Promise<VenueTruth> {
    this.#child.send('truth');
    return answerOf<VenueTruth>(this.#child);
  }

  cpuUs(): Promise<number> {
    this.#child.send('cpu');
    return answerOf<number>(this.#child);
  }

  /** µs of so many `GET /time`, one after another on one connection, by Node's own client. */
  async roundTrips(count: number): Promise<number[]> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
    const took: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const begin = nowUs();
      await bareGet(`${this.venue.url}/time`, agent);
      took.push(nowUs() - begin);
    }
    agent.destroy();
    return took;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.disconnect();
    });
  }

  async #admin(path: string, body: object): Promise<void> {
    const { url, keys } = this.venue;
    const answer = await fetch(`${url}/admin/${path}`, {
      method: 'POST',
      headers: { 'x-admin': keys.admin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`admin ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`the exchange ended with code ${code}`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as T);
    });
  });
}

function bareGet(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    });
    asked.on('error', reject);
    asked.end();
  });
}
