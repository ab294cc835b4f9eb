// `npm run services`: the services a desk may use, on this machine without containers; ended by Ctrl-C, kept in a folder.
import './node-version.mjs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KAFKA_VERSION, KafkaBroker, kafkaJars, kafkaMissing } from './services/kafka.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const HELP = `npm run services -- [--brokers 1|3] [--port 19092] [--folder <path>]

Starts Kafka ${KAFKA_VERSION} on 127.0.0.1: one broker, or three of which two must hold each record. Needs a JRE 17 and, once, Maven.
What it holds lies in the folder (default: RETRACE_HOME/services) and is there again at the next start.`;

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '1' },
    port: { type: 'string', default: '19092' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const count = Number(values.brokers);
const port = Number(values.port);
const refuse = (line) => {
  process.stderr.write(`${line}\n`);
  process.exit(2);
};
if (values.help) {
  say(HELP);
  process.exit(0);
}
if (count !== 1 && count !== 3) refuse('--brokers: 1 or 3');
if (!Number.isInteger(port) || port < 1024 || port > 65_000) refuse('--port: a whole number from 1024 to 65000');
const missing = kafkaMissing();
if (missing !== null) refuse(missing);

const folder = resolve(values.folder ?? join(process.env.RETRACE_HOME ?? '.retrace', 'services'));
const controllers = Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, port + 100 + index]));
const brokers = Array.from({ length: count }, (_, index) => {
  const nodeId = index + 1;
  return new KafkaBroker({
    folder: join(folder, `kafka-${count}`, String(nodeId)),
    nodeId,
    port: port + index,
    controllerPort: controllers[nodeId],
    controllers,
  });
});

say(`Kafka ${KAFKA_VERSION} in ${folder} …`);
kafkaJars();
const stop = async () => {
  await Promise.all(brokers.map((broker) => broker.stop()));
  process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
await Promise.all(brokers.map((broker) => broker.start()));
const addresses = brokers.map(({ address }) => address).join(',');
for (const { spec, address, pid } of brokers) say(`  broker ${spec.nodeId} at ${address}, process ${pid}`);
say('Ctrl-C stops it. In another terminal:');
say(`  KAFKA_BROKERS=${addresses} npx retrace demo`);
