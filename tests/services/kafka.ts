/** A real broker, or three, for tests: on loopback, on free ports, in a fresh folder, ended by process id. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaBroker, kafkaMissing } from '../../scripts/services/kafka.mjs';

/** Why there can be no broker here; where a run decides, that is a failure and no reason to leave tests out. */
export function missingKafka(): string | null {
  const why = kafkaMissing();
  if (why !== null && process.env['CI'] === 'true') throw new Error(why);
  return why;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export type Brokers = Readonly<{
  brokers: readonly KafkaBroker[];
  /** As KAFKA_BROKERS takes them. */
  addresses: readonly string[];
  end(): Promise<void>;
}>;

/** Started; with `proxyPort` each broker has a second door that it says is there. */
export async function startBrokers(count: 1 | 3 = 1, proxyPort: number | null = null): Promise<Brokers & Readonly<{ proxied: number }>> {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-kafka-'));
  const ports = await freePorts(2 * count + 1);
  const controllers = Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, ports[count + index]!]));
  const proxied = ports[2 * count]!;
  const brokers = Array.from({ length: count }, (_, index) => {
    const nodeId = index + 1;
    return new KafkaBroker({
      folder: join(folder, String(nodeId)),
      nodeId,
      port: ports[index]!,
      controllerPort: controllers[nodeId]!,
      controllers,
      heapMb: count === 1 ? 384 : 256,
      ...(proxyPort === null ? {} : { proxied: { listen: proxied, advertise: proxyPort } }),
    });
  });
  const end = async () => {
    await Promise.all(brokers.map((broker) => broker.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(brokers.map((broker) => broker.start()));
  } catch (error) {
    await end();
    throw error;
  }
  return { brokers, addresses: brokers.map(({ address }) => address), proxied, end };
}
