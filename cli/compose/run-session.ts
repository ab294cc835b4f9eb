/**
 * One life of a configured desk: everything checked before anything trades, the journal resumed, the venue reconciled with, commands
 * taken, and a clean end. Whatever goes wrong leaves by name; it decides nothing about trading.
 */
import { join } from 'node:path';
import type { Desk } from '#actors/desk.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { SyntheticMarket, type SyntheticSpec, syntheticSpec } from '#engine/market/synthetic.ts';
import type { Plain } from '#engine/record.ts';
import type { AccountId, StrategyId, TimeUs } from '#engine/values.ts';
import { deskId } from '#engine/values.ts';
import type { Wanted } from '#gateway/transport/choose.ts';
import { askBreaker } from '#infra/breaker/ask-breaker.ts';
import { BreakerClient } from '#infra/breaker/breaker-client.ts';
import { localFeed } from '#infra/brokers/local/feed.ts';
import { readVenueKey, type VenueKey } from '#infra/config/key-file.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import type { Override } from '#infra/config/run-layers.ts';
import { strategyIdOf } from '#infra/config/run-strategies.ts';
import { AccountTaken, lockAccount } from '#infra/control/account-lock.ts';
import { socketPath, UnsafeFolder } from '#infra/control/place.ts';
import type { ControlDesk } from '#infra/control/port.ts';
import { type Control, openControl } from '#infra/control/server.ts';
import { measuresOf } from '#replay/picture.ts';
import { realClock, sleep } from '#streams/clock.ts';
import { Door } from '#streams/door.ts';
import type { InputBody } from '#streams/feed.ts';
import { paced } from '#streams/pace.ts';
import { bounded, boundedCursor } from '#streams/pulled.ts';
import { type Halt, SequencerHalted } from '#streams/sequencer.ts';
import { type Answer, Refused, say } from '../answer.ts';
import { type Level, type Log, openLog } from '../log.ts';
import { catalogue, type FoundStrategy, keepStrategy } from '../research/kept-strategies.ts';
import { grouped } from '../screen/desk-screen.ts';
import { coloursFor, isTerminal } from '../screen/terminal.ts';
import { equityText } from '../screen/watch.ts';
import { type BrokerSpec, brokerFor } from './brokers.ts';
import { thisBuild } from './build.ts';
import { BEAT_US, DEMO_START, FAULTS } from './demo-settings.ts';
import { CommandAnswers, deskControl } from './desk-control.ts';
import { deskHome, isJournal, newestOf, unusedOf } from './desk-home.ts';
import { stoppedNote } from './desk-status.ts';
import { DiskForecast } from './disk-forecast.ts';
import { openDeskGateway, Watch } from './gateway/desk-gateway.ts';
import { firstRunLines, gatewayLine, listenOf, openOrSay } from './gateway/listening.ts';
import { manifestOf, readerIn, shortPath } from './journal-reader.ts';
import { afterStall, type KafkaPlace, kafkaPlace } from './kafka-place.ts';
import { changesBetween, standingOf } from './run-changes.ts';
import { configHash, runInputs, runManifest } from './run-inputs.ts';
import { runInstruments, sourceOf } from './run-instruments.ts';
import { readWithStrategies } from './run-strategies.ts';
import { openRunningDesk, type RunningDesk } from './running-desk.ts';
import { onStop } from './signals.ts';
import { instrumentsAt } from './venue-instruments.ts';

export type RunAsked = Readonly<{
  config: string | null;
  overrides: readonly Override[];
  anew: boolean;
  /** Of the synthetic market: stop after so many ticks. */
  ticks: number | null;
  /** Whether it may be watched: a port for the dashboard and the API. */
  watched: boolean;
  /** Called once it hears of a stop itself. */
  started: () => void;
}>;

/** A request to a venue that takes longer is given up; its outcome is then unknown. */
const REQUEST_US = 2_000_000;
/** Another machine may have decided what is asked about: its clock may differ from ours by so much. */
const CLOCK_SKEW_US = 500_000;
/** An order decided so long ago is dead, whoever sends it: the next owner of the desk waits for no more than that. */
const MOST_IN_KAFKA_US = 2_000_000;
const AWAY_US = 2_000_000;
const FRAME_NUMBERS = 4_096;
const DISK_LOOK_MS = 60_000;
const KILL_WAIT_MS = 10_000;
/** What was halted by its disk may be started again when there is room; all else is a bug of ours. */
const OUTSIDE: readonly Halt['why'][] = ['journal', 'overrun'];

export async function runDesk(asked: RunAsked): Promise<Answer> {
  const { read, strategies } = await readWithStrategies(asked.config, asked.overrides);
  const { config } = read;
  const home = deskHome().path;
  const { account, journal } = config;
  const kafka = placeInKafka(config, asked.anew);
  const outside = account.venue !== 'paper';
  const key = outside ? readVenueKey(account, process.env) : null;
  const folder = kafka !== null ? kafka.address : asked.anew ? unusedOf(journal.folder) : newestOf(journal.folder);
  const log = openLog({
    level: config.log.level as Level,
    colours: isTerminal(process.stderr) ? coloursFor(process.stderr) : null,
    secrets: key === null ? [] : [key.key, key.secret],
    armedByHand: config.mode === 'live',
  });
  const lock = key === null ? null : await accountOf(read, home, folder, key);
  const closing: (() => Promise<unknown> | unknown)[] = [async () => log.flush()];
  if (lock !== null) closing.push(() => lock.release());
  try {
    return await live({ read, strategies, asked, home, folder, kafka, key, log, closing });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Null: the journal lies in its folder. */
function placeInKafka({ desk, journal, account }: ReadConfig['config'], anew: boolean): KafkaPlace | null {
  const { brokers, topic, partition, copies, stall } = journal.kafka;
  const place = kafkaPlace(deskId(desk), {
    ...(brokers === null ? {} : { brokers: brokers.split(',').map((one) => one.trim()) }),
    ...{ topic, partition, singleBroker: copies === 'one', stallMs: stall / 1_000 },
  });
  if (place === null) return null;
  if (anew)
    throw new Refused(2, [`--new: a topic holds a desk once, and ${place.address} stays as it is`], 'name another journal.kafka.topic');
  if ((account.sendWindow ?? 0) > MOST_IN_KAFKA_US)
    throw new Refused(
      2,
      ['account.sendWindow is above 2s, and the journal lies in Kafka: who takes the desk over waits as long before it trades'],
      'write account: { sendWindow: 2s } or less',
    );
  return place;
}

/** What the journal was begun with; null where nothing was yet. */
async function beginningOf(folder: string): Promise<Plain> {
  try {
    return await manifestOf(readerIn(folder));
  } catch (error) {
    if ((error as Error).name === 'NoSuchDesk') return null;
    throw error;
  }
}

type Life = Readonly<{
  read: ReadConfig;
  strategies: readonly FoundStrategy[];
  asked: RunAsked;
  home: string;
  folder: string;
  kafka: KafkaPlace | null;
  key: VenueKey | null;
  log: Log;
  /** Run in the other order, whatever comes. */
  closing: (() => Promise<unknown> | unknown)[];
}>;

async function live({ read, strategies, asked, home, folder, kafka, key, log, closing }: Life): Promise<Answer> {
  const { config } = read;
  const manifest = kafka !== null || isJournal(folder) ? await beginningOf(folder) : null;
  const resumed = kafka === null ? isJournal(folder) : manifest !== null;
  const instruments = await instrumentsOf(read, resumed ? folder : null);
  const { genesis, armings } = runInputs(read, instruments);
  const desk = deskId(config.desk);
  const synthetic = config.feed.source === 'synthetic';
  const spec = key === null ? null : brokerSpec(config.account, key, instruments);

  const parts: { running: RunningDesk | null; halt: Halt | null; stopping: string | null } = { running: null, halt: null, stopping: null };
  let stop: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    stop = resolve;
  });
  /** Said before there is a desk to say it to. */
  const early: InputBody[] = [];
  const submit = (body: InputBody) => {
    try {
      if (parts.running === null) early.push(body);
      else parts.running.sequencer.submit(body);
    } catch (error) {
      if (!(error instanceof SequencerHalted)) throw error;
    }
  };

  const breaker = await openBreaker({ home, desk, spec, config, log, onKilled: (body) => submit(body) });
  closing.push(() => breaker.close());
  const left = await breaker.sideFile.entries();
  for (const { command } of left) log.say('warn', 'the desk was killed while its journal could not say so', { why: command.why });

  const answers = new CommandAnswers();
  const arming = new Arming(armings, submit);
  const watch = new Watch();
  const hear = (decision: Decision): void => {
    answers.hear(decision);
    const { running } = parts;
    if (running === null) return; // derived again on opening: said in its own life
    watch.decided(decision);
    arming.hear(decision);
    if (decision.type === 'GateMoved' && decision.scope === 'global' && decision.from === 'KILLED') lift(breaker, log);
    log.decision(decision, measuresOf(running.live.run.desk.parts));
  };
  const running = await openRunningDesk({
    folder,
    desk,
    catalogue,
    manifest: runManifest(config, thisBuild()),
    config: configHash(config),
    flags: [],
    segmentBytes: config.journal.segmentBytes,
    ...(kafka === null ? {} : { kafka: kafka.settings, warn: (line: string) => log.say('warn', line) }),
    socket: socketPath(home, config.desk),
    genesis,
    entries: ({ live: { run } }) => {
      const changes =
        manifest === null || run.desk.seq === 0 ? [] : changesBetween(standingOf(run.desk, config.desk, manifest), read, instruments);
      for (const strategy of strategies) keepStrategy(strategy); // before the journal names it
      return [...left.map((entry): InputBody => ({ type: 'CommandGiven', ...entry })), ...changes];
    },
    time: synthetic ? 'data' : 'wall',
    startAt: synthetic ? DEMO_START : (Math.floor(realClock.wallUs()) as TimeUs),
    accounts:
      spec === null
        ? []
        : [
            {
              account: spec.account,
              broker: brokerFor(spec),
              sendWindowUs: config.account.sendWindow!,
              reconcileEveryUs: config.account.reconcileEvery!,
              // the owner before may have had a longer window than this one
              ...(kafka === null ? {} : { marginUs: CLOCK_SKEW_US + Math.max(0, MOST_IN_KAFKA_US - config.account.sendWindow!) }),
            },
          ],
    latch: breaker,
    watch: breaker,
    observer: hear,
    onHalt: (halt) => {
      parts.halt = halt;
      stop();
    },
    log: (level, what, fields) => log.say(level === 'warning' ? 'warn' : level, what, fields),
  });
  parts.running = running;
  for (const body of early.splice(0)) submit(body);
  arming.look(running.live.run.desk);
  // the ceremony was over before, and a crash kept its latch: the kill has entered long ago, and is lifted
  if (left.length > 0 && running.live.run.desk.parts.gates.global.living.value !== 'KILLED') lift(breaker, log);
  sayOpened(log, running, folder, resumed);
  sayWhatWaits(log, running, read);

  asked.started();
  const off = onStop((signal) => {
    parts.stopping = signal;
    log.say('info', `stopping at ${signal}${spec === null ? '' : ': orders that work at the venue go on working there'}`);
    running.sequencer.halted ?? stop();
  });
  closing.push(off);
  const disk = DiskForecast.of(kafka === null ? folder : home);
  closing.push(disk.start());
  closing.push(watchDisk(disk, config.disk, log));
  const handler = deskControl({
    live: running.live,
    sequencer: running.sequencer,
    answers,
    folder,
    time: synthetic ? 'data' : 'wall',
    stop: (how) => {
      if (how === 'forced') process.exit(130);
      stop();
    },
    disk,
    breaker: () => breaker.health(),
    configured: config.strategies.map(strategyIdOf),
    watch: watch.attach,
  });
  const control: Control = await openControl({
    home,
    desk: config.desk,
    handler,
    about: { build: thisBuild().hash, journal: folder, breaker: breaker.socket },
  });
  closing.push(() => control.close());
  if (asked.watched && config.gateway.port !== 'off') {
    const gateway = await openOrSay(
      openDeskGateway(watch, {
        ...{ home, desk: config.desk, live: running.live, control: killingTwice(handler, breaker, log), demo: false },
        time: synthetic ? 'data' : 'wall',
        listen: listenOf(config.gateway),
        sockets: config.gateway.sockets as Wanted,
        log: (level, what, fields) => log.say(level, what, fields),
        follow: (heard) => log.follow(heard),
      }),
      (why) => log.say('error', why),
    );
    if (gateway !== null) {
      closing.push(() => gateway.close());
      log.say('info', gatewayLine(gateway));
      for (const line of firstRunLines(gateway)) log.sayHere('info', line);
    }
  }

  if (synthetic) void playSynthetic(running, read, instruments, asked.ticks).then(stop, stop);
  else running.follow(feedOf(config, instruments));
  await ended;

  const { halt } = parts;
  if (halt !== null) {
    // in Kafka the desk may be another's by now, and its orders with it: nothing more is asked of the venue from here
    const cancelled = kafka !== null && halt.why === 'journal' ? 0 : await running.abandon();
    throw haltRefusal(halt, running, folder, cancelled);
  }
  const before = spec === null ? 0 : running.live.run.desk.parts.orders.working.length; // on paper they wait in the journal with the desk
  await running.close();
  return answerOf(running, folder, before, resumed);
}

// what must be there before anything trades

async function accountOf(read: ReadConfig, home: string, journal: string, key: VenueKey) {
  const { account, desk } = read.config;
  try {
    return await lockAccount({ url: account.url!, keyId: key.key.reveal(), desk, home, journal, socket: socketPath(home, desk) });
  } catch (error) {
    if (error instanceof AccountTaken) throw new Refused(1, [`AccountTaken: ${error.message}`], error.next, { error: 'AccountTaken' });
    if (error instanceof UnsafeFolder) throw new Refused(3, [`UnsafeFolder: ${error.message}`], UNSAFE, { error: 'UnsafeFolder' });
    throw error;
  }
}

const UNSAFE = 'have it removed by whom it belongs to (ls -ld shows who): a lock or a socket lies in it';

/** A first start needs its venue now; a desk that is there waits for it. */
async function instrumentsOf(read: ReadConfig, folder: string | null): Promise<Instrument[]> {
  const { config } = read;
  const url = config.feed.url ?? config.account.url;
  if (config.feed.source === 'synthetic' && config.account.venue === 'paper') return runInstruments(read, null);
  for (let asked = 0; ; asked += 1) {
    const told = await instrumentsAt(url!);
    if (told !== null) return runInstruments(read, told);
    if (folder === null)
      throw new Refused(
        3,
        [`nobody answers at ${url}`],
        'npx retrace exchange starts the local exchange; account.url and feed.url say where',
      );
    if (asked === 0) say(`Nobody answers at ${url}. ${shortPath(folder)} goes on when the venue is back; Ctrl-C ends the waiting.`);
    await sleep(realClock, AWAY_US);
  }
}

function brokerSpec(account: ReadConfig['config']['account'], key: VenueKey, instruments: readonly Instrument[]): BrokerSpec {
  return {
    venue: 'local',
    account: account.id as AccountId,
    url: account.url!,
    key: key.key.reveal(),
    secret: key.secret.reveal(),
    instruments,
    timeoutUs: REQUEST_US,
  };
}

type BreakerAsked = Readonly<{
  home: string;
  desk: string;
  spec: BrokerSpec | null;
  config: ReadConfig['config'];
  log: Log;
  onKilled: (body: InputBody) => void;
}>;

async function openBreaker({ home, desk, spec, config, log, onKilled }: BreakerAsked): Promise<BreakerClient> {
  const breaker = new BreakerClient({
    program: join(thisBuild().root, 'dist', 'retrace-breaker.mjs'),
    config: {
      desk,
      home,
      brokers: spec === null ? [] : [{ account: spec.account, spec: spec as never }],
      sendWindowUs: config.account.sendWindow ?? 0,
      httpPort: config.breaker.port === 'off' ? null : (config.breaker.port as number),
    },
    onKilled: ({ id, by, why }) => {
      log.say('error', `killed by ${by}: ${why}`, { kill: id });
      onKilled({ type: 'CommandGiven', key: `breaker:${id}`, by, sawSeq: null, command: { do: 'Kill', why } });
    },
    onTrouble: (why) => log.say('warn', why),
  });
  await breaker.start();
  return breaker;
}

/** A kill from a page goes to the breaker as well: it cancels also while the journal stalls, or the desk does nothing any more. */
function killingTwice(handler: ControlDesk, breaker: BreakerClient, log: Log): ControlDesk {
  return {
    ...handler,
    command(asked) {
      const { command, by } = asked;
      if (command.do === 'Kill' && breaker.socket !== null)
        askBreaker(breaker.socket, { by, why: command.why, flatten: false }, KILL_WAIT_MS).catch((error: unknown) =>
          log.say('error', `the breaker was not reached: ${String(error)}`),
        );
      return handler.command(asked);
    },
  };
}

/** The ceremony is over in the desk: orders may leave again. A latch that cannot be lifted stays, and nothing leaves. */
function lift(breaker: BreakerClient, log: Log): void {
  const lifting = async () => {
    const latch = await breaker.sideFile.read();
    if (latch === null) return;
    await breaker.lift(latch.id);
    log.say('info', 'the latch of the kill was lifted', { kill: latch.id });
  };
  lifting().catch((error: unknown) => log.say('error', `the latch of the kill could not be lifted: ${String(error)}`));
}

/** Paper arms itself, each scope once it can be armed: the same key makes the second time nothing. */
class Arming {
  readonly #armings: readonly InputBody[];
  readonly #submit: (body: InputBody) => void;

  constructor(armings: readonly InputBody[], submit: (body: InputBody) => void) {
    this.#armings = armings;
    this.#submit = submit;
  }

  hear(decision: Decision): void {
    if (decision.type === 'GateMoved' && decision.to === 'ARMED') this.#arm(decision.scope, decision.of);
  }

  look({ parts }: Desk): void {
    for (const { scope, of, living } of parts.gates.all) if (living.value === 'ARMED') this.#arm(scope, of);
  }

  #arm(scope: string, of: string): void {
    for (const body of this.#armings) {
      if (body.type !== 'CommandGiven' || body.command.do !== 'Arm') continue;
      if (body.command.scope === scope && (scope === 'global' || body.command.of === of)) setImmediate(this.#submit, body);
    }
  }
}

// the feeds

function feedOf(config: ReadConfig['config'], instruments: readonly Instrument[]) {
  const door = new Door(instruments);
  return localFeed({
    url: config.feed.url!,
    source: sourceOf(config),
    instruments: instruments.map(({ id }) => id),
    admit: (seen) => door.admit(seen),
    clock: realClock,
  });
}

/** A synthetic market brings its own time; it is held to the clock at the speed asked for. */
function playSynthetic(
  { live, opened, sequencer }: RunningDesk,
  { config }: ReadConfig,
  instruments: readonly Instrument[],
  ticks: number | null,
) {
  const { seed, faults, speed } = config.feed;
  const spec: SyntheticSpec = syntheticSpec({ seed: seed!, instruments, faults: FAULTS[faults!], beatUs: BEAT_US });
  const { cursor } = opened;
  const at = cursor === null || cursor === '' ? null : boundedCursor(cursor);
  const market = at === null ? new SyntheticMarket(spec) : SyntheticMarket.resume(spec, at.inner);
  const source = bounded(market, ticks ?? Number.POSITIVE_INFINITY, at?.told ?? 0);
  const cut = {
    paced: source.paced,
    cursor: () => source.cursor(),
    next: (most: number, until?: () => number) => source.next(Math.min(most, live.room), until),
  };
  const fast = speed === 'max' || ticks !== null;
  return sequencer.run(fast ? cut : paced(cut, realClock, live.run.desk.at, speed as number), FRAME_NUMBERS);
}

// what is said

function sayOpened(log: Log, { live, opened }: RunningDesk, folder: string, resumed: boolean): void {
  const { tail } = live.journal.opened;
  if (tail !== null) log.say('warn', `a torn end of ${tail.bytes} bytes was kept aside: ${tail.why}`, { kept: shortPath(tail.keptAt) });
  if (opened.recovered > 0) log.say('warn', `${opened.recovered} decisions that a crash kept from the journal were derived again`);
  log.say('info', `${resumed ? 'going on with' : 'beginning'} ${shortPath(folder)}`, { number: live.run.desk.seq });
}

/** What a person has to do before it trades, or may be waiting for in vain. */
function sayWhatWaits(log: Log, { live }: RunningDesk, { config: { mode, strategies }, found }: ReadConfig): void {
  const { gates, strategies: known } = live.run.desk.parts;
  for (const one of strategies) {
    const id = strategyIdOf(one);
    if (known.byId.get(id as StrategyId)?.living.value === 'stopped') log.say('warn', stoppedNote(id));
    else if (one.version !== null && found.get(one.version)?.isBundled === false)
      log.say('info', `${id} trades ${one.name}, version ${one.version.slice(0, 12)}`, { version: one.version });
  }
  if (mode === 'live' && gates.all.some(({ scope, living }) => scope === 'global' && living.value !== 'OPEN'))
    log.say('info', 'mode live: it trades nothing until you say npx retrace arm');
}

function watchDisk(disk: DiskForecast, { warnBelow, warnWithin }: ReadConfig['config']['disk'], log: Log): () => void {
  const look = () => {
    const state = disk.state();
    if (state === null) return;
    const { freeBytes, secondsLeft } = state;
    if (freeBytes < warnBelow) log.say('warn', 'little room is left on the disk of the journal', { freeBytes });
    else if (secondsLeft !== null && secondsLeft * 1e6 < warnWithin)
      log.say('warn', 'at this pace the disk of the journal will be full', { secondsLeft, freeBytes });
  };
  look();
  const timer = setInterval(look, DISK_LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function haltRefusal({ why, error }: Halt, { live }: RunningDesk, folder: string, cancelled: number): Refused {
  const place = shortPath(folder);
  const address = live.run.desk.parts.core.nextAddress();
  const asked = cancelled === 0 ? [] : [`${cancelled} working orders were cancelled at the venue`];
  if (OUTSIDE.includes(why))
    return new Refused(3, [`trading halted at number ${live.run.desk.seq}: ${error.message}`, ...asked], afterStall(error, place), {
      address,
      why,
    });
  return new Refused(
    4,
    [`the desk stopped itself at ${address}: ${error.name}: ${error.message}`, ...asked],
    `npx retrace verify ${place}`,
    { address, why },
  );
}

function answerOf({ live }: RunningDesk, folder: string, working: number, resumed: boolean): Answer {
  const { run } = live;
  const { ticks, decisions, orders, fills, refusals } = run.counts;
  const runHash = run.runHash();
  const stateHash = run.stateHash();
  const equity = equityText(run);
  const place = shortPath(folder);
  const n = (value: number) => grouped(String(value));
  const { currency } = run.desk.parts.accounts.all[0]!.spec;
  return {
    ok: true,
    fields: {
      journal: folder,
      runHash,
      stateHash,
      seq: run.desk.seq,
      ticks,
      decisions,
      orders,
      fills,
      refusals,
      equity,
      currency,
      desk: live.journal.opened.desk,
      chain: live.journal.head,
      working,
      resumed,
    },
    text: [
      `${n(ticks)} ticks, ${n(decisions)} decisions, ${n(orders)} orders, ${n(fills)} fills, ${n(refusals)} refused; equity ${grouped(equity)} ${currency}`,
      ...(working > 0 ? [`${n(working)} ${working === 1 ? 'order goes' : 'orders go'} on working at the venue`] : []),
      `run   ${runHash}`,
      `state ${stateHash}`,
      `next: npx retrace run goes on; npx retrace verify ${place}`,
    ],
  };
}
