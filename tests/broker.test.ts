// The brokers' contract on the exchange without sockets, in simulated time, and on the local exchange over real ones: with its request line, and over HTTP alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDecimal, lotsText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { AccountId, Lots, PriceTicks } from '#engine/values.ts';
import { brokerOver } from '#infra/brokers/local/broker.ts';
import { DirectVenue, openDirectBroker } from '#infra/brokers/local/direct.ts';
import type { BrokerClock } from '#infra/brokers/local/wire.ts';
import { socketWire } from '#infra/brokers/local/wire-sockets.ts';
import type { FaultRates } from '#infra/venues-local/faults.ts';
import { listingOf } from '#infra/venues-local/listings.ts';
import { openExchangeServer } from '#infra/venues-local/serve.ts';
import { ManualClock, realClock } from '#streams/clock.ts';
import { type BrokerPlace, BTC, describeBroker, OPENING, type PlaceOptions, XRP } from './contracts/broker.ts';

const ACCOUNT = 'main' as AccountId;
const KEYS = { key: 'test-key-1', secret: 'test-secret-1', admin: 'test-admin-1' };
const INSTRUMENTS = [BTC, XRP];
const SYMBOLS = INSTRUMENTS.map(({ id }) => id);
/** Longer than a step of simulated time, so that a test can come in between. */
const LATENCY_US = 1_500;
const START_US = 1_700_000_000_000_000;

describeBroker('direct', async (options = {}) => directPlace(options));
describeBroker('local exchange', async (options = {}) => socketPlace(options, 'kept'));
describeBroker('local exchange, HTTP alone', async (options = {}) => socketPlace(options, 'none'));

/** Counts what waits. */
function counted(clock: BrokerClock): BrokerClock & { waiting(): number } {
  const waiting = new Set<object>();
  return {
    wallUs: () => clock.wallUs(),
    monotonicUs: () => clock.monotonicUs(),
    after: (us, run) => {
      const timer = {};
      waiting.add(timer);
      const cancel = clock.after(us, () => {
        waiting.delete(timer);
        run();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
    waiting: () => waiting.size,
  };
}

function directPlace({ limit = 500, ids = 'working', skewUs = 0 }: PlaceOptions): BrokerPlace {
  const manual = new ManualClock(START_US);
  const timers = counted(manual);
  const venue = new DirectVenue({
    clock: timers,
    listings: SYMBOLS.map(listingOf),
    keys: KEYS,
    seed: 7,
    cash: OPENING,
    limit,
    ids,
    skewUs,
    latencyUs: LATENCY_US,
  });
  const { exchange } = venue;
  const symbolOf = ({ id }: Instrument) => exchange.state.symbols.get(id)!;
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    for (let played = 0; !over; played += 1) {
      if (played > 60_000) throw new Error('not settled in a minute of simulated time');
      await manual.play(1_000);
    }
    return promise;
  };
  return {
    broker: ({ wrongSecret = false, timeoutUs = 2_000_000, instruments = INSTRUMENTS } = {}) => {
      const secret = { reveal: () => (wrongSecret ? 'wrong-secret' : KEYS.secret) };
      return openDirectBroker(venue, { account: ACCOUNT, key: KEYS.key, secret, instruments, timeoutUs });
    },
    venue: {
      quote: async (bid, bidLots, ask, askLots, of = BTC) =>
        exchange.quote(symbolOf(of), { ticks: bid, lots: bidLots }, { ticks: ask, lots: askLots }),
      trade: async (side, price, lots, of = BTC) => exchange.trade(symbolOf(of), side, price, lots),
      transfer: async (amount, why) => {
        const { digits, scale } = parseDecimal(amount);
        exchange.transfer('USD', 2, digits * 10n ** BigInt(2 - scale), why);
      },
      faults: async (rates, delayUs) => venue.setFaults(rates as FaultRates, delayUs),
      maintenance: async (on) => {
        venue.maintenance = on;
      },
      hang: async (on) => venue.hang(on),
      stop: async () => venue.setAway(true),
      start: async () => venue.setAway(false),
    },
    now: () => manual.wallUs(),
    pass: (us) => manual.play(us),
    settle,
    handles: () => timers.waiting(),
    close: async () => venue.close(),
  };
}

async function socketPlace({ limit = 500, ids = 'working', skewUs = 0 }: PlaceOptions, line: 'kept' | 'none'): Promise<BrokerPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-broker-'));
  const options = { folder, symbols: SYMBOLS, steps: 0, seed: 7, limit, ids, cash: OPENING, now: () => Date.now() * 1000 + skewUs };
  let server = await openExchangeServer(options);
  const { port } = server;
  const timers = counted(realClock);
  const admin = async (path: string, body: object): Promise<void> => {
    const { status, text } = await post(`${server.url}/admin/${path}`, { 'x-admin': server.keys.admin }, JSON.stringify(body));
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  };
  const price = (of: Instrument, ticks: number) => priceText(ticks as PriceTicks, parseDecimal(of.tick));
  const quantity = (of: Instrument, lots: number) => lotsText(lots as Lots, parseDecimal(of.lot));
  let running = true;
  return {
    broker: ({ wrongSecret = false, timeoutUs = 2_000_000, instruments = INSTRUMENTS } = {}) => {
      const secret = { reveal: () => (wrongSecret ? 'wrong-secret' : server.keys.secret) };
      const wire = socketWire(server.url, timers, { line });
      return brokerOver(wire, { account: ACCOUNT, key: server.keys.key, secret, instruments, timeoutUs, clock: timers });
    },
    venue: {
      quote: (bid, bidLots, ask, askLots, of = BTC) => {
        const bids = { bid: price(of, bid), bidQuantity: quantity(of, bidLots) };
        return admin('quote', { symbol: of.id, ...bids, ask: price(of, ask), askQuantity: quantity(of, askLots) });
      },
      trade: (side, ticks, lots, of = BTC) =>
        admin('trade', { symbol: of.id, side, price: price(of, ticks), quantity: quantity(of, lots) }),
      transfer: (amount, why) =>
        admin('transfer', { key: server.keys.key, currency: 'USD', amount: formatDecimal(parseDecimal(amount)), why }),
      faults: (faults, delayUs) => admin('faults', { seed: 7, faults, ...(delayUs === undefined ? {} : { delayUs }) }),
      maintenance: (on) => admin('maintenance', { on }),
      hang: (on) => admin('hang', { on }),
      stop: async () => {
        running = false;
        await server.close();
      },
      start: async () => {
        server = await openExchangeServer({ ...options, port });
        running = true;
      },
    },
    now: () => realClock.wallUs(),
    pass: (us) => new Promise((resolve) => setTimeout(resolve, us / 1000)),
    settle: (promise) => promise,
    handles: () => timers.waiting() + process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length,
    close: async () => {
      if (running) await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** On a connection of its own, so that none is left behind. */
function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': String(body.length) }, agent: false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
