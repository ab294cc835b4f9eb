/** One import from files to a tape, or a tape to a file: what was told from the data, how far it is, what was found. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Block } from '#engine/market/blocks.ts';
import { calendarById } from '#engine/market/calendar.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { BadValue, instrumentId, SECOND_US, sourceId, type TimeUs } from '#engine/values.ts';
import { FINEST, gridOf } from '#infra/import/grid.ts';
import { ImportError } from '#infra/import/import-error.ts';
import { importFiles } from '#infra/import/import-files.ts';
import type { ImportOptions } from '#infra/import/import-options.ts';
import type { ImportCursor, ImportProgress, ImportReport } from '#infra/import/report.ts';
import { type SavedTape, TapeWriter } from '#infra/tape/tape-writer.ts';
import { type Answer, Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import { shortPath } from '../compose/journal-reader.ts';
import { onStop } from '../compose/signals.ts';
import { bytes, grouped } from '../screen/desk-screen.ts';
import { importLines } from '../screen/import-text.ts';
import { renewingLine } from '../screen/verdict.ts';
import type { ImportAsked } from './import-asked.ts';
import { alone } from './tape-lock.ts';
import { nextWith, tapeNamed, tapesFolder } from './tapes.ts';

/** Kept beside an unfinished tape: where its files, and where its facts, stand. */
const UNFINISHED = 'unfinished.json';
type Unfinished = Readonly<{ cursor: ImportCursor; tape: SavedTape }>;

const n = (value: number): string => grouped(String(value));

export const runImport = (asked: ImportAsked, json: boolean): Promise<Answer> => alone(asked.tape, () => runAlone(asked, json));

async function runAlone(asked: ImportAsked, json: boolean): Promise<Answer> {
  const folder = join(tapesFolder(), asked.tape);
  if (existsSync(folder) && !asked.replace)
    throw new Refused(2, [`a tape ${asked.tape} is there already`], `npx retrace tape show ${asked.tape}, --replace, or another --tape`);
  for (const file of asked.files) if (!existsSync(file)) throw new Refused(2, [`${file}: no such file`], 'npx retrace import --help');
  const { instrument, told } = await instrumentOf(asked);
  const base: ImportOptions = { ...asked.options, instrument, source: sourceId(asked.source), latencyUs: asked.latencyUs };
  mkdirSync(tapesFolder(), { recursive: true });
  const target = asked.replace ? `${folder}.new` : folder;
  if (asked.replace) mendSwap(folder);
  const before = unfinishedIn(`${target}.part`);
  const stop = new AbortController();
  const off = onStop(() => stop.abort());
  const line = renewingLine(json);
  const attempt = (from: Unfinished | null) =>
    importInto(target, base, asked, from, stop.signal, (progress) => line.say(() => progressText(progress)));
  const done = await attempt(before)
    .catch((error: unknown) => {
      // other files or other flags than those it was begun with: from the beginning
      if (before !== null && error instanceof ImportError && error.trouble === 'cursor') return attempt(null);
      throw error;
    })
    .catch((error: unknown) => {
      throw refusalOf(error);
    })
    .finally(() => {
      line.end();
      off();
    });
  const { report, hash } = done;
  if (hash === null) {
    return {
      ok: false,
      fields: { tape: asked.tape, done: false, rowsIn: report.rowsIn, rowsKept: report.rowsKept },
      text: [`stopped after ${n(report.rowsIn)} rows; the same command goes on there`],
    };
  }
  if (asked.replace) {
    if (existsSync(folder)) renameSync(folder, `${folder}.old`);
    renameSync(target, folder);
    rmSync(`${folder}.old`, { recursive: true, force: true });
  }
  const { rowsIn, rowsKept, rowsQuarantined, reasons, coverage, gaps, spacing, examples, files, kind, timeframeUs, snapshots } = report;
  return {
    ok: true,
    fields: {
      ...{ tape: asked.tape, path: folder, hash, instrument: instrument.id, tick: instrument.tick, lot: instrument.lot, kind, timeframeUs },
      ...{ rowsIn, rowsKept, rowsQuarantined, reasons, examples, coverage, gaps, snapshots, spacing, files, told, resumed: done.resumed },
    },
    text: [
      ...told.map((what) => `told from the data: ${what}`),
      ...importLines(report, asked.latencyUs),
      `tape ${asked.tape}, hash ${hash}`,
      `next: ${nextWith(asked.tape, [kind])}`,
    ],
  };
}

type Done = Readonly<{ report: ImportReport; hash: string | null; resumed: boolean }>;

async function importInto(
  folder: string,
  base: ImportOptions,
  asked: ImportAsked,
  before: Unfinished | null,
  signal: AbortSignal,
  heard: (progress: ImportProgress) => void,
): Promise<Done> {
  const options: ImportOptions = { ...base, resume: before?.cursor ?? null, signal };
  const writer = new TapeWriter({ folder, digest: nodeDigest, latencyUs: asked.latencyUs }, before?.tape ?? null);
  const keep = (cursor: ImportCursor): void => {
    const tape = writer.saved();
    if (tape !== null) writeFileSync(join(`${folder}.part`, UNFINISHED), JSON.stringify({ cursor, tape } satisfies Unfinished));
  };
  let kept = performance.now();
  try {
    const report = await importFiles(asked.files, options, { append: (block) => writer.append(block) }, (progress) => {
      heard(progress);
      if (performance.now() - kept < KEEP_EVERY_MS) return;
      kept = performance.now();
      keep(progress.cursor);
    });
    if (!report.done) {
      keep(report.cursor);
      writer.leave();
      return { report, hash: null, resumed: before !== null };
    }
    if (writer.count === 0)
      throw new Refused(1, ['not a single row could be kept', ...importLines(report, asked.latencyUs)], 'npx retrace import --help');
    rmSync(join(`${folder}.part`, UNFINISHED), { force: true });
    const { hash } = writer.finish([base.instrument], originOf(asked, report));
    return { report, hash, resumed: before !== null };
  } catch (error) {
    if (NO_ROOM.includes((error as { code?: string }).code ?? '')) writer.leave();
    else writer.abandon();
    throw error;
  }
}

/** A replacement was killed while it took the old tape's place: the old one comes back, the new one is made again. */
function mendSwap(folder: string): void {
  if (!existsSync(folder) && existsSync(`${folder}.old`)) renameSync(`${folder}.old`, folder);
  for (const ending of ['.old', '.new']) rmSync(`${folder}${ending}`, { recursive: true, force: true });
}

const KEEP_EVERY_MS = 3_000;

function unfinishedIn(part: string): Unfinished | null {
  const path = join(part, UNFINISHED);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Unfinished;
  } catch {
    return null; // cut off while it was written: from the beginning
  }
}

/** Room can be made, and the import goes on. */
const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

const originOf = ({ files }: ImportAsked, report: ImportReport): Plain => ({
  by: 'import',
  files: files.map((file) => basename(file)),
  dialects: [...new Set(report.files.map(({ dialect }) => dialect))],
  rowsIn: report.rowsIn,
  rowsKept: report.rowsKept,
  rowsQuarantined: report.rowsQuarantined,
  reasons: Object.fromEntries(Object.entries(report.reasons).map(([name, counts]) => [name, counts!.quarantined + counts!.kept])),
  gaps: report.gaps.count,
});

// ── What is traded ──

async function instrumentOf(asked: ImportAsked): Promise<Readonly<{ instrument: Instrument; told: readonly string[] }>> {
  const faults: string[] = [];
  const checked = (flag: string, check: () => unknown): void => {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push(`--${flag}: ${error.message}`);
    }
  };
  const id = asked.instrument ?? asked.options.symbol ?? nameIn(asked.files[0]!);
  checked('instrument', () => instrumentId(id));
  checked('source', () => sourceId(asked.source));
  checked('calendar', () => calendarById(asked.calendar));
  if (faults.length > 0) throw new Refused(2, faults, 'npx retrace import --help');
  const instrument = (tick: string, lot: string, barUs: number): Instrument => ({
    id: instrumentId(id),
    version: 1,
    tick,
    lot,
    multiplier: asked.multiplier,
    currency: asked.currency,
    currencyScale: SCALES[asked.currency] ?? 2,
    calendar: asked.calendar,
    feeds: [
      {
        source: sourceId(asked.source),
        // a longer candle waits for its last bar, which arrives at that candle's end and the latency
        latenessUs: barUs === 0 ? 0 : asked.latencyUs + 1,
        ...{ graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null, absurdPermille: null },
        ...{ settleUs: SECOND_US, faultsToDown: 5, fillFlat: false },
        ...(barUs === 0 ? {} : { barUs }),
      },
    ],
  });
  const told = asked.instrument === null && asked.options.symbol === undefined ? [`instrument ${id} (--instrument says otherwise)`] : [];
  const first = await firstBlock(asked, instrument(FINE, FINE, 0));
  const grid = gridOf(first);
  return {
    instrument: instrument(asked.tick ?? grid.tick, asked.lot ?? grid.lot, first.timeframeUs),
    told: [
      ...told,
      ...(asked.tick === null ? [`tick ${grid.tick} (--tick says otherwise)`] : []),
      ...(asked.lot === null ? [`lot ${grid.lot} (--lot says otherwise)`] : []),
    ],
  };
}

const SCALES: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, BTC: 8, ETH: 8 };

/** `btc-perp-2021….csv` → `BTC-PERP`; `BTCUSDT-trades-2024-01.zip` → `BTCUSDT`. */
function nameIn(file: string): string {
  const name = basename(file).replace(/\..*$/, '');
  const words = name.split(/[-_ ]+/);
  const isOther = (word: string) =>
    /\d{3,}|^(trades?|aggtrades?|klines?|quotes?|ticks?|bars?|depth|book|snap|update|incremental|\d+[smhd])$/i.test(word);
  const first = words.findIndex(isOther);
  const named = words.slice(0, first === -1 ? words.length : Math.max(1, first)).join('-');
  return named.toUpperCase().replace(/[^A-Z0-9._-]/g, '') || 'DATA';
}

const FINE = `0.${'0'.repeat(FINEST - 1)}1`;

/** Read on the finest grid: what its steps are is told from it. */
async function firstBlock(asked: ImportAsked, instrument: Instrument): Promise<Block> {
  const stop = new AbortController();
  let block: Block | null = null;
  const options: ImportOptions = {
    ...asked.options,
    policies: {},
    gaps: 'keep',
    instrument,
    source: sourceId(asked.source),
    latencyUs: 0,
    signal: stop.signal,
  };
  try {
    const sink = {
      append: (first: Block) => {
        block ??= first;
        stop.abort();
      },
    };
    await importFiles(asked.files.slice(0, 1), options, sink, () => {});
  } catch (error) {
    throw refusalOf(error);
  }
  if (block === null) throw new Refused(1, [`${asked.files[0]}: not a single row can be read`], 'npx retrace import --help');
  return block;
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof ImportError)) return error;
  const { place, trouble, message } = error;
  return new Refused(trouble === 'refused' ? 1 : 2, [message], 'npx retrace import --help', { place, trouble });
}

function progressText({ rows, kept, bytes: read, totalBytes, rowsPerSecond, secondsLeft }: ImportProgress): string {
  const left =
    secondsLeft === null ? '' : `, ${secondsLeft < 90 ? `${Math.ceil(secondsLeft)} s` : `${Math.ceil(secondsLeft / 60)} min`} left`;
  const share = totalBytes === 0 ? '' : ` of ${bytes(totalBytes)}`;
  return `${n(rows)} rows, ${n(rows - kept)} not kept, ${bytes(read)}${share}, ${n(Math.round(rowsPerSecond))} rows/s${left}`;
}

// ── And back ──

export async function exportTape(
  asked: Readonly<{ tape: string; file: string; stream: number | null; from: TimeUs | null; to: TimeUs | null }>,
): Promise<Answer> {
  const tape = tapeNamed(asked.tape);
  const { streams, instruments } = tape.manifest;
  const index = asked.stream ?? (streams.length === 1 ? 1 : null);
  if (index === null || index > streams.length)
    throw new Refused(
      2,
      [
        `${asked.tape} has ${streams.length} streams; a file takes one`,
        ...streams.map(({ instrument, source, kind }, at) => `--stream ${at + 1}: ${kind}s of ${instrument} from ${source}`),
      ],
      'choose one with --stream',
    );
  const stream = streams[index - 1]!;
  const instrument = instruments.find(({ id }) => id === stream.instrument)!;
  function* blocks(): Generator<Block> {
    for (const frame of tape.frames(asked.from ?? 0, asked.to ?? Number.POSITIVE_INFINITY))
      for (const block of frame.blocks)
        if (
          block.instrument === stream.instrument &&
          block.source === stream.source &&
          block.kind === stream.kind &&
          block.timeframeUs === stream.timeframeUs
        )
          yield block;
  }
  const isParquet = ['.parquet', '.pq'].includes(extname(asked.file));
  if (!isParquet && !/\.csv(\.gz)?$/.test(asked.file)) throw new Refused(2, [`${asked.file}: a file ends in .csv, .csv.gz or .parquet`]);
  const { rows } = isParquet
    ? await (await import('#infra/import/export-parquet.ts')).exportParquet(blocks(), instrument, asked.file)
    : await (await import('#infra/import/export-csv.ts')).exportCsv(blocks(), instrument, asked.file);
  return {
    ok: true,
    fields: { tape: asked.tape, file: asked.file, rows, instrument: instrument.id, kind: stream.kind },
    text: [
      `wrote ${n(rows)} ${stream.kind}s of ${instrument.id} to ${shortPath(asked.file)}`,
      `next: npx retrace import ${asked.file} --instrument ${instrument.id} --tick ${instrument.tick} --lot ${instrument.lot} --tape copy`,
    ],
  };
}
