/**
 * A running desk behind its gateway: its decisions and facts as topics, how far its journal is on the disk, how its process is, and who
 * may. It starts behind the desk and ends before it; what it cannot do keeps no desk from trading.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Decision } from '#engine/decisions.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { argonPasswords } from '#gateway/access/passwords.ts';
import { AccessStore } from '#gateway/access/store.ts';
import { openStaticFiles } from '#gateway/http/static-files.ts';
import { DeskTopics } from '#gateway/live/desk-topics.ts';
import { Hub, type HubClock, STANDARD_LIMITS } from '#gateway/live/hub.ts';
import { type LoggedLine, LogsTopic } from '#gateway/live/logs-topic.ts';
import { RunsTopic, rowOfBacktest } from '#gateway/live/runs-topic.ts';
import { type Gateway, type Listen, openGateway } from '#gateway/serve/gateway.ts';
import { chooseTransport, type Wanted } from '#gateway/transport/choose.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';
import { LineFile } from '#infra/access/line-file.ts';
import type { ControlDesk, WatchEnd, WatchPeer } from '#infra/control/port.ts';
import { accessFolder, nodePorts } from '../../access/access-here.ts';
import { thisBuild } from '../build.ts';
import type { DeskStatus } from '../desk-status.ts';
import type { LiveDesk } from '../live-desk.ts';
import { ControlWatchers } from './control-watchers.ts';
import { openReplays } from './replays.ts';
import { openRest } from './rest-ports.ts';

/** Changes are gathered so long: a page paints four times a second, a program wants it soon. */
const WINDOW_MS = 10;
const BEAT_MS = 5_000;
const KEPT = { messages: 500, bytes: 256 * 1024 };
/** How often the process says how it is. */
const PROCESS_MS = 1_000;
const DRAIN_MS = 2_000;

export type DeskGatewayOptions = Readonly<{
  home: string;
  desk: string;
  live: LiveDesk;
  control: ControlDesk;
  /** As the sequencer's: whose time arrivals are. */
  time: 'wall' | 'data';
  demo: boolean;
  listen: Listen;
  sockets: Wanted;
  mostSockets?: number;
  log: (level: 'info' | 'warn' | 'error', what: string, fields?: Readonly<Record<string, unknown>>) => void;
  /** Hears the lines of the process's log, for those who may see them; without it this process keeps none. */
  follow?: (heard: (line: LoggedLine) => void) => () => void;
}>;

export type DeskGateway = Readonly<{
  origin: string;
  /** Which driver carries it, and why. */
  driver: string;
  /** Makes the first admin; null where there is one. */
  firstRun: string | null;
  close(): Promise<void>;
}>;

export const hubClock: HubClock = {
  nowMs: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** What the desk says and takes, and who asks to be told at its control socket, for topics that do not exist yet when the desk is opened. */
export class Watch {
  #topics: DeskTopics | null = null;
  #watchers: ControlWatchers | null = null;
  /** What cannot be told must not stop the desk that decided it. */
  readonly decided = (decision: Decision): void => this.#tell((topics) => topics.decided(decision));
  readonly took = (frame: MarketFrame): void => this.#tell((topics) => topics.took(frame));
  #tell(told: (topics: DeskTopics) => void): void {
    if (this.#topics === null) return;
    try {
      told(this.#topics);
    } catch (error) {
      this.#topics = null;
      this.#failed(error);
    }
  }
  /** Null: nobody can be told. */
  readonly attach = (peer: WatchPeer): WatchEnd | null => this.#watchers?.attach(peer) ?? null;
  #failed: (error: unknown) => void = () => {};
  begin(topics: DeskTopics, watchers: ControlWatchers, failed: (error: unknown) => void): void {
    this.#failed = failed;
    this.#topics = topics;
    this.#watchers = watchers;
  }
  end(): void {
    this.#topics = null;
    this.#watchers = null;
  }
}

export async function openDeskGateway(watch: Watch, options: DeskGatewayOptions): Promise<DeskGateway> {
  const { home, desk, live, control, time, demo, listen, log } = options;
  const { run, journal } = live;
  const { version, hash, root } = thisBuild();
  const mode = (): 'PAPER' | 'LIVE' => (run.desk.parts.accounts.all.some(({ spec }) => spec.mode === 'LIVE') ? 'LIVE' : 'PAPER');
  const mark = new DurableMark(journal, () => hub.changed());
  const hub: Hub = new Hub({
    epoch: randomUUID(),
    desk,
    mode: mode(),
    windowMs: WINDOW_MS,
    beatMs: BEAT_MS,
    limits: STANDARD_LIMITS,
    kept: KEPT,
    clock: hubClock,
    failed: (error) =>
      log('error', `watchers are told nothing more: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    truth() {
      const { seq, at } = run.desk;
      return { seq, at, age: time === 'wall' ? Math.max(0, Date.now() - at / 1_000) : null, durable: Math.min(seq, mark.seq) };
    },
  });
  hub.before(() => mark.ask());
  const topics = new DeskTopics(hub, run.desk, () => Math.min(run.desk.seq, mark.seq));
  const since = new Date().toISOString();
  const watchers = new ControlWatchers(hub);
  const system = hub.channel('system', '*', { keeps: 'newest' });
  const begun = new RunsTopic(hub);
  const said = new LogsTopic(hub);
  const again = openReplays({ home, clock: hubClock, branchTold: (row) => begun.told(row) });
  const transport = await chooseTransport(options.sockets);
  const folder = accessFolder(home);
  const trouble = (error: Error): void => log('error', `who may: ${error.message}`);
  const attempts = new LineFile(folder, 'attempts', { trouble });
  const passwords = argonPasswords();
  const durable = (): number => Math.min(run.desk.seq, mark.seq);
  const { journal: kept } = control.status() as unknown as DeskStatus;
  const rest = openRest({
    ...{ home, desk, live, control, folder: kept.folder, mode, durable, attempts, passwords },
    backtestTold: (backtest) => begun.told(rowOfBacktest(backtest)),
  });
  const pages = join(root, 'dist', 'dashboard');
  const gateway: Gateway = await openGateway({
    transport,
    ...(options.mostSockets === undefined ? {} : { mostSockets: options.mostSockets }),
    listen,
    hub,
    clock: hubClock,
    access: {
      store: new AccessStore(new KeptTextOnDisk(folder, 'access.json')),
      attempts,
      passwords,
      ports: nodePorts,
      demo,
      liveAccounts: () => mode() === 'LIVE',
      trouble,
    },
    place: { desk, mode, version },
    routes: (access, beside) => {
      const own = again.routes();
      return [...own, ...rest.routes(access, () => [...beside, ...own])];
    },
    ends: again.ends,
    // each route says itself what of it is live, once it knows which account it is about
    aboutOf: () => ({ owner: null, live: false }),
    files: existsSync(join(pages, 'index.html')) ? openStaticFiles(pages) : null,
    failed: (error, where) => log('error', `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  const process_ = (): void => {
    const { halted, health, disk, breaker, journal: kept } = control.status() as unknown as DeskStatus;
    system.put('process', {
      ...{ what: 'process', since, build: hash, journal: basename(kept.folder), halted },
      ...{ ready: health.ready, reasons: health.reasons },
      ...{ pendingBytes: kept.pendingBytes, waitedMs: kept.waitedMs, disk, breaker },
      memoryBytes: process.memoryUsage.rss(),
      watchers: gateway.watchers() + watchers.count,
    });
    hub.changed();
  };
  process_();
  const timer = setInterval(process_, PROCESS_MS);
  timer.unref();
  watch.begin(topics, watchers, (error) => hub.fail(error));
  live.onTook = watch.took;
  const unfollow = options.follow?.((line) => said.said(line));
  const firstRun = await gateway.firstRun();
  return {
    origin: gateway.origin,
    driver: gateway.driver,
    firstRun,
    async close() {
      clearInterval(timer);
      unfollow?.();
      live.onTook = null;
      watch.end();
      watchers.close('the desk stops');
      again.close();
      await gateway.close(DRAIN_MS, 'the desk stops');
      await rest.close();
      await attempts.flush();
    },
  };
}

/** How far the journal is on the disk. It asks one question at a time, and tells when the answer is news. */
class DurableMark {
  seq = 0;
  readonly #journal: LiveDesk['journal'];
  readonly #news: () => void;
  #asked = false;

  constructor(journal: LiveDesk['journal'], news: () => void) {
    this.#journal = journal;
    this.#news = news;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#journal.durable().then(
      (seq) => {
        this.#asked = false;
        if (seq === this.seq) return;
        this.seq = seq;
        this.#news();
      },
      () => {}, // a stalled journal stays behind for ever, and the desk says so
    );
  }
}
