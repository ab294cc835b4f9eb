// A real Kafka without containers: its jars by Maven from the pom beside this file, one process a broker, a folder a broker.
// Decides nothing about topics; whoever starts a broker ends it, by its process id.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const KAFKA_VERSION = '4.3.1';
const POM = join(dirname(fileURLToPath(import.meta.url)), 'kafka.pom.xml');
const LEAST_JAVA = 17;
const STARTED_MS = 60_000;
const STOPPED_MS = 10_000;

const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'retrace', `kafka-${KAFKA_VERSION}`);
const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

/**
 * Why no broker can be started here, in one sentence; null when one can.
 * @returns {string | null}
 */
export function kafkaMissing() {
  const told = spawnSync(java(), ['-version'], { encoding: 'utf8' });
  if (told.error)
    return `no Java was found: install a JRE of version ${LEAST_JAVA} or newer (Debian: default-jre-headless), or set JAVA_HOME`;
  const version = Number(/version "(\d+)/.exec(told.stderr)?.[1] ?? 0);
  if (version < LEAST_JAVA)
    return `Java ${version} is too old for Kafka ${KAFKA_VERSION}: install ${LEAST_JAVA} or newer, or set JAVA_HOME`;
  if (existsSync(cacheFolder()) || !spawnSync('mvn', ['-version']).error) return null;
  return 'no Maven was found, which fetches the jars of Kafka: install it (Debian: maven)';
}

/**
 * The folder of Kafka's jars, fetched once.
 * @returns {string}
 */
export function kafkaJars() {
  const folder = cacheFolder();
  if (existsSync(folder)) return folder;
  const part = `${folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  const args = ['-B', '-q', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${part}`, '-DincludeScope=runtime'];
  const told = spawnSync('mvn', args, { encoding: 'utf8' });
  if (told.status !== 0 || !readdirSync(part).some((name) => name.startsWith('kafka_'))) {
    rmSync(part, { recursive: true, force: true });
    throw new Error(`Maven could not fetch Kafka ${KAFKA_VERSION}: ${told.error?.message ?? `${told.stdout}${told.stderr}`.slice(-2_000)}`);
  }
  try {
    renameSync(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(part, { recursive: true, force: true }); // another process was faster
  }
  return folder;
}

/**
 * @typedef {object} BrokerSpec
 * @property {string} folder its own: a second broker on it would destroy both
 * @property {number} nodeId
 * @property {number} port
 * @property {number} controllerPort
 * @property {Record<number, number>} controllers the controller port of every node
 * @property {{ listen: number, advertise: number }} [proxied] a second door, for those who come through a proxy
 * @property {Record<string, string | number>} [settings] beside ours, or instead
 * @property {number} [heapMb]
 */

/** One broker that also is a controller; what is in `settings` is the broker's own language. */
function properties({ folder, nodeId, port, controllerPort, controllers, proxied, settings = {} }) {
  const nodes = Object.entries(controllers);
  const copies = Math.min(3, nodes.length);
  const inSync = copies > 1 ? 2 : 1;
  const doors = (door) => [`PLAINTEXT://127.0.0.1:${port}`, ...(proxied ? [`PROXIED://127.0.0.1:${proxied[door]}`] : [])].join(',');
  const all = {
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': nodes.map(([node, at]) => `${node}@127.0.0.1:${at}`).join(','),
    listeners: `${doors('listen')},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': doors('advertise'),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'num.network.threads': 2,
    'num.io.threads': 4,
    'num.partitions': 1,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    // a start after a kill waits until the old life's session has run out
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
    'replica.lag.time.max.ms': 5_000,
    ...settings,
  };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

/** 22 characters that every node of a cluster is formatted with, and again the same for the same controllers. */
const clusterId = (controllers) =>
  createHash('sha256').update(JSON.stringify(controllers)).digest().subarray(0, 16).toString('base64url').replace(/^-/, 'A');

const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** Every thread of a process stands still. Where nobody says so, it is believed. */
function isStopped(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.every((thread) => /\) [tT] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  } catch {
    return true;
  }
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Ended with this process, whatever ends it. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One broker: started, killed, paused and started again on its own folder. */
export class KafkaBroker {
  /** @type {BrokerSpec} */
  spec;
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;

  /** @param {BrokerSpec} spec */
  constructor(spec) {
    this.spec = spec;
  }

  get address() {
    return `127.0.0.1:${this.spec.port}`;
  }

  /** @returns {number | null} */
  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Resolves when its port is open. */
  async start() {
    if (this.#child !== null) throw new Error('the broker runs already');
    const { folder, port, controllers, heapMb = 384 } = this.spec;
    const jars = join(kafkaJars(), '*');
    mkdirSync(folder, { recursive: true });
    const settings = join(folder, 'server.properties');
    writeFileSync(settings, properties(this.spec));
    if (!existsSync(join(folder, 'data', 'meta.properties'))) {
      const args = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', jars, 'kafka.tools.StorageTool', 'format'];
      const told = spawnSync(java(), [...args, '-t', clusterId(controllers), '-c', settings], { encoding: 'utf8' });
      if (told.status !== 0) throw new Error(`Kafka could not format ${folder}: ${`${told.stdout}${told.stderr}`.slice(-1_000)}`);
    }
    const log = join(folder, 'broker.log');
    const out = openSync(log, 'a');
    const options = [`-Xmx${heapMb}m`, '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];
    const child = spawn(java(), [...options, ...logging, '-cp', jars, 'kafka.Kafka', settings], { stdio: ['ignore', out, out] });
    closeSync(out);
    this.#child = child;
    running.add(child);
    child.on('exit', () => {
      running.delete(child);
      if (this.#child === child) this.#child = null;
    });
    for (const end = Date.now() + STARTED_MS; !(await isOpen(port)); await later(25)) {
      if (child.exitCode === null && child.signalCode === null && Date.now() < end) continue;
      await this.kill();
      throw new Error(`the broker on port ${port} did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
    }
  }

  /** As an operator would; what does not end is killed. */
  async stop() {
    if (!(await this.#end('SIGTERM', STOPPED_MS))) await this.kill();
  }

  async kill() {
    await this.#end('SIGKILL', STOPPED_MS);
  }

  /** It keeps its connections and answers nobody: resolves when its last thread has stopped. */
  async pause() {
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGSTOP');
    for (const end = Date.now() + STOPPED_MS; !isStopped(child.pid) && Date.now() < end; ) await later(10);
  }

  goOn() {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal, withinMs) {
    const child = this.#child;
    if (child === null) return true;
    const ended = new Promise((resolve) => child.once('exit', () => resolve(true)));
    child.kill('SIGCONT'); // a paused one hears no SIGTERM
    child.kill(signal);
    return Promise.race([ended, later(withinMs).then(() => false)]);
  }
}
