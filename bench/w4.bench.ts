/**
 * W4: a journal of ten million trades on disk, verified: read, checked frame by frame, chained, derived again by the real actors with every
 * decision compared and the whole state digested at every checkpoint. Memory is printed: it must not grow with the journal.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDigest } from '#cli/compose/digest.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { FileReader } from '#infra/files/read.ts';
import { CHECKPOINT_EVERY, DeskRun } from '#replay/desk-run.ts';
import { verify } from '#replay/verify.ts';
import { finish, median, type Row, seconds, size, sized, tell } from './harness.ts';
import { w1Genesis } from './w1-desk.ts';
import { plainLoop, w1Frames, w1Ticks } from './w1-market.ts';

const DESK = 'w4' as DeskId;
const long = process.argv.includes('--long'); // 100 M: the record, by hand
const count = long ? 100_000_000 : sized(500_000, 10_000_000);
const CHUNK = 5_000_000;
const rows: Row[] = [];
const folder = mkdtempSync(join(tmpdir(), 'retrace-w4-'));

try {
  const genesis = w1Genesis([42]);
  const at = genesis[0].at as TimeUs;
  const journal = await openFileJournal({ folder, desk: DESK, digest: nodeDigest, at, maxPendingBytes: 2 ** 30 });
  const { epoch } = journal.opened;
  const run = new DeskRun({ desk: DESK, digest: nodeDigest, catalogue: () => emaCross as never });
  journal.append(frameOf(DESK, epoch, 0 as Seq, { kind: 'genesis', manifest: { bench: 'w4' } }));
  const decided = (): void => {
    const taken = run.takeDecisions();
    if (taken !== null) journal.append(frameOf(DESK, epoch, taken.first, { kind: 'decisions', bytes: taken.bytes }));
  };
  journal.append(frameOf(DESK, epoch, 1 as Seq, { kind: 'inputs', records: genesis, cursor: null }));
  for (const record of genesis) run.input(record);
  decided();
  // the market repeats chunk by chunk in the long run: ticks are made once, their times moved on
  const ticks = w1Ticks(42, Math.min(count, CHUNK));
  const span = Math.ceil((ticks.time[ticks.count - 1] - ticks.time[0]) / 60e6 + 1) * 60e6;
  const written = await seconds(async () => {
    let first = genesis.length + 1;
    for (let done = 0; done < count; done += ticks.count) {
      if (done > 0) for (let i = 0; i < ticks.count; i++) ticks.time[i] += span;
      // cut so that no frame crosses a checkpoint number
      for (const frame of w1Frames(42, ticks, first, 32_768)) {
        const border = Math.ceil(frame.first / CHECKPOINT_EVERY) * CHECKPOINT_EVERY;
        journal.append(frameOf(DESK, epoch, frame.first, { kind: 'market', frame }));
        run.market(frame);
        decided();
        if (frame.first + frame.count > border) {
          for (const part of run.checkpoint()) journal.append(frameOf(DESK, epoch, run.desk.seq, part));
          await journal.durable();
        }
      }
      first += ticks.count;
    }
    journal.append(frameOf(DESK, epoch, run.desk.seq, { kind: 'closed', clean: true }));
    await journal.durable();
  });
  await journal.close();
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  tell(`journal of ${count} ticks, ${(bytes / 1e6).toFixed(0)} MB, run and written in ${written.toFixed(1)} s`);
  rows.push({
    name: 'run, hash, journal, durable',
    value: count / written / 1e6,
    unit: 'M ticks/s',
    ratio: null,
    against: null,
    equal: null,
  });
  rows.push({ name: 'bytes a tick on disk', value: bytes / count, unit: 'bytes', ratio: null, against: null, equal: null });

  const times: number[] = [];
  let equal = true;
  let checkpoints = 0;
  for (let round = 0; round < (long ? 1 : sized(2, 5)); round++) {
    const taken = await seconds(async () => {
      const result = await verify(new FileReader({ folder, digest: nodeDigest }), {
        digest: nodeDigest,
        catalogue: () => emaCross as never,
      });
      equal &&= result.ok && result.runHash === run.runHash() && result.ticks === count;
      checkpoints = result.checkpoints;
      if (!result.ok) tell(JSON.stringify(result.firstDivergence ?? result.obstacle));
    });
    times.push(taken);
    tell(`verified in ${taken.toFixed(2)} s, ${checkpoints} checkpoints, RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
  }
  const plain = await seconds(() => plainLoop(ticks));
  const verified = median(times);
  rows.push({
    name: 'verify from files (chain, decisions, state)',
    value: count / verified / 1e6,
    unit: 'M ticks/s',
    ratio: (plain / ticks.count) * (count / verified),
    against: 'plain fused loop in memory',
    equal,
  });
  rows.push({ name: 'read from disk', value: bytes / verified / 1e6, unit: 'MB/s', ratio: null, against: null, equal: null });
  rows.push({
    name: 'memory at the end (RSS)',
    value: process.memoryUsage.rss() / 1e6,
    unit: 'MB',
    ratio: null,
    against: null,
    equal: null,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
void size;
finish('w4', rows);
