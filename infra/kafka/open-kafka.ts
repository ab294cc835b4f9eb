/**
 * The journals of a Kafka: opens a desk's for writing, or for reading, and lists which desks there are. A desk lives in one partition: the one
 * that is named, else the one that holds it, else the first that is empty.
 */
import { hostname } from 'node:os';
import type { Admin } from 'kafkajs';
import type { Digest } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { copyIntoPartition, type PartitionCopy } from './copy-into-partition.ts';
import { KafkaRefused, NoSuchDesk, WrongDesk } from './faults.ts';
import { KafkaFrameMap } from './kafka-frame-map.ts';
import { type KafkaJournal, openKafkaJournal } from './kafka-journal.ts';
import { KafkaReader } from './kafka-reader.ts';
import { entries } from './partition-log.ts';
import { LOOK_BACK } from './positions.ts';
import { entryOf, Fence } from './records.ts';
import type { KafkaSettings } from './settings.ts';
import { readyTopic, type TopicFound } from './topic.ts';
import { named, Wire, type WireSettings } from './wire.ts';

export type OpenKafkaOptions = Readonly<{
  settings: KafkaSettings;
  desk: DeskId;
  digest: Digest;
  at: TimeUs;
  owner?: string;
  maxPendingBytes?: number;
  segmentBytes?: number;
  /** Told what should not stay so. */
  warn?: (line: string) => void;
}>;

export async function openJournalAt({ settings, desk, warn = () => {}, ...options }: OpenKafkaOptions): Promise<KafkaJournal> {
  const { partitions, maxRecordBytes, warning } = await readyAt(settings);
  if (warning !== null) warn(warning);
  for (let tries = 1; ; tries++) {
    const partition = await partitionOf(settings, desk, partitions, true);
    const writer = await Wire.open(settings, partition, { maxRecordBytes, writes: true });
    try {
      return await openKafkaJournal({ owner: `${hostname()}:${process.pid}`, ...options, writer, desk, stallMs: settings.stallMs });
    } catch (error) {
      // another desk took the empty partition first: the next one, then
      if (!(error instanceof WrongDesk) || settings.partition !== null || tries === partitions) throw error;
    }
  }
}

/** A partition for a copy of a desk's journal: the one that holds it, or the first that is empty. */
export async function copyTo({ settings, desk, digest, warn = () => {} }: Omit<OpenKafkaOptions, 'at'>): Promise<PartitionCopy> {
  const { partitions, maxRecordBytes, warning } = await readyAt(settings);
  if (warning !== null) warn(warning);
  const partition = await partitionOf(settings, desk, partitions, true);
  return copyIntoPartition(await Wire.open(settings, partition, { maxRecordBytes, writes: true }), desk, digest, settings.stallMs);
}

/** The topic, made where it is not there and looked at where it is. */
export const readyAt = (settings: KafkaSettings): Promise<TopicFound> => withAdmin(settings, (admin) => readyTopic(admin, settings));

export type ReadSettings = WireSettings & Pick<KafkaSettings, 'partition'>;

/** Nothing is asked of Kafka before the first frame is. */
export const readerAt = (settings: ReadSettings, desk: DeskId, digest: Digest): KafkaReader =>
  new KafkaReader({ open: openingAt(settings, desk), desk, digest });

export const frameMapAt = (settings: ReadSettings, desk: DeskId, digest: Digest): KafkaFrameMap =>
  new KafkaFrameMap({ open: openingAt(settings, desk), desk, digest });

/** The desk's partition, which is looked for once. */
function openingAt(settings: ReadSettings, desk: DeskId): () => Promise<Wire> {
  let partition: number | null = null;
  return async () => {
    partition ??= await partitionOf(settings, desk, await partitionsOf(settings), false);
    return Wire.open(settings, partition);
  };
}

/** What lies in a partition, by its first and its newest records. */
export type HeldDesk = Readonly<{ partition: number; desk: DeskId; records: number; seq: Seq; clean: boolean }>;

/** The desks of a topic, by partition. */
export async function desksAt(settings: WireSettings): Promise<readonly HeldDesk[]> {
  const count = await partitionsOf(settings);
  const held = await Promise.all(Array.from({ length: count }, (_, partition) => heldIn(settings, partition)));
  return held.filter((one) => one !== null);
}

async function heldIn(settings: WireSettings, partition: number): Promise<HeldDesk | null> {
  const desk = await deskIn(settings, partition);
  if (desk === null) return null;
  const wire = await Wire.open(settings, partition);
  try {
    const { low, high } = await wire.range();
    const fence = new Fence();
    let [seq, clean] = [0 as Seq, false];
    for await (const entry of entries(wire, desk, Math.max(low, high - LOOK_BACK), high)) {
      if (!fence.pass(entry)) continue;
      seq = Math.max(seq, lastNumber(entry.frame)) as Seq;
      clean = entry.frame.kind === 'closed';
    }
    return { partition, desk, records: high - low, seq, clean };
  } finally {
    await wire.close();
  }
}

async function partitionOf(settings: ReadSettings, desk: DeskId, count: number, mayBeEmpty: boolean): Promise<number> {
  const { topic, partition } = settings;
  const found = await Promise.all(Array.from({ length: count }, (_, index) => deskIn(settings, index)));
  const own = found.indexOf(desk);
  if (partition !== null) {
    if (partition >= count) throw new KafkaRefused(`topic ${topic} has ${count} partitions, and none of number ${partition}`);
    const held = found[partition]!;
    if (held !== null && held !== desk)
      throw new WrongDesk(`${topic}[${partition}] holds desk ${held}, not ${desk}: name its own partition, or none`);
    // a desk in two partitions would be two desks, and both would trade
    if (own !== -1 && own !== partition)
      throw new WrongDesk(`desk ${desk} lies in ${topic}[${own}], not in ${topic}[${partition}]: name that partition, or none`);
    if (held === null && !mayBeEmpty) throw new NoSuchDesk(`${topic}[${partition}] is empty: it holds no desk ${desk}`);
    return partition;
  }
  if (own !== -1) return own;
  const known = found.filter((one) => one !== null);
  if (!mayBeEmpty)
    throw new NoSuchDesk(
      `topic ${topic} holds no desk ${desk}; ${known.length === 0 ? 'it holds none' : `there are: ${known.join(', ')}`}`,
    );
  const empty = found.indexOf(null);
  if (empty === -1)
    throw new KafkaRefused(
      `all ${count} partitions of topic ${topic} hold desks (${known.join(', ')}): give it more (kafka-topics.sh --alter --topic ${topic} --partitions ${2 * count}), or name another by KAFKA_TOPIC`,
    );
  return empty;
}

async function deskIn(settings: WireSettings, partition: number): Promise<DeskId | null> {
  const wire = await Wire.open(settings, partition);
  try {
    const { low } = await wire.range();
    const { records } = await wire.fetch(low, 1, 0);
    return records[0] === undefined ? null : entryOf(records[0], null, wire.name).frame.desk;
  } finally {
    await wire.close();
  }
}

const partitionsOf = (settings: WireSettings): Promise<number> =>
  withAdmin(settings, async (admin) => {
    if (!(await admin.listTopics()).includes(settings.topic))
      throw new NoSuchDesk(
        `there is no topic ${settings.topic} at ${settings.brokers.join(', ')}: name one that is there, or begin a desk in it`,
      );
    const { topics } = await admin.fetchTopicMetadata({ topics: [settings.topic] });
    return topics[0]?.partitions.length ?? 0;
  });

/** A broker that is just starting is waited for, some five seconds. */
const ASKED_AGAIN = { initialRetryTime: 200, maxRetryTime: 1_000, retries: 7 } as const;

async function withAdmin<T>({ brokers, topic, tls, sasl }: WireSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const { Kafka, logLevel } = await import('kafkajs').then(({ default: kafkajs }) => kafkajs);
  const admin = new Kafka({
    clientId: 'retrace',
    brokers: [...brokers],
    ssl: tls,
    ...(sasl === null ? {} : { sasl }),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: ASKED_AGAIN,
  } as ConstructorParameters<typeof Kafka>[0]).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    const { cause } = error as { cause?: Error };
    throw named(
      cause !== undefined && (error as Error).name === 'KafkaJSNumberOfRetriesExceeded' ? cause : error,
      `topic ${topic} at ${brokers.join(', ')}`,
    );
  } finally {
    await admin.disconnect();
  }
}
