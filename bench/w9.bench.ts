/**
 * W9: how long a 128-byte event waits for the disk. Events fall due at a fixed rate whatever the journal does (open loop), and each is timed
 * from when it fell due. Beside it a plain loop that writes what has piled up and syncs, nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDigest } from '#cli/compose/digest.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { finish, percentile, type Row, sized, tell } from './harness.ts';

const EVENT = 128;
const SECONDS = sized(0.4, 3);
const RATES = [10_000, 100_000, 1_000_000];
const rows: Row[] = [];
const folder = mkdtempSync(join(tmpdir(), 'retrace-w9-'));
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Hands batches of due events to `write` (which resolves when they are durable) and returns each event's wait in ms, sorted. */
async function openLoop(rate: number, write: (events: number) => Promise<unknown>): Promise<{ waits: number[]; rate: number }> {
  const waits: number[] = [];
  const begin = now();
  const total = Math.floor(rate * SECONDS);
  let sent = 0;
  const flying: Promise<unknown>[] = [];
  while (sent < total) {
    const due = Math.min(total, Math.floor(((now() - begin) * rate) / 1000));
    if (due > sent) {
      const [from, to] = [sent, due];
      sent = due;
      flying.push(
        write(to - from).then(() => {
          const done = now();
          // one sample a millisecond is enough for a percentile
          for (let i = from; i < to; i += Math.max(1, Math.floor(rate / 100_000))) waits.push(done - (begin + (i * 1000) / rate));
        }),
      );
    }
    await turn();
  }
  await Promise.all(flying);
  return { waits: waits.sort((a, b) => a - b), rate: total / ((now() - begin) / 1000) };
}

try {
  const journal = await openFileJournal({
    folder: join(folder, 'journal'),
    desk: 'w9' as DeskId,
    digest: nodeDigest,
    at: 0 as TimeUs,
    maxPendingBytes: 2 ** 30,
  });
  const plain = await open(join(folder, 'plain'), 'a');
  // one write and one sync in flight; what piles up meanwhile goes with the next, and its writers wait for that one
  let piled = 0;
  let next: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();
  const plainWrite = (events: number): Promise<void> => {
    piled += events * EVENT;
    next ??= last = last.then(async () => {
      const bytes = new Uint8Array(piled);
      piled = 0;
      next = null;
      await plain.write(bytes);
      await plain.datasync();
    });
    return next;
  };
  const { epoch } = journal.opened;
  const append = (events: number): Promise<unknown> => {
    journal.append(frameOf('w9' as DeskId, epoch, 0 as Seq, { kind: 'decisions', bytes: records(events) }));
    return journal.durable();
  };
  for (const rate of RATES) {
    const beside = await openLoop(rate, plainWrite);
    const ours = await openLoop(rate, append);
    const [p50, p99] = [percentile(ours.waits, 0.5), percentile(ours.waits, 0.99)];
    tell(
      `${rate}/s: journal p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} ms; plain p50 ${percentile(beside.waits, 0.5).toFixed(2)} p99 ${percentile(beside.waits, 0.99).toFixed(2)} ms`,
    );
    rows.push({
      name: `${rate} events/s, p50`,
      value: p50,
      unit: 'ms',
      ratio: p50 / percentile(beside.waits, 0.5),
      against: 'plain write + fdatasync',
      equal: null,
    });
    rows.push({
      name: `${rate} events/s, p99`,
      value: p99,
      unit: 'ms',
      ratio: p99 / percentile(beside.waits, 0.99),
      against: 'plain write + fdatasync',
      equal: null,
    });
    rows.push({
      name: `${rate} events/s, reached`,
      value: ours.rate,
      unit: 'events/s',
      ratio: ours.rate / beside.rate,
      against: 'plain write + fdatasync',
      equal: null,
    });
  }
  await plain.close();
  await journal.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
finish('w9', rows);

/** So many 128-byte records: a length of 124, then what a decision record begins with. */
function records(events: number): Uint8Array {
  const bytes = new Uint8Array(events * EVENT);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += EVENT) view.setUint32(at, EVENT - 4, true);
  return bytes;
}
