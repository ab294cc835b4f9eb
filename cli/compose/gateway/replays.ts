/** Replays as a gateway has them: each in a thread of its own over a journal of this house, found by name, with the routes and the place to watch. */
import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ReplayAsked } from '#gateway/contracts/replays.ts';
import type { RunRow } from '#gateway/contracts/rows.ts';
import { Refused as HttpRefused, problem } from '#gateway/http/problem.ts';
import type { Route } from '#gateway/http/router.ts';
import type { HubClock } from '#gateway/live/hub.ts';
import type { Line } from '#gateway/replays/port-socket.ts';
import { type ForkMade, REPLAY_LIMITS, Replays } from '#gateway/replays/replays.ts';
import { REPLAYS_LIVE, replayOffer, replayRoutes } from '#gateway/replays/routes.ts';
import { type Player, playerOver } from '#gateway/replays/thread.ts';
import { callerOf } from '#gateway/serve/admission.ts';
import type { Watching } from '#gateway/serve/watching.ts';
import type { SocketEnd } from '#gateway/transport/server.ts';
import { JOURNAL } from '#infra/runs/catalogue.ts';
import { nodePorts } from '../../access/access-here.ts';
import { thisBuild } from '../build.ts';
import { type Home, isJournal, journalsFolder, journalsIn, runsFolder } from '../desk-home.ts';
import type { ReplayWork } from './replay-thread.ts';

/** Of inputs in memory: some twenty million ticks. */
const FILM_BYTES = 512 * 2 ** 20;
const A_YEAR_MS = 365 * 24 * 3_600_000;
/** Of the thread's own heap; what it holds of the day lies beside it, bounded by itself. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 64 };

export type GatewayReplays = Readonly<{
  replays: Replays;
  routes: () => readonly Route[];
  ends: (watching: Watching) => readonly SocketEnd[];
  close: () => void;
}>;

export type ReplaysWanted = Readonly<{
  home: string;
  clock: HubClock;
  /** Journals that lie elsewhere, by the name they go by here. */
  elsewhere?: ReadonlyMap<string, string>;
  /** None is over because nobody looks: whoever opened them sits before them. */
  kept?: boolean;
  /** Told of each branch as it begins and ends. */
  branchTold?: (row: RunRow) => void;
}>;

export function openReplays({ home, clock, elsewhere = new Map(), kept = false, branchTold = () => {} }: ReplaysWanted): GatewayReplays {
  const here: Home = { path: home, from: 'the gateway' };
  const folderOf = (source: ReplayAsked): string => {
    const folder =
      'journal' in source
        ? (elsewhere.get(source.journal) ?? join(journalsFolder(here), source.journal))
        : join(runsFolder(here), source.run, JOURNAL);
    if (isJournal(folder)) return folder;
    const [what, name, where] = 'journal' in source ? ['journal', source.journal, '/api/v1/journal'] : ['run', source.run, '/api/v1/runs'];
    throw new HttpRefused(
      problem(404, 'not-found', 'Nothing here', `there is no ${what} ${name} that can be played`, { remedy: `look at GET ${where}` }),
    );
  };
  const replays = new Replays({
    limits: kept ? { ...REPLAY_LIMITS, idleMs: A_YEAR_MS } : REPLAY_LIMITS,
    clock,
    newId: () => randomUUID().slice(0, 8),
    journals: () => [
      ...new Set([
        ...elsewhere.keys(),
        ...journalsIn(journalsFolder(here))
          .reverse()
          .map((path) => basename(path)),
      ]),
    ],
    open: async (id, source) => begun({ play: { id, folder: folderOf(source), filmBytes: FILM_BYTES } }),
    fork: (source, change, owner) =>
      branchAsTold(branchTold, source, owner, async () =>
        branched({ fork: { run: 'run' in source ? source.run : folderOf(source), change } }),
      ),
  });
  return {
    replays,
    routes: () =>
      replayRoutes(replays, (request) => {
        const caller = callerOf(request);
        return caller.by === 'nobody' ? 'nobody' : caller.user;
      }),
    ends: (watching) => [watching.end(REPLAYS_LIVE, replayOffer(replays))],
    close: () => replays.close('the gateway stops'),
  };
}

const worker = (work: ReplayWork): Worker => {
  const made = new Worker(join(thisBuild().root, 'dist', 'retrace-replay-worker.mjs'), { workerData: work, resourceLimits: THREAD_LIMITS });
  made.unref(); // whoever has it listens to sockets
  return made;
};

const cannot = (why: readonly string[]): HttpRefused =>
  new HttpRefused(
    problem(422, 'cannot-replay', 'Cannot be played', why.join('; '), { remedy: 'npx retrace verify says more of a journal' }),
  );

async function begun(work: ReplayWork): Promise<Player> {
  const thread = worker(work);
  const opening = playerOver(
    {
      line: thread as unknown as Line,
      channel() {
        const { port1, port2 } = new MessageChannel();
        port1.unref();
        return { near: port1 as unknown as Line, far: port2 as unknown as Line };
      },
      stop: () => void thread.terminate(),
    },
    cannot,
  );
  thread.on('error', (error) => opening.died(inWords(error)));
  thread.on('exit', () => opening.died('its thread has ended'));
  return opening.opened;
}

function inWords(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed more memory than a replay may have' : `its thread failed: ${error.message}`;
}

/** A branch as it begins and ends, told as the backtests beside it are. */
export async function branchAsTold(
  told: (row: RunRow) => void,
  source: ReplayAsked,
  by: string,
  make: () => Promise<ForkMade>,
): Promise<ForkMade> {
  const begins = nodePorts.nowUs();
  const row: RunRow = {
    ...{ backtest: randomUUID(), kind: 'fork', state: 'running', share: null, strategy: null, by },
    ...{ over: ['journal' in source ? source.journal : source.run], askedAt: begins, startedAt: begins, endedAt: null },
    ...{ run: null, result: null, problem: null },
  };
  told(row);
  try {
    const made = await make();
    told({ ...row, state: 'done', endedAt: nodePorts.nowUs(), run: made.run });
    return made;
  } catch (error) {
    const messages = [error instanceof HttpRefused ? error.problem.detail : (error as Error).message];
    told({ ...row, state: 'failed', endedAt: nodePorts.nowUs(), problem: { messages, next: null } });
    throw error;
  }
}

/** In a thread that ends with it. */
function branched(work: ReplayWork): Promise<ForkMade> {
  const thread = worker(work);
  return new Promise<ForkMade>((resolve, reject) => {
    thread.on('message', (told: Readonly<{ forked: ForkMade }> | Readonly<{ refused: readonly string[] }>) => {
      if ('forked' in told) resolve(told.forked);
      else
        reject(
          new HttpRefused(
            problem(422, 'cannot-fork', 'Cannot be branched', told.refused.join('; '), {
              remedy: 'npx retrace fork --help says what a branch may change',
            }),
          ),
        );
    });
    thread.on('error', (error) => reject(new Error(`the branch failed: ${inWords(error)}`)));
    thread.on('exit', () => reject(new Error('the thread of the branch has ended')));
  }).finally(() => void thread.terminate());
}

/** What a journal that lies anywhere goes by here. */
export const nameOfJournal = (path: string): string => basename(path).replace(/[^\w.:@-]/g, '-');
