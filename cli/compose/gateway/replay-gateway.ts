/** A gateway without a desk: one recorded journal behind the same pages that a running desk has, played by whoever watches. It writes no journal. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { argonPasswords } from '#gateway/access/passwords.ts';
import { AccessStore } from '#gateway/access/store.ts';
import type { ReplayDocument, ReplayMove, ReplayStanding } from '#gateway/contracts/replays.ts';
import { Refused as HttpRefused } from '#gateway/http/problem.ts';
import { openStaticFiles } from '#gateway/http/static-files.ts';
import { Hub, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { type Listen, openGateway } from '#gateway/serve/gateway.ts';
import { chooseTransport } from '#gateway/transport/choose.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';
import { LineFile } from '#infra/access/line-file.ts';
import { accessFolder, nodePorts } from '../../access/access-here.ts';
import { Refused } from '../../answer.ts';
import { thisBuild } from '../build.ts';
import { hubClock } from './desk-gateway.ts';
import { nameOfJournal, openReplays } from './replays.ts';

export type ReplayGateway = Readonly<{
  origin: string;
  driver: string;
  replay: ReplayDocument;
  move: (move: ReplayMove) => Promise<ReplayStanding>;
  firstRun: string | null;
  /** Resolves with why, once the replay is no more though nobody closed it. */
  ended: Promise<string>;
  close: () => Promise<void>;
}>;

/** `demo`: the journal is a demonstration's, and so whoever sits at this machine may look without signing in. */
export type ReplayGatewayWanted = Readonly<{ home: string; path: string; demo: boolean; listen: Listen; failed: (what: string) => void }>;

const DRAIN_MS = 2_000;
const LOOK_MS = 1_000;

export async function openReplayGateway({ home, path, demo, listen, failed }: ReplayGatewayWanted): Promise<ReplayGateway> {
  const name = nameOfJournal(path);
  const again = openReplays({
    ...{ home, clock: hubClock, elsewhere: new Map([[name, path]]) },
    kept: true,
  });
  const replay = await again.replays.open('this terminal', { journal: name }).catch((error: unknown) => {
    again.close();
    throw error instanceof HttpRefused ? new Refused(1, [`${name}: ${error.problem.detail}`], `npx retrace verify ${name}`) : error;
  });
  const { root, version } = thisBuild();
  const folder = accessFolder(home);
  const trouble = (error: Error): void => failed(`who may: ${error.message}`);
  const attempts = new LineFile(folder, 'attempts', { trouble });
  const pages = join(root, 'dist', 'dashboard');
  const gateway = await openGateway({
    ...{ transport: await chooseTransport('auto'), listen, clock: hubClock },
    // told of nothing: what is watched is the replay, which has its own
    hub: new Hub({
      ...{ epoch: randomUUID(), desk: replay.desk, mode: 'REPLAY', windowMs: 1_000, beatMs: 60_000, clock: hubClock },
      limits: STANDARD_LIMITS,
      kept: { messages: 0, bytes: 0 },
      truth: () => ({ seq: 0, at: 0, age: null, durable: 0 }),
    }),
    live: (_, may) => again.replays.watch(replay.id, may),
    access: {
      ...{
        store: new AccessStore(new KeptTextOnDisk(folder, 'access.json')),
        attempts,
        passwords: argonPasswords(),
        ports: nodePorts,
        demo,
        trouble,
      },
      liveAccounts: () => false,
    },
    place: { desk: replay.desk, mode: () => 'REPLAY', version },
    routes: again.routes,
    ends: again.ends,
    files: existsSync(join(pages, 'index.html')) ? openStaticFiles(pages) : null,
    failed: (error, where) => failed(`${where}: ${error instanceof Error ? error.message : String(error)}`),
  });
  let look: NodeJS.Timeout | null = null;
  const ended = new Promise<string>((resolve) => {
    look = setInterval(() => {
      const { ended: why } = again.replays.one(replay.id);
      if (why !== null) resolve(why);
    }, LOOK_MS);
  });
  return {
    ...{
      origin: gateway.origin,
      driver: gateway.driver,
      replay,
      move: (move) => again.replays.move(replay.id, move),
      firstRun: await gateway.firstRun(),
      ended,
    },
    async close() {
      if (look !== null) clearInterval(look);
      again.close();
      await gateway.close(DRAIN_MS, 'the replay is over');
      await attempts.flush();
    },
  };
}
