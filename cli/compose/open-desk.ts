/**
 * Opens a desk's journal and brings its desk to life: from the last checkpoint, every recorded decision compared with what the desk
 * derives again. A difference refuses to open, and names it; decisions a crash kept from being written are written.
 */
import type { Decision } from '#engine/decisions.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt, type JournalReader, type Opened } from '#engine/journal/port.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import type { Plain } from '#engine/record.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import type { Disk } from '#infra/files/disk.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { FileReader } from '#infra/files/read.ts';
import type { KafkaSettings } from '#infra/kafka/settings.ts';
import type { DeskRunOptions } from '#replay/desk-run.ts';
import { type Divergence, Rederivation } from '#replay/rederive.ts';
import { thisBuild } from './build.ts';
import { nodeDigest } from './digest.ts';
import { LiveDesk, type SegmentedJournal } from './live-desk.ts';

export type OpenDeskOptions = Readonly<{
  /** Where the journal lies; of one in Kafka its address. */
  folder: string;
  kafka?: KafkaSettings;
  /** Told what should not stay so. */
  warn?: (line: string) => void;
  desk: DeskId;
  catalogue: StrategyCatalogue;
  /** What a new journal's first frame holds. */
  manifest: Plain;
  config: Sha256;
  flags: readonly string[];
  observer: ((decision: Decision) => void) | null;
  /** Where the desk will answer. */
  socket?: string;
  /** How large a segment may grow; what the journal thinks best when not given. */
  segmentBytes?: number;
  /** False: nothing is pulled here, so nobody asks where to go on. Looking for a cursor that never was reads the whole journal. */
  pulled?: boolean;
  /** Where the folder lies; the machine's own disk when not given. */
  disk?: Disk;
}>;

export type OpenedDesk = Readonly<{
  live: LiveDesk;
  opened: Opened;
  /** Where the pulled source goes on; null before its first fact. */
  cursor: string | null;
  /** Decisions derived again that the journal did not hold. */
  recovered: number;
}>;

/** The journal says one thing and the desk another: it will not trade on. */
export class WillNotOpen extends Error {
  override name = 'WillNotOpen';
  readonly folder: string;
  readonly divergence: Divergence;
  constructor(folder: string, divergence: Divergence) {
    super(`${folder} was not opened: ${divergence.cause}`);
    this.folder = folder;
    this.divergence = divergence;
  }
}

export async function openDesk(options: OpenDeskOptions): Promise<OpenedDesk> {
  const { folder, desk, catalogue, manifest, config, flags, observer } = options;
  const now = (Date.now() * 1000) as TimeUs;
  const { journal, reader } = await openJournal(options, now);
  try {
    const { opened } = journal;
    const { rederivation, cursor } = await rederive(reader, opened.seq, options.pulled ?? true, {
      desk,
      digest: nodeDigest,
      catalogue,
      observer,
    });
    if (rederivation.divergence !== null) throw new WillNotOpen(folder, rederivation.divergence);
    const { seq } = rederivation.run.desk;
    if (seq !== opened.seq)
      throw new JournalCorrupt(
        `${folder} holds numbers up to ${opened.seq}, and reading it ended at ${seq}: start again, nothing was changed`,
      );
    const live = new LiveDesk(rederivation.run, journal);
    if (!opened.genesis) live.append({ kind: 'genesis', manifest });
    const missing = rederivation.unrecorded;
    let recovered = 0;
    if (missing.length > 0) {
      const decisions = decodeDecisions(missing);
      recovered = decisions.length;
      live.append({ kind: 'decisions', bytes: missing.slice() }, decisions[0]!.cause);
    }
    live.append({ kind: 'opened', build: thisBuild().hash, config, flags, at: now });
    return { live, opened, cursor, recovered };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

type Stored = Readonly<{ journal: SegmentedJournal; reader: JournalReader }>;

async function openJournal({ folder, desk, kafka, warn, socket, segmentBytes, disk }: OpenDeskOptions, at: TimeUs): Promise<Stored> {
  const common = { desk, digest: nodeDigest, at, ...(segmentBytes === undefined ? {} : { segmentBytes }) };
  if (kafka !== undefined) {
    const { openJournalAt, readerAt } = await import('#infra/kafka/open-kafka.ts');
    const journal = await openJournalAt({ settings: kafka, ...common, ...(warn === undefined ? {} : { warn }) });
    return { journal, reader: readerAt(kafka, desk, nodeDigest) };
  }
  const onDisk = disk === undefined ? {} : { disk };
  const journal = await openFileJournal({ folder, ...common, ...onDisk, ...(socket === undefined ? {} : { socket }) });
  return { journal, reader: new FileReader({ folder, digest: nodeDigest, ...onDisk }) };
}

async function rederive(reader: JournalReader, seq: Seq, pulled: boolean, options: DeskRunOptions) {
  const rederivation = new Rederivation(options);
  let cursor: string | null = null;
  if (seq > 0) {
    const cursors = new Cursors();
    for await (const { frame } of reader.frames(seq, true)) {
      if (!rederivation.take(frame)) return { rederivation, cursor };
      cursors.pass(frame);
    }
    if (pulled) cursor = cursors.last() ?? (await lastCursor(reader, seq));
  }
  return { rederivation, cursor };
}

/** Nothing pulled lies behind the last checkpoint: the cursor is in one of the frames before it. */
async function lastCursor(reader: JournalReader, seq: Seq): Promise<string | null> {
  for (const from of [seq, Math.max(0, seq - 1_000_000), 0]) {
    const cursors = new Cursors();
    for await (const { frame } of reader.frames(from as Seq)) cursors.pass(frame);
    const cursor = cursors.last();
    if (cursor !== null) return cursor;
  }
  return null;
}

/** Remembers the frames that may hold the last cursor, and reads only those: commands in between hold none. */
class Cursors {
  #frames: Frame[] = [];

  pass(frame: Frame): void {
    if (frame.kind === 'market') this.#frames = [frame];
    else if (frame.kind === 'inputs') this.#frames.push(frame);
  }

  last(): string | null {
    for (const frame of this.#frames.reverse()) {
      const payload = decodePayload(frame);
      const cursor = payload.kind === 'market' ? payload.frame.cursor : payload.kind === 'inputs' ? payload.cursor : null;
      if (cursor !== null) return cursor;
    }
    return null;
  }
}
