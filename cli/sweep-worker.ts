// A worker of a sweep: takes a batch of trials, opens the tapes for itself, answers with their figures. It decides nothing.
import { parentPort } from 'node:worker_threads';
import { Tape } from '#infra/tape/tape.ts';
import { outcomesOf } from './research/sweep-batch.ts';
import type { WorkerAnswer, WorkerAsked } from './research/sweep-workers.ts';

const opened = new Map<string, Tape>();

function tapeAt(folder: string): Tape {
  const tape = opened.get(folder) ?? Tape.open(folder);
  opened.set(folder, tape);
  return tape;
}

parentPort!.on('message', ({ batch, folders }: WorkerAsked) => {
  let answer: WorkerAnswer;
  try {
    answer = { outcomes: outcomesOf(batch, folders.map(tapeAt)), error: null };
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    answer = { outcomes: [], error: { name, message, stack } }; // an error that crosses threads keeps no name of its own
  }
  parentPort!.postMessage(answer);
});
