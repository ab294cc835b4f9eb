/** How a person names a journal in Kafka: `kafka://host:port,host:port/topic/desk`. Reads text; touches no network. */

export type KafkaAddress = Readonly<{ brokers: readonly string[]; topic: string /** Null: the topic as a whole. */; desk: string | null }>;

/** The address is no address: what is wrong with it, and how one looks. */
export class BadAddress extends Error {
  override name = 'BadAddress';
}

const FORM = 'write it like kafka://127.0.0.1:9092/retrace/my-desk';
const SCHEME = 'kafka://';
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

export const isKafkaAddress = (text: string): boolean => text.startsWith(SCHEME);

export function kafkaAddress(text: string): KafkaAddress {
  const wrong = (why: string) => new BadAddress(`${text}: ${why}; ${FORM}`);
  if (!isKafkaAddress(text)) throw wrong('does not begin with kafka://');
  const [hosts = '', topic = '', desk = '', ...more] = text.slice(SCHEME.length).replace(/\/$/, '').split('/');
  if (more.length > 0) throw wrong('has more parts than hosts, topic and desk');
  const brokers = brokersIn(hosts);
  if (typeof brokers === 'string') throw wrong(brokers);
  if (topic === '') throw wrong('names no topic');
  if (!TOPIC.test(topic) || topic === '.' || topic === '..')
    throw wrong(`${JSON.stringify(topic)} is no name of a topic (letters, digits, . _ -)`);
  return { brokers, topic, desk: desk === '' ? null : decodeURIComponent(desk) };
}

/** A list of `host:port`, or what is wrong with it. */
export function brokersIn(text: string): readonly string[] | string {
  const brokers = text.split(',').map((part) => part.trim());
  for (const broker of brokers) {
    const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(broker) ?? [];
    if (host === undefined) return `${JSON.stringify(broker)} is no host:port`;
    if (Number(port) < 1 || Number(port) > 65_535) return `${broker}: no port has this number`;
  }
  return brokers;
}

export const addressText = ({ brokers, topic, desk }: KafkaAddress): string =>
  `${SCHEME}${brokers.join(',')}/${topic}${desk === null ? '' : `/${encodeURIComponent(desk)}`}`;
