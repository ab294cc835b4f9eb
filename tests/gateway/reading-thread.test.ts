// The thread that reads for whoever asks: answers as the journal has them, keeps a bounded line, drops what nobody waits for, and is begun anew after it
// was ended: by time, by memory, by itself. All the while the thread it works for goes on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openReadingThread, READING, type ReadingThread } from '#cli/compose/gateway/reading-thread.ts';
import { addressOf } from '#engine/decisions.ts';
import { QuestionRefused, QuestionsBusy, QuestionTooLong } from '#gateway/rest/ports.ts';
import { build, ROOT } from '../e2e-cli/run.ts';
import { type RestPlace, restPlace } from './rest-place.ts';

const going = new AbortController().signal;
const PROGRAM = join(ROOT, 'dist', 'retrace-reader-worker.mjs');
const all = { from: null, to: null, after: null, types: null, about: null, order: 'oldest' as const, limit: 1_000, behind: null };
let place: RestPlace;
let folder: string;
let thread: ReadingThread | null = null;

beforeAll(async () => {
  await build();
  place = await restPlace({ seed: 31, ticks: 1_500 });
  folder = mkdtempSync(join(tmpdir(), 'reading-'));
}, 120_000);
afterEach(async () => {
  await thread?.close();
  thread = null;
});
afterAll(() => {
  place.close();
  rmSync(folder, { recursive: true, force: true });
});

const opened = (more: Partial<Parameters<typeof openReadingThread>[0]> = {}): ReadingThread => {
  thread = openReadingThread({ ...READING, folder: place.folder, program: PROGRAM, ...more });
  return thread;
};

/** A program in its place that does as it is told. */
function actor(name: string, onMessage: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `import { parentPort } from 'node:worker_threads';\nlet dropped = [];\nparentPort.on('message', (m) => { ${onMessage} });\n`,
  );
  return path;
}
const SAYS = "if (m.do === 'ask') parentPort.postMessage({ id: m.id, said: m.asked, error: null });";

test('what the journal holds, as it is read beside it', async () => {
  const { items } = await opened().ask('decisions', all, going);
  expect(items.map(({ address }) => address)).toEqual(place.decisions.map(addressOf).slice(0, 1_000));
}, 60_000);

test('a refusal keeps its field and what would be right', async () => {
  const asked = opened().ask('state', { seq: 10 ** 9, at: null }, going);
  await expect(asked).rejects.toBeInstanceOf(QuestionRefused);
  await expect(asked).rejects.toMatchObject({ field: 'seq', remedy: expect.stringContaining('holds numbers') });
}, 60_000);

describe('its bounds', () => {
  test('so many questions wait, and no more; those that waited are answered in their order', async () => {
    const { ask } = opened({ program: actor('slow', `setTimeout(() => { ${SAYS} }, 40);`), waiting: 3 });
    const told: number[] = [];
    const asked = [1, 2, 3, 4].map((n) => ask('tapes', n as never, going).then(() => told.push(n)));
    await expect(ask('tapes', null, going)).rejects.toBeInstanceOf(QuestionsBusy);
    await Promise.all(asked);
    expect(told).toEqual([1, 2, 3, 4]);
  });

  test('one that takes too long ends the thread, and the next one is answered by another', async () => {
    const { ask } = opened({ program: actor('stuck', `if (m.asked === 'stuck') for (;;) {} ${SAYS}`), withinMs: 300 });
    const began = performance.now();
    const beside = ask('tapes', 'stuck' as never, going);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 10);
    await expect(beside).rejects.toBeInstanceOf(QuestionTooLong);
    clearInterval(timer);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(turns).toBeGreaterThan(5); // who asks is not held up
    await expect(ask('tapes', 'fine' as never, going)).resolves.toBe('fine');
  });

  test('one that eats too much, or ends its thread, is told so, and the next one is answered', async () => {
    const eats = "if (m.asked === 'eat') { const all = []; for (;;) all.push(new Array(1e5).fill({ a: 1 })); }";
    const { ask } = opened({ program: actor('eater', `${eats} if (m.asked === 'end') process.exit(3); ${SAYS}`), memoryMb: 32 });
    await expect(ask('tapes', 'eat' as never, going)).rejects.toBeInstanceOf(QuestionTooLong);
    await expect(ask('tapes', 'end' as never, going)).rejects.toThrow(/ended by itself/);
    await expect(ask('tapes', 'fine' as never, going)).resolves.toBe('fine');
  }, 60_000);

  test('what nobody waits for is taken from the line, or dropped while it is answered', async () => {
    const { ask, waiting } = opened({
      program: actor(
        'drops',
        `if (m.do === 'drop') dropped.push(m.id); else setTimeout(() => { m.asked = m.asked === 'which' ? dropped : m.asked; ${SAYS} }, 60);`,
      ),
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const one = ask('tapes', 'one' as never, first.signal);
    const two = ask('tapes', 'two' as never, second.signal);
    expect(waiting()).toBe(1);
    second.abort();
    expect(waiting()).toBe(0);
    first.abort();
    await expect(one).rejects.toBeInstanceOf(QuestionsBusy);
    await expect(two).rejects.toBeInstanceOf(QuestionsBusy);
    await expect(ask('tapes', 'which' as never, going)).resolves.toEqual([1]);
    await expect(ask('tapes', null, AbortSignal.abort())).rejects.toBeInstanceOf(QuestionsBusy);
  });

  test('closing answers everybody', async () => {
    const { ask, close } = opened({ program: actor('never', '') });
    const asked = Promise.allSettled([ask('tapes', null, going), ask('tapes', null, going)]);
    await close();
    for (const one of await asked) expect(one).toMatchObject({ status: 'rejected', reason: { name: 'QuestionsBusy' } });
    await expect(ask('tapes', null, going)).rejects.toBeInstanceOf(QuestionsBusy);
  });
});
