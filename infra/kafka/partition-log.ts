/** What a journal needs of one partition; wire.ts gives it over Kafka's protocol. */
import type { DeskId } from '#engine/values.ts';
import { JournalShortened, KafkaUnreachable } from './faults.ts';
import { type Entry, entryOf, type KafkaRecord } from './records.ts';

/** The offset of the first record that is kept, and the one behind the last that counts as written. */
export type Range = Readonly<{ low: number; high: number }>;

export interface PartitionLog {
  /** For people: `topic[partition]`. */
  readonly name: string;
  range(): Promise<Range>;
  /** Records from an offset on, at least one where there is one; with `waitMs` it waits so long for the first. */
  fetch(from: number, maxBytes: number, waitMs: number): Promise<Readonly<{ records: readonly KafkaRecord[] }> & Range>;
}

const FETCH_BYTES = 4 * 2 ** 20;
/** A new leader may not yet show what is written; it does so soon, or something is wrong. */
const SHOWN_MS = 10_000;
const WAIT_MS = 100;

/** Every entry in [from, to), in order and all of them: `to` was told as written. */
export async function* entries(
  log: PartitionLog,
  desk: DeskId | null,
  from: number,
  to: number,
  maxBytes = FETCH_BYTES,
): AsyncGenerator<Entry, void, undefined> {
  let asked = performance.now();
  for (let next = from; next < to; ) {
    const { records, low } = await log.fetch(next, maxBytes, WAIT_MS);
    if (next < low) throw shortened(log, next, low);
    if (records.length > 0) asked = performance.now();
    else if (performance.now() - asked > SHOWN_MS)
      throw new KafkaUnreachable(`${log.name} does not show offset ${next}, which it said was written`);
    for (const record of records) {
      if (record.offset >= to) return;
      yield entryOf(record, desk, log.name);
      next = record.offset + 1;
    }
  }
}

export const shortened = (log: PartitionLog, wanted: number, low: number): JournalShortened =>
  new JournalShortened(
    `${log.name} keeps records from offset ${low} on, and offset ${wanted} is needed: set retention.ms=-1 and retention.bytes=-1 on the topic, and bring the journal back from a copy (npx retrace journal copy)`,
  );
