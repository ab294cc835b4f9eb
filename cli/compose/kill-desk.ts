/**
 * Kills one desk from outside: through its breaker where one answers, else from here, straight at the venue. The latch comes first on both
 * ways, whatever else fails.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TimeUs } from '#engine/values.ts';
import { askBreaker } from '#infra/breaker/ask-breaker.ts';
import { Breaker } from '#infra/breaker/breaker.ts';
import { type OpenBroker, readWhere, realBreakerClock } from '#infra/breaker/breaker-process.ts';
import { Connection } from '#infra/breaker/connect.ts';
import type { BreakerConfig, Progress } from '#infra/breaker/messages.ts';
import { lotSizesIn } from '#infra/breaker/quantities.ts';
import { breakerFolder, type KillAsked, newKillId, SideFile } from '#infra/breaker/side-file.ts';
import { privateFolder } from '#infra/control/place.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { nodeProcesses } from '#infra/files/lock.ts';

/** Where a desk trades, as its configuration says; null asks for the desk of the configuration itself. */
export type VenuesOf = (desk: string | null) => Promise<DeskVenues>;
export type DeskVenues = Readonly<{
  desk: string;
  brokers: BreakerConfig['brokers'];
  sendWindowUs: number;
  openBroker: OpenBroker;
}>;

export type Killed = Readonly<{
  desk: string;
  way: 'breaker' | 'direct';
  /** Why it was not its breaker; null when it was. */
  because: string | null;
  progress: Progress;
  /** From the start of this program to the last order's first cancel; null: no cancel left, or the breaker's own measure counts. */
  lastCancelMs: number | null;
  /** What kept the venue away; null: nothing did. */
  unreachable: string | null;
}>;

const CLOSE_MS = 1_000;

export async function killDesk(home: string, desk: string, asked: KillAsked, waitMs: number, venuesOf: VenuesOf): Promise<Killed> {
  const where = readWhere(breakerFolder(home, desk));
  let because = 'no breaker of this desk runs';
  if (where !== null && where.socket !== '') {
    const progress = await askBreaker(where.socket, asked, waitMs);
    if (progress !== null) {
      const { lastCancelMs, unreached, done } = progress;
      const unreachable = done || unreached.length === 0 ? null : `no answer for account ${unreached.join(', ')}`;
      return { desk, way: 'breaker', because: null, progress, lastCancelMs, unreachable };
    }
    because = nodeProcesses.alive(where) === false ? 'its breaker has ended' : `its breaker (process ${where.pid}) does not answer`;
  }
  return killDirect(home, desk, asked, waitMs, venuesOf, because);
}

async function killDirect(
  home: string,
  desk: string,
  asked: KillAsked,
  waitMs: number,
  venuesOf: VenuesOf,
  because: string,
): Promise<Killed> {
  const side = new SideFile(nodeDisk, breakerFolder(home, desk));
  const troubles: string[] = [];
  const at = realBreakerClock.wallUs() as TimeUs;
  try {
    privateFolder(side.folder);
    await side.prepare(at);
  } catch (error) {
    troubles.push((error as Error).message); // the latch says below whether it holds all the same
  }
  const held = await side.latch({ ...asked, id: newKillId(at), at, orders: [] }); // before the configuration is read, which may fail
  const venues = await venuesOf(desk).catch((error: Error) => error);
  const unknown = venues instanceof Error ? venues.message : null;
  const { brokers, sendWindowUs, openBroker } = venues instanceof Error ? NOWHERE : venues;
  const accounts = brokers.map(({ account }) => account);
  const lotSize = lotSizesIn(brokers);
  const breaker = new Breaker({ side, clock: realBreakerClock, accounts, sendWindowUs, blind: true, lotSize, onProgress: () => {} });
  const begunMs = performance.now();
  await breaker.kill(asked);
  let going = true;
  const why = new Map<string, string>();
  const connections = brokers.map(({ account, spec }) => {
    const connection = new Connection();
    const onTrouble = (trouble: string) => void why.set(account, trouble);
    void connection.keep({ account, open: () => openBroker(spec), breaker, going: () => going, onTrouble });
    return connection;
  });
  let late: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    late = setTimeout(resolve, Math.max(0, waitMs - (performance.now() - begunMs)));
  });
  await Promise.race([breaker.finished(), over]);
  clearTimeout(late);
  const progress = breaker.progress()!;
  going = false;
  breaker.stop();
  await Promise.race([
    Promise.allSettled(connections.map((connection) => connection.close())),
    new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
  ]);
  const { unreached, lastCancelMs, done } = progress;
  const away = done ? [] : unreached.map((account) => why.get(account) ?? `no answer for account ${account}`);
  return {
    desk,
    way: 'direct',
    because,
    progress: {
      ...progress,
      latched: held.durable,
      troubles: [...new Set([...troubles, ...progress.troubles])],
      done: done && unknown === null,
    },
    lastCancelMs: lastCancelMs === null ? null : begunMs + lastCancelMs,
    unreachable: unknown ?? (away.length === 0 ? null : away.join('; ')),
  };
}

const NOWHERE = { brokers: [], sendWindowUs: 0, openBroker: () => Promise.reject(new Error('there is no venue')) } as const;

/** Desks that have or had a breaker here. */
export function desksWithBreaker(home: string): Readonly<{ desk: string; runs: boolean }>[] {
  const folder = join(home, 'breaker');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const where = readWhere(join(folder, name));
      return { desk: decodeURIComponent(name), runs: where !== null && nodeProcesses.alive(where) !== false };
    });
}
