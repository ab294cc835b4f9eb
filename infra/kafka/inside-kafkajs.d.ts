/**
 * The two parts inside kafkajs that are used by themselves: a connection, and the requests over it. Its producer and consumer keep a
 * connection that has gone silent, and read through a group; a journal can have neither (docs/decisions/0015). The version is pinned.
 */
declare module 'kafkajs/src/network/connectionPool.js' {
  export default class ConnectionPool {
    constructor(options: Readonly<Record<string, unknown>>);
  }
}
declare module 'kafkajs/src/broker/index.js' {
  type Partitioned<T> = readonly Readonly<{ topic: string; partitions: readonly T[] }>[];
  export default class Broker {
    constructor(options: Readonly<Record<string, unknown>>);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    metadata(topics: readonly string[]): Promise<
      Readonly<{
        brokers: readonly Readonly<{ nodeId: number; host: string; port: number }>[];
        topicMetadata: readonly Readonly<{
          topic: string;
          partitionMetadata: readonly Readonly<{ partitionId: number; leader: number }>[];
        }>[];
      }>
    >;
    initProducerId(request: Readonly<{ transactionTimeout: number }>): Promise<Readonly<{ producerId: string; producerEpoch: number }>>;
    produce(
      request: Readonly<{
        topicData: Partitioned<
          Readonly<{ partition: number; firstSequence: number; messages: readonly Readonly<{ value: Buffer; timestamp: string }>[] }>
        >;
        producerId: string;
        producerEpoch: number;
        acks: number;
        timeout: number;
        compression: number;
      }>,
    ): Promise<
      Readonly<{
        topics: readonly Readonly<{ topicName: string; partitions: readonly Readonly<{ partition: number; baseOffset: string }>[] }>[];
      }>
    >;
    fetch(
      request: Readonly<{
        replicaId: number;
        isolationLevel: number;
        maxWaitTime: number;
        minBytes: number;
        maxBytes: number;
        topics: Partitioned<Readonly<{ partition: number; fetchOffset: string; maxBytes: number; currentLeaderEpoch: number }>>;
      }>,
    ): Promise<
      Readonly<{
        responses: readonly Readonly<{
          topicName: string;
          partitions: readonly Readonly<{
            partition: number;
            errorCode: number;
            highWatermark: string;
            lastStartOffset?: string;
            messages: readonly Readonly<{ offset: string; value: Buffer | null; isControlRecord?: boolean }>[];
          }>[];
        }>[];
      }>
    >;
    listOffsets(
      request: Readonly<{
        replicaId: number;
        isolationLevel: number;
        topics: Partitioned<Readonly<{ partition: number; timestamp: number }>>;
      }>,
    ): Promise<
      Readonly<{
        responses: readonly Readonly<{
          topic: string;
          partitions: readonly Readonly<{ partition: number; offset?: string; offsets?: readonly string[] }>[];
        }>[];
      }>
    >;
  }
}
