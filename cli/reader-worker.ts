// A reading thread: answers questions about a journal and about runs, one after the other, so that no desk waits for a reader. It writes nothing.
import { parentPort, workerData } from 'node:worker_threads';
import { type QuestionRefused, QuestionTooLong } from '#gateway/rest/ports.ts';
import { standBehindTheDesk } from './behind-the-desk.ts';
import { answersOver } from './reader/answers.ts';
import type { ErrorSaid, FromReader, ReaderData, ToReader } from './reader/protocol.ts';

standBehindTheDesk();
const { folder, withinMs } = workerData as ReaderData;
const answers = answersOver(folder);
const port = parentPort!;
/** Of the time a question has: before it is over the reading stops by itself, between two frames, and what was folded is kept. */
const READS_FOR = 0.8;
const GOES_ON = 'the journal is long and was not read to its end yet: ask again, reading goes on from where it is';
const dropped = new Set<number>();
let last: Promise<void> = Promise.resolve();

port.on('message', (message: ToReader) => {
  if (message.do === 'drop') {
    dropped.add(message.id);
    return;
  }
  const { id, question, asked } = message;
  last = last.then(async () => {
    const begun = performance.now();
    const stop = (): boolean => {
      if (performance.now() - begun > READS_FOR * withinMs) throw new QuestionTooLong(GOES_ON);
      return dropped.has(id);
    };
    const answer = answers[question] as (asked: unknown, stop: () => boolean) => Promise<unknown>;
    let told: FromReader;
    try {
      told = { id, said: await answer(asked, stop), error: null };
    } catch (error) {
      told = { id, said: null, error: saidOf(error as Error) };
    }
    dropped.delete(id);
    port.postMessage(told);
  });
});

function saidOf(error: Error): ErrorSaid {
  const { name, message, stack = '' } = error;
  const { field = null, remedy = null } = error as Partial<QuestionRefused>;
  return { name, message, stack, field, remedy };
}
