/** Whether a desk's journal lies in Kafka, and where: by an address, by KAFKA_BROKERS, or by the configuration. Reads settings only. */
import type { JournalReader } from '#engine/journal/port.ts';
import { type DeskId, deskId } from '#engine/values.ts';
import { addressText, BadAddress, isKafkaAddress, kafkaAddress } from '#infra/kafka/address.ts';
import { BadKafkaSettings, type KafkaSettings, kafkaSettings } from '#infra/kafka/settings.ts';
import { Refused } from '../answer.ts';

/** `address` is how it is told to people, and taken by commands that read. */
export type KafkaPlace = Readonly<{ settings: KafkaSettings; desk: DeskId; address: string }>;

/** A reader of any kind of journal; what it left out and what was no whole frame, in its last reading. */
export type NamedReader = JournalReader & Readonly<{ skipped: number; tail: Readonly<{ place: string; why: string }> | null }>;

type Env = Readonly<Record<string, string | undefined>>;

/** Null when no broker is named: then it lies in a folder. */
export function kafkaPlace(desk: DeskId, given: Partial<KafkaSettings> = {}, env: Env = process.env): KafkaPlace | null {
  const settings = told(() => kafkaSettings(env, given));
  return settings === null ? null : { settings, desk, address: addressText({ ...settings, desk }) };
}

/** The place an address names. It says where; who signs in, and how, is said by the environment. */
export function kafkaPlaceAt(text: string, given: Partial<KafkaSettings> = {}, env: Env = process.env): KafkaPlace {
  const address = told(() => kafkaAddress(text));
  const { brokers, topic, desk } = address;
  if (desk === null) throw new Refused(2, [`${text}: names a topic and no desk`], `npx retrace journal ls ${text}`);
  const settings = told(() => kafkaSettings({ ...env, KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: topic }, given))!;
  return { settings, desk: deskId(desk), address: addressText(address) };
}

/** What lets a desk go on that its journal has stopped. */
export function afterStall({ name }: Error, place: string): string {
  if (name === 'JournalOwned') return 'the other process has the desk; stop it and start again to have it back';
  if (isKafkaAddress(place)) return 'see that its broker answers, then start again: it goes on';
  return `make room for ${place}, then start again: it goes on`;
}

function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadAddress) throw new Refused(2, [error.message], 'npx retrace journal ls');
    if (error instanceof BadKafkaSettings) throw new Refused(2, error.message.split('\n'), 'docs/kafka.md tells what each setting is');
    throw error;
  }
}
