/** Starts the local exchange in this process: its folder and lock, its keys, its door and its stream on loopback. Decides nothing itself. */
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { JournalOwned } from '#engine/journal/port.ts';
import { BadValue } from '#engine/values.ts';
import { nodeDisk } from '../files/disk.ts';
import { nodeProcesses, takeLock } from '../files/lock.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import type { Exchange, ExchangeEvent, IdsRule } from './exchange.ts';
import { type FaultRates, USUAL_DELAY_US } from './faults.ts';
import { type ExchangeKeys, keyFileIn, keysIn } from './keys.ts';
import { type ListingSpec, listingOf, USUAL_SYMBOLS } from './listings.ts';
import { RequestLines } from './request-lines.ts';
import { Running } from './running.ts';
import { openDoor } from './server.ts';
import { acceptSockets } from './sockets.ts';
import { Stream } from './stream.ts';

export type ExchangeOptions = Readonly<{
  /** Where ledger and keys lie; made when it is not there. */
  folder: string;
  /** 0, the default: any that is free. */
  port?: number;
  /** Of the market and the faults; a ledger that is there keeps the market's. */
  seed?: number;
  /** Names the exchange knows, or instruments of your own; the usual three when left out. */
  symbols?: readonly (string | ListingSpec)[];
  /** Market steps a second; 0: only when told. */
  steps?: number;
  /** Requests a second. */
  limit?: number;
  faults?: FaultRates;
  delayUs?: number;
  ids?: IdsRule;
  /** Opening cash in minor units of the first instrument's currency. */
  cash?: bigint;
  /** µs since 1970. */
  now?: () => number;
  /** Hears what is told, as it is told. */
  hear?: (event: ExchangeEvent) => void;
}>;

export type ExchangeServer = Readonly<{
  port: number;
  url: string;
  keys: ExchangeKeys;
  keyFile: string;
  /** The exchange as it now is (a reset makes another): the truth, to be read. */
  readonly exchange: Exchange;
  /** Bytes of a torn last entry that were cut off at the start. */
  torn: number;
  /** Settles only when the exchange had to stop itself: a full disk, or a bug. */
  failed: Promise<Error>;
  close(): Promise<void>;
}>;

/** The folder belongs to an exchange that runs. */
export class ExchangeOwned extends Error {
  override name = 'ExchangeOwned';
}

/** Another program listens on that port. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

export const USUAL = { port: 7801, seed: 7, steps: 20, limit: 500, cash: 100_000_00n } as const;
const HOST = '127.0.0.1';

export async function openExchangeServer(options: ExchangeOptions): Promise<ExchangeServer> {
  const folder = resolve(options.folder);
  const listings = (options.symbols ?? USUAL_SYMBOLS).map(listingOf);
  if (listings.length === 0) throw new BadValue('symbols: an exchange lists at least one');
  makeFolderSync(folder);
  const lock = await takeLock(nodeDisk, folder, nodeProcesses).catch((error: unknown) => {
    if (error instanceof JournalOwned) throw new ExchangeOwned(error.message.replace('the journal in', 'the exchange in'));
    throw error;
  });
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((settle) => {
    fail = settle;
  });
  let stop: () => void = () => {};
  let running: Running | null = null;
  try {
    const keys = keysIn(folder);
    let stream: Stream | null = null;
    const own: Running = new Running({
      folder,
      listings,
      start: {
        seed: options.seed ?? USUAL.seed,
        cash: options.cash ?? USUAL.cash,
        steps: options.steps ?? USUAL.steps,
        limit: options.limit ?? USUAL.limit,
        ids: options.ids ?? 'working',
        faults: options.faults ?? {},
        delayUs: options.delayUs ?? USUAL_DELAY_US,
      },
      clock: options.now ?? (() => Date.now() * 1000),
      hear: (events) => {
        stream?.hear(events);
        if (options.hear !== undefined) events.forEach(options.hear);
      },
      fail: (error) => {
        stop();
        fail(error instanceof Error ? error : new Error(String(error)));
      },
    });
    running = own;
    const door = openDoor(own, keys, {
      onReset: () => {
        door.dropWaiting();
        stream?.reset();
      },
      onAwake: () => stream?.awake(),
    });
    const told = new Stream(own, keys);
    const lines = new RequestLines(own, door.take);
    stream = told;
    acceptSockets(door.server, own, { '/stream': (accepted) => told.accept(accepted), '/requests': (accepted) => lines.accept(accepted) });
    stop = () => {
      own.abandon();
      told.close();
      lines.close();
      door.server.close();
      door.server.closeAllConnections();
    };
    const port = await listen(door.server, options.port ?? 0);
    return {
      port,
      url: `http://${HOST}:${port}`,
      keys,
      keyFile: keyFileIn(folder),
      get exchange() {
        return own.exchange;
      },
      torn: own.ledger.torn,
      failed,
      async close() {
        own.close();
        stop();
        await lock.release();
      },
    };
  } catch (error) {
    stop();
    running?.abandon();
    await lock.release();
    throw error;
  }
}

function listen(server: import('node:http').Server, port: number): Promise<number> {
  return new Promise((settle, refuse) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      refuse(error.code === 'EADDRINUSE' ? new PortTaken(`port ${port} is taken by another program`) : error),
    );
    server.listen(port, HOST, () => settle((server.address() as AddressInfo).port));
  });
}
