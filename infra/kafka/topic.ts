/**
 * The topic of journals: made with the settings a journal needs where that is allowed, else looked at and refused with the remedy. Never
 * changes a topic that is there.
 */
import type { Admin } from 'kafkajs';
import { KafkaRefused } from './faults.ts';
import type { KafkaSettings } from './settings.ts';

/** Of a frame with what Kafka adds: a frame of 65,536 facts, a checkpoint's part and the decisions of a turn fit many times. */
const RECORD_BYTES = 32 * 2 ** 20;
const LEAST_RECORD_BYTES = 8 * 2 ** 20;
const COPIES = 3;
const IN_SYNC = 2;

export type TopicFound = Readonly<{
  partitions: number;
  maxRecordBytes: number;
  /** What its one copy means; null where several brokers hold each record. */
  warning: string | null;
}>;

type Wanted = Pick<KafkaSettings, 'topic' | 'partitions' | 'singleBroker'>;

export async function readyTopic(admin: Admin, wanted: Wanted): Promise<TopicFound> {
  const { topic } = wanted;
  if (!(await admin.listTopics()).includes(topic)) await makeTopic(admin, wanted);
  return lookAtTopic(admin, wanted);
}

async function makeTopic(admin: Admin, { topic, partitions, singleBroker }: Wanted): Promise<void> {
  const { brokers } = await admin.describeCluster();
  const copies = Math.min(COPIES, brokers.length);
  if (copies < IN_SYNC && !singleBroker)
    throw new KafkaRefused(
      `one broker holds everything alone, and topic ${topic} would be lost with it: name a cluster of three, or say KAFKA_SINGLE_BROKER=true`,
    );
  const settings = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'max.message.bytes': String(RECORD_BYTES),
    'min.insync.replicas': String(Math.min(IN_SYNC, copies)),
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
  };
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      {
        topic,
        numPartitions: partitions,
        replicationFactor: copies,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      },
    ],
  });
}

/** Every fault at once, each with the command that mends it. */
async function lookAtTopic(admin: Admin, { topic, singleBroker }: Wanted): Promise<TopicFound> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { ConfigResourceTypes } = await import('kafkajs').then(({ default: kafkajs }) => kafkajs);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  const settings = new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  const partitions = topics[0]?.partitions ?? [];
  const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
  const inSync = Number(settings.get('min.insync.replicas'));
  const maxRecordBytes = Number(settings.get('max.message.bytes'));
  const faults: string[] = [];
  const want = (name: string, value: string, holds: boolean, why: string) => {
    if (!holds)
      faults.push(`${name} is ${settings.get(name)}: ${why}; kafka-configs.sh --alter --topic ${topic} --add-config ${name}=${value}`);
  };
  const is = (name: string, value: string) => settings.get(name) === value;
  if (copies < IN_SYNC && !singleBroker)
    faults.push(`topic ${topic} has one copy, which is lost with its broker: make it with three, or say KAFKA_SINGLE_BROKER=true`);
  if (copies >= IN_SYNC) {
    want('min.insync.replicas', String(IN_SYNC), inSync >= IN_SYNC, 'a record that one broker holds is told as kept');
    if (inSync > copies) faults.push(`min.insync.replicas is ${inSync}, and topic ${topic} has ${copies} copies: it takes no record`);
  }
  want(
    'unclean.leader.election.enable',
    'false',
    is('unclean.leader.election.enable', 'false'),
    'a broker that lags may drop what was kept',
  );
  want('cleanup.policy', 'delete', is('cleanup.policy', 'delete'), 'compaction removes frames of the chain');
  want('retention.ms', '-1', is('retention.ms', '-1'), 'frames are removed when they are that old');
  want('retention.bytes', '-1', is('retention.bytes', '-1'), 'frames are removed when there are that many');
  want('max.message.bytes', String(RECORD_BYTES), maxRecordBytes >= LEAST_RECORD_BYTES, 'a frame may be larger');
  want(
    'compression.type',
    'producer',
    is('compression.type', 'producer') || is('compression.type', 'uncompressed'),
    'frames are stored as they are',
  );
  if (faults.length > 0) throw new KafkaRefused(faults.join('\n'));
  const warning = copies < IN_SYNC ? `topic ${topic} has one copy: what its broker loses is lost. A cluster of three keeps it` : null;
  return { partitions: partitions.length, maxRecordBytes, warning };
}
