/** Threads that play batches of trials: each opens the tapes for itself. Which of them plays a batch changes nothing but the time. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Tape } from '#infra/tape/tape.ts';
import { thisBuild } from '../compose/build.ts';
import type { Batch, Outcome } from './sweep-batch.ts';

export type WorkerAsked = Readonly<{ batch: Batch; folders: readonly string[] }>;
export type WorkerAnswer = Readonly<{
  outcomes: readonly Outcome[];
  error: Readonly<Pick<Error, 'name' | 'message'> & { stack: string }> | null;
}>;

export interface Evaluators {
  readonly width: number;
  /** Waits for one that is free. */
  outcomes(batch: Batch): Promise<readonly Outcome[]>;
  end(): Promise<void>;
}

type Waiting = Readonly<{ batch: Batch; resolve: (outcomes: readonly Outcome[]) => void; reject: (error: Error) => void }>;

export function workerThreads(width: number, tapes: readonly Tape[]): Evaluators {
  const folders = tapes.map(({ folder }) => folder);
  const program = join(thisBuild().root, 'dist', 'retrace-sweep-worker.mjs');
  const free: Worker[] = [];
  const busy = new Map<Worker, Waiting>();
  const queue: Waiting[] = [];
  const all: Worker[] = [];

  function begin(): Worker {
    const worker = new Worker(program, { resourceLimits: { maxYoungGenerationSizeMb: 96 } }); // what a wake says dies young
    all.push(worker);
    worker.on('message', ({ outcomes, error }: WorkerAnswer) => {
      const done = busy.get(worker)!;
      busy.delete(worker);
      free.push(worker);
      if (error === null) done.resolve(outcomes);
      else done.reject(Object.assign(new Error(error.message), error));
      next();
    });
    worker.on('error', (error) => {
      busy.get(worker)?.reject(error as Error);
      busy.delete(worker);
    });
    return worker;
  }

  function next(): void {
    while (queue.length > 0) {
      const worker = free.pop() ?? (all.length < width ? begin() : null);
      if (worker === null) return;
      const waiting = queue.shift()!;
      busy.set(worker, waiting);
      worker.postMessage({ batch: waiting.batch, folders } satisfies WorkerAsked);
    }
  }

  return {
    width,
    outcomes: (batch) =>
      new Promise((resolve, reject) => {
        queue.push({ batch, resolve, reject });
        next();
      }),
    end: async () => {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
