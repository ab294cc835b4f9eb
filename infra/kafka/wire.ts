/**
 * One partition over Kafka's protocol: read it anywhere, write it under one identity. Each call is one request to the partition's leader;
 * a connection that did not answer in time is thrown away, and the identity outlives it, so that a batch sent twice is stored once.
 */
/// <reference path="./inside-kafkajs.d.ts" />
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type Broker from 'kafkajs/src/broker/index.js';
import { KafkaRefused, KafkaUnreachable } from './faults.ts';
import type { PartitionWriter } from './kafka-journal.ts';
import type { Range } from './partition-log.ts';
import type { KafkaRecord } from './records.ts';
import type { KafkaSettings } from './settings.ts';

export type WireSettings = Pick<KafkaSettings, 'brokers' | 'topic' | 'tls' | 'sasl' | 'requestMs'>;

const CONNECT_MS = 2_000;
/** The share of it in which the leader has a batch copied: its answer comes before we give up. */
const PRODUCE_SHARE = 2 / 3;
/** So long a reader asks again before it gives up. */
const READ_MS = 10_000;
const READ_PAUSE_MS = 250;
const EARLIEST = -2;
const LATEST = -1;
const ALL_IN_SYNC = -1;
const SEQUENCES = 2 ** 31;

type Node = { broker: Broker; host: string; port: number };
type Identity = Readonly<{ producerId: string; producerEpoch: number }>;

export class Wire implements PartitionWriter {
  readonly name: string;
  readonly maxRecordBytes: number;
  readonly #settings: WireSettings;
  readonly #partition: number;
  readonly #sockets = new Set<Socket>();
  readonly #brokers: Broker[] = [];
  #leader: Node | null = null;
  #identity: Identity | null = null;
  /** Of the next record, in this identity's own count. */
  #sequence = 0;
  /** The batch whose fate is not known. */
  #open: readonly Uint8Array[] | null = null;

  constructor(settings: WireSettings, partition: number, maxRecordBytes = 0) {
    this.#settings = settings;
    this.#partition = partition;
    this.name = `${settings.topic}[${partition}]`;
    this.maxRecordBytes = maxRecordBytes;
  }

  /** Connected to the leader; one that is to write gets its identity. */
  static async open(settings: WireSettings, partition: number, { maxRecordBytes = 0, writes = false } = {}): Promise<Wire> {
    const wire = new Wire(settings, partition, maxRecordBytes);
    try {
      await wire.#trying(async () => {
        const { broker } = await wire.#lead();
        if (writes) wire.#identity ??= await broker.initProducerId({ transactionTimeout: 60_000 });
      });
      return wire;
    } catch (error) {
      await wire.close();
      throw error;
    }
  }

  range(): Promise<Range> {
    return this.#trying(async () => {
      const { broker } = await this.#lead();
      const [low, high] = [await this.#offset(broker, EARLIEST), await this.#offset(broker, LATEST)];
      return { low, high };
    });
  }

  fetch(from: number, maxBytes: number, waitMs: number): Promise<Readonly<{ records: readonly KafkaRecord[] }> & Range> {
    return this.#trying(async () => {
      const { broker } = await this.#lead();
      try {
        const { responses } = await broker.fetch({
          replicaId: -1,
          isolationLevel: 0,
          maxWaitTime: waitMs,
          minBytes: 1,
          maxBytes,
          topics: this.#topics({ fetchOffset: String(from), maxBytes, currentLeaderEpoch: -1 }),
        });
        const { messages, highWatermark, lastStartOffset } = responses[0]!.partitions[0]!;
        const records = messages
          .filter(({ offset, isControlRecord }) => Number(offset) >= from && isControlRecord !== true) // a batch comes whole
          .map(({ offset, value }) => ({ offset: Number(offset), value }));
        return { records, low: Number(lastStartOffset ?? 0), high: Number(highWatermark) };
      } catch (error) {
        if ((error as { type?: string }).type !== 'OFFSET_OUT_OF_RANGE') throw error;
        const [low, high] = [await this.#offset(broker, EARLIEST), await this.#offset(broker, LATEST)];
        if (from > high)
          throw new KafkaUnreachable(`${this.name} ends at offset ${high}, before ${from}: its new leader lags, or records were lost`);
        return { records: [], low, high };
      }
    });
  }

  async produce(values: readonly Uint8Array[]): Promise<number> {
    const identity = this.#identity;
    if (identity === null) throw new Error('this wire only reads');
    if (this.#open !== null && this.#open !== values) throw new Error('another batch behind one whose fate is not known');
    this.#open = values;
    const { broker } = await this.#lead();
    const { topics } = await broker.produce({
      topicData: this.#topics({
        firstSequence: this.#sequence,
        messages: values.map((value) => ({
          value: Buffer.from(value.buffer, value.byteOffset, value.length),
          timestamp: String(Date.now()),
        })),
      }),
      ...identity,
      acks: ALL_IN_SYNC,
      timeout: Math.floor(this.#settings.requestMs * PRODUCE_SHARE),
      compression: 0,
    });
    this.#open = null;
    this.#sequence = (this.#sequence + values.length) % SEQUENCES;
    return Number(topics[0]!.partitions[0]!.baseOffset);
  }

  mayPass(error: unknown): boolean {
    const { name, retriable } = error as { name?: string; retriable?: boolean };
    return name === 'KafkaUnreachable' || isOfLine(error) || (name === 'KafkaJSProtocolError' && retriable === true);
  }

  async reconnect(): Promise<void> {
    this.#drop();
    await this.#lead();
  }

  async close(): Promise<void> {
    this.#drop();
  }

  async #offset(broker: Broker, timestamp: number): Promise<number> {
    const { responses } = await broker.listOffsets({ replicaId: -1, isolationLevel: 0, topics: this.#topics({ timestamp }) });
    return Number(responses[0]!.partitions[0]!.offset);
  }

  #topics<T>(of: T) {
    return [{ topic: this.#settings.topic, partitions: [{ partition: this.#partition, ...of }] }];
  }

  /** Reading changes nothing, so it is tried again on new connections until it has taken too long. */
  async #trying<T>(work: () => Promise<T>): Promise<T> {
    for (const started = performance.now(); ; ) {
      try {
        return await work();
      } catch (error) {
        this.#drop();
        if (!this.mayPass(error) || performance.now() - started > READ_MS) throw named(error, this.name);
      }
      await new Promise((resolve) => setTimeout(resolve, READ_PAUSE_MS));
    }
  }

  /** The partition's leader, connected. */
  async #lead(): Promise<Node> {
    if (this.#leader !== null) return this.#leader;
    const { brokers, topic } = this.#settings;
    const failed: string[] = [];
    for (const address of brokers) {
      const at = address.lastIndexOf(':');
      const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
      try {
        const seed = await this.#connect(host, port);
        const { brokers: nodes, topicMetadata } = await seed.broker.metadata([topic]);
        const led = topicMetadata
          .find((one) => one.topic === topic)
          ?.partitionMetadata.find(({ partitionId }) => partitionId === this.#partition);
        if (led === undefined) throw new KafkaRefused(`topic ${topic} has no partition ${this.#partition}: name one that is there`);
        const node = nodes.find(({ nodeId }) => nodeId === led.leader);
        if (node === undefined) throw new KafkaUnreachable(`${this.name} has no leader`);
        this.#leader = node.host === host && node.port === port ? seed : await this.#connect(node.host, node.port);
        return this.#leader;
      } catch (error) {
        if (!this.mayPass(error)) throw error;
        failed.push(`${address}: ${(error as Error).message}`);
      }
    }
    throw new KafkaUnreachable(failed.join('; '));
  }

  async #connect(host: string, port: number): Promise<Node> {
    const [{ default: BrokerOf }, { default: ConnectionPool }] = await Promise.all([
      import('kafkajs/src/broker/index.js'),
      import('kafkajs/src/network/connectionPool.js'),
    ]);
    const { tls, sasl, requestMs } = this.#settings;
    const connectionPool = new ConnectionPool({
      host: host.replace(/^\[|\]$/g, ''),
      port,
      ssl: tls ? {} : null,
      sasl,
      clientId: 'retrace',
      connectionTimeout: CONNECT_MS,
      requestTimeout: requestMs,
      enforceRequestTimeout: true,
      logger: SILENT,
      socketFactory: ({ ssl, onConnect, ...to }: { host: string; port: number; ssl: object | null; onConnect: () => void }) => {
        const socket = ssl === null ? connectTcp(to, onConnect) : connectTls({ ...to, ...ssl }, onConnect);
        socket.setNoDelay(true);
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        return socket;
      },
    });
    const broker = new BrokerOf({ connectionPool, logger: SILENT, allowAutoTopicCreation: false, authenticationTimeout: CONNECT_MS });
    this.#brokers.push(broker);
    await broker.connect();
    return { broker, host, port };
  }

  /** Connections are ended and not waited for: what is still on its way carries the identity, and is stored once. */
  #drop(): void {
    this.#leader = null;
    for (const broker of this.#brokers.splice(0)) void broker.disconnect().catch(() => {});
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

const LINE_ERRORS = ['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSLockTimeout'];
const isOfLine = (error: unknown): boolean => LINE_ERRORS.includes((error as Error).name);

/** In our words, where a person has to do something. */
export function named(error: unknown, place: string): Error {
  const { name, message, type } = error as { name?: string; message?: string; type?: string };
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED')
    return new KafkaRefused(`Kafka did not let us in: ${message}; set KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM`);
  if (type?.endsWith('AUTHORIZATION_FAILED'))
    return new KafkaRefused(
      `Kafka does not allow it for ${place}: ${message}; a desk needs to read, write and describe the topic, and to create it where it is not there`,
    );
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return new KafkaRefused(`${place} is not there: ${message}`);
  const silent = name === 'KafkaJSNumberOfRetriesExceeded' || message === 'Broker not connected';
  if (silent || isOfLine(error)) return new KafkaUnreachable(`${place}: ${message}`);
  return error as Error;
}

const SILENT = { namespace: () => SILENT, error() {}, warn() {}, info() {}, debug() {}, setLogLevel() {} };
