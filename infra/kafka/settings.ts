/** What is needed to reach a journal's Kafka, from `KAFKA_*` variables or from the configuration; every fault is told at once. */
import { brokersIn } from './address.ts';

export type Sasl = Readonly<{ mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }>;

export type KafkaSettings = Readonly<{
  brokers: readonly string[];
  topic: string;
  /** Null: the one that holds the desk, or the first that is empty. */
  partition: number | null;
  /** How many a topic gets that is made here: so many desks find room in it. */
  partitions: number;
  /** One broker holds everything alone: what it loses is lost. */
  singleBroker: boolean;
  tls: boolean;
  sasl: Sasl | null;
  /** A request that was not answered for so long is sent again, on a new connection. */
  requestMs: number;
  /** So long one batch is tried again; then the desk halts. */
  stallMs: number;
}>;

export const KAFKA_STANDARD = { topic: 'retrace', partitions: 8, requestMs: 3_000, stallMs: 15_000 } as const;

/** Settings that are none, each fault with its variable. */
export class BadKafkaSettings extends Error {
  override name = 'BadKafkaSettings';
}

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
type Env = Readonly<Record<string, string | undefined>>;

/** Every variable that is read here, and what it says. */
export const KAFKA_VARIABLES: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: 'host:port of one or more brokers: the journal is a partition of a topic there',
  KAFKA_TOPIC: 'the topic (default: retrace)',
  KAFKA_PARTITION: 'which partition (default: the one that holds the desk, or the first that is empty)',
  KAFKA_PARTITIONS: 'how many a topic gets that is made here (default: 8)',
  KAFKA_SINGLE_BROKER: 'true: a topic of one copy is taken, which is lost with its broker',
  KAFKA_REQUEST_MS: 'a request that was not answered for so long is sent again, on a new connection (default: 3000)',
  KAFKA_STALL_MS: 'so long a batch is tried again before the desk halts (default: 15000)',
  KAFKA_TLS: 'true: connections are encrypted',
  KAFKA_SASL_MECHANISM: 'plain, scram-sha-256 or scram-sha-512',
  KAFKA_USERNAME: 'who signs in',
  KAFKA_PASSWORD: 'and with what; never shown',
};

/** Null when no broker is named: then journals lie in files. */
export function kafkaSettings(env: Env, given: Partial<KafkaSettings> = {}): KafkaSettings | null {
  const faults: string[] = [];
  const { KAFKA_BROKERS: named } = env;
  const brokers = named === undefined ? (given.brokers ?? null) : brokersIn(named);
  if (typeof brokers === 'string') faults.push(`KAFKA_BROKERS: ${brokers}; write it like 127.0.0.1:9092,127.0.0.1:9093`);
  const whole = (name: string, least: number, most: number): number | null => {
    const text = env[name];
    if (text === undefined) return null;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    faults.push(`${name}: ${JSON.stringify(text)} is no whole number from ${least} to ${most}`);
    return null;
  };
  const yes = (name: string): boolean | null => {
    const text = env[name];
    if (text === undefined) return null;
    if (text !== 'true' && text !== 'false') faults.push(`${name}: write true or false, not ${JSON.stringify(text)}`);
    return text === 'true';
  };
  const topic = env['KAFKA_TOPIC'] ?? given.topic ?? KAFKA_STANDARD.topic;
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic))
    faults.push(`KAFKA_TOPIC: ${JSON.stringify(topic)} is no name of a topic (letters, digits, . _ -)`);
  const partition = whole('KAFKA_PARTITION', 0, 100_000) ?? given.partition ?? null;
  const partitions = whole('KAFKA_PARTITIONS', 1, 1_000) ?? given.partitions ?? KAFKA_STANDARD.partitions;
  const requestMs = whole('KAFKA_REQUEST_MS', 100, 60_000) ?? given.requestMs ?? KAFKA_STANDARD.requestMs;
  const stallMs = whole('KAFKA_STALL_MS', 1_000, 600_000) ?? given.stallMs ?? KAFKA_STANDARD.stallMs;
  const singleBroker = yes('KAFKA_SINGLE_BROKER') ?? given.singleBroker ?? false;
  const tls = yes('KAFKA_TLS') ?? given.tls ?? false;
  const sasl = saslFrom(env, faults);
  if (faults.length > 0) throw new BadKafkaSettings(faults.join('\n'));
  if (brokers === null) return null;
  return { brokers: brokers as readonly string[], topic, partition, partitions, singleBroker, tls, sasl, requestMs, stallMs };
}

function saslFrom(env: Env, faults: string[]): Sasl | null {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = env;
  if (mechanism === undefined && username === undefined && password === undefined) return null;
  const known = MECHANISMS.find((one) => one === (mechanism ?? 'plain'));
  if (known === undefined) faults.push(`KAFKA_SASL_MECHANISM: write one of ${MECHANISMS.join(', ')}`);
  if (username === undefined) faults.push('KAFKA_USERNAME: is missing beside KAFKA_PASSWORD or KAFKA_SASL_MECHANISM');
  if (password === undefined) faults.push('KAFKA_PASSWORD: is missing beside KAFKA_USERNAME or KAFKA_SASL_MECHANISM');
  return known === undefined || username === undefined || password === undefined ? null : { mechanism: known, username, password };
}
