// A thread of a gateway that plays one recorded day to those who watch it, or makes a branch of one. It reads journals and decides nothing of who may.
import { parentPort, workerData } from 'node:worker_threads';
import type { Line } from '#gateway/replays/port-socket.ts';
import type { FromThread } from '#gateway/replays/thread.ts';
import { Refused } from './answer.ts';
import { standBehindTheDesk } from './behind-the-desk.ts';
import { makeBranch, playReplay, type ReplayWork, sayNo } from './compose/gateway/replay-thread.ts';

standBehindTheDesk();
const port = parentPort!;
const work = workerData as ReplayWork;
try {
  if ('fork' in work) port.postMessage({ forked: await makeBranch(work.fork) });
  else await playReplay(port as unknown as Line, work.play);
} catch (error) {
  const refused = error instanceof Refused ? error.lines : sayNo(error);
  if (refused === null) throw error; // it ends the thread, and with it the replay
  port.postMessage({ refused } satisfies FromThread);
}
