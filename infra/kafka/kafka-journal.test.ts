// The contract over a real broker, and each way in which a client of Kafka is known to lose or to double what was acknowledged.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt, JournalOwned, JournalStalled } from '#engine/journal/port.ts';
import type { DeskId, TimeUs } from '#engine/values.ts';
import { all, checkpointFrame, DESK, describeJournal, digest, inputFrame, inputsIn, type Place } from '#tests/contracts/journal.ts';
import { CuttingProxy } from '#tests/services/cutting-proxy.ts';
import { missingKafka, startBrokers } from '#tests/services/kafka.ts';
import { JournalShortened, KafkaRefused, KafkaUnreachable, WrongDesk } from './faults.ts';
import { type KafkaJournal, openKafkaJournal } from './kafka-journal.ts';
import { desksAt, openJournalAt, readerAt, readyAt } from './open-kafka.ts';
import { claimBytes } from './records.ts';
import { type KafkaSettings, kafkaSettings } from './settings.ts';
import { Wire } from './wire.ts';

const missing = missingKafka();
const SESSION_MS = 2_000;
const REQUEST_MS = 500;
const RECORD_BYTES = 32 * 2 ** 20;

describe.skipIf(missing !== null)(`on a real Kafka${missing === null ? '' : ` (${missing})`}`, () => {
  let kafka: Awaited<ReturnType<typeof startBrokers>>;
  const proxy = new CuttingProxy(() => kafka.proxied);
  let throughProxy: readonly string[] = [];
  beforeAll(async () => {
    const port = await proxy.listen();
    throughProxy = [`127.0.0.1:${port}`];
    kafka = await startBrokers(1, port);
  });
  afterAll(async () => {
    await proxy.close();
    await kafka.end();
  });

  const opened: KafkaJournal[] = [];
  afterEach(async () => {
    proxy.mode = 'pass';
    proxy.modeOfNew = null;
    proxy.cutAtAnswer = false;
    for (const broker of kafka.brokers) broker.goOn();
    for (const journal of opened.splice(0)) await journal.close();
  });

  let topics = 0;
  const settingsOf = (more: Partial<KafkaSettings> = {}): KafkaSettings => ({
    ...kafkaSettings({ KAFKA_BROKERS: kafka.addresses.join(',') }, { singleBroker: true, partitions: 1, requestMs: REQUEST_MS })!,
    topic: `topic-${++topics}`,
    ...more,
  });
  const open = async (settings: KafkaSettings, more: { desk?: DeskId; owner?: string; at?: TimeUs } = {}): Promise<KafkaJournal> => {
    const journal = await openJournalAt({ settings, desk: DESK, digest, at: 1 as TimeUs, ...more });
    opened.push(journal);
    return journal;
  };
  const direct = (settings: KafkaSettings) => ({ ...settings, brokers: kafka.addresses });
  const stored = async (settings: KafkaSettings): Promise<number[]> =>
    inputsIn(await all(readerAt(direct(settings), DESK, digest).frames()));
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
  const append = (journal: KafkaJournal, from: number, to = from) => {
    for (let seq = from; seq <= to; seq++) journal.append(inputFrame(journal, seq));
  };

  describeJournal('kafka', async (): Promise<Place> => {
    const settings = settingsOf();
    await readyAt(settings);
    const reader = readerAt(settings, DESK, digest);
    return {
      open: (options) => openJournalAt({ settings, desk: DESK, digest, at: 1 as TimeUs, ...options }),
      reader: () => reader,
    };
  });

  test('twenty appends at once are twenty records; what is appended during a send goes out with the next', async () => {
    const settings = settingsOf();
    const { maxRecordBytes } = await readyAt(settings);
    const writer = await Wire.open(settings, 0, { maxRecordBytes, writes: true });
    let sends = 0;
    const produce = writer.produce.bind(writer);
    writer.produce = (values) => {
      sends++;
      return produce(values);
    };
    const journal = await openKafkaJournal({ writer, desk: DESK, digest, at: 1 as TimeUs, owner: 'test' });
    const { high } = await writer.range();
    await Promise.all(
      upTo(20).map(async (seq) => {
        append(journal, seq);
        await journal.durable();
      }),
    );
    expect((await writer.range()).high - high).toBe(20);
    sends = 0;
    append(journal, 21);
    await null;
    await null;
    append(journal, 22, 400);
    await journal.durable();
    expect(sends).toBe(2);
    await journal.close();
    expect(await stored(settings)).toEqual(upTo(400));
  });

  describe('the line', () => {
    test('an answer is lost with its connection, and another batch follows: both are stored, once', async () => {
      const settings = settingsOf({ brokers: throughProxy });
      const journal = await open(settings);
      for (let seq = 1; seq <= 9; seq += 2) {
        proxy.cutAtAnswer = true;
        append(journal, seq);
        const first = journal.durable();
        append(journal, seq + 1);
        expect(await first).toBe(seq);
        expect(await journal.durable()).toBe(seq + 1);
        expect(proxy.cutAtAnswer).toBe(false);
      }
      expect(await stored(settings)).toEqual(upTo(10));
      expect(journal.repeated).toBe(0);
    });

    test.each(['swallow', 'deaf'] as const)(
      'a line that stays open and says nothing (%s) is given up, and nothing with it',
      async (mode) => {
        const settings = settingsOf({ brokers: throughProxy });
        const journal = await open(settings);
        append(journal, 1);
        await journal.durable();
        proxy.mode = mode;
        proxy.modeOfNew = 'pass';
        append(journal, 2, 5);
        const started = performance.now();
        expect(await journal.durable()).toBe(5);
        expect(performance.now() - started).toBeGreaterThan(REQUEST_MS * 0.9);
        append(journal, 6);
        await journal.durable();
        expect(await stored(settings)).toEqual(upTo(6));
        expect(journal.repeated).toBe(0);
      },
    );

    test('a batch that arrives long after it was sent again is not stored again', async () => {
      const settings = settingsOf({ brokers: throughProxy });
      const journal = await open(settings);
      append(journal, 1);
      await journal.durable();
      proxy.mode = 'late';
      proxy.modeOfNew = 'pass';
      append(journal, 2, 3);
      await journal.durable();
      for (let seq = 4; seq <= 12; seq++) {
        append(journal, seq);
        await journal.durable();
      }
      expect(proxy.letGo()).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      append(journal, 13);
      await journal.durable();
      expect(await stored(settings)).toEqual(upTo(13));
      expect([journal.late, journal.repeated]).toEqual([0, 0]);
    });

    test('behind a batch whose fate is not known nothing else is sent', async () => {
      const settings = settingsOf({ brokers: throughProxy });
      await readyAt(settings);
      const wire = await Wire.open(settings, 0, { maxRecordBytes: RECORD_BYTES, writes: true });
      const batch = [claimBytes(DESK, 'a', 1 as TimeUs)];
      expect(await wire.produce(batch)).toBe(0);
      proxy.cutAtAnswer = true;
      const second = [claimBytes(DESK, 'b', 1 as TimeUs)];
      await expect(wire.produce(second)).rejects.toThrow();
      await expect(wire.produce([claimBytes(DESK, 'c', 1 as TimeUs)])).rejects.toThrow('another batch behind one whose fate is not known');
      await wire.reconnect();
      expect(await wire.produce(second)).toBe(1);
      expect(await wire.range()).toEqual({ low: 0, high: 2 });
      await wire.close();
    });
  });

  describe('the broker', () => {
    test('is killed and started again while a desk appends: nothing acknowledged is lost, nothing doubled', async () => {
      const settings = settingsOf();
      const journal = await open(settings);
      let durable = 0;
      let seq = 0;
      const until = async (done: () => boolean) => {
        while (!done()) {
          append(journal, ++seq);
          durable = await journal.durable();
        }
      };
      await until(() => seq >= 100);
      const [broker] = kafka.brokers;
      await Promise.all([
        until(() => broker!.pid !== null && seq >= 200),
        (async () => {
          await broker!.kill();
          await broker!.start();
        })(),
      ]);
      expect(durable).toBe(seq);
      expect(await stored(settings)).toEqual(upTo(seq));
      expect(journal.repeated).toBe(0);
    });

    test('stops for three times its session and goes on: so does the desk', async () => {
      const settings = settingsOf();
      const journal = await open(settings);
      append(journal, 1, 10);
      await journal.durable();
      const [broker] = kafka.brokers;
      await broker!.pause();
      setTimeout(() => broker!.goOn(), 3 * SESSION_MS);
      append(journal, 11, 20);
      const started = performance.now();
      expect(await journal.durable()).toBe(20);
      expect(performance.now() - started).toBeGreaterThan(2 * SESSION_MS);
      append(journal, 21);
      await journal.durable();
      expect(await stored(settings)).toEqual(upTo(21));
      expect(journal.repeated).toBe(0);
    });

    test('stays away: the desk halts within its bound with the reason, for good; the next owner goes on', async () => {
      const settings = settingsOf({ stallMs: 1_000 });
      const journal = await open(settings);
      append(journal, 1);
      await journal.durable();
      const [broker] = kafka.brokers;
      await broker!.pause();
      append(journal, 2);
      const started = performance.now();
      await expect(journal.durable()).rejects.toThrow(JournalStalled);
      expect(performance.now() - started).toBeLessThan(4_000);
      expect(() => append(journal, 3)).toThrow(/Kafka has not taken a batch for topic-\d+\[0\] within \d+ ms/);
      broker!.goOn();
      const next = await open(settings);
      const { seq } = next.opened;
      expect([1, 2]).toContain(seq); // what was under way may have arrived
      append(next, seq + 1, 5);
      await next.durable();
      expect(await stored(settings)).toEqual(upTo(5));
    });
  });

  describe('two owners', () => {
    test('the later has the journal, the earlier finds out before anything of it counts, and stops with the reason', async () => {
      const settings = settingsOf();
      const first = await open(settings, { owner: 'first' });
      append(first, 1, 3);
      await first.durable();
      const second = await open(settings, { owner: 'second' });
      expect(second.opened).toMatchObject({ seq: 3, head: first.head, skipped: 0 });
      expect(second.takenFrom).toBe('first');
      append(second, 4);
      await second.durable();
      append(first, 4, 6);
      await expect(first.durable()).rejects.toThrow(JournalOwned);
      expect(() => append(first, 7)).toThrow(/was taken by second at offset \d+ .*this process writes no more/);
      append(second, 5);
      await second.durable();
      expect(second.late).toBe(3);
      const reader = readerAt(settings, DESK, digest);
      const frames = (await all(reader.frames()))
        .filter(({ frame }) => frame.kind === 'inputs')
        .map(({ frame }) => [frame.first, frame.epoch]);
      const [a, b] = [first.opened.epoch, second.opened.epoch];
      expect(frames).toEqual([...upTo(3).map((seq) => [seq, a]), [4, b], [5, b]]);
      expect(reader.skipped).toBe(3);
      expect((await open(settings)).opened).toMatchObject({ seq: 5, head: second.head, skipped: 3 });
    });

    test('a claim whose owner died before its first frame ends the earlier all the same', async () => {
      const settings = settingsOf();
      const first = await open(settings, { owner: 'first' });
      append(first, 1, 2);
      await first.durable();
      const dead = await Wire.open(settings, 0, { maxRecordBytes: RECORD_BYTES, writes: true });
      await dead.produce([claimBytes(DESK, 'dead', 5 as TimeUs)]);
      await dead.close();
      append(first, 3);
      await expect(first.durable()).rejects.toThrow('was taken by dead');
      const third = await open(settings);
      expect(third.opened).toMatchObject({ seq: 2, skipped: 1 });
      expect(third.takenFrom).toBe('dead');
      append(third, 3);
      await third.durable();
      expect(await stored(settings)).toEqual([1, 2, 3]);
      const last = await all(readerAt(settings, DESK, digest).frames(3 as never));
      expect(last[0]!.frame.epoch).toBe(third.opened.epoch);
    });

    test('of several that claim at once the last has it, and each other stops', async () => {
      const settings = settingsOf();
      await readyAt(settings);
      const all = await Promise.all(upTo(4).map((n) => open(settings, { owner: `owner ${n}` }).catch((error: unknown) => error as Error)));
      const owners = all.filter((one) => !(one instanceof Error)) as KafkaJournal[];
      for (const one of all) if (one instanceof Error) expect(one).toBeInstanceOf(JournalOwned);
      const outcomes = await Promise.all(
        owners.map((journal) => {
          try {
            append(journal, 1);
            return journal.durable().then(
              () => 'wrote',
              (error: Error) => error.name,
            );
          } catch (error) {
            return (error as Error).name;
          }
        }),
      );
      expect(outcomes.filter((outcome) => outcome === 'wrote')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['wrote', ...(outcomes.length > 1 ? ['JournalOwned'] : [])]));
      expect(await stored(settings)).toEqual([1]);
    });
  });

  describe('what is not as it should be is named, with the remedy', () => {
    test('one copy, where nobody said that this will do', async () => {
      const settings = settingsOf({ singleBroker: false });
      await expect(open(settings)).rejects.toThrow(KafkaRefused);
      await expect(open(settings)).rejects.toThrow('KAFKA_SINGLE_BROKER=true');
      const lines: string[] = [];
      const journal = await openJournalAt({
        settings: { ...settings, singleBroker: true },
        desk: DESK,
        digest,
        at: 1 as TimeUs,
        warn: (line) => lines.push(line),
      });
      await journal.close();
      expect(lines).toEqual([`topic ${settings.topic} has one copy: what its broker loses is lost. A cluster of three keeps it`]);
      await expect(open(settings)).rejects.toThrow('has one copy, which is lost with its broker');
    });

    test('a topic that forgets, compacts, or takes small records only', async () => {
      const settings = settingsOf();
      const { Kafka, logLevel } = (await import('kafkajs')).default;
      const admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const configEntries = Object.entries({ 'cleanup.policy': 'compact', 'retention.ms': '604800000', 'max.message.bytes': '1000000' });
      await admin.createTopics({
        topics: [{ topic: settings.topic, configEntries: configEntries.map(([name, value]) => ({ name, value })) }],
      });
      await admin.disconnect();
      const refused = await open(settings).catch((error: unknown) => error as Error);
      expect(refused).toBeInstanceOf(KafkaRefused);
      expect((refused as Error).message.split('\n').map((line) => line.split(':')[0])).toEqual([
        'cleanup.policy is compact',
        'retention.ms is 604800000',
        'max.message.bytes is 1000000',
      ]);
      expect((refused as Error).message).toContain(`kafka-configs.sh --alter --topic ${settings.topic} --add-config retention.ms=-1`);
    });

    test('a broker that is not there', async () => {
      await expect(open(settingsOf({ brokers: ['127.0.0.1:1'] }))).rejects.toThrow(KafkaUnreachable);
    });

    test('another desk, a partition that is not there, a topic that is not there, no room', async () => {
      const settings = settingsOf();
      await (await open(settings)).close();
      const other = { desk: 'desk-2' as DeskId };
      await expect(open({ ...settings, partition: 0 }, other)).rejects.toThrow(WrongDesk);
      await expect(open({ ...settings, partition: 0 }, other)).rejects.toThrow(`holds desk ${DESK}, not desk-2`);
      await expect(open({ ...settings, partition: 3 }, other)).rejects.toThrow('has 1 partitions, and none of number 3');
      await expect(open(settings, other)).rejects.toThrow(`all 1 partitions of topic ${settings.topic} hold desks (${DESK})`);
      await expect(all(readerAt(settings, other.desk, digest).frames())).rejects.toThrow(`holds no desk desk-2; there are: ${DESK}`);
      await expect(all(readerAt({ ...settings, topic: 'nowhere' }, DESK, digest).frames())).rejects.toThrow('there is no topic nowhere');
      const wide = settingsOf({ partitions: 2 });
      await open(wide);
      await open(wide, other);
      expect((await desksAt(wide)).map(({ desk, partition }) => [partition, desk])).toEqual([
        [0, DESK],
        [1, 'desk-2'],
      ]);
      // in a second partition it would be a second desk, and both would trade
      const roomy = settingsOf({ partitions: 3 });
      await (await open(roomy)).close();
      await expect(open({ ...roomy, partition: 2 })).rejects.toThrow(`desk ${DESK} lies in ${roomy.topic}[0], not in ${roomy.topic}[2]`);
      expect((await desksAt(roomy)).map(({ desk }) => desk).filter((desk) => desk !== null)).toEqual([DESK]);
    });

    test('a claim of another desk that came too late is passed over, and that desk finds room elsewhere', async () => {
      const settings = settingsOf({ partitions: 3 });
      const first = await open(settings);
      append(first, 1);
      await first.durable();
      const wire = await Wire.open(settings, 0, { maxRecordBytes: RECORD_BYTES, writes: true });
      await wire.produce([claimBytes('desk-2' as DeskId, 'too late', 1 as TimeUs)]);
      await wire.close();
      append(first, 2);
      await first.durable();
      expect(first.late).toBe(0);
      expect(await stored(settings)).toEqual([1, 2]);
      expect((await open(settings)).opened).toMatchObject({ seq: 2, skipped: 0 });
      const at = settingsOf({ partitions: 4 });
      await readyAt(at);
      const desks = ['a', 'b', 'c', 'd'] as DeskId[];
      const journals = await Promise.all(desks.map((desk) => open(at, { desk })));
      expect(journals.map(({ opened: { desk } }) => desk)).toEqual(desks);
      expect(new Set((await desksAt(at)).map(({ desk }) => desk))).toEqual(new Set(desks));
    });

    test('records that no desk wrote, damaged ones, and ones of a later build', async () => {
      const bytes = (journal: KafkaJournal) => encodeFrame(inputFrame(journal, 2), NO_HASH);
      const faults: readonly (readonly [string, (journal: KafkaJournal) => Uint8Array])[] = [
        ['a record that no desk wrote; a topic of a journal holds nothing else', () => Buffer.from('{"hello":1}')],
        [
          'the payload does not fit its checksum',
          (journal) => bytes(journal).map((byte, at, { length }) => (at === length - 1 ? byte ^ 1 : byte)),
        ],
        ['the frame before has hash', bytes],
        ['in a record of', (journal) => Buffer.concat([bytes(journal), Buffer.of(0)])],
      ];
      for (const [why, value] of faults) {
        const settings = settingsOf();
        const journal = await open(settings);
        append(journal, 1);
        await journal.durable();
        const wire = await Wire.open(settings, 0, { maxRecordBytes: RECORD_BYTES, writes: true });
        const offset = await wire.produce([value(journal)]);
        await wire.close();
        const fault = await all(readerAt(settings, DESK, digest).frames()).catch((error: unknown) => error as Error);
        expect(fault).toBeInstanceOf(JournalCorrupt);
        expect((fault as Error).message).toContain(`${settings.topic}[0]@${offset}: `);
        expect((fault as Error).message).toContain(why);
        await expect(open(settings)).rejects.toThrow(why);
      }
    });

    test('a topic that has forgotten the beginning: what a checkpoint needs can be read, the rest is refused', async () => {
      const settings = settingsOf();
      const journal = await open(settings);
      append(journal, 1, 20);
      journal.startSegment(1 as TimeUs);
      journal.append(checkpointFrame(journal, 20));
      append(journal, 21, 40);
      await journal.durable();
      await journal.close();
      const { Kafka, logLevel } = (await import('kafkajs')).default;
      const admin = new Kafka({ brokers: [...kafka.addresses], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.fetchTopicMetadata({ topics: [settings.topic] });
      const forget = (offset: number) =>
        admin.deleteTopicRecords({ topic: settings.topic, partitions: [{ partition: 0, offset: String(offset) }] });
      await forget(15);
      const reader = readerAt(settings, DESK, digest);
      expect(inputsIn(await all(reader.frames(30 as never, true)))).toEqual(upTo(20).map((n) => n + 20));
      await expect(all(reader.frames())).rejects.toThrow(JournalShortened);
      await expect(all(reader.frames(3 as never, true))).rejects.toThrow(
        /has forgotten what stands before offset 15 \(number \d+\), and number 3 is needed.*retention.ms=-1/,
      );
      expect((await open(settings)).opened).toMatchObject({ seq: 40, genesis: true });
      await forget(40);
      await expect(open(settings)).rejects.toThrow(JournalShortened);
      await admin.disconnect();
    });
  });
});
