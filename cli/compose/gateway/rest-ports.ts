/** What the REST API asks for, of a running desk: its parts and commands, threads that read for it, processes that backtest for it, files beside it. */
import { basename, join } from 'node:path';
import type { Access } from '#gateway/access/access.ts';
import { Administer } from '#gateway/access/administer.ts';
import type { Passwords } from '#gateway/access/passwords.ts';
import type { RestDeskState } from '#gateway/contracts/rest-desk.ts';
import type { RestBacktest } from '#gateway/contracts/rest-runs.ts';
import type { Route } from '#gateway/http/router.ts';
import {
  type CommandAsked,
  DeskAway,
  type DeskPort,
  type Figure,
  type JournalQuestions,
  QuestionRefused,
  type RestPorts,
} from '#gateway/rest/ports.ts';
import { restRoutes } from '#gateway/rest/routes.ts';
import type { LineFile } from '#infra/access/line-file.ts';
import { settingsFrom } from '#infra/config/settings.ts';
import type { ControlDesk } from '#infra/control/port.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { accessFolder, nodePorts } from '../../access/access-here.ts';
import { answerText } from '../../screen/command-text.ts';
import { thisBuild } from '../build.ts';
import type { DeskStatus } from '../desk-status.ts';
import type { LiveDesk } from '../live-desk.ts';
import { backtestChildren } from './backtest-children.ts';
import { openReadingThread, READING, type ReadingThread } from './reading-thread.ts';
import { seenAlerts } from './seen-alerts.ts';

export type RestOptions = Readonly<{
  home: string;
  desk: string;
  live: LiveDesk;
  control: ControlDesk;
  /** The folder of its journal. */
  folder: string;
  mode: () => DeskPort['mode'];
  durable: () => number;
  attempts: LineFile;
  passwords: Passwords;
  /** What it was started with, beside the environment. */
  settings?: () => readonly Readonly<{ name: string; value: string; from: string }>[];
  figures?: () => readonly Figure[];
  /** Told of each backtest as it changes. */
  backtestTold?: (backtest: RestBacktest) => void;
}>;

export type Rest = Readonly<{
  /** `beside`: routes that others serve. */
  routes: (access: Access, beside?: () => readonly Route[]) => Route[];
  close: () => Promise<void>;
}>;

/** Longer than a page waits: whoever asks for so much is told to ask for less. */
const PLAYING = { ...READING, withinMs: 60_000, waiting: 8 };
const SHELVES = { ...READING, waiting: 16, memoryMb: 256 };

export function openRest(options: RestOptions): Rest {
  const { home, folder, live, desk: name, mode, durable, settings, figures } = options;
  const { version, hash: build } = thisBuild();
  // three threads: what is asked of the journal, what is played for long, and lists that neither may hold up. Each begins when it is first asked
  const reading = openReadingThread({ ...READING, folder });
  const playing = openReadingThread({ ...PLAYING, folder });
  const shelves = openReadingThread({ ...SHELVES, folder });
  const { backtestTold } = options;
  const backtests = backtestChildren({ home, nowUs: nodePorts.nowUs, ...(backtestTold === undefined ? {} : { told: backtestTold }) });
  const administerOf = ({ options: { store } }: Access) =>
    new Administer({ store, attempts: options.attempts, passwords: options.passwords, ports: nodePorts });
  const ports = (access: Access): RestPorts => ({
    desk: {
      name,
      mode: mode(),
      desk: live.run.desk,
      durable,
      state: () => stateOf(options),
      command: (asked) => commanded(options, asked),
    },
    journal: questionsTo(reading, playing),
    runs: {
      list: (asked, signal) => shelves.ask('runs', asked, signal),
      find: (run, signal) => shelves.ask('run', { run }, signal),
      part: (asked, signal) => playing.ask('runPart', asked, signal),
      compare: (a, b, signal) => playing.ask('runComparison', { a, b }, signal),
      tag: (run, tags, signal) => shelves.ask('runTags', { run, tags }, signal),
      remove: async (run, signal) => void (await shelves.ask('runRemoved', { run }, signal)),
      tapes: (signal) => shelves.ask('tapes', null, signal),
    },
    sweeps: {
      list: (signal) => shelves.ask('sweeps', null, signal),
      find: (sweep, signal) => playing.ask('sweep', { sweep }, signal), // thousands of trials are read
      plateau: (asked, signal) => playing.ask('plateau', asked, signal),
    },
    strategies: {
      list: async (signal) =>
        (await shelves.ask('strategies', null, signal)).map((row) => ({ ...row, deployed: deployedAs(options, row) })),
      async find(named, signal) {
        const found = await shelves.ask('strategy', { named }, signal);
        return found === null ? null : { ...found, deployed: deployedAs(options, found) };
      },
      changes: (before, after, signal) => shelves.ask('strategyChanges', { before, after }, signal),
      check: (text, keep, named, signal) => shelves.ask('strategyChecked', { text, keep, name: named }, signal),
      remove: (version, signal) => shelves.ask('strategyRemoved', { version }, signal),
    },
    backtests,
    alerts: seenAlerts(home, isKafkaAddress(folder) ? folder : basename(folder)),
    access: {
      state: () => access.options.store.read(),
      administer: administerOf(access),
      attempts: (signal) => shelves.ask('attempts', { path: join(accessFolder(home), 'attempts.ndjson') }, signal),
      times: access.times,
    },
    settings: {
      ...{ version, build },
      rows: () => [...settingsFrom(process.env).map(({ env, value, from }) => ({ name: env, value, from })), ...(settings?.() ?? [])],
      questions: { withinMs: READING.withinMs, waiting: READING.waiting },
    },
    figures: () => [
      {
        ...{ name: 'questions_waiting', help: 'Questions of the API that wait for a reading thread', type: 'gauge' },
        values: [
          { labels: { thread: 'journal' }, value: reading.waiting() },
          { labels: { thread: 'playing' }, value: playing.waiting() },
          { labels: { thread: 'shelves' }, value: shelves.waiting() },
        ],
      },
      ...(figures?.() ?? []),
    ],
    nowUs: nodePorts.nowUs,
  });
  return {
    routes: (access, beside) => restRoutes(ports(access), beside),
    async close() {
      await Promise.all([reading.close(), playing.close(), shelves.close(), backtests.close()]);
    },
  };
}

/** What plays the whole journal waits in another line. */
function questionsTo({ ask }: ReadingThread, playing: ReadingThread): JournalQuestions {
  return {
    explain: (asked, signal) => ask('explain', asked, signal),
    state: (asked, signal) => ask('state', asked, signal),
    decisions: (asked, signal) => ask('decisions', asked, signal),
    decision: (asked, signal) => ask('decision', asked, signal),
    refusals: (asked, signal) => ask('refusals', asked, signal),
    alerts: (asked, signal) => ask('alerts', asked, signal),
    candles: (asked, signal) => ask('candles', asked, signal),
    ticks: (asked, signal) => ask('ticks', asked, signal),
    fills: (asked, signal) => ask('fills', asked, signal),
    trades: (asked, signal) => ask('trades', asked, signal),
    orders: (asked, signal) => ask('orders', asked, signal),
    order: (asked, signal) => ask('order', asked, signal),
    journal: (asked, signal) => ask('journal', asked, signal),
    frames: (asked, signal) => ask('frames', asked, signal),
    portfolioMetrics: (asked, signal) => playing.ask('portfolioMetrics', asked, signal),
    guardValues: (asked, signal) => playing.ask('guardValues', asked, signal),
  };
}

/** By its version alone: it may be called otherwise by now. */
const deployedAs = ({ live }: RestOptions, { version }: Readonly<{ version: string }>): string[] =>
  live.run.desk.parts.strategies.all.flatMap((one) => (one.version === version ? [one.id] : []));

/** Where its journal lies is this machine's own: its name is told. */
function stateOf({ control }: RestOptions): RestDeskState {
  const { journal, ...status } = control.status() as unknown as DeskStatus;
  return { ...status, journal: { ...journal, folder: basename(journal.folder) } } as unknown as RestDeskState;
}

async function commanded({ control }: RestOptions, { key, by, saw, command }: CommandAsked) {
  const before = control.status() as unknown as DeskStatus;
  try {
    const answered = await control.command({ key, by, sawSeq: saw, command });
    const { ok, why, numbers, address, seq, durable } = answered;
    return {
      ...{ ok, why, address, seq, durable, text: answerText(command, answered, before).join(' ') },
      numbers: numbers.map(([named, value]): [string, string | number] => [named, typeof value === 'bigint' ? value.toString() : value]),
    };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'BadInput') throw new QuestionRefused(message);
    if (name === 'SequencerHalted') throw new DeskAway(message, 'no');
    if (name === 'JournalStalled' || name === 'JournalOwned' || name === 'ActorFailed') throw new DeskAway(message, 'unknown');
    throw error;
  }
}
