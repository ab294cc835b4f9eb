/**
 * The thread that reads a journal for whoever asks, so that the desk's own never does. Questions wait in a bounded line; one that takes too long, or
 * eats too much, ends the thread and not the desk, and the next question begins another.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { QuestionRefused, QuestionsBusy, QuestionTooLong } from '#gateway/rest/ports.ts';
import type { AllQuestions, QuestionName } from '../../reader/answers.ts';
import type { ErrorSaid, FromReader, ReaderData, ToReader } from '../../reader/protocol.ts';
import { thisBuild } from '../build.ts';

export type ReadingOptions = Readonly<{
  /** Of the journal. */
  folder: string;
  /** From its turn on. */
  withinMs: number;
  /** Questions that may wait. */
  waiting: number;
  memoryMb: number;
  program?: string;
}>;
export const READING = { withinMs: 20_000, waiting: 32, memoryMb: 768 } as const;

export type Ask = <Name extends QuestionName>(
  question: Name,
  asked: AllQuestions[Name]['asked'],
  signal: AbortSignal,
) => Promise<AllQuestions[Name]['said']>;

export type ReadingThread = Readonly<{ ask: Ask; waiting: () => number; close: () => Promise<void> }>;

type Waiting = Readonly<{
  id: number;
  question: QuestionName;
  asked: unknown;
  resolve: (said: unknown) => void;
  reject: (error: Error) => void;
}>;

export function openReadingThread({ folder, withinMs, waiting: most, memoryMb, program }: ReadingOptions): ReadingThread {
  const source = program ?? join(thisBuild().root, 'dist', 'retrace-reader-worker.mjs');
  const line: Waiting[] = [];
  let worker: Worker | null = null;
  let now: Waiting | null = null;
  let timer: NodeJS.Timeout | null = null;
  let ids = 0;
  let closed = false;

  function begin(): Worker {
    const workerData: ReaderData = { folder, withinMs };
    const begun = new Worker(source, { workerData, resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    begun.unref();
    begun.on('message', (message: FromReader) => {
      if (begun !== worker || now === null || message.id !== now.id) return;
      const { resolve, reject } = now;
      free();
      if (message.error === null) resolve(message.said);
      else reject(errorOf(message.error));
      next();
    });
    const lost = (error: Error): void => {
      if (begun === worker) end(error);
    };
    begun.on('error', (error) =>
      lost(
        (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new QuestionTooLong(`it needs more than ${memoryMb} MB of memory`)
          : (error as Error),
      ),
    );
    begun.on('exit', (code) => lost(new Error(`the reading thread ended by itself, with ${code}`)));
    return begun;
  }

  function free(): void {
    if (timer !== null) clearTimeout(timer);
    [now, timer] = [null, null];
  }

  /** This thread is over; what it was at is told why, and the others get a new one. */
  function end(why: Error): void {
    const was = worker;
    worker = null;
    void was?.terminate();
    const lost = now;
    free();
    lost?.reject(why);
    next();
  }

  function next(): void {
    if (now !== null || closed) return;
    const first = line.shift();
    if (first === undefined) return;
    now = first;
    timer = setTimeout(() => end(new QuestionTooLong(`it took longer than ${withinMs / 1_000} s`)), withinMs);
    timer.unref();
    worker ??= begin();
    worker.postMessage({ do: 'ask', id: first.id, question: first.question, asked: first.asked } satisfies ToReader);
  }

  return {
    waiting: () => line.length,
    ask: (question, asked, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new QuestionsBusy('the gateway is closing'));
        if (line.length >= most) return reject(new QuestionsBusy(`${line.length} questions wait already`));
        const id = ++ids;
        const dropped = (): void => {
          const place = line.findIndex((one) => one.id === id);
          if (place !== -1) line.splice(place, 1);
          else if (now?.id === id) worker?.postMessage({ do: 'drop', id } satisfies ToReader);
          reject(new QuestionsBusy('who asked went away'));
        };
        if (signal.aborted) return dropped();
        signal.addEventListener('abort', dropped, { once: true });
        const settled =
          <T>(tell: (value: T) => void) =>
          (value: T): void => {
            signal.removeEventListener('abort', dropped);
            tell(value);
          };
        line.push({ id, question, asked, resolve: settled(resolve as (said: unknown) => void), reject: settled(reject) });
        next();
      }),
    async close() {
      closed = true;
      const was = worker;
      worker = null;
      const lost = now;
      free();
      for (const one of [...(lost === null ? [] : [lost]), ...line.splice(0)]) one.reject(new QuestionsBusy('the gateway is closing'));
      await was?.terminate();
    },
  };
}

function errorOf({ name, message, stack, field, remedy }: ErrorSaid): Error {
  switch (name) {
    case 'QuestionRefused':
      return new QuestionRefused(message, field, remedy);
    case 'QuestionTooLong':
      return new QuestionTooLong(message);
    case 'QuestionDropped':
      return new QuestionsBusy(message);
    default:
      return Object.assign(new Error(message), { name, stack });
  }
}
